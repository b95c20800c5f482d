"""What tests of the flow share: a Prefect server of their own, and rows to write."""

import contextlib
import datetime as dt
import http.server
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from spacy.tokens import Doc
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

# Before anything imports Prefect: its database, and what it writes beside it, are the tests' own.
_HOME = tempfile.TemporaryDirectory(prefix="milspend-tests-")
os.environ["PREFECT_HOME"] = _HOME.name
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"

from tasks.records import Article, Figure, Mention, Rejection  # noqa: E402 - tasks.steps imports Prefect

# The same examples in every run: what landed green stays green. `make fuzz` draws new ones.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """A Prefect server with an empty database, started once."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def make_article() -> Callable[..., Article]:
    def make(article_id: str = "a1", **columns: Any) -> Article:
        columns = {"text": "Atlantis spent 5 billion dollars on its navy.", "origin": f"{article_id}.txt", **columns}
        return Article(article_id=article_id, raw_sha256="0" * 64, **columns)

    return make


@pytest.fixture
def make_mention() -> Callable[..., Mention]:
    def make(article_id: str = "a1", **columns: Any) -> Mention:
        columns = {"start": 0, "end": 8, "surface": "Atlantis", "label": "GPE", **columns}
        return Mention(article_id=article_id, **columns)

    return make


@pytest.fixture
def make_rejection() -> Callable[..., Rejection]:
    def make(origin: str = "b.txt", **columns: Any) -> Rejection:
        columns = {"stage": "clean", "reason": "no_text", "detail": "nothing is left", **columns}
        return Rejection(origin=origin, **columns)

    return make


@pytest.fixture
def make_figure() -> Callable[..., Figure]:
    return figure


def figure(article_id: str = "a1", **columns: Any) -> Figure:
    """A row of `figures`; what is not given is plausible."""
    given: dict[str, Any] = {
        "figure_id": f"{article_id}-1",
        "measure": "expenditure",
        "unit": "USD",
        "qualifier": "exact",
        "value_low": 5e9,
        "value": 5e9,
        "value_high": 5e9,
        "spender": "IRN",
        "spender_text": "Iran",
        "counterparty": None,
        "year_start": 2018,
        "year_end": 2018,
        "period_kind": "calendar",
        "status": "actual",
        "claimant": None,
        "claimant_country": None,
        "quoted": False,
        "usd_low": 5e9,
        "usd": 5e9,
        "usd_high": 5e9,
        "fx_source": None,
        "reference_value": None,
        "reference_unit": None,
        "reference_ratio": None,
        "flags": None,
        "amount_start": 15,
        "amount_end": 32,
        "sentence_start": 0,
        "sentence_end": 45,
        "confidence": 0.5,
        "evidence": "Atlantis spent 5 billion dollars on its navy.",
        "duplicate_of": None,
    }
    return Figure(article_id=article_id, **{**given, **columns})


@pytest.fixture
def published() -> dt.date:
    return dt.date(2019, 7, 18)


@pytest.fixture
def write_lines(tmp_path: Path) -> Callable[..., Path]:
    """Writes articles into a JSON lines file, in the order given, each a dict of fields."""
    import json

    def write(name: str, *records: dict[str, Any] | str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """A tokenizer with the encoder's special pieces that makes a piece of each letter, digit and sign."""
    letters = [chr(code) for code in range(33, 127)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused0]", "[unused1]", *letters, *(f"##{one}" for one in letters)]
    made = Tokenizer(models.WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


@pytest.fixture(scope="session")
def make_doc() -> Callable[..., Doc]:
    """Makes a Doc without a language model: sentences end at full stops, entities are those given, words to label."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")

    def make(text: str, **labels: list[str]) -> Doc:
        doc = nlp(text)
        words = [(one, label) for label, surfaces in labels.items() for one in surfaces]
        found = [(match, label) for one, label in words for match in re.finditer(re.escape(one), text)]
        spans = [doc.char_span(*match.span(), label=label) for match, label in found]
        doc.ents = [span for span in spans if span is not None]
        return doc

    return make


CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium that the machine has; where it has none these tests are skipped, but not where all must be tried.

    It goes with its module: an event loop runs in this thread as long, and Prefect would answer tests of flows with
    coroutines.
    """
    found = [path for path in map(shutil.which, (os.environ.get("CHROMIUM", ""), *CHROMIUM)) if path]
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium here: install it, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found[0], args=FLAGS.split())
        yield opened
        opened.close()


@dataclass
class Site:
    """A site on this machine: what it answers, by path, and what it was asked for."""

    address: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextlib.contextmanager
def _serving() -> Iterator[Site]:
    site = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.headers.append({name.lower(): value for name, value in self.headers.items()})
            found = site.answers.get(self.path, (404, {}, b""))
            answer = found(self) if callable(found) else found
            if answer is None:
                self.close_connection = True
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that has had enough

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with _serving() as site:
        yield site
