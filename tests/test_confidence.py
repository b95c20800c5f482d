"""How likely a row is right."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.figures import confidence
from tasks.figures.confidence import Grounds

SURE = Grounds(measure=0.9, spender=0.9)
probabilities = st.floats(0, 1)


@pytest.fixture
def calibration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The place of another calibration than the ones that are shipped; that of the rules has none."""
    place = tmp_path / "calibration.json"
    monkeypatch.setattr(confidence, "PLACE", place)
    monkeypatch.setattr(confidence, "PLACE_OF_RULES", tmp_path / "rules.json")
    confidence._weights.cache_clear()
    yield place
    confidence._weights.cache_clear()


@given(st.builds(Grounds, probabilities, probabilities, probabilities, st.booleans(), st.booleans(), st.booleans()))
def test_confidence_is_a_probability(grounds: Grounds) -> None:
    assert 0 < confidence.confidence(grounds) < 1


@pytest.mark.parametrize("name", ["measure", "figure", "pointed", "ruled"])
def test_confidence_grows_with_what_is_sure(name: str) -> None:
    steps = [confidence.confidence(replace(SURE, **{name: share})) for share in (0.0, 0.2, 0.5, 0.8, 0.99)]
    assert steps == sorted(set(steps))


def test_confidence_without_calibration_rests_on_probabilities(calibration: Path) -> None:
    assert confidence.confidence(Grounds(0.5, 0.5, 0.5)) == pytest.approx(0.5)
    assert confidence.confidence(Grounds(0.9, 0.5, 0.5)) == pytest.approx(0.9)
    assert confidence.confidence(Grounds(0.9, 0.5, 0.5, True, True, True)) == pytest.approx(0.9)


def test_confidence_follows_the_calibration(calibration: Path) -> None:
    calibration.write_text(json.dumps({"bias": 1.0, "far": -3.0}), encoding="utf-8")
    assert confidence.confidence(replace(SURE, far=True)) == pytest.approx(1 / (1 + 2.718281828**2))
    assert confidence.confidence(SURE) == confidence.confidence(Grounds(0.1, 0.1))
    assert confidence.confidence(replace(SURE, by_rules=True)) != confidence.confidence(SURE)


def test_confidence_features_are_log_odds_and_marks() -> None:
    features = confidence.features(Grounds(0.5, 0.75, elided=True))
    assert features["measure"] == 0
    assert features["spender"] == pytest.approx(1.0986, abs=1e-4)
    assert (features["elided"], features["ambiguous"], features["far"]) == (1.0, 0.0, 0.0)
    edges = confidence.features(Grounds(1.0, 0.0))
    assert 5 < edges["measure"] == pytest.approx(-edges["spender"])


@pytest.mark.skipif(not confidence.PLACE.is_file(), reason="the encoder has not been calibrated yet")
def test_confidence_shipped_calibration_names_features() -> None:
    weights = json.loads(confidence.PLACE.read_text(encoding="utf-8"))
    of_rules = json.loads(confidence.PLACE_OF_RULES.read_text(encoding="utf-8"))
    assert set(of_rules) <= {"bias", *confidence.features(SURE)}
    assert set(weights) <= {"bias", *confidence.features(SURE)}
    assert weights["measure"] > 0
    assert all(weights[name] >= 0 for name in ("spender", "direction", "figure", "pointed", "ruled"))
