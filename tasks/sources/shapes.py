"""The shapes in which news agencies, crawlers and vendors write a record in JSON, each told by its own marks.

A shape turns a record into one with the names that `fields` knows. What has no shape of its own is taken as it is.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tasks.sources.building import RefusedError
from tasks.sources.names import GUESSES, plainly

Fields = Mapping[str, Any]
_WITHDRAWN = ("canceled", "cancelled", "withheld")
_TEXT_NAMES = frozenset(GUESSES["text"])


def is_record(record: Fields) -> bool:
    """Whether an object is an article's record, not a wrapper around many."""
    return any(marks(record) for marks, _ in SHAPES.values()) or any(plainly(key) in _TEXT_NAMES for key in record)


def shaped(record: Fields) -> Fields:
    """`record` under the usual names.

    Raises:
        RefusedError: its shape says that it is no article (``not_an_article``).
    """
    for marks, turn in SHAPES.values():
        if marks(record):
            return turn(record)
    return record


def _is_ninjs(record: Fields) -> bool:
    is_versioned = any(key in record for key in ("versioncreated", "versionCreated", "pubstatus", "pubStatus"))
    return "uri" in record and is_versioned


def _of_ninjs(record: Fields) -> Fields:
    """IPTC's ninjs, versions 1 and 2."""
    kind = record.get("type")
    if isinstance(kind, str) and kind not in ("text", "composite"):
        raise RefusedError("not_an_article", f"an item of ninjs that is no text: {kind[:40]}")
    status = record.get("pubstatus", record.get("pubStatus"))
    if isinstance(status, str) and status in _WITHDRAWN:
        raise RefusedError("not_an_article", f"the agency has withdrawn it: {status}")
    uri = record.get("uri")
    return {
        "id": uri,
        "url": _first(record, "canonicalurl") or (uri if isinstance(uri, str) and uri.startswith("http") else None),
        "title": record.get("headline") or _chosen(record.get("headlines"), "main"),
        "author": record.get("byline") or record.get("by"),
        "published": _first(
            record, "firstcreated", "contentcreated", "contentCreated", "versioncreated", "versionCreated"
        ),
        "source": _named(record.get("infosource") or record.get("infosources")) or record.get("copyrightholder"),
        "text": _first(record, "body_text", "body_xhtml", "body_html") or _chosen(record.get("bodies"), None),
    }


def _is_webhose(record: Fields) -> bool:
    return isinstance(record.get("thread"), Mapping) and "text" in record


def _of_webhose(record: Fields) -> Fields:
    """A post of Webhose (Webz.io); its site stands in the thread."""
    thread = record["thread"]
    return {
        "id": record.get("uuid"),
        "url": record.get("url") or thread.get("url"),
        "title": record.get("title") or thread.get("title"),
        "author": record.get("author"),
        "published": record.get("published") or thread.get("published"),
        "source": thread.get("site_full") or thread.get("site"),
        "text": record.get("text"),
    }


def _is_newsplease(record: Fields) -> bool:
    return "maintext" in record and "source_domain" in record


def _of_newsplease(record: Fields) -> Fields:
    """An article of news-please; its `date_download` is no date of publication."""
    return {
        "url": record.get("url"),
        "title": record.get("title") or record.get("title_page"),
        "author": record.get("authors"),
        "published": None if record.get("date_publish") == "None" else record.get("date_publish"),
        "source": record.get("source_domain"),
        "text": record.get("maintext"),
    }


def _first(record: Fields, *keys: str) -> Any:
    return next((record[key] for key in keys if record.get(key)), None)


def _chosen(entries: object, role: str | None) -> Any:
    """The value of the entry with this role, else of the first."""
    found = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    best = [entry for entry in found if role is None or entry.get("role") == role] or found
    return best[0].get("value") if best else None


def _named(entries: object) -> Any:
    found = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    return found[0].get("name") if found else None


SHAPES: dict[str, tuple[Callable[[Fields], bool], Callable[[Fields], Fields]]] = {
    "ninjs": (_is_ninjs, _of_ninjs),
    "webhose": (_is_webhose, _of_webhose),
    "newsplease": (_is_newsplease, _of_newsplease),
}
