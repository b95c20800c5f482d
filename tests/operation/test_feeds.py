"""A feed that is read when it is due: by a real server, over a real network, only what is new."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.exceptions import ObjectNotFound

from tasks import storage

PAGE = (
    "<html><head><title>{0}</title></head><body><article><h1>{0}</h1><p>France spent {1} billion euros on its navy in "
    "2018, the minister said on Thursday, and nobody left the chamber.</p></article></html>"
)

pytestmark = pytest.mark.timeout(600)


def _fill(site: Any, *titles: str) -> None:
    items = "".join(f"<item><title>{each}</title><link>{site.address}/{each}</link></item>" for each in titles)
    site.answers["/feed"] = (200, {}, f"<rss><channel><title>Delta</title>{items}</channel></rss>".encode())
    for number, each in enumerate(titles):
        site.answers[f"/{each}"] = (200, {"Content-Type": "text/html"}, PAGE.format(each, number + 2).encode())


def _due(operation: Any, until: Callable[[Callable[[], Any], str], Any]) -> Any:
    """The run that a schedule makes in some seconds, when it is at its end."""
    try:
        daily = operation.client.read_deployment_by_name("news/daily")
    except ObjectNotFound:
        return None
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
    once = IntervalSchedule(interval=dt.timedelta(days=1), anchor_date=soon)
    operation.client.create_deployment_schedules(daily.id, [(once, True)])

    def made() -> Any:
        near = (run for run in operation.client.read_flow_runs() if run.deployment_id == daily.id)
        return next((run for run in near if abs(run.expected_start_time - soon) < dt.timedelta(seconds=1)), None)

    return operation.ended(until(made, "the run is scheduled").id)


def test_feed_is_read_when_it_is_due_and_then_only_what_is_new(
    make_operation: Callable[..., Any], site: Any, until: Callable[[Callable[[], Any], str], Any]
) -> None:
    operation = make_operation()
    _fill(site, "one", "two")
    served = ("milspend", "serve", "--feed", f"{site.address}/feed", "--port", str(operation.port))
    operation.begin(*served, is_told=False, MILSPEND_ALLOW_PRIVATE="1")
    until(lambda: operation.said("Ctrl-C stops"), "milspend serve is ready")

    first = until(lambda: _due(operation, until), "news/daily is registered")
    assert first.auto_scheduled
    assert first.state.is_completed(), first.state.message
    assert str(first.state.message).startswith("2 articles read, 2 kept, 0 set aside, ")
    out = operation.place / "data" / "out"
    assert storage.count(out, "figures") == 2

    _fill(site, "one", "two", "three")
    second = _due(operation, until)
    assert second.state.is_completed(), second.state.message
    assert str(second.state.message).startswith("1 article read, 1 kept, 0 set aside, ")
    titles = storage.read_table(out, "articles", ["title"])["title"].to_pylist()
    assert sorted(titles) == ["one", "three", "two"]
    assert [site.asked.count(f"/{each}") for each in ("one", "two", "three")] == [1, 1, 1]
