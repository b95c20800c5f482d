"""Where an article is published: by address and name, by what the record says, by the end of the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.lexicon.countries import countries
from tasks.lexicon.publishing import country_of, plain_name
from tasks.lexicon.tables import rows


@pytest.mark.parametrize("row", rows("publishers.csv"), ids=lambda row: row["domain"])
def test_publishers_row_proves_itself(row: dict[str, str]) -> None:
    assert country_of(row["example"], None, "ATA") == (row["country"] or None)
    for name in row["names"].split("|"):
        assert country_of(None, name, "ATA") == (row["country"] or None)
        assert country_of("https://mirror.example/a", f"The {name} - Politics") == (row["country"] or None)


@pytest.mark.parametrize("row", rows("top_level_domains.csv"), ids=lambda row: row["domain"])
def test_publishers_top_level_domain_proves_itself(row: dict[str, str]) -> None:
    assert country_of(row["example"], None) == row["country"]
    assert row["country"] in countries() or row["country"] == "XKX"
    assert country_of(row["example"], None, "ATA") == "ATA"


def test_publishers_names_and_domains_mean_one_publisher() -> None:
    table = rows("publishers.csv")
    names = [plain_name(name) for row in table for name in row["names"].split("|")]
    assert len(names) == len(set(names))
    assert len(table) == len({row["domain"] for row in table})
    assert {row["country"] for row in table} - {""} <= countries().keys()


@pytest.mark.parametrize(
    ("url", "source", "country"),
    [
        ("https://www.abc.net.au/news/2019-07-18/navy/1", None, "AUS"),
        ("https://abcnews.go.com/navy", "ABC News", "USA"),
        (None, "ABC News (Australia)", "AUS"),
        (None, "CNN (Web News)", "USA"),
        (None, "The Washington Post - Politics & Policy", "USA"),
        ("https://uk.news.yahoo.com/navy", None, None),
        ("https://www.reuters.com/navy", "Reuters", None),
        ("https://HERALD.CO.ZW:443/navy?x=1", None, "ZWE"),
        ("https://navy.example.co.ke/1", "The Lagoon Courier", "KEN"),
        ("https://www.mod.gov.in/", None, "IND"),
        ("https://www.senate.gov/navy", None, "USA"),
        ("https://start-up.io/navy", None, None),
        ("https://notdawn.com/", None, None),
        ("news/dawn.com/1.txt", None, None),
        ("http://[broken", "Dawn", "PAK"),
        (None, "Warsaw Business Post", "POL"),
        (None, "The Karachi Mail (English edition)", "PAK"),
        ("https://news.example.ca/1", "Poland Today", "CAN"),
        (None, "Swiss-American Defence Notes", None),
        (None, "Geneva Letter", None),
        (None, "Nordic Defence Watch", None),
        (None, "San Jose Mercury News", "USA"),
        (None, None, None),
        ("", "", None),
    ],
)
def test_publishers_country(url: str | None, source: str | None, country: str | None) -> None:
    assert country_of(url, source) == country


@given(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()))
def test_publishers_take_any_text(url: str | None, source: str | None) -> None:
    country_of(url, source)
