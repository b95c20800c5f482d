"""Real processes on the loopback address: servers, what serves, and a webhook."""

import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

BIN = Path(sys.executable).parent
PATIENCE = 150.0
"""Seconds that a test waits for what must come."""


def _until(happened: Callable[[], Any], what: str) -> Any:
    """What `happened` says, once that is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = happened()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"{what}: not within {PATIENCE:.0f} seconds")


def _heed_ctrl_c() -> None:
    """Undoes what a shell does to its background jobs, of which these tests may be one: they ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Operation:
    """A folder that an operator works in, with a Prefect of its own, and the processes started there."""

    def __init__(self, place: Path, password: str = "") -> None:
        self.place = place
        self.password = password
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}/api"
        self.settings = {PREFECT_API_URL: self.address, PREFECT_API_AUTH_STRING: password or None}
        self.client: SyncPrefectClient = None  # type: ignore[assignment]
        self.log = place / "log"
        self._started: list[subprocess.Popen[bytes]] = []

    def environment(self, is_told: bool = True) -> dict[str, str]:
        """What the processes know; whether also where the server is."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "MILSPEND"))}
        own = {"PREFECT_HOME": str(self.place / "home"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        quick = {"PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2", "PREFECT_RUNNER_POLL_FREQUENCY": "2"}
        named = {"PREFECT_API_URL": self.address, "PREFECT_API_AUTH_STRING": self.password} if is_told else {}
        secret = {"PREFECT_SERVER_API_AUTH_STRING": self.password} if self.password else {}
        passed = {**kept, **own, **quick, **named, **secret, "DO_NOT_TRACK": "1"}
        return {name: value for name, value in passed.items() if value}

    def begin(self, *command: str | Path, is_told: bool = True, **named: str) -> "subprocess.Popen[bytes]":
        """A process that works until it is stopped, with what is `named` in its environment; what it says is logged."""
        program = [str(BIN / command[0]), *map(str, command[1:])]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                program,
                cwd=self.place,
                env={**self.environment(is_told), **named},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                preexec_fn=_heed_ctrl_c,
            )
        self._started.append(process)
        return process

    def call(self, *command: str | Path) -> str:
        """What a command prints that ends well."""
        program = [str(BIN / command[0]), *map(str, command[1:])]
        done = subprocess.run(
            program, cwd=self.place, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_server(self) -> "subprocess.Popen[bytes]":
        """A Prefect server that answers."""
        where = ("--host", "127.0.0.1", "--port", str(self.port))
        server = self.begin("prefect", "server", "start", *where, is_told=False)
        _until(self.answers, "the server answers")
        return server

    def answers(self) -> bool:
        """Whether a server is there."""
        try:
            return httpx.get(f"{self.address}/health", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def said(self, words: str) -> bool:
        """Whether a process has said something."""
        return words in self.log.read_text(encoding="utf-8", errors="replace")

    def start(self, deployment: str, **parameters: Any) -> FlowRun:
        """A run, as the button in the UI starts it."""
        found = self.client.read_deployment_by_name(deployment)
        return self.client.create_flow_run_from_deployment(found.id, parameters=parameters)

    def ended(self, run: UUID) -> FlowRun:
        """The run when it is at its end."""

        def final() -> FlowRun | None:
            try:
                found = self.client.read_flow_run(run)
            except httpx.HTTPError:
                return None
            return found if found.state and found.state.is_final() else None

        ended: FlowRun = _until(final, "the run ends")
        return ended

    def stop(self) -> None:
        """Stops what was started and is not yet stopped, the last first."""
        for process in reversed(self._started):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Prefect's with an empty database: making one takes longer than all else."""
    place = tmp_path_factory.mktemp("empty")
    Operation(place).call("prefect", "server", "database", "upgrade", "--yes")
    return place / "home"


@pytest.fixture
def make_operation(tmp_path: Path, empty_home: Path) -> Iterator[Callable[..., Operation]]:
    """Makes a folder to operate in, with articles in data/sample; all that is started there is stopped."""
    with ExitStack() as stack:

        def make(**keywords: Any) -> Operation:
            operation = Operation(tmp_path, **keywords)
            shutil.copytree(empty_home, tmp_path / "home")
            stack.callback(operation.stop)
            stack.enter_context(temporary_settings(operation.settings))
            operation.client = stack.enter_context(get_client(sync_client=True))
            return operation

        yield make


@pytest.fixture
def served(make_operation: Callable[..., Operation]) -> Operation:
    """`milspend serve` in a folder of its own, with a server that it started."""
    operation = make_operation()
    write_inbox(operation.place / "data" / "sample", 30)
    port = str(operation.port)
    operation.begin("milspend", "serve", "--read", "data/sample", "--port", port, is_told=False)
    _until(lambda: operation.said("Ctrl-C stops"), "milspend serve is ready")
    return operation


@pytest.fixture
def until() -> Callable[[Callable[[], Any], str], Any]:
    """Waits for something to happen."""
    return _until


@pytest.fixture
def put() -> Callable[[Path, int], None]:
    """Writes a file of so many articles, all different; each twentieth states two figures."""
    return write_inbox


def write_inbox(folder: Path, articles: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    figures = (
        "Iran spent {} billion dollars on its military in 2018, the minister said. France spent {} billion dollars."
    )
    weather = "On day {} it rained in the capital for the whole afternoon, and nobody spoke of anything else."
    texts = [weather.format(n) if n % 20 else figures.format(n + 2, n + 3) for n in range(articles)]
    lines = [{"id": f"n{n}", "text": text, "url": f"https://news.example/{n}"} for n, text in enumerate(texts)]
    (folder / f"{articles}.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a webhook, and what was posted there."""
    posted: list[dict[str, Any]] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/hook":  # a program that outlived the last server on this port may still talk to it
                posted.append(json.loads(said))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", posted
        server.shutdown()
