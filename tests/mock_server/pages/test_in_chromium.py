"""The pages in a real browser: forms, accessibility, narrow screens, and without scripts."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.ui import WebDriverWait

from mock_server import MockServer, Residency, Settings
from tests.mocks import SEARCHES, bearer
from tests.needing import node_module

pytestmark = pytest.mark.needs_programs

PATIENCE = 60
"""Seconds to wait for what a page should show."""

PATHS = ("/", "/__pages/report", "/__pages/interfaces", "/__pages/world", "/__pages/traffic")
VIOLATIONS = """
const done = arguments[0];
document.querySelectorAll("details").forEach(one => one.open = true);
axe.run().then(found => done(found.violations.map(one => [one.impact, one.id, one.nodes[0].html])));
"""
TOO_WIDE = """
const { scrollWidth, clientWidth } = document.documentElement;
return scrollWidth - clientWidth
"""
BROKEN_IMAGES = (
    "return [...document.images].filter(one => !(one.complete && one.naturalWidth)).length"
)


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of the accessibility checker."""
    return node_module("axe-core/axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def listening() -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0, now="2026-01-31T12:00:00Z")) as mock:
        yield mock


class Visitor:
    """A browser at the pages of one residency."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = url
        self.run_command("Emulation.setDeviceMetricsOverride", width=1280, mobile=False)
        browser.get("about:blank")
        browser.get_log("browser")
        browser.get_log("performance")

    def run_command(self, command: str, **values: Any) -> None:
        if "width" in values:
            values |= {"height": 900, "deviceScaleFactor": 1}
        self.browser.execute_cdp_cmd(command, values)

    def open(self, path: str) -> None:
        self.browser.get(self.url + path)

    def press(self, xpath: str) -> None:
        """Press a button, and wait for the page that follows."""
        button = self.browser.find_element(By.XPATH, f"//button[{xpath}]")
        button.click()
        # Between two pages the driver may not find the button's document at all.
        wait = WebDriverWait(self.browser, PATIENCE, ignored_exceptions=[WebDriverException])
        wait.until(expected.staleness_of(button))

    def too_wide(self) -> int:
        """Return by how many pixels the final layout is wider than the window."""
        with suppress(TimeoutException):
            WebDriverWait(self.browser, 10).until(lambda found: not found.execute_script(TOO_WIDE))
        return int(self.browser.execute_script(TOO_WIDE))

    def text(self, selector: str) -> str:
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def console_messages(self) -> list[str]:
        return [one["message"] for one in self.browser.get_log("browser")]

    def requested_hosts(self) -> set[str]:
        events = [
            json.loads(one["message"])["message"] for one in self.browser.get_log("performance")
        ]
        urls = [
            urlsplit(event["params"]["request"]["url"])
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return {url.netloc for url in urls if url.scheme in {"http", "https", "ws"}}


@pytest.fixture
def visitor(browser: Chrome, listening: MockServer, residency: Residency) -> Iterator[Visitor]:
    listening.reset()
    one = Visitor(browser, listening.url_of(residency))
    yield one
    one.run_command("Emulation.setScriptExecutionDisabled", value=False)
    assert [] == one.console_messages()
    assert {urlsplit(one.url).netloc} >= one.requested_hosts()


def status(visitor: Visitor, token: str) -> int:
    response = httpx.get(visitor.url + SEARCHES, headers=bearer(token))
    return response.status_code


@pytest.mark.parametrize("residency", [Residency.US])
def test_a_token_can_be_generated_copied_and_used(visitor: Visitor, residency: Residency) -> None:
    visitor.run_command(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
    )
    visitor.open("/")
    visitor.browser.find_element(By.LINK_TEXT, "Interfaces").click()
    visitor.press("@value='generate'")

    token = visitor.text(".fresh pre")
    visitor.browser.find_element(By.CSS_SELECTOR, ".fresh .copy").click()
    WebDriverWait(visitor.browser, PATIENCE).until(
        expected.text_to_be_present_in_element((By.CSS_SELECTOR, ".fresh .copy"), "Copied")
    )

    copied = visitor.browser.execute_async_script(
        "navigator.clipboard.readText().then(arguments[0])"
    )
    assert token == copied
    assert token.startswith(f"vt_{residency}_")
    assert (200, 401) == (status(visitor, token), status(visitor, f"demo-token-{residency}"))
    visitor.browser.refresh()
    assert token not in visitor.browser.page_source


@pytest.mark.parametrize("residency", [Residency.DE])
def test_a_scenario_can_be_turned_on_and_off_by_buttons(
    visitor: Visitor, residency: Residency
) -> None:
    visitor.open("/__pages/traffic")
    visitor.press("../input[@value='outage']")
    during = status(visitor, f"demo-token-{residency}")
    visitor.browser.refresh()
    seen, on = visitor.text(".journal li"), visitor.text(".is-on")
    visitor.press("../input[@value='outage']")

    assert 503 == during
    assert "On purpose, by outage." in seen
    assert "Triggered 1×." in on
    assert 200 == status(visitor, f"demo-token-{residency}")


@pytest.mark.parametrize("residency", [Residency.DE])
def test_everything_but_copying_works_without_scripts(
    visitor: Visitor, residency: Residency
) -> None:
    visitor.run_command("Emulation.setScriptExecutionDisabled", value=True)
    visitor.open("/__pages/interfaces")
    visitor.press("@value='delete'")
    visitor.open("/__pages/world?kind=spaces")
    assert 401 == status(visitor, f"demo-token-{residency}")
    buttons = visitor.browser.find_elements(By.CSS_SELECTOR, ".copy")
    assert buttons
    assert {False} == {one.is_displayed() for one in buttons}


@pytest.mark.parametrize(("residency", "scheme"), [(Residency.US, "light"), (Residency.DE, "dark")])
def test_pages_are_accessible_at_all_widths(visitor: Visitor, scheme: str, axe: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    visitor.run_command("Emulation.setEmulatedMedia", features=features)
    status(visitor, "unknown")  # so that there is some traffic to show
    found = {}
    for path in PATHS:
        visitor.run_command("Emulation.setDeviceMetricsOverride", width=360, mobile=True)
        visitor.open(path)
        too_wide = visitor.too_wide()
        visitor.run_command("Emulation.setDeviceMetricsOverride", width=1920, mobile=False)
        too_wide += visitor.too_wide()
        visitor.browser.execute_script(axe)
        violations = visitor.browser.execute_async_script(VIOLATIONS)
        found[path] = (too_wide, violations, visitor.browser.execute_script(BROKEN_IMAGES))

    assert dict.fromkeys(PATHS, (0, [], 0)) == found
