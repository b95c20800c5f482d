"""Candidates to choices: for each amount what it measures, whose it is, when, how sure, and who says so.

For each choice two opinions are asked and blended: the encoder's and the rules'. Without an encoder the rules' stands
alone.
"""

import dataclasses
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from spacy.tokens import Doc

from tasks.figures import dating, measures, parties, spenders, statuses, units, years
from tasks.figures.blending import Probabilities, blended, certain, likeliest, summed
from tasks.figures.candidates import WE, Candidates, Span
from tasks.figures.confidence import Grounds
from tasks.figures.encoder import Encoder, Reading
from tasks.figures.spans import Amount, Party, Speaker, Years
from tasks.figures.speakers import choose_speaker
from tasks.figures.windows import MEASURES, PERIOD_KINDS, STATUSES
from tasks.records import Measure, Status

Key = TypeVar("Key", bound=Hashable)
Pointed = Probabilities | None
"""The encoder's probabilities of *none*, then of each candidate; None where no encoder has read."""
UNTOLD = 0.5
"""Probability of the country that the article is about, where the rules find nobody else."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one amount; `spenders` are (code, words that named it), several where each spends it."""

    amount: Amount
    measure: Measure
    is_cut: bool
    spenders: list[tuple[str | None, Span | None]]
    counterparty: str | None
    speaker: Speaker | None
    years: Years
    status: Status
    grounds: Grounds


def choose(doc: Doc, found: Candidates, reader: Encoder | None) -> list[Choice]:
    """A choice for every amount that could be a figure, likely or not."""
    if not found.amounts:
        return []
    readings: Sequence[Reading | None] = [None] * len(found.amounts)
    if reader is not None:
        readings = reader.read(found.text, found.context, found.amounts, found.places())
    scene = scene_of(doc, found)
    return [_choice(doc, found, scene, amount, read) for amount, read in zip(found.amounts, readings, strict=True)]


def scene_of(doc: Doc, found: Candidates) -> spenders.Scene:
    """The parties that the text names and its amounts; ``we`` is nobody's yet."""
    named = [party for index, party in enumerate(found.spenders) if index not in found.in_title and party.code != WE]
    return spenders.Scene(doc, named, found.amounts, found.main)


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


def _choice(doc: Doc, found: Candidates, scene: spenders.Scene, amount: Amount, reading: Reading | None) -> Choice:
    pointers = reading.pointers if reading else {}
    sentence = found.sentence_at(amount.start, amount.end)
    ruled = measures.measure_chances(amount, found.text, sentence, passage_before(found, sentence))
    by_measure = _measure_chances(ruled, reading)
    measure = likeliest({measure: chance for measure, chance in by_measure.items() if measure is not None})
    assert measure is not None
    speaker = _speaker(doc, found, amount, pointers.get("claimant"))
    country = speaker.country if speaker else None
    scene = dataclasses.replace(scene, parties=with_we(found, scene.parties, country, sentence))
    pointed = _pointed(found, measure, pointers.get("spender"), country)
    by_rules = spenders.spender_chances(amount, measure, scene, country)
    by_code = _spender_chances(found, scene, amount, measure, pointed, by_rules)
    spender = likeliest(by_code)
    words = _words(found, scene, amount, measure, spender, pointers.get("spender"), country)
    chosen = _each(found, scene, amount, spender, words)
    is_cut = _cut_chances(found, amount, sentence, reading)
    period = _period(found, amount, measure, spender, pointers.get("period"))
    return Choice(
        amount=amount,
        measure=measure,
        is_cut=is_cut[True] > 0.5,
        spenders=chosen,
        counterparty=_counterparty(found, scene, amount, measure, spender, pointers.get("counterparty"), country),
        speaker=speaker,
        years=_of_kind(period, reading),
        status=_status(found, amount, sentence, period, reading),
        grounds=Grounds(
            measure=by_measure[measure],
            spender=by_code[spender],
            direction=max(is_cut.values()) if measure == "change" else 1.0,
            elided=amount.elided,
            ambiguous=bool(amount.other_units) and amount.unit != units.DOLLAR,
            far=chosen[0][1] is None and spender is not None,
            agreed=likeliest(ruled) == measure,
            figure=1 - float(reading.measure[0]) if reading else 1 - by_measure.get(None, 0.0),
            pointed=pointed.get(spender, 0.0) if reading else 0.5,
            ruled=by_rules.get(spender, 0.0),
            concurred=bool(by_rules) and likeliest(by_rules) == spender,
            by_rules=reading is None,
        ),
    )


# --- what it measures, and how sure it is -------------------------------------------------------------------------


def _measure_chances(ruled: Mapping[Measure | None, float], reading: Reading | None) -> dict[Measure | None, float]:
    if reading is None:
        return dict(ruled)
    read = {measure: float(chance) for measure, chance in zip(MEASURES, reading.measure, strict=True) if chance > 0}
    return blended(read, {measure: chance for measure, chance in ruled.items() if measure in read}, "measure")


def _cut_chances(found: Candidates, amount: Amount, sentence: Span, reading: Reading | None) -> dict[bool, float]:
    ruled = certain(measures.is_cut(amount, found.text, sentence), [True, False])
    return blended({True: reading.is_cut, False: 1 - reading.is_cut} if reading else {}, ruled, "direction")


def _status(found: Candidates, amount: Amount, sentence: Span, period: Years, reading: Reading | None) -> Status:
    read = dict(zip(STATUSES, map(float, reading.status), strict=True)) if reading else {}
    ruled = statuses.status_chances(amount, found.text, sentence, period, found.context.published)
    return likeliest(blended(read, ruled, "status"))


# --- who says so --------------------------------------------------------------------------------------------------


def _speaker(doc: Doc, found: Candidates, amount: Amount, probabilities: Pointed) -> Speaker | None:
    """The likeliest claimant; mentions of one name count together, and the likeliest mention stands for them."""
    ruled = choose_speaker(amount, doc, found.speakers, found.quotations)
    if probabilities is None:
        return ruled
    names = [speaker.name for speaker in found.speakers]
    by_name = _told(names, probabilities)
    name = likeliest(blended(by_name, certain(ruled.name if ruled else None, list(by_name)), "claimant"))
    if name is None:
        return None
    if ruled is not None and ruled.name == name:
        return ruled
    return found.speakers[_best_mention(names, name, probabilities)]


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


# --- whose it is --------------------------------------------------------------------------------------------------


def _codes(found: Candidates, country: str | None) -> list[str]:
    """The codes of the spender candidates; ``we`` are the claimant's `country`, or else the article's."""
    we = country or found.main or WE
    return [we if party.code == WE else party.code for party in found.spenders]


def _nobody(found: Candidates, measure: Measure) -> str | None:
    """Whose a figure is that no words give to anybody: nobody's only for an arms deal, else the article's country's."""
    return None if measure == "arms_deal" else found.main


def _pointed(
    found: Candidates, measure: Measure, probabilities: Pointed, country: str | None
) -> dict[str | None, float]:
    return _told(_codes(found, country), probabilities, _nobody(found, measure))


def _spender_chances(
    found: Candidates,
    scene: spenders.Scene,
    amount: Amount,
    measure: Measure,
    pointed: Mapping[str | None, float],
    ruled: Mapping[str | None, float],
) -> dict[str | None, float]:
    """How likely each code is the spender."""
    buyer = spenders.told_buyer(amount, scene) if measure == "arms_deal" else None
    if buyer is not None:
        return dict(certain(buyer, [*pointed, *ruled]))
    chances = blended(pointed, ruled or {_nobody(found, measure): UNTOLD}, "spender")
    return {code: chance for code, chance in chances.items() if code != WE and (code or measure == "arms_deal")} or {
        None: 0.0
    }


def _words(
    found: Candidates,
    scene: spenders.Scene,
    amount: Amount,
    measure: Measure,
    code: str | None,
    probabilities: Pointed,
    country: str | None,
) -> Span | None:
    """The words of the text that name the spender; None where only the headline does or nothing."""
    if probabilities is None:
        named = spenders.choose_spenders(amount, measure, scene, country)
        return next(((party.start, party.end) for party, _ in named if party.code == code), None)
    codes = _codes(found, country)
    if code not in codes:
        return None
    best = _best_mention(codes, code, probabilities)
    party = found.spenders[best]
    return None if best in found.in_title else (party.start, party.end)


def _each(
    found: Candidates, scene: spenders.Scene, amount: Amount, spender: str | None, words: Span | None
) -> list[tuple[str | None, Span | None]]:
    """The spender with the words that name it, or all of several countries that each spend the amount."""
    start, end = found.sentence_at(amount.start, amount.end)
    here = [party for party in found.spenders if start <= party.start < end and party.code in (spender, "GROUP")]
    for group in (party for party in here if party.kind == "group"):
        members = spenders.each_of(group, amount, scene)
        if members and spender in [*(member.code for member in members), "GROUP"]:
            return [(member.code, (member.start, member.end)) for member in members]
    return [(spender, words)]


def _counterparty(
    found: Candidates,
    scene: spenders.Scene,
    amount: Amount,
    measure: Measure,
    spender: str | None,
    probabilities: Pointed,
    country: str | None,
) -> str | None:
    if measure not in spenders.OTHER_SIDES:
        return None
    by_code = _told(_codes(found, country), probabilities)
    chances = blended(by_code, spenders.counterparty_chances(amount, measure, scene, spender, country), "counterparty")
    sides = {code: chance for code, chance in chances.items() if code is None or code not in (spender, WE)}
    return likeliest(sides) if sides else None


# --- when ---------------------------------------------------------------------------------------------------------


def _period(found: Candidates, amount: Amount, measure: Measure, spender: str | None, probabilities: Pointed) -> Years:
    """The likeliest years: expressions that mean the same count together, those that settle none with *none*."""
    settled = [years.settle(amount, period, found.text, found.context, spender, measure) for period in found.periods]
    spans: list[tuple[int | None, int | None]] = [(one.year_start, one.year_end) for one in settled]
    nothing = (None, None)
    ruled: dict[tuple[int | None, int | None], float] = {}
    chances: dict[int, float] = {}
    for period, chance in dating.chances(amount, found.text, found.sentences, found.periods, found.context, measure):
        at = None if period is None else found.periods.index(period)
        span = nothing if at is None else spans[at]
        ruled[span] = ruled.get(span, 0.0) + chance
        chances |= {} if at is None else {at: chance}
    read = {} if probabilities is None else _told(spans, probabilities, nothing)
    span = likeliest(blended(read, ruled, "period"))
    mentions = [at for at, one in enumerate(spans) if one == span]
    if not mentions:
        return years.settle(amount, None, found.text, found.context, spender, measure)
    if probabilities is None:
        return settled[max(mentions, key=lambda at: chances.get(at, 0.0))]
    return settled[_best_mention(spans, span, probabilities)]


def _of_kind(period: Years, reading: Reading | None) -> Years:
    if reading is None:
        return period
    return years.of_kind(period, dict(zip(PERIOD_KINDS, map(float, reading.period_kind), strict=True)))
