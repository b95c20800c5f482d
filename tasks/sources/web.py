"""Fetches pages politely and safely: robots.txt, a pause for each host, limits to everything, no private address.

How it connects, and to what not, is the business of `wire`.
"""

import contextlib
import datetime as dt
import io
import time
import zlib
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Self, cast
from urllib.parse import quote, urljoin, urlsplit

import httpcore
from protego import Protego

from tasks.sources.building import MAX_BYTES, Page, RefusedError
from tasks.sources.wire import Wire

AGENT = "milspend"
Visits = MutableMapping[str, list[str | None]]
"""For each address that was fetched the ETag and the Last-Modified of the answer."""
_MOVED = frozenset({301, 302, 303, 307, 308})
_LATER = frozenset({429, 500, 502, 503, 504})
_PIECE = 2**16
_ROBOTS_LARGEST = 512 * 1024


@dataclass(frozen=True, slots=True)
class Manners:
    """How a run behaves on the network; times in seconds, sizes in bytes.

    `seconds` and `largest` are for a page, `long` and `huge` for an input that somebody named; `slowest` are the bytes
    a second that such a one must have after its first minute.
    """

    delay: float = 1.0
    longest_delay: float = 30.0
    tries: int = 3
    patience: float = 120.0
    redirects: int = 5
    pages_of_a_host: int = 2000
    seconds: float = 60.0
    largest: int = MAX_BYTES
    long: float = 3600.0
    huge: int = 8 * 2**30
    slowest: int = 10_000
    silence: float = 20.0
    is_private_allowed: bool = False


@dataclass(slots=True)
class Web:
    """The network as a run may use it, until it is left. What is fetched is noted in `visits`."""

    manners: Manners = field(default_factory=Manners)
    visits: Visits = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _robots: dict[str, Protego] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _failed: int = 0
    _opened: int = 0
    _pool: Any = None
    _wire: "Wire | None" = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def page(self, address: str) -> Page | None:
        """The page of an address; None where an earlier run fetched it and it has not changed, as far as one can know.

        Raises:
            RefusedError: it may not be fetched (``disallowed``, ``unsafe``), or could not (``unreadable``); its origin
                is the address.
        """
        try:
            visit = self.visits.get(address)
            if visit is not None and not any(visit):
                return None
            with self._answer(address, self.manners.seconds) as answer:
                if answer is None:
                    return None
                raw = b"".join(answer.pieces(self.manners.largest))
                self.visits[address] = answer.validators
                return Page(answer.address, raw)
        except RefusedError as refused:
            self._failed += refused.reason == "unreadable"
            raise RefusedError(refused.reason, refused.detail, refused.origin or address) from None

    @contextlib.contextmanager
    def opened(self, address: str) -> Iterator[BinaryIO | None]:
        """The stream of an input that somebody named; None where it has not changed since the last run.

        Raises:
            RefusedError: as `page`; also while the stream is read.
        """
        with self._answer(address, self.manners.long) as answer:
            if answer is None:
                yield None
                return
            self._opened += 1
            failed, opened = self._failed, self._opened
            pieces = answer.pieces(self.manners.huge, self.manners.slowest)
            yield cast(BinaryIO, io.BufferedReader(_Body(pieces), _PIECE))
            # Else it is read again, unchanged as it may be: a page may answer then, a list that it names may be longer.
            if (self._failed, self._opened) == (failed, opened):
                self.visits[address] = answer.validators

    @contextlib.contextmanager
    def _answer(self, address: str, seconds: float) -> "Iterator[_Answer | None]":
        """The answer with status 200, or None for 304, after redirects and as many tries as it takes."""
        at = address
        for _ in range(self.manners.redirects + 1):
            self._check(at)
            with self._asked(at, seconds, self.visits.get(address)) as answer:
                if answer.status == 304:
                    yield None
                    return
                if answer.status == 200:
                    yield answer
                    return
                if answer.status not in _MOVED:
                    raise RefusedError("unreadable", f"answers {answer.status}", at)
                at = urljoin(at, answer.header("location") or "")
        raise RefusedError("unreadable", f"over {self.manners.redirects} redirects")

    def _check(self, address: str) -> None:
        """Nothing, where an address may be asked for, as far as its words and robots.txt tell."""
        host = _host(address)
        self._counts[host] = self._counts.get(host, 0) + 1
        if self._counts[host] > self.manners.pages_of_a_host:
            raise RefusedError("disallowed", f"over {self.manners.pages_of_a_host:,} pages of {host} in one run")
        robots = self._robots.get(host)
        if robots is None:
            robots = self._robots[host] = self._rules(address)
        if not robots.can_fetch(address, AGENT):
            raise RefusedError("disallowed", "robots.txt of its site does not allow it")

    def _rules(self, address: str) -> Protego:
        """The rules of a site: all is allowed where it has none, nothing where it does not tell (RFC 9309)."""
        at = urljoin(address, "/robots.txt")
        for _ in range(self.manners.redirects + 1):
            try:
                with self._asked(at, self.manners.seconds, None) as answer:
                    if answer.status in _MOVED:
                        at = urljoin(at, answer.header("location") or "")
                        _host(at)
                        continue
                    if answer.status == 200:
                        raw = b"".join(answer.pieces(_ROBOTS_LARGEST))
                        return Protego.parse(raw.decode("utf-8", "replace"))
                    return Protego.parse("" if 400 <= answer.status < 500 else "User-agent: *\nDisallow: /")
            except RefusedError as refused:
                raise RefusedError(refused.reason, f"robots.txt of its site: {refused.detail}") from None
        return Protego.parse("")

    @contextlib.contextmanager
    def _asked(self, address: str, seconds: float, visit: list[str | None] | None) -> "Iterator[_Answer]":
        """The answer of a site, whatever its status; asked again after a pause while it is out of order."""
        for attempt in range(1, self.manners.tries + 1):
            is_last = attempt == self.manners.tries
            self._pause(_host(address))
            try:
                with self._request(address, seconds, visit) as response:
                    answer = _Answer(address, response, self.clock, seconds)
                    if answer.status not in _LATER or is_last:
                        yield answer
                        return
                    wait = self._wait(answer.header("retry-after"), attempt)
            except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
                if is_last or isinstance(error, httpcore.ProtocolError):
                    raise RefusedError("unreadable", f"does not answer: {str(error) or type(error).__name__}") from None
                wait = self._wait(None, attempt)
            self.sleep(wait)

    def _request(self, address: str, seconds: float, visit: list[str | None] | None) -> Any:
        if self._pool is None:
            self._wire = Wire(self.manners.is_private_allowed, self.clock)
            self._pool = httpcore.ConnectionPool(network_backend=self._wire, max_connections=4, keepalive_expiry=15.0)
        cast(Wire, self._wire).deadline = self.clock() + seconds
        headers = [("Host", _netloc(address)), ("User-Agent", AGENT), ("Accept", "*/*"), ("Accept-Encoding", "gzip")]
        for header, value in zip(("If-None-Match", "If-Modified-Since"), visit or (), strict=False):
            headers += [(header, value)] if value else []
        silence = self.manners.silence
        timeout = {"connect": silence, "read": silence, "write": silence, "pool": silence}
        try:
            return self._pool.stream("GET", _ascii(address), headers=headers, extensions={"timeout": timeout})
        except (ValueError, UnicodeError) as error:
            raise RefusedError("bad_record", f"no address of a page: {error}") from None

    def _pause(self, host: str) -> None:
        robots = self._robots.get(host)
        wanted = float(robots.crawl_delay(AGENT) or 0) if robots else 0.0
        delay = max(self.manners.delay, min(wanted, self.manners.longest_delay))
        now = self.clock()
        wait = self._last.get(host, -delay - 1 + now) + delay - now
        if wait > 0:
            self.sleep(wait)
        self._last[host] = self.clock()

    def _wait(self, told: str | None, attempt: int) -> float:
        """Seconds to wait: as the site says, else twice as long each time."""
        wait = _seconds(told)
        if wait is None:
            return float(self.manners.delay * 2**attempt)
        if wait > self.manners.patience:
            raise RefusedError("unreadable", f"asks to come back in {wait:.0f} seconds")
        return wait


class _Answer:
    """A site's answer, its body not yet read."""

    def __init__(self, address: str, response: Any, clock: Callable[[], float], seconds: float) -> None:
        self.address = address
        self.status: int = response.status
        self._response = response
        self._clock = clock
        self._began = clock()
        self._seconds = seconds

    def header(self, name: str) -> str | None:
        """The value of a header."""
        wanted = name.encode()
        return next((v.decode("latin-1") for key, v in self._response.headers if key.lower() == wanted), None)

    @property
    def validators(self) -> list[str | None]:
        """What to name when it is asked for again."""
        return [self.header("etag"), self.header("last-modified")]

    def pieces(self, largest: int, slowest: int | None = None) -> Iterator[bytes]:
        """The body, decompressed.

        Raises:
            RefusedError: it is too long, too slow, broken, or a bomb.
        """
        coding = (self.header("content-encoding") or "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip", "deflate"):
            raise RefusedError("unreadable", f"compressed in a way that was not asked for: {coding[:40]}")
        unpack = None if coding == "identity" else zlib.decompressobj(wbits=47)
        size = 0
        for piece in self._received(slowest):
            for part in (piece,) if unpack is None else _unpacked(unpack, piece):
                size += len(part)
                if size > largest:
                    raise RefusedError("too_long", f"over {largest:,} bytes")
                yield part
        if unpack is not None and not unpack.eof:
            raise RefusedError("unreadable", "broken gzip data: it ends too early")

    def _received(self, slowest: int | None) -> Iterator[bytes]:
        count = 0
        try:
            for piece in self._response.iter_stream():
                count += len(piece)
                passed = self._clock() - self._began
                if passed > self._seconds or (slowest and passed > 60 and count < slowest * passed):
                    raise RefusedError("unreadable", f"too slow: {count:,} bytes in {passed:.0f} seconds")
                yield piece
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise RefusedError("unreadable", f"broke off: {str(error) or type(error).__name__}") from None


def _unpacked(unpack: Any, piece: bytes) -> Iterator[bytes]:
    try:
        while piece:
            yield unpack.decompress(piece, _PIECE)
            piece = unpack.unconsumed_tail
    except zlib.error as error:
        raise RefusedError("unreadable", f"broken gzip data: {error}") from None


class _Body(io.RawIOBase):
    """The body of an answer as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what has come."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _host(address: str) -> str:
    """Scheme, host and port of an address.

    Raises:
        RefusedError: it is none that is fetched.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise RefusedError("bad_record", f"no address of a page: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise RefusedError("unsafe", f"not fetched by {parts.scheme or 'no'} scheme, only by http and https")
    if not parts.hostname:
        raise RefusedError("bad_record", "an address without a host")
    if parts.username or parts.password:
        raise RefusedError("unsafe", "an address with a name or a password in it")
    return f"{parts.scheme}://{parts.hostname}:{port or (443 if parts.scheme == 'https' else 80)}"


def _netloc(address: str) -> str:
    return urlsplit(address).netloc.encode("idna").decode() if not address.isascii() else urlsplit(address).netloc


def _ascii(address: str) -> str:
    """An address in the signs that may be sent."""
    parts = urlsplit(address)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return f"{parts.scheme}://{_netloc(address)}{path}" + (f"?{query}" if query else "")


def _seconds(told: str | None) -> float | None:
    """What Retry-After says, in seconds; None where it says nothing."""
    if told is None:
        return None
    if told.strip().isdigit():
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return None
    now = dt.datetime.now(dt.UTC)
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp() - now.timestamp())
