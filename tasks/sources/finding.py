"""What the user names (files, folders, patterns) to the files that are to be read."""

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tasks.records import REVIEWS, SCHEMAS, VISITED, Rejection
from tasks.sources import remote
from tasks.sources.building import RefusedError

Place = Path | str
"""Where an input lies: the path of a file, or an address with its scheme."""
SIDECAR_SUFFIX = ".json"
IsOpen = Callable[[Path], bool]
"""Whether what lies in a folder may be looked at."""
DESCRIBED = (".txt", ".md", ".pdf", ".eml")
"""Endings of files beside which a description may lie."""


class InputError(Exception):
    """Nothing to read. The message names every input that led nowhere; `rejections` has a row for each."""

    def __init__(self, rejections: Sequence[Rejection]) -> None:
        super().__init__("; ".join(f"{row.origin}: {row.detail}" for row in rejections) or "no input is named")
        self.rejections = list(rejections)


def find_inputs(inputs: Sequence[Place], out: Path | None = None, is_open: IsOpen = lambda folder: True) -> list[Place]:
    """The files that `inputs` mean, each once, sorted: a file itself, all in and below a folder, a pattern's matches.
    Addresses of the web stand for themselves, those of object stores for the files there; they come last.

    Hidden files in folders and descriptions beside a text (NAME.json of NAME.txt) are left out. An input that leads
    nowhere stays in the list if another leads somewhere: reading it says what is wrong with it. So does a folder that
    is not open, a link to one too: nothing in it is looked at. The tables in `out` are no input.

    Raises:
        InputError: no input leads to a file.
    """
    found: list[Path] = []
    fruitless: list[Path] = []
    addresses, faults = _addressed([str(name) for name in inputs if remote.scheme(name)])
    for name in (each for each in inputs if not remote.scheme(each)):
        files = [path for path in _expanded(str(name), is_open) if not _is_sidecar(path) and not _is_table(path, out)]
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


def _expanded(name: str, is_open: IsOpen) -> Iterator[Path]:
    path = Path(name)
    if not name:
        return
    for match in [path] if os.path.lexists(path) else _matches(*_parted(path), is_open):
        yield from _below(match, is_open) if match.is_dir() else (match,)


def _parted(pattern: Path) -> tuple[Path, tuple[str, ...]]:
    """What stands before a pattern's first sign, and the rest."""
    signs = next((at for at, part in enumerate(pattern.parts) if glob.has_magic(part)), len(pattern.parts) - 1)
    return Path(*pattern.parts[:signs]), pattern.parts[signs:]


def _matches(place: Path, parts: tuple[str, ...], is_open: IsOpen) -> Iterator[Path]:
    """What a pattern's `parts` mean from `place` on, as `glob` has it; a folder that is not open for what is in it."""
    if parts in ((), ("**",)) or (place.is_dir() and not is_open(place)):
        yield place
    elif parts[0] == "**":
        for folder, folders, _ in _walked(place, is_open, []):
            yield from _matches(folder, parts[1:], is_open)
            yield from _shut(folder, folders, is_open)
    elif glob.has_magic(parts[0]):
        for name in glob.iglob(parts[0], root_dir=place):
            yield from _matches(place / name, parts[1:], is_open)
    elif os.path.lexists(place / parts[0]):
        yield from _matches(place / parts[0], parts[1:], is_open)


def _below(folder: Path, is_open: IsOpen) -> Iterator[Path]:
    """Every file in and below a folder; a folder that cannot be listed, or is not open, stands for itself."""
    unlisted: list[Path] = []
    for place, folders, files in _walked(folder, is_open, unlisted):
        yield from (place / name for name in files if not name.startswith("."))
        yield from _shut(place, folders, is_open)
    yield from unlisted


def _shut(place: Path, folders: Sequence[str], is_open: IsOpen) -> Iterator[Path]:
    return (place / name for name in folders if not is_open(place / name))


def _walked(folder: Path, is_open: IsOpen, unlisted: list[Path]) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Every open folder in and below a folder, once, hidden ones not: with the folders and the files in it.

    One that cannot be listed is added to `unlisted`.
    """
    seen: set[str] = set()
    if not is_open(folder):
        unlisted.append(folder)
        return

    def leave(error: OSError) -> None:
        unlisted.append(Path(error.filename))

    for place, folders, files in os.walk(folder, followlinks=True, onerror=leave):
        real = os.path.realpath(place)
        if real in seen:  # links may lead round in a circle
            folders.clear()
            continue
        seen.add(real)
        shown_here = [name for name in folders if not name.startswith(".")]
        folders[:] = [name for name in shown_here if is_open(Path(place, name))]
        yield Path(place), shown_here, files


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
