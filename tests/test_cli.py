"""The command: its exit codes, its one-line complaints, and what it prints."""

import dataclasses
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import spacy
from prefect.settings import PREFECT_API_URL, temporary_settings
from rich.console import Console
from typer.testing import CliRunner, Result

from flows import cli, version
from tasks import entities, storage
from tasks.figures import assemble
from tasks.records import Article, to_table
from tasks.shards import NAMED
from tasks.views import terminal

Make = Callable[..., Any]
Write = Callable[..., Path]
TEXT = "Last year, Iran spent sixteen billion dollars on its military"


@pytest.fixture
def small_engine(monkeypatch: pytest.MonkeyPatch, make_figure: Make) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    monkeypatch.setattr(entities, "load_model", lambda name: nlp)

    def extract(doc: Any, article: Article, *_: Any) -> list[Any]:
        if "bug" in article.text:
            raise ZeroDivisionError("planted")
        return [make_figure(article.article_id, claimant="Zarif")]

    monkeypatch.setattr(assemble, "extract", extract)


def _milspend(*arguments: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, [str(each) for each in arguments], input=text)


def _record(number: int, words: str = "") -> dict[str, Any]:
    return {"id": f"n{number}", "text": f"Atlantis spent {number} billion dollars on its navy, he said. {words}"}


@pytest.mark.usefixtures("small_engine")
def test_cli_wrong_usage_is_one_line_and_exit_code_2(tmp_path: Path, write_lines: Write) -> None:
    inbox = write_lines("in.jsonl", _record(1))
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "series.csv").write_text("no,series\n")
    out = tmp_path / "out"
    for arguments, said in (
        ((tmp_path / "nowhere", "--out", out), "nowhere: no such file or folder"),
        ((tmp_path / "empty", "--out", out), "no file that could be read in this folder"),
        ((inbox, "--out", tmp_path / "file"), "file: cannot be written"),
        ((inbox, "--out", out, "--reference", tmp_path / "series.csv"), "neither the World Bank's CSV"),
        ((inbox, "--out", out, "--reference", tmp_path / "nowhere"), "No such file"),
    ):
        result = _milspend("run", *arguments)
        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stderr.startswith("milspend: ")
        assert result.stderr.count("\n") == 1
        assert result.stdout == ""


@pytest.mark.parametrize(
    "options",
    [
        ["--published", "2019-13-01"],
        ["--published", "yesterday"],
        ["--limit", "0"],
        ["--limit", "many"],
        ["--scope", "some"],
        ["--min-confidence", "1.5"],
        ["--unknown"],
    ],
)
def test_cli_wrong_option_is_exit_code_2(tmp_path: Path, write_lines: Write, options: list[str]) -> None:
    result = _milspend("run", write_lines("in.jsonl", _record(1)), "--out", tmp_path / "out", *options)
    assert result.exit_code == 2
    assert options[0] in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_cli_missing_model_is_one_line_that_says_what_to_install(tmp_path: Path, write_lines: Write) -> None:
    result = _milspend("run", write_lines("in.jsonl", _record(1)), "--out", tmp_path, "--model", "no_such_model")
    assert result.exit_code == 2
    assert re.fullmatch(r"milspend: model 'no_such_model' is .*install it \(pip install .*\n", result.stderr)


@pytest.mark.usefixtures("small_engine", "prefect_server")
def test_cli_run_prints_figures_counts_and_where_the_tables_are(tmp_path: Path, write_lines: Write) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(3)), "{broken"), tmp_path / "out"
    result = _milspend("run", inbox, "--out", out, "--published", "2019-07-18")
    assert result.exit_code == 0
    assert re.fullmatch(rf"milspend: {re.escape(str(inbox))}:4: bad_record: .* character 2\n", result.stderr)
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["spender", "measure", "value", "year", "status", "who", "says", "so", "evidence"]
    assert re.match(r"IRN +expenditure +5 bn USD +2018 +actual +Zarif +Atlantis spent 5 billion dollars", lines[1])
    assert lines[-2] == "4 articles read, 3 kept, 1 set aside (1 bad_record), 3 figures written"
    assert lines[-1].startswith(f"tables: {out}/")
    again = _milspend("run", inbox, "--out", out, "--published", "2019-07-18")
    assert again.stdout.splitlines()[1] == lines[1]
    assert "3 kept (3 stored before)" in again.stdout
    quiet = _milspend("run", inbox, "--out", out, "--published", "2019-07-18", "--quiet")
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", result.stderr)
    shown = _milspend("show", out)
    assert shown.stdout.splitlines()[1:] == lines[1:4]


@pytest.mark.usefixtures("small_engine", "prefect_server")
def test_cli_run_with_a_bug_in_it_is_exit_code_1_and_keeps_the_rest(tmp_path: Path, write_lines: Write) -> None:
    inbox = write_lines("in.jsonl", _record(1), _record(2, "A bug."), _record(3))
    result = _milspend("run", inbox, "--out", tmp_path / "out", "--quiet")
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith(f"milspend: {inbox}")
    assert first.endswith("internal_error in extract: ZeroDivisionError: planted")
    assert second == "milspend: failed: 1 set aside as internal_error"
    assert storage.read_table(tmp_path / "out", "figures").num_rows == 2


@pytest.mark.usefixtures("small_engine", "prefect_server")
def test_cli_run_names_every_input_that_led_nowhere_and_counts_what_it_does_not_name(
    tmp_path: Path, write_lines: Write
) -> None:
    inbox = write_lines("in.jsonl", _record(1), *["{broken\x1b[2J"] * NAMED)
    arguments = ("run", inbox, tmp_path / "absent.txt", "--out", tmp_path / "out")
    for _ in range(2):
        result = _milspend(*arguments)
        assert result.exit_code == 0
        first, *rest, last = result.stderr.splitlines()
        assert first == f"milspend: {tmp_path / 'absent.txt'}: unreadable: no such file or folder"
        assert len(rest) == NAMED - 1
        assert last == "milspend: ... and 1 more set aside: see the table rejections"
        assert "\x1b" not in result.stderr


@pytest.mark.usefixtures("small_engine", "prefect_server")
def test_cli_run_says_in_one_line_what_the_flow_refuses(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_check", lambda *_: None)  # as if another run had begun since it looked
    with storage.reserved(tmp_path / "out"):
        result = _milspend("run", write_lines("in.jsonl", _record(1)), "--out", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (2, f"milspend: {tmp_path}/out: another run is writing there\n")


def test_cli_run_is_silent_but_for_what_it_found(tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "data" / "sample" / "kenya-vote.txt"
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    program = [sys.executable, "-m", "flows.cli", "run", str(sample), "--out", str(tmp_path / "out")]
    done = subprocess.run(program, capture_output=True, text=True, env=environment | {"PREFECT_HOME": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 article read" in done.stdout


@pytest.mark.usefixtures("small_engine")
def test_cli_run_says_that_no_server_answers(tmp_path: Path, write_lines: Write) -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        result = _milspend("run", write_lines("in.jsonl", _record(1)), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr.startswith("milspend: no Prefect server answers at http://127.0.0.1:9/api (PREFECT_API_URL)")
    assert result.stderr.count("\n") == 1


def test_cli_run_is_quiet_or_verbose(tmp_path: Path, write_lines: Write) -> None:
    result = _milspend("run", write_lines("in.jsonl", _record(1)), "--out", tmp_path / "out", "-q", "-v")
    assert (result.exit_code, result.stderr) == (2, "milspend: --quiet and --verbose: choose one\n")


@pytest.mark.usefixtures("small_engine", "prefect_server")
def test_cli_run_refuses_a_folder_that_another_run_writes(tmp_path: Path, write_lines: Write) -> None:
    inbox = write_lines("in.jsonl", _record(1))
    with storage.reserved(tmp_path / "out"):
        result = _milspend("run", inbox, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "another run is writing there" in result.stderr


@pytest.mark.usefixtures("small_engine", "prefect_server")
def test_cli_run_says_in_one_line_what_stopped_it(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "write_shard", full)
    result = _milspend("run", write_lines("in.jsonl", _record(1)), "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr == "milspend: OSError: [Errno 28] No space left on device (--verbose says more)\n"


def test_cli_read_prints_the_rows_of_a_text() -> None:
    for result in (
        _milspend("read", TEXT, "--published", "2019-07-18"),
        _milspend("read", "--published", "2019-07-18", text=TEXT),
    ):
        assert (result.exit_code, result.stderr) == (0, "")
        assert re.match(r"IRN +expenditure +16 bn USD +2018 +actual", result.stdout.splitlines()[1])


def test_cli_read_says_why_a_text_is_none() -> None:
    result = _milspend("read", text=" ")
    assert result.exit_code == 2
    assert result.stderr.startswith("milspend: no_text: ")
    assert _milspend("read", "It rained all day in the capital.").stdout == "no figures\n"


def test_cli_read_refuses_what_is_no_text() -> None:
    result = CliRunner().invoke(cli.app, ["read"], input=b"spent \xff\xfe\x80 on arms")
    assert result.exit_code == 2
    assert result.stderr.startswith("milspend: no UTF-8 at byte 6 (0xff)")


def test_cli_prints_on_a_terminal_that_has_not_all_characters() -> None:
    words = "Türkiye spent €5 billion on its military in 2018."
    program = [sys.executable, "-m", "flows.cli", "read", words]
    done = subprocess.run(program, capture_output=True, text=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "T\\xfcrkiye" in done.stdout


def test_cli_says_in_one_line_that_it_cannot_print() -> None:
    with open("/dev/full", "w") as full:
        program = [sys.executable, "-m", "flows.cli", "--version"]
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_cli_evaluate_scores_a_gold_file(tmp_path: Path) -> None:
    gold = Path(__file__).parent / "evaluation" / "dev_c.jsonl"
    some = tmp_path / "gold.jsonl"
    some.write_text("\n".join(gold.read_text(encoding="utf-8").splitlines()[:2]), encoding="utf-8")
    result = _milspend("evaluate", some)
    assert result.exit_code == 0
    assert "articles 2 of 2 found" in result.stdout
    for broken in ("{}", "[" * 100_000):
        some.write_text(broken)
        result = _milspend("evaluate", some)
        assert result.exit_code == 2
        assert result.stderr.startswith("milspend: ")


def test_cli_show_refuses_a_folder_without_tables(tmp_path: Path) -> None:
    result = _milspend("show", tmp_path)
    assert result.exit_code == 2
    assert result.stderr == f"milspend: {tmp_path}: no tables are here\n"


def test_cli_version_is_the_installed_one() -> None:
    assert _milspend("--version").stdout == f"milspend {version()}\n"


def test_cli_imports_prefect_only_for_what_runs_a_flow() -> None:
    program = "import sys; from flows import cli, reading; from tasks import storage; print('prefect' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )
    light = "import sys; from flows import cli; print({'spacy', 'prefect', 'pyarrow'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", light], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"value_low": 16e9, "value": 16e9, "value_high": 16e9}, "16 bn USD"),
        ({"value_low": 1.21e12, "value": 1.21e12, "value_high": 1.21e12, "qualifier": "approx"}, "about 1.21 tn USD"),
        ({"value_low": 5e9, "value": 5.5e9, "value_high": 6e9, "qualifier": "range"}, "5 to 6 bn USD"),
        ({"value_low": 1e10, "value": None, "value_high": 1e11, "qualifier": "order"}, "10 to 100 bn USD"),
        ({"value_low": 2.0, "value": 2.0, "value_high": 2.0, "unit": "PCT", "qualifier": "at_least"}, "over 2 %"),
        ({"value_low": -3e6, "value": -3e6, "value_high": -3e6, "measure": "change"}, "-3 m USD"),
        (
            {"value_low": 850.0, "value": 850.0, "value_high": 850.0, "unit": "EUR", "qualifier": "at_most"},
            "up to 850 EUR",
        ),
    ],
)
def test_terminal_value_is_read_at_a_glance(make_figure: Make, columns: dict[str, Any], said: str) -> None:
    assert terminal.value(dataclasses.asdict(make_figure(**columns))) == said


def test_terminal_evidence_highlights_the_amount_and_keeps_it_in_sight(make_figure: Make) -> None:
    before, amount = "word " * 60, "5 billion dollars"
    columns = {
        "evidence": f"{before}{amount} {'word ' * 60}",
        "sentence_start": 1000,
        "amount_start": 1000 + len(before),
    }
    row = dataclasses.asdict(make_figure(**columns, amount_end=1000 + len(before) + len(amount)))
    text = terminal.evidence(row)
    (span,) = text.spans
    assert text.plain[span.start : span.end] == amount
    assert text.plain.startswith("...")
    assert text.plain.endswith("...")
    assert len(text.plain) < 130


@pytest.mark.parametrize("width", [80, 160])
def test_terminal_table_shows_all_of_a_row_at_any_width(make_figure: Make, width: int) -> None:
    rows = [dataclasses.asdict(make_figure(claimant="[red]Nobody[/red]")), dataclasses.asdict(make_figure("a2"))]
    console = Console(width=width)
    with console.capture() as printed:
        for part in terminal.figures(rows, width, 1234):
            console.print(part)
    lines = printed.get().splitlines()
    assert "[red]Nobody[/red]" in lines[1]
    assert sum("Atlantis spent 5 billion dollars on its navy." in line for line in lines) == 2
    assert lines[-1] == "... and 1,232 more"
    assert all(len(line) <= width for line in lines)


def _shown(*arguments: str | Path) -> list[str]:
    result = _milspend("show", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


def test_cli_show_filters_limits_and_prints_json_and_csv(tmp_path: Path, make_article: Make, make_figure: Make) -> None:
    figures = [
        make_figure("a1", figure_id="f1", claimant="Søren Ågård"),
        make_figure("a1", figure_id="f2", spender="NOR", year_start=2020, year_end=2021, evidence="=1+1"),
        make_figure("a1", figure_id="f3", measure="aid", status="planned", confidence=0.9),
    ]
    tables = {"articles": to_table("articles", [make_article("a1", title="Türkiye")]), "figures": figures}
    tables["figures"] = to_table("figures", figures)
    empty = {name: to_table(name, []) for name in storage.WRITTEN}
    storage.write_shard(tmp_path, "s1", {**empty, **tables}, "engine")

    def found(*options: str) -> list[str]:
        return [row["figure_id"] for row in json.loads("\n".join(_shown(tmp_path, *options, "--json")))]

    assert found() == ["f1", "f2", "f3"]
    assert found("--country", "Norway") == found("--country", "NOR") == found("--year", "2021") == ["f2"]
    assert found("--country", "NOR", "--country", "IRN") == ["f1", "f2", "f3"]
    assert found("--measure", "aid") == found("--status", "planned") == found("--min-confidence", "0.8") == ["f3"]
    assert found("--claimant", "ågård") == ["f1"]
    assert found("--claimant", "ågård", "--year", "2020") == []
    assert _shown(tmp_path, "--limit", "1")[-1] == "... and 2 more"
    assert _shown(tmp_path, "--year", "1999") == ["no figures"]
    read = pd.read_csv(io.StringIO("\n".join(_shown(tmp_path, "--csv"))))
    assert read["title"].tolist() == ["Türkiye"] * 3
    assert read["evidence"].tolist()[1] == "'=1+1"
    both = _milspend("show", tmp_path, "--json", "--csv")
    assert (both.exit_code, both.stderr) == (2, "milspend: --json and --csv: choose one\n")
    wrong = _milspend("show", tmp_path, "--country", "Atlantis")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)


def test_cli_export_says_what_it_wrote(tmp_path: Path, make_article: Make, make_figure: Make) -> None:
    tables = {name: to_table(name, []) for name in storage.WRITTEN}
    tables |= {"articles": to_table("articles", [make_article()]), "figures": to_table("figures", [make_figure()])}
    storage.write_shard(tmp_path / "out", "s1", tables, "engine")
    to = tmp_path / "x.csv"
    result = _milspend("export", tmp_path / "out", "--to", to, "--table", "panel", "--no-text")
    assert result.exit_code == 0
    described = f"{to}-metadata.json: what the columns mean, as CSV on the Web"
    assert result.stdout.splitlines() == [f"{to}: table panel", described]
    assert len(pd.read_csv(to)) == 1
    wrong = _milspend("export", tmp_path / "out", "--to", tmp_path / "x.doc")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)
    assert _milspend("export", tmp_path, "--to", to).stderr == f"milspend: {tmp_path}: no tables are here\n"


@pytest.mark.usefixtures("small_engine", "prefect_server")
def test_cli_again_and_forget_need_no_file_of_an_article(tmp_path: Path, write_lines: Write) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(2))), tmp_path / "out"
    assert _milspend("run", inbox, "--out", out, "--quiet").exit_code == 0
    inbox.unlink()
    done = _milspend("again", out)
    assert done.exit_code == 0
    assert "0 figures written" in done.stdout
    anew = _milspend("again", out, "--min-confidence", "0.1")
    assert anew.exit_code == 0
    assert "2 read anew, 2 figures written" in anew.stdout
    name = storage.read_table(out, "articles", ["article_id"])["article_id"].to_pylist()[0]
    gone = _milspend("forget", name, out)
    assert (gone.exit_code, gone.stdout) == (0, f"{name} is forgotten, with its text and 1 figure\n")
    assert storage.count(out, "articles") == storage.count(out, "figures") == 1
    assert storage.read_table(out, "panel", ["articles"])["articles"].to_pylist() == [1]
    assert _milspend("again", out).exit_code == 0


def test_cli_operations_say_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    for arguments, said in (
        (("again", tmp_path / "nowhere"), "no tables are here"),
        (("forget", "a1", tmp_path), "no tables are here"),
        (("alert", "mailto:someone"), "not an address"),
        (("alert", "http://127.0.0.1:9/"), "no Prefect server answers"),
        (("serve", "--cron", "at night"), "no schedule: cron 'at night'"),
        (("serve",), "no Prefect server answers"),
    ):
        with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
            result = _milspend(*arguments)
        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stderr.count("\n") == 1
