"""Choices to rows: each with its US dollars, the published figure beside it, its confidence, and doubts."""

import dataclasses
import hashlib

from spacy.tokens import Doc

from tasks import money
from tasks.figures import encoder, parties, plausibility, units
from tasks.figures.candidates import Candidates, Span, gather
from tasks.figures.choosing import Choice, choose
from tasks.figures.confidence import Grounds, confidence
from tasks.figures.duplicates import mark_duplicates
from tasks.figures.encoder import Encoder
from tasks.figures.quotations import is_quoted
from tasks.figures.spans import Amount, Context
from tasks.lexicon import countries, datelines
from tasks.records import Article, Figure, Measure
from tasks.reference import Reference

MIN_CONFIDENCE = 0.45
"""Confidence below which a row is not written unless the caller says otherwise: where precision and recall balance."""


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
    publisher = found.context.publisher_country
    unit = units.settle_unit(amount, spender, _homes(found), choice.years.year_end, "US$" in found.text, publisher)
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
    return [found.context.publisher_country, *places, datelines.country_of(dateline), found.main]


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
