"""Numbers, scale words, currencies and hedges as the tables list them: lookups, and patterns to find them by."""

import functools
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast

from tasks.lexicon import tables
from tasks.lexicon.tables import rows
from tasks.records import Qualifier

SPACES = " \u00a0\u202f\u2009"
_VULGAR = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75"), "⅓": Decimal(1) / 3, "⅔": Decimal(2) / 3}
PCT = ("PCT",)
Role = Literal["label", "counted", "joint", "ordinal", "compound"]


@dataclass(frozen=True, slots=True)
class Currency:
    """A sign or word for money: the ISO 4217 codes it may mean, the usual one first.

    `needs_scale`: too common a word or letter to be money after a bare small number (`3 won`, `R5`).
    """

    units: tuple[str, ...]
    needs_scale: bool


@dataclass(frozen=True, slots=True)
class Magnitude:
    """A scale word; `needs_unit`: a letter that is a scale only beside a currency (`£5m`, not `5m`)."""

    factor: Decimal
    needs_unit: bool


@tables.renewed
@functools.cache
def currencies(place: Literal["before", "after", "code"]) -> dict[str, Currency]:
    """Signs and codes that stand before a number as printed, or words that stand after it in lower case.

    A ``code`` is printed so on either side of a number.
    """
    fold = str.lower if place == "after" else str
    places = ("before", "code") if place == "before" else (place,)
    return {
        fold(row["surface"]): Currency(tuple(row["units"].split()), row["needs_scale"] == "yes")
        for row in sorted(rows("currencies.csv"), key=lambda row: row["place"] == "before")
        if row["place"] in places
    }


@tables.renewed
@functools.cache
def magnitudes() -> dict[str, Magnitude]:
    """Scale words in lower case with their factors."""
    return {
        row["surface"]: Magnitude(Decimal(row["factor"]), row["needs_unit"] == "yes") for row in rows("magnitudes.csv")
    }


@tables.renewed
@functools.cache
def numerals() -> dict[tuple[str, str], Decimal]:
    """Number words in lower case with their kind and value."""
    return {(row["word"], row["kind"]): Decimal(row["value"]) for row in rows("numerals.csv")}


@tables.renewed
@functools.cache
def hedges(place: Literal["before", "after"]) -> dict[str, Qualifier]:
    """Words that say how exact a number is, in lower case, by where they stand."""
    return {row["words"]: cast(Qualifier, row["qualifier"]) for row in rows("hedges.csv") if row["place"] == place}


@tables.renewed
@functools.cache
def percents() -> tuple[str, ...]:
    """Signs and words for per cent."""
    return tuple(row["surface"] for row in rows("percents.csv"))


@tables.renewed
@functools.cache
def no_amounts(role: Role) -> list[str]:
    """Words that make the number beside them something else than an amount.

    Before a number: ``label`` (`May 5`, `Article 5`), before a fraction: ``ordinal`` (`the first half`); after a
    fraction: ``compound`` (`half an hour`), after a number: ``counted`` things (`5 million people`). No counted thing
    is looked for beyond a ``joint`` (`5 million for the people`).
    """
    return [row["words"] for row in rows("no_amounts.csv") if row["role"] == role]


@tables.renewed
@functools.cache
def movements() -> list[str]:
    """Words for going up or down: the amount behind one is by how much, what follows it is where to."""
    return [row["words"] for row in rows("movements.csv")]


def alternation(surfaces: list[str]) -> str:
    """A pattern for any of `surfaces`, the longest first; a blank in them matches any one space."""
    ordered = sorted(surfaces, key=len, reverse=True)
    return "|".join(re.escape(surface).replace(r"\ ", f"[{SPACES}]") for surface in ordered)


def words_of_kind(*kinds: str) -> list[str]:
    """The number words of these kinds."""
    return [word for word, kind in numerals() if kind in kinds]


def parse_digits(surface: str) -> Decimal:
    """The value of a number in digits: `1,234.5`, `1,00,000`, `1 000`, `2,5`, `2½`, `.5`."""
    fraction = sum((_VULGAR.get(char, Decimal(0)) for char in surface), Decimal(0))
    plain = re.sub(f"[{SPACES}½¼¾⅓⅔]", "", surface)
    if re.fullmatch(r"\d+,\d{1,2}", plain):
        plain = plain.replace(",", ".")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", plain):
        plain = plain.replace(".", "")
    return Decimal(plain.replace(",", "") or 0) + fraction


def parse_words(surface: str) -> Decimal:
    """The value of a number in words below a thousand: `two hundred and forty`, `two and a half`, `one point three`."""
    whole, _, decimals = surface.lower().replace("-", " ").partition(" point ")
    value = _parse_whole(whole.split())
    digits = "".join(str(numerals()[word, "unit"]) for word in decimals.split())
    return value + Decimal(f"0.{digits}") if digits else value


def _parse_whole(words: list[str]) -> Decimal:
    value = Decimal(0)
    for word in words:
        if (word, "hundred") in numerals():
            value = (value or Decimal(1)) * 100
        elif (word, "half") in numerals():
            value += numerals()[word, "half"]
        else:
            value += numerals().get((word, "unit"), numerals().get((word, "ten"), Decimal(0)))
    return value


def parse_order(surface: str) -> Decimal:
    """The low end of an order of magnitude: `tens of billions` is 1e10, `several hundred million` 1e8."""
    low = Decimal(1)
    for word in re.split(r"[ -]+", surface.lower().strip()):
        kind = next((kind for kind in ("order", "hundred", "unit") if (word, kind) in numerals()), None)
        if kind:
            low *= numerals()[word, kind]
        elif word.removesuffix("s") in magnitudes():
            low *= magnitudes()[word.removesuffix("s")].factor
    return low


def parse_part(surface: str) -> Decimal:
    """The value of a fraction in words: `a quarter`, `two-thirds`, `half`."""
    *count, part = surface.lower().replace("-", " ").split()
    times = numerals().get((count[0], "unit"), Decimal(1)) if count else Decimal(1)
    return times * numerals()[part, "part"]
