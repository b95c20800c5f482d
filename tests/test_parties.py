"""Which words of a text name or point back to a country. The articles here are invented."""

import pytest
import spacy
from spacy.tokens import Doc, Span

from tasks.figures import parties
from tasks.figures.spans import Context
from tasks.lexicon import countries, tables


def doc_of(text: str) -> Doc:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return nlp(text)


def named(text: str, title: str | None = None) -> list[tuple[str, str]]:
    found = parties.find_parties(doc_of(text), Context(title=title))
    return [(text[party.start : party.end], party.code) for party in found]


@pytest.mark.parametrize("row", tables.rows("rejoinders.csv"), ids=lambda row: row["word"])
def test_parties_rejoinder_proves_itself(row: dict[str, str]) -> None:
    text = row["example"]
    if row["role"] == "we":
        found = parties.find_we(text, 0, len(text), "JPN")
        assert [(text[party.start : party.end], party.code) for party in found] == [(row["word"], "JPN")]
        return
    expected = {
        "trait": next((one.surface.codes[0] for one in countries.find(text)[1:]), None),
        "code": row["codes"].split("|")[0],
        "region": "ASIA",
        "plural": "GROUP",
        "plural pronoun": "GROUP",
    }.get(row["role"], "CHN" if "China" in text else "JPN")
    at = text.rindex(row["word"])
    found = parties.find_parties(doc_of(text), Context())
    assert [party.code for party in found if party.start <= at < party.end] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norway and Finland met; the Nordic kingdom paid.", ("the Nordic kingdom", "NOR")),
        ("Qatar and Egypt met; the emirate paid.", ("the emirate", "QAT")),
        ("Nato met in June and the 29 members paid.", ("the 29 members", "NATO")),
        ("France and Germany each spend $50bn.", ("France and Germany", "GROUP")),
        ("Nato says European allies and Canada paid.", ("European allies and Canada", "GROUP")),
        ("Nato says European allies paid.", ("European allies", "NATO_EUROPE")),
        ("Seoul's military will buy more.", ("Seoul", "KOR")),
        ("Mexico's Congress voted; Congress will pay.", ("Congress", "MEX")),
        ("Venezuela is poor. Its forces are large.", ("Its", "VEN")),
    ],
)
def test_parties_finds_what_words_stand_for(text: str, expected: tuple[str, str]) -> None:
    assert expected in named(text)


@pytest.mark.parametrize(
    "text",
    [
        "Congressmen from Georgia and Alabama want the jets built in Atlanta.",
        "An essay in The Washington Post and a letter to the Times of India said so.",
        "Ships sailed the South China Sea and the Indian Ocean.",
        "The order is worth US$5bn or 3 billion Canadian dollars.",
        "It was up to us.",
    ],
)
def test_parties_leaves_what_only_looks_like_a_country(text: str) -> None:
    assert named(text) == []


def test_parties_leaves_a_persons_name() -> None:
    doc = doc_of("Jordan Miller spoke and Jordan paid.")
    doc.set_ents([Span(doc, 0, 2, label="PERSON")])
    found = parties.find_parties(doc, Context())
    assert [(party.start, party.code) for party in found] == [(24, "JOR")]


def test_parties_offsets_lie_in_the_text_in_order() -> None:
    text = "OTTAWA — Canada’s army and the U.S. Navy met. The country paid, and its allies in Europe did."
    found = parties.find_parties(doc_of(text), Context())
    assert all(0 <= party.start < party.end <= len(text) for party in found)
    assert [party.start for party in found] == sorted(party.start for party in found)


def test_parties_main_country_is_the_one_that_the_article_is_about() -> None:
    text = "OSLO — The government will buy jets.\n\nSweden and Denmark sell some. Norway has money."
    doc = doc_of(text)
    context = Context(title="Norway buys jets")
    assert parties.main_country(doc, context, parties.find_parties(doc, context)) == "NOR"
    assert parties.main_country(doc_of("The army wants jets."), Context(publisher_country="IRL"), []) == "IRL"
    assert parties.main_country(doc_of("The army wants jets."), Context(), []) is None


def test_parties_dateline_ends_before_the_first_sentence() -> None:
    text = "SEOUL, Aug. 31 (Agency) -- The army wants jets."
    assert text[parties.dateline_end(text) :] == "The army wants jets."
    assert parties.dateline_end("The army wants jets - and tanks.") == 0
