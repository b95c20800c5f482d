"""Roles: what the words around a person or in a noun phrase say it is and speaks for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tasks.figures.speakers.mentions import Map, country_of
from tasks.lexicon import countries, speech

NOBODY = "WORLD"
"""The code of a role that speaks for no country."""
_FULL_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]+(?:[\s-]+[^\W\d_][^\W\d_’']*\.?){1,3}")
_OPENING = 500
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}
_CONGRESS = re.compile(r"[\s\w.'’()]{0,60}?\([RDI][-–,]|\s*\([RDI]\)|,\s+[RDI]-[A-Z]")
_JOINT = re.compile(r"(?:['’]s?)?(?:\s*\([^)]{1,30}\))?(?P<joint>,\s+|\s+(?:of|from|at|for)\s+)")
_PARTY_TAG = re.compile(r"\s*\(([^\W\d_][^)(\n]{1,25})\)")
_END_OF_APPOSITION = re.compile(r"[;:\"“”]|[.,]\s|\s[–—]\s")
_END_OF_PHRASE = re.compile(r"[,;:()\"“”–—]\s|\s[–—-]\s|[.!?]\s+(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody is: the code that it speaks for (`NOBODY` for none) and the words of the phrase that says so."""

    code: str | None
    words: frozenset[str]


def surname_of(name: str) -> str:
    """The last word of a name in small letters, `Jr.` and a genitive left out."""
    words = [word for word in re.findall(r"[\w'’-]+", name.lower()) if word.strip(".") not in _SUFFIXES]
    return re.sub(r"['’]s?$", "", words[-1]) if words else ""


class Roles:
    """The roles that an article gives to its people and offices."""

    def __init__(self, text: str, map_: Map) -> None:
        self.text = text
        self.map = map_
        self._told: list[tuple[int, str, str]] = []
        self._unnamed: list[tuple[int, int, str]] = []
        for match in speech.office_pattern().finditer(text):
            sent_start, sent_end = map_.sentence(match.start())
            lead = self._phrase_start(sent_start, match.start())
            code = self._explicit(lead, match.start(), match.end(), min(sent_end, match.end() + 60))
            if code is not None and code != NOBODY:
                self._told.append((match.start(), match.group().lower(), code))
                if not re.match(r"\W{1,3}[^\W\d_a-z]", text[match.end() : match.end() + 4]):
                    self._unnamed.append((match.start(), match.end(), code))

    def of_people(self, spans: Iterable[tuple[int, int]]) -> dict[str, list[Role]]:
        """Surname to the roles that its mentions tell, a listed leader's country before all."""
        out: dict[str, list[Role]] = {}
        for start, end in spans:
            roles = out.setdefault(surname_of(self.text[start:end]), [])
            code = self.map.over(start, end, "leader") or leader_code(self.text[start:end])
            if code is not None:
                roles.insert(0, Role(code, frozenset()))
            role = self._of_mention(start, end) or (None if roles else self._announced(start))
            if role is not None:
                roles.append(role)
        return out

    def _announced(self, start: int) -> Role | None:
        """The office without a name that opens the text, for the one who is named soon after it."""
        near = [(at, code) for at, end, code in self._unnamed if at < _OPENING and at < start < at + _OPENING]
        return Role(near[0][1], frozenset()) if near and start < 2 * _OPENING else None

    def _of_mention(self, start: int, end: int) -> Role | None:
        sent_start, sent_end = self.map.sentence(start)
        if _CONGRESS.match(self.text, end, min(sent_end, end + 80)):
            return Role("USA", frozenset())
        return self._before(sent_start, start) or self._after(sent_start, end, sent_end) or self._tagged(start, end)

    def _before(self, sent_start: int, start: int) -> Role | None:
        """`Turkish Defence Minister X`, `Barbados' prime minister, X`, `Colombia's X`."""
        lead = max(sent_start, start - 110)
        left = self.text[lead:start]
        owner = re.search(r"['’]s?\s+$", left)
        if owner:
            at = lead + owner.start()
            code = self.map.over(at - 1, at + 1, "name", "capital", "institution")
            if code:
                return Role(code, frozenset())
        offices = list(speech.office_pattern().finditer(left))
        if not offices:
            return None
        office = offices[-1]
        gap = left[office.end() :]
        if len(gap) > 60 or re.search(r"[.;:()\"“”]\s|[a-z],\s.*,\s", gap) or speech.verb_pattern().search(gap):
            return None
        phrase = self._phrase_start(lead, lead + office.start())
        return self.office(phrase, lead + office.start(), lead + office.end(), start)

    def _after(self, sent_start: int, end: int, sent_end: int) -> Role | None:
        """`X, the Turkish defence minister,`, `X, an analyst at ...`, `X of the Greens`, `X, who heads the party`."""
        match = _JOINT.match(self.text, end, sent_end)
        if not match:
            return None
        stop = _END_OF_APPOSITION.search(self.text, match.end(), sent_end)
        right = min(stop.start() if stop else sent_end, match.end() + 110)
        phrase = self.text[match.end() : right]
        office = speech.office_pattern().search(phrase)
        if office and not speech.verb_pattern().search(phrase, 0, office.start()):
            at = match.end()
            return self.office(at, at + office.start(), at + office.end(), right)
        listed = speech.organisation_pattern().search(phrase)
        if listed:
            found = speech.organisation(listed.group())
            return Role((found.country if found else None) or NOBODY, frozenset())
        if match["joint"][0] == "," and not speech.words_pattern("leads").search(phrase):
            return None
        body = speech.body_of(phrase)
        if body is None and speech.words_pattern("leads").search(phrase):
            code = self.map.named(match.end(), right)
            return Role(code, frozenset()) if code is not None else None
        return Role(self.body(body, match.end(), right, end), frozenset()) if body is not None else None

    def _tagged(self, start: int, end: int) -> Role | None:
        """`X (Kyotera)`, `X (INC)`: a member of parliament with its seat or party."""
        tag = _PARTY_TAG.match(self.text, end)
        if tag is None or speech.organisation(tag[1]) is not None or not tag[1].isascii():
            return None
        return Role(self.map.home(start), frozenset()) if tag[1][:1].isupper() else None

    def _phrase_start(self, lead: int, end: int) -> int:
        return max((match.end() for match in _END_OF_PHRASE.finditer(self.text, lead, end)), default=lead)

    def office(self, lead: int, start: int, end: int, right: int) -> Role | None:
        """The role of an office at `start`:`end` in a phrase from `lead` to `right`."""
        title = speech.title_of(self.text[start:end])
        if title is None:
            return None
        words = frozenset(re.findall(r"[\w’'-]+", self.text[lead:right].lower().replace("defense", "defence")))
        return Role(self._office_code(title, lead, start, end, right), words)

    def _office_code(self, title: speech.Title, lead: int, start: int, end: int, right: int) -> str | None:
        if title.speaks_for == "nobody":
            return NOBODY
        if title.speaks_for != "country":
            return title.speaks_for
        is_former = speech.words_pattern("former").search(self.text, max(0, lead - 10), start) is not None
        keeps = title.word.lower() in speech.words("keep_when_former")
        explicit = self._explicit(lead, start, end, right)
        body = speech.body_of(self.text[end:right])
        if explicit is not None or (body is not None and body.speaks_for == "nobody"):
            return explicit or NOBODY
        if is_former and not keeps:
            return NOBODY
        return self._earlier(title.word.lower(), lead, start) or self.map.home(start)

    def _explicit(self, lead: int, start: int, end: int, right: int) -> str | None:
        """The country, or the body without one, that the phrase itself names."""
        before = self.map.within(lead, start)
        body = speech.organisation_pattern().search(self.text, lead, right)
        listed = speech.organisation(body.group()) if body else None
        if before is None and listed is not None:
            return listed.country or NOBODY
        after = self.map.within(end, right) if re.match(r"\s+(?:of|in|for|to)\b", self.text[end:right]) else None
        return before or after

    def _earlier(self, word: str, lead: int, start: int) -> str | None:
        """`The spokesman` speaks for the country of the last spokesman of whom the text said it."""
        if not re.match(r"(?:the|his|her|its)\b", self.text[lead:start].lstrip(), re.IGNORECASE):
            return None
        before = [code for at, told, code in self._told if told == word and at < start]
        return before[-1] if before else None

    def body(self, body: speech.Title, lead: int, right: int, at: int) -> str | None:
        """The code of an institution named by a common noun in a phrase from `lead` to `right`."""
        if body.speaks_for == "nobody":
            return NOBODY
        is_party = body.word in ("party", "opposition")
        named = self.map.named(lead, right) if is_party else self.map.within(lead, right)
        return named or self.map.home(at)


def country_of_roles(roles: list[Role]) -> str | None:
    """The country of the first telling role."""
    return next((country_of(role.code) for role in roles if role.code is not None), None)


def leader_code(name: str) -> str | None:
    """The code of the listed leader of that full name."""
    for found in countries.find(name):
        if found.surface.kind == "leader" and found.end - found.start == len(name):
            return found.surface.codes[0]
    return None


def is_called_a_person(text: str, start: int, end: int) -> bool:
    """Whether two to four capitalised words, no country or body among them, stand right beside a person's office."""
    surface = text[start:end]
    if not _FULL_NAME.fullmatch(surface) or speech.body_of(surface) is not None or countries.find(surface):
        return False
    before = list(speech.office_pattern().finditer(text, max(0, start - 40), start))
    after = re.compile(r",\s+(?:the|a|an|his|her|its)\s+(?:[\w’'-]+\s+){0,4}?").match(text, end)
    is_after = after is not None and speech.office_pattern().match(text, after.end()) is not None
    return is_after or bool(before and not text[before[-1].end() : start].strip())
