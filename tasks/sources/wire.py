"""Connections to public addresses alone, none of which outlives its time.

A name is resolved once, and the address that was judged is the one that is connected to: no name can mean another
machine the second time.
"""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import httpcore

from tasks.sources.building import RefusedError

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class Wire(httpcore.NetworkBackend):
    """Connects to the address that was judged, and gives nothing after the deadline."""

    def __init__(self, is_private_allowed: bool, clock: Callable[[], float]) -> None:
        self.deadline = 0.0
        self.clock = clock
        self._is_private_allowed = is_private_allowed
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """A connection to one of the addresses that a name leads to, all of which are public.

        Raises:
            RefusedError: one is not (``unsafe``).
        """
        found = dict.fromkeys(str(each[4][0]) for each in _resolved(host, port))
        for address in found:
            if not self._is_private_allowed and not is_public(address):
                said = f"{host} leads to {address}, which is no public address (--allow-private lets it pass)"
                raise RefusedError("unsafe", said)
        fault: Exception = httpcore.ConnectError(f"{host} is not known")
        for address in found:
            try:
                return _Timed(self._plain.connect_tcp(address, port, timeout, local_address, socket_options), self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                fault = error
        raise fault

    def sleep(self, seconds: float) -> None:
        """Waits."""
        self._plain.sleep(seconds)


class _Timed(httpcore.NetworkStream):
    """A connection that ends at its wire's deadline, however slowly its bytes drip."""

    def __init__(self, inner: httpcore.NetworkStream, wire: Wire) -> None:
        self._inner = inner
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come.

        Raises:
            httpcore.ReadTimeout: nothing in time.
        """
        left = self._wire.deadline - self._wire.clock()
        if left <= 0:
            raise httpcore.ReadTimeout("too slow")
        return self._inner.read(max_bytes, left if timeout is None else min(left, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends."""
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Ends it."""
        self._inner.close()

    def start_tls(self, *arguments: Any, **keywords: Any) -> httpcore.NetworkStream:
        """The same, encrypted."""
        return _Timed(self._inner.start_tls(*arguments, **keywords), self._wire)

    def get_extra_info(self, info: str) -> Any:
        """What is known of the connection."""
        return self._inner.get_extra_info(info)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where an IPv4 address hides in it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        hidden += [ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)] if ip in _TRANSLATED else []
        if not all(each.is_global for each in hidden if each is not None):
            return False
        return (ip.is_global or ip.ipv4_mapped is not None) and not ip.is_multicast
    return ip.is_global and not ip.is_multicast


def _resolved(host: str, port: int) -> Any:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} is not known: {error}") from None
