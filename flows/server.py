"""The Prefect server that the command's runs report to: the one that is set, else a temporary one of its own.

Imported before Prefect is: what `settle` sets, Prefect reads when it is first imported.
"""

import contextlib
import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

STARTUP_SECONDS = 120
"""How long a temporary server may take; the first one ever makes a database."""
ANSWER_SECONDS = 5.0
"""How long a server that is set may take to say that it is there."""


class NoServer(Exception):
    """No Prefect server answers at the address that is set; the message is one line for a person."""


def settle(is_log_shown: bool) -> None:
    """Sets what must stand before Prefect is imported; its log stays off the terminal unless asked for."""
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", str(STARTUP_SECONDS))
    _settle_home()
    if not is_log_shown:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        for handler in logging.getLogger().handlers:  # `python -m flows.news` has imported Prefect already
            if type(handler).__module__.startswith("prefect."):
                handler.setLevel(logging.CRITICAL)


@contextlib.contextmanager
def reached() -> Iterator[None]:
    """A server that answers, until the end: the one that is set, or a temporary one that ends with this.

    A temporary one has no part in our standard output and error, so that nobody who reads them waits for it; where
    the process is told to end (SIGTERM), it goes too.

    Raises:
        NoServer: one is set and does not answer.
    """
    from prefect.settings import PREFECT_API_URL

    address = PREFECT_API_URL.value()
    if address:
        _ask(address)
        yield
        return
    server = _temporary()
    with _ending_in_order():
        try:
            server.start()
            yield
        finally:
            server.stop()


def _settle_home() -> None:
    """Where Prefect's own folder cannot be written, a new one for this process."""
    if "PREFECT_HOME" in os.environ:
        return
    home = Path("~").expanduser() / ".prefect"
    nearest = next(place for place in (home, *home.parents) if place.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="milspend-prefect-")


def _ask(address: str) -> None:
    import httpx

    try:
        httpx.get(f"{address}/health", timeout=ANSWER_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        raise NoServer(f"no Prefect server answers at {address} (PREFECT_API_URL): {error}") from error


def _temporary() -> Any:
    """Prefect's own temporary server; Prefect takes the one that is made first in a process for all."""
    from prefect.server.api.server import SubprocessASGIServer

    class Apart(SubprocessASGIServer):
        def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
            with _silent():
                return super()._run_uvicorn_command()

    return Apart()


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """What is started here inherits no standard output or error of ours."""
    kept = {number: os.dup(number) for number in (1, 2)}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in kept:
            os.dup2(nowhere, number)
        yield
    finally:
        for number, copy in kept.items():
            os.dup2(copy, number)
            os.close(copy)
        os.close(nowhere)


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """SIGTERM ends the process by an exception, so that what was started is stopped."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
