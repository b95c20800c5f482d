"""Tables -> an Excel workbook, a sheet for each.

A cell of Excel holds 32,767 characters: the texts of the articles are left out, any longer text is cut. What begins
like a formula is kept as text.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from tasks.views.export.describing import HEADER, described

LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_576
_LEFT_OUT = {"articles": ["text"]}
_SEPARATOR = "|"
_BATCH = 10_000


class TooLong(ValueError):
    """A table has more rows than a sheet."""


def xlsx_file(tables: Mapping[str, pa.Table], path: Path) -> dict[str, str]:
    """One workbook; times are in UTC, lists are joined by ``|``.

    Raises:
        TooLong: a table has more rows than a sheet.
    """
    book = openpyxl.Workbook(write_only=True)
    kept = {
        name: table.drop_columns([column for column in _LEFT_OUT.get(name, []) if column in table.column_names])
        for name, table in tables.items()
    }
    for name, table in kept.items():
        if table.num_rows >= MOST_ROWS:
            raise TooLong(f"{name} has {table.num_rows:,} rows, a sheet of Excel {MOST_ROWS:,}: leave it out (--table)")
        sheet = _sheet(book, name, table.column_names, table.num_rows)
        for batch in table.to_batches(_BATCH):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                sheet.append([_cell(sheet, value) for value in row])
    rows = list(described(kept))
    sheet = _sheet(book, "columns", HEADER, len(rows))
    for line in rows:
        sheet.append([_cell(sheet, value) for value in line])
    book.save(path)
    return {path.name: f"Excel workbook: {', '.join([*kept, 'columns'])}"}


def _sheet(book: openpyxl.Workbook, name: str, header: Sequence[str], count: int) -> WriteOnlyWorksheet:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{count + 1}"
    cells = [WriteOnlyCell(sheet, value=title) for title in header]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    return sheet


def _cell(sheet: WriteOnlyWorksheet, value: Any) -> Any:
    if isinstance(value, list):
        value = _SEPARATOR.join(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None)
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)[:LONGEST_TEXT])
    cell.data_type = "s"  # openpyxl takes what begins with = for a formula
    cell.quotePrefix = True
    return cell
