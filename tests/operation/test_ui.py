"""A person in the Prefect UI: finds the deployment, fills its form, starts the run, sees it end and what it shows.

A real server serves the UI, a real Chromium draws it. With PICTURES_OF the pictures of README are taken anew.
"""

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "data" / "pictures"
PATIENCE = 150_000.0
"""Milliseconds that what must come may take."""
KEEP_NOTICES = """() => {
    window.noticed = "";
    const keep = changes => changes.forEach(change => change.addedNodes.forEach(node => {
        window.noticed += node.textContent + "\\n";
    }));
    new MutationObserver(keep).observe(document.body, {childList: true, subtree: true});
}"""
"""A notice is gone after five seconds, which a busy machine may need to look once: what was shown is kept."""

pytestmark = pytest.mark.timeout(600)


def test_ui_form_refuses_a_wrong_value_starts_a_run_and_shows_what_it_found(served: Any, browser: Browser) -> None:
    for path in (ROOT / "data" / "sample").iterdir():
        shutil.copy(path, served.place / "data" / "sample")
    page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
    page.set_default_timeout(PATIENCE)
    address = f"http://127.0.0.1:{served.port}"

    page.goto(f"{address}/deployments")
    for name in ("daily", "backfill", "stored"):
        page.get_by_text(name, exact=True).first.wait_for()
    page.get_by_text("backfill", exact=True).first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").click()
    page.get_by_text("Confidence below which a figure is not written").wait_for()

    page.evaluate(KEEP_NOTICES)
    others = page.locator("textarea").count()
    page.get_by_role("button", name="Add item").click()
    expect(page.locator("textarea")).to_have_count(others + 1, timeout=PATIENCE)
    page.locator("textarea").first.fill("data/sample")
    confidence = page.locator("input[type=number]")
    assert confidence.input_value() == "0.45"
    confidence.fill("5")
    refused = _submit(page)
    assert refused.status == 409, f"the form was not refused: {refused.status}"
    told = "Validation failed for field 'min_confidence'. Failure reason: 5 is greater than the maximum of 1"
    page.wait_for_function("told => window.noticed.includes(told)", arg=told, polling=200)
    assert page.url.split("?")[0].endswith("/run"), "the form is still there"
    _keep(page, "ui-form")
    confidence.fill("0.5")
    assert _submit(page).status == 201
    run = page.locator("a[href*='/runs/flow-run/']").first
    run.wait_for()
    started = [one for one in served.client.read_flow_runs() if one.parameters.get("inputs") == ["data/sample"]]
    assert [one.parameters["min_confidence"] for one in started] == [0.5], "the refused value started nothing"
    assert served.ended(started[0].id).state.is_completed()

    page.goto(f"{address}/runs/flow-run/{started[0].id}")
    page.get_by_text("Completed", exact=True).first.wait_for()
    page.get_by_text("figures written").first.wait_for()
    _keep(page, "ui-run")
    page.get_by_text("Artifacts", exact=True).first.click()
    artifacts = page.locator("a[href*='/artifacts/artifact/']")
    for kind in ("PROGRESS", "TABLE", "MARKDOWN"):
        artifacts.filter(has_text=kind).first.wait_for()
    artifacts.filter(has_text="MARKDOWN").first.click()
    page.get_by_role("heading", name="Newest figures").wait_for()
    (table,) = [artifact.data for artifact in served.client.read_artifacts() if artifact.type == "table"]
    page.get_by_text(json.loads(table)[0]["sentence"][:30]).first.wait_for()
    chart = page.locator("img[alt^='Spending by country']")
    assert chart.evaluate("image => image.naturalWidth") == 640, "the chart is drawn"
    _keep(page, "ui-result")
    page.close()


def _submit(page: Page) -> Response:
    """What the server answers when the form is sent: first if its values can be sent at all, then if a run begins.

    On a busy machine its database may be locked: after up to a minute it says so, by 503. Programs try again then, and
    so does a person; the form does not.
    """
    end = time.monotonic() + PATIENCE / 1000
    while True:
        with page.expect_response("**/create_flow_run") as answered:
            with page.expect_response("**/ui/schemas/validate") as judged:
                page.get_by_role("button", name="Submit").click()
            judgement = judged.value.json()
            assert judgement["valid"], f"the form sent nothing: {judgement}"
        if answered.value.status != 503 or time.monotonic() > end:
            return answered.value


def _keep(page: Page, name: str) -> None:
    if os.environ.get("PICTURES_OF"):
        page.wait_for_timeout(1500)
        page.screenshot(path=PICTURES / f"{name}.png")
