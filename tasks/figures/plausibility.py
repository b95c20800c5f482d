"""Can this figure be? Findings about figures that cannot, from the limits in ``plausibility.toml``."""

import datetime as dt
import functools
from typing import Any

from tasks.lexicon import tables
from tasks.records import Flag, Measure, PeriodKind, Status


@functools.cache
def _table() -> dict[str, Any]:
    return tables.document("plausibility.toml")


def flags(
    *,
    measure: Measure,
    unit: str,
    value_low: float,
    value_high: float,
    usd_low: float | None,
    usd_high: float | None,
    spender: str | None,
    year_start: int | None,
    year_end: int | None,
    period_kind: PeriodKind,
    status: Status,
    published: dt.date | None,
    reference_ratio: float | None,
) -> list[Flag]:
    """What speaks against the figure, in the order of the closed set; an empty list if nothing does.

    A range is judged by the end that is nearer to zero, a cut by its size. What is only supposed (`hypothetical`) may
    be impossible, so only its years are judged.
    """
    found: list[Flag] = []
    if status != "hypothetical":
        size = min(abs(value_low), abs(value_high))
        dollars = None if usd_low is None or usd_high is None else min(abs(usd_low), abs(usd_high))
        is_total = period_kind == "multi_year"
        years = 1 if year_start is None or year_end is None or not is_total else year_end - year_start + 1
        if unit != "PCT" and dollars is not None and _is_above_world(measure, dollars / years, year_end, published):
            found.append("above_world_spending")
        if unit == "PCT" and measure == "share_of_gdp" and size > _gdp_limit(spender, year_start, year_end):
            found.append("share_above_gdp")
        if unit == "PCT" and size > _table()["limits"]["share"] and _has_a_whole(measure, value_high):
            found.append("share_above_hundred")
        if reference_ratio is not None and _is_far(reference_ratio / years):
            found.append("far_from_reference")
    if _is_far_from_publication(year_start, year_end, status, published):
        found.append("year_far_from_publication")
    return found


def doubt(found: list[Flag]) -> float:
    """What is left of a row's confidence, as a factor from 0 to 1; 1 without findings."""
    factor = 1.0
    for flag in found:
        factor *= _table()["doubt"][flag]
    return factor


def _is_above_world(measure: Measure, dollars: float, year: int | None, published: dt.date | None) -> bool:
    limits = _table()["limits"]
    if measure == "per_capita":
        return bool(dollars > limits["per_capita_usd"])
    # Without a period the sum may be that of many years; without any date it is measured by the highest limit.
    many = limits["years_of_unknown_period"] if year is None else 1
    if year is None and published is not None:
        year = published.year
    ceilings = [step["usd"] for step in _table()["world"] if year is None or year <= step["until"]]
    if not ceilings:
        return False
    return bool(dollars > many * (max(ceilings) if year is None else ceilings[0]))


def _gdp_limit(spender: str | None, year_start: int | None, year_end: int | None) -> float:
    limit = float(_table()["limits"]["share_of_gdp"])
    if year_start is None or year_end is None:
        return limit
    for war in _table()["war"]:
        first, last = war["years"]
        if year_start <= last and year_end >= first and (not war["spenders"] or spender in war["spenders"]):
            return float("inf")
    return limit


def _has_a_whole(measure: Measure, value_high: float) -> bool:
    """Whether the per cent are of something that the spending is a part of, or a cut of what there was."""
    return measure in ("share_of_budget", "share_of_world") or (measure == "change" and value_high < 0)


def _is_far(ratio: float) -> bool:
    far = float(_table()["limits"]["reference_ratio"])
    return not 1 / far <= ratio <= far


def _is_far_from_publication(
    year_start: int | None, year_end: int | None, status: Status, published: dt.date | None
) -> bool:
    if year_start is None or year_end is None or published is None:
        return False
    limits = _table()["limits"]
    ahead = limits["years_ahead_of_actual" if status == "actual" else "years_ahead"]
    is_behind = year_start < published.year - limits["years_back"]
    is_ahead = year_start > published.year + ahead or year_end > published.year + limits["years_ahead"]
    return bool(is_behind or is_ahead)
