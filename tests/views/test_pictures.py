"""README's pictures, taken anew by ``make pictures``, for review."""

import os
import re
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
import pytest
from playwright.sync_api import Browser

from tasks.reference import Reference
from tasks.views import loading, report

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "data" / "pictures"
WIDTHS = {
    "phone": (390, "light", ""),
    "tablet": (820, "dark", "#country=IRN&measure=expenditure"),
    "desktop": (1280, "light", ""),
}
HEIGHT = 1500
OUT = os.environ.get("PICTURES_OF")


def _invented(out: Path) -> Reference:
    """A series as invented as the articles: the middle of what is said of each spender, rising by 3 per cent a year."""
    said: dict[str, list[float]] = {}
    for row in loading.table(out, "panel").to_pylist():
        if row["measure"] == "expenditure" and row["status"] == "actual" and row["median"]:
            said.setdefault(row["spender"], []).append(row["median"])
    middle = {spender: median(values) for spender, values in said.items()}
    series = {(s, year): usd * 1.03 ** (year - 2018) for s, usd in middle.items() for year in range(1990, 2027)}
    return Reference("invented.csv", usd=series)


@pytest.mark.skipif(not OUT, reason="make pictures")
@pytest.mark.parametrize("name", WIDTHS)
def test_pictures_of_the_report(browser: Browser, tmp_path: Path, name: str) -> None:
    width, scheme, asked = WIDTHS[name]
    report.report(Path(str(OUT)), tmp_path / "report.html", "0.1.0", _invented(Path(str(OUT))))
    scheme_: Any = scheme
    page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme_)
    page.goto(f"file://{tmp_path / 'report.html'}{asked}")
    page.wait_for_selector("html[data-ready]")
    page.locator("tr.row button").first.click()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.screenshot(
        path=PICTURES / f"report-{name}.png",
        full_page=name == "desktop",
        clip={"x": 0, "y": 0, "width": width, "height": HEIGHT},
    )
    page.close()


@pytest.mark.skipif(not OUT, reason="make pictures")
def test_pictures_of_the_panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    import matplotlib.pyplot as plt

    (snippet,) = [
        each
        for each in re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
        if ".panel" in each
    ]
    names: dict[str, Any] = {}
    exec(snippet.replace("data/out", str(OUT)), names)
    names["axes"].figure.savefig(PICTURES / "panel.png", dpi=110, bbox_inches="tight")
    plt.close("all")


def test_pictures_are_there_and_small() -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    of_the_ui = (f"ui-{name}.png" for name in ("form", "run", "result"))
    assert sizes.keys() == {"panel.png", "bench.png", *of_the_ui, *(f"report-{name}.png" for name in WIDTHS)}
    assert max(sizes.values()) < 500_000
