"""Compacted tables: every row is there, and what is asked for is found without reading the rest."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tasks import storage
from tasks.records import SCHEMAS, to_table
from tasks.views import compacting

Make = Callable[..., Any]


@pytest.fixture
def tables(tmp_path: Path, make_article: Make, make_figure: Make, make_mention: Make) -> Path:
    """Thirty articles in three shards, two figures in each; the last has no date, its figures no spender."""
    for shard in range(3):
        ids = [f"a{shard}{number}" for number in range(10)]
        days = [dt.date(2019, 1 + shard, 1 + number) if one != "a29" else None for number, one in enumerate(ids)]
        spenders = {one: None if one == "a29" else ("IRN", "FRA")[number % 2] for number, one in enumerate(ids)}
        rows = {
            "articles": [make_article(one, published=day) for one, day in zip(ids, days, strict=True)],
            "figures": [make_figure(one, figure_id=f"{one}-{n}", spender=spenders[one]) for one in ids for n in (1, 2)],
            "mentions": [make_mention(one) for one in ids],
        }
        shards = {name: to_table(name, rows.get(name, [])) for name in storage.WRITTEN}
        storage.write_shard(tmp_path / "out", f"s{shard}", shards, "engine")
    return tmp_path / "out"


def _rows(query: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(query).fetchall()


@pytest.mark.parametrize("name", ["articles", "figures", "mentions"])
def test_compacting_keeps_every_row_and_column(tables: Path, tmp_path: Path, name: str) -> None:
    into = tmp_path / "it's compact"
    counts = compacting.compact(tables, into)
    columns = ", ".join(f'"{column}"' for column in SCHEMAS[name].names)
    place = str(into / name).replace("'", "''")
    found = _rows(f"SELECT {columns} FROM '{place}/**/*.parquet'")
    assert sorted(map(str, found)) == sorted(map(str, _rows(f"SELECT {columns} FROM '{tables}/{name}/*.parquet'")))
    assert counts[name] == len(found) > 0


def test_compacting_parts_by_spender_and_month(tables: Path, tmp_path: Path) -> None:
    into = tmp_path / "compact"
    compacting.compact(tables, into)
    assert {path.name for path in (into / "figures").iterdir()} == {"country=IRN", "country=FRA", "country=unknown"}
    months = {f"month=2019-0{number}" for number in (1, 2, 3)} | {"month=unknown"}
    assert {path.name for path in (into / "articles").iterdir()} == months
    for path in (into / "figures").rglob("*.parquet"):
        days = [day for (day,) in _rows(f"SELECT published FROM '{path}'") if day]
        assert days == sorted(days)


def test_compacting_gives_each_group_its_ends_and_a_bloom_filter(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "compact"
    monkeypatch.setattr(compacting, "ROW_GROUP", 2048)
    compacting.compact(tables, into)
    for table in ("figures", "articles"):
        of_articles, of_days = (
            _rows(
                f"SELECT bloom_filter_offset, stats_min FROM parquet_metadata('{into}/{table}/**/*.parquet') "
                f"WHERE path_in_schema = '{column}' AND file_name NOT LIKE '%unknown%'"
            )
            for column in ("article_id", "published")
        )
        assert all(offset for offset, _ in of_articles)
        assert all(least for _, least in of_days)
    probed = _rows(f"SELECT * FROM parquet_bloom_probe('{into}/articles/**/*.parquet', 'article_id', 'a05')")
    assert any(row[-1] for row in probed), "groups that cannot hold the article are left out"


def test_compacting_replaces_its_own_folder_and_no_other(tables: Path, tmp_path: Path) -> None:
    into = tmp_path / "compact"
    compacting.compact(tables, into)
    before = {path.relative_to(into): path.read_bytes() for path in into.rglob("*.parquet")}
    compacting.compact(tables, into)
    assert {path.relative_to(into): path.read_bytes() for path in into.rglob("*.parquet")} == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    with pytest.raises(compacting.NotOurs, match="was not made by this command"):
        compacting.compact(tables, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").exists()


def test_compacting_that_fails_leaves_what_was_there(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "compact"
    compacting.compact(tables, into)
    before = sorted(into.rglob("*"))

    def broken(out: Path, name: str, place: Path) -> int:
        (place / name).mkdir()
        raise OSError("planted")

    monkeypatch.setattr(compacting, "_write", broken)
    with pytest.raises(OSError, match="planted"):
        compacting.compact(tables, into)
    assert sorted(into.rglob("*")) == before
    assert {path.name for path in tmp_path.iterdir()} == {"compact", "out"}


def test_compacting_needs_tables(tmp_path: Path) -> None:
    with pytest.raises(storage.Unusable, match="no tables"):
        compacting.compact(tmp_path, tmp_path / "compact")
