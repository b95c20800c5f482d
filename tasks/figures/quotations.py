"""Text to the spans that stand inside quotation marks; what is left open never runs past its paragraph."""

import bisect
import re
from collections.abc import Iterator

_PARAGRAPH = re.compile(r"[^\n]+")
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)")
_LONGEST_UNCLOSED = 1_500
"""An unclosed quotation that would run further than this is cut at the end of its first sentence."""
_OPENERS = "“„‟«"
_CLOSERS = "”»'’"
_DOUBLE = re.compile("[\"“”„‟«»]|’’|''")
_DOUBLE_MARKS = '"“„‟«'
_SINGLE_OPENER = re.compile(r"(?<![\w’'.,!?%])['‘‚](?=[\w$€£¥₹(\[…“\"])(?!\d\ds?\b)")
_SINGLE_CLOSER = re.compile(r"(?<=[^\s(\[—–-])['’](?!\w)")
_BEFORE_AN_OPENER = re.compile(r"[\s(\[{—–\-/:'‘]")
_EDITORS_SENTENCE = re.compile(r"\[(?=[A-Z\d])[^\[\]]*\s[^\[\]]*[.!?]\]")
_Span = tuple[int, int]


def find_quotations(text: str) -> list[_Span]:
    """Spans between quotation marks, the marks left out, in the order of the text and none inside another.

    Double marks (straight, curly, low, guillemets) and single ones that are no apostrophes count. A quotation that
    opens every paragraph anew and closes once gives a span a paragraph; one that nobody closes ends with its
    paragraph, or sooner. A whole sentence in square brackets is the editor's, and no part of the quotation around it.
    """
    paragraphs = [match.span() for match in _PARAGRAPH.finditer(text) if match.group().strip()]
    spans: list[_Span] = []
    for number, (start, end) in enumerate(paragraphs, 1):
        following = paragraphs[number][0] if number < len(paragraphs) else len(text)
        goes_on = text[following : following + 1] in tuple(_DOUBLE_MARKS)
        doubles = list(_double(text, start, end, goes_on))
        singles = list(_single(text, start, end, doubles))
        spans += singles
        spans += [span for span in doubles if quotation_at(*span, singles) is None]
    return sorted(part for span in spans for part in _without_editor(text, *span) if part[0] < part[1])


def is_quoted(start: int, end: int, quotations: list[_Span]) -> bool:
    """Whether the span from `start` to `end` lies inside one of the `quotations` of ``find_quotations``."""
    return quotation_at(start, end, quotations) is not None


def quotation_at(start: int, end: int, quotations: list[_Span]) -> _Span | None:
    """The quotation that the span from `start` to `end` lies inside, or None."""
    at = bisect.bisect_right(quotations, (start, len(quotations) + 1_000_000_000)) - 1
    if at >= 0 and quotations[at][0] <= start and end <= quotations[at][1]:
        return quotations[at]
    return None


def _double(text: str, start: int, end: int, goes_on: bool) -> Iterator[_Span]:
    """Double-mark quotations of one paragraph; `goes_on`: the next paragraph opens with a mark."""
    opened: int | None = None
    for match in _DOUBLE.finditer(text, start, end):
        at = match.start()
        if _is_opening(text, at, start, end, opened is not None):
            if opened is not None:
                yield opened, _sentence_end(text, opened, at)
            opened = at + 1
        elif opened is not None:
            yield opened, at
            opened = None
    if opened is not None:
        is_whole = goes_on or end - opened <= _LONGEST_UNCLOSED
        yield opened, end if is_whole else _sentence_end(text, opened, end)


def _is_opening(text: str, at: int, start: int, end: int, is_open: bool) -> bool:
    """Whether the double mark at `at` opens; a straight one is judged by its neighbours, then by what is open."""
    mark = text[at]
    if mark in _OPENERS:
        return True
    if mark in _CLOSERS:
        return False
    has_room_before = at == start or bool(_BEFORE_AN_OPENER.match(text[at - 1]))
    has_room_after = at + 1 >= end or text[at + 1].isspace()
    if has_room_before and not has_room_after:
        return True
    if has_room_after and not has_room_before:
        return False
    return not is_open


def _single(text: str, start: int, end: int, doubles: list[_Span]) -> Iterator[_Span]:
    """Single-mark quotations outside the double ones; an opener without a closer is an apostrophe."""
    free_from = start
    for opener in _SINGLE_OPENER.finditer(text, start, end):
        at = opener.start()
        around = quotation_at(at, at + 1, doubles)
        if at < free_from or around is not None:
            continue
        closer = _closer(text, at + 1, end, doubles)
        if closer is not None:
            yield at + 1, closer
            free_from = closer + 1


def _closer(text: str, start: int, end: int, doubles: list[_Span]) -> int | None:
    """Where the single quotation from `start` closes: before a mark that may be a plural's apostrophe comes a surer."""
    limit = min(end, start + _LONGEST_UNCLOSED)
    unsure: int | None = None
    for match in _SINGLE_CLOSER.finditer(text, start, limit):
        at = match.start()
        if quotation_at(at, at + 1, doubles) is not None:
            continue
        if text[at - 1] not in "sS" or not re.match(r"\s+[\w$€£¥₹]", text[at + 1 : limit]):
            return at if unsure is None or not _SENTENCE_END.search(text, unsure, at - 1) else unsure
        unsure = unsure or at
    return unsure


def _without_editor(text: str, start: int, end: int) -> Iterator[_Span]:
    for match in _EDITORS_SENTENCE.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


def _sentence_end(text: str, start: int, end: int) -> int:
    match = _SENTENCE_END.search(text, start, end)
    return match.end() if match else end
