"""What is right for each amount of an annotated article. The articles here are invented."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from spacy.tokens import Doc
from tokenizers import Tokenizer

from tasks import lessons
from tasks.figures.candidates import Candidates, gather
from tasks.figures.spans import Amount
from tasks.figures.windows import MEASURES, PERIOD_KINDS, POINTERS, STATUSES
from tasks.gold import GoldArticle, GoldFigure
from tasks.lessons import IGNORE, NOWHERE, Example

MakeDoc = Callable[..., Doc]
TEXT = (
    "“We spent $5 billion last year,” Norwegian Defence Minister Lena Marsh said. Sweden has 10 million people and "
    "will cut 2 percent from its military budget, while 4 dollars buy a coffee."
)


def gold_of(text: str, amount: str, **columns: Any) -> GoldFigure:
    start = text.index(amount)
    given: dict[str, Any] = {
        "amount": amount, "amount_start": start, "amount_end": start + len(amount), "measure": "expenditure",
        "value_low": 5e9, "value": 5e9, "value_high": 5e9, "unit": "USD", "qualifier": "exact", "spender": "NOR",
        "counterparty": None, "year_start": 2023, "year_end": 2023, "period_kind": "calendar", "status": "actual",
        "claimant": None, "claimant_country": None, "quoted": False, "duplicate_of": None,
    }  # fmt: skip
    return GoldFigure(**{**given, **columns})


def article_of(text: str, *figures: GoldFigure, **columns: Any) -> GoldArticle:
    given: dict[str, Any] = {"published": dt.date(2024, 6, 15), "source": None, "title": None, **columns}
    return GoldArticle(id="one", text=text, figures=figures, **given)


Teach = Callable[..., tuple[Candidates, Example]]


@pytest.fixture
def teach(tokenizer: Tokenizer, make_doc: MakeDoc) -> Teach:
    """The candidates and the only passage of an annotated article."""

    def taught(article: GoldArticle) -> tuple[Candidates, Example]:
        found = gather(make_doc(article.text, PERSON=["Lena Marsh"]), lessons.context_of(article))
        [example] = lessons.examples(tokenizer, article, found)
        return found, example

    return taught


def good_words(found: Candidates, example: Example, pointer: str, at: int) -> set[str]:
    """The words of the right candidates of an amount; ``-`` for none of them."""
    kind = POINTERS[pointer]
    places, here = found.places()[kind], example.passage.candidates[kind]
    return {
        "-" if index == NOWHERE else found.text[slice(*places[here[index].index][:2])]
        for index in example.good[pointer][at]
    }


SPENT = gold_of(TEXT, "$5 billion", claimant="Lena Marsh", claimant_country="NOR", quoted=True)
CUT = gold_of(
    TEXT, "2 percent", measure="change", value_low=-2.0, value=-2.0, value_high=-2.0, unit="PCT", spender="SWE",
    year_start=None, year_end=None, period_kind="unknown", status="planned",
)  # fmt: skip


def test_lessons_teach_the_classes_of_each_amount(teach: Teach) -> None:
    found, example = teach(article_of(TEXT, SPENT, CUT))
    assert [found.text[one.start : one.end] for one in found.amounts] == ["$5 billion", "2 percent", "4 dollars"]
    classes = example.classes
    assert [MEASURES[one] for one in classes["measure"]] == ["expenditure", "change", None]
    assert [STATUSES[one] for one in classes["status"][:2]] == ["actual", "planned"]
    assert [PERIOD_KINDS[one] for one in classes["period_kind"][:2]] == ["calendar", "unknown"]
    assert classes["direction"] == [IGNORE, 1, IGNORE]
    assert (classes["status"][2], classes["period_kind"][2]) == (IGNORE, IGNORE)
    assert [sum(one) for one in example.allowed] == [7, 5, 7]


def test_lessons_teach_the_pointers_of_each_amount(teach: Teach) -> None:
    found, example = teach(article_of(TEXT, SPENT, CUT))
    assert good_words(found, example, "spender", 0) == {"We", "Norwegian"}
    assert good_words(found, example, "spender", 1) >= {"Sweden"}
    assert "Lena Marsh" in good_words(found, example, "claimant", 0)
    assert good_words(found, example, "claimant", 1) == {"-"}
    assert good_words(found, example, "period", 0) == {"last year"}
    assert "-" in good_words(found, example, "period", 1)
    assert [example.good["counterparty"][at] for at in (0, 1)] == [[], []]
    assert {name: of_all[2] for name, of_all in example.good.items()} == {name: [] for name in POINTERS}


def test_lessons_rise_is_no_cut(teach: Teach) -> None:
    rise = dataclasses.replace(CUT, value_low=2.0, value=2.0, value_high=2.0)
    assert teach(article_of(TEXT, rise))[1].classes["direction"] == [IGNORE, 0, IGNORE]


def test_lessons_teach_nowhere_where_no_candidate_is_right(teach: Teach) -> None:
    odd = dataclasses.replace(SPENT, spender="PER", claimant="Omar Diaz", year_start=1999, year_end=1999)
    found, example = teach(article_of(TEXT, odd))
    assert {name: good_words(found, example, name, 0) for name in ("spender", "claimant", "period")} == {
        "spender": {"-"},
        "claimant": {"-"},
        "period": {"-"},
    }


def test_lessons_teach_every_spender_of_an_amount(teach: Teach) -> None:
    text = "Kenya and Uganda each spent $5 billion on defence."
    each = [gold_of(text, "$5 billion", spender=code) for code in ("KEN", "UGA")]
    found, example = teach(article_of(text, *each))
    assert good_words(found, example, "spender", 0) == {"Kenya", "Uganda"}


def test_lessons_teach_the_counterparty_of_deals_and_aid(teach: Teach) -> None:
    text = "Kenya bought warships from Peru for $5 billion."
    deal = gold_of(text, "$5 billion", measure="arms_deal", spender="KEN", counterparty="PER")
    found, example = teach(article_of(text, deal))
    assert good_words(found, example, "counterparty", 0) == {"Peru"}
    found, example = teach(article_of(text, dataclasses.replace(deal, counterparty=None)))
    assert good_words(found, example, "counterparty", 0) == {"-"}


def test_lessons_teach_nothing_of_an_amount_whose_unit_is_misread(teach: Teach) -> None:
    text = "Kenya will spend 5 percent, or $5 billion, on arms."
    odd = gold_of(text, "$5 billion", measure="share_of_gdp", unit="PCT", value_low=5, value=5, value_high=5)
    assert teach(article_of(text, odd))[1].classes["measure"][1] == IGNORE


def test_lessons_point_into_the_headline(tokenizer: Tokenizer, make_doc: MakeDoc) -> None:
    text = "The defence budget is $5 billion."
    article = article_of(text, gold_of(text, "$5 billion", spender="KEN"), title="Kenya pays")
    found = gather(make_doc(text), lessons.context_of(article))
    [example] = lessons.examples(tokenizer, article, found)
    [good] = example.good["spender"][0]
    assert found.spenders[example.passage.candidates["party"][good].index].code == "KEN"


def test_lessons_teach_every_amount_of_a_long_article_once(tokenizer: Tokenizer, make_doc: MakeDoc) -> None:
    text = "Nothing happened there. ".join(f"Kenya spent ${number} billion on arms. " for number in range(1, 40))
    article = article_of(text, gold_of(text, "$5 billion", spender="KEN"))
    found = gather(make_doc(text), lessons.context_of(article))
    examples = list(lessons.examples(tokenizer, article, found))
    assert len(examples) > 1
    taught = [
        (mark.index, one) for e in examples for mark, one in zip(e.passage.marks, e.classes["measure"], strict=True)
    ]
    assert [index for index, _ in taught] == list(range(39))
    assert [index for index, measure in taught if measure != 0] == [4]


def test_lessons_point_at_the_candidates_of_the_passage(tokenizer: Tokenizer, make_doc: MakeDoc) -> None:
    text = "Peru paid $7 billion. " + "Nothing happened there. " * 40 + "Peru saw that Uganda spent $5 billion on arms."
    article = article_of(text, gold_of(text, "$5 billion", spender="UGA"))
    found = gather(make_doc(text), lessons.context_of(article))
    *_, example = lessons.examples(tokenizer, article, found)
    [good] = example.good["spender"][0]
    assert 0 <= good < (index := example.passage.candidates["party"][good].index)
    assert found.spenders[index].code == "UGA"


def test_lessons_accept_none_where_one_of_the_rows_has_none(teach: Teach) -> None:
    told = gold_of(TEXT, "$5 billion", claimant="Lena Marsh")
    found, example = teach(article_of(TEXT, told, dataclasses.replace(told, claimant=None)))
    assert good_words(found, example, "claimant", 0) >= {"Lena Marsh", "-"}


@pytest.mark.parametrize(
    ("amount", "gold", "agrees"),
    [
        (("5e9", "5e9", "5e9", "USD"), {}, True),
        (("5.01e9", "5.01e9", "5.01e9", "USD"), {}, True),
        (("5.1e9", "5.1e9", "5.1e9", "USD"), {}, False),
        (("5e9", "5e9", "5e9", "EUR"), {}, False),
        (("5e9", "5e9", "5e9", "USD"), {"unit": "AUD"}, True),
        (("5e9", "5e9", "5e9", "USD"), {"value_low": -5e9, "value": -5e9, "value_high": -5e9}, True),
        (("4e9", "5e9", "6e9", "USD"), {"qualifier": "range", "value_low": 4e9, "value_high": 6e9}, True),
        (
            ("4e9", "5e9", "6e9", "USD"),
            {"qualifier": "range", "value_low": -6e9, "value": -5e9, "value_high": -4e9},
            True,
        ),
        (("4e9", "5e9", "7e9", "USD"), {"qualifier": "range", "value_low": 4e9, "value_high": 6e9}, False),
        (
            ("1e9", None, "1e10", "USD"),
            {"qualifier": "order", "value_low": 1e9, "value": None, "value_high": 1e10},
            True,
        ),
        (("1e9", None, "1e10", "USD"), {}, False),
    ],
)
def test_lessons_value_agrees_but_for_the_sign(
    amount: tuple[str, str | None, str, str], gold: dict[str, Any], agrees: bool
) -> None:
    low, value, high, unit = amount
    read = Amount(0, 10, Decimal(low), None if value is None else Decimal(value), Decimal(high), unit, "exact",
                  other_units=("AUD",))  # fmt: skip
    assert lessons.value_agrees(read, gold_of("$5 billion", "$5 billion", **gold)) is agrees


def test_lessons_match_the_row_with_the_right_value_first() -> None:
    text = "From $5 billion to 6."
    one, other = gold_of(text, "$5 billion to 6", value=6e9), gold_of(text, "$5 billion")
    value = Decimal("5e9")
    read = Amount(5, 15, value, value, value, "USD", "exact")
    assert lessons.matching(read, [one, other]) == [other, one]
    assert lessons.matching(dataclasses.replace(read, start=0, end=4), [one, other]) == []


def test_lessons_read_articles_as_the_flow_does(make_doc: MakeDoc) -> None:
    class Model:
        disabled: tuple[str, ...] = ()

        def __call__(self, text: str) -> Doc:
            return make_doc(text)

    articles = [article_of(TEXT, SPENT), article_of("Nothing.")]
    read = list(lessons.read(Model(), articles))  # type: ignore[arg-type]
    assert [(article, found.text) for article, found in read] == [(one, one.text) for one in articles]
    row = lessons.row_of(articles[0])
    assert (row.article_id, row.text, row.published) == ("one", TEXT, dt.date(2024, 6, 15))
