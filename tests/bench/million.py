"""A million figures, compacted and asked: million.py [FIGURES]; prints how long README's queries take.

The figures are invented, in shards as a run writes them: a thousand figures of three hundred articles in each.
"""

import datetime as dt
import hashlib
import random
import re
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa

from tasks import storage
from tasks.lexicon import countries
from tasks.records import SCHEMAS, Article, empty, to_table
from tasks.views import compacting

README = Path(__file__).parents[2] / "README.md"
PER_SHARD, PER_ARTICLE = 1000, 3
CONSTANT = {
    "measure": "expenditure",
    "unit": "USD",
    "qualifier": "exact",
    "period_kind": "calendar",
    "status": "actual",
    "quoted": False,
    "amount_start": 15,
    "amount_end": 32,
    "sentence_start": 0,
    "evidence": "Atlantis spent 5 billion dollars on its navy.",
    "sentence_end": 45,
    "claimant": "the minister",
}


def write(out: Path, figures: int) -> None:
    """So many figures, in shards."""
    chance = random.Random(1)
    codes = sorted(countries.countries())
    for number in range(figures // PER_SHARD):
        ids = [hashlib.sha256(f"{number} {each}".encode()).hexdigest()[:32] for each in range(PER_SHARD)]
        articles = [_article(one, chance) for one in ids[: PER_SHARD // PER_ARTICLE + 1]]
        tables = {"articles": to_table("articles", articles), "figures": _figures(ids, articles, codes, chance)}
        storage.write_shard(
            out, f"{number:06}", {**{name: empty(name) for name in ("mentions", "rejections")}, **tables}, "bench"
        )


def _article(article_id: str, chance: random.Random) -> Article:
    day = dt.date(2012, 1, 1) + dt.timedelta(days=chance.randrange(5000))
    text = CONSTANT["evidence"] + chance.randbytes(600).hex()
    return Article(article_id=article_id, origin=f"{article_id}.txt", published=day, text=text, raw_sha256="0" * 64)


def _figures(ids: list[str], articles: list[Article], codes: list[str], chance: random.Random) -> pa.Table:
    values = [chance.randrange(1, 900) * 1e8 for _ in ids]
    years = [chance.randrange(2000, 2026) for _ in ids]
    own = {
        "figure_id": ids,
        "article_id": [articles[each // PER_ARTICLE].article_id for each in range(len(ids))],
        "spender": [codes[int(len(codes) * chance.random() ** 3)] for _ in ids],
        "confidence": [chance.random() for _ in ids],
        **dict.fromkeys(("value_low", "value", "value_high", "usd_low", "usd", "usd_high"), values),
        **dict.fromkeys(("year_start", "year_end"), years),
    }
    columns = [
        pa.array(own.get(field.name, [CONSTANT.get(field.name)] * len(ids)), field.type) for field in SCHEMAS["figures"]
    ]
    return pa.table(columns, schema=SCHEMAS["figures"])


def queries() -> list[str]:
    """Those that README shows."""
    blocks = re.findall(r"^```sql\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if "data/compact" in block]


def main(figures: int) -> None:
    """Writes, compacts, asks."""
    with tempfile.TemporaryDirectory() as folder:
        out, compact = Path(folder, "out"), Path(folder, "compact")
        write(out, figures)
        begun = time.perf_counter()
        compacting.compact(out, compact)
        print(f"compacted in {time.perf_counter() - begun:.1f} s")
        for table in ("figures", "articles"):
            sizes = sorted(path.stat().st_size for path in (compact / table).rglob("*.parquet"))
            print(f"{table}: {len(sizes)} files of {sizes[0] / 1e6:.2f} to {sizes[-1] / 1e6:.2f} MB")
        one = duckdb.sql(f"SELECT article_id FROM '{compact}/figures/**/*.parquet' LIMIT 1").fetchall()[0][0]
        slowest = 0.0
        for query in queries():
            asked = query.replace("data/compact", str(compact)).replace("ARTICLE", one)
            begun = time.perf_counter()
            rows = duckdb.sql(asked).fetchall()
            took = time.perf_counter() - begun
            slowest = max(slowest, took)
            print(f"{took:.3f} s, {len(rows)} rows: {' '.join(query.split())[:90]}")
        print(f"slowest: {slowest:.3f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
