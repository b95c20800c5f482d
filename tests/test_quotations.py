import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.figures.quotations import find_quotations, is_quoted, quotation_at

QUOTED = [
    ('"We spent $5 billion," he said.', "We spent $5 billion,"),
    ("He spoke of “five billion euros” yesterday.", "five billion euros"),
    ("“Five billion", "Five billion"),
    ("Il parle de « 5 milliards », dit-il.", " 5 milliards "),
    ("‘We spent $5 billion,’ he said.", "We spent $5 billion,"),
    ("The 'spend $5 billion' plan failed.", "spend $5 billion"),
    ("He spent 'the allies' $5 billion' on tanks.", "the allies' $5 billion"),
    ("„Wir zahlen 5 Milliarden“, sagte er.", "Wir zahlen 5 Milliarden"),
    ("It is \"the 'new' $5 billion\" budget.", "the 'new' $5 billion"),
    ("(“$5 billion”)", "$5 billion"),
    ("“The $5 billion is gone,’’ he said.", "The $5 billion is gone,"),
]
UNQUOTED = [
    "The army's $5 billion isn't enough for the allies' plans.",
    "The '22 budget and the '23 budget gave $5 billion.",
    "Don't spend $5 billion on the soldiers' pay.",
    "’Tis $5 billion.",
]


@pytest.mark.parametrize(("text", "inside"), QUOTED)
def test_quotations_are_found_without_their_marks(text: str, inside: str) -> None:
    assert inside in [text[start:end] for start, end in find_quotations(text)]


@pytest.mark.parametrize("text", UNQUOTED)
def test_quotations_apostrophes_are_none(text: str) -> None:
    assert find_quotations(text) == []


def test_quotations_that_open_each_paragraph_anew_give_a_span_each() -> None:
    text = '"We spent five.\n\n"They spent nine.\n\n"Nobody spent ten," she said. The army got eleven.'
    found = [text[start:end] for start, end in find_quotations(text)]
    assert found == ["We spent five.", "They spent nine.", "Nobody spent ten,"]


def test_quotations_left_open_end_with_their_paragraph() -> None:
    text = "“We spent five. So what?\n\nThe army got six."
    assert [text[start:end] for start, end in find_quotations(text)] == ["We spent five. So what?"]


def test_quotations_left_open_in_a_long_text_end_with_their_sentence() -> None:
    text = "“We spent five. " + "The army got six. " * 200
    assert [text[start:end] for start, end in find_quotations(text)] == ["We spent five."]


def test_quotations_opened_twice_close_the_first_at_its_sentence() -> None:
    text = "He said: “We spent five. Later he said: “They spent nine.” The army got six."
    assert [text[start:end] for start, end in find_quotations(text)] == ["We spent five.", "They spent nine."]


def test_quotations_leave_out_the_editors_sentences() -> None:
    text = '"We pay five. [The real number was four percent.] They pay [a mere] two."'
    found = find_quotations(text)
    assert [text[start:end] for start, end in found] == ["We pay five. ", " They pay [a mere] two."]
    assert not is_quoted(text.index("four"), text.index("four") + 4, found)


def test_quotations_inside_another_are_part_of_it() -> None:
    for text in ("'“[»’", "‘The general said “we spent $5 billion” last year.’"):
        assert find_quotations(text) == [(1, len(text) - 1)]


def test_quotations_tell_what_lies_inside() -> None:
    text = 'He gave "five" and six.'
    found = find_quotations(text)
    assert is_quoted(text.index("five"), text.index("five") + 4, found)
    assert not is_quoted(text.index("six"), text.index("six") + 3, found)
    assert not is_quoted(text.index("five"), text.index("six"), found)
    assert quotation_at(text.index("five"), text.index("five") + 1, found) == (9, 13)


@given(st.text(alphabet="ab .,!\n\"'“”‘’«»[]", max_size=80))
def test_quotations_of_any_text_lie_in_order_and_apart(text: str) -> None:
    found = find_quotations(text)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))
    assert all("\n" not in text[start:end] for start, end in found)


def test_quotations_of_a_long_text_take_no_square_of_time() -> None:
    text = "He said 'no' and “yes” to the allies' \"plan\" ‘x\n" * 4000
    begun = time.perf_counter()
    assert find_quotations(text)
    assert time.perf_counter() - begun < 5
