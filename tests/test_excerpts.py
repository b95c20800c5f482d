"""Annotations that stand apart from the words they are about."""

import gzip
import hashlib
import json
from pathlib import Path

from tasks.excerpts import load_excerpts

FIGURE = {
    "measure": "expenditure",
    "value_low": 5e9,
    "value": 5e9,
    "value_high": 5e9,
    "unit": "USD",
    "qualifier": "exact",
    "spender": "CHL",
    "counterparty": None,
    "year_start": None,
    "year_end": None,
    "period_kind": "unknown",
    "status": "actual",
    "claimant": None,
    "claimant_country": None,
    "quoted": False,
    "duplicate_of": None,
    "amount_start": 12,
    "amount_end": 22,
}


def _written(folder: Path, text: str, words: str) -> tuple[Path, Path]:
    record = {"id": "n1", "published": "2020-01-02", "source": "Daily", "title": "Arms", "text": text}
    news = folder / "news.jsonl.gz"
    news.write_bytes(gzip.compress((json.dumps(record) + "\n").encode()))
    start = text.find("Chile")
    excerpt = {"id": "n1-1", "article": "n1", "start": start, "end": start + len(words), "figures": [FIGURE]}
    excerpt["sha256"] = hashlib.sha256(words.encode()).hexdigest()
    annotations = folder / "excerpts.standoff"
    annotations.write_text(json.dumps(excerpt) + "\n")
    return annotations, news


def test_excerpts_take_their_words_from_the_article(tmp_path: Path) -> None:
    words = "Chile spent $5 billion on arms."
    (article,) = load_excerpts(*_written(tmp_path, f"Before. {words} After.", words))
    assert article.text == words
    assert article.figures[0].amount == "$5 billion"
    assert article.title == "Arms"


def test_excerpts_leave_out_an_article_whose_words_have_changed(tmp_path: Path) -> None:
    words = "Chile spent $5 billion on arms."
    changed = _written(tmp_path, "Before. Chile spent $6 billion on arms.", words)
    assert load_excerpts(*changed) == []


def test_excerpts_leave_out_an_article_that_is_not_there(tmp_path: Path) -> None:
    annotations, _ = _written(tmp_path, "Chile spent $5 billion on arms.", "Chile spent $5 billion on arms.")
    other = tmp_path / "other.jsonl.gz"
    other.write_bytes(gzip.compress(b'{"id": "n2", "text": ""}\n'))
    assert load_excerpts(annotations, other) == []


def test_excerpts_of_the_project_hold_no_words_but_names() -> None:
    lines = (Path(__file__).parent / "evaluation" / "excerpts.standoff").read_text(encoding="utf-8").splitlines()
    for line in lines:
        for figure in json.loads(line)["figures"]:
            assert "amount" not in figure
            assert len(figure["claimant"] or "") < 80
