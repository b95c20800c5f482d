"""A run that is killed, at any of its doors, and run again: the tables end as an uninterrupted run's.

Three moments here; `make chaos` sets MILSPEND_KILLS=30 and kills a batch of 40 shards of 50 articles at 30.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL

from tasks import storage

BATCH = Path(__file__).parent / "batch.py"
KILLS = int(os.environ.get("MILSPEND_KILLS", "3"))
SHARDS, SIZE = (40, 50) if KILLS > 3 else (8, 10)
TABLES = ("articles", "figures", "mentions", "rejections")
DOORS = ("ingest", "clean", "recognize", "extract", "store")
PLACES = {"store": ("half", "1", "2", "3", "4", "before")}

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.timeout(3600 if KILLS > 3 else 300)]


def moments() -> list[str]:
    """`KILLS` moments spread over the doors and the shards; of three, the hardest."""
    if KILLS <= 3:
        return ["store:4:half", "store:5:2", "extract:3:after"][:KILLS]
    made = []
    for number, door in zip(range(KILLS), itertools.cycle(DOORS), strict=False):
        turn = number // len(DOORS)
        places = PLACES.get(door, ("before", "after"))
        shard = 1 + (turn * (SHARDS - 1)) // max(1, KILLS // len(DOORS) - 1)
        made.append(f"{door}:{min(shard, SHARDS)}:{places[turn % len(places)]}")
    return made


def _inbox(folder: Path) -> Path:
    """As many articles as the shards hold, all different, with some that are set aside, in three files."""
    folder.mkdir()
    records = []
    for number in range(SHARDS * SIZE):
        text = f"Atlantis spent {number} billion dollars on its navy, the minister said on Monday."
        records.append({"id": f"n{number}", "text": text if number % 17 else ""})
    cut = len(records) // 3
    for name, some in zip("abc", (records[:cut], records[cut : 2 * cut], records[2 * cut :]), strict=True):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, some)), encoding="utf-8")
    return folder


def _run(inbox: Path, out: Path, moment: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BATCH), str(inbox), str(out), str(SIZE), *filter(None, [moment])]
    environment = {**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def _shards(out: Path) -> dict[str, list[tuple[str, int]]]:
    """Of each shard whose figures are there: its files and when they were written."""
    return {
        path.stem: [(table, (out / table / path.name).stat().st_mtime_ns) for table in TABLES]
        for path in (out / "figures").glob("*.parquet")
    }


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, prefect_server: None) -> tuple[Path, Path]:
    """The inbox, and the tables of a run that nobody killed."""
    folder = tmp_path_factory.mktemp("calm")
    inbox = _inbox(folder / "inbox")
    done = _run(inbox, folder / "out")
    assert done.returncode == 0, done.stderr
    assert len(storage.shards(folder / "out")) == SHARDS
    return inbox, folder / "out"


@pytest.mark.parametrize("moment", moments())
def test_killed_run_that_is_run_again_ends_as_one_that_was_not(
    tmp_path: Path, calm: tuple[Path, Path], moment: str
) -> None:
    inbox, whole = calm
    out = tmp_path / "out"
    killed = _run(inbox, out, moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    (mark,) = (out / "unfinished").glob("*.run")
    before = _shards(out)
    for table in TABLES:
        storage.read_table(out, table)
    again = _run(inbox, out)
    assert again.returncode == 0, again.stderr
    for table in (*TABLES, "panel"):
        rows, expected = (sorted(map(str, storage.read_table(each, table).to_pylist())) for each in (out, whole))
        assert rows == expected
    assert before.items() <= _shards(out).items(), "what was done is not done again"
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file() and path.parent.name != "runs"}
    assert files == {
        "panel/panel.parquet",
        *(f"{table}/{shard}.parquet" for shard in _shards(out) for table in (*TABLES, "signatures")),
    }
    assert not [path for path in out.rglob("*") if path.name.startswith(".") or "tmp" in path.name]
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(UUID(mark.stem)).state
    assert state is not None
    assert state.is_crashed()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that holds little more than nothing."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=768k", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk_ends_a_run_clearly_and_the_tables_can_be_read_as_before(
    small_disk: Path, calm: tuple[Path, Path]
) -> None:
    inbox, whole = calm
    out = small_disk / "out"
    done = _run(inbox / "a.jsonl", out)
    assert done.returncode == 0, done.stderr
    filler = small_disk / "filler"
    before = {table: storage.read_table(out, table).to_pylist() for table in TABLES}
    _fill(filler, leave=24 * 1024)
    full = _run(inbox, out)
    assert full.returncode == 1
    assert full.stderr.rstrip().splitlines()[-1] == "OSError: [Errno 28] No space left on device"
    for table in TABLES:
        rows = storage.read_table(out, table).to_pylist()
        assert [row for row in before[table] if row not in rows] == []
    assert not (out / "unfinished").exists()
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    again = _run(inbox, out)
    assert again.returncode == 0, again.stderr
    for table in ("articles", "figures", "mentions"):
        rows, expected = (storage.read_table(each, table) for each in (out, whole))
        assert sorted(map(str, rows.to_pylist())) == sorted(map(str, expected.to_pylist()))


def _fill(file: Path, leave: int) -> None:
    """Fills the disk but for `leave` bytes."""
    disk = os.statvfs(file.parent)
    file.write_bytes(b"\0" * max(0, disk.f_bavail * disk.f_frsize - leave))


def test_killed_moments_are_spread_over_all_doors() -> None:
    if KILLS > 3:
        assert len(set(moments())) == KILLS
        assert {moment.split(":")[0] for moment in moments()} == set(DOORS)
