"""Reads the CSV and TOML tables that lie beside this file."""

import csv
import tomllib
from importlib import resources
from typing import Any


def rows(name: str) -> list[dict[str, str]]:
    """The rows of the table `name` (a CSV file of this package) as dictionaries of column to cell."""
    with (resources.files("tasks.lexicon") / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def document(name: str) -> dict[str, Any]:
    """The TOML file `name` of this package."""
    return tomllib.loads((resources.files("tasks.lexicon") / name).read_text(encoding="utf-8"))
