"""What README says, tried: its commands, options, paths and targets exist, its snippets run, its example is possible.

REGENERATE_GOLDEN=1 runs the command of the example and writes its output anew, for review.
"""

import ast
import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import matplotlib.pyplot
import pandas as pd
import pyarrow as pa
import pytest
import typer

from flows import DEFAULT_MIN_CONFIDENCE, cli
from tasks import cleaning, sources, storage
from tasks.records import SCHEMAS, Article, to_table
from tasks.views import compacting, loading

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
OUT = "data/out"

_SUFFIXES = "py|toml|csv|md|json|jsonl|lock|txt|standoff"
_PATH = re.compile(rf"`([\w.-]+/[\w./-]*|[\w-]+\.(?:{_SUFFIXES}))`")
_LINK = re.compile(r"\]\((?!https?:)([^)]+)\)")
_OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
_MARKER = "<!-- example -->"

READING = [each for each in re.findall(r"^```python\n(.*?)^```$", TEXT, re.M | re.S) if "figures = " in each]
Make = Callable[..., Any]
GROUP: Any = typer.main.get_command(cli.app)
COMMANDS: dict[str, Any] = dict(GROUP.commands)


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def calls(text: str) -> Iterator[str]:
    """Every call of ``milspend`` with a command or an option, in code blocks and between backticks."""
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    for words in [*lines, *re.findall(r"`([^`\n]+)`", text)]:
        if words.startswith("milspend "):
            yield words


def options(command: Any) -> set[str]:
    """The options that a command has, short ones too."""
    told = [each for each in command.params if each.param_type_name == "option"]
    return {name for each in told for name in (*each.opts, *each.secondary_opts)}


def unknown_calls(text: str) -> list[str]:
    """The calls that name a command or an option which does not exist."""
    found = []
    for call in calls(text):
        name, *rest = call.removeprefix("milspend ").split()
        command = COMMANDS.get(name, GROUP)
        named = set(_OPTION.findall(" ".join(rest if name in COMMANDS else [name, *rest])))
        if (name not in COMMANDS and not name.startswith("--")) or not named <= options(command) | {"--help"}:
            found.append(call)
    return found


def options_told(text: str, command: str) -> set[str]:
    """The options in the first column of the table of a command's own section."""
    (section,) = re.findall(rf"^### `milspend {command}\b(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    return {
        name
        for cell in re.findall(r"^\| (`-[^|]*)\|", section.replace("\\|", " "), re.MULTILINE)
        for name in _OPTION.findall(cell)
    }


ROOMS_TOLD = ("figures", "views", "sources", "lexicon")
"""Rooms of many files, which README names in tables of their own."""


def missing_paths(text: str, root: Path) -> list[str]:
    """The paths and files that are named and are not there; what a run writes is not looked for."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    figures = {path.name for room in ROOMS_TOLD for path in (root / "tasks" / room).rglob("*")}
    named = [path for path in _PATH.findall(prose) if not path.startswith(OUT) and path not in figures]
    linked = [link.split("#")[0] for link in _LINK.findall(prose)]
    return [path for path in [*named, *linked] if path and not (root / path).exists()]


def missing_anchors(text: str) -> list[str]:
    """The links within the page that lead to no heading."""
    headings = {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in re.findall(r"^#+ (.*)$", text, re.M)}
    return [link for link in _LINK.findall(text) if link.startswith("#") and link[1:] not in headings]


def missing_targets(text: str, makefile: str) -> list[str]:
    """The targets of make that are named and are none."""
    named = re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
    return [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)]


def unnamed_rooms(text: str, root: Path) -> list[str]:
    """The rooms that the map of the house leaves out."""
    rooms = [path for path in (root / "tasks").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    parts = (root / "tasks" / "figures").iterdir()
    files = [path.name for path in parts if path.suffix == ".py" or (path / "__init__.py").exists()]
    named = [f"tasks/{path.name}" for path in rooms] + files
    return sorted(name for name in named if "__" not in name and f"| `{name}` |" not in text)


def floors_told(text: str) -> dict[str, int]:
    """The floors of the table in README, but for the one of all other rooms."""
    rows = re.findall(r"^\| (\d+) \| (`.*) \|$", text, re.MULTILINE)
    return {room: int(floor) for floor, rooms in rows for room in re.findall(r"`([^`]+)`", rooms)}


def test_readme_names_commands_and_options_that_exist() -> None:
    assert {call.split()[1] for call in calls(TEXT)} >= set(COMMANDS)
    assert unknown_calls(TEXT) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_readme_tells_every_option_and_no_other(name: str) -> None:
    assert options_told(TEXT, name) == options(COMMANDS[name])


def test_readme_calls_are_understood() -> None:
    lines = [line for block in blocks(TEXT, "sh") for line in block.splitlines() if line.startswith("milspend ")]
    assert lines
    for line in lines:
        _, name, *arguments = shlex.split(line)
        context = COMMANDS[name].make_context(name, arguments)
        inputs = [Path(each) for key in ("inputs", "gold") for each in _listed(context.params.get(key))]
        assert all((ROOT / path).exists() for path in inputs)


def test_readme_paths_links_and_targets_exist() -> None:
    assert missing_paths(TEXT, ROOT) == []
    assert missing_anchors(TEXT) == []
    assert missing_targets(TEXT, (ROOT / "Makefile").read_text(encoding="utf-8")) == []


def test_readme_maps_every_room_on_its_floor() -> None:
    assert unnamed_rooms(TEXT, ROOT) == []
    assert floors_told(TEXT) == _floors()


def test_readme_tells_the_default_confidence() -> None:
    assert f"Default: {DEFAULT_MIN_CONFIDENCE}." in TEXT


@pytest.mark.parametrize(
    ("find", "planted", "found"),
    [
        (unknown_calls, "`milspend publish OUT`", ["milspend publish OUT"]),
        (unknown_calls, "`milspend show OUT --wide`", ["milspend show OUT --wide"]),
        (unknown_calls, "```sh\nmilspend --colour\n```", ["milspend --colour"]),
        (unknown_calls, "`milspend --version` `milspend read [TEXT]` `milspend run a -q --out b`", []),
        (
            lambda text: missing_paths(text, ROOT),
            "`tasks/steps.py` `tasks/helpers.py` `amounts.py`",
            ["tasks/helpers.py"],
        ),
        (lambda text: missing_paths(text, ROOT), "[here](data/READ.md) `uv.lock`", ["uv.lock", "data/READ.md"]),
        (missing_anchors, "## The house\n[a](#the-house) [b](#the-garden)", ["#the-garden"]),
        (lambda text: missing_targets(text, "run: x\n"), "`make run`\nmake fly", ["fly"]),
        (lambda text: options_told(text, "run"), "### `milspend run`\n| `--out DIR` | a |\n## b\n| `-x` |", {"--out"}),
        (floors_told, "| 4 | every other room |\n| 3 | `gold`, `lexicon` |", {"gold": 3, "lexicon": 3}),
    ],
)
def test_readme_checks_see_what_is_planted(find: Callable[[str], Any], planted: str, found: Any) -> None:
    assert find(planted) == found


def test_readme_checks_see_a_room_left_out() -> None:
    assert unnamed_rooms(TEXT.replace("| `tasks/money.py` |", "").replace("| `years.py` |", ""), ROOT) == [
        "tasks/money.py",
        "years.py",
    ]


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_article: Make, make_figure: Make) -> Path:
    """The folder of tables that the snippets read, two articles in two shards; the work directory lies above it."""
    for name in ("a1", "a2"):
        rows = {"articles": [make_article(name)], "figures": [make_figure(name, confidence=0.95)]}
        shard = {table: to_table(table, rows.get(table, [])) for table in storage.WRITTEN}
        storage.write_shard(tmp_path / OUT, name, shard, "engine")
    monkeypatch.chdir(tmp_path)
    return tmp_path / OUT


@pytest.mark.parametrize("snippet", READING)
def test_readme_snippet_reads_the_tables(tables: Path, snippet: str) -> None:
    names: dict[str, Any] = {}
    exec(snippet, names)
    figures = names["figures"]
    columns = figures.column_names if isinstance(figures, pa.Table) else list(figures.columns)
    beside = ["reviewed", *loading.CITATION] if "tasks.views" in snippet else []
    assert columns == [*SCHEMAS["figures"].names, *beside]
    assert len(figures) == 2
    assert names.get("amount", "5 billion dollars") == "5 billion dollars"


def test_readme_snippet_draws_the_panel(tables: Path) -> None:
    matplotlib.use("agg")
    (snippet,) = [each for each in blocks(TEXT, "python") if ".panel" in each]
    names: dict[str, Any] = {}
    exec(snippet.replace("RUS", "IRN"), names)
    assert names["said"].to_dict("list") == {"low": [5.0], "median": [5.0], "high": [5.0]}
    assert len(names["axes"].lines) == 1
    matplotlib.pyplot.close("all")


def test_readme_shows_a_snippet_for_each_library() -> None:
    firsts = {each.split()[1].split(".")[0] for each in READING}
    assert firsts == {"pandas", "duckdb", "pyarrow", "tasks"}
    assert any("amount" in each for each in READING)


def test_readme_query_finds_the_figures(tables: Path) -> None:
    (query,) = [each for each in blocks(TEXT, "sql") if OUT in each]
    found = duckdb.sql(query).df()
    assert found["billions"].tolist() == [5.0, 5.0]
    assert isinstance(found, pd.DataFrame)


def test_readme_queries_of_compacted_tables_find_the_figures(tables: Path) -> None:
    compacting.compact(tables, Path("data/compact"))
    queries = [each for each in blocks(TEXT, "sql") if "data/compact" in each]
    assert len(queries) == 4
    for query in queries:
        asked = query.replace("ARTICLE", "a1").replace("DATE '2019-07-18'", "DATE '2019-07-18' OR published IS NULL")
        assert duckdb.sql(asked).fetchall(), query


def test_readme_call_of_the_flow_fits_its_parameters() -> None:
    (snippet,) = [each for each in blocks(TEXT, "python") if "flows" in each]
    names: dict[str, Any] = {}
    tree = ast.parse(snippet)
    (last,) = [node for node in tree.body if isinstance(node, ast.Assign)]
    assert isinstance(last.value, ast.Call)
    tree.body.remove(last)
    exec(compile(tree, "README.md", "exec"), names)
    given = {each.arg: eval(ast.unparse(each.value), names) for each in last.value.keywords if each.arg}
    bound = inspect.signature(names["news"].fn).bind(**given)
    assert all((ROOT / path).exists() for path in bound.arguments["inputs"])


def test_readme_example_is_an_output_that_can_be(tmp_path: Path) -> None:
    text = TEXT
    if os.environ.get("REGENERATE_GOLDEN"):
        text = _with_example(text, _output(_example_command(text), tmp_path))
        README.write_text(text, encoding="utf-8")
    assert example_faults(text) == []


@pytest.mark.parametrize(
    ("words", "others", "said"),
    [
        ("spent 22 billion", "spent 23 billion", "stands in no sample article"),
        ("spender  measure", "who  measure", "does not begin with the header"),
        ("figures written", "figures found", "does not end with the counts"),
    ],
)
def test_readme_example_check_sees_what_is_planted(words: str, others: str, said: str) -> None:
    before, example, after = TEXT.split(_MARKER)
    assert words in example
    (fault,) = example_faults(_MARKER.join([before, example.replace(words, others), after]))
    assert said in fault


def example_faults(text: str) -> list[str]:
    """What in the example cannot have been printed: another form, a row that no sample article has, other counts."""
    (block,) = blocks(text.split(_MARKER)[1], "text")
    header, *lines = block.splitlines()
    if not header.startswith("spender "):
        return ["the example does not begin with the header"]
    counts = re.search(r"^\d+ articles? read, .*\b(\d+) figures? written$", block, re.MULTILINE)
    if counts is None:
        return ["the example does not end with the counts"]
    rows = _evidence(lines[: lines.index("")], header.index("evidence"))
    faults = [] if int(counts[1]) == len(rows) else [f"{counts[1]} figures are counted, {len(rows)} are shown"]
    sample = _squeezed(" ".join(_sample_texts()))
    return faults + [f"{row!r} stands in no sample article" for row in rows if row not in sample]


def _evidence(lines: list[str], column: int) -> list[str]:
    """The words that the last column shows of each row, without spaces: a line may break anywhere."""
    rows: list[str] = []
    for line in lines:
        if line[:1].strip():
            rows.append("")
        rows[-1] += line[column:]
    return [_squeezed(row.strip().removeprefix("...").removesuffix("...")) for row in rows]


def _squeezed(words: str) -> str:
    return "".join(words.split())


def _sample_texts() -> Iterator[str]:
    for path in sources.find_inputs([ROOT / "data" / "sample"]):
        for record in sources.read(path):
            article = cleaning.clean(record) if isinstance(record, Article) else record
            if isinstance(article, Article):
                yield article.text


def _example_command(text: str) -> list[str]:
    _, *arguments = shlex.split(blocks(text.split(_MARKER)[0], "sh")[-1])
    return arguments


def _output(arguments: list[str], folder: Path) -> str:
    """What the command prints, run in the project's root with its tables in `folder`."""
    here = [str(folder) if each == OUT else each for each in arguments]
    program = [sys.executable, "-m", "flows.cli", *here]
    printed = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    return "\n".join(line.rstrip() for line in printed.replace(str(folder), OUT).strip().splitlines())


def _with_example(text: str, output: str) -> str:
    before, _, after = text.split(_MARKER)
    return f"{before}{_MARKER}\n```text\n{output}\n```\n{_MARKER}{after}"


def _floors() -> dict[str, int]:
    """The floors that the test of the architecture holds every file to."""
    tree = ast.parse((ROOT / "tests" / "test_architecture.py").read_text(encoding="utf-8"))
    (floors,) = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS"
    ]
    return dict(ast.literal_eval(floors))


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
