"""What the parts of this room share: a mention, the map of an article's countries, and spans."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from spacy.tokens import Doc

from tasks.figures.spans import Context, Party
from tasks.lexicon import countries, speech
from tasks.records import SPENDERS_BEYOND_ISO

_COUNTRIES_BEYOND_ISO = {"XKX", "SUN", "YUG"}
Kind = Literal["person", "organisation", "office", "institution", "document", "country"]
_LOCAL = 400
"""Characters over which the weight of a country named before a speaker falls to a half."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A candidate in the making; `speaks`: a reporting verb or an attribution stands beside it."""

    start: int
    end: int
    name: str
    kind: Kind
    country: str | None = None
    speaks: bool = False


class Map:
    """Which countries an article names, and where."""

    def __init__(self, text: str, doc: Doc, parties: list[Party], context: Context) -> None:
        self.text = text
        self.parties = sorted(parties, key=lambda party: party.start)
        self.context = context
        self._namers = [
            party
            for party in self.parties
            if party.kind in ("name", "adjective", "capital", "institution", "leader") and is_country(party.code)
        ]
        self._standing = self._standing_weights()
        self.sentences = [(sent.start_char, sent.end_char) for sent in doc.sents]
        self._homes: dict[int, str | None] = {}

    def within(self, start: int, end: int) -> str | None:
        """Country of the first party between `start` and `end` that names one; pronouns name none."""
        for party in self.parties:
            if start <= party.start and party.end <= end and party.kind not in ("pronoun", "group"):
                return party.code
        return None

    def over(self, start: int, end: int, *kinds: str) -> str | None:
        """Country of a party of one of `kinds` that overlaps the span."""
        for party in self.parties:
            if party.start < end and start < party.end and party.kind in kinds:
                return party.code
        return None

    def sentence(self, at: int) -> tuple[int, int]:
        """The sentence that holds the character at `at`."""
        for start, end in self.sentences:
            if start <= at < end:
                return start, end
        return self.sentences[-1] if self.sentences else (0, len(self.text))

    def home(self, at: int) -> str | None:
        """The country that an official without a country, named at `at`, most likely speaks for."""
        block = at // 50
        if block not in self._homes:
            self._homes[block] = self._home(at)
        return self._homes[block]

    def _home(self, at: int) -> str | None:
        """By headline, place of writing and publisher, by who opens the text, is named often or was named just now."""
        weights = dict(self._standing)
        before = [party for party in self._namers if party.start <= at]
        for party in before[-3:]:
            weights[party.code] += 1.5 / (1 + (at - party.end) / _LOCAL)
        return max(weights, key=lambda code: (weights[code], code), default=None)

    def _standing_weights(self) -> dict[str, float]:
        weights: dict[str, float] = {}
        for words, weight in ((self.context.title, 3.0), (self.context.dateline, 2.0)):
            for code in {found.surface.codes[0] for found in countries.find(words or "") if found.surface.codes}:
                weights[code] = weights.get(code, 0.0) + weight
        if self.context.publisher_country:
            weights[self.context.publisher_country] = weights.get(self.context.publisher_country, 0.0) + 2.0
        counts = Counter(party.code for party in self._namers)
        for party in reversed(self._namers[:3]):
            weights[party.code] = weights.get(party.code, 0.0) + 1.0
        for code, count in counts.items():
            weights[code] = weights.get(code, 0.0) + 2.0 * math.log(1 + count)
        return {code: weight for code, weight in weights.items() if is_country(code)}


def is_country(code: str | None) -> bool:
    """Whether the code is a country's, past ones included, and no region's or organisation's."""
    return code is not None and (code not in SPENDERS_BEYOND_ISO or code in _COUNTRIES_BEYOND_ISO)


def country_of(code: str | None) -> str | None:
    """The code if it is a country's, else None."""
    return code if is_country(code) else None


_VERB_GAP = re.compile(
    r"(?:['’]s)?(?:\s*\([^)]{1,40}\))?(?:,[^.;\n\"“”]{1,120}?,)?"
    r"(?:\s+(?:has|had|have|also|then|later|once|still|now|would|\w+ly|who))*\s+"
)


def has_verb_beside(text: str, mention: Mention) -> bool:
    """Whether a reporting verb follows the mention, an apposition between them at most, or stands right before it."""
    gap = _VERB_GAP.match(text, mention.end)
    if gap is not None and speech.verb_pattern().match(text, gap.end()):
        return True
    before = text[max(0, mention.start - 60) : mention.start]
    return bool(re.search(rf"(?:{speech.verb_pattern().pattern})\s+(?:[\w’'.-]+\s+){{0,4}}$", before)) or bool(
        re.search(
            rf"(?:{speech.attribution_pattern('before').pattern})\s+(?:[\w’'.-]+\s+){{0,3}}$", before, re.IGNORECASE
        )
    )


def overlaps(span: tuple[int, int], taken: Iterable[tuple[int, int]]) -> bool:
    """Whether the span shares a character with any of `taken`."""
    return any(span[0] < end and start < span[1] for start, end in taken)


def longest(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans without those that overlap a longer one."""
    kept: list[tuple[int, int]] = []
    for span in sorted(set(spans), key=lambda span: (span[0] - span[1], span[0])):
        if not overlaps(span, kept):
            kept.append(span)
    return sorted(kept)


def without_inner(mentions: list[Mention]) -> list[Mention]:
    """The mentions without those that lie inside an earlier one of the list."""
    kept: list[Mention] = []
    for mention in mentions:
        if not any(other.start <= mention.start and mention.end <= other.end for other in kept):
            kept.append(mention)
    return kept
