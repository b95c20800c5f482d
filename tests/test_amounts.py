"""The grammar of amounts: a corpus of what it must read and what it must leave alone, and what holds for any text."""

import re
import time
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks import vocabulary
from tasks.figures.amounts import find_amounts
from tasks.figures.spans import Amount
from tasks.lexicon.tables import rows

Expected = tuple[str, str, str, str]
"""Surface, value (`low..high` where they differ), unit, qualifier."""


def read(text: str) -> list[Expected]:
    return [
        (text[amount.start : amount.end], _number(amount), amount.unit, amount.qualifier)
        for amount in find_amounts(text)
    ]


def _number(amount: Amount) -> str:
    if amount.low == amount.high:
        return _plain(amount.low)
    return f"{_plain(amount.low)}..{_plain(amount.high)}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


# --- the tables -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", rows("currencies.csv"), ids=lambda row: f"{row['surface']}-{row['place']}")
def test_amounts_currency_row_proves_itself(row: dict[str, str]) -> None:
    assert list(vocabulary.FAULTS["currencies.csv"](row)) == []


@pytest.mark.parametrize("row", rows("magnitudes.csv"), ids=lambda row: row["surface"])
def test_amounts_magnitude_row_proves_itself(row: dict[str, str]) -> None:
    (amount,) = find_amounts(row["example"])
    assert amount.value == Decimal(row["value"])


@pytest.mark.parametrize("row", rows("percents.csv"), ids=lambda row: row["surface"])
def test_amounts_percent_row_proves_itself(row: dict[str, str]) -> None:
    (amount,) = find_amounts(row["example"])
    assert (amount.value, amount.unit) == (Decimal(5), "PCT")
    assert row["example"][amount.start : amount.end].endswith(row["surface"])


@pytest.mark.parametrize("row", rows("hedges.csv"), ids=lambda row: f"{row['words']}-{row['place']}")
def test_amounts_hedge_row_proves_itself(row: dict[str, str]) -> None:
    assert list(vocabulary.FAULTS["hedges.csv"](row)) == []


@pytest.mark.parametrize("row", rows("no_amounts.csv"), ids=lambda row: f"{row['words']}-{row['role']}")
def test_amounts_no_amount_row_proves_itself(row: dict[str, str]) -> None:
    """The words turn an amount into none; a joint keeps it one before a counted noun."""
    neutral = re.sub(rf"\b{re.escape(row['words'])}\b ?", "", row["example"], count=1, flags=re.IGNORECASE)
    found = [[one[0] for one in read(text) if one[0] != "$9 billion"] for text in (row["example"], neutral)]
    if row["role"] == "joint":
        found.reverse()
    assert found[0] == []
    assert len(found[1]) == 1


@pytest.mark.parametrize("row", rows("movements.csv"), ids=lambda row: row["words"])
def test_amounts_movement_row_proves_itself(row: dict[str, str]) -> None:
    """Behind a movement stand two amounts, elsewhere a range."""
    assert [one[0] for one in read(row["example"])] == ["$2bn", "$9bn"]
    assert [one[0] for one in read(row["example"].replace(row["words"], "were"))] == ["$2bn to $9bn"]


# --- what must be read ------------------------------------------------------------------------------------------

CORPUS: list[tuple[str, list[Expected]]] = [
    # symbols, codes, words
    ("The army got $5bn.", [("$5bn", "5000000000", "USD", "exact")]),
    ("The army got $5 bn.", [("$5 bn", "5000000000", "USD", "exact")]),
    ("The army got US$1.5m.", [("US$1.5m", "1500000", "USD", "exact")]),
    ("The army got $US2.3 billion.", [("$US2.3 billion", "2300000000", "USD", "exact")]),
    ("The army got EUR 12 500 for it.", [("EUR 12 500", "12500", "EUR", "exact")]),
    ("The army got 12 500 zlotys.", [("12 500 zlotys", "12500", "PLN", "exact")]),
    ("It costs €4,500,000.", [("€4,500,000", "4500000", "EUR", "exact")]),
    ("It costs €4.500.000.", [("€4.500.000", "4500000", "EUR", "exact")]),
    ("It costs 2,5 million euros.", [("2,5 million euros", "2500000", "EUR", "exact")]),
    ("It costs £.5 million.", [("£.5 million", "500000", "GBP", "exact")]),
    ("It costs $2½ billion.", [("$2½ billion", "2500000000", "USD", "exact")]),
    ("It costs 40 thousand million pesetas.", [("40 thousand million pesetas", "40000000000", "ESP", "exact")]),
    ("It costs 2 trillion won.", [("2 trillion won", "2000000000000", "KRW", "exact")]),
    ("It costs NT$606.8billion.", [("NT$606.8billion", "606800000000", "TWD", "exact")]),
    ("It costs $5 billion Canadian dollars.", [("$5 billion Canadian dollars", "5000000000", "CAD", "exact")]),
    # crore and lakh
    ("It costs Rs 5.94 lakh crore.", [("Rs 5.94 lakh crore", "5940000000000", "INR", "exact")]),
    ("It costs ₹2,95,511 crore.", [("₹2,95,511 crore", "2955110000000", "INR", "exact")]),
    ("It costs Rs. 3 lakh.", [("Rs. 3 lakh", "300000", "INR", "exact")]),
    ("It costs 48,000 crore rupees.", [("48,000 crore rupees", "480000000000", "INR", "exact")]),
    # number words
    ("It costs sixteen billion dollars.", [("sixteen billion dollars", "16000000000", "USD", "exact")]),
    ("It costs two and a half billion euros.", [("two and a half billion euros", "2500000000", "EUR", "exact")]),
    ("It costs one point three billion euros.", [("one point three billion euros", "1300000000", "EUR", "exact")]),
    (
        "It costs two hundred and forty million yen.",
        [("two hundred and forty million yen", "240000000", "JPY", "exact")],
    ),
    ("It costs a billion dollars.", [("a billion dollars", "1000000000", "USD", "exact")]),
    ("It costs half a billion dollars.", [("half a billion dollars", "500000000", "USD", "exact")]),
    ("It costs a quarter of a million pounds.", [("a quarter of a million pounds", "250000", "GBP", "exact")]),
    ("A trillion-dollar budget it was.", [("A trillion-dollar", "1000000000000", "USD", "exact")]),
    # hyphenated
    ("It was a $40-billion package.", [("$40-billion", "40000000000", "USD", "exact")]),
    ("It was a $3.5bn-a-year bill.", [("$3.5bn", "3500000000", "USD", "exact")]),
    ("It was a 5-billion-euro package.", [("5-billion-euro", "5000000000", "EUR", "exact")]),
    ("It was a 10-percent cut.", [("10-percent", "10", "PCT", "exact")]),
    ("It was a multi-billion-dollar deal.", [("multi-billion-dollar", "1000000000..10000000000", "USD", "order")]),
    # per cent
    ("It is 2.5% of GDP.", [("2.5%", "2.5", "PCT", "exact")]),
    ("It is 2.5 % of GDP.", [("2.5 %", "2.5", "PCT", "exact")]),
    ("It is 2.5%of GDP.", [("2.5%", "2.5", "PCT", "exact")]),
    ("It is two per cent of GDP.", [("two per cent", "2", "PCT", "exact")]),
    ("It is 2.5pc of GDP.", [("2.5pc", "2.5", "PCT", "exact")]),
    ("It is 2,5 percent of GDP.", [("2,5 percent", "2.5", "PCT", "exact")]),
    ("It is twenty-two percent.", [("twenty-two percent", "22", "PCT", "exact")]),
    ("It rose 0.3 percentage points.", [("0.3 percentage points", "0.3", "PCT", "exact")]),
    # fractions in words
    ("That brings the bill for the four to €268m.", [("€268m", "268000000", "EUR", "exact")]),
    (
        "It paid 5 million zlotys. All sums are in US dollars: tanks, 3.4 billion; guns, 2 billion.",
        [
            ("5 million zlotys", "5000000", "PLN", "exact"),
            ("3.4 billion", "3400000000", "USD", "exact"),
            ("2 billion", "2000000000", "USD", "exact"),
        ],
    ),
    ("The bill, in kronor:\nArmy: 119 billion", [("119 billion", "119000000000", "SEK", "exact")]),
    ("It spends half a percent of GDP.", [("half a percent", "0.5", "PCT", "exact")]),
    ("It spends half of one per cent of GDP.", [("half of one per cent", "0.5", "PCT", "exact")]),
    ("It rose by a quarter of a percentage point.", [("a quarter of a percentage point", "0.25", "PCT", "exact")]),
    ("It rose by three-quarters of a percent.", [("three-quarters of a percent", "0.75", "PCT", "exact")]),
    ("It cost 900 million GEL.", [("900 million GEL", "900000000", "GEL", "exact")]),
    ("It cost MNT 41 billion.", [("MNT 41 billion", "41000000000", "MNT", "exact")]),
    ("A quarter of the budget went.", [("A quarter", "25", "PCT", "exact")]),
    ("Almost half of the budget went.", [("half", "50", "PCT", "approx")]),
    ("Three-quarters of the budget went.", [("Three-quarters", "75", "PCT", "exact")]),
    ("It takes one fifth of the budget.", [("one fifth", "20", "PCT", "exact")]),
    # ranges
    ("It costs $5 to 6 billion.", [("$5 to 6 billion", "5000000000..6000000000", "USD", "range")]),
    ("It costs $5-6bn.", [("$5-6bn", "5000000000..6000000000", "USD", "range")]),
    ("It costs $5 billion–$6 billion.", [("$5 billion–$6 billion", "5000000000..6000000000", "USD", "range")]),
    ("It costs between $1.5 and $2 billion.", [("$1.5 and $2 billion", "1500000000..2000000000", "USD", "range")]),
    ("It is between two and three percent.", [("two and three percent", "2..3", "PCT", "range")]),
    ("It is 2 to 3 per cent.", [("2 to 3 per cent", "2..3", "PCT", "range")]),
    (
        "It costs two or three billion euros.",
        [("two or three billion euros", "2000000000..3000000000", "EUR", "range")],
    ),
    ("It costs anything from $2bn to $3bn.", [("$2bn to $3bn", "2000000000..3000000000", "USD", "range")]),
    # no ranges
    (
        "It rose from $10bn to $16bn.",
        [("$10bn", "10000000000", "USD", "exact"), ("$16bn", "16000000000", "USD", "exact")],
    ),
    (
        "It rose from 10 in 2014 to $16 billion.",
        [("10", "10000000000", "USD", "exact"), ("$16 billion", "16000000000", "USD", "exact")],
    ),
    (
        "It rose 6.8% to $2.4 trillion.",
        [("6.8%", "6.8", "PCT", "exact"), ("$2.4 trillion", "2400000000000", "USD", "exact")],
    ),
    ("It rose $2bn to $9bn.", [("$2bn", "2000000000", "USD", "exact"), ("$9bn", "9000000000", "USD", "exact")]),
    ("It costs $5bn and $6bn.", [("$5bn", "5000000000", "USD", "exact"), ("$6bn", "6000000000", "USD", "exact")]),
    # orders of magnitude
    (
        "It costs tens of billions of dollars.",
        [("tens of billions of dollars", "10000000000..100000000000", "USD", "order")],
    ),
    (
        "It costs Hundreds of millions of euros.",
        [("Hundreds of millions of euros", "100000000..1000000000", "EUR", "order")],
    ),
    ("It costs several billion dollars.", [("several billion dollars", "1000000000..10000000000", "USD", "order")]),
    ("It costs billions of dollars.", [("billions of dollars", "1000000000..10000000000", "USD", "order")]),
    # hedges
    ("It costs just under £50bn.", [("£50bn", "50000000000", "GBP", "at_most")]),
    ("It costs $50bn-plus.", [("$50bn-plus", "50000000000", "USD", "at_least")]),
    ("It costs $50bn or so.", [("$50bn", "50000000000", "USD", "approx")]),
    ("It costs “nearly” a record $50bn.", [("$50bn", "50000000000", "USD", "exact")]),
    ("It costs nearly another $50bn.", [("$50bn", "50000000000", "USD", "approx")]),
    ("It doesn’t reach 2 percent.", [("2 percent", "2", "PCT", "at_most")]),
    # elided currency, scale, per cent
    (
        "We spent 16 billion dollars, they spent 22 billion and the Saudis 67.",
        [
            ("16 billion dollars", "16000000000", "USD", "exact"),
            ("22 billion", "22000000000", "USD", "exact"),
            ("67", "67000000000", "USD", "exact"),
        ],
    ),
    (
        "It gave €3 billion. Last year it was 2.",
        [("€3 billion", "3000000000", "EUR", "exact"), ("2", "2000000000", "EUR", "exact")],
    ),
    (
        "Spain spends 1.3 percent of GDP, Italy 1.6.",
        [("1.3 percent", "1.3", "PCT", "exact"), ("1.6", "1.6", "PCT", "exact")],
    ),
    (
        "Of 3 trillion won it gave $2 billion away. One year on, as the minister had so often said, it was 4 trillion.",
        [
            ("3 trillion won", "3000000000000", "KRW", "exact"),
            ("$2 billion", "2000000000", "USD", "exact"),
            ("4 trillion", "4000000000000", "KRW", "exact"),
        ],
    ),
    (
        "They voted 55 billion shekels. Washington adds $4 billion. A blank cheque, he said of the 55 billion.",
        [
            ("55 billion shekels", "55000000000", "ILS", "exact"),
            ("$4 billion", "4000000000", "USD", "exact"),
            ("55 billion", "55000000000", "ILS", "exact"),
        ],
    ),
    (
        "It is at 1.9% of GDP. With the $8bn fund, the 2 mark is near.",
        [("1.9%", "1.9", "PCT", "exact"), ("$8bn", "8000000000", "USD", "exact"), ("2", "2", "PCT", "exact")],
    ),
    ("They have 22 billion.", [("22 billion", "22000000000", "USD", "exact")]),
    # one amount in two currencies, and rates of exchange
    ("It costs Rs 5.94 lakh crore ($72.6 billion).", [("Rs 5.94 lakh crore", "5940000000000", "INR", "exact")]),
    ("It costs €5bn, or about $6bn.", [("€5bn", "5000000000", "EUR", "exact")]),
    ("It costs €5bn, roughly $6bn.", [("€5bn", "5000000000", "EUR", "exact")]),
    ("It costs 5bn zlotys [€1.2bn] a year.", [("5bn zlotys", "5000000000", "PLN", "exact")]),
    ("It costs $5bn ($1 = 3.84 zlotys).", [("$5bn", "5000000000", "USD", "exact")]),
    ("It gave €5bn and $6bn.", [("€5bn", "5000000000", "EUR", "exact"), ("$6bn", "6000000000", "USD", "exact")]),
    # typos, tables, bullets
    ("It gets Rs442bn.", [("Rs442bn", "442000000000", "INR", "exact")]),
    ("It gets 5 billion,a rise of 3%.", [("5 billion", "5000000000", "USD", "exact"), ("3%", "3", "PCT", "exact")]),
    ("- Navy: $2bn\n- Army: $3bn\n", [("$2bn", "2000000000", "USD", "exact"), ("$3bn", "3000000000", "USD", "exact")]),
    ("Navy|$2bn|Army|$3bn", [("$2bn", "2000000000", "USD", "exact"), ("$3bn", "3000000000", "USD", "exact")]),
    (
        "Spending, as % of GDP:\nSpain 1.3\nItaly 1.6\n",
        [("1.3", "1.3", "PCT", "exact"), ("1.6", "1.6", "PCT", "exact")],
    ),
    ("It pays $5 billion a quarter.", [("$5 billion", "5000000000", "USD", "exact")]),
    ("It gave $2 million for 3,000 soldiers.", [("$2 million", "2000000", "USD", "exact")]),
    ("They gave 2 million to the soldiers.", [("2 million", "2000000", "USD", "exact")]),
]


@pytest.mark.parametrize(("text", "expected"), CORPUS, ids=[text[:50] for text, _ in CORPUS])
def test_amounts_reads(text: str, expected: list[Expected]) -> None:
    assert read(text) == expected


# --- what must be left alone ------------------------------------------------------------------------------------

NOTHING = [
    "A country of 82 million people lies 2000 kilometres away.",
    "It has 1.5 million active troops and sells 2 million barrels a day.",
    "Six million Ukrainians fled and hundreds of thousands of men died.",
    "It fired 1.2 million artillery shells over 3.5 million square kilometres.",
    "Half a million of them marched in a 2 million-strong crowd.",
    "It has one in ten, 3-0, F-16 and 24/7.",
    "It has 500 tanks, 30 ships and 20 submarines.",
    "He is 62 and was born on May 5, 1962.",
    "The first half of 2023 was bad, the second half worse.",
    "It took half an hour, half a century or a half-dozen years.",
    "The hryvnia fell to 42.3 to the dollar.",
    "It won 3 times, in 2014, in 2015 and in 2016.",
    "He won 5 medals and 5 won.",
    "The third came fourth.",
    "Thousands came; tens of thousands had waited.",
    "A million-man army it was.",
]


@pytest.mark.parametrize("text", NOTHING)
def test_amounts_leaves_alone(text: str) -> None:
    assert read(text) == []


def test_amounts_leaves_dates_lists_and_things_alone_beside_money() -> None:
    text = (
        "The $5 billion was voted on May 5, 2014. By 2017 to 2018, Article 5 or No. 3 said, three to five ships "
        "would sail at 10:30 for Group of 7 purposes; 12 of the soldiers of 2015 to whom 40 to 50 guns were given."
    )
    assert [surface for surface, *_ in read(text)] == ["$5 billion", "12"]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("It costs $5bn.", ("AUD", "CAD", "NZD", "TWD")),
        ("It costs Rs 5bn.", ("PKR", "LKR", "NPR")),
        ("It costs 5bn pounds.", ("EGP", "LBP")),
        ("It costs 5bn crowns.", ("NOK", "CZK")),
        ("It costs 5bn pesos.", ("MXN", "COP")),
        ("It costs 5bn dinars.", ("IQD", "DZD")),
    ],
)
def test_amounts_offers_other_readings_of_an_ambiguous_sign(text: str, units: tuple[str, ...]) -> None:
    (amount,) = find_amounts(text)
    assert set(units) <= set(amount.other_units)


def test_amounts_says_what_was_elided() -> None:
    assert [one.elided for one in find_amounts("It spent $5 billion, then 7 billion, then 9.")] == [False, True, True]


# --- what holds for any text ------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    re.split(
        r"[ ]+",
        """\n $ € Rs £ US$ 5 5.5 5,000 1,00,000 2014 ½ . , 5- to and or between from half a quarter third billion bn m k
        crore lakh trillion % per cent pct percent of GDP dollars euros won tens hundreds thousands billions several
        multi - – ( ) = / two hundred forty-five dozen point plus + people May up about more than The \u00a0""",
    )
)
SENTENCES = st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES, max_size=25).map("".join)


def assert_sound(text: str) -> None:
    at = 0
    for amount in find_amounts(text):
        assert at <= amount.start < amount.end <= len(text)
        assert text[amount.start : amount.end].strip() == text[amount.start : amount.end]
        assert 0 <= amount.low <= amount.high
        assert amount.value is None or amount.low <= amount.value <= amount.high
        assert (amount.value is None) == (amount.qualifier == "order")
        assert (amount.low < amount.high) == (amount.qualifier in {"order", "range"})
        assert amount.unit not in amount.other_units
        at = amount.end


@given(st.text(max_size=200))
def test_amounts_are_sound_on_any_text(text: str) -> None:
    assert_sound(text)


@given(SENTENCES)
@example("$0 billion")
def test_amounts_are_sound_on_shuffled_amounts(text: str) -> None:
    assert_sound(text)


PLAIN = st.lists(st.sampled_from(["the", "ministers", "met", "while", "clouds", "gathered", "over"]), max_size=40)


@given(st.sampled_from([text for text, _ in CORPUS]), PLAIN, PLAIN)
def test_amounts_stay_the_same_inside_a_longer_text(text: str, before: list[str], after: list[str]) -> None:
    longer = " ".join(before) + ".\n\n" + text + "\n\nMeanwhile " + " ".join(after)
    assert read(longer) == read(text)


def test_amounts_take_time_in_proportion_to_the_text() -> None:
    text = "The 5 and 67 of 22 billion, or $5bn (€4bn) 3 "
    assert seconds(text * 2_000) < 40 * seconds(text * 200)


def seconds(text: str) -> float:
    begin = time.process_time()
    assert len(find_amounts(text)) > len(text) / 20
    return time.process_time() - begin
