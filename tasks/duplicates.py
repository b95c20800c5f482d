"""Articles that print the same story: the same agency's words in twenty papers, cut, reordered, with another lead.

A text stands for the set of its runs of letters, one from every word on. Of this set only a signature is kept
(MinHash, by rensa), so that articles can be compared with all that were ever stored, and no text but the new ones is in
memory. Two signatures tell how much the sets have in common, and, with their sizes, how much of the smaller lies in the
larger.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from tasks import storage

Numbers = npt.NDArray[np.uint16]
Places = npt.NDArray[np.int64]

RUN = 16
"""Characters in a run; one begins with every word: about three words."""
SLOTS = 128
"""Numbers in a signature, each of 16 bits."""
METHOD = f"{RMinHash.ALGORITHM_VERSION}.{RUN}.{SLOTS}"
"""What signatures must agree in to be compared."""
_SEED = 1
_ROWS = 2
"""Slots that must agree for two articles to be compared at all: any of these pairs of neighbours."""
_LEAST_RUNS = 12
"""Runs below which a text is too short to be known again."""
_LEAST_SHARE = 0.5
"""Least part of the shorter text that stands in the longer one."""
_LEAST_COMMON = 0.12
"""Least part of the runs of both that is common to both: below it the estimate is noise."""
_SAME_STORY = 0.15
"""Part that must be common to an article and to what its earliest copy is a copy of, to call it a copy of that."""
_CROWD = 24
"""Articles with a pair of slots in common, above which each is compared with so many before it, and the first."""
_LETTERS = bytes(ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else ord(" ") for code in range(256))
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], np.uint64)
_SIGNATURE = np.dtype([("runs", "<i4"), ("slots", "<u2", (SLOTS,))])
_PART = 8
_SPACE = ord(" ")


@dataclass(frozen=True, slots=True)
class _Signatures:
    """A row of slots for each article, and how many runs it has."""

    slots: Numbers
    runs: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.runs)


def mark(out: Path) -> int:
    """Marks the near-duplicates among all stored articles; how many have another original than before."""
    return storage.mark_duplicates(out, links(storage.signatures(out, METHOD, sign)))


def sign(texts: Sequence[str]) -> list[bytes]:
    """What is kept of each text to compare it by. Only ASCII letters and digits count, in either case."""
    runs = [_runs(text) for text in texts]
    if not runs:
        return []
    offsets = np.cumsum([0, *map(len, runs)], dtype=np.uint64)
    rows = RMinHash.digest_matrix_from_flat_token_hashes(np.concatenate(runs), offsets, SLOTS, _SEED).to_rows()
    signed = np.zeros(len(texts), _SIGNATURE)
    signed["slots"] = np.array(rows, np.uint32).astype(np.uint16)
    signed["runs"] = [len(each) for each in runs]
    return [row.tobytes() for row in signed]


def links(articles: Iterable[tuple[str, dt.date | None, bytes]]) -> dict[str, str]:
    """For each article that is a near-duplicate of an earlier one the earliest of these: ids to ids.

    Each comes with its id, its date and what `sign` made of its text. The earlier is the one that was published
    earlier; of one day the longer; whatever has no date comes last. So the answer does not depend on the order in which
    articles were read.
    """
    every = list(articles)
    signed = np.frombuffer(b"".join(signature for _, _, signature in every), _SIGNATURE)
    ids, days = [name for name, _, _ in every], [day or dt.date.max for _, day, _ in every]
    order = sorted(range(len(ids)), key=lambda at: (days[at], -int(signed["runs"][at]), ids[at]))
    order = [at for at in order if signed["runs"][at] >= _LEAST_RUNS]
    ranked = _Signatures(signed["slots"][order], signed["runs"][order])
    return {ids[order[later]]: ids[order[first]] for later, first in _earliest(ranked).items()}


def _earliest(ranked: _Signatures) -> dict[int, int]:
    """Places to the place of the earliest near-duplicate; of a copy of a copy the first, if they have much in common.

    So all copies of a story point to the same; but an article of two stories does not make one of both.
    """
    found: dict[int, int] = {}
    for later, earlier in _alike(ranked):
        found[later] = min(earlier, found.get(later, later))
    for later in sorted(found):
        first = found[later]
        beyond = found.get(first, first)
        if beyond != first and _share(ranked, np.array([later]), np.array([beyond]))[0] >= _SAME_STORY:
            found[later] = beyond
    return found


def _runs(text: str) -> npt.NDArray[np.uint64]:
    """A number for each run."""
    letters = b" ".join(text.encode("utf-8", "replace").translate(_LETTERS).split())
    starts = np.flatnonzero(np.frombuffer(b" " + letters, np.uint8) == _SPACE)
    starts = starts[starts <= len(letters) - RUN]
    mixed = np.zeros(len(starts), np.uint64)
    if len(starts):
        parts = np.ndarray((len(letters) - _PART + 1,), "<u8", letters, strides=(1,))  # eight letters from each on
        for place in range(0, RUN, _PART):
            mixed = (mixed ^ parts[starts + place]) * _MIX[0]
            mixed ^= mixed >> np.uint64(29)
            mixed *= _MIX[1]
    return mixed


def _alike(ranked: _Signatures) -> Iterator[tuple[int, int]]:
    """Pairs of articles, the later first, that are near-duplicates; some more than once."""
    for band in range(0, SLOTS, _ROWS):
        keys = ranked.slots[:, band].astype(np.uint32) << np.uint32(16) | ranked.slots[:, band + 1]
        for later, earlier in _neighbours(keys):
            found = _share(ranked, later, earlier) >= _LEAST_SHARE
            yield from zip(later[found].tolist(), earlier[found].tolist(), strict=True)


def _neighbours(keys: npt.NDArray[np.uint32]) -> Iterator[tuple[Places, Places]]:
    """Pairs of places that have one key, the later first, some at a time."""
    order = np.argsort(keys, kind="stable")
    starts = np.searchsorted(keys[order], keys[order], side="left")
    places = np.arange(len(order))
    for back in range(1, _CROWD + 1):
        has = places - back >= starts
        if not has.any():
            return
        yield order[places[has]], order[places[has] - back]
    far = places - starts > _CROWD
    yield order[places[far]], order[starts[far]]


def _share(ranked: _Signatures, one: Places, other: Places) -> npt.NDArray[np.float64]:
    """How much of the smaller of two sets lies in the larger, estimated; 0 where too little is common to tell."""
    common = (ranked.slots[one] == ranked.slots[other]).mean(axis=1)
    sizes = ranked.runs[one].astype(np.float64), ranked.runs[other].astype(np.float64)
    share = common / (1 + common) * (sizes[0] + sizes[1]) / np.minimum(*sizes)
    result: npt.NDArray[np.float64] = np.where(common >= _LEAST_COMMON, np.minimum(share, 1.0), 0.0)
    return result
