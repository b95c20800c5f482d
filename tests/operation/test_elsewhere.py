"""Shards that are worked on in other processes, or on a cluster: the same tables, also when a worker is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL

from tasks import storage

SHARDED = Path(__file__).parent / "sharded.py"
SHARDS, SIZE = 8, 3
TABLES = ("articles", "figures", "mentions", "rejections")

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.timeout(600)]


def _environment() -> dict[str, str]:
    return {**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value()), "OPENBLAS_NUM_THREADS": "1"}


def _begin(*command: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _files(out: Path) -> dict[str, bytes]:
    return {f"{table}/{path.name}": path.read_bytes() for table in TABLES for path in (out / table).glob("*.parquet")}


def _rows(out: Path) -> dict[str, list[str]]:
    """All rows, in whatever shards they are: a run that goes on where another was killed cuts other ones."""
    return {table: sorted(map(str, storage.read_table(out, table).to_pylist())) for table in (*TABLES, "panel")}


def _said(process: "subprocess.Popen[str]") -> str:
    said, _ = process.communicate(timeout=400)
    return said


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles of which every second states a figure, and one that is set aside."""
    path = tmp_path_factory.mktemp("inbox") / "in.jsonl"
    texts = [f"France spent {number + 2} billion euros on its navy in 2018, the minister said." for number in range(24)]
    texts = [text if number % 2 else "It rained all day in the capital." for number, text in enumerate(texts)]
    records = [{"id": f"n{number}", "text": text if number else ""} for number, text in enumerate(texts)]
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    return path


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, prefect_server: None, inbox: Path) -> Path:
    """The tables that a run in one process leaves."""
    out = tmp_path_factory.mktemp("calm") / "out"
    process = _begin(SHARDED, inbox, out, SIZE, "here")
    assert _said(process).strip() == ""
    assert len(storage.shards(out)) == SHARDS
    assert storage.count(out, "figures") >= SHARDS
    return out


@pytest.fixture
def start_cluster(tmp_path: Path) -> Iterator[Callable[[], tuple[str, list["subprocess.Popen[bytes]"]]]]:
    """Starts a Dask scheduler and two workers, each a process of its own without a nanny."""
    pytest.importorskip("prefect_dask")
    with ExitStack() as stack:

        def begin(*command: str) -> "subprocess.Popen[bytes]":
            program = [str(Path(sys.executable).parent / "dask"), *command]
            with (tmp_path / "log").open("ab") as log:
                process = subprocess.Popen(program, env=_environment(), stdout=log, stderr=log, cwd=tmp_path)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        def start() -> tuple[str, list[Any]]:
            place = tmp_path / "scheduler.json"
            begin("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(place))
            worker = ("worker", "--scheduler-file", str(place), "--nthreads", "1", "--no-nanny", "--no-dashboard")
            workers = [begin(*worker) for _ in range(2)]
            _until(lambda: (tmp_path / "log").read_text().count("Registered to") == 2)
            return str(json.loads(place.read_text())["address"]), workers

        yield start


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def _has_stored(out: Path, process: "subprocess.Popen[str]") -> Callable[[], bool]:
    """Whether a shard is stored while the run goes on."""

    def look() -> bool:
        assert process.poll() is None, process.stdout and process.stdout.read()
        return any((out / "figures").glob("*.parquet"))

    return look


def test_elsewhere_two_processes_write_the_same_files(tmp_path: Path, inbox: Path, calm: Path) -> None:
    process = _begin(SHARDED, inbox, tmp_path / "out", SIZE, "workers", "2")
    _until(_has_stored(tmp_path / "out", process))
    assert len(_children(process.pid)) >= 2
    assert _said(process).strip() == ""
    assert _files(tmp_path / "out") == _files(calm)


def test_elsewhere_a_killed_process_ends_the_run_and_the_next_does_the_rest(
    tmp_path: Path, inbox: Path, calm: Path
) -> None:
    out = tmp_path / "out"
    process = _begin(SHARDED, inbox, out, SIZE, "workers", "2")
    _until(_has_stored(out, process))
    os.kill(_children(process.pid)[-1], signal.SIGKILL)
    assert "BrokenProcessPool" in _said(process)
    assert process.returncode == 1
    before = _files(out)
    assert before.items() <= _files(calm).items()
    again = _begin(SHARDED, inbox, out, SIZE, "workers", "2")
    assert _said(again).strip() == ""
    assert before.items() <= _files(out).items()
    assert _rows(out) == _rows(calm)


def _children(process: int) -> list[int]:
    """The workers that a process has started: its children that run Python's `spawn_main`."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == process and b"spawn_main" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except (OSError, ValueError):
            continue
    return sorted(found)


def test_elsewhere_a_cluster_writes_the_same_files_though_a_worker_is_killed(
    tmp_path: Path,
    inbox: Path,
    calm: Path,
    start_cluster: Callable[[], tuple[str, list["subprocess.Popen[bytes]"]]],
) -> None:
    out = tmp_path / "out"
    address, workers = start_cluster()
    process = _begin(SHARDED, inbox, out, SIZE, "cluster", address)
    _until(_has_stored(out, process))
    workers[0].kill()
    said = _said(process)
    assert process.returncode == 0, said
    assert _files(out) == _files(calm)


def test_elsewhere_nobody_at_the_address_is_said_in_one_line() -> None:
    pytest.importorskip("prefect_dask")
    program = [
        sys.executable,
        "-m",
        "flows.cli",
        "run",
        "data/sample",
        "--out",
        "data/out",
        "--cluster",
        "tcp://127.0.0.1:9",
    ]
    done = subprocess.run(program, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("milspend: no Dask scheduler answers at tcp://127.0.0.1:9")
