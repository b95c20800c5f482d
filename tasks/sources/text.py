"""Plain text, one article a file, which may describe itself in front matter.

Beside NAME.txt may lie NAME.json: url, title, published, source, author, id.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tasks.records import Article, Reason, Rejection
from tasks.sources.building import RefusedError, Sidecar, Source, build, fault, kind, whole
from tasks.sources.decoding import decode
from tasks.sources.fields import described

SUFFIXES: tuple[str, ...] = (".txt", ".text")
_PROSE = re.compile(r"(?:[^\W\d_]{2,}[,;:]?\s+){4}")
_FRONT = re.compile(r"\s*(---|\+\+\+)[ \t]*\r?\n(.{0,65536}?)\r?\n(?:\1|\.\.\.)[ \t]*(?:\r?\n|$)", re.DOTALL)
_FRONT_BEGINS = re.compile(rb"\s*(?:---[ \t]*\r?\n[\w\"' -]{1,60}:|\+\+\+[ \t]*\r?\n[\w\"' -]{1,60}=)")


def recognises(head: bytes, suffix: str) -> bool:
    """Whether it begins with front matter, or a file without suffix with words; no other is taken for prose."""
    if _FRONT_BEGINS.match(head.removeprefix(b"\xef\xbb\xbf")):
        return True
    return not suffix and bool(_PROSE.search(head.decode("utf-8", "replace")))


def read(source: Source) -> Iterator[Article | Rejection]:
    """The article, its text the whole file but for its front matter; or the one reason why not."""
    raw = whole(source)
    front, text = _parted(decode(raw))
    yield build({**front, **description(source.sidecar)}, text, raw, source.origin)


def description(sidecar: Sidecar | None) -> Mapping[str, object]:
    """What the file beside the text says; without it nobody knows the article's date, so a broken one holds it back.

    Raises:
        RefusedError: it is broken.
    """
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
    return described(record)


def _held_back(sidecar: Sidecar, detail: str, reason: Reason = "bad_record") -> RefusedError:
    return RefusedError(reason, f"the text that it describes waits until it is right: {detail}", sidecar.origin)


def _parted(text: str) -> tuple[Mapping[str, str | None], str]:
    """What the front matter says, and the text behind it; nothing and the whole text where there is none."""
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    try:
        record: Any = _of_toml(found[2]) if found[1] == "+++" else _of_yaml(found[2])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RefusedError("bad_record", f"front matter that cannot be read: {str(error)[:200]}") from None
    if not isinstance(record, dict):
        return {}, text  # a rule above and one below: decoration
    return described(record), text[found.end() :]


def _of_toml(words: str) -> Any:
    return tomllib.loads(words)


def _of_yaml(words: str) -> Any:
    """Every value a string: YAML itself takes a country's NO for false."""
    return yaml.load(words, Loader=yaml.BaseLoader)
