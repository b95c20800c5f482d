"""Folders of tables as large as one likes: articles that say things, some of them malicious, and their figures."""

import dataclasses
import datetime as dt
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks import panel, storage
from tasks.lexicon import countries
from tasks.records import Article, Figure, Rejection, Run, to_table

WORDS = re.findall(
    r"\w+",
    """
ministry army budget year parliament defence minister told reporters report fleet new aircraft
border treaty government spending rose fell plan officials month analysts region security
forces procurement programme navy inflation reform cabinet debate opposition vote committee
general programme industry contract neighbours pressure
    """,
)
PUBLISHERS = ("The Lagoon Courier", "Fjordavisen", "Harbour Times", "Le Phare", "O Farol", "Ümit Gazetesi", "Меркурий")
PEOPLE = ("Amina Odhiambo", "José Núñez", "SIPRI", "Mohammad Javad Zarif", "Søren Ågård", "the finance ministry", None)
SCRIPT = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>"
EVIL = [
    {"title": f"{SCRIPT} headline", "url": "javascript:window.pwned=1"},
    {"title": "</script><script>window.pwned = 1</script>", "url": "data:text/html,<script>window.pwned=1</script>"},
    {"title": '=HYPERLINK("http://evil.example")', "url": 'https://evil.example/"onmouseover="window.pwned=1'},
]
"""Articles that mean harm; the sentence of each begins with `SCRIPT` or with a formula."""


def generate(out: Path, count: int, seed: int = 1) -> Path:
    """Writes a folder of tables of `count` figures of invented articles, always the same for a seed."""
    rng = random.Random(seed)
    codes = [code for code, country in countries.countries().items() if len(code) == 3]
    weights = [1 / (rank + 1) for rank in range(len(codes))]
    rng.shuffle(codes)
    articles: list[Article] = []
    figures: list[Figure] = []
    while len(figures) < count:
        number = len(articles)
        evil = EVIL[number] if number < len(EVIL) else {}
        spender = rng.choices(codes, weights)[0]
        published = dt.date(2012, 1, 1) + dt.timedelta(days=rng.randrange(3500))
        sentences: list[str] = []
        for place in range(min(1 + rng.randrange(4), count - len(figures))):
            start = sum(len(each) + 1 for each in sentences)
            claimant = rng.choice(PEOPLE)
            figure, sentence = _figure(rng, number, place, spender, claimant, published, start, bool(evil))
            sentences.append(sentence)
            figures.append(figure)
        articles.append(
            Article(
                article_id=f"a{number:06}",
                origin=f"in.jsonl:{number + 1}",
                url=evil.get("url", f"https://news.example/{published:%Y/%m}/{number}"),
                title=evil.get("title", " ".join(rng.choices(WORDS, k=7)).capitalize()),
                published=published,
                source=rng.choice(PUBLISHERS),
                text=" ".join(sentences),
                raw_sha256="0" * 64,
            )
        )
    tables = {"articles": articles, "figures": figures, "rejections": _rejections(), "mentions": []}
    storage.write_shard(out, "s1", {name: to_table(name, rows) for name, rows in tables.items()}, "engine")
    storage.write_run(out, "r1", to_table("runs", [_run()]))
    rows = [[dataclasses.asdict(row) for row in kind] for kind in (figures, articles)]
    storage.write_panel(out, to_table("panel", panel.panel(*rows)))
    return out


def _figure(
    rng: random.Random,
    number: int,
    place: int,
    spender: str,
    claimant: str | None,
    published: dt.date,
    at: int,
    evil: bool,
) -> tuple[Figure, str]:
    """A figure and its sentence, which begins at the offset `at`."""
    name = countries.countries()[spender].name
    year = published.year - rng.randrange(3)
    billions = round(rng.lognormvariate(2, 1), 1)
    measure = rng.choices(["expenditure", "component", "aid", "share_of_gdp"], [6, 2, 1, 1])[0]
    is_share = measure == "share_of_gdp"
    amount = f"{rng.randrange(10, 50) / 10} percent" if is_share else f"{billions} billion dollars"
    value = float(amount.split()[0]) * (1 if is_share else 1e9)
    before = ["=1+1 ", "@SUM(1) ", "-"][number % 3] + SCRIPT + " " if evil else ""
    before += f"{name} {' '.join(rng.choices(WORDS, k=rng.randrange(6, 18)))} spent "
    after = (
        f" on its army in {year}, {claimant or 'it is said'} {' '.join(rng.choices(WORDS, k=rng.randrange(4, 12)))}."
    )
    sentence = f"{before}{amount}{after}"
    usd = None if is_share else value
    reference = 2.0 if is_share else 7e9
    is_compared = measure in ("expenditure", "share_of_gdp") and rng.random() < 0.7
    figure = Figure(
        figure_id=f"f{number:06}-{place}",
        article_id=f"a{number:06}",
        measure=measure,  # type: ignore[arg-type]
        value_low=value,
        value=value,
        value_high=value,
        unit="PCT" if is_share else "USD",
        qualifier="exact",
        spender=spender,
        spender_text=name,
        counterparty="UKR" if measure == "aid" else None,
        year_start=None if rng.random() < 0.1 else year,
        year_end=None,
        period_kind="calendar",
        status=rng.choices(["actual", "budgeted", "planned", "hypothetical"], [6, 2, 2, 1])[0],  # type: ignore[arg-type]
        claimant=claimant,
        claimant_country=rng.choice([spender, "USA", "IRN", "SWE"]) if claimant and claimant != "SIPRI" else None,
        quoted=rng.random() < 0.2,
        usd_low=usd,
        usd=usd,
        usd_high=usd,
        fx_source="USD" if usd else None,
        reference_value=reference if is_compared else None,
        reference_unit=("PCT" if is_share else "USD") if is_compared else None,
        reference_ratio=value / reference if is_compared else None,
        flags=["far_from_reference"] if rng.random() < 0.05 else None,
        amount_start=at + len(before),
        amount_end=at + len(before) + len(amount),
        sentence_start=at,
        sentence_end=at + len(sentence),
        evidence=sentence,
        confidence=round(rng.uniform(0.45, 0.99), 2),
        duplicate_of=f"f{number:06}-0" if place == 3 else None,
    )
    kind = "unknown" if figure.year_start is None else "calendar"
    return dataclasses.replace(figure, year_end=figure.year_start, period_kind=kind), sentence  # type: ignore[arg-type]


def _rejections() -> list[Rejection]:
    return [
        Rejection(stage="ingest", origin="in.jsonl:7", reason="bad_record", detail=f"no JSON: {SCRIPT}"),
        Rejection(stage="clean", origin="in.jsonl:8", reason="no_text", detail="=cmd|' /C calc'!A0"),
    ]


def _run() -> Run:
    then = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
    return Run(
        run_id="r1",
        started=then,
        ended=then + dt.timedelta(minutes=3),
        version="0.1.0",
        model="en_core_web_sm 3.8.0",
        engine="0123456789abcdef",
        parameters='{"min_confidence": 0.45}',
        counts="{}",
        verdict="completed",
    )


@pytest.fixture(scope="session")
def generate_tables() -> Callable[..., Path]:
    return generate


@pytest.fixture(scope="session")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 300 figures."""
    return generate(tmp_path_factory.mktemp("some") / "out", 300)


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 10,000 figures."""
    return generate(tmp_path_factory.mktemp("many") / "out", 10_000)


@pytest.fixture(scope="session")
def script() -> str:
    """What the malicious articles would like to run."""
    return SCRIPT
