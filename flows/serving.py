"""What `milspend serve` starts and stops: a Prefect server where none answers, the deployments, and their runs.

`prefect.yaml` describes the same deployments for a server and a work pool of one's own.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flows import server
from tasks import folders, storage

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.deployments.runner import RunnerDeployment

DAILY = "What is new in inbox and feeds. A run that is due while another works waits, and then reads what is new since."
BACKFILL = "A folder, a file or an archive of articles that you name, into the same tables; started by hand."
STORED = "The stored articles read anew, where the program or a setting has changed; needs no inbox."


class BadPlan(Exception):
    """What cannot be served; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is served: which folder is read when, where the tables go, and what runs may read besides."""

    inbox: Path
    out: Path
    read: tuple[Path, ...]
    cron: str
    timezone: str
    feeds: tuple[str, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """What the runs' environment says of the folders that they may read and write."""
        names = dict.fromkeys(map(str, (self.inbox, *self.read)))
        return {folders.READ: os.pathsep.join(names), folders.WRITE: str(self.out), folders.FETCH: " ".join(self.feeds)}


def serve(plan: Plan, port: int, say: Callable[[str], Any]) -> None:
    """Serves until it is interrupted; then all that was started here is stopped, and nothing else.

    Raises:
        BadPlan: the schedule is none, or a folder cannot be made.
        server.NoServer: one is set and does not answer, or none could be started.
    """
    server.settle(is_log_shown=True)
    made = deployments(plan)
    with server.kept(port) as (address, is_ours):
        try:
            plan.inbox.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadPlan(f"{plan.inbox}: cannot be made: {(error.strerror or str(error)).lower()}") from error
        closed = close_left_open(plan.out, is_ours)
        say(f"Prefect UI: {address.removesuffix('/api')} ({'started here' if is_ours else 'was there already'})")
        say(
            f"news/daily     {' + '.join(map(str, (plan.inbox, *plan.feeds)))} -> {plan.out}, "
            f"cron {plan.cron} ({plan.timezone})"
        )
        say(f"news/backfill  what you name -> {plan.out}")
        say(f"again/stored   {plan.out}")
        say(f"runs may read {plan.environment[folders.READ]} and write {plan.out}")
        if closed:
            say(f"closed {closed} run{'' if closed == 1 else 's'} that a crash had left open")
        say("Ctrl-C stops what was started here")
        os.environ.update(plan.environment)  # the runs' processes inherit it
        _work(made)


def deployments(plan: Plan) -> "list[RunnerDeployment]":
    """The deployments of a plan.

    Raises:
        BadPlan: its schedule is none.
    """
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.deployments.runner import RunnerDeployment
    from prefect.types.entrypoint import EntrypointType

    from flows.again import again
    from flows.news import news

    try:
        schedule = CronSchedule(cron=plan.cron, timezone=plan.timezone)
    except ValueError as error:
        raise BadPlan(f"no schedule: cron {plan.cron!r}, time zone {plan.timezone!r}") from error
    out = str(plan.out)
    alone = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
    shared: dict[str, Any] = {"concurrency_limit": alone, "entrypoint_type": EntrypointType.MODULE_PATH}
    daily = {"inputs": [str(plan.inbox), *plan.feeds], "out": out}
    return [
        RunnerDeployment.from_flow(news, "daily", schedules=[schedule], parameters=daily, description=DAILY, **shared),
        RunnerDeployment.from_flow(news, "backfill", parameters={"out": out}, description=BACKFILL, **shared),
        RunnerDeployment.from_flow(again, "stored", parameters={"out": out}, description=STORED, **shared),
    ]


def close_left_open(out: Path, is_alone: bool) -> int:
    """Ends as crashed the runs whose processes are gone; how many there were.

    Those are the runs that left their mark in `out`; where no server was there for them (`is_alone`), also all runs of
    deployments that the server's database takes for running, but those whose folder a living process has.
    """
    from prefect.client.orchestration import get_client

    from flows.page import end_as_crashed

    with get_client(sync_client=True) as client:
        dead = _interrupted(out)
        for run in _open(client) if is_alone else []:
            with contextlib.suppress(storage.Unusable):
                dead += [*_interrupted(Path(str(run.parameters.get("out", out)))), str(run.id)]
        return sum(end_as_crashed(client, UUID(run)) for run in dict.fromkeys(dead))


def _interrupted(out: Path) -> list[str]:
    """The runs that left their mark in a folder of tables which nobody has; it is theirs no more."""
    if not out.is_dir():
        return []
    with storage.reserved(out) as interrupted:
        return interrupted


def _open(client: "SyncPrefectClient") -> "Iterator[FlowRun]":
    from prefect.client.schemas.filters import (
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    is_open = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    found = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["news", "again"])),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=is_open)),
    )
    yield from (run for run in found if run.deployment_id is not None)


def _work(made: "list[RunnerDeployment]") -> None:
    from prefect import serve as prefect_serve

    prefect_serve(*made, print_starting_message=False)
