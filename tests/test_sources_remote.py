"""Object stores: S3 on this machine (moto), and the store in memory that fsspec itself has."""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from tasks.records import Article, Rejection
from tasks.sources import InputError, find_inputs, read

LINES = b'{"text": "Norway spent 90 billion kroner on its army."}\n' * 3
PARQUET = Path(__file__).parent / "golden" / "sources" / "parquet" / "meta.parquet"


@pytest.fixture
def memory() -> Iterator[str]:
    files = fsspec.filesystem("memory")
    for name, content in {
        "news/a.jsonl.gz": gzip.compress(LINES),
        "news/b/c.txt": b"Words.",
        "news/.x.txt": b"x",
    }.items():
        files.pipe(f"/{name}", content)
    yield "memory://news"
    files.rm("/news", recursive=True)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    import s3fs

    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "invented",
            "AWS_SECRET_ACCESS_KEY": "invented",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        files = s3fs.S3FileSystem()
        files.mkdir("papers")
        files.pipe("papers/2024/a.jsonl.gz", gzip.compress(LINES))
        files.pipe("papers/2024/train.parquet", PARQUET.read_bytes())
        files.pipe("papers/other.txt", b"Words of one article.")
        yield "s3://papers"
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def origins(*inputs: str) -> list[str]:
    return [row.origin for place in find_inputs(inputs) for row in read(place) if isinstance(row, Article)]


def test_remote_files_folders_and_patterns_of_a_store_are_read(memory: str) -> None:
    assert origins(f"{memory}/b/c.txt") == ["memory://news/b/c.txt"]
    assert origins(memory) == [*(f"memory://news/a.jsonl.gz:{n}" for n in (1, 2, 3)), "memory://news/b/c.txt"]
    assert origins(f"{memory}/**/*.txt") == ["memory://news/b/c.txt"]


def test_remote_s3_is_read(bucket: str) -> None:
    lines = [f"s3://papers/2024/a.jsonl.gz:{n}" for n in (1, 2, 3)]
    assert origins(bucket) == [*lines, "s3://papers/2024/train.parquet:1", "s3://papers/other.txt"]
    assert origins(f"{bucket}/2024/*.gz") == lines
    with pytest.raises(InputError, match="no file"):
        find_inputs([f"{bucket}/2023"])


def test_remote_store_that_is_not_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no address that is read"):
        find_inputs(["sftp://a.example/x"])
    with pytest.raises(InputError, match="no address that is read"):
        find_inputs(["memory://a::file:///etc/passwd"])
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(InputError, match="pip install"):
        find_inputs(["gs://a/x"])


def test_remote_store_that_leads_nowhere_beside_others_becomes_a_rejection(memory: str) -> None:
    found = find_inputs([f"{memory}/b", f"{memory}/none"])
    rows = [row for place in found for row in read(place)]
    assert [type(row) for row in rows] == [Article, Rejection]
    assert [row.origin for row in rows][1] == f"{memory}/none"
