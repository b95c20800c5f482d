"""Plain text, one article a file; beside NAME.txt may lie NAME.json: url, title, published, source, author, id."""

import json
import re
from collections.abc import Iterator, Mapping

from tasks.records import Article, Rejection
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
    if sidecar is None:
        return {}
    try:
        record = json.loads(decode(sidecar.raw))
    except RefusedError as refused:
        raise RefusedError(
            refused.reason, f"the description beside the text: {refused.detail}", sidecar.origin
        ) from None
    except (ValueError, RecursionError) as error:
        raise RefusedError(
            "bad_record", f"the description beside the text is no JSON: {fault(error)}", sidecar.origin
        ) from None
    if not isinstance(record, dict):
        raise RefusedError(
            "bad_record", f"the description beside the text is {kind(record)}, not an object", sidecar.origin
        )
    return record
