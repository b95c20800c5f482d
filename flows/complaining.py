"""How a command says in one line what is wrong, and ends."""

import contextlib
from collections.abc import Iterator
from typing import NoReturn

import typer


@contextlib.contextmanager
def usage(*errors: type[Exception]) -> Iterator[None]:
    """What is wrong with the usage (one of `errors`, a file that cannot be read) ends the command in one line."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (OSError, *errors)):
            raise
        stop(str(error), 2)


def stop(line: str, code: int) -> NoReturn:
    """Ends the command with `line` on standard error."""
    typer.echo(f"milspend: {line}", err=True)
    raise typer.Exit(code)
