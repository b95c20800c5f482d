"""The words of saying so: verbs of reporting, offices, institutions, organisations, documents and attributions.

Every function answers from tables beside this file, each row of which brings its own example.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast, get_args

from tasks.lexicon import tables
from tasks.lexicon.tables import document, rows

KEPT = 10_000
"""Answers kept of a question that any word may ask: new words go on coming, memory does not."""
Subject = Literal["anyone", "person", "research"]
Place = Literal["clause", "quotation", "of", "for", "at", "measure"]
OrganisationKind = Literal["research", "media", "international", "national"]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb that gives a number to its subject.

    `subject`: who says so with it: anyone, only a person (who proposes or demands) or only a research body (which
    counts or gives). `place`: the number stands in a clause or quotation, in a quotation only, after ``of``,
    ``for`` or ``at``, or is the verb's own object.
    """

    forms: tuple[str, ...]
    subject: Subject
    place: Place
    example: str


@dataclass(frozen=True, slots=True)
class Title:
    """A common noun for one who speaks.

    `speaks_for`: ``country`` (which one the text says), ``nobody``, or the one country that has such an office.
    """

    word: str
    speaks_for: str
    example: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation by name; `country` is ISO alpha-3 for a state's own bodies, None for all others."""

    name: str
    kind: OrganisationKind
    country: str | None
    example: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """Words that give a number to whoever stands after them (`before`) or, in the genitive, before them (`after`)."""

    words: str
    place: Literal["before", "after"]
    example: str


@tables.renewed
@functools.cache
def verbs() -> tuple[Verb, ...]:
    """Every row of ``reporting_verbs.csv``."""
    return tuple(
        Verb(
            tuple(row["forms"].split()),
            cast(Subject, _one_of(row["subject"], get_args(Subject))),
            cast(Place, _one_of(row["place"], get_args(Place))),
            row["example"],
        )
        for row in rows("reporting_verbs.csv")
    )


@tables.renewed
@functools.lru_cache(KEPT)
def verb_of(form: str) -> Verb | None:
    """The reporting verb of which `form` is a form, in any case of letters."""
    return _forms().get(form.lower())


@tables.renewed
@functools.cache
def _forms() -> dict[str, Verb]:
    return {form: verb for verb in verbs() for form in verb.forms}


@tables.renewed
@functools.cache
def offices() -> tuple[Title, ...]:
    """Every row of ``offices.csv``: what a person may be."""
    return _titles("offices.csv")


@tables.renewed
@functools.cache
def institutions() -> tuple[Title, ...]:
    """Every row of ``institutions.csv``: bodies that are named by a common noun."""
    return _titles("institutions.csv")


@tables.renewed
@functools.cache
def documents() -> tuple[Title, ...]:
    """Every row of ``documents.csv``: what is written, and speaks for nobody but its author."""
    return tuple(Title(row["word"], "nobody", row["example"]) for row in rows("documents.csv"))


@tables.renewed
@functools.lru_cache(KEPT)
def needs_author(word: str) -> bool:
    """Whether the document says something only when its author stands beside it (`SIPRI's figures`)."""
    return any(row["needs_author"] == "yes" for row in rows("documents.csv") if row["word"] == word.lower())


@tables.renewed
@functools.cache
def vague_speakers() -> frozenset[str]:
    """Plurals that name nobody (`analysts`), lower-case."""
    return frozenset(row["word"] for row in rows("vague_speakers.csv"))


@tables.renewed
@functools.cache
def organisations() -> dict[str, Organisation]:
    """Every row of ``organisations.csv`` by name."""
    return {
        row["name"]: Organisation(
            row["name"],
            cast(OrganisationKind, _one_of(row["kind"], get_args(OrganisationKind))),
            row["country"] or None,
            row["example"],
        )
        for row in rows("organisations.csv")
    }


@tables.renewed
@functools.lru_cache(KEPT)
def organisation(name: str) -> Organisation | None:
    """The organisation of that name, its article and genitive left out of account."""
    plain = re.sub(r"^(?:the|The)\s+|['’]s?$", "", name)
    return organisations().get(plain) or organisations().get(f"The {plain}")


@tables.renewed
@functools.cache
def attributions() -> tuple[Attribution, ...]:
    """Every row of ``attributions.csv``."""
    return tuple(
        Attribution(
            row["words"],
            cast(Literal["before", "after"], _one_of(row["place"], ("before", "after"))),
            row["example"],
        )
        for row in rows("attributions.csv")
    )


@tables.renewed
@functools.cache
def words(kind: str) -> frozenset[str]:
    """The small words of one kind in ``speech.toml``, lower-case."""
    return frozenset(document("speech.toml")[kind]["words"])


@tables.renewed
@functools.cache
def words_pattern(kind: str) -> re.Pattern[str]:
    """Matches a small word of one kind as a whole word, in any case of letters."""
    return _pattern(words(kind))


def title_of(phrase: str) -> Title | None:
    """The office that ends `phrase` or, failing that, the last one in it (`minister of state for defence`)."""
    found = list(office_pattern().finditer(phrase))
    return _by_word()[_singular(found[-1].group())] if found else None


def is_common(surface: str) -> bool:
    """Whether the last word is an office or an institution of a kind that every country has (`the Treasury`)."""
    plain = surface.lower().replace("defense", "defence")
    head = _by_word().get(plain) or _by_word().get(plain.split(" ", 1)[-1])
    return head is not None and (plain in _by_word() or plain.split(" ", 1)[0] in words("portfolios"))


def body_of(phrase: str) -> Title | None:
    """The last institution that `phrase` names by a common noun."""
    found = list(institution_pattern().finditer(phrase))
    return _by_word()[_singular(found[-1].group())] if found else None


@tables.renewed
@functools.cache
def office_pattern() -> re.Pattern[str]:
    """Matches an office as a whole word, in any case of letters."""
    return _pattern(title.word for title in offices())


@tables.renewed
@functools.cache
def institution_pattern() -> re.Pattern[str]:
    """Matches an institution's common noun as a whole word, in any case of letters."""
    return _pattern(title.word for title in institutions())


@tables.renewed
@functools.cache
def document_pattern() -> re.Pattern[str]:
    """Matches a document's common noun as a whole word, in any case of letters."""
    return _pattern(title.word for title in documents())


@tables.renewed
@functools.cache
def vague_pattern() -> re.Pattern[str]:
    """Matches a vague plural as a whole word, in any case of letters."""
    return _pattern(vague_speakers())


@tables.renewed
@functools.cache
def verb_pattern() -> re.Pattern[str]:
    """Matches a form of a reporting verb as a whole word, in small letters."""
    return re.compile(rf"(?<![\w'’-])(?:{_alternatives(_forms())})(?![\w-])")


@tables.renewed
@functools.cache
def organisation_pattern() -> re.Pattern[str]:
    """Matches a listed organisation by name, letters as listed."""
    return re.compile(rf"(?<![\w-])(?:{_alternatives(organisations())})(?![\w-])")


@tables.renewed
@functools.cache
def attribution_pattern(place: Literal["before", "after"]) -> re.Pattern[str]:
    """Matches the attributions of one place, in any case of letters."""
    return _pattern(row.words for row in attributions() if row.place == place)


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {allowed}")
    return value


def _titles(name: str) -> tuple[Title, ...]:
    return tuple(Title(row["word"], row["speaks_for"], row["example"]) for row in rows(name))


@tables.renewed
@functools.cache
def _by_word() -> dict[str, Title]:
    return {_singular(title.word): title for title in (*documents(), *institutions(), *offices())}


def _singular(word: str) -> str:
    return re.sub(r"\s+", " ", word).lower()


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{_alternatives(words)})(?:(?<=-)|(?![\w-]))", re.IGNORECASE)


def _alternatives(words: Iterable[str]) -> str:
    listed = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", r"\s+").replace("'", "['’]") for word in listed)
