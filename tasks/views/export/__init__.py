"""Tables -> one file that other programs read: .duckdb, .sqlite, .csv, .xlsx or .jsonl, by the end of its name.

Every format holds its own dictionary of columns: a table ``columns``, or for ``.csv`` a CSVW description beside it.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from tasks.records import SCHEMAS, TABLES
from tasks.views import distinct, loading
from tasks.views.export import databases, delimited, lines, sharing, workbooks

Tables = Mapping[str, pa.Table]

FORMATS: dict[str, Callable[[Tables, Path], dict[str, str]]] = {
    ".duckdb": databases.duckdb_file,
    ".sqlite": databases.sqlite_file,
    ".csv": delimited.csv_files,
    ".xlsx": workbooks.xlsx_file,
    ".jsonl": lines.jsonl_file,
}
"""By the end of a file's name: what writes the tables to files in a folder.

Each is given the tables and the path of the file, and gives back the files that it wrote beside one another, by the
name that they have there to a line on what is in them.
"""


STATEMENTS = "statements"
"""The name of the figures without what near-duplicates say alike, where tables are named."""


class CannotExport(ValueError):
    """What is asked for cannot be written; the message is one line for a person."""


def export(out: Path, to: Path, names: Sequence[str] = (), has_text: bool = True) -> dict[Path, str]:
    """The tables `names` (none: all) of the folder `out` in one file, or for .csv in files beside one another.

    `STATEMENTS` is a name too: the figures, but once what near-duplicates of one story say alike, as in ``distinct``.
    Each file is there whole or not at all. Without `has_text` no column that holds words of an article is in it,
    nor a folder of this machine.
    Gives the files written, and what is in each.

    Raises:
        CannotExport: the name ends in no known format, a table is not known, or is too long for the format.
        storage.Unusable: there are no tables, or they are of another schema.
        OSError: it cannot be written.
    """
    write = FORMATS.get(to.suffix.lower())
    if write is None:
        raise CannotExport(f"{to}: the name must end in one of {' '.join(FORMATS)}")
    unknown = [name for name in names if name not in (*TABLES, STATEMENTS)]
    if unknown:
        raise CannotExport(f"no table is called {unknown[0]!r}: there are {', '.join((*TABLES, STATEMENTS))}")
    tables = {
        name: distinct.table(out) if name == STATEMENTS else loading.table(out, name) for name in names or ordered()
    }
    if not has_text:
        tables = {
            name: sharing.shareable("figures" if name == STATEMENTS else name, table) for name, table in tables.items()
        }
    with _beside(to) as folder:
        try:
            written = write(tables, folder / to.name)
        except workbooks.TooLong as error:
            raise CannotExport(f"{to}: {error}") from error
        for name in written:
            (folder / name).replace(to.parent / name)
    return {to.parent / name: what for name, what in written.items()}


def ordered() -> list[str]:
    """All tables, those first that are looked at first."""
    return ["figures", "panel", *(name for name in SCHEMAS if name not in {"figures", "panel"})]


@contextlib.contextmanager
def _beside(to: Path) -> Iterator[Path]:
    """A folder on the same disk, gone in the end."""
    to.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(to.parent, os.W_OK):
        raise CannotExport(f"{to}: cannot be written: permission denied")
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=to.parent) as folder:
        yield Path(folder)
