"""Exports, read back by the programs that would read them, and found equal."""

import csv
import datetime as dt
import json
import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from tasks.records import Rejection, Run, to_table, wordy
from tasks.views import export, loading
from tasks.views.export import sharing, workbooks
from tasks.views.export.disarming import disarm, rearm
from tasks.views.loading import SCHEMAS

Rows = list[dict[str, Any]]


def _stored(out: Path, name: str) -> Rows:
    rows: Rows = loading.table(out, name).to_pylist()
    return rows


def _from_duckdb(path: Path, name: str) -> Rows:
    with duckdb.connect(str(path), read_only=True) as base:
        base.execute("SET TimeZone = 'UTC'")
        rows: Rows = base.sql(f"SELECT * FROM {name}").to_arrow_table().to_pylist()
        return rows


def _asked(base: Any, question: str) -> list[tuple[Any, ...]]:
    """What a data base answers, which is closed then."""
    with closing(base):
        answer: list[tuple[Any, ...]] = base.execute(question).fetchall()
    return answer


def _from_sqlite(path: Path, name: str) -> Rows:
    base = sqlite3.connect(path)
    base.row_factory = sqlite3.Row
    rows = [dict(row) for row in base.execute(f"SELECT * FROM {name}")]
    base.close()
    return [{column: _typed(name, column, value) for column, value in row.items()} for row in rows]


def _from_csv(path: Path, name: str) -> Rows:
    file = path if name == "figures" else path.with_name(f"{path.stem}-{name}.csv")
    frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    rows: Rows = frame.to_dict("records")  # type: ignore[assignment]
    return [{column: _parsed(name, column, value) for column, value in row.items()} for row in rows]


def _from_xlsx(path: Path, name: str) -> Rows:
    header, *rows = openpyxl.load_workbook(path)[name].iter_rows(values_only=True)
    read = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    return [{column: _typed(name, column, value) for column, value in row.items()} for row in read]


def _from_jsonl(path: Path, name: str) -> Rows:
    frame = pd.read_json(path, lines=True, dtype=False)
    assert set(frame["table"]) == {"columns", *SCHEMAS} - {"mentions"}
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [
        {column: value for column, value in row.items() if column != "table"} for row in rows if row["table"] == name
    ]
    return [{column: _typed(name, column, value) for column, value in row.items()} for row in found]


def _typed(name: str, column: str, value: Any) -> Any:
    """A value as a format that has no such type tells it, in the type of the column."""
    kind = SCHEMAS[name].field(column).type
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        time = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
        return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
    if pa.types.is_date(kind):
        return value.date() if isinstance(value, dt.datetime) else dt.date.fromisoformat(value)
    if pa.types.is_boolean(kind):
        assert value in (0, 1)
        return bool(value)
    if pa.types.is_list(kind):
        return value if isinstance(value, list) else json.loads(value) if value.startswith("[") else value.split("|")
    assert isinstance(value, (int, float)) or not (pa.types.is_floating(kind) or pa.types.is_integer(kind))
    return float(value) if pa.types.is_floating(kind) else value


def _parsed(name: str, column: str, value: str) -> Any:
    kind = SCHEMAS[name].field(column).type
    if value == "":
        return None
    if pa.types.is_boolean(kind):
        return {"true": True, "false": False}[value]
    if pa.types.is_floating(kind):
        return float(value)
    if pa.types.is_integer(kind):
        return int(value)
    return rearm(value) if pa.types.is_string(kind) or pa.types.is_dictionary(kind) else _typed(name, column, value)


READERS: dict[str, Callable[[Path, str], Rows]] = {
    ".duckdb": _from_duckdb,
    ".sqlite": _from_sqlite,
    ".csv": _from_csv,
    ".xlsx": _from_xlsx,
    ".jsonl": _from_jsonl,
}


def _equal(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-15)
    return bool(ours == theirs)


def test_export_has_a_reader_here_for_every_format() -> None:
    assert set(READERS) == set(export.FORMATS)


@pytest.mark.parametrize("suffix", READERS)
def test_export_reads_back_equal(some: Path, tmp_path: Path, suffix: str) -> None:
    written = export.export(some, tmp_path / f"figures{suffix}")
    assert all(path.exists() for path in written)
    assert sorted(written) == sorted(tmp_path.iterdir()), "nothing else is left"
    for name in SCHEMAS:
        stored = _stored(some, name)
        if suffix == ".xlsx":
            stored = [{column: value for column, value in row.items() if column != "text"} for row in stored]
        read = READERS[suffix](tmp_path / f"figures{suffix}", name)
        assert len(read) == len(stored)
        for ours, theirs in zip(stored, read, strict=True):
            assert ours.keys() == theirs.keys()
            assert [c for c in ours if not _equal(ours[c], theirs[c])] == []


@pytest.mark.parametrize("suffix", READERS)
def test_export_without_text_holds_no_word_of_an_article(some: Path, tmp_path: Path, suffix: str) -> None:
    to = tmp_path / f"figures{suffix}"
    export.export(some, to, has_text=False)
    for name in SCHEMAS:
        read = READERS[suffix](to, name)
        assert all(not set(row) & set(wordy(name)) for row in read)
    if suffix in (".csv", ".jsonl", ".sqlite"):
        printed = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert not [word for word in (b"reporters", b"billion dollars", b"onerror", b"HYPERLINK") if word in printed]


def test_export_without_text_names_no_folder_of_this_machine() -> None:
    parameters = {"inputs": ["/home/ann/news", "b/*.txt"], "out": "/home/ann/out", "lexicon": None, "limit": 9}
    run = Run(
        run_id="r1",
        started=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        ended=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        version="1",
        model="m",
        engine="e",
        parameters=json.dumps(parameters),
        counts="{}",
        verdict="failed: shard 1: PermissionError: /home/ann/out",
    )
    aside = [
        Rejection(stage="ingest", origin="/home/ann/news/a.jsonl:7", reason="bad_record", detail="d"),
        Rejection(stage="ingest", origin="a1", reason="forgotten", detail="d"),
    ]
    (told,) = sharing.shareable("runs", to_table("runs", [run])).to_pylist()
    assert json.loads(told["parameters"]) == {"inputs": ["news", "*.txt"], "out": "out", "lexicon": None, "limit": 9}
    assert told["verdict"] == "failed"
    shared = sharing.shareable("rejections", to_table("rejections", aside))
    assert shared["origin"].to_pylist() == ["a.jsonl:7", "a1"]
    assert shared.schema.field("origin").equals(SCHEMAS["rejections"].field("origin"), check_metadata=True)


def test_export_words_of_articles_are_these_columns() -> None:
    assert {name: wordy(name) for name in SCHEMAS} == {
        "articles": ["title", "dateline", "text"],
        "mentions": ["surface"],
        "figures": ["spender_text", "evidence"],
        "rejections": ["detail"],
        "runs": [],
        "panel": ["best_evidence"],
    }


def test_export_keeps_types_and_comments_in_duckdb(some: Path, tmp_path: Path) -> None:
    export.export(some, tmp_path / "x.duckdb")
    with duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True) as base:
        types = {row[0]: row[1] for row in base.sql("DESCRIBE figures").fetchall()}
        comments = base.sql("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'figures'").fetchall()
        (meaning,) = base.sql(
            "SELECT meaning FROM columns WHERE \"table\" = 'figures' AND \"column\" = 'usd'"
        ).fetchall()
    expected = {
        "usd": "DOUBLE",
        "year_start": "SMALLINT",
        "flags": "VARCHAR[]",
        "quoted": "BOOLEAN",
        "spender": "VARCHAR",
    }
    assert {column: types[column] for column in expected} == expected
    assert dict(comments)["usd"] == meaning[0] == "value in US dollars at the year's average rate"


@pytest.mark.parametrize("suffix", READERS)
def test_export_holds_its_own_dictionary(some: Path, tmp_path: Path, suffix: str) -> None:
    to = tmp_path / f"x{suffix}"
    export.export(some, to)
    if suffix == ".csv":
        described = json.loads((tmp_path / "x.csv-metadata.json").read_text(encoding="utf-8"))
        found = {t["dc:title"]: [c["name"] for c in t["tableSchema"]["columns"]] for t in described["tables"]}
        assert found == {name: SCHEMAS[name].names for name in export.ordered()}
        assert [table["url"] for table in described["tables"]][:2] == ["x.csv", "x-panel.csv"]
        columns = {c["name"]: c for c in described["tables"][0]["tableSchema"]["columns"]}
        assert "iso.org/iso-3166" in columns["spender"]["dc:conformsTo"]["@id"]
        assert "sipri.org" in columns["measure"]["dc:conformsTo"]["@id"]
        return
    raw = {
        ".xlsx": lambda: list(openpyxl.load_workbook(to)["columns"].iter_rows(min_row=2, values_only=True)),
        ".duckdb": lambda: _asked(duckdb.connect(str(to)), "SELECT * FROM columns"),
        ".sqlite": lambda: _asked(sqlite3.connect(to), "SELECT * FROM columns"),
        ".jsonl": lambda: [
            tuple(row.values())[1:] for row in map(json.loads, to.read_text().splitlines()) if row["table"] == "columns"
        ],
    }[suffix]()
    told = {(row[0], row[1]) for row in raw}
    expected = {(name, column) for name in SCHEMAS for column in SCHEMAS[name].names}
    assert told == expected - ({("articles", "text")} if suffix == ".xlsx" else set())


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "'=1", "''@x", "\r=1", "=cmd|' /C calc'!A0"]
)
def test_export_disarms_formulas(text: str) -> None:
    assert disarm(text) == f"'{text}"
    assert rearm(disarm(text)) == text


@pytest.mark.parametrize("text", ["Iran spent 16 billion", "'tis said", "5-1", "", "a=1", "«-1»", "'"])
def test_export_leaves_other_text_as_it_is(text: str) -> None:
    assert disarm(text) == rearm(text) == text


def test_export_csv_has_no_cell_that_begins_like_a_formula(some: Path, tmp_path: Path) -> None:
    export.export(some, tmp_path / "x.csv")
    disarmed = 0
    for path in tmp_path.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    is_number = cell.replace(".", "").replace("e+", "").removeprefix("-").isdigit()
                    assert is_number or cell[:1] not in ("=", "+", "-", "@")
                    disarmed += cell.startswith("'")
    assert disarmed > 3


def test_export_csv_says_to_excel_that_it_is_utf8(some: Path, tmp_path: Path) -> None:
    export.export(some, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbffigure_id,")
    assert "Søren Ågård" in (tmp_path / "x.csv").read_text(encoding="utf-8-sig")


def test_export_xlsx_has_no_formula(some: Path, tmp_path: Path) -> None:
    export.export(some, tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    armed = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith("=")]
    assert armed
    assert {cell.data_type for cell in armed} == {"s"}
    assert all(cell.quotePrefix for cell in armed)
    assert book["figures"].freeze_panes == "A2"


def test_export_xlsx_takes_what_excel_cannot_hold(tmp_path: Path) -> None:
    table = pa.table({"words": pa.array(["\x00\x0b", "x" * 40_000, "#N/A"])})
    field = table.schema.field("words").with_metadata({"meaning": "any"})
    workbooks.xlsx_file({"t": table.cast(pa.schema([field]))}, tmp_path / "x.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "x.xlsx")["t"].iter_rows(min_row=2, values_only=True))
    assert rows[0] == ("��",)
    assert len(str(rows[1][0])) == 32_767
    assert rows[2] == ("#N/A",)


def test_export_xlsx_refuses_more_rows_than_a_sheet(
    some: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 300)
    with pytest.raises(export.CannotExport, match=r"figures has 300 rows.*leave it out"):
        export.export(some, tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_export_takes_only_the_tables_named(some: Path, tmp_path: Path) -> None:
    written = export.export(some, tmp_path / "p.csv", ["panel"])
    assert [path.name for path in written] == ["p.csv", "p.csv-metadata.json"]
    assert len(pd.read_csv(tmp_path / "p.csv")) == loading.table(some, "panel").num_rows


@pytest.mark.parametrize(
    ("name", "tables", "said"),
    [("x.parquet", [], "must end in one of .duckdb"), ("x", [], "must end in"), ("x.csv", ["figure"], "there are art")],
)
def test_export_says_what_it_cannot(some: Path, tmp_path: Path, name: str, tables: list[str], said: str) -> None:
    with pytest.raises(export.CannotExport, match=said):
        export.export(some, tmp_path / name, tables)
    assert list(tmp_path.iterdir()) == []


def test_export_replaces_a_file_whole(some: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = tmp_path / "x.sqlite"
    export.export(some, to)
    before = to.read_bytes()
    export.export(some, to)
    assert to.read_bytes() == before

    def break_off(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(export.FORMATS, ".sqlite", break_off)
    with pytest.raises(OSError, match="No space"):
        export.export(some, to)
    assert to.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["x.sqlite"]
