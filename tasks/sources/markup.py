"""XML read element by element, safely: no entity is expanded, nothing is fetched, what is done with is forgotten."""

import contextlib
import io
import re
from collections.abc import Collection, Iterator
from typing import BinaryIO

from lxml import etree

from tasks.sources.building import MAX_BYTES, RefusedError

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_ROOT = re.compile(
    rb"""\s* (?: <\?.*?\?>\s* | <!--.*?-->\s* | <!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>\s* )* <(?:[\w.-]+:)?([\w.-]+)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_PROLOG = 2**16


def root_of(head: bytes) -> str:
    """The name of the root element, without its prefix; empty where no markup begins here."""
    found = _ROOT.match(head.removeprefix(b"\xef\xbb\xbf"))
    return found[1].decode() if found else ""


def elements(stream: BinaryIO, names: Collection[str]) -> Iterator[etree._Element]:
    """Every element of these names, whole, when it ends; after it is used it is emptied.

    Raises:
        RefusedError: it declares entities (``unsafe``), or is no XML from some place on (``bad_record``).
    """
    peeked = stream.peek(_PROLOG)[:_PROLOG] if isinstance(stream, io.BufferedReader) else b""
    if _ENTITY.search(peeked):
        raise RefusedError("unsafe", "XML that declares entities")
    walk = etree.iterparse(
        _Forbearing(stream),
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in walk:
            yield element
            _forget(element)
    except (etree.LxmlError, ValueError, UnicodeError) as error:
        raise RefusedError("bad_record", f"no XML: {str(error)[:200]}; what follows is not read") from None
    if walk.root is None:
        raise RefusedError("bad_record", "no XML: no element in it")


@contextlib.contextmanager
def readable() -> Iterator[None]:
    """What cannot be read or written of an element, although it was forgiven while it came, is a fault of the record.

    Raises:
        RefusedError: it has characters that are none (``bad_record``).
    """
    try:
        yield
    except (etree.LxmlError, UnicodeDecodeError) as error:
        raise RefusedError("bad_record", f"no XML: {str(error)[:200]}") from None


def name(element: etree._Element) -> str:
    """The name of an element without its namespace, however odd it is; empty for what is none."""
    try:
        return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""
    except UnicodeDecodeError:
        return ""


def child(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first element below, of the first of these names that is there."""
    if element is None:
        return None
    for wanted in names:
        for each in element:
            if name(each) == wanted:
                return each
    return None


def said(element: etree._Element | None, *names: str) -> str | None:
    """The words of the child of the first of these names that has any; without names, of the element itself."""
    found = [element] if not names else [child(element, each) for each in names]
    for each in found:
        words = " ".join("".join(each.itertext()).split()) if each is not None else ""
        if words:
            return words
    return None


class _Forbearing:
    """A stream that ends where there is too much without an element in it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, count: int) -> bytes:
        return self._stream.read(min(count, MAX_BYTES))


def _forget(element: etree._Element) -> None:
    """Empties an element, and drops those of its name before it: their parent would keep them all."""
    element.clear(keep_tail=False)
    parent, before = element.getparent(), element.getprevious()
    while parent is not None and before is not None and before.tag == element.tag:
        parent.remove(before)
        before = element.getprevious()
