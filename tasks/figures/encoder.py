"""The small fine-tuned encoder that scores what the grammar leaves open.

Is this amount a figure, and of what; spent or planned; a rise or a cut; and which of the parties, speakers and
periods around it belong to it. Each passage is read alone, so that no row depends on another article. The weights
(int8, ONNX), the tokenizer and the model card lie in the folder ``encoder`` beside this file.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from tasks.figures.spans import Amount, Context
from tasks.figures.windows import (
    KINDS,
    POINTERS,
    Candidate,
    Passage,
    Place,
    allowed_measures,
    header,
    passages,
    pieces,
)

FOLDER = resources.files("tasks.figures") / "encoder"
MODEL, TOKENIZER = "encoder.onnx", "tokenizer.json"
Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder makes of one amount: probabilities that sum to one in each part.

    `measure`, `status` and `period_kind` follow the tuples of ``windows``; `is_cut` is the probability of a negative
    change. `pointers[name]` holds the probability of *none of them* first, then one for each candidate given (zero
    for a candidate outside the passage).
    """

    measure: Probabilities
    status: Probabilities
    period_kind: Probabilities
    is_cut: float
    pointers: dict[str, Probabilities]


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded encoder: its session and its tokenizer."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer

    def read(
        self, text: str, context: Context, amounts: Sequence[Amount], candidates: Mapping[str, Sequence[Place]]
    ) -> list[Reading]:
        """One reading for each amount, in their order."""
        readings: dict[int, Reading] = {}
        words = pieces(self.tokenizer, text)
        head = pieces(self.tokenizer, header(context).text)
        names = [output.name for output in self.session.get_outputs()]
        counts = {kind: len(places) for kind, places in candidates.items()}
        for passage in passages(self.tokenizer, words, head, amounts, candidates):
            out = dict(zip(names, self.session.run(names, feed(passage)), strict=True))
            for row, mark in enumerate(passage.marks):
                own = {name: values[row] for name, values in out.items()}
                readings[mark.index] = _reading(own, amounts[mark.index], passage, counts)
        return [readings[index] for index in range(len(amounts))]


def feed(passage: Passage) -> dict[str, npt.NDArray[Any]]:
    """The tensors of one passage, as the ONNX graph names them."""
    tensors: dict[str, npt.NDArray[Any]] = {
        "ids": np.array([passage.ids], dtype=np.int64),
        "opened": np.array([mark.opened for mark in passage.marks], dtype=np.int64),
        "closed": np.array([mark.closed for mark in passage.marks], dtype=np.int64),
        "amounts": passage.amount_means(),
    }
    for kind in KINDS:
        tensors[f"{kind}_means"] = passage.means(kind)
        tensors[f"{kind}_distances"] = passage.distances(kind)
        tensors[f"{kind}_betweens"] = passage.betweens(kind)
    return tensors


def _reading(out: dict[str, npt.NDArray[Any]], amount: Amount, passage: Passage, counts: Mapping[str, int]) -> Reading:
    return Reading(
        measure=softmax(np.where(allowed_measures(amount), out["measure"], -np.inf)),
        status=softmax(out["status"]),
        period_kind=softmax(out["period_kind"]),
        is_cut=float(softmax(out["direction"])[1]),
        pointers={name: _spread(out[name], passage.candidates[kind], counts[kind]) for name, kind in POINTERS.items()},
    )


def softmax(logits: npt.NDArray[Any]) -> Probabilities:
    """Probabilities from the logits of one choice."""
    powers: Probabilities = np.exp(logits.astype(np.float64) - np.max(logits))
    powers /= powers.sum()
    return powers


def _spread(logits: npt.NDArray[Any], candidates: Sequence[Candidate], count: int) -> Probabilities:
    """Probabilities over all candidates given, zero for those outside the passage."""
    chosen = softmax(logits[: 1 + len(candidates)])
    out = np.zeros(1 + count)
    out[0] = chosen[0]
    for probability, candidate in zip(chosen[1:], candidates, strict=True):
        out[1 + candidate.index] = probability
    return out


@functools.cache
def load(threads: int = 1) -> Encoder | None:
    """The encoder that is shipped with the package; None where its file is missing. Cached."""
    model = FOLDER / MODEL
    if not model.is_file():
        return None
    return loaded(model.read_bytes(), (FOLDER / TOKENIZER).read_text(encoding="utf-8"), threads)


def loaded(model: bytes, tokenizer: str, threads: int = 1) -> Encoder:
    """An encoder from the bytes of its ONNX file and its tokenizer's JSON."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    cutter = Tokenizer.from_str(tokenizer)
    # The base model's tokenizer cuts texts off at 128 pieces and fills shorter ones up; passages are cut here.
    cutter.no_truncation()
    cutter.no_padding()
    return Encoder(session, cutter)


@functools.cache
def digest() -> str:
    """The first characters of the SHA-256 of the weights, or ``rules`` where there are none."""
    model = FOLDER / MODEL
    return sha256(model.read_bytes()).hexdigest()[:12] if model.is_file() else "rules"
