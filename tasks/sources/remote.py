"""Files in object stores (S3 and its like), listed and opened through fsspec."""

import contextlib
from collections.abc import Iterator
from typing import Any

import fsspec

from tasks.sources.building import RefusedError

STORES = ("s3", "gs", "gcs", "az", "abfs", "memory")
"""Schemes of addresses that fsspec may open; each but the last needs a package of its own."""
_EXTRAS = {"s3": "'milspend[s3]'", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}


def scheme(place: object) -> str:
    """The scheme of an address; empty for the path of a file."""
    words = str(place) if isinstance(place, str) else ""
    before, sign, _ = words.partition("://")
    return before.lower() if sign and before.isalnum() else ""


def listed(address: str) -> list[str]:
    """The files that an address means: itself, all below a folder, or a pattern's matches; sorted.

    Raises:
        RefusedError: the store cannot be reached or has no such file.
    """
    files, path = _store(address)
    with _told():
        if any(sign in path for sign in "*?["):
            found = [name for name in files.glob(path) if not files.isdir(name)]
        elif files.isfile(path):
            found = [path]
        else:
            found = files.find(path)
    names = [name for name in sorted(found) if not name.rpartition("/")[2].startswith(".")]
    return [f"{scheme(address)}://{name.lstrip('/')}" for name in names]


@contextlib.contextmanager
def opened(address: str) -> Iterator[Any]:
    """The stream of a file.

    Raises:
        RefusedError: it cannot be opened.
    """
    files, path = _store(address)
    with _told():
        stream = files.open(path, "rb")
    with stream:
        yield stream


def _store(address: str) -> Any:
    kind = scheme(address)
    if kind not in STORES or "::" in address:
        raise RefusedError("unreadable", f"no address that is read ({', '.join(('http', 'https', *STORES[:-1]))})")
    try:
        return fsspec.core.url_to_fs(address)
    except ImportError:
        raise RefusedError("unreadable", f"{kind}:// needs a package: pip install {_EXTRAS.get(kind, kind)}") from None
    except ValueError as error:
        raise RefusedError("unreadable", str(error)) from None


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What a store says when it refuses, in one line; a connection that failed stays a fault of the world."""
    try:
        yield
    except FileNotFoundError:
        raise RefusedError("unreadable", "no such file or folder") from None
    except PermissionError as error:
        raise RefusedError("unreadable", f"permission denied: {str(error)[:200]}") from None
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - every store's client has errors of its own: no key, no region, ...
        raise RefusedError("unreadable", f"{type(error).__name__}: {str(error)[:200]}") from None
