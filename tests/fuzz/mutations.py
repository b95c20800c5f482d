"""Samples of every format made wrong, each by its number: the same number always gives the same bytes."""

import bz2
import gzip
import io
import random
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import zstandard

GOLDEN = Path(__file__).parents[1] / "golden" / "sources"
LONG = 10**6
_NESTS = (b"[", b'{"a":', b"<div>", b"<p><b>", b"<a><b>", b"((", b'{"text":[', b"(", b"\x1f\x8b\x08")
_MAGIC = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"%PDF-1.4\n",
        b"PK\x03\x04",
        b"PAR1",
        b"WARC/1.0\r\n",
        b"<?xml version='1.0'?>",
    ),
    *(
        b"<rss><channel>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
        b"From a Sat Mar  2 09:00:00 2024\n",
        b"---\n",
        b"BZh9",
        b"ustar",
    ),
    *(
        b"-1",
        b"9" * 400,
        b"1e999",
        b"\\ud800",
        b"&#0;",
        b"&#xD800;",
        b"\r",
        b"\n\n\n",
        b'"',
        b"'",
        b"<![CDATA[",
        b"-->",
    ),
)
_ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "cp1252", "koi8-r", "shift-jis", "utf-7", "cp037")


def samples() -> list[Path]:
    """Whole inputs of every format, those of the golden cases."""
    return sorted(path for path in GOLDEN.rglob("*.*") if path.name != "expected.json")


def made(number: int, paths: list[Path]) -> tuple[Path, str, bytes]:
    """The sample that input `number` is made from, its own name, and its bytes."""
    chance = random.Random(number)
    path = paths[number % len(paths)]
    content = path.read_bytes()
    if chance.random() < 0.85:
        for _ in range(chance.randint(1, 3)):
            content = chance.choice(MUTATIONS)(content, chance, paths)
        packing = chance.choice([*PACKED.values(), None, None, None, None])
        content = packing(content) if packing else content
    else:
        content = chance.choice(list(PACKED.values()))(content)
        content = chance.choice([cut, flip, splice])(content, chance, paths)
    ending = chance.choice([path.suffix] * 6 + [".txt", ".html", ".jsonl", ".csv", ".dat", "", ".gz", ".zip"])
    return path, f"{number}{ending}", content[: 6 * LONG]


def cut(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """Ends too early."""
    return content[: chance.randint(0, len(content))]


def flip(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """Some bits are turned."""
    raw = bytearray(content)
    for _bit in range(min(len(raw), chance.choice([1, 4, 30, 300]))):
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return bytes(raw)


def encode(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """In another encoding than it says, or in two at once."""
    half = chance.choice([0, len(content) // 2])
    words = content[half:].decode("utf-8", "replace")
    return content[:half] + words.encode(chance.choice(_ENCODINGS), "replace")


def nest(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """Something opens again and again, at some place."""
    place = chance.choice([0, chance.randint(0, len(content))])
    return content[:place] + chance.choice(_NESTS) * chance.choice([10, 1000, 100_000]) + content[place:]


def stretch(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """A line of a million characters, at some place."""
    place = chance.randint(0, len(content))
    unit = chance.choice([b"x", b"word ", b"1,", b"a.b@c ", b"\xc3\xa9", b"<", b"&amp;", b"=20", b"$1 ", b'""', b"> "])
    return content[:place] + unit * (LONG // len(unit)) + content[place:]


def repeat(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """A piece stands there many times."""
    first = chance.randint(0, len(content))
    piece = content[first : first + chance.choice([1, 20, 300])]
    return content[:first] + piece * chance.choice([2, 50, 3000]) + content[first:]


def drop(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """A piece is missing."""
    first = chance.randint(0, len(content))
    return content[:first] + content[first + chance.choice([1, 5, 200]) :]


def insert(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """Something that means something stands where it does not belong."""
    place = chance.choice([0, chance.randint(0, len(content))])
    return content[:place] + chance.choice(_MAGIC) + content[place:]


def splice(content: bytes, chance: random.Random, paths: list[Path]) -> bytes:
    """The beginning of one sample and the end of another."""
    other = chance.choice(paths).read_bytes()
    return content[: chance.randint(0, len(content))] + other[chance.randint(0, len(other)) :]


def count(content: bytes, chance: random.Random, _: list[Path]) -> bytes:
    """A number is another one: a length, a date, a size."""
    found = list(re.finditer(rb"\d+", content))
    if not found:
        return content
    one = chance.choice(found)
    return content[: one.start()] + chance.choice([b"0", b"-1", b"99999999999", b"1e9", b"x"]) + content[one.end() :]


def _zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
        archive.writestr("b.txt", "Norway spent 90 billion kroner on its army.")
    return packed.getvalue()


def _tarred(content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        info = tarfile.TarInfo("a")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


MUTATIONS: list[Callable[[bytes, random.Random, list[Path]], bytes]] = [
    *(cut, cut, flip, flip, encode, nest, stretch, repeat, drop, insert, splice, count)
]
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, 1, mtime=0),
    "bzip2": bz2.compress,
    "zstd": lambda content: zstandard.ZstdCompressor().compress(content),
    "zip": _zipped,
    "tar": _tarred,
}
