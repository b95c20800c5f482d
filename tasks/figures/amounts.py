"""What number stands here, in what unit, exactly or about, from where to where.

The grammar finds every amount of money and every percentage, also those whose currency or scale stands with a
parallel amount only. Which of them are military figures is for other rooms to say.
"""

import dataclasses
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tasks.figures.spans import Amount
from tasks.lexicon import quantities
from tasks.lexicon.quantities import SPACES, Magnitude, alternation, currencies, hedges, magnitudes, words_of_kind
from tasks.records import Qualifier

PCT = ("PCT",)
DEFAULT_UNITS = ("USD",)
REACH = 700
"""Characters within which an elided currency or scale is looked for."""
_S = f"[{SPACES}]"
_DIGITS = (
    r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}(?!\d)(?:\.\d+)?"
    r"|\d{1,3}(?:[\u00a0\u202f\u2009]\d{3})+(?!\d)(?:[.,]\d+)?"
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)"
    r"|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?|(?<![\d.])\.\d+)"
    rf"(?:{_S}?[½¼¾⅓⅔])?|[½¼¾⅓⅔]"
)
_SPACED = r"\d{1,3}(?:[ ]\d{3})+(?![\d,])"


@dataclass(frozen=True, slots=True)
class _Atom:
    """One number as printed, with what stands right beside it."""

    start: int
    end: int
    number: Decimal
    units: tuple[str, ...]
    factor: Decimal | None
    kind: str
    plus: bool = False

    @property
    def is_percent(self) -> bool:
        return self.units == PCT

    @property
    def is_bare(self) -> bool:
        return not self.units and self.factor is None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is elided: a unit, and a scale or a number that needs none."""
        return bool(self.units) and (self.factor is not None or self.is_percent or self.number >= 1000)

    def value(self) -> Decimal:
        return self.number * (self.factor if self.factor is not None else 1)


@functools.cache
def _atom_pattern() -> re.Pattern[str]:
    unit_words = alternation(words_of_kind("unit", "ten"))
    hundred = alternation(words_of_kind("hundred"))
    part = alternation(words_of_kind("part"))
    scales = alternation(list(magnitudes()))
    before = alternation(list(currencies("before")))
    after = alternation(list(currencies("after")))
    simple = rf"(?:{unit_words})(?:[ -](?:{unit_words}))?"
    words = (
        rf"(?:(?:(?:an?|{simple})[ -])?(?:{hundred})(?:[ ](?:and[ ])?{simple})?|{simple}(?:[ ]and[ ]a[ ]half|[ ]point(?:[ ](?:{unit_words}))+)?)"
    )
    return re.compile(
        rf"""(?<![\w.])(?:
            (?P<order_of>(?:tens|dozens|scores|hundreds|thousands)\sof\s(?:thousands|millions|billions|trillions))
              (?:{_S}of{_S}(?P<order_post>(?i:{after}))\b)?
          | (?P<several>(?:several|a\sfew|many|multiple|untold|multi)[ -]?(?:(?:ten|hundred)\s)?)
              (?P<several_scale>(?:million|billion|trillion))s?\b(?:[ -](?:of{_S})?(?P<several_post>(?i:{after}))\b)?
          | (?P<plural>(?:millions|billions|trillions))\b(?:{_S}of{_S}(?P<plural_post>(?i:{after}))\b)?
          | (?P<spaced_pre>{before}){_S}?(?P<spaced_a>{_SPACED})(?!{_S}?(?i:{scales})\b)
          | (?P<spaced_b>{_SPACED}){_S}(?P<spaced_post>(?i:{after}))\b
          | (?P<part>(?i:(?:(?:an?|one|two|three|four|five|six|seven|eight|nine)[ -])?(?:{part})))\b
              (?![ -](?:an?[ -])?(?i:{scales})\b)(?!{_S}of{_S}an?{_S}(?i:{scales})\b)
          | (?:(?P<pre>{before}){_S}?)?(?:
                (?P<digits>{_DIGITS})
              | (?P<half>(?i:half(?:[ -]an?)?|(?:a|one)[ -]quarter{_S}of{_S}an?))(?=[ -](?i:{scales})\b)
              | (?P<words>(?i:{words}))(?![\w])
              | (?P<one>(?i:an?{_S})?)(?=(?i:thousand|million|billion|trillion)\b)
            )
            (?P<plus>\+|-plus)?
            (?:[ -]?(?:\u00a0|\u202f)?(?P<scale>(?i:{scales}))(?![\w])(?:\.(?=\s*[a-z]))?)?
            (?P<plus2>\+|-plus)?
            (?:[ -]?[ -]?(?:of{_S})?(?P<post>(?i:{quantities.PERCENT_PATTERN}|(?:{after})\b)))?
        )""",
        re.VERBOSE,
    )


def find_amounts(text: str) -> list[Amount]:
    """Every amount of `text` that may be a figure, in the order of the text; `text[start:end]` is its surface.

    An elided currency or scale is taken from the nearest parallel amount. An amount given again in a second currency
    in brackets, and rates of exchange, are left out. `units` beyond the first are other readings of the same sign.
    """
    atoms = _without_exchange_rates(text, list(_atoms(text)))
    atoms = _without_conversions(text, atoms)
    return list(_ranges(text, _settle_elided(text, atoms)))


def _atoms(text: str) -> Iterator[_Atom]:
    at = 0
    pattern = _atom_pattern()
    while found := pattern.search(text, at):
        at = max(found.end(), found.start() + 1)
        atom = _read(text, found)
        if atom is not None:
            yield atom


def _read(text: str, found: re.Match[str]) -> _Atom | None:
    if found["order_of"]:
        return _read_order(found, found["order_of"], found["order_post"])
    if found["several"]:
        return _read_order(found, found["several"] + " " + found["several_scale"] + "s", found["several_post"])
    if found["plural"]:
        return _read_order(found, found["plural"], found["plural_post"])
    if found["part"]:
        return _read_part(text, found)
    if found["spaced_a"]:
        units = currencies("before")[found["spaced_pre"]].units
        return _Atom(*found.span(), quantities.parse_digits(found["spaced_a"]), units, None, "number")
    if found["spaced_b"]:
        units = currencies("after")[_folded(found["spaced_post"])].units
        return _Atom(*found.span(), quantities.parse_digits(found["spaced_b"]), units, None, "number")
    return _read_number(text, found)


def _folded(surface: str) -> str:
    return re.sub(_S, " ", surface).lower()


def _read_order(found: re.Match[str], words: str, post: str | None) -> _Atom:
    """Tens of billions: 1e10 to 1e11; billions, several billion: 1e9 to 1e10."""
    low = Decimal(1)
    for word in re.split(r"[ -]", words.lower()):
        low *= _ORDER_FACTORS.get(word, Decimal(1))
    units = currencies("after")[_folded(post)].units if post else ()
    return _Atom(*found.span(), low, units, Decimal(1), "order")


_ORDER_FACTORS = {
    "tens": Decimal(10), "dozens": Decimal(10), "scores": Decimal(10), "ten": Decimal(10), "hundreds": Decimal(100),
    "hundred": Decimal(100), "thousands": Decimal(1000), "millions": Decimal(10**6), "billions": Decimal(10**9),
    "trillions": Decimal(10**12),
}  # fmt: skip


def _read_part(text: str, found: re.Match[str]) -> _Atom | None:
    before = text[max(0, found.start() - 12) : found.start()].lower()
    after = text[found.end() : found.end() + 12].lower()
    if re.search(r"(?:first|second|latter|other|final|last|and a|the|former|\d)[ -]$", before) and not re.match(r"\W*of\b", after):
        return None
    if re.match(r"-?(?:[ -](?:hour|dozen|year|century|day|time|mast|brother|million|billion|trillion|hearted|finals?)|way)", after):
        return None
    surface = found["part"]
    if re.fullmatch(r"(?i)(?:third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twentieth|quarter|thirds|quarters)", surface):
        return None
    return _Atom(*found.span(), quantities.parse_part(surface) * 100, PCT, None, "part")


def _read_number(text: str, found: re.Match[str]) -> _Atom | None:
    if found["digits"] is None and found["half"] is None and found["words"] is None and not found["scale"]:
        return None
    prefix = currencies("before").get(_blank(found["pre"])) if found["pre"] else None
    scale = magnitudes()[_folded(found["scale"])] if found["scale"] else None
    post, end = _post_unit(found)
    start = found.start()
    number = _number(found)
    if scale and scale.needs_unit and not prefix and not post:
        scale, end = None, found.end("digits") if found["digits"] else end
    grouped = bool(found["digits"]) and "," in found["digits"]
    if post and post != PCT and currencies("after")[_folded(found["post"])].needs_scale and not (scale or grouped or prefix):
        post, end = (), found.start("post")
    if prefix and prefix.needs_scale and not (scale or grouped):
        return None
    units = prefix.units if prefix else post
    if prefix and post and post != PCT and len(prefix.units) > 1:
        units = post
    if not units and re.match(r"[\w]", text[end : end + 1] or " "):
        return None
    end = _trimmed(text, start, end)
    factor = scale.factor if isinstance(scale, Magnitude) else None
    plus = bool(found["plus"] or found["plus2"])
    kind = "words" if found["words"] else "number"
    return _Atom(start, end, number, units, factor, kind, plus)


def _blank(surface: str) -> str:
    return re.sub(_S, " ", surface)


def _post_unit(found: re.Match[str]) -> tuple[tuple[str, ...], int]:
    post = found["post"]
    if not post:
        return (), found.end()
    if re.fullmatch(quantities.PERCENT_PATTERN, post, re.IGNORECASE):
        return PCT, found.end()
    return currencies("after")[_folded(post)].units, found.end()


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in SPACES + "-":
        end -= 1
    return end


def _number(found: re.Match[str]) -> Decimal:
    if found["digits"]:
        return quantities.parse_digits(found["digits"])
    if found["half"]:
        return Decimal("0.5") if found["half"].lower().startswith("half") else Decimal("0.25")
    if found["words"]:
        return quantities.parse_words(re.sub(r"^(?i:an?) ", "", found["words"]))
    return Decimal(1)


def _without_exchange_rates(text: str, atoms: list[_Atom]) -> list[_Atom]:
    """Drops both sides of `$1 = 3.84 zlotys`."""
    rates = [found.span() for found in re.finditer(r"[^\s(;]{1,6} ?1(?:\.0+)? ?= ?[^\n);]{1,30}", text)]
    return [atom for atom in atoms if not any(start <= atom.start < end for start, end in rates)]


# --- what is elided ---------------------------------------------------------------------------------------------


def _settle_elided(text: str, atoms: list[_Atom]) -> list[_Atom]:
    """Gives scaled and bare numbers the unit (and bare ones the scale) of the nearest parallel amount, or drops them."""
    settled: list[_Atom] = []
    for index, atom in enumerate(atoms):
        if atom.kind == "part" or atom.is_percent:
            settled.append(atom)
        elif atom.is_bare:
            settled += _settle_bare(text, atoms, index, settled)
        elif not atom.units:
            settled.append(_settle_scaled(atom, atoms, index))
        elif atom.factor is None and atom.number < 1000:
            settled.append(_settle_unscaled(text, atom, atoms, index))
        else:
            settled.append(atom)
    return settled


def _settle_scaled(atom: _Atom, atoms: list[_Atom], index: int) -> _Atom:
    """`22 billion` has the currency of the money before it, else of the money after it, else US dollars."""
    before = next((a for a in reversed(atoms[:index]) if a.units and not a.is_percent and atom.start - a.end < REACH), None)
    after = next((a for a in atoms[index + 1 :] if a.units and not a.is_percent and a.start - atom.end < REACH), None)
    chosen = after if after is not None and (before is None or after.start - atom.end < 12) else before
    units = chosen.units if chosen is not None else DEFAULT_UNITS
    return dataclasses.replace(atom, units=units, kind=atom.kind + " elided")


def _settle_unscaled(text: str, atom: _Atom, atoms: list[_Atom], index: int) -> _Atom:
    """`$5 to 6 billion`, `between $1.5 and $2 billion`: the scale stands with the end of the range."""
    after = atoms[index + 1] if index + 1 < len(atoms) else None
    if after is None or after.factor is None or not _RANGE_JOIN.fullmatch(text[atom.end : after.start]):
        return atom
    return dataclasses.replace(atom, factor=after.factor)


_BARE_NEXT = re.compile(
    r"""\s*(?:[.,;:?!()\[\]"'”’»—–]|$|\n|-?\s?(?:and|or|too|already|either|only|mark|target|goal|level|threshold|to|in|for|by|from|at|on|of|a|an|last|this|next|now|against|when|while|but
    |per|more|less|years?\sago|earlier|before|after|then|respectively|today|if|as|that|annually|each|apiece)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_BARE_BEFORE = re.compile(
    r"""(?:\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun
    |Jul|Aug|Sept?|Oct|Nov|Dec|No|Article|Section|Chapter|Page|Part|Group|aged?|top|first|Type|Mark|Block|Flight)\.?\s*
    |[\w][-–/#:])$""",
    re.VERBOSE | re.IGNORECASE,
)


def _settle_bare(text: str, atoms: list[_Atom], index: int, settled: list[_Atom]) -> list[_Atom]:
    """`The Saudis spent 67`: unit and scale of the end of its range, or of the nearest parallel amount before it."""
    atom = atoms[index]
    if _BARE_BEFORE.search(text[max(0, atom.start - 14) : atom.start]):
        return []
    before = settled[-1] if settled and settled[-1].end < atom.start else None
    after = atoms[index + 1] if index + 1 < len(atoms) else None
    for other, between in (
        (after, text[atom.end : after.start] if after else ""),
        (before, text[before.end : atom.start] if before else ""),
    ):
        if other is not None and other.units and other.kind != "order" and _RANGE_JOIN.fullmatch(between):
            return [dataclasses.replace(atom, units=other.units, factor=other.factor, kind="bare")]
    if not _may_be_bare(text, atom):
        return []
    reach = [model for model in settled + _headers(text) if 0 <= atom.start - model.end < REACH]
    models = [model for model in reach if model.kind in ("number", "words", "bare", "header") and _is_parallel(atom, model)]
    if not models:
        return _from_goal(text, atom, after)
    model = max(models, key=lambda model: model.end)
    factor = None if model.factor == 1000 and atom.number >= 100 else model.factor
    return [dataclasses.replace(atom, units=model.units, factor=factor, kind="bare")]


@functools.lru_cache(maxsize=4)
def _headers(text: str) -> list[_Atom]:
    """What the column of a table is in: `in percent of GDP:`."""
    found = re.finditer(r"(?i)\b(?:in|as|as a)\s(?:%|per\s?cent|percentage|pct)", text)
    return [_Atom(*match.span(), Decimal(1), PCT, None, "header") for match in found]


def _from_goal(text: str, atom: _Atom, after: _Atom | None) -> list[_Atom]:
    """`from 10 in 2014 to $16 billion`: unit and scale of what it came to."""
    if after is None or not after.is_whole or after.start - atom.end > 40:
        return []
    if not re.search(r"\bfrom\s(?:\w+\s){0,2}$", text[: atom.start][-25:]):
        return []
    return [dataclasses.replace(atom, units=after.units, factor=after.factor, kind="bare")]


def _may_be_bare(text: str, atom: _Atom) -> bool:
    surface = text[atom.start : atom.end]
    if re.fullmatch(r"(?:1[89]|20)\d\d", surface) or atom.number == 0:
        return False
    if surface.lower() in {"one", "two"} and re.match(r"\s(?:of|and|in|to|by|or)\b", text[atom.end : atom.end + 5]):
        return bool(re.search(r"(?i)\b(?:over|under|than|about|just|to|at|nearly|almost) $", text[: atom.start][-9:]))
    return bool(_BARE_NEXT.match(text, atom.end))


def _is_parallel(atom: _Atom, model: _Atom) -> bool:
    if model.is_percent:
        return atom.number <= 100
    if model.factor is None:
        return model.number / 50 < atom.number < model.number * 50
    return atom.number < 1000


# --- ranges and hedges ------------------------------------------------------------------------------------------

_RANGE_JOIN = re.compile(rf"{_S}?(?:to|and|or|-|–|—|‑|to{_S}(?:about|around|roughly|nearly|as{_S}much{_S}as)){_S}?")
_CONVERTED = re.compile(r"\s\([^()]{2,30}\)\s")
_RISEN = re.compile(
    r"(?i)\b(?:by|up|down|rose|rise|risen|fell|fall|fallen|grew|grow|grown|increased?|cut|added|adding|gain|jumped|climbed|dropped)"
    r"(?:\s(?:of|by|an?|about|nearly|around|over|some|another))*\s$"
)


def _ranges(text: str, atoms: list[_Atom]) -> Iterator[Amount]:
    index = 0
    while index < len(atoms):
        first = atoms[index]
        second = atoms[index + 1] if index + 1 < len(atoms) else None
        if second is not None and _is_range(text, first, second):
            yield _range(text, first, second)
            index += 2
        else:
            if not (first.kind == "number" and first.is_bare):
                yield _amount(text, first)
            index += 1


def _is_range(text: str, first: _Atom, second: _Atom) -> bool:
    between = _CONVERTED.sub(" ", text[first.end : second.start])
    if not first.units or "order" in first.kind or not set(first.units) & set(second.units) or first.value() >= second.value():
        return False
    joined = _RANGE_JOIN.fullmatch(between)
    if not joined:
        return False
    before = text[max(0, first.start - 30) : first.start]
    word = between.strip()
    if word == "and":
        return bool(re.search(r"(?i)\bbetween\s(?:\w+\s){0,2}$", before))
    if word == "or":
        return second.value() <= 4 * first.value()
    if re.search(r"(?i)(?<!anything )(?<!anywhere )(?<!ranging )(?<!ranged )\bfrom\s(?:\w+\s){0,2}$", before):
        return False
    if _RISEN.search(before) and word.startswith("to") and second.value() > 2 * first.value():
        return False
    return True


def _range(text: str, first: _Atom, second: _Atom) -> Amount:
    units = first.units if len(first.units) < len(second.units) else second.units
    low, high = first.value(), second.value()
    elided = "elided" in second.kind or "bare" in second.kind
    return Amount(first.start, second.end, low, (low + high) / 2, high, units[0], "range", elided, units[1:])


def _amount(text: str, atom: _Atom) -> Amount:
    value = atom.value()
    elided = "elided" in atom.kind or atom.kind == "bare"
    if atom.kind.startswith("order"):
        units = atom.units or DEFAULT_UNITS
        return Amount(atom.start, atom.end, value, None, value * 10, units[0], "order", elided, units[1:])
    qualifier: Qualifier = "at_least" if atom.plus else qualify(text, atom.start, atom.end)
    return Amount(atom.start, atom.end, value, value, value, atom.units[0], qualifier, elided, atom.units[1:])


@functools.cache
def _hedge_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    before = "|".join(re.escape(words) for words in sorted(hedges("before"), key=len, reverse=True))
    after = "|".join(re.escape(words) for words in sorted(hedges("after"), key=len, reverse=True))
    return (
        re.compile(rf"(?:(?<=\W)|^)({before})(?:\s(?:a|an|another|only|record|additional|extra|further|some))?[\s\"“‘'(]*$", re.IGNORECASE),
        re.compile(rf"[,\s\"”]*({after})(?!\w)", re.IGNORECASE),
    )


def qualify(text: str, start: int, end: int) -> Qualifier:
    """How exact the words around an amount say it is; a word before it weighs more than one after it."""
    before, after = _hedge_patterns()
    if found := before.search(text[max(0, start - 40) : start]):
        return hedges("before")[found[1].lower()]
    if found := after.match(text, end, end + 40):
        return hedges("after")[found[1].lower()]
    return "exact"


# --- the same amount in a second currency -----------------------------------------------------------------------

_HEDGED = r"(?:or|about|around|roughly|some|approximately|nearly|almost|at the time|worth|then|now|just|over|under|more than|less than|close to)"
_OPENING = re.compile(
    rf"\s?[(\[]\s?(?:(?:{_HEDGED}|equal to|equivalent to|i\.e\.|[=~≈])\s?)*"
    rf"|,\s(?:or|equal to|equivalent to|which is|the equivalent of)\s(?:{_HEDGED}\s)*|\s?[=/]\s?",
    re.IGNORECASE,
)


def _without_conversions(text: str, atoms: list[_Atom]) -> list[_Atom]:
    """Leaves out `$72.6 billion` in `Rs 5.94 lakh crore ($72.6 billion)`: one figure, said in two currencies."""
    kept: list[_Atom] = []
    for atom in atoms:
        if kept and _is_conversion(text, kept[-1], atom):
            continue
        kept.append(atom)
    return kept


def _is_conversion(text: str, first: _Atom, second: _Atom) -> bool:
    if not first.units or not second.units or PCT in (first.units, second.units):
        return False
    if set(first.units) & set(second.units):
        return False
    return bool(_OPENING.fullmatch(text[first.end : second.start]))
