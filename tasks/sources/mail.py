"""Newsletters: a mail (.eml), or many one after another (mbox); one article a mail, titled by its subject.

A PDF or a page that is attached to a mail is an article of its own, dated as the mail where it has no date.
"""

import dataclasses
import email
import io
import re
from collections.abc import Iterator
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr

from tasks.records import Article, Rejection
from tasks.sources import html, pages, pdf
from tasks.sources.building import MAX_BYTES, RefusedError, Source, build, parse_date
from tasks.sources.decoding import decode
from tasks.sources.fragments import plain
from tasks.sources.lines import lines
from tasks.sources.text import description

SUFFIXES: tuple[str, ...] = (".eml", ".mbox", ".mbx")
_BEGINS = re.compile(rb"From \S+.{0,80}\d\d:\d\d")
_HEADER = re.compile(rb"(?m)^([A-Z][A-Za-z-]{1,40}):[ \t]")
_TELLING = frozenset({b"from", b"message-id", b"received", b"mime-version", b"return-path", b"delivered-to", b"date"})
_ESCAPED = re.compile(rb"(?m)^>(>*From )")
_PARTS = 200
MAX_ATTACHED = 50
"""PDFs and pages of one mail beyond which it is no newsletter."""
_STRANGE = (MessageError, HeaderParseError, LookupError, ValueError, TypeError, AttributeError, RecursionError)


def recognises(head: bytes, suffix: str) -> bool:
    """Whether mbox begins here, or the headers of a mail."""
    if _BEGINS.match(head):
        return True
    headers, *_ = re.split(rb"\r?\n\r?\n", head, maxsplit=1)
    names = [name.lower() for name in _HEADER.findall(headers)]
    return bool(_HEADER.match(head)) and b"from" in names and len(_TELLING & set(names)) >= 2


def read(source: Source) -> Iterator[Article | Rejection]:
    """One article or one rejection a mail, in order, one mail in memory at a time."""
    is_many = False
    for number, raw in _mails(source):
        is_many = is_many or number is not None
        origin = source.origin if number is None else f"{source.origin}:{number}"
        try:
            if isinstance(raw, int):
                raise RefusedError("too_long", f"a mail of over {MAX_BYTES:,} bytes")
            yield from _articles(raw, origin, source, is_one=number is None)
        except RefusedError as refused:
            yield refused.rejection(origin)


def _mails(source: Source) -> Iterator[tuple[int | None, bytes | int]]:
    """Number and bytes of each mail, of too long a one the size; without a number where the file is one mail."""
    held: list[bytes] = []
    size = number = 0
    is_after_blank, is_many = True, False
    for _, line in lines(source.stream):
        begins = is_after_blank and isinstance(line, bytes) and bool(_BEGINS.match(line))
        if begins:
            if number or size:
                yield number or 1, b"".join(held) if size <= MAX_BYTES else size
            is_many, number, held, size = True, number + 1, [], 0
        elif isinstance(line, int):
            size += line
        else:
            size += len(line)
            if size <= MAX_BYTES:
                held.append(line)
            else:
                held.clear()
        is_after_blank = isinstance(line, bytes) and not line.strip()
    if number or size:
        yield number if is_many else None, b"".join(held) if size <= MAX_BYTES else size
    else:
        raise RefusedError("no_text", "the file is empty")


def _articles(raw: bytes, origin: str, source: Source, is_one: bool) -> Iterator[Article | Rejection]:
    """The article of a mail, and those attached to it; a mail without words is none if something is attached."""
    try:
        message = email.message_from_bytes(_ESCAPED.sub(rb"\1", raw))
        text, fields = _text(message), _fields(message)
        attached = list(_attached(message))
    except _STRANGE as error:
        raise RefusedError("bad_record", f"no mail that can be read: {str(error)[:200]}") from None
    if text.strip():
        described = {**fields, **description(source.sidecar if is_one else None)}
        yield build(described, text, raw, origin)
    elif not attached:
        raise RefusedError("no_text", "a mail without words, or with attachments alone that are neither PDF nor HTML")
    for number, (name, content) in enumerate(attached, start=1):
        place = f"{origin}/{name or number}"
        if number > MAX_ATTACHED:
            yield RefusedError("unsafe", f"over {MAX_ATTACHED} PDFs and pages in one mail").rejection(place)
            return
        stream = io.BufferedReader(io.BytesIO(content))
        try:
            yield _dated(pages.held(content, Source(stream, place, name=name, options=source.options)), fields)
        except RefusedError as refused:
            yield refused.rejection(place)


def _attached(message: Message) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each PDF and each page that is attached, by its content or, if that is not clear, its name."""
    for number, part in enumerate(message.walk()):
        if number > _PARTS:
            return
        name = " ".join((part.get_filename() or "").replace("/", "_").split())
        kind = part.get_content_type()
        is_named = kind == "application/pdf" or name.lower().endswith((*pdf.SUFFIXES, *html.SUFFIXES))
        if part.is_multipart() or not (is_named or (name and kind in ("text/html", "application/xhtml+xml"))):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content.strip():
            yield name, content


def _dated(article: Article, mail: dict[str, str | None]) -> Article:
    """What an attachment does not say of itself, the mail says."""
    day = mail["published"]
    return dataclasses.replace(
        article,
        title=article.title or mail["title"],
        published=article.published or (parse_date(day) if day else None),
        source=article.source or mail["source"],
    )


def _fields(message: Message) -> dict[str, str | None]:
    name, address = parseaddr(_header(message, "From") or "")
    day = _header(message, "Date") or ""
    return {
        "id": (_header(message, "Message-ID") or "").strip("<> ") or None,
        "title": _header(message, "Subject"),
        "published": day if parse_date(day) else None,
        "source": name or address or None,
        "url": _address(_header(message, "Archived-At")),
    }


def _text(message: Message) -> str:
    """The words in plain text; where there are none, or one line that sends the reader elsewhere, those in HTML."""
    found: dict[str, list[str]] = {"plain": [], "html": []}
    for number, part in enumerate(message.walk()):
        if number > _PARTS:
            break
        kind = part.get_content_subtype()
        if part.get_content_maintype() == "text" and kind in found and not part.get_filename():
            found[kind].append(_decoded(part))
    words = "\n\n".join(found["plain"]).strip()
    marked = "\n\n".join(map(plain, found["html"])).strip()
    return words if len(words) > len(marked) / 3 else marked


def _decoded(part: Message) -> str:
    raw = part.get_payload(decode=True)
    return decode(raw, part.get_content_charset()) if isinstance(raw, bytes) else ""


def _header(message: Message, name: str) -> str | None:
    value = message.get(name)
    if value is None:
        return None
    try:
        words = str(make_header(decode_header(value)))
    except _STRANGE:
        words = str(value)
    return " ".join(words.split()) or None


def _address(words: str | None) -> str | None:
    return words.strip("<> ") if words and "://" in words else None
