"""The flow on a Prefect server of its own, with planted faults: the world's, a record's and ours."""

import errno
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pandas as pd
import pyarrow.parquet as pq
import pytest
import spacy
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.exceptions import ParameterTypeError
from prefect.states import Running, State

import flows.news
from flows import page
from flows.again import again
from flows.news import RunFailed, news
from tasks import folders, sources, steps, storage
from tasks.records import SCHEMAS, Article
from tasks.shards import Report

Make = Callable[..., Any]
Write = Callable[..., Path]
DOORS = ("ingest", "ingest_stored", "clean", "recognize", "extract", "store")
KEPT = ("articles", "figures", "mentions", "rejections")

pytestmark = pytest.mark.usefixtures("prefect_server", "engine")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, make_figure: Make) -> None:
    """Shards of two, a model that only cuts sentences, an engine that finds one figure an article, no waiting."""
    monkeypatch.setattr(flows.news, "SHARD_SIZE", 2)
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    monkeypatch.setattr(steps.entities, "load_model", lambda name: nlp)

    def extract(doc: Any, article: Article, *_: Any) -> list[Any]:
        year = article.published.year if article.published else None
        return [make_figure(article.article_id, year_start=year, year_end=year)]

    monkeypatch.setattr(steps.assemble, "extract", extract)
    for door in DOORS:
        monkeypatch.setattr(getattr(steps, door), "retry_delay_seconds", 0)


def _record(number: int, **fields: Any) -> dict[str, Any]:
    text = f"Atlantis spent {number} billion dollars on its navy, the minister said on Monday."
    return {"id": f"n{number}", "title": "Navy", "text": text, **fields}


def _run(inbox: Path, out: Path, **settings: Any) -> tuple[State[Any], Report]:
    state = news([inbox], out, **settings, return_state=True)
    if state.is_completed():
        return state, state.result()
    failed = state.result(raise_on_failure=False)
    assert isinstance(failed, RunFailed), failed
    return state, failed.report


def _digests(out: Path) -> dict[str, str]:
    files = sorted(path for table in KEPT for path in (out / table).iterdir())
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _rows(out: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    rows = storage.read_table(out, table).to_pylist()
    return sorted(tuple(row[column] for column in columns) for row in rows)


def test_flow_writes_six_tables_that_everyone_reads_by_one_line(tmp_path: Path, write_lines: Write) -> None:
    state, report = _run(write_lines("in.jsonl", *map(_record, range(5))), tmp_path / "out")
    assert state.is_completed()
    assert state.message == report.line() == "5 articles read, 5 kept, 0 set aside, 5 figures written"
    for table in SCHEMAS:
        folder = tmp_path / "out" / table
        frame = pd.read_parquet(folder)
        relation = duckdb.sql(f"select * from '{folder}/*.parquet'")
        assert list(frame.columns) == relation.columns == pq.read_table(folder).column_names == SCHEMAS[table].names
        assert len(frame) == len(relation) == pq.read_table(folder).num_rows
    assert len(pd.read_parquet(tmp_path / "out" / "figures")) == 5


def test_flow_finds_near_duplicates_across_runs_whatever_their_order(tmp_path: Path, write_lines: Write) -> None:
    story = " ".join(f"Atlantis gives its navy {10 + n} billion crowns for ships of class {n}." for n in range(9))
    first = _record(1, text=story, published="2020-05-01")
    copy = _record(2, text=story.upper(), published="2020-05-02")
    other = _record(3, published="2020-04-30")
    outs = [tmp_path / "one", tmp_path / "two", tmp_path / "three"]
    counts = []
    for out, inboxes in zip(outs, ([first, copy, other], [copy, other, first], [other, first, copy]), strict=True):
        for number, record in enumerate(inboxes):
            _, report = _run(write_lines(f"{number}.jsonl", record), out)
            counts.append(report.duplicates)
    told = [_rows(out, "articles", "source_id", "duplicate_of") for out in outs]
    (original,) = {
        row["article_id"] for row in storage.read_table(outs[0], "articles").to_pylist() if row["source_id"] == "n1"
    }
    assert told == [[("n1", None), ("n2", original), ("n3", None)]] * 3
    assert counts == [0, 1, 0, 0, 0, 1, 0, 0, 1]
    (counted, *_) = storage.read_table(outs[0], "runs", ["counts"]).to_pylist()
    assert "near_duplicates" in json.loads(counted["counts"])


def test_flow_writes_down_the_run(tmp_path: Path, write_lines: Write) -> None:
    inbox = write_lines("in.jsonl", _record(1), "no json", _record(2))
    _run(inbox, tmp_path / "out", limit=9)
    (run,) = storage.read_table(tmp_path / "out", "runs").to_pylist()
    counts, parameters = json.loads(run["counts"]), json.loads(run["parameters"])
    assert run["verdict"] == "completed"
    assert run["started"] <= run["ended"]
    assert counts["ingest"] == {"in": 3, "out": 2}
    assert counts["extract"] == {"in": 2, "out": 2}
    assert counts["set_aside"] == {"bad_record": 1}
    assert parameters["limit"] == 9
    assert parameters["scope"] == "relevant"


def test_flow_rerun_leaves_the_same_bytes(tmp_path: Path, write_lines: Write) -> None:
    inbox = write_lines("in.jsonl", *map(_record, range(5)), "no json", _record(3), _record(7, text=""))
    _, first = _run(inbox, tmp_path / "out")
    before = _digests(tmp_path / "out")
    state, second = _run(inbox, tmp_path / "out")
    assert state.is_completed()
    assert _digests(tmp_path / "out") == before
    assert (second.read, second.kept, second.known, second.figures) == (8, 5, 5, 0)
    assert first.by_reason == second.by_reason == {"bad_record": 1, "duplicate_record": 1, "no_text": 1}
    _run(inbox, tmp_path / "another")
    assert _digests(tmp_path / "another") == before
    assert len(list((tmp_path / "out" / "runs").iterdir())) == 2


def test_flow_reads_only_what_is_new(tmp_path: Path, write_lines: Write) -> None:
    write_lines("inbox/b.jsonl", *map(_record, range(3)))
    _run(tmp_path / "inbox", tmp_path / "out")
    before = _digests(tmp_path / "out")
    write_lines("inbox/a.jsonl", _record(8), _record(9))
    _, report = _run(tmp_path / "inbox", tmp_path / "out")
    assert (report.read, report.known, report.figures) == (5, 3, 2)
    assert before.items() <= _digests(tmp_path / "out").items()
    assert len(_rows(tmp_path / "out", "articles", "article_id")) == 5


def test_flow_tries_again_what_is_broken_in_the_world(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = write_lines("in.jsonl", *map(_record, range(5)))
    _run(inbox, tmp_path / "calm")
    faults: Counter[str] = Counter()

    def flaky(name: str, work: Any, times: int) -> Any:
        def call(*arguments: Any, **keywords: Any) -> Any:
            faults[name] += 1
            if faults[name] <= times:
                raise OSError(errno.EIO, "Input/output error")
            return work(*arguments, **keywords)

        return call

    monkeypatch.setattr(steps.cleaning, "clean", flaky("clean", steps.cleaning.clean, 1))
    monkeypatch.setattr(steps.entities, "read", flaky("recognize", steps.entities.read, 2))
    monkeypatch.setattr(steps.assemble, "extract", flaky("extract", steps.assemble.extract, 1))
    monkeypatch.setattr(steps.storage, "write_shard", flaky("store", steps.storage.write_shard, 2))
    state, report = _run(inbox, tmp_path / "out")
    assert state.is_completed()
    assert report.figures == 5
    assert min(faults[door] for door in ("clean", "recognize", "extract", "store")) > 1
    assert _digests(tmp_path / "out") == _digests(tmp_path / "calm")


def test_flow_tries_reading_again_and_goes_on_where_it_stopped(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = write_lines("in.jsonl", *map(_record, range(5)))
    _run(inbox, tmp_path / "calm")
    read = sources.read
    opened = 0

    def flaky(path: Path, reading: Any) -> Any:
        nonlocal opened
        opened += 1
        for place, record in enumerate(read(path, reading)):
            if place == opened:
                raise OSError(errno.EIO, "Input/output error")
            yield record

    monkeypatch.setattr(sources, "read", flaky)
    state, _ = _run(inbox, tmp_path / "out")
    assert state.is_completed()
    assert opened == 5
    assert _digests(tmp_path / "out") == _digests(tmp_path / "calm")


def test_flow_ends_failed_on_a_file_that_stays_unreadable_and_stores_the_others(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        write_lines(f"inbox/{number}.jsonl", _record(number))
    read = sources.read

    def broken(path: Path, reading: Any) -> Any:
        if path.name == "1.jsonl":
            raise OSError(errno.EIO, "Input/output error")
        return read(path, reading)

    monkeypatch.setattr(sources, "read", broken)
    state, report = _run(tmp_path / "inbox", tmp_path / "out")
    assert state.is_failed()
    assert "Input/output error" in report.verdict
    assert (report.read, report.kept, report.by_reason) == (3, 2, {"unreadable": 1})
    monkeypatch.setattr(sources, "read", read)
    state, report = _run(tmp_path / "inbox", tmp_path / "out")
    assert state.is_completed()
    assert (report.kept, report.known) == (3, 2)


def test_flow_sets_bad_records_aside_and_completes(tmp_path: Path, write_lines: Write) -> None:
    records = [_record(1), "{broken", _record(2, text=17), _record(3, text="..."), _record(1), _record(4)]
    inbox = write_lines("in.jsonl", *records)
    state, report = _run(inbox, tmp_path / "out")
    assert state.is_completed()
    rows = _rows(tmp_path / "out", "rejections", "origin", "stage", "reason")
    assert [(stage, reason) for _, stage, reason in rows] == [
        ("ingest", "bad_record"),
        ("ingest", "bad_record"),
        ("clean", "no_text"),
        ("clean", "duplicate_record"),
    ]
    assert all(str(inbox) in origin for origin, _, _ in rows)
    assert report.read == len(records) == report.kept + report.set_aside.total()


def test_flow_bug_on_one_article_is_set_aside_and_the_run_fails(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(5))), tmp_path / "out"
    extract = steps.assemble.extract

    def buggy(doc: Any, article: Article, *arguments: Any) -> Any:
        if article.source_id == "n3":
            raise ZeroDivisionError("planted")
        return extract(doc, article, *arguments)

    monkeypatch.setattr(steps.assemble, "extract", buggy)
    state, report = _run(inbox, out)
    assert state.is_failed()
    assert "internal_error" in str(state.message)
    assert (report.kept, report.figures) == (4, 4)
    ((reason, detail),) = _rows(out, "rejections", "reason", "detail")
    assert reason == "internal_error"
    assert "ZeroDivisionError: planted" in detail
    with pytest.raises(RunFailed, match="internal_error on 1 article of the stored shard"):
        news([inbox], out)
    monkeypatch.setattr(steps.assemble, "extract", extract)
    state, report = _run(inbox, out)
    assert state.is_completed()
    assert len(_rows(out, "figures", "figure_id")) == 5
    assert _rows(out, "rejections", "reason") == []


def test_flow_bug_before_storing_is_forgotten_once_the_record_goes_through(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(3))), tmp_path / "out"
    clean = steps.cleaning.clean

    def buggy(article: Article) -> Any:
        if article.source_id == "n1":
            raise ZeroDivisionError("planted")
        return clean(article)

    monkeypatch.setattr(steps.cleaning, "clean", buggy)
    assert _run(inbox, out)[0].is_failed()
    before = _digests(out)
    assert _run(inbox, out)[0].is_failed()
    assert _digests(out) == before
    assert _rows(out, "rejections", "stage", "reason") == [("clean", "internal_error")]
    monkeypatch.setattr(steps.cleaning, "clean", clean)
    assert _run(inbox, out)[0].is_completed()
    assert _rows(out, "rejections", "reason") == []
    assert len(_rows(out, "articles", "article_id")) == 3


@pytest.mark.parametrize("door", ["clean", "recognize", "extract", "store"])
def test_flow_bug_in_a_whole_shard_leaves_the_others_stored(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(6))), tmp_path / "out"
    owner, name = {
        "clean": (steps.cleaning, "deduplicate"),
        "recognize": (steps.entities, "to_bytes"),
        "extract": (steps.entities, "from_bytes"),
        "store": (steps.storage, "write_shard"),
    }[door]
    work = getattr(owner, name)
    calls = 0

    def buggy(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ZeroDivisionError("planted")
        return work(*arguments)

    monkeypatch.setattr(owner, name, buggy)
    state, report = _run(inbox, out)
    assert state.is_failed()
    assert "ZeroDivisionError: planted" in report.verdict
    assert (report.read, report.kept, report.failed, report.figures) == (6, 4, 2, 4)
    assert len(_rows(out, "figures", "figure_id")) == 4
    monkeypatch.setattr(owner, name, work)
    state, report = _run(inbox, out)
    assert state.is_completed()
    assert (report.kept, report.known, report.figures) == (6, 4, 2)
    assert len(_rows(out, "figures", "figure_id")) == 6


def test_flow_stops_when_the_disk_is_full(tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = write_lines("in.jsonl", *map(_record, range(20)))
    calls = 0

    def full(*_: Any) -> None:
        nonlocal calls
        calls += 1
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(steps.storage, "write_shard", full)
    with pytest.raises(OSError, match="No space left on device"):
        news([inbox], tmp_path / "out")
    assert calls < 6


def test_flow_interrupted_shard_is_done_by_the_next_run(tmp_path: Path, write_lines: Write) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(6))), tmp_path / "out"
    _run(inbox, out)
    before = _digests(out)
    first, second, third = storage.shards(out)
    (out / "figures" / f"{first}.parquet").unlink()
    for table in ("articles", "mentions", "figures"):
        (out / table / f"{second}.parquet").unlink()
    for table in KEPT:
        (out / table / f"{third}.parquet").unlink()
    state, _ = _run(inbox, out)
    assert state.is_completed()
    assert _digests(out) == before


def test_flow_other_settings_read_stored_articles_anew_without_their_files(
    tmp_path: Path, write_lines: Write, make_figure: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, out = write_lines("inbox/in.jsonl", *map(_record, range(4))), tmp_path / "out"
    _run(inbox.parent, out)
    inbox.unlink()
    write_lines("inbox/next.jsonl", _record(9))
    monkeypatch.setattr(steps.assemble, "extract", lambda doc, article, *_: [make_figure(article.article_id, value=1)])
    _, report = _run(inbox.parent, out, min_confidence=0.9)
    assert (report.read, report.known, report.anew) == (1, 0, 4)
    assert {value for (value,) in _rows(out, "figures", "value")} == {1}
    assert len(_rows(out, "figures", "value")) == 5


def test_flow_other_date_reads_stored_articles_anew(tmp_path: Path, write_lines: Write, published: Any) -> None:
    inbox, out = write_lines("in.jsonl", _record(1), _record(2, published="2020-01-02")), tmp_path / "out"
    _run(inbox, out)
    _, report = _run(inbox, out, published=published)
    assert (report.known, report.anew) == (2, 2)
    assert _rows(out, "figures", "year_end") == [(2019,), (2020,)]
    assert len(_rows(out, "articles", "published")) == 2
    _run(inbox, tmp_path / "at once", published=published)
    assert _digests(out) == _digests(tmp_path / "at once")


def test_flow_keeps_no_result_and_pickles_no_error(tmp_path: Path, write_lines: Write) -> None:
    stored = Path(os.environ["PREFECT_HOME"]) / "storage"
    before = set(stored.glob("*"))
    _run(write_lines("in.jsonl", _record(1)), tmp_path / "out")
    assert set(stored.glob("*")) == before
    with pytest.raises(sources.InputError, match="no such file"):
        news([tmp_path / "nowhere"], tmp_path / "out")
    for path in set(stored.glob("*")) - before:
        assert "InputError" in json.loads(path.read_text())["__exc_type__"]


def test_flow_names_its_tasks_after_the_doors_and_the_shard(tmp_path: Path, write_lines: Write) -> None:
    state, _ = _run(write_lines("in.jsonl", _record(1)), tmp_path / "out")
    (shard,) = storage.shards(tmp_path / "out")
    expected = {"ingest 1", "clean 1", f"shard {shard}", f"recognize {shard}", f"extract {shard}", f"store {shard}"}
    # The server hears of a task's name a little after the task.
    for _ in range(40):
        with get_client(sync_client=True) as client:
            runs = client.read_task_runs()
        names = {run.name for run in runs if run.flow_run_id == state.state_details.flow_run_id}
        if names == expected:
            break
        time.sleep(0.25)
    assert names == expected


@pytest.mark.parametrize(
    "settings",
    [{"limit": 0}, {"min_confidence": 1.5}, {"scope": "some"}, {"published": "yesterday"}],
)
def test_flow_refuses_wrong_parameters_before_it_begins(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ParameterTypeError, match=next(iter(settings))):
        news([tmp_path], tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_flow_an_empty_inbox_is_a_completed_run_that_says_so(tmp_path: Path, write_lines: Write) -> None:
    (tmp_path / "inbox").mkdir()
    state, report = _run(tmp_path / "inbox", tmp_path / "out")
    assert state.is_completed()
    assert str(state.message).startswith("the inbox is empty: 0 articles read")
    assert report.read == 0
    inbox = write_lines("inbox/in.jsonl", _record(1))
    _run(tmp_path / "inbox", tmp_path / "out")
    inbox.unlink()
    state, report = _run(tmp_path / "inbox", tmp_path / "out", min_confidence=0.9)
    assert (report.read, report.anew) == (0, 1)
    with pytest.raises(sources.InputError):
        news([tmp_path / "inbox", tmp_path / "nowhere"], tmp_path / "out")


def test_flow_refuses_folders_that_are_not_its_own_before_anything_is_done(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = write_lines("inbox/in.jsonl", _record(1))
    (tmp_path / "inbox" / "link.jsonl").symlink_to(write_lines("secret.jsonl", _record(2)))
    monkeypatch.setenv("MILSPEND_READ", str(tmp_path / "inbox"))
    monkeypatch.setenv("MILSPEND_WRITE", str(tmp_path / "out"))
    for settings in (
        {"inputs": [tmp_path / "inbox" / ".."], "out": tmp_path / "out"},
        {"inputs": [inbox], "out": tmp_path / "elsewhere"},
        {"inputs": [inbox], "out": tmp_path / "out", "reference": "/etc/passwd"},
        {"inputs": [inbox], "out": tmp_path / "out", "model": str(tmp_path)},
    ):
        with pytest.raises(folders.Forbidden):
            news(**settings)
    with pytest.raises(folders.Forbidden):
        again(tmp_path)
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "out").exists()
    state, report = _run(tmp_path / "inbox", tmp_path / "out")
    assert state.is_completed()
    assert (report.kept, report.by_reason) == (1, {"unsafe": 1})


def test_flow_again_reads_what_is_stored_with_the_last_settings_or_others(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(5))), tmp_path / "out"
    _run(inbox, out, min_confidence=0.9)
    inbox.unlink()
    before = _digests(out)
    assert again(out).anew == 0
    assert _digests(out) == before
    seen = []
    extract = steps.assemble.extract

    def watched(doc: Any, article: Article, min_confidence: float, *rest: Any) -> Any:
        seen.append(min_confidence)
        return extract(doc, article, min_confidence, *rest)

    monkeypatch.setattr(steps.assemble, "extract", watched)
    assert again(out, scope="all").anew == 5
    assert seen == [0.9] * 5
    assert again(out).anew == 0
    assert again(out, min_confidence=0.0).anew == 5
    assert json.loads(_rows(out, "runs", "ended", "parameters")[-1][1])["scope"] == "all"
    with pytest.raises(storage.Unusable, match="no tables are here"):
        again(tmp_path / "nowhere")


def test_flow_never_brings_back_what_was_forgotten(tmp_path: Path, write_lines: Write) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(3))), tmp_path / "out"
    _run(inbox, out)
    ((name, origin),) = [row for row in _rows(out, "articles", "article_id", "origin") if row[1].endswith(":2")]
    with storage.reserved(out):
        assert storage.forget(out, name) == 1
    write_lines("copy.jsonl", *map(_record, range(4)))
    for path in (inbox, tmp_path / "copy.jsonl", inbox):
        state, report = _run(path, out)
        assert state.is_completed()
        assert report.by_reason["forgotten"] == 1
        assert report.read == report.kept + report.set_aside.total()
        assert report.named == []
    assert len(_rows(out, "articles", "article_id")) == 3
    for table in ("articles", "mentions", "figures"):
        assert name not in {row for (row,) in _rows(out, table, "article_id")}
    assert origin not in {row for (row,) in _rows(out, "rejections", "origin")}


def test_flow_closes_runs_that_a_crash_left_running(tmp_path: Path, write_lines: Write) -> None:
    with get_client(sync_client=True) as client:
        crashed, working = (client.create_flow_run(news, state=Running()).id for _ in range(2))
        (tmp_path / "out" / "unfinished").mkdir(parents=True)
        (tmp_path / "out" / "unfinished" / f"{crashed}.run").touch()
        (tmp_path / "out" / "unfinished" / "00000000-0000-0000-0000-000000000000.run").touch()
        state, _ = _run(write_lines("in.jsonl", _record(1)), tmp_path / "out")
        assert state.is_completed()
        found = client.read_flow_run(crashed).state
        assert found is not None
        assert found.is_crashed()
        assert "without a word" in str(found.message)
        assert client.read_flow_run(working).state.is_running()


def test_flow_page_shows_progress_result_and_figures(tmp_path: Path, write_lines: Write) -> None:
    inbox = write_lines("in.jsonl", *(_record(number, url=f"https://news.example/{number}") for number in range(3)))
    state, report = _run(inbox, tmp_path / "out")
    with get_client(sync_client=True) as client:
        shown = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[state.state_details.flow_run_id]))
        artifacts = {each.type: each for each in client.read_artifacts(artifact_filter=shown)}
    assert artifacts["progress"].data == 100
    assert artifacts["progress"].description == "3 articles read, 3 figures written"
    assert artifacts["markdown"].description == report.line()
    assert "https://news.example/2" in artifacts["markdown"].data
    assert artifacts["table"].key == page.FIGURES
    assert len(json.loads(artifacts["table"].data)) == 3


def test_flow_is_no_worse_where_nothing_can_be_shown(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise httpx.ConnectError("refused")

    for name in ("create_progress_artifact", "create_markdown_artifact", "create_table_artifact"):
        monkeypatch.setattr(page, name, away)
    state, report = _run(write_lines("in.jsonl", _record(1)), tmp_path / "out")
    assert state.is_completed()
    assert report.figures == 1


def test_flow_logs_a_line_a_shard_and_stage_and_no_word_of_an_article(
    tmp_path: Path, write_lines: Write, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = steps.assemble.extract

    def buggy(doc: Any, article: Article, *arguments: Any) -> Any:
        if article.source_id == "n3":
            raise ValueError(article.text)
        return extract(doc, article, *arguments)

    monkeypatch.setattr(steps.assemble, "extract", buggy)
    with caplog.at_level("DEBUG"):
        _run(write_lines("in.jsonl", *map(_record, range(4)), _record(9, text="")), tmp_path / "out")
    lines = [record.getMessage() for record in caplog.records]
    for stage in ("ingest", "clean", "recognize", "extract", "store"):
        assert sum(line.startswith(f"{stage} shard ") for line in lines) == 3
    assert not [line for line in lines if "Atlantis" in line or "minister" in line]


def test_flow_reads_an_inbox_without_a_record(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n")
    state, report = _run(tmp_path / "in.jsonl", tmp_path / "out")
    assert state.is_completed()
    for table in KEPT:
        assert (tmp_path / "out" / table).is_dir()
        assert pd.read_parquet(tmp_path / "out" / table).columns.tolist() == SCHEMAS[table].names
    assert report.kept == 0


def test_flow_that_an_error_ends_waits_for_what_is_in_work(
    tmp_path: Path, write_lines: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, out = write_lines("in.jsonl", *map(_record, range(12))), tmp_path / "out"
    write_shard, ended = storage.write_shard, []

    def full_or_slow(*arguments: Any) -> None:
        if not ended:
            ended.append("full")
            raise OSError(errno.ENOSPC, "No space left on device")
        time.sleep(1)
        write_shard(*arguments)
        ended.append("slow")

    monkeypatch.setattr(steps.storage, "write_shard", full_or_slow)
    with pytest.raises(OSError, match="No space left on device"):
        news([inbox], out)
    stored = len(ended)
    assert not (out / "unfinished").exists()
    time.sleep(1.5)
    assert len(ended) == stored
