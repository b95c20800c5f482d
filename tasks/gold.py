"""Annotated articles, and extracted rows laid beside them.

On the floor of ``records``: ``evaluation`` scores against it and ``training`` learns from it. A gold file holds one
JSON object a line, one article:

    id          unique name
    published   date of publication, YYYY-MM-DD, or null
    source      publisher's name;  title: headline
    text        the body as plain text
    figures     list of rows in the order of the text, each with the columns of `GoldFigure`: `amount` is the words of
                the amount as they stand in the text, and `nth` is 0 for the first place where they stand, 1 for the
                second; `duplicate_of` is the index of the earlier row in this list, or null

An extracted row and a gold row are *paired* when their amounts overlap; pairing is one to one and the best agreement
goes first. Offsets of a cleaned text are carried over to the gold text by aligning the two.
"""

import datetime as dt
import difflib
import json
import math
import re
import typing
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.records import SPENDERS_BEYOND_ISO, Article, Figure, Measure, PeriodKind, Qualifier, Status

CORE = ("measure", "spender", "unit", "value")
REST = ("years", "status", "qualifier", "claimant_country", "counterparty", "quoted", "duplicate")
SHOWN = (*REST, "period_kind", "claimant")
TOLERANCE = 0.005

_CLOSED: dict[str, tuple[str, ...]] = {
    "measure": typing.get_args(Measure),
    "qualifier": typing.get_args(Qualifier),
    "status": typing.get_args(Status),
    "period_kind": typing.get_args(PeriodKind),
}
_CODES = ("spender", "counterparty", "claimant_country")
_NUMBERS = ("value_low", "value", "value_high")
_YEARS = ("year_start", "year_end")
COLUMNS = ("amount", "nth", *_NUMBERS, "unit", *_CLOSED, *_CODES, *_YEARS, "claimant", "quoted", "duplicate_of")


class BadGold(ValueError):
    """A file is not a gold file; the message has one line for each fault, with the file, the line and the article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldFigure:
    """One annotated row: the columns of `records.Figure`, and where the words of the amount stand."""

    amount: str
    amount_start: int
    amount_end: int
    measure: Measure
    value_low: float
    value: float | None
    value_high: float
    unit: str
    qualifier: Qualifier
    spender: str | None
    counterparty: str | None
    year_start: int | None
    year_end: int | None
    period_kind: PeriodKind
    status: Status
    claimant: str | None
    claimant_country: str | None
    quoted: bool
    duplicate_of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldArticle:
    """One annotated article."""

    id: str
    published: dt.date | None
    source: str | None
    title: str | None
    text: str
    figures: tuple[GoldFigure, ...]


def load_gold(path: Path) -> list[GoldArticle]:
    """The annotated articles of a file, in its order; every column checked, every amount found in its text.

    Raises:
        BadGold: with all faults of the file.
        OSError: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BadGold(f"{path}: not UTF-8: {error}") from error
    articles: list[GoldArticle] = []
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        article, found = _read(line)
        if article is not None and article.id in {known.id for known in articles}:
            found = [f"the id {article.id} stands twice"]
        faults += [f"{path}:{number}: {fault}" for fault in found]
        if article is not None:
            articles.append(article)
    if not articles and not faults:
        faults = [f"{path}: no article in it"]
    if faults:
        raise BadGold("\n".join(faults))
    return articles


def _read(line: str) -> tuple[GoldArticle | None, list[str]]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return None, [f"not JSON: {error}"]
    faults = list(_article_faults(record))
    if faults:
        return None, faults
    text = record["text"]
    faults = [
        f"{record['id']}: figure {at} ({row.get('amount')!r}): {fault}"
        for at, row in enumerate(record["figures"])
        for fault in figure_faults(row, at, text)
    ] or [f"{record['id']}: {fault}" for fault in _order_faults(record)]
    if faults:
        return None, faults
    published = record["published"]
    article = GoldArticle(
        id=record["id"],
        published=None if published is None else dt.date.fromisoformat(published),
        source=record["source"],
        title=record["title"],
        text=text,
        figures=tuple(figure(row, text) for row in record["figures"]),
    )
    return article, []


def figure(row: dict[str, Any], text: str) -> GoldFigure:
    """A row without faults, its amount found in the text."""
    start = nth_place(text, row["amount"], row["nth"])
    assert start is not None, "checked before"
    columns = {column: row[column] for column in COLUMNS if column != "nth"}
    for end in ("value_low", "value_high"):
        columns[end] = row["value"] if row[end] is None else row[end]
    return GoldFigure(amount_start=start, amount_end=start + len(row["amount"]), **columns)


def nth_place(text: str, words: str, nth: int) -> int | None:
    """Where `words` stand for the nth time (from 0), not inside a longer word or number; None if nowhere."""
    places = (match.start() for match in re.finditer(f"(?={re.escape(words)})", text))
    whole = [start for start in places if _stands_alone(text, words, start)]
    return whole[nth] if nth < len(whole) else None


def _stands_alone(text: str, words: str, start: int) -> bool:
    before, after = text[:start][-1:], text[start + len(words) :][:1]
    return not (before.isalnum() and words[0].isalnum()) and not (after.isalnum() and words[-1].isalnum())


def _article_faults(record: object) -> Iterator[str]:
    if not isinstance(record, dict):
        yield "not an object"
        return
    absent = [key for key in ("id", "published", "source", "title", "text", "figures") if key not in record]
    if absent:
        yield "no " + ", ".join(absent)
        return
    for key in ("id", "text"):
        if not isinstance(record[key], str) or not record[key]:
            yield f"{key} is {record[key]!r}"
    for key in ("source", "title"):
        if not isinstance(record[key], str | None):
            yield f"{key} is {record[key]!r}"
    if record["published"] is not None and not _is_date(record["published"]):
        yield f"published is {record['published']!r}, no date YYYY-MM-DD"
    if not isinstance(record["figures"], list) or not all(isinstance(row, dict) for row in record["figures"]):
        yield "figures is no list of objects"


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and dt.date.fromisoformat(value) is not None
    except ValueError:
        return False


def figure_faults(row: dict[str, Any], index: int, text: str) -> Iterator[str]:
    """What is wrong with the row at `index` of an annotated article with this text; nothing for a good one."""
    absent = [column for column in COLUMNS if column not in row]
    if absent:
        yield "no " + ", ".join(absent)
        return
    yield from _place_faults(row, text)
    for column, allowed in _CLOSED.items():
        if row[column] not in allowed:
            yield f"{column} is {row[column]!r}"
    for column in _CODES:
        is_needed = column == "spender" and row["measure"] != "arms_deal"
        if not _is_code(row[column]) and (is_needed or row[column] is not None):
            yield f"{column} is {row[column]!r}"
    yield from _value_faults(row)
    yield from _year_faults(row)
    earlier = row["duplicate_of"]
    if earlier is not None and not (_is_whole(earlier) and 0 <= earlier < index):
        yield "duplicate_of points nowhere"
    if not isinstance(row["quoted"], bool):
        yield "quoted is not true or false"
    if not isinstance(row["claimant"], str | None):
        yield f"claimant is {row['claimant']!r}"


def _place_faults(row: dict[str, Any], text: str) -> Iterator[str]:
    words, nth = row["amount"], row["nth"]
    if not (isinstance(words, str) and words and _is_whole(nth) and nth >= 0):
        yield f"amount and nth are {words!r}, {nth!r}"
        return
    start = nth_place(text, words, nth)
    if start is None:
        yield f"these words do not stand {nth + 1} time(s) in the text"
    elif row.get("amount_start", start) != start or row.get("amount_end", start + len(words)) != start + len(words):
        yield f"these words stand at {start}, not at {row.get('amount_start')} to {row.get('amount_end')}"


def _value_faults(row: dict[str, Any]) -> Iterator[str]:
    if not (isinstance(row["unit"], str) and re.fullmatch("[A-Z]{3}", row["unit"])):
        yield f"unit is {row['unit']!r}"
    is_share = str(row["measure"]).startswith("share_of")
    if (row["unit"] == "PCT") != is_share and row["measure"] != "change":
        yield "PCT does not fit the measure"
    numbers = [row[column] for column in _NUMBERS]
    if not all(number is None or _is_number(number) for number in numbers):
        yield f"values {numbers}"
        return
    low, value, high = numbers
    if row["qualifier"] == "order":
        if value is not None or low is None or high is None:
            yield "an order of magnitude has two ends and no value"
    elif value is None:
        yield "no value"
    elif not (value if low is None else low) <= value <= (value if high is None else high):
        yield "value is outside low and high"


def _year_faults(row: dict[str, Any]) -> Iterator[str]:
    first, last = (row[column] for column in _YEARS)
    if (first is None) != (last is None):
        yield "one year without the other"
    elif first is not None and not (_is_whole(first) and _is_whole(last) and 1700 <= first <= last <= 2100):
        yield f"years {first}, {last}"


def _order_faults(record: dict[str, Any]) -> Iterator[str]:
    previous = (-1, "", None)
    for at, row in enumerate(record["figures"]):
        start = nth_place(record["text"], row["amount"], row["nth"]) or 0
        this = (start, row["measure"], row["spender"])
        if this == previous:
            yield f"figure {at} ({row['amount']!r}): the same amount, measure and spender twice"
        if start < previous[0]:
            yield f"figure {at} ({row['amount']!r}): not in the order of the text"
        previous = this


def _is_code(value: object) -> bool:
    return isinstance(value, str) and (value in SPENDERS_BEYOND_ISO or re.fullmatch("[A-Z]{3}", value) is not None)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class Placed:
    """An extracted row with its amount's place in the gold text."""

    start: int
    end: int
    row: Figure


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold row, the extracted row that is taken for it (indices), and the columns in which they agree."""

    gold: int
    row: int
    agreed: frozenset[str]

    @property
    def is_core(self) -> bool:
        """Whether measure, spender, unit and value agree."""
        return self.agreed.issuperset(CORE)

    @property
    def is_complete(self) -> bool:
        """Whether every column that counts agrees."""
        return self.agreed.issuperset(CORE + REST)


@dataclass(frozen=True, slots=True)
class Compared:
    """One gold article beside the rows that were extracted from it."""

    article: GoldArticle
    rows: list[Placed]
    pairs: list[Pair]


def _near(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= TOLERANCE * max(abs(ours), abs(theirs))


def same_value(gold: GoldFigure, low: float, value: float | None, high: float) -> bool:
    """Whether these are the gold row's numbers: both ends for a range or an order of magnitude, else the value."""
    if gold.qualifier in ("order", "range"):
        return _near(gold.value_low, low) and _near(gold.value_high, high)
    return _near(gold.value, value)


def surname(name: str | None) -> str:
    """The last word of a name in lower case, by which two forms of it are compared; empty for none."""
    words = "".join(letter if letter.isalnum() else " " for letter in (name or "").lower()).split()
    return words[-1] if words else ""


def cell(row: GoldFigure | Figure, column: str) -> Any:
    """What a row says in a column; `years`, `duplicate` and `value` stand for several or for a yes and no."""
    if column == "years":
        return None if row.year_start is None and row.year_end is None else (row.year_start, row.year_end)
    if column == "duplicate":
        return row.duplicate_of is not None
    if column == "value":
        return (row.value_low, row.value, row.value_high)
    return getattr(row, column)


def _agrees(gold: GoldFigure, row: Figure, column: str) -> bool:
    if column == "value":
        return same_value(gold, row.value_low, row.value, row.value_high)
    if column == "claimant":
        return surname(gold.claimant) == surname(row.claimant)
    return bool(cell(gold, column) == cell(row, column))


def agreement(gold: GoldFigure, row: Figure) -> frozenset[str]:
    """The columns of `CORE` and `SHOWN` in which an extracted row says what the gold row says."""
    return frozenset(column for column in CORE + SHOWN if _agrees(gold, row, column))


def offsets_between(cleaned: str, gold: str) -> Callable[[int], int]:
    """A function from an offset of `cleaned` to the nearest offset of `gold` that the two texts' alignment allows."""
    if cleaned == gold:
        return lambda at: at
    blocks = difflib.SequenceMatcher(None, cleaned, gold, autojunk=False).get_matching_blocks()
    starts = [block.a for block in blocks]

    def carry(at: int) -> int:
        # An offset on the seam of two blocks belongs to the first of them.
        after = bisect_right(starts, at)
        for block in blocks[max(after - 2, 0) : after]:
            if block.a <= at <= block.a + block.size:
                return block.b + at - block.a
        return blocks[after].b if after < len(blocks) else len(gold)

    return carry


def pair(golds: Sequence[GoldFigure], rows: Sequence[Placed]) -> list[Pair]:
    """One-to-one pairs of overlapping amounts, the best agreement first."""
    options = [
        Pair(g, r, agreement(gold, placed.row))
        for g, gold in enumerate(golds)
        for r, placed in enumerate(rows)
        if placed.start < gold.amount_end and gold.amount_start < placed.end
    ]
    pairs: list[Pair] = []
    used_gold, used_rows = set(), set()
    for option in sorted(options, key=lambda option: (-_weight(option.agreed), option.gold, option.row)):
        if option.gold not in used_gold and option.row not in used_rows:
            used_gold.add(option.gold)
            used_rows.add(option.row)
            pairs.append(option)
    return pairs


def _weight(agreed: frozenset[str]) -> int:
    core = len(agreed.intersection(CORE))
    return 100 * (core == len(CORE)) + 10 * core + len(agreed.intersection(REST))


def compare(
    gold_articles: Iterable[GoldArticle], articles: Iterable[Article], figures: Iterable[Figure]
) -> list[Compared]:
    """Each gold article beside its rows; articles are joined on `source_id`, the id that the input record carried."""
    by_source = {article.source_id: article for article in articles if article.source_id is not None}
    rows_of: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        rows_of[figure.article_id].append(figure)
    return [_compare(gold, by_source.get(gold.id), rows_of) for gold in gold_articles]


def _compare(gold: GoldArticle, article: Article | None, rows_of: dict[str, list[Figure]]) -> Compared:
    if article is None:
        return Compared(gold, [], [])
    carry = offsets_between(article.text, gold.text)
    rows = [Placed(carry(row.amount_start), carry(row.amount_end), row) for row in rows_of[article.article_id]]
    return Compared(gold, rows, pair(gold.figures, rows))
