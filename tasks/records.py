"""Every row type of the six tables, declared once.

A table's Arrow schema, its data dictionary (``data/README.md``) and its Python row are derived from the dataclass
here; no other module names a column's type. A field declared ``T | None`` is a nullable column, any other is not.
"""

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import pyarrow as pa

SCHEMA_VERSION = "1"

Measure = Literal[
    "expenditure",
    "component",
    "change",
    "share_of_gdp",
    "share_of_budget",
    "share_of_world",
    "per_capita",
    "arms_deal",
    "aid",
]
Qualifier = Literal["exact", "approx", "at_least", "at_most", "range", "order"]
PeriodKind = Literal["calendar", "fiscal", "multi_year", "unknown"]
Status = Literal["actual", "budgeted", "planned", "hypothetical"]
Stage = Literal["ingest", "clean", "recognize", "extract", "store"]
Reason = Literal[
    "unreadable",
    "bad_encoding",
    "bad_record",
    "not_an_article",
    "no_text",
    "too_long",
    "duplicate_record",
    "unsafe",
    "disallowed",
    "forgotten",
    "internal_error",
]
Flag = Literal[
    "above_world_spending",
    "share_above_gdp",
    "share_above_hundred",
    "far_from_reference",
    "year_far_from_publication",
]
SPENDERS_BEYOND_ISO: dict[str, str] = {
    "WORLD": "the world",
    "NATO": "NATO",
    "NATO_EUROPE": "NATO's European members together",
    "EU": "the European Union",
    "EUROPE": "Europe",
    "ASIA": "Asia",
    "MIDEAST": "the Middle East",
    "AFRICA": "Africa",
    "AMERICAS": "the Americas",
    "GCC": "the Gulf Cooperation Council",
    "XKX": "Kosovo",
    "SUN": "the Soviet Union",
    "YUG": "Yugoslavia",
    "GROUP": "any other set of countries",
}

REVIEWS = "reviews"
"""The folder beside the tables that holds what people decided about their rows."""
VISITED = "visited.json"
"""The file beside the tables that says which pages were fetched."""
LANGUAGE_READ = "en"
"""The language that figures are read in, by its ISO 639-1 code."""
MAX_TEXT_LENGTH = 1_000_000
"""Characters of an article's text beyond which it is set aside as ``too_long``."""

DICTIONARY = pa.dictionary(pa.int32(), pa.string())
_ARROW: dict[Any, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    dt.date: pa.date32(),
    dt.datetime: pa.timestamp("us", tz="UTC"),
    list[str]: pa.list_(pa.string()),
}


def column(meaning: str, arrow: pa.DataType | None = None, words: bool = False, **keywords: Any) -> Any:
    """A dataclass field that is a table column: its meaning, and its Arrow type where the Python type is too wide.

    `words`: it holds words of the article, which may not be everybody's to share.
    """
    return dataclasses.field(metadata={"meaning": meaning, "arrow": arrow, "words": words}, **keywords)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article kept. Until ``clean``, ``text`` is as the source gave it; afterwards it never changes."""

    article_id: str = column("stable hash of the url or the record's own id, and of the raw content")
    source_id: str | None = column("the id that the input record carried", default=None)
    origin: str = column("file or URL that it was read from, and the place in it")
    url: str | None = column("address of the article", default=None)
    title: str | None = column("headline", words=True, default=None)
    author: str | None = column("byline as given by the source", default=None)
    published: dt.date | None = column("date of publication", default=None)
    source: str | None = column("publisher's name", default=None)
    dateline: str | None = column("place and agency that opened the text, as printed", words=True, default=None)
    language: str | None = column(
        "ISO 639-1 code of the text's language; null: nobody can tell, and it is read as English",
        DICTIONARY,
        default=None,
    )
    publisher_country: str | None = column(
        "ISO 3166-1 alpha-3 code of the publisher's country; null: unknown, or an agency of the world",
        DICTIONARY,
        default=None,
    )
    text: str = column("the cleaned text; all offsets of all tables point into it, in characters", words=True)
    raw_sha256: str = column("SHA-256 of the record's raw content, hexadecimal")
    relevant: bool = column(
        "may hold a figure: a cheap gate decides, that loses none; false in other languages than English", default=True
    )
    duplicate_of: str | None = column("article_id of the earliest near-duplicate", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One named entity of an article that the language model read."""

    article_id: str = column("the article it stands in")
    start: int = column("first character in articles.text", pa.int32())
    end: int = column("character after the last in articles.text", pa.int32())
    surface: str = column("the words as printed", words=True)
    label: str = column("the model's label (spaCy: GPE, ORG, PERSON, MONEY, ...)", DICTIONARY)
    country: str | None = column(
        "ISO 3166-1 alpha-3 code, or a code beyond ISO, that the words name", DICTIONARY, default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One statement in an article that gives a number for military spending."""

    figure_id: str = column("stable hash of article, amount span, measure and spender")
    article_id: str = column("the article it stands in")
    measure: Measure = column("what it is a number of", DICTIONARY)
    value_low: float = column("low end, in units of `unit`, scale words applied (16 billion is 16e9)")
    value: float | None = column("value; midpoint of a range; null for an order of magnitude")
    value_high: float = column("high end; equal to the low end unless the text gives a range")
    unit: str = column("ISO 4217 code (SUR for Soviet roubles) or PCT for per cent", DICTIONARY)
    qualifier: Qualifier = column("how exact the text says the number is", DICTIONARY)
    spender: str | None = column(
        "ISO 3166-1 alpha-3 code or a code beyond ISO; null only for an arms deal without a named buyer", DICTIONARY
    )
    spender_text: str | None = column("the words that named the spender", words=True)
    counterparty: str | None = column("recipient of aid; other side of an arms deal", DICTIONARY)
    year_start: int | None = column("first year covered; null when text and date do not settle it", pa.int16())
    year_end: int | None = column("last year covered; equal to year_start for one year", pa.int16())
    period_kind: PeriodKind = column("kind of the period; multi_year: the value is the whole span's", DICTIONARY)
    status: Status = column("how sure the text is: spent, budgeted, planned or disputed", DICTIONARY)
    claimant: str | None = column(
        "person or organisation the number is attributed to, as named; null: the article's own voice"
    )
    claimant_country: str | None = column("code of the country that the claimant speaks for", DICTIONARY)
    quoted: bool = column("the amount stands inside quotation marks")
    usd_low: float | None = column(
        "value_low in US dollars at the year's average rate; null for PCT or where no rate is known"
    )
    usd: float | None = column("value in US dollars at the year's average rate")
    usd_high: float | None = column("value_high in US dollars at the year's average rate")
    fx_source: str | None = column("where the exchange rate comes from, and the year it is of")
    reference_value: float | None = column("the reference series' figure, a mean over the years covered")
    reference_unit: str | None = column("unit of reference_value: USD or PCT", DICTIONARY)
    reference_ratio: float | None = column("this figure (in reference_unit) divided by reference_value")
    flags: list[str] | None = column("plausibility findings, a closed set; null: none")
    amount_start: int = column("first character of the amount in articles.text", pa.int32())
    amount_end: int = column("character after the amount", pa.int32())
    sentence_start: int = column("first character of the sentence in articles.text", pa.int32())
    sentence_end: int = column("character after the sentence", pa.int32())
    evidence: str = column("the sentence, as it stands in articles.text", words=True)
    confidence: float = column("calibrated probability that measure, spender, unit and value are right", pa.float32())
    duplicate_of: str | None = column("figure_id of an earlier row of the same article that states the same figure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One record set aside, and why."""

    stage: Stage = column("the stage that set it aside", DICTIONARY)
    origin: str = column("file or URL that it was read from, and the place in it")
    reason: Reason = column("why, from a closed set", DICTIONARY)
    detail: str = column("what exactly was wrong, for a person", words=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the flow, with its settings and its counts in and out of every stage."""

    run_id: str = column("unique name of the run")
    started: dt.datetime = column("when it began, UTC")
    ended: dt.datetime = column("when it ended, UTC")
    version: str = column("version of milspend")
    model: str = column("language model and its version")
    engine: str = column("what reads the figures: digest of code, tables and encoder")
    parameters: str = column("the run's parameters, JSON")
    counts: str = column("records in and out of every stage, set aside by reason, JSON")
    verdict: str = column("completed, or failed and why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """All that is said of one spender, measure, status and year; `tasks/panel.py` has the rules."""

    spender: str | None = column("as in figures", DICTIONARY)
    counterparty: str | None = column("as in figures", DICTIONARY)
    measure: Measure = column("as in figures", DICTIONARY)
    unit: str = column("unit of median, low and high: USD for money, PCT for per cent", DICTIONARY)
    status: Status = column("as in figures", DICTIONARY)
    year: int = column("the year; the first of the span where `period_kind` is multi_year", pa.int16())
    year_end: int = column("the same year; the last of the span where `period_kind` is multi_year", pa.int16())
    period_kind: PeriodKind = column("calendar, fiscal or multi_year; calendar where figures of both fall", DICTIONARY)
    figures: int = column("figures that say so, repetitions in an article left out", pa.int32())
    articles: int = column("articles that say so, near-duplicates counted once", pa.int32())
    publishers: int = column("different sources among all these articles, known ones only", pa.int32())
    claimants: int = column("different persons and organisations that are named as saying so", pa.int32())
    first_seen: dt.date | None = column("earliest date of publication")
    last_seen: dt.date | None = column("latest date of publication")
    median: float | None = column("median of the articles' medians; null where no figure has a value in `unit`")
    low: float | None = column("least value that a figure allows: the least of its low ends")
    high: float | None = column("greatest value that a figure allows: the greatest of its high ends")
    best_figure_id: str = column("figure_id of the figure with the highest confidence, the earliest of equals")
    best_confidence: float = column("its confidence", pa.float32())
    best_evidence: str = column("its sentence", words=True)


AnyRow = Article | Mention | Figure | Rejection | Run | Statement
Row = TypeVar("Row", Article, Mention, Figure, Rejection, Run, Statement)
TABLES: dict[str, type[AnyRow]] = {
    "articles": Article,
    "mentions": Mention,
    "figures": Figure,
    "rejections": Rejection,
    "runs": Run,
    "panel": Statement,
}


def nullable(annotation: Any) -> bool:
    """Whether a field annotated so may hold None."""
    return type(None) in typing.get_args(annotation) and isinstance(annotation, types.UnionType)


def _arrow_type(field: "dataclasses.Field[Any]", annotation: Any) -> pa.DataType:
    if field.metadata["arrow"] is not None:
        return field.metadata["arrow"]
    plain = annotation
    if nullable(annotation):
        (plain,) = (part for part in typing.get_args(annotation) if part is not type(None))
    return _ARROW[plain]


def schema(row_type: type) -> pa.Schema:
    """The Arrow schema of a row type: names, types and nullability in field order, meanings as field metadata."""
    hints = typing.get_type_hints(row_type)
    return pa.schema(
        [
            pa.field(
                field.name,
                _arrow_type(field, hints[field.name]),
                nullable=nullable(hints[field.name]),
                metadata={"meaning": field.metadata["meaning"]},
            )
            for field in dataclasses.fields(row_type)
        ],
        metadata={"milspend_schema": SCHEMA_VERSION},
    )


SCHEMAS: dict[str, pa.Schema] = {name: schema(row_type) for name, row_type in TABLES.items()}


def wordy(name: str) -> list[str]:
    """The columns of the table `name` that hold words of the articles."""
    return [field.name for field in dataclasses.fields(TABLES[name]) if field.metadata["words"]]


def to_table(name: str, rows: Sequence[Row]) -> pa.Table:
    """`rows` as an Arrow table with the schema of the table `name`.

    Raises:
        ValueError: a null stands in a column that has none (Arrow itself notices only when it writes).
    """
    columns = SCHEMAS[name]
    table = pa.table(
        {field.name: pa.array([getattr(row, field.name) for row in rows], field.type) for field in columns},
        schema=columns,
    )
    for field in columns:
        if not field.nullable and table[field.name].null_count:
            raise ValueError(f"{name}.{field.name} holds a null")
    return table


def from_table(table: pa.Table, row_type: type[Row]) -> list[Row]:
    """The rows of an Arrow table that has `row_type`'s columns."""
    return [row_type(**row) for row in table.to_pylist()]


def empty(name: str) -> pa.Table:
    """The table `name` without rows."""
    return SCHEMAS[name].empty_table()


def data_dictionary() -> str:
    """The text of ``data/README.md``: every table and column with type, nullability and meaning, as Markdown."""
    lines = ["# Data dictionary", "", "Generated from `tasks/records.py` (`make dictionary`). Do not edit by hand.", ""]
    for name, row_type in TABLES.items():
        lines += [f"## `{name}`", "", (row_type.__doc__ or "").strip().splitlines()[0], ""]
        lines += ["| column | type | null | meaning |", "| --- | --- | --- | --- |"]
        lines += [_dictionary_row(field) for field in SCHEMAS[name]]
        lines.append("")
    lines += ["## Closed sets", "", "| set | values |", "| --- | --- |"]
    lines += [f"| {title} | {_listed(values)} |" for title, values in _closed_sets()]
    lines += ["", "## Spender codes beyond ISO 3166-1", "", "| code | meaning |", "| --- | --- |"]
    lines += [f"| `{code}` | {meaning} |" for code, meaning in SPENDERS_BEYOND_ISO.items()]
    return "\n".join(lines) + "\n"


def _dictionary_row(field: pa.Field) -> str:
    kind = "dictionary of string" if pa.types.is_dictionary(field.type) else str(field.type)
    meaning = (field.metadata or {})[b"meaning"].decode()
    return f"| `{field.name}` | {kind} | {'yes' if field.nullable else 'no'} | {meaning} |"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _closed_sets() -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("`figures.measure`", typing.get_args(Measure)),
        ("`figures.qualifier`", typing.get_args(Qualifier)),
        ("`figures.period_kind`", typing.get_args(PeriodKind)),
        ("`figures.status`", typing.get_args(Status)),
        ("`figures.flags`", typing.get_args(Flag)),
        ("`rejections.stage`", typing.get_args(Stage)),
        ("`rejections.reason`", typing.get_args(Reason)),
    ]
