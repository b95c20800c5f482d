"""What is compressed or packed is opened by its content, and what is dangerous in it is refused with its reason."""

import bz2
import gzip
import io
import json
import stat
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tasks.records import Article, Rejection
from tasks.sources import containers, pairing, read
from tasks.sources.containers import DEEPEST

TEXT = b"Norway spent 90 billion kroner on its army, the minister said on Monday."
LINES = b"".join(
    json.dumps({"id": str(n), "text": f"Norway spent {n} billion kroner."}).encode() + b"\n" for n in "123"
)
PRESSED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


def texts(path: Path) -> list[str]:
    rows = list(read(path))
    assert all(isinstance(row, Article) for row in rows), rows
    return [row.text for row in rows if isinstance(row, Article)]


def refused(path: Path) -> list[tuple[str, str, str]]:
    return [
        (row.reason, row.origin.removeprefix(str(path)), row.detail) for row in read(path) if isinstance(row, Rejection)
    ]


def zipped(members: dict[str, bytes], **infos: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = infos.get(name, 0o644) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def locked(packed: bytes) -> bytes:
    """An archive of one member, marked as encrypted."""
    raw = bytearray(packed)
    raw[6] = raw[packed.index(b"PK\x01\x02") + 8] = 1
    return bytes(raw)


def tarred(members: dict[str, bytes], *special: tarfile.TarInfo) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in special:
            archive.addfile(info)
    return packed.getvalue()


@pytest.mark.parametrize("ending", PRESSED)
@pytest.mark.parametrize("name", ["a.jsonl", "without-a-name"])
def test_containers_compressed_files_read_as_plain_ones(tmp_path: Path, ending: str, name: str) -> None:
    plain, pressed = tmp_path / "a.jsonl", tmp_path / f"{name}{ending}"
    plain.write_bytes(LINES)
    pressed.write_bytes(PRESSED[ending](LINES))
    assert [row.article_id for row in read(plain) if isinstance(row, Article)] == [
        row.article_id for row in read(pressed) if isinstance(row, Article)
    ]
    assert len(texts(pressed)) == 3


@pytest.mark.parametrize("ending", PRESSED)
def test_containers_several_streams_in_one_file_are_all_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"".join(PRESSED[ending](line + b"\n") for line in LINES.splitlines()))
    assert len(texts(path)) == 3


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_containers_members_of_an_archive_are_read_by_content(
    tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    members = {
        "news/a.txt": TEXT,
        "news/lines.dat": LINES,
        "news/.hidden.txt": TEXT,
        "__MACOSX/a.txt": TEXT,
        "b.txt.gz": gzip.compress(TEXT),
        "inner.zip": zipped({"c.txt": TEXT}),
        "inner.tar.bz2": bz2.compress(tarred({"d.txt": TEXT})),
    }
    path = tmp_path / "all"
    path.write_bytes(pack(members))
    origins = [row.origin.removeprefix(f"{path}/") for row in read(path) if isinstance(row, Article)]
    assert sorted(origins) == [
        *("b.txt.gz", "inner.tar.bz2/d.txt", "inner.zip/c.txt", "news/a.txt"),
        *("news/lines.dat:1", "news/lines.dat:2", "news/lines.dat:3"),
    ]
    assert refused(path) == []


def test_containers_parquet_inside_a_compressed_tar_is_read(tmp_path: Path) -> None:
    golden = Path(__file__).parent / "golden" / "sources" / "parquet" / "meta.parquet"
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tarred({"meta.parquet": golden.read_bytes()})))
    assert len(texts(path)) == 1


@pytest.mark.parametrize("folder", ["", "./", "x/"])
@pytest.mark.parametrize("names", [("a.json", "a.txt", "b.json"), ("b.json", "a.txt", "a.json")])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_containers_description_beside_a_text_in_an_archive_describes_it(
    tmp_path: Path, names: tuple[str, ...], folder: str, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    contents = {"a.json": b'{"title": "T", "published": "2024-01-02"}', "a.txt": TEXT, "b.json": LINES}
    path = tmp_path / "a"
    path.write_bytes(pack({folder + name: contents[name] for name in names}))
    found = {row.origin.removeprefix(f"{path}/{folder}"): row for row in read(path) if isinstance(row, Article)}
    assert sorted(found) == ["a.txt", "b.json:1", "b.json:2", "b.json:3"]
    assert (found["a.txt"].title, str(found["a.txt"].published)) == ("T", "2024-01-02")
    assert refused(path) == []


def test_containers_one_description_in_a_tar_describes_all_texts_beside_it(tmp_path: Path) -> None:
    note = b'{"title": "T"}'
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({"a.txt": TEXT, "a.json": note, "a.TXT": TEXT, "b.txt": TEXT}))
    found = {row.origin.removeprefix(f"{path}/"): row.title for row in read(path) if isinstance(row, Article)}
    assert found == {"a.txt": "T", "a.TXT": "T", "b.txt": None}


def test_containers_tar_with_a_name_twice_gives_both(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({"a.txt": TEXT})[:1024] + tarred({"a.txt": TEXT + b" Twice."}))
    assert texts(path) == [TEXT.decode(), f"{TEXT.decode()} Twice."]


def test_containers_texts_of_a_tar_wait_for_their_description_only_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "HELD", 4 * len(TEXT))
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({f"{n}.txt": TEXT for n in range(9)} | {f"{n}.json": b'{"title": "T"}' for n in (0, 8)}))
    rows = list(read(path))
    found = {row.origin.removeprefix(f"{path}/"): row.title for row in rows if isinstance(row, Article)}
    assert found == {f"{n}.txt": "T" if n == 8 else None for n in range(9)}
    assert [row.origin for row in rows if isinstance(row, Rejection)] == [f"{path}/0.json"]


def test_containers_tar_that_breaks_off_keeps_the_texts_that_came_before(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    whole = tarred({f"{n}.txt": TEXT for n in range(9)})
    path.write_bytes(whole[: 5 * 1024 + 540])
    *found, last = read(path)
    assert sum(isinstance(row, Article) for row in found) == 5
    assert isinstance(last, Rejection)
    assert last.reason == "unreadable"


def test_containers_large_text_in_a_tar_goes_on_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "LARGEST_TEXT", 10)
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({"a.json": b'{"title": "T"}', "a.txt": TEXT, "b.txt": TEXT}))
    assert [(row.title, row.text) for row in read(path) if isinstance(row, Article)] == [
        ("T", TEXT.decode()),
        (None, TEXT.decode()),
    ]


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "x/../../a.txt", "..\\a.txt", "C:\\a.txt"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_containers_member_that_leads_out_is_unsafe_and_the_others_are_read(
    tmp_path: Path, name: str, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    path = tmp_path / "a"
    path.write_bytes(pack({name: TEXT, "good.txt": TEXT}))
    rows = list(read(path))
    assert [row.origin for row in rows if isinstance(row, Article)] == [f"{path}/good.txt"]
    ((reason, _, detail),) = refused(path)
    assert (reason, "leads out" in detail) == ("unsafe", True)


def test_containers_links_and_devices_are_unsafe(tmp_path: Path) -> None:
    special = []
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
        info = tarfile.TarInfo(f"link{kind!r}.txt")
        info.type, info.linkname = kind, "/etc/passwd"
        special.append(info)
    (tmp_path / "a.tar").write_bytes(tarred({"good.txt": TEXT}, *special))
    (tmp_path / "a.zip").write_bytes(
        zipped({"link.txt": b"/etc/passwd", "good.txt": TEXT}, **{"link.txt": stat.S_IFLNK | 0o777})
    )
    for name, count in (("a.tar", 4), ("a.zip", 1)):
        found = refused(tmp_path / name)
        assert [reason for reason, *_ in found] == ["unsafe"] * count
        assert sum(isinstance(row, Article) for row in read(tmp_path / name)) == 1


@pytest.fixture
def little_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb of 8 MiB is one."""
    assert containers.FREE >= 16 * 2**20
    monkeypatch.setattr(containers, "FREE", 2**20)


@pytest.mark.parametrize("ending", PRESSED)
def test_containers_bomb_is_refused_in_little_memory(tmp_path: Path, ending: str, little_is_free: None) -> None:
    path = tmp_path / "bomb"
    line = b'{"text": "' + b"x" * 2**20 + b'"}\n'
    path.write_bytes(PRESSED[ending](line * 24))
    tracemalloc.start()
    found = [(row.reason, row.detail) for row in read(path) if isinstance(row, Rejection)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(reason, "bomb" in detail) for reason, detail in found] == [("unsafe", True)]
    assert peak < 40 * 2**20


def test_containers_bomb_in_a_zip_and_one_member_after_another_is_refused(tmp_path: Path, little_is_free: None) -> None:
    line = b'{"text": "' + b"x" * 2**16 + b'"}\n'
    many = {f"{n}.jsonl": line * 16 for n in range(10)}
    (tmp_path / "one.zip").write_bytes(zipped({"a.jsonl": line * 160}))
    (tmp_path / "many.zip").write_bytes(zipped(many))
    (tmp_path / "nested.gz").write_bytes(gzip.compress(gzip.compress(line * 160)))
    for name in ("one.zip", "many.zip", "nested.gz"):
        assert {reason for reason, *_ in refused(tmp_path / name)} == {"unsafe"}, name


def test_containers_packed_too_often_is_unsafe(tmp_path: Path) -> None:
    content = TEXT
    for _ in range(DEEPEST):
        content = gzip.compress(content)
    (tmp_path / "fits").write_bytes(content)
    (tmp_path / "deep").write_bytes(gzip.compress(content))
    assert texts(tmp_path / "fits") == [TEXT.decode()]
    ((reason, _, detail),) = refused(tmp_path / "deep")
    assert (reason, "times" in detail) == ("unsafe", True)


@pytest.mark.parametrize("ending", PRESSED)
def test_containers_broken_off_file_keeps_what_came_before(tmp_path: Path, ending: str) -> None:
    lines = b"".join(b'{"text": "Article %d of many, %s."}\n' % (n, str(n * 7919).encode() * 20) for n in range(14_000))
    path = tmp_path / "a"
    whole = PRESSED[ending](lines)
    path.write_bytes(whole[: len(whole) * 3 // 4])
    rows = list(read(path))
    assert sum(isinstance(row, Article) for row in rows) > 100
    assert [row.reason for row in rows if isinstance(row, Rejection)][-1] == "unreadable"


def test_containers_broken_archives_say_so(tmp_path: Path) -> None:
    whole = tarred({f"{n}.txt": TEXT * 20 for n in range(9)})
    contents = {
        "cut.tar": whole[: len(whole) // 2],
        "header.tar": whole[:4096] + b"\xff" * 512 + whole[4608:],
        "cut.zip": zipped({"a.txt": TEXT})[:-30],
        "locked.zip": locked(zipped({"a.txt": TEXT})),
        "empty.zip": zipped({}),
        "word.docx": zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
    }
    said = {}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        said[name] = [(reason, detail) for reason, _, detail in refused(tmp_path / name)]
    assert {name: each[-1][0] for name, each in said.items()} == {
        "cut.tar": "unreadable",
        "header.tar": "unreadable",
        "cut.zip": "unreadable",
        "locked.zip": "unreadable",
        "empty.zip": "no_text",
        "word.docx": "not_an_article",
    }
    assert "password" in said["locked.zip"][0][1]


def test_containers_tar_with_an_endless_header_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf(format=tarfile.GNU_FORMAT) + b"\0" * 2**20)
    ((reason, _, detail),) = refused(path)
    assert (reason, "header" in detail) == ("unreadable", True)


def test_containers_memory_does_not_grow_with_a_file(tmp_path: Path) -> None:
    line = b'{"text": "' + b" ".join(str(n * 7919).encode() for n in range(3000)) + b'"}\n'

    def peak(count: int) -> int:
        path = tmp_path / f"{count}.tar.gz"
        path.write_bytes(gzip.compress(tarred({f"{n}.jsonl": line * 9 for n in range(count)}), compresslevel=1))
        tracemalloc.start()
        assert sum(1 for _ in read(path)) == 9 * count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(24) < 1.5 * peak(3) + 2**20
