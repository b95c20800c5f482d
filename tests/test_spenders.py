"""Whose amount it is. The sentences here are invented."""

import re
from decimal import Decimal

import pytest
import spacy

from tasks.figures import parties, spenders
from tasks.figures.blending import likeliest
from tasks.figures.spans import Amount, Context, Party
from tasks.lexicon import tables
from tasks.records import Measure


def scene_of(text: str, amounts: list[str], unit: str = "USD", we: str | None = None) -> spenders.Scene:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    doc = nlp(text)
    found = parties.find_parties(doc, Context())
    spoken = parties.find_we(text, 0, len(text), we) if we else []
    placed = [text.index(words) for words in amounts]
    one = Decimal(1)
    return spenders.Scene(
        doc,
        sorted([*found, *spoken], key=lambda party: (party.start, party.end)),
        [Amount(at, at + len(words), one, one, one, unit, "exact") for at, words in zip(placed, amounts, strict=True)],
        parties.main_country(doc, Context(), found),
    )


def spenders_of(
    text: str, amounts: list[str], measure: Measure = "expenditure", we: str | None = None
) -> list[list[str]]:
    scene = scene_of(text, amounts, we=we)
    return [
        [party.code for party, _ in spenders.choose_spenders(amount, measure, scene, we)] for amount in scene.amounts
    ]


@pytest.mark.parametrize(
    ("text", "amounts", "expected"),
    [
        ("Chile spent $5 billion on its military last year.", ["$5 billion"], [["CHL"]]),
        ("Norway spent $8 billion on defence last year, against $7 billion for Denmark.", ["$8 billion"], [["NOR"]]),
        ("Then came Japan ($55 billion), Italy ($38 billion)", ["$55 billion", "$38 billion"], [["JPN"], ["ITA"]]),
        ("Kenya and Uganda spent $2 billion and $1 billion.", ["$2 billion", "$1 billion"], [["KEN"], ["UGA"]]),
        ("Kenya and Uganda each spent $1.1 billion on defence.", ["$1.1 billion"], [["KEN", "UGA"]]),
        ("Kenya and Uganda together spent $2.2 billion on defence.", ["$2.2 billion"], [["GROUP"]]),
        ("World military spending rose to $2.4 trillion last year.", ["$2.4 trillion"], [["WORLD"]]),
        ("The Kremlin plans to spend $120 billion on defence.", ["$120 billion"], [["RUS"]]),
        ("MADRID, May 3 (Agency) -- Poland will raise its defence budget to $30 billion.", ["$30 billion"], [["POL"]]),
    ],
)  # fmt: skip
def test_spenders_are_whom_the_sentence_gives_the_amount(
    text: str, amounts: list[str], expected: list[list[str]]
) -> None:
    assert spenders_of(text, amounts) == expected


def test_spenders_we_are_the_speakers_country() -> None:
    text = 'France is rich. "We spend $9 billion on our army," the minister said.'
    assert spenders_of(text, ["$9 billion"], we="SWE") == [["SWE"]]


def test_spenders_none_without_parties() -> None:
    assert spenders_of("Somebody spent $9 billion on defence.", ["$9 billion"]) == [[]]


@pytest.mark.parametrize(
    ("text", "amount", "measure", "spender", "counterparty"),
    [
        ("Egypt bought 24 fighters from France for $6 billion.", "$6 billion", "arms_deal", "EGY", "FRA"),
        ("Poland ordered 180 tanks from Hanwha for $3.4 billion.", "$3.4 billion", "arms_deal", "POL", "KOR"),
        ("Washington pledged $500 million in military aid to Ukraine.", "$500 million", "aid", "USA", "UKR"),
        ("Germany sent Ukraine weapons worth $500 million.", "$500 million", "aid", "DEU", "UKR"),
    ],
)
def test_spenders_and_the_other_side(text: str, amount: str, measure: Measure, spender: str, counterparty: str) -> None:
    scene = scene_of(text, [amount])
    (chosen,) = spenders.choose_spenders(scene.amounts[0], measure, scene)
    other = likeliest(spenders.counterparty_chances(scene.amounts[0], measure, scene, chosen[0].code))
    assert (chosen[0].code, other) == (spender, counterparty)
    assert 0 < chosen[1] <= 1


def test_spenders_export_total_has_no_buyer() -> None:
    scene = scene_of("Turkey's defence exports came to $5 billion last year.", ["$5 billion"])
    assert spenders.choose_spenders(scene.amounts[0], "arms_deal", scene) == []
    assert likeliest(spenders.counterparty_chances(scene.amounts[0], "arms_deal", scene, None)) == "TUR"


def test_spenders_have_a_counterparty_only_in_aid_and_arms_deals() -> None:
    scene = scene_of("Chile spent $5 billion on defence against Peru.", ["$5 billion"])
    assert spenders.counterparty_chances(scene.amounts[0], "expenditure", scene, "CHL") == {}


def test_spenders_an_arms_maker_spends_nothing() -> None:
    scene = scene_of("Lockheed Martin won the $5 billion order.", ["$5 billion"])
    assert spenders.choose_spenders(scene.amounts[0], "expenditure", scene) == []


def test_spenders_currency_speaks_for_its_country() -> None:
    text = "Kenya and Uganda met. The army gets Sh5 billion."
    scene = scene_of(text, ["Sh5 billion"], unit="UGX")
    uganda = Party(text.index("Uganda"), text.index("Uganda") + 6, "UGA", "name")
    assert "own currency" in spenders.traits(uganda, scene.amounts[0], "expenditure", scene)


@pytest.mark.parametrize("row", tables.rows("party_cues.csv"), ids=lambda row: row["forms"])
def test_spenders_cue_proves_itself(row: dict[str, str]) -> None:
    assert any(re.search(rf"\b{re.escape(form)}\b", row["example"]) for form in row["forms"].split("|"))
