"""Two opinions made one."""

import json
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.figures import blending
from tasks.figures.blending import blended, certain, likeliest, summed

CHOICES = ["measure", "direction", "spender", "counterparty", "claimant", "period", "status"]
CHANCES = st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1), min_size=1)


@pytest.fixture(autouse=True)
def evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blending, "weights", lambda: {"spender": (1.0, 1.0)})


def test_blending_has_weights_for_every_choice() -> None:
    found = json.loads((resources.files("tasks.figures") / "blending.json").read_text(encoding="utf-8"))
    assert list(found) == CHOICES
    assert all(0 <= weight <= 2 for pair in found.values() for weight in pair)


@given(CHANCES, CHANCES)
def test_blending_gives_probabilities_of_all_keys(encoder: dict[str, float], rules: dict[str, float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blending, "weights", lambda: {"spender": (0.5, 0.8)})
        chances = blended(encoder, rules, "spender")
    assert set(chances) == set(encoder) | set(rules)
    assert sum(chances.values()) == pytest.approx(1)


def test_blending_takes_what_both_sides_like() -> None:
    chances = blended({"IRN": 0.5, "USA": 0.5}, {"IRN": 0.9, "USA": 0.1}, "spender")
    assert likeliest(chances) == "IRN"
    assert chances["IRN"] == pytest.approx(0.9)


def test_blending_leaves_the_encoder_alone_where_the_rules_are_silent() -> None:
    assert blended({"IRN": 0.8, "USA": 0.2}, {}, "spender")["IRN"] == pytest.approx(0.8)


def test_blending_of_a_weightless_side_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blending, "weights", lambda: {"spender": (1.0, 0.0)})
    assert blended({"IRN": 0.8, "USA": 0.2}, {"USA": 1.0}, "spender")["IRN"] == pytest.approx(0.8)


def test_blending_certain_shares_the_rest_among_the_others() -> None:
    assert certain("a", ["a", "b", "c"]) == pytest.approx({"a": 0.9, "b": 0.05, "c": 0.05})
    assert certain("a", ["a"]) == {"a": 0.9}


def test_blending_sums_mentions_of_one_key() -> None:
    assert summed(["IRN", "USA", "IRN"], np.array([0.2, 0.5, 0.3])) == pytest.approx({"IRN": 0.5, "USA": 0.5})
