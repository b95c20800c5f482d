"""`make bench`: measures the rows of the table, and writes them as a table and a chart.

measure.py [--size PART] [--rows NAME,NAME] [--repeats N]; without a size each row has its own, for half an hour in all
on two quiet cores. A size of 1 is the full form of every row and takes hours, 0.05 minutes.
What is measured is kept row by row; a row that is not measured this time keeps what was measured before, with its size.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rows import ROWS, Bench, Pair, Row

HERE = Path(__file__).parent
MANY = 100_000_000
RESULTS = HERE / "results.json"
TABLE = HERE / "results.md"
CHART = HERE.parents[1] / "data" / "pictures" / "bench.png"


def main() -> None:
    """Measures what is asked for and writes all that is known."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--size", type=float, help="part of the full sizes, above 0 and up to 1; else each row's own")
    asked.add_argument("--rows", default=",".join(row.name for row in ROWS), help="names of rows")
    asked.add_argument("--repeats", type=int, help="pairs that are measured for a row")
    given = asked.parse_args()
    known: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory(prefix="milspend-bench-") as folder:
        bench = Bench(Path(folder))
        for row in (row for row in ROWS if row.name in given.rows.split(",")):
            bench.size = given.size or row.part
            known[row.name] = measured(row, bench, given.repeats or row.repeats)
            RESULTS.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
            TABLE.write_text(table(known), "utf-8")
    chart(known, CHART)
    print(table(known))


def measured(row: Row, bench: Bench, repeats: int) -> dict[str, Any]:
    """The pairs of a row, and where they were measured."""
    print(f"{row.name}: {row.what}", flush=True)
    begun = time.perf_counter()
    pairs = []
    for bench.repeat in range(repeats):
        pairs.append(Pair(*(each and round(each, 3) for each in row.pair(bench))))
        print(f"  {pairs[-1]}", flush=True)
    print(f"  measured in {time.perf_counter() - begun:.0f} s", flush=True)
    clock, processor, rate = zip(*pairs, strict=True)
    return {"clock": clock, "processor": processor, "rate": rate, "size": bench.size, "machine": machine()}


def machine() -> str:
    """Processor, Python, and the versions that matter."""
    names = ("spacy", "thinc", "numpy", "onnxruntime", "prefect")
    with Path("/proc/cpuinfo").open() as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{len(models)} x {models[0]}, Python {platform.python_version()}, {versions}"


def is_met(row: Row, median: float) -> bool:
    """Whether a median meets the target."""
    return median >= row.target if row.is_least else median <= row.target


def table(known: dict[str, Any]) -> str:
    """What was measured, as Markdown."""
    heads = ("what", "target", "median", "least to most", "by processor time", "pairs", "size", "met")
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for row in (row for row in ROWS if row.name in known):
        one = known[row.name]
        median = statistics.median(one["clock"])
        sign = "at least" if row.is_least else "at most"
        busy = "" if None in one["processor"] else f"{statistics.median(one['processor']):.2f} {row.unit}"
        cells = [row.what, f"{sign} {row.target:g} {row.unit}", f"{median:.2f} {row.unit}"]
        cells += [
            f"{min(one['clock']):.2f} to {max(one['clock']):.2f}",
            busy,
            str(len(one["clock"])),
            f"{one['size']:g}",
        ]
        lines.append(f"| {' | '.join([*cells, 'yes' if is_met(row, median) else 'no'])} |")
    machines = dict.fromkeys(one["machine"] for one in known.values())
    ends = [*_hours(known), *(f"Measured on {each}." for each in machines)]
    return "\n".join([*lines, "", *ends]) + "\n"


def _hours(known: dict[str, Any]) -> list[str]:
    """What many articles like those of the rows would cost."""
    said = {"news": "articles such as the real news", "archive": "web pages, one in fifty relevant,"}
    rates = {name: known[name].get("rate") for name in said if name in known}
    lines = [
        f"{said[name]} are read at {statistics.median(rate):,.0f} in a second of one core: a hundred million take "
        f"{MANY / statistics.median(rate) / 3600:,.0f} core-hours."
        for name, rate in rates.items()
        if rate
    ]
    return [each for line in lines for each in (line[0].upper() + line[1:], "")]


def chart(known: dict[str, Any], path: Path) -> None:
    """The medians as parts of their targets, with their spread, on a logarithmic scale."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    rows = [row for row in reversed(ROWS) if row.name in known]
    figure, axes = pyplot.subplots(figsize=(8, 0.55 * len(rows) + 1.2), layout="constrained")
    for place, row in enumerate(rows):
        pairs = [each / row.target for each in known[row.name]["clock"]]
        median = statistics.median(pairs)
        color = "#2a7f4f" if is_met(row, median * row.target) else "#b3541e"
        spread = [[median - min(pairs)], [max(pairs) - median]]
        axes.barh(place, median, color=color, xerr=spread, ecolor="#444444", capsize=3)
    axes.axvline(1, color="#444444", linewidth=1, linestyle="--")
    axes.set_yticks(
        range(len(rows)), [f"{row.name} ({'≥' if row.is_least else '≤'} {row.target:g} {row.unit})" for row in rows]
    )
    axes.set_xlabel("median of the pairs, as part of the target; the line is their spread")
    figure.savefig(path, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
