"""Which currency a sign means that several share: ``$`` in Australia, ``Rs`` in Pakistan, ``pounds`` in Egypt."""

from collections.abc import Iterable

from tasks.figures.spans import Amount
from tasks.lexicon import countries

SOVIET_END = 1991
DOLLAR = "USD"
WORLDWIDE = frozenset({DOLLAR, "EUR", "GBP"})
"""Currencies that the press counts other countries' money in."""


def settle_unit(
    amount: Amount,
    spender: str | None,
    homes: Iterable[str | None],
    year: int | None,
    has_us_sign: bool,
    publisher: str | None = None,
) -> str:
    """The ISO 4217 code of an amount: its only reading, or the one that the spender or where it is written suggests.

    `homes`: the countries where the article is written or that it is about, the surest first. A bare dollar is the
    United States' unless the spender writes of itself; where the `publisher` has a country, it alone tells that.
    Roubles before 1992 are Soviet. `has_us_sign`: the article writes ``US$`` too, so that its bare ``$`` is another.
    """
    readings = (amount.unit, *amount.other_units)
    if len(readings) == 1:
        return amount.unit
    if "SUR" in readings and (spender == "SUN" or (year is not None and year <= SOVIET_END)):
        return "SUR"
    own = _currency(spender, readings)
    places = [_currency(home, readings) for home in homes]
    if amount.unit == DOLLAR:
        at_home = own is not None and own in (places if publisher is None else [_currency(publisher, readings)])
        return own if own is not None and (at_home or has_us_sign) else DOLLAR
    return own or next((code for code in places if code is not None), amount.unit)


def is_foreign(amount: Amount, country: str | None) -> bool:
    """Whether an amount is in a currency of other countries, in which the press would not count this one's money."""
    readings = (amount.unit, *amount.other_units)
    if amount.unit == "PCT" or not WORLDWIDE.isdisjoint(readings) or country not in countries.countries():
        return False
    return _currency(country, readings) is None


def _currency(country: str | None, readings: tuple[str, ...]) -> str | None:
    if country is None or country not in countries.countries():
        return None
    return next((code for code in countries.countries()[country].currencies if code in readings), None)
