"""Can this article hold a figure at all? Cheap, and on the safe side: an amount near a military word is enough."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from tasks.lexicon import tables
from tasks.lexicon.military import Kind, matcher
from tasks.lexicon.quantities import alternation, currencies, magnitudes, percents, words_of_kind

REACH = 300
"""Characters between an amount and a word that speaks of an army by itself."""
CLOSE = 80
"""Characters between an amount and a word that does so only beside an amount: arms, ranks."""
MONEY_REACH = 150
"""Characters between a percentage or fraction and what it may be a share of, or a change of."""
BESIDE = 40
"""Characters between a percentage and a word that speaks of an army, where no money is named."""
_BIG = 1_000_000
_LONGEST_LETTERS = 3
_LONGEST_SIGN = 8
_LONGEST_CURRENCY = 30


def is_relevant(title: str | None, text: str) -> bool:
    """Whether a figure may stand in `text`: an amount near a word of the military.

    An amount is a million and more of anything, a number of four digits and more with a currency, a percentage or a
    fraction near a word of money, or a percentage beside a word of the military. A headline that speaks of the
    military makes every such amount near enough.
    """
    text = text.replace("İ", "I")  # the one letter that is longer in lower case: places must fit both
    lower = text.lower()
    places = sorted(_amounts(text, lower))
    if not places:
        return False
    if matcher("military").search((title or "").lower()):
        return True
    return _speaks(("military",), lower, places, REACH) or _speaks(("arms",), lower, places, CLOSE)


def _amounts(text: str, lower: str) -> Iterator[int]:
    """Where amounts stand, in no order."""
    for word in _scale_words():
        yield from _places(lower, word)
    for found in _in_digits().finditer(lower):
        if found.lastgroup == "scale" or _has_currency(text, lower, found.start(), found.end()):
            yield found.start()
    for word in (*_percent_words(), *_part_words()):
        yield from (place for place in _places(lower, word) if _speaks(("money",), lower, (place,), MONEY_REACH))
    for word in _percent_words():
        yield from (place for place in _places(lower, word) if _speaks(("military",), lower, (place,), BESIDE))


def _places(lower: str, word: str) -> Iterator[int]:
    """Where a word begins, or a sign stands; endings may follow (`millions`)."""
    place = lower.find(word)
    while place >= 0:
        if not (lower[place - 1 : place].isalpha() and word[0].isalpha()):
            yield place
        place = lower.find(word, place + 1)


def _speaks(kinds: tuple[Kind, ...], lower: str, places: Sequence[int], reach: int) -> bool:
    """Whether a word of these kinds stands within reach of one of the places, which ascend."""
    search = matcher(*kinds).search
    begin = end = 0
    for place in places:
        if place - reach > end:
            if search(lower, begin, end):
                return True
            begin = place - reach
        end = place + reach
    return search(lower, max(0, begin), end) is not None


def _has_currency(text: str, lower: str, start: int, end: int) -> bool:
    before = _sign_before().search(text, max(0, start - _LONGEST_SIGN), start)
    return before is not None or _word_after().match(lower, end, end + _LONGEST_CURRENCY) is not None


@tables.renewed
@cache
def _scale_words() -> tuple[str, ...]:
    return _stems(word for word, scale in magnitudes().items() if scale.factor >= _BIG)


@tables.renewed
@cache
def _percent_words() -> tuple[str, ...]:
    return _stems(percents())


@tables.renewed
@cache
def _part_words() -> tuple[str, ...]:
    return _stems(words_of_kind("half", "part"))


def _stems(words: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    """Signs, and the words long enough to mean something without a number, less those that begin with another."""
    kept: list[str] = []
    for word in sorted(words, key=len):
        if (len(word) > _LONGEST_LETTERS or not word[0].isalpha()) and not any(word.startswith(stem) for stem in kept):
            kept.append(word)
    return tuple(kept)


@tables.renewed
@cache
def _in_digits() -> re.Pattern[str]:
    letters = alternation([word for word in (*magnitudes(), *percents()) if len(word) <= _LONGEST_LETTERS])
    return re.compile(rf"(?P<number>\d{{1,3}}(?:[,.\u00a0]\d{{2,3}})+|\d{{4,}})|(?P<scale>\d[\s-]?(?:{letters})(?!\w))")


@tables.renewed
@cache
def _sign_before() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_])(?:{alternation(list(currencies('before')))})\s?\Z")


@tables.renewed
@cache
def _word_after() -> re.Pattern[str]:
    return re.compile(rf"[\s-]?(?:{alternation(list(currencies('after')))})\b")
