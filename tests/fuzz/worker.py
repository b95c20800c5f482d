"""Reads mutated inputs and prints one line of JSON for each: python worker.py FIRST LAST FOLDER."""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import mutations

from tasks import cleaning, relevance
from tasks.records import Article
from tasks.sources import Reading, read


def main(first: int, last: int, folder: Path) -> None:
    paths = mutations.samples()
    for number in range(first, last):
        sample, name, content = mutations.made(number, paths)
        path = folder / name
        path.write_bytes(content)
        print(json.dumps({"number": number, "sample": f"{sample.parent.name}/{sample.name}"}), flush=True)
        began = time.process_time()
        ends = ended(path)
        seconds = time.process_time() - began
        path.unlink()
        print(json.dumps({"seconds": seconds, "ends": ends, "twin": ids(sample)}), flush=True)


def ended(path: Path) -> dict[str, int]:
    """How many articles, and how many set aside for each reason, come of an input; cleaned too."""
    ends: Counter[str] = Counter()
    for row in read(path, Reading(gate=relevance.is_relevant)):
        cleaned: Any = cleaning.clean(row) if isinstance(row, Article) else row
        ends["article" if isinstance(cleaned, Article) else cleaned.reason] += 1
    return dict(ends)


def ids(sample: Path) -> list[str]:
    """What the unmutated sample gives, now that its mutated twin was read."""
    return [row.article_id if isinstance(row, Article) else row.reason for row in read(sample)]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
