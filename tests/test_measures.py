"""Every block of ``measures.toml`` proves itself by its examples; the rules beside it by sentences here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.figures.amounts import find_amounts
from tasks.figures.blending import likeliest
from tasks.figures.measures import LARGE, SHARES, SMALL, TABLE, UNHEARD, is_cut, measure_chances
from tasks.figures.spans import Amount
from tasks.lexicon.tables import document

BLOCKS = document(TABLE)
MEASURES = (*LARGE, *SHARES, *SMALL)


def marked(sentence: str) -> tuple[Amount, str]:
    """The amount that stands in [ ] and the sentence without them."""
    start = sentence.index("[")
    text = sentence.replace("[", "").replace("]", "")
    (amount,) = [one for one in find_amounts(text) if one.start <= start < one.end]
    assert text[amount.start : amount.end] in sentence[start : sentence.index("]") + 1]
    return amount, text


def measure_of(sentence: str, passage: str = "") -> str | None:
    amount, text = marked(sentence)
    return likeliest(measure_chances(amount, text, (0, len(text)), passage))


def cases(kind: str, *blocks: str) -> list[tuple[str, str]]:
    return [(block, sentence) for block in blocks for sentence in BLOCKS[block][kind]]


def test_measures_table_has_a_block_for_each_measure() -> None:
    assert set(BLOCKS) == {"words", "military", "none", "cut", "rise", *MEASURES}
    assert all(BLOCKS[name]["examples"] and BLOCKS[name]["counterexamples"] for name in MEASURES)


@pytest.mark.parametrize(("measure", "sentence"), cases("examples", *MEASURES))
def test_measures_example_proves_its_block(measure: str, sentence: str) -> None:
    assert measure_of(sentence) == measure


@pytest.mark.parametrize(("measure", "sentence"), cases("counterexamples", *MEASURES))
def test_measures_counterexample_gets_another_answer(measure: str, sentence: str) -> None:
    assert measure_of(sentence) != measure


@pytest.mark.parametrize(("block", "sentence"), cases("examples", "none"))
def test_measures_of_other_things_are_none(block: str, sentence: str) -> None:
    assert measure_of(sentence) is None


@pytest.mark.parametrize(
    ("block", "sentence"), cases("examples", "cut", "rise") + cases("counterexamples", "cut", "rise")
)
def test_measures_direction_proves_its_block(block: str, sentence: str) -> None:
    amount, text = marked(sentence)
    is_example = sentence in BLOCKS[block]["examples"]
    assert is_cut(amount, text, (0, len(text))) == ((block == "cut") == is_example)


@pytest.mark.parametrize("sentence", BLOCKS["military"]["examples"])
def test_measures_need_something_military(sentence: str) -> None:
    amount, text = marked(sentence)
    assert measure_chances(amount, text, (0, len(text)), "")[None] != UNHEARD
    plain = "It was [$5 billion] for the budget."
    amount, text = marked(plain)
    assert measure_chances(amount, text, (0, len(text)), "A quiet day")[None] == UNHEARD


def test_measures_hear_what_was_said_before() -> None:
    passage = "Norway raises its military budget . Military spending was 70 billion kroner in 2022."
    assert measure_of("That compares with [60 billion kroner] in 2021.", passage) == "expenditure"


def test_measures_keep_to_what_the_unit_allows() -> None:
    assert measure_of("The defence budget, military spending of [5 percent].") in {*SHARES, None}
    assert measure_of("The defence budget is [$900] per head.") in {*SMALL, None}
    assert measure_of("The defence budget is [$900 million].") in LARGE


def test_measures_look_at_the_sentence_alone() -> None:
    text = "The navy bought frigates. Iran spent 16 billion dollars on its military. The oil price fell."
    (amount,) = find_amounts(text)
    alone = measure_chances(amount, text, (text.index("Iran"), text.index(" The oil")), "")
    amount, sentence = marked("Iran spent [16 billion dollars] on its military.")
    assert alone == measure_chances(amount, sentence, (0, len(sentence)), "")


@given(
    st.text(max_size=100), st.sampled_from(["$5 billion", "5%", "$900"]), st.text(max_size=100), st.text(max_size=50)
)
def test_measures_always_answer(before: str, surface: str, after: str, passage: str) -> None:
    text = f"army {before}. {surface} {after}"
    for amount in find_amounts(text):
        chances = measure_chances(amount, text, (0, len(text)), passage)
        assert chances.keys() <= {*MEASURES, None}
        assert sum(chances.values()) == pytest.approx(1)
