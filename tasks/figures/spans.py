"""The spans that the rooms of the figure engine hand to one another; offsets are characters of the text, end exclusive.

On the floor of ``records``: the rooms may not import each other, so what passes between them is declared here.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tasks.records import PeriodKind, Qualifier

PartyKind = Literal["name", "adjective", "capital", "institution", "leader", "pronoun", "noun", "group"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit, as it stands in the text: `text[start:end]` is its surface.

    `low`, `value` and `high` are in units of `unit` (an ISO 4217 code or ``PCT``), scale words applied; `value` is
    None for an order of magnitude. `elided`: currency, scale or per cent was taken from a parallel amount.
    `other_units`: what else its sign may mean (`$`, `Rs`, `pounds`), for the spender's country to decide.
    """

    start: int
    end: int
    low: Decimal
    value: Decimal | None
    high: Decimal
    unit: str
    qualifier: Qualifier
    elided: bool = False
    other_units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """Words that name a country, an organisation of countries or a region, directly or by pointing back.

    `code` is ISO 3166-1 alpha-3 or a code beyond ISO (FIGURES: ``NATO``, ``GROUP``, ...).
    """

    start: int
    end: int
    code: str
    kind: PartyKind


@dataclass(frozen=True, slots=True)
class Speaker:
    """Words that name somebody to whom a number may be attributed; `name` is how the row will show them."""

    start: int
    end: int
    name: str
    country: str | None


@dataclass(frozen=True, slots=True)
class Period:
    """Words that say when; what they mean is settled by ``years.resolve`` with a publication date and a country.

    `form` says how `first` and `last` are to be read:

    - ``year``: years as they stand (``in 2024``, ``2023-24``, ``from 2014 to 2018``, ``the 1980s``, ``on May 5, 2019``)
    - ``part``: the same, but only some months of it (``the first half of 2023``)
    - ``relative``: years counted from the publication's (``last year``: -1), its fiscal years if `is_fiscal`
    - ``running``: the same, of a government's current year (``the current year``, ``the outgoing year``)
    - ``vague``: some years of those (``the mid-2030s``)
    - ``now``: the publication's year (``now``, ``today``, ``the current budget``)
    - ``tied``: years counted from those of `anchor` (``a year earlier``: -1)
    - ``since``: from the year `first` to `last` years after publication, or to the later year that `anchor` gives
    - ``until``: from `first` years after publication to the year `last`
    - ``by``: in the year `last` (``by 2030``)
    - ``within``: `last` years after publication (``within a decade``)
    - ``length``: `last` years, begun nobody knows when (``over five years``)
    - ``month``, ``season``: in the month `first` that lies nearest before publication, or `last` years from it
    - ``since_month``: from that month on
    - ``day``: `first` days after publication (``last week``: -7)
    - ``fiscal_begins``, ``fiscal_began``, ``fiscal_ends``, ``fiscal_ended``: the fiscal year whose first or last month
      is `first` (None: the country's own), of the year `last` (None: the nearest to publication)
    - ``published``: the year of publication; stands nowhere (`start` = `end` = 0)
    - ``title``: as ``year``, out of the headline; stands nowhere in the text

    `is_span`: it lasts several years. `anchor`: the earlier expression of the text that it leans on.
    """

    start: int
    end: int
    form: str
    first: int | None = None
    last: int | None = None
    is_fiscal: bool = False
    is_span: bool = False
    anchor: "Period | None" = None


@dataclass(frozen=True, slots=True)
class Years:
    """A period that is settled: inclusive years (both None when nothing settles them) and their kind."""

    year_start: int | None
    year_end: int | None
    period_kind: PeriodKind


@dataclass(frozen=True, slots=True)
class Context:
    """What an article says beside its text: when and where it was printed."""

    title: str | None = None
    published: dt.date | None = None
    source: str | None = None
    dateline: str | None = None
    publisher_country: str | None = None
