"""A saved web page, one article a file: trafilatura finds the main text, the page's own metadata say the rest."""

import dataclasses
import re
from collections.abc import Iterator

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Document

from tasks.lexicon import publishing
from tasks.records import Article, Rejection
from tasks.sources import pagedata
from tasks.sources.building import Gate, RefusedError, Source, build, parse_date, whole
from tasks.sources.decoding import decode
from tasks.sources.glance import MOST_TAGS, Glance
from tasks.sources.pagedata import PageData

SUFFIXES: tuple[str, ...] = (".html", ".htm", ".xhtml")
_BEGINNING = re.compile(rb"<(?:!doctype\s+html|html|head|body|article)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta\b[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEAD = 4096
_MOST_TAGS = 100_000
_MUCH_MORE = 1.5
_LONGEST_CELL = 800
"""Characters of a cell with paragraphs beyond which its table is the frame of a page."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether an HTML tag of the page's frame stands near the beginning."""
    return bool(_BEGINNING.search(head))


def read(source: Source) -> Iterator[Article | Rejection]:
    """The article of the page: main text without comments; title, author, date, publisher, address as the page says."""
    try:
        raw = whole(source)
        if raw.count(b"<") > _MOST_TAGS:
            raise RefusedError("too_long", f"a page of over {_MOST_TAGS:,} tags, more than any article has")
        yield _article(raw, source)
    except RefusedError as refused:
        yield refused.rejection(source.origin)


def _article(raw: bytes, source: Source) -> Article:
    page = decode(raw, _declared(raw))
    tree = _tree(page)
    data = pagedata.read(tree)
    document = _at_a_glance(page, data, source.options.gate) or _document(tree)
    article = build(_record(document, data, tree), _text(document, data), raw, source.origin)
    return dataclasses.replace(article, language=data.language)


def _at_a_glance(page: str, data: PageData, gate: Gate | None) -> Document | None:
    """The main text of a page, all words of which the gate holds back; None: it is worth more care."""
    if gate is None or page.count("<") > MOST_TAGS:
        return None
    seen = Glance(page)
    if gate(data.title, f"{seen.words()}\n{data.body or ''}"):
        return None
    text = seen.main_text()
    return Document(text=text) if text else None


def _declared(raw: bytes) -> str | None:
    found = _CHARSET.search(raw[:_HEAD])
    return found[1].decode("ascii") if found else None


def _tree(page: str) -> HtmlElement:
    try:
        tree = trafilatura.load_html(page)
    except RecursionError as error:
        raise RefusedError("bad_record", f"no HTML that can be read: {error}") from None
    if tree is None:
        raise RefusedError("not_an_article", "a page without the text of an article")
    _unfold(tree)
    return tree


def _unfold(tree: HtmlElement) -> None:
    """Tables that hold the page rather than numbers, a cell of which is as long as an article, are tables no more."""
    frames = dict.fromkeys(next(cell.iterancestors("table"), None) for cell in tree.iter("td") if _is_frame(cell))
    parts = {table: [*table.iter("tr", "td", "th", "tbody")] for table in frames if table is not None}
    for table, inside in parts.items():
        for part in inside:
            if next(part.iterancestors("table")) is table:
                part.tag = "div"
    for table in parts:
        table.tag = "div"


def _is_frame(cell: HtmlElement) -> bool:
    return next(cell.iter("p", "br"), None) is not None and len(cell.text_content()) > _LONGEST_CELL


def _document(tree: HtmlElement) -> Document:
    try:
        document = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            with_metadata=True,
            # Only a date that the page states of itself: one guessed from words of the text dates figures wrongly.
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except RecursionError as error:
        raise RefusedError("bad_record", f"no HTML that can be read: {error}") from None
    if not isinstance(document, Document) or not (document.text or "").strip():
        raise RefusedError("not_an_article", "a page without the text of an article")
    return document


def _record(document: Document, data: PageData, tree: HtmlElement) -> dict[str, object]:
    url, source = data.url or document.url, document.sitename or data.publisher
    country = publishing.country_of(url, source)
    stated = (day for day in (data.published, document.date) if day and parse_date(day, country))
    return {
        "url": url,
        "title": _headline(data.title or document.title, source),
        "author": document.author or data.author,
        "published": next(stated, None) or pagedata.printed_date(tree, country),
        "source": source,
    }


def _headline(title: str | None, name: str | None) -> str | None:
    """The title without the publisher's name behind it."""
    if not title or not name:
        return title
    return re.sub(rf"\s+[-|–—]\s+{re.escape(name)}\s*$", "", title) or None


def _text(document: Document, data: PageData) -> str:
    """The main text, a blank line between paragraphs, without the headline that some pages print above it.

    Where the page carries its whole text beside what it shows, and much more of it, that is the text.
    """
    paragraphs = str(document.text).strip().split("\n")
    whole_text = [line.strip() for line in (data.body or "").split("\n") if line.strip()]
    if sum(map(len, whole_text)) > _MUCH_MORE * sum(map(len, paragraphs)):
        paragraphs = whole_text
    headings = [*data.headings, document.title or ""]
    while len(paragraphs) > 1 and any(pagedata.is_same(paragraphs[0], heading) for heading in headings):
        del paragraphs[0]
    return "\n\n".join(paragraphs)
