"""The day of publication, in all ways that sites and records print it.

The day is the one that is printed, in the time zone that it is printed in. A time that is only told from now (`3 hours
ago`) is no date: nobody knows when that was written.
"""

import datetime as dt
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import cache

from tasks.lexicon.calendars import alternatives, values
from tasks.lexicon.tables import rows

MONTH_FIRST = frozenset({"USA", "PHL"})
"""Countries whose papers write 7/18/2019."""
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_CENTURY_TURNS = 70
"""Two digits from here on are a year of the twentieth century."""
_LONGEST = 400
_SECONDS = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}Z?)?")
_PIECES = re.compile(
    rf"""
      (?<![\d.])(?P<iso_year>\d{{4}})[-/.](?P<iso_month>\d{{1,2}})[-/.](?P<iso_day>\d{{1,2}})(?!\d)
    | (?<![\d.])(?P<first>\d{{1,2}})(?P<sign>[-/.])(?P<second>\d{{1,2}})(?P=sign)
      (?P<short_year>\d{{4}}|\d{{2}})(?![\d:])
    | (?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s,.-]*\b(?P<month>{alternatives("month")})\b\.?[\s,'’-]*
      (?P<year>\d{{4}}|\d{{2}}(?![\d:]))
    | \b(?P<us_month>{alternatives("month")})\b\.?\s*(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?\b[\s,]+
      (?:\d{{1,2}}:\d\d(?::\d\d)?\s*(?:[ap]\.?m\.?)?\s*(?:[A-Z]{{2,4}})?[\s,]+)?(?P<us_year>\d{{4}})
    """,
    re.VERBOSE | re.IGNORECASE,
)


def day_of(words: str, country: str | None = None) -> dt.date | None:
    """The day that `words` tell; None if they tell none, or one that no news is of.

    Of a day of publication and one of an update the former. 5/6/2019 is read as papers of the publisher's `country`
    write it, else with the day first.
    """
    words = words.strip()[:_LONGEST]
    day = _of_machines(words)
    if day is None:
        found = [(kind, each) for kind, each in _told(words, country in MONTH_FIRST)]
        day = next((each for kind, each in found if kind != "updated"), found[0][1] if found else None)
    return day if day is not None and _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _of_machines(words: str) -> dt.date | None:
    """What programs write: ISO 8601, mails, seconds or milliseconds since 1970."""
    try:
        if _SECONDS.fullmatch(words):
            seconds = float(words) / (1000 if len(words.partition(".")[0]) > 10 else 1)
            return dt.datetime.fromtimestamp(seconds, dt.UTC).date()
        compact = _COMPACT.fullmatch(words)
        if compact:
            return dt.date(*map(int, compact.groups()))
        return dt.datetime.fromisoformat(words).date()
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(words).date() if ":" in words and "," in words[:5] else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _told(words: str, is_month_first: bool) -> Iterator[tuple[str | None, dt.date]]:
    """The dates in words of people, each with what the nearest word before it says of it: published or updated."""
    kinds = [(found.start(), _kinds()[found[0].lower()]) for found in _stamp().finditer(words)]
    for found in _PIECES.finditer(words):
        day = _date(found, is_month_first)
        if day is not None:
            yield next((kind for start, kind in reversed(kinds) if start < found.start()), None), day


def _date(found: re.Match[str], is_month_first: bool) -> dt.date | None:
    parts = found.groupdict()
    if parts["iso_year"]:
        return _valid(parts["iso_year"], parts["iso_month"], parts["iso_day"])
    if parts["first"]:
        orders = [(parts["second"], parts["first"]), (parts["first"], parts["second"])]
        likely, other = reversed(orders) if is_month_first else orders
        return _valid(parts["short_year"], *likely) or _valid(parts["short_year"], *other)
    if parts["month"]:
        return _valid(parts["year"], values("month")[parts["month"].lower()], parts["day"])
    return _valid(parts["us_year"], values("month")[parts["us_month"].lower()], parts["us_day"])


def _valid(year: str, month: str | int, day: str) -> dt.date | None:
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= _CENTURY_TURNS else 2000
    try:
        return dt.date(number, int(month), int(day))
    except ValueError:
        return None


@cache
def _kinds() -> dict[str, str]:
    return {row["words"]: row["kind"] for row in rows("stamps.csv")}


@cache
def _stamp() -> re.Pattern[str]:
    choice = "|".join(sorted(map(re.escape, _kinds()), key=len, reverse=True))
    return re.compile(rf"\b(?:{choice})\b", re.IGNORECASE)
