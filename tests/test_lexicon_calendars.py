import datetime as dt
import re

import pytest

from tasks.figures.periods import find_periods
from tasks.figures.spans import Amount, Context
from tasks.figures.years import rate_of, resolve
from tasks.lexicon.calendars import FiscalYear, PeriodWord, fiscal_year, fiscal_years, period_words

PRINTED = Context(published=dt.date(2024, 6, 15))
TIMES = [word for word in period_words() if "=" in word.reads]
RATES = [word for word in period_words() if word.kind in {"each_year", "each_part", "yearly_before"}]


def years_of(said: str) -> tuple[int, int]:
    first, _, last = said.partition("-")
    return int(first), int(last or first)


@pytest.mark.parametrize("word", TIMES, ids=lambda word: f"{word.kind}:{word.words}")
def test_lexicon_calendars_each_word_is_read_in_its_example(word: PeriodWord) -> None:
    surface, _, years = word.reads.rpartition("=")
    read = {}
    for period in find_periods(word.example):
        settled = resolve(period, PRINTED, "IRN" if word.kind == "reckoning" else "USA", None)
        read[word.example[period.start : period.end].lower()] = (settled.year_start, settled.year_end)
    held = [span for words, span in read.items() if surface.lower() in words]
    assert years_of(years) in held, read
    assert word.words.lower() in word.example.lower()


@pytest.mark.parametrize("word", RATES, ids=lambda word: f"{word.kind}:{word.words}")
def test_lexicon_calendars_each_rate_is_read_in_its_example(word: PeriodWord) -> None:
    start = word.example.index("$5 billion")
    amount = Amount(start, start + len("$5 billion"), *(5 * [0])[:3], "USD", "exact")  # type: ignore[arg-type]
    assert rate_of(amount, word.example) == ("part" if word.kind == "each_part" else "year")


@pytest.mark.parametrize(
    "word", [w for w in period_words() if w.kind in {"not_year", "numbered"}], ids=lambda word: word.words
)
def test_lexicon_calendars_a_count_is_no_year(word: PeriodWord) -> None:
    assert find_periods(word.example) == []


@pytest.mark.parametrize(
    "word",
    [w for w in period_words() if w not in TIMES and w not in RATES],
    ids=lambda word: f"{word.kind}:{word.words}",
)
def test_lexicon_calendars_each_other_word_stands_in_its_example(word: PeriodWord) -> None:
    assert re.search(rf"(?i)\b{re.escape(word.words)}", word.example)


@pytest.mark.parametrize("row", fiscal_years(), ids=lambda row: row.country)
def test_lexicon_calendars_each_fiscal_year_covers_its_example(row: FiscalYear) -> None:
    date, _, years = row.example.partition("=")
    assert row.years_on(dt.date.fromisoformat(date)) == years_of(years)


def test_lexicon_calendars_fiscal_year_turns_on_its_day() -> None:
    india = fiscal_year("IND")
    assert india is not None
    assert india.years_on(dt.date(2024, 3, 31)) == (2023, 2024)
    assert india.years_on(dt.date(2024, 4, 1)) == (2024, 2025)
    assert india.years_on(dt.date(2024, 4, 1), 1) == (2025, 2026)


def test_lexicon_calendars_american_year_is_named_by_its_end() -> None:
    usa = fiscal_year("USA")
    assert usa is not None
    assert usa.years_on(dt.date(2024, 9, 30)) == (2024, 2024)
    assert usa.years_on(dt.date(2024, 10, 1)) == (2025, 2025)


def test_lexicon_calendars_organisations_have_no_fiscal_year() -> None:
    assert fiscal_year("NATO") is None
    assert fiscal_year(None) is None


def test_lexicon_calendars_no_row_stands_twice() -> None:
    rows = [(word.kind, word.words) for word in period_words()]
    assert len(rows) == len(set(rows))
    assert len(fiscal_years()) == len({row.country for row in fiscal_years()})
