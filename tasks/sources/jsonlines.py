"""JSON lines, one article a line: an object with a text; if known, id, url, title, author, published, source."""

import json
import re
from collections.abc import Iterator

from tasks.records import Article, Rejection
from tasks.sources.building import RefusedError, Source
from tasks.sources.fields import article, record_of
from tasks.sources.lines import lines, too_long
from tasks.sources.names import GUESSES, plainly
from tasks.sources.shapes import is_record

SUFFIXES: tuple[str, ...] = (".jsonl", ".ndjson")
_TEXTS = frozenset(GUESSES["text"])
_TOKEN = re.compile(rb'[{}\[\]]|"((?:[^"\\]|\\.){1,60})"\s*:|"(?:[^"\\]|\\.)*"?')


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the first line is an object with a text, or the beginning of one."""
    first, newline, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not first.startswith(b"{"):
        return False
    try:
        record = json.loads(first)
    except (ValueError, RecursionError):
        return not newline and any(plainly(key) in _TEXTS for key in _keys(first))
    return isinstance(record, dict) and is_record(record)


def _keys(beginning: bytes) -> Iterator[str]:
    """The keys of an object, as far as its beginning goes; not those of what lies in it."""
    depth = 0
    for token in _TOKEN.finditer(beginning):
        sign = token[0][:1]
        depth += (sign in b"{[") - (sign in b"}]")
        if token[1] is not None and depth == 1:
            yield token[1].decode("utf-8", "replace")


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a line, in order, one line in memory at a time; blank lines are passed over."""
    is_empty = True
    for number, line in lines(source.stream):
        if isinstance(line, bytes) and not line.strip():
            continue
        is_empty = False
        yield _article(line, source, f"{source.origin}:{number}")
    if is_empty:
        raise RefusedError("no_text", "the file is empty")


def _article(line: bytes | int, source: Source, origin: str) -> Article | Rejection:
    try:
        if isinstance(line, int):
            raise too_long(line)
        raw = line.strip()
        return article(record_of(raw), raw, origin, source.options)
    except RefusedError as refused:
        return refused.rejection(origin)
