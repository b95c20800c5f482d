"""Which figures are looked at: by country, measure, status, year, claimant and confidence, all together."""

import re
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tasks.lexicon import countries
from tasks.records import SPENDERS_BEYOND_ISO, Measure, Status

Row = TypeVar("Row", bound=Mapping[str, Any])
EXACT = 6
"""Digits of a confidence that count: it is stored as a float of 32 bits, in which 0.7 is a little less."""
_YEARS = re.compile(r"(\d{4})(?:\s*[-–:]\s*(\d{4}))?")


class BadFilter(ValueError):
    """What is asked for does not exist; the message says what does."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a figure must be to be looked at; what is empty asks for nothing."""

    spenders: frozenset[str] = frozenset()
    measures: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    years: tuple[int, int] | None = None
    claimant: str = ""
    min_confidence: float = 0.0

    def __call__(self, row: Mapping[str, Any]) -> bool:
        """Whether a row of `figures` is wanted."""
        return (
            (not self.spenders or row["spender"] in self.spenders)
            and (not self.measures or row["measure"] in self.measures)
            and (not self.statuses or row["status"] in self.statuses)
            and self._is_in_years(row["year_start"], row["year_end"])
            and self.claimant in (row["claimant"] or "").casefold()
            and round(row["confidence"], EXACT) >= self.min_confidence
        )

    def _is_in_years(self, first: int | None, last: int | None) -> bool:
        if self.years is None:
            return True
        return first is not None and last is not None and first <= self.years[1] and last >= self.years[0]

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Those of `rows` that are wanted."""
        return (row for row in rows if self(row))


def make(
    spenders: Sequence[str] = (),
    measures: Sequence[str] = (),
    statuses: Sequence[str] = (),
    years: str | None = None,
    claimant: str | None = None,
    min_confidence: float = 0.0,
) -> Filter:
    """The filter that a person asks for: countries by code or name, years as ``2018`` or ``2015-2018``.

    Raises:
        BadFilter: there is no such country, measure, status or year.
    """
    return Filter(
        frozenset(_spender(each) for each in spenders),
        frozenset(_one_of("measure", each, typing.get_args(Measure)) for each in measures),
        frozenset(_one_of("status", each, typing.get_args(Status)) for each in statuses),
        None if years is None else _span(years),
        (claimant or "").casefold(),
        min_confidence,
    )


def _spender(word: str) -> str:
    code = word.strip().upper()
    if code in countries.countries() or code in SPENDERS_BEYOND_ISO:
        return code
    linked = countries.link(word)
    if linked is None:
        raise BadFilter(f"no country is called {word!r}: give its ISO 3166-1 alpha-3 code (IRN) or its name")
    return linked


def _one_of(what: str, word: str, known: tuple[str, ...]) -> str:
    if word not in known:
        raise BadFilter(f"no {what} is called {word!r}: there are {', '.join(known)}")
    return word


def _span(words: str) -> tuple[int, int]:
    match = _YEARS.fullmatch(words.strip())
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise BadFilter(f"{words!r} is no year: write 2018, or 2015-2018")
    return int(match[1]), int(match[2] or match[1])
