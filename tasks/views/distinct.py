"""Figures -> distinct statements: what one story says counts once, in however many papers it stands.

A statement is what near-duplicates (`articles.duplicate_of`) and repetitions inside an article (`figures.duplicate_of`)
say alike: measure, spender, other side, unit, value, years and status. It is shown as the earliest article has it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks import storage
from tasks.views import loading

Row = dict[str, Any]

PRINTED_IN = pa.field(
    "printed_in", pa.int32(), nullable=False, metadata={"meaning": "articles that say so, near-duplicates of one story"}
)
SCHEMA = loading.SCHEMAS["figures"].append(PRINTED_IN)
_SAID = ("measure", "spender", "counterparty", "unit", "year_start", "year_end", "status")
_NUMBERS = ("value_low", "value", "value_high")


def statements(out: Path) -> list[Row]:
    """Each statement once, as a row of `figures` with `printed_in`: how many articles of its story say so.

    Raises:
        storage.Unusable: there are no tables, they are of another schema, or the decisions cannot be read.
    """
    return once(loading.figures(out), stories(out))


def stories(out: Path) -> dict[str, str]:
    """For each article the id of the story that it prints. Raises as `statements`."""
    rows = storage.rows(out, "articles", ["article_id", "duplicate_of"])
    return {row["article_id"]: row["duplicate_of"] or row["article_id"] for row in rows}


def first_ids(rows: Iterable[Row], of: Mapping[str, str]) -> set[str]:
    """The ids of those figures that `once` keeps."""
    return {row["figure_id"] for row in once(rows, of)}


def once(rows: Iterable[Row], stories: Mapping[str, str]) -> list[Row]:
    """Those of `rows` (figures, with `published`) that say what no earlier one of the same story says.

    `stories` maps the ids of articles to the ids of the stories that they print.
    """
    printed: Counter[Hashable] = Counter()
    first: dict[Hashable, Row] = {}
    for row in rows:
        if row["duplicate_of"] is not None:
            continue
        story = stories.get(row["article_id"], row["article_id"])
        key = (story, *(row[name] for name in _SAID), *(_rounded(row[name]) for name in _NUMBERS))
        printed[key] += 1
        if key not in first or _rank(row, story) < _rank(first[key], story):
            first[key] = row
    return [{**row, "printed_in": printed[key]} for key, row in first.items()]


def table(out: Path) -> pa.Table:
    """The statements as an Arrow table. Raises as `statements`."""
    return pa.Table.from_pylist([{name: row[name] for name in SCHEMA.names} for row in statements(out)], SCHEMA)


def _rounded(value: float | None) -> str | None:
    """What papers that round do not tell apart."""
    return None if value is None else f"{value:.3g}"


def _rank(row: Row, story: str) -> tuple[bool, dt.date, str]:
    return row["article_id"] != story, row["published"] or dt.date.max, row["article_id"]
