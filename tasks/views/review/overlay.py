"""Rows of an article and the decisions about it -> the rows as people left them.

Decisions outlive the engine that they judged, so each is laid over what is read now:

- What the article says (`right`, `corrected`, `missing`) takes the place of the row that says the same, else of the row
  that was judged, else of any row that the engine reads in these words; where it reads none, a row is added.
- A row that was judged wrong goes, and with it any that says the same; another reading of the same words stays.
- In an article that is done, what nobody found right goes.
- Where the words of an amount no longer stand in the text, the decision rests, and is kept.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks import money
from tasks.gold import nth_place
from tasks.records import SCHEMAS
from tasks.views.review.decisions import Decision, Reading

Row = dict[str, Any]

_CORE = ("measure", "spender", "unit", "value_low", "value", "value_high")
_JUDGED = (
    *("measure", "value_low", "value", "value_high", "unit", "qualifier", "spender", "counterparty", "year_start"),
    *("year_end", "period_kind", "status", "claimant", "claimant_country", "quoted"),
)
_END = re.compile(r"[.!?][\"”’')\]]*\s+|\n+")


@dataclass(frozen=True, slots=True)
class Laid:
    """The rows of an article as people left them, those taken away, and the decisions that find no words any more."""

    rows: list[Row]
    dropped: list[Row]
    resting: list[Decision]


def lay(rows: Sequence[Row], article: Mapping[str, Any], decisions: Iterable[Decision]) -> Laid:
    """The rows of an article (with `text`, `article_id` and `published`) under the decisions that hold about it.

    Each row has `reviewed`: right where people agree with what is read now, corrected where they do not, added where
    nothing is read, None where nobody looked; and the `decision` that says so.
    """
    text = article["text"]
    held = list(decisions)
    found = [(decision, span) for decision in held if (span := _span(decision, text)) is not None]
    resting = [each for each in held if each.verdict != "done" and each.id not in {one.id for one, _ in found}]
    left = [{**row, "reviewed": None, "decision": None} for row in rows]
    laid: list[Row] = []
    for choose in (_says_the_same, _was_judged, _stands_there):
        for decision, span in list(found):
            if decision.truth is None or (choose is not _says_the_same and decision.verdict == "missing"):
                continue
            row = next((row for row in left if _overlaps(row, span) and choose(row, decision)), None)
            if row is not None:
                left.remove(row)
                found.remove((decision, span))
                laid.append(_corrected(row, decision, span, article))
    laid += [_added(decision, span, article) for decision, span in found if decision.truth is not None]
    wrong = [(decision, span) for decision, span in found if decision.verdict == "wrong"]
    is_done = any(decision.verdict == "done" for decision in held)
    kept: list[Row] = []
    dropped: list[Row] = []
    for row in left:
        judge = next((one for one, span in wrong if _overlaps(row, span) and _agrees(row, one.was, _CORE)), None)
        row["decision"] = judge.id if judge else None
        (dropped if judge or is_done else kept).append(row)
    ordered = sorted(laid + kept, key=lambda row: (row["amount_start"], row["figure_id"]))
    return Laid(_with_repetitions(ordered, text), dropped, resting)


def _span(decision: Decision, text: str) -> tuple[int, int] | None:
    reading = decision.truth or decision.was
    if reading is None:
        return None
    start = nth_place(text, reading["amount"], reading["nth"])
    return None if start is None else (start, start + len(reading["amount"]))


def _overlaps(row: Row, span: tuple[int, int]) -> bool:
    return bool(row["amount_start"] < span[1] and span[0] < row["amount_end"])


def _agrees(row: Row, reading: Reading | None, columns: Iterable[str]) -> bool:
    return reading is not None and all(row[column] == reading[column] for column in columns)


def _says_the_same(row: Row, decision: Decision) -> bool:
    return _agrees(row, decision.truth, ("measure", "spender"))


def _was_judged(row: Row, decision: Decision) -> bool:
    return _agrees(row, decision.was, _CORE)


def _stands_there(row: Row, decision: Decision) -> bool:
    return True


def _corrected(row: Row, decision: Decision, span: tuple[int, int], article: Mapping[str, Any]) -> Row:
    truth = decision.truth or {}
    name = "right" if all(row[column] == truth[column] for column in _JUDGED) else "corrected"
    judged = {column: truth[column] for column in _JUDGED}
    changed = {**row, **judged, "amount_start": span[0], "amount_end": span[1]}
    is_same_money = all(row[column] == truth[column] for column in (*_CORE, "year_start", "year_end"))
    beside = {} if is_same_money else _money(truth, article) | _nothing_beside()
    return {**changed, **beside, **_trusted(name, decision), "duplicate_of": None}


def _added(decision: Decision, span: tuple[int, int], article: Mapping[str, Any]) -> Row:
    truth = decision.truth or {}
    start, end = _sentence(article["text"], *span)
    key = f"{decision.content} {truth['amount']} {truth['nth']} {truth['measure']} {truth['spender']}"
    row: Row = dict.fromkeys(SCHEMAS["figures"].names)
    row |= {name: article.get(name) for name in ("title", "url", "source", "published") if name in article}
    row |= {column: truth[column] for column in _JUDGED} | _money(truth, article)
    row |= {"figure_id": hashlib.sha256(key.encode()).hexdigest()[:32], "article_id": article["article_id"]}
    row |= {"amount_start": span[0], "amount_end": span[1], "sentence_start": start, "sentence_end": end}
    return {**row, "evidence": article["text"][start:end], **_trusted("added", decision)}


def _trusted(name: str, decision: Decision) -> Row:
    repeated = (decision.truth or {})["duplicate_of"]
    return {"confidence": 1.0, "flags": None, "reviewed": name, "decision": decision.id, "repeats": repeated}


def _nothing_beside() -> Row:
    return dict.fromkeys(("reference_value", "reference_unit", "reference_ratio"))


def _money(truth: Reading, article: Mapping[str, Any]) -> Row:
    rate = money.rate(truth["unit"], truth["year_start"], truth["year_end"], article["published"])
    names = (("usd_low", "value_low"), ("usd", "value"), ("usd_high", "value_high"))
    if rate is None:
        return dict.fromkeys(("usd_low", "usd", "usd_high", "fx_source"))
    return {usd: rate.usd(truth[name]) for usd, name in names} | {"fx_source": rate.source}


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a span, as far as punctuation and lines tell."""
    first = max((match.end() for match in _END.finditer(text, 0, start)), default=0)
    after = _END.search(text, end)
    last = len(text) if after is None else after.end()
    return first, first + len(text[first:last].rstrip())


def _with_repetitions(rows: list[Row], text: str) -> list[Row]:
    """The rows, `duplicate_of` of those that people saw naming the row at the place that was given."""
    places: dict[int, str] = {}
    for row in rows:
        places.setdefault(row["amount_start"], row["figure_id"])
    for row in rows:
        repeated = row.pop("repeats", None)
        if repeated:
            start = nth_place(text, repeated[0], repeated[1])
            earlier = None if start is None else places.get(start)
            row["duplicate_of"] = None if earlier == row["figure_id"] else earlier
    return rows
