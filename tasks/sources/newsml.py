"""IPTC's NewsML-G2, as agencies deliver: one article a news item, its body in NITF or XHTML."""

from collections.abc import Iterator

from lxml import etree

from tasks.records import Article, Rejection
from tasks.sources.building import RefusedError, Source, build, parse_date
from tasks.sources.fragments import words
from tasks.sources.markup import child, elements, name, readable, root_of, said

SUFFIXES: tuple[str, ...] = ()
_ROOTS = ("newsMessage", "newsItem", "packageItem")
_WITHDRAWN = ("canceled", "withheld")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the root is one of NewsML-G2."""
    return root_of(head) in _ROOTS


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a news item, in order, one in memory at a time."""
    number = 0
    for item in elements(source.stream, ("newsItem",)):
        number += 1
        origin = f"{source.origin}:{number}"
        try:
            with readable():
                article = _article(item, origin)
            yield article
        except RefusedError as refused:
            yield refused.rejection(origin)
    if not number:
        raise RefusedError("no_text", "a message of NewsML-G2 without a news item")


def _article(item: etree._Element, origin: str) -> Article:
    raw = etree.tostring(item, with_tail=False)
    meta, content = child(item, "itemMeta"), child(item, "contentMeta")
    kind, status = _code(child(meta, "itemClass")), _code(child(meta, "pubStatus"))
    if kind and kind not in ("text", "composite"):
        raise RefusedError("not_an_article", f"a news item that is no text: {kind[:40]}")
    if status in _WITHDRAWN:
        raise RefusedError("not_an_article", f"the agency has withdrawn it: {status}")
    text = _text(child(item, "contentSet"))
    if not text.strip():
        raise RefusedError("no_text", "a news item without words")
    provider = child(meta, "provider")
    date = said(content, "contentCreated") or said(meta, "firstCreated", "versionCreated")
    creator = child(content, "creator")
    fields = {
        "id": item.get("guid"),
        "url": _address(meta),
        "title": said(content, "headline") or said(meta, "title"),
        "author": said(content, "by") or said(creator, "name"),
        "published": date if date and parse_date(date) else None,
        "source": said(provider, "name")
        or (provider.get("literal") if provider is not None else None)
        or _code(provider),
    }
    return build(fields, text, raw, origin)


def _text(content: etree._Element | None) -> str:
    """The words of the body; of NITF what stands below the headline."""
    for each in () if content is None else content:
        if name(each) == "inlineXML":
            bodies = [part for part in each.iter() if name(part) == "body.content"]
            bodies = bodies or [part for part in each.iter() if name(part) == "body"] or [each]
            return "\n\n".join(map(words, bodies))
        if name(each) == "inlineData":
            return each.text or ""
    return ""


def _address(meta: etree._Element | None) -> str | None:
    for each in () if meta is None else meta:
        if name(each) == "link" and str(each.get("href", "")).startswith("http"):
            return str(each.get("href"))
    return None


def _code(element: etree._Element | None) -> str:
    """The code that an element names, without the scheme before it."""
    return "" if element is None else str(element.get("qcode", "")).rpartition(":")[2]
