"""Reads the CSV and TOML tables that lie beside this file, and puts a user's own rows below theirs.

What is derived from tables and kept is `renewed`: when other rows come into use it is forgotten, and derived anew.
No pattern that a module compiles as it is imported may come from a table of `EXTENSIBLE`.
"""

import contextlib
import csv
import io
import threading
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Protocol, TypeVar

Rows = list[dict[str, str]]

OWN = "aliases.csv"
"""A table of users alone: the built-in aliases of countries are a column of ``countries.csv``."""
EXTENSIBLE: dict[str, tuple[str, ...]] = {
    OWN: ("surface", "code", "kind", "example"),
    "companies.csv": ("surface", "code", "kind", "needs", "example"),
    "currencies.csv": ("surface", "place", "units", "needs_scale", "example"),
    "exchange_rates.csv": ("currency", "year_from", "year_to", "rate", "per", "source", "example"),
    "governments.csv": ("surface", "codes", "kind", "needs", "example"),
    "hedges.csv": ("words", "place", "qualifier", "example"),
    "leaders.csv": ("name", "aliases", "code", "example"),
    "lookalikes.csv": ("surface", "example"),
    "military.csv": ("pattern", "kind", "example"),
}
"""The tables that a user may add rows to, with their columns."""


class Occupied(Exception):
    """Rows of others are in use in this process until the run that uses them has ended."""


class _Cached(Protocol):
    def cache_clear(self) -> None: ...


Cached = TypeVar("Cached", bound=_Cached)

_renewed: list[_Cached] = []
_lock = threading.Lock()
_added: Mapping[str, Rows] = {}
_users = 0


def rows(name: str) -> Rows:
    """The rows of the table `name` (a CSV file of this package), then those added to it, as column to cell."""
    return [*built_in(name), *_added.get(name, ())]


def built_in(name: str) -> Rows:
    """The rows of the table `name` as it was installed."""
    if name == OWN:
        return []
    text = (resources.files("tasks.lexicon") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def document(name: str) -> dict[str, Any]:
    """The TOML file `name` of this package."""
    return tomllib.loads((resources.files("tasks.lexicon") / name).read_text(encoding="utf-8"))


def renewed(cached: Cached) -> Cached:
    """The cached function, forgotten whenever other rows come into use."""
    _renewed.append(cached)
    return cached


@contextlib.contextmanager
def using(added: Mapping[str, Rows]) -> Iterator[None]:
    """Has the whole process read with these rows too, by table, until the end; in all threads.

    Raises:
        Occupied: others are in use.
    """
    global _users
    with _lock:
        if _users and added != _added:
            raise Occupied("a run in this process reads with another lexicon; start this one when it has ended")
        _put(added)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _put({})


def _put(added: Mapping[str, Rows]) -> None:
    global _added
    if added != _added:
        _added = added
        for cached in _renewed:
            cached.cache_clear()
