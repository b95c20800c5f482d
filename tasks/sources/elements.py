"""The records of a JSON document, cut out one by one: of a list, of an object around a list, or one after another."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from tasks.sources.building import MAX_BYTES, RefusedError, fault
from tasks.sources.decoding import mark
from tasks.sources.names import GUESSES, plainly

WRAPPERS = frozenset(
    {
        *("posts", "articles", "items", "data", "results", "docs", "documents", "hits", "records", "rows", "entries"),
        *("news", "stories", "response"),
    }
)
"""What lists of records are called in the object around them."""
_PIECE = 2**16
_SPACE = re.compile(r"[ \t\r\n]*")
_TEXTS = frozenset(GUESSES["text"])


def elements(stream: BinaryIO) -> Iterator[tuple[int | None, bytes]]:
    """Number, from 1, and JSON of every record; without a number where the document is one record.

    Raises:
        RefusedError: the document is no JSON from some place on (``bad_record``), or a record is ``too_long``.
    """
    scanner = _Scanner(stream)
    number = 0
    while scanner.next():
        for raw in _records(scanner):
            number += 1
            is_alone = number == 1 and raw.is_whole and not scanner.next()
            yield (None if is_alone else number), raw.text.encode("utf-8", "surrogatepass")


class _Raw:
    def __init__(self, text: str, is_whole: bool) -> None:
        self.text = text
        self.is_whole = is_whole


def _records(scanner: "_Scanner") -> Iterator[_Raw]:
    sign = scanner.next()
    if sign == "[":
        scanner.take("[")
        yield from _listed(scanner)
    elif sign == "{":
        yield from _in_object(scanner)
    else:
        yield _Raw(scanner.value()[1], is_whole=True)


def _listed(scanner: "_Scanner") -> Iterator[_Raw]:
    """The values up to the end of a list whose beginning is taken."""
    while scanner.next() != "]":
        yield _Raw(scanner.value()[1], is_whole=False)
        if scanner.next() != "]":
            scanner.take(",")
    scanner.take("]")


def _in_object(scanner: "_Scanner") -> Iterator[_Raw]:
    """The object itself if it is a record, else the records of the list that it is wrapped around."""
    scanner.hold()
    scanner.take("{")
    is_wrapper = has_text = False
    while scanner.next() != "}":
        key, _ = scanner.value()
        if not isinstance(key, str):
            raise RefusedError("bad_record", "no JSON: the key of an object is no string")
        scanner.take(":")
        has_text = has_text or plainly(key) in _TEXTS
        if key in WRAPPERS and not has_text and scanner.begins_records():
            is_wrapper = True
            scanner.drop()
            if scanner.next() == "{":
                yield from _in_object(scanner)
            else:
                scanner.take("[")
                yield from _listed(scanner)
        else:
            scanner.value()
        if scanner.next() != "}":
            scanner.take(",")
    scanner.take("}")
    if not is_wrapper:
        yield _Raw(scanner.held(), is_whole=True)
    scanner.drop()


class _Scanner:
    """JSON read from a stream piece by piece; no more of it is kept than the value that is read, or what is held."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder: codecs.IncrementalDecoder | None = None
        self._text = ""
        self._place = 0
        self._passed = 0
        self._held: int | None = None
        self._is_at_end = False
        self._json = json.JSONDecoder()

    def next(self) -> str:
        """The sign that comes next, after white space; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._fill():
                return ""

    def take(self, sign: str) -> None:
        """Passes over `sign`."""
        if self.next() != sign:
            raise self._fault(f"{sign!r} is missing", self._place)
        self._place += 1

    def value(self) -> tuple[Any, str]:
        """The value that comes next, and its text."""
        self.next()
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._place)
                if end < len(self._text) or not self._fill():
                    text, self._place = self._text[self._place : end], end
                    return value, text
            except json.JSONDecodeError as error:
                if not self._fill():
                    raise self._fault(error.msg.removesuffix(" at"), error.pos) from None
            except (ValueError, RecursionError) as error:
                raise RefusedError("bad_record", f"no JSON: {fault(error)}") from None

    def begins_records(self) -> bool:
        """Whether a list of objects comes next, or an object."""
        sign = self.next()
        while len(self._text) - self._place < 64 and self._fill():
            pass
        return sign == "{" or bool(re.match(r"\[[ \t\r\n]*[{\]]", self._text[self._place : self._place + 64]))

    def hold(self) -> None:
        """Keeps the text from here on."""
        self.next()
        self._held = self._place

    def drop(self) -> None:
        """Keeps nothing more."""
        self._held = None

    def held(self) -> str:
        """The text that was kept."""
        return self._text[self._held or 0 : self._place]

    def _fill(self) -> bool:
        if self._is_at_end:
            return False
        kept = self._place if self._held is None else self._held
        self._passed += kept
        self._text, self._place = self._text[kept:], self._place - kept
        self._held = None if self._held is None else 0
        if len(self._text) > MAX_BYTES:
            raise RefusedError("too_long", f"a record of over {MAX_BYTES:,} bytes")
        raw = self._stream.read(max(_PIECE, len(self._text)))
        self._is_at_end = not raw
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder(mark(raw) or "utf-8")()
        try:
            self._text += self._decoder.decode(raw, final=self._is_at_end)
        except UnicodeDecodeError as error:
            raise RefusedError("bad_encoding", f"no UTF-8 near character {self._passed:,}: {error.reason}") from None
        return not self._is_at_end

    def _fault(self, message: str, place: int) -> RefusedError:
        detail = f"no JSON: {message} at character {self._passed + place + 1:,}; what follows is not read"
        return RefusedError("bad_record", detail)
