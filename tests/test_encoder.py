"""The encoder: with a session that only counts, and, where its file has been shipped, itself."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from tokenizers import Tokenizer

from tasks.figures import encoder, windows
from tasks.figures.candidates import Candidates, gather
from tasks.figures.encoder import Encoder, Reading
from tasks.figures.spans import Context
from tasks.figures.windows import KINDS, MEASURES, PERIOD_KINDS, POINTERS, STATUSES

MakeDoc = Callable[..., Doc]
Tensors = dict[str, npt.NDArray[Any]]
SIZES = {"measure": len(MEASURES), "status": len(STATUSES), "direction": 2, "period_kind": len(PERIOD_KINDS)}
DATED = Context(title="Chile pays", source="The Harbour Times", published=dt.date(2024, 6, 15))
TEXT = (
    "Chile spent $5 billion on its army last year, Lena Marsh said. Peru paid 2 percent of its output in 2022. "
    "“We will buy ships for €3 billion,” she added, and Bolivia may sell some for $1 billion by 2030.\n"
)
needs_weights = pytest.mark.skipif(
    not (encoder.FOLDER / encoder.MODEL).is_file(), reason="the encoder's weights have not been trained yet"
)


@dataclass(frozen=True)
class Output:
    name: str


class Session:
    """Stands in for the ONNX session: logits that depend on every tensor fed, in the shapes of the graph's."""

    def __init__(self) -> None:
        self.fed: list[Tensors] = []

    def get_outputs(self) -> list[Output]:
        return [Output(name) for name in (*SIZES, *POINTERS)]

    def run(self, names: Sequence[str], tensors: Tensors) -> list[npt.NDArray[np.float32]]:
        self.fed.append(tensors)
        logits = []
        for name in names:
            size = SIZES.get(name) or 1 + len(tensors[f"{POINTERS[name]}_means"])
            seeds = tensors["opened"][:, None] * 7.0 + np.arange(size) * 13.0 + float(tensors["ids"].sum() % 97)
            logits.append(np.sin(seeds).astype(np.float32))
        return logits


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def counting(session: Session, tokenizer: Tokenizer) -> Encoder:
    return Encoder(session, tokenizer)


@pytest.fixture
def shipped() -> Encoder:
    found = encoder.load()
    assert found is not None
    return found


def readings(reader: Encoder, found: Candidates) -> list[Reading]:
    return reader.read(found.text, found.context, found.amounts, found.places())


def bits(found: Sequence[Reading]) -> list[tuple[bytes | float, ...]]:
    """Readings such that they are equal only if they are to the last bit."""
    return [
        (one.is_cut, *(part.tobytes() for part in (one.measure, one.status, one.period_kind, *one.pointers.values())))
        for one in found
    ]


def check_reading(reading: Reading, found: Candidates, unit: str) -> None:
    counts = {kind: len(places) for kind, places in found.places().items()}
    for probabilities in (reading.measure, reading.status, reading.period_kind, *reading.pointers.values()):
        assert probabilities.sum() == pytest.approx(1)
        assert probabilities.min() >= 0
    assert 0 <= reading.is_cut <= 1
    assert (len(reading.measure), len(reading.status), len(reading.period_kind)) == (
        len(MEASURES), len(STATUSES), len(PERIOD_KINDS),
    )  # fmt: skip
    assert {name: len(reading.pointers[name]) for name in POINTERS} == {
        name: 1 + counts[kind] for name, kind in POINTERS.items()
    }
    barred = "expenditure" if unit == "PCT" else "share_of_gdp"
    assert reading.measure[MEASURES.index(barred)] == 0


def test_encoder_reads_every_amount(counting: Encoder, make_doc: MakeDoc) -> None:
    found = gather(make_doc(TEXT, PERSON=["Lena Marsh"]), DATED)
    out = readings(counting, found)
    assert len(out) == len(found.amounts) == 4
    for reading, amount in zip(out, found.amounts, strict=True):
        check_reading(reading, found, amount.unit)
    assert len(set(bits(out))) == 4


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["Chile", "$5", "2 percent of", "tanks", "we", "in 2022", "\n", "x" * 40]), max_size=90)
)
def test_encoder_reads_any_amounts_in_their_order(tokenizer: Tokenizer, make_doc: MakeDoc, words: list[str]) -> None:
    found = gather(make_doc(" ".join(words)), DATED)
    session = Session()
    out = readings(Encoder(session, tokenizer), found)
    assert len(out) == len(found.amounts) == sum(len(tensors["opened"]) for tensors in session.fed)
    for reading, amount in zip(out, found.amounts, strict=True):
        check_reading(reading, found, amount.unit)


def test_encoder_gives_nothing_to_candidates_out_of_sight(counting: Encoder, make_doc: MakeDoc) -> None:
    text = "Peru spent a lot. " + "Nothing else happened there. " * 40 + "Chile spent $5 billion on arms."
    found = gather(make_doc(text), Context())
    [reading] = readings(counting, found)
    given_to = dict(zip([party.code for party in found.spenders], reading.pointers["spender"][1:], strict=True))
    assert given_to["PER"] == 0
    assert given_to["CHL"] > 0


def test_encoder_runs_no_graph_without_amounts(counting: Encoder, session: Session, make_doc: MakeDoc) -> None:
    assert readings(counting, gather(make_doc("Chile has an army."), DATED)) == []
    assert session.fed == []


def test_encoder_feeds_one_passage_at_a_time(counting: Encoder, session: Session, make_doc: MakeDoc) -> None:
    found = gather(make_doc((TEXT + "Nothing else happened there. " * 20) * 3), DATED)
    readings(counting, found)
    assert len(session.fed) > 1
    for tensors in session.fed:
        amounts = len(tensors["opened"])
        assert tensors["ids"].shape[0] == 1
        assert tensors["ids"].shape[1] <= windows.LENGTH
        assert tensors["amounts"].shape == (amounts, tensors["ids"].shape[1])
        for kind in KINDS:
            assert tensors[f"{kind}_distances"].shape == tensors[f"{kind}_betweens"].shape
            assert tensors[f"{kind}_distances"].shape == (amounts, len(tensors[f"{kind}_means"]))


def test_encoder_softmax_bears_large_and_barred_logits() -> None:
    out = encoder.softmax(np.array([900.0, 900.0, -np.inf], dtype=np.float32))
    assert out.tolist() == [0.5, 0.5, 0.0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another folder than the one that the weights are shipped in."""
    monkeypatch.setattr(encoder, "FOLDER", tmp_path)
    encoder.load.cache_clear()
    encoder.digest.cache_clear()
    yield tmp_path
    encoder.load.cache_clear()
    encoder.digest.cache_clear()


def test_encoder_without_its_file_is_none(folder: Path) -> None:
    assert encoder.load() is None
    assert encoder.digest() == "rules"


def test_encoder_is_known_by_its_file(folder: Path) -> None:
    (folder / encoder.MODEL).write_bytes(b"weights")
    assert encoder.digest() == sha256(b"weights").hexdigest()[:12]


# --- the shipped encoder ------------------------------------------------------------------------------------------


@needs_weights
def test_encoder_shipped_has_no_mask_in_its_attention() -> None:
    """A passage is read alone: the mask would add nothing, and takes a quarter of the time."""
    assert b'"\x05IsNaN' not in (encoder.FOLDER / encoder.MODEL).read_bytes(), "a node that guards a masked softmax"


@needs_weights
def test_encoder_shipped_reads_what_is_plain(shipped: Encoder, make_doc: MakeDoc) -> None:
    text = "Norway spent $8 billion on its military last year. Its population is 5 million, and bread costs $4."
    found = gather(make_doc(text), Context(published=dt.date(2024, 6, 15)))
    military, *others = readings(shipped, found)
    check_reading(military, found, "USD")
    assert MEASURES[int(np.argmax(military.measure))] == "expenditure"
    assert STATUSES[int(np.argmax(military.status))] == "actual"
    assert all(MEASURES[int(np.argmax(other.measure))] is None for other in others)
    best = int(np.argmax(military.pointers["spender"][1:]))
    assert found.spenders[best].code == "NOR"


@needs_weights
def test_encoder_shipped_reads_an_article_alike_in_any_company(shipped: Encoder, make_doc: MakeDoc) -> None:
    others = ["Peru paid 2 percent of its output in 2022.", (TEXT + "Nothing else happened there. " * 20) * 3]
    articles = [gather(make_doc(text, PERSON=["Lena Marsh"]), DATED) for text in (TEXT, *others)]
    alone = [bits(readings(shipped, found)) for found in articles]
    assert [bits(readings(shipped, found)) for found in reversed(articles)] == alone[::-1]
    fresh = encoder.loaded(
        (encoder.FOLDER / encoder.MODEL).read_bytes(), (encoder.FOLDER / encoder.TOKENIZER).read_text("utf-8")
    )
    assert [bits(readings(fresh, found)) for found in articles[1:]] == alone[1:]


@needs_weights
@pytest.mark.parametrize(
    "text",
    [
        "$5 " * 150,
        "They spent $" + "1" * 300 + " there.",
        "The army spent 5 " + "🚀" * 900 + " billion dollars.",
        "x" * 5000 + " $5 billion",
        "Chile " * 900 + "spent $5 billion. We did.",
    ],
)
def test_encoder_shipped_reads_odd_texts(shipped: Encoder, make_doc: MakeDoc, text: str) -> None:
    found = gather(make_doc(text), Context(title="Chile " * 200))
    for reading, amount in zip(readings(shipped, found), found.amounts, strict=True):
        check_reading(reading, found, amount.unit)


@needs_weights
def test_encoder_shipped_is_known_by_its_weights() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", encoder.digest())


@needs_weights
def test_encoder_shipped_tokenizer_cuts_nothing_off_and_adds_nothing(shipped: Encoder) -> None:
    words = windows.pieces(shipped.tokenizer, "army " * 2000)
    assert len(words.ids) == 2000
    assert len(windows.pieces(shipped.tokenizer, "army").ids) == 1
