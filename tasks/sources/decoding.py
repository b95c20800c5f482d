"""Bytes to text: which encoding, and when to give up."""

import codecs
import re

from tasks.sources.building import RefusedError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that one's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LATIN = frozenset({"ascii", "iso8859-1", "cp1252"})
_LETTERS = "A-Za-zÀ-ÖØ-öø-ýŒœŠšŽžŸ"
# Bytes that are truly Windows-1252 give typographic marks, and accented letters inside words of other letters. Bytes
# of another encoding give runs of accented letters, letters that stand alone, and signs that no newspaper prints.
_PLAUSIBLE = re.compile(
    rf"""
    (?: [\x09\x0a\x0c\x0d\x20-\x7e]
      | [€‚„…‘’“”•–—™\xa0£¥§©«®°±²³´·¹º»¼½¾¿¡ªʼ]
      | (?<=[{_LETTERS}]) [À-ÖØ-öø-ýŒœŠšŽžŸ]
      | [À-ÖØ-öø-ýŒœŠšŽžŸ] (?=[A-Za-z])
      | (?<![{_LETTERS}]) [àÀáÁéÉèÈóÓíÍ] (?![{_LETTERS}])
    )*+  # each is one letter, so there is nothing to go back to; to try would take for ever
    """,
    re.VERBOSE,
)
_RUN = re.compile(r"[À-ÿ]{3}|[ÃÂâ][\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")


def mark(raw: bytes) -> str | None:
    """The encoding that the byte order mark at the start of `raw` names; None without one."""
    return next((name for begins, name in _MARKS if raw.startswith(begins)), None)


def decode(raw: bytes, declared: str | None = None) -> str:
    """`raw` as text: by its byte order mark, else as UTF-8, as `declared`, or as Windows-1252 if that reads well.

    Raises:
        RefusedError: ``bad_encoding``; the detail names the first byte that UTF-8 does not have.
    """
    marked = mark(raw)
    if marked:
        try:
            return raw.decode(marked)
        except UnicodeDecodeError as error:
            raise RefusedError("bad_encoding", f"marked as {marked}, but not at byte {error.start}") from None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        text = _otherwise(raw, declared)
        if text is None:
            byte = f"byte {error.start} (0x{raw[error.start]:02x})"
            raise RefusedError("bad_encoding", f"no UTF-8 at {byte}: {error.reason}") from None
        return text


def _otherwise(raw: bytes, declared: str | None) -> str | None:
    name = _known(declared)
    if name and name not in _LATIN and name != "utf-8":
        return _decoded(raw, name)
    text = _decoded(raw, "cp1252")
    if text is None or _RUN.search(text) or not _PLAUSIBLE.fullmatch(text):
        return None
    return text


def _known(declared: str | None) -> str | None:
    try:
        return codecs.lookup(declared).name if declared else None
    except LookupError:
        return None


def _decoded(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeDecodeError, LookupError):  # LookupError: a codec that is not for text, such as "hex"
        return None
