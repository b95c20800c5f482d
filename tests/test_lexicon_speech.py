import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc

from tasks.figures.quotations import find_quotations
from tasks.figures.spans import Amount, Context, Speaker
from tasks.figures.speakers import Telling, choose_speaker, find_speakers
from tasks.lexicon import speech
from tasks.lexicon.speech import Attribution, Organisation, Title, Verb

AMOUNT = re.compile(r"\$5 billion|\d+ percent|[Ff]ive billion")
HOME = Context(publisher_country="POL")
NLP = spacy.blank("en")
SETS = tomllib.loads((files("tasks.lexicon") / "speech.toml").read_text(encoding="utf-8"))


def read(text: str) -> tuple[Doc, list[Speaker]]:
    doc = NLP(text)
    for token in doc:
        token.is_sent_start = token.i == 0
    return doc, find_speakers(doc, [], HOME)


def said_by(text: str) -> Speaker | None:
    match = AMOUNT.search(text)
    assert match is not None, text
    amount = Amount(*match.span(), 5, 5, 5, "USD", "exact")  # type: ignore[arg-type]
    doc, speakers = read(text)
    return choose_speaker(amount, Telling(doc, speakers, find_quotations(text)))


@pytest.mark.parametrize("verb", speech.verbs(), ids=lambda verb: verb.forms[0])
def test_lexicon_speech_each_verb_gives_the_number_of_its_example_to_its_subject(verb: Verb) -> None:
    speaker = said_by(verb.example)
    assert speaker is not None
    assert re.search(rf"\b{speaker.name}\b", verb.example)
    form = next(form for form in verb.forms if re.search(rf"\b{form}\b", verb.example))
    if verb.place != "quotation" and '"' not in verb.example:
        assert said_by(re.sub(rf"\b{form}\b", "xyzzied", verb.example)) is None


PROPOSING = [verb for verb in speech.verbs() if verb.subject == "person" and '"' not in verb.example]


@pytest.mark.parametrize("verb", PROPOSING, ids=lambda verb: verb.forms[0])
def test_lexicon_speech_what_only_a_person_says_no_ministry_says(verb: Verb) -> None:
    assert said_by(re.sub(r"^The \w+", "The finance ministry", verb.example)) is None


TITLES = [*speech.offices(), *speech.institutions()]


@pytest.mark.parametrize("title", TITLES, ids=lambda title: title.word)
def test_lexicon_speech_each_title_is_a_speaker_for_whom_its_row_says(title: Title) -> None:
    assert title.word.lower() in title.example.lower()
    _, speakers = read(f"According to {title.example}, the army received $5 billion.")
    found = [speaker for speaker in speakers if speaker.start < 14 + len(title.example)]
    assert found
    expected: set[str | None] = {title.speaks_for}
    if title.speaks_for == "nobody":
        expected = {None}
    elif title.speaks_for == "country":
        expected = {"POL", "USA", "GBR"}
    assert found[-1].country in expected or found[0].country in expected


@pytest.mark.parametrize("title", speech.documents(), ids=lambda title: title.word)
def test_lexicon_speech_each_document_speaks_for_its_author_or_nobody(title: Title) -> None:
    speaker = said_by(f"{title.example[:1].upper()}{title.example[1:]} showed that the army received $5 billion.")
    assert speaker is not None
    assert speaker.country in (None, "USA")


@pytest.mark.parametrize("organisation", speech.organisations().values(), ids=lambda organisation: organisation.name)
def test_lexicon_speech_each_organisation_says_the_number_of_its_example(organisation: Organisation) -> None:
    speaker = said_by(organisation.example)
    assert speaker is not None
    assert (speaker.name, speaker.country) == (organisation.name, organisation.country)
    assert (organisation.kind == "national") == (organisation.country is not None)


@pytest.mark.parametrize("word", sorted(speech.vague_speakers()))
def test_lexicon_speech_vague_plurals_are_nobody(word: str) -> None:
    assert said_by(f"According to {word}, the army received $5 billion.") is None
    assert said_by(f"The army received $5 billion, {word} said.") is None


@pytest.mark.parametrize("row", speech.attributions(), ids=lambda row: row.words)
def test_lexicon_speech_each_attribution_names_the_speaker_of_its_example(row: Attribution) -> None:
    has_preposition = re.match(r"(?:by|in|on|under|with)\b", row.example)
    lead = "" if row.place == "before" or has_preposition else "by "
    text = f"The army received $5 billion, {lead}{row.example}."
    assert said_by(text) is not None
    assert said_by(text.replace(row.words, "xyzzy")) is None


@pytest.mark.parametrize("kind", sorted(SETS))
def test_lexicon_speech_each_set_of_small_words_holds_a_word_of_its_example(kind: str) -> None:
    words = speech.words(kind)
    assert words == {word.lower() for word in SETS[kind]["words"]}
    assert speech.words_pattern(kind).search(SETS[kind]["example"])
    assert said_by(SETS[kind]["example"]) is not None


def test_lexicon_speech_no_row_stands_twice() -> None:
    forms = [form for verb in speech.verbs() for form in verb.forms]
    words = [title.word for title in TITLES]
    assert sorted(set(forms)) == sorted(forms)
    assert sorted(set(words)) == sorted(words)


@pytest.mark.parametrize("asked", [speech.verb_of, speech.needs_author, speech.organisation])
def test_speech_keeps_no_answer_for_every_word_that_comes(asked: Any) -> None:
    for number in range(speech.KEPT + 50):
        asked(f"word{number}")
    assert asked.cache_info().currsize <= speech.KEPT
