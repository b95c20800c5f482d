"""One candidate to one row: what the grammar, the encoder (or the rules) and the tables say, put together.

The only room of the engine that knows the others. With an encoder the choices are its; without, the rules'.
"""

import dataclasses
import hashlib
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from spacy.tokens import Doc

from tasks import money
from tasks.figures import dating, encoder, measures, parties, plausibility, spenders, statuses, units, years
from tasks.figures.candidates import WE, Candidates, Span, gather
from tasks.figures.confidence import Grounds, confidence
from tasks.figures.duplicates import mark_duplicates
from tasks.figures.encoder import Encoder, Probabilities, Reading
from tasks.figures.quotations import is_quoted
from tasks.figures.spans import Amount, Context, Party, Period, Speaker, Years
from tasks.figures.speakers import choose_speaker
from tasks.figures.windows import MEASURES, PERIOD_KINDS, STATUSES
from tasks.lexicon import countries
from tasks.records import Article, Figure, Measure, PeriodKind, Status
from tasks.reference import Reference

Key = TypeVar("Key", bound=Hashable)
MIN_CONFIDENCE = 0.5
"""Confidence below which a row is not written unless the caller says otherwise: where precision and recall balance."""
_EACH = re.compile(r"(?i)\b(?:each|both|apiece)\b")
RULE_FAITH = {"measure": 0.62, "spender": 0.8}
"""Probabilities that stand for the rules' choices, which have none of their own."""


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


def extract(
    doc: Doc, article: Article, min_confidence: float = MIN_CONFIDENCE, reference: Reference | None = None
) -> list[Figure]:
    """The figures of one article, in the order of its text, those of `min_confidence` and more.

    `doc` holds the entities and sentences of ``article.text``. Without the encoder's file the rules alone decide.
    """
    rows = [row for row, _ in grounded(doc, article, encoder.load(), reference) if row.confidence >= min_confidence]
    return mark_duplicates(rows)


def grounded(
    doc: Doc, article: Article, reader: Encoder | None, reference: Reference | None = None
) -> list[tuple[Figure, Grounds]]:
    """The rows of one article, whatever their confidence, each with what that rests on; no duplicates are marked."""
    found = gather(doc, context_of(article))
    return [
        (_checked(row, article, reference), choice.grounds)
        for choice in choose(doc, found, reader)
        for row in _rows(article, found, choice)
    ]


def context_of(article: Article) -> Context:
    """What the article says beside its text."""
    return Context(
        title=article.title,
        published=article.published,
        source=article.source,
        dateline=article.dateline,
        publisher_country=article.publisher_country,
    )


def choose(doc: Doc, found: Candidates, reader: Encoder | None) -> list[Choice]:
    """A choice for each amount that is a figure; with a `reader` for every amount that could be one."""
    if not found.amounts:
        return []
    if reader is None:
        return _by_rules(doc, found)
    readings = reader.read(found.text, found.context, found.amounts, found.places())
    return [_by_encoder(doc, found, amount, read) for amount, read in zip(found.amounts, readings, strict=True)]


# --- by the encoder -----------------------------------------------------------------------------------------------


def _by_encoder(doc: Doc, found: Candidates, amount: Amount, reading: Reading) -> Choice:
    at = 1 + int(np.argmax(reading.measure[1:]))
    measure = MEASURES[at]
    assert measure is not None
    speaker = _likeliest_speaker(found.speakers, reading.pointers["claimant"])
    spender, span, sureness, is_far = _likeliest_spender(found, measure, reading.pointers["spender"], speaker)
    chosen = [(spender, span)]
    sentence = found.sentence_at(amount.start, amount.end)
    if _EACH.search(found.text, *sentence):
        chosen = _each(doc, found, amount, measure, chosen)
    period = _likeliest_period(found, amount, measure, spender, reading.pointers["period"])
    status = STATUSES[int(np.argmax(reading.status))]
    return Choice(
        amount=amount,
        measure=measure,
        is_cut=reading.is_cut > 0.5,
        spenders=chosen,
        counterparty=_likeliest_counterparty(found, measure, spender, reading.pointers["counterparty"], speaker),
        speaker=speaker,
        years=_kind_settled(period, PERIOD_KINDS[int(np.argmax(reading.period_kind))]),
        status=status,
        grounds=Grounds(
            measure=float(reading.measure[at]),
            spender=sureness,
            direction=max(reading.is_cut, 1 - reading.is_cut) if measure == "change" else 1.0,
            elided=amount.elided,
            ambiguous=bool(amount.other_units) and amount.unit != units.DOLLAR,
            far=is_far,
        ),
    )


def summed(keys: Iterable[Key], probabilities: Probabilities) -> dict[Key, float]:
    """What each key's candidates are given together; `probabilities` without that of *none of them*."""
    out: dict[Key, float] = defaultdict(float)
    for key, probability in zip(keys, probabilities, strict=True):
        out[key] += float(probability)
    return out


def _likeliest_speaker(speakers: Sequence[Speaker], probabilities: Probabilities) -> Speaker | None:
    """The likeliest claimant; mentions of one name count together, and the likeliest mention stands for them."""
    by_name = summed((speaker.name for speaker in speakers), probabilities[1:])
    if not by_name:
        return None
    name = max(by_name, key=lambda key: by_name[key])
    if by_name[name] <= probabilities[0]:
        return None
    mentions = [index for index, speaker in enumerate(speakers) if speaker.name == name]
    return speakers[max(mentions, key=lambda index: probabilities[1 + index])]


def _codes(found: Candidates, speaker: Speaker | None) -> list[str]:
    """The codes of the spender candidates, ``we`` being the claimant's country or else the article's."""
    we = (speaker.country if speaker else None) or found.main or WE
    return [we if party.code == WE else party.code for party in found.spenders]


def _likeliest_spender(
    found: Candidates, measure: Measure, probabilities: Probabilities, speaker: Speaker | None
) -> tuple[str | None, Span | None, float, bool]:
    """The likeliest code, the words that name it, its probability, and whether no words in the passage do."""
    codes = _codes(found, speaker)
    by_code: dict[str | None, float] = dict(summed(codes, probabilities[1:]))
    fallback = None if measure == "arms_deal" else found.main
    by_code[fallback] = by_code.get(fallback, 0.0) + float(probabilities[0])
    if measure != "arms_deal":
        by_code.pop(None, None)
    by_code.pop(WE, None)
    if not by_code:
        return None, None, 0.0, True
    code = max(by_code, key=lambda key: by_code[key])
    mentions = [index for index, other in enumerate(codes) if other == code and probabilities[1 + index] > 0]
    if not mentions:
        return code, None, by_code[code], code is not None
    best = max(mentions, key=lambda index: probabilities[1 + index])
    party = found.spenders[best]
    return code, None if best in found.in_title else (party.start, party.end), by_code[code], False


def _likeliest_counterparty(
    found: Candidates, measure: Measure, spender: str | None, probabilities: Probabilities, speaker: Speaker | None
) -> str | None:
    if measure not in ("arms_deal", "aid"):
        return None
    by_code = summed(_codes(found, speaker), probabilities[1:])
    by_code.pop(WE, None)
    if spender is not None:
        by_code.pop(spender, None)
    code = max(by_code, key=lambda key: by_code[key], default=None)
    return code if code is not None and by_code[code] > probabilities[0] else None


def _likeliest_period(
    found: Candidates, amount: Amount, measure: Measure, spender: str | None, probabilities: Probabilities
) -> Years:
    """The likeliest years: expressions that mean the same count together, those that settle none with *none*."""
    settled = [_settled(found, amount, period, spender, measure) for period in found.periods]
    spans = [(one.year_start, one.year_end) for one in settled]
    by_span = summed(spans, probabilities[1:])
    by_span[None, None] = by_span.get((None, None), 0.0) + float(probabilities[0])
    span = max(by_span, key=lambda key: by_span[key])
    mentions = [index for index, other in enumerate(spans) if other == span]
    if not mentions:
        return years.UNKNOWN
    return settled[max(mentions, key=lambda index: probabilities[1 + index])]


def _settled(found: Candidates, amount: Amount, period: Period, spender: str | None, measure: Measure) -> Years:
    return years.settle(amount, period, found.text, found.context, spender, measure)


def _kind_settled(years_: Years, kind: PeriodKind) -> Years:
    """The years with the kind that the encoder says, where they leave it open."""
    if years_.year_start is None or years_.period_kind == "unknown":
        return years_
    return years_ if "fiscal" in (years_.period_kind, kind) else dataclasses.replace(years_, period_kind=kind)


def _each(
    doc: Doc, found: Candidates, amount: Amount, measure: Measure, chosen: list[tuple[str | None, Span | None]]
) -> list[tuple[str | None, Span | None]]:
    """All of several countries that each spend the amount, where the rules find the chosen one among them."""
    several = spenders.choose_spenders(amount, measure, _scene(doc, found))
    codes = [party.code for party, _ in several]
    if len(several) > 1 and chosen[0][0] in [*codes, "GROUP"]:
        return [(party.code, (party.start, party.end)) for party, _ in several]
    return chosen


# --- by the rules -------------------------------------------------------------------------------------------------


def _by_rules(doc: Doc, found: Candidates) -> list[Choice]:
    scene = _scene(doc, found)
    choices = []
    for amount in found.amounts:
        sentence = found.sentence_at(amount.start, amount.end)
        measure, _ = measures.choose_measure(amount, found.text, sentence, _passage(found, sentence))
        if measure is not None:
            choices.append(_by_rule(doc, found, scene, amount, measure, sentence))
    return choices


def _scene(doc: Doc, found: Candidates) -> spenders.Scene:
    named = [party for index, party in enumerate(found.spenders) if index not in found.in_title and party.code != WE]
    return spenders.Scene(doc, named, found.amounts, found.main)


def _passage(found: Candidates, sentence: Span) -> str:
    before = [span for span in found.sentences if span[1] <= sentence[0]]
    last = found.text[before[-1][0] : before[-1][1]] if before else ""
    return f"{found.context.title or ''} . {last}"


def _by_rule(
    doc: Doc, found: Candidates, scene: spenders.Scene, amount: Amount, measure: Measure, sentence: Span
) -> Choice:
    speaker = choose_speaker(amount, doc, found.speakers, found.quotations)
    country = speaker.country if speaker else None
    scene = dataclasses.replace(scene, parties=_with_we(found, scene.parties, country, sentence))
    several = spenders.choose_spenders(amount, measure, scene, country)
    chosen: list[tuple[str | None, Span | None]] = [(party.code, (party.start, party.end)) for party, _ in several]
    sureness = several[0][1] if several else 0.0
    if not chosen:
        chosen = [(None if measure == "arms_deal" else found.main, None)]
    spender = chosen[0][0]
    other = spenders.choose_counterparty(amount, measure, scene, spender, country)
    period = dating.choose_period(amount, found.text, found.sentences, found.periods, found.context, measure)
    settled = years.settle(amount, period, found.text, found.context, spender, measure)
    return Choice(
        amount=amount,
        measure=measure,
        is_cut=measures.is_cut(amount, found.text, sentence),
        spenders=chosen,
        counterparty=other[0].code if other else None,
        speaker=speaker,
        years=settled,
        status=statuses.choose_status(amount, found.text, sentence, settled, found.context.published),
        grounds=Grounds(
            RULE_FAITH["measure"], sureness * RULE_FAITH["spender"], 1.0, amount.elided, False, not several
        ),
    )


def _with_we(found: Candidates, named: Sequence[Party], country: str | None, sentence: Span) -> list[Party]:
    """The parties with the ``we`` of the sentence, if its speaker speaks for a country, in order."""
    if country is None:
        return list(named)
    return sorted([*named, *parties.find_we(found.text, *sentence, country)], key=lambda party: party.start)


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows(article: Article, found: Candidates, choice: Choice) -> list[Figure]:
    rows = []
    for spender, span in choice.spenders:
        if spender is not None or choice.measure == "arms_deal":
            rows.append(_row(article, found, choice, spender, span))
    return rows


def _row(article: Article, found: Candidates, choice: Choice, spender: str | None, span: Span | None) -> Figure:
    amount = choice.amount
    start, end = found.sentence_at(amount.start, amount.end)
    sign = -1 if choice.is_cut and choice.measure == "change" else 1
    low, high = sorted((sign * float(amount.low), sign * float(amount.high)))
    unit = units.settle_unit(amount, spender, _homes(found), choice.years.year_end, "US$" in found.text)
    return Figure(
        figure_id=_figure_id(article.article_id, amount, choice.measure, spender),
        article_id=article.article_id,
        measure=choice.measure,
        value_low=low,
        value=None if amount.value is None else sign * float(amount.value),
        value_high=high,
        unit=unit,
        qualifier=amount.qualifier,
        spender=spender,
        spender_text=None if span is None else found.text[span[0] : span[1]],
        counterparty=choice.counterparty,
        year_start=choice.years.year_start,
        year_end=choice.years.year_end,
        period_kind=choice.years.period_kind,
        status=choice.status,
        claimant=choice.speaker.name if choice.speaker else None,
        claimant_country=choice.speaker.country if choice.speaker else None,
        quoted=is_quoted(amount.start, amount.end, found.quotations),
        usd_low=None,
        usd=None,
        usd_high=None,
        fx_source=None,
        reference_value=None,
        reference_unit=None,
        reference_ratio=None,
        flags=None,
        amount_start=amount.start,
        amount_end=amount.end,
        sentence_start=start,
        sentence_end=end,
        evidence=found.text[start:end],
        confidence=confidence(choice.grounds),
        duplicate_of=None,
    )


def _homes(found: Candidates) -> list[str | None]:
    """Where the article is written: its publisher's country, its dateline's, the country that it is about."""
    dateline = found.context.dateline or found.text[: parties.dateline_end(found.text)]
    places = [one.surface.codes[0] for one in countries.find(dateline)]
    return [found.context.publisher_country, *places, found.main]


def _figure_id(article_id: str, amount: Amount, measure: Measure, spender: str | None) -> str:
    words = f"{article_id}|{amount.start}|{amount.end}|{measure}|{spender}"
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def _checked(row: Figure, article: Article, reference: Reference | None) -> Figure:
    """The row with its US dollars, what the reference says beside it, and what speaks against it."""
    rate = money.rate(row.unit, row.year_start, row.year_end, article.published) if row.unit != "PCT" else None
    usd_low, usd, usd_high = (
        None if rate is None or value is None else rate.usd(value)
        for value in (row.value_low, row.value, row.value_high)
    )
    beside = reference and reference.beside(
        row.measure, row.unit, row.spender, row.year_start, row.year_end, row.value, usd
    )
    found = plausibility.flags(
        measure=row.measure,
        unit=row.unit,
        value_low=row.value_low,
        value_high=row.value_high,
        usd_low=usd_low,
        usd_high=usd_high,
        spender=row.spender,
        year_start=row.year_start,
        year_end=row.year_end,
        period_kind=row.period_kind,
        status=row.status,
        published=article.published,
        reference_ratio=beside.ratio if beside else None,
    )
    return dataclasses.replace(
        row,
        usd_low=usd_low,
        usd=usd,
        usd_high=usd_high,
        fx_source=rate.source if rate else None,
        reference_value=beside.value if beside else None,
        reference_unit=beside.unit if beside else None,
        reference_ratio=beside.ratio if beside else None,
        flags=list(found) or None,
        confidence=row.confidence * plausibility.doubt(found),
    )
