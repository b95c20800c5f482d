"""A figure's sentence -> the words in it that say how much, who spends, when, and who says so."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tasks.figures.periods import find_periods
from tasks.figures.spans import Context
from tasks.figures.years import resolve
from tasks.lexicon import countries

Kind = Literal["amount", "spender", "claimant", "year"]
Mark = tuple[int, int, Kind]
_SHORTEST_NAME = 3


def marks(row: Mapping[str, Any]) -> list[Mark]:
    """Where in `row["evidence"]` these words stand: start, end and kind, in order, without overlaps.

    Of words that stand there twice, those nearest to the amount. What is said elsewhere in the article has no mark.
    `row` has the columns of `figures` and `published`.
    """
    sentence = row["evidence"]
    amount = row["amount_start"] - row["sentence_start"], row["amount_end"] - row["sentence_start"]
    taken: list[Mark] = [(*amount, "amount")]
    finders = (("spender", _spender), ("claimant", _claimant), ("year", _year))
    for kind, find in finders:
        free = [span for span in find(sentence, row) if all(span[1] <= a or b <= span[0] for a, b, _ in taken)]
        if free:
            start, end = min(free, key=lambda span: max(amount[0] - span[1], span[0] - amount[1]))
            taken.append((start, end, kind))  # type: ignore[arg-type]
    return sorted(taken)


def _words(sentence: str, words: str) -> list[tuple[int, int]]:
    """Where `words` stand, not inside a longer word."""
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", sentence)]


def _spender(sentence: str, row: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The words that named it, where they stand in this sentence, else any that name the same country."""
    named = _words(sentence, row["spender_text"]) if row["spender_text"] else []
    if named or row["spender"] is None:
        return named
    return [(found.start, found.end) for found in countries.find(sentence) if row["spender"] in found.surface.codes]


def _claimant(sentence: str, row: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The claimant's name, else the last word of it by which a person is called the second time."""
    name = row["claimant"]
    if not name:
        return []
    full = _words(sentence, name)
    last = name.split()[-1]
    return full or (_words(sentence, last) if len(last) >= _SHORTEST_NAME and last[0].isupper() else [])


def _year(sentence: str, row: Mapping[str, Any]) -> list[tuple[int, int]]:
    return list(_dated(sentence, row)) if row["year_start"] is not None else []


def _dated(sentence: str, row: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """The expressions that mean the years of the row, as its article's date reads them."""
    published: dt.date | None = row["published"]
    for period in find_periods(sentence):
        years = resolve(period, Context(published=published), row["spender"], None)
        if (years.year_start, years.year_end) == (row["year_start"], row["year_end"]):
            yield period.start, period.end
