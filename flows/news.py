"""The flow ``news``: articles in, tables of military spending figures out.

ingest -> clean -> recognize -> extract -> store

python -m flows.news INPUT... --out DIR
"""

import datetime as dt
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, cast

from prefect import State, flow, get_run_logger, runtime
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows import DEFAULT_MIN_CONFIDENCE, DEFAULT_MODEL, SHARD_SIZE, Scope, version
from tasks import steps
from tasks.records import Run
from tasks.shards import Report, Shard
from tasks.steps import clean, extract, ingest, ingest_stored, recognize, store

IN_FLIGHT = 2
"""Shards in memory beside the one that is being read: one is worked on, one waits."""

watch: ContextVar[Callable[[Report, steps.Work], None] | None] = ContextVar("watch", default=None)
"""Called after each shard with what has been done so far."""


class RunFailed(Exception):
    """Some articles or shards could not be worked on; all others are stored. `report` tells which and why."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report.verdict} ({report.line()})")
        self.report = report


@flow(
    name="news",
    flow_run_name="news-{out}",
    task_runner=ThreadPoolTaskRunner(max_workers=1),  # type: ignore[arg-type]
    persist_result=False,
    result_serializer="json",  # of the error that a run ends with: a pickle that others can write is code that they run
    validate_parameters=True,
)
def news(
    inputs: Annotated[list[Path], Field(min_length=1, description="Files, folders and patterns of articles")],
    out: Annotated[Path, Field(description="Folder that the tables are written to")],
    published: Annotated[
        dt.date | None, Field(description="Date of publication of articles that have none of their own")
    ] = None,
    limit: Annotated[int | None, Field(ge=1, description="How many articles to read at most")] = None,
    model: Annotated[str, Field(min_length=1, description="Installed spaCy pipeline, or its folder")] = DEFAULT_MODEL,
    scope: Annotated[
        Scope, Field(description="Articles the language model reads: those that may hold a figure, or all")
    ] = "relevant",
    min_confidence: Annotated[
        float, Field(ge=0, le=1, description="Confidence below which a figure is not written")
    ] = DEFAULT_MIN_CONFIDENCE,
    reference: Annotated[
        Path | None, Field(description="File of published series (SIPRI's, the World Bank's) to set beside the figures")
    ] = None,
    shard_size: Annotated[
        int, Field(ge=1, le=10_000, description="Articles worked on and stored together")
    ] = SHARD_SIZE,
) -> Report:
    """Reads news articles and writes down the military spending figures that they state.

    What is stored already stays; what was stored by another engine, or with other settings, is read anew.

    Raises:
        RunFailed: a shard failed, or a bug set an article aside; all others are stored.
    """
    started = dt.datetime.now(dt.UTC)
    with steps.begin(inputs, out, limit, model, scope, min_confidence, reference) as work:
        report = Report(str(out))
        chains = _Chains(report, work)
        for shard in _cleaned(work, report, shard_size, published):
            docs = recognize.submit(shard, model, scope)
            figures = extract.submit(docs, model, min_confidence, reference)
            stored = store.submit(figures, out, work.engine)
            chains.add(shard.name, shard.count, docs, figures, stored)
        chains.finish()
        for name in steps.stale(work):
            articles = ingest_stored.submit(out, name)
            docs = recognize.submit(articles, model, scope)
            figures = extract.submit(docs, model, min_confidence, reference)
            stored = store.submit(figures, out, work.engine)
            chains.add(f"stored shard {name}", None, articles, docs, figures, stored)
        chains.finish()
        steps.end(work, _run(started, work, report))
    return cast(Report, _verdict(report))


def _cleaned(work: steps.Work, report: Report, size: int, published: dt.date | None) -> Iterator[Shard]:
    """The shards of what is new, cleaned, one after the other: what is a duplicate depends on those before."""
    while not work.inbox.is_exhausted:
        number = work.inbox.number
        try:
            shard = ingest(work.inbox, work.ledger, size, published)
            shard = clean(shard, work.ledger)
        except Exception as error:  # noqa: BLE001 - whatever it is, the shards after it go on and the run ends failed
            steps.leave(work.inbox, number, error)
            report.note_failure(f"shard {number}", work.inbox.taken, error)
        else:
            yield shard


class _Chains:
    """The shards in work, a few at once, and what became of those that are done."""

    def __init__(self, report: Report, work: steps.Work) -> None:
        self.report = report
        self.work = work
        self._open: deque[tuple[str, int | None, tuple[PrefectFuture[Any], ...]]] = deque()

    def add(self, name: str, count: int | None, *futures: Any) -> None:
        """Takes a shard of `count` new records (None: a stored one); waits while too many are in work."""
        self._open.append((name, count, futures))
        while len(self._open) > IN_FLIGHT:
            self._close()

    def finish(self) -> None:
        """Waits for all."""
        while self._open:
            self._close()
        self._tell()

    def _close(self) -> None:
        name, count, futures = self._open.popleft()
        try:
            shard = cast(Shard, [future.result() for future in futures][-1])
        except Exception as error:
            self.report.note_failure(name, count or 0, error)
            if steps.is_hopeless(error):
                raise
        else:
            (self.report.note_anew if count is None else self.report.note_new)(shard)
            get_run_logger().info(
                "shard %s: %d articles, %d figures, %d set aside",
                shard,
                len(shard.articles),
                len(shard.figures),
                len(shard.rejections),
            )
        self._tell()

    def _tell(self) -> None:
        self.report.note_met(self.work.inbox, self.work.ledger)
        watcher = watch.get()
        if watcher is not None:
            watcher(self.report, self.work)


def _run(started: dt.datetime, work: steps.Work, report: Report) -> Run:
    return Run(
        run_id=str(runtime.flow_run.id),
        started=started,
        ended=dt.datetime.now(dt.UTC),
        version=version(),
        model=work.model,
        engine=work.engine,
        parameters=json.dumps(runtime.flow_run.parameters, default=str),
        counts=report.counts(),
        verdict=report.verdict,
    )


def _verdict(report: Report) -> State[Any]:
    """The state that the run ends in, with its counts; a call of the flow gives the report, or raises."""
    if report.is_well:
        return Completed(message=report.line(), data=report)
    return Failed(message=f"{report.verdict} ({report.line()})", data=RunFailed(report))


if __name__ == "__main__":
    import sys

    from flows.cli import main

    main(["run", *sys.argv[1:]])
