"""Copies as papers make them are found, other stories are not: measured on annotated articles and copies of them."""

import datetime as dt
import itertools
import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.duplicates import links, sign

GOLD = sorted((Path(__file__).parent / "evaluation").glob("*.jsonl"))
SENTENCE_END = re.compile(r"(?<=[.!?”])\s+(?=[A-Z“$\d])")
RECALL, PRECISION = 0.95, 0.99
SHORTEST = 400
"""Characters of an article that a paper could still cut."""
HOUSE_STYLES = [
    ("billion", "bn"), ("million", "mn"), ("percent", "per cent"), ("per cent", "percent"), ("%", " percent"),
    ("$", "US$"), ("defence", "defense"), ("said", "told reporters"), ("last year", "in the year before"),
    ("“", '"'), ("”", '"'), ("’", "'"), ("—", " - "), ("Mr. ", ""), ("United States", "U.S."),
]  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """A text, the stories that it is made of, and how it was made."""

    text: str
    stories: frozenset[int]
    made: str


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in SENTENCE_END.split(text.replace("\n\n", " ")) if sentence]


def _whole(text: str, _other: str, _dice: random.Random) -> str:
    return text


def _cut(text: str, _other: str, dice: random.Random) -> str:
    sentences = _sentences(text)
    return " ".join(sentences[: max(3, round(len(sentences) * dice.uniform(0.4, 0.8)))])


def _shortened(text: str, _other: str, dice: random.Random) -> str:
    sentences = _sentences(text)
    size = max(1, round(len(sentences) * dice.uniform(0.5, 0.8)))
    kept = sorted(dice.sample(range(len(sentences)), size))
    return " ".join(sentences[at] for at in kept)


def _reordered(text: str, _other: str, dice: random.Random) -> str:
    sentences = _sentences(text)
    first, rest = sentences[:1], sentences[1:]
    dice.shuffle(rest)
    return "\n\n".join([*rest, *first])


def _another_lead(text: str, other: str, _dice: random.Random) -> str:
    return " ".join([_sentences(other)[0], *_sentences(text)[1:]])


def _another_ending(text: str, other: str, dice: random.Random) -> str:
    sentences = _sentences(text)
    end = max(1, round(len(sentences) * dice.uniform(0.15, 0.35)))
    size = sum(map(len, sentences[-end:]))
    return " ".join([*sentences[:-end], other[-size:]])


def _in_house_style(text: str, _other: str, dice: random.Random) -> str:
    for before, after in dice.sample(HOUSE_STYLES, 6):
        text = text.replace(before, after)
    return f"By Our Correspondent\n\nOSLO: {text}\n\nCopyright of the Delta Gazette"


def _cut_with_another_lead(text: str, other: str, dice: random.Random) -> str:
    return _another_lead(_in_house_style(_cut(text, other, dice), other, dice), other, dice)


WAYS: dict[str, Callable[[str, str, random.Random], str]] = {
    "retitled": _whole,
    "cut": _cut,
    "shortened": _shortened,
    "reordered": _reordered,
    "another lead": _another_lead,
    "another ending": _another_ending,
    "house style": _in_house_style,
    "cut with another lead": _cut_with_another_lead,
}


def _stories() -> list[str]:
    articles = [json.loads(line)["text"] for path in GOLD for line in path.read_text("utf-8").splitlines()]
    return [text for text in articles if len(text) >= SHORTEST]


def copies(seed: int) -> list[Copy]:
    """All stories, two copies of every third one, and one article in twenty made of two stories.

    What a copy has of its own, its lead or its ending, is from stories that are not among them.
    """
    dice = random.Random(seed)
    stories = _stories()
    own_words, stories = stories[::5], [text for at, text in enumerate(stories) if at % 5]
    made = [Copy(text, frozenset({at}), "original") for at, text in enumerate(stories)]
    for at, text in enumerate(stories):
        if at % 3 == 0:
            ways = dice.sample(list(WAYS), 2)
            made += [Copy(WAYS[way](text, dice.choice(own_words), dice), frozenset({at}), way) for way in ways]
        if at % 20 == 1:
            other = (at + 2) % len(stories)  # not one of those that are copied by themselves
            made.append(Copy(f"{text}\n\n{stories[other]}", frozenset({at, other}), "merged"))
    return made


def _linked(made: list[Copy]) -> dict[int, int]:
    """Each copy was published the day after the one before."""
    signatures = sign([copy.text for copy in made])
    first = dt.date(2000, 1, 1)
    found = links((f"{at}", first + dt.timedelta(at), signature) for at, signature in enumerate(signatures))
    return {int(later): int(earlier) for later, earlier in found.items()}


@pytest.mark.parametrize("seed", range(3))
def test_duplicates_copies_are_found_and_nothing_else(seed: int) -> None:
    made = copies(seed)
    found = _linked(made)
    right = {later for later, earlier in found.items() if made[later].stories & made[earlier].stories}
    wanted = [at for at, copy in enumerate(made) if copy.made != "original"]
    recall, precision = len(right) / len(wanted), len(right) / len(found)
    missed = [made[at].made for at in wanted if at not in right]
    wrong = [(made[later].text[:80], made[earlier].text[:80]) for later, earlier in found.items() if later not in right]
    print(f"{len(made)} articles, {len(wanted)} copies: recall {recall:.4f}, precision {precision:.4f}")  # noqa: T201 - for `-s`
    assert len(wanted) > 500
    assert recall >= RECALL, missed
    assert precision >= PRECISION, wrong


STORY = (
    "The cabinet of Atlantis adopted a budget on Friday that gives the navy nine billion crowns, a third more than it "
    "has now. Ministers called the sum a beginning. Opponents in the harbour towns, where most sailors live, called it "
    "an insult to fishermen. Two frigates, long promised, are to be laid down before winter comes to the islands."
)
OTHER = (
    "Rain fell on the plains of Ruritania for the eleventh day, and the river rose over the bridges that the engineers "
    "of the old king had built. Soldiers filled sandbags by hand. Nobody was hurt, said the mayor, who had not slept; "
    "schools stay closed until the water is gone and the mud has been carried out of the cellars by volunteers."
)
MAY = dt.date(2020, 5, 1)
Told = tuple[str, dt.date | None, str]


def _links(*told: Told) -> dict[str, str]:
    found = [links(zip(*_columns(order), strict=True)) for order in itertools.permutations(told)]
    assert all(each == found[0] for each in found), "it depends on the order of reading"
    return found[0]


def _columns(told: tuple[Told, ...]) -> tuple[list[str], list[dt.date | None], list[bytes]]:
    return [name for name, _, _ in told], [day for _, day, _ in told], sign([text for _, _, text in told])


def test_duplicates_all_copies_point_to_the_earliest() -> None:
    later = [MAY + dt.timedelta(days) for days in (1, 2)]
    assert _links(("a", later[0], STORY), ("b", MAY, STORY), ("c", later[1], STORY)) == {"a": "b", "c": "b"}


def test_duplicates_of_one_day_the_longer_is_the_first_and_without_a_date_the_last() -> None:
    cut = STORY[: len(STORY) * 2 // 3]
    assert _links(("a", MAY, cut), ("b", MAY, STORY)) == {"a": "b"}
    assert _links(("a", None, STORY), ("b", MAY, cut)) == {"a": "b"}
    assert _links(("a", MAY, STORY), ("b", MAY, STORY)) == {"b": "a"}


def test_duplicates_an_article_of_two_stories_does_not_make_one_of_both() -> None:
    day = dt.timedelta(1)
    merged = f"{STORY}\n\n{OTHER}"
    assert _links(("a", MAY, STORY), ("b", MAY + day, OTHER), ("m", MAY + 2 * day, merged)) == {"m": "a"}
    assert _links(("m", MAY, merged), ("a", MAY + day, STORY), ("b", MAY + 2 * day, OTHER)) == {"a": "m", "b": "m"}
    assert _links(("a", MAY, STORY), ("m", MAY + day, merged), ("b", MAY + 2 * day, OTHER)) == {"m": "a", "b": "m"}


def test_duplicates_another_story_or_a_line_is_none() -> None:
    assert _links(("a", MAY, STORY), ("b", MAY, OTHER)) == {}
    assert _links(("a", MAY, "Sign up for our letter."), ("b", MAY, "Sign up for our letter."), ("c", MAY, "")) == {}
    assert links([]) == {}
    assert sign([]) == []


def test_duplicates_marks_quotes_and_case_make_no_other_story() -> None:
    told = "“Enough,” he said — and left. " + STORY
    assert sign([told]) == sign([told.upper().replace("“", '"').replace("”", '"').replace("—", "--")])


def test_duplicates_a_crowd_of_copies_is_one_group() -> None:
    crowd = [(f"{at:03}", MAY + dt.timedelta(at), f"{STORY} {OTHER[at : at + 60]}") for at in range(200)]
    found = links(zip(*_columns(tuple(crowd)), strict=True))
    assert found == {f"{at:03}": "000" for at in range(1, 200)}


@settings(deadline=None)
@given(st.lists(st.text(), max_size=4))
def test_duplicates_take_any_text(texts: list[str]) -> None:
    signatures = sign(texts)
    assert len(signatures) == len(texts)
    assert len({len(signature) for signature in signatures}) <= 1
    links((f"{at}", None, signature) for at, signature in enumerate(signatures))


def test_duplicates_are_cheap() -> None:
    texts = [" ".join(random.Random(at).choices(STORY.split(), k=1000)) for at in range(200)]
    started = time.process_time()
    sign(texts)
    assert (time.process_time() - started) / len(texts) < 0.002
