"""How expressions of time are written: one rule a way, in the order in which they are tried.

A rule carries the name of what is read out of it (``periods`` knows the reading), and cues: strings of which a
passage must hold one for the rule to be worth trying.
"""

import re
from dataclasses import dataclass

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
    values,
)


@dataclass(frozen=True, slots=True)
class TimeRule:
    """A way to say when."""

    reading: str
    cues: tuple[str, ...]
    pattern: re.Pattern[str]


_OVER = rf"(?:{alternatives('over')}|(?:each|any|all)\s+of)"
_SOME = r"(?:(?:the|a|an|its|their|just|only|some|about|full|entire)\s+)*"
_TAIL = (
    rf"(?:,?\s+(?:(?:from|since|(?:starting|beginning)(?:\s+(?:in|from|with))?)\s+(?P<from>{POINT})"
    rf"|(?:to|until|till|through|up\s+to|ending(?:\s+in)?)\s+(?P<to>{POINT})))"
)


_YEARS = ("18", "19", "20")
_MONTHS = tuple({month[:3] for month in values("month")})


def _rule(cues: str | tuple[str, ...], pattern: str, reading: str) -> TimeRule:
    return TimeRule(reading, tuple(cues.split()) if isinstance(cues, str) else cues, re.compile(pattern, re.IGNORECASE))


TIME_RULES: tuple[TimeRule, ...] = (
    _rule(
        "from between",
        rf"\b(?:from|between)\s+(?P<a>{POINT})\s+(?:to|until|till|through|up\s+to|and)\s+(?P<b>{POINT})",
        "span",
    ),
    _rule("year decade", rf"\b(?P<over>{_OVER})\s+{_SOME}(?:(?P<shift>{SHIFT})\s+)?(?P<n>{LENGTH}){_TAIL}?", "lasting"),
    _rule(
        "year",
        r"\b(?P<over>over|during|within)\s+the\s+(?P<shift>next|coming)\s+(?P<n>year)\b(?P<from>)(?P<to>)",
        "lasting",
    ),
    _rule("year decade", rf"\b(?P<over>)(?P<shift>)(?P<n>{LENGTH}){_TAIL}", "lasting"),
    _rule(
        "year decade", rf"\b(?P<over>)(?P<shift>)(?P<n>{COUNT}-year|decade-long)\b(?P<from>)(?P<to>)(?!-old)", "lasting"
    ),
    _rule(
        "year months",
        rf"\b(?:the\s+)?(?:(?:12|twelve)\s+months|(?:(?:{FISCAL})\s+)?year)\s+(?:to|ended|ending|through)\s+(?:on\s+|in\s+)?{EDGE}(?P<date>{DATE})",
        "year_to",
    ),
    _rule(
        "year",
        rf"\b(?:the\s+|its\s+)?(?:(?:{FISCAL}|{RECKONING})\s+year,?\s+(?:(?:that|which)\s+)?|year,?\s+(?:that|which)\s+)(?:is\s+to\s+|will\s+|is\s+)?"
        r"(?P<verb>begins?|began|begun|beginning|starts?|started|starting|commenc\w+|from|ends?|ended|ending|to|runs?|running)\b"
        rf"(?:\s+(?:on|in|from|at|this|next|last|to|until|through|the|end|start|of|early|late|mid))*(?:\s+(?P<date>{DATE}|{YEAR}))?",
        "fiscal_bound",
    ),
    _rule("since", rf"\bsince\s+(?:(?:at\s+least|about|around)\s+)?(?P<a>{POINT})", "since"),
    _rule(
        "since",
        rf"\bsince\s+[^.;:()\n\"“”]{{1,70}}?\b(?:in|of|on)\s+(?P<a>(?:{MONTH}\s+(?:\d{{1,2}},\s+)?)?{YEAR})",
        "since",
    ),
    _rule(
        "since after",
        rf"\b(?:since|after)\s+(?:[A-Z]\w+(?:'s|’s)\s+)?(?P<event>{alternatives('event')})",
        "since_event",
    ),
    _rule(
        "since", rf"\bsince\s+(?:(?:early|late|mid|last)[-\s]+)?{MONTH}(?!\s+\d{{4}})(?:\s+\d{{1,2}})?", "since_month"
    ),
    _rule("until till through to", rf"\b(?:until|till|through|up\s+to|out\s+to)\s+(?P<a>{POINT})", "until"),
    _rule("by before", rf"\b(?:by|before)\s+(?P<a>{POINT})", "by"),
    _rule(
        "half quarter months weeks",
        rf"\b(?:the\s+)?(?:first|second|third|fourth|last|final|opening|closing)\s+(?:half|quarter|{COUNT}\s+months|{COUNT}\s+weeks)"
        rf"\s+of\s+(?P<a>{POINT})",
        "part",
    ),
    _rule("ago", rf"\b(?P<n>{LENGTH})\s+(?:{alternatives('ago')})\b", "ago"),
    _rule(
        "ago",
        rf"\b(?P<n>{COUNT})\s+(?P<unit>days?|weeks?|fortnights?|months?)\s+(?:{alternatives('ago')})\b",
        "days_ago",
    ),
    _rule(tuple(values("apart")), rf"\b(?P<n>{LENGTH})\s+(?P<word>{alternatives('apart')})\b", "apart"),
    _rule("year", r"\bthe\s+year\s+(?P<word>before|after|earlier|prior)\b(?P<last>\s+last\b)?", "year_before"),
    _rule(
        "year and or",
        rf"\b(?P<a>{SHIFT})(?P<y>\s+year)?\s+(?:and|or)\s+(?:the\s+)?(?P<b>{SHIFT})\b(?:\s+year\b)?(?!\s+(?!year)[a-z]+\s+years)",
        "this_and_next",
    ),
    _rule(_YEARS, rf"(?P<a>{YEAR}|{PAIR})\s*(?:and|or)\s+(?:in\s+)?(?P<b>{YEAR}|{PAIR})", "both"),
    _rule(
        _YEARS,
        rf"(?P<a>{FISCAL_LEAD}?\s*(?:{PAIR}|{YEAR}))\s*(?:to|through)\s+(?P<b>{FISCAL_LEAD}?\s*(?:{PAIR}|{YEAR}))",
        "span",
    ),
    _rule(
        "year period decade",
        rf"\b(?:the\s+)?(?P<tied>{TIED})\s+(?:(?:{FISCAL}|calendar)\s+)?(?:(?:{COUNT}|few)\s+)?(?:years?|period|decade)\b",
        "tied",
    ),
    _rule(
        "year",
        rf"\b(?:(?:early|earlier|late|later|so\s+far|the\s+end\s+of|the\s+start\s+of)\s+)?"
        rf"(?P<shift>(?:{SHIFT})(?:\s+(?:{SHIFT}))?)\s+(?:(?:{FISCAL}|{RECKONING}|calendar|whole|full)\s+)*year\b(?:['’]s)?",
        "relative",
    ),
    _rule(" one", r"\b(?:in|for)\s+(?:the\s+)?(?P<shift>last|this|current|next|outgoing|coming)\s+one\b", "relative"),
    _rule(
        "fiscal financial",
        r"\b(?P<shift>last|this|next)\s+(?:fiscal|financial)\b(?!\s+(?:cliff|deficit|crisis|year))",
        "relative",
    ),
    _rule(_YEARS, rf"\b(?:the\s+)?{MONTH}(?:\s+\d{{1,2}}(?:st|nd|rd|th)?)?,?\s+(?:of\s+)?{YEAR}", "dated"),
    _rule("fy f.y f. y", r"\bF\.?\s?Y\.?\s?[’']?\d\d(?:\s?[-–/]\s?\d\d)?(?!\d)", "dated"),
    _rule(_YEARS, rf"(?:\b{FISCAL_LEAD}[\s’']*)?(?P<pair>{PAIR})", "paired"),
    _rule(
        "0s 0's 0’s", r"\b(?:the\s+)?(?:(?P<part>early|late|mid)[-\s])?(?P<decade>(?:1[89]|20)\d0)['’]?s\b", "decade"
    ),
    _rule("0s", r"(?<!\w)(?:the\s+)?(?:(?P<part>early|late|mid)[-\s])?[’'](?P<decade>[2-9]0)s\b", "decade"),
    _rule(_YEARS, rf"\b{FISCAL_LEAD}[\s’']*{YEAR}|{YEAR}(?:\s+(?:{FISCAL})\s+years?\b)?", "year"),
    _rule("' ’", r"(?<![\w’'])[’'](?:[0-2]\d|[6-9]\d)(?!\w)", "dated"),
    _rule(
        _MONTHS,
        r"\b(?P<lead>last|next|this|coming|until|till|by|through|in|since|early|late|mid|from|to|of|during|before|after|on)[-\s]+"
        rf"(?:(?:early|late|mid)[-\s]+)?(?P<month>{MONTH})(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?",
        "month_alone",
    ),
    _rule(_MONTHS, rf"(?P<lead>)(?P<month>{MONTH})\s+\d{{1,2}}\b(?!,\d)", "month_alone"),
    _rule(_MONTHS, rf"(?P<lead>)\b\d{{1,2}}\s+(?P<month>{MONTH})", "month_alone"),
    _rule(
        tuple(values("season")),
        rf"\b(?P<lead>last|next|this|past|coming|the|in)\s+(?:the\s+)?(?P<season>{alternatives('season')})\b",
        "season",
    ),
    _rule("year", rf"\bthe\s+(?:{FISCAL})\s+year\b", "bare_fiscal"),
    _rule(tuple(day.split()[-1] for day in values("day")), rf"\b(?:{alternatives('day')})\b", "day"),
    _rule(tuple(word.split()[-1] for word in values("now")), rf"\b(?:{alternatives('now')})\b", "now"),
)
