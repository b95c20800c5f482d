"""Numbers in digits and in words, and what the tables of quantities promise as tables."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.lexicon import numbers, quantities
from tasks.lexicon.tables import rows

TABLES = [
    ("currencies.csv", ("surface", "place")),
    ("magnitudes.csv", ("surface",)),
    ("numerals.csv", ("word", "kind")),
    ("hedges.csv", ("words", "place")),
    ("no_amounts.csv", ("words", "role")),
    ("percents.csv", ("surface",)),
    ("movements.csv", ("words",)),
]


@pytest.mark.parametrize(("table", "key"), TABLES, ids=[table for table, _ in TABLES])
def test_lexicon_quantities_rows_are_unique_and_full(table: str, key: tuple[str, ...]) -> None:
    keys = [tuple(row[column] for column in key) for row in rows(table)]
    assert len(keys) == len(set(keys)) > 5
    assert all(cell and cell.strip() == cell for row in rows(table) for cell in row.values())


@pytest.mark.parametrize("row", rows("numerals.csv"), ids=lambda row: f"{row['word']}-{row['kind']}")
def test_lexicon_quantities_numeral_row_proves_itself(row: dict[str, str]) -> None:
    if row["kind"] == "part":
        assert quantities.parse_part(row["example"]) == Decimal(row["reads"])
    elif row["kind"] == "order":
        (number,) = numbers.find(row["example"])
        assert (number.kind, number.number) == ("order", Decimal(row["reads"]))
    else:
        assert quantities.parse_words(row["example"]) == Decimal(row["reads"])
        (number,) = numbers.find(row["example"] + " percent")
        assert number.number == Decimal(row["reads"])


@pytest.mark.parametrize(
    ("surface", "value"),
    [
        ("7", "7"),
        ("1,234.5", "1234.5"),
        ("1,00,000", "100000"),
        ("1\u00a0234\u00a0567", "1234567"),
        ("1.234.567", "1234567"),
        ("2,5", "2.5"),
        ("2½", "2.5"),
        ("½", "0.5"),
        (".5", "0.5"),
        ("0.75", "0.75"),
    ],
)
def test_lexicon_quantities_read_digits(surface: str, value: str) -> None:
    assert quantities.parse_digits(surface) == Decimal(value)


@pytest.mark.parametrize(
    ("surface", "value"),
    [
        ("twenty-two", "22"),
        ("two hundred and forty", "240"),
        ("a hundred", "100"),
        ("two and a half", "2.5"),
        ("One Point Three Five", "1.35"),
        ("a dozen", "12"),
    ],
)
def test_lexicon_quantities_read_words(surface: str, value: str) -> None:
    assert quantities.parse_words(surface) == Decimal(value)


@pytest.mark.parametrize(
    ("surface", "value"),
    [("tens of billions", "1e10"), ("several hundred million", "1e8"), ("billions", "1e9"), ("multi-billion", "1e9")],
)
def test_lexicon_quantities_read_orders(surface: str, value: str) -> None:
    assert quantities.parse_order(surface) == Decimal(value)


@given(st.integers(0, 10**12))
def test_lexicon_quantities_read_what_python_writes(number: int) -> None:
    assert quantities.parse_digits(f"{number:,}") == number
    assert quantities.parse_digits(str(number)) == number


@given(st.text(max_size=120))
def test_lexicon_numbers_are_in_order_and_apart(text: str) -> None:
    found = numbers.find(text)
    assert all(number.start < number.end <= len(text) for number in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_lexicon_numbers_keep_what_stands_beside_them() -> None:
    percent, bare, scaled, money = numbers.find("Some 5% of it, 67, 22 billion and £5,000 more.")
    assert (percent.is_percent, percent.is_whole) == (True, True)
    assert (bare.is_bare, bare.is_whole) == (True, False)
    assert (scaled.units, scaled.factor, scaled.value()) == ((), Decimal(10**9), Decimal(22 * 10**9))
    assert (money.units, money.is_whole) == (("GBP",), True)


def test_lexicon_numbers_find_headers_of_columns() -> None:
    text = "Spending, as a percentage of GDP"
    (header,) = numbers.headers(text)
    assert (header.kind, text[header.start : header.end]) == ("header", "as a percentage")
