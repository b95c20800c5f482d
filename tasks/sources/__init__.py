"""Bytes -> articles, one file a format.

A format is a module with ``SUFFIXES`` (of file names), ``recognises`` (a file of another name by its beginning) and
``read`` (an opened source to articles and rejections, streaming), and its line in ``READERS``. A reader touches
nothing but what it is handed.
"""

import dataclasses
import datetime as dt
import errno
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tasks.records import Article, Rejection
from tasks.sources import html, jsonlines, text
from tasks.sources.building import MAX_BYTES, RefusedError, Sidecar, Source
from tasks.sources.decoding import mark
from tasks.sources.finding import InputError, absence, find_inputs, shown, sidecar_of

__all__ = ["READERS", "InputError", "Reader", "find_inputs", "read", "sidecar_of", "with_default_date"]


class Reader(Protocol):
    """What a module that reads a format offers."""

    SUFFIXES: tuple[str, ...]

    def recognises(self, head: bytes, suffix: str) -> bool:
        """Whether a file of another suffix, beginning with `head`, is of this format."""

    def read(self, source: Source) -> Iterator[Article | Rejection]:
        """The articles of a source, and what is set aside of it."""


READERS: dict[str, Reader] = {"text": text, "jsonlines": jsonlines, "html": html}
_HEAD = 8192
_SIGNATURES = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
)
_NEVER_READABLE = frozenset(
    {errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
)


def read(path: str | Path) -> Iterator[Article | Rejection]:
    """The articles of one input file and what is set aside of it, as they come; nothing is dropped without a row.

    Raises:
        OSError: a fault that may pass. One that will not (no permission, no such file, a broken link, a folder) is a
            rejection, ``unreadable``.
    """
    path = Path(path)
    origin = shown(path)
    try:
        yield from _articles(path, origin)
    except RefusedError as refused:
        yield refused.rejection(origin)
    except OSError as error:
        if error.errno not in _NEVER_READABLE:
            raise
        yield _unreadable(path, error).rejection(origin)


def with_default_date(article: Article, date: dt.date | None) -> Article:
    """`article`, dated `date` if it has no date of its own."""
    if article.published is not None or date is None:
        return article
    return dataclasses.replace(article, published=date)


def _articles(path: Path, origin: str) -> Iterator[Article | Rejection]:
    if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
        raise RefusedError("unreadable", absence(path) if path.is_dir() else "not a regular file")
    with path.open("rb") as stream:
        reader = _reader(path.suffix.lower(), stream.peek(_HEAD)[:_HEAD])
        yield from reader.read(Source(stream, origin, _sidecar(path)))


def _reader(suffix: str, head: bytes) -> Reader:
    if mark(head) is None:
        _refuse_binary(head)
    for reader in READERS.values():
        if suffix in reader.SUFFIXES:
            return reader
    for reader in READERS.values():
        if reader.recognises(head, suffix):
            return reader
    known = ", ".join(suffix for reader in READERS.values() for suffix in reader.SUFFIXES)
    raise RefusedError("not_an_article", f"not a format that is read ({known})")


def _refuse_binary(head: bytes) -> None:
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            raise RefusedError("not_an_article", f"a {name} file")
    if b"\0" in head:
        raise RefusedError("not_an_article", "a binary file")


def _sidecar(path: Path) -> Sidecar | None:
    beside = sidecar_of(path)
    if beside is None:
        return None
    origin = shown(beside)
    try:
        with beside.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        if error.errno not in _NEVER_READABLE:
            raise
        detail = f"the description beside the text: {_unreadable(beside, error).detail}"
        raise RefusedError("unreadable", detail, origin) from None
    if len(raw) > MAX_BYTES:
        raise RefusedError("bad_record", f"the description beside the text has over {MAX_BYTES:,} bytes", origin)
    return Sidecar(origin, raw)


def _unreadable(path: Path, error: OSError) -> RefusedError:
    is_absent = error.errno == errno.ENOENT
    return RefusedError("unreadable", absence(path) if is_absent else str(error.strerror or error).lower())
