"""What the parts of this room share: a mention, the map of an article's countries, and spans."""

import bisect
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from spacy.tokens import Doc

from tasks.figures.spans import Context, Party
from tasks.lexicon import countries, speech
from tasks.records import SPENDERS_BEYOND_ISO

_COUNTRIES_BEYOND_ISO = {"XKX", "SUN", "YUG"}
Kind = Literal["person", "organisation", "office", "institution", "document", "country"]
_DATELINE = re.compile(
    r"^\W*(?P<place>[^\W\d_a-z][^\n.:()–—-]{2,40}?)(?:,[^\n()–—-]{1,30})?(?:\s*\([^)\n]{1,40}\))?\s*(?:[-–—]{1,2}\s|:\s|\.\s)",
    re.M,
)
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
        self._namers = [party for party in self.parties if self._names(party)]
        self._places = [match.span() for match in _DATELINE.finditer(text)]
        self._standing = self._standing_weights()
        self.sentences = [(sent.start_char, sent.end_char) for sent in doc.sents]
        self._homes: dict[int, str | None] = {}

    def _names(self, party: Party) -> bool:
        """Whether a country (not a region) is named, by no arms maker and by no office or body that every one has."""
        surface = re.sub(r"^the\s+", "", self.text[party.start : party.end], flags=re.IGNORECASE)
        if party.kind in ("pronoun", "group") or not is_country(party.code):
            return False
        if party.kind in ("noun", "institution") and speech.is_common(surface):
            return False
        kinds = {found.surface.kind for found in countries.find(surface)}
        return not kinds & {"company", "weapon"}

    def within(self, start: int, end: int) -> str | None:
        """Country of the first party between `start` and `end` that names one, or of the `its` that opens the span."""
        for party in self.parties:
            if start <= party.start and party.end <= end:
                is_owner = party.kind == "pronoun" and party.start == start
                if is_owner or self._names(party) or (party.code in SPENDERS_BEYOND_ISO and party.kind != "group"):
                    return party.code
        return None

    def named(self, start: int, end: int) -> str | None:
        """Country whose name, adjective or capital stands between `start` and `end`."""
        kinds = ("name", "adjective", "capital")
        return next((p.code for p in self._namers if start <= p.start and p.end <= end and p.kind in kinds), None)

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
        weights = defaultdict(float, self._standing)
        for party in [party for party in self._namers if party.start <= at][-3:]:
            weights[party.code] += 1.5 / (1 + (at - party.end) / _LOCAL)
        sent_start, sent_end = self.sentence(at)
        for party in self._namers:
            if sent_start <= party.start < sent_end and re.search(r"\b[Ii]n\s+$", self.text[: party.start][-4:]):
                weights[party.code] += 2.0
        line = self.text.rfind("\n", 0, at) + 1
        for start, end in self._places:
            if line <= start <= at:
                place = self.within(start, end)
                weights[place or ""] += 3.0 if line else 1.5
        return max((code for code in weights if is_country(code)), key=lambda code: (weights[code], code), default=None)

    def _standing_weights(self) -> dict[str, float]:
        weights: defaultdict[str, float] = defaultdict(float)
        context = self.context
        for words, weight in ((context.title, 3.0), (context.dateline, 2.0), (context.source, 2.0)):
            for code in {found.surface.codes[0] for found in countries.find(words or "") if found.surface.codes}:
                weights[code] += weight
        weights[context.publisher_country or ""] += 2.0
        for party in self._namers[:3]:
            weights[party.code] += 1.0
        for code, count in Counter(party.code for party in self._namers).items():
            weights[code] += 2.0 * math.log(1 + count)
        return dict(weights)


def is_country(code: str | None) -> bool:
    """Whether the code is a country's, past ones included, and no region's or organisation's."""
    return bool(code) and (code not in SPENDERS_BEYOND_ISO or code in _COUNTRIES_BEYOND_ISO)


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
    for pattern in (_VERB_BEFORE, _ATTRIBUTION_BEFORE):
        match = pattern.search(before)
        if match is not None:
            return not any(word in speech.words("stops") for word in match["titles"].lower().split())
    return False


_VERB_BEFORE = re.compile(rf"(?:{speech.verb_pattern().pattern})\s+(?P<titles>(?:[\w’'.-]+\s+){{0,4}})$")
_ATTRIBUTION_BEFORE = re.compile(
    rf"(?:{speech.attribution_pattern('before').pattern})\s+(?P<titles>(?:[\w’'.-]+\s+){{0,4}})$", re.IGNORECASE
)


def token_at(doc: Doc, at: int) -> int:
    """The number of the token that holds the character at `at`, or of the last one before it."""
    return max(bisect.bisect_right(range(len(doc)), at, key=lambda i: doc[i].idx) - 1, 0)


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
