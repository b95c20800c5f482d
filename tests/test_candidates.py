"""What an article offers to choose from, and where it stands."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from tasks.figures.candidates import LARGEST, WE, gather
from tasks.figures.spans import Context
from tasks.figures.windows import KINDS, header

MakeDoc = Callable[..., Doc]
DATED = Context(title="Chile pays in 2025", source="The Harbour Times", published=dt.date(2024, 6, 15))
TEXT = (
    "Chile spent $5 billion on its army last year, Lena Marsh said.\n\n"
    "“We have 60,000 soldiers,” she added. Peru paid 2 percent of its output in 2022. "
)


def test_candidates_are_all_of_their_kinds(make_doc: MakeDoc) -> None:
    found = gather(make_doc(TEXT, PERSON=["Lena Marsh"]), DATED)
    assert [found.text[one.start : one.end] for one in found.amounts] == ["$5 billion", "2 percent"]
    assert {"CHL", "PER", WE} <= {party.code for party in found.spenders}
    assert "Lena Marsh" in {speaker.name for speaker in found.speakers}
    assert {"published", "title"} < {period.form for period in found.periods}
    assert [found.text[start:end] for start, end in found.quotations] == ["We have 60,000 soldiers,"]
    assert found.main == "CHL"


def test_candidates_of_the_headline_follow_those_of_the_text(make_doc: MakeDoc) -> None:
    found = gather(make_doc(TEXT), DATED)
    assert [found.spenders[index].code for index in found.in_title] == ["CHL"]
    assert found.spenders[-1].code == WE
    assert all(party.code == WE for party in found.spenders[found.in_title.stop :])
    assert all(party.code != WE for party in found.spenders[: found.in_title.start])


def test_candidates_have_places_in_text_and_header(make_doc: MakeDoc) -> None:
    found = gather(make_doc(TEXT, PERSON=["Lena Marsh"]), DATED)
    places, words = found.places(), header(DATED).text
    assert set(places) == set(KINDS)
    surfaces = {
        kind: [(words if place.in_header else found.text)[place.start : place.end] for place in of_kind]
        for kind, of_kind in places.items()
    }
    assert [surface for surface, place in zip(surfaces["party"], places["party"], strict=True) if place.in_header] == [
        "Chile"
    ]
    assert len(surfaces["party"]) == len(found.spenders)
    by_form = {period.form: surface for period, surface in zip(found.periods, surfaces["period"], strict=True)}
    assert by_form["published"] == "2024-06-15"
    assert by_form["title"] == "Chile pays in 2025"
    assert "Lena Marsh" in surfaces["speaker"]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "Nothing."])
def test_candidates_of_next_to_nothing_are_none(make_doc: MakeDoc, text: str) -> None:
    found = gather(make_doc(text), Context())
    assert (found.amounts, found.spenders, found.speakers, found.periods, found.main) == ([], [], [], [], None)
    assert found.places() == {kind: [] for kind in KINDS}


def test_candidates_sentence_goes_from_where_an_amount_begins_to_where_it_ends(make_doc: MakeDoc) -> None:
    found = gather(make_doc("  One here.  Two there.\n Three.  "), Context())
    assert [found.text[start:end] for start, end in found.sentences] == ["One here.", "Two there.", "Three."]
    assert found.text[slice(*found.sentence_at(2, 5))] == "One here."
    assert found.text[slice(*found.sentence_at(7, 16))] == "One here.  Two there."


def test_candidates_are_no_endless_strings_of_digits(make_doc: MakeDoc) -> None:
    found = gather(make_doc(f"The army spent ${'9' * 400} and ${LARGEST:,} and $5 billion."), Context())
    assert [found.text[one.start : one.end] for one in found.amounts] == [f"${LARGEST:,}", "$5 billion"]


WORDS = st.sampled_from(
    ["$5", "bn", "€", "1,000", "per cent", "Chile", "US$", "we", "“", "”", "\n", "said", "2024", ".", "to", "-", "Kyiv"]
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=30).map(" ".join)))
def test_candidates_of_any_text_stand_in_a_sentence(make_doc: MakeDoc, text: str) -> None:
    found = gather(make_doc(text), Context(title=text, published=dt.date(2024, 6, 15)))
    for amount in found.amounts:
        start, end = found.sentence_at(amount.start, amount.end)
        assert start <= amount.start < amount.end <= end <= len(text)
    words = header(found.context).text
    for place in (place for of_kind in found.places().values() for place in of_kind):
        assert 0 <= place.start < place.end <= len(words if place.in_header else text)


FILLER = "Nothing of it is said in this long paragraph about the town. " * 30


@pytest.mark.parametrize(
    ("text", "title", "found"),
    [
        (f"The army grows. It gets $5 billion. {FILLER}", None, ["$5 billion"]),
        (f"The army grows. {FILLER} It gets $5 billion.", None, []),
        (f"It gets $5 billion. {FILLER} The army grows.", None, []),
        (f"The army grows. {FILLER} It gets $5 billion.", "Army to grow", ["$5 billion"]),
        (f"It costs $5 billion. {FILLER[:700]} The tanks roll on.", None, []),
        (f"It costs $5 billion. {FILLER[:500]} The tanks roll on.", None, ["$5 billion"]),
        ("The town gets $5 billion.", None, []),
    ],
)
def test_candidates_of_money_are_within_reach_of_the_military(
    make_doc: MakeDoc, text: str, title: str | None, found: list[str]
) -> None:
    amounts = gather(make_doc(text), Context(title=title)).amounts
    assert [text[one.start : one.end] for one in amounts] == found
