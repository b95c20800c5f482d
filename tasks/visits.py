"""What pages runs have fetched, and what their sites said of their versions: so that none is fetched twice in vain."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from tasks.records import VISITED

_UNFINISHED = "unfinished"


def read(out: Path) -> dict[str, list[str | None]]:
    """For each address its ETag and Last-Modified; nothing where no run has fetched, or the file is broken."""
    try:
        told = json.loads((out / VISITED).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(address): list(marks) for address, marks in told.items()} if isinstance(told, dict) else {}


def write(out: Path, visits: Mapping[str, list[str | None]]) -> None:
    """Keeps them beside the tables, whole or not at all."""
    unfinished = out / _UNFINISHED / VISITED
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(visits, file, ensure_ascii=False, indent=0, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(out / VISITED)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
