"""The rows of the table: what is measured against what, and what is asked for. Each measures pairs, side by side."""

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import archive
import generator
import processes
from processes import HERE, PYTHON, Cost, cost

NEWS = HERE.parents[2] / "shared" / "data" / "news.jsonl.gz"
LEAST = 40
"""Articles below which nothing is measured but start-up."""
ALL_NEWS = 4169


@dataclass
class Bench:
    """What the rows share: a folder to work in, and how large a part of the full sizes a row measures now."""

    folder: Path
    size: float = 1.0
    repeat: int = 0
    _known: dict[tuple[object, ...], Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prefect's data base is made before anything is measured, and is nobody else's."""
        os.environ["PREFECT_HOME"] = str(self.folder / "prefect")
        os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "300"  # 20 are too few on a busy machine
        os.environ.pop("PREFECT_API_URL", None)
        cost(PYTHON, HERE / "nothing.py")

    def share(self, articles: int) -> int:
        """So many articles in full, fewer in a shorter form."""
        return max(LEAST, round(articles * self.size))

    def news(self) -> Path:
        """Real news as it comes where it is at hand, else invented articles of which one in twelve is relevant."""
        return self._news(self.share(ALL_NEWS))

    def relevant(self) -> Path:
        """Articles that all may hold a figure: the first ones of all real news."""
        from tasks.relevance import is_relevant

        count = self.share(400)
        with self._news(ALL_NEWS).open(encoding="utf-8") as file:
            found = [each for each in map(json.loads, file) if is_relevant(each["title"], each["text"])]
        return self._written(f"relevant{count}", found[:count])

    def fresh(self, count: int) -> Path:
        """So many invented articles."""
        return self._written(f"fresh{count}", generator.articles(count, seed=count))

    def archive(self, count: int) -> Path:
        """So many pages of the web, one in fifty of them relevant."""
        path = self.folder / f"pages{count}.warc.gz"
        if not path.exists():
            archive.write(path, count)
        return path

    def once(self, run: Callable[..., Cost], *arguments: object) -> Cost:
        """What a process costs; two rows that measure the same in one repetition share it."""
        key = (self.repeat, run, *arguments)
        if key not in self._known:
            self._known[key] = run(*arguments)
        return self._known[key]

    def _news(self, count: int) -> Path:
        with gzip.open(NEWS) if NEWS.exists() else (self.folder / "none").open("ab+") as file:
            lines = [line.decode() for line in islice(file, count)]
        return self._written(f"news{count}", map(json.loads, lines) if lines else generator.articles(count))

    def _written(self, name: str, records: Any) -> Path:
        path = self.folder / f"{name}.jsonl"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(each) + "\n" for each in records)
        return path


class Pair(NamedTuple):
    """A ratio (or a difference) by the clock, and by the processor where that tells the same on a busy machine.

    `rate` is how many articles this program reads in a second of the processor, its start included.
    """

    clock: float
    processor: float | None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row: measured in pairs, one for each repetition; `is_least`: the target is a floor, else a ceiling.

    `part` of the full size is measured where nobody asks for another, so that all rows together take half an hour.
    """

    name: str
    what: str
    target: float
    unit: str
    is_least: bool
    pair: Callable[[Bench], Pair]
    part: float = 1.0
    repeats: int = 1


def _against_naive(bench: Bench, articles: Path, *options: str) -> Pair:
    ours = bench.once(processes.milspend, articles, bench.folder, *options)
    theirs = bench.once(processes.naive, articles, bench.folder)
    with articles.open(encoding="utf-8") as file:
        count = sum(1 for _ in file)
    return _ratio(theirs, ours, count)


def _ratio(theirs: Cost, ours: Cost, count: int) -> Pair:
    return Pair(theirs.wall / ours.wall, theirs.processor / ours.processor, count / ours.processor)


def _news(bench: Bench) -> Pair:
    return _against_naive(bench, bench.news())


def _all(bench: Bench) -> Pair:
    cost(PYTHON, HERE / "stock.py", bench.news())  # ends with an error if an entity differs
    return _against_naive(bench, bench.news(), "--scope", "all")


def _relevant(bench: Bench) -> Pair:
    return _against_naive(bench, bench.relevant())


def _workers(bench: Bench) -> Pair:
    one, two = (_work_of(bench, bench.share(20_000), "--workers", count) for count in ("1", "2"))
    return Pair(one.wall / two.wall, None)


def _flow(bench: Bench) -> Pair:
    count = bench.share(20_000)
    flow = _work_of(bench, count)
    loop, begun = (bench.once(processes.loop, bench.fresh(each), bench.folder) for each in (count, 1))
    return Pair(flow.wall / (loop.wall - begun.wall), flow.processor / (loop.processor - begun.processor))


def _memory(bench: Bench) -> Pair:
    sizes = (bench.share(20_000), bench.share(200_000))
    few, many = (bench.once(processes.milspend, bench.fresh(count), bench.folder) for count in sizes)
    print(f"  {sizes[0]:,} and {sizes[1]:,} articles: peaks {few.peak:.0f} and {many.peak:.0f} MB", flush=True)
    return Pair(many.peak / few.peak, None)


def _linear(bench: Bench) -> Pair:
    sizes = (bench.share(10_000), bench.share(200_000))
    few, many = (_work_of(bench, size) for size in sizes)
    more = sizes[1] / sizes[0]
    return Pair(more * few.wall / many.wall, more * few.processor / many.processor, sizes[1] / many.processor)


def _start(bench: Bench) -> Pair:
    ours, nothing = processes.milspend(bench.fresh(1), bench.folder), cost(PYTHON, HERE / "nothing.py")
    return Pair(ours.wall - nothing.wall, ours.processor - nothing.processor)


def _archive(bench: Bench) -> Pair:
    count = bench.share(4000)
    path = bench.archive(count)
    ours, theirs = processes.milspend(path, bench.folder), cost(PYTHON, HERE / "archive.py", path, bench.folder / "t")
    return _ratio(theirs, ours, count)


def _queries(bench: Bench) -> Pair:
    said = cost(PYTHON, HERE / "million.py", str(round(1_000_000 * bench.size))).said
    return Pair(float(said.removeprefix("slowest: ").removesuffix(" s")), None)


def _work_of(bench: Bench, count: int, *options: str) -> Cost:
    """What so many fresh articles cost, the start of a run aside."""
    begun, whole = (bench.once(processes.milspend, bench.fresh(each), bench.folder, *options) for each in (1, count))
    return Cost(whole.wall - begun.wall, whole.processor - begun.processor, whole.peak, "")


ROWS = [
    Row("news", "real news as it comes: words per second, against the naive script", 10, "x", True, _news),
    Row("all", "the same with `--scope all`: every article's names", 2.5, "x", True, _all),
    Row("relevant", "articles that all may hold a figure", 1.2, "x", True, _relevant),
    Row("workers", "two workers against one, start-up aside", 1.7, "x", True, _workers, part=0.3),
    Row("flow", "the flow against the same rooms in a plain loop", 1.05, "x", False, _flow, part=0.3),
    Row("memory", "peak memory, ten times the articles", 1.1, "x", False, _memory, part=0.2),
    Row("linear", "articles per second, twenty times the articles", 0.9, "x", True, _linear, part=0.2),
    Row("start", "one short article, against a flow that does nothing: seconds more", 4, "s", False, _start, repeats=3),
    Row(
        "archive",
        "web pages in a WARC file, one in 50 relevant, against trafilatura on all",
        5,
        "x",
        True,
        _archive,
        0.2,
    ),
    Row("queries", "README's slowest query over a million figures, compacted", 1, "s", False, _queries),
]
