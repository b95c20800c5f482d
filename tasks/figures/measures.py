"""What an amount is a number of, or that it is no military figure: by the words around it, where no encoder decides."""

from decimal import Decimal

from tasks.figures.spans import Amount
from tasks.lexicon.cues import evened, is_heard, strength
from tasks.records import Measure

TABLE = "measures.toml"
SHARES: tuple[Measure, ...] = ("share_of_gdp", "share_of_budget", "share_of_world", "change")
LARGE: tuple[Measure, ...] = ("expenditure", "component", "arms_deal", "aid", "change")
SMALL: tuple[Measure, ...] = ("per_capita",)
LEAST = Decimal(50_000)
"""Below it money is no country's: spent on each of its people, or no figure."""


def choose_measure(amount: Amount, text: str, sentence: tuple[int, int], passage: str) -> tuple[Measure | None, float]:
    """The measure that the words speak for most strongly, None where they speak rather for no military figure.

    With it by how much they do: below 0 for None. `passage`: the title and the sentence before, where the military
    may be named too.
    """
    before, after = _around(amount, text, sentence)
    passage = evened(passage)
    if not is_heard(TABLE, "military", f"{before} {after} {passage}"):
        return None, 0.0
    strengths = {measure: strength(TABLE, measure, before, after, passage) for measure in _possible(amount)}
    measure = max(strengths, key=lambda name: strengths[name])
    margin = strengths[measure] - strength(TABLE, "none", before, after, passage)
    return (measure if margin > 0 else None), margin


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
