"""The rooms called one after the other, in this process and with no flow: for trying things, and for measuring."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

from flows import Scope
from tasks import cleaning, entities, evaluation, languages, relevance, vocabulary
from tasks.figures import assemble
from tasks.gold import GoldArticle
from tasks.lexicon import publishing, tables
from tasks.records import Article, Figure, Rejection


def article_of(text: str, title: str | None = None, published: dt.date | None = None) -> Article:
    """An article of a text that is in no file."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return Article(
        article_id=digest[:32], origin="text", title=title, published=published, text=text, raw_sha256=digest
    )


def read(
    articles: Sequence[Article],
    model: str,
    min_confidence: float,
    scope: Scope = "relevant",
    lexicon: Path | None = None,
) -> tuple[list[Article], list[Figure], list[Rejection]]:
    """The articles that are kept, cleaned; their figures; and what is set aside; raises as `vocabulary.load`."""
    with tables.using(vocabulary.load(lexicon).rows):
        return _read(articles, model, min_confidence, scope)


def _read(
    articles: Sequence[Article], model: str, min_confidence: float, scope: Scope
) -> tuple[list[Article], list[Figure], list[Rejection]]:
    cleaned = [cleaning.clean(article) for article in articles]
    kept = [_placed(article) for article in cleaned if isinstance(article, Article)]
    rejections = [article for article in cleaned if isinstance(article, Rejection)]
    english = [a for a in kept if languages.is_read(languages.language_of(a.text, a.language))]
    chosen = [a for a in english if scope == "all" or relevance.is_relevant(a.title, a.text)]
    docs = entities.read(entities.load_model(model), chosen)
    figures = [
        figure
        for article, doc in zip(chosen, docs, strict=True)
        for figure in assemble.extract(doc, article, min_confidence)
    ]
    return kept, figures, rejections


def evaluate(gold: Path, model: str, min_confidence: float, errors: bool) -> str:
    """The report on a file of annotated articles; raises as `evaluation.run`."""

    def extract(gold_articles: list[GoldArticle]) -> tuple[list[Article], list[Figure]]:
        kept, figures, _ = read([_article(each) for each in gold_articles], model, min_confidence)
        return kept, figures

    return evaluation.run(gold, extract, errors)


def _placed(article: Article) -> Article:
    country = publishing.country_of(article.url, article.source, article.publisher_country)
    return dataclasses.replace(article, publisher_country=country)


def _article(gold: GoldArticle) -> Article:
    return Article(
        article_id=gold.id,
        source_id=gold.id,
        origin=gold.id,
        title=gold.title,
        published=gold.published,
        source=gold.source,
        text=gold.text,
        raw_sha256=hashlib.sha256(gold.text.encode()).hexdigest(),
    )
