"""Words that speak for an answer when they stand near an amount: read from TOML, scored by their distance."""

import functools
import math
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tasks.lexicon import tables
from tasks.lexicon.tables import document

Where = Literal["before", "after", "any", "passage"]
Key = TypeVar("Key", bound=Hashable)
FADING = 60.0
"""Characters at which a cue that is not near speaks half as strongly, if its table says nothing else."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern that speaks for an answer with `weight`, on a side of the amount, on either or around the sentence."""

    pattern: re.Pattern[str]
    weight: float
    where: Where
    near: int
    fading: float

    def hear(self, before: str, after: str, passage: str = "") -> float:
        """How near it stands to an amount with these words before and after it in its sentence, from 1 to 0: nowhere.

        `passage`: what was said before the sentence; there it is heard or not, however far off.
        """
        if self.where == "passage":
            return 1.0 if self.pattern.search(passage) else 0.0
        return max((self._fade(distance) for distance in self._distances(before, after)), default=0.0)

    def _distances(self, before: str, after: str) -> Iterator[int]:
        if self.where != "after":
            yield from (len(before) - found.end() for found in self.pattern.finditer(before))
        if self.where != "before":
            yield from (found.start() for found in self.pattern.finditer(after))

    def _fade(self, distance: int) -> float:
        return 1 / (1 + max(0, distance - self.near) / self.fading)


@dataclass(frozen=True, slots=True)
class Answer:
    """The cues for one answer, and how likely it is before any is heard."""

    bias: float
    cues: tuple[Cue, ...]


@tables.renewed
@functools.cache
def answers(table: str) -> dict[str, Answer]:
    """The answers that the TOML file `table` lists."""
    blocks = document(table)
    words: dict[str, str] = blocks.pop("words", {})
    fading = float(blocks.pop("fading", FADING))
    return {name: _answer(block, words, fading) for name, block in blocks.items()}


def _answer(block: dict[str, Any], words: dict[str, str], fading: float) -> Answer:
    return Answer(float(block.get("bias", 0)), tuple(_cue(row, words, fading) for row in block["cues"]))


def _cue(row: dict[str, Any], words: dict[str, str], fading: float) -> Cue:
    pattern = _compiled(row["pattern"], words)
    return Cue(pattern, float(row["weight"]), row.get("where", "any"), row.get("near", 0), fading)


def _compiled(pattern: str, words: dict[str, str]) -> re.Pattern[str]:
    """`<name>` stands for the alternatives that the table names so."""
    return re.compile(re.sub(r"<(\w+)>", lambda found: words[found[1]], pattern), re.IGNORECASE)


def evened(text: str) -> str:
    """`text` with one kind of apostrophe, which is what the patterns are written with; as long as before."""
    return text.replace("'", "’").replace("\n", " ")


def heard(table: str, answer: str, before: str, after: str, passage: str = "") -> list[float]:
    """How near each cue of `answer` stands, in the order of the table; see `Cue.hear`."""
    return [cue.hear(before, after, passage) for cue in answers(table)[answer].cues]


def weighed(table: str, answer: str, nearness: Sequence[float]) -> float:
    """How strongly its cues, heard so near, speak for `answer`: its bias and their sum."""
    one = answers(table)[answer]
    return one.bias + sum(cue.weight * near for cue, near in zip(one.cues, nearness, strict=True))


def strength(table: str, answer: str, before: str, after: str, passage: str = "") -> float:
    """How strongly the words around an amount speak for `answer`."""
    return weighed(table, answer, heard(table, answer, before, after, passage))


def proportions(strengths: Mapping[Key, float]) -> dict[Key, float]:
    """Strengths as probabilities: the weights of the tables are fitted as those of a multinomial logit."""
    top = max(strengths.values())
    powers = {answer: math.exp(value - top) for answer, value in strengths.items()}
    return {answer: power / sum(powers.values()) for answer, power in powers.items()}


def is_heard(table: str, answer: str, words: str) -> bool:
    """Whether any cue of `answer` stands anywhere in `words`."""
    return any(cue.pattern.search(words) for cue in answers(table)[answer].cues)
