import re
from collections.abc import Sequence
from decimal import Decimal

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc

from tasks.figures.quotations import find_quotations
from tasks.figures.spans import Amount, Context, Party, Speaker
from tasks.figures.speakers import Telling, choose_speaker, find_speakers

NLP = spacy.blank("en")
NLP.add_pipe("sentencizer", config={"punct_chars": [".", "!", "?", "\n"]})
CODES = {"Iran": "IRN", "Iranian": "IRN", "Tehran": "IRN", "Turkey": "TUR", "Turkish": "TUR", "Ankara": "TUR"}
CODES |= {"Kenya": "KEN", "Kenyan": "KEN", "Nairobi": "KEN", "NATO": "NATO", "Poland": "POL", "US": "USA"}
AMOUNT = re.compile(r"\$\d+ billion|\d+ percent")


def read(text: str, people: Sequence[str] = (), bodies: Sequence[str] = ()) -> Doc:
    """A Doc whose entities are the given names, wherever they stand."""
    doc = NLP(text)
    spans = [
        doc.char_span(match.start(), match.end(), label=label)
        for label, names in (("PERSON", people), ("ORG", bodies))
        for name in names
        for match in re.finditer(re.escape(name), text)
    ]
    doc.set_ents(spacy.util.filter_spans([span for span in spans if span is not None]))
    return doc


def parties_of(text: str) -> list[Party]:
    found = re.finditer(rf"(?<!\w)(?:{'|'.join(sorted(CODES, key=len, reverse=True))})(?!\w)", text)
    return [Party(match.start(), match.end(), CODES[match.group()], "name") for match in found]


def speakers_of(doc: Doc, context: Context | None = None) -> dict[str, Speaker]:
    """Speakers by the words in the text; of equal words the last."""
    found = find_speakers(doc, parties_of(doc.text), context)
    return {doc.text[speaker.start : speaker.end]: speaker for speaker in found}


def said_by(text: str, nth: int = 0, people: Sequence[str] = (), bodies: Sequence[str] = ()) -> str | None:
    doc = read(text, people, bodies)
    start, end = list(AMOUNT.finditer(text))[nth].span()
    amount = Amount(start, end, Decimal(5), Decimal(5), Decimal(5), "USD", "exact")
    speaker = choose_speaker(amount, Telling(doc, find_speakers(doc, parties_of(text)), find_quotations(text)))
    return speaker.name if speaker else None


COUNTRIES = [
    ("Turkish Defence Minister Emre Kaya said so.", "Emre Kaya", "TUR"),
    ("Emre Kaya, the Turkish defence minister, said so in Nairobi.", "Emre Kaya", "TUR"),
    ("Kenya's prime minister, Joy Otieno, said so.", "Joy Otieno", "KEN"),
    ("Kenya's Joy Otieno said so.", "Joy Otieno", "KEN"),
    ("Rep. Dale Marsh said so.", "Dale Marsh", "USA"),
    ("Dale Marsh (R-Texas) said so.", "Dale Marsh", "USA"),
    ("Emre Kaya, an analyst in Ankara, said so.", "Emre Kaya", None),
    ("Turkish economist Emre Kaya said so.", "Emre Kaya", None),
    ("NATO Secretary General Lena Berg said so.", "Lena Berg", None),
    ("A former Kenyan official, Joy Otieno, said so.", "Joy Otieno", "KEN"),
    ("Retired official Joy Otieno said so in Kenya.", "Joy Otieno", None),
    ("Former minister Joy Otieno said so in Kenya.", "Joy Otieno", "KEN"),
    ("Joy Otieno, who heads the opposition party in Kenya, said so.", "Joy Otieno", "KEN"),
    ("Joy Otieno said so in Kenya.", "Joy Otieno", None),
]


@pytest.mark.parametrize(("text", "name", "country"), COUNTRIES)
def test_speakers_people_speak_for_the_country_of_their_office(text: str, name: str, country: str | None) -> None:
    assert speakers_of(read(text, [name]))[name] == Speaker(
        text.index(name), text.index(name) + len(name), name, country
    )


def test_speakers_carry_the_fullest_name_of_the_article() -> None:
    doc = read("Iranian Minister Ali Rezaei left. Rezaei said so, and Mr Rezaei stayed.", ["Ali Rezaei"])
    found = speakers_of(doc)
    assert (found["Rezaei"].name, found["Rezaei"].country) == ("Ali Rezaei", "IRN")


def test_speakers_are_found_where_the_model_sees_no_name() -> None:
    found = speakers_of(read("Ali Al-Rezaei said so. Lena van der Berg, the Polish economist, wrote it. Marsh: yes."))
    assert {"Ali Al-Rezaei", "Lena van der Berg"} <= set(found)


def test_speakers_pronouns_point_back_to_who_spoke() -> None:
    text = "Turkish Minister Emre Kaya said so after talks with Lena Berg. He added more. It is late."
    found = speakers_of(read(text, ["Emre Kaya", "Lena Berg"]))
    assert (found["He"].name, found["He"].country) == ("Emre Kaya", "TUR")


def test_speakers_pronouns_keep_the_gender_that_they_had() -> None:
    text = "Emre Kaya said so. He left. Turkish Minister Ayla Demir stood there and Kaya said no. She said more."
    found = speakers_of(read(text, ["Emre Kaya", "Ayla Demir"]))
    assert found["She"].name == "Ayla Demir"


def test_speakers_an_office_without_a_country_has_the_articles() -> None:
    text = "Kenya raised its budget. A government official said so. Turkey did not."
    assert speakers_of(read(text))["A government official"].country == "KEN"
    elsewhere = Context(title="Polish budget grows", publisher_country="POL")
    assert speakers_of(read("A government official said so."), elsewhere)["A government official"].country == "POL"


def test_speakers_an_office_that_a_person_was_given_carries_the_persons_name() -> None:
    text = "Turkish General Emre Kaya spoke in Kenya. The general added more."
    assert speakers_of(read(text, ["Emre Kaya"]))["The general"].name == "Emre Kaya"


def test_speakers_an_office_in_apposition_to_a_name_is_no_other_speaker() -> None:
    text = "Kenya's information minister, Joy Otieno, said so. The budget doubled, the minister said, Otieno said."
    found = speakers_of(read(text, ["Joy Otieno"]))
    assert "Kenya's information minister" not in found
    assert "the minister" in found


def test_speakers_an_office_in_capitals_carries_the_persons_name() -> None:
    text = "Kenyan Defence Minister Joy Otieno spoke. Now the plan that Defence Minister set out grows."
    found = find_speakers(read(text, ["Joy Otieno"]), parties_of(text))
    assert {speaker.name for speaker in found} == {"Joy Otieno"}


def test_speakers_the_head_of_a_state_is_its_listed_leader_if_the_article_names_one() -> None:
    text = "Donald Trump spoke in the US. The president said so."
    assert speakers_of(read(text, ["Donald Trump"]))["The president"].name == "Donald Trump"
    text = "Donald Trump and Barack Obama spoke in the US. The president said so."
    assert speakers_of(read(text, ["Donald Trump", "Barack Obama"]))["The president"].name == "president"


def test_speakers_a_family_name_that_stands_first_carries_the_fullest_name() -> None:
    found = speakers_of(read("Tan Kefei spoke. Tan said so.", ["Tan Kefei", "Tan"]))
    assert found["Tan"].name == "Tan Kefei"


def test_speakers_documents_carry_their_authors() -> None:
    found = speakers_of(read("A report by SIPRI said so. The report said more. A leaked memo said less."))
    assert (found["A report"].name, found["The report"].name) == ("SIPRI", "SIPRI")
    assert found["A leaked memo"].name == "leaked memo"


def test_speakers_leave_out_what_does_nothing() -> None:
    found = speakers_of(read("Military spending and government debt grew. The government said so."))
    assert "The government" in found
    assert not {"Military", "government"} & set(found)


CHOSEN = [
    ("Emre Kaya said the army got $5 billion.", "Emre Kaya"),
    ("The army got $5 billion, Emre Kaya told reporters.", "Emre Kaya"),
    ("The army got $5 billion, said Emre Kaya of the Greens.", "Emre Kaya"),
    ("The army got $5 billion, according to the finance ministry.", "finance ministry"),
    ("By NATO's own estimates Poland spends 4 percent.", "NATO"),
    ("SIPRI gives Poland 4 percent.", "SIPRI"),
    ("SIPRI, the Stockholm-based institute, estimates that Poland spent $5 billion.", "SIPRI"),
    ("Emre Kaya has promised 4 percent.", "Emre Kaya"),
    ("Emre Kaya recalled that Poland announced $5 billion.", "Emre Kaya"),
    ("Emre Kaya praised the army, adding that it got $5 billion.", "Emre Kaya"),
    ('"We spent $5 billion," Emre Kaya said.', "Emre Kaya"),
    ('Emre Kaya said: "We spent $5 billion."', "Emre Kaya"),
    ('"They mock us," crowed Emre Kaya. "We spent $5 billion."', "Emre Kaya"),
    ('"We are poor," Emre Kaya said.\n\n"We spent $5 billion.', "Emre Kaya"),
    ("EMRE KAYA: We spent $5 billion.", "EMRE KAYA"),
    ("SIPRI's list, in percent of GDP:\n\nPoland 4 percent\nTurkey 2 percent", "SIPRI"),
    ("SIPRI said outlays grew in 2024. Poland spent $5 billion.", "SIPRI"),
    ("Poland spent $5 billion.", None),
    ("Analysts said Poland spent $5 billion.", None),
    ("The ministry asked for $5 billion.", None),
    ("Parliament approved $5 billion.", None),
    ("Poland plans to spend $5 billion.", None),
    ("Emre Kaya said nothing. Poland spent $5 billion.", None),
    ("The army got $5 billion after Emre Kaya warned of a shortage.", None),
    ("The army got $5 billion, after Emre Kaya warned of a shortage.", None),
]


@pytest.mark.parametrize(("text", "name"), CHOSEN)
def test_speakers_the_number_goes_to_who_says_it(text: str, name: str | None) -> None:
    assert said_by(text, people=["Emre Kaya"]) == name


def test_speakers_a_list_and_a_transcript_keep_their_source() -> None:
    lines = "SIPRI's list:\n\nPoland 4 percent\nTurkey 2 percent"
    assert said_by(lines, 1) == "SIPRI"
    talk = "Emre Kaya answers.\n\nQ: How much?\n\nA: It was $5 billion.\n\nQ: And now?\n\nA: Now it is 4 percent."
    assert [said_by(talk, nth, ["Emre Kaya"]) for nth in (0, 1)] == ["Emre Kaya", "Emre Kaya"]


@given(st.text(alphabet="AabM \n.,:'’“”\"()-", max_size=60).map(lambda end: "Mr Marsh said the ministry " + end))
def test_speakers_of_any_text_index_it(text: str) -> None:
    doc = NLP(text)
    for speaker in find_speakers(doc, []):
        assert 0 <= speaker.start < speaker.end <= len(text)
        assert speaker.name


@pytest.mark.parametrize("text", ["", " ", "\n", "a", ":", "A:", "he"])
def test_speakers_of_next_to_nothing_are_none(text: str) -> None:
    assert find_speakers(NLP(text), []) == []
