"""Every row of the tables of countries, governments, leaders, arms makers and lookalikes proves itself here."""

import itertools

import pytest

from tasks import vocabulary
from tasks.lexicon import countries, tables
from tasks.records import SPENDERS_BEYOND_ISO


def cells(row: dict[str, str], *columns: str) -> list[str]:
    return [part for column in columns for part in row[column].split("|") if part]


@pytest.mark.parametrize("row", tables.rows("countries.csv"), ids=lambda row: row["code"])
def test_lexicon_countries_row_proves_itself(row: dict[str, str]) -> None:
    assert list(vocabulary.FAULTS["countries.csv"](row)) == []


def test_lexicon_countries_covers_iso_and_beyond() -> None:
    listed = [row["code"] for row in tables.rows("countries.csv")]
    assert len(listed) == len(set(listed)) == 249 + 3
    assert {"XKX", "SUN", "YUG"} <= set(listed)
    assert all(len(code) == 3 and code.isupper() for code in listed)


def test_lexicon_countries_surfaces_name_one_country_each() -> None:
    seen: dict[str, str] = {}
    for row in tables.rows("countries.csv"):
        for surface in cells(row, "name", "aliases", "adjectives", "capitals"):
            assert seen.setdefault(surface, row["code"]) == row["code"], surface


@pytest.mark.parametrize("row", tables.rows("governments.csv"), ids=lambda row: row["surface"])
def test_lexicon_countries_government_proves_itself(row: dict[str, str]) -> None:
    assert list(vocabulary.FAULTS["governments.csv"](row)) == []


@pytest.mark.parametrize("row", tables.rows("leaders.csv"), ids=lambda row: row["name"])
def test_lexicon_countries_leader_proves_itself(row: dict[str, str]) -> None:
    assert list(vocabulary.FAULTS["leaders.csv"](row)) == []


@pytest.mark.parametrize("row", tables.rows("companies.csv"), ids=lambda row: row["surface"])
def test_lexicon_countries_company_proves_itself(row: dict[str, str]) -> None:
    assert list(vocabulary.FAULTS["companies.csv"](row)) == []


@pytest.mark.parametrize("row", tables.rows("lookalikes.csv"), ids=lambda row: row["surface"])
def test_lexicon_countries_lookalike_names_nobody(row: dict[str, str]) -> None:
    assert list(vocabulary.FAULTS["lookalikes.csv"](row)) == []


def test_lexicon_countries_lookalike_rows_all_hide_something() -> None:
    listed = {surface for surface, what in countries.listed() if what.kind != "lookalike"}
    listed |= {surface.lower() for surface, what in countries.listed() if what.kind in ("name", "adjective")}
    idle = []
    for row in tables.rows("lookalikes.csv"):
        words = row["surface"].replace("-", " - ").replace("'s", " 's").split()
        spans = itertools.combinations(range(len(words) + 1), 2)
        if not any(" ".join(words[start:end]) in listed for start, end in spans):
            idle.append(row["surface"])
    assert idle == []


@pytest.mark.parametrize("row", tables.rows("homonyms.csv"), ids=lambda row: row["surface"])
def test_lexicon_countries_homonym_is_dropped_in_its_example(row: dict[str, str]) -> None:
    homonym = countries.homonyms()[row["surface"]]
    assert countries.find(row["surface"])
    assert not homonym.means_country(row["example"])
    assert homonym.means_country(row["surface"])


def test_lexicon_countries_codes_are_known() -> None:
    known = set(countries.countries()) | set(SPENDERS_BEYOND_ISO)
    assert {code for _, what in countries.listed() for code in what.codes} <= known


@pytest.mark.parametrize(
    ("surface", "code"),
    [
        ("the United Arab Emirates", "ARE"),
        ("Emirati", "ARE"),
        ("U.S.", "USA"),
        ("US", "USA"),
        ("us", None),
        ("Riyadh", "SAU"),
        ("Britain's", "GBR"),
        ("Indian Navy", "IND"),
        ("the Pentagon", "USA"),
        ("North Korea", "PRK"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Guinea-Bissau", "GNB"),
        ("Equatorial Guinea", "GNQ"),
        ("Papua New Guinea", "PNG"),
        ("Democratic Republic of Congo", "COD"),
        ("Republic of Congo", "COG"),
        ("the South China Sea", None),
        ("New Mexico", None),
        ("the Indian Ocean", None),
        ("the Paris Agreement", None),
        ("The Washington Post", None),
        ("Times of India", None),
        ("ASEAN", None),
        ("", None),
        ("the", None),
    ],
)
def test_lexicon_countries_link_reads_what_a_recogniser_prints(surface: str, code: str | None) -> None:
    assert countries.link(surface) == code


def test_lexicon_countries_find_keeps_exact_offsets() -> None:
    text = "TEHRAN (Agency) — The U.S.-led force and Côte d’Ivoire's army met in London-based clubs for US$5bn."
    assert [text[found.start : found.end] for found in countries.find(text)] == ["TEHRAN", "U.S.", "Côte d’Ivoire"]
