"""When: every expression of a text that names years, near or far, from ``2024`` to ``the year before``.

What an expression means is not settled here (``years``); here it is found, with exact offsets, and tied to the
earlier expression that it leans on.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from tasks.figures.spans import Context, Period
from tasks.lexicon.calendars import (
    FISCAL,
    RECKONING,
    alternatives,
    length_of,
    month_of,
    number_of,
    pair_of,
    point_of,
    shift_of,
    two_digits,
    values,
)
from tasks.lexicon.times import TIME_RULES


def find_periods(text: str) -> list[Period]:
    """Every expression that says when, in the order of the text; offsets are exact.

    Expressions may overlap where both readings are wanted: ``since 2014`` and the ``2014`` in it. One that leans on
    another (``a year earlier``) carries it as `anchor`; without one it leans on the publication.
    """
    found: list[Period] = []
    for start, end in _paragraphs(text):
        found += _in_paragraph(text, start, end)
    found.sort(key=lambda period: (period.start, -period.end))
    return _anchored(found, text)


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """What lies between blank lines."""
    breaks = [0, *(match.end() for match in re.finditer(r"\n[ \t]*\n", text)), len(text)]
    return list(pairwise(breaks))


def _in_paragraph(text: str, start: int, end: int) -> list[Period]:
    """Every rule that the paragraph holds a cue of; where two rules meet, the earlier one wins."""
    lower = text[start:end].lower()
    taken = bytearray(end - start)
    found: list[Period] = []
    for rule in TIME_RULES:
        if not any(cue in lower for cue in rule.cues):
            continue
        for match in rule.pattern.finditer(text, start, end):
            low, high = match.start() - start, match.end() - start
            periods = [] if any(taken[low:high]) else _READINGS[rule.reading](match, text)
            if periods:
                taken[low:high] = b"\1" * (high - low)
                found += periods
    return found


def candidates(text: str, context: Context) -> list[Period]:
    """What an amount of this article may be dated by: its expressions, the headline's, and the publication itself.

    The headline's years have the form ``title`` and the publication ``published``; both stand at 0 to 0.
    """
    out = find_periods(text)
    for period in find_periods(context.title or ""):
        if period.form == "year":
            out.append(replace(period, start=0, end=0, form="title"))
    if context.published is not None:
        out.append(Period(0, 0, "published", 0, 0))
    return out


_COMPARED = re.compile(
    rf"(?i)\b(?:{alternatives('compare')})(?:\s+(?:it\s+(?:was|had\s+been|is)|they\s+were|the|in|that|of|its|levels?))*\s*$"
)
_FISCAL_REACH = 400  # characters: a budget's year is spoken of as a fiscal year for about a paragraph
_RUNNING = {"current", "outgoing", "running", "ongoing"}
_BASES = {"year", "part", "relative", "running", "by", "until", "tied", "fiscal_begins", "fiscal_began", "fiscal_ends"}
_EARLIER = _BASES | {"season", "month", "published"}


def _anchored(found: list[Period], text: str) -> list[Period]:
    """The same, each leaning expression with the nearest earlier one that can carry it."""
    out: list[Period] = []
    for period in found:
        lean = _LEANINGS.get(period.form)
        out.append(replace(period, anchor=lean(period, out, text)) if lean else period)
    return out


def _earlier_year(period: Period, before: list[Period], text: str) -> Period | None:
    """What ``a year earlier`` and ``the same years`` are counted from: the nearest within two paragraphs."""
    for other in reversed(before):
        if other.form not in _EARLIER or other.end > period.start or (period.is_span and not other.is_span):
            continue
        return other if text.count("\n\n", other.end, period.start) <= 4 else None
    return None


def _later_year(period: Period, before: list[Period], text: str) -> Period | None:
    """The year to which ``since 2014`` runs, where an earlier expression of the paragraph names a later one."""
    for other in reversed(before):
        if text.count("\n\n", other.end, period.start) > 1:
            return None
        if other.form in {"year", "relative", "by"} and not other.is_span and other.end <= period.start:
            return other
    return None


def _begun(period: Period, before: list[Period], text: str) -> Period | None:
    """The ``since`` of the sentence from which a rise runs ``by 2030``."""
    for other in reversed(before):
        if re.search(r"[.!?]\s|\n", text[other.end : period.start]):
            return None
        if other.form == "since":
            return other
    return None


def _fiscal_before(period: Period, before: list[Period], text: str) -> Period | None:
    """The fiscal year shortly before ``last year`` or ``the current year``, in whose reckoning these may be meant."""
    if period.is_fiscal or period.is_span:
        return None
    for other in reversed(before):
        if period.start - other.end > _FISCAL_REACH:
            return None
        if other.is_fiscal and not other.is_span and other.form != "relative":
            return other
    return None


def _compared_with(period: Period, before: list[Period], text: str) -> Period | None:
    """The later year that a rise ``from 2014``, ``than in 2019`` runs to, where an earlier expression names it."""
    if period.is_span or not _COMPARED.search(text[max(0, period.start - 40) : period.start]):
        return None
    for other in reversed(before):
        if other.form == "year" and other.is_fiscal == period.is_fiscal and not other.is_span:
            if (other.last or 0) > (period.last or 0):
                return other
        elif other.form == "relative" and not other.is_span:
            return other
    return None


_LEANINGS: dict[str, Callable[[Period, list[Period], str], Period | None]] = {
    "tied": _earlier_year,
    "since": _later_year,
    "by": _begun,
    "relative": _fiscal_before,
    "running": _fiscal_before,
    "year": _compared_with,
}


# --- One builder a kind of expression --------------------------------------------------------------------------------


def _one(
    match: re.Match[str],
    form: str,
    first: int | None,
    last: int | None = None,
    is_fiscal: bool = False,
    is_span: bool = False,
) -> list[Period]:
    """The whole match as one expression."""
    return [Period(match.start(), match.end(), form, first, last, is_fiscal, is_span)]


def _span(match: re.Match[str], text: str) -> list[Period]:
    """From one end to the other."""
    a, b = point_of(match["a"]), point_of(match["b"])
    if not a or not b:
        return []
    fiscal = a.is_fiscal or b.is_fiscal
    form = {(True, False): "until", (False, True): "since"}.get((a.is_relative, b.is_relative))
    if form is None:
        form = "relative" if a.is_relative else "year"
        return _one(match, form, a.first, b.last, fiscal, True) if a.first < b.last else []
    return _one(match, form, a.first, b.last, fiscal, True)


def _both(match: re.Match[str], text: str) -> list[Period]:
    """``2018 and 2019``: the two years as one span, and each alone."""
    whole = _span(match, text)
    alone = [period for name in "ab" for period in _plain_point(match.start(name), match[name])]
    return whole + alone if whole else []


def _plain_point(start: int, words: str) -> list[Period]:
    point = point_of(words)
    if not point:
        return []
    form = "relative" if point.is_relative else "year"
    is_span = point.last - point.first > 1
    return [Period(start, start + len(words), form, point.first, point.last, point.is_fiscal, is_span)]


def _this_and_next(match: re.Match[str], text: str) -> list[Period]:
    a, b = shift_of(match["a"]), shift_of(match["b"])
    if a is None or b is None or a == b:
        return []
    low, high = sorted((a, b))
    return [
        Period(match.start(), match.end(), "relative", low, high, is_span=True),
        Period(match.start("a"), match.end("a") + len(match["y"] or ""), "relative", a, a),
        Period(match.start("b"), match.end(), "relative", b, b),
    ]


def _lasting(match: re.Match[str], text: str) -> list[Period]:
    """``over the next five years``, ``over ten years from 2025``, ``the three years to March 2024``, ``a decade``."""
    years = 1 if match["n"].lower() == "year" else length_of(match["n"])
    if not years:
        return []
    fiscal = bool(re.search(rf"(?i)\b(?:{FISCAL})\b", match["n"]))
    if match["from"] and (point := point_of(match["from"])):
        form = "relative" if point.is_relative else "year"
        return _one(match, form, point.first, point.first + years - 1, fiscal or point.is_fiscal, years > 1)
    if match["to"] and (point := point_of(match["to"])) and not point.is_relative:
        month = month_of(match["to"])
        first = point.last - years + (0 if month and month != 12 else 1)
        whole = _one(match, "year", first, point.last, fiscal or point.is_fiscal or bool(month), years > 1)
        return whole + _when(match, "to", text)
    shift = shift_of(match["shift"] or "")
    if shift is not None and shift < 0:
        return _one(match, "relative", -years, -1 if years == 1 else 0, fiscal, True)
    if shift is not None and shift > 0:
        return _one(match, "relative", 0 if years == 1 else 1, years, fiscal, True)
    if match["over"].lower().startswith("within"):
        return _one(match, "within", years, years, fiscal)
    return _one(match, "length", 0, years, fiscal, True)


def _year_to(match: re.Match[str], text: str) -> list[Period]:
    """``the year to March 2024``: two years, unless it ends with December."""
    month, point = month_of(match["date"]), point_of(match["date"])
    year = point.last if point and not point.is_relative else None
    return _one(match, "fiscal_ends", month, year, True) if month else []


def _fiscal_bound(match: re.Match[str], text: str) -> list[Period]:
    """``the fiscal year that begins on July 1``."""
    verb = match["verb"].lower()
    is_past = verb in {"began", "begun", "started", "ended", "commenced"}
    if re.match(r"beg|start|from|commenc", verb):
        form = "fiscal_began" if is_past else "fiscal_begins"
    else:
        form = "fiscal_ended" if is_past else "fiscal_ends"
    date = match["date"] or ""
    point = point_of(date) if date else None
    year = point.last if point and not point.is_relative else None
    return _one(match, form, month_of(date), year, True)


def _since(match: re.Match[str], text: str) -> list[Period]:
    """``since 2014``, and the 2014 in it."""
    point = point_of(match["a"])
    if not point:
        return []
    inner = _plain_point(match.start("a"), match["a"])
    if point.is_relative:
        return [*_one(match, "relative", point.first, 0, point.is_fiscal, True), *inner] if point.first < 0 else []
    return [*_one(match, "since", point.first, 0, point.is_fiscal, True), *inner]


def _since_month(match: re.Match[str], text: str) -> list[Period]:
    return _one(match, "since_month", month_of(match[0]), None, False, True)


def _since_event(match: re.Match[str], text: str) -> list[Period]:
    year = values("event")[" ".join(match["event"].lower().split())]
    return _one(match, "since", year, 0, False, True)


def _until(match: re.Match[str], text: str) -> list[Period]:
    point = point_of(match["a"])
    if not point or point.is_relative:
        return []
    return _one(match, "until", 0, point.last, point.is_fiscal, True) + _when(match, "a", text)


def _when(match: re.Match[str], group: str, text: str) -> list[Period]:
    """The end of a span alone, where the text goes on to say what is then: ``through 2027, when it is to reach 2%``."""
    return _plain_point(match.start(group), match[group]) if _WHEN.match(text, match.end()) else []


def _by(match: re.Match[str], text: str) -> list[Period]:
    return _pointed(match, "by")


def _part(match: re.Match[str], text: str) -> list[Period]:
    return _pointed(match, "part")


def _pointed(match: re.Match[str], form: str) -> list[Period]:
    point = point_of(match["a"])
    if not point:
        return []
    return _one(match, "relative" if point.is_relative else form, point.first, point.last, point.is_fiscal)


def _ago(match: re.Match[str], text: str) -> list[Period]:
    years = length_of(match["n"])
    return _one(match, "relative", -years, -years) if years else []


def _days_ago(match: re.Match[str], text: str) -> list[Period]:
    days = number_of(match["n"]) * {"d": 1, "w": 7, "f": 14, "m": 30}[match["unit"][0].lower()]
    return _one(match, "day", -days) if days else []


def _apart(match: re.Match[str], text: str) -> list[Period]:
    years = length_of(match["n"]) * values("apart")[match["word"].lower()]
    return _one(match, "tied", years, years) if years else []


def _year_before(match: re.Match[str], text: str) -> list[Period]:
    if match["last"]:
        return _one(match, "relative", -2, -2)
    shift = values("apart")[match["word"].lower()]
    return _one(match, "tied", shift, shift)


def _tied(match: re.Match[str], text: str) -> list[Period]:
    words = match["tied"].lower()
    shift = values("tied")[words]
    plural = bool(re.search(r"(?i)years|period|decade", match[0])) or words == "both"
    fiscal = bool(re.search(rf"(?i)\b(?:{FISCAL})\b", match[0]))
    return _one(match, "tied", shift, shift, fiscal, plural and shift == 0)


def _relative(match: re.Match[str], text: str) -> list[Period]:
    shift = shift_of(match["shift"])
    if shift is None:
        return []
    fiscal = bool(re.search(rf"(?i)\b(?:{FISCAL}|{RECKONING})\b", match[0]))
    form = "running" if not fiscal and match["shift"].lower() in _RUNNING else "relative"
    return _one(match, form, shift, shift, fiscal)


def _bare_fiscal(match: re.Match[str], text: str) -> list[Period]:
    return _one(match, "relative", 0, 0, True)


_NOT_A_YEAR = re.compile(
    r"(?i)\s*(?:%|percent\b|per\s?cent\b|pc\b|[mbt]n\b|million|billion|trillion|crore|lakh|dollars|euros|pounds|rupees|"
    rf"(?:{alternatives('not_year')})\b)"
)


_NAMED = re.compile(rf"(?i)\b(?:{alternatives('numbered')})[\s-]+$")


def _year(match: re.Match[str], text: str) -> list[Period]:
    if _NOT_A_YEAR.match(text, match.end()) or _NAMED.search(text[max(0, match.start() - 30) : match.start()]):
        return []
    return _plain_point(match.start(), match[0])


def _dated(match: re.Match[str], text: str) -> list[Period]:
    return _plain_point(match.start(), match[0])


def _paired(match: re.Match[str], text: str) -> list[Period]:
    return _plain_point(match.start(), match[0]) if pair_of(match["pair"]) else []


def _decade(match: re.Match[str], text: str) -> list[Period]:
    first = int(match["decade"]) if len(match["decade"]) == 4 else two_digits(match["decade"])
    return _one(match, "vague" if match["part"] else "year", first, first + 9, False, True)


def _month_alone(match: re.Match[str], text: str) -> list[Period]:
    month = month_of(match["month"])
    lead = (match["lead"] or "").lower()
    ahead = 1 if re.match(r"next|until|till|by|through|coming", lead) else None
    return _one(match, "month", month, ahead)


def _season(match: re.Match[str], text: str) -> list[Period]:
    lead = (match["lead"] or "").lower()
    ahead = 1 if lead in {"next", "coming"} else -1 if lead in {"last", "past"} else 0 if lead == "this" else None
    return _one(match, "season", values("season")[match["season"].lower()], ahead)


def _now(match: re.Match[str], text: str) -> list[Period]:
    return _one(match, "now", 0, 0)


def _day(match: re.Match[str], text: str) -> list[Period]:
    return _one(match, "day", values("day")[" ".join(match[0].lower().split())])


_WHEN = re.compile(r"(?i),?\s+(?:when|by\s+which|at\s+which|the\s+(?:last|first|final)\s+year)\b")
_READINGS: dict[str, Callable[[re.Match[str], str], list[Period]]] = {
    "span": _span,
    "both": _both,
    "this_and_next": _this_and_next,
    "lasting": _lasting,
    "year_to": _year_to,
    "fiscal_bound": _fiscal_bound,
    "since": _since,
    "since_event": _since_event,
    "since_month": _since_month,
    "until": _until,
    "by": _by,
    "part": _part,
    "ago": _ago,
    "days_ago": _days_ago,
    "apart": _apart,
    "year_before": _year_before,
    "tied": _tied,
    "relative": _relative,
    "bare_fiscal": _bare_fiscal,
    "year": _year,
    "dated": _dated,
    "paired": _paired,
    "decade": _decade,
    "month_alone": _month_alone,
    "season": _season,
    "now": _now,
    "day": _day,
}
