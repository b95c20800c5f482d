"""Spent, budgeted, planned or denied: by the words around an amount and its years, where no encoder decides."""

import datetime as dt
import typing

from tasks.figures.spans import Amount, Years
from tasks.lexicon import cues
from tasks.lexicon.cues import evened, proportions
from tasks.records import Status

TABLE = "statuses.toml"
REACH = 160
"""Characters before the sentence that still say how its numbers are meant."""
ORDER: tuple[Status, ...] = typing.get_args(Status)


def status_chances(
    amount: Amount, text: str, sentence: tuple[int, int], years: Years, published: dt.date | None
) -> dict[Status, float]:
    """How likely each status is by the words; together 1; a year past is rather spent, a year to come planned."""
    near = heard(amount, text, sentence, years, published)
    return proportions({status: cues.weighed(TABLE, status, near[status]) for status in ORDER})


def heard(
    amount: Amount, text: str, sentence: tuple[int, int], years: Years, published: dt.date | None
) -> dict[Status, list[float]]:
    """How near each cue of each status stands."""
    before, after = evened(text[sentence[0] : amount.start]), evened(text[amount.end : sentence[1]])
    passage = _passage(text, sentence, years, published)
    return {status: cues.heard(TABLE, status, before, after, passage) for status in ORDER}


def _passage(text: str, sentence: tuple[int, int], years: Years, published: dt.date | None) -> str:
    """What the sentence follows: how the years lie, then the end of the text before it."""
    return f"{how_years_lie(years, published)} | {evened(text[max(0, sentence[0] - REACH) : sentence[0]])}"


def how_years_lie(years: Years, published: dt.date | None) -> str:
    """In the words of the table: ``past``, ``running`` or ``coming`` at the printing, else ``undated``; ``fiscal``."""
    kind = " fiscal" if years.period_kind == "fiscal" else ""
    if published is None or years.year_end is None or years.year_start is None:
        return "undated" + kind
    if years.year_end < published.year:
        return "past" + kind
    return ("coming" if years.year_end > published.year else "running") + kind
