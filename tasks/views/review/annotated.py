"""Articles that people are done with -> annotated articles, so that their corrections become test cases."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tasks import storage
from tasks.gold import BadGold, load_gold
from tasks.records import SCHEMAS
from tasks.views.review import decisions, overlay

Row = dict[str, Any]


def export(out: Path, to: Path) -> tuple[int, int, int]:
    """Writes the articles that are done to a gold file that `tasks.gold` takes, whole or not at all.

    Gives how many articles and figures are in it, and how many articles are begun and not done.

    Raises:
        BadGold: no article is done, or what was decided is no annotation; with all faults.
        storage.Unusable: there are no tables, or the decisions cannot be read.
        OSError: it cannot be written.
    """
    held = decisions.load(out)
    done = {content for content, made in held.items() if any(each.verdict == "done" for each in made)}
    records = list(_records(out, {content: held[content] for content in done}))
    if not records:
        raise BadGold(f"{out}: no article is done: nothing to write")
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unfinished-", dir=to.parent) as folder:
        unfinished = Path(folder) / to.name
        unfinished.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records), "utf-8")
        load_gold(unfinished)
        unfinished.replace(to)
    return len(records), sum(len(each["figures"]) for each in records), len(held) - len(done)


def rows_of(out: Path) -> dict[str, list[Row]]:
    """The rows of `figures` as the engine read them, by article."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in storage.rows(out, "figures", SCHEMAS["figures"].names):
        rows[row["article_id"]].append(row)
    return dict(rows)


def _records(out: Path, held: Mapping[str, list[decisions.Decision]]) -> Iterator[dict[str, Any]]:
    rows = rows_of(out)
    written = set()
    columns = ["article_id", "raw_sha256", "text", "title", "url", "source", "published"]
    for article in storage.rows(out, "articles", columns):
        content = article["raw_sha256"]
        if content not in held or content in written:
            continue
        written.add(content)
        laid = overlay.lay(rows.get(article["article_id"], []), article, held[content])
        yield {
            "id": f"review-{content[:16]}",
            "published": None if article["published"] is None else article["published"].isoformat(),
            "source": article["source"],
            "title": article["title"],
            "text": article["text"],
            "figures": _figures(laid.rows, article["text"]),
        }


def _figures(rows: list[Row], text: str) -> list[dict[str, Any]]:
    ordered = sorted(rows, key=lambda row: (row["amount_start"], row["measure"], row["spender"] or ""))
    index = {row["figure_id"]: at for at, row in enumerate(ordered)}
    return [
        decisions.reading_of(row, text, {}) | {"duplicate_of": _earlier(index.get(row["duplicate_of"]), at)}
        for at, row in enumerate(ordered)
    ]


def _earlier(index: int | None, at: int) -> int | None:
    return index if index is not None and index < at else None
