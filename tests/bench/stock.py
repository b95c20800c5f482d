"""Whether every article's entities are those of the stock model's NER run alone: stock.py ARTICLES.jsonl

The first 500 are compared."""

import itertools
import sys

import spacy

from flows import DEFAULT_MODEL
from tasks import cleaning, entities, sources
from tasks.records import Article

OTHERS = ["tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]


def main(articles: str) -> None:
    stock, ours = spacy.load(DEFAULT_MODEL, exclude=OTHERS), entities.load_model(DEFAULT_MODEL)
    count = 0
    records = (cleaning.clean(each) for each in sources.read(articles) if isinstance(each, Article))
    for article in itertools.islice((each for each in records if isinstance(each, Article)), 500):
        [doc] = entities.read(ours, [article])
        found, expected = ([(e.start, e.end, e.label_) for e in each.ents] for each in (doc, stock(article.text)))
        if found != expected:
            sys.exit(f"{article.origin}: other entities than the stock model's")
        count += 1
    print(f"{count} articles, the same entities")


if __name__ == "__main__":
    main(sys.argv[1])
