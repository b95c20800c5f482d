"""Texts of an archive and the descriptions beside them, where it can only be read from its beginning to its end.

NAME.json may stand before NAME.txt or behind it, or not at all. So what may be one of a pair is held back until the
other comes, until the archive ends, or until so much is held back that the oldest has to go on alone.
"""

import dataclasses
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from tasks.records import Rejection
from tasks.sources.building import RefusedError, Sidecar, Source
from tasks.sources.finding import DESCRIBED, SIDECAR_SUFFIX, is_described

HELD = 16 * 2**20
"""Bytes that are held back together."""
LARGEST_TEXT = 8 * 2**20
"""Bytes of a text that is held back at all; a larger one goes on at once."""
LARGEST_DESCRIPTION = 2**16


def description_of(name: str) -> str:
    """The name of the description that may lie beside a text of this name, in the same folder of an archive."""
    return f"{name.rpartition('.')[0]}{SIDECAR_SUFFIX}"


def paired(members: Iterator[Source | Rejection]) -> Iterator[Source | Rejection]:
    """The `members`, texts with their descriptions; a description without a text is a member as any other.

    Raises what `members` raises, after giving what was held back.
    """
    held = _Held()
    try:
        for member in members:
            if isinstance(member, Rejection):
                yield member
                continue
            try:
                yield from held.given(member)
            except RefusedError as refused:
                yield refused.rejection(member.origin)
    except RefusedError:
        yield from held.beyond(0)
        raise
    yield from held.beyond(0)


@dataclass(slots=True)
class _Waiting:
    member: Source
    raw: bytes
    is_used: bool = False

    def source(self, sidecar: Sidecar | None = None) -> Source:
        stream = io.BufferedReader(io.BytesIO(self.raw))
        return dataclasses.replace(self.member, stream=cast(BinaryIO, stream), sidecar=sidecar)

    def sidecar(self) -> Sidecar:
        self.is_used = True
        return Sidecar(self.member.origin, self.raw)


@dataclass(slots=True)
class _Held:
    """What waits for its other half, by its name, the oldest first."""

    waiting: dict[str, _Waiting] = field(default_factory=dict)
    size: int = 0

    def given(self, member: Source) -> Iterator[Source]:
        """What need not wait any longer, now that `member` has come.

        Raises:
            RefusedError: it cannot be read.
        """
        is_text = is_described(member.name)
        if not is_text and not member.name.endswith(SIDECAR_SUFFIX):
            yield member
            return
        most = LARGEST_TEXT if is_text else LARGEST_DESCRIPTION
        raw = member.stream.read(most + 1)
        beside = self.waiting.get(description_of(member.name)) if is_text else None
        if beside is not None or len(raw) > most:
            stream = io.BufferedReader(_Joined(raw, member.stream), 2**16)
            sidecar = beside.sidecar() if beside is not None else None
            yield dataclasses.replace(member, stream=cast(BinaryIO, stream), sidecar=sidecar)
            return
        come = _Waiting(member, raw)
        if not is_text:
            yield from (text.source(come.sidecar()) for text in self._texts_of(member.name))
        earlier = self._leave(member.name)
        if earlier is not None and not earlier.is_used:
            yield earlier.source()
        self.waiting[member.name] = come
        self.size += len(raw)
        yield from self.beyond(HELD)

    def beyond(self, size: int) -> Iterator[Source]:
        """The oldest, until no more than `size` bytes are held back."""
        while self.waiting and (self.size > size or not size):
            oldest = self._leave(next(iter(self.waiting)))
            if oldest is not None and not oldest.is_used:
                yield oldest.source()

    def _texts_of(self, name: str) -> Iterator[_Waiting]:
        stem = name.removesuffix(SIDECAR_SUFFIX)
        for each in (f"{stem}{cased}" for ending in DESCRIBED for cased in (ending, ending.upper())):
            text = self._leave(each)
            if text is not None:
                yield text

    def _leave(self, name: str) -> _Waiting | None:
        gone = self.waiting.pop(name, None)
        self.size -= len(gone.raw) if gone is not None else 0
        return gone


class _Joined(io.RawIOBase):
    """What was read of a stream, and then the rest of it."""

    def __init__(self, raw: bytes, rest: BinaryIO) -> None:
        self._parts = (io.BytesIO(raw), rest)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what there is."""
        data = next((piece for part in self._parts if (piece := part.read(len(buffer)))), b"")
        buffer[: len(data)] = data
        return len(data)
