"""The scripts of the benchmark: its articles are fresh, and its table says what was measured."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks.relevance import is_relevant

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "tests" / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.syspath_prepend(str(BENCH))
    return runpy.run_path(str(BENCH / "measure.py"))


def test_bench_articles_are_fresh_and_always_the_same() -> None:
    made = [
        subprocess.run(
            [sys.executable, BENCH / "generator.py", "120", seed], capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "1", "2")
    ]
    assert made[0] == made[1] != made[2]
    articles = [json.loads(line) for line in (made[0] + made[2]).splitlines()]
    sentences = [each for article in articles for each in re.split(r"(?<=\.)\s+", article["text"])]
    assert len(set(sentences)) > 0.995 * len(sentences)
    assert len({article["url"] for article in articles}) == 240
    words = {word for article in articles for word in article["text"].split()}
    assert len(words) > 10 * len(articles)
    assert sum(is_relevant(article["title"], article["text"]) for article in articles) >= 20


def test_bench_tells_what_many_articles_cost(bench: dict[str, Any]) -> None:
    known = {"news": {"clock": [9.0], "processor": [8.0], "rate": [27.7778], "size": 1, "machine": "a machine"}}
    assert "a hundred million take 1,000 core-hours." in bench["table"](known)


def test_bench_table_tells_medians_and_whether_they_meet_the_targets(bench: dict[str, Any]) -> None:
    measured = {"size": 1, "machine": "a machine"}
    known = {
        "news": {"clock": [9.0, 12.0, 11.0], "processor": [8.0, 8.5, 9.0], **measured},
        "workers": {"clock": [1.5], "processor": [None], **measured},
    }
    lines = bench["table"](known).splitlines()
    assert [line.split(" | ")[2:] for line in lines[2:4]] == [
        ["11.00 x", "9.00 to 12.00", "8.50 x", "3", "1", "yes |"],
        ["1.50 x", "1.50 to 1.50", "", "1", "1", "no |"],
    ]
    assert lines[-1] == "Measured on a machine."


def test_bench_table_is_of_its_results(bench: dict[str, Any]) -> None:
    assert (BENCH / "results.md").read_text("utf-8") == bench["table"](json.loads((BENCH / "results.json").read_text()))
