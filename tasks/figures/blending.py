"""Two opinions made one: the encoder's probabilities and what the rules make of the same words."""

import json
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Key = TypeVar("Key", bound=Hashable)
Probabilities = npt.NDArray[np.float64]
FLOOR = 0.01
"""Probability that either side leaves to what it has not thought of."""
SURE = 0.9
"""Probability that the one answer of rules that give no probabilities stands for."""


@cache
def weights() -> dict[str, tuple[float, float]]:
    """How much the encoder's opinion and the rules' count, for each choice: ``blending.json``."""
    found: dict[str, tuple[float, float]] = json.loads(
        (resources.files("tasks.figures") / "blending.json").read_text("utf-8")
    )
    return found


def summed(keys: Iterable[Key], probabilities: Probabilities) -> dict[Key, float]:
    """What each key's candidates are given together."""
    out: dict[Key, float] = {}
    for key, probability in zip(keys, probabilities, strict=True):
        out[key] = out.get(key, 0.0) + float(probability)
    return out


def certain(key: Key, others: Sequence[Key]) -> dict[Key, float]:
    """The opinion of rules that name `key` and say nothing of the others."""
    rest = [other for other in dict.fromkeys(others) if other != key]
    return {key: SURE} | {other: (1 - SURE) / len(rest) for other in rest}


def blended(encoder: Mapping[Key, float], rules: Mapping[Key, float], choice: str) -> dict[Key, float]:
    """Probabilities of all keys of both sides: the product of both, each to the power of its weight in the choice.

    Where no encoder has spoken, the rules' opinion as it is.
    """
    if not encoder:
        return dict(rules)
    return product(encoder, rules, *weights()[choice])


def product(
    encoder: Mapping[Key, float], rules: Mapping[Key, float], of_encoder: float, of_rules: float
) -> dict[Key, float]:
    """The product of both opinions, each to the power of its weight; it sums to 1."""
    logs = {
        key: of_encoder * math.log(max(FLOOR, encoder.get(key, 0.0)))
        + (of_rules * math.log(max(FLOOR, rules.get(key, 0.0))) if rules else 0.0)
        for key in [*encoder, *(key for key in rules if key not in encoder)]
    }
    top = max(logs.values(), default=0.0)
    powers = {key: math.exp(value - top) for key, value in logs.items()}
    return {key: power / sum(powers.values()) for key, power in powers.items()}


def likeliest(chances: Mapping[Key, float]) -> Key:
    """The key with the highest chance, the first of equals."""
    return max(chances, key=lambda key: chances[key])
