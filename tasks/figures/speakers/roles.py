"""Roles: what the words around a person or in a noun phrase say it speaks for."""

import re

from tasks.figures.speakers.mentions import Map, country_of
from tasks.lexicon import speech

_SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}
_CONGRESS = re.compile(r"[\s\w.'’()]{0,60}?\([RDI][-–,]|\s*\([RDI]\)")
_JOINT = re.compile(r"(?:['’]s?)?(?:\s*\([^)]{1,30}\))?(?P<joint>,\s+|\s+(?:of|from|at|for)\s+)")
_END_OF_APPOSITION = re.compile(r"[;:\"“”]|[.,]\s")


def surname_of(name: str) -> str:
    """The last word of a name in small letters, `Jr.` and a genitive left out."""
    words = [word for word in re.findall(r"[\w'’-]+", name.lower()) if word.strip(".") not in _SUFFIXES]
    return re.sub(r"['’]s?$", "", words[-1]) if words else ""


def countries_of_people(text: str, map_: Map, spans: list[tuple[int, int]]) -> dict[str, str | None]:
    """Surname to the country that the first telling mention gives; a listed leader's country before all."""
    leaders: dict[str, str | None] = {}
    told: dict[str, str | None] = {}
    for start, end in spans:
        surname = surname_of(text[start:end])
        leader = map_.over(start, end, "leader")
        if leader is not None:
            leaders.setdefault(surname, country_of(leader))
        role = _role(text, map_, start, end)
        if role is not None:
            told.setdefault(surname, country_of(role))
    return told | leaders


def _role(text: str, map_: Map, start: int, end: int) -> str | None:
    """What the words around one mention of a person say it speaks for: a code, ``nobody``'s is a region's, or None."""
    sent_start, sent_end = map_.sentence(start)
    if _CONGRESS.match(text, end, min(sent_end, end + 80)):
        return "USA"
    return _role_before(text, map_, sent_start, start) or _role_after(text, map_, sent_start, end, sent_end)


NOBODY = "WORLD"


def _role_before(text: str, map_: Map, sent_start: int, start: int) -> str | None:
    """`Turkish Defence Minister X`, `Barbados' prime minister, X`, `Colombia's X`."""
    lead = max(sent_start, start - 110)
    left = text[lead:start]
    owner = re.search(r"(?:['’]s?\s+)$", left)
    if owner:
        code = map_.over(lead + owner.start() - 1, lead + owner.start() + 1, "name", "capital", "institution")
        if code:
            return code
    offices = list(speech.office_pattern().finditer(left))
    if not offices:
        return None
    office = offices[-1]
    gap = left[office.end() :]
    if len(gap) > 60 or re.search(r"[.;:()\"“”]\s|[a-z],\s.*,\s", gap) or speech.verb_pattern().search(gap):
        return None
    phrase_start = max((m.end() for m in re.finditer(r"[,;:()\"“”–—]\s|\s[–—-]\s", left[: office.start()])), default=0)
    return office_country(text, map_, lead + phrase_start, lead + office.start(), lead + office.end(), start)


def _role_after(text: str, map_: Map, sent_start: int, end: int, sent_end: int) -> str | None:
    """`X, the Turkish defence minister,`, `X, an analyst at ...`, `X of the Greens`, `X, who heads the party`."""
    match = re.compile(r"(?:['’]s?)?(?:\s*\([^)]{1,30}\))?(?P<joint>,\s+|\s+(?:of|from|at|for)\s+)").match(
        text, end, sent_end
    )
    if not match:
        return None
    stop = re.compile(r"[;:.\"“”]\s|,\s" if match["joint"][0] != "," else r"[;:\"“”]|\.\s|,\s").search(
        text, match.end(), sent_end
    )
    right = min(stop.start() if stop else sent_end, match.end() + 110)
    phrase = text[match.end() : right]
    office = speech.office_pattern().search(phrase)
    if office:
        start = match.end() + office.start()
        return office_country(text, map_, match.end(), start, match.end() + office.end(), right)
    listed = speech.organisation_pattern().search(phrase)
    if listed:
        found = speech.organisation(listed.group())
        return (found.country if found else None) or NOBODY
    body = speech.body_of(phrase)
    if body is not None:
        return _body_country(map_, body, match.end(), right, end)
    return None


def office_country(text: str, map_: Map, lead: int, start: int, end: int, right: int) -> str | None:
    """The country of an office at `start`:`end` in a phrase from `lead` to `right`."""
    title = speech.title_of(text[start:end])
    if title is None:
        return None
    if title.speaks_for == "nobody":
        return NOBODY
    if title.speaks_for != "country":
        return title.speaks_for
    before = map_.within(lead, start)
    body = speech.organisation_pattern().search(text, lead, right)
    listed = speech.organisation(body.group()) if body else None
    if before is None and listed is not None:
        return listed.country or NOBODY
    if before is None and speech.words_pattern("former").search(text, max(0, lead - 10), start):
        return NOBODY
    after = map_.within(end, right) if re.match(r"\s+(?:of|in|for)\b", text[end:right]) else None
    return before or after or map_.home(start)


def _body_country(map_: Map, body: speech.Title, lead: int, right: int, at: int) -> str | None:
    if body.speaks_for == "nobody":
        return NOBODY
    return map_.within(lead, right) or map_.home(at)
