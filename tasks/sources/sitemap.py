"""A sitemap of news, as sites offer it to search engines: titles, dates, addresses; its pages are to be fetched."""

from collections.abc import Iterator

from lxml import etree

from tasks.records import Article, Rejection
from tasks.sources import pages
from tasks.sources.building import RefusedError, Source
from tasks.sources.feed import MAX_ITEMS, limited
from tasks.sources.markup import child, elements, name, readable, root_of, said

SUFFIXES: tuple[str, ...] = ()


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the root is that of a sitemap, or of a list of sitemaps."""
    return root_of(head) in ("urlset", "sitemapindex")


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a page that is fetched; one rejection for all where nothing may be fetched."""
    fetch = source.options.fetch
    number = 0
    for element in elements(limited(source.stream), ("url", "sitemap")):
        number += 1
        if name(element) == "sitemap":
            raise RefusedError("not_an_article", f"a list of sitemaps; name one of them: {_known(element)[0]}")
        if number > MAX_ITEMS:
            raise RefusedError("unsafe", f"a sitemap of over {MAX_ITEMS:,} pages; one of news has at most 1,000")
        if fetch is None:
            continue
        try:
            address, known = _known(element)
            page = fetch(address or "")
            if page is not None:
                yield pages.article(page.raw, page.address, known, source.options)
        except RefusedError as refused:
            yield refused.rejection(refused.origin or f"{source.origin}:{number}")
    if not number:
        raise RefusedError("no_text", "a sitemap without pages")
    if fetch is None:
        raise RefusedError("no_text", f"a sitemap names pages ({number:,}) and holds none; --fetch reads them")


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
