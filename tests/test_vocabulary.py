"""A user's own rows: what they add, what is refused and in which words, and that nothing of them stays behind."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from flows.again import again
from flows.cli import app
from flows.news import news
from tasks import money, vocabulary
from tasks.figures.amounts import find_amounts
from tasks.lexicon import countries, tables
from tasks.relevance import is_relevant

ROOT = Path(__file__).parents[1]
ROWS = {
    "aliases.csv": "surface,code,kind,example\nRocinantia,ESP,name,Rocinantia spends more.\n",
    "companies.csv": "surface,code,kind,needs,example\nZorbcraft,ITA,maker,,Zorbcraft won the order.\n",
    "currencies.csv": "surface,place,units,needs_scale,example\nzorbs,after,ZOB,no,5 billion zorbs\n",
    "exchange_rates.csv": "currency,year_from,year_to,rate,per,source,example\n"
    "ZOB,2018,,4,USD,our own table,1000 ZOB in 2018 is 250 USD\n",
    "governments.csv": "surface,codes,kind,needs,example\nCastle Zorb,NOR,institution,,Castle Zorb wants more money.\n",
    "hedges.csv": "words,place,qualifier,example\nzorbishly,before,approx,zorbishly $5 billion\n",
    "leaders.csv": "name,aliases,code,example\nAda Zorbova,Zorbova,FIN,Zorbova promised the army more.\n",
    "lookalikes.csv": "surface,example\nFrance Zorb,They met in the France Zorb again.\n",
    "military.csv": "pattern,kind,example\nzorbmen,military,Zorbmen cost 5 billion euros.\n",
}
TEXT = "Rocinantia spent 6 billion zorbs on its military in 2018, the defence minister said."


def write(folder: Path, **tables_of: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables_of.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert set(ROWS) == set(tables.EXTENSIBLE)
    return write(tmp_path / "lexicon", **{name.removesuffix(".csv"): text for name, text in ROWS.items()})


def _seen() -> list[object]:
    """What every table that can be added to has a say in."""
    text = "Rocinantia, Zorbcraft, Castle Zorb and Zorbova met in France Zorb."
    return [
        [(text[one.start : one.end], one.surface.codes, one.surface.kind) for one in countries.find(text)],
        [
            (each.unit, each.qualifier)
            for each in find_amounts("It cost zorbishly 6 billion zorbs and 7 billion euros.")
        ],
        money.to_usd(1000, "ZOB", 2020, 2020, None),
        is_relevant(None, "Zorbmen cost 5 billion euros."),
        "Zorbcraft" in countries.makers(),
    ]


def test_vocabulary_every_table_adds_and_nothing_stays(folder: Path, tmp_path: Path) -> None:
    before = _seen()
    lexicon = vocabulary.load(folder)
    assert _seen() == before
    with tables.using(lexicon.rows):
        named, amounts, dollars, relevant, made = _seen()
    assert named == [
        ("Rocinantia", ("ESP",), "name"),
        ("Zorbcraft", ("ITA",), "company"),
        ("Castle Zorb", ("NOR",), "institution"),
        ("Zorbova", ("FIN",), "leader"),
    ]
    assert amounts == [("ZOB", "approx"), ("EUR", "exact")]
    assert isinstance(dollars, money.Conversion)
    assert (dollars.usd, dollars.source, relevant, made) == (250, "our own table, 2020", True, True)
    assert _seen() == before
    other = vocabulary.load(write(tmp_path / "other", aliases=ROWS["aliases.csv"].replace("ESP", "PRT")))
    with tables.using(other.rows):
        assert _seen()[0] == [("Rocinantia", ("PRT",), "name"), ("France", ("FRA",), "name")]
    assert _seen() == before


def test_vocabulary_one_lexicon_at_a_time(folder: Path) -> None:
    lexicon = vocabulary.load(folder)
    with tables.using(lexicon.rows), tables.using(lexicon.rows):
        with pytest.raises(tables.Occupied, match="another lexicon"), tables.using({}):
            pass
        assert countries.find("Rocinantia")
    with tables.using({}), pytest.raises(tables.Occupied):
        vocabulary.load(folder)
    assert not countries.find("Rocinantia")


BAD = {
    "currencies-value": (
        "currencies",
        "zorbs,after,ZOB,no,6 billion zorbs",
        "line 2: the example must be five billion",
    ),
    "currencies-place": (
        "currencies",
        "zorbs,behind,ZOB,no,5 billion zorbs",
        "line 2: place 'behind' is none of before",
    ),
    "currencies-unit": ("currencies", "zorbs,after,zob,no,5 billion zorbs", "line 2: units 'zob': ISO 4217"),
    "currencies-listed": ("currencies", "euros,after,ZOB,no,5 billion euros", "line 2: 'euros' is listed already"),
    "currencies-absent": ("currencies", "zorbs,after,ZOB,no,5 billion euros", "does not hold 'zorbs'"),
    "aliases-code": ("aliases", "Rocinantia,XXX,name,Rocinantia spends.", "line 2: code 'XXX': no ISO 3166-1"),
    "aliases-kind": ("aliases", "Rocinantia,ESP,nickname,Rocinantia spends.", "kind 'nickname' is none of name"),
    "aliases-taken": ("aliases", "Paris,ESP,name,Paris spends more.", "'Paris' is read as 'Paris' as FRA, not as ESP"),
    "aliases-two": ("aliases", "Rocinantia,ESP,name,Rocinantia and France.", "the example names ESP, FRA, not ESP"),
    "aliases-twice": ("aliases", "Ro,ESP,name,Ro pays.\nRo,ESP,name,Ro paid.", "line 3: 'Ro' is listed already"),
    "aliases-cells": ("aliases", "Rocinantia,ESP,name", "line 2: 3 cells for 4 columns"),
    "aliases-example": ("aliases", "Rocinantia,ESP,name,", "line 2: no example"),
    "aliases-space": ("aliases", "Rocinantia ,ESP,name,Rocinantia pays.", "line 2: stray white space"),
    "companies-kind": ("companies", "Zorbcraft,ITA,shop,,Zorbcraft won.", "kind 'shop' is none of maker"),
    "rates-dollars": ("exchange_rates", "ZOB,2018,,4,USD,x,1000 ZOB in 2018 is 400 USD", "2018 is 250 USD, not 400"),
    "rates-rate": ("exchange_rates", "ZOB,2018,,0,USD,x,1000 ZOB in 2018 is 400 USD", "rate '0': a number above"),
    "rates-bank": ("exchange_rates", "SEK,2018,,4,USD,x,1000 SEK in 2018 is 250 USD", "not 250"),
    "rates-years": ("exchange_rates", "ZOB,2018,2017,4,USD,x,1000 ZOB in 2018 is 250 USD", "year_to lies before"),
    "governments-group": ("governments", "Zorb,NOR,club,,Zorb wants more.", "kind 'club' is none of institution"),
    "hedges-word": ("hedges", "zorbishly,before,vague,zorbishly $5 billion", "qualifier 'vague' is none of exact"),
    "leaders-name": ("leaders", "Zorbova,,FIN,She promised more.", "does not hold 'Zorbova'"),
    "lookalikes-idle": ("lookalikes", "Zorb Hall,Zorb Hall lies in France.", "the example names FRA"),
    "military-pattern": ("military", "zorb(,military,Zorbmen cost 5 billion euros.", "pattern 'zorb(': "),
    "military-nothing": ("military", "z*,military,Zorbmen cost 5 billion euros.", "it must not match nothing"),
    "military-case": ("military", "Zorbmen,military,Zorbmen cost 5 billion euros.", "held against small letters"),
}


@pytest.mark.parametrize(("table", "rows", "message"), BAD.values(), ids=BAD)
def test_vocabulary_bad_rows_are_told(tmp_path: Path, table: str, rows: str, message: str) -> None:
    folder = write(tmp_path / "bad", **{table: ",".join(tables.EXTENSIBLE[f"{table}.csv"]) + f"\n{rows}\n"})
    with pytest.raises(vocabulary.BadLexicon) as told:
        vocabulary.load(folder)
    assert str(told.value).startswith(f"{folder / table}.csv, line ")
    assert message in str(told.value)
    assert "\n" not in str(told.value)
    vocabulary.load(None)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("aliases.csv", b"", "line 1: the columns must be surface,code,kind,example"),
        ("aliases.csv", b"surface,code\na,b\n", "line 1: the columns must be"),
        ("aliases.csv", b"surface,code,kind,example\n", "no rows below the header"),
        ("aliases.csv", b"surface,code,kind,example\n\xff\n", "not UTF-8 (byte 26)"),
        ("aliases.csv", b'surface,code,kind,example\n"a\n', "no CSV: "),
        ("aliases.csv", b"x" * 1_000_001, "more than 1,000,000 bytes"),
        ("aliasses.csv", b"surface\n", "not a table that can be added to; these are: aliases.csv, "),
        ("measures.toml", b"", "not a table that can be added to"),
        ("README.md", b"ours", "holds no table; it may hold aliases.csv, "),
    ],
)
def test_vocabulary_bad_files_are_told(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(vocabulary.BadLexicon) as told:
        vocabulary.load(tmp_path)
    assert message in str(told.value)


def test_vocabulary_takes_what_spreadsheets_write(tmp_path: Path) -> None:
    (tmp_path / "aliases.csv").write_bytes(b"\xef\xbb\xbf" + ROWS["aliases.csv"].replace("\n", "\r\n").encode())
    lexicon = vocabulary.load(tmp_path)
    assert lexicon.digest == vocabulary.load(write(tmp_path / "other", aliases=ROWS["aliases.csv"])).digest


def test_vocabulary_commands_refuse_before_any_work(tmp_path: Path) -> None:
    article = tmp_path / "a.txt"
    article.write_text(TEXT, encoding="utf-8")
    bad = write(tmp_path / "bad", aliases="surface,code,kind,example\nParis,ESP,name,Paris spends more.\n")
    for command in (["run", str(article), "--out", str(tmp_path / "out")], ["read", TEXT]):
        for wrong, message in ((bad, "aliases.csv, line 2: 'Paris' is read"), (tmp_path / "none", "no such folder")):
            result = CliRunner().invoke(app, [*command, "--lexicon", str(wrong)])
            assert (result.exit_code, result.stdout) == (2, "")
            assert message in result.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_vocabulary_read_takes_a_lexicon(folder: Path) -> None:
    result = CliRunner().invoke(app, ["read", TEXT, "--published", "2019-01-01", "--lexicon", str(folder)])
    assert result.exit_code == 0
    assert "ESP" in result.stdout
    assert "ZOB" in result.stdout


def _figures(out: Path) -> list[tuple[str, str, float]]:
    return duckdb.sql(f"SELECT spender, unit, usd FROM '{out}/figures/*.parquet'").fetchall()


def _parameters(out: Path) -> dict[str, object]:
    query = f"SELECT parameters FROM '{out}/runs/*.parquet' ORDER BY ended DESC LIMIT 1"
    (cell,) = duckdb.sql(query).fetchall()[0]
    found: dict[str, object] = json.loads(cell)
    return found


@pytest.mark.usefixtures("prefect_server")
def test_vocabulary_a_lexicon_that_changed_reads_anew(folder: Path, tmp_path: Path) -> None:
    article, out = tmp_path / "a.txt", tmp_path / "out"
    article.write_text(TEXT, encoding="utf-8")
    run: dict[str, Any] = {"inputs": [article], "out": out}
    news(**run)
    assert [row for row in _figures(out) if row[0] == "ESP"] == []
    assert _parameters(out)["lexicon_sha256"] is None
    assert news(**run, lexicon=folder).anew == 1
    assert _figures(out) == [("ESP", "ZOB", 1.5e9)]
    assert _parameters(out)["lexicon_sha256"] == vocabulary.load(folder).digest
    assert news(**run, lexicon=folder).anew == 0
    assert again(out).anew == 0
    write(folder, aliases=ROWS["aliases.csv"].replace("ESP", "PRT"))
    assert again(out).anew == 1
    assert _figures(out) == [("PRT", "ZOB", 1.5e9)]
    assert news(**run).anew == 1
    assert [row for row in _figures(out) if row[0] == "PRT"] == []


def test_vocabulary_no_pattern_of_a_module_comes_from_a_table_that_can_be_added_to() -> None:
    """Modules are imported once: what they compile then would not hear of a user's rows."""
    script = """
import importlib, pkgutil
import tasks
from tasks.lexicon import tables
read, real = set(), tables.built_in
tables.built_in = lambda name: (read.add(name), real(name))[1]
for module in pkgutil.walk_packages(tasks.__path__, "tasks."):
    if module.name.split(".")[1] not in ("training", "network", "fitting"):
        importlib.import_module(module.name)
print(*sorted(read))
"""
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    read = set(told.stdout.split())
    assert "period_words.csv" in read
    assert read & set(tables.EXTENSIBLE) == set()


NOT_OF_TABLES = {"money._quotes", "figures.spenders._weights"}


def _kept() -> Iterator[tuple[str, bool]]:
    """Every cached function beside the tables, and whether it is renewed."""
    for path in sorted((ROOT / "tasks").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        names = ("from tasks.lexicon import tables", "import countries, tables", "tables import rows")
        if not any(name in source for name in names) and "lexicon" not in path.parts:
            continue
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef):
                decorators = [ast.unparse(each) for each in node.decorator_list]
                if any("cache" in each for each in decorators):
                    module = ".".join(path.relative_to(ROOT / "tasks").with_suffix("").parts)
                    yield f"{module}.{node.name}", decorators[0] == "tables.renewed"


def test_vocabulary_all_that_is_made_of_tables_is_renewed() -> None:
    kept = dict(_kept())
    assert len(kept) > 40
    others = {"figures.plausibility._table", "reference._sipri_names", "steps._series", "settings._own"}
    others |= {"languages._model", "languages._common_words", "lexicon.datelines._countries"}
    others |= {"sources.dates._kinds", "sources.dates._stamp"}
    others |= {f"lexicon.{name}" for name in ("publishing._by_ending", "publishing._by_host", "publishing._by_name")}
    assert {name for name, is_renewed in kept.items() if not is_renewed} <= NOT_OF_TABLES | others
