"""Feeds read day after day: what was fetched and stored is not asked for again, what was lost is."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import spacy

from tasks import steps, visits
from tasks.records import VISITED, Article, Rejection, Run, from_table
from tasks.settings import Settings

PAGE = (
    "<html><head><title>{0}</title></head><body><article><h1>{0}</h1><p>Valdania will spend 3.1 billion euros on its "
    "army next year, the speaker of its parliament said on Thursday, and nobody left the chamber.</p></article></html>"
)
SETTINGS = Settings("blank", "relevant", 0.5, None)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    monkeypatch.setattr(steps.entities, "load_model", lambda name: nlp)
    monkeypatch.setattr(steps, "FIRST_DELAY", 0.0)
    monkeypatch.setenv("MILSPEND_ALLOW_PRIVATE", "1")


def fill(site: Any, *titles: str) -> str:
    """The address of a feed with these items."""
    items = "".join(f"<item><title>{each}</title><link>{site.address}/{each}</link></item>" for each in titles)
    feed = f"<rss><channel><title>Delta Wire</title>{items}</channel></rss>".encode()

    def told(handler: Any) -> Any:
        is_known = handler.headers.get("If-None-Match") == f'"{len(titles)}"'
        return (304, {}, b"") if is_known else (200, {"ETag": f'"{len(titles)}"'}, feed)

    site.answers["/feed"] = told
    for each in titles:
        site.answers.setdefault(f"/{each}", (200, {"Content-Type": "text/html"}, PAGE.format(each).encode()))
    return f"{site.address}/feed"


def run(out: Path, *inputs: Any, verdict: str = "completed", limit: int | None = None) -> list[str]:
    """The titles of what a run takes in, and the reasons of what it sets aside."""
    found: list[str] = []
    with steps.begin("run", inputs, out, limit, SETTINGS) as work:
        while not work.inbox.is_exhausted:
            shard = steps.ingest.fn(work.inbox, work.ledger, 10)
            found += [str(row.title) for row in from_table(shard.articles, Article)]
            found += [row.reason for row in from_table(shard.rejections, Rejection)]
            if len(shard.articles) or len(shard.rejections):
                steps.store.fn(steps.clean.fn(shard, work.ledger), out, work.engine)
        steps.end(work, made(verdict, dt.datetime.now(dt.UTC)))
    return found


def made(verdict: str, now: dt.datetime) -> Run:
    return Run(
        run_id="run",
        started=now,
        ended=now,
        version="0",
        model="blank",
        engine="e",
        parameters="{}",
        counts="{}",
        verdict=verdict,
    )


def test_visits_feed_is_read_once_and_then_only_what_is_new(tmp_path: Path, site: Any) -> None:
    out, inbox = tmp_path / "out", tmp_path / "inbox"
    inbox.mkdir()
    assert run(out, inbox, fill(site, "one", "two")) == ["one", "two"]
    asked = len(site.asked)
    assert run(out, inbox, fill(site, "one", "two")) == []
    assert site.asked[asked:] == ["/robots.txt", "/feed"]
    assert run(out, inbox, fill(site, "one", "two", "three")) == ["three"]
    assert site.asked.count("/one") == 1


def test_visits_count_only_when_all_is_stored(tmp_path: Path, site: Any) -> None:
    address = fill(site, "one", "two")
    run(tmp_path, address, verdict="failed: a shard")
    assert not (tmp_path / VISITED).exists()
    run(tmp_path, address, limit=1)
    assert not (tmp_path / VISITED).exists()
    assert site.asked.count("/one") == 2


def test_visits_page_that_could_not_be_fetched_is_asked_for_again(tmp_path: Path, site: Any) -> None:
    site.answers["/two"] = (404, {}, b"")
    assert run(tmp_path, fill(site, "one", "two")) == ["one", "unreadable"]
    assert run(tmp_path, fill(site, "one", "two")) == []  # the same page at fault is no news
    assert site.asked.count("/two") == 2
    del site.answers["/two"]
    assert run(tmp_path, fill(site, "one", "two", "three")) == ["two", "three"]


def test_visits_survive_and_are_no_input(tmp_path: Path) -> None:
    visits.write(tmp_path, {"https://a.example/": ['"1"', None]})
    assert visits.read(tmp_path) == {"https://a.example/": ['"1"', None]}
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [VISITED]
    with pytest.raises(steps.sources.InputError):
        steps.sources.find_inputs([tmp_path], tmp_path)
    (tmp_path / VISITED).write_text("{broken")
    assert visits.read(tmp_path) == {}
