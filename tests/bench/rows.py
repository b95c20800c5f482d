"""The rows of the table: what is measured against what, and what is asked for. Each measures pairs, side by side."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

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

    def _written(self, name: str, records: Any) -> Path:
        path = self.folder / f"{name}.jsonl"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(each) + "\n" for each in records)
        return path


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the ratios come in pairs, one for each repetition; `is_least`: the target is a floor, else a ceiling."""

    name: str
    what: str
    target: float
    unit: str
    is_least: bool
    pairs: Callable[[Bench], Iterator[float]]
    repeats: int = 3
    notes: list[str] = field(default_factory=list)


def _against_naive(bench: Bench, articles: Path, *options: str) -> float:
    ours, theirs = processes.milspend(articles, bench.folder, *options), processes.naive(articles, bench.folder)
    print(f"  clock {ours.wall:.1f} against {theirs.wall:.1f} s, ", end="")
    print(f"processor {ours.processor:.1f} against {theirs.processor:.1f} s", flush=True)
    return theirs.wall / ours.wall


def _news(bench: Bench) -> Iterator[float]:
    while True:
        yield _against_naive(bench, bench.news)


def _all(bench: Bench) -> Iterator[float]:
    cost(PYTHON, HERE / "stock.py", bench.news)  # ends with an error if an entity differs
    while True:
        yield _against_naive(bench, bench.news, "--scope", "all")


def _relevant(bench: Bench) -> Iterator[float]:
    while True:
        yield _against_naive(bench, bench.relevant)


def _workers(bench: Bench) -> Iterator[float]:
    articles, one = bench.fresh(bench.share(20_000)), bench.fresh(1)
    while True:
        begun = {n: processes.milspend(one, bench.folder, "--workers", str(n)).wall for n in (1, 2)}
        whole = {n: processes.milspend(articles, bench.folder, "--workers", str(n)).wall for n in (1, 2)}
        yield (whole[1] - begun[1]) / (whole[2] - begun[2])


def _flow(bench: Bench) -> Iterator[float]:
    articles, one = bench.fresh(bench.share(20_000)), bench.fresh(1)
    while True:
        flow = processes.milspend(articles, bench.folder).wall - processes.milspend(one, bench.folder).wall
        yield flow / (processes.loop(articles, bench.folder) - processes.loop(one, bench.folder))


def _memory(bench: Bench) -> Iterator[float]:
    few, many = bench.fresh(bench.share(20_000)), bench.fresh(bench.share(200_000))
    while True:
        peaks = [processes.milspend(articles, bench.folder).peak for articles in (few, many)]
        print(f"  peaks {peaks[0]:.0f} and {peaks[1]:.0f} MB")
        yield peaks[1] / peaks[0]


def _linear(bench: Bench) -> Iterator[float]:
    one, sizes = bench.fresh(1), (bench.share(10_000), bench.share(200_000))
    while True:
        begun = processes.milspend(one, bench.folder).wall
        few, many = (processes.milspend(bench.fresh(size), bench.folder).wall - begun for size in sizes)
        yield (sizes[1] / many) / (sizes[0] / few)


def _start(bench: Bench) -> Iterator[float]:
    while True:
        ours, nothing = processes.milspend(bench.fresh(1), bench.folder), cost(PYTHON, HERE / "nothing.py")
        yield ours.wall - nothing.wall


ROWS = [
    Row("news", "real news as it comes: words per second, against the naive script", 10, "x", True, _news),
    Row("all", "the same with `--scope all`: every article's names", 2.5, "x", True, _all),
    Row("relevant", "articles that all may hold a figure", 1.2, "x", True, _relevant),
    Row("workers", "two workers against one, start-up aside", 1.7, "x", True, _workers),
    Row("flow", "the flow against the same rooms in a plain loop", 1.05, "x", False, _flow),
    Row("memory", "peak memory, ten times the articles", 1.1, "x", False, _memory, repeats=1),
    Row("linear", "articles per second, twenty times the articles", 0.9, "x", True, _linear, repeats=1),
    Row("start", "one short article, against a flow that does nothing: seconds more", 4, "s", False, _start),
]
"""A row for web archives belongs below, once they are read."""
