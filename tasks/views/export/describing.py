"""What is said of every column in every export."""

from collections.abc import Iterable, Mapping

import pyarrow as pa

HEADER = ("table", "column", "type", "may_be_empty", "meaning")


def kind(type_: pa.DataType) -> str:
    """The type of a column in a word that says the same in all formats."""
    if pa.types.is_dictionary(type_) or pa.types.is_string(type_):
        return "text"
    if pa.types.is_list(type_):
        return "list of text"
    if pa.types.is_timestamp(type_):
        return "time, UTC"
    if pa.types.is_date(type_):
        return "date"
    if pa.types.is_boolean(type_):
        return "yes or no"
    return "whole number" if pa.types.is_integer(type_) else "number"


def described(tables: Mapping[str, pa.Table]) -> Iterable[tuple[str, str, str, str, str]]:
    """A row of `HEADER` for each column of the tables."""
    for name, table in tables.items():
        for field in table.schema:
            meaning = (field.metadata or {})[b"meaning"].decode()
            yield name, field.name, kind(field.type), "yes" if field.nullable else "no", meaning
