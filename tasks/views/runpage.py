"""A run -> what its page in an operator's browser says of it, in Markdown.

Words of articles are other people's: every sign that means something in Markdown or HTML is written as itself, and
an address becomes a link only if it is one of the web.
"""

import heapq
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import pyarrow as pa

from tasks.shards import Report
from tasks.views import chart, terminal

NEWEST = 25
"""Figures that a run's page shows."""
_MEANT = re.compile(r"([\\`*_{}\[\]()#+!|~$:-])")
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|www)(?=[:.])")
_LONGEST = 400

Row = Mapping[str, Any]


def newest(shards: Iterable[tuple[pa.Table, pa.Table]], count: int = NEWEST) -> list[dict[str, Any]]:
    """The figures of the articles published last, each with its article's `url`, `source` and `published`.

    `shards` are tables of figures with their articles, one after the other; of the same day the first come first.
    """
    return heapq.nlargest(count, _with_articles(shards), key=lambda row: str(row["published"] or ""))


def table(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Rows of figures as plain words, one dict a row."""
    return [
        {
            "spender": row["spender"] or "-",
            "measure": row["measure"],
            "value": terminal.value(row),
            "year": terminal.years(row),
            "status": row["status"],
            "who says so": row["claimant"] or "",
            "published": str(row["published"] or ""),
            "sentence": _short(row["evidence"]),
            "article": row["url"] or row["origin"],
        }
        for row in rows
    ]


def markdown(report: Report, rows: Sequence[Row], bars: Sequence[chart.Bar]) -> str:
    """The page of a run that has ended: verdict, counts by stage, what was set aside, figures, and a chart."""
    counts = [_plain(report.line()), _stages(report), _aside(report)]
    return "\n\n".join([f"# {_plain(report.verdict)}", *counts, _chart(bars), _figures(rows)]) + "\n"


def _with_articles(shards: Iterable[tuple[pa.Table, pa.Table]]) -> Iterator[dict[str, Any]]:
    for figures, articles in shards:
        told = {row["article_id"]: row for row in articles.to_pylist()}
        yield from ({**told[row["article_id"]], **row} for row in figures.to_pylist())


def _stages(report: Report) -> str:
    counts = json.loads(report.counts())
    names = [name for name, count in counts.items() if isinstance(count, dict) and "in" in count]
    lines = [f"| {name} | {counts[name]['in']:,} | {counts[name]['out']:,} |" for name in names]
    return "\n".join(["| stage | in | out |", "| --- | ---: | ---: |", *lines])


def _aside(report: Report) -> str:
    if not report.by_reason:
        return "Nothing was set aside."
    lines = [f"| {reason} | {count:,} |" for reason, count in report.by_reason.items()]
    return "\n".join(["| set aside | records |", "| --- | ---: |", *lines])


def _figures(rows: Sequence[Row]) -> str:
    if not rows:
        return "No new figures."
    before, after = ["spender", "measure", "value", "year"], ["sentence", "who says so"]
    head = [*before, "article", *after]  # the sentence is wide: what stands behind it is scrolled to
    lines = ["## Newest figures", "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for row, words in zip(rows, table(rows), strict=True):
        cells = [[_plain(words[name]) for name in names] for names in (before, after)]
        lines.append(f"| {' | '.join([*cells[0], _article(row), *cells[1]])} |")
    return "\n".join(lines)


def _chart(bars: Sequence[chart.Bar]) -> str:
    if not bars:
        return "No country's spending in a year is in the tables yet."
    title = "Spending by country in the newest year told, in US dollars: the median of what articles say"
    return f"## Spending by country\n\n{title}.\n\n![{title}]({chart.data_uri(chart.svg(list(bars)))})"


def _article(row: Row) -> str:
    source = _plain(_short(row["source"] or "article", 60))
    address = _address(row["url"])
    return f"[{source}]({address})" if address else source


def _address(url: str | None) -> str | None:
    """`url` as a link's target; None if it is none of the web."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return quote(url or "", safe="/:?&=#%~.,;@+-_") if parts.scheme in {"http", "https"} and parts.netloc else None


def _short(words: str, longest: int = _LONGEST) -> str:
    return words if len(words) <= longest else words[:longest].rsplit(" ", 1)[0] + " ..."


def _plain(words: str) -> str:
    """`words` as they stand, on one line: no sign of theirs is Markdown or HTML, no address in them a link."""
    line = " ".join(words.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MEANT.sub(r"\\\1", _ADDRESS.sub("\\1\u200b", line))
