"""What is attached to a mail."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from tasks.records import Article, Rejection
from tasks.sources import mail, read

PDF = Path(__file__).parent / "golden" / "sources" / "pdf" / "release.pdf"
PAGE = (
    "<!DOCTYPE html><html><head><title>{0}</title></head><body><article><h1>{0}</h1><p>{1}</p></article></body></html>"
)
WORDS = "Valdania will spend 3.1 billion euros on its army next year, the speaker of its parliament said on Thursday. "


def written(path: Path, body: str, *attached: tuple[str, str, bytes]) -> Path:
    message = EmailMessage()
    message["From"] = "The Ministry <press@ministry.example>"
    message["Subject"] = "Today's release"
    message["Date"] = "Thu, 14 Nov 2024 18:30:00 +0100"
    message.set_content(body)
    for name, kind, content in attached:
        message.add_attachment(content, *kind.split("/"), filename=name)
    path.write_bytes(message.as_bytes())
    return path


def page(title: str) -> bytes:
    return PAGE.format(title, WORDS * 3).encode()


def test_mail_pdfs_and_pages_attached_are_articles_dated_by_their_mail(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.eml",
        "See what is attached.",
        ("release.pdf", "application/octet-stream", PDF.read_bytes()),
        ("page.htm", "text/html", page("A page")),
        ("logo.png", "image/png", b"\x89PNG"),
        ("notes.txt", "text/plain", b"Notes."),
    )
    found = [row for row in read(path) if isinstance(row, Article)]
    assert [row.origin.removeprefix(str(path)) for row in found] == ["", "/release.pdf", "/page.htm"]
    assert {str(row.published) for row in found} == {"2024-11-14"}
    assert {row.source for row in found} == {"The Ministry"}
    assert found[2].title == "A page"
    assert len({row.article_id for row in found}) == 3


def test_mail_of_attachments_alone_is_what_is_attached(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.eml", "", ("a.html", "text/html", page("A")), ("b.pdf", "application/pdf", b"%PDF-1.4")
    )
    one, broken = read(path)
    assert isinstance(one, Article)
    assert isinstance(broken, Rejection)
    assert (broken.origin, broken.reason) == (f"{path}/b.pdf", "unreadable")


def test_mail_names_of_attachments_lead_nowhere(tmp_path: Path) -> None:
    (row,) = read(written(tmp_path / "a.eml", "", ("../../etc/a.html", "text/html", page("A"))))
    assert row.origin == f"{tmp_path}/a.eml/.._.._etc_a.html"


def test_mail_with_too_many_attachments_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "MAX_ATTACHED", 2)
    rows = list(read(written(tmp_path / "a.eml", "", *((f"{n}.html", "text/html", page(f"{n}")) for n in range(5)))))
    assert [type(row) for row in rows] == [Article, Article, Rejection]
    assert isinstance(rows[-1], Rejection)
    assert rows[-1].reason == "unsafe"
