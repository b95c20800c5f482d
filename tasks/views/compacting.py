"""Tables -> few large files, sorted and partitioned, for millions of rows: what is asked for is found by itself.

    DIR/figures/country=IRN/*.parquet       by publication, `published` beside the figures' own columns
    DIR/articles/month=2019-07/*.parquet    by publication
    DIR/mentions/month=2019-07/*.parquet    by article

``country`` is the spender, ``month`` that of publication; both stay out of reach of a name of a column of the tables.
Every row group has the least and the greatest of each column, and a Bloom filter of its articles. The tables of the
run stay as they are, and stay what a run goes on from.
"""

import json
import shutil
from pathlib import Path

import duckdb

from tasks import storage

MARK = "compacted.json"
"""The file that says that a folder was made here, and may be made anew."""
ROW_GROUP = 20_000
"""Rows of a group, which is read whole or not at all; of articles, which have long texts, a tenth."""

_OF_MONTH = "coalesce(strftime(published, '%Y-%m'), 'unknown') AS month"
_ARTICLES = "read_parquet($articles)"
_QUERIES = {
    "figures": f"""SELECT figures.*, published, coalesce(spender, 'unknown') AS country
        FROM read_parquet($figures) figures JOIN (SELECT article_id, published FROM {_ARTICLES}) USING (article_id)
        ORDER BY country, published, article_id, amount_start, figure_id""",
    "articles": f"SELECT *, {_OF_MONTH} FROM {_ARTICLES} ORDER BY month, published, article_id",
    "mentions": f"""SELECT mentions.*, {_OF_MONTH}
        FROM read_parquet($mentions) mentions JOIN (SELECT article_id, published FROM {_ARTICLES}) USING (article_id)
        ORDER BY month, article_id, start, mentions."end" """,
}
_PARTITIONS = {"figures": "country", "articles": "month", "mentions": "month"}


class NotOurs(Exception):
    """A folder that holds something else and is not replaced; the message is one line for a person."""


def compact(out: Path, into: Path) -> dict[str, int]:
    """Writes the tables of `out` into the folder `into`, whole or not at all; how many rows each has.

    A folder that an earlier call made is replaced.

    Raises:
        storage.Unusable: there are no tables in `out`, or they are of another schema.
        NotOurs: `into` is there and holds something else.
    """
    if into.exists() and any(into.iterdir()) and not (into / MARK).exists():
        raise NotOurs(f"{into}: is there and was not made by this command: choose another folder")
    for name in _QUERIES:
        next(storage.scan(out, name, ["article_id"]), None)
    unfinished = into.parent / f"{into.name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        counts = {name: _write(out, name, unfinished) for name in _QUERIES}
        (unfinished / MARK).write_text(json.dumps(counts) + "\n", encoding="utf-8")
        shutil.rmtree(into, ignore_errors=True)
        unfinished.rename(into)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return counts


def _write(out: Path, name: str, into: Path) -> int:
    """One table, sorted on the disk where the memory is too small; one writer, so that the order stays."""
    count = storage.count(out, name)
    if not count:
        return 0
    rows = ROW_GROUP // 10 if name == "articles" else ROW_GROUP
    places = {table: str(out / table / "*.parquet") for table in _QUERIES if f"${table}" in _QUERIES[name]}
    query = _QUERIES[name]
    for table, place in places.items():
        escaped = place.replace("'", "''")
        query = query.replace(f"${table}", f"'{escaped}'")
    target = str(into / name).replace("'", "''")
    options = (
        f"FORMAT parquet, COMPRESSION zstd, PARTITION_BY ({_PARTITIONS[name]}), "
        f"ROW_GROUP_SIZE {rows}, DICTIONARY_SIZE_LIMIT {rows}"
    )
    with duckdb.connect() as base:
        base.execute("SET threads = 1")
        base.execute(f"COPY ({query}) TO '{target}' ({options})")
    return count
