"""Which field is the text, which the date, whatever they are called; and what a person maps."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.records import Article, Rejection
from tasks.sources import Reading, read
from tasks.sources.building import MAX_BYTES
from tasks.sources.names import GUESSES, plainly

TEXT = "Norway spent 90 billion kroner on its army, the minister said on Monday."


def rows(path: Path, **columns: str) -> list[Article | Rejection]:
    return list(read(path, Reading(columns=columns)))


def one(tmp_path: Path, record: Any, **columns: str) -> Article:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(record))
    (row,) = rows(path, **columns)
    assert isinstance(row, Article), row
    return row


def refused(tmp_path: Path, record: Any, **columns: str) -> str:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(record))
    (row,) = rows(path, **columns)
    assert isinstance(row, Rejection), row
    return row.detail


def test_fields_names_are_written_plainly_and_belong_to_one_field_each() -> None:
    names = [name for each in GUESSES.values() for name in each]
    assert len(names) == len(set(names))
    assert all(name == plainly(name) for name in names)


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        ({"Headline": "T"}, "title", "T"),
        ({"title": {"rendered": "T"}}, "title", "T"),
        ({"headline": "second", "title": "first"}, "title", "first"),
        ({"title": None, "headline": "T"}, "title", "T"),
        ({"publisher": {"@type": "Organization", "name": "Delta Wire"}}, "source", "Delta Wire"),
        ({"source_domain": "delta.example"}, "source", "delta.example"),
        ({"author": [{"name": "Ada"}, "Bo"]}, "author", "Ada, Bo"),
        ({"Published At": "2024-11-14T18:30:00+01:00"}, "published", "2024-11-14"),
        ({"pubDate": "Thu, 14 Nov 2024 18:30:00 +0100"}, "published", "2024-11-14"),
        ({"timestamp": 1731605400}, "published", "2024-11-14"),
        ({"timestamp": 1731605400000}, "published", "2024-11-14"),
        ({"meta": {"url": "https://delta.example/1"}}, "url", "https://delta.example/1"),
        ({"metadata": '{"link": "https://delta.example/1"}'}, "url", "https://delta.example/1"),
        ({"_id": 7}, "source_id", "7"),
        ({"guid": "x-7"}, "source_id", "x-7"),
    ],
)
def test_fields_are_found_by_their_usual_names(tmp_path: Path, record: Any, field: str, value: str) -> None:
    assert str(getattr(one(tmp_path, {"text": TEXT, **record}), field)) == value


@pytest.mark.parametrize("name", ["text", "body", "content", "maintext", "articleBody", "Full Text", "raw_content"])
def test_fields_text_is_found_by_its_usual_names(tmp_path: Path, name: str) -> None:
    assert one(tmp_path, {"title": "T", name: TEXT}).text == TEXT


def test_fields_markup_becomes_words_and_plain_words_stay_as_they_are(tmp_path: Path) -> None:
    assert one(tmp_path, {"content": "<p>One &amp; two.</p><p>3 &lt; 4<br>five</p><script>x</script>"}).text == (
        "One & two.\n\n3 < 4\nfive"
    )
    assert one(tmp_path, {"text": "if a < b & b > c: 5% & more"}).text == "if a < b & b > c: 5% & more"
    assert one(tmp_path, {"content": {"rendered": "<p>One.</p>"}}).text == "One."
    assert one(tmp_path, {"body": ["One.", "Two."]}).text == "One.\n\nTwo."


def test_fields_are_as_a_person_maps_them(tmp_path: Path) -> None:
    record = {"text": "a summary", "story": TEXT, "when": "2024-11-14", "more": {"head": "T"}, "a.b": "Ada"}
    row = one(tmp_path, record, text="story", published="when", title="more.head", author="a.b")
    assert (row.text, str(row.published), row.title, row.author) == (TEXT, "2024-11-14", "T", "Ada")
    assert "no field tale, which --map names for text" in refused(tmp_path, record, text="tale")
    path = tmp_path / "t.csv"
    path.write_text(f'when,story\n2024-11-14,"{TEXT}"\n')
    (cells,) = rows(path, text="story", published="when")
    assert isinstance(cells, Article)
    assert (cells.text, str(cells.published)) == (TEXT, "2024-11-14")


def test_fields_what_is_lacking_or_wrong_is_said(tmp_path: Path) -> None:
    assert refused(tmp_path, {"title": "T", "extra": 1}).endswith("(it has: title, extra)")
    assert refused(tmp_path, {"text": None}) == "text is null"
    assert refused(tmp_path, {"text": TEXT, "title": 5}) == "title is a number, not a string"
    assert "published is no date" in refused(tmp_path, {"text": TEXT, "published": "some day"})


def test_fields_long_documents_are_read_record_by_record(tmp_path: Path) -> None:
    """A list longer than any record may be, in one line and in many, with a record between that is too long."""
    records = [{"text": f"{number} {TEXT}", "extra": "x" * 10_000} for number in range(MAX_BYTES // 9_000)]
    for name, content in {
        "list.json": json.dumps(records),
        "lines.json": "[" + ",\n".join(map(json.dumps, records)) + "]",
        "wrapped.json": json.dumps({"status": "ok", "count": 3, "posts": records, "next": None}),
        "deeper.json": json.dumps({"response": {"total": 2, "docs": records}}),
    }.items():
        (tmp_path / name).write_text(content)
        found = rows(tmp_path / name)
        assert [row.text.split()[0] for row in found if isinstance(row, Article)] == [
            str(n) for n in range(len(records))
        ]
    for size, ends in {MAX_BYTES: ["article", "too_long", "article"], 3 * MAX_BYTES: ["article", "too_long"]}.items():
        (tmp_path / "long.json").write_text(json.dumps([records[0], {"text": "x" * size}, records[1]]))
        assert [getattr(row, "reason", "article") for row in rows(tmp_path / "long.json")] == ends


def test_fields_fault_in_a_document_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(f'[{json.dumps({"text": TEXT})}, {{"text": oops}}, {json.dumps({"text": TEXT})}]')
    first, second = rows(path)
    assert isinstance(first, Article)
    assert isinstance(second, Rejection)
    assert "what follows is not read" in second.detail
