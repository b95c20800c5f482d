"""Amounts of money in US dollars, at the average rate of the year that they are of.

The rates are the European Central Bank's daily ones (they come with the package CurrencyConverter), averaged over the
year, where it quoted the currency the whole year; the last year on file counts as far as it goes, and the source says
how far. Else they are the pegs and averages of ``exchange_rates.csv``. What neither knows is not converted.
"""

import contextlib
import datetime as dt
import functools
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol, cast

from currency_converter import CurrencyConverter, RateNotFoundError

from tasks.lexicon import tables
from tasks.lexicon.rates import table_rate

PERCENT = "PCT"
DOLLAR = "USD"
_QUOTED_DAYS = 200  # a whole year has about 255; less means that the bank stopped or paused quoting
_NEW_YEAR, _YEAR_END = 14, 17  # quoted from the first two weeks of January to the last two of December


class _Quotes(Protocol):
    bounds: dict[str, tuple[dt.date, dt.date]]

    def convert(self, amount: float, currency: str, new_currency: str, date: dt.date) -> float: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """How many units of a currency one US dollar was worth, and where that comes from, with the years."""

    units: float
    source: str

    def usd(self, value: float | None) -> float | None:
        """`value` units of the currency in US dollars; dollars themselves are never changed."""
        return None if value is None else value / self.units


@dataclass(frozen=True, slots=True)
class Conversion:
    """An amount in US dollars (None for an amount that has none), and the rate's source with its years."""

    usd: float | None
    source: str


def to_usd(
    value: float | None, unit: str, year_start: int | None, year_end: int | None, published: dt.date | None
) -> Conversion | None:
    """`value` in US dollars at the rate that `rate` finds; None where there is no rate, or nothing to convert (PCT)."""
    found = rate(unit, year_start, year_end, published)
    return None if found is None else Conversion(found.usd(value), found.source)


def rate(unit: str, year_start: int | None, year_end: int | None, published: dt.date | None) -> Rate | None:
    """The rate of an amount of the years given: the mean over them, at each year's average rate.

    Years at the end of a span that have no rate yet are left out, and the source names the years used. Without years
    the year of publication is taken, and the source says so. None for PCT, and where no rate or no year is known.
    """
    if unit == PERCENT:
        return None
    if unit == DOLLAR:
        return Rate(1.0, DOLLAR)
    if year_start is not None and year_end is not None:
        return _mean_rate(unit, year_start, year_end)
    found = None if published is None else _mean_rate(unit, published.year, published.year)
    return None if found is None else Rate(found.units, f"{found.source} (year of publication)")


@dataclass(frozen=True, slots=True)
class _YearRate:
    """One year's average; `until` is the last day counted where the year is not over."""

    units: float
    source: str
    until: dt.date | None = None


@tables.renewed
@functools.lru_cache(maxsize=4096)
def _mean_rate(unit: str, first: int, last: int) -> Rate | None:
    years = range(first, last + 1)
    found = {year: of_year for year in years if (of_year := _year_rate(unit, year)) is not None}
    # A gap before or between the known years is a hole in the table; only years at the end may lie ahead.
    if not found or list(found) != list(years[: len(found)]):
        return None
    sources = " and ".join(dict.fromkeys(of_year.source for of_year in found.values()))
    until = max(found)
    partly = "" if found[until].until is None else f", to {found[until].until}"
    covered = str(first) if until == first else f"{first}-{until}"
    return Rate(fmean(of_year.units for of_year in found.values()), f"{sources}, {covered}{partly}")


@tables.renewed
@functools.lru_cache(maxsize=4096)
def _year_rate(unit: str, year: int) -> _YearRate | None:
    quoted = _quoted_rate(unit, year)
    if quoted is not None:
        return quoted
    listed = table_rate(unit, year)
    if listed is None:
        return None
    if listed.per == DOLLAR:
        return _YearRate(listed.units, listed.source)
    base = _year_rate(listed.per, year)
    if base is None:
        return None
    return _YearRate(listed.units * base.units, f"{listed.source} and {base.source}", base.until)


@functools.cache
def _quotes() -> _Quotes:
    return cast(_Quotes, CurrencyConverter())


def _quoted_rate(unit: str, year: int) -> _YearRate | None:
    bounds = _quotes().bounds
    if unit not in bounds or not bounds[unit][0].year <= year <= bounds[unit][1].year:
        return None
    rates = _daily_rates(unit, year)
    year_end = dt.date(year, 12, _YEAR_END)
    is_over = bounds[DOLLAR][1] >= year_end
    last_day = year_end if is_over else bounds[DOLLAR][1]
    begins = min(rates, default=year_end) <= dt.date(year, 1, _NEW_YEAR)
    ends = max(rates, default=dt.date.min) >= last_day
    if not (begins and ends and (len(rates) >= _QUOTED_DAYS or not is_over)):
        return None
    return _YearRate(fmean(rates.values()), "ECB", None if is_over else last_day)


def _daily_rates(unit: str, year: int) -> dict[dt.date, float]:
    """Units of the currency for one US dollar on each day of the year on which the bank quoted both."""
    rates: dict[dt.date, float] = {}
    date = dt.date(year, 1, 1)
    while date.year == year:
        # On days without a quotation (weekends, holidays, a pause) there is nothing to average.
        with contextlib.suppress(RateNotFoundError):
            rates[date] = _quotes().convert(1, DOLLAR, unit, date)
        date += dt.timedelta(days=1)
    return rates
