"""A Parquet table, one article a row: as Hugging Face's data sets have them, or any with a column of text."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.records import Article, Rejection
from tasks.sources.building import RefusedError, Source
from tasks.sources.containers import seekable
from tasks.sources.fields import TEXT_KEYS, article, named
from tasks.sources.names import NESTED

SUFFIXES: tuple[str, ...] = (".parquet", ".pq")
_ROWS = 16


def recognises(head: bytes, suffix: str) -> bool:
    """Whether it begins as Parquet files do."""
    return head.startswith(b"PAR1")


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a row, in order, some rows in memory at a time."""
    with seekable(source) as stream:
        number = 0
        for record in _records(source, stream):
            number += 1
            origin = f"{source.origin}:{number}"
            try:
                raw = json.dumps(record, sort_keys=True, default=str).encode()
                yield article(record, raw, origin, source.options)
            except RefusedError as refused:
                yield refused.rejection(origin)
        if not number:
            raise RefusedError("no_text", "a table without rows")


def _records(source: Source, stream: Any) -> Iterator[dict[str, Any]]:
    try:
        table = pq.ParquetFile(stream, buffer_size=2**20, pre_buffer=False)
        columns = _columns(source, table.schema_arrow.names)
        for batch in table.iter_batches(batch_size=_ROWS, columns=columns, use_threads=False):
            yield from batch.to_pylist()
    except (pa.ArrowException, UnicodeDecodeError, OverflowError, ValueError) as error:
        raise RefusedError("unreadable", f"broken Parquet data: {str(error)[:200]}") from None
    except OSError as error:
        if error.errno is not None:  # the disk's; Arrow says the same of a broken file, without a number
            raise
        raise RefusedError("unreadable", f"broken Parquet data: {str(error)[:200]}") from None


def _columns(source: Source, names: list[str]) -> list[str]:
    """The columns that are read: no more, for some tables hold pictures beside their texts."""
    found = named(names, source.options)
    wanted = {name if name in names else name.partition(".")[0] for name in found.values()} | set(NESTED)
    if not {found.get("text", ""), *NESTED} & set(names) and "text" not in source.options.columns:
        there = ", ".join(names[:12])
        why = f"a table without a column of text ({', '.join(TEXT_KEYS)}); it has: {there[:200]}"
        raise RefusedError("not_an_article", f"{why} (--map text=COLUMN says which)")
    return [name for name in names if name in wanted]
