"""Archives of the web (WARC), such as Common Crawl's CC-NEWS: one article a page that was answered with 200.

Records are cut out here, so that one that is broken leaves the others; what is in one, warcio reads.
"""

import contextlib
import io
import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeadersParserException

from tasks.records import Article, Rejection
from tasks.sources import pages
from tasks.sources.building import MAX_BYTES, Options, RefusedError, Source, build
from tasks.sources.decoding import decode

SUFFIXES: tuple[str, ...] = (".warc", ".wet")
_PAGES = ("text/html", "application/xhtml", "application/pdf")
_BROKEN = (
    *(ArchiveLoadFailed, StatusAndHeadersParserException, ValueError, EOFError, zlib.error, TypeError),
    *(AttributeError, IndexError, KeyError, OSError),
)
_BEGIN = b"WARC/"
_LINE = 2**16
_HEADERS = 2**20
_LENGTH = re.compile(rb"(?im)^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$")
_KIND = re.compile(rb"(?im)^warc-type[ \t]*:[ \t]*(response|resource|conversion)[ \t]*\r?$")
_NEXT = re.compile(rb"\r?\n(?=WARC/\d)")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a record of WARC begins here."""
    return head.startswith(_BEGIN)


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a page, in order, one in memory at a time; a rejection for what is broken.

    Requests, answers other than 200, and what is no page (pictures, scripts) are passed over.
    """
    is_empty = True
    for number, record in enumerate(_records(source.stream), start=1):
        origin = f"{source.origin}:{number}"
        try:
            if isinstance(record, RefusedError):
                raise record
            found = _article(record, origin, source.options)
        except RefusedError as refused:
            is_empty = False
            yield refused.rejection(origin)
            continue
        if found is not None:
            is_empty = False
            yield found
    if is_empty:
        raise RefusedError("no_text", "an archive without a page")


class _Stream:
    """A stream to which something can be given back."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self._back = io.BytesIO()

    def unread(self, data: bytes) -> None:
        """Gives back what comes next again."""
        self._back = io.BytesIO(data + self._back.read())

    def readline(self, limit: int) -> bytes:
        """The next line, cut at `limit`."""
        line = self._back.readline(limit)
        return line if line.endswith(b"\n") or len(line) == limit else line + self._inner.readline(limit - len(line))

    def read(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the end."""
        data = self._back.read(count)
        return data if len(data) == count else data + self._inner.read(count - len(data))


def _records(inner: BinaryIO) -> Iterator[bytes | RefusedError]:
    """Every record that holds an answer or words, whole; of others nothing, of a broken one what is wrong with it."""
    stream = _Stream(inner)
    is_lost = False
    while line := stream.readline(_LINE):
        if not line.startswith(_BEGIN):
            if line.strip() and not is_lost:
                is_lost = True
                yield RefusedError("unreadable", "broken WARC data: something between two records")
            continue
        is_lost = False
        headers = _headers(stream, line)
        length = _LENGTH.search(headers)
        if length is None:
            is_lost = True  # said once, not for each line that follows
            yield RefusedError("unreadable", "broken WARC data: a record that does not say how long it is")
            continue
        yield from _block(stream, headers, int(length[1]))


def _headers(stream: _Stream, first: bytes) -> bytes:
    parts, size = [first], len(first)
    while size < _HEADERS and (line := stream.readline(_LINE)):
        parts.append(line)
        size += len(line)
        if not line.strip():
            break
    return b"".join(parts)


def _block(stream: _Stream, headers: bytes, length: int) -> Iterator[bytes | RefusedError]:
    if length > MAX_BYTES:
        yield from _skip(stream, length, bool(_KIND.search(headers)))
        return
    block = stream.read(length)
    behind = stream.read(4)
    if len(block) < length or behind not in (b"\r\n\r\n", b""):
        found = _NEXT.search(block)
        stream.unread((block[found.end() :] if found else b"") + behind)
        yield RefusedError("unreadable", "broken WARC data: a record that is not as long as it says")
    elif _KIND.search(headers):
        yield headers + block + b"\r\n\r\n"


def _skip(stream: _Stream, length: int, is_told: bool) -> Iterator[RefusedError]:
    left = length
    while left and (piece := stream.read(min(left, 2**20))):
        left -= len(piece)
    if left:
        yield RefusedError("unreadable", "broken WARC data: a record that is not as long as it says")
    elif is_told:
        yield RefusedError("too_long", f"a record of {length:,} bytes, more than any page has ({MAX_BYTES:,})")


def _article(raw: bytes, origin: str, options: Options) -> Article | None:
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # where warcio says what it wonders about
            record = next(iter(ArchiveIterator(io.BytesIO(raw))), None)
            body = _body(record) if record is not None else None
    except _BROKEN as error:
        raise RefusedError("unreadable", f"broken WARC data: {str(error)[:200]}") from None
    if record is None or body is None:
        return None
    address = str(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ") or None
    if record.rec_type == "conversion":  # what Common Crawl makes of a page in its WET files: words alone
        return build({"url": address}, decode(body), body, origin)
    return pages.article(body, address or origin, {"url": address}, options, place=origin)


def _body(record: Any) -> bytes | None:
    """The bytes of a page, decompressed; None where it is no page."""
    headers = record.http_headers
    if headers is not None and headers.get_statuscode() != "200":
        return None
    kind = (record.rec_headers if headers is None else headers).get_header("Content-Type") or ""
    if record.rec_type != "conversion" and not str(kind).strip().lower().startswith(_PAGES):
        return None
    body: bytes = record.content_stream().read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise RefusedError("too_long", f"a page of over {MAX_BYTES:,} bytes")
    return body
