"""How far the engine's opinions can be believed: ``python -m tasks.calibrating`` writes three small files anew.

On the articles held out it is measured how much the encoder's opinion and the rules' count in each choice
(``blending.json``), and how likely a row with given grounds is right: of both together (``encoder/calibration.json``)
and of the rules alone (``rules_calibration.json``). This needs the encoder's file, but no PyTorch.
"""

import argparse
import itertools
import json
import math
import sys
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spacy.tokens import Doc

from tasks import entities, evaluation, lessons
from tasks.corpus import ROOT, Places
from tasks.figures import assemble, blending, choosing, confidence
from tasks.figures.candidates import Candidates
from tasks.figures.confidence import Grounds
from tasks.figures.encoder import Encoder, load
from tasks.figures.spans import Amount
from tasks.fitting import BIAS, Example, Recipe, fitted, written
from tasks.gold import GoldArticle, GoldFigure, surname
from tasks.records import Article, Figure

RECIPE = Recipe(steps=1500, rate=0.05, decay=0.002, lowest=0.0, digits=4)
"""Of confidence: a surer choice is never the less likely one, so no probability weighs less than nothing."""
STEPS = [count / 10 for count in range(13)]
"""The weights of an opinion that are tried."""
CHOICES = ("measure", "direction", "spender", "counterparty", "claimant", "period")
"""What is measured. The weights of status stay as they are: those likeliest on the articles held out, 0.5 and 0.4, are
right on one amount in a hundred more, but misread the arms deal of the article that the project began with."""
BLENDING = ROOT / "tasks" / "figures" / "blending.json"


@dataclass(frozen=True, slots=True)
class Opinions:
    """Two opinions in one choice about one amount, and what is right."""

    encoder: Mapping[Hashable, float]
    rules: Mapping[Hashable, float]
    right: frozenset[Hashable]


def opinions(golds: Sequence[GoldArticle], reader: Encoder) -> dict[str, list[Opinions]]:
    """What the encoder and the rules say of each amount of the articles, by choice.

    Choices that neither has the right answer to teach nothing and are left out.
    """
    heard: dict[str, list[Opinions]] = defaultdict(list)
    for article, doc, found in lessons.read_docs(entities.load_model(), golds):
        for amount, said in _said(doc, found, reader):
            figures = lessons.matching(amount, article.figures)
            for choice, encoder, rules in said:
                right = _right(choice, figures, [*encoder, *rules])
                if right.intersection([*encoder, *rules]):
                    heard[choice].append(Opinions(encoder, rules, right))
    return dict(heard)


_Said = list[tuple[str, Mapping[Hashable, float], Mapping[Hashable, float]]]


def _said(doc: Doc, found: Candidates, reader: Encoder) -> list[tuple[Amount, _Said]]:
    """Every pair of opinions that is asked for, amount by amount: the first question of each is its measure."""
    said: list[_Said] = []

    def blend(encoder: Mapping[Hashable, float], rules: Mapping[Hashable, float], choice: str) -> dict[Hashable, float]:
        if choice == "measure":
            said.append([])
        said[-1].append((choice, dict(encoder), dict(rules)))
        return blending.blended(encoder, rules, choice)

    choosing.choose(doc, found, reader, blend)
    return list(zip(found.amounts, said, strict=True))


def _right(choice: str, golds: Sequence[GoldFigure], keys: Sequence[Hashable]) -> frozenset[Hashable]:
    """The right answers to a question about an amount with these annotated rows; empty where there is none."""
    if choice == "measure":
        return frozenset(gold.measure for gold in golds) or frozenset([None])
    if not golds or (choice == "direction" and golds[0].measure != "change"):
        return frozenset()
    if choice == "claimant":
        said = surname(golds[0].claimant)
        return frozenset(key for key in keys if surname(None if key is None else str(key)) == said)
    answers: dict[str, list[Hashable]] = {
        "direction": [gold.value_low < 0 for gold in golds],
        "spender": [gold.spender for gold in golds],
        "counterparty": [gold.counterparty for gold in golds],
        "period": [(gold.year_start, gold.year_end) for gold in golds],
        "status": [gold.status for gold in golds],
    }
    return frozenset(answers[choice])


def weighed(heard: Sequence[Opinions]) -> tuple[float, float]:
    """The weights of the encoder's opinion and of the rules' under which the right answers are likeliest."""
    pairs = [pair for pair in itertools.product(STEPS, STEPS) if any(pair)]
    return max(pairs, key=lambda pair: likelihood(heard, pair))


def likelihood(heard: Sequence[Opinions], weights: tuple[float, float]) -> float:
    """The mean logarithm of the probability of what is right."""
    total = 0.0
    for one in heard:
        chances = blending.product(one.encoder, one.rules, *weights)
        total += math.log(max(1e-9, sum(chance for key, chance in chances.items() if key in one.right)))
    return total / len(heard)


def calibrated(golds: Sequence[GoldArticle], reader: Encoder | None) -> dict[str, float]:
    """The weights of `confidence.confidence` for rows of these articles, by both sides or the rules."""
    articles, figures, grounds = extracted(golds, reader)
    return believed(grounds, evaluation.are_right(golds, articles, figures))


def extracted(
    golds: Sequence[GoldArticle], reader: Encoder | None
) -> tuple[list[Article], list[Figure], list[Grounds]]:
    """The articles, their rows whatever the confidence, and what each row's confidence rests on."""
    articles = [lessons.row_of(article) for article in golds]
    docs = entities.read(entities.load_model(), articles)
    pairs = [
        pair for article, doc in zip(articles, docs, strict=True) for pair in assemble.grounded(doc, article, reader)
    ]
    return articles, [figure for figure, _ in pairs], [grounds for _, grounds in pairs]


def believed(grounds: Sequence[Grounds], rights: Sequence[bool]) -> dict[str, float]:
    """The weights under which rows with these grounds are likeliest to have been right or not."""
    asked = [
        Example(str(at), [(True, _features(one)), (False, {})], frozenset([right]))
        for at, (one, right) in enumerate(zip(grounds, rights, strict=True))
    ]
    weights = fitted(asked, RECIPE)
    return {"bias": weights.pop(BIAS)} | {name.removeprefix(BIAS): weight for name, weight in weights.items()}


def _features(grounds: Grounds) -> dict[str, float]:
    """The grounds by name; marks, which may speak against a row, and the constant are named as what is not bounded."""
    marks = {name for name in confidence.features(grounds) if isinstance(getattr(grounds, name), bool)}
    named = {BIAS + name if name in marks else name: value for name, value in confidence.features(grounds).items()}
    return {BIAS: 1.0} | named


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and writes; 2 where there is no encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, help="another folder to write the files to than their own")
    into = parser.parse_args(arguments).into
    reader = load(2)
    if reader is None:
        print("there is no encoder to calibrate", file=sys.stderr)
        return 2
    golds = Places().held_out()
    heard = opinions(golds, reader)
    weights = {choice: weighed(heard[choice]) for choice in CHOICES}
    for choice, pair in weights.items():
        now = likelihood(heard[choice], blending.weights()[choice])
        print(f"{choice:13}{len(heard[choice]):6} {pair} {likelihood(heard[choice], pair):.3f}, so far {now:.3f}")
    written(json.dumps(blending.weights() | weights) + "\n", BLENDING, into)
    blending.weights.cache_clear()
    written(json.dumps(calibrated(golds, reader), indent=1) + "\n", Path(str(confidence.PLACE)), into)
    written(json.dumps(calibrated(golds, None), indent=1) + "\n", Path(str(confidence.PLACE_OF_RULES)), into)
    return 0


if __name__ == "__main__":
    sys.exit(main())
