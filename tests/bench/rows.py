"""The rows of the table: what is measured against what, and what is asked for. Each measures pairs, side by side."""

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import archive
import generator
import processes
from processes import HERE, PYTHON, cost

NEWS = HERE.parents[2] / "shared" / "data" / "news.jsonl.gz"
LEAST = 40
"""Articles below which nothing is measured but start-up."""


@dataclass
class Bench:
    """What the rows share: a folder to work in, and how large a part of the full sizes is measured."""

    folder: Path
    size: float

    def __post_init__(self) -> None:
        """Prefect's data base is made before anything is measured, and is nobody else's."""
        os.environ["PREFECT_HOME"] = str(self.folder / "prefect")
        os.environ.pop("PREFECT_API_URL", None)
        cost(PYTHON, HERE / "nothing.py")

    def share(self, articles: int) -> int:
        """So many articles in full, fewer in a shorter form."""
        return max(LEAST, round(articles * self.size))

    @cached_property
    def news(self) -> Path:
        """Real news as it comes where it is at hand, else invented articles of which one in twelve is relevant."""
        with gzip.open(NEWS) if NEWS.exists() else (self.folder / "none").open("ab+") as file:
            lines = [line.decode() for line in islice(file, self.share(4169))]
        return self._written("news", map(json.loads, lines) if lines else generator.articles(self.share(4169)))

    @cached_property
    def relevant(self) -> Path:
        """Articles that all may hold a figure."""
        from tasks.relevance import is_relevant

        records = map(json.loads, self.news.read_text("utf-8").splitlines())
        found = [each for each in records if is_relevant(each["title"], each["text"])]
        return self._written("relevant", found[: self.share(400)])

    def fresh(self, count: int) -> Path:
        """So many invented articles."""
        return self._written(f"fresh{count}", generator.articles(count, seed=count))

    def archive(self, count: int) -> Path:
        """So many pages of the web."""
        path = self.folder / f"pages{count}.warc.gz"
        if not path.exists():
            archive.write(path, count)
        return path

    def _written(self, name: str, records: Any) -> Path:
        path = self.folder / f"{name}.jsonl"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(each) + "\n" for each in records)
        return path


class Pair(NamedTuple):
    """A ratio (or a difference) by the clock, and by the processor where that tells the same on a busy machine."""

    clock: float
    processor: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row: measured in pairs, one for each repetition; `is_least`: the target is a floor, else a ceiling."""

    name: str
    what: str
    target: float
    unit: str
    is_least: bool
    pair: Callable[[Bench], Pair]
    repeats: int = 3


def _against_naive(bench: Bench, articles: Path, *options: str) -> Pair:
    ours, theirs = processes.milspend(articles, bench.folder, *options), processes.naive(articles, bench.folder)
    return Pair(theirs.wall / ours.wall, theirs.processor / ours.processor)


def _news(bench: Bench) -> Pair:
    return _against_naive(bench, bench.news)


def _all(bench: Bench) -> Pair:
    cost(PYTHON, HERE / "stock.py", bench.news)  # ends with an error if an entity differs
    return _against_naive(bench, bench.news, "--scope", "all")


def _relevant(bench: Bench) -> Pair:
    return _against_naive(bench, bench.relevant)


def _workers(bench: Bench) -> Pair:
    one, two = (_work_of(bench, bench.share(20_000), "--workers", count) for count in ("1", "2"))
    return Pair(one.wall / two.wall, None)


def _flow(bench: Bench) -> Pair:
    flow = _work_of(bench, bench.share(20_000))
    loop, begun = (processes.loop(bench.fresh(count), bench.folder) for count in (bench.share(20_000), 1))
    return Pair(flow.wall / (loop.wall - begun.wall), flow.processor / (loop.processor - begun.processor))


def _memory(bench: Bench) -> Pair:
    few, many = (processes.milspend(bench.fresh(bench.share(count)), bench.folder) for count in (20_000, 200_000))
    print(f"  peaks {few.peak:.0f} and {many.peak:.0f} MB", flush=True)
    return Pair(many.peak / few.peak, None)


def _linear(bench: Bench) -> Pair:
    sizes = (bench.share(10_000), bench.share(200_000))
    few, many = (_work_of(bench, size) for size in sizes)
    more = sizes[1] / sizes[0]
    return Pair(more * few.wall / many.wall, more * few.processor / many.processor)


def _start(bench: Bench) -> Pair:
    ours, nothing = processes.milspend(bench.fresh(1), bench.folder), cost(PYTHON, HERE / "nothing.py")
    return Pair(ours.wall - nothing.wall, ours.processor - nothing.processor)


def _archive(bench: Bench) -> Pair:
    path = bench.archive(bench.share(4000))
    ours, theirs = processes.milspend(path, bench.folder), cost(PYTHON, HERE / "archive.py", path, bench.folder / "t")
    return Pair(theirs.wall / ours.wall, theirs.processor / ours.processor)


def _work_of(bench: Bench, count: int, *options: str) -> processes.Cost:
    """What so many fresh articles cost, the start of a run aside."""
    begun, whole = (processes.milspend(bench.fresh(each), bench.folder, *options) for each in (1, count))
    return processes.Cost(whole.wall - begun.wall, whole.processor - begun.processor, whole.peak, "")


ROWS = [
    Row("news", "real news as it comes: words per second, against the naive script", 10, "x", True, _news),
    Row("all", "the same with `--scope all`: every article's names", 2.5, "x", True, _all),
    Row("relevant", "articles that all may hold a figure", 1.2, "x", True, _relevant),
    Row("workers", "two workers against one, start-up aside", 1.7, "x", True, _workers),
    Row("flow", "the flow against the same rooms in a plain loop", 1.05, "x", False, _flow),
    Row("memory", "peak memory, ten times the articles", 1.1, "x", False, _memory, repeats=1),
    Row("linear", "articles per second, twenty times the articles", 0.9, "x", True, _linear, repeats=1),
    Row("start", "one short article, against a flow that does nothing: seconds more", 4, "s", False, _start),
    Row("archive", "web pages in a WARC file, one in 50 relevant, against trafilatura on all", 5, "x", True, _archive),
]
