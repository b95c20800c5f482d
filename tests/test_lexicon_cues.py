"""Cues are read with their named words, heard by distance and side, and every one of them can be heard."""

import re

import pytest

from tasks.lexicon.cues import FADING, Cue, answers, evened, is_heard, strength
from tasks.lexicon.tables import document

TABLES = ("measures.toml", "statuses.toml")


def cue(where: str, near: int = 0) -> Cue:
    return Cue(re.compile("army", re.IGNORECASE), 2.0, where, near, FADING)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("where", "heard"), [("before", (1, 0, 0)), ("after", (0, 1, 0)), ("any", (1, 1, 0)), ("passage", (0, 0, 1))]
)
def test_lexicon_cues_hear_their_side_only(where: str, heard: tuple[int, int, int]) -> None:
    one = cue(where)
    assert (one.hear("the Army", ""), one.hear("", "army"), one.hear("", "", "an army")) == heard


def test_lexicon_cues_fade_with_distance() -> None:
    gap = " " * int(FADING)
    assert cue("before").hear("army" + gap, "") == 0.5
    assert cue("after").hear("", gap + "army") == 0.5
    assert cue("before", near=60).hear("army" + gap, "") == 1
    assert cue("any").hear("army" + gap, "army") == 1


@pytest.mark.parametrize("table", TABLES)
def test_lexicon_cues_are_read_whole(table: str) -> None:
    blocks = document(table)
    assert {name: len(answer.cues) for name, answer in answers(table).items()} == {
        name: len(block["cues"]) for name, block in blocks.items() if isinstance(block, dict) and "cues" in block
    }
    assert all(
        set(row) <= {"pattern", "weight", "where", "near"} for block in blocks.values() for row in rows_of(block)
    )
    assert not [
        cue
        for answer in answers(table).values()
        for cue in answer.cues
        if re.search(r"(?<!\?)<\w", cue.pattern.pattern)
    ]
    assert all(cue.weight >= 0 for answer in answers(table).values() for cue in answer.cues)


def rows_of(block: object) -> list[dict[str, object]]:
    return block.get("cues", []) if isinstance(block, dict) else []


def test_lexicon_cues_sum_up_to_a_strength() -> None:
    loud = strength("measures.toml", "expenditure", "the defence budget is ", "")
    assert (
        loud
        > strength("measures.toml", "expenditure", "the weather is ", "")
        == answers("measures.toml")["expenditure"].bias
    )


def test_lexicon_cues_are_written_with_one_apostrophe() -> None:
    assert evened("NATO's\nrule") == "NATO’s rule"
    assert not [
        row for table in TABLES for block in document(table).values() for row in rows_of(block) if "'" in str(row)[0]
    ]


def test_lexicon_cues_are_heard_anywhere() -> None:
    assert is_heard("measures.toml", "military", "they feed the Army")
    assert not is_heard("measures.toml", "military", "they feed the poor")
