"""What is left of the tables where they are shared: no words of articles, and no folders of this machine."""

import json
from pathlib import PurePath
from typing import Any

import pyarrow as pa

from tasks.records import wordy

_PATHS = ("inputs", "out", "reference", "lexicon", "model")
"""Settings of a run that may be paths."""


def shareable(name: str, table: pa.Table) -> pa.Table:
    """The table `name` without its wordy columns; of a path its last name stays, of a run's verdict its first word."""
    table = table.drop_columns(wordy(name))
    if "origin" in table.column_names:
        table = _changed(table, "origin", _last)
    if name == "runs":
        table = _changed(table, "parameters", _bare)
        table = _changed(table, "verdict", lambda verdict: verdict.partition(":")[0])
    return table


def _changed(table: pa.Table, column: str, change: Any) -> pa.Table:
    at = table.column_names.index(column)
    values = [None if value is None else change(value) for value in table[column].to_pylist()]
    return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))


def _bare(parameters: str) -> str:
    told = json.loads(parameters)
    return json.dumps({name: _named(value) if name in _PATHS else value for name, value in told.items()})


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(each) for each in value]
    return _last(value) if isinstance(value, str) else value


def _last(path: str) -> str:
    return PurePath(path).name or path
