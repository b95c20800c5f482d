"""Figures -> a table that is read on a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from tasks.records import Rejection
    from tasks.views.comparing import Compared

WIDTH_OF_A_FILE = 160
"""Columns taken where the output is no terminal and has no width of its own."""
_WIDE = 140
_EVIDENCE = 110
_CLAIMANT = 28
_SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"))
_QUALIFIERS = {"approx": "about ", "at_least": "over ", "at_most": "up to "}
_COLUMNS = ("spender", "measure", "value", "year", "status", "who says so", "evidence")
_COMPARED = (
    *("spender", "measure", "year", "figures", "lowest", "median", "highest", "reference", "ratio"),
    "most extreme claim",
)

Row = Mapping[str, Any]


def console(quiet: bool = False) -> Console:
    """Where to print: as wide as the terminal, or wide enough for a table."""
    terminal = Console(quiet=quiet)
    return terminal if terminal.is_terminal else Console(quiet=quiet, width=WIDTH_OF_A_FILE)


def figures(rows: Sequence[Row], width: int, total: int | None = None) -> Iterable[Table | Text | Padding]:
    """A table of rows of `figures`, `width` columns wide; `total` says how many there are in all.

    Where it is too narrow for the evidence to stand beside a figure, it stands below.
    """
    if not rows:
        return [Text("no figures")]
    table = _wide(rows) if width >= _WIDE else _narrow(rows)
    rest = 0 if total is None else total - len(rows)
    return [*table, Text(f"... and {rest:,} more")] if rest > 0 else table


def comparison(rows: "Sequence[Compared]", total: int) -> Iterable[Table | Text]:
    """A table of what is claimed beside a published series, below each row its most extreme claim."""
    if not rows:
        return [Text("nothing to compare: no expenditure or share of GDP of a known spender and year")]
    table = Table(*_COMPARED, box=None, pad_edge=False, header_style="bold")
    for name, column in zip(_COMPARED, table.columns, strict=True):
        column.no_wrap = name not in {"measure", "most extreme claim"}
        column.justify = "left" if name in {"spender", "measure", "most extreme claim"} else "right"
    for row in rows:
        numbers = [amount(each, row.unit) for each in (row.low, row.median, row.high, row.reference)]
        ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
        cells = [row.spender, row.measure, str(row.year), str(row.figures), *numbers, ratio]
        table.add_row(*(escape(cell) for cell in cells), _claim(row))
    rest = total - len(rows)
    return [table, Text(f"... and {rest:,} more")] if rest > 0 else [table]


def _claim(row: "Compared") -> Text:
    extreme = row.extreme
    who = extreme["claimant"] or extreme["source"] or "the article"
    times = "" if extreme["ratio"] is None else f" ({extreme['ratio']:.2f})"
    return Text.assemble(_printable(who), times, ": ", evidence(extreme))


def amount(number: float | None, unit: str) -> str:
    """A number as it is read: ``16 bn USD``, ``2.1 %``."""
    if number is None:
        return "-"
    ends = dict.fromkeys(("value_low", "value", "value_high"), number)
    return value({**ends, "unit": unit, "qualifier": "exact"})


def _wide(rows: Sequence[Row]) -> list[Table | Text | Padding]:
    table = Table(*_COLUMNS, box=None, pad_edge=False, header_style="bold", row_styles=["", "dim"])
    for name, column in zip(_COLUMNS, table.columns, strict=True):
        column.no_wrap = name not in {"who says so", "evidence"}
        column.overflow = "fold"
        column.max_width = _CLAIMANT if name == "who says so" else None
    for row in rows:
        table.add_row(*(escape(cell) for cell in _cells(row)), evidence(row))
    return [table]


def _narrow(rows: Sequence[Row]) -> list[Table | Text | Padding]:
    lines = [list(_COLUMNS[:-1]), *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    texts = [
        Text("  ".join(cell.ljust(size) for cell, size in zip(line, widths, strict=True)).rstrip()) for line in lines
    ]
    texts[0].stylize("bold")
    below = [Padding(evidence(row), (0, 0, 0, 4), style="dim") for row in rows]
    return [texts[0], *(part for pair in zip(texts[1:], below, strict=True) for part in pair)]


def set_aside(rejections: "Iterable[Rejection]", unnamed: int = 0) -> list[str]:
    """One line for each record that was set aside: file and place, reason, and what is wrong; `unnamed` more exist."""
    lines = [_printable(f"{row.origin}: {_what(row)}") for row in rejections]
    return [*lines, f"... and {unnamed:,} more set aside: see the table rejections"] if unnamed else lines


def _printable(line: str) -> str:
    """`line` without what would move a terminal's cursor."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def _what(row: "Rejection") -> str:
    """The reason and the detail; of a bug the stage and the error, without the way that led to it."""
    if row.reason != "internal_error":
        return f"{row.reason}: {row.detail}"
    return f"internal_error in {row.stage}: {row.detail.strip().splitlines()[-1]}"


def value(row: Row) -> str:
    """A figure's value as it is read: ``about 16 bn USD``, ``5 to 6 bn USD``, ``2.1 %``."""
    low, high = row["value_low"], row["value_high"]
    is_span = row["qualifier"] in {"range", "order"} or row["value"] is None
    scale, name = (1.0, "") if row["unit"] == "PCT" else _scale(max(abs(low), abs(high)))
    number = f"{low / scale:.4g} to {high / scale:.4g}" if is_span else f"{row['value'] / scale:.4g}"
    unit = "%" if row["unit"] == "PCT" else row["unit"]
    return " ".join(part for part in (_QUALIFIERS.get(row["qualifier"], "") + number, name, unit) if part)


def years(row: Row) -> str:
    """The years that a figure covers; empty where nothing settles them."""
    first, last = row["year_start"], row["year_end"]
    if first is None:
        return ""
    return f"{first}" if first == last else f"{first}-{last}"


def evidence(row: Row, width: int = _EVIDENCE) -> Text:
    """The sentence, or the part of it around the amount, with the amount highlighted."""
    sentence = row["evidence"]
    start, end = (row[key] - row["sentence_start"] for key in ("amount_start", "amount_end"))
    first = max(0, min(start - (width - (end - start)) // 2, len(sentence) - width))
    last = min(len(sentence), max(first + width, end))
    if first > 0:  # cut between words, not in them
        first = min(start, sentence.find(" ", first, start) + 1 or start)
    if last < len(sentence):
        last = max(end, sentence.rfind(" ", end, last))
    text = Text(sentence.replace("\n", " "))
    text.stylize("bold", start, end)
    shown = text[first:last]
    return Text("").join([Text("..." if first else ""), shown, Text("..." if last < len(sentence) else "")])


def _cells(row: Row) -> list[str]:
    return [row["spender"] or "-", row["measure"], value(row), years(row), row["status"], row["claimant"] or ""]


def _scale(size: float) -> tuple[float, str]:
    return next(((scale, name) for scale, name in _SCALES if size >= scale), (1.0, ""))
