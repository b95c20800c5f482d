"""How far opinions can be believed, learned from annotated articles. The opinions here are invented."""

import json
import random
from pathlib import Path

import pytest

from tasks import calibrating
from tasks.calibrating import Opinions, believed, likelihood, opinions, weighed
from tasks.corpus import Places
from tasks.figures import blending, confidence, encoder
from tasks.figures.confidence import Grounds


def asked(knowing: str, other: str, count: int = 80) -> list[Opinions]:
    """Questions to which one side knows the answer nine times in ten; the other guesses."""
    drawn = random.Random(4)
    out = []
    for _ in range(count):
        right = drawn.choice("ab")
        wrong = "b" if right == "a" else "a"
        sure = right if drawn.random() < 0.9 else wrong
        guess = drawn.choice("ab")
        said = {knowing: {sure: 0.8, "ba"[sure == "b"]: 0.2}, other: {guess: 0.8, "ba"[guess == "b"]: 0.2}}
        out.append(Opinions(said["encoder"], said["rules"], frozenset(right)))
    return out


@pytest.mark.parametrize(("knowing", "other"), [("encoder", "rules"), ("rules", "encoder")])
def test_calibrating_believes_the_side_that_knows(knowing: str, other: str) -> None:
    heard = asked(knowing, other)
    of_encoder, of_rules = weighed(heard)
    assert (of_encoder > of_rules + 0.5) == (knowing == "encoder")
    assert likelihood(heard, (of_encoder, of_rules)) >= likelihood(heard, (of_rules, of_encoder))


def test_calibrating_learns_what_makes_a_row_likely() -> None:
    drawn = random.Random(5)
    grounds = [Grounds(drawn.random(), drawn.random(), far=drawn.random() < 0.5) for _ in range(400)]
    rights = [one.measure > 0.5 and not one.far for one in grounds]
    weights = believed(grounds, rights)
    assert set(weights) <= {"bias", *confidence.features(grounds[0])}
    assert weights["measure"] > 0.5 > 0.2 > weights["spender"] >= 0
    assert weights["far"] < -1


def test_calibrating_never_takes_a_surer_choice_for_a_less_likely_one() -> None:
    drawn = random.Random(6)
    grounds = [Grounds(drawn.random(), drawn.random()) for _ in range(200)]
    assert believed(grounds, [one.spender < 0.5 for one in grounds]).get("spender", 0.0) == 0


@pytest.mark.skipif(encoder.load() is None, reason="there is no encoder to ask")
def test_calibrating_hears_both_sides_of_each_choice() -> None:
    golds = Places().held_out()[:4]
    reader = encoder.load()
    assert reader is not None
    heard = opinions(golds, reader)
    assert {"measure", "spender", "claimant", "period", "status"} <= set(heard) <= set(blending.weights())
    assert all(one.right & {*one.encoder, *one.rules} for of_one in heard.values() for one in of_one)
    assert sum(None not in one.right for one in heard["measure"]) >= len(heard["status"]) / 2


@pytest.mark.skipif(encoder.load() is None, reason="there is no encoder to calibrate")
def test_calibrating_command_writes_its_files_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Places().held_out()[:6]
    monkeypatch.setattr(Places, "held_out", lambda self: held)
    monkeypatch.setattr(calibrating, "CHOICES", ("measure", "spender"))
    before = blending.weights()
    assert calibrating.main(["--into", str(tmp_path)]) == 0
    blended = json.loads((tmp_path / "blending.json").read_text("utf-8"))
    assert {path.name for path in tmp_path.iterdir()} == {
        calibrating.BLENDING.name,
        confidence.PLACE.name,
        confidence.PLACE_OF_RULES.name,
    }
    assert set(blended) == set(before)
    assert {name: pair for name, pair in blended.items() if name not in ("measure", "spender")} == {
        name: list(pair) for name, pair in before.items() if name not in ("measure", "spender")
    }
    assert blending.weights() == before
