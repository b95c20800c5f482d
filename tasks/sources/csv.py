"""A table as text, one article a row: columns by their names in the first line, between commas, semicolons or tabs."""

import csv
import json
from collections.abc import Iterator

from tasks.records import Article, Rejection
from tasks.sources.building import MAX_BYTES, Options, RefusedError, Source
from tasks.sources.decoding import decode
from tasks.sources.fields import TEXT_KEYS, article, named
from tasks.sources.lines import lines, too_long

SUFFIXES: tuple[str, ...] = (".csv", ".tsv", ".tab")
_SEPARATORS = ",;\t|"
_WIDEST = 1000

csv.field_size_limit(MAX_BYTES)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether the first line names columns, a text and another field among them."""
    if suffix in (".txt", ".md"):
        return False
    first = head.decode("utf-8-sig", "replace").lstrip().partition("\n")[0]
    found = named(_columns(first), Options())
    return "text" in found and len(found) > 1


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a row, in order, one row in memory at a time; an empty row is passed over."""
    feed = _Lines(source)
    rows: csv.Reader | None = None  # type: ignore[name-defined]
    columns: list[str] = []
    is_empty = True
    while True:
        try:
            if rows is None:
                columns = _header(feed, source.options)
                rows = csv.reader(feed, delimiter=feed.separator, strict=False)
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            is_empty = False
            yield RefusedError("bad_record", f"no row of a table: {error}").rejection(f"{source.origin}:{feed.number}")
            continue
        if any(cell.strip() for cell in row):
            is_empty = False
            yield _article(dict(zip(columns, row, strict=False)), f"{source.origin}:{feed.number}", source.options)
    if is_empty:
        raise RefusedError("no_text", "a table without rows")


def _article(cells: dict[str, str], origin: str, options: Options) -> Article | Rejection:
    try:
        record = {name: _sound(cell).strip() or None for name, cell in cells.items()}
        return article(record, json.dumps(record, sort_keys=True).encode(), origin, options)
    except RefusedError as refused:
        return refused.rejection(origin)


def _sound(cell: str) -> str:
    """A cell in whatever encoding it is: the bytes that are no UTF-8 stand in it as lone surrogates."""
    return cell if cell.isascii() else decode(cell.encode("utf-8", "surrogateescape"))


class _Lines:
    """The lines of a table, as the module csv reads them; `number` is that of the last one."""

    def __init__(self, source: Source) -> None:
        self.number = 0
        self.separator = ","
        self._lines = lines(source.stream)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        if isinstance(line, int):
            raise csv.Error(too_long(line).detail)
        return line.decode("utf-8-sig" if self.number == 1 else "utf-8", "surrogateescape").replace("\0", "")


def _header(feed: _Lines, options: Options) -> list[str]:
    first = next((line for line in feed if line.strip()), None)
    if first is None:
        raise RefusedError("no_text", "the file is empty")
    feed.separator = _separator(first)
    columns = [_sound(name) for name in _columns(first)]
    if "text" not in named(columns, options):
        there = ", ".join(columns[:12])
        why = f"a table without a column of text ({', '.join(TEXT_KEYS)}); it has: {there[:200]}"
        raise RefusedError("not_an_article", f"{why} (--map text=COLUMN says which)")
    return columns


def _columns(first: str) -> list[str]:
    try:
        names = next(csv.reader([first], delimiter=_separator(first)), [])
    except csv.Error:
        return []
    return [name.strip() for name in names[:_WIDEST]]


def _separator(first: str) -> str:
    return max(_SEPARATORS, key=first.count)
