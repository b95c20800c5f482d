"""Words that speak for an answer when they stand near an amount: read from TOML, scored by their distance."""

import functools
import re
from dataclasses import dataclass
from typing import Literal

from tasks.lexicon.tables import document

Where = Literal["before", "after", "any"]
FADING = 60.0
"""Characters at which a cue that is not near speaks half as strongly."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern that speaks for an answer with `weight`, on one side of the amount or on any."""

    pattern: re.Pattern[str]
    weight: float
    where: Where
    near: int

    def speak(self, before: str, after: str) -> float:
        """How strongly it speaks for an amount with these words before and after it in the sentence; 0: not at all."""
        heard = [0.0]
        if self.where != "after":
            heard += [self._heard(len(before) - found.end()) for found in self.pattern.finditer(before)]
        if self.where != "before":
            heard += [self._heard(found.start()) for found in self.pattern.finditer(after)]
        return max(heard)

    def _heard(self, distance: int) -> float:
        return self.weight / (1 + max(0, distance - self.near) / FADING)


@functools.cache
def cues(table: str) -> dict[str, tuple[Cue, ...]]:
    """The cues of each answer that the TOML file `table` lists."""
    return {
        answer: tuple(
            Cue(
                re.compile(row["pattern"], re.IGNORECASE),
                float(row["weight"]),
                row.get("where", "any"),
                row.get("near", 0),
            )
            for row in block["cues"]
        )
        for answer, block in document(table).items()
    }


def strength(table: str, answer: str, before: str, after: str) -> float:
    """How strongly the words around an amount speak for `answer`: the sum of its cues."""
    return sum(cue.speak(before, after) for cue in cues(table)[answer])
