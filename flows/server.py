"""The Prefect server that the command's runs report to: the one that is set, else a temporary one of its own.

Imported before Prefect is: what `settle` sets, Prefect reads when it is first imported.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

STARTUP_SECONDS = 120
"""How long a temporary server may take; the first one ever makes a database."""
ANSWER_SECONDS = 5.0
"""How long a server that is set may take to say that it is there."""
STOP_SECONDS = 15.0
"""How long a server may take to stop before it is killed."""
LOOPBACK = "127.0.0.1"


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
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import PREFECT_API_URL

    address = PREFECT_API_URL.value()
    if address:
        ask(address)
        yield
        return
    server = _temporary()
    with _ending_in_order():
        try:
            server.start()
            yield
        finally:
            APILogHandler().flush()  # what is on its way to a server that is gone would be complained of
            server.stop()


@contextlib.contextmanager
def named(port: int) -> Iterator[str]:
    """The address of the server that is set, else of the one on this machine, which is then set until the end."""
    from prefect.settings import (
        PREFECT_API_AUTH_STRING,
        PREFECT_API_URL,
        PREFECT_SERVER_API_AUTH_STRING,
        temporary_settings,
    )

    address = PREFECT_API_URL.value()
    if address:
        yield address
        return
    password = PREFECT_API_AUTH_STRING.value() or PREFECT_SERVER_API_AUTH_STRING.value()
    with temporary_settings({PREFECT_API_URL: _local(port), PREFECT_API_AUTH_STRING: password}):
        yield _local(port)


@contextlib.contextmanager
def kept(port: int) -> Iterator[tuple[str, bool]]:
    """The address of a server that stays, and whether it was started here: only then it is stopped at the end.

    It is the one that is set, else the one on this machine; where none is set and none answers, one is started, bound
    to the loopback address.

    Raises:
        NoServer: one is set and does not answer, or none could be started.
    """
    with named(port) as address, contextlib.ExitStack() as started:
        try:
            ask(address)
            is_ours = False
        except NoServer:
            if address != _local(port):
                raise
            started.enter_context(_ending_in_order())
            started.enter_context(_started(port))
            is_ours = True
        yield address, is_ours


@contextlib.contextmanager
def _started(port: int) -> Iterator[None]:
    """A server of our own; apart from Ctrl-C, so that what stops before it can still tell it."""
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(port)]
    environment = {"PREFECT_UI_API_URL": _local(port), **os.environ}  # else the UI looks for it at the default port
    nowhere = subprocess.DEVNULL
    server = subprocess.Popen(
        command, stdin=nowhere, stdout=nowhere, stderr=nowhere, env=environment, start_new_session=True
    )
    try:
        _await(server, _local(port))
        yield
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await(server: "subprocess.Popen[bytes]", address: str) -> None:
    end = time.monotonic() + STARTUP_SECONDS
    while True:
        try:
            ask(address)
        except NoServer:
            if server.poll() is not None or time.monotonic() > end:
                raise NoServer(f"no server could be started at {address}: `prefect server start` says why") from None
            time.sleep(0.3)
        else:
            return


def _local(port: int) -> str:
    return f"http://{LOOPBACK}:{port}/api"


def _settle_home() -> None:
    """Where Prefect's own folder cannot be written, a new one for this process."""
    if "PREFECT_HOME" in os.environ:
        return
    home = Path("~").expanduser() / ".prefect"
    nearest = next(place for place in (home, *home.parents) if place.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="milspend-prefect-")


def ask(address: str) -> None:
    """Nothing, where a server answers at `address`.

    Raises:
        NoServer: none does.
    """
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
