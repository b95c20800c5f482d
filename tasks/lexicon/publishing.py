"""The tables of who publishes where: publishers by address and name, and countries by the end of an address."""

import re
from functools import cache

from tasks.lexicon.tables import rows

_PART_OF = re.compile(r"\s*(?: [-–|:] |: ).*$")
"""A section behind the name: `Daily News - Politics`."""
_ARTICLE = re.compile(r"^the\s+")
_SUFFIX = re.compile(r"\s*\((?:web news|online|online news)\)$")


@cache
def countries_of_hosts() -> dict[str, str | None]:
    """Publishers' domains to their countries; None for those that write for no country in particular."""
    return {row["domain"]: row["country"] or None for row in rows("publishers.csv")}


@cache
def countries_of_names() -> dict[str, str | None]:
    """Publishers' names, as `plain_name` has them, to their countries; None as above."""
    return {
        plain_name(name): row["country"] or None
        for row in rows("publishers.csv")
        for name in (*row["names"].split("|"), row["domain"])
    }


@cache
def countries_of_endings() -> dict[str, str]:
    """Top-level domains to the country that they are of; those that are sold to everybody are not among them."""
    return {row["domain"]: row["country"] for row in rows("top_level_domains.csv")}


def plain_name(name: str) -> str:
    """A publisher's name without what papers add to it: an article, a section, *Web News*."""
    return _SUFFIX.sub("", _PART_OF.sub("", _ARTICLE.sub("", name.strip().casefold())))
