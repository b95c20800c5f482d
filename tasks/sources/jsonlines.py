"""JSON lines, one article a line: text (or body, content); if known, id, url, title, author, published, source."""

import io
import json
from collections.abc import Iterator
from typing import BinaryIO

from tasks.records import Article, Rejection
from tasks.sources.building import MAX_BYTES, TEXT_KEYS, RefusedError, Source, body, build, fault, kind
from tasks.sources.decoding import decode, mark

SUFFIXES: tuple[str, ...] = (".jsonl", ".ndjson")
_PIECE = 2**16


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the first line is an object with a text, or the beginning of one."""
    first, newline, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not first.startswith(b"{"):
        return False
    try:
        record = json.loads(first)
    except (ValueError, RecursionError):
        return not newline and any(f'"{key}":'.encode() in first.replace(b" ", b"") for key in TEXT_KEYS)
    return isinstance(record, dict) and any(key in record for key in TEXT_KEYS)


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a line, in order, one line in memory at a time; blank lines are passed over."""
    is_empty = True
    try:
        for number, line in _lines(source.stream):
            is_empty = False
            yield _article(line, f"{source.origin}:{number}")
    except RefusedError as refused:
        yield refused.rejection(source.origin)
        return
    if is_empty:
        yield RefusedError("no_text", "the file is empty").rejection(source.origin)


def _article(line: bytes | int, origin: str) -> Article | Rejection:
    try:
        if isinstance(line, int):
            raise RefusedError("too_long", f"a line of {line:,} bytes, more than any article has ({MAX_BYTES:,})")
        record = _record(line)
        return build(record, body(record), line, origin)
    except RefusedError as refused:
        return refused.rejection(origin)


def _record(line: bytes) -> dict[str, object]:
    try:
        record = json.loads(decode(line))
    except (ValueError, RecursionError) as error:
        raise RefusedError("bad_record", f"no JSON: {fault(error)}") from None
    if not isinstance(record, dict):
        raise RefusedError("bad_record", f"{kind(record)}, not an object")
    return record


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | int]]:
    """Number and bytes of every line that is not blank; of one beyond ``MAX_BYTES`` the size alone."""
    readable = _as_utf8(stream)
    number = 0
    while line := readable.readline(MAX_BYTES + 1):
        number += 1
        if len(line) > MAX_BYTES and not line.endswith(b"\n"):
            size = len(line)
            del line  # memory for one such line at a time
            yield number, size + _skip(readable)
        elif line.strip():
            yield number, line.strip()


def _skip(stream: BinaryIO) -> int:
    size = 0
    while rest := stream.readline(_PIECE):
        size += len(rest)
        if rest.endswith(b"\n"):
            break
    return size


def _as_utf8(stream: BinaryIO) -> BinaryIO:
    """The stream itself; or, if its mark says UTF-16 (Windows shells write it), its content in UTF-8."""
    encoding = mark(stream.peek(4)[:4]) if isinstance(stream, io.BufferedReader) else None
    if encoding in (None, "utf-8-sig"):
        return stream
    return io.BytesIO(decode(_limited(stream)).encode("utf-8", "replace"))


def _limited(stream: BinaryIO) -> bytes:
    raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise RefusedError("bad_encoding", f"UTF-16 and over {MAX_BYTES:,} bytes; JSON lines are UTF-8")
    return raw
