"""The gate passes whatever may hold a figure, and not everything."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import vocabulary
from tasks.lexicon.military import matcher
from tasks.lexicon.tables import rows
from tasks.relevance import CLOSE, MONEY_REACH, REACH, is_relevant

GOLD = sorted((Path(__file__).parent / "evaluation").glob("*.jsonl"))
FAR = "Nothing of it is said here. " * (REACH // 20)


@pytest.mark.parametrize("row", rows("military.csv"), ids=lambda row: row["pattern"])
def test_relevance_row_proves_itself(row: dict[str, str]) -> None:
    assert list(vocabulary.FAULTS["military.csv"](row)) == []
    assert matcher(row["kind"]).search(row["example"].lower())  # type: ignore[arg-type]


@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.name)
def test_relevance_loses_no_annotated_article(path: Path) -> None:
    articles = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with_figures = [article for article in articles if article["figures"]]
    assert with_figures
    assert [one["id"] for one in with_figures if not is_relevant(one["title"], one["text"])] == []


@pytest.mark.parametrize(
    "text",
    [
        "Iran spent sixteen billion dollars on its military.",
        "Tens of billions went into weapons.",
        "Rs1,804 crore was set aside for DEFENCE.",
        "The soldiers’ pay rose to N50,000 a month, dollars apart.",
        "A frigate for €500m was ordered.",
        "The ARMY got Dh5.8bn.",
        "A quarter of the budget goes to the army.",
        "NATO members should spend 2% of GDP.",
        "The navy’s outlay rose 3 per-cent.",
        "They pay 50,000 roubles to every soldier.",
        "İstanbul: the army wants 5 milyar, that is 5 billion lira.",
        "A destroyer costs 5 billion euros.",
    ],
)
def test_relevance_passes_an_amount_near_the_military(text: str) -> None:
    assert is_relevant(None, text)
    assert is_relevant("", f"{FAR}\n\n{text}\n\n{FAR}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The army has 5,000 soldiers in 12 barracks.",
        "The company earned 5 billion dollars.",
        "The army marched in 2018.",
        "Half an army of fans came.",
        "An army of 46,000 came to watch.",
        "Turnout was 60 percent, and on every road out of the town the army kept the peace.",
        f"It earned 5 billion dollars. {FAR} The army marched.",
        f"It earned 5 billion dollars. {'x ' * CLOSE} The tanks rolled on.",
        f"Half of them left. {'x ' * MONEY_REACH} The army's budget is secret.",
        "Supporters of the award went toward the harmony of software.",
    ],
)
def test_relevance_holds_back_what_can_hold_no_figure(text: str) -> None:
    assert not is_relevant(None, text)
    assert not is_relevant("A headline of no interest", text)


def test_relevance_headline_of_the_military_brings_amounts_near() -> None:
    text = f"It will cost 5 billion dollars. {FAR}"
    assert is_relevant("Army to get more", text)
    assert not is_relevant("Schools to get more", text)
    assert not is_relevant("Army to get more", FAR)


@settings(deadline=None)
@given(st.text(), st.text())
def test_relevance_takes_any_text(title: str, text: str) -> None:
    assert is_relevant(title, text) in {True, False}


@settings(deadline=None)
@given(st.text(), st.text())
def test_relevance_does_not_depend_on_what_surrounds(before: str, after: str) -> None:
    assert is_relevant(None, f"{before} Iran spent 16 billion dollars on its military. {after}")


def test_relevance_is_cheap() -> None:
    text = "It grew by 5 percent to 20,000 in 2018, said half of them about the third quarter of the market. " * 500
    words = len(text.split())
    started = time.process_time()
    assert not is_relevant("On the market", text)
    assert time.process_time() - started < words / 50_000
