"""Reference series: small files made here in the published layouts, with invented numbers."""

import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tasks.lexicon.tables import rows
from tasks.reference import BadReference, Beside, Reference, load, spender_code

SHARED = Path(__file__).parents[2] / "shared"
WORLD_BANK = """\ufeff"Data Source","World Development Indicators",

"Last Updated Date","2031-03-28",

"Country Name","Country Code","Indicator Name","Indicator Code","1990","2018","2019",
"Norway","NOR","Military expenditure (current USD)","MS.MIL.XPND.CD","3000000000","7000000000.5","8000000000",
"Arab World","ARB","Military expenditure (current USD)","MS.MIL.XPND.CD","1","2","3",
"Kosovo","XKX","Military expenditure (current USD)","MS.MIL.XPND.CD","","50000000","",
"World","WLD","Military expenditure (current USD)","MS.MIL.XPND.CD","600000000000","1800000000000","1900000000000",
"European Union","EUU","Military expenditure (current USD)","MS.MIL.XPND.CD","","220000000000","",
"""
TITLE = "Military expenditure by country, in millions of US$ at current prices and exchange rates, 1949-2024"
YEARS = (1990, 2018, 2019)
CURRENT: list[tuple[Any, ...]] = [
    (TITLE, "© the publisher"),
    ('". ." = data unavailable. "xxx" = country did not exist',),
    ("",),
    ("Country", "Notes", *YEARS),
    (None,),
    ("Europe",),
    ("Western Europe",),
    ("Norway", "§4", 3000, 7000.5, 8000),
    ("European Union", "", "...", 12, 13),
    ("German Democratic Republic", "", 5000, "xxx", "xxx"),
    ("USSR", "", 200000, "xxx", "xxx"),
    ("Asia & Oceania",),
    ("Korea, North", "", ". .", ". .", 1600),
    ("Korea, South", "", 10000, 43000, 44000.0),
    ("Türkiye", "", 5000, 19000, 20000),
]
SHARE = [
    ("Military expenditure by country as percentage of gross domestic product",),
    ("Country", "Notes", *YEARS),
    ("Norway", "", 0.029, 0.016, 0.018),
]
REGIONS: list[tuple[Any, ...]] = [
    ("Figures are in US$ b., at constant 2023 prices, except for the last figure which is in US$ b. at 2019 prices",),
    ("Region", *YEARS, "2019 (current prices)", "", "Omitted countries"),
    ("World", 1700, 2000, 2100, 1900.5, None, ""),
    ("North Africa", 3, 4, 5, 6),
    ("Middle East", 70, 170, "...", 150, None, "Syria"),
]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "series.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    def write(**sheets: Sequence[Sequence[Any]]) -> Path:
        book = openpyxl.Workbook()
        book.active.title = "Front page"
        titles = {
            "current": "Current US$",
            "share": "Share of GDP",
            "regions": "Regional totals",
            "capita": "Per capita",
        }
        for sheet, lines in sheets.items():
            page = book.create_sheet(titles[sheet])
            for line in lines:
                page.append(list(line))
        path = tmp_path / "workbook.xlsx"
        book.save(path)
        return path

    return write


def test_reference_reads_the_world_banks_csv(written: Callable[..., Path]) -> None:
    reference = load(written(WORLD_BANK))
    assert reference.usd["NOR", 2018] == 7000000000.5
    assert reference.usd["XKX", 2018] == 5e7
    assert reference.usd["EU", 2018] == 2.2e11
    assert reference.usd["WORLD", 2019] == 1.9e12
    assert ("XKX", 2019) not in reference.usd
    assert {code for code, _ in reference.usd} == {"NOR", "XKX", "WORLD", "EU"}
    assert reference.share_of_gdp == {}


def test_reference_leaves_out_a_world_without_the_soviet_union(
    written: Callable[..., Path], workbook: Callable[..., Path]
) -> None:
    for reference in (load(written(WORLD_BANK)), load(workbook(current=CURRENT))):
        assert ("WORLD", 1990) not in reference.usd
        assert ("NOR", 1990) in reference.usd


def test_reference_reads_the_world_banks_share_of_gdp(written: Callable[..., Path]) -> None:
    text = WORLD_BANK.replace("MS.MIL.XPND.CD", "MS.MIL.XPND.GD.ZS").replace("7000000000.5", "1.73")
    reference = load(written(text))
    assert reference.usd == {}
    assert reference.share_of_gdp["NOR", 2018] == 1.73


def test_reference_reads_sipris_workbook(workbook: Callable[..., Path]) -> None:
    reference = load(workbook(current=CURRENT, share=SHARE, regions=REGIONS, capita=[("Country", 2018), ("Norway", 9)]))
    assert reference.usd["NOR", 2018] == 7000.5e6
    assert reference.usd["SUN", 1990] == 200000e6
    assert (reference.usd["PRK", 2019], reference.usd["KOR", 2019]) == (1600e6, 44000e6)
    assert reference.usd["TUR", 2019] == 20000e6
    assert ("PRK", 2018) not in reference.usd
    assert "EU" not in {code for code, _ in reference.usd}
    assert "DEU" not in {code for code, _ in reference.usd}
    assert reference.share_of_gdp == {
        ("NOR", year): pytest.approx(share) for year, share in zip(YEARS, (2.9, 1.6, 1.8), strict=True)
    }


def test_reference_takes_regions_at_current_prices_only(workbook: Callable[..., Path]) -> None:
    reference = load(workbook(current=CURRENT, regions=REGIONS))
    assert {key: value for key, value in reference.usd.items() if key[0] in ("WORLD", "MIDEAST", "AFRICA")} == {
        ("WORLD", 2018): pytest.approx(69000.5e6),
        ("WORLD", 2019): pytest.approx(1900.5e9),
        ("MIDEAST", 2019): pytest.approx(150e9),
    }


def test_reference_needs_only_the_sheet_of_current_dollars(workbook: Callable[..., Path]) -> None:
    reference = load(workbook(current=CURRENT))
    assert reference.share_of_gdp == {}
    assert reference.usd["NOR", 2019] == 8e9


def test_reference_reads_a_plain_table(written: Callable[..., Path]) -> None:
    reference = load(written("ISO3, Year ,usd,note\nNOR,2018,7e9,x\n\nNATO,2018,1000000000000\nNOR,2019,\n"))
    assert reference.usd == {("NOR", 2018): 7e9, ("NATO", 2018): 1e12}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "neither the World Bank's CSV"),
        ("year,country\n2018,NOR\n", "neither the World Bank's CSV"),
        (b"\xff\xfeiso3", "not UTF-8"),
        ('iso3,year,usd\n"NOR,2018,7', "not a CSV file"),
        (b"\xd0\xcf\x11\xe0 old", "save it as .xlsx"),
        (b"PK\x03\x04 nothing", "no readable Excel workbook"),
        ("iso3,year,usd\n", "no value in it"),
        ("iso3,year,usd\nNOR,2018\n", ":2: 2 cells"),
        ("iso3,year,usd\nNOR,2018,1\nNorway,2018,7\n", ":3: no country or spender has the code 'Norway'"),
        ("iso3,year,usd\nNOR,last,7\n", ":2: the year is 'last'"),
        ("iso3,year,usd\nNOR,2018,7bn\n", ":2: '7bn' is no number"),
        ("iso3,year,usd\nNOR,2018,nan\n", ":2: 'nan' is no number"),
        (WORLD_BANK.replace("7000000000.5", "7 billion"), ":6: '7 billion' is no number"),
        (WORLD_BANK.replace("MS.MIL.XPND.CD", "NY.GDP.MKTP.CD"), ":6: the indicator is 'NY.GDP.MKTP.CD'"),
        ('"Country Name","Country Code","Indicator Code","2018"\n"Norway","NOR"\n', ":2: 2 cells"),
        ('"Country Name","Country Code","Indicator Code","2018"\n', "no value in it"),
    ],
)
def test_reference_names_file_and_fault(written: Callable[..., Path], content: str | bytes, fault: str) -> None:
    path = written(content)
    with pytest.raises(BadReference, match=re.escape(fault)) as caught:
        load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("sheets", "fault"),
    [
        ({"share": SHARE}, "no sheet 'Current US$'; its sheets are Front page, Share of GDP"),
        ({"current": CURRENT[4:]}, "says neither millions nor billions"),
        ({"current": [(TITLE,), ("Norway", 3)]}, "no line that begins with Country and names years"),
        (
            {"current": [(TITLE,), ("Country", "Notes"), ("Norway", 3)]},
            "no line that begins with Country and names years",
        ),
        ({"current": [(TITLE,), ("Country", 2018), ("Norway", "...")]}, "no value in its sheet 'Current US$'"),
    ],
)
def test_reference_names_what_a_workbook_lacks(workbook: Callable[..., Path], sheets: Any, fault: str) -> None:
    path = workbook(**sheets)
    with pytest.raises(BadReference, match=re.escape(fault)) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_reference_refuses_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("series.csv", WORLD_BANK)
    with pytest.raises(BadReference, match="no readable Excel workbook"):
        load(path)


def test_reference_leaves_a_missing_file_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing.csv")


SERIES = Reference("made here", {("NOR", 2018): 7e9, ("NOR", 2019): 8e9, ("CRI", 2019): 0.0}, {("NOR", 2019): 1.8})


@pytest.mark.parametrize(
    ("measure", "unit", "spender", "years", "value", "usd", "beside"),
    [
        ("expenditure", "USD", "NOR", (2018, 2018), 14e9, 14e9, Beside(7e9, "USD", 2.0)),
        ("expenditure", "NOK", "NOR", (2018, 2018), 60e9, 7e9, Beside(7e9, "USD", 1.0)),
        ("expenditure", "USD", "NOR", (2018, 2019), 15e9, 15e9, Beside(7.5e9, "USD", 2.0)),
        ("expenditure", "NOK", "NOR", (2018, 2018), 60e9, None, Beside(7e9, "USD", None)),
        ("expenditure", "USD", "CRI", (2019, 2019), 1e6, 1e6, Beside(0.0, "USD", None)),
        ("share_of_gdp", "PCT", "NOR", (2019, 2019), 0.9, None, Beside(1.8, "PCT", 0.5)),
        ("share_of_gdp", "PCT", "NOR", (2018, 2019), 0.9, None, None),
        ("share_of_budget", "PCT", "NOR", (2019, 2019), 0.9, None, None),
        ("component", "USD", "NOR", (2018, 2018), 1e9, 1e9, None),
        ("change", "PCT", "NOR", (2018, 2018), 3.0, None, None),
        ("expenditure", "PCT", "NOR", (2018, 2018), 3.0, None, None),
        ("expenditure", "USD", "SWE", (2018, 2018), 1e9, 1e9, None),
        ("expenditure", "USD", None, (2018, 2018), 1e9, 1e9, None),
        ("expenditure", "USD", "NOR", (None, None), 1e9, 1e9, None),
        ("expenditure", "USD", "NOR", (2019, 2020), 1e9, 1e9, None),
    ],
)
def test_reference_stands_beside_a_figure(
    measure: str,
    unit: str,
    spender: str | None,
    years: tuple[int | None, int | None],
    value: float,
    usd: float | None,
    beside: Beside | None,
) -> None:
    assert SERIES.beside(measure, unit, spender, *years, value, usd) == beside


def test_reference_names_of_sipri_prove_themselves() -> None:
    for row in rows("sipri_names.csv"):
        name, _, code = row["example"].rpartition(" is ")
        assert name == row["name"], row
        assert (spender_code(name) or "nobody") == code, row


def test_reference_knows_other_names_from_the_table_of_countries() -> None:
    names = {"United States of America": "USA", "Czechia": "CZE", "Georgia": "GEO", "Niger": "NER", "Guinea": "GIN"}
    assert {name: spender_code(name) for name in names} == names
    assert spender_code("Atlantis") is None


@pytest.mark.skipif(not (SHARED / "FIGURES.md").exists(), reason="the published files lie outside the project")
def test_reference_reads_the_files_as_published() -> None:
    references = [load(path) for path in sorted((SHARED / "reference").iterdir())]
    assert len(references) == 2
    for reference in references:
        assert len({code for code, _ in reference.usd}) > 165
        assert 600e9 < reference.usd["USA", 2018] < 700e9
        assert 1.7e12 < reference.usd["WORLD", 2018] < 1.9e12
