"""What the user names (files, folders, patterns) to the files that are to be read."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tasks.records import REVIEWS, SCHEMAS, VISITED, Rejection
from tasks.sources import remote
from tasks.sources.building import RefusedError

Place = Path | str
"""Where an input lies: the path of a file, or an address with its scheme."""
SIDECAR_SUFFIX = ".json"
DESCRIBED = (".txt", ".md", ".pdf", ".eml")
"""Endings of files beside which a description may lie."""


class InputError(Exception):
    """Nothing to read. The message names every input that led nowhere; `rejections` has a row for each."""

    def __init__(self, rejections: Sequence[Rejection]) -> None:
        super().__init__("; ".join(f"{row.origin}: {row.detail}" for row in rejections) or "no input is named")
        self.rejections = list(rejections)


def find_inputs(inputs: Sequence[Place], out: Path | None = None) -> list[Place]:
    """The files that `inputs` mean, each once, sorted: a file itself, all in and below a folder, a pattern's matches.
    Addresses of the web stand for themselves, those of object stores for the files there; they come last.

    Hidden files in folders and descriptions beside a text (NAME.json of NAME.txt) are left out. An input that leads
    nowhere stays in the list if another leads somewhere: reading it says what is wrong with it. The tables in `out` are
    no input.

    Raises:
        InputError: no input leads to a file.
    """
    found: list[Path] = []
    fruitless: list[Path] = []
    addresses, faults = _addressed([str(name) for name in inputs if remote.scheme(name)])
    for name in (each for each in inputs if not remote.scheme(each)):
        files = [path for path in _expanded(str(name)) if not _is_sidecar(path) and not _is_table(path, out)]
        found += files
        fruitless += [] if files else [Path(name)]
    if not found and not addresses:
        raise InputError([*(_nothing(path) for path in fruitless), *faults])
    return [*_each_once(found + fruitless), *addresses, *(row.origin for row in faults)]


def absence(path: Path) -> str:
    """Why `path` leads to no file, for a person."""
    if path.is_dir():
        return "no file that could be read in this folder"
    if path.is_symlink():
        return "a link to a file that is not there"
    if glob.has_magic(str(path)):
        return "no file has such a name"
    return "no such file or folder"


def sidecar_of(path: Path) -> Path | None:
    """The description that lies beside `path`; None if none does, or `path` is nothing that has one."""
    beside = path.with_suffix(SIDECAR_SUFFIX)
    return beside if is_described(path.name) and os.path.lexists(beside) else None


def is_described(name: str) -> bool:
    """Whether a description may lie beside a file of this name: it holds one article that says little of itself."""
    return name.lower().endswith(DESCRIBED)


def shown(path: str | Path) -> str:
    """`path` as given, in characters that can be written anywhere."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _addressed(names: Sequence[str]) -> tuple[list[str], list[Rejection]]:
    """The places that addresses mean, each once, and what is wrong with those that lead nowhere."""
    places: list[str] = []
    faults: list[Rejection] = []
    for name in names:
        try:
            files = [name] if remote.scheme(name) in ("http", "https") else remote.listed(name)
            if not files:
                raise RefusedError("unreadable", "no file that could be read there")
            places += files
        except RefusedError as refused:
            faults.append(refused.rejection(name))
    return list(dict.fromkeys(places)), faults


def _nothing(path: Path) -> Rejection:
    return Rejection(stage="ingest", origin=shown(path), reason="unreadable", detail=absence(path))


def _expanded(name: str) -> Iterator[Path]:
    if Path(name).is_dir():
        yield from _below(name)
    elif os.path.lexists(name):
        yield Path(name)
    else:
        for match in glob.iglob(name, recursive=True):
            yield from _below(match) if Path(match).is_dir() else (Path(match),)


def _below(folder: str) -> Iterator[Path]:
    """Every file in and below a folder; a folder that cannot be listed stands for itself."""
    seen: set[str] = set()
    unlisted: list[str] = []
    walk = os.walk(folder, followlinks=True, onerror=lambda error: unlisted.append(error.filename))
    for place, folders, files in walk:
        real = os.path.realpath(place)
        if real in seen:  # links may lead round in a circle
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in files if not name.startswith("."))
    yield from map(Path, unlisted)


def _is_table(path: Path, out: Path | None) -> bool:
    if out is None:
        return False
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(Path(os.path.realpath(out), table)) for table in (*SCHEMAS, REVIEWS, VISITED))


def _is_sidecar(path: Path) -> bool:
    if path.suffix.lower() != SIDECAR_SUFFIX:
        return False
    return any(os.path.lexists(path.with_suffix(each)) for suffix in DESCRIBED for each in (suffix, suffix.upper()))


def _each_once(paths: Sequence[Path]) -> list[Path]:
    once: dict[str, Path] = {}
    for path in sorted(paths, key=str):
        once.setdefault(os.path.realpath(path), path)
    return list(once.values())
