"""Which of a text's expressions of time dates an amount, by rules alone: where no trained model decides.

The nearest expression of the clause, then of the sentence, then what an earlier sentence set for the passage; a deal
without any is as old as the article.
"""

import re

from tasks.figures.spans import Amount, Context, Period
from tasks.lexicon.calendars import alternatives
from tasks.records import Measure

_AMOUNT = re.compile(
    r"(?i)[$€£¥₹]\s?\d|\d[\d.,]*\s*(?:%|percent\b|per\s?cent\b|pc\b)|\b(?:million|billion|trillion|bn|tr|crore|lakh)\b"
)
_COMPARED = re.compile(
    rf"(?i)\b(?:{alternatives('compare')})(?:\s+(?:the|in|for|of|that|its|level|levels|year))*\s*[’'\"“]?$"
)
_EACH_YEAR = re.compile(rf"(?i)[\s,)-]{{0,3}}(?:{alternatives('each_year')})\b")
_DATED_BY_EVENT = {"month", "day", "season"}


def choose_period(
    amount: Amount,
    text: str,
    sentences: list[tuple[int, int]],
    periods: list[Period],
    context: Context,
    measure: Measure,
) -> Period | None:
    """The expression that dates the amount, out of `periods.candidates`; None where the text leaves it open.

    `sentences` are the character spans of the text's sentences, in order.
    """
    own = next((i for i, (start, end) in enumerate(sentences) if start <= amount.start < end), 0)
    spoken = [period for period in periods if period.end]
    here = _in_sentence(amount, text, sentences[own], spoken, measure)
    if here is not None:
        return here
    if _EACH_YEAR.match(text, amount.end):
        return None
    if measure == "arms_deal":
        return next((period for period in periods if period.form == "published"), None)
    return _carried(text, sentences, own, spoken, measure)


def _in_sentence(
    amount: Amount, text: str, sentence: tuple[int, int], periods: list[Period], measure: Measure
) -> Period | None:
    inside = [p for p in periods if sentence[0] <= p.start and p.end <= sentence[1] and _fits(p, measure)]
    options = [(_distance(amount, p, text), p.start - p.end, p.start, p) for p in inside]
    options.sort(key=lambda option: option[:3])
    return options[0][3] if options and options[0][0] < 1000 else None


def _fits(period: Period, measure: Measure) -> bool:
    return measure in {"arms_deal", "aid"} or period.form not in _DATED_BY_EVENT


def _distance(amount: Amount, period: Period, text: str) -> float:
    """How far the expression lies from the amount, other amounts, clause ends and comparisons counted as detours."""
    if period.start >= amount.end:
        between = text[amount.end : period.start]
        cost = float(len(between))
        compared = bool(_COMPARED.search(between))
    else:
        between = text[period.end : amount.start]
        cost = len(between) + 10.0
        compared = bool(_COMPARED.search(text[max(0, period.start - 30) : period.start]))
    cost += 60 * len(_AMOUNT.findall(between))
    cost += 40 * len(re.findall(r"[;:]|--|[—–]|\band\b|\bwhile\b|\bbut\b|\bwhich\b", between))
    cost += 15 * between.count(",")
    return cost + (150 if compared else 0)


def _carried(
    text: str, sentences: list[tuple[int, int]], own: int, periods: list[Period], measure: Measure
) -> Period | None:
    """What an earlier sentence of the same passage set."""
    for back in range(own - 1, max(-1, own - 4), -1):
        start, end = sentences[back]
        inside = [p for p in periods if start <= p.start and p.end <= end and p.form not in _DATED_BY_EVENT]
        if inside:
            return inside[-1]
    return None
