"""Organisations, and speakers without a name: offices, institutions, documents."""

import re
from collections.abc import Iterator, Mapping

from spacy.tokens import Doc, Span

from tasks.figures.speakers.mentions import Kind, Map, Mention, country_of, has_verb_beside, longest, overlaps, token_at
from tasks.figures.speakers.roles import Role, Roles, is_called_a_person, leader_code, surname_of
from tasks.lexicon import countries, speech

_CAPITALISED = r"[^\W\d_a-z][\w’'-]*(?:\s+[^\W\d_a-z][\w’'-]*){0,4}"
_POST = re.compile(
    rf"\s+(?:of|to|from|in|at|for)\s+(?:(?:the|a|an|his|her|its|their|our)\s+)?(?:[^\W\d_][\w’'-]*\s+){{0,2}}?{_CAPITALISED}"
    r"|\s+(?:of|to|from|for)\s+(?:the|a|an|his|her|its|their|our)\s+[a-z]{3,}(?:\s+(?:ministry|department|office|committee))?"
)
_TO_A_NAME = re.compile(r"\s*(?:\([^)]{1,12}\))?(?P<comma>,)?\s*")
_IN_A_PLACE = re.compile(rf"\s+(?:in|at)\s+{_CAPITALISED}")
_AGENT_BEFORE = re.compile(
    r"['’]s?\s|\s*[,.:;!?\"“”()–—]|\s*$|\s+(?:[A-Z]|\d|(?:yesterday|today|on|in|late|last|this)\b)"
)


def find_organisations(doc: Doc, map_: Map, people: set[str]) -> list[Mention]:
    """Organisations, listed or seen by the model, by their names; what only a name of `people` is left to them."""
    spans = [match.span() for match in speech.organisation_pattern().finditer(map_.text)]
    spans += [span for ent in doc.ents if ent.label_ == "ORG" for span in _trimmed_body(map_.text, ent)]
    spans = [span for span in spans if not _is_none(map_.text, span, people)]
    return [_organisation(map_.text, map_, *span) for span in longest(spans)]


def _is_none(text: str, span: tuple[int, int], people: set[str]) -> bool:
    """Whether what the model takes for an organisation is a country or a person."""
    surface = text[slice(*span)]
    if speech.organisation(surface) is not None:
        return False
    if any(
        found.end - found.start == len(surface) and found.surface.kind != "institution"
        for found in countries.find(surface)
    ):
        return True
    return surface.lower() in people or leader_code(surface) is not None or is_called_a_person(text, *span)


def _trimmed_body(text: str, ent: Span) -> Iterator[tuple[int, int]]:
    surface = ent.text.split("\n")[0]
    stripped = re.sub(r"^(?:the|a|an|its|their|his|her|our)\s+", "", surface, flags=re.IGNORECASE)
    start = ent.start_char + len(surface) - len(stripped)
    stripped = re.sub(r"(?:['’]s?|\s*\(.*|[\s,.;:]+)$", "", stripped)
    if re.match(r"\s+[^\W\d_]", text[start + len(stripped) :][:3]) and stripped.lower() in speech.words("portfolios"):
        return
    is_label = stripped.isupper() and len(stripped) > 4 and text[start + len(stripped) :][:1] == ":"
    if len(stripped) > 1 and stripped[:1].isalpha() and not is_label and not re.search(r"[$€£%]|\d[\d.]", stripped):
        yield start, start + len(stripped)


def _organisation(text: str, map_: Map, start: int, end: int) -> Mention:
    surface = re.sub(r"\s+", " ", text[start:end])
    listed = speech.organisation(surface)
    if listed is not None:
        return Mention(start, end, surface, "organisation", listed.country)
    named = map_.over(start, end, "institution")
    body = speech.body_of(surface)
    country = named
    if country is None and body is not None and body.speaks_for == "country":
        country = map_.within(start, end) or map_.within(max(0, start - 25), start) or map_.home(start)
    return Mention(start, end, surface, "organisation", country_of(country))


def find_nouns(doc: Doc, roles: Roles, named: list[Mention], told: dict[str, list[Role]]) -> list[Mention]:
    """Offices, institutions and documents without a name beside them.

    An office that the text gave to a person before carries that person's name.
    """
    people = {mention.start: mention.end for mention in named if mention.kind == "person"}
    taken = [(mention.start, mention.end) for mention in named]
    out: list[Mention] = []
    patterns: list[tuple[Kind, re.Pattern[str]]] = [
        ("office", speech.office_pattern()),
        ("institution", speech.institution_pattern()),
        ("document", speech.document_pattern()),
    ]
    for kind, pattern in patterns:
        for match in pattern.finditer(roles.text):
            if kind == "office" and _is_beside(roles.text, match.end(), people):
                continue
            if overlaps(match.span(), taken) or (kind == "institution" and not _acts(roles.text, match)):
                continue
            mention = _noun(doc, roles, kind, match.start(), match.end(), named, told)
            if mention is not None:
                out.append(mention)
    return out


def _is_beside(text: str, end: int, people: Mapping[int, int]) -> bool:
    """Whether a person's name follows the office, `(retd)` between them at most, or stands in apposition to it."""
    gap = _TO_A_NAME.match(text, end)
    if gap is None:
        return False
    if not gap["comma"]:
        return any(end < at <= gap.end() for at in people)
    name = people.get(gap.end())
    return name is not None and text[name : name + 1] in tuple(",.;)")


def _acts(text: str, match: re.Match[str]) -> bool:
    """Whether the institution may be the one that does something: `government spending` has none that does."""
    if _AGENT_BEFORE.match(text, match.end()):
        return True
    following = re.compile(r"\s+([\w-]+)").match(text, match.end())
    word = following[1].lower() if following else ""
    return (
        word in speech.words("stops")
        or word.endswith("ly")
        or word in ("also", "now", "then", "itself")
        or bool(speech.verb_of(word))
    )


def _noun(
    doc: Doc, roles: Roles, kind: Kind, start: int, end: int, named: list[Mention], told: dict[str, list[Role]]
) -> Mention | None:
    lead = _phrase_start(doc, start)
    needs_author = kind == "document" and speech.needs_author(roles.text[start:end])
    if kind == "document":
        found = _document(roles.text, roles, lead, end, named)
        return found if found.country or not needs_author or found.name in {one.name for one in named} else None
    if kind == "institution":
        body = speech.body_of(roles.text[start:end])
        code = roles.body(body, lead, end, start) if body is not None else None
        place = _IN_A_PLACE.match(roles.text, end) if re.match(r"an?\s", roles.text[lead:end], re.IGNORECASE) else None
        return Mention(
            lead, end, _without_article(roles.text[lead : place.end() if place else end]), kind, country_of(code)
        )
    right = end
    after = _POST.match(roles.text, end, roles.map.sentence(start)[1])
    if after is not None and not speech.verb_pattern().search(after.group()):
        right = after.end()
    role = roles.office(lead, start, end, right)
    holder = _holder(roles.text, lead, end, role, named, told)
    if holder is not None:
        return Mention(lead, end, holder.name, "office", holder.country)
    name = _without_article(roles.text[lead:right])
    return Mention(lead, end, name, kind, country_of(role.code) if role is not None else None)


def _without_article(surface: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"^(?:the|a|an)\s+", "", surface, flags=re.IGNORECASE))


def _holder(
    text: str, lead: int, end: int, role: Role | None, named: list[Mention], told: dict[str, list[Role]]
) -> Mention | None:
    """The last person before to whom the text gave the definite office in so many words, or the listed leader.

    `Defense Secretary` without a name is as definite as `the defense secretary`.
    """
    surface = text[lead:end]
    if role is None or not (re.match(r"the\s", surface, re.IGNORECASE) or surface[:1].isupper()):
        return None
    words = {word for word in role.words if word not in speech.words("determiners")}
    people = [mention for mention in named if mention.kind == "person"]
    for mention in reversed([one for one in people if one.end <= lead]):
        if any(words and words <= other.words for other in told.get(surname_of(mention.name), [])):
            return mention
    if _without_article(surface).lower() not in speech.words("heads"):
        return None
    leaders = {one.name: one for one in people if role.code is not None and leader_code(one.name) == role.code}
    return next(iter(leaders.values())) if len(leaders) == 1 else None


def _document(text: str, roles: Roles, lead: int, end: int, named: list[Mention]) -> Mention:
    author = _author(text, lead, end, named)
    if author is not None:
        return Mention(lead, end, author.name, "document", author.country)
    bodies = list(speech.institution_pattern().finditer(text, lead, end))
    if bodies and bodies[-1].end() < end - 2:
        body = speech.body_of(bodies[-1].group())
        code = roles.body(body, lead, bodies[-1].end(), lead) if body is not None else None
        return Mention(lead, end, _without_article(text[lead : bodies[-1].end()]), "document", country_of(code))
    return Mention(lead, end, _without_article(text[lead:end]), "document")


def _phrase_start(doc: Doc, start: int) -> int:
    """Where the noun phrase that ends in the word at `start` begins."""
    first = head = token_at(doc, start)
    for i in range(head - 1, max(head - 9, -1), -1):
        token = doc[i]
        word = token.lower_
        if word in speech.words("determiners"):
            return token.idx
        if word in ("'s", "’s", "'", "’", "-"):
            continue
        if word in speech.words("stops") or not any(c.isalpha() for c in word) or word.isdigit():
            break
        if speech.verb_of(word) and token.text.islower():
            break
        first = i
    return doc[first].idx


def _author(text: str, lead: int, end: int, named: list[Mention]) -> Mention | None:
    """Who wrote the document: named inside its phrase, right after it by `by` or `from`, or before by introduction."""
    for mention in named:
        if mention.kind == "organisation" and lead <= mention.start < end:
            return mention
    by = re.compile(r"(?:(?:\s+[\w-]+){0,3}?\s+(?:by|from)|\s+of)\s+(?:the\s+|its\s+)?", re.IGNORECASE).match(text, end)
    for mention in named:
        if by is not None and mention.start == by.end():
            return mention
    if not re.match(r"(?:the|its|this|their)\b", text[lead:end], re.IGNORECASE):
        return None
    before = [m for m in named if m.kind == "organisation" and m.end <= lead and has_verb_beside(text, m)]
    return before[-1] if before else None
