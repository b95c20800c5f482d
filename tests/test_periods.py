import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.figures import dating, periods, years
from tasks.figures.spans import Amount, Context, Period, Years
from tasks.lexicon.times import TIME_RULES
from tasks.records import Measure

SUMMER = Context(published=dt.date(2024, 6, 15))
UNDATED = Context()

# words of time, as they stand in a sentence ... what they mean in June 2024 to a spender of this country
READINGS: list[tuple[str, str, str, tuple[int, int] | None, str]] = [
    ("In 2019 it spent a lot.", "2019", "FRA", (2019, 2019), "calendar"),
    ("For fiscal 2025 it asks more.", "fiscal 2025", "USA", (2025, 2025), "fiscal"),
    ("The FY25 request is out.", "FY25", "USA", (2025, 2025), "fiscal"),
    ("The F.Y. 2023 base was lower.", "F.Y. 2023", "USA", (2023, 2023), "fiscal"),
    ("The 2016 fiscal year was lean.", "2016 fiscal year", "USA", (2016, 2016), "fiscal"),
    ("The FY2024-25 allocation rose.", "FY2024-25", "IND", (2024, 2025), "fiscal"),
    ("It rose in 2023-24.", "2023-24", "IND", (2023, 2024), "fiscal"),
    ("It rose in 2023/24.", "2023/24", "ZAF", (2023, 2024), "fiscal"),
    ("It rose in 1999-2000.", "1999-2000", "IND", (1999, 2000), "fiscal"),
    ("In the year to March 2022 it fell.", "the year to March 2022", "JPN", (2021, 2022), "fiscal"),
    ("In the year to December 2022 it fell.", "the year to December 2022", "FRA", (2022, 2022), "fiscal"),
    ("It votes the fiscal year beginning July 1.", "the fiscal year beginning July 1", "PAK", (2024, 2025), "fiscal"),
    (
        "It votes the fiscal year beginning October 1.",
        "the fiscal year beginning October 1",
        "USA",
        (2025, 2025),
        "fiscal",
    ),
    (
        "It votes the financial year that starts in April.",
        "the financial year that starts in April",
        "GBR",
        (2025, 2026),
        "fiscal",
    ),
    (
        "It shrank in the financial year that began in April.",
        "the financial year that began in April",
        "GBR",
        (2024, 2025),
        "fiscal",
    ),
    (
        "It shrank in the fiscal year ending September.",
        "the fiscal year ending September",
        "USA",
        (2024, 2024),
        "fiscal",
    ),
    ("It gets more this fiscal year.", "this fiscal year", "IND", (2024, 2025), "fiscal"),
    ("It gets more this fiscal year.", "this fiscal year", "USA", (2024, 2024), "fiscal"),
    ("It gets more this fiscal year.", "this fiscal year", "BRA", (2024, 2024), "fiscal"),
    ("It gets more next financial year.", "next financial year", "AUS", (2024, 2025), "fiscal"),
    ("It gets more in the coming fiscal year.", "coming fiscal year", "JPN", (2025, 2026), "fiscal"),
    ("It got more last year.", "last year", "IND", (2023, 2023), "calendar"),
    ("So far this year it got more.", "So far this year", "FRA", (2024, 2024), "calendar"),
    ("Next year's draft is out.", "Next year's", "FRA", (2025, 2025), "calendar"),
    ("It now has more.", "now", "FRA", (2024, 2024), "calendar"),
    ("Two years ago it had less.", "Two years ago", "FRA", (2022, 2022), "calendar"),
    ("A decade ago it had less.", "A decade ago", "FRA", (2014, 2014), "calendar"),
    ("The year before last it had less.", "The year before last", "FRA", (2022, 2022), "calendar"),
    ("From 2014 to 2018 it had more.", "From 2014 to 2018", "FRA", (2014, 2018), "multi_year"),
    ("Between 2016 and 2026 it grows.", "Between 2016 and 2026", "FRA", (2016, 2026), "multi_year"),
    ("From fiscal 2019 through 2023 it grows.", "From fiscal 2019 through 2023", "JPN", (2019, 2023), "multi_year"),
    ("From 2023-24 to 2026-27 it grows.", "From 2023-24 to 2026-27", "AUS", (2023, 2027), "multi_year"),
    ("From now to 2055 it grows.", "From now to 2055", "AUS", (2024, 2055), "multi_year"),
    ("It was spent in 2018 and 2019.", "2018 and 2019", "NGA", (2018, 2019), "multi_year"),
    ("It was spent in 2018 and 2019.", "2019", "NGA", (2019, 2019), "calendar"),
    ("It has grown since 2014.", "since 2014", "POL", (2014, 2024), "multi_year"),
    ("The lowest since 2014, when it had two.", "2014", "POL", (2014, 2014), "calendar"),
    (
        "Since the war broke out in February 2022 it grew.",
        "Since the war broke out in February 2022",
        "POL",
        (2022, 2024),
        "multi_year",
    ),
    ("Since October it grew.", "Since October", "ISR", (2023, 2024), "multi_year"),
    ("Over ten years from 2025 it grows.", "Over ten years from 2025", "NOR", (2025, 2034), "multi_year"),
    ("Over the five years to 2016 it falls.", "Over the five years to 2016", "USA", (2012, 2016), "multi_year"),
    (
        "Over the three years to March 2024 it falls.",
        "Over the three years to March 2024",
        "ZAF",
        (2021, 2024),
        "multi_year",
    ),
    (
        "Over the decade beginning in fiscal 2019 it holds.",
        "Over the decade beginning in fiscal 2019",
        "USA",
        (2019, 2028),
        "multi_year",
    ),
    ("Over the next ten years it grows.", "Over the next ten years", "USA", (2024, 2033), "multi_year"),
    ("Over five years it grows.", "Over five years", "USA", None, "unknown"),
    ("This year and next it grows.", "This year and next", "DNK", (2024, 2025), "multi_year"),
    ("Within a decade it is to double.", "Within a decade", "DNK", (2034, 2034), "calendar"),
    ("By 2030 it is to double.", "By 2030", "DNK", (2030, 2030), "calendar"),
    ("Until 2035 it is to grow.", "Until 2035", "ESP", (2024, 2035), "multi_year"),
    ("In the 1980s it was higher.", "the 1980s", "USA", (1980, 1989), "multi_year"),
    ("In the first half of 2023 it was higher.", "the first half of 2023", "RUS", (2023, 2023), "calendar"),
    ("It signed in March.", "in March", "POL", (2024, 2024), "calendar"),
    ("It signed in November.", "in November", "POL", (2023, 2023), "calendar"),
    ("It signed on May 5, 2019.", "May 5, 2019", "POL", (2019, 2019), "calendar"),
    ("It signed last month.", "last month", "POL", (2024, 2024), "calendar"),
    ("It signed on Tuesday.", "Tuesday", "POL", (2024, 2024), "calendar"),
    ("In 2016 it signed; the previous year it did not.", "the previous year", "POL", (2015, 2015), "calendar"),
    ("In 2016 it signed; two years later it did not.", "two years later", "POL", (2018, 2018), "calendar"),
    ("In 2016 it signed, more than a year earlier.", "a year earlier", "POL", (2015, 2015), "calendar"),
    ("In 2023-24 it grew, more than a year earlier.", "a year earlier", "IND", (2022, 2023), "fiscal"),
]


@pytest.mark.parametrize(("text", "words", "country", "span", "kind"), READINGS)
def test_periods_expression_is_found_and_read(
    text: str, words: str, country: str, span: tuple[int, int] | None, kind: str
) -> None:
    found = {text[period.start : period.end]: period for period in periods.find_periods(text)}
    assert words in found
    settled = years.resolve(found[words], SUMMER, country, None)
    assert settled == Years(*(span or (None, None)), kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "words", ["last year", "now", "so far this year", "two years ago", "in March", "on Tuesday", "next fiscal year"]
)
def test_periods_without_a_date_leave_relative_years_open(words: str) -> None:
    found = periods.find_periods(f"It spent much {words}.")
    assert found
    assert all(years.resolve(period, UNDATED, "USA", None) == years.UNKNOWN for period in found)


@pytest.mark.parametrize(
    "text",
    [
        "It has 2000 kilometres of border.",
        "It cost $2019 apiece.",
        "It ordered 2,024 shells and 1.2019 more.",
        "It may march.",
        "The fiscal deficit widened.",
        "Some 2020 million rupees.",
    ],
)
def test_periods_nothing_is_found_where_nothing_says_when(text: str) -> None:
    assert periods.find_periods(text) == []


def test_periods_fiscal_year_of_an_unlisted_spender_is_left_open() -> None:
    (period,) = periods.find_periods("It gets more this fiscal year.")
    assert years.resolve(period, SUMMER, "NATO", None) == years.UNKNOWN


def test_periods_a_given_anchor_overrides_the_text() -> None:
    period = next(p for p in periods.find_periods("In 2016 it signed; a year later it paid.") if p.form == "tied")
    assert years.resolve(period, SUMMER, "USA", Years(2000, 2000, "calendar")) == Years(2001, 2001, "calendar")


def test_periods_candidates_hold_the_headline_and_the_publication() -> None:
    context = Context(title="Budget for 2025 is out", published=dt.date(2024, 6, 15))
    found = periods.candidates("It spends much.", context)
    assert {(period.form, period.start, period.end) for period in found} == {("title", 0, 0), ("published", 0, 0)}
    assert years.resolve(found[0], context, "USA", None).year_start == 2025
    assert years.resolve(found[1], context, "USA", None).year_start == 2024
    assert periods.candidates("It spends much.", UNDATED) == []


def amount_in(text: str, words: str, unit: str = "USD") -> Amount:
    start = text.index(words)
    return Amount(start, start + len(words), Decimal(1), Decimal(1), Decimal(1), unit, "exact")


def settled(text: str, words: str, measure: Measure = "expenditure", country: str = "USA") -> tuple[Years, str | None]:
    amount = amount_in(text, words, "PCT" if words.endswith("%") else "USD")
    sentences, start = [], 0
    for part in text.split(". "):
        sentences.append((start, start + len(part) + 2))
        start += len(part) + 2
    found = periods.candidates(text, SUMMER)
    period, _ = max(dating.chances(amount, text, sentences, found, SUMMER, measure), key=lambda option: option[1])
    said = text[period.start : period.end] if period else None
    return years.settle(amount, period, text, SUMMER, country, measure), said


@pytest.mark.parametrize(
    ("text", "words", "measure", "expected"),
    [
        ("It pays $2bn a year from 2025 to 2034.", "$2bn", "aid", Years(2025, 2034, "calendar")),
        ("It pays $20bn over ten years from 2025.", "$20bn", "aid", Years(2025, 2034, "multi_year")),
        ("It pays $20bn over ten years.", "$20bn", "aid", Years(None, None, "multi_year")),
        ("It spends $20bn a year.", "$20bn", "expenditure", Years(None, None, "unknown")),
        ("Between 2006 and 2016 it spent 23% of GDP.", "23%", "share_of_gdp", Years(2006, 2016, "calendar")),
        ("It has risen 23% since 2014.", "23%", "change", Years(2014, 2024, "multi_year")),
        ("The war cost $2bn a day last year.", "$2bn", "component", Years(2023, 2023, "unknown")),
        ("It signed for tanks at $2bn.", "$2bn", "arms_deal", Years(2024, 2024, "calendar")),
        ("It spent $2bn in 2019 and $3bn in 2020.", "$3bn", "expenditure", Years(2020, 2020, "calendar")),
        ("It spent $2bn in 2019 and $3bn in 2020.", "$2bn", "expenditure", Years(2019, 2019, "calendar")),
        ("Last year it spent $2bn. Its neighbour spent $3bn.", "$3bn", "expenditure", Years(2023, 2023, "calendar")),
    ],
)
def test_periods_figure_is_dated(text: str, words: str, measure: Measure, expected: Years) -> None:
    assert settled(text, words, measure)[0] == expected


def test_periods_offsets_are_exact_and_ordered() -> None:
    text = "Last year, since 2014, over the next two years, in March 2020 and by fiscal 2030 it was so."
    found = periods.find_periods(text)
    assert [text[p.start : p.end] for p in found] == [
        "Last year",
        "since 2014",
        "2014",
        "over the next two years",
        "March 2020",
        "by fiscal 2030",
    ]
    assert all(isinstance(period, Period) for period in found)


@pytest.mark.parametrize(
    ("text", "words", "measure", "country", "expected"),
    [
        ("It spends 40% more than in 2014.", "40%", "change", "FRA", Years(2014, 2024, "multi_year")),
        ("In 2021 it spent 7% more than in 2020.", "7%", "change", "FRA", Years(2021, 2021, "calendar")),
        ("It gets $2bn in each of the next two years.", "$2bn", "aid", "FRA", Years(2024, 2025, "calendar")),
        ("A day of war cost $2bn last year.", "$2bn", "component", "FRA", Years(2023, 2023, "unknown")),
        ("It was promised $9bn in the mid-2030s.", "$9bn", "component", "FRA", Years(None, None, "multi_year")),
        ("It asks $9bn for 2025.", "$9bn", "expenditure", "USA", Years(2025, 2025, "fiscal")),
        ("It asks $9bn for 2025.", "$9bn", "expenditure", "FRA", Years(2025, 2025, "calendar")),
        ("It has $9bn for the current year.", "$9bn", "expenditure", "IND", Years(2024, 2025, "fiscal")),
        ("It has $9bn for 2024-25, more than last year.", "$9bn", "expenditure", "IND", Years(2024, 2025, "fiscal")),
        ("It is to be cut by $9bn by 2030.", "$9bn", "change", "FRA", Years(2024, 2030, "multi_year")),
        ("It is to reach 2% by 2030.", "2%", "share_of_gdp", "FRA", Years(2030, 2030, "calendar")),
    ],
)
def test_periods_kind_of_a_figure_follows_its_words(
    text: str, words: str, measure: Measure, country: str, expected: Years
) -> None:
    assert settled(text, words, measure, country)[0] == expected


def test_periods_last_year_of_a_budget_passage_is_the_fiscal_year_before() -> None:
    text = "For 2024-25 it asks for $9bn. Last year it got $8bn."
    period = next(p for p in periods.find_periods(text) if p.form == "relative")
    amount = amount_in(text, "$8bn")
    assert years.settle(amount, period, text, SUMMER, "PAK", "expenditure") == Years(2023, 2024, "fiscal")
    assert years.settle(amount, period, text, SUMMER, "FRA", "expenditure") == Years(2023, 2023, "calendar")


def test_periods_every_way_of_saying_when_has_its_reading() -> None:
    assert {rule.reading for rule in TIME_RULES} == set(periods._READINGS)


def test_periods_every_weight_is_of_something_that_is_weighed() -> None:
    assert dating.weights()
    assert all(weight for weight in dating.weights().values())


FRAGMENTS = st.sampled_from(
    [
        "since",
        "over",
        "the",
        "next",
        "five",
        "years",
        "to",
        "March",
        "2024",
        "2023-24",
        "FY25",
        "from",
        "and",
        "in",
        "by",
        "fiscal",
        "year",
        "last",
        "ago",
        "earlier",
        "'24",
        "the 1980s",
        "now",
        "31",
        "\n\n",
        "$5bn",
        ".",
        "–",
    ]
)


@given(st.lists(FRAGMENTS, max_size=25).map(" ".join), st.sampled_from(["USA", "IND", "NATO", None]))
def test_periods_no_text_makes_it_raise(text: str, country: str | None) -> None:
    for period in periods.candidates(text, SUMMER):
        assert 0 <= period.start <= period.end <= len(text)
        settled_years = years.resolve(period, SUMMER, country, None)
        assert (settled_years.year_start is None) == (settled_years.year_end is None)
        assert (settled_years.year_start or 0) <= (settled_years.year_end or 0)
