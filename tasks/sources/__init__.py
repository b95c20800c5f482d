"""Bytes -> articles, one file a format.

What is named (`finding`) is opened (`opening` on this page), unpacked (`containers`), and given to the reader that
recognises its content. A format is a module with ``SUFFIXES`` (of file names, where content does not tell),
``recognises`` (by its beginning) and ``read`` (an opened source to articles and rejections, streaming), and its line in
``READERS``. A reader touches nothing but what it is handed.
"""

import contextlib
import dataclasses
import datetime as dt
import errno
import io
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from tasks.records import Article, Rejection
from tasks.sources import (
    csv,
    feed,
    html,
    json,
    jsonlines,
    mail,
    newsml,
    parquet,
    pdf,
    remote,
    sitemap,
    text,
    warc,
)
from tasks.sources.building import MAX_BYTES, Gate, Options, RefusedError, Sidecar, Source
from tasks.sources.containers import Counted, Guard, opened
from tasks.sources.decoding import mark
from tasks.sources.finding import InputError, Place, absence, find_inputs, shown, sidecar_of
from tasks.sources.web import Manners, Web

__all__ = [
    "READERS",
    "InputError",
    "Manners",
    "Place",
    "Reader",
    "Reading",
    "Web",
    "find_inputs",
    "read",
    "sidecar_of",
    "with_default_date",
]


class Reader(Protocol):
    """What a module that reads a format offers."""

    SUFFIXES: tuple[str, ...]

    def recognises(self, head: bytes, suffix: str) -> bool:
        """Whether what begins with `head` is of this format; `suffix` is its name's."""

    def read(self, source: Source) -> Iterator[Article | Rejection]:
        """The articles of a source, and what is set aside of it; raises RefusedError for what is wrong with all."""


READERS: dict[str, Reader] = {
    "parquet": parquet,
    "pdf": pdf,
    "warc": warc,
    "newsml": newsml,
    "feed": feed,
    "sitemap": sitemap,
    "html": html,
    "jsonlines": jsonlines,
    "json": json,
    "mail": mail,
    "csv": csv,
    "text": text,
}
"""In the order in which they are asked: the first that recognises a content reads it."""
_READ = (
    "text, HTML, JSON, JSON Lines, CSV, Parquet, WARC, RSS, Atom, sitemaps, NewsML-G2, ninjs, mail, PDF; "
    "plain or in gzip, zstd, bzip2, zip, tar"
)
_HEAD = 8192
_SIGNATURES = (
    (b"\x89PNG", "a PNG file"),
    (b"\xff\xd8\xff", "a JPEG file"),
    (b"GIF8", "a GIF file"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x7fELF", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\xfd7zXZ", "an xz file"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3", "an SQLite database"),
)
_NEVER_READABLE = frozenset(
    {errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How inputs are read.

    `columns` names for a field the column that holds it. `web` is the network; without it none is used. `fetch` says
    whether pages that feeds name are fetched; None: those of feeds that were fetched themselves. `gate` says whether a
    headline and a text may matter; pages that may not are read at a glance.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    web: Web | None = None
    fetch: bool | None = None
    gate: Gate | None = None

    def options(self, is_fetched: bool) -> Options:
        """What the reader of an input is told, which was itself fetched or not."""
        is_fetching = is_fetched if self.fetch is None else self.fetch
        if self.web is None or not is_fetching:
            return Options(self.columns, gate=self.gate)
        return Options(self.columns, self.web.page, self.web.opened, self.gate)


def read(place: str | Place, reading: Reading | None = None) -> Iterator[Article | Rejection]:
    """The articles of one input and what is set aside of it, as they come; nothing is dropped without a row.

    Raises:
        OSError: a fault that may pass. One that will not (no permission, no such file, a broken link, a folder) is a
            rejection, ``unreadable``.
    """
    origin = shown(place)
    reading = reading or Reading()
    try:
        with _opened(place, origin, reading) as source:
            if source is not None:
                yield from _articles(*source)
    except RefusedError as refused:
        yield refused.rejection(origin)
    except OSError as error:
        if error.errno not in _NEVER_READABLE:
            raise
        yield _unreadable(Path(place), error).rejection(origin)


def with_default_date(article: Article, date: dt.date | None) -> Article:
    """`article`, dated `date` if it has no date of its own."""
    if article.published is not None or date is None:
        return article
    return dataclasses.replace(article, published=date)


@contextlib.contextmanager
def _opened(place: str | Place, origin: str, reading: Reading) -> Iterator[tuple[Source, Guard] | None]:
    """An input as a source, and the guard that counts what comes out of it; None where it has not changed."""
    kind = remote.scheme(place)
    guard = Guard()
    with contextlib.ExitStack() as held:
        inner: BinaryIO | None
        if kind in ("http", "https"):
            web = reading.web or held.enter_context(Web())
            inner = held.enter_context(web.opened(str(place)))
        elif kind:
            inner = held.enter_context(remote.opened(str(place)))
        else:
            path = Path(place)
            if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
                raise RefusedError("unreadable", absence(path) if path.is_dir() else "not a regular file")
            inner = held.enter_context(path.open("rb"))
            guard.size = os.fstat(inner.fileno()).st_size
        if inner is None:
            yield None
            return
        stream = cast(BinaryIO, io.BufferedReader(Counted(inner, guard), 2**16))
        name = PurePosixPath(str(place).partition("?")[0] if kind else os.fspath(place)).name
        sidecar = None if kind else _sidecar(Path(place))
        address = str(place) if kind in ("http", "https") else None
        yield Source(stream, origin, sidecar, name, address, reading.options(address is not None)), guard


def _articles(source: Source, guard: Guard) -> Iterator[Article | Rejection]:
    for inner in opened(source, guard):
        if isinstance(inner, Rejection):
            yield inner
            continue
        try:
            head = cast(io.BufferedReader, inner.stream).peek(_HEAD)[:_HEAD]
            yield from _reader(PurePosixPath(inner.name).suffix.lower(), head).read(inner)
        except RefusedError as refused:
            yield refused.rejection(inner.origin)


def _reader(suffix: str, head: bytes) -> Reader:
    marked = mark(head)
    if marked:
        head = head.decode(marked, "replace").encode("utf-8", "replace")
    begins_as_markup = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    for reader in READERS.values():
        if reader.recognises(head, suffix) and (reader is not html or begins_as_markup):
            return reader
    if marked is None:
        _refuse_binary(head)
    for reader in READERS.values():
        if suffix in reader.SUFFIXES:
            return reader
    raise RefusedError("not_an_article", f"not a format that is read ({_READ})")


def _refuse_binary(head: bytes) -> None:
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise RefusedError("not_an_article", f"{what}; what is read: {_READ}")
    if b"\0" in head:
        raise RefusedError("not_an_article", f"a binary file; what is read: {_READ}")


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
