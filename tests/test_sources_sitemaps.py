"""Lists of sitemaps, and lists of pages that take longer than a site would wait: against servers on this machine."""

import gzip
from typing import Any

import pytest

from tasks.records import Article, Rejection
from tasks.sources import Manners, Reading, Web, read, sitemap

WORDS = "Valdania will spend 3.1 billion euros on its army next year, the speaker of its parliament said on Thursday. "
NEWS = "http://www.google.example/schemas/sitemap-news/0.9"


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def web(delay: float = 0.0) -> Web:
    clock = Clock()
    return Web(Manners(is_private_allowed=True, delay=delay), sleep=clock.sleep, clock=lambda: clock.now)


def rows(place: str, net: Web, **settings: Any) -> list[Article | Rejection]:
    with net:
        return list(read(place, Reading(web=net, **settings)))


def page(title: str) -> tuple[int, dict[str, str], bytes]:
    body = (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{WORDS * 3}</p></article></body>"
    )
    return 200, {}, f"<!DOCTYPE html>{body}</html>".encode()


def sitemap_of(site: Any, *names: str) -> bytes:
    entries = "".join(
        f"<url><loc>{site.address}/{each}</loc><n:news><n:publication><n:name>Delta Wire</n:name></n:publication>"
        f"<n:publication_date>2024-11-14</n:publication_date><n:title>{each}</n:title></n:news></url>"
        for each in names
    )
    return f"<urlset xmlns:n='{NEWS}'>{entries}</urlset>".encode()


def list_of(site: Any, *names: tuple[str, str]) -> bytes:
    entries = "".join(f"<sitemap><loc>{site.address}{n}</loc><lastmod>{day}</lastmod></sitemap>" for n, day in names)
    return f"<sitemapindex>{entries}</sitemapindex>".encode()


def test_sitemaps_of_a_list_are_read_the_newest_first(site: Any) -> None:
    site.answers = {
        "/list.xml": (200, {}, list_of(site, ("/old.xml", "2024-01-01"), ("/new.xml.gz", "2024-11-14"), ("/gone", ""))),
        "/old.xml": (200, {}, sitemap_of(site, "one")),
        "/new.xml.gz": (200, {}, gzip.compress(sitemap_of(site, "two", "three"))),
        **{f"/{each}": page(each) for each in ("one", "two", "three")},
    }
    *found, gone = rows(f"{site.address}/list.xml", web())
    assert [row.title for row in found if isinstance(row, Article)] == ["two", "three", "one"]
    assert {row.source for row in found if isinstance(row, Article)} == {"Delta Wire"}
    assert isinstance(gone, Rejection)
    assert (gone.reason, gone.origin) == ("unreadable", f"{site.address}/gone")


def test_sitemaps_list_that_has_not_changed_is_followed_as_its_sitemaps_may_have(site: Any) -> None:
    def marked(body: bytes) -> Any:
        def answer(handler: Any) -> tuple[int, dict[str, str], bytes]:
            known = handler.headers.get("If-None-Match") == '"v1"'
            return (304, {}, b"") if known else (200, {"ETag": '"v1"'}, body)

        return answer

    site.answers = {
        "/list.xml": marked(list_of(site, ("/news.xml", ""))),
        "/news.xml": (200, {}, sitemap_of(site, "one")),
        "/one": page("one"),
        "/two": page("two"),
    }
    first = web()
    assert len(rows(f"{site.address}/list.xml", first)) == 1
    site.answers["/news.xml"] = (200, {}, sitemap_of(site, "one", "two"))
    second = web()
    second.visits = dict(first.visits)
    assert [row.title for row in rows(f"{site.address}/list.xml", second) if isinstance(row, Article)] == ["two"]


def test_sitemaps_list_in_a_list_is_not_followed(site: Any) -> None:
    site.answers = {"/list.xml": (200, {}, list_of(site, ("/list.xml", "")))}
    (row,) = rows(f"{site.address}/list.xml", web())
    assert isinstance(row, Rejection)
    assert (row.reason, "another list" in row.detail) == ("unsafe", True)
    assert site.asked.count("/list.xml") == 2


def test_sitemaps_list_is_read_so_far_and_no_farther(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_SITEMAPS", 2)
    site.answers = {
        "/list.xml": (200, {}, list_of(site, *((f"/{n}.xml", f"2024-01-0{n}") for n in range(1, 6)))),
        **{f"/{n}.xml": (200, {}, sitemap_of(site, f"p{n}")) for n in range(1, 6)},
        **{f"/p{n}": page(f"p{n}") for n in range(1, 6)},
    }
    *found, last = rows(f"{site.address}/list.xml", web())
    assert [row.title for row in found if isinstance(row, Article)] == ["p5", "p4"]
    assert isinstance(last, Rejection)
    assert (last.reason, "the newest 2" in last.detail) == ("unsafe", True)


def test_sitemaps_list_is_not_followed_where_nothing_is_fetched(site: Any) -> None:
    site.answers = {"/list.xml": (200, {}, list_of(site, ("/news.xml", "")))}
    (row,) = rows(f"{site.address}/list.xml", web(), fetch=False)
    assert isinstance(row, Rejection)
    assert (row.reason, "--fetch" in row.detail) == ("no_text", True)


def test_sitemaps_entities_in_a_list_are_refused_where_its_pages_are_fetched_too(site: Any) -> None:
    entity = b"<!DOCTYPE x [<!ENTITY a 'b'>]>"
    site.answers = {
        "/list.xml": (200, {}, list_of(site, ("/news.xml", ""))),
        "/news.xml": (200, {}, entity + sitemap_of(site, "one")),
        "/feed": (200, {}, entity + b"<rss><channel><item><title>&a;</title></item></channel></rss>"),
    }
    for name in ("list.xml", "feed"):
        (row,) = rows(f"{site.address}/{name}", web())
        assert isinstance(row, Rejection)
        assert (row.reason, "entities" in row.detail) == ("unsafe", True)
    assert "/one" not in site.asked


def test_sitemaps_time_that_pages_take_is_not_the_list_s(site: Any) -> None:
    """A list of 200 kB and 150 pages, a page a second: so slowly the list itself would not be waited for."""
    names = [f"{n}-{'x' * 1200}" for n in range(150)]
    site.answers = {"/news.xml": (200, {}, sitemap_of(site, *names)), **{f"/{each}": page(each) for each in names}}
    found = rows(f"{site.address}/news.xml", web(delay=1.0))
    assert [type(row) for row in found] == [Article] * 150
