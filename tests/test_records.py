"""Row types, and what derives from them."""

import dataclasses
import re
import typing
from pathlib import Path

import pyarrow as pa
import pytest

from tasks import records

DICTIONARY = Path(__file__).parents[1] / "data" / "README.md"


def test_records_data_dictionary_is_fresh() -> None:
    assert DICTIONARY.read_text(encoding="utf-8") == records.data_dictionary(), "make dictionary"


@pytest.mark.parametrize("name", records.TABLES)
def test_records_schema_has_the_columns_of_the_row(name: str) -> None:
    fields = [field.name for field in dataclasses.fields(records.TABLES[name])]
    assert records.SCHEMAS[name].names == fields
    assert all(field.metadata[b"meaning"] for field in records.SCHEMAS[name])


def test_records_only_optional_columns_are_nullable() -> None:
    for name, row_type in records.TABLES.items():
        hints = typing.get_type_hints(row_type)
        for field in records.SCHEMAS[name]:
            assert field.nullable == records.nullable(hints[field.name]), f"{name}.{field.name}"


def test_records_closed_sets_are_dictionaries() -> None:
    for column in ("measure", "unit", "qualifier", "spender", "counterparty", "period_kind", "status"):
        assert pa.types.is_dictionary(records.SCHEMAS["figures"].field(column).type)


def test_records_spenders_beyond_iso_cannot_be_mistaken_for_countries() -> None:
    codes = set(records.SPENDERS_BEYOND_ISO)
    assert {code for code in codes if re.fullmatch("[A-Z]{3}", code)} == {"GCC", "XKX", "SUN", "YUG"}


@pytest.mark.parametrize("name", records.TABLES)
def test_records_empty_table_has_the_schema(name: str) -> None:
    assert records.empty(name).schema.equals(records.SCHEMAS[name], check_metadata=True)
    assert records.to_table(name, []).schema.equals(records.SCHEMAS[name])
