"""Tables on disk: whole or not at all, the same bytes again, refused where they are not ours."""

import dataclasses
import datetime as dt
import errno
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks import records, storage
from tasks.records import Article, Figure, Mention, Rejection, to_table

Tables = dict[str, pa.Table]
Make = Callable[..., Any]


@pytest.fixture
def tables(make_article: Make, make_figure: Make, make_mention: Make, make_rejection: Make) -> Tables:
    return {
        "articles": to_table("articles", [make_article("a1", published=dt.date(2019, 7, 18)), make_article("a2")]),
        "rejections": to_table("rejections", [make_rejection()]),
        "mentions": to_table("mentions", [make_mention("a1"), make_mention("a2", country="IRN")]),
        "figures": to_table("figures", [make_figure("a1", flags=["share_above_gdp"]), make_figure("a2", value=None)]),
    }


def _digests(out: Path) -> dict[str, str]:
    files = sorted(path for path in out.rglob("*") if path.is_file())
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_storage_reads_back_what_it_wrote(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    for name, table in tables.items():
        read = storage.read_table(tmp_path, name)
        assert read.to_pylist() == table.to_pylist()
        assert read.schema.equals(records.SCHEMAS[name], check_metadata=False)
    assert storage.count(tmp_path, "mentions") == 2
    assert storage.read_table(tmp_path, "articles", ["origin"]).column_names == ["origin"]


def test_storage_writes_same_rows_as_same_bytes(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path / "one", "s1", tables, "engine")
    storage.write_shard(tmp_path / "two", "s1", tables, "engine")
    assert _digests(tmp_path / "one") == _digests(tmp_path / "two")
    storage.write_shard(tmp_path / "two", "s1", tables, "another engine")
    assert _digests(tmp_path / "one") != _digests(tmp_path / "two")


def test_storage_names_no_file_with_a_dot_or_tmp_and_leaves_no_stray(tmp_path: Path, tables: Tables) -> None:
    with storage.reserved(tmp_path / "out"):
        storage.write_shard(tmp_path / "out", "s1", tables, "engine")
    found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*"))
    files = [f"{name}/s1.parquet" for name in ("articles", "figures", "mentions", "rejections")]
    assert found == sorted([*files, "articles", "figures", "mentions", "panel", "rejections", "runs"])


def test_storage_compresses_with_zstd_and_names_its_schema(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    for path in tmp_path.glob("*/s1.parquet"):
        parquet = pq.ParquetFile(path)
        assert parquet.metadata.row_group(0).column(0).compression == "ZSTD"
        assert parquet.schema_arrow.metadata[b"milspend_schema"] == records.SCHEMA_VERSION.encode()
        assert b"meaning" in parquet.schema_arrow.field(0).metadata


def test_storage_tables_of_many_shards_are_one_to_pandas(tmp_path: Path, tables: Tables, make_figure: Make) -> None:
    more = {**tables, "figures": to_table("figures", [make_figure("a3", spender="SAU", unit="EUR")])}
    storage.write_shard(tmp_path, "s1", tables, "engine")
    storage.write_shard(tmp_path, "s2", more, "engine")
    storage.write_shard(tmp_path, "s3", {name: records.empty(name) for name in tables}, "engine")
    frame = pd.read_parquet(tmp_path / "figures")
    assert list(frame.spender) == ["IRN", "IRN", "SAU"]
    assert list(storage.read_table(tmp_path, "figures")["unit"].to_pylist()) == ["USD", "USD", "EUR"]
    assert pd.read_parquet(tmp_path / "articles").shape[0] == 4


def test_storage_shard_is_done_only_by_the_engine_that_read_it(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    assert storage.undone(tmp_path, "engine") == []
    assert storage.undone(tmp_path, "newer engine") == ["s1"]
    (tmp_path / "figures" / "s1.parquet").unlink()
    assert storage.undone(tmp_path, "engine") == ["s1"]


def test_storage_shard_is_undone_while_a_bug_of_extract_is_in_it(
    tmp_path: Path, tables: Tables, make_rejection: Make
) -> None:
    for stage, undone in (("clean", []), ("recognize", ["s1"]), ("extract", ["s1"])):
        bug = make_rejection(stage=stage, reason="internal_error")
        storage.write_shard(tmp_path, "s1", {**tables, "rejections": to_table("rejections", [bug])}, "engine")
        assert storage.undone(tmp_path, "engine") == undone


def test_storage_redated_articles_make_their_shard_undone(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    other = {**tables, "articles": tables["articles"].slice(0, 0)}
    storage.write_shard(tmp_path, "s2", other, "engine")
    assert storage.redate(tmp_path, {"a2": dt.date(2020, 1, 2)}) == ["s1"]
    assert storage.undone(tmp_path, "engine") == ["s1"]
    dates = storage.read_table(tmp_path, "articles")["published"].to_pylist()
    assert dates == [dt.date(2019, 7, 18), dt.date(2020, 1, 2)]


def test_storage_drops_bugs_that_are_overcome(tmp_path: Path, tables: Tables, make_rejection: Make) -> None:
    rows = [
        make_rejection("a1.txt", reason="internal_error"),
        make_rejection("b.txt", reason="internal_error", stage="ingest"),
        make_rejection("c.txt", reason="internal_error"),
        make_rejection("a2.txt", reason="internal_error", stage="extract"),
    ]
    passed = make_rejection("b.txt")
    storage.write_shard(tmp_path, "s1", {**tables, "rejections": to_table("rejections", rows)}, "engine")
    storage.write_shard(tmp_path, "s2", {**tables, "rejections": to_table("rejections", [passed])}, "engine")
    storage.drop_overcome(tmp_path)
    left = [(row["origin"], row["reason"]) for row in storage.read_table(tmp_path, "rejections").to_pylist()]
    assert left == [("c.txt", "internal_error"), ("a2.txt", "internal_error"), ("b.txt", "no_text")]


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
@pytest.mark.parametrize("call", ["fsync", "replace", "write_table"])
def test_storage_keeps_old_files_when_the_disk_fails(
    tmp_path: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch, call: str, fails_at: int
) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    before = _digests(tmp_path)
    owner, name = {"fsync": (os, "fsync"), "replace": (Path, "replace"), "write_table": (pq, "write_table")}[call]
    real = getattr(owner, name)
    calls = 0

    def failing(*arguments: Any, **keywords: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failing)
        with pytest.raises(OSError, match="No space left") as caught:
            storage.write_shard(tmp_path, "s1", {**tables, "figures": tables["figures"].slice(0, 1)}, "newer")
    assert storage.is_full(caught.value)
    assert _digests(tmp_path).keys() == before.keys()
    assert storage.read_table(tmp_path, "figures").num_rows == 2
    assert storage.undone(tmp_path, "newer") == ["s1"]


def test_storage_sweeps_what_an_interrupted_run_left(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    stray = tmp_path / "rejections" / "s2.parquet"
    stray.write_bytes((tmp_path / "rejections" / "s1.parquet").read_bytes())
    half = tmp_path / "unfinished" / "articles-s2.parquet"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"PAR1 and no more")
    with storage.reserved(tmp_path):
        assert not stray.exists()
        assert not half.exists()
    assert storage.shards(tmp_path) == ["s1"]
    assert not half.parent.exists()


def test_storage_names_the_runs_that_ended_without_a_word(tmp_path: Path) -> None:
    program = (
        "import os, signal\nfrom pathlib import Path\nfrom tasks import storage\n"
        f"with storage.reserved(Path({str(tmp_path)!r}), 'r1'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    with storage.reserved(tmp_path, "r2") as interrupted:
        assert interrupted == ["r1"]
    with storage.reserved(tmp_path, "r3") as interrupted:
        assert interrupted == []
    assert not (tmp_path / "unfinished").exists()


def test_storage_forgets_an_article_and_all_that_came_of_it(
    tmp_path: Path, tables: Tables, make_rejection: Make, make_article: Make
) -> None:
    rows = [make_rejection("a1.txt", stage="extract", reason="internal_error"), make_rejection("b.txt")]
    storage.write_shard(tmp_path, "s1", {**tables, "rejections": to_table("rejections", rows)}, "engine")
    other = {**tables, "articles": to_table("articles", [make_article("a3")])}
    storage.write_shard(tmp_path, "s2", {**other, **{n: tables[n].slice(0, 0) for n in ("figures", "mentions")}}, "x")
    before = _digests(tmp_path)
    assert storage.forget(tmp_path, "a1") == 1
    for name in ("articles", "mentions", "figures"):
        assert "a1" not in storage.read_table(tmp_path, name)["article_id"].to_pylist()
        assert "a2" in storage.read_table(tmp_path, name)["article_id"].to_pylist()
    left = storage.read_shard(tmp_path, "s1")["rejections"].to_pylist()
    assert [(row["origin"], row["reason"]) for row in left] == [("b.txt", "no_text"), ("a1", "forgotten")]
    assert b"a1.txt" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*.parquet"))
    assert storage.undone(tmp_path, "engine") == ["s2"]
    assert {name: digest for name, digest in _digests(tmp_path).items() if "s2" in name}.items() <= before.items()
    after = _digests(tmp_path)
    assert storage.forget(tmp_path, "a1") == 0
    assert _digests(tmp_path) == after
    with pytest.raises(storage.Unusable, match="no article has the id a9"):
        storage.forget(tmp_path, "a9")


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
def test_storage_forgetting_that_was_interrupted_is_done_by_doing_it_again(
    tmp_path: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    real, calls = Path.replace, 0

    def failing(path: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise OSError(errno.EIO, "Input/output error")
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", failing)
        with pytest.raises(OSError, match="Input/output"):
            storage.forget(tmp_path, "a1")
    storage.forget(tmp_path, "a1")
    for name in ("articles", "mentions", "figures"):
        assert storage.read_table(tmp_path, name)["article_id"].to_pylist() == ["a2"]
    assert [row["reason"] for row in storage.read_table(tmp_path, "rejections").to_pylist()] == ["no_text", "forgotten"]


def _sign(texts: list[str]) -> list[bytes]:
    return [text.encode() for text in texts]


def _never(texts: list[str]) -> list[bytes]:
    raise AssertionError("texts were read again")


def test_storage_reads_a_text_once_for_its_signature(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    signed = list(storage.signatures(tmp_path, "1", _sign))
    assert [(name, day, text) for name, day, text in signed] == [
        (row["article_id"], row["published"], row["text"].encode()) for row in tables["articles"].to_pylist()
    ]
    assert list(storage.signatures(tmp_path, "1", _never)) == signed
    storage.redate(tmp_path, {"a2": dt.date(2020, 1, 1)})
    assert [day for _, day, _ in storage.signatures(tmp_path, "1", _sign)] == [
        dt.date(2019, 7, 18),
        dt.date(2020, 1, 1),
    ]
    with pytest.raises(AssertionError, match="read again"):
        list(storage.signatures(tmp_path, "2", _never))


def test_storage_marks_duplicates_and_touches_nothing_else(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    before = _digests(tmp_path)
    assert storage.mark_duplicates(tmp_path, {"a2": "a1", "gone": "a1"}) == 1
    rows = storage.read_table(tmp_path, "articles").to_pylist()
    assert [row["duplicate_of"] for row in rows] == [None, "a1"]
    assert storage.is_done(tmp_path, "s1", "engine")
    assert storage.mark_duplicates(tmp_path, {"a2": "a1"}) == 0
    assert storage.mark_duplicates(tmp_path, {}) == 0
    assert _digests(tmp_path) == before


def test_storage_forgets_the_signature_too(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    list(storage.signatures(tmp_path, "1", _sign))
    storage.forget(tmp_path, "a1")
    assert not list(tmp_path.glob("signatures/*"))
    assert [name for name, _, _ in storage.signatures(tmp_path, "1", _sign)] == ["a2"]


def test_storage_refuses_a_second_run_in_the_same_folder(tmp_path: Path) -> None:
    program = (
        f"from pathlib import Path\nfrom tasks import storage\nwith storage.reserved(Path({str(tmp_path)!r})): pass"
    )
    with storage.reserved(tmp_path):
        with pytest.raises(storage.Unusable, match="another run is writing there"), storage.reserved(tmp_path):
            pass
        second = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "another run is writing there" in second.stderr
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_storage_refuses_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    for out in (file, file / "below"):
        with pytest.raises(storage.Unusable, match="cannot be written"), storage.reserved(out):
            pass


def test_storage_says_before_work_that_a_table_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("in the way")
    with pytest.raises(storage.Unusable, match=r"cannot be written: .*exists"), storage.reserved(tmp_path):
        pass


@pytest.mark.parametrize(
    ("version", "said"), [("0", "written with schema 0, this is schema"), (None, "not a table of milspend")]
)
def test_storage_refuses_tables_of_another_schema(tmp_path: Path, version: str | None, said: str) -> None:
    folder = tmp_path / "figures"
    folder.mkdir()
    metadata = {"milspend_schema": version} if version else None
    pq.write_table(pa.table({"x": [1]}).replace_schema_metadata(metadata), folder / "old.parquet")
    before = _digests(tmp_path)
    with pytest.raises(storage.Unusable, match=said), storage.reserved(tmp_path):
        pass
    with pytest.raises(storage.Unusable, match=said):
        storage.read_table(tmp_path, "figures")
    assert _digests(tmp_path) == before


def test_storage_refuses_what_is_no_parquet_and_no_folder_of_tables(tmp_path: Path) -> None:
    with pytest.raises(storage.Unusable, match="no tables are here"):
        storage.read_table(tmp_path, "figures")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "x.parquet").write_bytes(b"nothing")
    with pytest.raises(storage.Unusable, match=r"x\.parquet: no Parquet file"):
        storage.read_table(tmp_path, "figures")


def test_storage_null_in_a_column_that_has_none_is_refused_before_writing(make_article: Make) -> None:
    broken: list[Article] = [dataclasses.replace(make_article(), text=None)]
    with pytest.raises(ValueError, match=r"articles\.text holds a null"):
        to_table("articles", broken)


def test_storage_rows_survive_the_way_there_and_back(tmp_path: Path, tables: Tables) -> None:
    storage.write_shard(tmp_path, "s1", tables, "engine")
    kinds: dict[str, Any] = {"articles": Article, "mentions": Mention, "figures": Figure, "rejections": Rejection}
    for name, kind in kinds.items():
        stored = storage.read_shard(tmp_path, "s1")[name]
        assert records.from_table(stored, kind) == records.from_table(tables[name], kind)
