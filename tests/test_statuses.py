"""Every block of ``statuses.toml`` proves itself by its examples, and the year of an amount has its say."""

import datetime as dt
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.figures.amounts import find_amounts
from tasks.figures.blending import likeliest
from tasks.figures.spans import Years
from tasks.figures.statuses import TABLE, how_years_lie, status_chances
from tasks.lexicon.tables import document
from tasks.records import PeriodKind, Status

BLOCKS = document(TABLE)
STATUSES = typing.get_args(Status)
UNDATED = Years(None, None, "unknown")
PRINTED = dt.date(2024, 6, 1)


def status_of(sentence: str, years: Years = UNDATED, published: dt.date | None = PRINTED) -> str:
    start = sentence.index("[")
    text = sentence.replace("[", "").replace("]", "")
    (amount,) = [one for one in find_amounts(text) if one.start <= start < one.end]
    return likeliest(status_chances(amount, text, (0, len(text)), years, published))


def cases(kind: str) -> list[tuple[str, str]]:
    return [(status, sentence) for status in STATUSES for sentence in BLOCKS[status][kind]]


def test_statuses_table_has_a_block_for_each_status() -> None:
    assert {name for name, block in BLOCKS.items() if isinstance(block, dict) and "cues" in block} == set(STATUSES)


@pytest.mark.parametrize(("status", "sentence"), cases("examples"))
def test_statuses_example_proves_its_block(status: str, sentence: str) -> None:
    assert status_of(sentence) == status


@pytest.mark.parametrize(("status", "sentence"), cases("counterexamples"))
def test_statuses_counterexample_gets_another_answer(status: str, sentence: str) -> None:
    assert status_of(sentence) != status


@pytest.mark.parametrize(
    ("start", "end", "kind", "lie"),
    [
        (2023, 2023, "calendar", "past"),
        (2024, 2024, "fiscal", "running fiscal"),
        (2024, 2025, "fiscal", "coming fiscal"),
        (2030, 2030, "calendar", "coming"),
        (None, None, "unknown", "undated"),
    ],
)
def test_statuses_know_how_years_lie(start: int | None, end: int | None, kind: PeriodKind, lie: str) -> None:
    assert how_years_lie(Years(start, end, kind), PRINTED) == lie
    assert how_years_lie(Years(start, end, kind), None).startswith("undated")


def test_statuses_weigh_the_year() -> None:
    sentence = "Norway, [$9 billion] in all, for its armed forces."
    assert status_of(sentence, Years(2022, 2022, "calendar")) == "actual"
    assert status_of(sentence, Years(2027, 2027, "calendar")) == "planned"


@given(st.text(max_size=100), st.text(max_size=100), st.sampled_from([None, 1985, 2024, 2030]))
def test_statuses_always_answer(before: str, after: str, year: int | None) -> None:
    text = f"{before} $5 billion {after}"
    for amount in find_amounts(text):
        chances = status_chances(amount, text, (0, len(text)), Years(year, year, "calendar"), PRINTED)
        assert likeliest(chances) in STATUSES
