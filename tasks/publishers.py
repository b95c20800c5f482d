"""Where is an article published? It decides what ``$`` and *this fiscal year* mean."""

from urllib.parse import urlsplit

from tasks.lexicon.publishing import countries_of_endings, countries_of_hosts, countries_of_names, plain_name


def country_of(url: str | None, source: str | None, declared: str | None = None) -> str | None:
    """ISO 3166-1 alpha-3 code of the publisher's country; None where nobody can tell, and for agencies of the world.

    The publisher's address and name are looked up first. Then counts what the record itself `declared`, and last the
    end of the address.
    """
    host = _host(url)
    for domain in _wider(host):
        if domain in countries_of_hosts():
            return countries_of_hosts()[domain]
    name = plain_name(source or "")
    if name in countries_of_names():
        return countries_of_names()[name]
    return declared or countries_of_endings().get(host.rpartition(".")[2])


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _wider(host: str) -> list[str]:
    """The host and the domains that it lies in, the narrowest first."""
    parts = host.split(".")
    return [".".join(parts[at:]) for at in range(len(parts) - 1)]
