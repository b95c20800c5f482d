"""Tables -> what the page holds: columns of numbers and of places in lists, so that it is small when it is packed."""

import base64
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks import panel, storage
from tasks.lexicon import countries
from tasks.records import SPENDERS_BEYOND_ISO
from tasks.reference import Reference
from tasks.views import distinct, filters, loading, terminal
from tasks.views.report.marking import marks

Row = Mapping[str, Any]

_EXAMPLES = 5
"""Records set aside that the page names for each reason."""
_LISTED = (
    "spender",
    "counterparty",
    "measure",
    "unit",
    "status",
    "claimant",
    "claimant_country",
    "spender_text",
    "reviewed",
)
"""Columns of figures whose cells are places in a list of the values that occur."""
_COLUMNS = (
    *(*_LISTED, "evidence", "said", "flags", "article", "low", "number", "high", "ratio", "beside", "first", "last"),
    *("from", "count", "confidence", "quoted", "again", "once", "marks", "id"),
)
_KINDS = ("amount", "spender", "claimant", "year")


def pack(contents: Mapping[str, Any]) -> str:
    """JSON, compressed, in letters that may stand in HTML; the same contents give the same letters."""
    text = json.dumps(contents, ensure_ascii=False, separators=(",", ":"), default=str)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def contents(out: Path, reference: Reference | None = None) -> dict[str, Any]:
    """All that the page shows of the folder `out`, newest figures first, with series of `reference` if there are any.

    Raises:
        storage.Unusable: there are no tables, or they are of another schema.
    """
    figures = sorted((_beside(row, reference) for row in loading.figures(out)), key=_newest_first)
    kept = [row["article_id"] for row in storage.rows(out, "articles", ["article_id"])]
    first, last = loading.as_of(out)
    used = {row["spender"] for row in figures if row["spender"]}
    codes = used | {row[name] for row in figures for name in ("counterparty", "claimant_country") if row[name]}
    return {
        "articles": _articles(figures),
        "figures": _figures(figures, distinct.first_ids(figures, distinct.stories(out))),
        "names": {code: name_of(code) for code in sorted(codes)},
        "reference": _reference(figures, reference, used),
        "reference_name": reference.name if reference else "",
        "set_aside": set_aside(out),
        "article_count": len(kept),
        "as_of": [first, last],
        "runs": _runs(out),
    }


def name_of(code: str) -> str:
    """A spender as people call it."""
    if code in SPENDERS_BEYOND_ISO:
        return SPENDERS_BEYOND_ISO[code]
    country = countries.countries().get(code)
    return country.name if country else code


def _beside(row: dict[str, Any], reference: Reference | None) -> dict[str, Any]:
    """The row beside a series that is given now, in place of the one that it was set beside by its run."""
    if reference is None:
        return row
    names = ("measure", "unit", "spender", "year_start", "year_end", "value", "usd")
    beside = reference.beside(*(row[name] for name in names))
    value, ratio = (beside.value, beside.ratio) if beside else (None, None)
    return {**row, "reference_value": value, "reference_ratio": ratio}


def _newest_first(row: Row) -> tuple[int, str, int]:
    date = row["published"]
    return (-date.toordinal() if date else 0), row["article_id"], row["amount_start"]


class _Listed:
    """Values that occur, each once, by their place; None has the place -1."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[Any, int] = {}

    def place(self, value: Any) -> int:
        if value is None:
            return -1
        if value not in self._places:
            self._places[value] = len(self.values)
            self.values.append(value)
        return self._places[value]


def _articles(figures: Sequence[Row]) -> list[list[Any]]:
    """Title, address, source and date of each article that has a figure, in the order in which they come up."""
    cited = {row["article_id"]: [row[name] for name in loading.CITATION] for row in figures}
    return list(cited.values())


def _figures(figures: Sequence[dict[str, Any]], first: Collection[str]) -> dict[str, Any]:
    """The figures by column; columns of texts hold places in `lists`. `first` are ids of those that count once."""
    lists = {name: _Listed() for name in (*_LISTED, "evidence", "flags", "said", "article")}
    cells = [{**_cells(row, lists), "once": int(row["figure_id"] in first)} for row in figures]
    columns = {name: [each[name] for each in cells] for name in _COLUMNS}
    return {"columns": columns, "lists": {name: each.values for name, each in lists.items() if name != "article"}}


def _cells(row: Row, lists: Mapping[str, _Listed]) -> dict[str, Any]:
    texts = {name: row[name] for name in (*_LISTED, "evidence")}
    texts |= {"said": terminal.value(row), "flags": ", ".join(row["flags"] or ()) or None, "article": row["article_id"]}
    low, value, high = panel.numbers(row)
    single = panel.years(row)
    return {
        **{name: lists[name].place(text) for name, text in texts.items()},
        "low": _short(low),
        "number": _short(value),
        "high": _short(high),
        "ratio": _short(row["reference_ratio"], 3),
        "beside": _short(row["reference_value"]),
        "first": row["year_start"],
        "last": row["year_end"],
        "from": single.start if single else 0,
        "count": len(single),
        "confidence": round(row["confidence"], filters.EXACT),
        "quoted": int(row["quoted"]),
        "again": int(row["duplicate_of"] is not None),
        "marks": [part for start, end, kind in marks(row) for part in (start, end, _KINDS.index(kind))],
        "id": row["figure_id"],
    }


def _short(number: float | None, digits: int = 6) -> float | None:
    """A number to so many digits: more are not looked at, and packed they take space."""
    return None if number is None else float(f"{number:.{digits}g}")


def _reference(figures: Iterable[Row], reference: Reference | None, spenders: set[str]) -> dict[str, Any]:
    """By measure, spender and year: of a file if one is given, else what the run set beside single years."""
    series: dict[str, dict[str, dict[int, float | None]]] = {"expenditure": {}, "share_of_gdp": {}}
    if reference is not None:
        for measure, known in (("expenditure", reference.usd), ("share_of_gdp", reference.share_of_gdp)):
            for (spender, year), value in known.items():
                if spender in spenders:
                    series[measure].setdefault(spender, {})[year] = _short(value)
        return series
    for row in figures:
        if row["reference_value"] is not None and row["year_start"] == row["year_end"]:
            series[row["measure"]].setdefault(row["spender"], {})[row["year_start"]] = _short(row["reference_value"])
    return series


def set_aside(out: Path) -> list[dict[str, Any]]:
    """What was set aside by stage and reason, the most frequent first, with how many and a few of them."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in storage.rows(out, "rejections", ["stage", "reason", "origin", "detail"]):
        key = row["stage"], row["reason"]
        counts[key] += 1
        if len(examples[key]) < _EXAMPLES:
            examples[key].append(f"{row['origin']}: {row['detail'].strip().splitlines()[-1] if row['detail'] else ''}")
    return [
        {"stage": stage, "reason": reason, "count": count, "examples": examples[stage, reason]}
        for (stage, reason), count in counts.most_common()
    ]


def _runs(out: Path) -> list[dict[str, Any]]:
    """The last runs, the newest first: when, by which version and engine, and how they ended."""
    columns = ["ended", "version", "model", "engine", "verdict"]
    rows = sorted(storage.rows(out, "runs", columns), key=lambda row: row["ended"], reverse=True)
    return [
        {**row, "ended": f"{row['ended']:%Y-%m-%d %H:%M} UTC", "engine": row["engine"][:12]} for row in rows[:_EXAMPLES]
    ]
