"""How likely is it that a row's core is right: calibrated on annotated articles that the engine had not seen."""

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources

PLACE = resources.files("tasks.figures") / "encoder" / "calibration.json"
PLACE_OF_RULES = resources.files("tasks.figures") / "rules_calibration.json"
"""Where the weights stand: of choices that an encoder had its say in, and of those of the rules alone."""
EDGE = 1e-4


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a row's confidence rests on.

    `measure`, `spender`, `direction`: probabilities of what was chosen; `elided`: a unit or scale was taken from
    another amount; `ambiguous`: its sign may mean several currencies and the spender's decided; `far`: nothing in the
    amount's passage named the spender; `agreed`: the rules alone would have chosen the same measure.
    What each side alone says: `figure` and `pointed` are the encoder's probabilities of a figure at all and of the
    spender, `ruled` is the rules' of the spender; `concurred`: they would have chosen the same spender. `by_rules`: no
    encoder has read, so the rules were asked alone.
    """

    measure: float
    spender: float
    direction: float = 1.0
    elided: bool = False
    ambiguous: bool = False
    far: bool = False
    agreed: bool = False
    figure: float = 0.5
    pointed: float = 0.5
    ruled: float = 0.5
    concurred: bool = False
    by_rules: bool = False


@functools.cache
def _weights(by_rules: bool) -> dict[str, float]:
    place = PLACE_OF_RULES if by_rules else PLACE
    if not place.is_file():
        return {"measure": 1.0, "spender": 0.5}
    weights: dict[str, float] = json.loads(place.read_text(encoding="utf-8"))
    return weights


def features(grounds: Grounds) -> dict[str, float]:
    """The grounds as numbers: log-odds of the probabilities, 0 or 1 for the rest."""
    return {
        name: float(value) if isinstance(value, bool) else _log_odds(value)
        for name, value in asdict(grounds).items()
        if name != "by_rules"
    }


def _log_odds(probability: float) -> float:
    bounded = min(1 - EDGE, max(EDGE, probability))
    return math.log(bounded / (1 - bounded))


def confidence(grounds: Grounds) -> float:
    """The probability that measure, spender, unit and value of a row with these grounds are right."""
    return weighed(grounds, _weights(grounds.by_rules))


def weighed(grounds: Grounds, weights: Mapping[str, float]) -> float:
    """The same under `weights`, one for each feature and a `bias`."""
    score = weights.get("bias", 0.0) + sum(weights.get(name, 0.0) * value for name, value in features(grounds).items())
    return 1 / (1 + math.exp(-score))
