"""The report page in a real browser: widths, contrast, and no requests."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from contract_tests.model import Run
from contract_tests.reports import write_reports
from tests.contract_tests.made_reports import make_exchange

pytestmark = pytest.mark.needs_programs

# The contrast of WCAG 2.2, 1.4.3, for each element with text of its own.
LOW_CONTRAST = """
const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
  .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const behind = element => {
  for (; element; element = element.parentElement) {
    const colour = numbers(getComputedStyle(element).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
};
return [...document.body.querySelectorAll('*')]
  .filter(one => one.checkVisibility() && [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(one => {
    const [a, b] = [light(numbers(getComputedStyle(one).color)), light(behind(one))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.outerHTML.slice(0, 80)];
  })
  .filter(([ratio]) => ratio < 4.5);
"""


@pytest.fixture
def page(browser: Chrome, run: Run, tmp_path: Path) -> Chrome:
    """The browser with a report page that has long words."""
    finding = replace(
        run.outcomes[0].findings[0],
        message="W" * 300,
        exchange=make_exchange(body=b"x" * 5_000, url=f"http://127.0.0.1/{'y' * 500}"),
    )
    long = replace(run.outcomes[0], findings=(finding, finding), target="https://" + "z" * 90)
    (path,) = write_reports(replace(run, outcomes=(*run.outcomes, long)), tmp_path, ["html"], [])
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get(path.as_uri())
    return browser


def test_the_report_page_loads_nothing_and_logs_no_error(page: Chrome) -> None:
    events = [json.loads(one["message"])["message"] for one in page.get_log("performance")]
    requested = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert ["report.html"] == [
        url.split("/")[-1] for url in requested if not url.startswith("data:")
    ]
    assert [] == page.get_log("browser")


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_the_report_page_does_not_scroll_horizontally(page: Chrome, width: int) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    assert width >= page.execute_script("return document.documentElement.scrollWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_sufficient_contrast(page: Chrome, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert [] == page.execute_script(LOW_CONTRAST)
    dark = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (scheme == "dark") == (dark == "rgb(18, 22, 28)")
