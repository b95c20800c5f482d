"""The commands that look at what is stored, and read no article: show, export, compact, report, compare, review."""

import contextlib
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from flows import version
from flows.usage import stop, usage
from tasks.views import terminal

SHOWN = 40

OutArgument = Annotated[Path, typer.Argument(metavar="OUT", help="Folder of tables that a run wrote.")]
CountryOption = Annotated[
    list[str] | None, typer.Option("--country", metavar="CODE", help="Only this spender: ISO code (IRN) or name.")
]
MeasureOption = Annotated[
    list[str] | None, typer.Option("--measure", metavar="MEASURE", help="Only this measure: expenditure, aid, ...")
]
StatusOption = Annotated[
    list[str] | None, typer.Option("--status", metavar="STATUS", help="Only this status: actual, budgeted, ...")
]
YearOption = Annotated[
    str | None, typer.Option("--year", metavar="YEAR", help="Only figures of this year, or of years: 2015-2018.")
]
ClaimantOption = Annotated[
    str | None, typer.Option("--claimant", metavar="WORDS", help="Only figures of who is called so, or partly so.")
]
LeastOption = Annotated[
    float, typer.Option("--min-confidence", min=0.0, max=1.0, help="Only figures of at least this confidence.")
]
ReferenceOption = Annotated[
    Path | None,
    typer.Option("--reference", metavar="FILE", help="Published series (SIPRI's, the World Bank's) to set beside."),
]
DistinctOption = Annotated[
    bool, typer.Option("--distinct", help="What near-duplicates of one story say alike counts once.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="Rows of the table at most.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one list of all rows.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV, all rows and columns.")]


def add_to(app: typer.Typer) -> None:
    """Makes the commands of this file commands of `app`."""
    app.command("show")(show_command)
    app.command("export")(export_command)
    app.command("compact")(compact_command)
    app.command("report")(report_command)
    app.command("compare")(compare_command)
    app.command("review")(review_command)


def show_command(
    out: OutArgument,
    country: CountryOption = None,
    measure: MeasureOption = None,
    status: StatusOption = None,
    year: YearOption = None,
    claimant: ClaimantOption = None,
    min_confidence: LeastOption = 0.0,
    is_distinct: DistinctOption = False,
    limit: LimitOption = SHOWN,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Print the figures of a folder of tables, all or some."""
    from tasks import storage
    from tasks.views import distinct, filters, loading

    with usage(storage.Unusable, filters.BadFilter):
        wanted = filters.make(country or [], measure or [], status or [], year, claimant, min_confidence)
        rows = list(wanted.of(distinct.statements(out) if is_distinct else loading.figures(out)))
    if as_json or as_csv:
        columns = distinct.SCHEMA.names if is_distinct else loading.SCHEMAS["figures"].names
        _print_rows(rows, [*columns, *loading.CITATION], as_json, as_csv)
        return
    console = terminal.console()
    for line in terminal.figures(rows[:limit], console.width, len(rows)):
        console.print(line)


def export_command(
    out: OutArgument,
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="File to write: .duckdb, .sqlite, .csv, .xlsx or .jsonl.")
    ],
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME", help="Only this table, or statements; may be given again."),
    ] = None,
    has_no_text: Annotated[
        bool, typer.Option("--no-text", help="Leave out every column that holds words of the articles.")
    ] = False,
) -> None:
    """Write the tables to a file that other programs read."""
    from tasks import storage
    from tasks.views import export

    with usage(storage.Unusable, export.CannotExport):
        written = export.export(out, to, table or [], has_text=not has_no_text)
    for path, what in written.items():
        typer.echo(f"{path}: {what}")


def compact_command(
    out: OutArgument,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write, or to write anew.")],
) -> None:
    """Write the tables into few large files, sorted and partitioned, for millions of rows."""
    from tasks import storage
    from tasks.views import compacting

    with usage(storage.Unusable, compacting.NotOurs):
        counts = compacting.compact(out, to)
    for name, count in counts.items():
        typer.echo(f"{to / name}: {count:,} rows")


def report_command(
    out: OutArgument,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="The page to write.")] = Path("report.html"),
    reference: ReferenceOption = None,
) -> None:
    """Write one HTML page that shows the figures, their evidence, and where claims and reference part."""
    from tasks import reference as series
    from tasks import storage
    from tasks.views import report

    with usage(storage.Unusable, series.BadReference):
        size = report.report(out, to, version(), None if reference is None else series.load(reference))
    typer.echo(f"{to}: {size / 1e6:.1f} MB, opens in any browser")


def compare_command(
    out: OutArgument,
    reference: Annotated[
        Path, typer.Option("--reference", metavar="FILE", help="Published series (SIPRI's, the World Bank's).")
    ],
    country: CountryOption = None,
    measure: MeasureOption = None,
    status: StatusOption = None,
    year: YearOption = None,
    claimant: ClaimantOption = None,
    min_confidence: LeastOption = 0.0,
    by_distance: Annotated[
        bool, typer.Option("--farthest", help="Those first whose median is farthest from the reference.")
    ] = False,
    limit: LimitOption = SHOWN,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Print what is claimed for each country and year beside a published series."""
    from tasks import reference as series
    from tasks import storage
    from tasks.views import comparing, filters

    with usage(storage.Unusable, series.BadReference, filters.BadFilter):
        wanted = filters.make(country or [], measure or [], status or [], year, claimant, min_confidence)
        rows = comparing.compare(out, series.load(reference), wanted)
    rows = comparing.farthest_first(rows) if by_distance else rows
    if as_json or as_csv:
        _print_rows([row.flat() for row in rows], comparing.COLUMNS, as_json, as_csv)
        return
    console = terminal.console()
    for line in terminal.comparison(rows[:limit], len(rows)):
        console.print(line)


def review_command(
    out: OutArgument,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", metavar="NAME", help="Who decides; kept with each decision.")
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the page; 0: any free one.")] = 0,
    is_not_opened: Annotated[bool, typer.Option("--no-browser", help="Only print the address of the page.")] = False,
    gold: Annotated[
        Path | None,
        typer.Option(
            "--gold", metavar="FILE", help="Open no page; write the articles that are done as annotated ones."
        ),
    ] = None,
) -> None:
    """Check rows by hand on a page of this machine; decisions are kept beside the tables."""
    from tasks import storage
    from tasks.gold import BadGold
    from tasks.views.review import annotated, serving

    with usage(storage.Unusable, BadGold):
        if gold is not None:
            articles, figures, begun = annotated.export(out, gold)
            typer.echo(f"{gold}: {articles} articles that are done, {figures} figures; left out, not done: {begun}")
            return
        desk = serving.Desk(out, reviewer)
        server, address = serving.serve(desk, port)
    typer.echo(f"{address}\nControl-C ends it; every decision is on disk at once.")
    if not is_not_opened:
        webbrowser.open(address)
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


def _print_rows(rows: list[dict[str, Any]], columns: list[str], as_json: bool, as_csv: bool) -> None:
    from tasks.views.export import delimited, lines

    if as_json and as_csv:
        stop("--json and --csv: choose one", 2)
    if as_json:
        inside = ",\n".join(lines.as_line(row) for row in rows)
        typer.echo(f"[\n{inside}\n]" if rows else "[]")
    else:
        delimited.write(columns, ([row[column] for column in columns] for row in rows), sys.stdout)
