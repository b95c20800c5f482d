"""Tables -> a DuckDB or an SQLite database."""

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tasks.views.export.describing import HEADER, described

_KEYS = {"articles": "article_id", "figures": "figure_id", "runs": "run_id"}
_BATCH = 10_000
_TABLE_OF_COLUMNS = f"CREATE TABLE columns ({', '.join(f'{name!r} TEXT NOT NULL' for name in HEADER)})".replace(
    "'", '"'
)


def duckdb_file(tables: Mapping[str, pa.Table], path: Path) -> dict[str, str]:
    """A DuckDB database with a comment on every column; types as in the tables."""
    with contextlib.closing(duckdb.connect(str(path))) as base:
        base.execute("SET TimeZone = 'UTC'")
        for name, table in tables.items():
            base.register("given", _plain(table))
            base.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')
            base.unregister("given")
        base.execute(_TABLE_OF_COLUMNS)
        rows = list(described(tables))
        base.executemany("INSERT INTO columns VALUES (?, ?, ?, ?, ?)", rows)
        for name, column, _, _, meaning in rows:
            base.execute(f"""COMMENT ON COLUMN "{name}"."{column}" IS '{meaning.replace("'", "''")}'""")
    return {path.name: f"DuckDB database: {', '.join([*tables, 'columns'])}"}


def sqlite_file(tables: Mapping[str, pa.Table], path: Path) -> dict[str, str]:
    """An SQLite database: dates and times as ISO 8601 text, yes and no as 1 and 0, lists as JSON."""
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        for name, table in tables.items():
            columns = [_column(field, _KEYS.get(name)) for field in table.schema]
            base.execute(f'CREATE TABLE "{name}" ({", ".join(columns)})')
            places = ", ".join("?" * table.num_columns)
            base.executemany(f'INSERT INTO "{name}" VALUES ({places})', _cells(table))
        base.execute(_TABLE_OF_COLUMNS)
        base.executemany("INSERT INTO columns VALUES (?, ?, ?, ?, ?)", described(tables))
    return {path.name: f"SQLite database: {', '.join([*tables, 'columns'])}"}


def _plain(table: pa.Table) -> pa.Table:
    """The table with closed sets as text: a database has no dictionaries of Arrow."""
    fields = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field.remove_metadata()
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def _column(field: pa.Field, key: str | None) -> str:
    if pa.types.is_floating(field.type):
        kind = "REAL"
    elif pa.types.is_integer(field.type) or pa.types.is_boolean(field.type):
        kind = "INTEGER"
    else:
        kind = "TEXT"
    rule = " PRIMARY KEY" if field.name == key else ""
    return f'"{field.name}" {kind}{"" if field.nullable else " NOT NULL"}{rule}'


def _cells(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in table.to_batches(_BATCH):
        columns: Iterable[list[Any]] = [column.to_pylist() for column in batch.columns]
        yield from (tuple(_cell(value) for value in row) for row in zip(*columns, strict=True))


def _cell(value: Any) -> Any:
    if isinstance(value, dt.date):  # a time too
        return value.isoformat()
    return json.dumps(value) if isinstance(value, list) else value
