"""A PDF with text in it, such as a ministry's press release: one article a file; NAME.json may describe it."""

import re
import threading
from collections.abc import Iterator

import pypdfium2 as pdfium

from tasks.records import MAX_TEXT_LENGTH, Article, Rejection
from tasks.sources.building import RefusedError, Source, build
from tasks.sources.text import description

SUFFIXES: tuple[str, ...] = (".pdf",)
LARGEST = 64 * 2**20
"""Bytes of a file beyond which it is not looked at: pictures make PDFs large, words do not."""
_PAGES = 500
_SOUGHT = 10**9
"""Bytes that may be searched in vain for the ends of streams: PDFium looks to the end of the file for each of them."""
_BEGINS = re.compile(rb"(?<!end)stream[\r\n]")
_LOCK = threading.Lock()
"""PDFium works on one thing at a time."""


def recognises(head: bytes, suffix: str) -> bool:
    """Whether it begins as PDFs do."""
    return b"%PDF-" in head[:1024]


def read(source: Source) -> Iterator[Article | Rejection]:
    """The article: the words of all pages, titled as the file titles itself, undated: its own date is the file's."""
    raw = source.stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise RefusedError("too_long", f"a PDF of over {LARGEST:,} bytes")
    yield article(raw, source)


def article(raw: bytes, source: Source) -> Article:
    """The article in the bytes of a PDF.

    Raises:
        RefusedError: it is broken or locked (``unreadable``), or holds pictures alone (``no_text``).
    """
    endless = len(_BEGINS.findall(raw)) - raw.count(b"endstream")
    if endless * len(raw) > _SOUGHT:
        raise RefusedError("unreadable", f"broken PDF data: {endless:,} streams without an end")
    with _LOCK:
        text, title = _words(raw)
    if not text.strip():
        raise RefusedError("no_text", "a PDF without words, pictures of pages perhaps; they are not recognised")
    fields = {"title": title, "url": source.address, **description(source.sidecar)}
    return build(fields, text, raw, source.origin)


def _words(raw: bytes) -> tuple[str, str | None]:
    try:
        document = pdfium.PdfDocument(raw)
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower()
        said = "a PDF locked with a password" if locked else f"broken PDF data: {error}"
        raise RefusedError("unreadable", said) from None
    try:
        pages: list[str] = []
        for number in range(min(len(document), _PAGES)):
            pages.append(_page(document, number))
            if sum(map(len, pages)) > MAX_TEXT_LENGTH:
                break
        title = document.get_metadata_value("Title").strip()
    finally:
        document.close()
    return "\n\n".join(page.strip() for page in pages if page.strip()), title or None


def _page(document: pdfium.PdfDocument, number: int) -> str:
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return ""  # one page that is broken; the others are read
    try:
        words = page.get_textpage()
        try:
            return str(words.get_text_bounded()).replace("\r\n", "\n").replace("\ufffe", "-\n")
        finally:
            words.close()
    finally:
        page.close()
