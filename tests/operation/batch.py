"""One run of the flow in a process of its own, which may kill itself: batch.py INBOX OUT SHARD_SIZE [MOMENT].

The model only cuts sentences and the engine finds one figure an article, so that a run takes seconds. A moment is
``door:shard:place``: the run kills itself (SIGKILL) when that door has come to that shard, there ``before`` or
``after`` its work; at `store` also once ``1`` to ``4`` of its files are in place, or ``half`` of the first is written.
"""

import functools
import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import spacy

import flows.news
from tasks import steps, storage
from tasks.records import Article, Figure


def main(inbox: str, out: str, size: str, moment: str = "") -> None:
    flows.news.SHARD_SIZE = int(size)
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    steps.entities.load_model = lambda name: nlp  # type: ignore[assignment]
    steps.assemble.extract = _figures  # type: ignore[assignment]
    if moment:
        door, shard, place = moment.split(":")
        _plant(door, int(shard), place)
    flows.news.news([Path(inbox)], Path(out))


def _plant(door: str, shard: int, place: str) -> None:
    task = getattr(steps, door)
    work, calls = task.fn, itertools.count(1)

    @functools.wraps(work)
    def killed(*arguments: Any, **keywords: Any) -> Any:
        is_here = next(calls) == shard
        if is_here and place == "before":
            _die()
        if is_here and place == "half":
            _plant_in(pq, "write_table", 1, half=True)
        if is_here and place.isdigit():
            _plant_in(storage, "_sync_folder", int(place))
        result = work(*arguments, **keywords)
        if is_here:
            _die()
        return result

    task.fn = killed


def _plant_in(owner: Any, name: str, call: int, half: bool = False) -> None:
    work, calls = getattr(owner, name), itertools.count(1)

    def killed(*arguments: Any, **keywords: Any) -> Any:
        if next(calls) == call:
            if half:
                arguments[1].write(b"PAR1 and no more")
                arguments[1].flush()
            _die()
        return work(*arguments, **keywords)

    setattr(owner, name, killed)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _figures(doc: Any, article: Article, *_: Any) -> list[Figure]:
    values: dict[str, Any] = {
        **dict.fromkeys(Figure.__dataclass_fields__),
        "figure_id": f"{article.article_id}-1",
        "article_id": article.article_id,
        "measure": "expenditure",
        "value_low": 1.0,
        "value": 1.0,
        "value_high": 1.0,
        "unit": "USD",
        "qualifier": "exact",
        "spender": "IRN",
        "period_kind": "unknown",
        "status": "actual",
        "quoted": False,
        "confidence": 0.5,
        "amount_start": 0,
        "amount_end": 1,
        "sentence_start": 0,
        "sentence_end": 5,
        "evidence": article.text[:5],
    }
    return [Figure(**values)]


if __name__ == "__main__":
    main(*sys.argv[1:])
