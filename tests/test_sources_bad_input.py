"""What is no article becomes one clear rejection that names file and place; the rest goes on."""

import codecs
import datetime as dt
import errno
import json
import os
import random
import time
import tracemalloc
from pathlib import Path

import pytest

from tasks.records import Article, Rejection
from tasks.sources import InputError, find_inputs, read, with_default_date
from tasks.sources.building import MAX_BYTES, RefusedError
from tasks.sources.decoding import decode

TEXT = "Norway spent 90 billion kroner on its army."


def rows(path: Path) -> list[Article | Rejection]:
    return list(read(path))


def only(path: Path) -> Article | Rejection:
    (row,) = rows(path)
    return row


def refusal(path: Path) -> Rejection:
    row = only(path)
    assert isinstance(row, Rejection)
    assert row.stage == "ingest"
    assert row.detail
    return row


def article(path: Path) -> Article:
    row = only(path)
    assert isinstance(row, Article)
    return row


@pytest.mark.parametrize(
    ("name", "content", "reason", "words"),
    [
        ("empty.txt", b"", "no_text", "empty"),
        ("blank.txt", b" \r\n\t", "no_text", "empty"),
        ("empty.jsonl", b"\n\n", "no_text", "empty"),
        ("binary.txt", b"MZ\x00\x01text", "not_an_article", "binary"),
        ("binary.bin", bytes(range(256)), "not_an_article", "binary"),
        ("paper.txt", b"%PDF-1.7 ...", "unreadable", "PDF"),
        ("lines.jsonl", b"\x1f\x8b\x08\x01", "unreadable", "gzip"),
        ("table.csv", b"year,amount\n2018,16\n", "not_an_article", "it has: year, amount"),
        ("README.md", b"# A heading\n\nSome words that are no article.\n", "not_an_article", "NewsML-G2"),
        ("page.txt", b"<!DOCTYPE html><html><body><p></p></body></html>", "not_an_article", "page"),
        (
            "lone.json",
            b'{"url": "https://x.example", "title": "no text beside it"}',
            "bad_record",
            "none of the fields",
        ),
        ("table.pq", b"PAR1 and no more", "unreadable", "Parquet"),
        ("crawl.warc", b"WARC/1.0\r\nnothing", "unreadable", "WARC"),
        ("feed.xml", b"<rss><channel><title>T</title></channel></rss>", "no_text", "without items"),
        ("feed.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><rss><channel/></rss>", "unsafe", "entities"),
        ("map.xml", b"<urlset><url><loc>https://a.example</loc></url></urlset>", "no_text", "--fetch"),
        ("some.xml", b"<?xml version='1.0'?><recipe/>", "not_an_article", "NewsML-G2"),
        ("mail.eml", b"From: a@b.example\nDate: x\n\n", "no_text", "mail"),
        ("cut.json", b'[{"text": "A.', "bad_record", "character 12"),
        ("list.json", b"[[1]]", "bad_record", "a list"),
        ("none.json", b"[]", "no_text", "no record"),
        ("front.md", b"---\ntitle: [\n---\nWords.", "bad_record", "front matter"),
        ("picture.jpg", b"\xff\xd8\xff\x00", "not_an_article", "JPEG"),
        ("book.epub", b"PK\x03\x04 no zip", "unreadable", "zip"),
        ("half.txt", "Tromsø".encode()[:-1] + b" \xc3", "bad_encoding", "byte 5"),
        ("noise.txt", b"abc \xff\xfe\x80 def", "bad_encoding", "0xff"),
        ("cut.txt", codecs.BOM_UTF16_LE + b"a\x00b", "bad_encoding", "utf-16"),
        ("number.jsonl", b"42", "bad_record", "a number"),
        ("deep.jsonl", b"[" * 100_000, "bad_record", "JSON"),
        ("long-number.jsonl", b'{"text": ' + b"9" * 10_000 + b"}", "bad_record", "JSON"),
        ("nothing.html", b"<html><body></body></html>", "not_an_article", "text of an article"),
    ],
)
def test_sources_set_aside_with_reason_and_place(
    tmp_path: Path, name: str, content: bytes, reason: str, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    row = refusal(path)
    assert row.reason == reason
    assert words in row.detail
    assert row.origin.removesuffix(":1") == str(path)


def test_sources_broken_line_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "first sentence."}\n{"text": \nnot json\n{"text": "caf\xff\xfe"}\n{"text": "last."}')
    kept = [row.text for row in rows(path) if isinstance(row, Article)]
    aside = [(row.origin, row.reason) for row in rows(path) if isinstance(row, Rejection)]
    assert kept == ["first sentence.", "last."]
    assert aside == [(f"{path}:2", "bad_record"), (f"{path}:3", "bad_record"), (f"{path}:4", "bad_encoding")]


@pytest.mark.parametrize("field", ["id", "url", "title", "author", "published", "date", "source", "text", "body"])
def test_sources_wrong_type_names_the_field(tmp_path: Path, field: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"content": "A sentence.", field: {"x": 1}}))
    row = refusal(path)
    assert row.reason == "bad_record"
    assert row.detail == f"{field} is an object, not a string"


def test_sources_huge_line_is_set_aside_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"text": "before."}\n{"text": "')
        for _ in range(50):
            stream.write(b"x" * 2**20)
        stream.write(b'"}\n{"text": "after."}\n')
    tracemalloc.start()
    found = rows(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [getattr(row, "text", None) for row in found] == ["before.", None, "after."]
    assert isinstance(found[1], Rejection)
    assert (found[1].reason, found[1].origin) == ("too_long", f"{path}:2")
    assert peak < 3 * MAX_BYTES


def test_sources_huge_text_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"word " * (MAX_BYTES // 5 + 1))
    assert refusal(path).reason == "too_long"


def test_sources_sidecar_describes_its_text_and_is_no_article(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "a.json").write_text('{"id": "x", "published": "2024-01-02", "title": "T", "source": "S"}')
    assert find_inputs([tmp_path]) == [tmp_path / "a.txt"]
    row = article(tmp_path / "a.txt")
    assert (row.source_id, row.published, row.title, row.source) == ("x", dt.date(2024, 1, 2), "T", "S")


@pytest.mark.parametrize(
    ("content", "reason", "words"),
    [
        (b"{broken", "bad_record", "the text that it describes waits until it is right: no JSON"),
        (b'{"title": "T', "bad_record", "Unterminated string starting at character 11"),
        (b"[]", "bad_record", "a list"),
        (b'{"title": 5}', "bad_record", "title is a number"),
        (b'{"title": "\xff\xfe"}', "bad_encoding", "UTF-8"),
    ],
)
def test_sources_broken_sidecar_sets_its_text_aside(tmp_path: Path, content: bytes, reason: str, words: str) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "a.json").write_bytes(content)
    row = refusal(tmp_path / "a.txt")
    assert row.reason == reason
    assert words in row.detail


def test_sources_unreadable_file_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)

    def refuse(*arguments: object, **keywords: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    row = refusal(path)
    assert (row.reason, row.detail, row.origin) == ("unreadable", "permission denied", str(path))


def test_sources_fault_that_may_pass_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT)

    def fail(*arguments: object, **keywords: object) -> None:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(OSError, match="Input/output error"):
        rows(path)


def test_sources_broken_link_and_pipe_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "round.txt").symlink_to(tmp_path / "round.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    found = {path.name: refusal(path) for path in find_inputs([tmp_path])}
    assert {row.reason for row in found.values()} == {"unreadable"}
    assert "link" in found["gone.txt"].detail
    assert found["pipe.txt"].detail == "not a regular file"
    assert set(found) == {"gone.txt", "round.txt", "pipe.txt"}


@pytest.mark.parametrize("name", ["missing.txt", "missing/*.txt", "empty"])
def test_sources_input_that_leads_nowhere_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"missing|empty") as caught:
        find_inputs([tmp_path / name])
    assert [(row.origin, row.reason) for row in caught.value.rejections] == [(str(tmp_path / name), "unreadable")]


def test_sources_input_that_leads_nowhere_beside_others_becomes_a_rejection(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "empty").mkdir()
    found = find_inputs([tmp_path / "missing.txt", tmp_path / "a.txt", tmp_path / "empty"])
    assert [type(only(path)) for path in found] == [Article, Rejection, Rejection]


def test_sources_tables_below_the_input_are_no_input(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "articles").mkdir(parents=True)
    (out / "articles" / "a.txt").write_text(TEXT)
    (tmp_path / "outside.txt").write_text(TEXT)
    assert find_inputs([tmp_path], out) == [tmp_path / "outside.txt"]
    assert len(find_inputs([tmp_path])) == 2
    (out / "beside.txt").write_text(TEXT)
    assert find_inputs([out], out) == [out / "beside.txt"]
    with pytest.raises(InputError):
        find_inputs([out / "articles"], out)


def test_sources_no_input_at_all_is_an_error() -> None:
    with pytest.raises(InputError, match="no input"):
        find_inputs([])


def test_sources_find_each_file_once_sorted_and_no_hidden_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "sub/a.txt", "sub/.hidden.txt", ".git/c.txt", "odd[1].txt"):
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(TEXT)
    Path("sub/loop").symlink_to(tmp_path)
    expected = ["b.txt", "odd[1].txt", "sub/a.txt"]
    assert [str(path) for path in find_inputs(["."])] == expected
    assert [str(path) for path in find_inputs(["sub", "b.txt", "./b.txt", "*.txt", "**/*.txt"])] == expected
    assert [str(path) for path in find_inputs(["odd[1].txt"])] == ["odd[1].txt"]
    assert article(Path("sub/a.txt")).origin == "sub/a.txt"


def test_sources_links_to_folders_are_followed_out_of_a_folder_too_and_files_read_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out" / "deep").mkdir(parents=True)
    (tmp_path / "out" / "deep" / "a.txt").write_text(TEXT)
    (tmp_path / "in" / "one").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "two").symlink_to(tmp_path / "out" / "deep")
    (tmp_path / "out" / "deep" / "back").symlink_to(tmp_path / "in")
    (found,) = find_inputs([tmp_path / "in"])
    assert found == tmp_path / "in" / "one" / "deep" / "a.txt"


def test_sources_content_tells_where_the_name_does_not(tmp_path: Path) -> None:
    contents = {
        "story": TEXT.encode(),
        "lines.dat": b'{"id": "1", "text": "A sentence in a line."}\n',
        "records.json": b'{"id": "1", "text": "A sentence in a line."}\n',
        "long.dat": b'{"id": "1", "text": "' + b"A sentence. " * 2000 + b'"}\n',
        "UPPER.TXT": TEXT.encode(),
        "marked.txt": codecs.BOM_UTF8 + TEXT.encode(),
        "wide.txt": TEXT.encode("utf-16"),
        "wide.jsonl": '{"text": "A sentence in a line."}\r\n'.encode("utf-16"),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert article(tmp_path / name).text.startswith(("Norway spent", "A sentence")), name


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("café".encode("cp1252"), "café"),
        ("“£5 million” — naïve".encode("cp1252"), "“£5 million” — naïve"),
        ("Österreich gab 4 Mrd. € aus".encode("cp1252"), "Österreich gab 4 Mrd. € aus"),
        ("Привет".encode("koi8-r"), None),
        ("日本".encode("shift-jis"), None),
        (b"\xc3(", None),
        (b"abc\xffdef", None),
        ("naïve".encode() + b" \xe9t", None),
        ("café".encode() + b" \xe9t", None),
        ("it’s".encode() + b" \xe9t", None),
    ],
)
def test_sources_old_encoding_only_where_it_reads_well(raw: bytes, text: str | None) -> None:
    if text is not None:
        assert decode(raw) == text
        return
    with pytest.raises(RefusedError, match="no UTF-8 at byte"):
        decode(raw)


@pytest.mark.timeout(20)
def test_sources_old_encoding_of_a_million_letters_is_judged_at_once() -> None:
    letters = "aé" * 500_000
    assert decode(letters.encode("cp1252")) == letters
    with pytest.raises(RefusedError):
        decode((letters + "\x01").encode("cp1252"))


def test_sources_declared_encoding_is_heard_after_utf8() -> None:
    assert decode("Привет".encode("koi8-r"), "KOI8-R") == "Привет"
    assert decode("Привет".encode(), "koi8-r") == "Привет"
    assert decode(b"caf\xe9", "no-such-encoding") == "café"
    with pytest.raises(RefusedError):
        decode(b"\xff\xfe\xfd", "hex")


def test_sources_id_is_stable_and_follows_address_and_content(tmp_path: Path) -> None:
    lines = [
        {"url": "https://x.example/1", "text": TEXT},
        {"url": "https://x.example/2", "text": TEXT},
        {"id": "1", "text": TEXT},
        {"id": "1", "text": TEXT + " More."},
    ]
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_text("".join(json.dumps(line) + "\n" for line in lines))
    second.write_text("".join(json.dumps(line) + "\r\n" for line in reversed(lines)))
    ids = [row.article_id for row in rows(first) if isinstance(row, Article)]
    assert len(set(ids)) == len(lines)
    assert ids[::-1] == [row.article_id for row in rows(second) if isinstance(row, Article)]
    assert all(len(name) == 32 for name in ids)


def test_sources_default_date_dates_only_the_undated(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "A."}\n{"text": "B.", "published": "2020-01-01"}')
    day = dt.date(2019, 7, 18)
    dated = [with_default_date(row, day).published for row in rows(path) if isinstance(row, Article)]
    assert dated == [day, dt.date(2020, 1, 1)]


def test_sources_no_bytes_make_a_reader_raise(tmp_path: Path) -> None:
    chance = random.Random(7)
    seeds = [path.read_bytes() for path in (Path(__file__).parent / "golden" / "sources").rglob("*.*")]
    for number in range(150):
        raw = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 30)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        path = tmp_path / f"{number}{chance.choice(['.txt', '.jsonl', '.html', '.dat', ''])}"
        path.write_bytes(raw[: chance.randint(1, len(raw))])
        assert rows(path)


def test_sources_pdf_of_streams_without_an_end_is_refused_at_once(tmp_path: Path) -> None:
    """PDFium looks for each end through the whole file: of one megabyte for seconds, of sixty for hours."""
    whole = (Path(__file__).parent / "golden" / "sources" / "pdf" / "release.pdf").read_bytes()
    first = whole.index(b"4 0 obj")
    last = whole.index(b"endobj", first)
    stream = whole[first:last].replace(b"endstream", b"") + b"endobj\n"
    path = tmp_path / "a.pdf"
    path.write_bytes(whole[:first] + stream * 30_000)
    began = time.process_time()
    row = refusal(path)
    assert time.process_time() - began < 2
    assert (row.reason, "without an end" in row.detail) == ("unreadable", True)
    path.write_bytes(whole[:first] + stream * 3 + whole[first:])
    assert isinstance(only(path), Article)
