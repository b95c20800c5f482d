"""Figures beside a published series: for each spender and year what is claimed, what is published, and the extremes.

Only `expenditure` and `share_of_gdp` have such a series. A figure counts in the years that the panel puts it in, the
articles have one voice each in the median, and both are beside the series' figure of that one year.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks import panel, storage
from tasks.reference import Reference
from tasks.views import loading
from tasks.views.filters import Filter

Row = dict[str, Any]

SERIES = {"expenditure": "USD", "share_of_gdp": "PCT"}
EXTREME = ("figure_id", "ratio", "claimant", "evidence", "title", "url", "published")
"""What is told of an extreme claim."""
_KEYS = ("spender", "measure", "year", "unit", "figures", "articles")
_NUMBERS = ("low", "median", "high", "reference", "ratio")
COLUMNS = [*_KEYS, *_NUMBERS, *(f"{end}_{name}" for end in ("lowest", "highest") for name in EXTREME)]
"""The columns of a comparison in one row."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What is claimed of one spender, measure and year, beside the reference; None where there is none.

    `lowest` and `highest` are the rows of `figures` (with their article's citation and their `ratio`) that claim least
    and most; the same row where there is but one.
    """

    spender: str
    measure: str
    year: int
    unit: str
    figures: int
    articles: int
    low: float | None
    median: float
    high: float | None
    reference: float | None
    ratio: float | None
    lowest: Row
    highest: Row

    @property
    def extreme(self) -> Row:
        """Of the two the one farther from the reference, or without one from the median."""
        beside = self.reference or self.median
        return max((self.highest, self.lowest), key=lambda row: _distance(panel.numbers(row)[1], beside))

    def flat(self) -> Row:
        """All of it in one row of `COLUMNS`."""
        row = {name: getattr(self, name) for name in (*_KEYS, *_NUMBERS)}
        for end in ("lowest", "highest"):
            row |= {f"{end}_{name}": getattr(self, end)[name] for name in EXTREME}
        return row


def compare(out: Path, reference: Reference, wanted: Filter) -> list[Compared]:
    """The comparison of the figures that are wanted, by spender, measure and year.

    A figure that the text itself disputes (`hypothetical`) counts only where that status is asked for.

    Raises:
        storage.Unusable: there are no tables, or they are of another schema.
    """
    rows = [row for row in wanted.of(loading.figures(out)) if _counts(row, wanted)]
    voices = {
        row["article_id"]: row["duplicate_of"] or row["article_id"]
        for row in storage.rows(out, "articles", ["article_id", "duplicate_of"])
    }
    cells: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
    for row in rows:
        for year in panel.years(row):
            if wanted.years is None or wanted.years[0] <= year <= wanted.years[1]:
                cells[row["spender"], row["measure"], year].append(row)
    return [_compared(key, cells[key], reference, voices) for key in sorted(cells)]


def _counts(row: Row, wanted: Filter) -> bool:
    is_asked_for = row["status"] != "hypothetical" or "hypothetical" in wanted.statuses
    is_money = row["unit"] != "PCT"
    has_series = row["measure"] in SERIES and is_money == (SERIES[row["measure"]] == "USD")
    return bool(has_series and is_asked_for and row["spender"] and panel.numbers(row)[1] is not None)


def _compared(key: tuple[str, str, int], rows: list[Row], reference: Reference, voices: Mapping[str, str]) -> Compared:
    spender, measure, year = key
    series = reference.usd if measure == "expenditure" else reference.share_of_gdp
    published = series.get((spender, year))
    low, median, high = panel.spread(rows, voices)
    assert median is not None, "each row has a value"
    ordered = sorted(rows, key=lambda row: (panel.numbers(row)[1], row["figure_id"]))
    return Compared(
        spender=spender,
        measure=measure,
        year=year,
        unit=SERIES[measure],
        figures=len(rows),
        articles=len({voices.get(row["article_id"], row["article_id"]) for row in rows}),
        low=low,
        median=median,
        high=high,
        reference=published,
        ratio=_ratio(median, published),
        lowest=_with_ratio(ordered[0], published),
        highest=_with_ratio(ordered[-1], published),
    )


def _with_ratio(row: Row, published: float | None) -> Row:
    return {**row, "ratio": _ratio(panel.numbers(row)[1], published)}


def _ratio(ours: float | None, published: float | None) -> float | None:
    return ours / published if ours is not None and published else None


def _distance(ours: float | None, beside: float) -> float:
    """How many times one is the other, whichever is larger; endless where one of them is not above 0."""
    if ours is None or ours <= 0 or beside <= 0:
        return float("inf")
    return max(ours / beside, beside / ours)


def farthest_first(rows: Iterable[Compared]) -> list[Compared]:
    """Those with a reference, the ones whose median is farthest from it first; then the others."""
    return sorted(rows, key=lambda row: -_distance(row.median, row.reference) if row.reference else 0.0)
