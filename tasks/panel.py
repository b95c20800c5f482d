"""Figures -> the panel: one row for all that is said of one spender, measure, status and year.

The rules, each with its case in ``tests/test_panel.py``:

- **Which figures.** All with a year, but for repetitions inside an article (`duplicate_of`). Figures without a year
  stand in no panel.
- **What makes one row.** The same spender, counterparty, measure, unit, status and year. Parts, changes and arms deals
  of a year are different things: their rows say what they span, not one thing's size.
- **Which unit.** `PCT` for per cent, US dollars at the year's average rate for all money.
- **Which year.** A figure for each of several years (`calendar`) counts in each of them. A fiscal year that lies in two
  years counts in the first, in which most of its months lie. A sum over several years (`multi_year`) is a row of its
  own, from its first to its last year.
- **Articles.** Near-duplicates (`articles.duplicate_of`) count as one article, and as one voice in the median;
  their publishers count each.
- **Median.** Of the medians of the articles: an article that says two values has one voice. `low` and `high` are over
  all figures. An order of magnitude (`tens of billions`) has ends and no value: it is in `low` and `high` only where
  nothing else is. A figure without an exchange rate is counted, and in none of the three.
- **Best evidence.** Of the figure with the highest confidence; of equals the earliest published, then by `figure_id`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tasks import storage
from tasks.records import Statement, to_table

FIGURE_COLUMNS = [
    *("figure_id", "article_id", "measure", "value_low", "value", "value_high", "unit", "qualifier", "spender"),
    *("counterparty", "year_start", "year_end", "period_kind", "status", "claimant", "usd_low", "usd", "usd_high"),
    *("confidence", "evidence", "duplicate_of"),
]
ARTICLE_COLUMNS = ["article_id", "published", "source", "duplicate_of"]
LONGEST = 30
"""Years that a figure for each of several years counts in at most; one for more is a row of its own."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Voice:
    """What is known of an article: its date and source, and the article that it is counted as."""

    published: dt.date | None
    source: str | None
    counted_as: str


Key = tuple[str | None, str | None, str, str, str, int, int]


def renew(out: Path) -> None:
    """Writes the table ``panel`` of the figures and articles that are stored in the folder `out`."""
    stated = panel(storage.rows(out, "figures", FIGURE_COLUMNS), storage.rows(out, "articles", ARTICLE_COLUMNS))
    storage.write_panel(out, to_table("panel", stated))


def panel(figures: Iterable[Row], articles: Iterable[Row]) -> list[Statement]:
    """The panel of rows of `figures` and `articles` (with `FIGURE_COLUMNS`, `ARTICLE_COLUMNS`), ordered by its key."""
    voices = {
        row["article_id"]: _Voice(row["published"], row["source"], row["duplicate_of"] or row["article_id"])
        for row in articles
    }
    cells: dict[Key, list[Row]] = defaultdict(list)
    for row in figures:
        for key in _keys(row):
            cells[key].append(row)
    ordered = sorted(cells.items(), key=lambda cell: tuple("" if part is None else str(part) for part in cell[0]))
    return [_statement(key, rows, voices) for key, rows in ordered]


def _keys(row: Row) -> Iterator[Key]:
    """The rows of the panel that a figure counts in."""
    unit = "PCT" if row["unit"] == "PCT" else "USD"
    head = row["spender"], row["counterparty"], row["measure"], unit, row["status"]
    for year in years(row):
        yield (*head, year, year)
    if row["duplicate_of"] is None and row["year_start"] is not None and _is_sum(row):
        yield (*head, row["year_start"], row["year_end"])


def years(row: Row) -> range:
    """The single years that a figure counts in; none for a repetition, a sum over years, and without a year."""
    first, last = row["year_start"], row["year_end"]
    if first is None or last is None or row["duplicate_of"] is not None or _is_sum(row):
        return range(0)
    if row["period_kind"] == "fiscal" and last == first + 1:
        last = first
    return range(first, last + 1)


def _is_sum(row: Row) -> bool:
    return bool(row["period_kind"] == "multi_year" or row["year_end"] - row["year_start"] >= LONGEST)


def numbers(row: Row) -> tuple[float | None, float | None, float | None]:
    """A figure's low end, value and high end, per cent as they stand, money in US dollars; None where unknown."""
    if row["unit"] == "PCT":
        return row["value_low"], row["value"], row["value_high"]
    return row["usd_low"], row["usd"], row["usd_high"]


def spread(rows: Iterable[Row], voice: Mapping[str, str]) -> tuple[float | None, float | None, float | None]:
    """The low end, the median of the articles' medians, and the high end of figures of one unit.

    `voice` says for an article_id which article it is counted as.
    """
    valued: dict[str, list[float]] = defaultdict(list)
    ends: list[tuple[float, float]] = []
    orders: list[tuple[float, float]] = []
    for row in rows:
        low, value, high = numbers(row)
        if low is None or high is None:
            continue
        if value is None:
            orders.append((low, high))
        else:
            valued[voice.get(row["article_id"], row["article_id"])].append(value)
            ends.append((low, high))
    known = ends or orders
    if not known:
        return None, None, None
    middle = median(median(values) for values in valued.values()) if valued else None
    return min(low for low, _ in known), middle, max(high for _, high in known)


def best(rows: Iterable[Row], published: Mapping[str, dt.date | None]) -> Row:
    """The figure with the highest confidence; of equals the earliest published, then by `figure_id`."""

    def rank(row: Row) -> tuple[float, dt.date, str]:
        return -row["confidence"], published.get(row["article_id"]) or dt.date.max, row["figure_id"]

    return min(rows, key=rank)


def _statement(key: Key, rows: list[Row], voices: Mapping[str, _Voice]) -> Statement:
    spender, counterparty, measure, unit, status, first, last = key
    known = {row["article_id"]: voices[row["article_id"]] for row in rows if row["article_id"] in voices}
    published = {article: voice.published for article, voice in known.items()}
    dates = [date for date in published.values() if date is not None]
    low, middle, high = spread(rows, {article: voice.counted_as for article, voice in known.items()})
    kinds = {row["period_kind"] for row in rows}
    chosen = best(rows, published)
    return Statement(
        spender=spender,
        counterparty=counterparty,
        measure=measure,  # type: ignore[arg-type]
        unit=unit,
        status=status,  # type: ignore[arg-type]
        year=first,
        year_end=last,
        period_kind="multi_year" if first != last else "fiscal" if kinds == {"fiscal"} else "calendar",
        figures=len(rows),
        articles=len({known[article].counted_as if article in known else article for article in _articles(rows)}),
        publishers=len({voice.source.casefold() for voice in known.values() if voice.source}),
        claimants=len({row["claimant"].casefold() for row in rows if row["claimant"]}),
        first_seen=min(dates, default=None),
        last_seen=max(dates, default=None),
        median=middle,
        low=low,
        high=high,
        best_figure_id=chosen["figure_id"],
        best_confidence=chosen["confidence"],
        best_evidence=chosen["evidence"],
    )


def _articles(rows: Iterable[Row]) -> set[str]:
    return {row["article_id"] for row in rows}
