"""The options of a run that say how inputs are read: which column is the text, what is fetched."""

import os
from typing import Annotated

import typer

from flows.usage import stop

FIELDS = ("text", "title", "published", "url", "source", "author", "id")

MapOption = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COLUMN", help="Column or key that holds a field; may be repeated."),
]
FetchOption = Annotated[
    bool | None,
    typer.Option("--fetch/--no-fetch", help="Fetch the pages that feeds name; default: of feeds named by address."),
]
PrivateOption = Annotated[bool, typer.Option("--allow-private", help="Fetch from loopback and private addresses too.")]


def allow(is_private_allowed: bool) -> None:
    """Lets the runs of this process fetch from private addresses, where that is asked for."""
    from tasks import folders

    if is_private_allowed:
        from tasks import folders

        os.environ[folders.PRIVATE] = "1"


def mapped(options: list[str] | None) -> dict[str, str]:
    """For a field the column that holds it; ends the command with one line if an option is no such pair."""
    columns: dict[str, str] = {}
    for option in options or []:
        field, sign, column = option.partition("=")
        if not sign or field not in FIELDS or not column:
            stop(f"--map {option}: not FIELD=COLUMN, where FIELD is one of {', '.join(FIELDS)}", 2)
        columns[field] = column
    return columns
