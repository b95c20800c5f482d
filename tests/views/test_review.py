"""Decisions: kept, laid over what any engine reads, given out as gold; and the page on which they are made."""

import dataclasses
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from typer.testing import CliRunner

from flows import cli
from tasks import storage
from tasks.gold import load_gold
from tasks.records import to_table
from tasks.sources import find_inputs
from tasks.views import load, loading
from tasks.views.review import annotated, decisions, overlay, serving

Make = Callable[..., Any]
TEXT = (
    "Iran spent 16 billion dollars in 2018. The Emirates spent 22 billion dollars. “We spent 16 billion dollars,” he "
    "said. <script>window.pwned = 1</script> It has 40 billion in debts."
)
CONTENT = "c" * 64
SPENT = "16 billion dollars"


@pytest.fixture
def folder(tmp_path: Path, make_article: Make, make_figure: Make) -> Callable[..., Path]:
    """Stores what an engine reads in `TEXT`: rows by the words and place of their amount."""

    def store(*rows: dict[str, Any], text: str = TEXT, name: str = "a1") -> Path:
        figures = []
        for at, given in enumerate(rows):
            columns = {"figure_id": f"{name}-{at}", "evidence": "e", **given}
            words, nth = columns.pop("words"), columns.pop("nth", 0)
            start = [i for i in range(len(text)) if text.startswith(words, i)][nth]
            figures.append(make_figure(name, amount_start=start, amount_end=start + len(words), **columns))
        article = dataclasses.replace(make_article(name, text=text, title="<b>Title</b>"), raw_sha256=CONTENT)
        held = {"articles": [article], "figures": figures}
        tables = {table: to_table(table, held.get(table, [])) for table in storage.WRITTEN}
        storage.write_shard(tmp_path / "out", "s1", tables, "engine")
        return tmp_path / "out"

    return store


IRAN = {
    "words": SPENT,
    "value_low": 16e9,
    "value": 16e9,
    "value_high": 16e9,
    "usd_low": 16e9,
    "usd": 16e9,
    "usd_high": 16e9,
}
AGAIN = {**IRAN, "nth": 1, "duplicate_of": "a1-0"}
DEBTS = {"words": "40 billion", "spender": "IRN"}


def _readings(out: Path) -> list[decisions.Reading]:
    rows = list(loading.figures(out))
    places = {row["figure_id"]: decisions.place(TEXT, row["amount_start"], row["amount_end"]) for row in rows}
    return [decisions.reading_of(row, TEXT, places) for row in rows]


def _decide(out: Path, verdict: str, **asked: Any) -> decisions.Decision:
    return decisions.decide(out, CONTENT, TEXT, {"verdict": verdict, **asked}, "me")


def _shown(out: Path, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in loading.figures(out)]


def test_review_lays_decisions_over_the_tables(folder: Callable[..., Path]) -> None:
    out = folder(IRAN, {"words": "22 billion dollars", "spender": "IRN"}, AGAIN, DEBTS)
    iran, emirates, again, debts = _readings(out)
    assert (again["nth"], again["duplicate_of"]) == (1, [SPENT, 0])
    _decide(out, "right", was=iran, truth=iran)
    _decide(
        out,
        "corrected",
        was=emirates,
        truth={**emirates, "spender": "ARE", "value": 22e9, "value_low": 22e9, "value_high": 22e9},
    )
    _decide(out, "wrong", was=debts)
    shown = _shown(out, "spender", "value", "usd", "reviewed", "confidence")
    assert shown == [
        ("IRN", 16e9, 16e9, "right", 1.0),
        ("ARE", 22e9, 22e9, "corrected", 1.0),
        ("IRN", 16e9, 16e9, None, 0.5),
    ]
    assert load(out).figures["reviewed"].tolist()[:2] == ["right", "corrected"]
    assert [row["spender"] for row in loading.table(out, "panel").to_pylist()] == ["ARE", "IRN"]
    assert loading.table(out, "figures").num_rows == 3
    assert storage.count(out, "figures") == 4, "the tables stay as the engine wrote them"


def test_review_adds_a_figure_that_is_missing(folder: Callable[..., Path]) -> None:
    out = folder(AGAIN | {"duplicate_of": None})
    (again,) = _readings(out)
    _decide(
        out,
        "missing",
        truth={
            **again,
            "amount": "22 billion dollars",
            "nth": 0,
            "spender": "ARE",
            "value": 22e9,
            "value_low": 22e9,
            "value_high": 22e9,
        },
    )
    added, kept = loading.figures(out)
    assert (added["reviewed"], added["spender"], added["usd"], added["confidence"]) == ("added", "ARE", 22e9, 1.0)
    assert added["evidence"] == "The Emirates spent 22 billion dollars."
    assert TEXT[added["amount_start"] : added["amount_end"]] == "22 billion dollars"
    assert kept["reviewed"] is None
    assert loading.table(out, "figures").num_rows == 2


def test_review_survives_a_rerun_by_a_better_engine(folder: Callable[..., Path]) -> None:
    """Other ids, other offsets, other readings: what was decided still holds, and holds no more than it says."""
    out = folder(IRAN, {"words": "22 billion dollars", "spender": "IRN"}, DEBTS)
    iran, emirates, debts = _readings(out)
    _decide(out, "right", was=iran, truth=iran)
    _decide(out, "corrected", was=emirates, truth={**emirates, "spender": "ARE"})
    _decide(out, "wrong", was=debts)
    better = "Cleaned better. " + TEXT
    other = {"figure_id": "other"}
    with storage.reserved(out):  # a run that begins takes away what another left half done, and no decision
        pass
    out = folder(
        {"words": "spent 16 billion dollars", "spender": "SAU", **other}, {**DEBTS, "spender": "USA"}, text=better
    )
    shown = _shown(out, "spender", "reviewed")
    assert shown == [("IRN", "corrected"), ("ARE", "added"), ("USA", None)], "lost rows come back, new readings stay"
    places = [better[row["amount_start"] : row["amount_end"]] for row in loading.figures(out)]
    assert places == [SPENT, "22 billion dollars", "40 billion"]
    _decide(out, "done")
    assert [row[0] for row in _shown(out, "spender")] == ["IRN", "ARE"], "in an article that is done nothing is added"


def test_review_keeps_two_spenders_of_one_amount_apart(folder: Callable[..., Path]) -> None:
    out = folder({**IRAN, "figure_id": "x"}, {**IRAN, "spender": "SAU", "figure_id": "y"})
    iran, saudi = _readings(out)
    _decide(out, "corrected", was=saudi, truth={**saudi, "spender": "ARE"})
    assert _shown(out, "spender", "reviewed") == [("IRN", None), ("ARE", "corrected")]
    _decide(out, "wrong", was=iran)
    assert _shown(out, "spender", "reviewed") == [("ARE", "corrected")]


def test_review_rests_where_the_words_are_gone(folder: Callable[..., Path]) -> None:
    out = folder(IRAN)
    (iran,) = _readings(out)
    _decide(out, "right", was=iran, truth=iran)
    out = folder({**IRAN, "words": "17 billion"}, text="Iran spent 17 billion in 2018.")
    assert _shown(out, "reviewed") == [(None,)]
    (article,) = loading.articles(out)
    laid = overlay.lay([], article, decisions.load(out)[CONTENT])
    assert len(laid.resting) == 1
    assert decisions.path_of(out).exists()


def test_review_forgets_an_article_with_its_decisions(folder: Callable[..., Path]) -> None:
    out = folder(IRAN)
    iran = _readings(out)[0]
    decisions.decide(out, "0" * 64, TEXT, {"verdict": "done"}, "me")
    _decide(out, "wrong", was=iran)
    _decide(out, "right", was=iran, truth=iran)
    ((name, content),) = [(each["article_id"], each["raw_sha256"]) for each in loading.articles(out)]
    assert storage.contents_of_one(out, name) == {content} == {CONTENT}
    assert storage.contents_of_one(out, "other") == set()
    result = CliRunner().invoke(cli.app, ["forget", name, str(out)])
    assert result.exit_code == 0
    left = decisions.path_of(out).read_text("utf-8")
    assert [json.loads(line)["verdict"] for line in left.splitlines()] == ["done"]
    assert iran["amount"] not in left
    assert [path.name for path in decisions.path_of(out).parent.iterdir()] == ["decisions.jsonl"]
    assert decisions.forget(out, {CONTENT}) == 0


def test_review_takes_decisions_back(folder: Callable[..., Path]) -> None:
    out = folder(IRAN)
    (iran,) = _readings(out)
    first = _decide(out, "wrong", was=iran)
    assert _shown(out, "reviewed") == []
    second = _decide(out, "right", was=iran, truth=iran, replaces=first.id)
    assert _shown(out, "reviewed") == [("right",)]
    _decide(out, "withdrawn", replaces=second.id)
    assert _shown(out, "reviewed") == [(None,)]
    assert len(decisions.path_of(out).read_text(encoding="utf-8").splitlines()) == 3, "nothing is ever erased"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"verdict": "perhaps"}, "no verdict"),
        ({"verdict": "right"}, "of which figure"),
        ({"verdict": "withdrawn"}, "which decision"),
        ({"verdict": "missing", "truth": {"amount": "99 billion"}}, "no nth"),
        ({"verdict": "wrong", "was": {"amount": SPENT}}, "lacks"),
    ],
)
def test_review_refuses_what_cannot_be(tmp_path: Path, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(decisions.BadDecision, match=said):
        decisions.decide(tmp_path, CONTENT, TEXT, asked, None)
    assert not decisions.path_of(tmp_path).exists()


def test_review_refuses_a_reading_that_is_none(folder: Callable[..., Path]) -> None:
    out = folder(IRAN)
    (iran,) = _readings(out)
    for wrong, said in (
        ({"measure": "money"}, "measure is"),
        ({"amount": "99"}, "do not stand"),
        ({"unit": "PCT"}, "PCT"),
    ):
        with pytest.raises(decisions.BadDecision, match=said):
            _decide(out, "corrected", was=iran, truth={**iran, **wrong})


@pytest.mark.parametrize("line", ["{}", "no", '{"id": "1", "at": "", "reviewer": null, "content": "", "verdict": "?"}'])
def test_review_says_which_line_of_the_file_is_broken(folder: Callable[..., Path], line: str) -> None:
    out = folder(IRAN)
    decisions.path_of(out).parent.mkdir()
    decisions.path_of(out).write_text(f"{line}\n")
    result = CliRunner().invoke(cli.app, ["show", str(out)])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "decisions.jsonl:1: " in result.stderr


def test_review_is_no_input(folder: Callable[..., Path], tmp_path: Path) -> None:
    out = folder(IRAN)
    (iran,) = _readings(out)
    _decide(out, "right", was=iran, truth=iran)
    (tmp_path / "in.txt").write_text("an article")
    assert find_inputs([tmp_path], out) == [tmp_path / "in.txt"]


def test_review_gives_done_articles_as_gold(folder: Callable[..., Path], tmp_path: Path) -> None:
    out = folder(IRAN, {"words": "22 billion dollars", "spender": "IRN"}, AGAIN, DEBTS)
    iran, emirates, again, debts = _readings(out)
    to = tmp_path / "gold" / "mine.jsonl"
    early = CliRunner().invoke(cli.app, ["review", str(out), "--gold", str(to)])
    assert (early.exit_code, early.stderr) == (2, f"milspend: {out}: no article is done: nothing to write\n")
    for verdict, was, truth in (
        ("right", iran, iran),
        ("corrected", emirates, {**emirates, "spender": "ARE"}),
        ("right", again, again),
        ("wrong", debts, None),
    ):
        _decide(out, verdict, was=was, truth=truth)
    _decide(out, "done")
    result = CliRunner().invoke(cli.app, ["review", str(out), "--gold", str(to)])
    assert result.stdout == f"{to}: 1 articles that are done, 3 figures; left out, not done: 0\n"
    (article,) = load_gold(to)
    assert article.text == TEXT
    assert [(each.amount, each.spender, each.duplicate_of) for each in article.figures] == [
        (SPENT, "IRN", None),
        ("22 billion dollars", "ARE", None),
        (SPENT, "IRN", 0),
    ]
    scored = CliRunner().invoke(cli.app, ["evaluate", str(to)])
    assert scored.exit_code == 0
    assert "articles 1 of 1 found" in scored.stdout
    assert annotated.export(out, to) == (1, 3, 0)


@pytest.fixture
def served(folder: Callable[..., Path]) -> Iterator[tuple[Path, str]]:
    """The page of a folder of three rows: the folder, and the address."""
    out = folder(IRAN, {"words": "22 billion dollars", "spender": "IRN"}, DEBTS)
    server, address = serving.serve(serving.Desk(out, "Søren"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield out, address
    server.shutdown()
    server.server_close()
    thread.join()


def test_review_page_takes_every_kind_of_decision(served: tuple[Path, str], browser: Browser, tmp_path: Path) -> None:
    out, address = served
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#title").text_content() == "<b>Title</b>"
    assert page.locator("#text").text_content() == TEXT
    assert page.locator("#done").is_disabled()
    found = Axe().run(page).response
    assert [each["id"] for each in found["violations"] if each["impact"] in ("serious", "critical")] == []

    page.keyboard.press("r")
    page.wait_for_selector("#text button.right")
    assert "22 billion dollars" in (page.locator("#figure-title").text_content() or "")
    page.select_option("[name=spender]", "ARE")
    page.fill("[name=value]", "22000000000")
    page.fill("[name=value_low]", "22000000000")
    page.fill("[name=value_high]", "22000000000")
    page.click("#correct")
    page.wait_for_selector("#text button.right >> nth=1")
    page.keyboard.press("w")
    page.wait_for_selector("#text button.dropped")

    page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.querySelector('#text'), 4);
            let node;
            while ((node = walker.nextNode()) && !node.data.includes('We spent 16'));
            const range = document.createRange();
            const at = node.data.indexOf('16 billion dollars');
            range.setStart(node, at);
            range.setEnd(node, at + 18);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }"""
    )
    page.click("#missing")
    page.fill("[name=value]", "16e9")
    page.select_option("[name=spender]", "IRN")
    page.select_option("[name=duplicate_of]", label=f"repeats {SPENT}")
    page.click("#correct")
    page.wait_for_selector("#text button.right >> nth=2")
    page.click("#done")
    page.wait_for_selector("#progress:text('1 of 1')")
    assert page.evaluate("window.pwned") is None
    page.close()
    assert faults == []

    assert _shown(out, "spender", "value", "reviewed") == [
        ("IRN", 16e9, "right"),
        ("ARE", 22e9, "corrected"),
        ("IRN", 16e9, "added"),
    ]
    kept = [json.loads(line) for line in decisions.path_of(out).read_text(encoding="utf-8").splitlines()]
    assert {each["reviewer"] for each in kept} == {"Søren"}
    assert annotated.export(out, tmp_path / "gold.jsonl") == (1, 3, 0)
    assert load_gold(tmp_path / "gold.jsonl")[0].figures[2].duplicate_of == 0


def test_review_page_answers_nobody_without_its_word(served: tuple[Path, str]) -> None:
    _, address = served
    bare = address.split("?")[0]
    for path in ("", "articles", "article?id=a1", "?word=wrong"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(bare + path)
        assert refused.value.code == 403
        refused.value.close()
    word = address.split("word=")[1]
    for headers, code in (({"X-Word": word}, 422), ({}, 403), ({"X-Word": word, "Host": "evil.example:80"}, 403)):
        connection = HTTPConnection("127.0.0.1", int(bare.split(":")[2].rstrip("/")))
        connection.request("POST", "/decide", body="[]", headers=headers)
        assert connection.getresponse().status == code
        connection.close()


def test_review_lists_articles_in_which_nothing_was_found(folder: Callable[..., Path]) -> None:
    """There a figure may be missing, too."""
    out = folder()
    desk = serving.Desk(out, None)
    assert [each["figures"] for each in desk.index()["articles"]] == [0]
    found = desk.article("a1")
    assert found is not None
    assert (found["rows"], found["text"]) == ([], TEXT)
    assert desk.decide({"article_id": "a1", "verdict": "done"})[0] == 200


def test_review_page_says_what_it_refuses(served: tuple[Path, str]) -> None:
    out, _ = served
    desk = serving.Desk(out, None)
    assert desk.decide({"article_id": "nobody"})[0] == 404
    assert desk.decide({"article_id": "a1", "verdict": "missing", "truth": {}, "at": "x"})[0] == 422
    assert desk.decide({"article_id": "a1", "verdict": "right"}) == (422, {"fault": "right: of which figure?"})
    assert not decisions.path_of(out).exists()


def test_review_of_a_judged_figure_stays_about_what_was_judged(served: tuple[Path, str]) -> None:
    out, _ = served
    desk = serving.Desk(out, None)
    _, emirates, _ = _readings(out)
    code, first = desk.decide(
        {"article_id": "a1", "verdict": "corrected", "was": emirates, "truth": {**emirates, "spender": "SAU"}}
    )
    assert code == 200
    row = next(row for row in first["rows"] if row["reviewed"] == "corrected")
    again = {"verdict": "corrected", "was": row["reading"], "truth": {**row["reading"], "spender": "ARE"}}
    desk.decide({"article_id": "a1", "replaces": row["decision"], **again})
    assert _shown(out, "spender", "reviewed")[1] == ("ARE", "corrected")
    (held,) = decisions.load(out)[CONTENT]
    assert held.was is not None
    assert held.was["spender"] == "IRN"


def test_review_command_prints_its_address_and_opens_it(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    opened: list[str] = []
    monkeypatch.setattr(serving.ThreadingHTTPServer, "serve_forever", interrupted)
    monkeypatch.setattr("webbrowser.open", opened.append)
    out = folder(IRAN)
    for options in ([], ["--no-browser"]):
        result = CliRunner().invoke(cli.app, ["review", str(out), *options])
        assert result.exit_code == 0
        address = result.stdout.splitlines()[0]
        assert address.startswith("http://127.0.0.1:")
        assert opened == ([address] if not options else opened)
    assert len(opened) == 1
