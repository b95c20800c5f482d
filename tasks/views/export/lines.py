"""Tables -> JSON lines: one row a line, with the name of its table; the dictionary of columns comes first."""

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tasks.views.export.describing import HEADER, described

_BATCH = 10_000


def jsonl_file(tables: Mapping[str, pa.Table], path: Path) -> dict[str, str]:
    """One file; dates and times as ISO 8601 text."""
    with path.open("w", encoding="utf-8") as file:
        for row in described(tables):
            about = dict(zip(("of", *HEADER[1:]), row, strict=True))
            file.write(as_line({"table": "columns", **about}) + "\n")
        for name, table in tables.items():
            for batch in table.to_batches(_BATCH):
                file.writelines(as_line({"table": name, **row}) + "\n" for row in batch.to_pylist())
    return {path.name: f"JSON lines: {', '.join(['columns', *tables])}"}


def as_line(row: Mapping[str, Any]) -> str:
    """A row as JSON on one line."""
    return json.dumps(row, ensure_ascii=False, default=_as_text)


def _as_text(value: Any) -> str:
    if isinstance(value, dt.date):  # a time too
        return value.isoformat()
    raise TypeError(f"no JSON for {value!r}")
