"""The table of what opens a news text: places, news agencies, and labels that look like a place and are none."""

from functools import cache
from typing import Literal

from tasks.lexicon import tables
from tasks.lexicon.tables import rows

Kind = Literal["place", "agency", "label"]


@tables.renewed
@cache
def words_of(kind: Kind) -> frozenset[str]:
    """The words of one kind in upper case; agencies as they are printed."""
    found = [row["words"] for row in rows("datelines.csv") if row["kind"] == kind]
    return frozenset(found if kind == "agency" else (words.upper() for words in found))
