"""When: every expression of a text that names years, near or far, from ``2024`` to ``the year before``.

What an expression means is not settled here (``years``); here it is found, with exact offsets, and tied to the
earlier expression that it leans on.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tasks.figures.spans import Context, Period
from tasks.lexicon.calendars import (
    COUNT,
    DATE,
    EDGE,
    FISCAL,
    FISCAL_LEAD,
    LENGTH,
    MONTH,
    PAIR,
    POINT,
    RECKONING,
    SHIFT,
    TIED,
    YEAR,
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


def find_periods(text: str) -> list[Period]:
    """Every expression that says when, in the order of the text; offsets are exact.

    Expressions may overlap where both readings are wanted: ``since 2014`` and the ``2014`` in it. One that leans on
    another (``a year earlier``) carries it as `anchor`; without one it leans on the publication.
    """
    taken = bytearray(len(text))
    found: list[Period] = []
    for pattern, build in _GRAMMAR:
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            periods = build(match, text)
            if periods:
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
                found += periods
    found.sort(key=lambda period: (period.start, -period.end))
    return _anchored(found, text)


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


def _span(match: re.Match[str], text: str) -> list[Period]:
    """From one end to the other."""
    a, b = point_of(match["a"]), point_of(match["b"])
    if not a or not b:
        return []
    fiscal = a.is_fiscal or b.is_fiscal
    at = (match.start(), match.end())
    if a.is_relative and b.is_relative:
        return [Period(*at, "relative", a.first, b.last, fiscal, True)] if a.first < b.last else []
    if a.is_relative:
        return [Period(*at, "until", a.first, b.last, fiscal, True)]
    if b.is_relative:
        return [Period(*at, "since", a.first, b.last, fiscal, True)]
    return [Period(*at, "year", a.first, b.last, fiscal, True)] if a.first < b.last else []


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
    at, words = (match.start(), match.end()), match["n"]
    fiscal = bool(re.search(rf"(?i)\b(?:{FISCAL})\b", words))
    if match["from"] and (point := point_of(match["from"])):
        if point.is_relative:
            return [Period(*at, "relative", point.first, point.first + years - 1, fiscal, years > 1)]
        return [Period(*at, "year", point.first, point.first + years - 1, fiscal or point.is_fiscal, years > 1)]
    if match["to"] and (point := point_of(match["to"])) and not point.is_relative:
        month = month_of(match["to"])
        first = point.last - years + (0 if month and month != 12 else 1)
        whole = Period(*at, "year", first, point.last, fiscal or point.is_fiscal or bool(month), years > 1)
        return [whole, *_when(match, "to", text)]
    shift = shift_of(match["shift"] or "")
    if shift is not None and shift < 0:
        return [Period(*at, "relative", -years, -1 if years == 1 else 0, fiscal, True)]
    if shift is not None and shift > 0:
        return [Period(*at, "relative", 0 if years == 1 else 1, years, fiscal, True)]
    if match["over"].lower().startswith("within"):
        return [Period(*at, "within", years, years, fiscal)]
    return [Period(*at, "length", 0, years, fiscal, True)]


def _year_to(match: re.Match[str], text: str) -> list[Period]:
    """``the year to March 2024``: two years, unless it ends with December."""
    month, point = month_of(match["date"]), point_of(match["date"])
    year = point.last if point and not point.is_relative else None
    return [Period(match.start(), match.end(), "fiscal_ends", month, year, True)] if month else []


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
    return [Period(match.start(), match.end(), form, month_of(date), year, True)]


def _since(match: re.Match[str], text: str) -> list[Period]:
    """``since 2014``, and the 2014 in it."""
    point = point_of(match["a"])
    if not point:
        return []
    at = (match.start(), match.end())
    inner = _plain_point(match.start("a"), match["a"])
    if point.is_relative:
        return [Period(*at, "relative", point.first, 0, point.is_fiscal, True), *inner] if point.first < 0 else []
    return [Period(*at, "since", point.first, 0, point.is_fiscal, True), *inner]


def _since_month(match: re.Match[str], text: str) -> list[Period]:
    return [Period(match.start(), match.end(), "since_month", month_of(match[0]), None, False, True)]


def _since_event(match: re.Match[str], text: str) -> list[Period]:
    year = values("event")[" ".join(match["event"].lower().split())]
    return [Period(match.start(), match.end(), "since", year, 0, False, True)]


def _until(match: re.Match[str], text: str) -> list[Period]:
    point = point_of(match["a"])
    if not point or point.is_relative:
        return []
    whole = Period(match.start(), match.end(), "until", 0, point.last, point.is_fiscal, True)
    return [whole, *_when(match, "a", text)]


def _when(match: re.Match[str], group: str, text: str) -> list[Period]:
    """The end of a span alone, where the text goes on to say what is then: ``through 2027, when it is to reach 2%``."""
    return _plain_point(match.start(group), match[group]) if _WHEN.match(text, match.end()) else []


def _by(match: re.Match[str], text: str) -> list[Period]:
    point = point_of(match["a"])
    if not point:
        return []
    if point.is_relative:
        return [Period(match.start(), match.end(), "relative", point.first, point.last, point.is_fiscal)]
    return [Period(match.start(), match.end(), "by", point.first, point.last, point.is_fiscal)]


def _part(match: re.Match[str], text: str) -> list[Period]:
    point = point_of(match["a"])
    if not point:
        return []
    if point.is_relative:
        return [Period(match.start(), match.end(), "relative", point.first, point.last, point.is_fiscal)]
    return [Period(match.start(), match.end(), "part", point.first, point.last, point.is_fiscal)]


def _ago(match: re.Match[str], text: str) -> list[Period]:
    years = length_of(match["n"])
    return [Period(match.start(), match.end(), "relative", -years, -years)] if years else []


def _days_ago(match: re.Match[str], text: str) -> list[Period]:
    days = number_of(match["n"]) * {"d": 1, "w": 7, "f": 14, "m": 30}[match["unit"][0].lower()]
    return [Period(match.start(), match.end(), "day", -days)] if days else []


def _apart(match: re.Match[str], text: str) -> list[Period]:
    years = length_of(match["n"]) * values("apart")[match["word"].lower()]
    return [Period(match.start(), match.end(), "tied", years, years)] if years else []


def _year_before(match: re.Match[str], text: str) -> list[Period]:
    word = match["word"].lower()
    if match["last"]:
        return [Period(match.start(), match.end(), "relative", -2, -2)]
    shift = values("apart")[word]
    return [Period(match.start(), match.end(), "tied", shift, shift)]


def _tied(match: re.Match[str], text: str) -> list[Period]:
    words = match["tied"].lower()
    shift = values("tied")[words]
    plural = bool(re.search(r"(?i)years|period|decade", match[0])) or words == "both"
    fiscal = bool(re.search(rf"(?i)\b(?:{FISCAL})\b", match[0]))
    return [Period(match.start(), match.end(), "tied", shift, shift, fiscal, plural and shift == 0)]


def _relative(match: re.Match[str], text: str) -> list[Period]:
    shift = shift_of(match["shift"])
    if shift is None:
        return []
    fiscal = bool(re.search(rf"(?i)\b(?:{FISCAL}|{RECKONING})\b", match[0]))
    form = "running" if not fiscal and match["shift"].lower() in _RUNNING else "relative"
    return [Period(match.start(), match.end(), form, shift, shift, fiscal)]


def _bare_fiscal(match: re.Match[str], text: str) -> list[Period]:
    return [Period(match.start(), match.end(), "relative", 0, 0, True)]


_NOT_A_YEAR = re.compile(
    r"(?i)\s*(?:%|percent\b|per\s?cent\b|pc\b|[mbt]n\b|million|billion|trillion|crore|lakh|dollars|euros|pounds|rupees|"
    rf"(?:{alternatives('not_year')})\b)"
)


def _year(match: re.Match[str], text: str) -> list[Period]:
    if _NOT_A_YEAR.match(text, match.end()):
        return []
    return _plain_point(match.start(), match[0])


def _dated(match: re.Match[str], text: str) -> list[Period]:
    return _plain_point(match.start(), match[0])


def _paired(match: re.Match[str], text: str) -> list[Period]:
    return _plain_point(match.start(), match[0]) if pair_of(match["pair"]) else []


def _decade(match: re.Match[str], text: str) -> list[Period]:
    first = int(match["decade"]) if len(match["decade"]) == 4 else two_digits(match["decade"])
    if match["part"]:
        return [Period(match.start(), match.end(), "vague", first, first + 9, False, True)]
    return [Period(match.start(), match.end(), "year", first, first + 9, False, True)]


def _month_alone(match: re.Match[str], text: str) -> list[Period]:
    month = month_of(match["month"])
    lead = (match["lead"] or "").lower()
    ahead = 1 if re.match(r"next|until|till|by|through|coming", lead) else None
    return [Period(match.start(), match.end(), "month", month, ahead)]


def _season(match: re.Match[str], text: str) -> list[Period]:
    lead = (match["lead"] or "").lower()
    ahead = 1 if lead in {"next", "coming"} else -1 if lead in {"last", "past"} else 0 if lead == "this" else None
    return [Period(match.start(), match.end(), "season", values("season")[match["season"].lower()], ahead)]


def _now(match: re.Match[str], text: str) -> list[Period]:
    return [Period(match.start(), match.end(), "now", 0, 0)]


def _day(match: re.Match[str], text: str) -> list[Period]:
    return [Period(match.start(), match.end(), "day", values("day")[" ".join(match[0].lower().split())])]


_WHEN = re.compile(r"(?i),?\s+(?:when|by\s+which|at\s+which|the\s+(?:last|first|final)\s+year)\b")
_Builder = Callable[[re.Match[str], str], list[Period]]
_OVER = rf"(?:{alternatives('over')}|(?:each|any|all)\s+of)"
_SOME = r"(?:(?:the|a|an|its|their|just|only|some|about|full|entire)\s+)*"
_TAIL = (
    rf"(?:,?\s+(?:(?:from|since|(?:starting|beginning)(?:\s+(?:in|from|with))?)\s+(?P<from>{POINT})"
    rf"|(?:to|until|till|through|up\s+to|ending(?:\s+in)?)\s+(?P<to>{POINT})))"
)


def _rule(pattern: str, build: _Builder) -> tuple[re.Pattern[str], _Builder]:
    return re.compile(pattern, re.IGNORECASE), build


_GRAMMAR: tuple[tuple[re.Pattern[str], _Builder], ...] = (
    _rule(rf"\b(?:from|between)\s+(?P<a>{POINT})\s+(?:to|until|till|through|up\s+to|and)\s+(?P<b>{POINT})", _span),
    _rule(rf"\b(?P<over>{_OVER})\s+{_SOME}(?:(?P<shift>{SHIFT})\s+)?(?P<n>{LENGTH}){_TAIL}?", _lasting),
    _rule(r"\b(?P<over>over|during|within)\s+the\s+(?P<shift>next|coming)\s+(?P<n>year)\b(?P<from>)(?P<to>)", _lasting),
    _rule(rf"\b(?P<over>)(?P<shift>)(?P<n>{LENGTH}){_TAIL}", _lasting),
    _rule(rf"\b(?P<over>)(?P<shift>)(?P<n>{COUNT}-year|decade-long)\b(?P<from>)(?P<to>)(?!-old)", _lasting),
    _rule(
        rf"\b(?:the\s+)?(?:(?:12|twelve)\s+months|(?:(?:{FISCAL})\s+)?year)\s+(?:to|ended|ending|through)\s+(?:on\s+|in\s+)?{EDGE}(?P<date>{DATE})",
        _year_to,
    ),
    _rule(
        rf"\b(?:the\s+|its\s+)?(?:(?:{FISCAL}|{RECKONING})\s+year,?\s+(?:(?:that|which)\s+)?|year,?\s+(?:that|which)\s+)(?:is\s+to\s+|will\s+|is\s+)?"
        r"(?P<verb>begins?|began|begun|beginning|starts?|started|starting|commenc\w+|from|ends?|ended|ending|to|runs?|running)\b"
        rf"(?:\s+(?:on|in|from|at|this|next|last|to|until|through|the|end|start|of|early|late|mid))*(?:\s+(?P<date>{DATE}|{YEAR}))?",
        _fiscal_bound,
    ),
    _rule(rf"\bsince\s+(?:(?:at\s+least|about|around)\s+)?(?P<a>{POINT})", _since),
    _rule(rf"\bsince\s+[^.;:()\n\"“”]{{1,70}}?\b(?:in|of|on)\s+(?P<a>(?:{MONTH}\s+(?:\d{{1,2}},\s+)?)?{YEAR})", _since),
    _rule(rf"\b(?:since|after)\s+(?:[A-Z]\w+(?:'s|’s)\s+)?(?P<event>{alternatives('event')})", _since_event),
    _rule(rf"\bsince\s+(?:(?:early|late|mid|last)[-\s]+)?{MONTH}(?!\s+\d{{4}})(?:\s+\d{{1,2}})?", _since_month),
    _rule(rf"\b(?:until|till|through|up\s+to|out\s+to)\s+(?P<a>{POINT})", _until),
    _rule(rf"\b(?:by|before)\s+(?P<a>{POINT})", _by),
    _rule(
        rf"\b(?:the\s+)?(?:first|second|third|fourth|last|final|opening|closing)\s+(?:half|quarter|{COUNT}\s+months|{COUNT}\s+weeks)"
        rf"\s+of\s+(?P<a>{POINT})",
        _part,
    ),
    _rule(rf"\b(?P<n>{LENGTH})\s+(?:{alternatives('ago')})\b", _ago),
    _rule(rf"\b(?P<n>{COUNT})\s+(?P<unit>days?|weeks?|fortnights?|months?)\s+(?:{alternatives('ago')})\b", _days_ago),
    _rule(rf"\b(?P<n>{LENGTH})\s+(?P<word>{alternatives('apart')})\b", _apart),
    _rule(r"\bthe\s+year\s+(?P<word>before|after|earlier|prior)\b(?P<last>\s+last\b)?", _year_before),
    _rule(
        rf"\b(?P<a>{SHIFT})(?P<y>\s+year)?\s+(?:and|or)\s+(?:the\s+)?(?P<b>{SHIFT})\b(?:\s+year\b)?(?!\s+(?!year)[a-z]+\s+years)",
        _this_and_next,
    ),
    _rule(rf"(?P<a>{YEAR}|{PAIR})\s*(?:and|or)\s+(?:in\s+)?(?P<b>{YEAR}|{PAIR})", _both),
    _rule(
        rf"(?P<a>{FISCAL_LEAD}?\s*(?:{PAIR}|{YEAR}))\s*(?:to|through)\s+(?P<b>{FISCAL_LEAD}?\s*(?:{PAIR}|{YEAR}))",
        _span,
    ),
    _rule(
        rf"\b(?:the\s+)?(?P<tied>{TIED})\s+(?:(?:{FISCAL}|calendar)\s+)?(?:(?:{COUNT}|few)\s+)?(?:years?|period|decade)\b",
        _tied,
    ),
    _rule(
        rf"\b(?:(?:early|earlier|late|later|so\s+far|the\s+end\s+of|the\s+start\s+of)\s+)?"
        rf"(?P<shift>(?:{SHIFT})(?:\s+(?:{SHIFT}))?)\s+(?:(?:{FISCAL}|{RECKONING}|calendar|whole|full)\s+)*year\b(?:['’]s)?",
        _relative,
    ),
    _rule(r"\b(?:in|for)\s+(?:the\s+)?(?P<shift>last|this|current|next|outgoing|coming)\s+one\b", _relative),
    _rule(r"\b(?P<shift>last|this|next)\s+(?:fiscal|financial)\b(?!\s+(?:cliff|deficit|crisis|year))", _relative),
    _rule(rf"\b(?:the\s+)?{MONTH}(?:\s+\d{{1,2}}(?:st|nd|rd|th)?)?,?\s+(?:of\s+)?{YEAR}", _dated),
    _rule(r"\bF\.?\s?Y\.?\s?[’']?\d\d(?:\s?[-–/]\s?\d\d)?(?!\d)", _dated),
    _rule(rf"(?:\b{FISCAL_LEAD}[\s’']*)?(?P<pair>{PAIR})", _paired),
    _rule(r"\b(?:the\s+)?(?:(?P<part>early|late|mid)[-\s])?(?P<decade>(?:1[89]|20)\d0)['’]?s\b", _decade),
    _rule(r"(?<!\w)(?:the\s+)?(?:(?P<part>early|late|mid)[-\s])?[’'](?P<decade>[2-9]0)s\b", _decade),
    _rule(rf"\b{FISCAL_LEAD}[\s’']*{YEAR}|{YEAR}(?:\s+(?:{FISCAL})\s+years?\b)?", _year),
    _rule(r"(?<![\w’'])[’'](?:[0-2]\d|[6-9]\d)(?!\w)", _dated),
    _rule(
        r"\b(?P<lead>last|next|this|coming|until|till|by|through|in|since|early|late|mid|from|to|of|during|before|after|on)[-\s]+"
        rf"(?:(?:early|late|mid)[-\s]+)?(?P<month>{MONTH})(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?",
        _month_alone,
    ),
    _rule(rf"(?P<lead>)(?P<month>{MONTH})\s+\d{{1,2}}\b(?!,\d)", _month_alone),
    _rule(rf"(?P<lead>)\b\d{{1,2}}\s+(?P<month>{MONTH})", _month_alone),
    _rule(
        rf"\b(?P<lead>last|next|this|past|coming|the|in)\s+(?:the\s+)?(?P<season>{alternatives('season')})\b", _season
    ),
    _rule(rf"\bthe\s+(?:{FISCAL})\s+year\b", _bare_fiscal),
    _rule(rf"\b(?:{alternatives('day')})\b", _day),
    _rule(rf"\b(?:{alternatives('now')})\b", _now),
)
