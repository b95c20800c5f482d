"""Every reader on whole inputs with their exact outputs; REGENERATE_GOLDEN=1 writes the outputs anew, for review."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tasks.records import Article, Rejection
from tasks.sources import READERS, find_inputs, read

GOLDEN = Path(__file__).parent / "golden" / "sources"


@pytest.mark.parametrize("name", READERS)
def test_sources_reader_gives_its_golden_output(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(GOLDEN / name)
    rows = [_as_json(row) for path in find_inputs(["."]) if path.name != "expected.json" for row in read(path)]
    expected = GOLDEN / name / "expected.json"
    if os.environ.get("REGENERATE_GOLDEN"):
        expected.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert rows == json.loads(expected.read_text(encoding="utf-8"))
    assert any("text" in row for row in rows) == (name != "sitemap")  # whose words are on the pages that it names


def test_sources_golden_has_a_folder_for_each_reader_and_no_other() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(READERS)


def test_sources_suffixes_belong_to_one_reader_each() -> None:
    suffixes = [suffix for reader in READERS.values() for suffix in reader.SUFFIXES]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)


def _as_json(row: Article | Rejection) -> dict[str, Any]:
    columns = dataclasses.asdict(row)
    if columns.get("published"):
        columns["published"] = columns["published"].isoformat()
    return {name: value for name, value in columns.items() if value is not None}
