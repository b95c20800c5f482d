"""What every table of the lexicon promises as a table; what its rows say, its room's test proves."""

import csv
import io
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tasks.lexicon import tables

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tasks" / "lexicon"
CSV = sorted(FOLDER.glob("*.csv"))
TOML = sorted(FOLDER.glob("*.toml"))
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tasks").rglob("*.py"))


def faults(text: str) -> list[str]:
    """What is wrong with the text of a CSV table, whatever it holds."""
    found = [] if text.endswith("\n") and "\r" not in text else ["lines do not end in line feeds"]
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    found += [] if "example" in header and len(set(header)) == len(header) else ["wrong header"]
    found += ["a word twice in the header or a row twice"] * (len({tuple(row) for row in rows}) != len(rows))
    found += [] if rows else ["no rows"]
    for at, row in enumerate(rows, start=2):
        if len(row) != len(header):
            found.append(f"line {at}: {len(row)} cells for {len(header)} columns")
        elif not dict(zip(header, row, strict=True)).get("example", "-").strip():
            found.append(f"line {at}: no example")
        if any(cell != cell.strip() or "\n" in cell or "\t" in cell for cell in row):
            found.append(f"line {at}: stray white space")
    return found


@pytest.mark.parametrize("path", CSV, ids=lambda path: path.name)
def test_lexicon_tables_are_whole(path: Path) -> None:
    assert faults(path.read_bytes().decode("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("word,example\r\na,b\r\n", "line feeds"),
        ("word,example\na,b", "line feeds"),
        ("word\na\n", "wrong header"),
        ("word,word,example\na,b,c\n", "wrong header"),
        ("word,example\n", "no rows"),
        ("word,example\na,b\na,b\n", "twice"),
        ("word,example\na,b,c\n", "line 2: 3 cells for 2"),
        ("word,example\na,b\nc\n", "line 3: 1 cells for 2"),
        ("word,example\na,\n", "line 2: no example"),
        ("word,example\na ,b\n", "line 2: stray"),
        ('word,example\n"a\nb",b\n', "line 2: stray"),
    ],
)
def test_lexicon_tables_faults_are_seen(text: str, fault: str) -> None:
    assert any(fault in found for found in faults(text))


@pytest.mark.parametrize("name", ["boilerplate.csv", "military.csv"])
def test_lexicon_tables_patterns_match_words(name: str) -> None:
    assert [row["pattern"] for row in tables.rows(name) if re.compile(row["pattern"]).search("")] == []


@pytest.mark.parametrize("path", [*CSV, *TOML], ids=lambda path: path.name)
def test_lexicon_tables_are_read(path: Path) -> None:
    assert re.search(rf"[\"']{re.escape(path.name)}[\"']", SOURCES)


def test_lexicon_tables_are_shipped() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    files = [path for path in (ROOT / "tasks").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    data = [path for path in files if path.suffix != ".py"]
    assert len(data) > 30
    assert [path for path in data if not any(fnmatch(path.name, pattern) for pattern in patterns)] == []


def test_lexicon_tables_read_cells_as_they_stand() -> None:
    [norway] = [row for row in tables.rows("countries.csv") if row["code"] == "NOR"]
    assert norway["name"] == "Norway"
    assert all(isinstance(cell, str) for row in tables.rows("countries.csv") for cell in row.values())


@pytest.mark.parametrize("read", [tables.rows, tables.document])
def test_lexicon_tables_unknown_name_is_an_error(read: Any) -> None:
    with pytest.raises(FileNotFoundError):
        read("no_such_table.csv")
