"""The page on which people decide, served to this machine alone.

Only who has the page's address with its secret word gets an answer, so no other page in the same browser can decide
anything, and requests under another host's name are refused.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
import threading
import typing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tasks.lexicon import countries
from tasks.records import SPENDERS_BEYOND_ISO, Measure, PeriodKind, Qualifier, Status
from tasks.views import loading
from tasks.views.review import annotated, decisions, overlay

HOST = "127.0.0.1"
_LARGEST = 1_000_000
_CHOICES = {"measure": Measure, "qualifier": Qualifier, "period_kind": PeriodKind, "status": Status}
_CLOSED = {"fault": "open the address that the command printed"}
_ABSENT = {"fault": "not found"}

Answer = tuple[int, dict[str, Any]]


class Desk:
    """The articles of a folder, what is read in them, and what is decided about that."""

    def __init__(self, out: Path, reviewer: str | None) -> None:
        self.out = out
        self.reviewer = reviewer
        self.lock = threading.Lock()
        rows = annotated.rows_of(out)
        self.rows = rows
        self.articles = {
            article["article_id"]: article
            for article in loading.articles(out)
            if article["relevant"] or article["article_id"] in rows
        }

    def index(self) -> dict[str, Any]:
        """The articles that may hold figures and how far each is, those with figures first, the newest of them first.

        Also what may stand in a closed column.
        """
        held = decisions.load(self.out)
        listed = [self._listed(article, held.get(article["raw_sha256"], [])) for article in self.articles.values()]
        listed.sort(key=lambda each: (each["figures"] > 0, each["published"] or ""), reverse=True)
        choices = {name: list(typing.get_args(closed)) for name, closed in _CHOICES.items()}
        codes = sorted({*countries.countries(), *SPENDERS_BEYOND_ISO})
        return {"articles": listed, "choices": choices, "codes": codes}

    def article(self, article_id: str) -> dict[str, Any] | None:
        """One article with its rows under the decisions: kept, dropped, and the decisions that rest."""
        article = self.articles.get(article_id)
        if article is None:
            return None
        text = article["text"]
        held = decisions.load(self.out).get(article["raw_sha256"], [])
        laid = overlay.lay(self.rows.get(article_id, []), article, held)
        every = [*laid.rows, *laid.dropped]
        places = {row["figure_id"]: decisions.place(text, row["amount_start"], row["amount_end"]) for row in every}
        return {
            **self._listed(article, held),
            "text": text,
            "url": article["url"],
            "rows": [self._row(row, text, places, is_dropped=False) for row in laid.rows],
            "dropped": [self._row(row, text, places, is_dropped=True) for row in laid.dropped],
            "resting": len(laid.resting),
            "done": next((each.id for each in held if each.verdict == "done"), None),
        }

    def decide(self, asked: dict[str, Any]) -> Answer:
        """Takes a decision about the article `asked` names; answers with the article as it is then."""
        article = self.articles.get(asked.get("article_id", ""))
        if article is None:
            return 404, {"fault": "no such article"}
        if asked.get("verdict") == "missing" and isinstance(asked.get("truth"), dict) and "at" in asked:
            try:
                start, end = map(int, asked["at"])
            except (TypeError, ValueError):
                return 422, {"fault": "missing: where?"}
            words, nth = decisions.place(article["text"], start, end)
            asked["truth"] |= {"amount": words, "nth": nth}
        with self.lock:
            self._refer(asked, article["raw_sha256"])
            try:
                decisions.decide(self.out, article["raw_sha256"], article["text"], asked, self.reviewer)
            except decisions.BadDecision as error:
                return 422, {"fault": str(error)}
        return 200, self.article(article["article_id"]) or {}

    def _refer(self, asked: dict[str, Any], content: str) -> None:
        """A decision in place of another is about what that one was about."""
        held = decisions.load(self.out).get(content, []) if asked.get("replaces") else []
        replaced = next((each for each in held if each.id == asked["replaces"]), None)
        if replaced is None or asked.get("verdict") != "corrected":
            return
        asked["was"] = replaced.was
        if replaced.verdict == "missing":
            asked["verdict"] = "missing"

    def _listed(self, article: dict[str, Any], held: list[decisions.Decision]) -> dict[str, Any]:
        date: dt.date | None = article["published"]
        return {
            "article_id": article["article_id"],
            "title": article["title"] or article["url"] or article["article_id"],
            "source": article["source"],
            "published": None if date is None else date.isoformat(),
            "figures": len(self.rows.get(article["article_id"], [])),
            "decided": len(held),
            "is_done": any(each.verdict == "done" for each in held),
        }

    def _row(self, row: dict[str, Any], text: str, places: dict[str, tuple[str, int]], is_dropped: bool) -> Any:
        reading = decisions.reading_of(row, text, places)
        shown = {name: row[name] for name in ("figure_id", "amount_start", "amount_end", "confidence", "reviewed")}
        return {**shown, "decision": row["decision"], "is_dropped": is_dropped, "reading": reading}


class _Handler(BaseHTTPRequestHandler):
    """Answers the page's requests."""

    desk: Desk
    word: str
    page: tuple[str, str]

    def do_GET(self) -> None:
        """The page, the list of articles, or one article."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if not self._is_allowed(asked.get("word", self.headers.get("X-Word", ""))):
            self._json(403, _CLOSED)
        elif parts.path == "/":
            html, policy = self.page
            self._send(200, html.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": policy})
        elif parts.path == "/articles":
            self._json(200, self.desk.index())
        else:
            found = self.desk.article(asked.get("id", "")) if parts.path == "/article" else None
            self._json(200 if found else 404, found or _ABSENT)

    def do_POST(self) -> None:
        """A decision."""
        length = int(self.headers.get("Content-Length") or 0)
        if not self._is_allowed(self.headers.get("X-Word", "")):
            self._json(403, _CLOSED)
        elif self.path != "/decide" or length > _LARGEST:
            self._json(404, _ABSENT)
        else:
            self._json(*self._decide(self.rfile.read(length)))

    def _decide(self, body: bytes) -> Answer:
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            asked = None
        return self.desk.decide(asked) if isinstance(asked, dict) else (422, {"fault": "no decision"})

    def _is_allowed(self, given: str) -> bool:
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        return host in {HOST, "localhost"} and hmac.compare_digest(given.encode(), self.word.encode())

    def _json(self, code: int, contents: Any) -> None:
        self._send(code, json.dumps(contents).encode(), "application/json", {})

    def _send(self, code: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(code)
        always = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in {**always, "X-Content-Type-Options": "nosniff", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing: the terminal is the reviewer's."""


def serve(desk: Desk, port: int = 0) -> tuple[ThreadingHTTPServer, str]:
    """A server of the page, listening on this machine alone, and the address to open. Port 0: any that is free.

    Raises:
        OSError: the port is taken.
    """
    word = secrets.token_urlsafe(24)
    handler = type("Handler", (_Handler,), {"desk": desk, "word": word, "page": _page()})
    server = ThreadingHTTPServer((HOST, port), handler)
    server.daemon_threads = True
    return server, f"http://{HOST}:{server.server_address[1]}/?word={word}"


def _page() -> tuple[str, str]:
    """The page and its policy: it runs its own script, asks its own server, and nothing else."""
    style, script, page = (_file(name) for name in ("review.css", "review.js", "review.html"))
    policy = f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; connect-src 'self'"
    filled = page.replace("%%style%%", style).replace("%%script%%", script)
    return filled, f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return (resources.files("tasks.views.review") / name).read_text(encoding="utf-8")
