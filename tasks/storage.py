"""Rows -> Parquet, whole or not at all; the only room that writes tables.

    OUT/<table>/<shard>.parquet     zstd; the metadata name the schema's version
    OUT/runs/<run>.parquet          one row for each run
    OUT/signatures/<shard>.parquet  what articles are compared by, made of the texts when it is not there
    OUT/panel/panel.parquet         what all figures say together, made anew at the end of each run

A shard's files are written one after the other, its figures last, each beside the tables first and then renamed
into them. **A shard is done when its figures' file names the engine that is asked for, and holds the figures of the
articles that its articles' file holds**; whatever interrupts the writing, what is there can be read, and what is not
done shows. The same rows and the same engine give the same bytes.
"""

import contextlib
import dataclasses
import datetime as dt
import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.records import SCHEMA_VERSION, SCHEMAS, Article, Rejection, empty, from_table, to_table

WRITTEN = ("rejections", "articles", "mentions", "figures")
"""The tables of a shard in the order in which they are written; the last says that the shard is done."""
DERIVED_STAGES = ("recognize", "extract")
"""The stages that work on stored articles: what they set aside is found out anew from those."""
_BY_ARTICLE = ("articles", "mentions", "figures")
_UNFINISHED = "unfinished"
_BEGUN = ".run"
_SIGNATURES = "signatures"
_VERSION, _ENGINE, _HOLDS, _METHOD = b"milspend_schema", b"milspend_engine", b"milspend_holds", b"milspend_method"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class Unusable(Exception):
    """A folder that the tables cannot go to or be read from; the message is one line for a person."""


class Busy(Unusable):
    """A folder of tables that another run has."""


def is_full(error: BaseException) -> bool:
    """Whether `error` says that nothing more can be written, so that going on is in vain."""
    return isinstance(error, OSError) and error.errno in _FULL


@contextlib.contextmanager
def reserved(out: Path, run: str | None = None) -> Iterator[list[str]]:
    """`out` made if need be, shown to be writable, and nobody else's until the end; an interrupted run's leavings go.

    The reservation ends with the process, however that ends. A `run` that is named is known, while it has the folder,
    by a file of its name; what is handed over are the runs of whom such a file was left: their processes are gone.

    Raises:
        Unusable: it cannot be written, or its tables are of another schema.
        Busy: another run has it.
    """
    _refuse_other_schemas(out)
    try:
        (out / _UNFINISHED).mkdir(parents=True, exist_ok=True)
        held = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise Unusable(f"{out}: cannot be written: {_why(error)}") from error
    try:
        _hold(held, out)
        _try_writing(out)
        interrupted = _sweep(out)
        with _marked(out, run):
            yield interrupted
    finally:
        with contextlib.suppress(OSError):
            (out / _UNFINISHED).rmdir()  # only when it is empty
        os.close(held)


def write_shard(out: Path, shard: str, tables: Mapping[str, pa.Table], engine: str) -> None:
    """The tables of one shard; one that is there already is replaced, file by file.

    Raises:
        OSError: the disk refused; each file is the old one or the new one.
    """
    holds = {_HOLDS: _holds(tables["articles"])}
    read_by = {_ENGINE: engine.encode(), **holds}
    marks = {"rejections": {}, "articles": holds, "mentions": read_by, "figures": read_by}
    for table in WRITTEN:
        _write(out, table, shard, tables[table], marks[table])


def write_run(out: Path, run: str, table: pa.Table) -> None:
    """The row of `runs` that tells of one run."""
    _write(out, "runs", run, table, {})


def write_panel(out: Path, table: pa.Table) -> None:
    """The panel of all figures; the one that was there is replaced."""
    _write(out, "panel", "panel", table, {})


def rows(out: Path, name: str, columns: list[str]) -> Iterator[dict[str, Any]]:
    """Those columns of the table `name`, row by row; raises as `read_table`."""
    for table in scan(out, name, columns):
        yield from table.to_pylist()


def shards(out: Path) -> list[str]:
    """The names of the shards whose articles are stored, in order."""
    return [path.stem for path in _files(out, "articles")]


def undone(out: Path, engine: str) -> list[str]:
    """The stored shards that `engine` has not read, or not as their articles are now, or not without a bug."""
    return [shard for shard in shards(out) if not is_done(out, shard, engine)]


def is_done(out: Path, shard: str, engine: str) -> bool:
    """Whether the figures of a stored shard are `engine`'s, from the articles as they are stored, from all of them."""
    path = _path(out, "figures", shard)
    if not path.exists():
        return False
    marks = _metadata(path)
    holds = _metadata(_path(out, "articles", shard)).get(_HOLDS)
    return marks.get(_ENGINE) == engine.encode() and marks.get(_HOLDS) == holds and not _is_flawed(out, shard)


def read_shard(out: Path, shard: str) -> dict[str, pa.Table]:
    """The tables of one shard; one that was never written is empty."""
    paths = {table: _path(out, table, shard) for table in WRITTEN}
    return {table: _read(path, table) if path.exists() else empty(table) for table, path in paths.items()}


def read_table(out: Path, name: str, columns: list[str] | None = None) -> pa.Table:
    """The table `name` of a folder of tables, all its shards together, in the order of their names.

    Raises:
        Unusable: there are no tables, or they are of another schema.
    """
    return pa.concat_tables([_empty(name, columns), *scan(out, name, columns)]).unify_dictionaries()


def scan(out: Path, name: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """The table `name` file by file, for what should not be in memory at once; raises as `read_table`."""
    if not any((out / table).is_dir() for table in SCHEMAS):
        raise Unusable(f"{out}: no tables are here")
    for path in _files(out, name):
        yield _read(path, name, columns)


def count(out: Path, name: str) -> int:
    """How many rows the table `name` has; reads no row."""
    return sum(pq.read_metadata(path).num_rows for path in _files(out, name))


def redate(out: Path, dates: Mapping[str, dt.date | None]) -> list[str]:
    """Gives stored articles (by article_id) other dates of publication; names the shards that are undone by it."""
    changed = []
    for shard in shards(out) if dates else []:
        table = _read(_path(out, "articles", shard), "articles", ["article_id"])
        if dates.keys().isdisjoint(table["article_id"].to_pylist()):
            continue
        articles = [_redated(article, dates) for article in from_table(read_shard(out, shard)["articles"], Article)]
        replaced = to_table("articles", articles)
        _write(out, "articles", shard, replaced, {_HOLDS: _holds(replaced)})
        changed.append(shard)
    return changed


def signatures(
    out: Path, method: str, sign: Callable[[list[str]], list[bytes]]
) -> Iterator[tuple[str, dt.date | None, bytes]]:
    """Id, date and signature of every stored article.

    What `sign` makes of a text is kept beside the tables, so that the texts of a shard are read once for a `method`.
    """
    for shard in shards(out):
        held, kept = _path(out, "articles", shard), _path(out, _SIGNATURES, shard)
        mark = {_HOLDS: _metadata(held)[_HOLDS], _METHOD: method.encode()}
        if not kept.exists() or any(_metadata(kept).get(name) != value for name, value in mark.items()):
            articles = _read(held, "articles", ["article_id", "published", "text"])
            signed = pa.array(sign(articles["text"].to_pylist()), pa.binary())
            _write(out, _SIGNATURES, shard, articles.drop_columns("text").append_column("signature", signed), mark)
        table = pq.read_table(kept, partitioning=None)
        columns = (table[name].to_pylist() for name in ("article_id", "published", "signature"))
        yield from zip(*columns, strict=True)


def mark_duplicates(out: Path, originals: Mapping[str, str]) -> int:
    """Gives stored articles the `duplicate_of` that `originals` has for them, others none; how many have a new one."""
    count = 0
    for shard in shards(out):
        path = _path(out, "articles", shard)
        now = _read(path, "articles", ["article_id", "duplicate_of"]).to_pylist()
        wanted = [originals.get(row["article_id"]) for row in now]
        if wanted != [row["duplicate_of"] for row in now]:
            articles = from_table(_read(path, "articles"), Article)
            marked = [dataclasses.replace(one, duplicate_of=to) for one, to in zip(articles, wanted, strict=True)]
            _write(out, "articles", shard, to_table("articles", marked), {_HOLDS: _metadata(path)[_HOLDS]})
            count += sum(to not in (None, row["duplicate_of"]) for row, to in zip(now, wanted, strict=True))
    return count


def contents_of_one(out: Path, article_id: str) -> set[str]:
    """The SHA-256 of the raw content of an article, where no other article is of the same content."""
    held: dict[str, set[str]] = {}
    for row in rows(out, "articles", ["article_id", "raw_sha256"]):
        held.setdefault(row["raw_sha256"], set()).add(row["article_id"])
    return {content for content, names in held.items() if names == {article_id}}


def forget(out: Path, article_id: str) -> int:
    """Takes an article and all that came of it out of the tables; a row of `rejections` keeps its id, nothing else.

    Interrupted, it is done by doing it again. How many figures went with it is handed over.

    Raises:
        Unusable: no article of that id is or was stored.
    """
    gone = 0
    known = {row["origin"] for row in rows(out, "rejections", ["origin", "reason"]) if row["reason"] == "forgotten"}
    holding = [shard for shard in shards(out) if _tells_of(out, shard, article_id)]
    if not holding and article_id not in known:
        raise Unusable(f"{out}: no article has the id {article_id}")
    for shard in holding:
        tables = read_shard(out, shard)
        gone += _column(tables["figures"], "article_id").count(article_id)
        _path(out, _SIGNATURES, shard).unlink(missing_ok=True)
        write_shard(out, shard, _without(tables, article_id), _engine_of(out, shard))
    return gone


def drop_overcome(out: Path) -> None:
    """Takes away the rows that say that a bug of ours set a record aside, where the record has gone through since."""
    of_rejections = ["stage", "origin", "reason"]
    flawed = {str(row["origin"]) for row in rows(out, "rejections", of_rejections) if _is_bug_before_storing(row)}
    if not flawed:
        return
    others = {str(row["origin"]) for row in rows(out, "rejections", of_rejections) if not _is_bug_before_storing(row)}
    for table in scan(out, "articles", ["origin"]):
        others |= flawed.intersection(table["origin"].to_pylist())
    for shard in shards(out) if flawed & others else []:
        _drop_bugs(out, shard, flawed & others)


def _without(tables: Mapping[str, pa.Table], article_id: str) -> dict[str, pa.Table]:
    articles = tables["articles"]
    origins = {row["origin"] for row in articles.to_pylist() if row["article_id"] == article_id}
    rejections = [row for row in from_table(tables["rejections"], Rejection) if row.origin not in origins]
    if not any(row.reason == "forgotten" and row.origin == article_id for row in rejections):
        detail = "taken out of the tables on request; it is not read again"
        rejections.append(Rejection(stage="ingest", origin=article_id, reason="forgotten", detail=detail))
    kept = {
        name: tables[name].filter(
            pa.array([each != article_id for each in _column(tables[name], "article_id")], pa.bool_())
        )
        for name in _BY_ARTICLE
    }
    return {**kept, "rejections": to_table("rejections", rejections)}


def _engine_of(out: Path, shard: str) -> str:
    """The engine that read a shard; none, where it is not done."""
    path = _path(out, "figures", shard)
    marks = _metadata(path) if path.exists() else {}
    is_whole = marks.get(_HOLDS) == _metadata(_path(out, "articles", shard)).get(_HOLDS)
    return marks.get(_ENGINE, b"").decode() if is_whole else ""


def _tells_of(out: Path, shard: str, article_id: str) -> bool:
    paths = {name: _path(out, name, shard) for name in _BY_ARTICLE}
    tables = [_read(path, name, ["article_id"]) for name, path in paths.items() if path.exists()]
    return any(article_id in _column(table, "article_id") for table in tables)


def _column(table: pa.Table, name: str) -> list[str]:
    values: list[str] = table[name].to_pylist()
    return values


def _is_bug_before_storing(row: Mapping[str, object]) -> bool:
    return row["reason"] == "internal_error" and row["stage"] not in DERIVED_STAGES


def _drop_bugs(out: Path, shard: str, origins: set[str]) -> None:
    path = _path(out, "rejections", shard)
    table = _read(path, "rejections")
    keep = [not (_is_bug_before_storing(row) and row["origin"] in origins) for row in table.to_pylist()]
    if not all(keep):
        _write(out, "rejections", shard, table.filter(pa.array(keep)), {})


def _redated(article: Article, dates: Mapping[str, dt.date | None]) -> Article:
    return dataclasses.replace(article, published=dates.get(article.article_id, article.published))


def _is_flawed(out: Path, shard: str) -> bool:
    """Whether a bug of ours kept an article of a shard from being read; it stands stored and is to be tried again."""
    rows = _read(_path(out, "rejections", shard), "rejections", ["stage", "reason"]).to_pylist()
    return any(row["reason"] == "internal_error" and row["stage"] in DERIVED_STAGES for row in rows)


def _path(out: Path, table: str, shard: str) -> Path:
    return out / table / f"{shard}.parquet"


def _files(out: Path, table: str) -> list[Path]:
    return sorted((out / table).glob("*.parquet"))


def _empty(name: str, columns: list[str] | None) -> pa.Table:
    return empty(name) if columns is None else empty(name).select(columns)


def _holds(articles: pa.Table) -> bytes:
    """A digest of what the figures of these articles depend on, the texts aside, which their ids stand for."""
    rows = zip(articles["article_id"].to_pylist(), articles["published"].to_pylist(), strict=True)
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()[:16].encode()


def _write(out: Path, table: str, stem: str, rows: pa.Table, marks: Mapping[bytes, bytes]) -> None:
    """One file, seen whole or not at all, also after the power is lost."""
    unfinished = out / _UNFINISHED / f"{table}-{stem}.parquet"
    finished = _path(out, table, stem)
    finished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.parent.mkdir(exist_ok=True)
    named = rows.replace_schema_metadata({_VERSION: SCHEMA_VERSION.encode(), **marks})
    try:
        with unfinished.open("wb") as file:
            pq.write_table(named, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(finished)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(finished.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path, name: str, columns: list[str] | None = None) -> pa.Table:
    _metadata(path)
    table = pq.read_table(path, columns=columns, partitioning=None)
    wanted = _empty(name, columns).schema
    return pa.table(
        [table[field.name].cast(field.type) for field in wanted],
        schema=wanted,
    )


def _metadata(path: Path) -> dict[bytes, bytes]:
    """What a file says of itself; a file that is not of this schema is refused."""
    try:
        found: dict[bytes, bytes] = pq.read_schema(path).metadata or {}
    except pa.ArrowInvalid as error:
        raise Unusable(f"{path}: no Parquet file: {error}") from error
    version = found.get(_VERSION, b"").decode()
    if not version:
        raise Unusable(f"{path}: not a table of milspend")
    if version != SCHEMA_VERSION:
        raise Unusable(f"{path}: written with schema {version}, this is schema {SCHEMA_VERSION}: choose another folder")
    return found


def _refuse_other_schemas(out: Path) -> None:
    for table in SCHEMAS:
        for path in _files(out, table):
            _metadata(path)


def _hold(handle: int, out: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Busy(f"{out}: another run is writing there") from error
    except OSError:
        return  # a filesystem without locks


def _try_writing(out: Path) -> None:
    """Finds out now, not after an hour's work; also each table's own folder."""
    try:
        for table in SCHEMAS:
            (out / table).mkdir(exist_ok=True)
            probe = out / table / _UNFINISHED
            probe.write_bytes(b"")
            probe.unlink()
    except OSError as error:
        raise Unusable(f"{out}: cannot be written: {_why(error)}") from error


def _sweep(out: Path) -> list[str]:
    """Takes away what interrupted runs left half done, which no reader has seen; the names of those runs."""
    stored = set(shards(out))
    strays = [path for table in WRITTEN for path in _files(out, table) if path.stem not in stored]
    unfinished = sorted((out / _UNFINISHED).iterdir())
    for path in [*unfinished, *strays]:
        path.unlink()
    return [path.stem for path in unfinished if path.suffix == _BEGUN]


@contextlib.contextmanager
def _marked(out: Path, run: str | None) -> Iterator[None]:
    """The file that says which run has the folder, there until the end, and after a crash too."""
    if run is None:
        yield
        return
    mark = out / _UNFINISHED / f"{run}{_BEGUN}"
    try:
        mark.write_bytes(b"")
        _sync_folder(mark.parent)
    except OSError as error:
        raise Unusable(f"{out}: cannot be written: {_why(error)}") from error
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
