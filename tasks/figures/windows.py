"""An article cut into the passages that the encoder reads, each with the amounts and candidates in it.

A passage is ``[CLS] date | source | title [SEP] words ... [unused0] amount [unused1] ... words [SEP]``: every amount
of the grammar stands between marks. Candidates (parties, speakers, periods) keep their places; one that lies outside
an amount's passage cannot be chosen for it. A passage depends on its article alone, so no row depends on another
article or on how articles are batched.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from tasks.figures.spans import Amount, Context
from tasks.records import Measure, PeriodKind, Status

MEASURES: tuple[Measure | None, ...] = (
    None,
    "expenditure",
    "component",
    "change",
    "share_of_gdp",
    "share_of_budget",
    "share_of_world",
    "per_capita",
    "arms_deal",
    "aid",
)
STATUSES: tuple[Status, ...] = ("actual", "budgeted", "planned", "hypothetical")
PERIOD_KINDS: tuple[PeriodKind, ...] = ("calendar", "fiscal", "multi_year", "unknown")
POINTERS = {"spender": "party", "counterparty": "party", "claimant": "speaker", "period": "period"}
"""What the encoder points at for an amount, and the kind of candidate that it chooses among."""
KINDS = ("party", "speaker", "period")
LENGTH = 384
HEADER_LENGTH = 44
BEFORE, AFTER = 120, 48
"""Pieces that an amount should have before and after it in its passage."""
CROWD = 20
"""Amounts among those before; each one more costs a piece, so that tables of numbers too are read in few passages."""
LONGEST_AMOUNT = 64
"""Pieces of an amount beyond which the rest of it stands outside the marks, so that no passage outgrows `LENGTH`."""
OPEN_MARK, CLOSE_MARK = "[unused0]", "[unused1]"
DISTANCES, BETWEENS = 16, 8
"""How many classes of distance, and of amounts standing between, the encoder tells apart."""


class Place(NamedTuple):
    """Where a candidate stands: characters of the text, or of the header."""

    start: int
    end: int
    in_header: bool = False


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text cut into word pieces: ids, and where each begins and ends."""

    ids: list[int]
    starts: list[int]
    ends: list[int]

    def cover(self, start: int, end: int) -> tuple[int, int]:
        """The pieces (first, one after the last) that overlap the characters from `start` to `end`."""
        return bisect_right(self.ends, start), bisect_left(self.starts, end)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the text: its words, and where the date and the title stand in them."""

    text: str
    date: tuple[int, int]
    title_start: int


class Mark(NamedTuple):
    """An amount in a passage: its index in the article, and the places of its two marks."""

    index: int  # type: ignore[assignment]  # hides a method of tuples that nobody asks a mark for
    opened: int
    closed: int


class Candidate(NamedTuple):
    """A candidate in a passage: its index among those given, its first piece, and one after its last."""

    index: int  # type: ignore[assignment]  # as above
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Ids of one passage, the amounts that are read in it, where all its amounts open, and its candidates by kind."""

    ids: list[int]
    marks: list[Mark]
    opened: list[int]
    candidates: dict[str, list[Candidate]]
    body: int

    def distances(self, kind: str) -> npt.NDArray[np.int64]:
        """For each amount read and each candidate of `kind`, the class of their distance; 0: in the header."""
        return self._classes(kind, _distance)

    def betweens(self, kind: str) -> npt.NDArray[np.int64]:
        """The same for how many other amounts stand between the two, before (below 3) or after (above 3)."""
        return self._classes(kind, self._between)

    def _classes(self, kind: str, classify: Callable[[int, int], int]) -> npt.NDArray[np.int64]:
        out = np.zeros((len(self.marks), max(1, len(self.candidates[kind]))), dtype=np.int64)
        for row, mark in enumerate(self.marks):
            for column, candidate in enumerate(self.candidates[kind]):
                out[row, column] = classify(candidate.first, mark.opened) if candidate.first >= self.body else 0
        return out

    def _between(self, first: int, opened: int) -> int:
        low, high = sorted((first, opened))
        count = bisect_left(self.opened, high) - bisect_right(self.opened, low)
        return 4 + max(-3, min(3, count if first > opened else -count))

    def means(self, kind: str) -> npt.NDArray[np.float32]:
        """A row for each candidate of `kind` (at least one) that averages its pieces."""
        rows = [(candidate.first, candidate.last) for candidate in self.candidates[kind]]
        return _averages(rows, len(self.ids))

    def amount_means(self) -> npt.NDArray[np.float32]:
        """A row for each amount read that averages its pieces and its opening mark."""
        return _averages([(mark.opened, mark.closed) for mark in self.marks], len(self.ids))


def _distance(first: int, opened: int) -> int:
    steps = min(7, abs(first - opened).bit_length())
    return 8 + steps if first > opened else 8 - steps


def _averages(rows: Sequence[tuple[int, int]], length: int) -> npt.NDArray[np.float32]:
    out = np.zeros((max(1, len(rows)), length), dtype=np.float32)
    for row, (first, last) in enumerate(rows):
        out[row, first:last] = 1 / (last - first)
    return out


def header(context: Context) -> Header:
    """The words that tell an article's date, publisher and title."""
    date = context.published.isoformat() if context.published else "undated"
    text = f"{date} | {context.source or ''} | {context.title or ''}"
    return Header(text, (0, len(date)), len(text) - len(context.title or ""))


def pieces(tokenizer: Tokenizer, text: str) -> Pieces:
    """`text` cut by the encoder's tokenizer, no special pieces added."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return Pieces(encoding.ids, [start for start, _ in encoding.offsets], [end for _, end in encoding.offsets])


def _special(tokenizer: Tokenizer, name: str) -> int:
    found = tokenizer.token_to_id(name)
    if found is None:
        raise ValueError(f"the encoder's tokenizer has no piece {name}")
    return found


def allowed_measures(amount: Amount) -> npt.NDArray[np.bool_]:
    """Which of `MEASURES` an amount in that unit can be: a percentage is a share or a change, money never a share."""
    is_percent = amount.unit == "PCT"
    return np.array(
        [measure is None or measure == "change" or is_percent == measure.startswith("share_of") for measure in MEASURES]
    )


def passages(
    tokenizer: Tokenizer,
    text: Pieces,
    head: Pieces,
    amounts: Sequence[Amount],
    candidates: Mapping[str, Sequence[Place]],
) -> Iterator[Passage]:
    """Passages in which every amount is read once, with `BEFORE` pieces before it where text and crowd allow it."""
    covers = [_marked(*text.cover(amount.start, amount.end)) for amount in amounts]
    header_ids = head.ids[:HEADER_LENGTH]
    room = LENGTH - len(header_ids) - 3
    at = 0
    while at < len(covers):
        begin = _begin(covers, at)
        stop, read = _extent(covers, at, begin, room, len(text.ids))
        yield _passage(tokenizer, text, header_ids, head, covers, range(at, at + read), (begin, stop), candidates)
        at += read


def _marked(first: int, last: int) -> tuple[int, int]:
    return first, min(last, first + LONGEST_AMOUNT)


def _begin(covers: Sequence[tuple[int, int]], at: int) -> int:
    """Where the passage of an amount begins: `BEFORE` pieces before it, fewer where amounts crowd there."""
    begin = max(0, covers[at][0] - BEFORE)
    return begin + max(0, at - bisect_left(covers, (begin, 0)) - CROWD)


def _extent(covers: Sequence[tuple[int, int]], at: int, begin: int, room: int, length: int) -> tuple[int, int]:
    """Where a passage that begins at `begin` stops, and how many amounts from `at` on are read in it."""
    stop = min(length, max(_stop(covers, begin, room), covers[at][1]))
    read = 1
    while at + read < len(covers) and (
        covers[at + read][1] + AFTER <= stop or (stop == length and covers[at + read][1] <= stop)
    ):
        read += 1
    return stop, read


def _stop(covers: Sequence[tuple[int, int]], begin: int, room: int) -> int:
    """How far `room` pieces reach from `begin`, the two marks of every amount among them."""
    marked = 0
    for first, last in covers:
        if first < begin:
            continue
        if last + 2 * (marked + 1) > begin + room:
            return min(begin + room - 2 * marked, last - 1)
        marked += 1
    return begin + room - 2 * marked


def _passage(
    tokenizer: Tokenizer,
    text: Pieces,
    header_ids: list[int],
    head: Pieces,
    covers: Sequence[tuple[int, int]],
    read: range,
    extent: tuple[int, int],
    candidates: Mapping[str, Sequence[Place]],
) -> Passage:
    begin, stop = extent
    cls, sep, opening, closing = (_special(tokenizer, name) for name in ("[CLS]", "[SEP]", OPEN_MARK, CLOSE_MARK))
    marked = [(index, *cover) for index, cover in enumerate(covers) if begin <= cover[0] and cover[1] <= stop]
    cuts = sorted([first for _, first, _ in marked] + [last for _, _, last in marked])
    body = len(header_ids) + 2
    ids = [cls, *header_ids, sep]
    at = begin
    marks = []
    for index, first, last in marked:
        ids += [*text.ids[at:first], opening]
        opened = len(ids) - 1
        ids += [*text.ids[first:last], closing]
        marks.append(Mark(index, opened, len(ids) - 1))
        at = last
    ids += [*text.ids[at:stop], sep]

    def placed(place: Place) -> tuple[int, int] | None:
        if place.in_header:
            first, last = head.cover(place.start, place.end)
            return (1 + first, 1 + min(last, len(header_ids))) if first < min(last, len(header_ids)) else None
        first, last = text.cover(place.start, place.end)
        if not begin <= first < last <= stop:
            return None
        return body + first - begin + bisect_right(cuts, first), body + last - begin + bisect_right(cuts, last - 1)

    return Passage(
        ids=ids,
        marks=[mark for mark in marks if mark.index in read],
        opened=[mark.opened for mark in marks],
        candidates={
            kind: [
                Candidate(index, *found) for index, place in enumerate(places) if (found := placed(place)) is not None
            ]
            for kind, places in candidates.items()
        },
        body=body,
    )
