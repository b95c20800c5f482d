"""Figures -> a chart of what countries spend, as a picture that a page can hold inside itself."""

import base64
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from tasks.lexicon import countries

COLUMNS = ["spender", "measure", "status", "usd", "year_start", "year_end", "period_kind", "duplicate_of"]
"""What of `figures` a chart is made from."""
BARS = 12
_WIDTH, _ROW, _LEFT, _RIGHT = 640, 24, 190, 110


@dataclass(frozen=True, slots=True)
class Bar:
    """What articles say that a country spends in the newest year that they tell of: the median, and of how many."""

    spender: str
    year: int
    usd: float
    figures: int


def bars(rows: Iterable[Mapping[str, Any]]) -> list[Bar]:
    """The countries with the highest spending in rows of `figures`, highest first.

    Counted is a year's whole spending in US dollars, spent or budgeted, once an article.
    """
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if _counts(row):
            found[row["spender"]][row["year_end"]].append(row["usd"])
    newest = {spender: max(years) for spender, years in found.items()}
    made = [
        Bar(spender, year, statistics.median(found[spender][year]), len(found[spender][year]))
        for spender, year in newest.items()
    ]
    return sorted(made, key=lambda bar: (-bar.usd, bar.spender))[:BARS]


def svg(found: list[Bar]) -> str:
    """The bars as an SVG picture, readable on light and dark pages."""
    height = _ROW * len(found) + 12
    scale = (_WIDTH - _LEFT - _RIGHT) / max(bar.usd for bar in found)
    size = f'width="{_WIDTH}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
        f'<rect {size} fill="#ffffff"/>',
    ]
    for place, bar in enumerate(found):
        top = _ROW * place + 6
        length = max(1.0, bar.usd * scale)
        lines += [
            f'<text x="{_LEFT - 8}" y="{top + 16}" text-anchor="end" fill="#222222">{escape(_label(bar))}</text>',
            f'<rect x="{_LEFT}" y="{top + 3}" width="{length:.1f}" height="{_ROW - 6}" fill="#2a6f97"/>',
            f'<text x="{_LEFT + length + 6:.1f}" y="{top + 16}" fill="#222222">{bar.usd / 1e9:,.4g} bn</text>',
        ]
    return "\n".join([*lines, "</svg>"])


def data_uri(picture: str) -> str:
    """An SVG picture as an address that holds it."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()


def _counts(row: Mapping[str, Any]) -> bool:
    is_a_year = row["year_end"] is not None and row["period_kind"] in {"calendar", "fiscal"}
    is_spent = row["measure"] == "expenditure" and row["status"] in {"actual", "budgeted"}
    is_country = row["spender"] in countries.countries()
    return is_a_year and is_spent and is_country and bool(row["usd"]) and row["duplicate_of"] is None


def _label(bar: Bar) -> str:
    return f"{countries.countries()[bar.spender].name}, {bar.year}"
