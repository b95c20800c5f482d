"""The words by which a text may be about an army and its money: patterns for text in lower case.

`kind` is ``military`` (speaks for itself), ``arms`` (counts only close by the amount) or ``money`` (what a percentage
or a fraction must be a share of, or a change of, to matter).
"""

import re
from functools import cache
from typing import Literal

from tasks.lexicon import tables
from tasks.lexicon.tables import rows

Kind = Literal["military", "arms", "money"]


@tables.renewed
@cache
def matcher(*kinds: Kind) -> re.Pattern[str]:
    """One expression for the whole words of some kinds."""
    return re.compile(rf"\b(?:{'|'.join(row['pattern'] for row in rows('military.csv') if row['kind'] in kinds)})\b")
