"""Published series of military spending, and what they say beside a figure.

Three layouts are read, recognised by what is in the file:

- the World Bank's CSV of one indicator (military expenditure in current US dollars, or as a share of GDP);
- SIPRI's Excel workbook (sheets of current US dollars, share of GDP and regional totals);
- a plain CSV with the columns ``iso3,year,usd``.
"""

import csv
import functools
import itertools
import re
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from tasks.lexicon import countries, tables
from tasks.records import SPENDERS_BEYOND_ISO

Series = dict[tuple[str, int], float]

WORLD_SINCE = 1992
"""First year with a meaningful world total: before it there are no data for the Soviet Union, or none for Russia."""
_INDICATORS = {"MS.MIL.XPND.CD": "usd", "MS.MIL.XPND.GD.ZS": "share_of_gdp"}
_AGGREGATES = {"WLD": "WORLD", "EUU": "EU"}
_PLAIN = ["iso3", "year", "usd"]
_MILLIONS = re.compile(r"millions? of US|US ?\$ ?m", re.IGNORECASE)
_BILLIONS = re.compile(r"billions? of US|US ?\$ ?b", re.IGNORECASE)
_CURRENT_TOTAL = re.compile(r"(\d{4}) \(current prices\)", re.IGNORECASE)
_ARCHIVE, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class BadReference(ValueError):
    """A file holds no reference series that can be read; the message names the file and the fault."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What the reference says for a figure's spender and years, in `unit`, and the figure divided by it."""

    value: float
    unit: str
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Reference:
    """Yearly series by spender code: current US dollars, and per cent of GDP where the source has it."""

    name: str
    usd: Series = field(default_factory=dict)
    share_of_gdp: Series = field(default_factory=dict)

    def beside(
        self,
        measure: str,
        unit: str,
        spender: str | None,
        year_start: int | None,
        year_end: int | None,
        value: float | None,
        usd: float | None,
    ) -> Beside | None:
        """The mean of the series over the years covered beside a figure of `value` in `unit`, `usd` in US dollars.

        For `expenditure` in money (ours in US dollars) and `share_of_gdp` in PCT; None for any other measure, without
        a spender or years, and where the series lacks one of the years. `ratio` is None where ours is, or by zero.
        """
        if spender is None or year_start is None or year_end is None:
            return None
        if measure == "expenditure" and unit != "PCT":
            series, ours, theirs_in = self.usd, usd, "USD"
        elif measure == "share_of_gdp" and unit == "PCT":
            series, ours, theirs_in = self.share_of_gdp, value, "PCT"
        else:
            return None
        known = [series.get((spender, year)) for year in range(year_start, year_end + 1)]
        values = [one for one in known if one is not None]
        if not values or len(values) != len(known):
            return None
        mean = fmean(values)
        return Beside(mean, theirs_in, None if ours is None or mean == 0 else ours / mean)


def load(path: Path) -> Reference:
    """The series of a file in one of the three layouts.

    Raises:
        BadReference: the file is none of them, or broken; the message names the file and the fault.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head == _ARCHIVE:
        return _from_workbook(path)
    if head == _OLD_EXCEL:
        raise BadReference(f"{path}: an Excel workbook of before 2007; save it as .xlsx")
    return _from_csv(path)


def _from_csv(path: Path) -> Reference:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines, strict=True))
    except UnicodeDecodeError as error:
        raise BadReference(f"{path}: not UTF-8: {error}") from error
    except csv.Error as error:
        raise BadReference(f"{path}: not a CSV file: {error}") from error
    for number, row in enumerate(rows[:20], 1):
        header = [cell.strip() for cell in row]
        if {"Country Code", "Indicator Code"} <= set(header):
            return _from_world_bank(path, header, rows[number:], number)
        if [cell.lower() for cell in header[: len(_PLAIN)]] == _PLAIN:
            return Reference(path.name, usd=_plain(path, rows[number:], number))
    raise BadReference(
        f"{path}: neither the World Bank's CSV (a header with Country Code and Indicator Code), "
        f"nor SIPRI's Excel workbook, nor a CSV with the columns {','.join(_PLAIN)}"
    )


def _from_world_bank(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], above: int) -> Reference:
    code_at, indicator_at = header.index("Country Code"), header.index("Indicator Code")
    years = {at: int(name) for at, name in enumerate(header) if re.fullmatch(r"\d{4}", name)}
    series: dict[str, Series] = {"usd": {}, "share_of_gdp": {}}
    for number, row in enumerate(rows, above + 1):
        if not any(row):
            continue
        if len(row) <= max(code_at, indicator_at):
            raise BadReference(f"{path}:{number}: {len(row)} cells, the header has {len(header)}")
        if row[indicator_at] not in _INDICATORS:
            known = " or ".join(_INDICATORS)
            raise BadReference(f"{path}:{number}: the indicator is {row[indicator_at]!r}, not {known}")
        code = _AGGREGATES.get(row[code_at], row[code_at])
        if not _is_spender(code):
            continue
        for at, year in years.items():
            cell = row[at] if at < len(row) else ""
            if cell and not (code == "WORLD" and year < WORLD_SINCE):
                series[_INDICATORS[row[indicator_at]]][code, year] = _number(path, number, cell)
    if not any(series.values()):
        raise BadReference(f"{path}: no value in it")
    return Reference(path.name, **series)


def _plain(path: Path, rows: Sequence[Sequence[str]], above: int) -> Series:
    series: Series = {}
    for number, row in enumerate(rows, above + 1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < len(_PLAIN):
            raise BadReference(f"{path}:{number}: {len(cells)} cells, not {','.join(_PLAIN)}")
        code, year, usd = cells[: len(_PLAIN)]
        if not _is_spender(code):
            raise BadReference(f"{path}:{number}: no country or spender has the code {code!r}")
        if not re.fullmatch(r"\d{4}", year):
            raise BadReference(f"{path}:{number}: the year is {year!r}")
        if usd:
            series[code, int(year)] = _number(path, number, usd)
    if not series:
        raise BadReference(f"{path}: no value in it")
    return series


def _is_spender(code: str) -> bool:
    return code in SPENDERS_BEYOND_ISO or code in countries.countries()


def _number(path: Path, line: int, cell: str) -> float:
    # Written out, because float() also takes nan, inf and 1_000.
    if not re.fullmatch(r"\d+(\.\d*)?([eE][+-]?\d+)?|\.\d+", cell.strip()):
        raise BadReference(f"{path}:{line}: {cell!r} is no number")
    return float(cell)


def spender_code(name: str) -> str | None:
    """The code of a country or region as SIPRI's workbook names it; None for groups and states without one."""
    bare = name.strip()
    return _sipri_names()[bare] if bare in _sipri_names() else countries.link(bare)


@functools.cache
def _sipri_names() -> dict[str, str | None]:
    return {row["name"]: row["code"] or None for row in tables.rows("sipri_names.csv")}


def _from_workbook(path: Path) -> Reference:
    sheets = dict(_sheets(path))
    current = _sheet(sheets, "current us$")
    if current is None:
        raise BadReference(f"{path}: no sheet 'Current US$'; its sheets are {', '.join(sheets)}")
    usd = _table(path, "Current US$", current, _scale(path, "Current US$", current))
    if not usd:
        raise BadReference(f"{path}: no value in its sheet 'Current US$'")
    share = _sheet(sheets, "share of gdp")
    regions = _sheet(sheets, "regional totals")
    return Reference(
        path.name,
        usd=_world_sums(usd) | usd | ({} if regions is None else _regional_totals(path, regions)),
        share_of_gdp={} if share is None else _table(path, "Share of GDP", share, 100.0),
    )


def _sheets(path: Path) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The wanted sheets with their rows, the others without."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl's, about styles that are not read
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            for sheet in book.worksheets:
                is_wanted = re.match("current us|share of gdp|regional", sheet.title.strip(), re.IGNORECASE)
                yield sheet.title, list(sheet.iter_rows(values_only=True)) if is_wanted else []
    except (zipfile.BadZipFile, InvalidFileException, KeyError, SyntaxError, ValueError, EOFError) as error:
        raise BadReference(f"{path}: an archive, but no readable Excel workbook: {error}") from error


def _sheet(sheets: dict[str, list[tuple[Any, ...]]], title: str) -> list[tuple[Any, ...]] | None:
    return next((rows for name, rows in sheets.items() if name.strip().lower() == title), None)


def _scale(path: Path, title: str, rows: Iterable[tuple[Any, ...]]) -> float:
    """US dollars of one unit of a sheet, as the lines above its table say."""
    above = " ".join(str(row[0]) for row in rows if row and isinstance(row[0], str))
    if _MILLIONS.search(above):
        return 1e6
    if _BILLIONS.search(above):
        return 1e9
    raise BadReference(f"{path}: its sheet {title!r} says neither millions nor billions of US dollars")


def _header(rows: Sequence[tuple[Any, ...]], first: str) -> int | None:
    return next((at for at, row in enumerate(rows) if row and str(row[0]).strip().lower() == first), None)


def _table(path: Path, title: str, rows: Sequence[tuple[Any, ...]], scale: float) -> Series:
    """The numbers of a sheet of countries by year; what stands for missing data (`. .`, `xxx`) is left out."""
    at = _header(rows, "country")
    years = {} if at is None else {i: int(cell) for i, cell in enumerate(rows[at]) if _is_year(cell)}
    if at is None or not years:
        raise BadReference(f"{path}: its sheet {title!r} has no line that begins with Country and names years")
    series: Series = {}
    for row in rows[at + 1 :]:
        values = {years[i]: float(row[i]) * scale for i in years if i < len(row) and _is_number(row[i])}
        code = spender_code(str(row[0])) if values else None
        if code is not None:
            series |= {(code, year): value for year, value in values.items()}
    return series


def _regional_totals(path: Path, rows: Sequence[tuple[Any, ...]]) -> Series:
    """The totals at current prices; the others are at constant prices, which no newspaper's number is."""
    at = _header(rows, "region")
    if at is None:
        return {}
    current = {i: _CURRENT_TOTAL.fullmatch(str(cell).strip()) for i, cell in enumerate(rows[at])}
    years = {i: int(match[1]) for i, match in current.items() if match}
    scale = _scale(path, "Regional totals", rows) if years else 1.0
    cells = itertools.product(rows[at + 1 :], years.items())
    found = ((spender_code(str(row[0])), year, row[i]) for row, (i, year) in cells if i < len(row))
    return {(code, year): float(cell) * scale for code, year, cell in found if code is not None and _is_number(cell)}


def _world_sums(usd: Series) -> Series:
    """The world as the sum of its countries: at current prices SIPRI gives a total for the last year only."""
    sums: dict[int, float] = defaultdict(float)
    for (_, year), value in usd.items():
        if year >= WORLD_SINCE:
            sums[year] += value
    return {("WORLD", year): total for year, total in sums.items()}


def _is_year(cell: object) -> bool:
    return re.fullmatch(r"(19|20)\d\d(\.0)?", str(cell)) is not None


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)
