"""Which country, organisation or region words name: names, adjectives, capitals, governments, leaders, arms makers.

Tables: ``countries.csv``, ``governments.csv``, ``leaders.csv``, ``companies.csv``, and users' ``aliases.csv``;
``lookalikes.csv`` holds words that contain one of these and name nobody, ``homonyms.csv`` what the text says about a
name that means two things. Codes are ISO 3166-1 alpha-3 or the codes beyond ISO of ``records``.
"""

import functools
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tasks.lexicon import tables

NameKind = Literal["name", "adjective", "capital", "institution", "leader", "group", "company", "weapon", "lookalike"]

_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")
_SPELLINGS = {"’": "'", "defense": "defence", "Defense": "Defence", "DEFENSE": "DEFENCE"}
_SPELLINGS |= {f"{o}rgani{z}ation": f"{o}rganisation" for o in "oO" for z in "sz"}
_PREFIXED = re.compile(r"[$€£¥₹₩]|-(?:based|born)\b")
_OPENING = re.compile(r"(?:\A|\n)\W*(?:THE )?\Z")
_LEADING_ARTICLE = re.compile(r"^(?:the|a|an)\s+", re.IGNORECASE)
_TRAILING_POSSESSIVE = re.compile(r"['’]s?$|[,;:]+$")


@dataclass(frozen=True, slots=True)
class Surface:
    """What one listed surface names: the first code unless an article is about another of `codes`.

    `needs_country`: it names the country only in a text that also says the country's name, adjective or capital.
    """

    codes: tuple[str, ...]
    kind: NameKind
    needs_country: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A listed surface in a text: `text[start:end]` names what `surface` says."""

    start: int
    end: int
    surface: Surface


@dataclass(frozen=True, slots=True)
class Country:
    """A row of ``countries.csv``: the present currency first; by `traits` it is referred back to."""

    code: str
    name: str
    currencies: tuple[str, ...]
    traits: frozenset[str]


def _cells(cell: str) -> list[str]:
    return [part for part in cell.split("|") if part]


@tables.renewed
@functools.cache
def countries() -> dict[str, Country]:
    """The countries by code."""
    return {
        row["code"]: Country(
            row["code"], row["name"], tuple(_cells(row["currencies"])), frozenset(_cells(row["traits"]))
        )
        for row in tables.rows("countries.csv")
    }


def listed() -> Iterator[tuple[str, Surface]]:
    """Every surface of the tables with what it names; a later one never replaces an earlier one."""
    for row in tables.rows("lookalikes.csv"):
        yield row["surface"], Surface((), "lookalike")
    for row in tables.rows("countries.csv"):
        codes = (row["code"],)
        for surface in [row["name"], *_cells(row["aliases"])]:
            yield surface, Surface(codes, "name")
        for surface in _cells(row["adjectives"]):
            yield surface, Surface(codes, "adjective")
        for surface in _cells(row["capitals"]):
            yield surface, Surface(codes, "capital")
    for row in tables.rows(tables.OWN):
        yield row["surface"], Surface((row["code"],), _alias_kind(row["kind"]))
    for row in tables.rows("governments.csv"):
        kind: NameKind = "group" if row["kind"] == "group" else "institution"
        yield row["surface"], Surface(tuple(_cells(row["codes"])), kind, row["needs"] == "country")
    for row in tables.rows("leaders.csv"):
        for surface in [row["name"], *_cells(row["aliases"])]:
            yield surface, Surface((row["code"],), "leader")
    for row in tables.rows("companies.csv"):
        made: NameKind = "weapon" if row["kind"] == "weapon" else "company"
        yield row["surface"], Surface((row["code"],), made, row["needs"] == "country")


def _alias_kind(cell: str) -> Literal["name", "adjective", "capital"]:
    return "adjective" if cell == "adjective" else "capital" if cell == "capital" else "name"


def _tokens(text: str) -> list[tuple[str, int, int]]:
    return [
        (_SPELLINGS.get(match.group(), match.group()), match.start(), match.end()) for match in _TOKEN.finditer(text)
    ]


def _printed_forms(surface: str, what: Surface) -> Iterator[str]:
    """A surface, its capitals (headlines, datelines), and small letters where they are no common word."""
    yield surface
    if len(surface) > 3 and what.kind in ("name", "adjective", "capital", "lookalike"):
        yield surface.upper()
    if len(surface) > 4 and what.kind in ("name", "adjective"):
        yield surface.lower()


@tables.renewed
@functools.cache
def _index() -> dict[str, list[tuple[tuple[str, ...], Surface]]]:
    """First token -> the token sequences that begin with it, longest first."""
    sequences: dict[tuple[str, ...], Surface] = {}
    for surface, what in listed():
        for form in _printed_forms(surface, what):
            sequences.setdefault(tuple(token for token, _, _ in _tokens(form)), what)
    index: dict[str, list[tuple[tuple[str, ...], Surface]]] = {}
    for sequence, what in sequences.items():
        index.setdefault(sequence[0], []).append((sequence, what))
    for candidates in index.values():
        candidates.sort(key=lambda candidate: -len(candidate[0]))
    return index


def find(text: str) -> list[Found]:
    """The listed surfaces of `text`, the longest at each place, in order, without overlaps and lookalikes.

    A currency sign's prefix (``US$5bn``) and a seat that a word of place follows (``London-based``) name nobody.
    """
    tokens = _tokens(text)
    words = [token for token, _, _ in tokens]
    index = _index()
    found = []
    at = 0
    while at < len(tokens):
        match = _longest(words, at, index.get(words[at], ()))
        if match is None:
            at += 1
            continue
        length, what = match
        end = tokens[at + length - 1][2]
        if what.kind != "lookalike" and not _is_prefix(text, end):
            found.append(Found(tokens[at][1], end, what))
        at += length
    return found


def _longest(
    words: list[str], at: int, candidates: "list[tuple[tuple[str, ...], Surface]] | tuple[()]"
) -> tuple[int, Surface] | None:
    for sequence, what in candidates:
        if tuple(words[at : at + len(sequence)]) == sequence:
            return len(sequence), what
    return None


def _is_prefix(text: str, end: int) -> bool:
    return _PREFIXED.match(text, end) is not None


def opens_paragraph(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a place in capitals that opens a paragraph, as a dateline does (``THE HAGUE``)."""
    return end - start > 3 and text[start:end].isupper() and _OPENING.search(text, max(0, start - 8), start) is not None


def link(surface: str) -> str | None:
    """The code that `surface`, as an entity recogniser prints it, names (``the UAE's`` is ``ARE``), or None.

    A longer name that begins with a country (``Indian Navy``) is that country's; one that holds two is nobody's.
    """
    bare = _TRAILING_POSSESSIVE.sub("", _LEADING_ARTICLE.sub("", surface.strip()))
    found = [one for one in find(bare) if one.surface.kind not in ("company", "weapon", "leader")]
    codes = {one.surface.codes[0] for one in found}
    if len(codes) != 1 or found[0].start > 0 or codes == {"GROUP"}:
        return None
    if found[0].end < len(bare) and found[0].surface.kind not in ("name", "adjective"):
        return None
    return codes.pop()


@dataclass(frozen=True, slots=True)
class Homonym:
    """A name that means a country's only where a text says so: any of `kept_by` in it, or none of `dropped_by`."""

    kept_by: tuple[str, ...]
    dropped_by: tuple[str, ...]

    def means_country(self, text: str) -> bool:
        """Whether the name stands for the country in an article of this text."""
        if any(word in text for word in self.kept_by):
            return True
        return not any(word in text for word in self.dropped_by)


@tables.renewed
@functools.cache
def homonyms() -> dict[str, Homonym]:
    """The names that mean two things, by surface."""
    return {
        row["surface"]: Homonym(tuple(_cells(row["kept_by"])), tuple(_cells(row["dropped_by"])))
        for row in tables.rows("homonyms.csv")
    }


RejoinderRole = Literal["state", "trait", "code", "organ", "region", "plural", "pronoun", "plural pronoun", "we"]


@dataclass(frozen=True, slots=True)
class Rejoinder:
    """A word that points back to countries named before.

    `codes` are those it can mean (none: any), in a text that names one of `beside` (none: in any text).
    """

    word: str
    role: RejoinderRole
    codes: tuple[str, ...]
    beside: tuple[str, ...]


@tables.renewed
@functools.cache
def rejoinders() -> dict[str, Rejoinder]:
    """The words that point back, by word as `tables` spell it (British spelling)."""
    return {
        row["word"]: Rejoinder(
            row["word"], _role(row["role"]), tuple(_cells(row["codes"])), tuple(_cells(row["beside"]))
        )
        for row in tables.rows("rejoinders.csv")
    }


def _role(cell: str) -> RejoinderRole:
    for role in typing.get_args(RejoinderRole):
        if role == cell:
            return typing.cast(RejoinderRole, role)
    raise ValueError(f"rejoinders.csv: no role {cell!r}")


@tables.renewed
@functools.cache
def bearers(trait: str) -> frozenset[str]:
    """The codes of the countries that bear `trait` (``kingdom``: the kingdoms)."""
    return frozenset(code for code, country in countries().items() if trait in country.traits)


@tables.renewed
@functools.cache
def traits() -> frozenset[str]:
    """Every trait that some country bears."""
    return frozenset(trait for country in countries().values() for trait in country.traits)


@tables.renewed
@functools.cache
def makers() -> frozenset[str]:
    """The surfaces that are arms makers or their weapons: they name a country, but spend nothing."""
    return frozenset(row["surface"] for row in tables.rows("companies.csv"))


@tables.renewed
@functools.cache
def cues(role: str) -> tuple[str, ...]:
    """The words of ``party_cues.csv`` that show a party in `role` (``buys``, ``sells``, ...)."""
    return tuple(form for row in tables.rows("party_cues.csv") if row["role"] == role for form in _cells(row["forms"]))
