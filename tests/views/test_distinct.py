"""What one story says counts once, in however many papers it stands."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks import storage
from tasks.records import Article, Figure, Run, empty, to_table
from tasks.views import distinct, load

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


def test_distinct_is_a_table_for_notebooks(tmp_path: Path, make_article: Make, make_figure: Make) -> None:
    articles: list[Article] = [make_article("a"), make_article("b", duplicate_of="a", title="Copied")]
    figures = [make_figure(name, figure_id=name) for name in "ab"]
    tables = {name: empty(name) for name in ("mentions", "rejections")}
    tables |= {"articles": to_table("articles", articles), "figures": to_table("figures", figures)}
    storage.write_shard(tmp_path, "s", tables, "engine")
    now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    told = dict.fromkeys(("run_id", "version", "model", "engine", "parameters", "counts", "verdict"), "-")
    storage.write_run(tmp_path, "r", to_table("runs", [Run(started=now, ended=now, **told)]))
    frame = load(tmp_path).distinct
    assert list(frame["article_id"]) == ["a"]
    assert list(frame["printed_in"]) == [2]
    assert {"title", "evidence"} <= set(frame.columns)
