"""Markup inside a record (a field of JSON, an item of a feed, a mail) to its words, a blank line between paragraphs."""

import re

from lxml import etree, html

from tasks.sources.markup import name as name_of

_MARKUP = re.compile(
    r"</(?:p|div|span|a|b|i|em|strong|li|ul|ol|h[1-6]|table|blockquote)>|<(?:p|br)\b[^<>]{0,200}>", re.I
)
_BLOCKS = frozenset(
    {
        *("p", "div", "article", "section", "blockquote", "pre", "ul", "ol", "li", "dl", "dd", "dt", "table", "tr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "header", "footer", "figure", "figcaption", "main", "body"),
        *("block", "body.content", "hedline", "hl1", "hl2", "byline", "dateline"),
    }
)
_LEFT_OUT = frozenset({"script", "style", "head", "title", "noscript", "template", "iframe", "svg", "nav", "form"})


def is_markup(text: str) -> bool:
    """Whether a record's text holds tags of HTML."""
    return bool(_MARKUP.search(text))


def plain(markup: str) -> str:
    """The words of a piece of HTML; empty where there are none."""
    try:
        root = html.document_fromstring(markup.replace("\0", ""), parser=html.HTMLParser(huge_tree=False))
    except (etree.LxmlError, ValueError):  # nothing in it, or what declares an encoding of its own
        try:
            root = html.document_fromstring(markup.replace("\0", "").encode("utf-8", "replace"))
        except (etree.LxmlError, ValueError):
            return ""
    return words(root)


def words(root: etree._Element) -> str:
    """The words below an element, a blank line between blocks."""
    parts: list[str] = []
    skipped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        name = name_of(element)
        if event == "start" and skipped is None:
            if name in _LEFT_OUT:
                skipped = element
                continue
            parts.append(_break(name) + (element.text or ""))
        elif event == "end" and element is skipped:
            skipped = None
        elif event == "end" and skipped is None:
            parts.append(_break(name) if name != "br" else "")
        if event != "start" and skipped is None and element is not root:
            parts.append(element.tail or "")
    return _tidy("".join(parts))


def _break(name: str) -> str:
    return "\0" if name in _BLOCKS else "\1" if name == "br" else ""


def _tidy(text: str) -> str:
    """Runs of white space are one space; what stood between blocks is a blank line."""
    paragraphs = ("\n".join(" ".join(line.split()) for line in each.split("\1")).strip() for each in text.split("\0"))
    return "\n\n".join(each for each in paragraphs if each)
