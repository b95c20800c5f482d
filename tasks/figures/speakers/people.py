"""People: where an article names them, by what fullest name."""

import re
from collections import Counter
from collections.abc import Collection, Iterator

from spacy.tokens import Doc, Span

from tasks.figures.speakers.mentions import Map, Mention, longest, overlaps, token_at
from tasks.figures.speakers.roles import Role, Roles, country_of_roles, is_called_a_person, leader_code, surname_of
from tasks.lexicon import countries, speech

_HONORIFICS = re.compile(rf"^(?:(?:{'|'.join(sorted(speech.words('honorifics')))})\b\.?\s+)+", re.IGNORECASE)
_BEFORE_AN_APPOSITION = re.compile(r",\s+(?:the|a|an|his|her|its)\s+(?:[\w’'-]+\s+){0,4}$")
_REST_OF_WORD = re.compile(r"(?:[-’'][^\W\d_]{2,})+(?<!['’]s)")


def find_people(
    doc: Doc, map_: Map, roles: Roles, organisations: list[Mention]
) -> tuple[list[Mention], dict[str, list[Role]]]:
    """Every mention of a person by its fullest name with its country, and the roles of every surname."""
    taken = [(mention.start, mention.end) for mention in organisations]
    spans = sorted({span for span in _name_spans(doc, map_) if not overlaps(span, taken)})
    spans = longest(spans)
    surnames = {surname_of(map_.text[start:end]) for start, end in spans}
    spans = longest([*spans, *(s for s in _again(map_.text, surnames) if not overlaps(s, taken))])
    fullest = _fullest_names(map_.text, spans)
    told = roles.of_people(spans)
    first_names = {name.split()[0].lower(): surname for surname, name in fullest.items() if "-" in surname}
    by_first = _by_first_word(fullest.values())
    out = []
    for start, end in spans:
        own = _clean_name(map_.text[start:end])
        surname = surname_of(own)
        name = own if " " in own else fullest.get(surname, own)
        name = name if " " in name else by_first.get(surname, name)
        country = country_of_roles(told.get(surname, [])) or country_of_roles(
            told.get(first_names.get(surname, ""), [])
        )
        out.append(Mention(start, end, name, "person", country))
    return out, told


def names_of_people(doc: Doc) -> set[str]:
    """The words by which a person of the text may be called alone: the last of every full name."""
    full = (ent.text for ent in doc.ents if ent.label_ == "PERSON" and len(ent.text.split()) > 1)
    return {surname_of(name) for name in full}


def _name_spans(doc: Doc, map_: Map) -> Iterator[tuple[int, int]]:
    for ent in doc.ents:
        if ent.label_ == "PERSON" or _may_be_person(map_.text, ent):
            yield from trimmed_name(map_.text, ent.start_char, ent.end_char)
    for token in doc:
        verb = speech.verb_of(token.text)
        if verb is not None and verb.place != "measure":
            for run in (_run_left(doc, token.i), _run_right(doc, token.i + 1) if "told" not in verb.forms else None):
                if run is not None and not _names_a_country(run, map_):
                    yield from trimmed_name(map_.text, *run)
        elif token.lower_.rstrip(".") in speech.words("honorifics"):
            run = _run_right(doc, token.i + 1)
            if run is not None:
                yield run
    yield from _beside_offices(doc, map_)


def _beside_offices(doc: Doc, map_: Map) -> Iterator[tuple[int, int]]:
    """`Defence Minister X` and `X, the defence minister`."""
    for match in speech.office_pattern().finditer(map_.text):
        runs = [_run_from(doc, map_.text, match.end())]
        apposed = _BEFORE_AN_APPOSITION.search(map_.text, max(0, match.start() - 70), match.start())
        if apposed is not None:
            named = _run_left(doc, token_at(doc, apposed.start()))
            runs.append(named if named is not None and " " in map_.text[slice(*named)] else None)
        for run in runs:
            if run is not None and not _names_a_country(run, map_):
                yield from trimmed_name(map_.text, *run)


def _may_be_person(text: str, ent: Span) -> bool:
    is_called = ent.label_ in ("ORG", "GPE", "NORP", "FAC") and is_called_a_person(text, ent.start_char, ent.end_char)
    return is_called or leader_code(ent.text) is not None


def _names_a_country(run: tuple[int, int], map_: Map) -> bool:
    return map_.over(*run, "name", "adjective", "capital", "institution") is not None


def _run_from(doc: Doc, text: str, at: int) -> tuple[int, int] | None:
    if text[at : at + 1] not in (" ", "\u00a0"):
        return None
    token = token_at(doc, at + 1)
    return _run_right(doc, token) if doc[token].idx == at + 1 else None


def _run_right(doc: Doc, i: int) -> tuple[int, int] | None:
    """The capitalised words from token `i` on."""
    end = i
    while end < len(doc) and end - i < 6 and (_is_capital(doc[end].text) or _is_joint(doc, end)):
        end += 1
    return _as_run(doc, i, end)


def _run_left(doc: Doc, i: int) -> tuple[int, int] | None:
    """The capitalised words before token `i`, an auxiliary or an adverb between left out."""
    end = i
    while (
        end > 0
        and i - end < 3
        and (doc[end - 1].lower_ in ("has", "had", "have", "also") or doc[end - 1].text.endswith("ly"))
    ):
        end -= 1
    start = end
    while start > 0 and end - start < 6 and (_is_capital(doc[start - 1].text) or _is_joint(doc, start - 1)):
        start -= 1
    return _as_run(doc, start, end)


def _as_run(doc: Doc, start: int, end: int) -> tuple[int, int] | None:
    while start < end and (doc[start].lower_ in speech.words("not_names") or not _is_capital(doc[start].text)):
        start += 1
    while start < end and (doc[end - 1].lower_ in speech.words("not_names") or not _is_capital(doc[end - 1].text)):
        end -= 1
    if start >= end:
        return None
    span = doc[start:end]
    return span.start_char, span.end_char


def _is_capital(word: str) -> bool:
    return word[:1].isupper() and word.lower() not in speech.words("not_names")


def _is_joint(doc: Doc, i: int) -> bool:
    """A particle or a hyphen between two parts of a name."""
    if not 0 < i < len(doc) - 1:
        return False
    word = doc[i].text
    is_inside = word == "-" and not doc[i - 1].whitespace_ and not doc[i].whitespace_
    is_inside = is_inside or (doc[i - 1].text == "-" and not doc[i].whitespace_ and word.isalpha())
    following = doc[i + 1].text
    is_followed = _is_capital(following) or following.lower() in speech.words("particles")
    return is_inside or (word.lower() in speech.words("particles") and is_followed)


def trimmed_name(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The name without titles before it, the genitive after it, and what a line break divides."""
    rest = _REST_OF_WORD.match(text, end)
    surface = text[start : rest.end() if rest else end].split("\n")[0]
    offices = list(speech.office_pattern().finditer(surface))
    if offices and offices[-1].end() == len(surface):
        return
    begin = offices[-1].end() if offices else 0
    portfolio = re.compile(r"\s*(?:of\s+|for\s+)?(\w+)\s+(?=[^\W\d_a-z])").match(surface, begin)
    if portfolio and portfolio[1].lower().replace("defense", "defence") in speech.words("portfolios"):
        begin = portfolio.end()
    name = surface[begin:]
    name = re.sub(r"(?:['’]s?|[,;:(\[–—].*|\s-.*)$", "", name.rstrip())
    stripped = _HONORIFICS.sub("", name.lstrip())
    begin += len(name) - len(name.lstrip()) + len(name.lstrip()) - len(stripped)
    is_heading = stripped.isupper() and re.search(r"\b(?:THE|OUR|THIS)\s+$", text[:start][-8:]) is not None
    if _is_name(stripped) and not is_heading:
        yield start + begin, start + begin + len(stripped)


def _is_name(words: str) -> bool:
    """Whether words may name a person: capitalised, no country, no listed organisation, no word that is no name."""
    if len(words) < 2 or not words[:1].isupper() or re.search(r"[\d$€£%@/]", words) or len(words.split()) > 5:
        return False
    if words.lower() in speech.words("not_names") or words.lower() in speech.vague_speakers():
        return False
    places = [found for found in countries.find(words) if found.surface.kind in ("name", "capital", "adjective")]
    return speech.organisation(words) is None and not any(one.end - one.start == len(words) for one in places)


def _again(text: str, surnames: set[str]) -> Iterator[tuple[int, int]]:
    """Where a surname that is known stands again, as the model saw it or not."""
    listed = [re.escape(name) for name in surnames if len(name) > 2]
    if not listed:
        return
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(listed, key=len, reverse=True))})(?![\w-])", re.IGNORECASE)
    for match in pattern.finditer(text):
        if match.group()[:1].isupper():
            yield match.span()


def _clean_name(surface: str) -> str:
    return re.sub(r"\s+", " ", _HONORIFICS.sub("", surface)).strip()


def _fullest_names(text: str, spans: list[tuple[int, int]]) -> dict[str, str]:
    out: dict[str, str] = {}
    for start, end in spans:
        name = _clean_name(text[start:end])
        surname = surname_of(name)
        if len(name.split()) > len(out.get(surname, "").split()):
            out[surname] = name
    return out


def _by_first_word(names: Collection[str]) -> dict[str, str]:
    """Full names by their first word, where only one begins so: `Tan` for Tan Kefei."""
    full = [name for name in names if " " in name]
    firsts = Counter(name.split()[0].lower() for name in full)
    return {name.split()[0].lower(): name for name in full if firsts[name.split()[0].lower()] == 1}
