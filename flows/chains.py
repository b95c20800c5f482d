"""The shards of a run while they are worked on, what became of them, and the state that the run ends in."""

import datetime as dt
import json
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Self

from prefect import State, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed

from flows import page, runners, version
from tasks import steps
from tasks.records import Run
from tasks.settings import Settings
from tasks.shards import Receipt, Report, Shard
from tasks.steps import extract, ingest_stored, recognize, store

watch: ContextVar[Callable[[Report, steps.Work], None] | None] = ContextVar("watch", default=None)
"""Called after each shard with what has been done so far."""


@task(name="shard", task_run_name="shard {shard}", persist_result=False, cache_policy=NO_CACHE)
def through(shard: Shard | str, out: Path, settings: Settings, engine: str) -> Receipt:
    """A shard through the doors that need no other shard, wherever there is a hand free; stored at the end.

    Of one that is stored already the name is enough.
    """
    with settings.words(engine):
        articles = ingest_stored(out, shard) if isinstance(shard, str) else shard
        docs = recognize(articles, settings.model, settings.scope)
        figures = extract(docs, settings.model, settings.min_confidence, settings.reference)
        return store(figures, out, engine).receipt()


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
        self._open: deque[tuple[str, int | None, PrefectFuture[Receipt]]] = deque()
        self._room = runners.hands() + 1
        self._anew = 0
        self.has_begun = False
        self._progress = page.Progress()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for *_parts, future in self._open:
            future.wait()

    def add(self, name: str, count: int | None, future: PrefectFuture[Receipt]) -> None:
        """Takes a shard of `count` new records (None: a stored one); waits while too many are in work."""
        self.has_begun = True
        self._open.append((name, count, future))
        while len(self._open) >= self._room:
            self._close()

    def finish(self) -> None:
        """Waits for all."""
        while self._open:
            self._close()
        self._tell()

    def _close(self) -> None:
        name, count, future = self._open.popleft()
        try:
            shard = future.result()
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
        chains.add(f"stored shard {name}", None, through.submit(name, work.out, settings, work.engine))
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
