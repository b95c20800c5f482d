"""The command ``milspend``: parses arguments, then calls the flow, a view or a room.

Exit codes: 0 all well; 1 a shard failed, or a bug set something aside; 2 wrong usage, said in one line.
"""

import contextlib
import dataclasses
import datetime as dt
import io
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from flows import DEFAULT_MIN_CONFIDENCE, DEFAULT_MODEL, Scope, gathering, looking, operations, server, version
from flows.looking import OutArgument
from flows.usage import stop as _stop
from flows.usage import usage as _usage
from tasks.views import terminal

if TYPE_CHECKING:
    from tasks.shards import Report

SHOWN = 40
"""Figures that a table on the terminal has at most."""

app = typer.Typer(
    help="Reads news articles and writes down the military spending figures they state, with their evidence.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ModelOption = Annotated[str, typer.Option("--model", metavar="NAME", help="Installed spaCy pipeline, or its folder.")]
ConfidenceOption = Annotated[
    float, typer.Option("--min-confidence", min=0.0, max=1.0, help="Confidence below which a figure is left out.")
]
LexiconOption = Annotated[
    Path | None,
    typer.Option("--lexicon", metavar="DIR", help="Tables of your own words, beside the built-in ones."),
]
DateOption = Annotated[
    dt.datetime | None,
    typer.Option("--published", formats=["%Y-%m-%d"], metavar="DATE", help="Date of what has no date of its own."),
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="Work in so many processes beside this one.")
]
ClusterOption = Annotated[
    str | None, typer.Option("--cluster", metavar="ADDRESS", help="Work on the Dask cluster of the scheduler there.")
]


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"milspend {version()}")
        raise typer.Exit


@app.callback()
def milspend(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Has the options that belong to no command."""


@app.command("run")
def run_command(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files, folders, patterns, addresses of articles.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that the tables are written to.")],
    published: DateOption = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Articles to read at most.")] = None,
    model: ModelOption = DEFAULT_MODEL,
    scope: Annotated[
        Scope, typer.Option("--scope", help="Articles the language model reads: those that may hold a figure, or all.")
    ] = "relevant",
    min_confidence: ConfidenceOption = DEFAULT_MIN_CONFIDENCE,
    reference: Annotated[
        Path | None,
        typer.Option(
            "--reference", metavar="FILE", help="Published series (SIPRI's, the World Bank's) to compare with."
        ),
    ] = None,
    columns: gathering.MapOption = None,
    fetch: gathering.FetchOption = None,
    allow_private: gathering.PrivateOption = False,
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    lexicon: LexiconOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the log.")] = False,
) -> None:
    """Read articles; write the tables articles, mentions, figures, rejections, runs and panel."""
    _check_sound(quiet, verbose, workers, cluster)
    mapped = gathering.mapped(columns)
    gathering.allow(allow_private)
    _check(inputs, out, model, reference, lexicon)
    server.settle(is_log_shown=verbose)
    from flows.news import news

    hired = _hired(news, workers, cluster)

    def read() -> "Report":
        return hired(
            inputs=inputs,
            out=out,
            published=published.date() if published else None,
            limit=limit,
            model=model,
            scope=scope,
            min_confidence=min_confidence,
            reference=reference,
            columns=mapped,
            fetch=fetch,
            lexicon=lexicon,
        )

    _run(read, out, quiet, verbose)


@app.command("again")
def again_command(
    out: OutArgument,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Installed spaCy pipeline, or its folder.")
    ] = None,
    scope: Annotated[Scope | None, typer.Option("--scope", help="Articles the language model reads.")] = None,
    min_confidence: Annotated[
        float | None, typer.Option("--min-confidence", min=0.0, max=1.0, help="Confidence below which none is written.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", metavar="FILE", help="Published series to compare with.")
    ] = None,
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    lexicon: LexiconOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the log.")] = False,
) -> None:
    """Read the stored articles anew where program or settings have changed; what is not named is as in the last run."""
    _check_sound(quiet, verbose, workers, cluster)
    from tasks import storage

    with _usage(storage.Unusable):
        storage.read_table(out, "runs", ["run_id"])
    server.settle(is_log_shown=verbose)
    from flows.again import again

    hired = _hired(again, workers, cluster)

    def read() -> "Report":
        return hired(out, model, scope, min_confidence, reference, lexicon)

    _run(read, out, quiet, verbose)


@app.command("read")
def read_command(
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="The text; without it, standard input.")] = None,
    published: DateOption = None,
    title: Annotated[str | None, typer.Option("--title", help="The headline.")] = None,
    model: ModelOption = DEFAULT_MODEL,
    min_confidence: ConfidenceOption = DEFAULT_MIN_CONFIDENCE,
    lexicon: LexiconOption = None,
) -> None:
    """Print the figures of one text, for trying things."""
    from flows import reading
    from tasks.entities import MissingModel
    from tasks.sources.building import RefusedError
    from tasks.sources.decoding import decode
    from tasks.vocabulary import BadLexicon

    with _usage(MissingModel, RefusedError, BadLexicon):
        words = decode(sys.stdin.buffer.read()) if text is None else text
        article = reading.article_of(words, title, published.date() if published else None)
        _, figures, rejections = reading.read([article], model, min_confidence, scope="all", lexicon=lexicon)
    if rejections:
        _stop(f"{rejections[0].reason}: {rejections[0].detail}", 2)
    console = terminal.console()
    _print(terminal.figures([dataclasses.asdict(figure) for figure in figures], console.width), console)


@app.command("evaluate")
def evaluate_command(
    gold: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Annotated articles.")],
    errors: Annotated[bool, typer.Option("--errors", help="Also every missed, spurious and half-right row.")] = False,
    model: ModelOption = DEFAULT_MODEL,
    min_confidence: ConfidenceOption = DEFAULT_MIN_CONFIDENCE,
) -> None:
    """Score the figures that are read in annotated articles."""
    from flows import reading
    from tasks.entities import MissingModel
    from tasks.gold import BadGold

    with _usage(MissingModel, BadGold):
        typer.echo(reading.evaluate(gold, model, min_confidence, errors))


looking.add_to(app)
operations.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that has not all characters
    try:
        app(arguments, prog_name="milspend")
    except OSError as error:
        sys.exit(f"milspend: {error}")


def _check(inputs: list[str], out: Path, model: str, reference: Path | None, lexicon: Path | None) -> None:
    """Wrong usage is said at once, before anything is started."""
    from tasks import entities, sources, storage, vocabulary
    from tasks import reference as series

    with _usage(*_refusals()):
        sources.find_inputs(inputs, out)
        entities.load_model(model)
        if reference is not None:
            series.load(reference)
        vocabulary.load(lexicon)
        with storage.reserved(out):
            pass


def _check_sound(quiet: bool, verbose: bool, workers: int | None, cluster: str | None) -> None:
    if quiet and verbose:
        _stop("--quiet and --verbose: choose one", 2)
    if workers and cluster:
        _stop("--workers and --cluster: choose one", 2)


def _hired(flow: Any, workers: int | None, cluster: str | None) -> Callable[..., "Report"]:
    """A flow with those who do its work; with nobody named, it does it in its own process."""
    from flows import runners

    hired: Callable[..., Report] = flow
    if workers:
        hired = flow.with_options(task_runner=runners.processes(workers))
    if cluster:
        with _usage(runners.NoCluster):
            hired = flow.with_options(task_runner=runners.cluster(cluster))
    return hired


def _run(run: Callable[[], "Report"], out: Path, quiet: bool, verbose: bool) -> None:
    """Calls a flow on a server; prints what it found and its verdict."""
    from flows.news import RunFailed

    with _usage(server.NoServer, *_refusals()), _progress(is_shown=not quiet and not verbose and sys.stderr.isatty()):
        try:
            with server.reached():
                report = run()
        except RunFailed as failed:
            report = failed.report
        except Exception as error:
            if verbose or isinstance(error, (server.NoServer, *_refusals())):
                raise
            _stop(f"{type(error).__name__}: {error} (--verbose says more)", 1)
    _close(report, out, terminal.console(quiet))


def _refusals() -> tuple[type[Exception], ...]:
    """What is raised before work begins when a run is asked for what cannot be."""
    from tasks import entities, folders, reference, sources, storage, vocabulary
    from tasks.lexicon import tables

    of_settings = entities.MissingModel, reference.BadReference, vocabulary.BadLexicon, tables.Occupied
    return sources.InputError, folders.Forbidden, storage.Unusable, *of_settings


@contextlib.contextmanager
def _progress(is_shown: bool) -> Iterator[None]:
    """A bar on the terminal while the flow works."""
    if not is_shown:
        yield
        return
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    from flows import news
    from tasks.shards import PACE

    class Pace(ProgressColumn):
        """What goes on inside a shard."""

        def render(self, task: Task) -> Text:
            return Text(f"cleaned {PACE['clean']:,}, searched {PACE['extract']:,} that may hold a figure")

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), Pace())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("starting", total=None)

        def show(report: "Report", work: Any) -> None:
            described = f"{report.read:,} articles, {report.figures:,} figures"
            total = len(work.inbox.files)
            progress.update(bar, description=described, completed=work.inbox.file, total=total if total > 1 else None)

        token = news.watch.set(show)
        try:
            yield
        finally:
            news.watch.reset(token)


def _close(report: "Report", out: Path, console: Console) -> None:
    """Prints what a run found, its counts and its verdict; ends the command if that is not well."""
    from tasks import storage

    found = (storage.read_shard(out, shard)["figures"] for shard in report.written)
    rows, total = (_first_rows(found), report.figures) if report.figures else (None, 0)
    if rows is None:
        rows, total = _first_rows(storage.scan(out, "figures")), storage.count(out, "figures")
    _print(terminal.figures(rows, console.width, total), console)
    for line in terminal.set_aside(report.named, report.unnamed):
        typer.echo(f"milspend: {line}", err=True)
    console.print(f"\n{report.line()}", highlight=False)
    console.print(
        f"tables: {out}/{{articles,mentions,figures,rejections,runs,panel}}/*.parquet", highlight=False, soft_wrap=True
    )
    if not report.is_well:
        _stop(report.verdict, 1)


def _first_rows(tables: Iterator[Any]) -> list[dict[str, Any]]:
    rows = (row for table in tables for row in table.slice(0, SHOWN).to_pylist())
    return list(itertools.islice(rows, SHOWN))


def _print(lines: Any, console: Console) -> None:
    for line in lines:
        console.print(line)


if __name__ == "__main__":
    main()
