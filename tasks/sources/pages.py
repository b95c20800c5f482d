"""Pages that come with something known about them: from an archive of the web, or fetched for a feed."""

import dataclasses
import io
from collections.abc import Mapping

from tasks.records import Article
from tasks.sources import html, pdf
from tasks.sources.building import Options, RefusedError, Source, parse_date


def article(
    raw: bytes, address: str, known: Mapping[str, str | None], options: Options, place: str | None = None
) -> Article:
    """The article of a page; what the page does not say of itself is as `known`, its publisher as known before all.

    Raises:
        RefusedError: it holds none; its origin is the page's, `place` if that is given, else the address.
    """
    origin = place or address
    source = Source(io.BufferedReader(io.BytesIO(raw)), origin, address=address, options=options)
    try:
        found = held(raw, source)
    except RefusedError as refused:
        raise RefusedError(refused.reason, refused.detail, origin) from None
    day = known.get("published")
    return dataclasses.replace(
        found,
        url=found.url or known.get("url") or address,
        title=found.title or known.get("title"),
        author=found.author or known.get("author"),
        published=found.published or (parse_date(day) if day else None),
        source=known.get("source") or found.source,
        source_id=found.source_id or known.get("id"),
    )


def held(raw: bytes, source: Source) -> Article:
    """The article of a PDF or else of a page, which `raw` are all bytes of: by content, or by the name's ending.

    Raises:
        RefusedError: it holds none.
    """
    if pdf.recognises(raw[:1024], "") or source.name.lower().endswith(pdf.SUFFIXES):
        return pdf.article(raw, source)
    (row,) = html.read(source)
    if isinstance(row, Article):
        return row
    raise RefusedError(row.reason, row.detail)
