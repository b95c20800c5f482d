"""Figures against annotated articles: what was found, what was right, and how far `confidence` can be believed.

What a gold file holds, and which extracted row is taken for which gold row, is `tasks.gold`'s.

========= ==================================================================================================
score     what is right of a pair
========= ==================================================================================================
detected  the amount was found
core      measure, spender, unit and value agree (both ends for a range or an order of magnitude, within 0.5 %)
complete  and years, status, qualifier, claimant country, counterparty, quoted, and being a duplicate or not
========= ==================================================================================================

`of_core` is each column's share of right values among the core-right pairs. Most rows are unquoted, no duplicates and
nobody's claim, so a column that never says anything scores high there; `saying` counts only rows where a side speaks.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.figures import amounts
from tasks.figures.spans import Amount
from tasks.gold import CORE, SHOWN, Compared, GoldArticle, GoldFigure, Pair, cell, compare, load_gold, same_value
from tasks.records import Article, Figure

SAYING = ("quoted", "duplicate", "claimant", "claimant_country", "counterparty", "years")
SURE = 0.9
BINS = 10

FindAmounts = Callable[[str], Sequence[Amount]]
Extract = Callable[[list[GoldArticle]], tuple[list[Article], list[Figure]]]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were right, of how many said and how many there are; each share is 0 where its base is empty."""

    right: int = 0
    predicted: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        """Share of what was said that is right."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of what there is that was said right."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.predicted + self.gold) if self.right else 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.right + other.right, self.predicted + other.predicted, self.gold + other.gold)

    def as_dict(self) -> dict[str, float]:
        """The counts and the shares, rounded to four digits."""
        shares = {name: round(getattr(self, name), 4) for name in ("precision", "recall", "f1")}
        return {**shares, "right": self.right, "predicted": self.predicted, "gold": self.gold}


@dataclass(frozen=True, slots=True)
class Bin:
    """The rows whose confidence lies in one tenth: how many, what they promise on average, what share is right."""

    low: float
    high: float
    rows: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Fault:
    """One row to look at.

    `kind` is MISSED, SPURIOUS, WRONG (core), HALF (core right, not complete), or UNREAD: an amount that the grammar
    does not read with its value and unit (beside what became of its row).
    """

    article: str
    kind: str
    amount: str
    detail: str
    around: str

    def __str__(self) -> str:
        return f"{self.article}  {self.kind:8}  {self.amount!r}: {self.detail}\n    ... {self.around} ..."


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one gold file; `candidates` is None unless the amount grammar was asked."""

    articles: int
    articles_found: int
    detected: Tally
    core: Tally
    complete: Tally
    of_core: dict[str, float]
    saying: dict[str, Tally]
    by_measure: dict[str, Tally]
    brier: float | None
    sure: Tally
    reliability: list[Bin]
    candidates: Tally | None
    faults: list[Fault]

    def as_dict(self) -> dict[str, Any]:
        """The scores as plain numbers, rounded to four digits, for JSON and for floors."""
        tallies = {name: getattr(self, name).as_dict() for name in ("detected", "core", "complete")}
        confidence = (
            {}
            if self.brier is None
            else {
                "brier": round(self.brier, 4),
                "at_0.9": {"precision": round(self.sure.precision, 4), "share_of_gold": round(self.sure.recall, 4)},
            }
        )
        candidates = {} if self.candidates is None else {"candidates": self.candidates.as_dict()}
        return {
            "articles": self.articles,
            "articles_found": self.articles_found,
            **tallies,
            "of_core": {column: round(share, 4) for column, share in self.of_core.items()},
            "saying": {column: tally.as_dict() for column, tally in self.saying.items()},
            "by_measure": {measure: tally.as_dict() for measure, tally in self.by_measure.items()},
            **confidence,
            **candidates,
        }


def _says(row: GoldFigure | Figure, column: str) -> bool:
    if column == "years":
        return row.year_start is not None
    return cell(row, column) not in (None, False)


def covered(gold_articles: Iterable[GoldArticle], find_amounts: FindAmounts) -> tuple[Tally, list[Fault]]:
    """How many gold amounts the grammar finds with value and unit right, whatever it finds beside them; and the others.

    `predicted` counts all its candidates. A cut is negative in the gold but not in the grammar, so sizes are compared;
    a sign that may mean several currencies (`$`) is right if one of them is: the spender's country decides later.
    """
    tally, faults = Tally(), []
    for article in gold_articles:
        candidates = find_amounts(article.text)
        unread = [gold for gold in article.figures if not any(_covers(amount, gold) for amount in candidates)]
        tally += Tally(len(article.figures) - len(unread), len(candidates), len(article.figures))
        faults += [_unread(article, gold, candidates) for gold in unread]
    return tally, faults


def _unread(article: GoldArticle, gold: GoldFigure, candidates: Sequence[Amount]) -> Fault:
    touching = [
        f"{article.text[amount.start : amount.end]!r} as {amount.low} to {amount.high} {amount.unit}"
        for amount in candidates
        if _overlaps(amount, gold)
    ]
    detail = f"{gold.value_low} to {gold.value_high} {gold.unit}, read " + (", ".join(touching) or "not at all")
    return Fault(article.id, "UNREAD", gold.amount, detail, _around(article.text, gold.amount_start))


def _overlaps(amount: Amount, gold: GoldFigure) -> bool:
    return amount.start < gold.amount_end and gold.amount_start < amount.end


def _covers(amount: Amount, gold: GoldFigure) -> bool:
    if not _overlaps(amount, gold) or gold.unit not in (amount.unit, *amount.other_units):
        return False
    is_cut = gold.value_high < 0
    low, high = float(amount.low), float(amount.high)
    value = None if amount.value is None else float(amount.value)
    if is_cut:
        low, high, value = -high, -low, None if value is None else -value
    return same_value(gold, low, value, high)


def are_right(golds: Sequence[GoldArticle], articles: Sequence[Article], figures: Sequence[Figure]) -> list[bool]:
    """For each row whether its core is right."""
    compared = compare(golds, articles, figures)
    right = {one.rows[p.row].row.figure_id for one in compared for p in one.pairs if p.is_core}
    return [figure.figure_id in right for figure in figures]


def evaluate(
    gold_articles: Sequence[GoldArticle],
    articles: Iterable[Article],
    figures: Iterable[Figure],
    find_amounts: FindAmounts | None = None,
) -> Scores:
    """The scores of `figures`, extracted from `articles`, against the gold; with `candidates` if given the grammar."""
    articles = list(articles)
    compared = compare(gold_articles, articles, figures)
    known = {article.source_id for article in articles}
    golds = sum(len(one.article.figures) for one in compared)
    rows = sum(len(one.rows) for one in compared)
    pairs = [(one.article.figures[p.gold], one.rows[p.row].row, p) for one in compared for p in one.pairs]
    core = [found for found in pairs if found[2].is_core]
    promises = [promise for one in compared for promise in _promises(one)]
    candidates, unread = (None, []) if find_amounts is None else covered(gold_articles, find_amounts)
    sure = [is_right for confidence, is_right in promises if confidence >= SURE]
    return Scores(
        articles=len(gold_articles),
        articles_found=sum(article.id in known for article in gold_articles),
        detected=Tally(len(pairs), rows, golds),
        core=Tally(len(core), rows, golds),
        complete=Tally(sum(found[2].is_complete for found in core), rows, golds),
        of_core={c: sum(c in p.agreed for _, _, p in core) / len(core) if core else 0.0 for c in SHOWN},
        saying={column: _saying(core, column) for column in SAYING},
        by_measure=_by_measure(compared),
        brier=sum((c - is_right) ** 2 for c, is_right in promises) / len(promises) if promises else None,
        sure=Tally(sum(sure), len(sure), golds),
        reliability=_reliability(promises),
        candidates=candidates,
        faults=[*(fault for one in compared for fault in _faults(one)), *unread],
    )


def _saying(core: Sequence[tuple[GoldFigure, Figure, Pair]], column: str) -> Tally:
    said = [(_says(gold, column), _says(row, column), column in pair.agreed) for gold, row, pair in core]
    return Tally(sum(all(one) for one in said), sum(row for _, row, _ in said), sum(gold for gold, _, _ in said))


def _by_measure(compared: Iterable[Compared]) -> dict[str, Tally]:
    right: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    gold: Counter[str] = Counter()
    for one in compared:
        right.update(one.article.figures[p.gold].measure for p in one.pairs if p.is_core)
        predicted.update(placed.row.measure for placed in one.rows)
        gold.update(figure.measure for figure in one.article.figures)
    return {m: Tally(right[m], predicted[m], gold[m]) for m in sorted(predicted | gold)}


def _promises(one: Compared) -> Iterator[tuple[float, bool]]:
    right = {p.row for p in one.pairs if p.is_core}
    return ((placed.row.confidence, at in right) for at, placed in enumerate(one.rows))


def _reliability(promises: Iterable[tuple[float, bool]]) -> list[Bin]:
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, is_right in promises:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, is_right))
    return [
        Bin(
            at / BINS,
            (at + 1) / BINS,
            len(rows),
            sum(confidence for confidence, _ in rows) / len(rows),
            sum(is_right for _, is_right in rows) / len(rows),
        )
        for at, rows in sorted(bins.items())
    ]


def _faults(one: Compared) -> Iterator[Fault]:
    article = one.article
    for p in sorted(one.pairs, key=lambda p: p.gold):
        if not p.is_complete:
            yield _disagreement(article, article.figures[p.gold], one.rows[p.row].row, p)
    for at, gold in enumerate(article.figures):
        if at not in {p.gold for p in one.pairs}:
            detail = f"{gold.measure} {gold.spender}"
            yield Fault(article.id, "MISSED", gold.amount, detail, _around(article.text, gold.amount_start))
    for at, placed in enumerate(one.rows):
        if at not in {p.row for p in one.pairs}:
            amount = article.text[placed.start : placed.end]
            detail = f"{placed.row.measure} {placed.row.spender} (confidence {placed.row.confidence:.2f})"
            yield Fault(article.id, "SPURIOUS", amount, detail, _around(article.text, placed.start))


def _disagreement(article: GoldArticle, gold: GoldFigure, row: Figure, p: Pair) -> Fault:
    wrong = [column for column in CORE + SHOWN if column not in p.agreed]
    detail = "; ".join(f"{column} is {cell(gold, column)}, got {cell(row, column)}" for column in wrong)
    kind = "HALF" if p.is_core else "WRONG"
    return Fault(article.id, kind, gold.amount, detail, _around(article.text, gold.amount_start))


def _around(text: str, at: int) -> str:
    return " ".join(text[max(0, at - 90) : at + 110].split())


def report(scores: Scores, with_faults: bool = False) -> str:
    """The scores as lines of text for a terminal; with `with_faults`, every row to look at comes first."""
    lines = [str(fault) for fault in scores.faults] if with_faults else []
    lines.append(f"articles {scores.articles_found} of {scores.articles} found")
    lines += [_line(name, getattr(scores, name), 10) for name in ("detected", "core", "complete")]
    if scores.candidates is not None:
        found, gold = scores.candidates.right, scores.candidates.gold
        share = scores.candidates.recall
        lines.append(
            f"candidates R {share:.3f}   ({found} of {gold} gold amounts read by the grammar, value and unit right)"
        )
    lines.append(
        "of the core-right rows: " + "  ".join(f"{column} {share:.3f}" for column, share in scores.of_core.items())
    )
    lines.append(
        "F1 of saying: " + "  ".join(f"{c} {tally.f1:.3f} ({tally.gold})" for c, tally in scores.saying.items())
    )
    lines += [_line(f"  {measure}", tally, 18) for measure, tally in scores.by_measure.items()]
    return "\n".join(itertools.chain(lines, _confidence_lines(scores)))


def _line(name: str, tally: Tally, width: int) -> str:
    shares = f"P {tally.precision:.3f}  R {tally.recall:.3f}  F1 {tally.f1:.3f}"
    return f"{name:{width}} {shares}   ({tally.right} right of {tally.predicted}, {tally.gold} in gold)"


def _confidence_lines(scores: Scores) -> Iterator[str]:
    if scores.brier is None:
        return
    sure = f"precision {scores.sure.precision:.3f}, covering {scores.sure.recall:.3f} of gold"
    yield f"confidence: Brier {scores.brier:.4f}; at {SURE} and above {sure}"
    for one in scores.reliability:
        told = f"promised {one.confidence:.2f}, right {one.right:.2f}"
        yield f"  {one.low:.1f}-{one.high:.1f}  {one.rows:4} rows  {told}"


def run(gold: Path, extract: Extract, errors: bool = False) -> str:
    """The report on a gold file: reads it, lets `extract` read its articles, and scores what comes back.

    `extract` gets the gold articles and gives the articles as kept (each with the gold id as `source_id`) and the rows.

    Raises:
        tasks.gold.BadGold: the file is not a gold file; the message names each line and fault.
        OSError: it cannot be read.
    """
    gold_articles = load_gold(gold)
    articles, figures = extract(gold_articles)
    scores = evaluate(gold_articles, articles, figures, amounts.find_amounts)
    return report(scores, with_faults=errors)
