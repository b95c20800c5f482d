"""Candidates to choices: for each amount what it measures, whose it is, when, how sure, and who says so.

For each choice two opinions are asked and blended: the encoder's and the rules'. Without an encoder the rules' stands
alone.
"""

import dataclasses
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from spacy.tokens import Doc

from tasks.figures import dating, measures, parties, quotations, spenders, statuses, units, years
from tasks.figures.blending import Probabilities, blended, certain, likeliest, summed
from tasks.figures.candidates import WE, Candidates, Span
from tasks.figures.confidence import Grounds
from tasks.figures.encoder import Encoder, Reading
from tasks.figures.spans import Amount, Party, Speaker, Years
from tasks.figures.speakers import Telling, choose_speaker
from tasks.figures.windows import MEASURES, PERIOD_KINDS, STATUSES
from tasks.records import Measure, Status

Key = TypeVar("Key", bound=Hashable)
Code = str | None
Blend = Callable[[Mapping[Any, float], Mapping[Any, float], str], dict[Any, float]]
"""What makes one opinion of the encoder's and the rules' in a choice, as `blending.blended` does."""
Pointed = Probabilities | None
"""The encoder's probabilities of *none*, then of each candidate; None where no encoder has read."""
_Years = tuple[int | None, int | None]
_NO_YEARS: _Years = (None, None)
FOREIGN = 0.3
"""What is left of a country's chance to be the spender of an amount in another's currency."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one amount; `spenders` are (code, words that named it), several where each spends it."""

    amount: Amount
    measure: Measure
    is_cut: bool
    spenders: list[tuple[Code, Span | None]]
    counterparty: Code
    speaker: Speaker | None
    years: Years
    status: Status
    grounds: Grounds


def choose(doc: Doc, found: Candidates, reader: Encoder | None, blend: Blend = blended) -> list[Choice]:
    """A choice for every amount that could be a figure, likely or not; `blend` makes one opinion of two."""
    if not found.amounts:
        return []
    readings: Sequence[Reading | None] = [None] * len(found.amounts)
    if reader is not None:
        readings = reader.read(found.text, found.context, found.amounts, found.places())
    scene, telling = scene_of(doc, found), Telling(doc, found.speakers, found.quotations)
    return [
        _Asked(found, scene, telling, amount, reading, blend).choice()
        for amount, reading in zip(found.amounts, readings, strict=True)
    ]


def scene_of(doc: Doc, found: Candidates) -> spenders.Scene:
    """The parties that the text names and its amounts; ``we`` is nobody's yet."""
    named = [party for index, party in enumerate(found.spenders) if index not in found.in_title and party.code != WE]
    return spenders.Scene(doc, named, found.amounts, found.main, found.text)


def passage_before(found: Candidates, sentence: Span) -> str:
    """The title and the sentence before."""
    before = [span for span in found.sentences if span[1] <= sentence[0]]
    last = found.text[before[-1][0] : before[-1][1]] if before else ""
    return f"{found.context.title or ''} . {last}"


def with_we(found: Candidates, named: Sequence[Party], country: str | None, sentence: Span) -> list[Party]:
    """The parties with the ``we`` of the sentence, if its speaker speaks for a country, in order."""
    if country is None:
        return list(named)
    return sorted([*named, *parties.find_we(found.text, *sentence, country)], key=lambda party: party.start)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One amount in its article, with what the encoder read of it, if one did; a method answers one question."""

    found: Candidates
    scene: spenders.Scene
    telling: Telling
    amount: Amount
    reading: Reading | None
    blend: Blend

    def choice(self) -> Choice:
        """The likeliest of everything."""
        ruled = measures.measure_chances(
            self.amount, self.found.text, self.sentence, passage_before(self.found, self.sentence)
        )
        by_measure = self.measure_chances(ruled)
        measure = likeliest({measure: chance for measure, chance in by_measure.items() if measure is not None})
        assert measure is not None
        speaker = self.speaker()
        payer = _Payer(self, measure, self.whose_we(speaker))
        pointed, by_rules = payer.pointed(), payer.ruled()
        by_code = payer.chances(pointed, by_rules)
        spender = likeliest(by_code)
        chosen = payer.each(spender)
        is_cut = self.cut_chances()
        period = self.period(measure, spender)
        return Choice(
            amount=self.amount,
            measure=measure,
            is_cut=is_cut[True] > 0.5,
            spenders=chosen,
            counterparty=payer.counterparty(spender),
            speaker=speaker,
            years=self.of_kind(period),
            status=self.status(period),
            grounds=Grounds(
                measure=by_measure[measure],
                spender=by_code[spender],
                direction=max(is_cut.values()) if measure == "change" else 1.0,
                elided=self.amount.elided,
                ambiguous=bool(self.amount.other_units) and self.amount.unit != units.DOLLAR,
                far=chosen[0][1] is None and spender is not None,
                agreed=likeliest(ruled) == measure,
                figure=1 - (float(self.reading.measure[0]) if self.reading else by_measure.get(None, 0.0)),
                pointed=pointed.get(spender, 0.0) if self.reading else 0.5,
                ruled=by_rules.get(spender, 0.0),
                concurred=bool(by_rules) and likeliest(by_rules) == spender,
                by_rules=self.reading is None,
            ),
        )

    @property
    def sentence(self) -> Span:
        """Where the amount's sentence begins and ends."""
        return self.found.sentence_at(self.amount.start, self.amount.end)

    def whose_we(self, speaker: Speaker | None) -> Code:
        """The country that ``we`` is: the speaker's, or the publisher's where the article itself speaks."""
        if speaker is not None and speaker.country is not None:
            return speaker.country
        is_said = quotations.is_quoted(self.amount.start, self.amount.end, self.found.quotations)
        return None if is_said else self.found.context.publisher_country

    def pointer(self, name: str) -> Pointed:
        """The encoder's probabilities of the candidates of one pointer."""
        return self.reading.pointers[name] if self.reading else None

    def measure_chances(self, ruled: Mapping[Measure | None, float]) -> dict[Measure | None, float]:
        """How likely each measure is; None: no figure."""
        if self.reading is None:
            return dict(ruled)
        shares = zip(MEASURES, self.reading.measure, strict=True)
        read = {measure: float(chance) for measure, chance in shares if chance > 0}
        return self.blend(read, {measure: chance for measure, chance in ruled.items() if measure in read}, "measure")

    def cut_chances(self) -> dict[bool, float]:
        """How likely a change goes down."""
        ruled = certain(measures.is_cut(self.amount, self.found.text, self.sentence), [True, False])
        read = {True: self.reading.is_cut, False: 1 - self.reading.is_cut} if self.reading else {}
        return self.blend(read, ruled, "direction")

    def status(self, period: Years) -> Status:
        """Spent, budgeted, planned or denied."""
        read = dict(zip(STATUSES, map(float, self.reading.status), strict=True)) if self.reading else {}
        published = self.found.context.published
        ruled = statuses.status_chances(self.amount, self.found.text, self.sentence, period, published)
        return likeliest(self.blend(read, ruled, "status"))

    def speaker(self) -> Speaker | None:
        """The likeliest claimant; mentions of one name count together, and the likeliest mention stands for them."""
        speakers, probabilities = self.found.speakers, self.pointer("claimant")
        ruled = choose_speaker(self.amount, self.telling)
        if probabilities is None:
            return ruled
        names = [speaker.name for speaker in speakers]
        by_name = _told(names, probabilities)
        name = likeliest(self.blend(by_name, certain(ruled.name if ruled else None, list(by_name)), "claimant"))
        if name is None:
            return None
        if ruled is not None and ruled.name == name:
            return ruled
        return speakers[_best_mention(names, name, probabilities)]

    def period(self, measure: Measure, spender: Code) -> Years:
        """The likeliest years: expressions that mean the same count together, those that settle none with *none*."""
        found, probabilities = self.found, self.pointer("period")
        settled = [
            years.settle(self.amount, period, found.text, found.context, spender, measure) for period in found.periods
        ]
        spans: list[_Years] = [(one.year_start, one.year_end) for one in settled]
        ruled: dict[_Years, float] = {}
        chances = [0.0] * len(spans)
        for period, chance in dating.chances(
            self.amount, found.text, found.sentences, found.periods, found.context, measure
        ):
            at = None if period is None else found.periods.index(period)
            span = _NO_YEARS if at is None else spans[at]
            ruled[span] = ruled.get(span, 0.0) + chance
            if at is not None:
                chances[at] = chance
        read = {} if probabilities is None else _told(spans, probabilities, _NO_YEARS)
        span = likeliest(self.blend(read, ruled, "period"))
        mentions = [at for at, one in enumerate(spans) if one == span]
        if not mentions:
            return years.settle(self.amount, None, found.text, found.context, spender, measure)
        return settled[max(mentions, key=lambda at: chances[at] if probabilities is None else probabilities[1 + at])]

    def of_kind(self, period: Years) -> Years:
        """The years with the kind of period that the encoder read."""
        if self.reading is None:
            return period
        return years.of_kind(period, dict(zip(PERIOD_KINDS, map(float, self.reading.period_kind), strict=True)))


class _Payer:
    """Whose an amount of a measure is, and who stands on the other side; `country` is whom ``we`` speak for."""

    def __init__(self, asked: _Asked, measure: Measure, country: str | None) -> None:
        found = asked.found
        self.found, self.amount, self.blend = found, asked.amount, asked.blend
        self.measure, self.country = measure, country
        self.scene = dataclasses.replace(
            asked.scene, parties=with_we(found, asked.scene.parties, country, asked.sentence)
        )
        self.sentence = asked.sentence
        self.spending, self.other = asked.pointer("spender"), asked.pointer("counterparty")
        we = country or found.main or WE
        self.codes = [we if party.code == WE else party.code for party in found.spenders]
        self.nobody = None if measure == "arms_deal" else found.main
        """Whose it is where no words tell: nobody's only in an arms deal, else the article's country's."""

    def pointed(self) -> dict[Code, float]:
        """The encoder's opinion of each code."""
        return _told(self.codes, self.spending, self.nobody)

    def ruled(self) -> dict[Code, float]:
        """The rules' opinion of each code."""
        return spenders.spender_chances(self.amount, self.measure, self.scene, self.country)

    def chances(self, pointed: Mapping[Code, float], ruled: Mapping[Code, float]) -> dict[Code, float]:
        """How likely each code is the spender."""
        buyer = spenders.told_buyer(self.amount, self.scene) if self.measure == "arms_deal" else None
        if buyer is not None:
            return dict(certain(buyer, [*pointed, *ruled]))
        if not pointed and not ruled:
            return {self.nobody: 1.0}
        blended_ = self.blend(pointed, ruled, "spender")
        chances = {
            code: chance * (FOREIGN if units.is_foreign(self.amount, code) else 1.0)
            for code, chance in blended_.items()
            if code != WE and (code or self.nobody is None)
        }
        whole = sum(chances.values())
        return {code: chance / whole for code, chance in chances.items()} or {None: 0.0}

    def words(self, code: Code) -> Span | None:
        """The words of the text that name the spender; None where only the headline does or nothing."""
        if self.spending is None:
            named = spenders.choose_spenders(self.amount, self.measure, self.scene, self.country)
            return next(((party.start, party.end) for party, _ in named if party.code == code), None)
        if code not in self.codes:
            return None
        best = _best_mention(self.codes, code, self.spending)
        party = self.found.spenders[best]
        return None if best in self.found.in_title else (party.start, party.end)

    def each(self, spender: Code) -> list[tuple[Code, Span | None]]:
        """The spender with the words that name it, or all of several countries that each spend the amount."""
        start, end = self.sentence
        here = [party for party in self.found.spenders if start <= party.start < end]
        for group in (party for party in here if party.kind == "group" and party.code in (spender, "GROUP")):
            members = spenders.each_of(group, self.amount, self.scene)
            if members and spender in [*(member.code for member in members), "GROUP"]:
                return [(member.code, (member.start, member.end)) for member in members]
        return [(spender, self.words(spender))]

    def counterparty(self, spender: Code) -> Code:
        """The likeliest other side of aid or an arms deal."""
        if self.measure not in spenders.OTHER_SIDES:
            return None
        ruled = spenders.counterparty_chances(self.amount, self.measure, self.scene, spender, self.country)
        chances = self.blend(_told(self.codes, self.other), ruled, "counterparty")
        sides = {code: chance for code, chance in chances.items() if code is None or code not in (spender, WE)}
        return likeliest(sides) if sides else None


def _told(keys: Sequence[Key], probabilities: Pointed, nobody: Key | None = None) -> dict[Key | None, float]:
    """The encoder's opinion of each key, *none* standing for `nobody`; empty where no encoder has read."""
    if probabilities is None:
        return {}
    by_key: dict[Key | None, float] = dict(summed(keys, probabilities[1:]))
    by_key[nobody] = by_key.get(nobody, 0.0) + float(probabilities[0])
    return by_key


def _best_mention(keys: Sequence[Key], key: Key, probabilities: Probabilities) -> int:
    mentions = [index for index, other in enumerate(keys) if other == key]
    return max(mentions, key=lambda index: probabilities[1 + index])
