"""What an amount is a number of, or that it is no military figure: by the words around it, where no encoder decides."""

from tasks.figures.spans import Amount
from tasks.lexicon.cues import cues, strength
from tasks.records import Measure

TABLE = "measures.toml"
FLOOR = 1.1
"""Strength below which the words say nothing."""
SHARES: tuple[Measure, ...] = ("share_of_gdp", "share_of_budget", "share_of_world")
MONEY: tuple[Measure, ...] = ("expenditure", "component", "per_capita", "arms_deal", "aid")


def choose_measure(amount: Amount, text: str, sentence: tuple[int, int], passage: str) -> tuple[Measure | None, float]:
    """The measure that the sentence speaks for most strongly and how strongly, None where it is no military figure.

    `passage`: the title and the sentence before, where the military may be named too.
    """
    before, after = text[sentence[0] : amount.start], text[amount.end : sentence[1]]
    if not (_is_military(before + " " + after) or _is_military(passage)):
        return None, 0.0
    possible: tuple[Measure, ...] = (*SHARES, "change") if amount.unit == "PCT" else (*MONEY, "change")
    strengths = {measure: strength(TABLE, measure, before, after) for measure in possible}
    measure = max(possible, key=lambda name: strengths[name])
    margin = strengths[measure] - strength(TABLE, "none", before, after)
    return (measure, strengths[measure]) if strengths[measure] >= FLOOR and margin > 0 else (None, margin)


def _is_military(words: str) -> bool:
    return any(cue.pattern.search(words) for cue in cues(TABLE)["military"])


def is_cut(amount: Amount, text: str, sentence: tuple[int, int]) -> bool:
    """Whether a change goes down, by the words around the amount."""
    before, after = text[sentence[0] : amount.start], text[amount.end : sentence[1]]
    return strength(TABLE, "cut", before, after) > strength(TABLE, "rise", before, after)
