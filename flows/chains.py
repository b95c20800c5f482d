"""The shards of a run while they are worked on, what became of them, and the state that the run ends in."""

import datetime as dt
import json
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Self, cast

from prefect import State, runtime
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed

from flows import page, version
from tasks import steps
from tasks.records import Run
from tasks.shards import Report, Shard
from tasks.steps import Settings, extract, ingest_stored, recognize, store

IN_FLIGHT = 2
"""Shards in memory beside the one that is being read: one is worked on, one waits."""

watch: ContextVar[Callable[[Report, steps.Work], None] | None] = ContextVar("watch", default=None)
"""Called after each shard with what has been done so far."""


class RunFailed(Exception):
    """Some articles or shards could not be worked on; all others are stored. `report` tells which and why."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report.verdict} ({report.line()})")
        self.report = report


class Chains:
    """The shards in work, a few at once, and what became of those that are done.

    Left by an error, it waits for those in work: the folder is the run's only until then.
    """

    def __init__(self, report: Report, work: steps.Work) -> None:
        self.report = report
        self.work = work
        self._open: deque[tuple[str, int | None, tuple[PrefectFuture[Any], ...]]] = deque()
        self._anew = 0
        self._progress = page.Progress()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for *_parts, futures in self._open:
            for future in futures:
                future.wait()

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
            self._anew += count is None
        self._tell()

    def _tell(self) -> None:
        self.report.note_met(self.work.inbox, self.work.ledger)
        self._progress.show(self.report, self.work.done(self._anew))
        watcher = watch.get()
        if watcher is not None:
            watcher(self.report, self.work)


def read_anew(work: steps.Work, chains: Chains, settings: Settings) -> None:
    """The stored shards that are not done go through the doors again, from their stored articles."""
    for name in steps.stale(work):
        articles = ingest_stored.submit(work.out, name)
        docs = recognize.submit(articles, settings.model, settings.scope)
        figures = extract.submit(docs, settings.model, settings.min_confidence, settings.reference)
        stored = store.submit(figures, work.out, work.engine)
        chains.add(f"stored shard {name}", None, articles, docs, figures, stored)
    chains.finish()


def run_row(started: dt.datetime, work: steps.Work, report: Report, parameters: Mapping[str, Any]) -> Run:
    """What is to be written down of a run that is at its end."""
    return Run(
        run_id=run_id(),
        started=started,
        ended=dt.datetime.now(dt.UTC),
        version=version(),
        model=work.model,
        engine=work.engine,
        parameters=json.dumps({**parameters, "lexicon_sha256": work.lexicon or None}, default=str),
        counts=report.counts(),
        verdict=report.verdict,
    )


def run_id() -> str:
    """The id of the run that this is called in."""
    return str(runtime.flow_run.id)


def verdict(report: Report, note: str = "") -> State[Any]:
    """The state that a run ends in, with its counts behind `note`; a call of the flow gives the report, or raises."""
    if report.is_well:
        return Completed(message=note + report.line(), data=report)
    return Failed(message=f"{report.verdict} ({report.line()})", data=RunFailed(report))
