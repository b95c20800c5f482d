"""Speakers by position: countries that speak, the labels of a transcript, pronouns that point back."""

import re
from dataclasses import replace

from spacy.tokens import Doc

from tasks.figures.speakers.mentions import Map, Mention, country_of, has_verb_beside
from tasks.lexicon import speech

_PRONOUN = re.compile(r"(?<![\w'’-])(?:he|she|it|they)(?![\w'’-])", re.IGNORECASE)
_LABEL = re.compile(
    r"^[ \t*]*(?P<name>[^\W\d_][^\n:.!?\"“]{0,60}?)(?P<aside>\s*\([^)\n]{1,40}\))?:(?=\s)", re.MULTILINE
)


def find_countries(doc: Doc, map_: Map) -> list[Mention]:
    """Countries and capitals that speak: `Seoul said`."""
    out = []
    for party in map_.parties:
        if party.kind not in ("name", "capital", "institution"):
            continue
        mention = Mention(party.start, party.end, doc.text[party.start : party.end], "country", country_of(party.code))
        if party.kind == "institution" or has_verb_beside(doc.text, mention):
            out.append(replace(mention, name=re.sub(r"^(?:the|The)\s+", "", mention.name)))
    return out


def find_labels(text: str, mentions: list[Mention]) -> list[Mention]:
    """Speakers of a transcript, named at the start of their lines; `A:` answers for the one who is interviewed."""
    people = [mention for mention in mentions if mention.kind == "person"]
    out = []
    for match in _LABEL.finditer(text):
        if match["name"] in ("A", "Answer") and people:
            first = text.find("\nQ")
            guest = next((m for m in people if first < 0 or m.start < first), people[0])
            out.append(Mention(match.start("name"), match.end("name"), guest.name, "person", guest.country, True))
    return out


def find_pronouns(text: str, mentions: list[Mention]) -> list[Mention]:
    """`he`, `she`, `it` and `they` with the name and country of the likeliest one before them."""
    out: list[Mention] = []
    ordered = sorted(mentions, key=lambda mention: mention.start)
    for match in _PRONOUN.finditer(text):
        known = [m for m in ordered if m.end <= match.start()]
        known += [m for m in out if m.speaks]
        found = _antecedent(text, match.group().lower(), match.start(), known)
        if found is not None:
            mention = Mention(match.start(), match.end(), found.name, found.kind, found.country)
            out.append(replace(mention, speaks=has_verb_beside(text, mention)))
    return out


def _antecedent(text: str, pronoun: str, at: int, known: list[Mention]) -> Mention | None:
    kinds = ("person", "office") if pronoun in ("he", "she") else ("organisation", "institution", "document")
    best: tuple[float, Mention] | None = None
    for mention in known:
        distance = at - mention.end
        if mention.kind not in kinds or distance > 1500 or not _has_gender(text, mention, pronoun):
            continue
        cost = (distance + 40) * (0.3 if mention.speaks else 1.0) * (2.0 if mention.kind == "office" else 1.0)
        if re.match(r"['’]s?\s", text[mention.end : mention.end + 3]):
            cost *= 2
        if best is None or cost <= best[0]:
            best = (cost, mention)
    return best[1] if best else None


def _has_gender(text: str, mention: Mention, pronoun: str) -> bool:
    around = text[max(0, mention.start - 14) : mention.end]
    other = speech.words_pattern("male") if pronoun == "she" else speech.words_pattern("female")
    return pronoun in ("it", "they") or not other.search(around)
