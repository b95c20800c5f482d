"""Finding: every place of a text that names a country, a set of countries or a region, or points back to one."""

import bisect
import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from tasks.figures.spans import Context, Party, PartyKind
from tasks.lexicon import countries, tables

NAMING: frozenset[PartyKind] = frozenset({"name", "adjective", "capital", "institution", "leader"})
_KINDS: dict[countries.NameKind, PartyKind] = {
    "name": "name",
    "adjective": "adjective",
    "capital": "capital",
    "institution": "institution",
    "leader": "leader",
    "group": "group",
    "company": "institution",
    "weapon": "institution",
}
_REGIONS = {
    "gulf": "MIDEAST",
    "middle eastern": "MIDEAST",
    "european": "EUROPE",
    "african": "AFRICA",
    "south american": "AMERICAS",
    "latin american": "AMERICAS",
    "caribbean": "AMERICAS",
    "asian": "ASIA",
}
_BLOCS = frozenset({"NATO", "EU", "GCC"})
_BETWEEN_LISTED = re.compile(
    r"(?:['’]s?)?\s*(?:[,;]|,?\s+(?:and|or|&|as well as|plus|together with))\s+(?:both\s+)?(?:the\s+)?"
)
_DATELINE = re.compile(r"\W{0,3}[A-Z][^\n]{2,60}?(?:\([^)\n]{2,40}\)\s*)?(?:\s[-–—]{1,2}\s|:\s|\.\s[-–—]|\)\s)")
_DETERMINERS = (
    "the|this|that|its|their|his|her|our|both|these|those|all|other|two|three|four|five|six|seven|eight|nine|ten"
)
_POSSESSIVES = frozenset({"its", "their", "our", "his", "her"})
_LOOK_BACK = 1200
"""Characters before a word that points back in which what it points to may stand."""


def find_parties(doc: Doc, context: Context) -> list[Party]:
    """The parties of `doc.text` in order of their places, those that point back with the code of what they point to.

    Coordinated countries (``France and Germany``) stand one by one and together as a ``GROUP``. ``we`` is not among
    them (see `find_we`), and a name that is part of a person's name is none.
    """
    named = _named(doc, context)
    listed = _coordinated(doc.text, named)
    pointing = _Pointing(doc, sorted([*named, *listed], key=_place), main_country(doc, context, named)).parties()
    covered = {party for party in named for by in pointing if _replaces(by, party)}
    return sorted([*(party for party in named if party not in covered), *listed, *pointing], key=_place)


def find_we(text: str, start: int, end: int, country: str) -> list[Party]:
    """The ``we`` and ``our`` of `text[start:end]`, words of one speaker, as parties of the speaker's `country`."""
    return [
        Party(start + match.start(), start + match.end(), country, "pronoun")
        for match in _we_pattern().finditer(text[start:end])
    ]


def title_codes(context: Context) -> list[str]:
    """The codes that the headline names, in its order, each once."""
    title = context.title or ""
    return list(dict.fromkeys(one.surface.codes[0] for one in _meant(countries.find(title), title, title)))


def main_country(doc: Doc, context: Context, parties: Sequence[Party]) -> str | None:
    """The country that the article is about: by headline, place of writing, opening and how often it is named.

    `parties` are those of `find_parties`, or only the named ones; None where nothing names a country.
    """
    votes: Counter[str] = Counter()
    opening = _opening_end(doc.text)
    for party in parties:
        if party.kind in NAMING:
            votes[party.code] += 2 if party.start < opening else 1
    for code in title_codes(context):
        votes[code] += 3
    for one in countries.find(context.dateline or ""):
        votes[one.surface.codes[0]] += 2
    if context.publisher_country:
        votes[context.publisher_country] += 1
    ranked = [code for code, _ in votes.most_common() if code in countries.countries()]
    return ranked[0] if ranked else None


def dateline_end(text: str) -> int:
    """Where the place that opens a text ends (``SEOUL, Aug. 31 (Agency) --``); 0 where none opens it."""
    match = _DATELINE.match(text)
    if match is None:
        return 0
    words = re.findall(r"[^\W\d_]{3,}", match.group())
    return match.end() if words and words[0].isupper() else 0


def _opening_end(text: str) -> int:
    """Where the first paragraph ends."""
    end = text.find("\n", 80)
    return min(end if end > 0 else len(text), 600)


def _place(party: Party) -> tuple[int, int]:
    return party.start, party.end


# Names


def _named(doc: Doc, context: Context) -> list[Party]:
    text = doc.text
    whole = f"{context.title or ''}\n{text}"
    found = [one for one in _meant(countries.find(text), text, whole) if not _is_of_person(one, doc)]
    direct = Counter(one.surface.codes[0] for one in found if len(one.surface.codes) == 1)
    return [
        Party(one.start, one.end, max(one.surface.codes, key=lambda code: direct[code]), _KINDS[one.surface.kind])
        for one in found
    ]


def _meant(found: Iterable[countries.Found], text: str, whole: str) -> Iterator[countries.Found]:
    """Without homonyms that mean something else in `whole`, and names whose country `whole` never says."""
    said = _said(whole)
    for one in found:
        homonym = countries.homonyms().get(text[one.start : one.end])
        if homonym is not None and not homonym.means_country(whole):
            continue
        if one.surface.needs_country and said.isdisjoint(one.surface.codes):
            continue
        yield one


@tables.renewed
@functools.lru_cache(maxsize=4)
def _said(whole: str) -> frozenset[str]:
    plain = ("name", "adjective", "capital")
    return frozenset(one.surface.codes[0] for one in countries.find(whole) if one.surface.kind in plain)


def _is_of_person(one: countries.Found, doc: Doc) -> bool:
    """Whether a country's one-word name is the first or last word of a person's (``Jordan Peterson``)."""
    if one.surface.kind not in ("name", "capital"):
        return False
    span = doc.char_span(one.start, one.end)
    if span is None or len(span) > 1 or span[0].ent_type_ != "PERSON":
        return False
    neighbours = [doc[i] for i in (span.start - 1, span.end) if 0 <= i < len(doc)]
    return any(token.ent_type_ == "PERSON" and token.is_title and token.is_alpha for token in neighbours)


def _coordinated(text: str, named: Sequence[Party]) -> list[Party]:
    """One ``GROUP`` for each run of two or more countries or groups that only commas and conjunctions part."""
    groups = []
    run: list[Party] = []
    for party in [*named, None]:
        if run and party is not None and _BETWEEN_LISTED.fullmatch(text, run[-1].end, party.start):
            run.append(party)
            continue
        if len({member.code for member in run}) > 1:
            groups.append(Party(run[0].start, run[-1].end, "GROUP", "group"))
        run = [party] if party is not None else []
    return groups


# Words that point back


@tables.renewed
@functools.cache
def _we_pattern() -> re.Pattern[str]:
    words = [word for word, rejoinder in countries.rejoinders().items() if rejoinder.role == "we"]
    others = "|".join(countries.cues("no spender"))
    return re.compile(rf"\b(?:{'|'.join(words)})\b(?!\s+(?:{others})\b)")


@tables.renewed
@functools.cache
def _pointing_pattern() -> re.Pattern[str]:
    """A determiner, up to two words and a noun that points back; or a pronoun alone; or an organ's name alone."""
    words = [word for word, rejoinder in countries.rejoinders().items() if rejoinder.role != "we"]
    nouns = "|".join(sorted(map(_either_spelling, words), key=len, reverse=True))
    return re.compile(
        rf"\b(?:(?P<det>(?i:{_DETERMINERS})|\d+)\s+(?P<mod>(?:(?:of\s+)?[\w-]+\s+){{0,2}}?))?(?P<noun>(?:{nouns}))\b"
    )


@tables.renewed
@functools.cache
def _modified_pattern() -> re.Pattern[str]:
    """A noun that the word before it only modifies (``military spending``, ``military aid``)."""
    nouns = [noun for role in ("outlay", "assistance", "purchase") for noun in countries.cues(role)]
    return re.compile(rf"\s+(?:{'|'.join(nouns)})\b")


def _either_spelling(word: str) -> str:
    return re.escape(word).replace("efence", "efen[cs]e")


@dataclass
class _Pointing:
    """The words of one text that point back, and what to."""

    doc: Doc
    named: Sequence[Party]
    main: str | None

    def __post_init__(self) -> None:
        self.text = self.doc.text  # which a Doc puts together anew each time
        self.starts = [party.start for party in self.named]
        self.said = {party.code for party in self.named}

    def parties(self) -> list[Party]:
        found = []
        for match in _pointing_pattern().finditer(self.text):
            rejoinder = countries.rejoinders()[match["noun"].replace("efense", "efence")]
            if self._is_named_at(match.start("noun"), match.end()):
                continue
            code = self._code(match, rejoinder)
            if code is not None:
                start = match.start("det") if match["det"] else match.start()
                found.append(Party(start, match.end(), code, _pointing_kind(rejoinder, code)))
        return found

    def _is_named_at(self, start: int, end: int) -> bool:
        at = bisect.bisect_right(self.starts, end - 1) - 1
        return at >= 0 and self.named[at].end > start

    def _code(self, match: re.Match[str], rejoinder: countries.Rejoinder) -> str | None:
        role, start = rejoinder.role, match.start()
        if role in ("pronoun", "plural pronoun"):
            return self._subject(start, is_plural=role == "plural pronoun") if not match["det"] else None
        if role == "organ":
            return self._organ(match)
        if not match["det"]:
            return None
        if role == "plural":
            return self._plural(start, match["det"], rejoinder.word)
        if role == "code":
            return self._one_of(start, rejoinder)
        if role == "region":
            return self._region(start)
        return self._state(match, rejoinder)

    def _before(self, start: int) -> Iterator[Party]:
        """The named parties before a place, the nearest first."""
        for at in range(bisect.bisect_left(self.starts, start) - 1, -1, -1):
            if self.starts[at] < start - _LOOK_BACK:
                return
            if self.named[at].end <= start:
                yield self.named[at]

    def _state(self, match: re.Match[str], rejoinder: countries.Rejoinder) -> str | None:
        """The nearest country before that bears the traits of noun and adjectives; ``its neighbour`` is another's."""
        modifiers = (match["mod"] or "").lower().strip()
        wanted = {modifiers, *modifiers.split()} & countries.traits()
        if rejoinder.role == "trait":
            wanted.add(rejoinder.word)
        fitting = [countries.bearers(trait) for trait in wanted]
        skip = None
        if match["det"].lower() in _POSSESSIVES:
            skip = next((party.code for party in self._before(match.start())), None)
        for party in self._before(match.start()):
            is_country = party.kind in NAMING and party.code in countries.countries()
            if is_country and party.code != skip and all(party.code in bearing for bearing in fitting):
                return party.code
        if not wanted and skip is None:
            return self.main
        return None

    def _organ(self, match: re.Match[str]) -> str | None:
        """Whose government or army; none where an adjective or a possessive says it (``Japan's army``)."""
        before = self.text[: match.start()].rstrip()
        if match["mod"] or (
            not match["det"] and (before.endswith(("'s", "’s", "s'", "s’")) or self._ends_at(len(before)))
        ):
            return None
        if _modified_pattern().match(self.text, match.end()):
            return None
        if (match["det"] or "").lower() in _POSSESSIVES:
            return self._subject(match.start(), is_plural=False)
        return self._owner(match.start())

    def _ends_at(self, end: int) -> bool:
        return any(party.end == end for party in self.named[: bisect.bisect_left(self.starts, end)][-2:])

    def _owner(self, start: int) -> str | None:
        """The main country where it was named not long ago, else the one named first in the paragraph, else last."""
        near = [party for party in self._before(start) if party.code in countries.countries()]
        paragraph = self.text.rfind("\n", 0, start)
        here = [party.code for party in near if party.start > paragraph]
        codes = here or [party.code for party in near]
        if self.main in codes or not codes:
            return self.main
        return here[-1] if here else codes[0]

    def _plural(self, start: int, determiner: str, word: str) -> str:
        is_member = word in ("allies", "members", "member states", "member countries")
        if is_member and determiner.lower() not in _POSSESSIVES:
            bloc = next((party.code for party in self._before(start) if party.code in _BLOCS), None)
            if bloc is not None:
                return bloc
        return "GROUP"

    def _one_of(self, start: int, rejoinder: countries.Rejoinder) -> str | None:
        """The code named last before, else the first, in a text that names what the word stands beside."""
        if rejoinder.beside and self.said.isdisjoint(rejoinder.beside):
            return None
        named = (party.code for party in self._before(start) if party.code in rejoinder.codes)
        return next(named, rejoinder.codes[0])

    def _region(self, start: int) -> str | None:
        for party in self._before(start):
            if party.code in _REGIONS.values():
                return party.code
        owner = self._owner(start)
        bears = countries.countries()[owner].traits if owner else frozenset()
        return next((code for trait, code in _REGIONS.items() if trait in bears), None)

    def _subject(self, start: int, is_plural: bool) -> str | None:
        """What a pronoun stands for: the first country of its sentence before it, else of the sentence before."""
        span = self.doc.char_span(start, start + 1, alignment_mode="expand")
        if span is None:
            return None
        sent = span.sent
        previous = self.doc[sent.start - 1].sent.start_char if sent.start else sent.start_char
        for first, last in ((sent.start_char, start), (previous, sent.start_char)):
            inside = [p for p in self.named if first <= p.start and p.end <= last and (p.kind == "group") == is_plural]
            inside = [p for p in inside if not countries.opens_paragraph(self.text, p.start, p.end)]
            if inside:
                return inside[0].code
        return None


def _pointing_kind(rejoinder: countries.Rejoinder, code: str) -> PartyKind:
    if rejoinder.role in ("pronoun", "plural pronoun"):
        return "pronoun"
    return "noun" if code in countries.countries() else "group"


def _replaces(pointing: Party, named: Party) -> bool:
    """Whether a group's adjective is only part of a noun phrase for one country (``the Nordic nation``)."""
    return named.kind == "group" and pointing.kind == "noun" and pointing.start < named.start < pointing.end
