"""What one story says counts once, in however many papers it stands."""

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tasks import storage
from tasks.records import Article, Figure, Run, empty, to_table, wordy
from tasks.views import distinct, export, load
from tasks.views.report import packing

Make = Callable[..., Any]


def _rows(*figures: Figure, published: dt.date | None = None) -> list[dict[str, Any]]:
    return [{**dataclasses.asdict(figure), "published": published} for figure in figures]


def test_distinct_a_story_says_a_thing_once_and_the_earliest_article_says_it(make_figure: Make) -> None:
    rows = _rows(*(make_figure(name, figure_id=name) for name in ("copy", "first", "other")))
    found = distinct.once(rows, {"copy": "first", "first": "first", "other": "other"})
    assert [(row["article_id"], row["printed_in"]) for row in found] == [("first", 2), ("other", 1)]


def test_distinct_where_the_first_does_not_say_it_the_earliest_copy_does(make_figure: Make) -> None:
    late = _rows(make_figure("a", figure_id="a"), published=dt.date(2020, 5, 2))
    early = _rows(make_figure("b", figure_id="b"), published=dt.date(2020, 5, 1))
    (row,) = distinct.once([*late, *early], {"a": "gone", "b": "gone"})
    assert (row["article_id"], row["printed_in"]) == ("b", 2)


def test_distinct_another_thing_is_another_statement(make_figure: Make) -> None:
    plain = make_figure("a", figure_id="1")
    others = [
        make_figure("a", figure_id="2", measure="component"),
        make_figure("a", figure_id="3", spender="NOR"),
        make_figure("a", figure_id="4", year_start=1999, year_end=1999),
        make_figure("a", figure_id="5", status="planned"),
        make_figure("a", figure_id="6", value=7e9, value_low=7e9, value_high=7e9),
    ]
    repeated = make_figure("a", figure_id="7", duplicate_of="1")
    found = distinct.once(_rows(plain, *others, repeated), {"a": "a"})
    assert [row["figure_id"] for row in found] == ["1", "2", "3", "4", "5", "6"]


def test_distinct_papers_that_round_say_the_same(make_figure: Make) -> None:
    exact = make_figure("a", value=5.002e9, value_low=5.002e9, value_high=5.002e9)
    assert len(distinct.once(_rows(make_figure("b", value=5e9, value_low=5e9, value_high=5e9), exact), {"b": "a"})) == 1


@pytest.fixture
def out(tmp_path: Path, make_article: Make, make_figure: Make) -> Path:
    """One story in two papers, each with its figure."""
    articles: list[Article] = [make_article("a"), make_article("b", duplicate_of="a", title="Copied")]
    figures = [make_figure(name, figure_id=name) for name in "ab"]
    tables = {name: empty(name) for name in ("mentions", "rejections")}
    tables |= {"articles": to_table("articles", articles), "figures": to_table("figures", figures)}
    storage.write_shard(tmp_path / "out", "s", tables, "engine")
    now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    told = dict.fromkeys(("run_id", "version", "model", "engine", "parameters", "counts", "verdict"), "-")
    storage.write_run(tmp_path / "out", "r", to_table("runs", [Run(started=now, ended=now, **told)]))
    return tmp_path / "out"


def test_distinct_is_a_table_for_notebooks(out: Path) -> None:
    frame = load(out).distinct
    assert list(frame["article_id"]) == ["a"]
    assert list(frame["printed_in"]) == [2]
    assert {"title", "evidence"} <= set(frame.columns)


@pytest.mark.parametrize("suffix", export.FORMATS)
def test_distinct_statements_are_a_table_of_every_export(out: Path, tmp_path: Path, suffix: str) -> None:
    to = tmp_path / f"a{suffix}"
    assert to in export.export(out, to, ["statements"])
    if suffix == ".duckdb":
        with duckdb.connect(str(to), read_only=True) as base:
            assert base.sql("SELECT article_id, printed_in FROM statements").fetchall() == [("a", 2)]
    if suffix == ".jsonl":
        rows = [json.loads(line) for line in to.read_text("utf-8").splitlines()]
        assert [(row["article_id"], row["printed_in"]) for row in rows if row.get("table") == "statements"] == [
            ("a", 2)
        ]


def test_distinct_statements_are_shared_without_words_as_figures_are(out: Path, tmp_path: Path) -> None:
    to = tmp_path / "a.csv"
    export.export(out, to, ["statements"], has_text=False)
    header = to.read_text("utf-8-sig").splitlines()[0].split(",")
    assert "printed_in" in header
    assert not set(wordy("figures")) & set(header)


def test_distinct_report_knows_what_counts_once(out: Path) -> None:
    columns = packing.contents(out)["figures"]["columns"]
    assert dict(zip(columns["id"], columns["once"], strict=True)) == {"a": 1, "b": 0}
