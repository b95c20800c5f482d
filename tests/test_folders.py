"""The folders that a run may read and write, however a path to another is spelled."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.folders import FETCH, PRIVATE, READ, WRITE, Allowed, Forbidden
from tasks.records import Article, Rejection
from tasks.sources import find_inputs, sidecar_of

Make = Callable[..., Any]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox, a folder of tables and a secret beside them; the inbox holds links to all that is outside."""
    for folder in ("inbox/below", "tables", "secret", "inbox-too"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("inbox/a.txt", "secret/s.txt", "secret/s.json"):
        (tmp_path / file).write_text("{}")
    (tmp_path / "inbox" / "way out").symlink_to("../secret")
    (tmp_path / "inbox" / "link.txt").symlink_to("../secret/s.txt")
    (tmp_path / "inbox" / "a.json").symlink_to("../secret/s.json")
    (tmp_path / "inbox" / "within.txt").symlink_to("a.txt")
    (tmp_path / "way in").symlink_to("inbox")
    monkeypatch.chdir(tmp_path)
    return tmp_path


ALLOWED = {READ: "inbox", WRITE: "tables"}


@pytest.mark.parametrize(
    "path", ["inbox", "inbox/a.txt", "inbox/below/..", "inbox/*.txt", "way in/**/*.txt", "./inbox"]
)
def test_folders_let_pass_what_leads_inside(place: Path, path: str) -> None:
    Allowed.by(ALLOWED).check([path], Path("tables"), None)
    Allowed.by(ALLOWED).check([place / path], place / "tables" / "of today", None)


@pytest.mark.parametrize(
    "path",
    [
        *("secret", "inbox/../secret", "inbox/way out", "inbox/link.txt", "inbox/below/../../secret/s.txt"),
        *(".", "..", "/", "/etc/passwd", "inbox-too", "*/s.txt", "secret/*.txt", "inbox/*/../../secret/s.txt"),
        "inbox/way out/*.txt",
    ],
)
def test_folders_refuse_what_leads_outside_and_name_it(place: Path, path: str) -> None:
    with pytest.raises(Forbidden, match=r"not read there|not allowed") as caught:
        Allowed.by(ALLOWED).check([Path(path)], Path("tables"))
    assert str(caught.value).startswith(str(Path(path)))
    with pytest.raises(Forbidden):
        Allowed.by(ALLOWED).check(["inbox"], Path("tables"), Path(path))
    with pytest.raises(Forbidden, match="not write there"):
        Allowed.by(ALLOWED).check(["inbox"], Path(path))


def test_folders_refuse_tables_that_lead_outside(place: Path) -> None:
    (place / "tables" / "figures").symlink_to("../secret")
    with pytest.raises(Forbidden, match="not write there"):
        Allowed.by(ALLOWED).check(["inbox"], Path("tables"))


def test_folders_allow_everything_only_where_nothing_is_said(place: Path) -> None:
    Allowed.by({}).check(["/etc"], Path("/"), None)
    Allowed.by({READ: os.pathsep.join(["inbox", "secret"]), WRITE: "tables"}).check(["secret"], Path("tables"))
    for environment in ({READ: "inbox"}, {WRITE: "tables"}, {READ: "", WRITE: ""}):
        with pytest.raises(Forbidden):
            Allowed.by(environment).check(["inbox"], Path("tables"))


def test_folders_confined_reading_sets_aside_what_leads_outside(place: Path, make_article: Make) -> None:
    opened = []

    def read(path: Path) -> Iterator[Article | Rejection]:
        opened.append(path.name)
        yield make_article(path.name)

    confined = Allowed.by(ALLOWED).confined(read, sidecar_of)
    (place / "inbox" / "b.txt").write_text("x")
    for name in ("link.txt", "way out/s.txt", "a.txt"):
        (row,) = confined(Path("inbox") / name)
        assert isinstance(row, Rejection)
        assert (row.reason, row.origin) == ("unsafe", f"inbox/{name}")
    assert opened == []
    for name in ("b.txt", "within.txt"):
        list(confined(Path("inbox") / name))
    assert opened == ["b.txt", "within.txt"]
    assert Allowed.by({}).confined(read, sidecar_of) is read


def test_folders_addresses_may_be_inputs_only_where_they_are_named() -> None:
    allowed = Allowed.by({**ALLOWED, FETCH: "https://a.example/feed https://b.example/news/"})
    allowed.check(["inbox", "https://a.example/feed", "https://b.example/news/2024?x=1"], Path("tables"))
    for address in ("https://a.example/feeds", "https://b.example/", "https://b.example/news/../x", "s3://bucket"):
        with pytest.raises(Forbidden, match=FETCH):
            allowed.check([address], Path("tables"))
    with pytest.raises(Forbidden, match=FETCH):
        Allowed.by(ALLOWED).check(["https://a.example/feed"], Path("tables"))
    Allowed.by({}).check(["https://a.example/feed"], Path("tables"))
    assert [Allowed.by({**ALLOWED, PRIVATE: each}).private for each in ("1", "", "no")] == [True, False, False]


@pytest.mark.parametrize("named", ["inbox", "inbox/", "inbox/*", "inbox/**", "inbox/**/*.txt", "inbox/*/*.txt"])
def test_folders_links_that_lead_outside_are_not_looked_into(place: Path, named: str) -> None:
    allowed = Allowed.by(ALLOWED)
    allowed.check([named], Path("tables"))
    found = {str(path) for path in find_inputs([named], is_open=allowed.is_open)}
    assert "inbox/way out" in found
    assert not [path for path in found if path.startswith("inbox/way out/")]
    everywhere = {str(path) for path in find_inputs([named], is_open=Allowed.by({}).is_open)}
    assert "inbox/way out" not in everywhere
    (refused,) = allowed.confined(_unread, sidecar_of)(Path("inbox/way out"))
    assert isinstance(refused, Rejection)
    assert refused.reason == "unsafe"


def _unread(path: Path | str) -> Iterator[Article | Rejection]:
    raise AssertionError(f"{path} was read")
    yield
