"""Which rows of an article state a figure that an earlier row has stated."""

import dataclasses
from collections.abc import Sequence

from tasks.records import Figure

SAME = 0.02
CONVERTED = 0.06
"""How far two values may lie apart, as a share of the larger: rounded in one currency, or given in two."""


def mark_duplicates(figures: Sequence[Figure]) -> list[Figure]:
    """The rows in their order, each that repeats an earlier one with that row's id in `duplicate_of`.

    The same spender, measure, counterparty and value (rounded or converted counts as the same), with no other year or
    status meant; a row repeats the first of its kind.
    """
    out: list[Figure] = []
    for figure in figures:
        first = next((earlier for earlier in out if earlier.duplicate_of is None and _repeats(figure, earlier)), None)
        out.append(dataclasses.replace(figure, duplicate_of=first.figure_id if first else None))
    return out


def _repeats(figure: Figure, earlier: Figure) -> bool:
    return (
        figure.measure == earlier.measure
        and figure.spender == earlier.spender
        and (figure.counterparty == earlier.counterparty or None in (figure.counterparty, earlier.counterparty))
        and figure.amount_start != earlier.amount_start
        and _agree(figure.year_start, earlier.year_start)
        and _agree(figure.year_end, earlier.year_end)
        and _is_real(figure) == _is_real(earlier)
        and _same_value(figure, earlier)
    )


def _agree(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other


def _is_real(figure: Figure) -> bool:
    return figure.status != "hypothetical"


def _same_value(figure: Figure, earlier: Figure) -> bool:
    if figure.unit == earlier.unit:
        share = SAME if figure.unit != "PCT" else SAME / 2
        return all(
            _near(one, other, share)
            for one, other in ((figure.value_low, earlier.value_low), (figure.value_high, earlier.value_high))
        )
    if figure.usd is None or earlier.usd is None:
        return False
    return _near(figure.usd, earlier.usd, CONVERTED)


def _near(one: float, other: float, share: float) -> bool:
    return abs(one - other) <= share * max(abs(one), abs(other))
