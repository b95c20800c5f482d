"""Records of JSON and tables to articles: which field is the text, which the date, whatever they are called."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.records import Article
from tasks.sources.building import Options, RefusedError, build, fault, kind, wrong
from tasks.sources.decoding import decode
from tasks.sources.fragments import is_markup, plain
from tasks.sources.names import GUESSES, NESTED, plainly
from tasks.sources.shapes import shaped

TEXT_KEYS = ("text", "body", "content", "maintext")
"""The names of a text that messages mention and that tell a record by its beginning."""
_INSIDE = ("name", "rendered", "title", "value", "domain", "text")
"""Where the words stand if a field is an object: a publisher's name, what a blog renders."""


def record_of(raw: bytes) -> Mapping[str, Any]:
    """The object that JSON describes.

    Raises:
        RefusedError: it is none (``bad_record``), or no text (``bad_encoding``).
    """
    try:
        record = json.loads(decode(raw))
    except (ValueError, RecursionError) as error:
        raise RefusedError("bad_record", f"no JSON: {fault(error)}") from None
    if not isinstance(record, dict):
        raise RefusedError("bad_record", f"{kind(record)}, not an object")
    return record


def article(record: Mapping[str, Any], raw: bytes, origin: str, options: Options) -> Article:
    """The article of a record, its fields by their usual names or as `options` map them; markup becomes plain text.

    Raises:
        RefusedError: it has no text (``bad_record``, or ``no_text`` where it is null), or a field of the wrong type.
    """
    usual = shaped(record)
    found = {field: _value(record if field in options.columns else usual, field, options) for field in GUESSES}
    text = _text(record, *found.pop("text"))
    fields = {field: _string(field, *each) for field, each in found.items()}
    return build(fields, plain(text) if is_markup(text) else text, raw, origin)


def described(record: Mapping[str, Any]) -> dict[str, str | None]:
    """The fields but for the text, by their usual names, of a record that describes a text; none that is null.

    Raises:
        RefusedError: a field has the wrong type (``bad_record``).
    """
    fields = {field: _string(field, *_value(record, field, Options())) for field in GUESSES if field != "text"}
    return {field: words for field, words in fields.items() if words is not None}


def named(columns: Sequence[str], options: Options) -> dict[str, str]:
    """Which of a table's columns is which field: as `options` map them, else by their usual names."""
    by_name = {plainly(name): name for name in reversed(columns)}
    guessed = {field: by_name[name] for field, names in GUESSES.items() for name in reversed(names) if name in by_name}
    return {**guessed, **options.columns}


def _value(record: Mapping[str, Any], field: str, options: Options) -> tuple[str, Any]:
    """The name and value of a field; name and None where it is null, an empty name where it is nowhere."""
    if field in options.columns:
        name = options.columns[field]
        value: Any = record
        for part in [name] if name in record else name.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise RefusedError("bad_record", f"no field {name}, which --map names for {field}")
            value = value[part]
        return name, value
    places = [record, *(_nested(record.get(key)) for key in NESTED if key in record)]
    is_null = ""
    for place in places:
        by_name = {plainly(key): key for key in reversed(list(place))}
        for name in GUESSES[field]:
            if name in by_name and place[by_name[name]] is not None:
                return by_name[name], place[by_name[name]]
            is_null = is_null or by_name.get(name, "")
    return is_null, None


def _nested(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def _text(record: Mapping[str, Any], name: str, value: Any) -> str:
    if not name:
        there = ", ".join(map(str, list(record)[:8]))
        lacking = f"none of the fields {', '.join(TEXT_KEYS)}"
        raise RefusedError("bad_record", f"{lacking} (it has: {there[:200]})" if there else lacking)
    if value is None:
        raise RefusedError("no_text", f"{name} is null")
    words = _inside(value)
    if isinstance(words, list) and words and all(isinstance(each, str) for each in words):
        return "\n\n".join(words)
    return words if isinstance(words, str) else wrong(name, value)


def _string(field: str, name: str, value: Any) -> str | None:
    words = _inside(value)
    if field == "published":
        words = _moment(words)
    if field == "id" and isinstance(words, int) and not isinstance(words, bool):
        words = str(words)
    if field == "author" and isinstance(words, list):
        names = [_inside(each) for each in words]
        words = ", ".join(each for each in names if isinstance(each, str))
    if words is not None and not isinstance(words, str):
        wrong(name, value)
    return words


def _inside(value: Any) -> Any:
    """The words of a field that is an object with a name."""
    if isinstance(value, Mapping):
        return next((value[key] for key in _INSIDE if isinstance(value.get(key), str)), value)
    return value


def _moment(value: Any) -> Any:
    """A date of a table, or seconds or milliseconds since 1970, as ISO 8601; anything else as it is."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool) and 1e8 < abs(value) < 1e13:
        seconds = value / 1000 if abs(value) > 1e11 else value
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
    return value
