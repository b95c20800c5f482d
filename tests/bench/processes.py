"""Whole processes, measured: seconds on the clock and of the processor, and memory at its peak."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = sys.executable
MILSPEND = str(Path(sys.executable).parent / "milspend")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process and those that it started cost; `peak` is in MB, of the largest; `said` is its last line."""

    wall: float
    processor: float
    peak: float
    said: str


def cost(*command: str | Path) -> Cost:
    """Runs a command to its end."""
    with tempfile.TemporaryFile() as output:
        begun = time.perf_counter()
        process = subprocess.Popen([*map(str, command)], stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit code {process.returncode}\n{said[-3000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said.rpartition("\n")[2])


def naive(articles: Path, out: Path) -> Cost:
    """The straightforward script."""
    return cost(PYTHON, HERE / "naive.py", articles, out / "naive.parquet")


def milspend(articles: Path, out: Path, *options: str) -> Cost:
    """The command, into a new folder."""
    with tempfile.TemporaryDirectory(dir=out) as tables:
        return cost(MILSPEND, "run", articles, "--out", tables, "--quiet", *options)


def loop(articles: Path, out: Path) -> Cost:
    """The rooms in a plain loop, into a new folder."""
    with tempfile.TemporaryDirectory(dir=out) as tables:
        return cost(PYTHON, HERE / "loop.py", articles, tables)
