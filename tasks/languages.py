"""Which language is a text in? English is known by its commonest words; only where these are rare is a model asked."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from tasks.lexicon.tables import rows
from tasks.records import LANGUAGE_READ

_LEAST_SHARE = 1 / 500
"""Common words for each character: running English has more than twice as many, other languages hardly any."""
_LEAST_COUNT = 4
_MOST_CHANCE_OF_ENGLISH = 0.01
"""Of texts in other languages the model gives English far less, of English sentences, names and all, far more."""
_LEAST_CHANCE_OF_ENGLISH = 0.9
_FEWEST_BYTES = 40
"""Bytes of words below which a text is a line that may be names alone; a letter that is not Latin has two or three."""
_NO_NEWS = frozenset({"la", "vo"})
"""Languages of the model that no news is written in."""
_PIECE = 600
"""Characters at the beginning, in the middle and at the end that the model is shown of a long text."""
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"[a-z]{2}(?![a-z])")


def language_of(text: str, declared: str | None = None) -> str | None:
    """ISO 639-1 code of a text's language; None where nobody can tell.

    The text itself decides. What its source `declared` (``de``, ``pt-BR``) counts only where the text does not tell.
    """
    if sum(map(text.count, _common_words())) > max(_LEAST_COUNT, len(text) * _LEAST_SHARE):
        return LANGUAGE_READ
    return _by_model(text) or _code(declared)


def is_read(language: str | None) -> bool:
    """Whether a text in this language is read for figures: English, and what is in no language that is known."""
    return language in (LANGUAGE_READ, None)


def _by_model(text: str) -> str | None:
    sample = _sample(text)
    if sum(len(word.encode()) for word in _WORD.findall(sample)) < _FEWEST_BYTES:
        return None
    chances = dict(_model().rank(sample))
    if chances[LANGUAGE_READ] < _MOST_CHANCE_OF_ENGLISH:
        return str(max(chances, key=chances.__getitem__))
    return LANGUAGE_READ if chances[LANGUAGE_READ] > _LEAST_CHANCE_OF_ENGLISH else None


def _sample(text: str) -> str:
    if len(text) <= 3 * _PIECE:
        return text
    middle = (len(text) - _PIECE) // 2
    return "\n".join((text[:_PIECE], text[middle : middle + _PIECE], text[-_PIECE:]))


def _code(declared: str | None) -> str | None:
    found = _CODE.match((declared or "").strip().lower())
    return found[0] if found else None


@cache
def _common_words() -> tuple[str, ...]:
    return tuple(f" {row['words']} " for row in rows("function_words.csv"))


@cache
def _model() -> LanguageIdentifier:
    """The model, kept to languages with a code of two letters: of dialects it knows too little to tell them apart."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages([name for name in model.labels if len(name) == 2 and name not in _NO_NEWS])
    return model
