"""An archive of web pages as sites serve them, and what trafilatura alone makes of it.

archive.py ARCHIVE.warc.gz OUT.parquet extracts every page with trafilatura: text, title, date.
The pages are made here: an article of ``generator`` within the menus, scripts, pictures, related stories, comments and
footers that surround one on a news site, some 300 kB in all.
"""

import gzip
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import generator

SHARE = 50
"""One page in so many speaks of a military figure."""


def write(path: Path, count: int, seed: int = 1) -> None:
    """So many pages, answered with 200, into a web archive, each compressed by itself as crawlers do."""
    from formats import record  # what it imports would count in the time of `main`

    with path.open("wb") as file:
        for number, article in enumerate(generator.articles(count, seed, SHARE)):
            file.write(gzip.compress(record(article["url"], number, page(article, number)), compresslevel=1))


def page(article: dict[str, Any], seed: int) -> str:
    """A page around an article."""
    chance = random.Random(seed)
    paragraphs = "".join(f"<p class='body__p'>{each}</p>{_advert(chance)}" for each in article["text"].split("\n\n"))
    head = (
        f"<meta charset='utf-8'><title>{article['title']} | Example</title>"
        f"<meta property='og:title' content='{article['title']}'><meta property='og:site_name' content='Example'>"
        f"<meta property='article:published_time' content='{article['published']}T08:00:00Z'>"
        f"<link rel='canonical' href='{article['url']}'>"
        + "".join(f"<link rel='preload' href='/static/{name}.js' as='script'>" for name in _words(chance, 40))
        + f"<style>{''.join(f'.{name}{{margin:0 auto;padding:2px}}' for name in _words(chance, 400))}</style>"
    )
    body = (
        f"<header><nav>{_links(chance, 120)}</nav></header>"
        f"<main><article><h1>{article['title']}</h1><div class='byline'>By {' '.join(_words(chance, 2)).title()}</div>"
        f"<time datetime='{article['published']}'>{article['published']}</time>{_picture(chance)}{paragraphs}</article>"
        f"<aside class='related'><h3>More stories</h3>{''.join(_card(chance) for _ in range(40))}</aside>"
        f"<section class='comments'>{''.join(_comment(chance) for _ in range(25))}</section></main>"
        f"<footer>{_links(chance, 90)}</footer>{''.join(_state(chance) for _ in range(8))}"
    )
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{body}</body></html>"


def _words(chance: random.Random, count: int) -> list[str]:
    return ["".join(chance.choices(generator.SYLLABLES, k=chance.randint(2, 3))) for _ in range(count)]


def _links(chance: random.Random, count: int) -> str:
    items = (f"<li class='nav__item'><a href='/{each}'>{each}</a></li>" for each in _words(chance, count))
    return f"<ul>{''.join(items)}</ul>"


def _advert(chance: random.Random) -> str:
    name = _words(chance, 1)[0]
    return f"<div class='ad ad--{name}'><span>Advertisement</span><script>ads.push('{name}')</script></div>"


def _picture(chance: random.Random) -> str:
    names = _words(chance, 12)
    sources = ", ".join(f"https://img.example/{name}.webp {at * 160}w" for at, name in enumerate(names, start=1))
    image = f"<picture><img srcset='{sources}' alt='{names[0]}'></picture>"
    return f"<figure>{image}<figcaption>{' '.join(names)}</figcaption></figure>"


def _card(chance: random.Random) -> str:
    title, words = " ".join(_words(chance, 8)).capitalize(), " ".join(_words(chance, 20))
    return f"<div class='card'><a href='/{title[:4]}'>{_picture(chance)}<h4>{title}</h4></a><p>{words}</p></div>"


def _comment(chance: random.Random) -> str:
    return f"<div class='comment'><b>{_words(chance, 1)[0]}</b><p>{' '.join(_words(chance, 30))}.</p></div>"


def _state(chance: random.Random) -> str:
    state = {name: _words(chance, 12) for name in _words(chance, 150)}
    return f"<script>window.__STATE__={json.dumps(state)}</script>"


def _pages(path: str) -> Iterator[bytes]:
    from warcio.archiveiterator import ArchiveIterator

    with open(path, "rb") as file:
        for record in ArchiveIterator(file):
            yield record.content_stream().read()


def main(archive: str, out: str) -> None:
    import pandas as pd
    import trafilatura

    rows = []
    for raw in _pages(archive):
        found = trafilatura.bare_extraction(raw, with_metadata=True, include_comments=False)
        if found is not None:
            rows.append([found.title, found.date, found.text])
    pd.DataFrame(rows, columns=["title", "date", "text"]).to_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
