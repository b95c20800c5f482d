"""`make bench`: measures the rows of the table, and writes them as a table and a chart.

measure.py [--size PART] [--rows NAME,NAME] [--repeats N]; a size of 1 is the full form and takes hours, 0.05 minutes.
What is measured is kept row by row; a row that is not measured this time keeps what was measured before, with its size.
"""

import argparse
import json
import platform
import statistics
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rows import ROWS, Bench, Row

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
TABLE = HERE / "results.md"
CHART = HERE.parents[1] / "data" / "pictures" / "bench.png"


def main() -> None:
    """Measures what is asked for and writes all that is known."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--size", type=float, default=1.0, help="part of the full sizes, above 0 and up to 1")
    asked.add_argument("--rows", default=",".join(row.name for row in ROWS), help="names of rows")
    asked.add_argument("--repeats", type=int, help="pairs that are measured for a row")
    given = asked.parse_args()
    known: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory(prefix="milspend-bench-") as folder:
        bench = Bench(Path(folder), given.size)
        for row in (row for row in ROWS if row.name in given.rows.split(",")):
            known[row.name] = measured(row, bench, given.repeats or row.repeats)
            RESULTS.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
            TABLE.write_text(table(known), "utf-8")
    chart(known, CHART)
    print(table(known))


def measured(row: Row, bench: Bench, repeats: int) -> dict[str, Any]:
    """The pairs of a row, and where they were measured."""
    print(f"{row.name}: {row.what}", flush=True)
    pairs = []
    for _ in range(repeats):
        pairs.append([each and round(each, 3) for each in row.pair(bench)])
        print(f"  {pairs[-1]}", flush=True)
    clock, processor = zip(*pairs, strict=True)
    return {"clock": clock, "processor": processor, "size": bench.size, "machine": machine()}


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
    return "\n".join([*lines, "", *(f"Measured on {each}." for each in machines)]) + "\n"


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
