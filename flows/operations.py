"""The commands of whoever operates milspend: serve, forget, alert."""

from pathlib import Path
from typing import Annotated

import typer

from flows import server
from flows.usage import usage

FolderOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder that the tables are written to.")]


def register(app: typer.Typer) -> None:
    """Gives the command its subcommands of this file."""
    app.command("serve")(serve_command)
    app.command("forget")(forget_command)
    app.command("alert")(alert_command)


def serve_command(
    inbox: Annotated[
        Path, typer.Option("--inbox", metavar="DIR", help="Folder that news/daily reads; made if it is not there.")
    ] = Path("data/inbox"),
    out: FolderOption = Path("data/out"),
    read: Annotated[
        list[Path] | None,
        typer.Option("--read", metavar="DIR", help="Folder that runs may read beside the inbox; may be repeated."),
    ] = None,
    feed: Annotated[
        list[str] | None,
        typer.Option("--feed", metavar="URL", help="Feed that news/daily reads beside the inbox; may be repeated."),
    ] = None,
    cron: Annotated[str, typer.Option("--cron", metavar="CRON", help="When news/daily runs.")] = "0 6 * * *",
    timezone: Annotated[str, typer.Option("--timezone", metavar="ZONE", help="Time zone of --cron.")] = "UTC",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of a server that is started.")] = 4200,
) -> None:
    """Run the Prefect UI with the deployments until Ctrl-C; start a server where none answers."""
    from flows import serving

    plan = serving.Plan(inbox, out, tuple(read or ()), cron, timezone, tuple(feed or ()))
    with usage(server.NoServer, serving.BadPlan):
        serving.serve(plan, port, typer.echo)


def forget_command(
    article_id: Annotated[str, typer.Argument(metavar="ARTICLE_ID", help="Its article_id in the table articles.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of tables that a run wrote.")],
) -> None:
    """Take an article and all that came of it out of the tables for good."""
    from tasks import duplicates, panel, storage
    from tasks.views.review import decisions

    with usage(storage.Unusable):
        storage.read_table(out, "articles", ["article_id"])
        with storage.reserved(out):
            decisions.forget(out, storage.contents_of_one(out, article_id))  # while the tables still tell which
            figures = storage.forget(out, article_id)
            duplicates.mark(out)
            panel.renew(out)
    typer.echo(f"{article_id} is forgotten, with its text and {figures} figure{'' if figures == 1 else 's'}")


def alert_command(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to POST a line of JSON when a run fails.")],
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the server on this machine.")] = 4200,
) -> None:
    """Have the Prefect server tell a webhook of every run that fails or crashes."""
    from flows import alerts

    with usage(server.NoServer, alerts.BadAddress):
        alerts.check(url)
        server.settle(is_log_shown=False)
        with server.named(port) as address:
            server.ask(address)
            alerts.arrange(url)
    typer.echo("the server will tell of every run that fails or crashes")
