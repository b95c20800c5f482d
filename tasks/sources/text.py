"""Plain text, one article a file; beside NAME.txt may lie NAME.json: url, title, published, source, author, id."""

import json
import re
from collections.abc import Iterator, Mapping

from tasks.records import Article, Reason, Rejection
from tasks.sources.building import RefusedError, Sidecar, Source, build, fault, kind, whole
from tasks.sources.decoding import decode

SUFFIXES: tuple[str, ...] = (".txt",)
_MARKUP = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_PROSE = re.compile(r"(?:[^\W\d_]{2,}[,;:]?\s+){4}")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether a file without suffix begins with a run of words; no other file is taken for prose by its looks."""
    return not suffix and bool(_PROSE.search(head.decode("utf-8", "replace")))


def read(source: Source) -> Iterator[Article | Rejection]:
    """The article, its text the whole file; or the one reason why not."""
    try:
        raw = whole(source)
        text = decode(raw)
        if _MARKUP.match(text):
            raise RefusedError("not_an_article", "an HTML page in a file named .txt; name it .html")
        yield build(_description(source.sidecar), text, raw, source.origin)
    except RefusedError as refused:
        yield refused.rejection(source.origin)


def _description(sidecar: Sidecar | None) -> Mapping[str, object]:
    """What the file beside the text says; without it nobody knows the article's date, so a broken one holds it back."""
    if sidecar is None:
        return {}
    try:
        record = json.loads(decode(sidecar.raw))
    except RefusedError as refused:
        raise _held_back(sidecar, refused.detail, refused.reason) from None
    except (ValueError, RecursionError) as error:
        raise _held_back(sidecar, f"no JSON: {fault(error)}") from None
    if not isinstance(record, dict):
        raise _held_back(sidecar, f"{kind(record)}, not an object")
    return record


def _held_back(sidecar: Sidecar, detail: str, reason: Reason = "bad_record") -> RefusedError:
    return RefusedError(reason, f"the text that it describes waits until it is right: {detail}", sidecar.origin)
