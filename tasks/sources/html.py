"""A saved web page, one article a file: trafilatura finds the main text, the page's own metadata say the rest."""

import re
from collections.abc import Iterator

import trafilatura
from trafilatura.settings import Document

from tasks.records import Article, Rejection
from tasks.sources.building import RefusedError, Source, build, parse_date, whole
from tasks.sources.decoding import decode

SUFFIXES: tuple[str, ...] = (".html", ".htm", ".xhtml")
_BEGINNING = re.compile(rb"<(?:!doctype\s+html|html|head|body|article)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta\b[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEAD = 4096
_MOST_TAGS = 100_000


def recognises(head: bytes, suffix: str) -> bool:
    """Whether an HTML tag of the page's frame stands near the beginning."""
    return bool(_BEGINNING.search(head))


def read(source: Source) -> Iterator[Article | Rejection]:
    """The article of the page: main text without comments; title, author, date, publisher, address as the page says."""
    try:
        raw = whole(source)
        if raw.count(b"<") > _MOST_TAGS:
            raise RefusedError("too_long", f"a page of over {_MOST_TAGS:,} tags, more than any article has")
        document = _document(decode(raw, _declared(raw)))
        yield build(_record(document), _text(document), raw, source.origin)
    except RefusedError as refused:
        yield refused.rejection(source.origin)


def _declared(raw: bytes) -> str | None:
    found = _CHARSET.search(raw[:_HEAD])
    return found[1].decode("ascii") if found else None


def _document(page: str) -> Document:
    try:
        document = trafilatura.bare_extraction(
            page,
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


def _record(document: Document) -> dict[str, object]:
    return {
        "url": document.url,
        "title": _headline(document),
        "author": document.author,
        "published": document.date if document.date and parse_date(document.date) else None,
        "source": document.sitename,
    }


def _headline(document: Document) -> str | None:
    """The title without the publisher's name behind it."""
    title, name = document.title, document.sitename
    if not title or not name:
        return title
    return re.sub(rf"\s+[-|–—]\s+{re.escape(name)}\s*$", "", title) or None


def _text(document: Document) -> str:
    """The main text, a blank line between paragraphs, without the headline that some pages print above it."""
    first, *rest = str(document.text).strip().split("\n")
    is_headline = bool(document.title) and first.strip() == str(document.title).strip()
    return "\n\n".join(rest if is_headline and rest else [first, *rest])
