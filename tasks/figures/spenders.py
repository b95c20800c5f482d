"""Whose: which party of an article an amount belongs to, and who is on the other side of aid or of an arms deal.

What speaks for a party (its place, its preposition, its verb, ...) is told by `traits`; how strongly, by the weights
in ``spender_weights.json``, fitted on annotated articles (a softmax over the parties of an article).
"""

import bisect
import functools
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Literal

from spacy.tokens import Doc

from tasks.figures.spans import Amount, Party
from tasks.lexicon import countries, tables
from tasks.records import Measure

Role = Literal["spender", "donor", "recipient", "buyer", "seller"]
Traits = dict[str, float]
OTHER_SIDES: dict[Measure, Role] = {"aid": "recipient", "arms_deal": "seller"}
"""The measures whose figures have a counterparty, and what it does."""

WEIGHTS = "spender_weights.json"
_SENTENCES_BACK = 3
_PREPOSITIONS = frozenset(
    (
        *("in", "to", "for", "from", "by", "of", "against", "with", "than", "on", "at", "behind", "over"),
        *("like", "between", "and", "or", "including", "among", "toward", "towards"),
    )
)
_WORD = re.compile(r"\w+(?:['’.]\w+)*")
_BREAK = re.compile(r"[;:—–]|,\s+(?:and|but|while|whereas|compared|against)\b|\b(?:while|whereas|but)\b|\n")
_LAST_WORD = re.compile(
    r"(\w+)\W{0,2}\s*(?:(?:the|a|an|its|all|both|other|neighbouring|neighboring)\s+)?\Z", re.IGNORECASE
)
_APPOSED = re.compile(
    r"['’]?s?\s*[(:,–—-]?\s*(?:at|with|on|to|about|around|nearly|some|an estimated|of|is|was|spent)?\s*"
)
_BETWEEN_AMOUNTS = re.compile(r"(?:\s+of\s+\w+)?\s*(?:,|,?\s+and|,?\s+or)\s+(?:\w+\s+)?")
_POSSESSIVE = re.compile(r"['’]s?\b|['’]")
_DIRECTLY_AFTER = re.compile(r"\s*\)?,?\s*(?:\w+\s+){0,3}?(by|for|from|to|in|of|on)\s+(?:the\s+)?\Z")


@dataclass
class Scene:
    """One article's parties and amounts, in the order of the text, and what is known about the article as a whole."""

    doc: Doc
    parties: Sequence[Party]
    amounts: Sequence[Amount]
    main: str | None
    text: str = ""  # a Doc puts its text together anew each time that it is asked for it
    sentences: list[tuple[int, int]] = field(init=False)
    counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.text or self.doc.text
        self.sentences = [(sent.start_char, sent.end_char) for sent in self.doc.sents]
        self.counts = Counter(party.code for party in self.parties)

    def sentence_of(self, at: int) -> int:
        """The number of the sentence that holds the character `at`."""
        return max(0, bisect.bisect_right(self.sentences, (at, math.inf)) - 1)

    def is_maker(self, party: Party) -> bool:
        """Whether a party is an arms maker or its weapon, which names a country but spends nothing."""
        return party.kind == "institution" and self.text[party.start : party.end] in countries.makers()

    def is_joint_member(self, party: Party) -> bool:
        """Whether a party is one of a coordination that is said to act together."""
        around = (p for p in self.parties if p.code == "GROUP" and p.start <= party.start and party.end <= p.end)
        group = next((p for p in around if p != party), None)
        if group is None:
            return False
        return _cue("joint").search(self.text[max(0, group.start - 25) : group.end + 35].lower()) is not None

    def listed(self, amount: Amount) -> str | None:
        """The code of the n-th country of a list, where `amount` is the n-th of as many parallel amounts."""
        start, end = self.sentences[self.sentence_of(amount.start)]
        run = self._run(amount, end)
        named = [
            p for p in self.parties if start <= p.start < run[0].start and p.kind in ("name", "adjective", "capital")
        ]
        codes = list(dict.fromkeys(party.code for party in named if not self.is_maker(party)))
        is_told = "respectively" in self.text[start:end]
        group = next((p for p in reversed(self.parties) if p.code == "GROUP" and start <= p.start < run[0].start), None)
        members = [p.code for p in named if group and group.start <= p.start and p.end <= group.end]
        for listed in (members, codes if is_told else []):
            if len(listed) == len(run) > 1:
                return listed[run.index(amount)]
        return None

    def _run(self, amount: Amount, end: int) -> list[Amount]:
        """The amounts that only commas and conjunctions part from one another, `amount` among them."""
        run: list[Amount] = []
        for one in self.amounts:
            if run and not _BETWEEN_AMOUNTS.fullmatch(self.text, run[-1].end, one.start):
                if amount in run:
                    break
                run = []
            run.append(one)
        return run if amount in run and run[-1].end <= end else [amount]

    def candidates(self, amount: Amount) -> list[Party]:
        """The parties near an amount, and of each other code its last mention before, else its first after."""
        own = self.sentence_of(amount.start)
        first, last = self.sentences[max(0, own - _SENTENCES_BACK)][0], self.sentences[own][1]
        near = [party for party in self.parties if first <= party.start < last]
        seen = {party.code for party in near}
        far: dict[str, Party] = {}
        for party in self.parties:
            if (
                party.code not in seen
                and party.kind != "pronoun"
                and (party.end <= amount.start or party.code not in far)
            ):
                far[party.code] = party
        return near + list(far.values())


def choose_spenders(
    amount: Amount, measure: Measure, scene: Scene, speaker_country: str | None = None
) -> list[tuple[Party, float]]:
    """The parties that spend `amount`, each with how likely it is among the article's; empty where none can be told.

    Several only where the text says that each of some countries spends it. An arms deal without a buyer has none.
    `speaker_country` is whom ``we`` near the amount would speak for.
    """
    best = _best(_scored(amount, measure, scene, spending_role(measure), speaker_country, frozenset()))
    if best is None:
        return []
    party, chance = best
    return [(member, chance) for member in each_of(party, amount, scene)] or [(party, chance)]


def spending_role(measure: Measure) -> Role:
    """What the spender of such a figure does."""
    roles: dict[Measure, Role] = {"aid": "donor", "arms_deal": "buyer"}
    return roles.get(measure, "spender")


def spender_chances(
    amount: Amount, measure: Measure, scene: Scene, speaker_country: str | None = None
) -> dict[str | None, float]:
    """How likely each code is the spender's, by the words; None: nobody is named."""
    return _chances(_scored(amount, measure, scene, spending_role(measure), speaker_country, frozenset()))


def told_buyer(amount: Amount, scene: Scene) -> str | None:
    """The buyer that the amount's sentence names outright: `weapons worth $5bn were sold to Chile`."""
    _start, end = scene.sentences[scene.sentence_of(amount.start)]
    sold = re.compile(rf"(?i)\b(?:{'|'.join(countries.cues('sale'))})\b(?:\s+\w+){{0,3}}?\s+to\s+(?:the\s+)?$")
    here = [party for party in scene.parties if amount.end <= party.start < end]
    return next((party.code for party in here if sold.search(scene.text[amount.end : party.start])), None)


def counterparty_chances(
    amount: Amount, measure: Measure, scene: Scene, spender: str | None, speaker_country: str | None = None
) -> dict[str | None, float]:
    """The same for the recipient of aid or the seller of arms; empty for other measures."""
    if measure not in OTHER_SIDES:
        return {}
    return _chances(_scored(amount, measure, scene, OTHER_SIDES[measure], speaker_country, frozenset({spender})))


def options(
    amount: Amount,
    measure: Measure,
    scene: Scene,
    role: Role,
    speaker_country: str | None,
    barred: frozenset[str | None],
) -> list[tuple[Party | None, Traits]]:
    """The parties near the amount but for the `barred`, and that there is none where that may be, with their traits."""
    found: list[tuple[Party | None, Traits]] = [
        (party, traits(party, amount, measure, scene, speaker_country))
        for party in scene.candidates(amount)
        if party.code not in barred and (role == "seller" or not scene.is_maker(party))
    ]
    if role in ("recipient", "buyer", "seller"):
        found.append((None, no_party_traits(amount, scene)))
    return found


_Scored = list[tuple[Party | None, float]]


def _scored(
    amount: Amount,
    measure: Measure,
    scene: Scene,
    role: Role,
    speaker_country: str | None,
    barred: frozenset[str | None],
) -> _Scored:
    weights = _weights()[role]
    found = options(amount, measure, scene, role, speaker_country, barred)
    return [(party, _score(its_traits, weights)) for party, its_traits in found]


def _chances(scored: _Scored) -> dict[str | None, float]:
    """The chances of the codes; those of one code's mentions add up."""
    top = max((score for _, score in scored), default=0.0)
    chances: dict[str | None, float] = {}
    for party, score in scored:
        code = party.code if party else None
        chances[code] = chances.get(code, 0.0) + math.exp(score - top)
    total = sum(chances.values())
    return {code: chance / total for code, chance in chances.items()}


def _best(scored: _Scored) -> tuple[Party, float] | None:
    """The likeliest code's likeliest party, with the chance of the code."""
    chances = _chances(scored)
    if not chances:
        return None
    code = max(chances, key=lambda code: chances[code])
    party = max((one for one in scored if (one[0].code if one[0] else None) == code), key=lambda one: one[1])[0]
    return None if party is None else (party, chances[code])


def each_of(party: Party, amount: Amount, scene: Scene) -> list[Party]:
    """The members of a coordination of countries of which the sentence says that each spends the amount."""
    start, end = scene.sentences[scene.sentence_of(amount.start)]
    groups = [p for p in scene.parties if p.code == "GROUP" and p.start <= party.start and party.end <= p.end]
    groups = [p for p in groups if start <= p.start < end and p.end > p.start]
    if not groups:
        return []
    nearest = min(groups, key=lambda p: abs(p.start - amount.start))
    between = scene.text[min(nearest.end, amount.end) : max(nearest.start, amount.end + 25)].lower()
    if not _cue("each").search(between) or _cue("joint").search(between):
        return []
    inside = [p for p in scene.parties if nearest.start <= p.start and p.end <= nearest.end and p.code != "GROUP"]
    rivals = [a for a in scene.amounts if start <= a.start < end and a != amount and a.start >= nearest.end]
    return [] if rivals and "respectively" in scene.text[start:end] else inside


# What speaks for a party


def traits(party: Party, amount: Amount, measure: Measure, scene: Scene, speaker_country: str | None = None) -> Traits:
    """What can be said of a party beside an amount, by name; 1.0 for what holds, other values for what is measured."""
    found = dict.fromkeys(_own_traits(party, amount, measure, scene, speaker_country), 1.0)
    found |= _place_traits(party, amount, scene)
    if party.code not in countries.countries():
        sides = [name for name in found if name in _SIDES or name.startswith("then ")]
        found |= dict.fromkeys((f"set {name}" for name in sides), 1.0)
    found["mentions"] = scene.counts[party.code] / max(1, len(scene.parties))
    return found


def no_party_traits(amount: Amount, scene: Scene) -> Traits:
    """What speaks for there being no such party at all."""
    start, end = scene.sentences[scene.sentence_of(amount.start)]
    sentence = scene.text[start:end].lower()
    found = {"none": 1.0}
    for role in ("export", "sells", "buys", "gives", "receives", "purchase"):
        if _cue(role).search(sentence):
            found[f"none, {role}"] = 1.0
    return found


def _own_traits(
    party: Party, amount: Amount, measure: Measure, scene: Scene, speaker_country: str | None
) -> Iterator[str]:
    text = scene.text
    surface = text[party.start : party.end]
    yield f"kind {party.kind}"
    if party.code == scene.main:
        yield "main"
    if scene.is_maker(party):
        yield "maker"
    if party.kind == "pronoun":
        yield f"pronoun {surface.lower()}"
    if _is_dateline(party, text):
        yield "dateline"
    if scene.is_joint_member(party):
        yield "member of joint"
    if scene.listed(amount) == party.code:
        yield "listed"
    if party.code == speaker_country:
        yield "speaker"
    yield from _currency_traits(party, amount)
    yield from _set_traits(party, amount, measure, scene)
    yield from _word_traits(party, scene)


def _is_dateline(party: Party, text: str) -> bool:
    return countries.opens_paragraph(text, party.start, party.end)


def _currency_traits(party: Party, amount: Amount) -> Iterator[str]:
    country = countries.countries().get(party.code)
    if country is None or amount.unit in ("PCT", "USD"):
        return
    if amount.unit in country.currencies:
        yield "euro" if amount.unit == "EUR" else "own currency"
    else:
        yield "not euro" if amount.unit == "EUR" else "foreign currency"


def _set_traits(party: Party, amount: Amount, measure: Measure, scene: Scene) -> Iterator[str]:
    if party.code in countries.countries():
        return
    start, end = scene.sentences[scene.sentence_of(amount.start)]
    sentence = scene.text[start:end].lower()
    code = party.code if party.code in ("WORLD", "GROUP", "NATO") else "region"
    is_joint = _cue("joint").search(sentence) is not None
    yield f"{code}"
    yield f"{code}, {'joint' if is_joint else 'apart'}"
    yield f"{code}, {measure}"
    if _cue("each").search(sentence):
        yield f"{code}, each"
    beside = scene.text[max(start, party.start - 25) : party.end + 35].lower()
    if start <= party.start < end and _cue("joint").search(beside):
        yield "joint beside"


def _word_traits(party: Party, scene: Scene) -> Iterator[str]:
    text = scene.text
    sentence = scene.sentences[scene.sentence_of(party.start)]
    before, after = text[max(sentence[0], party.start - 40) : party.start], text[party.end : sentence[1]][:60]
    last = _LAST_WORD.search(before)
    word = last[1].lower() if last else "start"
    yield f"prep {word}" if word in _PREPOSITIONS else ("prep start" if word == "start" else "prep other")
    if _POSSESSIVE.match(after):
        yield "possessive"
    following = after[:28].lower()
    for role in ("outlay", "assistance", "purchase"):
        if _cue(role).search(following):
            yield f"then {role}"
    if after.startswith("-") and _cue("made").match(following[1:]):
        yield "made there"
    verbs = [(match.start(), role) for role in _VERBS if (match := _cue(role).search(after.lower()))]
    if verbs:
        yield f"verb {min(verbs)[1]}"


_SIDES = frozenset({"before", "after", "far", *(f"{n} back" for n in range(1, _SENTENCES_BACK + 1))})
_VERBS = ("spends", "gives", "receives", "buys", "sells", "says")


def _place_traits(party: Party, amount: Amount, scene: Scene) -> Traits:
    """Where it stands from the amount: the sentence, the side, and what lies between."""
    back = scene.sentence_of(amount.start) - scene.sentence_of(party.start)
    is_before = party.start < amount.start
    side = (
        ("before" if is_before else "after") if back == 0 else f"{back} back" if 0 < back <= _SENTENCES_BACK else "far"
    )
    low, high = (party.end, amount.start) if is_before else (amount.end, party.start)
    between = scene.text[low:high]
    found = {side: 1.0}
    if side == "far":
        return found
    found[f"words {side}"] = math.log1p(len(_WORD.findall(between)))
    found["breaks"] = min(4, len(_BREAK.findall(between))) / 4
    found["amounts between"] = min(3, sum(1 for a in scene.amounts if low <= a.start and a.end <= high)) / 3
    codes = {p.code for p in scene.parties if low <= p.start and p.end <= high} - {party.code, "GROUP"}
    found["parties between"] = min(4, len(codes)) / 4
    found |= dict.fromkeys(_order_traits(party, side, between, scene), 1.0)
    return found


def _order_traits(party: Party, side: str, between: str, scene: Scene) -> Iterator[str]:
    start = scene.sentences[scene.sentence_of(party.start)][0]
    earlier = [p for p in scene.parties if start <= p.start < party.start and p.kind != "pronoun"]
    if not _is_dateline(party, scene.text) and all(_is_dateline(p, scene.text) for p in earlier):
        yield f"first, {'here' if side in ('before', 'after') else 'back'}"
    if side == "before" and _APPOSED.fullmatch(between):
        yield "apposed"
    directly = _DIRECTLY_AFTER.fullmatch(between) if side == "after" else None
    if directly:
        yield f"directly after {directly[1]}"
    if side == "before":
        for role in _VERBS:
            if _cue(role).search(between.lower()):
                yield f"between {role}"


@tables.renewed
@functools.cache
def _cue(role: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, countries.cues(role)), key=len, reverse=True))})\b")


def _score(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in found.items())


@functools.cache
def _weights() -> dict[Role, dict[str, float]]:
    """Role -> trait -> weight."""
    weights: dict[Role, dict[str, float]] = json.loads(
        (resources.files("tasks.figures") / WEIGHTS).read_text(encoding="utf-8")
    )
    return weights
