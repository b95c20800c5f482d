"""The reader of annotated articles, and the pairing of extracted rows with them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.gold import BadGold, load_gold, nth_place, offsets_between

TEXT = "Norway spent $5 billion in 2019 and $5 billion in 2020. The $5 billionaire gave nothing."


def _row(**changes: Any) -> dict[str, Any]:
    row = {
        "amount": "$5 billion", "nth": 0, "measure": "expenditure", "value_low": 5e9, "value": 5e9, "value_high": 5e9,
        "unit": "USD", "qualifier": "exact", "spender": "NOR", "counterparty": None, "year_start": 2019,
        "year_end": 2019, "period_kind": "calendar", "status": "actual", "claimant": None, "claimant_country": None,
        "quoted": False, "duplicate_of": None,
    }  # fmt: skip
    return row | changes


def _article(**changes: Any) -> dict[str, Any]:
    article = {"id": "one", "published": "2021-05-04", "source": None, "title": None, "text": TEXT, "figures": [_row()]}
    return article | changes


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(*records: object) -> Path:
        path = tmp_path / "gold.jsonl"
        path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
        return path

    return write


def test_gold_gives_articles_with_offsets(written: Callable[..., Path]) -> None:
    [article] = load_gold(written(_article(figures=[_row(), _row(nth=1, year_start=2020, year_end=2020)])))
    assert [article.text[f.amount_start : f.amount_end] for f in article.figures] == ["$5 billion", "$5 billion"]
    assert [f.amount_start for f in article.figures] == [13, 36]
    assert article.published is not None
    assert article.published.year == 2021


def test_gold_fills_an_open_end_with_the_value(written: Callable[..., Path]) -> None:
    [article] = load_gold(written(_article(figures=[_row(value_low=None)])))
    assert article.figures[0].value_low == 5e9


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ([], "not an object"),
        ({"id": "one"}, "no published, source, title, text, figures"),
        (_article(id=""), "id is ''"),
        (_article(text=3), "text is 3"),
        (_article(title=[]), "title is"),
        (_article(published="4 May 2021"), "no date YYYY-MM-DD"),
        (_article(figures=[3]), "figures is no list of objects"),
        (_article(figures=[{}]), "no amount, nth"),
        (_article(figures=[_row(amount="")]), "amount and nth are"),
        (_article(figures=[_row(nth=2)]), "do not stand 3 time(s)"),
        (_article(figures=[_row(amount_start=12)]), "stand at 13, not at 12"),
        (_article(figures=[_row(measure="spending")]), "measure is 'spending'"),
        (_article(figures=[_row(qualifier=["exact"])]), "qualifier is ['exact']"),
        (_article(figures=[_row(spender=None)]), "spender is None"),
        (_article(figures=[_row(counterparty="Norway")]), "counterparty is 'Norway'"),
        (_article(figures=[_row(unit="$")]), "unit is '$'"),
        (_article(figures=[_row(unit="PCT")]), "PCT does not fit"),
        (_article(figures=[_row(measure="share_of_gdp")]), "PCT does not fit"),
        (_article(figures=[_row(value="5")]), "values"),
        (_article(figures=[_row(value=None)]), "no value"),
        (_article(figures=[_row(value=6e9)]), "outside low and high"),
        (_article(figures=[_row(qualifier="order")]), "an order of magnitude"),
        (_article(figures=[_row(year_end=None)]), "one year without the other"),
        (_article(figures=[_row(year_start=2020)]), "years 2020, 2019"),
        (_article(figures=[_row(duplicate_of=0)]), "duplicate_of points nowhere"),
        (_article(figures=[_row(quoted=0)]), "quoted is not true or false"),
        (_article(figures=[_row(claimant=7)]), "claimant is 7"),
        (_article(figures=[_row(), _row()]), "twice"),
        (_article(figures=[_row(nth=1), _row()]), "not in the order of the text"),
    ],
)
def test_gold_names_the_fault_and_its_place(written: Callable[..., Path], record: object, fault: str) -> None:
    with pytest.raises(BadGold) as caught:
        load_gold(written(_article(id="sound"), record))
    assert fault in str(caught.value)
    assert "gold.jsonl:2: " in str(caught.value)


def test_gold_refuses_an_id_that_stands_twice(written: Callable[..., Path]) -> None:
    with pytest.raises(BadGold, match="the id one stands twice"):
        load_gold(written(_article(), _article()))


def test_gold_refuses_what_is_no_gold_file(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    for content, fault in ((b"", "no article"), (b"\xff\xfe", "not UTF-8"), (b"{", ":1: not JSON")):
        path.write_bytes(content)
        with pytest.raises(BadGold, match=fault):
            load_gold(path)


def test_gold_places_words_that_stand_alone() -> None:
    assert nth_place(TEXT, "$5 billion", 1) == 36
    assert nth_place(TEXT, "$5 billion", 2) is None
    assert nth_place("12 and 2", "2", 0) == 7
    assert nth_place("2%2%2%", "2%", 0) == 0


def test_gold_carries_offsets_over_from_a_cleaned_text() -> None:
    gold = "OSLO (XYZ) --  Norway spent  $5 billion."
    cleaned = "Norway spent $5 billion."
    carry = offsets_between(cleaned, gold)
    start = cleaned.index("$5")
    assert gold[carry(start) : carry(start + 10)].strip() == "$5 billion"
    assert carry(len(cleaned)) == len(gold)
    assert offsets_between(gold, gold)(7) == 7
