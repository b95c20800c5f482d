"""What the encoder is to learn: annotated articles beside the candidates that the rooms find in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc
from tokenizers import Tokenizer

from tasks import entities
from tasks.figures import windows, years
from tasks.figures.candidates import WE, Candidates, gather
from tasks.figures.spans import Amount, Context
from tasks.figures.windows import MEASURES, PERIOD_KINDS, POINTERS, STATUSES, Passage
from tasks.gold import GoldArticle, GoldFigure, same_value, surname
from tasks.records import Article

IGNORE = -100
"""Class of what is not to be learned of an amount."""
NONE = ""
"""Key of *none of them*."""
NOWHERE = -1
"""Index of *none of them* among the candidates of a pointer."""


@dataclass(frozen=True, slots=True)
class Example:
    """A passage with what is right for each amount read in it.

    `classes[name]` has a class an amount, `IGNORE` where there is nothing to learn; `allowed` the measures that its
    unit admits; `good[pointer]` the right candidates of each amount (`NOWHERE`: none; empty: nothing to learn).
    """

    article: str
    passage: Passage
    allowed: list[list[bool]]
    classes: dict[str, list[int]]
    good: dict[str, list[list[int]]]


def context_of(article: GoldArticle) -> Context:
    """What the annotated article says beside its text."""
    return Context(title=article.title, published=article.published, source=article.source)


def read(nlp: Language, articles: Sequence[GoldArticle]) -> Iterator[tuple[GoldArticle, Candidates]]:
    """Each annotated article with its candidates."""
    return ((article, found) for article, _, found in read_docs(nlp, articles))


def read_docs(nlp: Language, articles: Sequence[GoldArticle]) -> Iterator[tuple[GoldArticle, Doc, Candidates]]:
    """Each annotated article with its Doc and its candidates."""
    docs = entities.read(nlp, [row_of(article) for article in articles])
    for article, doc in zip(articles, docs, strict=True):
        yield article, doc, gather(doc, context_of(article))


def row_of(article: GoldArticle) -> Article:
    """The annotated article as a row of ``articles``, its text as annotated."""
    return Article(
        article_id=article.id,
        source_id=article.id,
        origin=article.id,
        title=article.title,
        published=article.published,
        source=article.source,
        text=article.text,
        raw_sha256="",
    )


def examples(tokenizer: Tokenizer, article: GoldArticle, found: Candidates) -> Iterator[Example]:
    """The passages of an article, each with what is right for its amounts."""
    text = windows.pieces(tokenizer, found.text)
    head = windows.pieces(tokenizer, windows.header(found.context).text)
    golds = [matching(amount, article.figures) for amount in found.amounts]
    for passage in windows.passages(tokenizer, text, head, found.amounts, found.places()):
        read_here = [mark.index for mark in passage.marks]
        classes = [_classes(found.amounts[index], golds[index]) for index in read_here]
        yield Example(
            article=article.id,
            passage=passage,
            allowed=[windows.allowed_measures(found.amounts[index]).tolist() for index in read_here],
            classes={name: [of_one[name] for of_one in classes] for name in classes[0]},
            good={
                name: [_good(name, passage, found, found.amounts[index], golds[index]) for index in read_here]
                for name in POINTERS
            },
        )


def matching(amount: Amount, golds: Sequence[GoldFigure]) -> list[GoldFigure]:
    """The annotated rows that this amount states, those with its value first."""
    overlapping = [gold for gold in golds if gold.amount_start < amount.end and amount.start < gold.amount_end]
    return sorted(overlapping, key=lambda gold: not value_agrees(amount, gold))


def value_agrees(amount: Amount, gold: GoldFigure) -> bool:
    """Whether an amount can have the unit of an annotated row and has its value but for the sign."""
    if gold.unit not in (amount.unit, *amount.other_units):
        return False
    sign = -1 if gold.value_high < 0 else 1
    low, high = sorted((sign * float(amount.low), sign * float(amount.high)))
    return same_value(gold, low, None if amount.value is None else sign * float(amount.value), high)


def _classes(amount: Amount, golds: Sequence[GoldFigure]) -> dict[str, int]:
    """The right classes of an amount; nothing is learned of one whose unit was read wrongly."""
    if not golds:
        return {"measure": 0, "status": IGNORE, "direction": IGNORE, "period_kind": IGNORE}
    gold = golds[0]
    measure = MEASURES.index(gold.measure)
    return {
        "measure": measure if windows.allowed_measures(amount)[measure] else IGNORE,
        "status": STATUSES.index(gold.status),
        "direction": int(gold.value_low < 0) if gold.measure == "change" else IGNORE,
        "period_kind": PERIOD_KINDS.index(gold.period_kind),
    }


def _good(pointer: str, passage: Passage, found: Candidates, amount: Amount, golds: Sequence[GoldFigure]) -> list[int]:
    """The right candidates of a passage for one amount's pointer."""
    if not golds or (pointer == "counterparty" and golds[0].measure not in ("arms_deal", "aid")):
        return []
    want = {key_of_gold(pointer, gold) for gold in golds}
    keys = keys_of_candidates(pointer, found, amount, golds[0])
    here = passage.candidates[POINTERS[pointer]]
    good = [at for at, candidate in enumerate(here) if keys[candidate.index] in want]
    return good if good and NONE not in want else [*good, NOWHERE]


def key_of_gold(pointer: str, gold: GoldFigure) -> str:
    """What the right candidate of an annotated row stands for: a code, a surname, or years."""
    if pointer == "spender":
        return gold.spender or NONE
    if pointer == "counterparty":
        return gold.counterparty or NONE
    if pointer == "claimant":
        return surname(gold.claimant)
    return _key_of_years(gold.year_start, gold.year_end)


def keys_of_candidates(pointer: str, found: Candidates, amount: Amount, gold: GoldFigure) -> list[str]:
    """What each candidate of a pointer stands for, were it chosen for this amount."""
    if POINTERS[pointer] == "party":
        we = gold.claimant_country or found.main or NONE
        return [we if party.code == WE else party.code for party in found.spenders]
    if pointer == "claimant":
        return [surname(speaker.name) for speaker in found.speakers]
    settled = [
        years.settle(amount, period, found.text, found.context, gold.spender, gold.measure) for period in found.periods
    ]
    return [_key_of_years(one.year_start, one.year_end) for one in settled]


def _key_of_years(start: int | None, end: int | None) -> str:
    return NONE if start is None else f"{start}-{end}"
