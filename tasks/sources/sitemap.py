"""A sitemap of news, as sites offer it to search engines: titles, dates, addresses; its pages are to be fetched.

A site with many has a list of sitemaps, which is followed: the newest first, and one step far.
"""

import dataclasses
import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO, cast

from lxml import etree

from tasks.records import Article, Rejection
from tasks.sources import pages
from tasks.sources.building import Options, RefusedError, Source
from tasks.sources.containers import Counted, Guard, opened
from tasks.sources.feed import MAX_ITEMS, listing
from tasks.sources.markup import child, elements, name, readable, root_of, said

SUFFIXES: tuple[str, ...] = ()
MAX_SITEMAPS = 100
"""Sitemaps of a list that are read: what is older than a hundred of them is no news."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the root is that of a sitemap, or of a list of sitemaps."""
    return root_of(head) in ("urlset", "sitemapindex")


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a page that is fetched; one rejection for all where nothing may be fetched."""
    number = 0
    lists: dict[str, str] = {}
    for number, element in enumerate(elements(listing(source), ("url", "sitemap")), start=1):
        if number > MAX_ITEMS:
            raise RefusedError("unsafe", f"a sitemap of over {MAX_ITEMS:,} pages; one of news has at most 1,000")
        if name(element) == "sitemap":
            with readable():
                lists.setdefault(said(element, "loc") or "", said(element, "lastmod") or "")
        else:
            yield from _page(element, number, source)
    if not number:
        raise RefusedError("no_text", "a sitemap without pages")
    if source.options.fetch is None:
        what = "a list names sitemaps" if lists else "a sitemap names pages"
        raise RefusedError("no_text", f"{what} ({number:,}) and holds none; --fetch reads them")
    yield from _followed(lists, source)


def _page(element: etree._Element, number: int, source: Source) -> Iterator[Article | Rejection]:
    if source.options.fetch is None:
        return
    try:
        address, known = _known(element)
        page = source.options.fetch(address or "")
        if page is not None:
            yield pages.article(page.raw, page.address, known, source.options)
    except RefusedError as refused:
        yield refused.rejection(refused.origin or f"{source.origin}:{number}")


def _followed(lists: Mapping[str, str], source: Source) -> Iterator[Article | Rejection]:
    """What the sitemaps name that a list names, by address and when they changed last."""
    follow = source.options.follow
    if not lists:
        return
    if follow is None:
        raise RefusedError("unsafe", "a list of sitemaps that another list names")
    newest = sorted(lists, key=lambda address: lists[address], reverse=True)
    for address in newest[:MAX_SITEMAPS]:
        try:
            with follow(address) as stream:
                yield from () if stream is None else _listed(stream, address, source.options)
        except RefusedError as refused:
            yield refused.rejection(refused.origin or address)
    if len(newest) > MAX_SITEMAPS:
        raise RefusedError("unsafe", f"a list of {len(newest):,} sitemaps; the newest {MAX_SITEMAPS} were read")


def _listed(stream: BinaryIO, address: str, options: Options) -> Iterator[Article | Rejection]:
    guard = Guard()
    counted = cast(BinaryIO, io.BufferedReader(Counted(stream, guard), 2**16))
    whole = Source(counted, address, None, address, address, dataclasses.replace(options, follow=None))
    for inner in opened(whole, guard):
        yield from (inner,) if isinstance(inner, Rejection) else read(inner)


def _known(element: etree._Element) -> tuple[str | None, dict[str, str | None]]:
    """The address of a page, and what the sitemap says of it."""
    with readable():
        address, news = said(element, "loc"), child(element, "news")
        known = {
            "url": address,
            "title": said(news, "title"),
            "published": said(news, "publication_date"),
            "source": said(child(news, "publication"), "name"),
        }
    return address, known
