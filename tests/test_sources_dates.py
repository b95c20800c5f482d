"""The day of publication, in all ways that sites and records print it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.lexicon.tables import rows
from tasks.sources.building import build
from tasks.sources.dates import day_of

DAY = dt.date(2019, 7, 18)


@pytest.mark.parametrize(
    "words",
    [
        "2019-07-18",
        "2019-07-18T23:30:00-04:00",
        "2019-07-18T00:10:00+0530",
        "2019-07-18T23:59:59.123Z",
        "2019-07-18 08:00:00 UTC",
        "2019-07-18 08:00 EDT",
        "20190718",
        "20190718T080000Z",
        "2019/07/18",
        "2019.07.18.",
        "1563408000",
        "1563408000000",
        "1563408000.0",
        "Thu, 18 Jul 2019 23:30:00 -0400",
        "Thu, 18 Jul 2019 00:00:00 GMT",
        "18 July 2019",
        "18th July, 2019",
        "18th of July 2019",
        "Thursday 18 July 2019 14.05 BST",
        "Thu 18 Jul 2019 14.05 BST",
        "18 Jul 2019",
        "18-Jul-2019",
        "18-JUL-19",
        "18 Jul '19",
        "July 18, 2019",
        "July 18th, 2019",
        "Jul. 18, 2019, 4:10 p.m. ET",
        "THURSDAY, JULY 18, 2019",
        "Thu Jul 18 08:00:00 UTC 2019",
        "Thu Jul 18 2019 08:00:00 GMT+0200 (Central European Summer Time)",
        "4:10 PM EDT, Thu July 18, 2019",
        "18/07/2019",
        "18/7/19",
        "18.07.2019",
        "18.7.2019 14:05",
        "18-07-2019",
        "7/18/2019",
        "7/18/19",
        "Published: 18 July 2019 | Updated: 19 July 2019",
        "Updated 4:10 p.m. ET, July 19, 2019 | Published July 18, 2019",
        "Updated: 19/07/2019 - First published: 18/07/2019 - 23:10",
        "Last updated 18 July 2019 at 6pm",
        "By Ann Example, Delta Post, 18 July 2019",
        "Posted at 14:05 on 18 July 2019",
    ],
)
def test_dates_of_all_kinds(words: str) -> None:
    assert day_of(words) == DAY
    assert day_of(f"  {words}\n") == DAY


@pytest.mark.parametrize(
    ("words", "country", "day"),
    [
        ("5/6/2019", None, dt.date(2019, 6, 5)),
        ("5/6/2019", "GBR", dt.date(2019, 6, 5)),
        ("5/6/2019", "USA", dt.date(2019, 5, 6)),
        ("18/6/2019", "USA", dt.date(2019, 6, 18)),
        ("6/15/17", "GBR", dt.date(2017, 6, 15)),
        ("05.06.99", None, dt.date(1999, 6, 5)),
    ],
)
def test_dates_day_or_month_first_as_the_publishers_country_has_it(
    words: str, country: str | None, day: dt.date
) -> None:
    assert day_of(words, country) == day


@pytest.mark.parametrize(
    "words",
    [
        "", "yesterday", "3 hours ago", "July 2019", "2019", "18 July", "31/02/2019", "30 February 2019", "0000-00-00",
        "0001-01-01", "9999-12-31", "99999999999999", "version 1.2.3", "192.168.10.12", "12:30:45", "$18 July",
        "May 5 tanks", "1-2-3", "nan", "20191318",
    ],
)  # fmt: skip
def test_dates_what_is_none(words: str) -> None:
    assert day_of(words) is None


@pytest.mark.parametrize("row", rows("stamps.csv"), ids=lambda row: row["words"])
def test_dates_row_of_stamps_proves_itself(row: dict[str, str]) -> None:
    assert day_of(row["example"]) == DAY
    other = f"{row['words']} 20 July 2019, {{}} 18 July 2019"
    assert day_of(other.format("published")) == (DAY if row["kind"] == "updated" else dt.date(2019, 7, 20))


def test_dates_of_a_record_are_read_as_its_publisher_writes_them() -> None:
    american = {"url": "https://www.usatoday.com/navy", "published": "5/6/2019"}
    assert build(american, "text", b"", "a").published == dt.date(2019, 5, 6)
    assert build({**american, "url": "https://navy.example.in/"}, "text", b"", "a").published == dt.date(2019, 6, 5)


@given(st.text(), st.sampled_from([None, "USA", "GBR"]))
def test_dates_take_any_text(words: str, country: str | None) -> None:
    day = day_of(words, country)
    assert day is None or 1900 <= day.year <= 2100


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), st.sampled_from(["%d %B %Y", "%B %d, %Y", "%Y-%m-%d"]))
def test_dates_are_read_as_they_were_written(day: dt.date, form: str) -> None:
    assert day_of(day.strftime(form)) == day
