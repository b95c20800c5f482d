"""A stream's lines, one in memory at a time, none longer than a record may be."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from tasks.sources.building import MAX_BYTES, RefusedError
from tasks.sources.decoding import decode, mark

_PIECE = 2**16


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | int]]:
    """Number and bytes of every line, with its end; of one beyond ``MAX_BYTES`` the size alone.

    Raises:
        RefusedError: UTF-16 that is none, or too long (``bad_encoding``).
    """
    readable = _as_utf8(stream)
    number = 0
    while line := readable.readline(MAX_BYTES + 1):
        number += 1
        if len(line) > MAX_BYTES and not line.endswith(b"\n"):
            size = len(line)
            del line  # memory for one such line at a time
            yield number, size + _skip(readable)
        else:
            yield number, line


def too_long(size: int) -> RefusedError:
    """What is said of a line of `size` bytes."""
    return RefusedError("too_long", f"a line of {size:,} bytes, more than any article has ({MAX_BYTES:,})")


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
    raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise RefusedError("bad_encoding", f"UTF-16 and over {MAX_BYTES:,} bytes; long files of lines are UTF-8")
    return io.BytesIO(decode(raw).encode("utf-8", "replace"))
