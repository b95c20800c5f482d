"""What an expression of time means: the years it covers, and whether a figure dated by it is each year's or the span's.

Rules 14 to 17 of the contract. Where the text and its date do not settle the years they are None, never guessed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from tasks.figures.spans import Amount, Context, Period, Years
from tasks.lexicon.calendars import alternatives, fiscal_year
from tasks.records import Measure, PeriodKind

UNKNOWN = Years(None, None, "unknown")
LASTING = Years(None, None, "multi_year")
_SUMS = {"component", "change", "aid"}
_CALENDAR_MEASURES = {"arms_deal", "share_of_gdp", "share_of_world", "per_capita"}
_SHARES = {"share_of_gdp", "share_of_budget", "share_of_world", "per_capita"}
_EACH_YEAR = re.compile(rf"(?i)[\s,)-]{{0,3}}(?:{alternatives('each_year')})\b")
_EACH_PART = re.compile(rf"(?i)[\s,)-]{{0,3}}(?:{alternatives('each_part')})\b")
_YEARLY_BEFORE = re.compile(rf"(?i)\b(?:{alternatives('yearly_before')})\b[^.;,]{{0,40}}$")
_COMPARED = re.compile(
    rf"(?i)\b(?:{alternatives('compare')})(?:\s+(?:it\s+(?:was|had\s+been|is)|they\s+were|the|in|that|of|its|levels?))*\s*$"
)
_EACH = re.compile(rf"(?i)\beach\s+of\b|\b(?:{alternatives('each_year')})\s+$")
_PART_BEFORE = re.compile(r"(?i)\b(?:a|one|each|every|per)\s+(?:day|week|month)\b[^.;,]{0,40}$")
_LIFETIME = re.compile(rf"(?i)[^.;]{{0,40}}\b(?:over|during|across)\s+[^.;]{{0,20}}\b(?:{alternatives('lifetime')})\b")
SURER = 3.0
"""How many times likelier than a fiscal year a calendar year must be where the words name a fiscal one."""
_AUTUMN = 9  # the month from which `the next five years` are counted from the year to come
_PARENTHESIS = re.compile(r"\s*[(\[][^)\]]{0,40}[)\]]")


def resolve(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    """The years that an expression covers, for an article of this date and a spender of this country.

    Without a date, what is counted from the publication has no years. `anchor` overrides the expression that the
    text itself offers to lean on. `period_kind` is ``fiscal`` for a fiscal year, ``multi_year`` for a span.
    """
    return _READINGS.get(period.form, _nothing)(period, context, country, anchor)


def settle(
    amount: Amount, period: Period | None, text: str, context: Context, country: str | None, measure: Measure
) -> Years:
    """The years and the kind of period of a row whose amount is dated by `period` (None: by nothing)."""
    rate = rate_of(amount, text)
    if period is None:
        return LASTING if _LIFETIME.match(text, amount.end) else UNKNOWN
    years = _resolved(period, context, country, measure)
    if rate == "part" or period.form == "part":
        return Years(years.year_start, years.year_end, "unknown")
    if years.year_start is None or years.year_end is None:
        is_lasting = period.form in {"length", "vague"} and (period.last or 0) > 1
        return LASTING if is_lasting and rate is None and measure not in _SHARES else UNKNOWN
    if measure == "change":
        years = _compared(amount, period, years, text, context, country)
    if years.period_kind == "multi_year" and (rate or measure in _SHARES or _each(amount, period, text)):
        return Years(years.year_start, years.year_end, "fiscal" if period.is_fiscal else "calendar")
    if period.form == "by" and measure in _SUMS and rate is None and amount.unit != "PCT":
        return _up_to(years, period, context)
    return _budgeted(years, context, country, measure)


def _each(amount: Amount, period: Period, text: str) -> bool:
    """Whether the sum is each year's of the span: ``in each of the next two years``."""
    if period.start < amount.end:
        return False
    lead, words = text[max(amount.end, period.start - 25) : period.start], text[period.start : period.end]
    return bool(_EACH.search(lead) or _EACH.search(words))


def _budgeted(years: Years, context: Context, country: str | None, measure: Measure) -> Years:
    """Money for a year to come is a budget's: fiscal, where fiscal years are known by one number, as the American."""
    calendar, published = fiscal_year(country), context.published
    if calendar is None or calendar.named != "end" or published is None or years.period_kind != "calendar":
        return years
    if years.year_start != years.year_end or years.year_start is None:
        return years
    ahead = years.year_start - published.year
    is_budget = measure in {"expenditure", "change"} if ahead == 0 else ahead > 0 and measure in _SUMS | {"expenditure"}
    return Years(years.year_start, years.year_end, "fiscal") if is_budget else years


def of_kind(settled: Years, chances: Mapping[PeriodKind, float]) -> Years:
    """The years with the kind that the encoder says, where the words that tell them leave it open.

    A sum that lasts for nobody knows which years is a span's only if the encoder says so. Whose fiscal years the words
    name is rarely wrong, so there it must be surer.
    """
    kind = max(chances, key=lambda one: chances[one])
    if settled.year_start is None:
        return settled if kind == settled.period_kind else replace(settled, period_kind="unknown")
    if settled.period_kind == "unknown":
        return settled
    if settled.period_kind == "fiscal":
        is_calendar = chances["calendar"] > SURER * chances["fiscal"] and kind == "calendar"
        return replace(settled, period_kind="calendar") if is_calendar else settled
    if kind == "unknown" or (kind == "fiscal" and settled.period_kind == "multi_year"):
        return settled
    return replace(settled, period_kind=kind)


def rate_of(amount: Amount, text: str) -> str | None:
    """``year`` for so much each year, ``part`` for so much a day, week or month, None for a sum of its own."""
    end = amount.end
    bracket = _PARENTHESIS.match(text, end)
    for at in (end, bracket.end() if bracket else end):
        if _EACH_YEAR.match(text, at):
            return "year"
        if _EACH_PART.match(text, at):
            return "part"
    before = text[max(0, amount.start - 60) : amount.start]
    if _PART_BEFORE.search(before):
        return "part"
    return "year" if _YEARLY_BEFORE.search(before) else None


# --- One reading a form ----------------------------------------------------------------------------------------------


def _made(first: int, last: int, period: Period) -> Years:
    """Years with their kind; a span of fiscal years is still the span's."""
    if period.is_span and last > first:
        return Years(first, last, "multi_year")
    return Years(first, last, "fiscal" if period.is_fiscal else "calendar")


def _nothing(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    return UNKNOWN


def _as_it_stands(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    if period.first is None or period.last is None:
        return UNKNOWN
    return _made(period.first, period.last, period)


def _from_publication(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    if context.published is None or period.first is None or period.last is None:
        return UNKNOWN
    if not period.is_fiscal:
        year = context.published.year
        if period.is_span and period.first == 1 and context.published.month < _AUTUMN:
            year -= 1
        return _made(year + period.first, year + period.last, period)
    calendar = fiscal_year(country) or fiscal_year(context.publisher_country)
    if calendar is None:
        return UNKNOWN
    first = calendar.years_on(context.published, period.first)[0]
    last = calendar.years_on(context.published, period.last)[1]
    return _made(first, last, period)


def _running(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    """A government's current year: its fiscal year, where that spans two."""
    calendar = fiscal_year(country)
    is_fiscal = calendar is not None and calendar.named in {"pair", "start"}
    return _from_publication(replace(period, form="relative", is_fiscal=is_fiscal), context, country, None)


def _from_anchor(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    if anchor is None and period.anchor is not None:
        anchor = resolve(period.anchor, context, country, None)
    if anchor is None:
        return UNKNOWN if period.is_span else _from_publication(period, context, country, None)
    if anchor.year_start is None or anchor.year_end is None or period.first is None:
        return UNKNOWN
    return Years(anchor.year_start + period.first, anchor.year_end + period.first, anchor.period_kind)


def _later_year(period: Period, context: Context, country: str | None, anchor: Years | None) -> int | None:
    """The year to which a span runs that began in the past: its anchor's, else the publication's."""
    if anchor is None and period.anchor is not None:
        anchor = resolve(period.anchor, context, country, None)
    if anchor is not None and anchor.year_end is not None and anchor.year_end > (period.first or 0):
        return anchor.year_end
    return context.published.year + (period.last or 0) if context.published else None


def _since(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    last = _later_year(period, context, country, anchor)
    if period.first is None or last is None or last < period.first:
        return UNKNOWN
    return Years(period.first, last, "multi_year")


def _since_month(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    begun = _month(period, context, country, anchor).year_start
    if begun is None or context.published is None:
        return UNKNOWN
    return Years(begun, context.published.year, "multi_year" if begun < context.published.year else "calendar")


def _until(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    if context.published is None or period.last is None:
        return UNKNOWN
    first = context.published.year + (period.first or 0)
    return Years(first, period.last, "multi_year") if first < period.last else _made(period.last, period.last, period)


def _within(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    if context.published is None or period.last is None:
        return UNKNOWN
    return Years(context.published.year + period.last, context.published.year + period.last, "calendar")


def _month(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    """The month named that lies nearest before the publication, or after it."""
    if context.published is None or period.first is None:
        return UNKNOWN
    year = context.published.year
    if period.last == 1:
        year += period.first < context.published.month
    else:
        year -= period.first > context.published.month
    return Years(year, year, "calendar")


def _season(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    if context.published is None or period.first is None:
        return UNKNOWN
    year = context.published.year
    if period.last is None or period.last == -1:
        year -= period.first > context.published.month
    elif period.last == 1:
        year += period.first < context.published.month
    return Years(year, year, "calendar")


def _day(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    if context.published is None:
        return UNKNOWN
    date = context.published.toordinal() + (period.first or 0)
    year = context.published.fromordinal(date).year
    return Years(year, year, "calendar")


def _fiscal_bound(period: Period, context: Context, country: str | None, anchor: Years | None) -> Years:
    """The fiscal year that begins or ends in a month named, or at the next turn of the country's own."""
    begins = period.form in {"fiscal_begins", "fiscal_began"}
    if period.first is None and period.last is None:
        shift = 1 if period.form == "fiscal_begins" else -1 if period.form == "fiscal_ended" else 0
        return _from_publication(Period(0, 0, "relative", shift, shift, True), context, country, None)
    calendar = fiscal_year(country)
    month = period.first or (calendar.month if calendar else None)
    if month is None:
        return UNKNOWN
    year = period.last if period.last is not None else _turn(month, period.form, context)
    if year is None:
        return UNKNOWN
    if not begins:
        by_number = calendar is not None and calendar.named == "end" and calendar.month == month % 12 + 1
        return Years(year - (0 if by_number or month == 12 else 1), year, "fiscal")
    if month == 1:
        return Years(year, year, "fiscal")
    if calendar is not None and calendar.named == "end" and calendar.month == month:
        return Years(year + 1, year + 1, "fiscal")
    return Years(year, year + 1, "fiscal")


def _turn(month: int, form: str, context: Context) -> int | None:
    """The year of the month's next coming, or of its last."""
    if context.published is None:
        return None
    year, now = context.published.year, context.published.month
    if form in {"fiscal_began", "fiscal_ended"}:
        return year if month <= now else year - 1
    if form == "fiscal_begins" and (now - month) % 12 <= 1 and month <= now:
        return year
    return year if month >= now else year + 1


_Reading = Callable[[Period, Context, str | None, Years | None], Years]
_READINGS: dict[str, _Reading] = {
    "year": _as_it_stands,
    "part": _as_it_stands,
    "title": _as_it_stands,
    "by": _as_it_stands,
    "relative": _from_publication,
    "now": _from_publication,
    "running": _running,
    "published": _from_publication,
    "tied": _from_anchor,
    "since": _since,
    "since_month": _since_month,
    "until": _until,
    "within": _within,
    "month": _month,
    "season": _season,
    "day": _day,
    "fiscal_begins": _fiscal_bound,
    "fiscal_began": _fiscal_bound,
    "fiscal_ends": _fiscal_bound,
    "fiscal_ended": _fiscal_bound,
}


# --- What the figure makes of it -------------------------------------------------------------------------------------


def _resolved(period: Period, context: Context, country: str | None, measure: Measure) -> Years:
    """The expression's years; ``since`` runs to another year than the publication's for a change only."""
    if period.form == "since" and measure != "change":
        return resolve(replace(period, anchor=None), context, country, None)
    if period.form == "running" and measure in _CALENDAR_MEASURES:
        return resolve(replace(period, form="relative"), context, country, None)
    if period.form == "relative" and measure not in _CALENDAR_MEASURES:
        return _in_fiscal_years(period, context, country) or resolve(period, context, country, None)
    return resolve(period, context, country, None)


def _in_fiscal_years(period: Period, context: Context, country: str | None) -> Years | None:
    """``last year``, ``the current year`` of a passage about a fiscal year, where that is not the calendar year."""
    calendar, published = fiscal_year(country), context.published
    if period.anchor is None or calendar is None or calendar.named == "calendar" or published is None:
        return None
    anchor, shift = resolve(period.anchor, context, country, None), period.first or 0
    if anchor.year_start is None or anchor.year_end is None or abs(anchor.year_start - published.year) > 1:
        return None
    if shift >= 0:
        return Years(*calendar.years_on(published, shift), "fiscal")
    if anchor.year_end < published.year:
        return None
    return Years(anchor.year_start + shift, anchor.year_end + shift, "fiscal")


def _up_to(years: Years, period: Period, context: Context) -> Years:
    """A sum to be reached by a year is the whole span's."""
    if period.anchor is not None and period.anchor.first is not None:
        return Years(period.anchor.first, years.year_end, "multi_year")
    if context.published is None or years.year_end is None or context.published.year >= years.year_end:
        return years
    return Years(context.published.year, years.year_end, "multi_year")


def _compared(amount: Amount, period: Period, years: Years, text: str, context: Context, country: str | None) -> Years:
    """A change against a year long past spans the years since; against the year before, it has the later year.

    The later year is the one that the passage names, else the publication's; statistics two years old are last year's.
    """
    lead = text[max(0, period.start - 40) : period.start]
    if period.form != "year" or period.is_span or years.year_end is None or not _COMPARED.search(lead):
        return years
    later = resolve(period.anchor, context, country, None) if period.anchor is not None else UNKNOWN
    end = later.year_end or (context.published.year if context.published else None)
    if end is None or end <= years.year_end or period.start < amount.end:
        return years
    if later.year_end is None and end - years.year_end == 2:
        end = years.year_end + 1
    if years.period_kind == "fiscal" and end - years.year_end <= 1:
        return Years((years.year_start or end) + 1, years.year_end + 1, "fiscal")
    if end - years.year_end <= 1:
        return Years(end, end, later.period_kind if later.year_end else "calendar")
    return Years(years.year_end, end, "multi_year")
