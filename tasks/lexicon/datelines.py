"""The table of what opens a news text: places, news agencies, and labels that look like a place and are none.

A place that the world's organisations sit in (New York, Geneva) has no country: what is written there is not of it.
"""

import re
from functools import cache
from typing import Literal

from tasks.lexicon import tables
from tasks.lexicon.tables import rows

Kind = Literal["place", "agency", "label"]
_PLACES = re.compile(r"\s*[,/(.:–—-]\s*")


@tables.renewed
@cache
def words_of(kind: Kind) -> frozenset[str]:
    """The words of one kind in upper case; agencies as they are printed."""
    found = [row["words"] for row in rows("datelines.csv") if row["kind"] == kind]
    return frozenset(found if kind == "agency" else (words.upper() for words in found))


def country_of(dateline: str) -> str | None:
    """The country (or the union) of the first place that a dateline names; None where the table does not tell."""
    for place in _PLACES.split(dateline.upper()):
        if place in _countries():
            return _countries()[place]
    return None


@cache
def _countries() -> dict[str, str]:
    return {row["words"].upper(): row["country"] for row in rows("datelines.csv") if row["country"]}
