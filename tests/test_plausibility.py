"""Figures that cannot be: findings, and none for figures that were."""

import datetime as dt
import math
import typing
from pathlib import Path
from typing import Any

import pytest

from tasks.figures.plausibility import doubt, flags
from tasks.gold import load_gold
from tasks.lexicon.tables import document
from tasks.money import to_usd
from tasks.records import Flag

TABLE = document("plausibility.toml")
GOLD = sorted((Path(__file__).parent / "evaluation").glob("*.jsonl"))


def _flags(**changes: Any) -> list[Flag]:
    plain: dict[str, Any] = {
        "measure": "expenditure", "unit": "USD", "value_low": 1e9, "value_high": 1e9, "spender": "NOR",
        "year_start": 2020, "year_end": 2020, "period_kind": "calendar", "status": "actual",
        "published": dt.date(2021, 5, 4), "reference_ratio": None,
    } | changes  # fmt: skip
    dollars = plain["unit"] == "USD"
    plain.setdefault("usd_low", plain["value_low"] if dollars else None)
    plain.setdefault("usd_high", plain["value_high"] if dollars else None)
    return flags(**plain)


def _money(size: float, **changes: Any) -> list[Flag]:
    return _flags(value_low=size, value_high=size, **changes)


def _share(size: float, measure: str = "share_of_gdp", **changes: Any) -> list[Flag]:
    return _flags(measure=measure, unit="PCT", value_low=size, value_high=size, **changes)


def test_plausibility_world_rows_prove_themselves() -> None:
    for row in TABLE["world"]:
        year = {"year_start": row["until"], "year_end": row["until"], "published": dt.date(row["until"], 6, 1)}
        assert _money(row["within"][0], spender="WORLD", **year) == [], row
        assert _money(row["above"][0], **year) == ["above_world_spending"], row


def test_plausibility_wars_prove_themselves() -> None:
    for row in TABLE["war"]:
        spender, year, share = row["example"].rsplit(" ", 2)
        dated: dict[str, Any] = {"year_start": int(year), "year_end": int(year)}
        assert _share(float(share), spender=spender, **dated) == [], row
        assert row["spenders"] in ([], [spender]), row
        assert float(share) > TABLE["limits"]["share_of_gdp"], row
    assert _share(117, spender="NOR", year_start=1991, year_end=1991) == ["share_above_gdp"]
    assert _share(75, spender="DEU", year_start=1946, year_end=1946) == ["share_above_gdp"]
    assert _share(75, spender="DEU", year_start=None, year_end=None) == ["share_above_gdp"]


@pytest.mark.parametrize("measure", ["expenditure", "component", "change", "arms_deal", "aid"])
def test_plausibility_flags_more_than_the_world_spends(measure: str) -> None:
    assert _money(2e12, measure=measure) == []
    assert _money(5e12, measure=measure) == ["above_world_spending"]
    assert _money(-5e12, measure=measure) == ["above_world_spending"]


def test_plausibility_counts_a_span_by_the_year() -> None:
    span = {"year_start": 2021, "year_end": 2030, "status": "planned"}
    assert _money(9e12, period_kind="multi_year", **span) == []
    assert _money(9e12, period_kind="calendar", **span) == ["above_world_spending"]
    assert _money(90e12, period_kind="multi_year", **span) == ["above_world_spending"]


def test_plausibility_lets_a_sum_without_a_period_be_that_of_many_years() -> None:
    undated = {"year_start": None, "year_end": None, "period_kind": "unknown"}
    assert _money(7e12, measure="component", **undated) == []
    assert _money(20e12, measure="component", **undated) == ["above_world_spending"]
    assert _money(20e12, published=None, **undated) == []
    assert _money(40e12, published=None, **undated) == ["above_world_spending"]


def test_plausibility_judges_a_range_by_its_nearer_end() -> None:
    assert _flags(value_low=2e12, value_high=9e12) == []
    assert _flags(value_low=8e12, value_high=9e12) == ["above_world_spending"]


def test_plausibility_needs_dollars_to_compare() -> None:
    assert _flags(unit="IRR", value_low=1e15, value_high=1e15) == []
    assert _flags(unit="IRR", value_low=1e15, value_high=1e15, usd_low=9e12, usd_high=9e12) == ["above_world_spending"]


def test_plausibility_flags_money_per_head_that_nobody_has() -> None:
    assert _money(5000, measure="per_capita") == []
    assert _money(3e9, measure="per_capita") == ["above_world_spending"]


def test_plausibility_flags_shares_of_gdp_outside_war() -> None:
    assert _share(34, spender="UKR", year_start=2022, year_end=2022) == []
    assert _share(51) == ["share_above_gdp"]


@pytest.mark.parametrize("measure", ["share_of_budget", "share_of_world"])
def test_plausibility_flags_parts_above_the_whole(measure: str) -> None:
    assert _share(100, measure) == []
    assert _share(101, measure) == ["share_above_hundred"]


def test_plausibility_flags_a_cut_by_more_than_there_was_but_no_rise() -> None:
    assert _share(350, "change") == []
    assert _share(-90, "change") == []
    assert _share(-350, "change") == ["share_above_hundred"]


def test_plausibility_flags_what_is_far_from_its_reference() -> None:
    assert [_flags(reference_ratio=ratio) for ratio in (0.05, 1.0, 20.0, None)] == [[]] * 4
    assert [_flags(reference_ratio=ratio) for ratio in (0.001, 1000.0)] == [["far_from_reference"]] * 2
    span = {"year_start": 2011, "year_end": 2060, "status": "planned", "reference_ratio": 60.0}
    assert _flags(period_kind="multi_year", **span) == []
    assert _flags(period_kind="calendar", **span) == ["far_from_reference"]


@pytest.mark.parametrize(
    ("first", "last", "status", "is_far"),
    [
        (1914, 1918, "actual", False),
        (1800, 1800, "actual", True),
        (2022, 2022, "actual", False),
        (2023, 2023, "actual", True),
        (2023, 2023, "hypothetical", False),
        (2035, 2035, "planned", False),
        (2025, 2070, "planned", False),
        (2025, 2095, "planned", True),
        (2090, 2090, "planned", True),
        (None, None, "actual", False),
    ],
)
def test_plausibility_flags_years_far_from_publication(
    first: int | None, last: int | None, status: str, is_far: bool
) -> None:
    found = _flags(year_start=first, year_end=last, status=status)
    assert found == (["year_far_from_publication"] if is_far else [])
    assert _flags(year_start=first, year_end=last, status=status, published=None) == []


def test_plausibility_lets_what_is_only_supposed_be_impossible() -> None:
    assert _share(150, "share_of_world", status="hypothetical", reference_ratio=1e6) == []
    assert _money(1e15, status="hypothetical") == []


def test_plausibility_doubt_knows_every_flag() -> None:
    known = typing.get_args(Flag)
    assert set(TABLE["doubt"]) == set(known)
    assert doubt([]) == 1.0
    assert all(0 < doubt([flag]) < 1 for flag in known)
    assert doubt(list(known)) == pytest.approx(math.prod(TABLE["doubt"].values()))


@pytest.mark.parametrize("path", GOLD, ids=[path.stem for path in GOLD])
def test_plausibility_finds_nothing_against_annotated_figures(path: Path) -> None:
    for article in load_gold(path):
        for row in article.figures:
            when = row.year_start, row.year_end, article.published
            ends = [to_usd(value, row.unit, *when) for value in (row.value_low, row.value_high)]
            found = flags(
                measure=row.measure,
                unit=row.unit,
                value_low=row.value_low,
                value_high=row.value_high,
                usd_low=None if ends[0] is None else ends[0].usd,
                usd_high=None if ends[1] is None else ends[1].usd,
                spender=row.spender,
                year_start=row.year_start,
                year_end=row.year_end,
                period_kind=row.period_kind,
                status=row.status,
                published=article.published,
                reference_ratio=None,
            )
            assert found == [], (article.id, row.amount)
