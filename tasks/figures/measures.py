"""What an amount is a number of, or that it is no military figure: by the words around it, where no encoder decides."""

from decimal import Decimal

from tasks.figures.spans import Amount
from tasks.lexicon import cues
from tasks.lexicon.cues import evened, is_heard, proportions, strength
from tasks.records import Measure

TABLE = "measures.toml"
NONE = "none"
"""What the table calls no military figure."""
SHARES: tuple[Measure, ...] = ("share_of_gdp", "share_of_budget", "share_of_world", "change")
LARGE: tuple[Measure, ...] = ("expenditure", "component", "arms_deal", "aid", "change")
SMALL: tuple[Measure, ...] = ("per_capita",)
UNHEARD = 0.6
"""Probability of no figure where neither the sentence nor the one before nor the headline speaks of the military."""
LEAST = Decimal(50_000)
"""Below it money is no country's: spent on each of its people, or no figure."""


def measure_chances(amount: Amount, text: str, sentence: tuple[int, int], passage: str) -> dict[Measure | None, float]:
    """How likely each measure is by the words around, None for no military figure; together 1.

    `passage`: the title and the sentence before, where the military may be named too. Where nothing near speaks of it,
    the words further off may, so none is certain.
    """
    strengths = _strengths(amount, text, sentence, passage)
    if strengths:
        return proportions(strengths)
    possible = _possible(amount)
    return {None: UNHEARD} | {measure: (1 - UNHEARD) / len(possible) for measure in possible}


def heard(amount: Amount, text: str, sentence: tuple[int, int], passage: str) -> dict[Measure | None, list[float]]:
    """How near each cue of each measure that may be stands, and of none; empty where nothing speaks of the military."""
    before, after = _around(amount, text, sentence)
    passage = evened(passage)
    if not is_heard(TABLE, "military", f"{before} {after} {passage}"):
        return {}
    return {name: cues.heard(TABLE, name or NONE, before, after, passage) for name in (*_possible(amount), None)}


def _strengths(amount: Amount, text: str, sentence: tuple[int, int], passage: str) -> dict[Measure | None, float]:
    near = heard(amount, text, sentence, passage)
    return {name: cues.weighed(TABLE, name or NONE, of_one) for name, of_one in near.items()}


def _possible(amount: Amount) -> tuple[Measure, ...]:
    if amount.unit == "PCT":
        return SHARES
    return LARGE if amount.high >= LEAST else SMALL


def _around(amount: Amount, text: str, sentence: tuple[int, int]) -> tuple[str, str]:
    return evened(text[sentence[0] : amount.start]), evened(text[amount.end : sentence[1]])


def is_cut(amount: Amount, text: str, sentence: tuple[int, int]) -> bool:
    """Whether a change goes down, by the words around the amount."""
    before, after = _around(amount, text, sentence)
    return strength(TABLE, "cut", before, after) > strength(TABLE, "rise", before, after)
