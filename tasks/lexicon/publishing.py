"""The tables of who publishes where: publishers by address and name, and countries by the end of an address.

Where an article is published decides what ``$``, ``we`` and *this fiscal year* mean, and whether the day or the month
comes first in 5/6/2019.
"""

import re
from functools import cache
from urllib.parse import urlsplit

from tasks.lexicon import countries, datelines
from tasks.lexicon.tables import rows

_PART_OF = re.compile(r"\s*(?: [-–|:] |: ).*$")
"""A section behind the name: `Daily News - Politics`."""
_WORDS = re.compile(r"\w[\w'’]*")
_ARTICLE = re.compile(r"^the\s+")
_SUFFIX = re.compile(r"\s*\((?:web news|online|online news)\)$")


def country_of(url: str | None, source: str | None, declared: str | None = None) -> str | None:
    """ISO 3166-1 alpha-3 code of the publisher's country; None where nobody can tell, and for agencies of the world.

    The publisher's address and name are looked up first. Then counts what the record itself `declared`, then the end
    of the address, and last the place that the name is made of, if it is of one country: *Warsaw Business Post*.
    """
    host = _host(url)
    for domain in _wider(host):
        if domain in _by_host():
            return _by_host()[domain]
    name = plain_name(source or "")
    if name in _by_name():
        return _by_name()[name]
    return declared or _by_ending().get(host.rpartition(".")[2]) or _of_place(source or "")


def _of_place(name: str) -> str | None:
    found = [one.surface for one in countries.find(name)]
    codes = {code for surface in found if surface.kind in ("name", "capital") for code in surface.codes}
    codes = codes or {code for word in _WORDS.findall(name) if (code := datelines.country_of(word)) is not None}
    return codes.pop() if len(codes) == 1 and codes <= countries.countries().keys() else None


@cache
def _by_host() -> dict[str, str | None]:
    """Publishers' domains to their countries; None for those that write for no country in particular."""
    return {row["domain"]: row["country"] or None for row in rows("publishers.csv")}


@cache
def _by_name() -> dict[str, str | None]:
    """Publishers' names, as `plain_name` has them, to their countries; None as above."""
    return {
        plain_name(name): row["country"] or None
        for row in rows("publishers.csv")
        for name in (*row["names"].split("|"), row["domain"])
    }


@cache
def _by_ending() -> dict[str, str]:
    """Top-level domains to the country that they are of; those that are sold to everybody are not among them."""
    return {row["domain"]: row["country"] for row in rows("top_level_domains.csv")}


def plain_name(name: str) -> str:
    """A publisher's name without what papers add to it: an article, a section, *Web News*."""
    return _SUFFIX.sub("", _PART_OF.sub("", _ARTICLE.sub("", name.strip().casefold())))


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _wider(host: str) -> list[str]:
    """The host and the domains that it lies in, the narrowest first."""
    parts = host.split(".")
    return [".".join(parts[at:]) for at in range(len(parts) - 1)]
