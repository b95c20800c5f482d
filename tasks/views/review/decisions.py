"""The file of decisions, ``OUT/reviews/decisions.jsonl``: one a line, added to, and taken from only to forget.

A decision names no `figure_id`, which changes with the engine. It names the article by its raw content
(`raw_sha256`) and the amount by its words and by how often they stand before it, so it holds for the same article read
again, by whatever engine, also where the text is cleaned better.
"""

import datetime as dt
import json
import os
import typing
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from tasks.gold import COLUMNS, figure_faults, nth_place
from tasks.records import REVIEWS
from tasks.storage import Unusable

Verdict = Literal["right", "wrong", "corrected", "missing", "done", "withdrawn"]
_OF_ROWS = ("right", "wrong", "corrected")
Reading = dict[str, Any]
"""What a row says: the columns of an annotated figure (`tasks.gold`)."""


class BadDecision(ValueError):
    """A decision that cannot be; the message is one line for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided about a row, or (`missing`, `done`) about an article.

    `was` is the reading that was judged, `truth` what the article says. `replaces` names an earlier decision that
    holds no more; `withdrawn` only takes that one back.
    """

    id: str
    at: str
    reviewer: str | None
    content: str
    verdict: Verdict
    was: Reading | None = None
    truth: Reading | None = None
    replaces: str | None = None


def path_of(out: Path) -> Path:
    """Where the decisions about the folder `out` are."""
    return out / REVIEWS / "decisions.jsonl"


def load(out: Path) -> dict[str, list[Decision]]:
    """The decisions that hold, by the content of their article, in the order in which they were made.

    Raises:
        Unusable: a line of the file is no decision.
    """
    path = path_of(out)
    if not path.exists():
        return {}
    made = [_read(path, number, line) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line]
    replaced = {decision.replaces for decision in made}
    holding: dict[str, list[Decision]] = defaultdict(list)
    for decision in made:
        if decision.id not in replaced and decision.verdict != "withdrawn":
            holding[decision.content].append(decision)
    return dict(holding)


def _read(path: Path, number: int, line: str) -> Decision:
    try:
        decision = Decision(**json.loads(line))
    except (ValueError, TypeError, RecursionError) as error:
        raise Unusable(f"{path}:{number}: no decision: {error}") from error
    if decision.verdict not in typing.get_args(Verdict):
        raise Unusable(f"{path}:{number}: the verdict is {decision.verdict!r}")
    for reading in (decision.was, decision.truth):
        if reading is not None and not set(COLUMNS) <= set(reading):
            raise Unusable(f"{path}:{number}: a reading lacks {', '.join(set(COLUMNS) - set(reading))}")
    return decision


def decide(out: Path, content: str, text: str, asked: Mapping[str, Any], reviewer: str | None) -> Decision:
    """Adds a decision to the file, on disk when this returns.

    `asked` has its `verdict`, and as that needs them `was`, `truth` and `replaces`; `text` is the article's.

    Raises:
        BadDecision: what is asked for cannot be: a word of a closed set is none, the amount is not in the text, ...
    """
    verdict = asked.get("verdict")
    if verdict not in typing.get_args(Verdict):
        raise BadDecision(f"no verdict is called {verdict!r}")
    was, truth = asked.get("was"), asked.get("truth")
    needs_truth = verdict in ("right", "corrected", "missing")
    if (verdict in _OF_ROWS and was is None) or (needs_truth and truth is None):
        raise BadDecision(f"{verdict}: of which figure?")
    if was is not None and not set(COLUMNS) <= set(was):
        raise BadDecision(f"the figure that was judged lacks {', '.join(sorted(set(COLUMNS) - set(was)))}")
    if verdict == "withdrawn" and not asked.get("replaces"):
        raise BadDecision("withdrawn: which decision?")
    truth = truth if needs_truth else None
    faults = list(figure_faults({**truth, "duplicate_of": None}, 0, text)) if truth is not None else []
    if faults:
        raise BadDecision("; ".join(faults))
    decision = Decision(
        id=uuid.uuid4().hex[:16],
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        reviewer=reviewer,
        content=content,
        verdict=verdict,  # type: ignore[arg-type]
        was={column: was[column] for column in COLUMNS} if was is not None and verdict in _OF_ROWS else None,
        truth=None if truth is None else {column: truth[column] for column in COLUMNS},
        replaces=asked.get("replaces"),
    )
    _append(path_of(out), decision)
    return decision


def _append(path: Path, decision: Decision) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(decision), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def forget(out: Path, contents: Collection[str]) -> int:
    """Takes all decisions about articles of these contents out of the file for good; how many they were.

    Raises:
        Unusable: a line of the file is no decision.
    """
    path = path_of(out)
    if not path.exists():
        return 0
    lines = [line for line in path.read_text("utf-8").splitlines() if line]
    kept = [line for number, line in enumerate(lines, 1) if _read(path, number, line).content not in contents]
    if len(kept) < len(lines):
        beside = path.with_suffix(".unfinished")
        beside.write_text("".join(f"{line}\n" for line in kept), "utf-8")
        beside.replace(path)
    return len(lines) - len(kept)


def place(text: str, start: int, end: int) -> tuple[str, int]:
    """The words of an amount, and how many times they stand in the text before it, not inside longer words."""
    words = text[start:end]
    nth = 0
    while (found := nth_place(text, words, nth)) is not None and found < start:
        nth += 1
    return words, nth


def reading_of(row: Mapping[str, Any], text: str, earlier: Mapping[str, tuple[str, int]]) -> Reading:
    """What a row of `figures` says; of a repetition `duplicate_of` is the place of the figure that it repeats.

    `earlier` says for a `figure_id` where its amount stands.
    """
    words, nth = place(text, row["amount_start"], row["amount_end"])
    repeated = earlier.get(row["duplicate_of"] or "")
    own = {column: row[column] for column in COLUMNS if column not in ("amount", "nth", "duplicate_of")}
    return {"amount": words, "nth": nth, **own, "duplicate_of": list(repeated) if repeated else None}
