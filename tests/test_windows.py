"""An article in passages: what stands in them, and where."""

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from tasks.figures import windows
from tasks.figures.spans import Amount, Context
from tasks.figures.windows import KINDS, MEASURES, Passage, Pieces, Place

DATED = Context(title="Oslo pays", source="The Harbour Times", published=dt.date(2024, 6, 15))
NOBODY: dict[str, list[Place]] = {kind: [] for kind in KINDS}
relaxed = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def amounts_of(text: str) -> list[Amount]:
    one = Decimal(1)
    return [Amount(*found.span(), one, one, one, "USD", "exact") for found in re.finditer(r"\$\d+", text)]


def passages_of(
    tokenizer: Tokenizer, text: str, context: Context = DATED, **places: list[Place]
) -> tuple[Pieces, list[Amount], list[Passage]]:
    words, head = windows.pieces(tokenizer, text), windows.pieces(tokenizer, windows.header(context).text)
    amounts = amounts_of(text)
    return words, amounts, list(windows.passages(tokenizer, words, head, amounts, {**NOBODY, **places}))


def without_marks(tokenizer: Tokenizer, ids: Sequence[int]) -> list[int]:
    marks = {tokenizer.token_to_id(windows.OPEN_MARK), tokenizer.token_to_id(windows.CLOSE_MARK)}
    return [piece for piece in ids if piece not in marks]


def test_windows_header_tells_where_its_date_and_title_stand() -> None:
    head = windows.header(DATED)
    assert head.text == "2024-06-15 | The Harbour Times | Oslo pays"
    assert head.text[slice(*head.date)] == "2024-06-15"
    assert head.text[head.title_start :] == "Oslo pays"
    empty = windows.header(Context())
    assert empty.text[slice(*empty.date)] == "undated"
    assert empty.title_start == len(empty.text)


@relaxed
@given(st.text(max_size=80), st.integers(0, 80), st.integers(1, 20))
def test_windows_cover_is_every_piece_that_overlaps(tokenizer: Tokenizer, text: str, start: int, length: int) -> None:
    words = windows.pieces(tokenizer, text)
    first, last = words.cover(start, start + length)
    overlapping = [at for at in range(len(words.ids)) if words.starts[at] < start + length and start < words.ends[at]]
    assert list(range(first, last)) == overlapping


@relaxed
@given(st.lists(st.integers(0, 700), max_size=12), st.integers(0, 700), st.booleans())
def test_windows_read_every_amount_once(tokenizer: Tokenizer, gaps: list[int], tail: int, is_dense: bool) -> None:
    text = "".join("a " * (gap // (40 if is_dense else 1)) + "$5 " for gap in gaps) + "b " * tail
    words, amounts, passages = passages_of(tokenizer, text)
    assert [mark.index for passage in passages for mark in passage.marks] == list(range(len(amounts)))
    assert all(len(passage.ids) <= windows.LENGTH for passage in passages)
    for passage in passages:
        assert [passage.ids[0], passage.ids[-1]] == [tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")]
        for mark in passage.marks:
            amount = amounts[mark.index]
            assert passage.ids[mark.opened] == tokenizer.token_to_id(windows.OPEN_MARK)
            assert passage.ids[mark.closed] == tokenizer.token_to_id(windows.CLOSE_MARK)
            assert (
                passage.ids[mark.opened + 1 : mark.closed] == words.ids[slice(*words.cover(amount.start, amount.end))]
            )


@relaxed
@given(st.lists(st.integers(0, 400), min_size=1, max_size=8), st.integers(0, 300))
def test_windows_give_an_amount_its_surroundings(tokenizer: Tokenizer, gaps: list[int], tail: int) -> None:
    text = "".join("a " * gap + "$5 " for gap in gaps) + "b " * tail
    words, amounts, passages = passages_of(tokenizer, text)
    for passage in passages:
        for place, mark in enumerate(passage.marks):
            first, last = words.cover(amounts[mark.index].start, amounts[mark.index].end)
            before = without_marks(tokenizer, passage.ids[passage.body : mark.opened])
            after = without_marks(tokenizer, passage.ids[mark.closed : -1])
            assert len(before) >= min(windows.BEFORE, first)
            assert place == 0 or len(after) >= min(windows.AFTER, len(words.ids) - last)


@pytest.mark.parametrize("text", ["", "No money stands here, for pages. " * 60])
def test_windows_of_no_amount_are_none(tokenizer: Tokenizer, text: str) -> None:
    assert passages_of(tokenizer, text)[2] == []


def test_windows_hold_an_amount_of_any_length(tokenizer: Tokenizer) -> None:
    _, _, [passage] = passages_of(tokenizer, "They spent " + "$" + "1" * 90 + " and more. " + "c " * 500)
    assert len(passage.ids) <= windows.LENGTH
    assert passage.marks[0].closed - passage.marks[0].opened - 1 == windows.LONGEST_AMOUNT


def test_windows_hold_a_text_that_is_all_amounts(tokenizer: Tokenizer) -> None:
    _, amounts, passages = passages_of(tokenizer, "$5 " * 900)
    assert [mark.index for passage in passages for mark in passage.marks] == list(range(len(amounts)))
    assert max(len(passage.ids) for passage in passages) <= windows.LENGTH


@relaxed
@given(st.lists(st.sampled_from(["$5", "Oslo", "and", "Kyiv", "x"]), max_size=160))
def test_windows_place_candidates_on_their_pieces(tokenizer: Tokenizer, chosen: list[str]) -> None:
    text = " ".join(chosen)
    places = [Place(*found.span()) for found in re.finditer("Oslo|Kyiv", text)]
    words, _, passages = passages_of(tokenizer, text, party=places)
    for passage in passages:
        for candidate in passage.candidates["party"]:
            place = places[candidate.index]
            own = passage.ids[candidate.first : candidate.last]
            assert without_marks(tokenizer, own) == own == words.ids[slice(*words.cover(place.start, place.end))]
            assert candidate.first >= passage.body


def test_windows_place_candidates_of_the_headline(tokenizer: Tokenizer) -> None:
    head = windows.header(DATED)
    oslo = Place(head.title_start, head.title_start + 4, True)
    date = Place(*head.date, True)
    _, _, [passage] = passages_of(tokenizer, "It spent $5 there.", party=[oslo], period=[date])
    [found], [dated] = passage.candidates["party"], passage.candidates["period"]
    assert "".join(tokenizer.id_to_token(piece)[-1] for piece in passage.ids[found.first : found.last]) == "oslo"
    assert "".join(tokenizer.id_to_token(piece)[-1] for piece in passage.ids[dated.first : dated.last]) == "2024-06-15"
    assert passage.distances("party").tolist() == passage.betweens("party").tolist() == [[0]]


def test_windows_leave_out_candidates_that_stand_elsewhere(tokenizer: Tokenizer) -> None:
    long_title = Context(title="a very long headline " * 9 + "Oslo", published=dt.date(2024, 6, 15))
    head = windows.header(long_title)
    cut_off = Place(len(head.text) - 4, len(head.text), True)
    text = "Oslo " + "a " * 300 + "spent $5 in Oslo " + "a " * 300 + "Oslo"
    places = [Place(*found.span()) for found in re.finditer("Oslo", text)]
    _, _, [passage] = passages_of(tokenizer, text, long_title, party=[*places, cut_off])
    assert [candidate.index for candidate in passage.candidates["party"]] == [1]
    assert passage.body == windows.HEADER_LENGTH + 2


def test_windows_keep_of_a_headline_what_the_header_holds(tokenizer: Tokenizer) -> None:
    context = Context(title="a very long headline " * 9)
    title = Place(windows.header(context).title_start, len(windows.header(context).text), True)
    _, _, [passage] = passages_of(tokenizer, "It spent $5 there.", context, period=[title])
    [candidate] = passage.candidates["period"]
    assert (candidate.index, candidate.last) == (0, 1 + windows.HEADER_LENGTH)


def test_windows_tell_distance_and_amounts_between(tokenizer: Tokenizer) -> None:
    text = "Oslo $1 then $2 then $3 then $4 then $5 Kyiv"
    places = [Place(*found.span()) for found in re.finditer("Oslo|Kyiv", text)]
    _, _, [passage] = passages_of(tokenizer, text, party=places)
    assert passage.betweens("party").tolist() == [[4, 7], [3, 7], [2, 6], [1, 5], [1, 4]]
    distances = passage.distances("party")
    assert all(before < 8 < after for before, after in distances.tolist())
    assert [int(one) for one in distances[:, 0]] == sorted((int(one) for one in distances[:, 0]), reverse=True)
    assert distances.min() > 0
    assert distances.max() < windows.DISTANCES
    assert passage.betweens("party").max() < windows.BETWEENS


def test_windows_average_the_pieces_of_candidates_and_amounts(tokenizer: Tokenizer) -> None:
    _, _, [passage] = passages_of(tokenizer, "Oslo spent $5.", party=[Place(0, 4)])
    [means] = passage.means("party")
    assert np.flatnonzero(means).tolist() == list(range(passage.body, passage.body + 4))
    assert means.sum() == pytest.approx(1)
    [amount] = passage.amount_means()
    assert np.flatnonzero(amount).tolist() == list(range(passage.marks[0].opened, passage.marks[0].closed))
    assert passage.means("speaker").tolist() == [[0.0] * len(passage.ids)]


@pytest.mark.parametrize(
    ("unit", "allowed"),
    [
        ("USD", {None, "expenditure", "component", "change", "per_capita", "arms_deal", "aid"}),
        ("PCT", {None, "change", "share_of_gdp", "share_of_budget", "share_of_world"}),
    ],
)
def test_windows_allow_the_measures_of_a_unit(unit: str, allowed: set[str | None]) -> None:
    amount = Amount(0, 1, Decimal(1), Decimal(1), Decimal(1), unit, "exact")
    assert set(itertools.compress(MEASURES, windows.allowed_measures(amount))) == allowed


def test_windows_want_a_tokenizer_with_marks() -> None:
    plain = Tokenizer(models.WordLevel({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2}, unk_token="[UNK]"))
    with pytest.raises(ValueError, match=re.escape(windows.OPEN_MARK)):
        passages_of(plain, "$5")


def test_windows_of_many_amounts_are_few(tokenizer: Tokenizer) -> None:
    _, _, passages = passages_of(tokenizer, "$5 " * 900)
    assert len(passages) < 900 / 15
    assert all(windows.LENGTH - 6 < len(passage.ids) <= windows.LENGTH for passage in passages[:-1])
