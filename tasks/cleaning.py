"""Article -> article: what is no part of the text goes, encodings and spaces are put right; then it never changes.

``RULES`` is the order of the rewriting. What stands in the text of an amount stays, character by character, but for
the spaces inside and around it.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterable, Set

import ftfy

from tasks.lexicon.boilerplate import matcher
from tasks.lexicon.datelines import words_of
from tasks.records import MAX_TEXT_LENGTH, Article, Reason, Rejection

MIN_TEXT_LENGTH = 20
"""Characters below which a text must at least be a sentence to be an article."""

_ROUNDS = 12
_LONGEST_LINE = 600
_LONGEST_TAIL = 800
_TYPOGRAPHIC = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_FTFY = ftfy.TextFixerConfig(uncurl_quotes=False, fix_line_breaks=False, normalization=None, explain=False)

# What ftfy could repair: entities, escapes, C1 controls, ligatures, wide forms, and two characters beyond ASCII
# side by side that are not both quotation marks, dashes and the like. Looking first is ten times faster.
_MARKS = "“”‘’—–…•\u00a0"
_SUSPICIOUS = re.compile(
    rf"&#?\w+;|[\x1b\x80-\x9f\ufb00-\ufb06\uff01-\uffef\ufffd]|[^\x00-\x7f{_MARKS}][^\x00-\x7f]|[{_MARKS}][^\x00-\x7f{_MARKS}]"
)
# ftfy leaves `Â¥` alone where the line also holds a sound no-break space.
_LEFT_OVER = re.compile("Â(?=[¢£¤¥])")
_BREAK = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_BREAKS = "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_UNTIDY = ("  ", "\t", " \n", "\n ", "\n\n\n")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
_GROUPED = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:[{_TYPOGRAPHIC}]\d{{3}})+(?!\d)")
_SPACE = re.compile(rf"[{_TYPOGRAPHIC}]")
_SPACES = re.compile(r"[ \t]{2,}|\t")
_BLANK_LINES = re.compile(r"\n{3,}")
_SENTENCE = re.compile(r"[^\W_]+[^\w\n]+[^\W_].*[.!?]", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")

_NARROWEST, _WIDEST = 40, 120
"""Characters to which lines are broken in pages and mails."""
_WRAPPED_SHARE = 0.7
"""Least share of the line breaks inside paragraphs that leave no room for the next word, where lines were broken."""
_LOWER_SHARE = 0.3
"""Least share of those after which a sentence goes on in small letters: rows of a list begin with a capital."""
_ITEM = re.compile(r"(?:[-*•–—·>|]|\(?\w{1,3}[.)]) ")
_WORD = re.compile(r"[^\W_]+")
_CUT = re.compile(r"(?<![\w-])([^\W_]+)-$")

_OPENING_LINES = 4
_LONGEST_OPENING_LINE = 80
_SHORTEST_PLACE = 3
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)(?:[a-z]{2,6})?\.?"
_DATE = rf"(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?"
_UPPER = r"[^\W\d_a-z](?:[^\W\d_a-z]|[.'’-])*"
_CAPITALS = rf"(?:Mc)?{_UPPER}(?: {_UPPER}){{0,3}}(?:/ ?{_UPPER}(?: {_UPPER}){{0,3}}){{0,2}}"
_MIXED = r"[^\W\d_a-z](?:[^\W\d_]|[.'’])*(?:[ /-][^\W\d_](?:[^\W\d_]|[.'’])*){0,3}"
_REGION = rf"(?:, ?(?!{_MONTH} \d)" r"[^\W\d_a-z][^\W\d_]*(?:[.'’][^\W\d_]*)*(?: [^\W\d_a-z][^\W\d_]*[.'’]?){0,2})"
_AGENCY = r"(?:\([^()\d\n]{2,40}\)|/[A-Z]{2,10}/)"
_DASH = r" ?\.?(?:--+|[–—])(?=[ \w“\"'‘$€£])| - |(?<=\)) ?-+(?=[ \w])"
_WHEN = rf"[.,]? ?{_DATE}(?:{_REGION}|\. [A-Z]{{3,12}}(?= ?-))?"
_DATELINE = re.compile(
    rf"(?:[•*] ?)?(?P<dateline>(?P<place>{_CAPITALS}|{_MIXED})?(?P<region>{_REGION}{{0,2}})(?P<date>{_WHEN})?"
    rf"(?P<agency> ?{_AGENCY})?)(?P<end>{_DASH}|[:.](?= )|(?<=\))(?= ?[\w“\"‘'$€£])) *"
)
_SENTENCE_BEGINS = re.compile(r"[“\"‘'(\[]?[$€£]?(?:[^\W_a-z]|\d)")


def repair_encoding(text: str) -> str:
    """UTF-8 that was read as another encoding, HTML entities, ligatures and wide digits; quotation marks stay curly."""
    if not _SUSPICIOUS.search(text):
        return text
    lines = text.split("\n")
    mended = "\n".join(ftfy.fix_text(line, _FTFY) if _SUSPICIOUS.search(line) else line for line in lines)
    return _LEFT_OVER.sub("", mended)


def compose(text: str) -> str:
    """Unicode normal form C: a letter and its accent are one character."""
    return unicodedata.normalize("NFC", text)


def drop_invisible(text: str) -> str:
    """Every kind of line break becomes a line feed; control, zero-width and soft hyphen characters go."""
    if any(mark in text for mark in _BREAKS):
        text = _BREAK.sub("\n", text)
    return _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text


def plain_spaces(text: str) -> str:
    """Typographic spaces become spaces; between the digit groups of one number they become no-break spaces."""
    if not _SPACE.search(text):
        return text
    parts = []
    done = 0
    for group in _GROUPED.finditer(text):
        parts += [_SPACE.sub(" ", text[done : group.start()]), _SPACE.sub("\u00a0", group[0])]
        done = group.end()
    return "".join([*parts, _SPACE.sub(" ", text[done:])])


def tidy_lines(text: str) -> str:
    """Runs of spaces become one, none stands at either end of a line; never more than one blank line."""
    if not any(mark in text for mark in _UNTIDY):  # to look is a hundred times faster than to replace nothing
        return text.strip(" \n")
    lines = _SPACES.sub(" ", text).replace(" \n", "\n").replace("\n ", "\n")
    return _BLANK_LINES.sub("\n\n", lines).strip(" \n")


def join_wrapped_lines(text: str) -> str:
    """Where lines were broken to a width, a paragraph is one line again; a list or a table keeps its lines.

    A line is broken where the first word of the next had no room left: lines that end so, nearly all, and that are as
    short as a page or a mail has them, were broken by a machine, if sentences go on after them. A word cut in two is
    whole again if it stands whole elsewhere in the text.
    """
    lines = text.split("\n")
    width = max(map(len, lines))
    if not _NARROWEST <= width <= _WIDEST:
        return text
    breaks = [at for at in range(1, len(lines)) if lines[at - 1] and lines[at]]
    broken = {at for at in breaks if _is_broken(lines[at - 1], lines[at], width)}
    going_on = sum(lines[at][0].islower() for at in broken)
    if not broken or len(broken) < _WRAPPED_SHARE * len(breaks) or going_on < _LOWER_SHARE * len(broken):
        return text
    words = set(_WORD.findall(text.replace("\n", " ")))
    joined = lines[:1]
    for at in range(1, len(lines)):
        if at in broken:
            joined[-1] = _joined(joined[-1], lines[at], words)
        else:
            joined.append(lines[at])
    return "\n".join(joined)


def _is_broken(line: str, following: str, width: int) -> bool:
    first = following.split(" ", 1)[0]
    has_no_room = len(line) + 1 + len(first) > width or (_CUT.search(line) is not None and first[0].islower())
    return has_no_room and not _ITEM.match(following)


def _joined(line: str, following: str, words: Set[str]) -> str:
    """Two lines as one, with what a hyphen at the break stands for: a word cut in two, or a word that has one."""
    cut = _CUT.search(line)
    rest = _WORD.match(following)
    if cut is None or rest is None or rest[0][0].isupper():
        return f"{line} {following}"
    is_one_word = cut[1] + rest[0] in words
    return (line[:-1] if is_one_word else line) + following


def drop_boilerplate_lines(text: str) -> str:
    """Lines that the table of boilerplate names go, wherever they stand."""
    lines = text.split("\n")
    kept = [line for line in lines if not line or not _is_boilerplate(line)]
    return text if len(kept) == len(lines) else tidy_lines("\n".join(kept))


def _is_boilerplate(line: str) -> bool:
    return matcher("line" if len(line) <= _LONGEST_LINE else "long").fullmatch(line) is not None


def drop_opening(text: str) -> str:
    """First lines that the table of boilerplate names as openings go: a byline, a label."""
    first, _, rest = text.partition("\n")
    if not rest or len(first) > _LONGEST_LINE or not matcher("opening").fullmatch(first):
        return text
    return drop_opening(rest.lstrip("\n"))


def drop_closing(text: str) -> str:
    """What the table of boilerplate names as closings goes from the end, also behind the last sentence on its line."""
    tail = max(0, len(text) - _LONGEST_TAIL)
    found = matcher("closing").search(text, tail)
    if found is None or (found.start() == tail and tail > 0):
        return text
    return drop_closing(text[: found.start()].rstrip(" \n"))


RULES: tuple[Callable[[str], str], ...] = (
    repair_encoding,
    compose,
    drop_invisible,
    plain_spaces,
    tidy_lines,
    join_wrapped_lines,
    drop_boilerplate_lines,
    drop_opening,
    drop_closing,
)
LINE_RULES: tuple[Callable[[str], str], ...] = (repair_encoding, compose, drop_invisible, plain_spaces, tidy_lines)
"""The rules for what is no text: headline, byline, publisher."""


def clean(article: Article) -> Article | Rejection:
    """`article` with its final text (tidy, NFC, not empty) and its dateline apart; or the reason why it is none.

    The text is a part of the article alone: agency marks, licences and share lines are gone, so is a first line that
    repeats the headline. Cleaning a clean article changes nothing.
    """
    if len(article.text) > MAX_TEXT_LENGTH:
        return _rejection(article, "too_long")
    title = _line(article.title)
    dateline, text = _settled(article, title)
    if not is_text(text):
        return _rejection(article, "no_text")
    if len(text) > MAX_TEXT_LENGTH:
        return _rejection(article, "too_long")
    return dataclasses.replace(
        article, title=title, author=_line(article.author), source=_line(article.source), dateline=dateline, text=text
    )


def apply(rules: Iterable[Callable[[str], str]], text: str) -> str:
    """`text` after the rules, repeated until they change nothing: what one takes away may uncover work for another."""
    steps = tuple(rules)
    for _ in range(_ROUNDS):
        before = text
        for rule in steps:
            text = rule(text)
        if text == before:
            break
    return text


def is_text(text: str) -> bool:
    """Whether a cleaned text is more than nothing: it has letters, and is a sentence or as long as one."""
    if not _LETTER.search(text):
        return False
    return len(text) >= MIN_TEXT_LENGTH or _SENTENCE.search(text) is not None


def deduplicate(articles: Iterable[Article], seen: set[str]) -> tuple[list[Article], list[Rejection]]:
    """The articles whose id is not in `seen`, in order, and a rejection for every other; `seen` learns the new ids."""
    kept: list[Article] = []
    rejections: list[Rejection] = []
    for article in articles:
        if article.article_id in seen:
            rejections.append(_rejection(article, "duplicate_record"))
        else:
            seen.add(article.article_id)
            kept.append(article)
    return kept, rejections


def split_dateline(text: str) -> tuple[str | None, str]:
    """Place and agency that open the text, and the text without them; None and the text where that is not certain.

    A byline or the like may stand above; after the dateline a sentence must begin.
    """
    start = 0
    for line in text.split("\n", 2 * _OPENING_LINES)[: 2 * _OPENING_LINES]:
        found = _DATELINE.match(text, start)
        if found and _is_dateline(found) and _begins_sentence(text, found.end()):
            return found["dateline"].strip(), text[:start] + text[found.end() :]
        if len(line) > _LONGEST_OPENING_LINE or line.endswith((".", "!", "?")):
            break
        start += len(line) + 1
    return None, text


def _is_dateline(found: re.Match[str]) -> bool:
    place, date, end = found["place"] or "", found["date"], found["end"].strip()
    agency = (found["agency"] or "").strip(" ()/")
    is_known_agency = agency in words_of("agency")
    if not place:
        return not found["region"] and (is_known_agency or (bool(agency or date) and end not in {"", ":", "."}))
    words = place.upper()
    if words in words_of("label"):
        return False
    is_known = all(part.strip(" .") in words_of("place") for part in words.split("/"))
    is_capitals = place.removeprefix("Mc").isupper() and len(_LETTER.findall(place)) >= _SHORTEST_PLACE
    if end == "":
        return (is_known_agency and (is_capitals or is_known)) or (is_known and bool(date))
    if end == ":":
        return is_known or (is_capitals and bool(agency or date))
    if end == ".":
        return is_known and found["dateline"].strip() == place
    return is_capitals or is_known or is_known_agency


def _begins_sentence(text: str, start: int) -> bool:
    return len(text) - start >= MIN_TEXT_LENGTH and _SENTENCE_BEGINS.match(text, start) is not None


def _settled(article: Article, title: str | None) -> tuple[str | None, str]:
    """The dateline, and the text when neither the rules nor the dateline take anything more away."""
    rules = (*RULES, lambda text: _without_headline(text, title))
    dateline, text = article.dateline, apply(rules, article.text)
    if dateline is None:
        dateline, rest = split_dateline(text)
        text = apply(rules, rest) if dateline else text
    return dateline, text


def _line(words: str | None) -> str | None:
    return apply(LINE_RULES, words).replace("\n", " ").strip() or None if words else None


def _without_headline(text: str, title: str | None) -> str:
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if title and rest and first == title else text


def _rejection(article: Article, reason: Reason) -> Rejection:
    detail = {
        "no_text": f"there is no sentence in its {len(article.text):,} characters",
        "too_long": f"{len(article.text):,} characters, more than {MAX_TEXT_LENGTH:,}",
        "duplicate_record": "the same address or id with the same content came before",
    }[reason]
    return Rejection(stage="clean", origin=article.origin, reason=reason, detail=detail)
