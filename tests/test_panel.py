"""The panel: each rule of its docstring with a case."""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from tasks.panel import panel
from tasks.records import Statement

Make = Callable[..., Any]


@pytest.fixture
def panel_of(make_article: Make, make_figure: Make) -> Callable[..., list[Statement]]:
    """The panel of figures given by their columns, `a` naming the article; articles by their columns likewise."""

    def make(*figures: dict[str, Any], **articles: dict[str, Any]) -> list[Statement]:
        rows = []
        for at, given in enumerate(figures):
            columns = {"figure_id": f"f{at}", **given}
            value = columns.pop("usd", 5e9)
            numbers = dict.fromkeys(("usd_low", "usd", "usd_high", "value_low", "value", "value_high"), value)
            rows.append(asdict(make_figure(columns.pop("a", "a1"), **{**numbers, **columns})))
        named = {row["article_id"]: {} for row in rows} | articles
        return panel(rows, [asdict(make_article(name, **columns)) for name, columns in named.items()])

    return make


def test_panel_counts_figures_articles_publishers_and_claimants(panel_of: Callable[..., list[Statement]]) -> None:
    (row,) = panel_of(
        {"a": "a1", "claimant": "SIPRI", "usd": 4e9, "confidence": 0.6},
        {"a": "a1", "claimant": "sipri", "usd": 6e9, "confidence": 0.9, "evidence": "the best"},
        {"a": "a2", "usd": 9e9},
        {"a": "a3", "usd": 10e9},
        a1={"published": dt.date(2019, 1, 2), "source": "Mercury"},
        a2={"published": dt.date(2018, 1, 2), "source": "mercury"},
        a3={"source": None},
    )
    assert (row.spender, row.measure, row.unit, row.status, row.year, row.year_end) == (
        *("IRN", "expenditure", "USD", "actual"),
        *(2018, 2018),
    )
    assert (row.figures, row.articles, row.publishers, row.claimants) == (4, 3, 1, 1)
    assert (row.first_seen, row.last_seen) == (dt.date(2018, 1, 2), dt.date(2019, 1, 2))
    assert (row.low, row.median, row.high) == (4e9, 9e9, 10e9), "the median of 5, 9 and 10"
    assert (row.best_figure_id, row.best_evidence) == ("f1", "the best")


def test_panel_leaves_out_repetitions_and_figures_without_a_year(panel_of: Callable[..., list[Statement]]) -> None:
    assert panel_of({"duplicate_of": "f9"}, {"year_start": None, "year_end": None, "period_kind": "unknown"}) == []


@pytest.mark.parametrize(
    "other",
    [
        {"spender": "ARE"},
        {"measure": "component"},
        {"status": "planned"},
        {"year_start": 2019, "year_end": 2019},
        {"unit": "PCT", "measure": "change"},
        {"measure": "aid", "counterparty": "UKR"},
    ],
)
def test_panel_keeps_apart_what_is_not_the_same(panel_of: Callable[..., list[Statement]], other: Any) -> None:
    assert len(panel_of({}, {})) == 1
    assert len(panel_of({}, other)) == 2


def test_panel_counts_a_figure_for_each_year_in_each(panel_of: Callable[..., list[Statement]]) -> None:
    rows = panel_of({"year_start": 2025, "year_end": 2034})
    assert [row.year for row in rows] == list(range(2025, 2035))
    (long,) = panel_of({"year_start": 1900, "year_end": 2000})
    assert (long.year, long.year_end, long.period_kind) == (1900, 2000, "multi_year")


def test_panel_puts_a_fiscal_year_of_two_years_into_the_first(panel_of: Callable[..., list[Statement]]) -> None:
    (row,) = panel_of({"year_start": 2023, "year_end": 2024, "period_kind": "fiscal"})
    assert (row.year, row.year_end, row.period_kind) == (2023, 2023, "fiscal")
    assert [row.year for row in panel_of({"year_start": 2023, "year_end": 2024})] == [2023, 2024]


def test_panel_keeps_a_sum_over_years_as_a_row_of_its_own(panel_of: Callable[..., list[Statement]]) -> None:
    sum_of_years = {"year_start": 2018, "year_end": 2027, "period_kind": "multi_year"}
    rows = panel_of({}, sum_of_years)
    assert [(row.year, row.year_end, row.figures) for row in rows] == [(2018, 2018, 1), (2018, 2027, 1)]


def test_panel_hears_near_duplicates_as_one_voice(panel_of: Callable[..., list[Statement]]) -> None:
    (row,) = panel_of(
        *({"a": name, "usd": 9e9} for name in ("a1", "a2", "a3")),
        {"a": "a4", "usd": 5e9},
        a1={"source": "One"},
        a2={"source": "Two", "duplicate_of": "a1"},
        a3={"source": "Three", "duplicate_of": "a1"},
    )
    assert (row.figures, row.articles, row.publishers, row.median) == (4, 2, 3, 7e9)


def test_panel_takes_an_order_of_magnitude_only_where_nothing_else_is(panel_of: Callable[..., list[Statement]]) -> None:
    order = {"qualifier": "order", "usd_low": 1e10, "usd_high": 1e11} | {"value": None}
    (alone,) = panel_of({**order, "usd": None, "usd_low": 1e10, "usd_high": 1e11})
    assert (alone.low, alone.median, alone.high) == (1e10, None, 1e11)
    (beside,) = panel_of({**order, "usd": None, "usd_low": 1e10, "usd_high": 1e11}, {"usd": 5e9})
    assert (beside.figures, beside.low, beside.median, beside.high) == (2, 5e9, 5e9, 5e9)


def test_panel_counts_what_has_no_exchange_rate(panel_of: Callable[..., list[Statement]]) -> None:
    (row,) = panel_of({"unit": "SUR", "usd": None, "value": 5e9, "value_low": 5e9, "value_high": 5e9})
    assert (row.unit, row.figures, row.median) == ("USD", 1, None)


def test_panel_takes_per_cent_as_it_stands(panel_of: Callable[..., list[Statement]]) -> None:
    ends = {"value_low": 2.0, "value": 2.0, "value_high": 2.5, "usd_low": None, "usd_high": None}
    (row,) = panel_of({"unit": "PCT", "measure": "share_of_gdp", "usd": None, **ends})
    assert (row.unit, row.low, row.median, row.high) == ("PCT", 2.0, 2.0, 2.5)


def test_panel_prefers_the_earlier_of_two_equal_figures(panel_of: Callable[..., list[Statement]]) -> None:
    (row,) = panel_of(
        {"a": "a1", "figure_id": "late"},
        {"a": "a2", "figure_id": "early"},
        a1={"published": dt.date(2020, 1, 1)},
        a2={"published": dt.date(2019, 1, 1)},
    )
    assert row.best_figure_id == "early"
