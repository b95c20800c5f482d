"""Each rule with what it changes and what it leaves; whole articles; and what holds for any text."""

import html
import re
import textwrap
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.cleaning import (
    RULES,
    apply,
    clean,
    compose,
    deduplicate,
    drop_boilerplate_lines,
    drop_closing,
    drop_invisible,
    drop_opening,
    is_text,
    join_wrapped_lines,
    plain_spaces,
    repair_encoding,
    split_dateline,
    tidy_lines,
)
from tasks.figures.amounts import find_amounts
from tasks.lexicon.boilerplate import Boilerplate, boilerplate
from tasks.lexicon.countries import countries
from tasks.lexicon.datelines import country_of
from tasks.lexicon.tables import rows
from tasks.records import MAX_TEXT_LENGTH, Article, Rejection

MakeArticle = Callable[..., Article]
BODY = "The cabinet adopted the budget on Friday."

CASES: dict[Callable[[str], str], tuple[list[tuple[str, str]], list[str]]] = {
    repair_encoding: (
        [
            ("It cost Â£5 million, he saidâ€”twice.", "It cost £5 million, he said—twice."),
            ("â€œWe spent â‚¬4bnâ€\x9d", "“We spent €4bn”"),
            ("defence &amp; arms: &pound;5m", "defence & arms: £5m"),
            ("It paid Â¥10\u00a0000 billion", "It paid ¥10\u00a0000 billion"),
            ("the ﬁrst ﬂeet", "the first fleet"),
            ("１６ billion", "16 billion"),
        ],
        [
            "“Quoted” and ‘quoted’ words",
            "$5 & more",
            "Zieliński – naïve café",
            "5 < 6 &c.",
            "½ of 2² m, 3‰",
            "₹6.81 lakh",
        ],
    ),
    compose: ([("cafe\u0301", "café"), ("A\u030angstrom", "Ångstrom")], ["½", "ﬁ", "²", "16\u00a0000", "…"]),
    drop_invisible: (
        [
            ("de\u00adfence", "defence"),
            ("16\u200b billion\ufeff", "16 billion"),
            ("a\r\nb\rc\u2028d\x0be\x85f", "a\nb\nc\nd\ne\nf"),
            ("\u202bleft\u202c to right\x00\x07", "left to right"),
        ],
        ["tab\tand\nline", "–—−", "16\u00a0000", "\u2009thin", "é"],
    ),
    plain_spaces: (
        [
            ("16\u00a0billion\u2009dollars", "16 billion dollars"),
            ("1\u2009000 tanks", "1\u00a0000 tanks"),
            ("€1\u202f234\u202f567.50", "€1\u00a0234\u00a0567.50"),
            ("in\u00a02018\u00a0500 tanks", "in 2018 500 tanks"),
            ("May\u00a028\u00a02024", "May 28 2024"),
        ],
        ["1 000 tanks", "16 billion", "1\u00a0000", "3.5\n4"],
    ),
    tidy_lines: (
        [("  a  b\t c \n d\n\n\n\ne ", "a b c\nd\n\ne"), ("\n\na\n", "a")],
        ["a b\nc", "a\n\nb", "1\u00a0000"],
    ),
    join_wrapped_lines: (
        [
            (
                "The ministry said on Monday that Norway would spend\nninety billion kroner on its forces.",
                "The ministry said on Monday that Norway would spend ninety billion kroner on its forces.",
            ),
            (
                "The ministry said: the mili-\ntary budget is to reach 90 billion kroner\nas a military ought to.",
                "The ministry said: the military budget is to reach 90 billion kroner as a military ought to.",
            ),
            (
                "The cabinet approved on Monday night a $40-\nbillion plan for the state-\nowned yards of the coast.",
                "The cabinet approved on Monday night a $40-billion plan for the state-owned yards of the coast.",
            ),
            (
                "The plan of the ministry for the years 2024-\n2028 was passed by parliament on Monday at\nmidnight.",
                "The plan of the ministry for the years 2024-2028 was passed by parliament on Monday at midnight.",
            ),
            (
                "Paragraphs that run to the edge of a page\nend.\n\nAnother does the same as one that\nappeared.",
                "Paragraphs that run to the edge of a page end.\n\nAnother does the same as one that appeared.",
            ),
        ],
        [
            "Army: 5 billion dollars in the year 2019\nNavy: 6 billion dollars in the year 2019\nAll: 11 billion",
            "Spending on the armed forces, by country:\n- Norway, ninety billion kroner this year\n- Sweden, as much",
            f"{BODY}\nA second paragraph stands on the line below the first.\n{BODY}",
            f"{BODY * 4}\nand this line begins in the middle of nothing.",
            "short\nlines of\nverse",
        ],
    ),
    drop_boilerplate_lines: (
        [(f"{BODY}\n\nAdvertisement\n\n{BODY}", f"{BODY}\n\n{BODY}"), (f"{BODY}\n(END)", BODY), ("© Wire 2024", "")],
        [BODY, f"{BODY}\n\nThe end of the war cost $5 billion.", "Share prices of arms makers rose."],
    ),
    drop_opening: (
        [(f"By Ann Example\n\n{BODY}", BODY), (f"ANALYSIS/OPINION:\n\nBy Ann Example\n{BODY}", BODY)],
        [BODY, f"{BODY}\n\nBy Ann Example", "By Ann Example", f"By Monday the army had spent it all.\n\n{BODY}"],
    ),
    drop_closing: (
        [
            (f"{BODY} (Reporting by A. Writer; editing by B. Sample)", BODY),
            (f"{BODY} AB/CD All content by Wire is licensed under a Creative Commons License.", BODY),
            (f"{BODY}\n\nab/cd/ef", BODY),
        ],
        [BODY, f"{BODY} (It costs $5 billion.)", "The tanks are built under licence in Poland, and/or in Korea"],
    ),
}


def test_cleaning_every_rule_has_cases() -> None:
    assert tuple(CASES) == RULES


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [(rule, *case) for rule, (positives, _) in CASES.items() for case in positives],
)
def test_cleaning_rule_changes(rule: Callable[[str], str], before: str, after: str) -> None:
    assert rule(before) == after


@pytest.mark.parametrize(
    ("rule", "text"), [(rule, text) for rule, (_, negatives) in CASES.items() for text in negatives]
)
def test_cleaning_rule_leaves(rule: Callable[[str], str], text: str) -> None:
    assert rule(text) == text


@pytest.mark.parametrize("row", boilerplate(), ids=lambda row: row.name)
def test_cleaning_boilerplate_row_proves_itself(row: Boilerplate) -> None:
    def placed(words: str) -> str:
        return {
            "line": f"{BODY}\n\n{words}\n\n{BODY}",
            "long": f"{BODY}\n\n{words}\n\n{BODY}",
            "opening": f"{words}\n\n{BODY}",
            "closing": f"{BODY} {words}",
        }[row.place]

    rest = {"line": f"{BODY}\n\n{BODY}", "long": f"{BODY}\n\n{BODY}", "opening": BODY, "closing": BODY}[row.place]
    assert re.search(row.pattern, row.example, re.IGNORECASE)
    assert apply(RULES, placed(row.example)) == rest
    assert apply(RULES, placed(row.counterexample)) == placed(row.counterexample)


@pytest.mark.parametrize("row", rows("datelines.csv"), ids=lambda row: row["words"])
def test_cleaning_dateline_row_proves_itself(row: dict[str, str]) -> None:
    dateline, text = split_dateline(row["example"])
    assert dateline == {"place": row["words"], "agency": f"({row['words']})", "label": None}[row["kind"]]
    assert text == (row["example"] if row["kind"] == "label" else "The cabinet met on Friday.")


@pytest.mark.parametrize(
    ("dateline", "country"),
    [
        ("SYDNEY, Aug 28 (Reuters)", "AUS"),
        ("Mumbai (PTI)", "IND"),
        ("KYIV/GENEVA", "UKR"),
        ("GENEVA/KYIV", "UKR"),
        ("NEW YORK (AP)", None),
        ("Springfield, Va.", None),
        ("Aug 29", None),
        ("", None),
    ],
)
def test_cleaning_dateline_tells_the_country(dateline: str, country: str | None) -> None:
    assert country_of(dateline) == country


def test_cleaning_countries_of_datelines_are_countries() -> None:
    named = {row["country"] for row in rows("datelines.csv")} - {""}
    assert named - {"EU"} <= countries().keys()


@pytest.mark.parametrize(
    "dateline",
    [
        "WARSAW, Aug 28 (Reuters) - ",
        "TEHRAN – ",
        "SEOUL, Aug. 31 (Hanbit) -- ",
        "ISLAMABAD: ",
        "NEW DELHI, Sept 25: ",
        "KYIV/GENEVA — ",
        "OURENSE, Spain — ",
        "NORFOLK, Va. (AP) — ",
        "ST. JOHN'S, N.L. — ",
        "UNITED NATIONS, New York -- ",
        "McALLEN, Texas — ",
        "TAIPEI(staff writer)--",
        "LAS VEGAS— ",
        "SANTIAGO.— ",
        "April 5 (Meridian) - ",
        "Aug 29 - ",
        "(Reuters) - ",
        "(CNN) ",
        "Washington (CNN) -- ",
        "Abu Dhabi: ",
        "Bern. ",
        "BAKU/YEREVAN. ",
        "• OSLO — ",
        "STOCKHOLM, 28 April — ",
        "MOSCOW. August 19. INTERFAX - ",
        "Taipei, Nov. 27 (CNA) ",
    ],
)
def test_cleaning_dateline_is_split_off(dateline: str) -> None:
    for sentence in (
        BODY,
        "“We will spend more,” he said.",
        "$5 billion goes to the army.",
        "4,000 soldiers left on Friday.",
    ):
        found, text = split_dateline(dateline + sentence)
        assert text == sentence
        assert found
        assert found in dateline


@pytest.mark.parametrize(
    "text",
    [
        "TRUMP: We spent $50 billion on our military this year.",
        "STAFF: All right, we'll get going with the budget.",
        "PUTIN APPROACHING MEDIA, REPORTER ASKING: What do you think?",
        "AMERICA — which spends $700bn a year — is angry about this.",
        "BREAKING — Warsaw doubles its defence budget to $50 billion.",
        "NATO — The alliance wants 5 percent of GDP by 2035.",
        "MIG-29 fighters were sold to the air force for $2 billion.",
        "US - The army spent 5 billion dollars in March.",
        "AT LAST. After years of dithering the army gets its tanks.",
        "The NATO summit: Five things to know about the new target.",
        "Angela Merkel (pictured) – The chancellor who left an army.",
        "Sir, – Your correspondent says that we spend 2 percent.",
        "Paris spent $50 billion on its army. LONDON — The same.",
        "OSLO — short",
    ],
)
def test_cleaning_what_only_looks_like_a_dateline_stays(text: str) -> None:
    assert split_dateline(text) == (None, text)


def test_cleaning_dateline_may_stand_under_a_byline(make_article: MakeArticle) -> None:
    text = f"Ann Example and Bo Sample\n\nThe Delta Gazette\n\nLISBON — {BODY}"
    assert split_dateline(text) == ("LISBON", f"Ann Example and Bo Sample\n\nThe Delta Gazette\n\n{BODY}")
    below = f"{BODY}\n\nLISBON — {BODY}"
    assert split_dateline(below) == (None, below)


def test_cleaning_whole_article(make_article: MakeArticle) -> None:
    raw = (
        "\ufeffArmy\u00a0gets more \r\n\r\nBy Ann Example\r\n\r\nADVERTISEMENT\r\n\r\n"
        "OSLO, Oct 6 (Fjord) - Norway\u2019s army gets 1\u2009000\u00a0million kroner, itâ€™s said.\r\n"
        "\r\n\r\n\r\n  “Enough,” he said.\t \r\n\r\nRead more: Norway spends $5 billion\r\n\r\n© Fjord 2023"
    )
    article = clean(make_article(text=raw, title=" Army gets\u00a0more ", author="Ann\nExample", source=" "))
    assert isinstance(article, Article)
    assert article.text == "Norway’s army gets 1\u00a0000 million kroner, it’s said.\n\n“Enough,” he said."
    assert (article.dateline, article.title, article.author, article.source) == (
        "OSLO, Oct 6 (Fjord)",
        "Army gets more",
        "Ann Example",
        None,
    )


@pytest.mark.parametrize(
    "text", ["", "x", " \n\t ", "\u200b\u200b", "Too short a line", "123 456 789 123 456 789", "© 2024"]
)
def test_cleaning_nothing_left_is_no_text(make_article: MakeArticle, text: str) -> None:
    row = clean(make_article(text=text))
    assert isinstance(row, Rejection)
    assert (row.stage, row.reason, row.origin) == ("clean", "no_text", "a1.txt")


@pytest.mark.parametrize("text", ["It cost $5.", "A text that is as long as a sentence"])
def test_cleaning_short_text_may_be_an_article(make_article: MakeArticle, text: str) -> None:
    assert is_text(text)
    assert isinstance(clean(make_article(text=text)), Article)


def test_cleaning_text_beyond_the_limit_is_too_long(make_article: MakeArticle) -> None:
    text = ("Words of it. " * (MAX_TEXT_LENGTH // 13 + 1))[:MAX_TEXT_LENGTH]
    assert isinstance(clean(make_article(text=text)), Article)
    row = clean(make_article(text=text + "x"))
    assert isinstance(row, Rejection)
    assert row.reason == "too_long"
    assert "1,000,001" in row.detail


def test_cleaning_deduplicate_keeps_the_first(make_article: MakeArticle) -> None:
    seen = {"old"}
    articles = [make_article(name, origin=f"{at}.txt") for at, name in enumerate(["a", "old", "b", "a"])]
    kept, rejections = deduplicate(articles, seen)
    assert [article.origin for article in kept] == ["0.txt", "2.txt"]
    assert [(row.origin, row.reason, row.stage) for row in rejections] == [
        ("1.txt", "duplicate_record", "clean"),
        ("3.txt", "duplicate_record", "clean"),
    ]
    assert seen == {"old", "a", "b"}


PIECES = st.sampled_from(
    [
        *(row.example for row in boilerplate()),
        *(row.counterexample for row in boilerplate()),
        *(row["example"] for row in rows("datelines.csv")),
        *(
            "\n",
            "\n\n",
            " ",
            "\u00a0",
            "\u200b",
            "\r\n",
            "â€™",
            "&amp;",
            "“",
            "”",
            " - ",
            "—",
            ": ",
            "(AP)",
            "OSLO",
            "ﬁ",
        ),
        *("1\u2009000", "$5 billion", "16", "2.1%", "Iran spent sixteen billion dollars.", "<b>", "&lt;", "\ud83d"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join))


@settings(deadline=None)
@given(TEXTS)
def test_cleaning_is_idempotent_and_never_raises(text: str) -> None:
    article = Article(article_id="a", origin="a.txt", raw_sha256="0", text=text)
    once = clean(article)
    if isinstance(once, Article):
        assert clean(once) == once
        assert once.text == once.text.strip()
        assert "\r" not in once.text
        assert "\n\n\n" not in once.text


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["ships", "spends", "a", "of", "billion", "on", "twenty-two", "state-owned"]),
            min_size=30,
            max_size=60,
        ),
        min_size=1,
        max_size=3,
    ),
    st.integers(50, 100),
)
def test_cleaning_joins_what_was_wrapped_at_any_width(paragraphs: list[list[str]], width: int) -> None:
    whole = [" ".join(words) for words in paragraphs]
    wrapped = "\n\n".join(textwrap.fill(paragraph, width) for paragraph in whole)
    assert join_wrapped_lines(wrapped) == "\n\n".join(whole)


SENTENCES = st.builds(
    "{} {}{}{} {} for the {}{}".format,
    st.sampled_from(
        [
            "Norway spends",
            "Last year, Iran spent",
            "By 2030 it will cost",
            "Share",
            "Read more about",
            "Updated plans ask",
        ]
    ),
    st.sampled_from(["$", "€", "£", "₹", "A$", ""]),
    st.integers(1, 999),
    st.sampled_from(["", ".5", ",000", "\u00a0000", "\u202f500", "½"]),
    st.sampled_from(["billion", "bn", "million dollars", "per cent", "crore", "%"]),
    st.sampled_from(["army", "navy’s ships", "“air force”"]),
    st.sampled_from([".", ".\n", ".\n\n", ".\u00a0", "?\r\n"]),
)


@settings(deadline=None)
@given(st.lists(SENTENCES, min_size=1, max_size=6))
def test_cleaning_loses_no_amount(sentences: list[str]) -> None:
    text = "".join(sentences)
    article = clean(Article(article_id="a", origin="a.txt", raw_sha256="0", text=text))
    assert isinstance(article, Article)
    assert re.findall(r"[\d.½]+", re.sub(r"\s", " ", article.text)) == re.findall(r"[\d.½]+", re.sub(r"\s", " ", text))
    assert [sign for sign in article.text if sign in "$€£₹%“”’"] == [sign for sign in text if sign in "$€£₹%“”’"]


AMOUNTS = st.builds(
    "{}{} {}".format,
    st.sampled_from(["$", "€", "£", "₹", "A$", "US$", "Rs ", "¥", ""]),
    st.one_of(
        st.integers(1, 999).map(str),
        st.integers(1000, 9_999_999).map("{:,}".format),
        st.integers(1, 99_999).map(lambda hundredths: f"{hundredths / 100:.2f}"),
        st.sampled_from(["two and a half", "twenty-two", "1½", "5-6", "5 to 6", "10\u00a0000"]),
    ),
    st.sampled_from(["billion", "million dollars", "bn euros", "crore rupees", "per cent", "% of GDP", "trillion won"]),
)
TELLING = st.tuples(
    st.sampled_from(
        ["The army of Norway spent", "Last year the navy cost", "For ships the ministry, he said, asks for"]
    ),
    AMOUNTS,
    st.sampled_from(
        ["on frigates.", "— a record — in 2023.", "for its forces; nobody knows why.", "by 2030, officials said."]
    ),
).map(" ".join)

PROSE = (  # as long as it takes to see that lines were broken by a machine
    "It was the third time this spring that the ministry came to the members with papers which nobody had been shown "
    "before, and as on the other days the members of both parties went home without having said when they would vote."
)


def _misread(text: str) -> str:
    return "".join(_as_cp1252(sign) if sign in "€£₹¥—½" else sign for sign in text)


def _as_cp1252(sign: str) -> str:
    return sign.encode().decode("cp1252", "replace") if b"\x9d" not in sign.encode() else sign


DAMAGES: dict[str, Callable[[str], str]] = {
    "mojibake": _misread,
    "entities": lambda text: html.escape(text).replace("€", "&euro;").replace("£", "&pound;").replace("—", "&mdash;"),
    "typographic spaces": lambda text: text.replace(" ", "\u00a0"),
    "thin spaces": lambda text: re.sub(r"(?<=\d) (?=[\d%])|(?<=\d) (?=[bm])", "\u202f", text),
    "soft hyphens": lambda text: text.replace("llion", "l\u00adlion").replace("frig", "fri\u00adg"),
    "zero width": lambda text: re.sub(r"(?<=\d)(?=\d)", "\u200b", text),
    "directions": lambda text: f"\u202b{text}\u202c",
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "more spaces": lambda text: text.replace(" ", "  ").replace("\n", " \n\n\n "),
    "furniture": lambda text: (
        f"OSLO, May 5 (Reuters) - {text}\n\nShare Tweet Email\n\n14:05 BST\n\nWe use cookies here."
    ),
    "wrapped": lambda text: "\n\n".join(
        textwrap.fill(each, 60, break_long_words=False) for each in f"{text}\n\n{PROSE}".split("\n\n")
    ),
}


def _told(text: str) -> list[tuple[object, ...]]:
    return [(one.low, one.high, one.unit, one.other_units, one.qualifier) for one in find_amounts(text)]


@pytest.mark.parametrize("damage", DAMAGES)
@settings(deadline=None, max_examples=20)
@given(st.lists(TELLING, min_size=2, max_size=5))
def test_cleaning_gives_every_amount_its_value_and_currency_back(damage: str, sentences: list[str]) -> None:
    text = "\n\n".join(sentences)
    plain, damaged = (
        clean(Article(article_id="a", origin="a.txt", raw_sha256="0", text=each))
        for each in (text, DAMAGES[damage](text))
    )
    assert isinstance(plain, Article)
    assert isinstance(damaged, Article)
    assert _told(plain.text) == _told(text)
    assert _told(damaged.text) == _told(text)
    assert re.findall(r"\d", damaged.text) == re.findall(r"\d", text)


@pytest.mark.parametrize(
    "piece", ["A", "A ", "A/", "(", "Aa ", "- ", "© ", "contributed ", "Share ", "x. ", "by By ", "1\u00a0", "&", "â"]
)
def test_cleaning_takes_no_longer_than_the_text_is_long(make_article: MakeArticle, piece: str) -> None:
    started = time.process_time()
    clean(make_article(text=piece * (200_000 // len(piece))))
    assert time.process_time() - started < 5
