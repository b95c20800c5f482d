"""Reads the CSV and TOML tables that lie beside this file."""

import csv
import io
import tomllib
from importlib import resources
from typing import Any


def rows(name: str) -> list[dict[str, str]]:
    """The rows of the table `name` (a CSV file of this package) as dictionaries of column to cell."""
    text = (resources.files("tasks.lexicon") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def document(name: str) -> dict[str, Any]:
    """The TOML file `name` of this package."""
    return tomllib.loads((resources.files("tasks.lexicon") / name).read_text(encoding="utf-8"))
