"""The words that say when, and the day on which each government's fiscal year begins.

``period_words.csv``: one word or phrase a row, by kind. ``value`` is the number that the kind asks for: years from the
printing of the article (``shift``, ``now``, ``ago``) or from another year of the text (``tied``, ``apart``), the month
(``month``, ``season``: its middle), days from the printing (``day``), how many (``count``), the year (``event``).

``fiscal_years.csv``: one country a row. Sources: the fiscal years of the CIA World Factbook and the budget laws since.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from tasks.lexicon import tables
from tasks.lexicon.tables import rows

WordKind = Literal[
    "shift",
    "tied",
    "now",
    "ago",
    "apart",
    "fiscal",
    "reckoning",
    "month",
    "season",
    "day",
    "count",
    "over",
    "event",
    "each_year",
    "yearly_before",
    "each_part",
    "lifetime",
    "compare",
    "habit",
    "goal",
    "deed",
    "past",
    "ahead",
    "goes_on",
    "not_year",
    "numbered",
]
Naming = Literal["calendar", "pair", "start", "end"]


@dataclass(frozen=True, slots=True)
class PeriodWord:
    """One row of ``period_words.csv``; `reads` is what its example holds, ``words=years`` where it is a time."""

    words: str
    kind: WordKind
    value: int
    example: str
    reads: str


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """When a government's fiscal year begins, and how a year is named.

    `named`: ``calendar`` (it is the calendar year), ``pair`` (2024-25), ``start`` or ``end`` (by the year in which it
    begins or ends). `example` is ``date=years``: the years over which the fiscal year of that day lies.
    """

    country: str
    month: int
    day: int
    named: Naming
    example: str

    def years_on(self, date: dt.date, shift: int = 0) -> tuple[int, int]:
        """First and last year of the fiscal year that `date` lies in, or of the one `shift` years later.

        Both are the same where it is the calendar year or is known by the one year in which it ends.
        """
        begun = date.year + shift - (0 if (date.month, date.day) >= (self.month, self.day) else 1)
        if self.named == "calendar":
            return begun, begun
        if self.named == "end":
            return begun + 1, begun + 1
        return begun, begun + 1


@tables.renewed
@cache
def period_words() -> tuple[PeriodWord, ...]:
    """Every row of ``period_words.csv``; a kind that the loader does not know is a ValueError."""
    out = []
    for row in rows("period_words.csv"):
        if row["kind"] not in get_args(WordKind):
            raise ValueError(f"period_words.csv: no kind {row['kind']!r} ({row['words']!r})")
        kind: WordKind = row["kind"]  # type: ignore[assignment]
        out.append(PeriodWord(row["words"], kind, int(row["value"] or 0), row["example"], row["reads"]))
    return tuple(out)


@tables.renewed
@cache
def values(kind: WordKind) -> dict[str, int]:
    """Lower-case words of one kind and their values."""
    return {word.words.lower(): word.value for word in period_words() if word.kind == kind}


@tables.renewed
@cache
def alternatives(kind: WordKind) -> str:
    """The words of one kind as the inside of a regular expression, the longest first, any space between them."""
    words = sorted(values(kind), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)


@tables.renewed
@cache
def _fiscal_years() -> dict[str, FiscalYear]:
    out = {}
    for row in rows("fiscal_years.csv"):
        if row["named"] not in get_args(Naming):
            raise ValueError(f"fiscal_years.csv: no naming {row['named']!r} ({row['country']})")
        named: Naming = row["named"]  # type: ignore[assignment]
        out[row["country"]] = FiscalYear(row["country"], int(row["month"]), int(row["day"]), named, row["example"])
    return out


def fiscal_years() -> tuple[FiscalYear, ...]:
    """Every row of ``fiscal_years.csv``."""
    return tuple(_fiscal_years().values())


def fiscal_year(country: str | None) -> FiscalYear | None:
    """The fiscal year of a country (ISO alpha-3); None for a country, region or organisation that is not listed."""
    return _fiscal_years().get(country or "")


# --- How a year, a month and a length of time are written: parts of regular expressions, to be read without case ---

YEAR = r"(?<![\d.,$€£¥₹])(?:1[89]|20)\d\d(?![\d%])(?![.,]\d)"
PAIR = r"(?<![\d.,$€£¥₹])(?:19|20)\d\d\s?[-‐‑–—/]\s?(?:(?:19|20)\d\d|\d\d)(?![\d%])(?![.,]\d)"
FISCAL = alternatives("fiscal")
RECKONING = alternatives("reckoning")
FISCAL_LEAD = rf"(?:\b(?:fiscal|financial)(?:\s+years?)?|\b(?:{FISCAL})\s+years?|\bF\.?\s?Y\.?)"
MONTH = (
    "(?-i:"
    + "|".join(
        word.capitalize() + (r"\b\.?" if len(word) <= 4 and word not in {"june", "july", "may"} else r"\b")
        for word in sorted(values("month"), key=len, reverse=True)
    )
    + ")"
)
SHIFT = alternatives("shift")
TIED = alternatives("tied")
COUNT = rf"(?:{alternatives('count')}|\d{{1,3}})"
EDGE = r"(?:(?:the\s+)?(?:end|start|beginning|close|middle)\s+of\s+|(?:early|late|mid)[-\s]+)?(?:the\s+)?"
POINT = (
    rf"(?:{EDGE}(?:"
    rf"(?:{FISCAL_LEAD}[\s’']*)?(?:{PAIR}|{YEAR})(?:\s+(?:{FISCAL})\s+years?\b)?"
    rf"|\bF\.?Y\.?\s?[’']?\d\d(?:\s?[-–/]\s?\d\d)?(?!\d)"
    rf"|[’']\d\d(?!\d)"
    rf"|{MONTH}(?:\s+\d{{1,2}})?,?\s+(?:of\s+)?{YEAR}"
    rf"|(?:{SHIFT})\s+(?:(?:{FISCAL}|calendar)\s+)?year\b"
    r"|now\b|today\b|the\s+present\b"
    r"))"
)
LENGTH = (
    rf"(?:{COUNT}[-\s]+(?:more\s+|straight\s+|consecutive\s+)?(?:(?:{FISCAL}|calendar)\s+)?years?\b"
    rf"|(?:{COUNT}\s+)?decades?\b)"
)
DATE = (
    rf"(?:{MONTH}(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s+{YEAR})?|\d{{1,2}}(?:st|nd|rd|th)?\s+{MONTH}(?:\s+{YEAR})?)"
)


@dataclass(frozen=True, slots=True)
class Point:
    """One end of a span: years as they stand, or counted from the publication's."""

    first: int
    last: int
    is_fiscal: bool = False
    is_relative: bool = False


def number_of(words: str) -> int:
    """``five``, ``12``, ``a couple of`` as a number; 0 for none."""
    plain = " ".join(words.lower().split())
    return int(plain) if plain.isdigit() else values("count").get(plain, 0)


def length_of(words: str) -> int:
    """Years in ``five years``, ``a decade``, ``two decades``; 0 for a bare ``decades``."""
    match = re.match(rf"(?i)\s*({COUNT})?[-\s]*", words)
    count = number_of(match[1]) if match and match[1] else 0
    if re.search(r"(?i)decade", words):
        bare = 1 if re.search(r"(?i)decade\b", words) else 0
        return 10 * (count or bare)
    return count


def shift_of(words: str) -> int | None:
    """Years from publication in ``last``, ``this coming``: the sum of its words; None if it holds none."""
    known = [values("shift")[word] for word in re.findall(r"[a-z]+", words.lower()) if word in values("shift")]
    return sum(known) if known else None


def two_digits(words: str) -> int:
    """The year that two digits stand for: ``25`` is 2025, ``86`` is 1986."""
    number = int(words)
    return number + (1900 if number > 60 else 2000)


def pair_of(words: str) -> tuple[int, int, bool] | None:
    """First and last year of ``2023-24`` or ``2014-2018``, and whether they follow each other; None if neither."""
    match = re.match(r"(\d{4})\D+(\d+)", words)
    if not match:
        return None
    first, rest = int(match[1]), match[2]
    last = int(rest) if len(rest) == 4 else first // 100 * 100 + int(rest) + (100 if int(rest) < first % 100 else 0)
    return (first, last, last == first + 1) if first < last <= first + 60 else None


def point_of(words: str) -> Point | None:
    """What the words of one end say."""
    is_fiscal = bool(re.search(rf"(?i)\b(?:{FISCAL})\b|\bF\.?\s?Y", words))
    pair = re.search(PAIR, words)
    if pair and (years := pair_of(pair[0])):
        return Point(years[0], years[1], is_fiscal or years[2])
    year = re.search(YEAR, words)
    if year:
        return Point(int(year[0]), int(year[0]), is_fiscal)
    short = re.search(r"(?i)(?:F\.?Y\.?\s?[’']?|[’'])(\d\d)(?:\s?[-–/]\s?(\d\d))?", words)
    if short:
        first = two_digits(short[1])
        return Point(first, two_digits(short[2]) if short[2] else first, is_fiscal)
    if re.search(r"(?i)\b(?:now|today|present)$", words):
        return Point(0, 0, is_relative=True)
    shift = shift_of(words)
    return None if shift is None else Point(shift, shift, is_fiscal, is_relative=True)


def month_of(words: str) -> int | None:
    """The first month named in the words, 1 to 12."""
    match = re.search(MONTH, words)
    return values("month")[match[0].rstrip(".").lower()] if match else None
