"""Tables as DataFrames, and what a filter lets through."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tasks import storage
from tasks.views import filters, load, loading
from tasks.views.loading import SCHEMAS


def test_loading_gives_tidy_figures_with_their_dtypes(some: Path) -> None:
    figures = load(str(some)).figures
    assert list(figures.columns) == [*SCHEMAS["figures"].names, *loading.CITATION]
    assert len(figures) == 300
    assert isinstance(figures["spender"].dtype, pd.CategoricalDtype)
    assert isinstance(figures["measure"].dtype, pd.CategoricalDtype)
    assert figures["year_start"].dtype == "Int16"
    assert figures["year_start"].isna().any()
    assert figures["usd"].dtype == "float64"
    assert figures["quoted"].dtype == "bool"
    assert pd.api.types.is_datetime64_any_dtype(figures["published"])
    assert isinstance(figures["evidence"].dtype, pd.StringDtype)
    assert set(map(type, figures["flags"])) == {tuple}
    rows = storage.read_table(some, "figures").to_pylist()
    assert figures["figure_id"].tolist() == [row["figure_id"] for row in rows]
    assert figures["year_start"].dropna().tolist() == [row["year_start"] for row in rows if row["year_start"]]
    groups = figures.groupby(["spender", "year_start"], observed=True)["usd"].median()
    assert len(groups) > 10


def test_loading_gives_every_table_and_a_fresh_panel(some: Path) -> None:
    tables = load(some)
    for name in SCHEMAS:
        frame = getattr(tables, name)
        assert list(frame.columns)[: len(SCHEMAS[name])] == SCHEMAS[name].names
    assert loading.table(some, "panel").to_pylist() == storage.read_table(some, "panel").to_pylist()
    assert tables.panel["median"].dtype == "float64"


def test_loading_tells_every_column_and_its_unit() -> None:
    told = load.__doc__ or ""
    assert all(f"    {column}: " in told for name in ("figures", "panel") for column in SCHEMAS[name].names)
    assert "usd: value in US dollars" in told


def test_loading_refuses_a_folder_without_tables(tmp_path: Path) -> None:
    with pytest.raises(storage.Unusable, match="no tables are here"):
        load(tmp_path)


def test_views_are_imported_without_pandas() -> None:
    program = (
        "import sys, tasks.views; print('pandas' in sys.modules); from tasks.views import load; print(load.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\nload\n"


@pytest.mark.parametrize(
    ("asked", "is_wanted"),
    [
        ({}, lambda row: True),
        ({"spenders": ["usa"]}, lambda row: row["spender"] == "USA"),
        ({"measures": ["aid", "component"]}, lambda row: row["measure"] in {"aid", "component"}),
        ({"statuses": ["planned"]}, lambda row: row["status"] == "planned"),
        ({"years": "2015"}, lambda row: row["year_start"] == 2015),
        ({"years": "2015-2017"}, lambda row: row["year_start"] in {2015, 2016, 2017}),
        ({"claimant": "zarif"}, lambda row: "Zarif" in (row["claimant"] or "")),
        ({"min_confidence": 0.7}, lambda row: round(row["confidence"], 2) >= 0.7),
        ({"years": "2015", "statuses": ["actual"]}, lambda row: (row["year_start"], row["status"]) == (2015, "actual")),
    ],
)
def test_filters_let_through_what_is_asked_for(some: Path, asked: dict[str, str], is_wanted: object) -> None:
    assert callable(is_wanted)
    rows = list(loading.figures(some))
    found = list(filters.make(**asked).of(rows))  # type: ignore[arg-type]
    assert found == [row for row in rows if is_wanted(row)]


def test_filters_know_countries_by_name() -> None:
    assert filters.make(["Iran", "Saudi Arabia", "NATO", "TUR"]).spenders == {"IRN", "SAU", "NATO", "TUR"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"spenders": ["Atlantis"]}, "no country is called 'Atlantis'"),
        ({"measures": ["money"]}, "no measure is called 'money': there are expenditure, component"),
        ({"statuses": ["spent"]}, "there are actual, budgeted, planned, hypothetical"),
        ({"years": "last"}, "'last' is no year"),
        ({"years": "2018-2015"}, "'2018-2015' is no year"),
    ],
)
def test_filters_say_what_there_is(asked: dict[str, str], said: str) -> None:
    with pytest.raises(filters.BadFilter, match=said):
        filters.make(**asked)  # type: ignore[arg-type]
