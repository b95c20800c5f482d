"""The encoder as a PyTorch module, and how it learns; needed for training only.

A small BERT reads a passage; heads on the marks of each amount choose its measure, status, direction and kind of
period, and point at its spender, counterparty, claimant and period among the candidates of the passage.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from tasks.figures.windows import (
    BETWEENS,
    CLOSE_MARK,
    DISTANCES,
    KINDS,
    MEASURES,
    OPEN_MARK,
    PERIOD_KINDS,
    POINTERS,
    STATUSES,
    Passage,
)
from tasks.lessons import IGNORE, Example

CLASSES = {"measure": len(MEASURES), "status": len(STATUSES), "direction": 2, "period_kind": len(PERIOD_KINDS)}
POINTER_WIDTH = 128
BARRED = -1e4
Outputs = dict[str, Tensor]


class Network(nn.Module):
    """BERT with class heads and pointers."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.bert = BertModel(config, add_pooling_layer=False)
        width = config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.classes = nn.ModuleDict({name: nn.Linear(3 * width, size) for name, size in CLASSES.items()})
        self.of_amount = nn.ModuleDict({name: nn.Linear(3 * width, POINTER_WIDTH) for name in POINTERS})
        self.of_candidate = nn.ModuleDict({name: nn.Linear(width, POINTER_WIDTH) for name in POINTERS})
        self.distance = nn.ModuleDict({name: nn.Embedding(DISTANCES, POINTER_WIDTH) for name in POINTERS})
        self.between = nn.ModuleDict({name: nn.Embedding(BETWEENS, POINTER_WIDTH) for name in POINTERS})
        self.score = nn.ModuleDict({name: nn.Linear(POINTER_WIDTH, 1) for name in POINTERS})
        self.none = nn.ModuleDict({name: nn.Linear(3 * width, 1) for name in POINTERS})

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Hidden states (passages, pieces, width)."""
        hidden: Tensor = self.dropout(self.bert(input_ids=ids, attention_mask=mask).last_hidden_state)
        return hidden

    def heads(self, hidden: Tensor, inputs: dict[str, Tensor]) -> Outputs:
        """Logits of the classes (amounts, size) and of the pointers (amounts, 1 + candidates; first *none*).

        `hidden` (pieces, width) is of one passage, `inputs` its tensors as `tensors` makes them.
        """
        amount = torch.cat(
            [
                hidden[inputs["opened"]],
                hidden[inputs["closed"]],
                inputs["amounts"] @ hidden,
            ],
            dim=-1,
        )
        out = {name: head(amount) for name, head in self.classes.items()}
        for name, kind in POINTERS.items():
            query = self.of_amount[name](amount).unsqueeze(1)
            keys = self.of_candidate[name](inputs[f"{kind}_means"] @ hidden).unsqueeze(0)
            apart = self.distance[name](inputs[f"{kind}_distances"]) + self.between[name](inputs[f"{kind}_betweens"])
            scores = self.score[name](torch.tanh(query + keys + apart)).squeeze(-1)
            out[name] = torch.cat([self.none[name](amount), scores], dim=-1)
        return out


def tensors(passage: Passage) -> dict[str, Tensor]:
    """The tensors of one passage that the heads take."""
    out = {
        "opened": torch.tensor([mark.opened for mark in passage.marks]),
        "closed": torch.tensor([mark.closed for mark in passage.marks]),
        "amounts": torch.from_numpy(passage.amount_means()),
    }
    for kind in KINDS:
        out[f"{kind}_means"] = torch.from_numpy(passage.means(kind))
        out[f"{kind}_distances"] = torch.from_numpy(passage.distances(kind))
        out[f"{kind}_betweens"] = torch.from_numpy(passage.betweens(kind))
    return out


def load_base(folder: Path) -> Network:
    """The network with the base encoder's weights from `folder` (config.json, model.safetensors) and fresh heads."""
    from safetensors.torch import load_file

    config = BertConfig.from_json_file(str(folder / "config.json"))
    config.attention_probs_dropout_prob = 0.0  # hidden words are noise enough, and it is half of an epoch's time
    network = Network(config)
    weights = {
        name.removeprefix("bert."): value.float() for name, value in load_file(folder / "model.safetensors").items()
    }
    missing = [
        name for name in network.bert.load_state_dict(weights, strict=False).missing_keys if "position_ids" not in name
    ]
    if missing:
        raise ValueError(f"{folder}: weights missing: {missing[:3]}")
    return network


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the encoder learns; `hidden` and `changed` are the shares of words and of numbers that `Noise` touches.

    The weights that are kept are a running mean over the steps, each counting `average` of the one after it.
    """

    epochs: int = 9
    batch: int = 4
    rate: float = 1.2e-4
    head_rate: float = 5e-4
    warmup: float = 0.1
    decay: float = 0.01
    dropout: float = 0.1
    hidden: float = 0.12
    changed: float = 0.5
    average: float = 0.998
    seed: int = 0
    weights: dict[str, float] = field(default_factory=lambda: {"measure": 2.0, "spender": 1.5})


class Noise:
    """Hides words and changes numbers, anew in every epoch, so that passages are not learned by heart."""

    def __init__(self, tokenizer: Tokenizer, recipe: Recipe, shuffler: random.Random) -> None:
        self.shuffler = shuffler
        self.recipe = recipe
        self.mask: int = tokenizer.get_vocab()["[MASK]"]
        self.kept = {tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]", OPEN_MARK, CLOSE_MARK)}
        numbers = {piece: index for piece, index in tokenizer.get_vocab().items() if _is_short_number(piece)}
        self.like = {
            index: [other for name, other in numbers.items() if len(name) == len(piece)]
            for piece, index in numbers.items()
        }

    def __call__(self, ids: Sequence[int]) -> list[int]:
        """The same pieces, some of them others; the marks stay."""
        return [piece if piece in self.kept else self._one(piece) for piece in ids]

    def _one(self, piece: int) -> int:
        if piece in self.like and self.shuffler.random() < self.recipe.changed:
            return self.shuffler.choice(self.like[piece])
        return self.mask if self.shuffler.random() < self.recipe.hidden else piece


def _is_short_number(piece: str) -> bool:
    """Whether a piece is a number that is no year."""
    digits = piece.removeprefix("##")
    return digits.isascii() and digits.isdigit() and len(digits) <= 3


def fit(
    network: Network,
    examples: Sequence[Example],
    recipe: Recipe,
    tokenizer: Tokenizer,
    say: Callable[[str], None] | None = None,
) -> Network:
    """`network`, trained on `examples`; the same seed on the same machine gives the same weights."""
    shuffler = random.Random(recipe.seed)
    torch.manual_seed(recipe.seed)
    network.dropout.p = recipe.dropout
    noise = Noise(tokenizer, recipe, shuffler)
    network.train()
    network.bert.embeddings.requires_grad_(False)
    body = [value for name, value in network.named_parameters() if name.startswith("bert.encoder.")]
    heads = [value for name, value in network.named_parameters() if not name.startswith("bert.")]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}],
        weight_decay=recipe.decay,
        fused=True,
    )
    mean = Mean(body + heads, recipe.average)
    steps = recipe.epochs * math.ceil(len(examples) / recipe.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps, recipe.warmup))
    for epoch in range(recipe.epochs):
        total = 0.0
        for batch in _batches(examples, recipe.batch, shuffler):
            value = _step(network, batch, recipe, noise)
            optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            mean.take()
            total += value.item()
        if say is not None:
            say(f"epoch {epoch + 1} of {recipe.epochs}: loss {total / math.ceil(len(examples) / recipe.batch):.3f}")
    mean.put()
    return network.eval()


class Mean:
    """The running mean of weights that change."""

    def __init__(self, live: Sequence[Tensor], keep: float) -> None:
        self.live = list(live)
        self.kept = [value.detach().clone() for value in live]
        self.keep = keep
        self.steps = 0

    def take(self) -> None:
        """Takes the weights as they are now into the mean; the first steps count less long."""
        self.steps += 1
        share = 1 - min(self.keep, self.steps / (self.steps + 20))
        with torch.no_grad():
            torch._foreach_lerp_(self.kept, self.live, share)

    def put(self) -> None:
        """Puts the mean in the place of the weights."""
        with torch.no_grad():
            for value, mean in zip(self.live, self.kept, strict=True):
                value.copy_(mean)


def _rate(step: int, steps: int, warmup: float) -> float:
    return min((step + 1) / (warmup * steps), max(0.0, (steps - step) / (steps * (1 - warmup))))


def _batches(examples: Sequence[Example], size: int, shuffler: random.Random) -> Iterator[list[Example]]:
    """Shuffled batches of passages of like length."""
    order = sorted(examples, key=lambda example: len(example.passage.ids) + shuffler.uniform(0, 60))
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    shuffler.shuffle(batches)
    yield from batches


def _encoded(network: Network, batch: Sequence[Example], noise: Noise | None = None) -> Tensor:
    length = max(len(example.passage.ids) for example in batch)
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    mask = torch.zeros(len(batch), length)
    for row, example in enumerate(batch):
        pieces = example.passage.ids if noise is None else noise(example.passage.ids)
        ids[row, : len(pieces)] = torch.tensor(pieces)
        mask[row, : len(example.passage.ids)] = 1
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return network.encode(ids, mask)


def _step(network: Network, batch: Sequence[Example], recipe: Recipe, noise: Noise) -> Tensor:
    hidden = _encoded(network, batch, noise).float()
    amounts = sum(len(example.passage.marks) for example in batch)
    total = torch.zeros(())
    for row, example in enumerate(batch):
        out = network.heads(hidden[row, : len(example.passage.ids)], tensors(example.passage))
        total = total + loss(out, example, recipe.weights)
    return total / amounts


def loss(out: Outputs, example: Example, weights: dict[str, float]) -> Tensor:
    """The weighted sum of the heads' losses over a passage's amounts; a pointer wants its mass on good candidates."""
    measure = out["measure"].masked_fill(~torch.tensor(example.allowed), BARRED)
    total = torch.zeros(())
    for name in CLASSES:
        target = torch.tensor(example.classes[name])
        if (target != IGNORE).any():
            logits = measure if name == "measure" else out[name]
            total = total + weights.get(name, 1.0) * functional.cross_entropy(
                logits, target, reduction="sum", ignore_index=IGNORE
            )
    for name in POINTERS:
        total = total + weights.get(name, 1.0) * _pointer_loss(out[name], example, name)
    return total


def _pointer_loss(scores: Tensor, example: Example, name: str) -> Tensor:
    count = len(example.passage.candidates[POINTERS[name]])
    scores = scores[:, : 1 + count]
    good = torch.zeros(scores.shape, dtype=torch.bool)
    for row, indices in enumerate(example.good[name]):
        for index in indices:
            good[row, 1 + index] = True
    known = good.any(dim=1)
    if not known.any():
        return torch.zeros(())
    mass = torch.logsumexp(scores, dim=1) - torch.logsumexp(scores.masked_fill(~good, BARRED), dim=1)
    return mass[known].sum()


def predict(network: Network, examples: Sequence[Example]) -> list[dict[str, list[list[float]]]]:
    """For every passage, the logits of each head for each amount read; a pointer's are *none*, then its candidates'."""
    network.eval()
    rows = []
    with torch.no_grad():
        for example in examples:
            hidden = _encoded(network, [example]).float()[0]
            out = network.heads(hidden, tensors(example.passage))
            rows.append({name: _own(value, example, name).tolist() for name, value in out.items()})
    return rows


def _own(values: Tensor, example: Example, name: str) -> Tensor:
    if name not in POINTERS:
        return values
    return values[:, : 1 + len(example.passage.candidates[POINTERS[name]])]
