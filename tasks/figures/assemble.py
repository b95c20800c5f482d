"""One candidate to one row: what the grammar, the encoder (or the rules) and the tables say, put together.

The only room of the engine that knows the others. With an encoder the choices are its; without, the rules'.
"""

import dataclasses
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from spacy.tokens import Doc

from tasks import money
from tasks.figures import dating, encoder, measures, parties, plausibility, spenders, statuses, units, years
from tasks.figures.blending import Probabilities, blended, certain, likeliest, summed
from tasks.figures.candidates import WE, Candidates, Span, gather
from tasks.figures.confidence import Grounds, confidence
from tasks.figures.duplicates import mark_duplicates
from tasks.figures.encoder import Encoder, Reading
from tasks.figures.quotations import is_quoted
from tasks.figures.spans import Amount, Context, Party, Speaker, Years
from tasks.figures.speakers import choose_speaker
from tasks.figures.windows import MEASURES, PERIOD_KINDS, STATUSES
from tasks.lexicon import countries
from tasks.records import Article, Figure, Measure, Status
from tasks.reference import Reference

Key = TypeVar("Key", bound=Hashable)
MIN_CONFIDENCE = 0.45
"""Confidence below which a row is not written unless the caller says otherwise: where precision and recall balance."""
RULE_FAITH = {"measure": 0.8, "spender": 0.8}
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
    """What the article says beside its text; the dateline, which cleaning took from it, is read with the headline.

    Where there is none, a place alone would be taken for one.
    """
    return Context(
        title=" | ".join(filter(None, (article.title, article.dateline))) if article.title else None,
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
    scene = scene_of(doc, found)
    return [_by_both(doc, found, scene, amount, read) for amount, read in zip(found.amounts, readings, strict=True)]


# --- by the encoder and the rules together ------------------------------------------------------------------------


def _by_both(doc: Doc, found: Candidates, scene: spenders.Scene, amount: Amount, reading: Reading) -> Choice:
    sentence = found.sentence_at(amount.start, amount.end)
    ruled = measures.measure_chances(amount, found.text, sentence, passage_before(found, sentence))
    read = {measure: float(chance) for measure, chance in zip(MEASURES, reading.measure, strict=True) if chance > 0}
    by_measure = blended(read, {measure: chance for measure, chance in ruled.items() if measure in read}, "measure")
    measure = likeliest({measure: chance for measure, chance in by_measure.items() if measure is not None})
    assert measure is not None
    speaker = _speaker(doc, found, amount, reading.pointers["claimant"])
    country = speaker.country if speaker else None
    scene = dataclasses.replace(scene, parties=with_we(found, scene.parties, country, sentence))
    pointed = _pointed(found, measure, reading.pointers["spender"], country)
    by_rules = spenders.spender_chances(amount, measure, scene, country)
    by_code = _spender_chances(scene, amount, measure, pointed, by_rules)
    spender = likeliest(by_code)
    chosen = _each(found, scene, amount, spender, _words(found, spender, reading.pointers["spender"], country))
    is_cut = blended(
        {True: reading.is_cut, False: 1 - reading.is_cut},
        certain(measures.is_cut(amount, found.text, sentence), [True, False]),
        "direction",
    )
    period = _period(found, amount, measure, spender, reading.pointers["period"])
    by_status = blended(
        dict(zip(STATUSES, map(float, reading.status), strict=True)),
        statuses.status_chances(amount, found.text, sentence, period, found.context.published),
        "status",
    )
    return Choice(
        amount=amount,
        measure=measure,
        is_cut=is_cut[True] > 0.5,
        spenders=chosen,
        counterparty=_counterparty(found, scene, amount, measure, spender, reading.pointers["counterparty"], country),
        speaker=speaker,
        years=years.of_kind(period, dict(zip(PERIOD_KINDS, map(float, reading.period_kind), strict=True))),
        status=likeliest(by_status),
        grounds=Grounds(
            measure=by_measure[measure],
            spender=by_code[spender],
            direction=max(is_cut.values()) if measure == "change" else 1.0,
            elided=amount.elided,
            ambiguous=bool(amount.other_units) and amount.unit != units.DOLLAR,
            far=chosen[0][1] is None and spender is not None,
            agreed=likeliest(ruled) == measure,
            figure=1 - float(reading.measure[0]),
            pointed=pointed.get(spender, 0.0),
            ruled=by_rules.get(spender, 0.0),
            concurred=bool(by_rules) and likeliest(by_rules) == spender,
        ),
    )


def _speaker(doc: Doc, found: Candidates, amount: Amount, probabilities: Probabilities) -> Speaker | None:
    """The likeliest claimant; mentions of one name count together, and the likeliest mention stands for them."""
    names = [speaker.name for speaker in found.speakers]
    by_name: dict[str | None, float] = dict(summed(names, probabilities[1:]))
    by_name[None] = float(probabilities[0])
    ruled = choose_speaker(amount, doc, found.speakers, found.quotations)
    name = likeliest(blended(by_name, certain(ruled.name if ruled else None, list(by_name)), "claimant"))
    if name is None:
        return None
    if ruled is not None and ruled.name == name:
        return ruled
    return found.speakers[_best_mention(names, name, probabilities)]


def _best_mention(keys: Sequence[Key], key: Key, probabilities: Probabilities) -> int:
    mentions = [index for index, other in enumerate(keys) if other == key]
    return max(mentions, key=lambda index: probabilities[1 + index])


def _codes(found: Candidates, country: str | None) -> list[str]:
    """The codes of the spender candidates; ``we`` are the claimant's `country`, or else the article's."""
    we = country or found.main or WE
    return [we if party.code == WE else party.code for party in found.spenders]


def _pointed(
    found: Candidates, measure: Measure, probabilities: Probabilities, country: str | None
) -> dict[str | None, float]:
    """The encoder's opinion of each code; nobody only for an arms deal, else what no words name is the article's."""
    by_code: dict[str | None, float] = dict(summed(_codes(found, country), probabilities[1:]))
    nobody = None if measure == "arms_deal" else found.main
    by_code[nobody] = by_code.get(nobody, 0.0) + float(probabilities[0])
    return by_code


def _spender_chances(
    scene: spenders.Scene,
    amount: Amount,
    measure: Measure,
    pointed: Mapping[str | None, float],
    ruled: Mapping[str | None, float],
) -> dict[str | None, float]:
    """How likely each code is the spender."""
    buyer = spenders.told_buyer(amount, scene) if measure == "arms_deal" else None
    if buyer is not None:
        return dict(certain(buyer, [*pointed]))
    chances = blended(pointed, ruled, "spender")
    return {code: chance for code, chance in chances.items() if code != WE and (code or measure == "arms_deal")} or {
        None: 0.0
    }


def _words(found: Candidates, code: str | None, probabilities: Probabilities, country: str | None) -> Span | None:
    """The words of the text that name the spender; None where only the headline does or nothing."""
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
    probabilities: Probabilities,
    country: str | None,
) -> str | None:
    if measure not in spenders.OTHER_SIDES:
        return None
    by_code: dict[str | None, float] = dict(summed(_codes(found, country), probabilities[1:]))
    by_code[None] = float(probabilities[0])
    chances = blended(by_code, spenders.counterparty_chances(amount, measure, scene, spender, country), "counterparty")
    return likeliest({code: chance for code, chance in chances.items() if code is None or code not in (spender, WE)})


def _period(
    found: Candidates, amount: Amount, measure: Measure, spender: str | None, probabilities: Probabilities
) -> Years:
    """The likeliest years: expressions that mean the same count together, those that settle none with *none*."""
    settled = [years.settle(amount, period, found.text, found.context, spender, measure) for period in found.periods]
    spans = [(one.year_start, one.year_end) for one in settled]
    by_span = summed(spans, probabilities[1:])
    by_span[None, None] = by_span.get((None, None), 0.0) + float(probabilities[0])
    ruled: dict[tuple[int | None, int | None], float] = {}
    for period, chance in dating.chances(amount, found.text, found.sentences, found.periods, found.context, measure):
        span = (None, None) if period is None else spans[found.periods.index(period)]
        ruled[span] = ruled.get(span, 0.0) + chance
    span = likeliest(blended(by_span, ruled, "period"))
    if span in spans:
        return settled[_best_mention(spans, span, probabilities)]
    return years.settle(amount, None, found.text, found.context, spender, measure)


# --- by the rules -------------------------------------------------------------------------------------------------


def _by_rules(doc: Doc, found: Candidates) -> list[Choice]:
    scene = scene_of(doc, found)
    choices = []
    for amount in found.amounts:
        sentence = found.sentence_at(amount.start, amount.end)
        measure, _ = measures.choose_measure(amount, found.text, sentence, passage_before(found, sentence))
        if measure is not None:
            choices.append(_by_rule(doc, found, scene, amount, measure, sentence))
    return choices


def scene_of(doc: Doc, found: Candidates) -> spenders.Scene:
    """The parties that the text names and its amounts; ``we`` is nobody's yet."""
    named = [party for index, party in enumerate(found.spenders) if index not in found.in_title and party.code != WE]
    return spenders.Scene(doc, named, found.amounts, found.main)


def passage_before(found: Candidates, sentence: Span) -> str:
    """The title and the sentence before."""
    before = [span for span in found.sentences if span[1] <= sentence[0]]
    last = found.text[before[-1][0] : before[-1][1]] if before else ""
    return f"{found.context.title or ''} . {last}"


def _by_rule(
    doc: Doc, found: Candidates, scene: spenders.Scene, amount: Amount, measure: Measure, sentence: Span
) -> Choice:
    speaker = choose_speaker(amount, doc, found.speakers, found.quotations)
    country = speaker.country if speaker else None
    scene = dataclasses.replace(scene, parties=with_we(found, scene.parties, country, sentence))
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
            measure=RULE_FAITH["measure"],
            spender=sureness * RULE_FAITH["spender"],
            elided=amount.elided,
            far=not several,
            figure=RULE_FAITH["measure"],
            pointed=sureness * RULE_FAITH["spender"],
            ruled=sureness,
            concurred=True,
        ),
    )


def with_we(found: Candidates, named: Sequence[Party], country: str | None, sentence: Span) -> list[Party]:
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
