"""Weights learned from annotated articles. The articles here are invented."""

import dataclasses
import datetime as dt
import gzip
import json
import random
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from spacy.tokens import Doc

from tasks import corpus, fitting, lessons
from tasks.corpus import Places
from tasks.figures import dating, spenders
from tasks.figures.candidates import gather
from tasks.fitting import BIAS, RECIPES, Example, Recipe, fitted
from tasks.gold import BadGold, GoldArticle, GoldFigure
from tasks.lexicon import cues

MakeDoc = Callable[..., Doc]
RECIPE = Recipe(steps=150, rate=0.1, decay=0.001)
COUNTRIES = [
    ("Norway", "NOR"),
    ("Chile", "CHL"),
    ("Japan", "JPN"),
    ("Kenya", "KEN"),
    ("Spain", "ESP"),
    ("Egypt", "EGY"),
]


def question(story: str, *options: tuple[Any, dict[str, float]], right: Any) -> Example:
    return Example(story, options, frozenset([right]))


def planted(amounts: int = 60) -> list[Example]:
    """The right option is the near one; its colour says nothing."""
    drawn = random.Random(1)
    out = []
    for at in range(amounts):
        options = [(key, {"near": float(key == "a"), drawn.choice(["red", "blue"]): 1.0}) for key in "abc"]
        drawn.shuffle(options)
        out.append(question(f"story {at // 3}", *options, right="a"))
    return out


def test_fitting_learns_what_is_planted() -> None:
    weights = fitted(planted(), RECIPE)
    assert weights["near"] > 2
    assert abs(weights["red"] - weights["blue"]) < weights["near"] / 2
    assert all(fitting.cross_validated(planted(), RECIPE))


def test_fitting_learns_nothing_where_there_is_nothing_to_learn() -> None:
    drawn = random.Random(2)
    random_rights = [dataclasses.replace(one, right=frozenset(drawn.choice("abc"))) for one in planted(300)]
    assert sum(fitting.cross_validated(random_rights, RECIPE)) / 300 < 0.5


def test_fitting_is_deterministic_whatever_the_order_of_options() -> None:
    turned = [dataclasses.replace(one, options=tuple(reversed(one.options))) for one in planted()]
    assert fitted(planted(), RECIPE) == fitted(planted(), RECIPE) == fitted(turned, RECIPE)


def test_fitting_leaves_out_what_has_no_right_option() -> None:
    lost = [question("lost", ("a", {"far": 1.0}), right="z")] * 100
    assert fitted(planted() + lost, RECIPE) == fitted(planted(), RECIPE)
    assert fitted(lost, RECIPE) == {}


def test_fitting_cross_validates_by_article() -> None:
    """What tells the answer in one article only helps in that one: unseen, it is a guess."""
    own = [
        question(f"story {at}", ("a", {f"clue {at}": 1.0}), ("b", {"other": 1.0}), right="a" if at % 2 else "b")
        for at in range(40)
        for _ in range(5)
    ]
    weights = fitted(own, RECIPE)
    assert all(fitting.is_right(one, weights) for one in own)
    right = fitting.cross_validated(own, RECIPE)
    assert 0.3 < sum(right) / len(right) < 0.7


def test_fitting_pulls_weights_to_their_prior_and_no_lower_than_the_lowest() -> None:
    against = [question(f"{at}", ("a", {"loud": 1.0, f"{BIAS}a": 1.0}), ("b", {}), right="b") for at in range(20)]
    kept = fitted(against, Recipe(steps=200, rate=0.1, decay=0.0003, prior=2.0, lowest=0.0))
    assert kept["loud"] == 0
    assert kept[f"{BIAS}a"] < -1
    heavy = fitted(against, Recipe(steps=400, rate=0.1, decay=50.0, prior=2.0, lowest=0.0))
    assert heavy == {"loud": 2.0, f"{BIAS}a": 0.0}


def test_fitting_options_that_mean_the_same_count_together() -> None:
    one = question("s", ("a", {"big": 1.0}), ("b", {"small": 1.0}), ("b", {"small": 1.0}), right="b")
    assert fitting.chosen(one, {"big": 1.0, "small": 0.6}) == "b"
    assert fitting.chosen(one, {"big": 1.0, "small": 0.2}) == "a"
    assert fitting.chosen(Example("s", (), frozenset()), {}) is None


# --- articles ---------------------------------------------------------------------------------------------------------


def article(at: int) -> GoldArticle:
    """The last country named before the sum spends it, in the year that stands after it; odd ones plan for a navy."""
    (payer, code), (other, _) = random.Random(at).sample(COUNTRIES, 2)
    year = 2010 + at % 8
    deed = "plans to give its navy $5 billion for ships" if at % 2 else "spent $5 billion on its military"
    text = f"The {other} talks ended in {year - 1}. {payer} {deed} in {year}."
    start = text.index("$5 billion")
    spent = GoldFigure(
        amount="$5 billion", amount_start=start, amount_end=start + 10, value_low=5e9, value=5e9, value_high=5e9,
        measure="component" if at % 2 else "expenditure", status="planned" if at % 2 else "actual", unit="USD",
        qualifier="exact", spender=code, counterparty=None, year_start=year, year_end=year, period_kind="calendar",
        claimant=None, claimant_country=None, quoted=False, duplicate_of=None,
    )  # fmt: skip
    return GoldArticle(
        id=f"a{at}", published=dt.date(2020, 5, 4), source="Daily", title=f"Talks {at}", text=text, figures=(spent,)
    )


@pytest.fixture
def asked(make_doc: MakeDoc, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Example]]:
    """What twelve invented articles teach."""

    def read_docs(_: object, articles: list[GoldArticle]) -> Iterator[tuple[GoldArticle, Doc, Any]]:
        for one in articles:
            doc = make_doc(one.text)
            yield one, doc, gather(doc, lessons.context_of(one))

    monkeypatch.setattr(lessons, "read_docs", read_docs)
    monkeypatch.setattr(fitting.entities, "load_model", lambda: None)
    return fitting.read([article(at) for at in range(12)])


def test_fitting_asks_each_question_of_each_amount(asked: dict[str, list[Example]]) -> None:
    assert {name: len(given) for name, given in asked.items()} == {
        **dict.fromkeys(RECIPES, 0), "spender": 12, "years": 12, "measure": 12, "status": 12
    }  # fmt: skip
    assert all(any(key in one.right for key, _ in one.options) for given in asked.values() for one in given)
    assert len({one.story for one in asked["years"]}) == 12


@pytest.mark.parametrize("name", ["spender", "years", "measure", "status"])
def test_fitting_answers_articles_that_it_has_not_seen(asked: dict[str, list[Example]], name: str) -> None:
    assert sum(not fitting.is_right(one, {}) for one in asked[name]) > 0
    assert all(fitting.cross_validated(asked[name], RECIPES[name]))


def test_fitting_asks_for_both_sides_of_a_deal(make_doc: MakeDoc) -> None:
    text = "Norway will buy missiles from Japan for $5 billion. The Kenya of 2 percent is no figure."
    one = article(0)
    start = text.index("$5 billion")
    deal = dataclasses.replace(
        one.figures[0],
        amount_start=start,
        amount_end=start + 10,
        measure="arms_deal",
        spender="NOR",
        counterparty="JPN",
    )
    one = dataclasses.replace(one, text=text, figures=(deal,))
    doc = make_doc(text)
    found = list(fitting.examples(one, doc, gather(doc, lessons.context_of(one))))
    assert [name for name, _ in found] == ["measure", "status", "years", "buyer", "seller", "measure"]
    sides = {name: {key for key, _ in example.options} for name, example in found}
    assert {"NOR", "JPN", None} <= sides["buyer"]
    assert {"JPN", None} <= sides["seller"]
    assert "NOR" not in sides["seller"]
    assert found[-1][1].right == {None}


def test_fitting_reports_unseen_articles_beside_shipped_weights(asked: dict[str, list[Example]]) -> None:
    lines = fitting.report(asked).splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(fitting.REPORTED)
    assert lines[1].split()[1:3] == ["12", "1.000"]
    assert lines[2].split()[1:3] == ["0", "0.000"]


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", fitting.CUES.values())
def test_fitting_changes_only_numbers_of_a_table(table: str) -> None:
    text = (fitting.LEXICON / table).read_text(encoding="utf-8")
    answers = {name: one for name, one in cues.answers(table).items() if name not in ("military", "cut", "rise")}
    weights = {f"{BIAS}{name}": -7.5 for name in answers}
    weights |= {f"{name} {at}": 8.5 for name, one in answers.items() for at in range(len(one.cues))}
    new = fitting.rewritten(text, weights)
    blank = re.compile(r"(?<=^bias = )\S+|(?<=weight = )[\d.]+", re.MULTILINE)
    assert blank.sub("", new) == blank.sub("", text)
    read = tomllib.loads(new)
    assert {row["weight"] for name in answers for row in read[name]["cues"]} == {8.5}
    assert {read[name]["bias"] for name in answers} == {-7.5}
    left = [name for name in ("military", "cut", "rise") if name in read]
    assert all(read[name] == tomllib.loads(text)[name] for name in left)


def test_fitting_leaves_a_cue_that_no_article_has() -> None:
    text = (
        "# weight = 1\n[one]\nbias = 1.0\ncues = [\n  { pattern = 'a', weight = 1 },\n"
        "  { pattern = 'weight = 3', weight = 2.5, near = 1 },\n]\n"
    )
    assert fitting.rewritten(text, {f"{BIAS}one": -0.5, "one 1": 0.0}) == text.replace("= 1.0", "= -0.5").replace(
        "2.5", "0.0"
    )
    assert fitting.rewritten(text, {f"{BIAS}other": 4.0, "other 0": 4.0}) == text


def test_fitting_tables_say_what_was_written_into_them() -> None:
    """The shipped weights, written again, are the shipped tables."""
    assert all(fitting.shipped(name) for name in RECIPES)
    for path, text in fitting.tables({each: fitting.shipped(each) for each in RECIPES}).items():
        if path.suffix == ".toml":
            assert tomllib.loads(text) == tomllib.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".json":
            assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))
        else:
            assert text.splitlines()[0] == "feature,weight"
            assert sorted(text.splitlines()) == sorted(path.read_text(encoding="utf-8").splitlines())


def test_fitting_tables_hold_no_weight_of_nothing() -> None:
    texts = fitting.tables({name: {"loud": 1.5, "mute": 0.0} for name in RECIPES})
    assert texts[fitting.FIGURES / dating.WEIGHTS] == "feature,weight\nloud,1.5\n"
    assert set(json.loads(texts[fitting.FIGURES / spenders.WEIGHTS])["buyer"]) == {"loud"}


def test_fitting_command_writes_every_table_and_nothing_else(
    asked: dict[str, list[Example]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Places, "articles", lambda self, without: [])
    monkeypatch.setattr(fitting, "read", lambda articles: asked)
    before = {path: path.read_bytes() for path in fitting.tables({name: {} for name in RECIPES})}
    assert fitting.main(["--into", str(tmp_path)]) == 0
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(written) == {path.name for path in before}
    assert fitting.main(["--into", str(tmp_path)]) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == written
    assert {path: path.read_bytes() for path in before} == before
    assert "unseen" in capsys.readouterr().out


# --- the corpus -------------------------------------------------------------------------------------------------------


@pytest.fixture
def places(tmp_path: Path) -> Places:
    own, beside = tmp_path / "own", tmp_path / "beside"
    (beside / "gold").mkdir(parents=True)
    own.mkdir()
    line = (corpus.ROOT / "tests" / "evaluation" / "dev_c.jsonl").read_text(encoding="utf-8").splitlines()[0] + "\n"
    for path in (own / "b.jsonl", own / "a.jsonl", beside / "gold" / "a.jsonl", beside / "gold" / "c.jsonl"):
        path.write_text(line, encoding="utf-8")
    (own / corpus.EXCERPTS).write_text("", encoding="utf-8")
    return Places(own, beside)


def test_corpus_is_the_projects_own_where_there_is_no_more(places: Places) -> None:
    assert not places.has_more
    assert [path.name for path in places.files()] == ["a.jsonl", "b.jsonl"]
    assert len(places.articles()) == 2


def test_corpus_takes_more_from_beside_but_no_name_twice(places: Places) -> None:
    (places.beside / "FIGURES.md").touch()
    assert places.files() == [places.own / "a.jsonl", places.own / "b.jsonl", places.beside / "gold" / "c.jsonl"]


def test_corpus_leaves_out_what_is_named_unread(places: Places) -> None:
    (places.own / "b.jsonl").write_text("broken", encoding="utf-8")
    assert len(places.articles(without=["b"])) == 1
    with pytest.raises(BadGold):
        places.articles()


def test_corpus_holds_some_articles_out_for_scoring_alone(places: Places) -> None:
    (places.own / "a.jsonl").rename(places.own / f"{corpus.HELD_OUT[0]}.jsonl")
    assert [path.name for path in places.files()] == ["b.jsonl"]
    assert len(places.held_out()) == 1


def test_corpus_learns_from_no_article_that_is_held_out() -> None:
    taught = {article.text for article in Places().articles()}
    assert taught.isdisjoint(article.text for article in Places().held_out())


def test_corpus_reads_excerpts_only_where_their_articles_are(places: Places) -> None:
    assert places.own / corpus.EXCERPTS not in places.files()
    places.news.parent.mkdir()
    places.news.write_bytes(gzip.compress(b""))
    assert places.files()[-1] == places.own / corpus.EXCERPTS
    assert len(places.articles()) == 2
    assert places.own / corpus.EXCERPTS not in places.files(without=["excerpts"])
