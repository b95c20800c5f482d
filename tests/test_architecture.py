"""The house, read from its syntax trees: who imports whom, who has heard of Prefect, who opens files for writing."""

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import tasks

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path.relative_to(ROOT).as_posix() for folder in ("flows", "tasks") for path in (ROOT / folder).rglob("*.py")
)

ROOMS = 4
FLOORS = {
    "records": 0,
    "figures.spans": 1,
    "lexicon": 2,
    "gold": 3,
    "figures.windows": 3,
    "figures.candidates": 5,
    "corpus": 5,
    "vocabulary": 5,
    "duplicates": 5,
    "panel": 5,
    "settings": 6,
    "figures.choosing": 6,
    "figures.assemble": 7,
    "lessons": 7,
    "network": 8,
    "evaluation": 8,
    "fitting": 9,
    "calibrating": 10,
    "steps": 10,
    "views": 10,
    "training": 11,
    "flows": 11,
}
"""Who stands higher may import who stands lower; a room that is not named here stands on the floor of `ROOMS`."""
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "models", "config", "misc"}
WRITERS = ("storage", "views", "visits", "training", "fitting", "calibrating")
WRITES = {"write_text", "write_bytes", "write_table", "to_parquet", "to_csv", "to_json", "to_excel", "to_disk"}
LONGEST = 440
"""Lines of a file; one of more has become two rooms."""


def room_of(module: str) -> str:
    """The room that a module belongs to: ``tasks.sources.html`` to ``sources``, ``tasks.figures.amounts`` to itself."""
    parts = module.split(".")
    if parts[0] != "tasks":
        return parts[0]
    return ".".join(parts[1:3] if parts[1:2] == ["figures"] else parts[1:2])


def breaches(path: str, source: str) -> list[str]:
    """Every way in which the file `path` (from the root, with slashes) breaks the rules of the house."""
    tree = ast.parse(source)
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    found = [*_wrong_imports(module, tree), *_wrong_calls(module, tree)]
    if module.rpartition(".")[2] in FORBIDDEN_NAMES:
        found.append(f"{path}: a name that says nothing")
    if source.count("\n") > LONGEST:
        found.append(f"{path}: more than {LONGEST} lines, it has become two rooms")
    return found


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of all that is imported, wherever; ``from a import b`` is both ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{name}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            yield from ((node.lineno, arg.value) for arg in node.args if _is_text(arg))


def _wrong_imports(module: str, tree: ast.AST) -> Iterator[str]:
    room = room_of(module)
    floor = FLOORS.get(room, ROOMS)
    for line, name in _imported(tree):
        first = name.split(".")[0]
        if first == "":
            yield f"{module}:{line}: a relative import"
        elif first.startswith("prefect") and room not in {"steps", "flows"}:
            yield f"{module}:{line}: has heard of Prefect"
        elif first == "tests":
            yield f"{module}:{line}: imports a test"
        elif first in {"tasks", "flows"} and _stands_above(floor, room, room_of(name)):
            yield f"{module}:{line}: imports {room_of(name)}, which does not stand below it"


def _stands_above(floor: int, room: str, other: str) -> bool:
    return other not in {"", room} and FLOORS.get(other, ROOMS) >= floor


def _wrong_calls(module: str, tree: ast.AST) -> Iterator[str]:
    room = room_of(module)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if _is_writing(node) and room not in WRITERS:
            yield f"{module}:{node.lineno}: writes a file"
        if ast.unparse(node.func) == "spacy.load" and room != "entities":
            yield f"{module}:{node.lineno}: loads a language model"


def _is_writing(call: ast.Call) -> bool:
    if _called(call) in WRITES:
        return True
    if _called(call) != "open":
        return False
    place = 0 if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) not in {"io", "gzip"} else 1
    modes = [*call.args[place : place + 1], *(each.value for each in call.keywords if each.arg == "mode")]
    return any(isinstance(mode.value, str) and set(mode.value) & set("wax+") for mode in modes if _is_text(mode))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("path", SOURCES)
def test_architecture_holds(path: str) -> None:
    assert breaches(path, (ROOT / path).read_text(encoding="utf-8")) == []


def test_architecture_finds_the_files() -> None:
    assert {"flows/news.py", "tasks/steps.py", "tasks/storage.py", "tasks/figures/assemble.py"} <= set(SOURCES)


@pytest.mark.parametrize(
    ("path", "source", "said"),
    [
        ("tasks/cleaning.py", "import prefect", "heard of Prefect"),
        ("tasks/cleaning.py", "from prefect.states import Failed", "heard of Prefect"),
        ("tasks/cleaning.py", "def f():\n    from prefect import task", "heard of Prefect"),
        ("tasks/cleaning.py", "import importlib\nimportlib.import_module('prefect')", "heard of Prefect"),
        ("tasks/views/terminal.py", "import prefect_dask", "heard of Prefect"),
        ("tasks/cleaning.py", "from tasks import sources", "imports sources"),
        ("tasks/cleaning.py", "import tasks.sources.html", "imports sources"),
        ("tasks/cleaning.py", "def f():\n    from tasks.sources import read", "imports sources"),
        ("tasks/cleaning.py", "from tasks import steps", "imports steps"),
        ("tasks/cleaning.py", "from flows import news", "imports flows"),
        ("tasks/cleaning.py", "from tasks.figures import amounts", "imports figures.amounts"),
        ("tasks/cleaning.py", "from tasks.figures.assemble import extract", "imports figures.assemble"),
        ("tasks/lexicon/tables.py", "from tasks import money", "imports money"),
        ("tasks/records.py", "from tasks import lexicon", "imports lexicon"),
        ("tasks/figures/spans.py", "from tasks.lexicon import tables", "imports lexicon"),
        ("tasks/figures/amounts.py", "from tasks.figures.periods import find", "imports figures.periods"),
        ("tasks/figures/amounts.py", "from tasks.figures import periods", "imports figures.periods"),
        ("tasks/figures/speakers/roles.py", "from tasks.figures.amounts import find", "imports figures.amounts"),
        ("tasks/figures/candidates.py", "from tasks.figures import assemble", "imports figures.assemble"),
        ("tasks/evaluation.py", "from tasks import training", "imports training"),
        ("tasks/fitting.py", "from tasks import training", "imports training"),
        ("tasks/steps.py", "from tasks.views import terminal", "imports views"),
        ("tasks/steps.py", "from flows.news import news", "imports flows"),
        ("tasks/sources/html.py", "from .text import read", "relative import"),
        ("flows/news.py", "from tests.conftest import figure", "imports a test"),
        ("tasks/money.py", "open('x', 'w')", "writes a file"),
        ("tasks/money.py", "open('x', mode='ab')", "writes a file"),
        ("tasks/money.py", "path.open('r+')", "writes a file"),
        ("tasks/money.py", "path.write_text('x')", "writes a file"),
        ("tasks/steps.py", "pq.write_table(table, path)", "writes a file"),
        ("flows/cli.py", "frame.to_parquet('x')", "writes a file"),
        ("tasks/steps.py", "import spacy\nspacy.load('en')", "loads a language model"),
        ("tasks/sources/utils.py", "", "a name that says nothing"),
        ("tasks/common/__init__.py", "", "a name that says nothing"),
        ("tasks/money.py", "x = 1\n" * 441, "has become two rooms"),
    ],
)
def test_architecture_sees_planted_breaches(path: str, source: str, said: str) -> None:
    (found,) = breaches(path, source)
    assert said in found


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("tasks/cleaning.py", "from tasks.lexicon import tables\nfrom tasks.records import Article"),
        ("tasks/sources/html.py", "from tasks.sources.building import build"),
        ("tasks/figures/amounts.py", "from tasks.figures.spans import Amount\nfrom tasks.lexicon import tables"),
        ("tasks/figures/encoder.py", "from tasks.figures.windows import cut"),
        ("tasks/figures/speakers/roles.py", "from tasks.figures.speakers.mentions import Map"),
        ("tasks/figures/assemble.py", "from tasks import money\nfrom tasks.figures import amounts, choosing"),
        ("tasks/evaluation.py", "from tasks import gold\nfrom tasks.figures import assemble"),
        ("tasks/steps.py", "import prefect\nfrom tasks import storage, cleaning"),
        ("flows/news.py", "import prefect\nfrom tasks import steps\nfrom flows import version"),
        ("tasks/storage.py", "path.open('wb')"),
        ("tasks/money.py", "path.open('rb')\nopen('x')\nopen('x', encoding='utf-8')\nfirst.open(path)"),
        ("tasks/entities.py", "import spacy\nspacy.load('en')"),
    ],
)
def test_architecture_allows_what_is_allowed(path: str, source: str) -> None:
    assert breaches(path, textwrap.dedent(source)) == []


def test_architecture_map_names_every_room() -> None:
    rooms = {room_of(path.removesuffix(".py").replace("/", ".")).split(".")[0] for path in SOURCES}
    named = {line.split()[0] for line in (tasks.__doc__ or "").splitlines() if line and line[0].islower()}
    assert rooms - {"flows", "__init__"} <= named
