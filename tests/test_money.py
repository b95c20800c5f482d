"""Exchange rates: the table's rows prove themselves; the bank's file is used where it covers the year."""

import datetime as dt
import itertools
import math
import time
import typing

import currency_converter
import pytest

from tasks import money, vocabulary
from tasks.lexicon.rates import table_rate
from tasks.lexicon.tables import rows
from tasks.money import Conversion, rate, to_usd

ROWS = rows("exchange_rates.csv")


def _units(unit: str, year: int) -> float:
    found = rate(unit, year, year, None)
    assert found is not None, f"{unit} {year}"
    return found.units


def test_money_table_rows_prove_themselves() -> None:
    for row in ROWS:
        assert list(vocabulary.FAULTS["exchange_rates.csv"](row)) == [], row


def test_money_table_has_one_rate_a_year_in_order() -> None:
    for before, after in itertools.pairwise(ROWS):
        assert (before["currency"], int(before["year_from"])) < (after["currency"], int(after["year_from"]))
        if before["currency"] == after["currency"]:
            assert int(before["year_to"]) < int(after["year_from"]), after


def test_money_table_says_nothing_that_the_bank_says_too() -> None:
    """A row that the bank's rates hide would never be used, nor its error seen."""
    for row in ROWS:
        found = rate(row["currency"], int(row["year_from"]), int(row["year_from"]), None)
        assert found is not None
        assert not found.source.startswith("ECB"), row


def test_money_table_moves_from_year_to_year_as_currencies_do() -> None:
    """A slipped decimal point or a missing digit would show as a jump; the few real ones were devaluations."""
    jumps = set()
    for before, after in itertools.pairwise(ROWS):
        follows = before["currency"] == after["currency"] and int(before["year_to"]) + 1 == int(after["year_from"])
        if not follows or before["per"] != after["per"]:
            continue
        if abs(math.log(float(after["rate"]) / float(before["rate"]))) > math.log(1.6):
            jumps.add(f"{after['currency']} {after['year_from']}")
    argentina = {"ARS 2002", "ARS 2018", "ARS 2019", "ARS 2023", "ARS 2024"}
    elsewhere = {"EGP 2017", "IRR 2002", "LKR 2022", "NGN 2024", "RUB 1999", "UAH 2015"}
    assert jumps == argentina | elsewhere


@pytest.mark.parametrize(
    ("unit", "year", "units"),
    [
        # As central banks and the IMF give the averages: independent of the table and of the file.
        ("EUR", 2019, 0.893), ("GBP", 2019, 0.783), ("JPY", 2012, 79.8), ("CNY", 2015, 6.23), ("INR", 2020, 74.1),
        ("KRW", 2018, 1100), ("RUB", 2015, 61.0), ("AUD", 2013, 1.035), ("SAR", 2018, 3.75), ("PKR", 2012, 93.4),
        ("UAH", 2021, 27.3), ("TWD", 2020, 29.6), ("CNY", 2003, 8.277), ("XOF", 2020, 575), ("NPR", 2020, 118.3),
        ("NAD", 2019, 14.45), ("DEM", 1990, 1.616), ("FRF", 2000, 7.12),
    ],
)  # fmt: skip
def test_money_knows_the_average_of_a_year(unit: str, year: int, units: float) -> None:
    assert _units(unit, year) == pytest.approx(units, rel=0.01)


def test_money_averages_the_days_of_the_year() -> None:
    quotes = currency_converter.CurrencyConverter(
        fallback_on_missing_rate=True, fallback_on_missing_rate_method="last_known"
    )
    days = [dt.date(2017, 1, 2) + dt.timedelta(days=day) for day in range(364)]
    everyday = [quotes.convert(1, "USD", "SEK", day) for day in days]
    assert _units("SEK", 2017) == pytest.approx(sum(everyday) / len(everyday), rel=0.002)


def test_money_never_changes_dollars() -> None:
    for value in (1e9, 0.1, 123456789.01, -5.5, None):
        assert to_usd(value, "USD", None, None, None) == Conversion(value, "USD")
        assert to_usd(value, "USD", 1950, 2050, dt.date(2020, 1, 1)) == Conversion(value, "USD")


def test_money_does_not_convert_percent_or_the_unknown() -> None:
    for unit in ("PCT", "XYZ", "ZWL", ""):
        assert to_usd(5.0, unit, 2019, 2019, dt.date(2019, 5, 4)) is None
    assert rate("GBP", None, None, None) is None
    assert rate("GBP", 1066, 1066, None) is None
    assert rate("SEK", 2090, 2099, None) is None
    assert rate("IRR", 2022, 2022, None) is None


def test_money_takes_the_year_of_publication_where_none_is_known() -> None:
    undated = to_usd(1e9, "GBP", None, None, dt.date(2016, 3, 1))
    dated = to_usd(1e9, "GBP", 2016, 2016, dt.date(2020, 3, 1))
    assert undated is not None
    assert dated is not None
    assert undated.usd == dated.usd
    assert (undated.source, dated.source) == ("ECB, 2016 (year of publication)", "ECB, 2016")


def test_money_keeps_an_amount_without_a_value() -> None:
    assert to_usd(None, "EUR", 2019, 2019, None) == Conversion(None, "ECB, 2019")


def test_money_takes_the_mean_over_the_years_covered() -> None:
    found = rate("SEK", 2015, 2017, None)
    assert found is not None
    assert found.units == pytest.approx(sum(_units("SEK", year) for year in (2015, 2016, 2017)) / 3)
    assert found.source == "ECB, 2015-2017"
    mixed = rate("ILS", 2010, 2011, None)
    assert mixed is not None
    assert mixed.source == "IMF period average and ECB, 2010-2011"


def test_money_names_the_years_used_where_the_rest_lies_ahead() -> None:
    found = rate("DZD", 2023, 2033, None)
    assert found is not None
    assert found.source == "IMF period average, 2023-2024"


def test_money_gives_no_mean_over_a_hole() -> None:
    assert table_rate("NGN", 2018) is not None
    assert table_rate("NGN", 2019) is None
    assert rate("NGN", 2018, 2020, None) is None
    assert rate("EUR", 1998, 1999, None) is None


def test_money_says_how_far_the_running_year_goes() -> None:
    last = currency_converter.CurrencyConverter().bounds["USD"].last_date
    found = rate("NOK", last.year, last.year, None)
    assert found is not None
    expected = f"ECB, {last.year}" if last >= dt.date(last.year, 12, 17) else f"ECB, {last.year}, to {last}"
    assert found.source == expected


def test_money_uses_no_year_that_the_bank_did_not_quote_whole() -> None:
    """The bank stopped quoting the rouble in March 2022, paused the krona of Iceland, and began the rupee in 2009."""
    assert [rate(unit, year, year, None).source for unit, year in (("RUB", 2022), ("ISK", 2010), ("INR", 2008))] == [  # type: ignore[union-attr]
        "IMF period average, 2022", "IMF period average, 2010", "IMF period average, 2008",
    ]  # fmt: skip
    for unit, year in (("RUB", 2021), ("ISK", 2019), ("INR", 2009), ("HRK", 2022)):
        assert str(rate(unit, year, year, None)).endswith(f"source='ECB, {year}')")


class _Paused:
    """A bank that quotes one krone for a dollar, but not from February to November of 2010."""

    bounds: typing.ClassVar = {unit: (dt.date(2009, 1, 2), dt.date(2012, 12, 31)) for unit in ("USD", "NOK")}

    def convert(self, amount: float, currency: str, new_currency: str, date: dt.date) -> float:
        if date.year == 2010 and 2 <= date.month <= 11:
            raise currency_converter.RateNotFoundError
        return amount


def test_money_uses_no_year_in_which_the_bank_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money, "_quotes", _Paused)
    assert money._quoted_rate("NOK", 2010) is None
    assert money._quoted_rate("NOK", 2011) == money._YearRate(1.0, "ECB", None)


def test_money_follows_a_peg_through_its_anchor() -> None:
    assert _units("XOF", 2021) == pytest.approx(655.957 * _units("EUR", 2021))
    found = rate("XOF", 2021, 2021, None)
    assert found is not None
    assert found.source == "peg and ECB, 2021"


def test_money_loads_the_rates_once_and_only_for_foreign_money(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []

    def load() -> object:
        loads.append(1)
        return currency_converter.CurrencyConverter()

    for cache in (money._quotes, money._year_rate, money._mean_rate):
        cache.cache_clear()
    monkeypatch.setattr(money, "CurrencyConverter", load)
    rate("USD", 2019, 2019, None)
    rate("PCT", 2019, 2019, None)
    assert loads == []
    started = time.perf_counter()
    for _ in range(2000):
        rate("GBP", 2019, 2019, None)
        rate("SEK", 2019, 2020, None)
    assert loads == [1]
    assert time.perf_counter() - started < 5
