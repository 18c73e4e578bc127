"""The pages in a real browser: used by a person, by a screen reader, on a phone, without a script."""

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
UNSEEN = "return [...document.images].filter(one => !(one.complete && one.naturalWidth)).length"


@pytest.fixture(scope="module")
def axe() -> str:
    """The accessibility checker, as a script."""
    return node_module("axe-core/axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def listening() -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0, now="2026-01-31T12:00:00Z")) as mock:
        yield mock


class Person:
    """Somebody who looks at the pages of one residency."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = url
        self.tell("Emulation.setDeviceMetricsOverride", width=1280, mobile=False)
        browser.get("about:blank")
        browser.get_log("browser")
        browser.get_log("performance")

    def tell(self, command: str, **values: Any) -> None:
        if "width" in values:
            values |= {"height": 900, "deviceScaleFactor": 1}
        self.browser.execute_cdp_cmd(command, values)

    def look_at(self, path: str) -> None:
        self.browser.get(self.url + path)

    def press(self, xpath: str) -> None:
        """Press a button, and wait for the page that follows."""
        button = self.browser.find_element(By.XPATH, f"//button[{xpath}]")
        button.click()
        # Between two pages the driver may not find the button's document at all.
        wait = WebDriverWait(self.browser, PATIENCE, ignored_exceptions=[WebDriverException])
        wait.until(expected.staleness_of(button))

    def too_wide(self) -> int:
        """By how many pixels the page is wider than the window, once its layout has settled."""
        with suppress(TimeoutException):
            WebDriverWait(self.browser, 10).until(lambda found: not found.execute_script(TOO_WIDE))
        return int(self.browser.execute_script(TOO_WIDE))

    def text(self, selector: str) -> str:
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def complaints(self) -> list[str]:
        return [one["message"] for one in self.browser.get_log("browser")]

    def asked_hosts(self) -> set[str]:
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
def person(browser: Chrome, listening: MockServer, residency: Residency) -> Iterator[Person]:
    listening.reset()
    one = Person(browser, listening.url_of(residency))
    yield one
    one.tell("Emulation.setScriptExecutionDisabled", value=False)
    assert [] == one.complaints()
    assert {urlsplit(one.url).netloc} >= one.asked_hosts()


def status(person: Person, token: str) -> int:
    response = httpx.get(person.url + SEARCHES, headers=bearer(token))
    return response.status_code


@pytest.mark.parametrize("residency", [Residency.US])
def test_a_token_is_generated_copied_and_used(person: Person, residency: Residency) -> None:
    person.tell(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
    )
    person.look_at("/")
    person.browser.find_element(By.LINK_TEXT, "Interfaces").click()
    person.press("@value='generate'")

    token = person.text(".fresh pre")
    person.browser.find_element(By.CSS_SELECTOR, ".fresh .copy").click()
    WebDriverWait(person.browser, PATIENCE).until(
        expected.text_to_be_present_in_element((By.CSS_SELECTOR, ".fresh .copy"), "Copied")
    )

    copied = person.browser.execute_async_script(
        "navigator.clipboard.readText().then(arguments[0])"
    )
    assert token == copied
    assert token.startswith(f"vt_{residency}_")
    assert (200, 401) == (status(person, token), status(person, f"demo-token-{residency}"))
    person.browser.refresh()
    assert token not in person.browser.page_source


@pytest.mark.parametrize("residency", [Residency.DE])
def test_a_scenario_is_put_on_seen_and_put_off(person: Person, residency: Residency) -> None:
    person.look_at("/__pages/traffic")
    person.press("../input[@value='outage']")
    during = status(person, f"demo-token-{residency}")
    person.browser.refresh()
    seen, on = person.text(".journal li"), person.text(".is-on")
    person.press("../input[@value='outage']")

    assert 503 == during
    assert "On purpose, by outage." in seen
    assert "Triggered 1×." in on
    assert 200 == status(person, f"demo-token-{residency}")


@pytest.mark.parametrize("residency", [Residency.DE])
def test_without_scripts_all_works_but_copying(person: Person, residency: Residency) -> None:
    person.tell("Emulation.setScriptExecutionDisabled", value=True)
    person.look_at("/__pages/interfaces")
    person.press("@value='delete'")
    person.look_at("/__pages/world?kind=spaces")
    assert 401 == status(person, f"demo-token-{residency}")
    buttons = person.browser.find_elements(By.CSS_SELECTOR, ".copy")
    assert buttons
    assert {False} == {one.is_displayed() for one in buttons}


@pytest.mark.parametrize(("residency", "scheme"), [(Residency.US, "light"), (Residency.DE, "dark")])
def test_no_page_shuts_anybody_out(person: Person, scheme: str, axe: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    person.tell("Emulation.setEmulatedMedia", features=features)
    status(person, "unknown")  # so that there is some traffic to look at
    found = {}
    for path in PATHS:
        person.tell("Emulation.setDeviceMetricsOverride", width=360, mobile=True)
        person.look_at(path)
        too_wide = person.too_wide()
        person.tell("Emulation.setDeviceMetricsOverride", width=1920, mobile=False)
        too_wide += person.too_wide()
        person.browser.execute_script(axe)
        violations = person.browser.execute_async_script(VIOLATIONS)
        found[path] = (too_wide, violations, person.browser.execute_script(UNSEEN))

    assert dict.fromkeys(PATHS, (0, [], 0)) == found
