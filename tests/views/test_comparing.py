"""Claims beside a published series."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from flows import cli
from tasks import storage
from tasks.records import to_table
from tasks.reference import Reference
from tasks.views import comparing, filters

Make = Callable[..., Any]
Write = Callable[..., Path]


@pytest.fixture
def stored(tmp_path: Path, make_article: Make, make_figure: Make) -> Write:
    """A folder of figures, each given by its article, the value in billions of dollars and what else is to be."""

    def write(*given: tuple[str, float, dict[str, Any]]) -> Path:
        figures = []
        for at, (article, billions, columns) in enumerate(given):
            ends = ("value_low", "value", "value_high", "usd_low", "usd", "usd_high")
            figures.append(
                make_figure(article, **{"figure_id": f"f{at}", **dict.fromkeys(ends, billions * 1e9), **columns})
            )
        articles = [make_article(name, title=f"Title {name}") for name in dict.fromkeys(each[0] for each in given)]
        rows = {"articles": articles, "figures": figures}
        tables = {name: to_table(name, rows.get(name, [])) for name in storage.WRITTEN}
        storage.write_shard(tmp_path / "out", "s1", tables, "engine")
        return tmp_path / "out"

    return write


SERIES = Reference("r", usd={("IRN", 2018): 10e9, ("SAU", 2018): 60e9}, share_of_gdp={("IRN", 2018): 2.0})


def test_comparing_tells_median_range_reference_ratio_and_extremes(stored: Write) -> None:
    out = stored(
        ("a1", 8, {"claimant": "Low", "evidence": "least"}),
        ("a1", 16, {}),
        ("a2", 20, {"claimant": "High", "evidence": "most"}),
        ("a3", 22, {"spender": "SAU", "year_start": 2017, "year_end": 2018}),
        ("a3", 9, {"status": "hypothetical"}),
        ("a3", 9, {"duplicate_of": "f3"}),
        ("a3", 9, {"measure": "component"}),
    )
    first, *others = comparing.compare(out, SERIES, filters.make())
    assert (first.spender, first.year, first.figures, first.articles) == ("IRN", 2018, 3, 2)
    assert (first.low, first.median, first.high, first.reference, first.ratio) == (8e9, 16e9, 20e9, 10e9, 1.6)
    assert [first.lowest[name] for name in ("claimant", "ratio", "evidence")] == ["Low", 0.8, "least"]
    assert [first.highest[name] for name in ("claimant", "ratio", "evidence")] == ["High", 2.0, "most"]
    assert first.extreme is first.highest
    assert first.extreme["title"] == "Title a2"
    assert [(row.year, row.reference, row.ratio) for row in others] == [(2017, None, None), (2018, 60e9, 22 / 60)]
    assert [row.spender for row in comparing.farthest_first([first, *others])] == ["SAU", "IRN", "SAU"]


def test_comparing_takes_shares_of_gdp_in_per_cent(stored: Write) -> None:
    share = {"measure": "share_of_gdp", "unit": "PCT", **dict.fromkeys(("value_low", "value", "value_high"), 3.0)}
    out = stored(("a1", 0, {**share, **dict.fromkeys(("usd_low", "usd", "usd_high"))}))
    (row,) = comparing.compare(out, SERIES, filters.make())
    assert (row.unit, row.median, row.reference, row.ratio) == ("PCT", 3.0, 2.0, 1.5)


def test_comparing_takes_what_is_asked_for(stored: Write) -> None:
    out = stored(
        ("a1", 8, {}), ("a1", 9, {"status": "hypothetical"}), ("a2", 5, {"year_start": 2016, "year_end": 2018})
    )
    assert [row.year for row in comparing.compare(out, SERIES, filters.make(years="2017-2018"))] == [2017, 2018]
    (row,) = comparing.compare(out, SERIES, filters.make(statuses=["hypothetical"]))
    assert row.median == 9e9


def _compare(out: Path, *options: str | Path) -> str:
    result = CliRunner().invoke(cli.app, ["compare", str(out), *map(str, options)])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_comparing_prints_a_table_json_and_csv(stored: Write, tmp_path: Path) -> None:
    out = stored(("a1", 8, {}), ("a2", 20, {"claimant": "[b]Søren[/b]"}))
    series = tmp_path / "series.csv"
    series.write_text("iso3,year,usd\nIRN,2018,10000000000\n")
    header, row = _compare(out, "--reference", series).splitlines()
    assert header.split()[:9] == [
        "spender",
        "measure",
        "year",
        "figures",
        "lowest",
        "median",
        "highest",
        "reference",
        "ratio",
    ]
    assert row.split()[:6] == ["IRN", "expenditure", "2018", "2", "8", "bn"]
    assert "14 bn USD" in row
    assert "1.40  [b]Søren[/b] (2.00): Atlantis spent" in row
    (read,) = json.loads(_compare(out, "--reference", series, "--json"))
    assert (read["median"], read["reference"], read["highest_claimant"]) == (14e9, 10e9, "[b]Søren[/b]")
    frame = pd.read_csv(io.StringIO(_compare(out, "--reference", series, "--csv")))
    assert list(frame.columns) == comparing.COLUMNS
    assert frame["ratio"].tolist() == [1.4]
    assert _compare(out, "--reference", series, "--year", "1999").startswith("nothing to compare")
    assert _compare(out, "--reference", series, "--year", "1999", "--json") == "[]\n"


def test_comparing_refuses_a_file_that_is_no_reference(stored: Write, tmp_path: Path) -> None:
    (tmp_path / "no.csv").write_text("a,b\n")
    out = stored(("a1", 8, {}))
    result = CliRunner().invoke(cli.app, ["compare", str(out), "--reference", str(tmp_path / "no.csv")])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "no.csv: neither the World Bank's CSV" in result.stderr
