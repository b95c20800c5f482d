"""A folder of tables -> what the views work on: rows, Arrow tables, or pandas DataFrames for notebooks."""

import datetime as dt
import functools
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tasks import panel, storage
from tasks.records import DICTIONARY, to_table
from tasks.records import SCHEMAS as STORED
from tasks.views.review import decisions, overlay

Row = dict[str, Any]

CITATION = ["title", "url", "source", "published"]
"""Columns of an article that stand beside each of its figures."""


_CHECKED = "what a person found of the row as it was read: right, corrected or added; null: nobody checked it"
_REVIEWED = pa.field("reviewed", DICTIONARY, metadata={"meaning": _CHECKED})
SCHEMAS = {**STORED, "figures": STORED["figures"].append(_REVIEWED)}
"""The tables as the views show them: figures under what people decided about them."""


def figures(out: Path) -> Iterator[Row]:
    """The rows of `figures` as people left them, each with the title, url, source and date of its article.

    `reviewed` is right, corrected or added where a person checked the row, else None. Rows that were judged wrong are
    not among them.

    Raises:
        storage.Unusable: there are no tables, they are of another schema, or the decisions cannot be read.
    """
    held = decisions.load(out)
    nothing: Row = dict.fromkeys(CITATION)
    cited = {row.pop("article_id"): row for row in storage.rows(out, "articles", ["article_id", *CITATION])}
    judged = {article["article_id"]: article for article in articles(out, held.keys())} if held else {}
    found: dict[str, list[Row]] = {article_id: [] for article_id in judged}
    for row in storage.rows(out, "figures", STORED["figures"].names):
        shown = {**row, **cited.get(row["article_id"], nothing), "reviewed": None}
        if row["article_id"] in judged:
            found[row["article_id"]].append(shown)
        else:
            yield shown
    for article_id, article in judged.items():
        for row in overlay.lay(found[article_id], article, held[article["raw_sha256"]]).rows:
            yield {name: value for name, value in row.items() if name != "decision"}


def articles(out: Path, contents: Collection[str] | None = None) -> Iterator[Row]:
    """The articles whose raw content has one of these SHA-256, or all, with their texts. Raises as `figures`."""
    columns = ["article_id", "source_id", "raw_sha256", "text", "relevant", *CITATION]
    rows = storage.rows(out, "articles", columns)
    return (row for row in rows if contents is None or row["raw_sha256"] in contents)


def table(out: Path, name: str) -> pa.Table:
    """The table `name`; the panel is made from the figures as they are now. Raises as `figures`."""
    if name == "panel":
        return to_table("panel", panel.panel(figures(out), storage.rows(out, "articles", panel.ARTICLE_COLUMNS)))
    if name == "figures":
        names = SCHEMAS["figures"].names
        return pa.Table.from_pylist([{column: row[column] for column in names} for row in figures(out)], SCHEMAS[name])
    return storage.read_table(out, name)


def as_of(out: Path) -> tuple[dt.date | None, dt.date | None]:
    """The dates of the earliest and the latest article. Raises as `figures`."""
    dates = [row["published"] for row in storage.rows(out, "articles", ["published"]) if row["published"] is not None]
    return min(dates, default=None), max(dates, default=None)


class Tables:
    """The tables of one folder as DataFrames, each read when it is first asked for.

    Closed sets and codes are categories, dates are timestamps, numbers that may be missing are nullable.
    """

    def __init__(self, out: Path) -> None:
        self.out = out

    @functools.cached_property
    def figures(self) -> pd.DataFrame:
        """One row for each figure, beside it `title`, `url`, `source` and `published` of its article."""
        beside = self.articles.set_index("article_id")[CITATION]
        return frame(table(self.out, "figures")).join(beside, on="article_id")

    @functools.cached_property
    def distinct(self) -> pd.DataFrame:
        """The rows of `figures` without what near-duplicates say again, and `printed_in`: how many articles say so."""
        from tasks.views import distinct

        beside = self.articles.set_index("article_id")[CITATION]
        return frame(distinct.table(self.out)).join(beside, on="article_id")

    @functools.cached_property
    def panel(self) -> pd.DataFrame:
        """One row for all that is said of one spender, measure, status and year."""
        return frame(table(self.out, "panel"))

    @functools.cached_property
    def articles(self) -> pd.DataFrame:
        """One row for each article kept."""
        return frame(table(self.out, "articles"))

    @functools.cached_property
    def mentions(self) -> pd.DataFrame:
        """One row for each named entity."""
        return frame(table(self.out, "mentions"))

    @functools.cached_property
    def rejections(self) -> pd.DataFrame:
        """One row for each record set aside."""
        return frame(table(self.out, "rejections"))

    @functools.cached_property
    def runs(self) -> pd.DataFrame:
        """One row for each run."""
        return frame(table(self.out, "runs"))


def load(out: str | Path) -> Tables:
    """The tables of the folder `out` as DataFrames with their dtypes set: ``load("data/out").figures``.

    Raises:
        storage.Unusable: there are no tables, or they are of another schema.
    """
    folder = Path(out)
    storage.read_table(folder, "runs")
    return Tables(folder)


def frame(rows: pa.Table) -> pd.DataFrame:
    """An Arrow table of ours as a DataFrame with a dtype that fits for each column."""
    return pd.DataFrame({field.name: _series(rows[field.name], field) for field in rows.schema})


def _series(values: pa.ChunkedArray, field: pa.Field) -> Any:
    if pa.types.is_dictionary(field.type):
        return values.cast(pa.string()).to_pandas().astype("category")
    if pa.types.is_list(field.type):
        return pd.Series([tuple(each or ()) for each in values.to_pylist()], dtype=object)
    if pa.types.is_date(field.type):
        return values.cast(pa.timestamp("s")).to_pandas()
    if pa.types.is_string(field.type):
        return values.to_pandas().astype("string")
    if pa.types.is_integer(field.type) and field.nullable:
        return pd.Series(values.to_pylist(), dtype=str(field.type).capitalize())
    return values.to_pandas()


def _columns(name: str) -> str:
    return "\n".join(f"    {field.name}: {field.metadata[b'meaning'].decode()}" for field in SCHEMAS[name])


load.__doc__ = (load.__doc__ or "") + "".join(f"\n`{name}`:\n\n{_columns(name)}\n" for name in ("figures", "panel"))
