"""Which of a text's expressions of time dates an amount, by rules alone: where no trained model decides.

Each candidate is weighed by where it stands (clause, sentence, passage), by what it is and by what the amount measures;
so is the possibility that nothing dates the amount. The weights stand in ``dating.csv``, fitted to annotated articles.
"""

import csv
import math
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from tasks.figures.spans import Amount, Context, Period
from tasks.lexicon.calendars import alternatives
from tasks.records import Measure

WEIGHTS = "dating.csv"
_AMOUNT = re.compile(
    r"(?i)[$€£¥₹]\s?\d[\d.,]*|\d[\d.,]*\s*(?:%|percent\b|per\s?cent\b|pc\b)|\b(?:million|billion|trillion|bn|tr|crore|lakh)\b"
)
_COMPARED = re.compile(
    rf"(?i)\b(?:{alternatives('compare')})(?:\s+(?:the|in|for|of|that|its|levels?|year))*\s*[’'\"“]?$"
)
_EACH_YEAR = re.compile(rf"(?i)[\s,)-]{{0,3}}(?:{alternatives('each_year')})\b")
_EACH_PART = re.compile(rf"(?i)[\s,)-]{{0,3}}(?:{alternatives('each_part')})\b")
_LIFETIME = re.compile(rf"(?i)\b(?:{alternatives('lifetime')})\b")
_HABIT = re.compile(rf"(?i)\b(?:{alternatives('habit')})\b")
_GOAL = re.compile(rf"(?i)\b(?:{alternatives('goal')})\b")
_DEED = re.compile(rf"(?i)\b(?:{alternatives('deed')})\b")
_PAST = re.compile(rf"(?i)\b(?:{alternatives('past')})\b")
_AHEAD = re.compile(rf"(?i)\b(?:{alternatives('ahead')})\b")
_GOES_ON = re.compile(rf"(?i)^[\s\"“‘'•*-]*(?:{alternatives('goes_on')})\b")
_BREAK = re.compile(r"[;:]|--|[—–]|\b(?:and|while|but|which|whereas)\b")
_EVENTS = {"month", "day", "season", "since_month"}
_FROM_PUBLICATION = {"relative", "running", "now", "day", "month", "season", "until", "within", "since_month"}
_CARRIED = {
    "year",
    "relative",
    "running",
    "by",
    "fiscal_begins",
    "fiscal_began",
    "fiscal_ends",
    "fiscal_ended",
    "until",
    "part",
}


def chances(
    amount: Amount,
    text: str,
    sentences: list[tuple[int, int]],
    periods: list[Period],
    context: Context,
    measure: Measure,
) -> list[tuple[Period | None, float]]:
    """How likely each of `periods` dates the amount, and last that none does; together 1.

    `sentences` are the character spans of the text's sentences, in order.
    """
    options = weighed(amount, text, sentences, periods, context, measure)
    known = weights()
    scores = [sum(known.get(name, 0.0) * size for name, size in features.items()) for _, features in options]
    powers = [math.exp(score - max(scores)) for score in scores]
    return [(period, power / sum(powers)) for (period, _), power in zip(options, powers, strict=True)]


@cache
def weights() -> dict[str, float]:
    """What speaks for an expression (above 0) and against it, by name: ``dating.csv``."""
    rows = files("tasks.figures").joinpath(WEIGHTS).read_text(encoding="utf-8").splitlines()
    return {row["feature"]: float(row["weight"]) for row in csv.DictReader(rows)}


def weighed(
    amount: Amount,
    text: str,
    sentences: list[tuple[int, int]],
    periods: list[Period],
    context: Context,
    measure: Measure,
) -> list[tuple[Period | None, dict[str, float]]]:
    """Every candidate, and last that there is none, with what speaks for and against it."""
    passage = _Passage(amount, text, sentences, periods, measure, context.published.year if context.published else None)
    out: list[tuple[Period | None, dict[str, float]]] = []
    for period in periods:
        if period.form in {"published", "title"}:
            out.append((period, _unspoken(period, passage)))
        elif passage.sentence_of(period.start) <= passage.own + 1:
            out.append((period, _spoken(period, passage)))
    out.append((None, _undated(passage, context)))
    return out


@dataclass
class _Passage:
    """The amount in its text."""

    amount: Amount
    text: str
    sentences: list[tuple[int, int]]
    periods: list[Period]
    measure: Measure
    published: int | None

    @cached_property
    def starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def sentence_of(self, at: int) -> int:
        return max(0, bisect_right(self.starts, at) - 1)

    @cached_property
    def own(self) -> int:
        return self.sentence_of(self.amount.start)

    @cached_property
    def sentence(self) -> str:
        start, end = self.sentences[self.own] if self.sentences else (0, len(self.text))
        return self.text[start:end]

    @cached_property
    def here(self) -> list[Period]:
        """Expressions of the sentence that may date a sum."""
        return [p for p in self.periods if p.end and self.sentence_of(p.start) == self.own and p.form not in _EVENTS]

    @cached_property
    def dating(self) -> list[Period]:
        """Earlier expressions that date an amount of their own sentence, in order."""
        return [p for p in self.periods if p.end and p.form in _CARRIED and self._dates(p)]

    def _dates(self, period: Period) -> bool:
        at = self.sentence_of(period.start)
        if at >= self.own or _COMPARED.search(self.text[max(0, period.start - 30) : period.start]):
            return False
        start, end = self.sentences[at]
        return bool(_AMOUNT.search(self.text[start:end]))

    @cached_property
    def _datings(self) -> Counter[tuple[str, int | None, int | None]]:
        return Counter((period.form, period.first, period.last) for period in self.dating)

    def weight(self, period: Period) -> float:
        """The share of the amounts dated so far that this expression's years date."""
        return self._datings[(period.form, period.first, period.last)] / max(1, len(self.dating))

    @cached_property
    def last_before(self) -> int:
        """Where the last expression before the amount's sentence begins."""
        start = self.sentences[self.own][0] if self.sentences else 0
        return max((p.start for p in self.periods if p.form in _CARRIED and p.end and p.start < start), default=-1)

    @cached_property
    def manner(self) -> set[str]:
        """How the sentence speaks: of what was, of what will be, by habit, of a goal, of a deed, going on."""
        kinds = {"habit": _HABIT, "goal": _GOAL, "deed": _DEED, "past": _PAST, "ahead": _AHEAD, "goes on": _GOES_ON}
        out = {name for name, pattern in kinds.items() if pattern.search(self.sentence)}
        if len(_AMOUNT.findall(self.sentence)) > 2:
            out.add("list")
        if _EACH_YEAR.match(self.text, self.amount.end):
            out.add("each year")
        return out

    @cached_property
    def topic(self) -> Period | None:
        """The first expression of the text that may date what it is about."""
        spoken = [p for p in self.periods if p.end and p.form in _CARRIED and p.start < self.amount.start]
        return next(iter(self.dating), None) or next(iter(spoken), None)


def _spoken(period: Period, passage: _Passage) -> dict[str, float]:
    away = passage.own - passage.sentence_of(period.start)
    out = _within(period, passage) if away == 0 else _elsewhere(period, passage, away)
    where = "here" if away == 0 else "carried"
    kind = "event" if period.form in _EVENTS else "span" if period.is_span and period.form == "year" else period.form
    out[f"{where} {kind}"] = 1.0
    out[f"{where} {kind} {_group(passage.measure)}"] = 1.0
    out[f"{where} {_group(passage.measure)}"] = 1.0
    if period.is_fiscal:
        out[f"{where} fiscal"] = 1.0
    if passage.published is None and period.form in _FROM_PUBLICATION:
        out["counts from no date"] = 1.0
    out[f"{where}, {_age(period, passage)}"] = 1.0
    for manner in passage.manner:
        out[f"{where}, {manner}"] = 1.0
        if kind == "by":
            out[f"{where} by, {manner}"] = 1.0
    return out


def _age(period: Period, passage: _Passage) -> str:
    """How far the expression lies from the publication."""
    if period.form in {"relative", "running", "now"}:
        years = -(period.last or 0)
    elif passage.published is None or period.form not in {"year", "part", "by", "title"}:
        return "of no age"
    else:
        years = passage.published - (period.last or 0)
    if years < 0:
        return "ahead by years" if years < -1 else "next year's"
    return "old" if years > 5 else "years old" if years > 1 else "last year's" if years else "this year's"


def _group(measure: Measure) -> str:
    if measure in {"share_of_gdp", "share_of_budget", "share_of_world", "per_capita"}:
        return "share"
    return measure


def _within(period: Period, passage: _Passage) -> dict[str, float]:
    """In the sentence of the amount."""
    text, amount = passage.text, passage.amount
    is_after = period.start >= amount.end
    between = text[amount.end : period.start] if is_after else text[period.end : amount.start]
    side = "after" if is_after else "before"
    amounts = len(_AMOUNT.findall(between))
    rivals = sum(
        1
        for p in passage.here
        if p is not period and min(amount.end, period.end) <= p.start < max(amount.start, period.start)
    )
    compared = bool(_COMPARED.search(text[max(0, period.start - 30) : period.start]))
    amount_compared = bool(_COMPARED.search(text[max(0, amount.start - 25) : amount.start]))
    return {
        side: 1.0,
        f"{side} distance": min(len(between), 250) / 50,
        f"{side} amounts": float(min(amounts, 3)),
        f"{side} no amount": float(not amounts),
        f"{side} next to": float(len(between) <= 25 and not amounts),
        f"{side} rivals": float(min(rivals, 3)),
        f"{side} breaks": float(min(len(_BREAK.findall(between)), 4)),
        f"{side} commas": float(min(between.count(","), 4)),
        f"{side} compared": float(compared),
        f"{side} compared, so is the amount": float(compared and amount_compared),
        f"{side} amount compared": float(amount_compared),
        f"{side} next to, {period.form}": float(len(between) <= 25 and not amounts),
        f"{side} bracket": float(("(" in between) != (")" in between)),
        "opens the sentence": float(not is_after and period.start - passage.sentences[passage.own][0] <= 15),
        "change, compared": float(compared and passage.measure == "change"),
        "change, amount compared": float(amount_compared and passage.measure == "change"),
    }


def _elsewhere(period: Period, passage: _Passage, away: int) -> dict[str, float]:
    """In an earlier sentence, or the next."""
    if away < 0:
        return {"next sentence": 1.0, "next sentence, none here": float(not passage.here)}
    paragraphs = passage.text.count("\n", period.end, passage.amount.start)
    lone = float(not passage.here)
    return {
        "carried": 1.0,
        "carried, none here": lone,
        "carried from 1": float(away == 1),
        "carried from 2": float(away == 2),
        "carried from 3 to 5": float(3 <= away <= 5),
        "carried from afar": min(away, 20) / 10,
        "carried in paragraph": float(not paragraphs),
        "carried, dates": float(period in passage.dating),
        "carried, topic": float(period is passage.topic),
        "carried, latest": float(bool(passage.dating) and period is passage.dating[-1]),
        "carried, latest in paragraph": float(bool(passage.dating) and period is passage.dating[-1] and not paragraphs),
        "carried, weight in the text": passage.weight(period),
        "carried, nothing between": float(period.start >= passage.last_before),
        f"carried {_group(passage.measure)}, none here": lone,
    }


def _unspoken(period: Period, passage: _Passage) -> dict[str, float]:
    """The publication, or the headline."""
    lone = not passage.here
    group = _group(passage.measure)
    return {
        period.form: 1.0,
        f"{period.form} {group}": 1.0,
        f"{period.form}, none here": float(lone),
        f"{period.form} {group}, none here": float(lone),
        f"{period.form}, {_age(period, passage)}": 1.0,
        f"{period.form}, no topic": float(passage.topic is None),
        **{f"{period.form}, {manner}": 1.0 for manner in passage.manner},
        **{f"{period.form} {group}, {manner}": 1.0 for manner in passage.manner},
    }


def _undated(passage: _Passage, context: Context) -> dict[str, float]:
    """That nothing dates the amount."""
    amount, text, group = passage.amount, passage.text, _group(passage.measure)
    lone = float(not passage.here)
    out = {
        "undated": 1.0,
        f"undated {group}": 1.0,
        "undated, none here": lone,
        f"undated {group}, none here": lone,
        "undated, each part": float(bool(_EACH_PART.match(text, amount.end))),
        "undated, lifetime": float(bool(_LIFETIME.search(passage.sentence))),
        "undated, no date": float(context.published is None),
        "undated, no topic": float(passage.topic is None),
    }
    for manner in passage.manner:
        out[f"undated, {manner}"] = 1.0
        out[f"undated, none here, {manner}"] = lone
        out[f"undated {group}, {manner}"] = lone
    return out
