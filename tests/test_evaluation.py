"""The scores: on tables made here from gold rows, with known faults planted."""

import dataclasses
import importlib.util
import json
import random
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tasks.evaluation import Scores, Tally, covered, evaluate, report, run
from tasks.figures.amounts import find_amounts
from tasks.figures.spans import Amount
from tasks.gold import BadGold, GoldArticle, GoldFigure, load_gold
from tasks.records import Article, Figure

HERE = Path(__file__).parent / "evaluation"
SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="module")
def gold() -> list[GoldArticle]:
    return load_gold(HERE / "dev_c.jsonl")


def _article(gold: GoldArticle, text: str | None = None) -> Article:
    text = gold.text if text is None else text
    return Article(article_id=f"a-{gold.id}", source_id=gold.id, origin="gold", text=text, raw_sha256="0")


def _figure(article: GoldArticle, row: GoldFigure, index: int, **changes: Any) -> Figure:
    said = dataclasses.asdict(row)
    del said["amount"]
    if row.duplicate_of is not None:
        said["duplicate_of"] = f"{article.id}/{row.duplicate_of}"
    rest = {
        "figure_id": f"{article.id}/{index}", "article_id": f"a-{article.id}", "spender_text": None, "usd_low": None,
        "usd": None, "usd_high": None, "fx_source": None, "reference_value": None, "reference_unit": None,
        "reference_ratio": None, "flags": None, "sentence_start": 0, "sentence_end": 1, "evidence": "",
        "confidence": 0.95,
    }  # fmt: skip
    return Figure(**(said | rest | changes))


def _all(gold: Sequence[GoldArticle]) -> tuple[list[Article], list[Figure]]:
    rows = [_figure(one, row, at) for one in gold for at, row in enumerate(one.figures)]
    return [_article(one) for one in gold], rows


def _scores(gold: Sequence[GoldArticle], **changes: Any) -> Scores:
    """The scores where the first row alone says something else than the gold."""
    articles, figures = _all(gold)
    return evaluate(gold, articles, [dataclasses.replace(figures[0], **changes), *figures[1:]])


def test_evaluation_gives_full_marks_to_the_gold_itself(gold: list[GoldArticle]) -> None:
    scores = evaluate(gold, *_all(gold))
    count = sum(len(one.figures) for one in gold)
    assert scores.detected == scores.core == scores.complete == Tally(count, count, count)
    assert set(scores.of_core.values()) == {1.0}
    assert all(tally.f1 == 1.0 for tally in scores.saying.values())
    assert scores.brier == pytest.approx(0.05**2)
    assert scores.sure == Tally(count, count, count)
    assert scores.faults == []


@pytest.mark.parametrize(
    ("changes", "hurts"),
    [
        ({"amount_start": 0, "amount_end": 1}, "detected"),
        ({"measure": "aid"}, "core"),
        ({"spender": "ZWE"}, "core"),
        ({"spender": None}, "core"),
        ({"unit": "ZWL"}, "core"),
        ({"value": 1.0}, "core"),
        ({"value": None}, "core"),
        ({"status": "hypothetical"}, "complete"),
        ({"qualifier": "order"}, "complete"),
        ({"year_start": 1999}, "complete"),
        ({"year_start": None, "year_end": None}, "complete"),
        ({"claimant_country": "ZWE"}, "complete"),
        ({"counterparty": "ZWE"}, "complete"),
        ({"quoted": True}, "complete"),
        ({"duplicate_of": "another"}, "complete"),
        ({"period_kind": "unknown"}, "of_core"),
        ({"claimant": "Somebody Else"}, "of_core"),
        ({"confidence": 0.1}, "brier"),
    ],
)
def test_evaluation_counts_a_wrong_cell_where_it_belongs(
    gold: list[GoldArticle], changes: dict[str, Any], hurts: str
) -> None:
    count = sum(len(one.figures) for one in gold)
    scores = _scores(gold, **changes)
    levels = ["detected", "core", "complete"]
    expected = [count - (hurts in levels[: at + 1]) for at in range(len(levels))]
    assert [getattr(scores, level).right for level in levels] == expected
    if hurts == "of_core":
        (column,) = changes
        assert scores.of_core[column] == pytest.approx(1 - 1 / count)
    if hurts == "brier":
        assert scores.brier is not None
        assert scores.brier > 0.05**2
    assert (len(scores.faults) > 0) == (hurts in levels)


def test_evaluation_takes_half_a_percent_for_the_same(gold: list[GoldArticle]) -> None:
    value = gold[0].figures[0].value
    assert value is not None
    count = sum(len(one.figures) for one in gold)
    assert _scores(gold, value=value * 1.0049).core.right == count
    assert _scores(gold, value=value * 1.0052).core.right == count - 1


def test_evaluation_takes_a_claimant_by_the_last_word(gold: list[GoldArticle]) -> None:
    at, article, row = next((i, a, f) for a in gold for i, f in enumerate(a.figures) if f.claimant)
    assert row.claimant is not None
    for claimant, share in ((f"Dr. {row.claimant.upper()}", 1.0), ("Somebody", 0.0), (None, 0.0)):
        figures = [_figure(article, row, at, claimant=claimant)]
        assert evaluate([article], [_article(article)], figures).of_core["claimant"] == share


def test_evaluation_pairs_one_to_one_the_best_first(gold: list[GoldArticle]) -> None:
    article, row = gold[0], gold[0].figures[0]
    worse = _figure(article, row, 0, spender="ZWE", figure_id="worse")
    better = _figure(article, row, 0, status="hypothetical", figure_id="better")
    scores = evaluate([article], [_article(article)], [worse, better])
    assert (scores.detected.right, scores.core.right, scores.complete.right) == (1, 1, 0)
    assert [fault.kind for fault in scores.faults[:1]] == ["HALF"]
    assert [fault.kind for fault in scores.faults[-1:]] == ["SPURIOUS"]


def test_evaluation_counts_the_rows_of_an_article_that_was_lost(gold: list[GoldArticle]) -> None:
    articles, figures = _all(gold)
    scores = evaluate(gold, articles[1:], figures)
    assert scores.articles_found == len(gold) - 1
    assert scores.detected.gold - scores.detected.predicted == len(gold[0].figures)
    assert {fault.kind for fault in scores.faults} == {"MISSED"}


def test_evaluation_of_nothing_is_zero_and_says_so(gold: list[GoldArticle]) -> None:
    scores = evaluate(gold, [], [])
    assert (scores.core.precision, scores.core.recall, scores.core.f1) == (0.0, 0.0, 0.0)
    assert scores.brier is None
    assert "articles 0 of 30 found" in report(scores)


def test_evaluation_bins_confidence_beside_what_was_right(gold: list[GoldArticle]) -> None:
    article, row = gold[0], gold[0].figures[0]
    figures = [
        _figure(article, row, 0, confidence=1.0),
        _figure(article, row, 1, confidence=0.99, amount_start=0, amount_end=1),
        _figure(article, row, 2, confidence=0.2, amount_start=0, amount_end=1),
    ]
    scores = evaluate([article], [_article(article)], figures)
    low, high = scores.reliability
    assert (low.low, low.rows, low.right) == (0.2, 1, 0.0)
    assert (high.low, high.rows, high.right) == (0.9, 2, 0.5)
    assert high.confidence == pytest.approx(0.995)
    assert scores.sure == Tally(1, 2, len(article.figures))


def _amounts(text: str) -> list[Amount]:
    """A grammar that knows two phrases."""
    numbers = {"$5 billion": (5, "USD", ("CAD",)), "3%": (3, "PCT", ())}
    return [
        Amount(start, start + len(words), Decimal(n), Decimal(n), Decimal(n), unit, "exact", False, others)
        for words, (n, unit, others) in numbers.items()
        if (start := text.find(words)) >= 0
    ]


def test_evaluation_counts_what_the_grammar_covers(gold: list[GoldArticle]) -> None:
    text = "It spent $5 billion, cut 3%, and lost 7%."
    row = dataclasses.replace(gold[0].figures[0], amount="$5 billion", amount_start=9, amount_end=19, unit="USD",
                              value_low=5, value=5, value_high=5, qualifier="exact")  # fmt: skip
    cut = dataclasses.replace(row, amount_start=25, amount_end=27, unit="PCT", value_low=-3, value=-3, value_high=-3)
    wrong_unit = dataclasses.replace(row, unit="EUR")
    other_dollar = dataclasses.replace(row, unit="CAD")
    wrong_value = dataclasses.replace(row, value=6, value_high=6)
    elsewhere = dataclasses.replace(cut, amount_start=38, amount_end=40, value_low=3, value=3, value_high=3)
    article = dataclasses.replace(
        gold[0], text=text, figures=(row, cut, wrong_unit, other_dollar, wrong_value, elsewhere)
    )
    tally, unread = covered([article], _amounts)
    assert tally == Tally(3, 2, 6)
    assert [fault.detail for fault in unread] == [
        "5 to 5 EUR, read '$5 billion' as 5 to 5 USD",
        "5 to 6 USD, read '$5 billion' as 5 to 5 USD",
        "3 to 3 PCT, read not at all",
    ]


def test_evaluation_runs_a_file_through_what_extracts(gold: list[GoldArticle], tmp_path: Path) -> None:
    told = run(HERE / "dev_c.jsonl", lambda articles: (_all(articles)[0], _all(articles)[1][1:]), errors=True)
    assert "articles 30 of 30 found" in told
    assert told.count("MISSED") == 1
    assert repr(gold[0].figures[0].amount) in told
    plain = run(HERE / "dev_c.jsonl", lambda articles: (_all(articles)[0], []))
    assert "MISSED" not in plain
    assert "candidates R " in plain
    (tmp_path / "bad.jsonl").write_text("{}\n")
    with pytest.raises(BadGold, match=r"bad\.jsonl:1"):
        run(tmp_path / "bad.jsonl", _all)


def _planted(gold: Sequence[GoldArticle], seed: int) -> tuple[list[Article], list[Figure]]:
    """The gold as tables, with cells, spans and texts changed at random."""
    dice = random.Random(seed)
    codes = ["USA", "CHN", "GROUP", None]
    choices: dict[str, list[Any]] = {
        "measure": ["expenditure", "component", "change", "share_of_gdp"], "spender": codes, "counterparty": codes,
        "claimant_country": codes, "unit": ["USD", "PCT"], "value": [None, 1e9, 2.0], "quoted": [True, False],
        "status": ["planned", "actual"], "qualifier": ["range", "exact"], "duplicate_of": [None, "x"],
        "year_start": [None, 2018], "claimant": [None, "A minister"], "period_kind": ["unknown", "fiscal"],
    }  # fmt: skip
    articles, figures = [], []
    for one in dice.sample(list(gold), len(gold) - 3):
        cut = dice.choice([0, 25])
        articles.append(_article(one, one.text[cut:].replace("\n\n", "\n") if cut else one.text))
        for at, row in enumerate(one.figures):
            changes = {
                column: dice.choice(choices[column])
                for column in dice.sample(sorted(choices), dice.choice([0, 0, 1, 2]))
            }
            place = max(row.amount_start - cut + dice.choice([0, 0, 0, 4, 40]), 0)
            changes |= {"amount_start": place, "amount_end": place + len(row.amount), "confidence": dice.random()}
            figures += [_figure(one, row, at, **changes)] * dice.choice([0, 1, 1, 1, 1, 2])
    return articles, figures


def _judge() -> ModuleType:
    spec = importlib.util.spec_from_file_location("judge", SHARED / "gold" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not (SHARED / "FIGURES.md").exists(), reason="the judge's own script lies outside the project")
@pytest.mark.parametrize("name", ["dev_c", "dev_g", "dev_h"])
def test_evaluation_scores_as_the_judge_does(name: str) -> None:
    path = HERE / f"{name}.jsonl"
    gold = load_gold(path)
    raw = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    judge = _judge()
    for seed in range(2):
        articles, figures = _planted(gold, seed)
        theirs = judge.score(raw, *([dataclasses.asdict(row) for row in rows] for rows in (articles, figures)))
        ours = evaluate(gold, articles, figures).as_dict()
        assert ours["core"]["right"] not in (0, ours["core"]["gold"])
        for key, value in theirs.items():
            _assert_same(ours[key], value, f"{name} seed {seed}: {key}")
        assert set(ours) == set(theirs)


def _assert_same(ours: Any, theirs: Any, where: str) -> None:
    if not isinstance(theirs, dict):
        assert ours == pytest.approx(theirs, abs=1.1e-4), where
        return
    assert list(ours) == list(theirs), where
    for key, value in theirs.items():
        _assert_same(ours[key], value, f"{where}.{key}")


def _floors() -> dict[str, dict[str, float]]:
    return tomllib.loads((HERE / "floors.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(_floors()))
def test_evaluation_reaches_its_floors(name: str) -> None:
    floors = {score: floor for score, floor in _floors()[name].items() if floor > 0}
    if not floors:
        pytest.skip(f"no floor is set for {name}")
    gold = load_gold(HERE / f"{name}.jsonl")
    articles: list[Article] = []
    figures: list[Figure] = []
    if set(floors) - {"candidates"}:
        from flows import DEFAULT_MIN_CONFIDENCE, DEFAULT_MODEL, reading

        articles, figures, _ = reading.read(
            [
                dataclasses.replace(_article(one), title=one.title, published=one.published, source=one.source)
                for one in gold
            ],
            DEFAULT_MODEL,
            DEFAULT_MIN_CONFIDENCE,
        )
    scores = evaluate(gold, articles, figures, find_amounts)
    assert scores.candidates is not None
    reached = {score: getattr(scores, score).f1 for score in ("detected", "core", "complete")}
    reached["candidates"] = scores.candidates.recall
    below = {score: (reached[score], floor) for score, floor in floors.items() if reached[score] < floor}
    assert below == {}


def test_evaluation_has_floors_for_every_file() -> None:
    assert sorted(_floors()) == sorted(path.stem for path in HERE.glob("*.jsonl"))
    assert {frozenset(floors) for floors in _floors().values()} == {
        frozenset({"candidates", "detected", "core", "complete"})
    }
