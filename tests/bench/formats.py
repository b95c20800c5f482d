"""Articles per second that each format is read at, and the memory that it takes: python tests/bench/formats.py [N].

Each is measured in a process of its own, with N articles and with eight times as many; memory must not follow.
"""

import bz2
import gzip
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

WORDS = re.findall(
    r"\S+",
    "the parliament of Valdania approved a defence budget of 3.1 billion euros for 2025 on Thursday and the speaker "
    "said that frigates barracks ammunition and pay would cost more than last year while Ostmark and Norrland wait",
)
TIMES = 8


PARAGRAPHS = 8
"""Of an article; it has some 3,000 characters then."""


def articles(count: int) -> Iterator[tuple[str, str, str]]:
    """Title, day and text of invented articles."""
    chance = random.Random(7)
    for number in range(count):
        paragraphs = [" ".join(chance.choices(WORDS, k=60)).capitalize() + "." for _ in range(PARAGRAPHS)]
        yield f"Article {number}", f"2024-{number % 12 + 1:02d}-{number % 28 + 1:02d}", "\n\n".join(paragraphs)


def _page(title: str, day: str, text: str) -> str:
    head = f"<title>{title}</title><meta property='article:published_time' content='{day}T10:00:00Z'>"
    body = "".join(f"<p>{each}</p>" for each in text.split("\n\n"))
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body><nav>Home</nav><article><h1>{title}</h1>{body}</article></html>"
    )


def _lines(count: int) -> bytes:
    rows = ({"title": title, "date": day, "text": text} for title, day, text in articles(count))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _folder(path: Path, count: int, ending: str, make: Callable[[str, str, str], str]) -> None:
    path.mkdir()
    for number, each in enumerate(articles(count)):
        (path / f"{number}{ending}").write_text(make(*each))


def _csv(path: Path, count: int) -> None:
    rows = (f'{title},{day},"{text}"\n' for title, day, text in articles(count))
    path.write_text("title,date,text\n" + "".join(rows))


def _parquet(path: Path, count: int) -> None:
    columns = list(zip(*articles(count), strict=True))
    table = pa.table({name: list(column) for name, column in zip(("title", "date", "text"), columns, strict=True)})
    pq.write_table(table, path, row_group_size=max(1, 8000 // PARAGRAPHS))


def record(address: str, number: int, page: str) -> bytes:
    """A page that was answered with 200, as a web archive has it."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page.encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\n"
        f"WARC-Date: 2024-11-14T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:{number:032d}>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def _warc(path: Path, count: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        for number, each in enumerate(articles(count)):
            file.write(record(f"https://delta.example/{number}", number, _page(*each)))


def _feed(path: Path, count: int) -> None:
    items = "".join(
        f"<item><title>{title}</title><pubDate>{day}</pubDate><description>{text}</description></item>"
        for title, day, text in articles(min(count, 5000))
    )
    path.write_text(f"<rss><channel><title>Delta Wire</title>{items}</channel></rss>")


def _newsml(path: Path, count: int) -> None:
    items = "".join(
        f"<newsItem guid='{title}'><contentMeta><contentCreated>{day}</contentCreated><headline>{title}</headline>"
        f"</contentMeta><contentSet><inlineXML><nitf><body><body.content>"
        f"{''.join(f'<p>{each}</p>' for each in text.split(chr(10) * 2))}"
        f"</body.content></body></nitf></inlineXML></contentSet></newsItem>"
        for title, day, text in articles(count)
    )
    path.write_text(
        f"<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><itemSet>{items}</itemSet></newsMessage>"
    )


def _mbox(path: Path, count: int) -> None:
    mails = (
        f"From news@delta.example Sat Mar  2 09:00:00 2024\nFrom: news@delta.example\nSubject: {title}\n"
        f"Date: Sat, 02 Mar 2024 09:00:00 +0000\n\n{text}\n\n"
        for title, _, text in articles(count)
    )
    path.write_text("".join(mails))


def _pdf(path: Path, count: int) -> None:
    path.mkdir()
    golden = (Path(__file__).parents[1] / "golden" / "sources" / "pdf" / "release.pdf").read_bytes()
    for number in range(count):
        (path / f"{number}.pdf").write_bytes(golden)


def _zip(path: Path, count: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, (_, _, text) in enumerate(articles(count)):
            archive.writestr(f"{number}.txt", text)


def _zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(content)


MAKERS: dict[str, Callable[[Path, int], object]] = {
    "text": lambda path, count: _folder(path, count, ".txt", lambda _title, _day, text: text),
    "html": lambda path, count: _folder(path, count, ".html", _page),
    "json": lambda path, count: path.write_bytes(b"[" + b",".join(_lines(count).splitlines()) + b"]"),
    "jsonlines": lambda path, count: path.write_bytes(_lines(count)),
    "jsonlines, gzip": lambda path, count: path.write_bytes(gzip.compress(_lines(count), 1)),
    "jsonlines, bzip2": lambda path, count: path.write_bytes(bz2.compress(_lines(count))),
    "jsonlines, zstd": lambda path, count: path.write_bytes(_zstd(_lines(count))),
    "csv": _csv,
    "parquet": _parquet,
    "warc, gzip": _warc,
    "feed": _feed,
    "newsml": _newsml,
    "mail": _mbox,
    "pdf": _pdf,
    "text, zip": _zip,
}


def measure(place: Path) -> tuple[int, float, int]:
    """Articles, seconds and the most memory (in MiB) of reading a file or a folder."""
    from tasks.records import Article
    from tasks.sources import find_inputs, read

    places = find_inputs([place])
    next(iter(read(places[0])), None)  # what is loaded once
    began = time.perf_counter()
    count = sum(isinstance(row, Article) for each in places for row in read(each))
    return count, time.perf_counter() - began, _memory()


def _memory() -> int:
    """The most that this program took, in MiB; what the system itself counts is also that of whoever started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(count: int) -> None:
    """Prints a line for each format."""
    print(f"{'format':18} {'articles':>9} {'a second':>9} {'MiB':>6}   {f'articles x {TIMES}':>12} {'MiB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in MAKERS.items():
            cells = []
            for times in (1, TIMES):
                few = count // 10 if name in ("html", "warc, gzip", "pdf") else count
                path = Path(folder) / f"{name.replace(', ', '.')}-{times}"
                make(path, few * times)
                command = [sys.executable, __file__, "--of", str(path)]
                said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                cells.append(json.loads(said))
            (first, seconds, memory), (more, _, most) = cells
            print(f"{name:18} {first:9,} {first / seconds:9,.0f} {memory:6,}   {more:12,} {most:6,}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--of"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 2000)
