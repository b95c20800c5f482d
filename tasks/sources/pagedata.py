"""What a page says of itself: JSON-LD, OpenGraph and other meta elements, its first headings, its dates in print."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from tasks.sources import dates

_ARTICLES = re.compile(r"(?:\w*Article|\w*Posting|Report\w*|Review|WebPage)")
_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "datepublished", "date", "dc.date.issued", "dc.date"),
    *("dcterms.created", "dc.created", "pubdate", "publishdate", "publish-date", "publish_date", "parsely-pub-date"),
    *("sailthru.date", "cxenseparse:recs:publishtime", "citation_publication_date", "originalpublicationdate"),
)
_PRINTED = "//time | //*[contains(@class, 'date') or contains(@class, 'time') or contains(@class, 'publish')]"
_DEEPEST = 12
_LONGEST_SCRIPT = 2_000_000
_LONGEST_STAMP = 120
_MOST_STAMPS = 12
_LETTERS = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^<>]{1,500}>")


@dataclass(frozen=True, slots=True)
class PageData:
    """What is said, as it is said; None where nothing is. `headings` are all that the page calls its headline."""

    title: str | None
    headings: tuple[str, ...]
    author: str | None
    publisher: str | None
    published: str | None
    url: str | None
    language: str | None
    body: str | None


def read(tree: HtmlElement) -> PageData:
    """What the page of `tree` says of itself."""
    meta = _meta(tree)
    linked = _article(tree)
    shared = meta.get("og:title") or meta.get("twitter:title")
    headings = [_plain(" ".join(each.itertext())) for each in tree.iter("h1")]
    headline = _string(linked.get("headline"))
    names = tuple(name for name in (shared, headline, *headings) if name)
    return PageData(
        title=_title(shared, headline, headings),
        headings=names,
        author=_named(linked.get("author")),
        publisher=_named(linked.get("publisher")) or meta.get("og:site_name"),
        published=_string(linked.get("datePublished"))
        or next((meta[name] for name in _PUBLISHED if name in meta), None),
        url=_canonical(tree) or meta.get("og:url"),
        language=tree.get("lang") or _string(linked.get("inLanguage")) or meta.get("og:locale"),
        body=_string(linked.get("articleBody"), is_text=True),
    )


def printed_date(tree: HtmlElement, country: str | None) -> str | None:
    """The day that is printed where pages print it, as ISO 8601; days of publication go before those of updates."""
    found = []
    for element in tree.xpath(_PRINTED)[:_MOST_STAMPS]:
        words = element.get("datetime") or _plain(" ".join(element.itertext()))
        if words and len(words) <= _LONGEST_STAMP:
            found.append(words)
    day = dates.day_of(" ".join(found), country)
    return day.isoformat() if day else None


def is_same(one: str, other: str) -> bool:
    """Whether two headlines differ in nothing but signs, spaces and capitals."""
    return _LETTERS.findall(one.casefold()) == _LETTERS.findall(other.casefold()) != []


def _title(shared: str | None, headline: str | None, headings: list[str]) -> str | None:
    """The headline under which the page is shared, without what is printed around the one that it bears."""
    borne = [name for name in (headline, *headings[:1]) if name]
    if not shared:
        return borne[0] if borne else None
    around = shared.casefold()
    within = [name for name in borne if len(_LETTERS.findall(name)) > 2 and _folded(name) in _folded(around)]
    return within[0] if within else shared


def _folded(words: str) -> str:
    return f" {' '.join(_LETTERS.findall(words.casefold()))} "


def _meta(tree: HtmlElement) -> dict[str, str]:
    """The meta elements by their name in small letters, the first of each."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = _plain(element.get("content") or "")
        if name and content:
            found.setdefault(name.lower(), content)
    return found


def _article(tree: HtmlElement) -> Mapping[str, Any]:
    """The object of JSON-LD that describes the article; of several the first that has a headline."""
    nothing: Mapping[str, Any] = {}
    found = [each for each in _objects(tree) if _ARTICLES.fullmatch(_kind(each)) and each.get("headline")]
    return next((each for each in found if _kind(each) != "WebPage"), found[0] if found else nothing)


def _objects(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() == "application/ld+json":
            text = "".join(script.itertext())
            try:
                yield from _within(json.loads(text, strict=False) if len(text) <= _LONGEST_SCRIPT else None)
            except (ValueError, RecursionError):
                continue


def _within(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """A value's own objects: those in lists and graphs, and what the page is mainly about; no comments, no posts."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value:
            yield from _within(each, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if key in value:
                yield from _within(value[key], depth + 1)


def _kind(value: Mapping[str, Any]) -> str:
    kind = value.get("@type")
    return str((kind[0] if isinstance(kind, list) and kind else kind) or "")


def _named(value: Any) -> str | None:
    """The names of a person or an organisation, or of several."""
    each = value if isinstance(value, list) else [value]
    names = [_string(one.get("name")) if isinstance(one, dict) else _string(one) for one in each]
    return ", ".join(dict.fromkeys(name for name in names if name and "://" not in name)) or None


def _string(value: Any, is_text: bool = False) -> str | None:
    if not isinstance(value, str):
        return None
    plain = html.unescape(_TAG.sub(" ", html.unescape(value)))
    return (plain.strip() if is_text else _plain(plain)) or None


def _plain(words: str) -> str:
    return " ".join(html.unescape(words).split())


def _canonical(tree: HtmlElement) -> str | None:
    for link in tree.iter("link"):
        address = (link.get("href") or "").strip()
        if "canonical" in (link.get("rel") or "").lower().split() and address.startswith(("http://", "https://")):
            return address
    return None
