"""An input of any size takes as much memory as a small one: counted by the system, libraries' own memory too."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from tasks.records import Article
from tasks.sources import read

BENCH = Path(__file__).parent / "bench" / "formats.py"
STREAMED = (
    *("json", "jsonlines", "jsonlines, gzip", "jsonlines, zstd", "csv", "parquet", "newsml", "mail"),
    "text, zip",
)
FEW, MANY = 4, 160
"""Articles of some 400,000 characters: 1.6 MB and 64 MB."""
MOST = 40 * 2**20


@pytest.fixture(scope="module")
def bench() -> Any:
    spec = importlib.util.spec_from_file_location("formats", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.PARAGRAPHS = 1000
    return module


def grown(path: Path) -> int:
    """Bytes by which this process was larger at most, while it read all of an input, than before."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _kilobytes("VmRSS")
    assert all(isinstance(row, Article) for row in read(path))
    return (_kilobytes("VmHWM") - before) * 1024


def _kilobytes(name: str) -> int:
    return int(Path("/proc/self/status").read_text().partition(f"{name}:")[2].split()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux tells it")
@pytest.mark.parametrize("name", STREAMED)
def test_sources_memory_does_not_grow_with_an_input(tmp_path: Path, bench: Any, name: str) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    bench.MAKERS[name](few, FEW)
    bench.MAKERS[name](many, MANY)
    grown(few)
    assert many.stat().st_size > 15 * few.stat().st_size
    assert grown(many) < MOST


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux tells it")
def test_sources_memory_does_not_grow_with_what_a_web_archive_holds_beside_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    golden = Path(__file__).parent / "golden" / "sources" / "warc" / "CC-NEWS-by-hand.warc"
    block = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + b"x" * 3_000_000
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n" % len(block)
    with path.open("wb") as file:
        for _ in range(40):
            file.write(head + block + b"\r\n\r\n")
        file.write(golden.read_bytes())
    list(read(golden))
    Path("/proc/self/clear_refs").write_text("5")
    before = _kilobytes("VmRSS")
    assert sum(isinstance(row, Article) for row in read(path)) == 2
    assert (_kilobytes("VmHWM") - before) * 1024 < MOST


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux tells it")
def test_sources_memory_that_is_taken_is_seen() -> None:
    Path("/proc/self/clear_refs").write_text("5")
    before = _kilobytes("VmRSS")
    taken = bytearray(b"x") * (2 * MOST)
    assert (_kilobytes("VmHWM") - before) * 1024 > MOST
    del taken
