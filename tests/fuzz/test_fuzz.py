"""Mutated samples of every format: none crashes or hangs, each ends in articles or rejections, its twin is kept.

MILSPEND_FUZZ says how many; MILSPEND_FUZZ_FROM the number of the first. One that went wrong is made again by its
number.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
COUNT = int(os.environ.get("MILSPEND_FUZZ", "250"))
FIRST = int(os.environ.get("MILSPEND_FUZZ_FROM", "0"))
LONGEST = 5.0
"""Seconds of processor time that an input may take."""
PATIENCE = 90.0
"""Seconds without a word after which the reader hangs, on a machine that has other work too."""


@pytest.mark.timeout(8 * 3600)
def test_fuzz_inputs_end_in_articles_or_rejections_and_their_twins_are_kept(tmp_path: Path, capfd: Any) -> None:
    twins: dict[str, list[str]] = {}
    ends: Counter[str] = Counter()
    faults: list[str] = []
    slowest, where = 0.0, ""
    for begun, done in read_all(FIRST, FIRST + COUNT, tmp_path):
        what = f"input {begun['number']} from {begun['sample']}"
        if done is None:
            faults.append(f"{what}: crashed or hung")
            continue
        ends.update(done["ends"].keys() or ["nothing"])
        if done["seconds"] > slowest:
            slowest, where = done["seconds"], what
        if done["seconds"] > LONGEST:
            faults.append(f"{what}: {done['seconds']:.1f} seconds")
        if not done["ends"]:
            faults.append(f"{what}: neither an article nor a rejection")
        if done["twin"] != twins.setdefault(begun["sample"], done["twin"]):
            faults.append(f"{what}: its twin was read otherwise after it")
    with capfd.disabled():
        print(f"\n{COUNT} inputs; the slowest took {slowest:.2f} s ({where}); inputs that ended in {dict(ends)}")
    assert faults == []
    assert ends["article"] > COUNT / 5
    assert ends.total() - ends["article"] > COUNT / 5
    assert all(any(len(each) == 32 for each in twin) for name, twin in twins.items() if not expects_none(name))


def test_fuzz_sees_a_reader_that_crashes_or_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import json, os, sys, time\n"
        "for number in range(int(sys.argv[1]), int(sys.argv[2])):\n"
        "    print(json.dumps({'number': number, 'sample': 'a'}), flush=True)\n"
        "    number == 1 and os.abort()\n"
        "    number == 2 and time.sleep(60)\n"
        "    number == 3 and 1 / 0\n"
        "    print(json.dumps({'seconds': 0, 'ends': {}, 'twin': []}), flush=True)\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "HERE", tmp_path)
    monkeypatch.setattr(sys.modules[__name__], "PATIENCE", 3.0)
    found = [(begun["number"], done is None) for begun, done in read_all(0, 5, tmp_path)]
    assert found == [(0, False), (1, True), (2, True), (3, True), (4, False)]


def expects_none(name: str) -> bool:
    """Whether a sample holds no article as it is."""
    return name.startswith("sitemap/") or name.rpartition("/")[2] in {"empty.pdf", "release.json", "exercise.json"}


def read_all(first: int, last: int, folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """For each input what it is and what came of it; None where the reader died over it or had to be ended."""
    while first < last:
        command = [sys.executable, str(HERE / "worker.py"), str(first), str(last), str(folder)]
        worker = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        lines: queue.Queue[str] = queue.Queue()
        pump = threading.Thread(target=_pump, args=(worker, lines), daemon=True)
        pump.start()
        begun: dict[str, Any] | None = None
        try:
            while line := lines.get(timeout=PATIENCE):
                told = json.loads(line)
                if "number" in told:
                    begun = told
                elif begun is not None:
                    yield begun, told
                    first, begun = begun["number"] + 1, None
        except queue.Empty:
            pass
        worker.kill()
        pump.join()
        _, said = worker.communicate()
        if begun is not None:
            yield {**begun, "sample": f"{begun['sample']}: {said[-1500:]}"}, None
            first = begun["number"] + 1
        elif first < last:
            raise AssertionError(f"the reader ended without a word: {said[-1500:]}")


def _pump(worker: "subprocess.Popen[str]", lines: "queue.Queue[str]") -> None:
    for line in worker.stdout or ():
        lines.put(line)
    lines.put("")
