"""What a run shows on its page of the Prefect UI, and what it tells the server of runs before it.

A run is never worse for it: where the server does not take what is to be shown, the run's log says so.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pyarrow as pa
from prefect import get_run_logger
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from tasks import storage
from tasks.shards import Report
from tasks.views import chart, runpage

EVERY_SECONDS = 2.0
"""How often progress is told at most."""
FIGURES = "military-spending-figures"
"""The key under which each run's newest figures are one version of one table."""


class Progress:
    """A run's progress bar; it is there from the first time that something is shown."""

    def __init__(self) -> None:
        self._bar: UUID | None = None
        self._told = float("-inf")

    def show(self, report: Report, done: float) -> None:
        """`done` goes from 0 to 1; what comes too soon after another is left out, the end is not."""
        if done < 1 and time.monotonic() - self._told < EVERY_SECONDS:
            return
        self._told = time.monotonic()
        said = f"{report.read:,} articles read, {report.figures:,} figures written"
        with _at_best():
            if self._bar is None:
                self._bar = create_progress_artifact(100 * done, description=said)  # type: ignore[assignment]
            else:
                update_progress_artifact(self._bar, 100 * done, description=said)


def show(report: Report, out: Path) -> None:
    """A run's result: counts, what was set aside, newest figures and a chart; the figures also as a table."""
    rows = runpage.newest(_written(report, out))
    scanned = storage.scan(out, "figures", chart.COLUMNS)
    bars = chart.bars(row for table in scanned for row in table.to_pylist())
    with _at_best():
        create_markdown_artifact(runpage.markdown(report, rows, bars), key="news", description=report.line())
        if rows:
            create_table_artifact(runpage.table(rows), key=FIGURES, description="The newest figures of each run")


def close(runs: Sequence[str]) -> None:
    """Runs whose process is gone, and that the server takes for running, end as crashed."""
    with _at_best(), get_client(sync_client=True) as client:
        for run in runs:
            end_as_crashed(client, UUID(run))


def end_as_crashed(client: SyncPrefectClient, run: UUID) -> bool:
    """Whether the server took a run for running and now knows that it crashed."""
    with contextlib.suppress(ObjectNotFound):
        state = client.read_flow_run(run).state
        if state is not None and not state.is_final():
            message = "Its process ended without a word; what it had stored stays, the next run does the rest."
            client.set_flow_run_state(run, Crashed(message=message), force=True)
            return True
    return False


def _written(report: Report, out: Path) -> Iterator[tuple[pa.Table, pa.Table]]:
    for name in report.written:
        shard = storage.read_shard(out, name)
        yield shard["figures"], shard["articles"].select(["article_id", "origin", "url", "source", "published"])


@contextlib.contextmanager
def _at_best() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the tables are what the run is for
        get_run_logger().warning("not shown on the run's page: %s: %s", type(error).__name__, error)
