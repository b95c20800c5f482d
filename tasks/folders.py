"""Which folders may this run read and write? What an operator's environment allows, and no other.

MILSPEND_READ and MILSPEND_WRITE name folders, one or many, with a colon between them as in PATH; from where the run
works, or absolute. MILSPEND_FETCH names addresses with blanks between them: these, and all below, may be inputs.
MILSPEND_ALLOW_PRIVATE, if it is 1, lets runs fetch from private addresses too.
Where neither folder is set everything is allowed: whoever types a command may read what they can read.
A path is judged by the place that it leads to: ``..``, links and absolute paths are only other spellings of a place.
"""

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tasks.records import SCHEMAS, Article, Rejection

READ, WRITE, FETCH = "MILSPEND_READ", "MILSPEND_WRITE", "MILSPEND_FETCH"
PRIVATE = "MILSPEND_ALLOW_PRIVATE"
_PATTERN_SIGNS = frozenset("*?[")

Record = Article | Rejection
Reading = Callable[[Path | str], Iterator[Record]]


class Forbidden(Exception):
    """A path outside the allowed folders; the message is one line for a person and names it as it was given."""


@dataclasses.dataclass(frozen=True, slots=True)
class Allowed:
    """The real places of the folders to read from and to write to, None: everywhere; the addresses to fetch."""

    read: tuple[Path, ...] | None = None
    write: tuple[Path, ...] | None = None
    fetch: tuple[str, ...] = ()
    private: bool = False

    @classmethod
    def by(cls, environment: Mapping[str, str]) -> "Allowed":
        """What an environment allows; where only one of the two is set, the other allows nothing."""
        if READ not in environment and WRITE not in environment:
            return cls(private=environment.get(PRIVATE) == "1")
        read, write = (_places(environment.get(name, "")) for name in (READ, WRITE))
        return cls(read, write, tuple(environment.get(FETCH, "").split()), environment.get(PRIVATE) == "1")

    def check(self, inputs: Sequence[str | Path], out: Path, *files: Path | None) -> None:
        """Nothing happens where all these may be read, and `out` with its tables written.

        Raises:
            Forbidden: one may not.
        """
        if self.read is None or self.write is None:
            return
        for path in [*inputs, *(file for file in files if file is not None)]:
            if _is_address(path):
                self._check_address(str(path))
            elif not _is_below(_fixed(path), self.read):
                raise Forbidden(f"{_shown(path)}: this run may not read there ({READ} names the folders)")
        for place in [out, *(out / table for table in SCHEMAS)]:
            if not _is_below(place, self.write):
                raise Forbidden(f"{_shown(out)}: this run may not write there ({WRITE} names the folders)")

    def is_open(self, folder: Path) -> bool:
        """Whether what lies in a folder may be read, wherever a link leads to."""
        return self.read is None or _is_below(folder, self.read)

    def _check_address(self, address: str) -> None:
        is_below = any(address == each or address.startswith(each.rstrip("/") + "/") for each in self.fetch)
        if not is_below or "/../" in f"{address}/":
            raise Forbidden(f"{address}: this run may not read there ({FETCH} names the addresses)")

    def confined(self, read: Reading, beside: Callable[[Path], Path | None]) -> Reading:
        """`read`, but a file that leads outside, itself or by what lies `beside` it, is one rejection, ``unsafe``."""
        folders = self.read
        if folders is None:
            return read

        def read_inside(place: Path | str) -> Iterator[Record]:
            path = Path(place)
            if _is_address(place) or all(_is_below(each, folders) for each in (path, beside(path)) if each is not None):
                yield from read(place)
            else:
                detail = "leads out of the folders that may be read"
                yield Rejection(stage="ingest", origin=_shown(path), reason="unsafe", detail=detail)

        return read_inside


def _places(names: str) -> tuple[Path, ...]:
    return tuple(Path(os.path.realpath(name)) for name in names.split(os.pathsep) if name)


def _is_address(place: Path | str) -> bool:
    return isinstance(place, str) and "://" in place


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(folder) for folder in folders)


def _fixed(path: str | Path) -> Path:
    """The part of a pattern that stands before its first sign; a path that is no pattern, whole.

    Raises:
        Forbidden: the pattern goes up: what it leads to cannot be told from its beginning.
    """
    parts = Path(path).parts
    signs = [place for place, part in enumerate(parts) if _PATTERN_SIGNS & set(part)]
    if not signs or os.path.lexists(path):
        return Path(path)
    if ".." in parts[signs[0] :]:
        raise Forbidden(f"{_shown(path)}: '..' behind a pattern is not allowed ({READ} names the folders)")
    return Path(*parts[: signs[0]])


def _shown(path: str | Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
