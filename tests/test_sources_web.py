"""What is fetched, and what is refused: against servers on the loopback address."""

import contextlib
import dataclasses
import gzip
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpcore
import pytest

from tasks.records import Article, Rejection
from tasks.sources import Manners, Reading, Web, read, wire
from tasks.sources.building import RefusedError

WORDS = "Valdania will spend 3.1 billion euros on its army next year, the speaker of its parliament said on Thursday. "
PAGE = (
    "<!DOCTYPE html><html><head><title>{0}</title><meta property='og:title' content='{0}'>"
    "<link rel='canonical' href='https://delta.example/{0}'></head><body><article><h1>{0}</h1><p>" + WORDS + "</p><p>"
    "The debate went on for nine hours and ended shortly before midnight, and nobody left the chamber.</p></article>"
    "</body></html>"
)
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Clock:
    """Time that passes only where somebody waits."""

    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def now(self) -> float:
        return sum(self.waits)


MANNERS = Manners(is_private_allowed=True, delay=0.0)


OPEN: list[Web] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().__exit__()


def made(clock: Clock | None = None, **changes: Any) -> Web:
    clock = clock or Clock()
    OPEN.append(Web(dataclasses.replace(MANNERS, **changes), sleep=clock.sleep, clock=clock.now))
    return OPEN[-1]


def refusal(net: Web, address: str) -> tuple[str, str]:
    with pytest.raises(RefusedError) as caught:
        net.page(address)
    assert caught.value.origin == address
    return caught.value.reason, caught.value.detail


def html(title: str) -> Answer:
    return 200, {"Content-Type": "text/html"}, PAGE.format(title).encode()


def feed_of(site: Any, *titles: str) -> bytes:
    items = "".join(
        f"<item><title>{each}</title><link>{site.address}/{each}</link>"
        f"<pubDate>Thu, 14 Nov 2024 18:30:00 +0100</pubDate></item>"
        for each in titles
    )
    return f"<rss version='2.0'><channel><title>Delta Wire</title>{items}</channel></rss>".encode()


def rows(place: str, net: Web, **settings: Any) -> list[Article | Rejection]:
    return list(read(place, Reading(web=net, **settings)))


def test_web_feed_is_read_with_the_pages_of_its_items(site: Any) -> None:
    site.answers = {"/feed": (200, {}, feed_of(site, "one", "two", "gone")), "/one": html("one"), "/two": html("two")}
    one, two, gone = rows(f"{site.address}/feed", made())
    assert isinstance(one, Article)
    assert isinstance(two, Article)
    assert (one.title, one.source, str(one.published)) == ("one", "Delta Wire", "2024-11-14")
    assert one.url == "https://delta.example/one"
    assert one.origin == f"{site.address}/one"
    assert "nine hours" in one.text
    assert isinstance(gone, Rejection)
    assert (gone.reason, gone.origin, gone.detail) == ("unreadable", f"{site.address}/gone", "answers 404")
    assert {each["user-agent"] for each in site.headers} == {"milspend"}


def test_web_sitemap_of_news_is_read_with_its_pages(site: Any) -> None:
    entry = f"<url><loc>{site.address}/one</loc><news:news><news:title>N</news:title></news:news></url>"
    site.answers = {
        "/news.xml": (200, {}, f"<urlset xmlns:news='http://n.example'>{entry}</urlset>".encode()),
        "/one": html("one"),
    }
    (one,) = rows(f"{site.address}/news.xml", made())
    assert isinstance(one, Article)
    assert one.title == "one"


def test_web_pages_are_fetched_as_one_says(site: Any, tmp_path: Any) -> None:
    site.answers = {"/feed": (200, {}, feed_of(site, "one")), "/one": html("one")}
    assert [type(each) for each in rows(f"{site.address}/feed", made(), fetch=False)] == [Rejection]
    path = tmp_path / "feed.xml"
    path.write_bytes(feed_of(site, "one"))
    assert [type(each) for each in rows(str(path), made())] == [Rejection]
    assert [type(each) for each in rows(str(path), made(), fetch=True)] == [Article]


def test_web_file_of_any_format_is_read_from_an_address(site: Any) -> None:
    lines = b'{"text": "Norway spent 90 billion kroner."}\n' * 3
    site.answers = {"/a.jsonl.gz": (200, {"Content-Type": "application/gzip"}, gzip.compress(lines))}
    assert len(rows(f"{site.address}/a.jsonl.gz", made())) == 3


def test_web_robots_txt_is_obeyed_and_asked_for_once(site: Any) -> None:
    site.answers = {
        "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /private\nAllow: /private/but*\n"),
        "/private/x": html("x"),
        "/private/but-this": html("but"),
        "/open": html("open"),
    }
    net = made()
    assert refusal(net, f"{site.address}/private/x")[0] == "disallowed"
    assert net.page(f"{site.address}/private/but-this") is not None
    assert net.page(f"{site.address}/open") is not None
    assert Counter(site.asked) == Counter(["/robots.txt", "/private/but-this", "/open"])


def test_web_site_whose_robots_txt_is_out_of_order_is_left_alone(site: Any) -> None:
    site.answers = {"/robots.txt": (500, {}, b""), "/open": html("open")}
    assert refusal(made(), f"{site.address}/open")[0] == "disallowed"
    site.answers["/robots.txt"] = lambda handler: None
    assert refusal(made(), f"{site.address}/open")[0] == "unreadable"
    assert "/open" not in site.asked


def test_web_waits_between_pages_of_a_host_and_longer_where_robots_txt_asks(site: Any) -> None:
    site.answers = {f"/{n}": html("x") for n in range(3)}
    clock = Clock()
    net = made(clock, delay=2.0)
    for n in range(3):
        net.page(f"{site.address}/{n}")
    assert clock.waits == [2.0, 2.0, 2.0]
    site.answers["/robots.txt"] = (200, {}, b"User-agent: milspend\nCrawl-delay: 7\n")
    slower = Clock()
    net = made(slower, delay=2.0)
    for n in range(3):
        net.page(f"{site.address}/{n}")
    assert slower.waits == [7.0, 7.0, 7.0]


def test_web_host_gives_so_many_pages_and_no_more(site: Any) -> None:
    site.answers = {f"/{n}": html("x") for n in range(4)}
    net = made(pages_of_a_host=2)
    for n in range(2):
        net.page(f"{site.address}/{n}")
    reason, detail = refusal(net, f"{site.address}/2")
    assert (reason, "over 2 pages" in detail) == ("disallowed", True)


def test_web_asks_again_only_for_what_has_changed(site: Any) -> None:
    def page(handler: Any) -> Answer:
        known = handler.headers.get("If-None-Match") == '"v1"' and handler.headers.get("If-Modified-Since") == "then"
        return (304, {}, b"") if known else (200, {"ETag": '"v1"', "Last-Modified": "then"}, PAGE.format("x").encode())

    site.answers = {"/marked": page, "/unmarked": html("y"), "/feed": page}
    first = made()
    assert first.page(f"{site.address}/marked") is not None
    assert first.page(f"{site.address}/unmarked") is not None
    assert len(rows(f"{site.address}/feed", first)) == 1
    second = made()
    second.visits = dict(first.visits)
    assert second.page(f"{site.address}/marked") is None
    assert second.page(f"{site.address}/unmarked") is None
    assert rows(f"{site.address}/feed", second) == []
    assert site.asked.count("/unmarked") == 1


def test_web_comes_back_when_a_site_says_so(site: Any) -> None:
    answers = iter([(429, {"Retry-After": "17"}, b""), (503, {}, b""), html("x")])
    site.answers = {"/x": lambda handler: next(answers)}
    clock = Clock()
    net = made(clock, delay=1.0)
    assert net.page(f"{site.address}/x") is not None
    assert 17.0 in clock.waits
    assert site.asked.count("/x") == 3


def test_web_gives_up_on_a_site_that_stays_out_of_order_or_asks_for_too_long(site: Any) -> None:
    site.answers = {"/a": (503, {}, b""), "/b": (503, {"Retry-After": "9999"}, b""), "/c": lambda handler: None}
    assert refusal(made(), f"{site.address}/a") == ("unreadable", "answers 503")
    assert refusal(made(), f"{site.address}/b") == ("unreadable", "asks to come back in 9999 seconds")
    reason, detail = refusal(made(), f"{site.address}/c")
    assert (reason, "does not answer" in detail or "broke off" in detail) == ("unreadable", True)
    assert site.asked.count("/a") == 3


def test_web_follows_redirects_but_not_for_ever(site: Any) -> None:
    site.answers = {
        "/old": (301, {"Location": "/new"}, b""),
        "/new": html("x"),
        "/round": (302, {"Location": "/round"}, b""),
    }
    page = made().page(f"{site.address}/old")
    assert page is not None
    assert page.address == f"{site.address}/new"
    reason, detail = refusal(made(), f"{site.address}/round")
    assert (reason, "redirects" in detail) == ("unreadable", True)
    assert site.asked.count("/round") == MANNERS.redirects + 1


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://user:word@127.0.0.1/"])
def test_web_redirect_to_what_is_no_page_is_refused(site: Any, location: str) -> None:
    site.answers = {"/x": (302, {"Location": location}, b"")}
    assert refusal(made(), f"{site.address}/x")[0] in {"unsafe", "bad_record"}


def test_web_private_address_is_refused_unless_allowed(site: Any) -> None:
    site.answers = {"/x": html("x")}
    for address in (f"{site.address}/x", site.address.replace("127.0.0.1", "localhost") + "/x"):
        reason, detail = refusal(made(is_private_allowed=False), address)
        assert (reason, "no public address" in detail) == ("unsafe", True)
    assert site.asked == []


def test_web_redirect_to_a_private_address_is_refused(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`public.example` leads to this machine, as if that were public; 127.0.0.2 is private as ever."""
    port = int(site.address.rpartition(":")[2])
    site.answers = {"/x": (302, {"Location": f"http://127.0.0.2:{port}/secret"}, b""), "/secret": html("secret")}
    public = wire.is_public
    monkeypatch.setattr(wire, "is_public", lambda ip: ip == "127.0.0.1" or public(ip))
    reason, detail = refusal(made(is_private_allowed=False), f"{site.address}/x")
    assert (reason, "127.0.0.2" in detail) == ("unsafe", True)
    assert "/secret" not in site.asked


def test_web_name_that_leads_elsewhere_the_second_time_is_asked_once(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the address that was judged is the one that is connected to."""
    port = int(site.address.rpartition(":")[2])
    told = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    monkeypatch.setattr(wire, "_resolved", lambda host, port: [(2, 1, 6, "", (next(told), port))])
    connected = []

    def connect(self: Any, host: str, port: int, *_: Any) -> Any:
        connected.append(host)
        raise httpcore.ConnectError("not in a test")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    net = made(is_private_allowed=False, tries=2)
    assert refusal(net, f"http://rebound.example:{port}/x")[0] == "unsafe"
    assert connected == ["93.184.216.34"]


def test_web_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(wire, "_resolved", lambda host, port: both)
    assert refusal(made(is_private_allowed=False), "http://both.example/")[0] == "unsafe"


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        *(
            (each, True)
            for each in ("93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822")
        ),
        *(
            (each, False)
            for each in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0")
        ),
        *((each, False) for each in ("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0")),
        *((each, False) for each in ("fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "ff02::1")),
        ("2002:7f00:1::", False),
    ],
)
def test_web_knows_public_addresses_from_others(address: str, is_public: bool) -> None:
    assert wire.is_public(address) == is_public


def test_web_page_that_is_too_long_or_a_bomb_is_refused(site: Any) -> None:
    site.answers = {
        "/long": (200, {}, b"x" * 50_000),
        "/bomb": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 50_000_000)),
        "/fits": (200, {"Content-Encoding": "gzip"}, gzip.compress(PAGE.format("x").encode())),
        "/odd": (200, {"Content-Encoding": "br"}, b"x"),
        "/broken": (200, {"Content-Encoding": "gzip"}, b"x"),
    }
    net = made(largest=40_000)
    assert [refusal(net, f"{site.address}/{each}")[0] for each in ("long", "bomb", "odd", "broken")] == [
        *("too_long", "too_long", "unreadable", "unreadable")
    ]
    page = net.page(f"{site.address}/fits")
    assert page is not None
    assert b"nine hours" in page.raw


@pytest.mark.parametrize("part", ["headers", "body"])
def test_web_page_that_drips_is_refused_in_time(site: Any, part: str) -> None:
    def drip(handler: Any) -> None:
        with contextlib.suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b"X: "))
            for _ in range(100):
                handler.wfile.write(b"x")
                time.sleep(0.05)

    site.answers = {"/x": drip}
    net = Web(dataclasses.replace(MANNERS, seconds=0.6, tries=1))
    OPEN.append(net)
    began = time.monotonic()
    assert refusal(net, f"{site.address}/x")[0] == "unreadable"
    assert time.monotonic() - began < 4


def test_web_feed_without_an_end_is_refused(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n<rss><channel>")
        with contextlib.suppress(OSError):
            for n in range(10**6):
                handler.wfile.write(b"<item><title>%d</title><description>%s</description></item>" % (n, b"word " * 99))

    site.answers = {"/feed": endless}
    monkeypatch.setattr("tasks.sources.feed.MAX_ITEMS", 50)
    found = rows(f"{site.address}/feed", made(), fetch=False)
    assert len(found) == 51
    assert isinstance(found[-1], Rejection)
    assert (found[-1].reason, "does not end" in found[-1].detail) == ("unsafe", True)
    monkeypatch.setattr("tasks.sources.feed.MAX_ITEMS", 10**9)
    monkeypatch.setattr("tasks.sources.feed.MAX_BYTES", 10**5)
    last = rows(f"{site.address}/feed", made(), fetch=False)[-1]
    assert isinstance(last, Rejection)
    assert (last.reason, "does not end" in last.detail) == ("unsafe", True)


@pytest.mark.parametrize("address", ["ftp://a.example/x", "gopher://a.example", "http://[::1", "no-scheme://x"])
def test_web_other_addresses_are_set_aside(address: str) -> None:
    (row,) = rows(address, made(is_private_allowed=False))
    assert isinstance(row, Rejection)
    assert row.origin == address
    assert row.reason in {"unreadable", "bad_record"}
