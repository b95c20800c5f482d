"""Finds the numbers of a text as printed, with the unit and the scale that stand right beside them."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tasks.lexicon import quantities, tables
from tasks.lexicon.quantities import PCT, SPACES, alternation, currencies, magnitudes, percents, words_of_kind

Kind = Literal["digits", "words", "part", "order", "header"]
Elided = Literal["", "unit", "all"]
_S = f"[{SPACES}]"
_DIGITS = (
    r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}(?!\d)(?:\.\d+)?"
    r"|\d{1,3}(?:[\u00a0\u202f\u2009]\d{3})+(?!\d)(?:[.,]\d+)?"
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"
    r"|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?|(?<![\d.])\.\d+)"
    rf"(?:{_S}?[½¼¾⅓⅔])?|[½¼¾⅓⅔]"
)
_SPACED = r"\d{1,3}(?:[ ]\d{3})+(?![\d,])"
_OF_WHOLE = re.compile(r"\W*of\b(?! (?:fiscal |FY ?)?(?:19|20)\d\d)")
_RATE = re.compile(r"[^\s(;]{1,6} ?1(?:\.0+)? ?= ?[^\n);]{1,30}")


@dataclass(frozen=True, slots=True)
class Number:
    """One number as printed: `text[start:end]` with its unit and scale, if it has them.

    `units`: ISO 4217 codes that its sign may mean, the usual one first; or ``PCT`` alone; empty: none stands there.
    `factor`: of its scale word. `number` of a ``part`` is in per cent, of an ``order`` the low end (`billions`: 1e9).
    `has_plus`: a plus sign stands behind it. A ``header`` is no number but says what those of a column are in.
    `elided`: what was taken from a parallel number: nothing as found, the unit, or unit and scale.
    """

    start: int
    end: int
    number: Decimal
    units: tuple[str, ...]
    factor: Decimal | None
    kind: Kind
    has_plus: bool = False
    elided: Elided = ""

    @property
    def is_percent(self) -> bool:
        """Whether it is a percentage."""
        return self.units == PCT

    @property
    def is_bare(self) -> bool:
        """Whether neither unit nor scale stand beside it."""
        return not self.units and self.factor is None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out: it has a unit, and a scale or a number that needs none."""
        return bool(self.units) and (self.factor is not None or self.is_percent or self.number >= 1000)

    def value(self) -> Decimal:
        """The number with its scale applied."""
        return self.number * (self.factor if self.factor is not None else 1)


def find(text: str) -> list[Number]:
    """Every number of `text` with what stands right beside it, in order and without overlap.

    Numbers that the table ``no_amounts.csv`` knows for something else (counted things, dates, labels) and rates of
    exchange are left out, except that a bare number is judged by the words before it alone.
    """
    rates = [found.span() for found in _RATE.finditer(text)]
    found: list[Number] = []
    for number in _numbers(text):
        if found and _is_quarterly(text, found[-1], number):
            continue
        if not _is_inside(number.start, rates) and not _is_other(text, number):
            found.append(number)
    return found


def headers(text: str) -> list[Number]:
    """What says that the numbers below it are percentages: `in percent of GDP`, `as % of GDP`."""
    found = re.finditer(rf"(?i)\b(?:in|as|as a)\s(?:{_percent_pattern()}|percentage\b)", text)
    return [Number(*match.span(), Decimal(1), PCT, None, "header") for match in found]


def currency_headers(text: str) -> list[Number]:
    """What says in which currency the sums below it are: `all sums are in US dollars`, `in kronor:`."""
    return [
        Number(*match.span(), Decimal(1), currencies("after")[_folded(match["money"])].units, None, "header")
        for match in _currency_header().finditer(text)
    ]


@tables.renewed
@functools.cache
def _currency_header() -> re.Pattern[str]:
    money = alternation(list(currencies("after")))
    told = r"\b(?:sums|figures|amounts|values|prices|numbers|totals)\b[^.;\n]{0,30}?\sin\s"
    return re.compile(rf"(?i)(?:{told}(?=(?:{money})\b)|\bin\s(?=(?:{money})\s?:))(?P<money>{money})\b")


def _is_inside(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


# --- the pattern ------------------------------------------------------------------------------------------------


@tables.renewed
@functools.cache
def _percent_pattern() -> str:
    return "|".join(
        re.escape(surface).replace(r"\ ", f"[{SPACES}]") + (r"\b" if surface[-1].isalpha() else "")
        for surface in sorted(percents(), key=len, reverse=True)
    )


@tables.renewed
@functools.cache
def _words_pattern() -> str:
    """Numbers below a thousand in words."""
    unit = alternation(words_of_kind("unit", "ten"))
    hundred = alternation(words_of_kind("hundred"))
    simple = rf"(?:{unit})(?:[ -](?:{unit}))?"
    hundreds = rf"(?:(?:an?|{simple})[ -])?(?:{hundred})(?:[ ](?:and[ ])?{simple})?"
    return rf"(?:{hundreds}|{simple}(?:[ ]and[ ]a[ ]half|[ ]point(?:[ ](?:{unit}))+)?)"


@tables.renewed
@functools.cache
def _number_pattern() -> re.Pattern[str]:
    scales = alternation(list(magnitudes()))
    before = alternation(list(currencies("before")))
    after = alternation(list(currencies("after")))
    codes = alternation(list(currencies("code")))
    part = alternation(words_of_kind("part"))
    orders = alternation(words_of_kind("order"))
    count = alternation([word for word in words_of_kind("unit") if quantities.numerals()[word, "unit"] < 10])
    whole = alternation([scale for scale in magnitudes() if scale in _WHOLE_SCALES])
    return re.compile(
        rf"""(?<![\w.])(?:
            (?P<order_of>(?i:{orders}){_S}of{_S}(?:thousands|(?:{whole})s))\b
              (?:{_S}of{_S}(?P<order_post>(?i:{after}))\b)?
          | (?P<several>(?i:several|an?\sfew|many|multiple|untold|multi)[ -]?(?:(?:ten|hundred)\s)?)
              (?P<several_scale>(?:{whole}))s?\b(?:[ -](?:of{_S})?(?P<several_post>(?i:{after}))\b)?
          | (?P<plural>(?i:(?:{whole})s))\b(?:{_S}of{_S}(?P<plural_post>(?i:{after}))\b)?
          | (?P<spaced_pre>{before}){_S}?(?P<spaced_a>{_SPACED})(?!{_S}?(?i:{scales})\b)
          | (?P<spaced_b>{_SPACED}){_S}(?P<spaced_post>(?i:{after}))\b
          | (?P<part>(?i:(?:(?:an?|{count})[ -])?(?:{part})))\b
              (?!(?:[ -]of)?(?:[ -](?:an?|one))?[ -](?i:(?:{scales})\b|{_percent_pattern()}))
          | (?:(?P<pre>{before}){_S}?)?(?:
                (?P<digits>{_DIGITS})
              | (?P<half>(?i:(?:half|(?:an?|{count})[ -](?:{part}))(?:[ -]of)?(?:[ -](?:an?|one))?))
                (?=[ -](?i:(?:{scales})\b|{_percent_pattern()}))
              | (?P<words>(?i:{_words_pattern()}))(?![\w])
              | (?P<one>(?i:an?{_S})?)(?=(?i:thousand|{whole})\b)
            )
            (?P<plus>\+|-plus)?
            (?:[ -]?(?:\u00a0|\u202f)?(?P<scale>(?i:{scales}))(?![\w])(?:\.(?=\s*[a-z]))?)?
            (?P<plus2>\+|-plus)?
            (?:[ -]?[ -]?(?:
                (?P<percent>(?i:{_percent_pattern()}))|(?P<code>{codes})\b|(?:of{_S})?(?P<post>(?i:{after}))\b
            ))?
        )""",
        re.VERBOSE,
    )


_WHOLE_SCALES = {"million", "billion", "trillion"}


# --- reading what it found --------------------------------------------------------------------------------------


def _numbers(text: str) -> Iterator[Number]:
    at = 0
    pattern = _number_pattern()
    while found := pattern.search(text, at):
        at = max(found.end(), found.start() + 1)
        number = _read(text, found)
        if number is not None:
            yield number


def _read(text: str, found: re.Match[str]) -> Number | None:
    for name, post in (("order_of", "order_post"), ("several_scale", "several_post"), ("plural", "plural_post")):
        if found[name]:
            return _read_order(found, (found["several"] or "") + " " + found[name], found[post])
    if found["part"]:
        return _read_part(text, found)
    if found["spaced_a"] or found["spaced_b"]:
        return _read_spaced(found)
    return _read_number(text, found)


def _folded(surface: str) -> str:
    return _blank(surface).lower()


def _blank(surface: str) -> str:
    return re.sub(_S, " ", surface)


def _read_order(found: re.Match[str], words: str, post: str | None) -> Number | None:
    """Tens of billions: 1e10 to 1e11; billions, several billion: 1e9 to 1e10; thousands must be thousands of money."""
    low = quantities.parse_order(words)
    units = currencies("after")[_folded(post)].units if post else ()
    if not units and "thousand" in words.lower():
        return None
    return Number(*found.span(), low, units, Decimal(1), "order")


def _read_spaced(found: re.Match[str]) -> Number:
    """`EUR 12 500`, `12 500 zlotys`: thousands set apart by blanks."""
    if found["spaced_a"]:
        units = currencies("before")[_blank(found["spaced_pre"])].units
    else:
        units = currencies("after")[_folded(found["spaced_post"])].units
    return Number(*found.span(), quantities.parse_digits(found["spaced_a"] or found["spaced_b"]), units, None, "digits")


def _read_part(text: str, found: re.Match[str]) -> Number | None:
    """A fraction in words as per cent, if a count or an article stands with it (`third` alone is an ordinal)."""
    words = re.split(r"[ -]", found["part"].lower())
    before = text[max(0, found.start() - 20) : found.start()]
    if len(words) == 1 and (words[-1], "half") not in quantities.numerals() and words[-1] != "halves":
        return None
    if _words_before("ordinal").search(before) and not _OF_WHOLE.match(text, found.end()):
        return None
    if _words_after("compound").match(text, found.end()):
        return None
    return Number(*found.span(), quantities.parse_part(found["part"]) * 100, PCT, None, "part")


def _read_number(text: str, found: re.Match[str]) -> Number | None:
    is_counted = found["digits"] or found["half"] or found["words"] or (found["scale"] and found["one"])
    prefix = currencies("before")[_blank(found["pre"])] if found["pre"] else None
    post = _behind(found)
    if not is_counted and not (found["scale"] and (prefix or post)):
        return None
    scale = magnitudes()[_folded(found["scale"])] if found["scale"] else None
    end = found.end()
    is_large = bool(scale) or bool(found["digits"] and "," in found["digits"])
    if scale and scale.needs_unit and not (prefix or post or found["percent"]):
        scale, end = None, found.end("digits") if found["digits"] else end
    if post and post.needs_scale and not (is_large or prefix):
        post, end = None, found.start("code" if found["code"] else "post")
    if prefix and prefix.needs_scale and not is_large:
        return None
    units = _units(prefix, post, bool(found["percent"]))
    if not units and re.match(r"\w", text[end : end + 1]):
        return None
    return Number(
        found.start(),
        found.start() + len(text[found.start() : end].rstrip(SPACES + "-")),
        _value(found),
        units,
        scale.factor if scale else None,
        "words" if found["words"] else "digits",
        has_plus=bool(found["plus"] or found["plus2"]),
    )


def _behind(found: re.Match[str]) -> quantities.Currency | None:
    """The currency that stands behind the number, in words or as its code."""
    if found["code"]:
        return currencies("code")[found["code"]]
    return currencies("after")[_folded(found["post"])] if found["post"] else None


def _units(prefix: quantities.Currency | None, post: quantities.Currency | None, is_percent: bool) -> tuple[str, ...]:
    """What a sign before or words after a number say; the words (`$5 Canadian dollars`) where the sign is ambiguous."""
    if prefix and not (post and len(prefix.units) > 1):
        return prefix.units
    if is_percent:
        return PCT
    return post.units if post else ()


def _value(found: re.Match[str]) -> Decimal:
    if found["digits"]:
        return quantities.parse_digits(found["digits"])
    if found["half"]:
        return quantities.parse_part(re.sub(r"(?i)([ -]of)?([ -](an?|one))?$", "", found["half"]))
    if found["words"]:
        return quantities.parse_words(re.sub(r"^(?i:an?) ", "", found["words"]))
    return Decimal(1)


# --- what looks like an amount ----------------------------------------------------------------------------------


@tables.renewed
@functools.cache
def _words_before(role: quantities.Role) -> re.Pattern[str]:
    return re.compile(rf"(?i)(?<!\w)(?:{alternation(quantities.no_amounts(role))})\.?[\s-]*$")


@tables.renewed
@functools.cache
def _words_after(role: quantities.Role) -> re.Pattern[str]:
    return re.compile(rf"(?i)[ -]?(?:{alternation(quantities.no_amounts(role))})\b")


@tables.renewed
@functools.cache
def _counted() -> re.Pattern[str]:
    """Up to two describing words (none of them small words that begin another phrase) and a counted noun."""
    between = rf"(?:(?!(?:{alternation(quantities.no_amounts('joint'))})\b)[A-Za-z][\w'’.-]*{_S}){{0,2}}"
    nouns = alternation(quantities.no_amounts("counted"))
    peoples = r"[A-Z][a-z]+(?:[a-rt-z]s|ese)"
    return re.compile(rf"[ -](?:of{_S})?(?:(?i:{between}(?:{nouns}))|{peoples})\b")


@tables.renewed
@functools.cache
def _per_currency() -> re.Pattern[str]:
    money = alternation([words for words in currencies("after") if not words.endswith("s")])
    return re.compile(rf"(?i){_S}(?:per|an?|to{_S}(?:the|an?|one)|against{_S}the){_S}(?:{money})\b(?!-)")


def _is_quarterly(text: str, first: Number, second: Number) -> bool:
    """Whether `a quarter` in `$5 billion a quarter` says how often, not how much."""
    return second.kind == "part" and first.end + 1 == second.start and text[second.start] == "a"


def _is_other(text: str, number: Number) -> bool:
    """Whether it is a date, a label, a number of things or a rate of exchange."""
    if _per_currency().match(text, number.end):
        return True
    if number.is_bare:
        before = text[max(0, number.start - 20) : number.start]
        return bool(_words_before("label").search(before) or re.search(r"\w[-–/#:]$", before))
    if number.units:
        return False
    return bool(_counted().match(text, number.end))
