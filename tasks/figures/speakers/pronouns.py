"""Speakers by position: countries that speak, the labels of a transcript, pronouns that point back."""

import re
from dataclasses import replace

from tasks.figures.speakers.mentions import Map, Mention, country_of, has_verb_beside, overlaps
from tasks.lexicon import speech

_PRONOUN = re.compile(
    r"(?<![\w'’-])(?P<word>he|she|it|they|(?<=according to )(?:him|her|them))(?![\w'’-])", re.IGNORECASE
)
_OWNER = re.compile(r"(?<![\w'’-])(?P<word>his|her|its|their)(?=(?:\s+[\w-]+){0,2}?\s+(?P<noun>[\w-]+))", re.IGNORECASE)
_SUBJECTS = {"his": "he", "him": "he", "her": "she", "its": "it", "their": "they", "them": "they"}
_OPENS_A_SENTENCE = re.compile(r"(?:^|[.!?]['\"”’)]*\s+|\n)(?:[\w.’'-]+\s+){0,4}$")
_LABEL = re.compile(
    r"^[ \t*]*(?P<name>[^\W\d_][^\n:.!?\"“]{0,60}?)(?P<aside>\s*\([^)\n]{1,40}\))?:(?=\s)", re.MULTILINE
)


def find_countries(map_: Map) -> list[Mention]:
    """Countries and capitals that speak: `Seoul said`."""
    out = []
    for party in map_.parties:
        if party.kind not in ("name", "capital", "institution"):
            continue
        mention = Mention(party.start, party.end, map_.text[party.start : party.end], "country", country_of(party.code))
        if party.kind == "institution" or has_verb_beside(map_.text, mention):
            out.append(replace(mention, name=re.sub(r"^(?:the|The)\s+", "", mention.name)))
    return out


def find_labels(text: str, mentions: list[Mention]) -> list[Mention]:
    """Speakers of a transcript, named at the start of their lines; `A:` answers for the one who is interviewed."""
    people = [mention for mention in mentions if mention.kind == "person"]
    taken = [(mention.start, mention.end) for mention in mentions]
    out = []
    for match in _LABEL.finditer(text):
        if match["name"] in ("A", "Answer") and people:
            first = text.find("\nQ")
            before = [mention for mention in people if mention.start < first]
            guest = before[-1] if before else people[0]
            out.append(Mention(match.start("name"), match.end("name"), guest.name, "person", guest.country, True))
        elif _is_speakers_name(match["name"]) and not overlaps(match.span("name"), taken):
            known = [mention for mention in people if mention.name.lower() == match["name"].lower()]
            country = known[0].country if known else None
            out.append(Mention(match.start("name"), match.end("name"), match["name"], "person", country, True))
    return out


def _is_speakers_name(label: str) -> bool:
    words = label.split()
    is_capital = all(word[:1].isupper() and word.lower() not in speech.words("not_names") for word in words)
    return 1 < len(words) < 5 and is_capital and speech.body_of(label) is None


def find_pronouns(text: str, mentions: list[Mention]) -> list[Mention]:
    """`he`, `she`, `it` and `they` with the name and country of the likeliest one before them."""
    out: list[Mention] = []
    genders: dict[str, str] = {}
    ordered = sorted(mentions, key=lambda mention: mention.start)
    owners = [match for match in _OWNER.finditer(text) if _is_attribution(text, match)]
    for match in sorted([*_PRONOUN.finditer(text), *owners], key=lambda match: match.start()):
        pronoun = _SUBJECTS.get(match["word"].lower(), match["word"].lower())
        known = [mention for mention in [*ordered, *out] if mention.end <= match.start()]
        known = [mention for mention in known if genders.get(mention.name, pronoun) == pronoun]
        found = _antecedent(text, pronoun, match.start(), known)
        if found is not None:
            if pronoun in ("he", "she"):
                genders.setdefault(found.name, pronoun)
            mention = Mention(match.start("word"), match.end("word"), found.name, found.kind, found.country)
            out.append(replace(mention, speaks=has_verb_beside(text, mention)))
    return out


def _is_attribution(text: str, match: re.Match[str]) -> bool:
    """`by his arithmetic`: a possessive before a word that attributes, after a preposition."""
    has_preposition = re.search(r"\b(?:by|in|on|under|with)\s+$", text[: match.start()][-8:], re.IGNORECASE) is not None
    following = text[match.end() : match.end() + 40]
    return (
        has_preposition
        and speech.attribution_pattern("after").match(following.lstrip().split(",")[0].strip()) is not None
    )


def _antecedent(text: str, pronoun: str, at: int, known: list[Mention]) -> Mention | None:
    kinds = ("person", "office") if pronoun in ("he", "she") else ("organisation", "institution", "document")
    best: tuple[float, Mention] | None = None
    for mention in known:
        distance = at - mention.end
        if mention.kind not in kinds or distance > 1500 or not _has_gender(text, mention, pronoun):
            continue
        cost = (distance + 40) * (0.3 if mention.speaks else 1.0) * (2.0 if mention.kind == "office" else 1.0)
        cost *= 2.0 if re.match(r"['’]s?\s", text[mention.end : mention.end + 3]) else 1.0
        cost *= 0.5 if "\n" not in text[mention.end : at] else 1.0
        cost *= 0.5 if _OPENS_A_SENTENCE.search(text[max(0, mention.start - 60) : mention.start]) else 1.0
        if best is None or cost <= best[0]:
            best = (cost, mention)
    return best[1] if best else None


def _has_gender(text: str, mention: Mention, pronoun: str) -> bool:
    around = text[max(0, mention.start - 14) : mention.end]
    other = speech.words_pattern("male") if pronoun == "she" else speech.words_pattern("female")
    return pronoun in ("it", "they") or not other.search(around)
