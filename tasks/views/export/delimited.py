"""Tables -> CSV files that Excel reads too, and their description as CSV on the Web (CSVW, a W3C standard).

``figures.csv`` holds the figures, ``figures-panel.csv`` the panel and so on; ``figures.csv-metadata.json`` lies where
the standard looks for it. UTF-8 with the mark by which Excel knows it, lines as RFC 4180 ends them, lists joined by
``|``, missing values empty, text disarmed.
"""

import csv
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa

from tasks.views.export.disarming import disarm

SEPARATOR = "|"
_BATCH = 10_000
_ISO_3166 = "https://www.iso.org/iso-3166-country-codes.html"
_ISO_4217 = "https://www.iso.org/iso-4217-currency-codes.html"
_SIPRI = "https://www.sipri.org/databases/milex/sources-and-methods"
_DEFINED_BY = {
    "spender": _ISO_3166,
    "counterparty": _ISO_3166,
    "claimant_country": _ISO_3166,
    "country": _ISO_3166,
    "publisher_country": _ISO_3166,
    "unit": _ISO_4217,
    "reference_unit": _ISO_4217,
    "measure": _SIPRI,
}
"""Whose definitions a column follows; for `measure`, SIPRI's of military expenditure."""
_KEYS = {"articles": "article_id", "figures": "figure_id", "runs": "run_id"}


def csv_files(tables: Mapping[str, pa.Table], path: Path) -> dict[str, str]:
    """A file for each table, the first under the name that was asked for, and their description."""
    names = {name: path.name if at == 0 else f"{path.stem}-{name}{path.suffix}" for at, name in enumerate(tables)}
    for name, table in tables.items():
        with (path.parent / names[name]).open("w", encoding="utf-8-sig", newline="") as file:
            write(table.schema.names, _rows(table), file)
    described = f"{path.name}-metadata.json"
    (path.parent / described).write_text(json.dumps(_description(tables, names), indent=1), encoding="utf-8")
    whats = {names[name]: f"table {name}" for name in tables}
    return {**whats, described: "what the columns mean, as CSV on the Web"}


def write(header: Iterable[str], rows: Iterable[Iterable[Any]], file: TextIO) -> None:
    """A CSV file of these rows, every text in it disarmed."""
    writer = csv.writer(file)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value) for value in row])


def _rows(table: pa.Table) -> Iterable[tuple[Any, ...]]:
    for batch in table.to_batches(_BATCH):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return disarm(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):  # a time too
        return value.isoformat()
    return disarm(SEPARATOR.join(value)) if isinstance(value, list) else value


def _description(tables: Mapping[str, pa.Table], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": "Military spending figures that news articles state",
        "dc:description": "An apostrophe before =, +, - or @ at the beginning of a text is no part of the text.",
        "dialect": {"encoding": "utf-8", "header": True},
        "tables": [
            {
                "url": names[name],
                "dc:title": name,
                "tableSchema": {
                    "columns": [_column(field) for field in table.schema],
                    **({"primaryKey": _KEYS[name]} if name in _KEYS else {}),
                    **_foreign_keys(name, names),
                },
            }
            for name, table in tables.items()
        ],
    }


def _column(field: pa.Field) -> dict[str, Any]:
    defined = _DEFINED_BY.get(field.name)
    return {
        "name": field.name,
        "titles": field.name,
        "datatype": _datatype(field.type),
        "required": not field.nullable and not pa.types.is_string(field.type),
        "dc:description": field.metadata[b"meaning"].decode(),
        **({"separator": SEPARATOR} if pa.types.is_list(field.type) else {}),
        **({"dc:conformsTo": {"@id": defined}} if defined else {}),
    }


def _datatype(type_: pa.DataType) -> str:
    if pa.types.is_timestamp(type_):
        return "dateTimeStamp"
    if pa.types.is_date(type_):
        return "date"
    if pa.types.is_boolean(type_):
        return "boolean"
    if pa.types.is_floating(type_):
        return "double"
    return "integer" if pa.types.is_integer(type_) else "string"


def _foreign_keys(name: str, names: Mapping[str, str]) -> dict[str, Any]:
    if name not in {"figures", "mentions"} or "articles" not in names:
        return {}
    reference = {"resource": names["articles"], "columnReference": "article_id"}
    return {"foreignKeys": [{"columnReference": "article_id", "reference": reference}]}
