"""RSS and Atom, one article an item: its page, where pages are fetched, else the words that the feed itself holds."""

import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO, cast

from lxml import etree

from tasks.records import Article, Rejection
from tasks.sources import pages
from tasks.sources.building import MAX_BYTES, RefusedError, Source, build, parse_date
from tasks.sources.fragments import is_markup, plain, words
from tasks.sources.markup import child, elements, name, readable, root_of, said

SUFFIXES: tuple[str, ...] = (".rss", ".atom")
MAX_ITEMS = 10_000
"""Items of a feed beyond which nobody reads on: a feed lists what is new."""
_WHOLE = ("encoded", "content", "content_encoded")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the root is RSS's or Atom's."""
    return root_of(head) in ("rss", "feed", "RDF")


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection an item, in order; what has not changed since the last run is passed over."""
    number = 0
    for number, item in enumerate(elements(listing(source), ("item", "entry")), start=1):
        if number > MAX_ITEMS:
            raise RefusedError("unsafe", f"a feed of over {MAX_ITEMS:,} items: it does not end")
        yield from _read(item, f"{source.origin}:{number}", source)
    if not number:
        raise RefusedError("no_text", "a feed without items")


def listing(source: Source) -> BinaryIO:
    """The stream, which refuses to go on beyond ``MAX_BYTES``.

    Where pages are fetched it is read to its end first: no site waits with an answer half given while others are asked.
    """
    stream = cast(BinaryIO, io.BufferedReader(_Limited(source.stream), 2**16))
    if source.options.fetch is None:
        return stream
    return cast(BinaryIO, io.BufferedReader(io.BytesIO(stream.read()), 2**16))


class _Limited(io.RawIOBase):
    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self._inner.read(len(buffer))
        self._count += len(data)
        if self._count > MAX_BYTES:
            raise RefusedError("unsafe", f"a feed of over {MAX_BYTES:,} bytes: it does not end")
        buffer[: len(data)] = data
        return len(data)


def _read(item: etree._Element, origin: str, source: Source) -> Iterator[Article | Rejection]:
    try:
        with readable():
            fields, raw = _fields(item), etree.tostring(item, with_tail=False)
            held, is_whole = _words(item)
        address = fields.get("url")
        if source.options.fetch is not None and address:
            try:
                page = source.options.fetch(address)
                if page is not None:
                    yield pages.article(page.raw, page.address, fields, source.options)
                return
            except RefusedError:
                if not is_whole:
                    raise
        if not held:
            raise RefusedError("no_text", "an item without words; --fetch reads its page" if address else "no words")
        yield build(fields, held, raw, origin)
    except RefusedError as refused:
        yield refused.rejection(refused.origin or origin)


def _fields(item: etree._Element) -> Mapping[str, str | None]:
    date = said(item, "pubDate", "published", "date", "issued", "updated", "modified")
    author = child(item, "creator", "author")
    return {
        "id": said(item, "guid", "id"),
        "url": _address(item),
        "title": _plainly(said(item, "title")),
        "author": said(author, "name") or (said(author) if author is not None and not len(author) else None),
        "published": date if date and parse_date(date) else None,
        "source": said(item, "source") or _publisher(item),
    }


def _publisher(item: etree._Element) -> str | None:
    """The title of the feed, which stands above its items, in RSS 1.0 beside them."""
    above = item.getparent()
    return said(above, "title") or said(child(above, "channel"), "title")


def _address(item: etree._Element) -> str | None:
    links = [each for each in item if name(each) == "link"]
    for link in links:
        if link.get("href") and link.get("rel", "alternate") == "alternate":
            return str(link.get("href")).strip()
    guid = child(item, "guid")
    told = said(item, "link") or (said(guid) if guid is not None and guid.get("isPermaLink") != "false" else None)
    return told if told and "://" in told else None


def _words(item: etree._Element) -> tuple[str, bool]:
    """The words that the feed holds of an item, and whether they are meant as the whole of it."""
    for each in _WHOLE:
        text = _text(child(item, each))
        if text:
            return text, True
    return _text(child(item, "description")) or _text(child(item, "summary")), False


def _text(element: etree._Element | None) -> str:
    if element is None:
        return ""
    if len(element):
        return words(element)
    text = (element.text or "").strip()
    return plain(text) if is_markup(text) or "&" in text else text


def _plainly(title: str | None) -> str | None:
    return plain(title) or None if title and ("<" in title or "&" in title) else title
