"""The table of what agencies, publishers and web pages print around an article.

Every pattern is matched without regard to case. `place` says where: ``line``, a whole line anywhere; ``long``, a
line that is longer than paragraphs of boilerplate are; ``opening``, a whole line at the beginning of the text;
``closing``, the end of the text, also behind the last sentence.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast, get_args

from tasks.lexicon import tables
from tasks.lexicon.tables import rows

Place = Literal["line", "long", "opening", "closing"]
SENTENCE_END = r"""[.!?…"”’')\]]"""


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """One kind of words that are not the article's: `example` goes, `counterexample` stays."""

    name: str
    place: Place
    pattern: str
    example: str
    counterexample: str


@tables.renewed
@cache
def boilerplate() -> tuple[Boilerplate, ...]:
    """The rows of the table, in its order.

    Raises:
        ValueError: a row's place is none of the known ones.
    """
    table = rows("boilerplate.csv")
    wrong = [row["name"] for row in table if row["place"] not in get_args(Place)]
    if wrong:
        raise ValueError(f"boilerplate.csv: no such place in {', '.join(wrong)}")
    return tuple(
        Boilerplate(
            name=row["name"],
            place=cast("Place", row["place"]),
            pattern=row["pattern"],
            example=row["example"],
            counterexample=row["counterexample"],
        )
        for row in table
    )


@tables.renewed
@cache
def matcher(place: Place) -> re.Pattern[str]:
    """One expression for all rows of a place: for ``fullmatch`` of a line; for ``closing``, ``search`` in the text."""
    choice = "|".join(f"(?:{row.pattern})" for row in boilerplate() if row.place == place)
    if place == "closing":
        choice = rf"(?:(?:\A|(?<=\n)|(?<={SENTENCE_END})\s+))(?:{choice})\s*\Z"
    return re.compile(choice, re.IGNORECASE)
