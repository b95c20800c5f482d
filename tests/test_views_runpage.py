"""What a run's page says, and that words of articles can do nothing on it."""

import base64
import datetime as dt
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from tasks.records import to_table
from tasks.shards import Report
from tasks.views import chart, runpage

Make = Callable[..., Any]


@pytest.fixture
def rows(make_article: Make, make_figure: Make) -> list[dict[str, Any]]:
    address = "https://news.example/a(1)?q=a|b"
    old = make_article("a1", published=dt.date(2019, 1, 1), url=address, source="The [Daily]")
    new = make_article("a2", published=dt.date(2020, 1, 1), source=None)
    undated = make_article("a3", url="javascript:alert(1)", source="Nobody")
    tables = [
        (to_table("figures", [make_figure(each.article_id)]), to_table("articles", [each]))
        for each in (undated, old, new)
    ]
    return runpage.newest(tables)


def test_runpage_newest_figures_come_first_with_their_articles(rows: list[dict[str, Any]]) -> None:
    assert [row["article_id"] for row in rows] == ["a2", "a1", "a3"]
    assert [row["article"] for row in runpage.table(rows)] == [
        "a2.txt",
        "https://news.example/a(1)?q=a|b",
        "javascript:alert(1)",
    ]
    assert len(runpage.newest([], 3)) == 0


def test_runpage_counts_stages_and_what_was_set_aside(rows: list[dict[str, Any]]) -> None:
    report = Report("out", read=5, figures=3, recognized=3, set_aside=Counter({("clean", "no_text"): 2}))
    page = runpage.markdown(report, rows, [chart.Bar("IRN", 2018, 16e9, 1)])
    assert page.startswith("# completed\n")
    for line in ("| ingest | 5 | 5 |", "| clean | 5 | 3 |", "| extract | 3 | 3 |", "| no_text | 2 |"):
        assert f"\n{line}\n" in page
    assert "Atlantis spent 5 billion dollars on its navy." in page
    assert r"[The \[Daily\]](https://news.example/a%281%29?q=a%7Cb) |" in page
    assert "](javascript" not in page
    assert "](data:image/svg+xml;base64," in page


def test_runpage_of_a_run_that_found_nothing_says_so() -> None:
    page = runpage.markdown(Report("out", failures=["shard 2: OSError: gone"]), [], [])
    assert page.startswith("# failed: shard 2: OSError: gone".replace(":", "\\:"))
    for words in ("Nothing was set aside.", "No new figures.", "No country's spending"):
        assert words in page


@pytest.mark.parametrize(
    "words",
    [
        "![x](https://evil.example/pixel.png)",
        "<img src=x onerror=alert(1)>",
        "a | b\n\n# c\n- d",
        "see https://evil.example or www.evil.example",
        "[click](javascript:alert(1))",
        "`code` **bold** _it_ ~~no~~",
    ],
)
def test_runpage_words_of_articles_stay_words(make_article: Make, make_figure: Make, words: str) -> None:
    figure = make_figure(evidence=words, claimant=words, amount_start=0, amount_end=1)
    article = make_article(source=words)
    page = runpage.markdown(
        Report("out"),
        runpage.newest([(to_table("figures", [figure]), to_table("articles", [article]))]),
        [],
    )
    (line,) = [line for line in page.splitlines() if "expenditure" in line]
    assert line.replace("\\|", "").count("|") == 8
    for sign in ("![", "](", "<img", "**", "https:", "www.", "`code`"):
        assert sign not in line


def test_chart_takes_the_median_of_the_newest_year_of_what_was_spent(make_figure: Make) -> None:
    def row(usd: float | None, year: int | None = 2019, **columns: Any) -> dict[str, Any]:
        return asdict(make_figure(usd=usd, year_start=year, year_end=year, **columns))

    rows = [
        *(row(1e9), row(5e9), row(3e9), row(99e9, 2018)),
        *(row(7e9, spender="SAU"), row(8e9, spender="NATO"), row(8e9, spender=None)),
        *(row(9e9, status="planned"), row(9e9, measure="component"), row(9e9, duplicate_of="x")),
        *(row(9e9, None), row(9e9, period_kind="multi_year"), row(None)),
    ]
    assert chart.bars(rows) == [chart.Bar("SAU", 2019, 7e9, 1), chart.Bar("IRN", 2019, 3e9, 3)]


def test_chart_is_a_picture_inside_an_address() -> None:
    bars = [chart.Bar("SAU", 2018, 67e9, 1), chart.Bar("BIH", 2017, 1e8, 2)]
    address = chart.data_uri(chart.svg(bars))
    root = ET.fromstring(base64.b64decode(address.removeprefix("data:image/svg+xml;base64,")))
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["Saudi Arabia, 2018", "67 bn", "Bosnia and Herzegovina, 2017", "0.1 bn"]
