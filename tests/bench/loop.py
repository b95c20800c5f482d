"""The rooms called in a plain loop, without a flow: loop.py ARTICLES.jsonl OUT

What `milspend run` does between the start of its flow and its end: the same shards, the same tables.
"""

import itertools
import sys
from pathlib import Path

from flows import DEFAULT_MIN_CONFIDENCE, DEFAULT_MODEL, SHARD_SIZE
from tasks import cleaning, duplicates, entities, panel, sources, storage
from tasks.figures import assemble, encoder
from tasks.records import Article, Rejection, to_table
from tasks.shards import name_of
from tasks.steps import judge


def main(inputs: str, out: Path) -> None:
    nlp = entities.load_model(DEFAULT_MODEL)
    encoder.load()
    seen: set[str] = set()
    with storage.reserved(out):
        records = sources.read(inputs)
        while shard := list(itertools.islice(records, SHARD_SIZE)):
            _work(shard, seen, nlp, out)
        duplicates.mark(out)
        panel.renew(out)


def _work(records: list[Article | Rejection], seen: set[str], nlp: entities.Language, out: Path) -> None:
    cleaned = [cleaning.clean(record) if isinstance(record, Article) else record for record in records]
    kept, doubles = cleaning.deduplicate([each for each in cleaned if isinstance(each, Article)], seen)
    rejections = [each for each in cleaned if isinstance(each, Rejection)] + doubles
    kept = [judge(each) for each in kept]
    relevant = [each for each in kept if each.relevant]
    with entities.passing(nlp):
        docs = entities.read(nlp, relevant)
        mentions = [row for each, doc in zip(relevant, docs, strict=True) for row in entities.mentions(each, doc)]
        data = entities.to_bytes(docs)
        docs.clear()
    read = zip(relevant, entities.from_bytes(nlp.lang, data), strict=True)
    figures = [row for each, doc in read for row in assemble.extract(doc, each, DEFAULT_MIN_CONFIDENCE)]
    tables = {
        "articles": to_table("articles", kept),
        "rejections": to_table("rejections", rejections),
        "mentions": to_table("mentions", mentions),
        "figures": to_table("figures", figures),
    }
    storage.write_shard(out, name_of(kept, rejections), tables, "loop")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
