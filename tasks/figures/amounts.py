"""What number stands here, in what unit, exactly or about, from where to where.

The grammar finds every amount of money and every percentage, also those whose currency or scale stands with a
parallel amount only. Which of them are military figures is for other rooms to say.
"""

import dataclasses
import functools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from decimal import Decimal

from tasks.figures.spans import Amount
from tasks.lexicon import numbers, tables
from tasks.lexicon.numbers import Number
from tasks.lexicon.quantities import PCT, SPACES, alternation, hedges, movements
from tasks.records import Qualifier

DEFAULT_UNITS = ("USD",)
REACH = 700
"""Characters within which an elided currency or scale is looked for."""
NEAR = 60
"""Characters within which the nearest money is parallel; further off rather money of the same scale."""
_S = f"[{SPACES}]"
_SPACE = re.compile(_S)


def find_amounts(text: str) -> list[Amount]:
    """Every amount of `text` that may be a figure, in the order of the text; `text[start:end]` is its surface.

    An elided currency or scale is taken from the nearest parallel amount, US dollars where there is none. An amount
    given again in a second currency, counted things, dates and rates of exchange are left out.
    """
    found = _without_conversions(text, numbers.find(text))
    return list(_ranges(text, _settle(text, found)))


# --- what is elided ---------------------------------------------------------------------------------------------


def _settle(text: str, found: list[Number]) -> list[Number]:
    """Gives each number a unit, and a scale where it lacks one; leaves out what is no amount."""
    settled: list[Number] = []
    headers = numbers.headers(text)
    currency_headers = numbers.currency_headers(text)
    said: dict[Decimal, tuple[str, ...]] = {}
    for index, number in enumerate(found):
        after = found[index + 1] if index + 1 < len(found) else None
        if number.is_bare:
            settled += _settle_bare(text, found, index, settled, headers)
        elif not number.units:
            settled.append(_settle_scaled(number, found, index, said, currency_headers))
        elif not number.is_whole and after is not None:
            settled.append(_settle_unscaled(text, number, after))
        else:
            settled.append(number)
        if number.units and number.kind != "order":
            said[number.value()] = number.units
    return settled


def _settle_scaled(
    number: Number, found: list[Number], index: int, said: dict[Decimal, tuple[str, ...]], headers: list[Number]
) -> Number:
    """`22 billion` has the currency of the same sum said before, of money close behind, of the nearest money.

    What says that all sums below are in one currency is nearest where no money stands between.
    """
    earlier = [model for model in _backwards(found, index) if model.units and not model.is_percent]
    before = next(iter(earlier), None)
    if before is not None and number.start - before.end > NEAR:
        before = next((model for model in earlier if model.factor == number.factor), before)
    after = next((model for model in _forwards(found, index) if model.units and not model.is_percent), None)
    if before is None or (after is not None and after.start - number.end < 12):
        before = after or before
    header = next((one for one in reversed(headers) if one.end <= number.start), None)
    if header is not None and (before is None or before.end <= header.end):
        before = header
    nearest = before.units if before else DEFAULT_UNITS
    units = nearest if number.kind == "order" else said.get(number.value(), nearest)
    return dataclasses.replace(number, units=units, elided="unit")


def _backwards(found: list[Number], index: int) -> Iterator[Number]:
    for at in range(index - 1, -1, -1):
        if found[index].start - found[at].end >= REACH:
            return
        yield found[at]


def _forwards(found: list[Number], index: int) -> Iterator[Number]:
    for at in range(index + 1, len(found)):
        if found[at].start - found[index].end >= REACH:
            return
        yield found[at]


def _settle_unscaled(text: str, number: Number, after: Number) -> Number:
    """`$5 to 6 billion`, `between $1.5 and $2 billion`: the scale stands with the end of the range."""
    if after.factor is None or not _RANGE_JOIN.fullmatch(text[number.end : after.start]):
        return number
    return dataclasses.replace(number, factor=after.factor)


_BARE_NEXT = re.compile(
    r"""\s*(?:[.,;?!()\[\]"'”’»—–]|:(?!\d)|$|\n|-?\s?(?:and|or|too|already|either|only|mark|target|goal|level|threshold|to
    |in|for|by|from|at|on|of|a|an|last|this|next|now|against|when|while|but|per|more|less|years?\sago|earlier|before
    |after|then|respectively|today|if|as|that|annually|each|apiece|the\s(?:year|following|next|previous|same))\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_GOAL = re.compile(r"(?i)\s?-?\s?(?:mark|target|goal|level|threshold|guideline|benchmark)\b")
_WIDEST_RANGE = 25
_PERCENT_GOAL = Decimal(10)
"""Above it no goal for military spending is a percentage."""


def _settle_bare(
    text: str, found: list[Number], index: int, settled: list[Number], headers: list[Number]
) -> list[Number]:
    """`The Saudis spent 67`: unit and scale of the end of its range, or of the nearest parallel amount before it."""
    number = found[index]
    if _is_year(text, number):
        return []
    before = settled[-1] if settled else None
    after = found[index + 1] if index + 1 < len(found) else None
    if after is not None and after.units and _joins(text, number, after) and _is_near(number, after):
        return [dataclasses.replace(number, units=after.units, factor=after.factor, elided="all")]
    end = after if after is not None and _spans(text, number, after) else number
    if not _may_be_bare(text, end):
        return []
    if before is not None and _joins(text, before, number):
        return [dataclasses.replace(number, units=before.units, factor=before.factor, elided="all")]
    model = _model(text, number, settled, headers)
    if model is not None:
        factor = None if model.factor == 1000 and number.number >= 100 else model.factor
        return [dataclasses.replace(number, units=model.units, factor=factor, elided="all")]
    return _from_goal(text, number, next((one for one in _forwards(found, index) if one.units), None))


def _joins(text: str, first: Number, second: Number) -> bool:
    return "order" not in (first.kind, second.kind) and bool(_RANGE_JOIN.fullmatch(text[first.end : second.start]))


def _is_near(number: Number, after: Number) -> bool:
    """Whether a bare number can begin the range that `after` ends: no `bill for the four to $268m`."""
    return after.is_percent or after.number <= _WIDEST_RANGE * number.number


def _spans(text: str, first: Number, second: Number) -> bool:
    """Whether two bare numbers are the ends of a range, which the same noun may follow."""
    return second.is_bare and text[first.end : second.start].strip(SPACES) in {"to", "or", "-", "–", "—"}


def _model(text: str, number: Number, settled: list[Number], headers: list[Number]) -> Number | None:
    """The nearest amount before a bare number that may be parallel to it; for a small goal the nearest percentage."""
    models = [
        model
        for model in (*_reached(settled, number.start), *_reached(headers, number.start))
        if model.kind in ("digits", "words", "header") and model.elided != "unit" and _is_parallel(number, model)
    ]
    if number.number <= _PERCENT_GOAL and _GOAL.match(text, number.end):
        models = [model for model in models if model.is_percent] or models
    return max(models, key=lambda model: model.end, default=None)


def _reached(models: list[Number], at: int) -> Sequence[Number]:
    first = bisect_right(models, at - REACH, key=lambda model: model.end)
    return models[first : bisect_right(models, at, key=lambda model: model.end)]


def _from_goal(text: str, number: Number, after: Number | None) -> list[Number]:
    """`from 10 in 2014 to $16 billion`: unit and scale of what it came to."""
    if after is None or not after.is_whole or after.start - number.end > 40:
        return []
    if not re.search(r"\bfrom\s(?:\w+\s){0,2}$", text[max(0, number.start - 25) : number.start]):
        return []
    return [dataclasses.replace(number, units=after.units, factor=after.factor, elided="all")]


def _is_year(text: str, number: Number) -> bool:
    return bool(_YEAR.fullmatch(text[number.start : number.end]))


def _may_be_bare(text: str, number: Number) -> bool:
    """Whether what follows allows that a noun was left out."""
    surface = text[number.start : number.end]
    if number.number == 0:
        return False
    if surface.lower() in {"one", "two"} and re.match(r"\s(?:of|and|in|to|by|or)\b", text[number.end : number.end + 5]):
        before = text[max(0, number.start - 9) : number.start]
        return bool(re.search(r"(?i)\b(?:over|under|than|about|just|to|at|nearly|almost) $", before))
    return bool(_BARE_NEXT.match(text, number.end))


def _is_parallel(number: Number, model: Number) -> bool:
    if model.is_percent:
        return number.number <= 100
    if model.factor is None:
        return model.number / 50 < number.number < model.number * 50
    return number.number < 1000


# --- ranges and hedges ------------------------------------------------------------------------------------------

_RANGE_JOIN = re.compile(
    rf"{_S}?(?:to|and|or|-|–|—|‑|to{_S}(?:about|around|roughly|nearly|as{_S}much{_S}as)){_S}?", re.IGNORECASE
)
_CONVERTED = re.compile(r"\s\([^()]{2,30}\)\s")
_FROM = re.compile(r"(?i)(?<!anything )(?<!anywhere )(?<!ranging )(?<!ranged )\bfrom\s(?:\w+\s){0,2}$")
_BETWEEN = re.compile(r"(?i)\bbetween\s(?:\w+\s){0,2}$")


@tables.renewed
@functools.cache
def _moved() -> re.Pattern[str]:
    small = r"(?:of|by|an?|about|nearly|around|over|some|another)"
    return re.compile(rf"(?i)\b(?:by|{alternation(movements())})(?:\s{small})*\s$")


def _ranges(text: str, settled: list[Number]) -> Iterator[Amount]:
    index = 0
    while index < len(settled):
        first = settled[index]
        second = settled[index + 1] if index + 1 < len(settled) else None
        if second is not None and _is_range(text, first, second):
            yield _range(first, second)
            index += 2
        else:
            yield _amount(text, first)
            index += 1


def _is_range(text: str, first: Number, second: Number) -> bool:
    if "order" in (first.kind, second.kind) or not set(first.units) & set(second.units):
        return False
    if first.value() >= second.value():
        return False
    between = _CONVERTED.sub(" ", text[first.end : second.start])
    if not _RANGE_JOIN.fullmatch(between):
        return False
    before = text[max(0, first.start - 30) : first.start]
    word = between.strip().lower()
    if word == "and":
        return bool(_BETWEEN.search(before))
    if word == "or":
        return second.value() <= 4 * first.value()
    is_leap = second.value() > 2 * first.value()
    return not _FROM.search(before) and not (is_leap and word.startswith("to") and _moved().search(before))


def _range(first: Number, second: Number) -> Amount:
    units = first.units if len(first.units) < len(second.units) else second.units
    low, high = first.value(), second.value()
    return Amount(
        first.start, second.end, low, (low + high) / 2, high, units[0], "range", bool(second.elided), units[1:]
    )


def _amount(text: str, number: Number) -> Amount:
    value = number.value()
    is_order = number.kind == "order"
    return Amount(
        start=number.start,
        end=number.end,
        low=value,
        value=None if is_order else value,
        high=value * 10 if is_order else value,
        unit=number.units[0],
        qualifier="order" if is_order else "at_least" if number.has_plus else qualify(text, number.start, number.end),
        elided=bool(number.elided),
        other_units=number.units[1:],
    )


_FILLERS = {"a", "an", "another", "only", "record", "additional", "extra", "further", "some"}
_PHRASE = 7
"""Words that the longest hedge may have, and one more."""


@tables.renewed
@functools.cache
def _hedge_after() -> re.Pattern[str]:
    return re.compile(rf"[,\s\"”]*({alternation(list(hedges('after')))})(?!\w)", re.IGNORECASE)


def qualify(text: str, start: int, end: int) -> Qualifier:
    """How exact the words around an amount say it is; a word before it weighs more than one after it."""
    tail = text[max(0, start - 60) : start].rstrip(" \n\t\"“‘'(" + SPACES).replace("’", "'").lower()
    words = re.findall(r"[\w'.-]+|[^\w\s]", tail)[-_PHRASE:]
    if len(words) > 1 and words[-1] in _FILLERS and words[-1] not in hedges("before"):
        words.pop()
    for at in range(len(words)):
        if found := hedges("before").get(" ".join(words[at:])):
            return found
    if match := _hedge_after().match(text, end, end + 40):
        return hedges("after")[_SPACE.sub(" ", match[1].lower())]
    return "exact"


# --- the same amount in a second currency -----------------------------------------------------------------------


@tables.renewed
@functools.cache
def _opening() -> re.Pattern[str]:
    """What stands between an amount and itself in another currency."""
    hedge = rf"(?:{alternation(list(hedges('before')))}|or|at the time|worth|then|now|just)"
    same = r"(?:equal to|equivalent to|the equivalent of|i\.e\.|[=~≈])"
    return re.compile(
        rf"\s?[(\[]\s?(?:(?:{hedge}|{same})\s?)*|,?\s(?:or|which is|equal to|equivalent to|the equivalent of)\s"
        rf"(?:{hedge}\s)*|,\s(?:{hedge}\s)+|\s?[=/]\s?",
        re.IGNORECASE,
    )


def _without_conversions(text: str, found: list[Number]) -> list[Number]:
    """Leaves out `$72.6 billion` in `Rs 5.94 lakh crore ($72.6 billion)`: one figure, said in two currencies."""
    kept: list[Number] = []
    for number in found:
        if not (kept and _is_conversion(text, kept[-1], number)):
            kept.append(number)
    return kept


def _is_conversion(text: str, first: Number, second: Number) -> bool:
    if not first.units or not second.units or PCT in (first.units, second.units):
        return False
    if set(first.units) & set(second.units):
        return False
    return bool(_opening().fullmatch(text[first.end : second.start]))
