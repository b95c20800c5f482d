"""Spent, budgeted, planned or denied: by the words around an amount and its years, where no encoder decides."""

import datetime as dt
import typing

from tasks.figures.spans import Amount, Years
from tasks.lexicon.cues import evened, strength
from tasks.records import Status

TABLE = "statuses.toml"
ORDER: tuple[Status, ...] = typing.get_args(Status)


def choose_status(
    amount: Amount, text: str, sentence: tuple[int, int], years: Years, published: dt.date | None
) -> Status:
    """The status that the sentence speaks for most strongly; a year past is rather spent, a year to come planned."""
    before, after = evened(text[sentence[0] : amount.start]), evened(text[amount.end : sentence[1]])
    strengths = {status: strength(TABLE, status, before, after) for status in ORDER}
    if published is not None and years.year_end is not None:
        if years.year_end > published.year:
            strengths["actual"] -= 2
            strengths["planned"] += 0.3
        if years.year_end < published.year:
            strengths["actual"] += 0.8
    return max(ORDER, key=lambda status: strengths[status])
