"""How a command ends when it was used wrongly: one line on standard error, and an exit code."""

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
    """Ends the command with a line and an exit code."""
    typer.echo(f"milspend: {line}", err=True)
    raise typer.Exit(code)
