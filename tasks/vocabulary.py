"""A user's own rows for the tables of words: read from a folder, and every row tried on its example.

The tests of the built-in tables try their rows by the same functions, `FAULTS`.
"""

import csv
import hashlib
import io
import json
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tasks import money, relevance
from tasks.figures.amounts import find_amounts
from tasks.lexicon import countries, military, tables
from tasks.records import SPENDERS_BEYOND_ISO, Qualifier

Row = Mapping[str, str]
_NAMED = ("name", "adjective", "capital")
_RATE_EXAMPLE = re.compile(r"1000 ([A-Z]{3}) in (\d{4}) is ([0-9.]+) USD")
_NEAR = 1e-4
_LONGEST = 1_000_000
"""Bytes of a table; one of more was not written by hand."""


class BadLexicon(Exception):
    """A folder that is no lexicon; the message is one line for a person and names file, line and fault."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The rows of a folder by table, and their digest: empty where there are none."""

    rows: dict[str, tables.Rows] = field(default_factory=dict)
    digest: str = ""


def load(folder: Path | None) -> Lexicon:
    """The rows of `folder`, each one tried; none where it is None.

    Raises:
        BadLexicon: a table is not one that can be added to, or a row is no such row, or does not prove itself.
        tables.Occupied: another lexicon is in use in this process.
    """
    if folder is None:
        return Lexicon()
    found = {path: _read(path) for path in _files(folder)}
    rows = {path.name: [row for _, row in numbered] for path, numbered in found.items()}
    with tables.using(rows):
        for path, numbered in found.items():
            for line, row in numbered:
                _refuse(path, line, next(_try(path.name, row), None))
    return Lexicon(rows, hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest())


def files(folder: Path | None) -> list[Path]:
    """The folder and the tables in it: what is read of the disk."""
    return [] if folder is None else [folder, *sorted(folder.glob("*.csv"))]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadLexicon(f"lexicon {folder}: no such folder")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".csv", ".toml"))
    for path in found:
        if path.name not in tables.EXTENSIBLE:
            raise BadLexicon(f"{path}: not a table that can be added to; these are: {', '.join(tables.EXTENSIBLE)}")
        if not path.is_file():
            raise BadLexicon(f"{path}: not a file")
    if not found:
        raise BadLexicon(f"lexicon {folder}: holds no table; it may hold {', '.join(tables.EXTENSIBLE)}")
    return found


def _read(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows with the lines that they end on, sound in form."""
    if path.stat().st_size > _LONGEST:
        raise BadLexicon(f"{path}: more than {_LONGEST:,} bytes")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = tuple(next(reader, ()))
        lines = [(reader.line_num, row) for row in reader if row]
    except UnicodeDecodeError as error:
        raise BadLexicon(f"{path}: not UTF-8 (byte {error.start})") from error
    except csv.Error as error:
        raise BadLexicon(f"{path}: no CSV: {error}") from error
    columns = tables.EXTENSIBLE[path.name]
    if sorted(header) != sorted(columns):
        raise BadLexicon(f"{path}, line 1: the columns must be {','.join(columns)}")
    _refuse(path, 1, None if lines else "no rows below the header")
    listed = {tuple(row[column] for column in _KEYS[path.name]) for row in tables.built_in(path.name)}
    rows = []
    for line, cells in lines:
        _refuse(path, line, _misshapen(header, cells))
        row = dict(zip(header, cells, strict=True))
        key = tuple(row[column] for column in _KEYS[path.name])
        _refuse(path, line, f"{key[0]!r} is listed already" if key in listed else None)
        _refuse(path, line, next(_FORMS[path.name](row), None) if path.name in _FORMS else None)
        listed.add(key)
        rows.append((line, row))
    return rows


def _misshapen(header: tuple[str, ...], cells: list[str]) -> str | None:
    if len(cells) != len(header):
        return f"{len(cells)} cells for {len(header)} columns"
    row = dict(zip(header, cells, strict=True))
    empty = next((column for column in (header[0], "example") if not row[column].strip()), None)
    if empty:
        return f"no {empty}"
    if any(cell != cell.strip() or re.search(r"[\n\r\t\0]", cell) for cell in cells):
        return "stray white space"
    return None


def _refuse(path: Path, line: int, fault: str | None) -> None:
    if fault is not None:
        raise BadLexicon(f"{path}, line {line}: {fault}")


def _one_of(row: Row, column: str, allowed: tuple[str, ...]) -> Iterator[str]:
    if row[column] not in allowed:
        yield f"{column} {row[column]!r} is none of {', '.join(each if each else repr(each) for each in allowed)}"


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?(?:e-?\d+)?", cell) is not None and float(cell) > 0


def _currency_form(row: Row) -> Iterator[str]:
    yield from _one_of(row, "place", ("before", "after", "code"))
    yield from _one_of(row, "needs_scale", ("yes", "no"))
    units = row["units"].split()
    if not units or not all(re.fullmatch("[A-Z]{3}", unit) for unit in units):
        yield f"units {row['units']!r}: ISO 4217 codes with a blank between them are wanted"
    if row["place"] == "after" and not row["surface"][-1].isalnum():
        yield f"surface {row['surface']!r}: what stands after a number must end in a letter"


def _rate_form(row: Row) -> Iterator[str]:
    for column in ("currency", "per"):
        if not re.fullmatch("[A-Z]{3}", row[column]):
            yield f"{column} {row[column]!r}: an ISO 4217 code is wanted"
    if row["currency"] == row["per"]:
        yield "a currency is worth one of itself"
    if not re.fullmatch(r"\d{4}", row["year_from"]) or not re.fullmatch(r"(?:\d{4})?", row["year_to"]):
        yield "year_from and year_to must be years; year_to may be empty"
    elif row["year_to"] and row["year_to"] < row["year_from"]:
        yield "year_to lies before year_from"
    if not _is_number(row["rate"]):
        yield f"rate {row['rate']!r}: a number above zero is wanted"
    if not row["source"]:
        yield "no source"


def _pattern_form(row: Row) -> Iterator[str]:
    yield from _one_of(row, "kind", typing.get_args(military.Kind))
    try:
        pattern = re.compile(row["pattern"])
    except re.error as error:
        yield f"pattern {row['pattern']!r}: {error}"
        return
    if pattern.search("") or pattern.groups:
        yield f"pattern {row['pattern']!r}: it must not match nothing, nor have groups but (?:...)"
    if row["pattern"] != row["pattern"].lower():
        yield f"pattern {row['pattern']!r}: it is held against small letters"


def _hedge_form(row: Row) -> Iterator[str]:
    yield from _one_of(row, "place", ("before", "after"))
    yield from _one_of(row, "qualifier", typing.get_args(Qualifier))


_KEYS = {
    **{name: (columns[0],) for name, columns in tables.EXTENSIBLE.items()},
    "currencies.csv": ("surface", "place"),
    "exchange_rates.csv": ("currency", "year_from"),
    "hedges.csv": ("words", "place"),
}
"""By what a row is told from others: no two rows of a table, a user's or not, are alike in these."""
_FORMS: dict[str, Callable[[Row], Iterator[str]]] = {
    tables.OWN: lambda row: _one_of(row, "kind", _NAMED),
    "companies.csv": lambda row: _one_of(row, "needs", ("", "country")),
    "currencies.csv": _currency_form,
    "exchange_rates.csv": _rate_form,
    "governments.csv": lambda row: _one_of(row, "needs", ("", "country")),
    "hedges.csv": _hedge_form,
    "military.csv": _pattern_form,
}
"""What is wrong with a row before its example is tried: it must not break what is made of all rows."""


def _try(name: str, row: Row) -> Iterator[str]:
    for column in ("code", "codes"):
        for code in _cells(row, column):
            if code not in countries.countries() and code not in SPENDERS_BEYOND_ISO:
                yield f"{column} {code!r}: no ISO 3166-1 code of three letters"
    yield from FAULTS[name](row)


def _cells(row: Row, *columns: str) -> list[str]:
    return [part for column in columns for part in row.get(column, "").split("|") if part]


def _stands(row: Row, *surfaces: str) -> Iterator[str]:
    if not any(surface in row["example"] for surface in surfaces):
        yield f"the example does not hold {surfaces[0]!r}"


def _names(row: Row, code: str) -> Iterator[str]:
    found = sorted({one.surface.codes[0] for one in countries.find(row["example"])})
    if found != [code]:
        yield f"the example names {', '.join(found) or 'nobody'}, not {code}"


def _whole(surfaces: list[str], code: str) -> Iterator[str]:
    for surface in surfaces:
        found = [(one.start, one.end, one.surface.codes[0]) for one in countries.find(surface)]
        if found != [(0, len(surface), code)]:
            said = ", ".join(f"{surface[start:end]!r} as {means}" for start, end, means in found)
            yield f"{surface!r} is read as {said or 'nobody'}, not as {code}"


def alias_faults(row: Row) -> Iterator[str]:
    """What a row of a user's ``aliases.csv`` does not prove."""
    yield from _stands(row, row["surface"])
    yield from _whole([row["surface"]], row["code"])
    yield from _names(row, row["code"])


def country_faults(row: Row) -> Iterator[str]:
    """What a row of ``countries.csv`` does not prove."""
    yield from _stands(row, row["name"])
    yield from _names(row, row["code"])
    yield from _whole(_cells(row, "name", "aliases", "adjectives", "capitals"), row["code"])
    if countries.link(row["name"]) != row["code"]:
        yield f"{row['name']!r} is not linked to {row['code']}"


def government_faults(row: Row) -> Iterator[str]:
    """What a row of ``governments.csv`` does not prove."""
    yield from _stands(row, row["surface"])
    yield from _one_of(row, "kind", ("institution", "group"))
    codes = _cells(row, "codes")
    if not codes:
        yield "no codes"
        return
    yield from _names(row, codes[0])
    if row["needs"] and not any(one.surface.kind in _NAMED for one in countries.find(row["example"])):
        yield "the example does not name the country that the row needs"


def leader_faults(row: Row) -> Iterator[str]:
    """What a row of ``leaders.csv`` does not prove."""
    names = _cells(row, "name", "aliases")
    yield from _stands(row, *names)
    yield from _names(row, row["code"])
    yield from _whole(names, row["code"])


def company_faults(row: Row) -> Iterator[str]:
    """What a row of ``companies.csv`` does not prove."""
    yield from _stands(row, row["surface"])
    yield from _one_of(row, "kind", ("maker", "weapon"))
    yield from _names(row, row["code"])
    kinds = [one.surface.kind for one in countries.find(row["surface"])]
    wanted = ["weapon" if row["kind"] == "weapon" else "company"]
    if kinds != wanted:
        yield f"{row['surface']!r} is read as {', '.join(kinds) or 'nobody'}, not as {wanted[0]}"


def lookalike_faults(row: Row) -> Iterator[str]:
    """What a row of ``lookalikes.csv`` does not prove."""
    yield from _stands(row, row["surface"])
    for one in countries.find(row["example"]):
        yield f"the example names {one.surface.codes[0]}"


def currency_faults(row: Row) -> Iterator[str]:
    """What a row of ``currencies.csv`` does not prove: its example is five billion of its units, and nothing else."""
    yield from _stands(row, row["surface"])
    found = find_amounts(row["example"])
    if len(found) != 1:
        yield f"{len(found)} amounts are read in the example, not one"
        return
    amount = found[0]
    if amount.value != 5 * 10**9 or amount.end - amount.start != len(row["example"]):
        yield "the example must be five billion in this currency and no other word"
    units = " ".join([amount.unit, *amount.other_units])
    if units != row["units"]:
        yield f"the example is read in {units}, not in {row['units']}"


def hedge_faults(row: Row) -> Iterator[str]:
    """What a row of ``hedges.csv`` does not prove."""
    yield from _stands(row, row["words"])
    found = [amount.qualifier for amount in find_amounts(f"They said it was {row['example']}.")]
    if found != [row["qualifier"]]:
        yield f"the example is read as {', '.join(found) or 'no amount'}, not as {row['qualifier']}"


def rate_faults(row: Row) -> Iterator[str]:
    """What a row of ``exchange_rates.csv`` does not prove."""
    told = _RATE_EXAMPLE.fullmatch(row["example"])
    if told is None or (told[1], told[2]) != (row["currency"], row["year_from"]):
        yield f"the example must say '1000 {row['currency']} in {row['year_from']} is ... USD'"
        return
    year = int(told[2])
    found = money.to_usd(1000, told[1], year, year, None)
    if found is None or found.usd is None:
        yield "the example cannot be converted: is there a rate of what it is counted in?"
    elif abs(found.usd - float(told[3])) > _NEAR * float(told[3]):
        yield f"1000 {told[1]} in {year} is {found.usd:.6g} USD, not {told[3]}"
    elif row["source"] not in found.source:
        yield f"another rate is known: {found.source}"


def military_faults(row: Row) -> Iterator[str]:
    """What a row of ``military.csv`` does not prove."""
    if not re.search(rf"\b(?:{row['pattern']})\b", row["example"].lower()):
        yield f"the example does not hold {row['pattern']!r}"
    if not relevance.is_relevant(None, row["example"]):
        yield "the example is no article that may hold a figure: an amount must stand beside the word"


FAULTS: dict[str, Callable[[Row], Iterator[str]]] = {
    tables.OWN: alias_faults,
    "companies.csv": company_faults,
    "countries.csv": country_faults,
    "currencies.csv": currency_faults,
    "exchange_rates.csv": rate_faults,
    "governments.csv": government_faults,
    "hedges.csv": hedge_faults,
    "leaders.csv": leader_faults,
    "lookalikes.csv": lookalike_faults,
    "military.csv": military_faults,
}
"""What a row of a table does not prove, one line a fault; none where it proves itself."""
