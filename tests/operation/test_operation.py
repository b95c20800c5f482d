"""Runs as an operator lives them: real servers, real workers, runs in processes of their own."""

import datetime as dt
import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
)
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.exceptions import PrefectHTTPStatusError

from tasks import storage

ROOT = Path(__file__).parents[2]
SAMPLE = "data/sample"
Put = Callable[[Path, int], None]
Until = Callable[[Callable[[], Any], str], Any]
Hook = tuple[str, list[dict[str, Any]]]

pytestmark = pytest.mark.timeout(600)


def test_serve_runs_what_is_scheduled_and_what_is_triggered_and_stops_all(
    served: Any, hook: Hook, until: Until
) -> None:
    address, posted = hook
    served.call("milspend", "alert", address)
    daily = served.client.read_deployment_by_name("news/daily")
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=6)
    once = IntervalSchedule(interval=dt.timedelta(days=1), anchor_date=soon)
    served.client.create_deployment_schedules(daily.id, [(once, True)])

    backfill = served.ended(served.start("news/backfill", inputs=[SAMPLE]).id)
    assert backfill.state.is_completed(), backfill.state.message
    assert str(backfill.state.message).startswith("30 articles read, 30 kept, 0 set aside, ")
    shown = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[backfill.id]))
    artifacts = {each.type for each in served.client.read_artifacts(artifact_filter=shown)}
    assert artifacts == {"progress", "markdown", "table"}
    assert storage.count(served.place / "data" / "out", "articles") == 30

    (first,) = [run for run in _runs(served, daily.id) if abs(run.expected_start_time - soon) < dt.timedelta(seconds=5)]
    assert first.auto_scheduled
    ended = served.ended(first.id)
    assert ended.state.is_completed()
    assert str(ended.state.message).startswith("the inbox is empty")

    for wrong in ({"limit": 0}, {"scope": "some"}, {"min_confidence": 2}, {"published": "yesterday"}, {"inputs": []}):
        with pytest.raises(PrefectHTTPStatusError, match=next(iter(wrong))):
            served.start("news/backfill", **{"inputs": [SAMPLE], **wrong})
    refused = served.ended(served.start("news/backfill", inputs=["data/sample/../../.."]).id)
    assert refused.state.is_failed()
    assert "this run may not read there" in str(refused.state.message)
    until(lambda: any("may not read there" in each["text"] for each in posted), "the webhook hears of it")

    process = served._started[0]
    process.send_signal(signal.SIGINT)
    process.wait(60)
    assert not served.answers()
    assert _processes_in(served.place) == []


def test_worker_runs_what_prefect_yaml_describes_behind_a_password(
    make_operation: Callable[..., Any], put: Put, hook: Hook, until: Until
) -> None:
    address, posted = hook
    operation = make_operation(password="operator:secret")
    for name in ("flows", "tasks", "prefect.yaml"):
        (operation.place / name).symlink_to(ROOT / name)
    put(operation.place / "data" / "sample", 2400)
    server = operation.start_server()
    assert httpx.post(f"{operation.address}/flows/filter", json={}).status_code == 401
    operation.call("milspend", "alert", address)
    operation.call("prefect", "work-pool", "create", "local", "--type", "process")
    operation.call("prefect", "--no-prompt", "deploy", "--all")
    operation.begin("prefect", "worker", "start", "--pool", "local")

    run = operation.start("news/backfill", inputs=[SAMPLE])
    out = operation.place / "data" / "out"
    until(lambda: out.is_dir() and storage.shards(out), "the first shard is stored")
    (mark,) = (out / "unfinished").glob("*.run")
    assert mark.stem == str(run.id)
    server.kill()
    server.wait()
    operation.start_server()
    ended = operation.ended(run.id)
    assert ended.state.is_completed(), ended.state.message
    assert storage.count(out, "articles") == 2400

    shutil.rmtree(out)
    killed = operation.start("news/backfill", inputs=[SAMPLE])
    until(lambda: out.is_dir() and storage.shards(out), "the first shard is stored")
    os.kill(_process_of(killed.id), signal.SIGKILL)
    crashed = operation.ended(killed.id)
    assert crashed.state.is_crashed()
    until(lambda: any("Crashed" in each["text"] for each in posted), "the webhook hears of it")
    resumed = operation.ended(operation.start("news/backfill", inputs=[SAMPLE]).id)
    assert resumed.state.is_completed()
    assert re.search(r"[12]000 stored before", str(resumed.state.message))
    assert storage.count(out, "articles") == 2400


def _runs(operation: Any, deployment: UUID) -> list[Any]:
    of_it = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
    return list(operation.client.read_flow_runs(flow_run_filter=of_it))


def _processes_in(place: Path) -> list[str]:
    """The processes that work in a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if (each / "cwd").resolve() == place:
                found.append((each / "cmdline").read_text())
        except OSError:
            continue
    return found


def _process_of(run: UUID) -> int:
    """The process that works on a run."""
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if f"PREFECT__FLOW_RUN_ID={run}".encode() in (each / "environ").read_bytes():
                return int(each.name)
        except OSError:
            continue
    raise AssertionError(f"no process works on {run}")
