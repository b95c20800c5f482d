"""A JSON document: one record, a list of them, or an object around a list (an answer of a search service)."""

import re
from collections.abc import Iterator

from tasks.records import Article, Rejection
from tasks.sources.building import MAX_BYTES, RefusedError, Source
from tasks.sources.elements import elements
from tasks.sources.fields import article, record_of

SUFFIXES: tuple[str, ...] = (".json",)
_BEGINNING = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\]])")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether an object or a list of objects begins here."""
    return bool(_BEGINNING.match(head.removeprefix(b"\xef\xbb\xbf")))


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a record, in order, one record in memory at a time."""
    is_empty = True
    for number, raw in elements(source.stream):
        is_empty = False
        origin = source.origin if number is None else f"{source.origin}:{number}"
        try:
            if len(raw) > MAX_BYTES:
                raise RefusedError("too_long", f"a record of {len(raw):,} bytes, more than any has ({MAX_BYTES:,})")
            yield article(record_of(raw), raw, origin, source.options)
        except RefusedError as refused:
            yield refused.rejection(origin)
    if is_empty:
        raise RefusedError("no_text", "no record in it")
