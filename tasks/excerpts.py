"""Annotations of news articles whose words may not be in the project: where the excerpts lie, and what stands in them.

A file of excerpts (``excerpts.standoff``) holds one JSON object a line, one excerpt: `id`, the `article` that it is
cut from, its `start` and `end` in that article's text, the `sha256` of its words, and `figures` as in a gold file but
for the words of the amounts, which their offsets give.
"""

import datetime as dt
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from tasks.gold import GoldArticle, GoldFigure


def load_excerpts(annotations: Path, news: Path) -> list[GoldArticle]:
    """The annotated excerpts whose articles `news` (gzipped JSON Lines with `id` and `text`) holds unchanged."""
    wanted = [json.loads(line) for line in annotations.read_text(encoding="utf-8").splitlines()]
    records = _records(news, {excerpt["article"] for excerpt in wanted})
    return [_cut(excerpt, records[excerpt["article"]]) for excerpt in wanted if _is_unchanged(excerpt, records)]


def _records(news: Path, names: set[str]) -> dict[str, dict[str, Any]]:
    with gzip.open(news, "rt", encoding="utf-8") as lines:
        records = (json.loads(line) for line in lines)
        return {record["id"]: record for record in records if record["id"] in names}


def _is_unchanged(excerpt: dict[str, Any], records: dict[str, dict[str, Any]]) -> bool:
    record = records.get(excerpt["article"])
    if record is None:
        return False
    words = record["text"][excerpt["start"] : excerpt["end"]]
    return bool(hashlib.sha256(words.encode()).hexdigest() == excerpt["sha256"])


def _cut(excerpt: dict[str, Any], record: dict[str, Any]) -> GoldArticle:
    text = record["text"][excerpt["start"] : excerpt["end"]]
    return GoldArticle(
        id=excerpt["id"],
        published=dt.date.fromisoformat(record["published"]) if record["published"] else None,
        source=record["source"],
        title=record["title"],
        text=text,
        figures=tuple(
            GoldFigure(amount=text[row["amount_start"] : row["amount_end"]], **row) for row in excerpt["figures"]
        ),
    )
