"""The flow ``again``: stored articles in, their figures anew."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated, cast

from prefect import flow
from pydantic import Field

from flows import DEFAULT_MIN_CONFIDENCE, DEFAULT_MODEL, Scope, page, runners
from flows.chains import Chains, read_anew, run_id, run_row, verdict
from tasks import duplicates, steps
from tasks.settings import Settings, last_settings
from tasks.shards import Report

DEFAULTS = Settings(DEFAULT_MODEL, "relevant", DEFAULT_MIN_CONFIDENCE, None)


@flow(
    name="again",
    flow_run_name="again-{out}",
    task_runner=runners.here(),
    persist_result=False,
    result_serializer="json",
    validate_parameters=True,
)
def again(
    out: Path,
    model: Annotated[str | None, Field(min_length=1)] = None,
    scope: Scope | None = None,
    min_confidence: Annotated[float | None, Field(ge=0, le=1)] = None,
    reference: Path | None = None,
    lexicon: Path | None = None,
) -> Report:
    """Reads stored articles anew, where this program or these settings would read them otherwise; needs no inbox.

    A setting that is left empty is as in the last run.

    Args:
        out: Folder of tables that runs wrote.
        model: Installed spaCy pipeline, or its folder.
        scope: Articles the language model reads: those that may hold a figure, or all.
        min_confidence: Confidence below which a figure is not written, from 0 to 1.
        reference: File of published series (SIPRI's, the World Bank's) to set beside the figures.
        lexicon: Folder of tables of your own words, beside the built-in ones.

    Raises:
        storage.Unusable: no tables are there, or another run has them.
        folders.Forbidden, RunFailed: as `news`.
    """
    steps.admit([], out, model or DEFAULT_MODEL, reference, lexicon)
    started = dt.datetime.now(dt.UTC)
    before = last_settings(out, DEFAULTS)
    settings = Settings(
        model=model or before.model,
        scope=scope or before.scope,
        min_confidence=before.min_confidence if min_confidence is None else min_confidence,
        reference=reference or before.reference,
        lexicon=lexicon or before.lexicon,
    )
    steps.admit([], out, settings.model, settings.reference, settings.lexicon)
    report = Report(str(out))
    with steps.begin(run_id(), [], out, None, settings) as work, Chains(report, work) as chains:
        page.close(work.interrupted)
        read_anew(work, chains, settings)
        report.duplicates = duplicates.mark(out)
        steps.end(work, run_row(started, work, report, {"out": out, **dataclasses.asdict(settings)}))
        page.show(report, out)
    return cast(Report, verdict(report))
