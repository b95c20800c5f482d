"""What people call the fields of an article, most usual first; written without capitals, spaces and other signs."""

import re

GUESSES: dict[str, tuple[str, ...]] = {
    "id": ("id", "guid", "uuid", "articleid", "docid", "messageid"),
    "url": ("url", "link", "canonicalurl", "articleurl", "weburl", "pageurl", "sourceurl", "href", "permalink", "uri"),
    "title": ("title", "headline", "heading", "webtitle", "articletitle"),
    "author": ("author", "authors", "byline", "creator", "writer"),
    "published": (
        *("published", "date", "pubdate", "publishdate", "datepublish", "publicationdate", "datepublished"),
        *("publishedat", "publishedon", "publishedtime", "dateposted", "webpublicationdate", "releasedate"),
        *("firstpublished", "timestamp", "datetime", "created", "createdat"),
    ),
    "source": (
        *("source", "publisher", "sourcename", "sourcedomain", "outlet", "site", "sitename", "domain"),
        *("publication", "newspaper", "website"),
    ),
    "text": (
        *("text", "body", "content", "maintext", "articlebody", "fulltext", "bodytext", "articletext", "story"),
        *("article", "rawcontent", "cleanedtext", "plaintext", "textcontent", "contenttext", "contenthtml", "bodyhtml"),
    ),
}
NESTED = ("meta", "metadata", "fields")
"""Objects inside a record in which the fields that it lacks are looked for."""

_SIGNS = re.compile(r"[^a-z0-9]")


def plainly(name: str) -> str:
    """A field's name as `GUESSES` writes it."""
    return _SIGNS.sub("", name.lower())
