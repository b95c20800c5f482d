"""Which rows repeat an earlier one."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.figures.duplicates import mark_duplicates
from tasks.records import Figure

Make = Callable[..., Figure]


@pytest.fixture
def make(make_figure: Make) -> Make:
    def made(place: int, **columns: Any) -> Figure:
        value = columns.pop("value", 16e9)
        low, high = columns.pop("low", value), columns.pop("high", value)
        given = {"value": value, "value_low": low, "value_high": high, "usd": value}
        return make_figure(figure_id=f"f{place}", amount_start=place, amount_end=place + 5, **{**given, **columns})

    return made


def firsts(*figures: Figure) -> list[str | None]:
    return [figure.duplicate_of for figure in mark_duplicates(figures)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({"value": 16.04e9}, {"value": 16e9}),
        ({"year_start": 2018, "year_end": 2018}, {"year_start": None, "year_end": None}),
        ({"status": "planned"}, {"status": "budgeted"}),
        ({"unit": "INR", "value": 5.94e12, "usd": 72.1e9}, {"unit": "USD", "value": 72.6e9}),
        ({"counterparty": "UKR", "measure": "aid"}, {"counterparty": None, "measure": "aid"}),
        ({"value": None, "low": 1e10, "high": 1e11}, {"value": None, "low": 1e10, "high": 1e11}),
        ({"spender": None, "measure": "arms_deal"}, {"spender": None, "measure": "arms_deal"}),
        ({"qualifier": "approx"}, {"qualifier": "exact", "claimant": "Zarif"}),
    ],
)
def test_duplicates_are_the_same_figure_said_again(make: Make, first: dict[str, Any], second: dict[str, Any]) -> None:
    assert firsts(make(1, **first), make(2, **second)) == [None, "f1"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"spender": "SAU"}),
        ({}, {"measure": "component"}),
        ({}, {"value": 17e9}),
        ({}, {"year_start": 2019, "year_end": 2019}),
        ({}, {"year_end": 2019}),
        ({}, {"status": "hypothetical"}),
        ({}, {"unit": "EUR", "usd": 18e9}),
        ({}, {"unit": "EUR", "usd": None}),
        ({"usd": None, "unit": "PCT", "value": 2.0}, {"usd": None, "unit": "PCT", "value": 2.03}),
        ({"counterparty": "UKR", "measure": "aid"}, {"counterparty": "ISR", "measure": "aid"}),
        ({"low": 14e9}, {}),
        ({"measure": "change", "value": 5e9}, {"measure": "change", "value": -5e9}),
    ],
)
def test_duplicates_are_not_what_differs(make: Make, first: dict[str, Any], second: dict[str, Any]) -> None:
    assert firsts(make(1, **first), make(2, **second)) == [None, None]


def test_duplicates_are_not_the_rows_of_one_amount(make: Make) -> None:
    assert firsts(make(1, spender="FRA"), dataclasses.replace(make(1, spender="FRA"), figure_id="g")) == [None, None]


def test_duplicates_point_to_the_first_of_their_kind(make: Make) -> None:
    assert firsts(make(1), make(2, spender="SAU"), make(3), make(4), make(5, spender="SAU")) == [
        None, None, "f1", "f1", "f2",
    ]  # fmt: skip


rows = st.lists(
    st.tuples(st.sampled_from(["IRN", "SAU"]), st.sampled_from([1e9, 1.01e9, 2e9]), st.sampled_from([None, 2018, 2019]))
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows)
def test_duplicates_change_nothing_else_and_point_back(
    make_figure: Make, drawn: list[tuple[str, float, int | None]]
) -> None:
    figures = [
        make_figure(figure_id=f"f{at}", amount_start=at, spender=who, value=value, value_low=value, value_high=value,
               year_start=year, year_end=year)
        for at, (who, value, year) in enumerate(drawn)
    ]  # fmt: skip
    marked = mark_duplicates(figures)
    assert [dataclasses.replace(one, duplicate_of=None) for one in marked] == figures
    places = {one.figure_id: at for at, one in enumerate(marked)}
    for at, one in enumerate(marked):
        if one.duplicate_of is not None:
            assert places[one.duplicate_of] < at
            assert marked[places[one.duplicate_of]].duplicate_of is None
