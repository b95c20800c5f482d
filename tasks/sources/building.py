"""A record's fields, whatever format they came in, to an article; or the reason why not."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn

from tasks.lexicon import publishing
from tasks.records import Article, Reason, Rejection
from tasks.sources import dates

MAX_BYTES = 16 * 2**20
"""Bytes of one record beyond which it is not looked at: no text within the limit needs so many."""

ARTICLE_ID_LENGTH = 32
DATE_KEYS = ("published", "date")
_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


Gate = Callable[[str | None, str], bool]
"""Whether a headline and a text may matter."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The bytes of the file that describes another, and where they come from."""

    origin: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What was fetched: where it lay in the end, after all redirects, and its bytes, decompressed."""

    address: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader is told beside its source.

    `columns` names for a field the column that holds it. `fetch` gets the page of an address, None where it has not
    changed since the last run; it raises RefusedError. Without it nothing is fetched. `follow` opens in the same way a
    list of pages that another list names. `gate` says whether a text of a headline may matter: a page of which all the
    words may not is read at a glance. Without it all are read with care.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    fetch: Callable[[str], Page | None] | None = None
    follow: Callable[[str], AbstractContextManager[BinaryIO | None]] | None = None
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One input, opened: what a reader may touch.

    `origin` is the path or address as it was given, and the place in it; `name` the file's own name, as far as it says
    what it is; `address` the URL that it came from.
    """

    stream: BinaryIO
    origin: str
    sidecar: Sidecar | None = None
    name: str = ""
    address: str | None = None
    options: Options = Options()


class RefusedError(Exception):
    """A record that becomes no article, and why; `origin` is set where it is not the record's own place."""

    def __init__(self, reason: Reason, detail: str, origin: str | None = None) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail
        self.origin = origin

    def rejection(self, origin: str) -> Rejection:
        """The row for the table of what was set aside."""
        return Rejection(stage="ingest", origin=self.origin or origin, reason=self.reason, detail=self.detail)


def whole(source: Source) -> bytes:
    """All bytes of a source that holds one article.

    Raises:
        RefusedError: there are none (``no_text``), or more than ``MAX_BYTES`` (``too_long``).
        OSError: as the stream raises it.
    """
    raw = source.stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise RefusedError("too_long", f"over {MAX_BYTES:,} bytes, more than any article has")
    if not raw.strip():
        raise RefusedError("no_text", "the file is empty")
    return raw


def build(record: Mapping[str, object], text: str, raw: bytes, origin: str) -> Article:
    """The article of a record: `text` as it stands, the other fields from `record` (a field that is absent is null).

    The article's id depends on the record's url (else its own id) and on `raw`, its bytes as they were read.

    Raises:
        RefusedError: a field has the wrong type, or the date is none (``bad_record``, naming the field).
    """
    url, source_id = _string(record, "url"), _identity(record)
    digest = hashlib.sha256((url or source_id or "").encode() + b"\0" + raw).hexdigest()
    return Article(
        article_id=digest[:ARTICLE_ID_LENGTH],
        source_id=source_id,
        origin=origin,
        url=url,
        title=_string(record, "title"),
        author=_string(record, "author"),
        published=_published(record),
        source=_string(record, "source"),
        text=without_surrogates(text),
        raw_sha256=hashlib.sha256(raw).hexdigest(),
    )


def parse_date(words: str, country: str | None = None) -> dt.date | None:
    """The day of a date in any form, in its own time zone, as papers of `country` write it; None if it is none."""
    return dates.day_of(words, country)


def without_surrogates(text: str) -> str:
    """`text` such that it can be encoded: split surrogate pairs are joined, lone ones become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _published(record: Mapping[str, object]) -> dt.date | None:
    country = publishing.country_of(_string(record, "url"), _string(record, "source"))
    for key in DATE_KEYS:
        words = _string(record, key)
        if words is None:
            continue
        day = parse_date(words, country)
        if day is None:
            raise RefusedError("bad_record", f"{key} is no date: {_shown(words)}")
        return day
    return None


def _identity(record: Mapping[str, object]) -> str | None:
    value = record.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _string(record, "id")


def _string(record: Mapping[str, object], key: str) -> str | None:
    value = record.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        wrong(key, value)
    return without_surrogates(value).strip() or None


def wrong(key: str, value: object) -> NoReturn:
    """Raises RefusedError, ``bad_record``: `key` holds no string."""
    raise RefusedError("bad_record", f"{key} is {kind(value)}, not a string")


def kind(value: object) -> str:
    """What a value read from JSON is, for a person."""
    return _KINDS.get(type(value), "null" if value is None else "a string")


def fault(error: Exception) -> str:
    """What is wrong with a record's JSON, and where in the record."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at character {error.pos + 1}"
    return str(error)


def _shown(words: str) -> str:
    return repr(words if len(words) <= 40 else words[:40] + "...")
