"""Which currency a shared sign means."""

from decimal import Decimal

import pytest

from tasks.figures.spans import Amount
from tasks.figures.units import is_foreign, settle_unit
from tasks.lexicon import quantities

SIGNS = quantities.currencies("before") | quantities.currencies("after")


def amount_of(sign: str) -> Amount:
    usual, *others = SIGNS[sign].units
    return Amount(0, 1, Decimal(1), Decimal(1), Decimal(1), usual, "exact", other_units=tuple(others))


def settled(
    sign: str, spender: str | None, *homes: str | None, year: int | None = 2024, has_us_sign: bool = False
) -> str:
    return settle_unit(amount_of(sign), spender, homes, year, has_us_sign)


@pytest.mark.parametrize(
    ("sign", "spender", "homes", "unit"),
    [
        ("€", "AUS", ["AUS"], "EUR"),
        ("$", None, [], "USD"),
        ("$", "AUS", [], "USD"),
        ("$", "AUS", [None, "GBR"], "USD"),
        ("$", "AUS", [None, "AUS"], "AUD"),
        ("$", "CAN", ["CAN"], "CAD"),
        ("$", "IRN", ["AUS"], "USD"),
        ("$", "USA", ["AUS"], "USD"),
        ("$", "NATO", ["CAN"], "USD"),
        ("$", "DEU", ["DEU"], "USD"),
        ("Rs", "PAK", [], "PKR"),
        ("Rs", "IND", ["PAK"], "INR"),
        ("Rs", None, ["LKA"], "LKR"),
        ("Rs", "CHN", ["FRA"], "INR"),
        ("pounds", "EGY", ["GBR"], "EGP"),
        ("pounds", "GBR", [], "GBP"),
        ("pounds", None, [None, "FRA", "EGY"], "EGP"),
    ],
)
def test_units_follow_the_spender_and_where_it_is_written(
    sign: str, spender: str | None, homes: list[str | None], unit: str
) -> None:
    assert settled(sign, spender, *homes) == unit


@pytest.mark.parametrize(
    ("publisher", "spender", "unit"),
    [("USA", "AUS", "USD"), ("GBR", "AUS", "USD"), ("AUS", "AUS", "AUD"), ("AUS", "CAN", "USD"), (None, "AUS", "AUD")],
)
def test_units_a_known_publisher_alone_tells_whose_dollar_it_is(publisher: str | None, spender: str, unit: str) -> None:
    amount = Amount(0, 1, Decimal(1), Decimal(1), Decimal(1), "USD", "exact", other_units=SIGNS["$"].units[1:])
    assert settle_unit(amount, spender, [publisher, "AUS"], 2024, False, publisher) == unit


def test_units_bare_dollar_is_the_spenders_where_the_united_states_have_a_sign_of_their_own() -> None:
    assert settled("$", "AUS", has_us_sign=True) == "AUD"
    assert settled("$", "DEU", has_us_sign=True) == "USD"


@pytest.mark.parametrize(
    ("spender", "year", "unit"),
    [("SUN", None, "SUR"), ("RUS", 1991, "SUR"), ("RUS", 1992, "RUB"), ("RUS", None, "RUB"), ("BLR", 2020, "BYN")],
)
def test_units_roubles_are_soviet_until_1991(spender: str, year: int | None, unit: str) -> None:
    assert settled("roubles", spender, year=year) == unit


def test_units_of_a_share_stay() -> None:
    share = Amount(0, 1, Decimal(2), Decimal(2), Decimal(2), "PCT", "exact")
    assert settle_unit(share, "AUS", ["AUS"], 2024, False) == "PCT"


@pytest.mark.parametrize(
    ("sign", "country", "foreign"),
    [
        ("Rs", "PAK", False),
        ("Rs", "CHN", True),
        ("Rs", "NATO", False),
        ("Rs", None, False),
        ("zloty", "POL", False),
        ("zloty", "UKR", True),
        ("$", "CHN", False),
        ("€", "POL", False),
        ("£", "RUS", False),
        ("pounds", "SYR", False),
    ],
)
def test_units_money_of_other_countries_is_foreign(sign: str, country: str | None, foreign: bool) -> None:
    assert is_foreign(amount_of(sign), country) is foreign


def test_units_a_percentage_is_of_no_country() -> None:
    assert not is_foreign(Amount(0, 1, Decimal(1), Decimal(1), Decimal(1), "PCT", "exact"), "POL")
