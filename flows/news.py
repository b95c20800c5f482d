"""The flow ``news``: articles in, tables of military spending figures out.

ingest -> clean -> recognize -> extract -> store

python -m flows.news INPUT... --out DIR
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast

from prefect import flow, runtime
from pydantic import BeforeValidator, Field, JsonValue

from flows import DEFAULT_MIN_CONFIDENCE, DEFAULT_MODEL, SHARD_SIZE, Scope, page, runners
from flows.chains import Chains, RunFailed, read_anew, run_id, run_row, through, verdict, watch
from tasks import duplicates, steps
from tasks.settings import Gathering, Settings
from tasks.shards import Report, Shard
from tasks.steps import clean, ingest

__all__ = ["RunFailed", "news", "watch"]

EMPTY = "the inbox is empty: "
A_DAY: dict[str, JsonValue] = {"pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"}
"""Prefect looks at a value's pattern before a run, not at its format. What a setting is, it reads in the docstring."""


def as_words(place: object) -> object:
    """A path as text: an address would lose a slash on the way through a path."""
    return str(place) if isinstance(place, Path) else place


@flow(
    name="news",
    flow_run_name="news-{out}",
    task_runner=runners.here(),
    persist_result=False,
    result_serializer="json",  # of the error that a run ends with: a pickle that others can write is code that they run
    validate_parameters=True,
)
def news(
    inputs: Annotated[list[Annotated[str, BeforeValidator(as_words)]], Field(min_length=1)],
    out: Path,
    published: Annotated[dt.date | None, Field(json_schema_extra=A_DAY)] = None,
    limit: Annotated[int | None, Field(ge=1)] = None,
    model: Annotated[str, Field(min_length=1)] = DEFAULT_MODEL,
    scope: Scope = "relevant",
    min_confidence: Annotated[float, Field(ge=0, le=1)] = DEFAULT_MIN_CONFIDENCE,
    reference: Path | None = None,
    columns: dict[str, str] | None = None,
    fetch: bool | None = None,
    lexicon: Path | None = None,
) -> Report:
    """Reads news articles and writes down the military spending figures that they state.

    What is stored already stays; what was stored by another engine, or with other settings, is read anew.

    Args:
        inputs: Files, folders and patterns of articles, and addresses (https, s3) of files and feeds.
        out: Folder that the tables are written to.
        published: Date of publication of articles that have none of their own.
        limit: How many articles to read at most.
        model: Installed spaCy pipeline, or its folder.
        scope: Articles the language model reads: those that may hold a figure, or all.
        min_confidence: Confidence below which a figure is not written, from 0 to 1.
        reference: File of published series (SIPRI's, the World Bank's) to set beside the figures.
        columns: For a field (text, title, published, url, source, author, id) the column or key that holds it.
        fetch: Fetch the pages that feeds and sitemaps name. Left empty, those of feeds that are addresses.
        lexicon: Folder of tables of your own words, beside the built-in ones.

    Raises:
        folders.Forbidden: this run may not read or write there; nothing was begun.
        RunFailed: a shard failed, or a bug set an article aside; all others are stored.
    """
    steps.admit(inputs, out, model, reference, lexicon)
    started = dt.datetime.now(dt.UTC)
    settings = Settings(model, scope, min_confidence, reference, lexicon)
    report = Report(str(out))
    gathering = Gathering(columns or {}, fetch)
    with steps.begin(run_id(), inputs, out, limit, settings, gathering) as work, Chains(report, work) as chains:
        page.close(work.interrupted)
        for shard in _cleaned(work, report, published):
            if shard.is_empty and chains.has_begun:
                continue  # it would only say that a run was here, and another does
            chains.add(shard.name, shard.count, through.submit(shard, out, settings, work.engine))
        chains.finish()
        read_anew(work, chains, settings)
        report.duplicates = duplicates.mark(out)
        steps.end(work, run_row(started, work, report, runtime.flow_run.parameters))
        page.show(report, out)
    return cast(Report, verdict(report, note="" if work.inbox.files else EMPTY))


def _cleaned(work: steps.Work, report: Report, published: dt.date | None) -> Iterator[Shard]:
    """The shards of what is new, cleaned, one after the other: what is a duplicate depends on those before."""
    while not work.inbox.is_exhausted:
        number = work.inbox.number
        try:
            shard = ingest(work.inbox, work.ledger, SHARD_SIZE, published)
            shard = clean(shard, work.ledger)
        except Exception as error:  # noqa: BLE001 - whatever it is, the shards after it go on and the run ends failed
            steps.leave(work.inbox, number, error)
            report.note_failure(f"shard {number}", work.inbox.taken, error)
        else:
            yield shard


if __name__ == "__main__":
    import sys

    from flows.cli import main

    main(["run", *sys.argv[1:]])
