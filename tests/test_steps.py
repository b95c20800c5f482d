"""The doors, called as plain functions; what they try again is tried in the flow's tests."""

import errno
import gzip
import importlib.util
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import spacy

from flows import DEFAULT_MIN_CONFIDENCE, DEFAULT_MODEL
from tasks import engine, steps
from tasks.records import Article, Rejection, from_table, to_table
from tasks.shards import Inbox, Ledger, Record, Report, Shard, name_of

Make = Callable[..., Any]
DOORS = {
    "ingest": steps.ingest,
    "clean": steps.clean,
    "recognize": steps.recognize,
    "extract": steps.extract,
    "store": steps.store,
}


@pytest.fixture
def blank_model(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    monkeypatch.setattr(steps.entities, "load_model", lambda name: nlp)


def _shard(*articles: Article) -> Shard:
    return Shard("s1", articles=to_table("articles", articles), count=len(articles))


def _reader(files: dict[str, list[Record | Exception]], opened: Counter[str] | None = None) -> Any:
    """Reads files that are lists; an exception among the records is raised the first time that it is met."""

    def read(path: Path) -> Iterator[Record]:
        if opened is not None:
            opened[str(path)] += 1
        records = files[str(path)]
        for place, record in enumerate(records):
            if isinstance(record, Exception):
                del records[place]
                raise record
            yield record

    return read


@pytest.mark.parametrize("name", DOORS)
def test_steps_all_doors_carry_the_same_policy(name: str) -> None:
    door = DOORS[name]
    assert door.name == name
    assert door.retries == steps.RETRIES > 0
    delays = door.retry_delay_seconds
    assert isinstance(delays, list)
    assert all(later == 2 * earlier for earlier, later in itertools.pairwise(delays))
    assert door.retry_jitter_factor
    assert door.persist_result is False


def test_steps_every_task_of_the_page_is_one_of_the_five_doors() -> None:
    tasks = {value.name for value in vars(steps).values() if isinstance(value, steps.Task)}
    assert tasks == set(DOORS)


@pytest.mark.parametrize(
    "error",
    [
        OSError("the share is away"),
        OSError(errno.EIO, "Input/output error"),
        ConnectionResetError(errno.ECONNRESET, "Connection reset"),
        TimeoutError("timed out"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("timed out"),
    ],
)
def test_steps_faults_of_the_world_are_tried_again(error: Exception) -> None:
    assert steps.is_fault_of_the_world(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("ours"),
        KeyError("ours"),
        FileNotFoundError(errno.ENOENT, "No such file"),
        PermissionError(errno.EACCES, "Permission denied"),
        IsADirectoryError(errno.EISDIR, "Is a directory"),
        OSError(errno.ENOSPC, "No space left on device"),
        gzip.BadGzipFile("not a gzip file"),
        httpx.InvalidURL("no url"),
        None,
    ],
)
def test_steps_other_faults_are_not_tried_again(error: Exception | None) -> None:
    assert not steps.is_fault_of_the_world(error)


def test_steps_ingest_cuts_shards_and_dates_what_has_no_date(make_article: Make, published: Any) -> None:
    articles = [make_article(f"a{n}") for n in range(5)]
    inbox, ledger = Inbox([Path("x")], _reader({"x": [*articles]})), Ledger()
    taken = []
    while not inbox.is_exhausted:
        taken.append(from_table(steps.ingest.fn(inbox, ledger, 2, published).articles, Article))
    assert [[article.article_id for article in shard] for shard in taken] == [["a0", "a1"], ["a2", "a3"], ["a4"]]
    assert {article.published for shard in taken for article in shard} == {published}


def test_steps_ingest_goes_on_where_a_fault_stopped_it(make_article: Make) -> None:
    opened: Counter[str] = Counter()
    records = [make_article("a1"), make_article("a2"), OSError(errno.EIO, "again"), make_article("a3")]
    inbox = Inbox([Path("x"), Path("y")], _reader({"x": records, "y": [make_article("a4")]}, opened))
    with pytest.raises(OSError, match="again"):
        steps.ingest.fn(inbox, Ledger(), 10)
    shard = steps.ingest.fn(inbox, Ledger(), 10)
    assert shard.articles["article_id"].to_pylist() == ["a1", "a2", "a3", "a4"]
    assert opened == {"x": 2, "y": 1}
    assert inbox.count == 4


def test_steps_ingest_sets_a_file_aside_whose_reader_has_a_bug(make_article: Make) -> None:
    files: dict[str, list[Any]] = {"x": [make_article("a1"), KeyError("oops")], "y": [make_article("a2")]}
    shard = steps.ingest.fn(Inbox([Path("x"), Path("y")], _reader(files)), Ledger(), 10)
    assert shard.articles["article_id"].to_pylist() == ["a1", "a2"]
    (row,) = from_table(shard.rejections, Rejection)
    assert (row.stage, row.origin, row.reason) == ("ingest", "x", "internal_error")
    assert "Traceback" in row.detail
    assert "KeyError: 'oops'" in row.detail


def test_steps_ingest_leaves_a_file_that_stays_unreadable(make_article: Make) -> None:
    files: dict[str, list[Any]] = {"x": [make_article("a1"), OSError("gone")], "y": [make_article("a2")]}
    inbox = Inbox([Path("x"), Path("y")], _reader(files))
    with pytest.raises(OSError, match="gone") as caught:
        steps.ingest.fn(inbox, Ledger(), 10)
    steps.leave(inbox, 1, caught.value)
    shard = steps.ingest.fn(inbox, Ledger(), 10)
    assert shard.articles["article_id"].to_pylist() == ["a1", "a2"]
    assert [(row.origin, row.reason) for row in from_table(shard.rejections, Rejection)] == [("x", "unreadable")]


def test_steps_ingest_stops_at_the_limit(make_article: Make) -> None:
    inbox = Inbox([Path("x")], _reader({"x": [make_article(f"a{n}") for n in range(9)]}), limit=3)
    assert steps.ingest.fn(inbox, Ledger(), 2).count == 2
    assert steps.ingest.fn(inbox, Ledger(), 2).count == 1
    assert inbox.is_exhausted


def test_steps_ingest_passes_over_what_is_stored(make_article: Make, make_rejection: Make, published: Any) -> None:
    ledger = Ledger()
    stored = [make_article("a1", published=published), make_article("a2")]
    ledger.enter_articles(to_table("articles", stored).select(["article_id", "origin", "published"]))
    known = make_rejection("b.txt", stage="ingest", reason="bad_record")
    ledger.enter_rejections(to_table("rejections", [known]))
    records = [make_article("a1"), make_article("a2"), known, make_article("a1", origin="elsewhere.txt")]
    inbox = Inbox([Path("x")], _reader({"x": records}))
    shard = steps.ingest.fn(inbox, ledger, 10, published)
    assert shard.articles["origin"].to_pylist() == ["elsewhere.txt"]
    assert (ledger.known, ledger.met) == (2, [known])
    assert ledger.redated == {"a2": published}
    assert steps.clean.fn(shard, ledger).rejections["reason"].to_pylist() == ["duplicate_record"]


def test_steps_clean_sets_aside_what_holds_no_text_and_what_was_seen(make_article: Make) -> None:
    shard = _shard(make_article("a1"), make_article("a2", text=" "), make_article("a1", origin="copy.txt"))
    cleaned = steps.clean.fn(shard, Ledger())
    assert cleaned.articles["article_id"].to_pylist() == ["a1"]
    reasons = {(row.origin, row.reason) for row in from_table(cleaned.rejections, Rejection)}
    assert reasons == {("a2.txt", "no_text"), ("copy.txt", "duplicate_record")}
    assert cleaned.count == 3


def test_steps_clean_names_a_shard_by_what_it_holds(make_article: Make, make_rejection: Make) -> None:
    names = {
        name_of([make_article("a1")], []),
        name_of([make_article("a2")], []),
        name_of([make_article("a1", origin="elsewhere")], []),
        name_of([make_article("a1")], [make_rejection()]),
    }
    assert len(names) == 4
    assert name_of([make_article("a1", text="Other words.")], []) in names
    assert steps.clean.fn(_shard(make_article("a1")), Ledger()).name == name_of([make_article("a1")], [])


def test_steps_bug_on_one_article_sets_that_one_aside(
    make_article: Make, make_figure: Make, blank_model: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract(doc: Any, article: Article, *_: Any) -> list[Any]:
        if article.article_id == "a2":
            raise ZeroDivisionError("planted")
        return [make_figure(article.article_id)]

    monkeypatch.setattr(steps.assemble, "extract", extract)
    shard = _shard(*(make_article(f"a{n}") for n in range(1, 4)))
    done = steps.extract.fn(steps.recognize.fn(shard, "blank", "all"), "blank", 0.0)
    assert done.figures["article_id"].to_pylist() == ["a1", "a3"]
    assert done.articles["article_id"].to_pylist() == ["a1", "a2", "a3"]
    (row,) = from_table(done.rejections, Rejection)
    assert (row.stage, row.origin, row.reason) == ("extract", "a2.txt", "internal_error")
    assert "ZeroDivisionError: planted" in row.detail


def test_steps_fault_of_the_world_on_one_article_goes_through(
    make_article: Make, blank_model: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract(*_: Any) -> list[Any]:
        raise OSError(errno.EIO, "the disk")

    monkeypatch.setattr(steps.assemble, "extract", extract)
    recognized = steps.recognize.fn(_shard(make_article()), "blank", "all")
    with pytest.raises(OSError, match="the disk"):
        steps.extract.fn(recognized, "blank", 0.0)


def test_steps_recognize_isolates_the_article_over_which_the_model_stumbles(
    make_article: Make, blank_model: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = steps.entities.read

    def stumbling(nlp: Any, articles: Any) -> Any:
        if any(article.article_id == "a2" for article in articles):
            raise RuntimeError("planted")
        return read(nlp, articles)

    monkeypatch.setattr(steps.entities, "read", stumbling)
    shard = steps.recognize.fn(_shard(*(make_article(f"a{n}") for n in range(1, 4))), "blank", "all")
    assert shard.recognized == ("a1", "a3")
    assert [(row.origin, row.stage) for row in from_table(shard.rejections, Rejection)] == [("a2.txt", "recognize")]


def test_steps_recognize_reads_only_what_is_in_scope(make_article: Make, blank_model: None) -> None:
    articles = [make_article("a1"), make_article("a2", text="It rained all day in the capital of Atlantis.")]
    some, every = (steps.recognize.fn(_shard(*articles), "blank", scope) for scope in ("relevant", "all"))
    assert some.recognized == ("a1",)
    assert every.recognized == ("a1", "a2")
    assert some.articles["relevant"].to_pylist() == every.articles["relevant"].to_pylist() == [True, False]


def test_steps_recognize_keeps_other_languages_and_reads_none_of_them(make_article: Make, blank_model: None) -> None:
    german = "Der Bundestag gibt der Bundeswehr im kommenden Jahr $12 billion und noch einmal 5 Milliarden Euro mehr."
    shard = steps.recognize.fn(_shard(make_article("a1"), make_article("a2", text=german)), "blank", "all")
    assert shard.recognized == ("a1",)
    kept = from_table(shard.articles, Article)
    assert [(article.language, article.relevant) for article in kept] == [(None, True), ("de", False)]
    report = Report("out")
    report.note_new(shard.receipt())
    assert json.loads(report.counts())["other_languages"] == {"de": 1}
    assert "1 in other languages" in report.line()


def test_steps_recognize_says_where_an_article_is_published(make_article: Make, blank_model: None) -> None:
    articles = [make_article("a1", source="Dawn"), make_article("a2", url="https://navy.example.co.ke/1")]
    shard = steps.recognize.fn(_shard(*articles, make_article("a3", source="Reuters")), "blank", "all")
    assert shard.articles["publisher_country"].to_pylist() == ["PAK", "KEN", None]


def test_steps_docs_cross_as_bytes(make_article: Make, blank_model: None) -> None:
    shard = steps.recognize.fn(_shard(make_article()), "blank", "all")
    assert isinstance(shard.docs, bytes)
    assert len(shard.docs) < 20_000


def test_steps_store_leaves_out_an_empty_shard_unless_nothing_is_there(tmp_path: Path, make_article: Make) -> None:
    steps.store.fn(Shard("none"), tmp_path, "engine")
    steps.store.fn(Shard("nothing"), tmp_path, "engine")
    steps.store.fn(_shard(make_article()), tmp_path, "engine")
    assert steps.storage.shards(tmp_path) == ["none", "s1"]


def test_engine_changes_with_code_tables_and_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "views").mkdir()
    code, table, view = tmp_path / "code.py", tmp_path / "lexicon" / "t.csv", tmp_path / "views" / "v.py"
    for path in (code, table, view):
        path.write_text("1")
    monkeypatch.setattr(engine, "__file__", str(tmp_path / "engine.py"))

    def digest(*settings: str) -> str:
        engine._code_digest.cache_clear()
        return engine.engine_digest(*settings)

    first = digest("model")
    assert digest("model") == first != digest("other model")
    view.write_text("2")
    assert digest("model") == first
    code.write_text("2")
    second = digest("model")
    table.write_text("2")
    assert len({first, second, digest("model")}) == 3
    engine._code_digest.cache_clear()


def test_shards_report_accounts_for_every_record(make_article: Make, make_rejection: Make, make_figure: Make) -> None:
    report = Report("out")
    inbox = Inbox([Path("x")], _reader({"x": [make_article(f"a{n}") for n in range(7)]}))
    inbox.take(100, lambda _: True)
    shard = Shard(
        "s1",
        articles=to_table("articles", [make_article(f"a{n}") for n in range(3)]),
        rejections=to_table(
            "rejections", [make_rejection(), make_rejection("a1.txt", stage="extract", reason="internal_error")]
        ),
        figures=to_table("figures", [make_figure()]),
        recognized=("a0", "a1", "a2"),
        count=4,
    )
    report.note_met(inbox, Ledger())
    report.note_new(shard.receipt())
    report.note_failure("shard 2", 3, ValueError("planted"))
    assert (report.read, report.kept, report.failed, report.by_reason) == (7, 2, 3, {"no_text": 1, "internal_error": 1})
    assert report.line() == (
        "7 articles read, 2 kept, 2 set aside (1 no_text, 1 internal_error), 3 in shards that failed, 1 figure written"
    )
    assert not report.is_well
    assert report.verdict == "failed: 1 set aside as internal_error; shard 2: ValueError: planted"


def test_steps_defaults_are_those_of_the_rooms() -> None:
    assert DEFAULT_MIN_CONFIDENCE == steps.assemble.MIN_CONFIDENCE
    assert importlib.util.find_spec(DEFAULT_MODEL) is not None
    assert steps.entities.DEFAULT_MODEL == DEFAULT_MODEL
