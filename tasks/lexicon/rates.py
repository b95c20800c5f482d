"""Exchange rates that the European Central Bank does not quote, as a table: pegs and averages of single years.

``exchange_rates.csv`` says how many units of `currency` one unit of `per` (an ISO 4217 code, mostly USD) was worth in
the years `year_from` to `year_to` (empty: still), and who says so. `IMF period average` is the official rate of the
International Financial Statistics (the World Bank's PA.NUS.FCRF); `market average, rounded` is of a year for which
that is not out. They are meant to be right within 2 %. A year that nobody vouches for, or whose official rate
nobody could buy dollars at, is not in it.
"""

import functools
from dataclasses import dataclass

from tasks.lexicon import tables
from tasks.lexicon.tables import rows

FOREVER = 9999


@dataclass(frozen=True, slots=True)
class TableRate:
    """`units` of a currency for one unit of `per`, from the source named."""

    units: float
    per: str
    source: str


@tables.renewed
@functools.cache
def _by_currency() -> dict[str, list[tuple[int, int, TableRate]]]:
    known: dict[str, list[tuple[int, int, TableRate]]] = {}
    for row in rows("exchange_rates.csv"):
        rate = TableRate(float(row["rate"]), row["per"], row["source"])
        span = int(row["year_from"]), int(row["year_to"] or FOREVER)
        known.setdefault(row["currency"], []).append((*span, rate))
    return known


def table_rate(currency: str, year: int) -> TableRate | None:
    """What the table says of `currency` in `year`; None where it says nothing."""
    return next((rate for first, last, rate in _by_currency().get(currency, []) if first <= year <= last), None)
