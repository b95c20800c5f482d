"""Annotated articles to the weights of the rules: ``python -m tasks.fitting`` (`make fit`) makes the tables anew.

Four rooms choose among options by what speaks for each: whose a figure is (``spender_weights.json``), when
(``dating.csv``), what it measures (``measures.toml``) and how sure the text is (``statuses.toml``). How strongly each
thing speaks is fitted here, by a softmax over the options of each amount. Before anything is written, the weights of
four fifths of the articles are tried on the last fifth, each fifth in turn. The same articles give the same weights.
"""

import argparse
import csv
import io
import json
import math
import random
import re
import sys
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from spacy.tokens import Doc

from tasks import entities, lessons
from tasks.corpus import ROOT, Places
from tasks.figures import choosing, dating, measures, spenders, statuses
from tasks.figures.candidates import Candidates, Span
from tasks.figures.spans import Amount, Years
from tasks.gold import GoldArticle, GoldFigure
from tasks.lexicon import cues

FOLDS = 5
BIAS = "bias "
"""Begins the name of what speaks for an answer before any word is heard; it alone may weigh less than nothing."""
FIGURES = ROOT / "tasks" / "figures"
LEXICON = ROOT / "tasks" / "lexicon"

Features = Mapping[str, float]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One question about one amount: its options (several may mean the same), what speaks for each, what is right.

    `story` names the article; what comes from one article is never parted.
    """

    story: str
    options: Sequence[tuple[Hashable, Features]]
    right: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the weights of one question are fitted.

    `decay` pulls them towards `prior`, but what begins with `BIAS` towards 0; they are rounded to `digits`.
    """

    steps: int
    rate: float
    decay: float
    prior: float = 0.0
    lowest: float = -math.inf
    digits: int = 1


_OF_PARTIES = Recipe(steps=250, rate=0.15, decay=0.01, digits=3)
_OF_CUES = Recipe(steps=400, rate=0.05, decay=0.0003, prior=2.0, lowest=0.0)
RECIPES: dict[str, Recipe] = {
    "spender": Recipe(steps=250, rate=0.15, decay=0.001, digits=3),
    **dict.fromkeys(("donor", "recipient", "buyer", "seller"), _OF_PARTIES),
    "years": Recipe(steps=200, rate=0.05, decay=0.001),
    "measure": _OF_CUES,
    "status": _OF_CUES,
}
"""The questions; the first five are the roles of parties."""
REPORTED = {
    "spender": ("spender", "donor", "buyer"),
    "counterparty": ("recipient", "seller"),
    "years": ("years",),
    "measure": ("measure",),
    "status": ("status",),
}
CUES = {"measure": measures.TABLE, "status": statuses.TABLE}


# --- from annotated articles to examples --------------------------------------------------------------------------


def read(articles: Sequence[GoldArticle]) -> dict[str, list[Example]]:
    """What the articles teach, question by question."""
    asked: dict[str, list[Example]] = {name: [] for name in RECIPES}
    for article, doc, found in lessons.read_docs(entities.load_model(), articles):
        for name, example in examples(article, doc, found):
            asked[name].append(example)
    return asked


def examples(article: GoldArticle, doc: Doc, found: Candidates) -> Iterator[tuple[str, Example]]:
    """Every question that the amounts of an article answer, by name."""
    story = f"{article.published} {article.title or article.id}"
    scene = choosing.scene_of(doc, found)
    for amount in found.amounts:
        sentence = found.sentence_at(amount.start, amount.end)
        golds = lessons.matching(amount, article.figures)
        yield "measure", _what(story, found, amount, sentence, golds)
        if golds:
            rows = [gold for gold in golds if gold.measure == golds[0].measure]
            yield "status", _how_sure(story, found, amount, sentence, rows)
            yield "years", _when(story, found, amount, rows)
            yield from _whose(story, found, amount, sentence, rows, scene)


def _what(story: str, found: Candidates, amount: Amount, sentence: Span, golds: Sequence[GoldFigure]) -> Example:
    near = measures.heard(amount, found.text, sentence, choosing.passage_before(found, sentence))
    options = [(name, _cues(name or measures.NONE, of_one)) for name, of_one in near.items()] or [(None, {})]
    return Example(story, options, frozenset(gold.measure for gold in golds) or frozenset([None]))


def _how_sure(story: str, found: Candidates, amount: Amount, sentence: Span, golds: Sequence[GoldFigure]) -> Example:
    years = Years(golds[0].year_start, golds[0].year_end, golds[0].period_kind)
    near = statuses.heard(amount, found.text, sentence, years, found.context.published)
    options = [(name, _cues(name, of_one)) for name, of_one in near.items()]
    return Example(story, options, frozenset(gold.status for gold in golds))


def _cues(answer: str, near: Sequence[float]) -> Features:
    return {BIAS + answer: 1.0} | {f"{answer} {at}": size for at, size in enumerate(near) if size}


def _when(story: str, found: Candidates, amount: Amount, golds: Sequence[GoldFigure]) -> Example:
    meant = lessons.keys_of_candidates("period", found, amount, golds[0])
    options = [
        (lessons.NONE if period is None else meant[found.periods.index(period)], features)
        for period, features in dating.weighed(
            amount, found.text, found.sentences, found.periods, found.context, golds[0].measure
        )
    ]
    return Example(story, options, frozenset(lessons.key_of_gold("period", gold) for gold in golds))


def _whose(
    story: str,
    found: Candidates,
    amount: Amount,
    sentence: Span,
    golds: Sequence[GoldFigure],
    scene: spenders.Scene,
) -> Iterator[tuple[str, Example]]:
    """The spender and, for aid and arms, the other side; ``we`` are whom the annotated claimant speaks for."""
    measure, country = golds[0].measure, golds[0].claimant_country
    scene = spenders.Scene(
        scene.doc, choosing.with_we(found, scene.parties, country, sentence), scene.amounts, scene.main
    )
    paying = frozenset(gold.spender for gold in golds)
    asked = [(spenders.spending_role(measure), frozenset[str | None](), paying)]
    if measure in spenders.OTHER_SIDES:
        asked.append((spenders.OTHER_SIDES[measure], paying, frozenset(gold.counterparty for gold in golds)))
    for role, barred, right in asked:
        options = [
            (party and party.code, traits)
            for party, traits in spenders.options(amount, measure, scene, role, country, barred)
        ]
        yield role, Example(story, options, frozenset(right))


# --- from examples to weights -------------------------------------------------------------------------------------


def fitted(given: Iterable[Example], recipe: Recipe) -> dict[str, float]:
    """Weights under which what is right in the examples is the likeliest, rounded.

    Examples without a right option teach nothing and are left out.
    """
    taught = [one for one in given if any(key in one.right for key, _ in one.options)]
    seen = {name for one in taught for _, features in one.options for name, size in features.items() if size}
    weights = _descended(taught, sorted(seen), recipe)
    return {name: round(weight, recipe.digits) + 0.0 for name, weight in weights.items()}


class _Matrix:
    """The options of all examples below one another, and what speaks for each, as rows, columns and sizes."""

    def __init__(self, taught: Sequence[Example], names: Sequence[str]) -> None:
        place = {name: column for column, name in enumerate(names)}
        options = [(key in one.right, features) for one in taught for key, features in one.options]
        cells = [
            (row, place[name], size)
            for row, (_, features) in enumerate(options)
            for name, size in features.items()
            if size
        ]
        rows, columns, sizes = zip(*cells, strict=True)
        self.rows, self.columns, self.sizes = np.array(rows), np.array(columns), np.array(sizes, dtype=float)
        self.good = np.array([is_right for is_right, _ in options], dtype=float)
        counts = [len(one.options) for one in taught]
        self.of_example = np.repeat(np.arange(len(counts)), counts)
        self.begins = np.cumsum([0, *counts[:-1]])
        self.width = len(names)

    def slope(self, weight: Numbers) -> Numbers:
        """How steeply each weight makes what is right less likely."""
        score = np.bincount(self.rows, self.sizes * weight[self.columns], len(self.good))
        power = np.exp(score - np.maximum.reduceat(score, self.begins)[self.of_example])
        chance = power / np.add.reduceat(power, self.begins)[self.of_example]
        wanted = chance * self.good
        wanted = wanted / (np.add.reduceat(wanted, self.begins)[self.of_example] + 1e-12)
        slope = np.bincount(self.columns, self.sizes * (chance - wanted)[self.rows], self.width)
        return np.asarray(slope / len(self.begins), dtype=np.float64)


def _descended(taught: Sequence[Example], names: Sequence[str], recipe: Recipe) -> dict[str, float]:
    """Gradient descent with Adam's step sizes."""
    if not names:
        return {}
    matrix = _Matrix(taught, names)
    is_bias = np.array([name.startswith(BIAS) for name in names])
    prior, lowest = np.where(is_bias, 0.0, recipe.prior), np.where(is_bias, -np.inf, recipe.lowest)
    weight, mean, square = prior, np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, recipe.steps + 1):
        slope = matrix.slope(weight) + recipe.decay * (weight - prior)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        pace = recipe.rate / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        weight = np.maximum(weight - pace * mean / (1 - 0.9**step), lowest)
    return dict(zip(names, weight.tolist(), strict=True))


# --- how good they are --------------------------------------------------------------------------------------------


def chosen(example: Example, weights: Mapping[str, float]) -> Hashable:
    """What is likeliest under these weights; options that mean the same count together. None where there is none."""
    scores = [sum(weights.get(name, 0.0) * size for name, size in features.items()) for _, features in example.options]
    powers: dict[Hashable, float] = defaultdict(float)
    for (key, _), score in zip(example.options, scores, strict=True):
        powers[key] += math.exp(score - max(scores))
    return max(powers, key=lambda key: powers[key], default=None)


def is_right(example: Example, weights: Mapping[str, float]) -> bool:
    """Whether what is likeliest is right."""
    return chosen(example, weights) in example.right


def cross_validated(given: Sequence[Example], recipe: Recipe) -> list[bool]:
    """Whether each example is right under weights fitted to the articles of the other folds."""
    stories = sorted({one.story for one in given})
    random.Random(FOLDS).shuffle(stories)
    fold = {story: at % FOLDS for at, story in enumerate(stories)}
    weights = [fitted([one for one in given if fold[one.story] != left], recipe) for left in range(FOLDS)]
    return [is_right(one, weights[fold[one.story]]) for one in given]


def report(asked: Mapping[str, Sequence[Example]]) -> str:
    """For each choice the share that is right: under weights of other articles, and under those that are shipped."""
    unseen = {name: cross_validated(given, RECIPES[name]) for name, given in asked.items()}
    now = {name: [is_right(one, shipped(name)) for one in given] for name, given in asked.items()}
    lines = [f"{'':14}{'amounts':>8}{'unseen':>8}{'shipped':>9}"]
    for choice, names in REPORTED.items():
        rights = [[right for name in names for right in of[name]] for of in (unseen, now)]
        shares = [sum(right) / max(1, len(right)) for right in rights]
        lines.append(f"{choice:14}{len(rights[0]):8}{shares[0]:8.3f}{shares[1]:9.3f}")
    return "\n".join(lines)


# --- the tables ---------------------------------------------------------------------------------------------------


def shipped(name: str) -> dict[str, float]:
    """The weights of a question as they stand in its table."""
    if name == "years":
        return dating.weights()
    if name not in CUES:
        found: dict[str, float] = json.loads((FIGURES / spenders.WEIGHTS).read_text("utf-8")).get(name, {})
        return found
    answers = cues.answers(CUES[name])
    weights = {BIAS + answer: one.bias for answer, one in answers.items()}
    return weights | {
        f"{answer} {at}": cue.weight for answer, one in answers.items() for at, cue in enumerate(one.cues)
    }


def tables(weights: Mapping[str, Mapping[str, float]]) -> dict[Path, str]:
    """The files that hold these weights, question by question, and what is to stand in them."""
    weights = {
        name: {feature: weight for feature, weight in of_one.items() if weight or name in CUES}
        for name, of_one in weights.items()
    }
    roles = {name: of_one for name, of_one in weights.items() if name not in (*CUES, "years")}
    out = {
        FIGURES / spenders.WEIGHTS: json.dumps(roles, indent=1, sort_keys=True) + "\n",
        FIGURES / dating.WEIGHTS: _as_csv(weights["years"]),
    }
    for name, table in CUES.items():
        out[LEXICON / table] = rewritten((LEXICON / table).read_text("utf-8"), weights[name])
    return out


def _as_csv(weights: Mapping[str, float]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["feature", "weight"])
    writer.writerows(sorted(weights.items()))
    return out.getvalue()


_HEADER = re.compile(r"\[(\w+)\]")
_BIAS = re.compile(r"(?<=^bias = )-?[\d.]+")
_CUE = re.compile(r"\s*\{ pattern = ")
_WEIGHT = re.compile(r"(?<=', weight = )[\d.]+")


def rewritten(text: str, weights: Mapping[str, float]) -> str:
    """The table of cues `text` with these weights in place of its own; nothing else changes.

    A cue without a weight (no article has it) keeps its own.
    """
    answer, at, lines = "", 0, []
    for line in text.splitlines(keepends=True):
        header = _HEADER.match(line)
        if header:
            answer, at = header[1], 0
        elif BIAS + answer in weights:
            line = _BIAS.sub(str(weights[BIAS + answer]), line)
        if _CUE.match(line):
            if f"{answer} {at}" in weights:
                line = _WEIGHT.sub(str(weights[f"{answer} {at}"]), line)
            at += 1
        lines.append(line)
    return "".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fits, prints how good the weights are on articles that they have not seen, and writes them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", nargs="*", default=[], metavar="NAME", help="gold files to leave unread")
    parser.add_argument("--into", type=Path, help="another folder to write the tables to than their own")
    options = parser.parse_args(arguments)
    places = Places()
    print("gold:", ", ".join(path.stem for path in places.files(options.without)))
    if not places.has_more:
        print("only the project's own gold is here; the shipped weights learned from more")
    asked = read(places.articles(options.without))
    print(report(asked))
    for path, text in tables({name: fitted(given, RECIPES[name]) for name, given in asked.items()}).items():
        written(text, path, options.into)
    return 0


def written(text: str, path: Path, folder: Path | None) -> None:
    """Writes a table to its place, or to the file of the same name in another folder, and says so."""
    into = path if folder is None else folder / path.name
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(text, encoding="utf-8")
    print("written:", into)


if __name__ == "__main__":
    sys.exit(main())
