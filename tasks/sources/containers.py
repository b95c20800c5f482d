"""What is compressed or packed, opened: the plain sources inside, one after the other, by content and not by name.

Nothing is unpacked on disk but what can only be read from its end (a zip inside a tar). Refused as ``unsafe``: what
grows out of all proportion, what is packed too often, members with ``..`` in their names, and links.
"""

import bz2
import contextlib
import dataclasses
import errno
import gzip
import io
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, cast

import zstandard

from tasks.records import Rejection
from tasks.sources.building import MAX_BYTES, RefusedError, Sidecar, Source
from tasks.sources.finding import DESCRIBED, SIDECAR_SUFFIX, is_described
from tasks.sources.pairing import description_of, paired

DEEPEST = 4
"""How often a thing may be packed: a zip in a tar in gzip is packed three times."""
FREE = 64 * 2**20
"""Bytes that may come out of any input, however small."""
RATIO = 250
"""Bytes that may come out for one that goes in, beyond those; text compresses ten- or twentyfold."""
_IN_MEMORY = 16 * 2**20
_LONGEST_HEADER = 2**20
_SIP = 512
"""Bytes given to a decompressor at once that does not limit what comes out: of zstd 16 MiB at most."""
_TAR_MAGIC = slice(257, 262)
_HEADS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
_ENDINGS = {"gzip": (".gz", ".tgz"), "bzip2": (".bz2", ".tbz2", ".tbz"), "zstd": (".zst", ".tzst")}
_OFFICE = ("[Content_Types].xml", "mimetype", "AndroidManifest.xml", "META-INF/MANIFEST.MF")
_BROKEN = (EOFError, zlib.error, zstandard.ZstdError, ValueError)


@dataclass(slots=True)
class Guard:
    """Counts what goes into the decompressors of one input and what comes out; one for all that is packed in it."""

    size: int | None = None
    taken: int = 0
    given: int = 0

    def give(self, count: int) -> None:
        """Counts bytes that came out.

        Raises:
            RefusedError: ``unsafe``: too many for what went in.
        """
        self.given += count
        taken = self.taken if self.size is None else min(self.taken, self.size)
        if self.given > FREE + RATIO * taken:
            raise RefusedError("unsafe", f"over {self.given // 2**20} MiB came out of {taken:,} bytes: a bomb")


class Counted(io.RawIOBase):
    """A stream whose bytes a guard counts as taken."""

    def __init__(self, inner: BinaryIO, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """As the stream below."""
        return self._inner.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place.

        Raises:
            OSError: there is none before the beginning, whatever an archive says; no fault of the disk, so no number.
        """
        try:
            return self._inner.seek(offset, whence)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            raise OSError("a place before the beginning") from None

    def tell(self) -> int:
        """Where it is."""
        return self._inner.tell()

    def readinto(self, buffer: Any) -> int:
        """Reads what there is, counted."""
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        self._guard.taken += len(data)
        return len(data)


class _Unpacked(io.RawIOBase):
    """What comes out of a decompressor, counted; what is broken in it is said as a fault of the record."""

    def __init__(self, inner: Any, kind: str, guard: Guard) -> None:
        self._inner = inner
        self._kind = kind
        self._guard = guard

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what there is, counted.

        Raises:
            RefusedError: it is broken (``unreadable``) or out of proportion (``unsafe``).
        """
        try:
            data = self._inner.read(len(buffer))
        except _BROKEN as error:
            raise _broken(self._kind, error) from None
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise _broken(self._kind, error) from None
        buffer[: len(data)] = data
        self._guard.give(len(data))
        return len(data)


def opened(source: Source, guard: Guard, depth: int = 0) -> Iterator[Source | Rejection]:
    """The plain sources in a source, each to be read before the next is asked for; itself, if nothing is packed.

    What cannot be opened is a rejection; the rest of an archive goes on where it can.

    Raises:
        OSError: a fault of the world.
    """
    try:
        kind = _kind(cast(io.BufferedReader, source.stream).peek(512))
        if kind is None:
            yield source
            return
        if depth >= DEEPEST:
            raise RefusedError("unsafe", f"packed more than {DEEPEST} times")
        is_empty = True
        for inner in _OPENERS[kind](source, kind, guard):
            is_empty = False
            if isinstance(inner, Rejection):
                yield inner
            else:
                yield from opened(inner, guard, depth + 1)
        if is_empty:
            raise RefusedError("no_text", f"a {kind} archive without a file that could be read")
    except RefusedError as refused:
        yield refused.rejection(source.origin)


def _kind(head: bytes) -> str | None:
    for begins, kind in _HEADS.items():
        if head.startswith(begins):
            return kind
    return "tar" if head[_TAR_MAGIC] == b"ustar" else None


def _decompressed(source: Source, kind: str, guard: Guard) -> Iterator[Source | Rejection]:
    inner: Any
    if kind == "gzip":
        inner = gzip.GzipFile(fileobj=source.stream, mode="rb")
    elif kind == "bzip2":
        inner = bz2.BZ2File(source.stream)
    else:
        inner = _Zstd(source.stream)
    stream = io.BufferedReader(_Unpacked(inner, kind, guard), 2**16)
    yield dataclasses.replace(source, stream=cast(BinaryIO, stream), name=_without_ending(source.name, kind))


class _Zstd:
    """Zstandard frames, one after another; unlike the package's own reader it notices an end that comes too early."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._has_begun = False
        self._ready = b""

    def read(self, count: int) -> bytes:
        """Some bytes, none at the end."""
        while not self._ready:
            piece = self._inner.read(_SIP)
            if not piece:
                if self._has_begun:
                    raise EOFError("it ends too early")
                return b""
            self._ready = b"".join(self._parts(piece))
        given, self._ready = self._ready[:count], self._ready[count:]
        return given

    def _parts(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            self._has_begun = True
            yield self._frame.decompress(piece)
            piece = self._frame.unused_data
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._has_begun = False


def _without_ending(name: str, kind: str) -> str:
    return next((name[: -len(end)] for end in _ENDINGS[kind] if name.lower().endswith(end)), name)


def _zipped(source: Source, kind: str, guard: Guard) -> Iterator[Source | Rejection]:
    with contextlib.ExitStack() as held:
        stream = source.stream if source.stream.seekable() else held.enter_context(_spooled(source.stream))
        try:
            archive = held.enter_context(zipfile.ZipFile(stream))
            members = archive.infolist()
        except (zipfile.BadZipFile, *_BROKEN, NotImplementedError, OSError) as error:
            raise _broken(kind, error) from None
        names = {member.filename for member in members}
        if any(name in names for name in _OFFICE):
            raise RefusedError("not_an_article", "an office document, an app or a book, packed as zip")
        for member in members:
            if member.is_dir() or _is_hidden(member.filename) or _is_sidecar(member.filename, names):
                continue
            origin = f"{source.origin}/{member.filename}"
            try:
                mode = member.external_attr >> 16
                _check(member.filename, is_link=bool(mode) and stat.S_ISLNK(mode))
                sidecar = _zipped_sidecar(archive, member.filename, names, source.origin, guard)
                with _zip_member(archive, member.filename, guard) as inner:
                    yield Source(inner, origin, sidecar, member.filename, source.address, source.options)
            except RefusedError as refused:
                yield refused.rejection(origin)


def _zip_member(archive: zipfile.ZipFile, name: str, guard: Guard) -> Any:
    try:
        inner = archive.open(name)
    except (zipfile.BadZipFile, *_BROKEN, NotImplementedError, RuntimeError, KeyError, OSError) as error:
        what = RefusedError("unreadable", "locked with a password") if "password" in str(error) else None
        raise what or _broken("zip", error) from None
    return io.BufferedReader(_Unpacked(inner, "zip", guard), 2**16)


def _zipped_sidecar(archive: zipfile.ZipFile, name: str, names: set[str], origin: str, guard: Guard) -> Sidecar | None:
    beside = description_of(name) if is_described(name) else ""
    if beside not in names:
        return None
    with _zip_member(archive, beside, guard) as stream:
        return Sidecar(f"{origin}/{beside}", stream.read(MAX_BYTES))


def _is_sidecar(name: str, names: set[str]) -> bool:
    stem = name.removesuffix(SIDECAR_SUFFIX)
    return stem != name and any(f"{stem}{each}" in names for end in DESCRIBED for each in (end, end.upper()))


class _Info(tarfile.TarInfo):
    """A member of a tar; unlike its base it says what is wrong instead of ending the archive in silence."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Info":
        try:
            return super().frombuf(buf, encoding, errors)
        except (tarfile.EmptyHeaderError, tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(f"it ends too early or is damaged ({error})") from None

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        is_plain = self.isreg() or self.isdir() or self.issym() or self.islnk() or self.isdev()
        if not is_plain and self.size > _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return cast(tarfile.TarInfo, super()._proc_member(archive))  # type: ignore[misc]


def _tarred(source: Source, kind: str, guard: Guard) -> Iterator[Source | Rejection]:
    return paired(_tar_members(source, kind, guard))


def _tar_members(source: Source, kind: str, guard: Guard) -> Iterator[Source | Rejection]:
    try:
        with tarfile.open(fileobj=source.stream, mode="r|", tarinfo=_Info) as archive:
            while (member := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # else it remembers each
                if not member.isdir() and not _is_hidden(member.name):
                    yield from _tar_member(archive, member, source, guard)
    except (tarfile.TarError, *_BROKEN, RecursionError, IndexError) as error:
        raise _broken(kind, error) from None


def _tar_member(
    archive: tarfile.TarFile, member: tarfile.TarInfo, source: Source, guard: Guard
) -> Iterator[Source | Rejection]:
    origin = f"{source.origin}/{member.name}"
    try:
        _check(member.name, is_link=not member.isreg())
    except RefusedError as refused:
        yield refused.rejection(origin)
        return
    inner = archive.extractfile(member)
    if inner is not None:
        stream = cast(BinaryIO, io.BufferedReader(_Unpacked(_Forward(inner), "tar", guard), 2**16))
        yield Source(stream, origin, None, member.name, source.address, source.options)


class _Forward:
    """What a streamed tar gives of a member: read once, from its beginning."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def read(self, count: int) -> bytes:
        try:
            return self._inner.read(count)
        except tarfile.TarError as error:
            raise ValueError(str(error)) from None


def _check(name: str, is_link: bool) -> None:
    """Nothing is written to disk by its name; but an archive that tries to lead out is nobody's honest archive."""
    if is_link:
        raise RefusedError("unsafe", "a link or a device in an archive")
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or path.as_posix()[1:3] == ":/":
        raise RefusedError("unsafe", "a member whose name leads out of its archive")


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part.startswith(".") and part not in (".", "..") for part in parts) or parts[:1] == ("__MACOSX",)


def _spooled(stream: BinaryIO) -> Any:
    """What is read from its end, first copied: in memory, or if it is large into a file that has no name."""
    copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - it is the context that is given
    while piece := stream.read(2**20):
        copy.write(piece)
    copy.seek(0)
    return copy


def seekable(source: Source) -> Any:
    """The stream of a source, such that it can be read from its end; a context."""
    return contextlib.nullcontext(source.stream) if source.stream.seekable() else _spooled(source.stream)


def _broken(kind: str, error: Exception) -> RefusedError:
    """What is said of broken data.

    Raises:
        OSError: the disk's own, which it is no fault of the data.
    """
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    said = str(error) or type(error).__name__
    return RefusedError("unreadable", f"broken {kind} data: {said[:200]}")


_OPENERS: dict[str, Callable[[Source, str, Guard], Iterator[Source | Rejection]]] = {
    "gzip": _decompressed,
    "bzip2": _decompressed,
    "zstd": _decompressed,
    "zip": _zipped,
    "tar": _tarred,
}
