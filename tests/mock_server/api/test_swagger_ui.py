"""Swagger UI in a real browser: reads the document, authorizes, and asks nobody but this mock."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.ui import WebDriverWait

from mock_server.data.site import demo_token_of
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency

pytestmark = pytest.mark.needs_programs

PATIENCE = 60
"""Seconds to wait for what a page should show."""

SEARCHES = "[id$=-getSearches]"


class Page:
    """Swagger UI of one residency, as a person finds their way in it."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = url
        self._wait = WebDriverWait(browser, PATIENCE)
        browser.get("about:blank")
        browser.get_log("browser")
        browser.get_log("performance")  # of the tab that opened first
        browser.get(f"{url}/ui/")
        self.wait_for(".opblock")

    def wait_for(self, selector: str) -> WebElement:
        return self._wait.until(
            expected.visibility_of_element_located((By.CSS_SELECTOR, selector)), selector
        )

    def click(self, selector: str) -> None:
        self._wait.until(
            expected.element_to_be_clickable((By.CSS_SELECTOR, selector)), selector
        ).click()

    def texts(self, selector: str) -> list[str]:
        return [one.text for one in self.browser.find_elements(By.CSS_SELECTOR, selector)]

    def open_searches(self) -> None:
        self.click(f"{SEARCHES} .opblock-summary-control")
        self.click(f"{SEARCHES} .try-out__btn")

    def execute(self) -> tuple[int, Any]:
        """Press Execute, and give the status and the body that the page shows."""
        if self.texts(f"{SEARCHES} .btn-clear"):
            self.click(f"{SEARCHES} .btn-clear")
        self.click(f"{SEARCHES} .btn.execute")
        table = f"{SEARCHES} .live-responses-table .response"
        status = self.wait_for(f"{table} .response-col_status").text
        body = self.wait_for(f"{table} .highlight-code code").text
        return int(status.split()[0]), json.loads(body)

    def authorize(self, token: str) -> str:
        """Enter a token, as the vendor's page describes it; gives the name of the scheme."""
        self.click(".auth-wrapper .btn.authorize")
        name = self.wait_for(".modal-ux h4").text
        self.wait_for(".modal-ux input").send_keys(token)
        self.click(".modal-ux .btn.authorize")
        self.wait_for(".modal-ux .auth-container .btn:not(.authorize):not(.btn-done)")  # Logout
        self.click(".modal-ux .btn-done")
        self._wait.until(expected.invisibility_of_element_located((By.CSS_SELECTOR, ".modal-ux")))
        return name

    def console(self) -> list[str]:
        """Give what the console holds since the page was opened, without refusals of ours."""
        lines = [one["message"] for one in self.browser.get_log("browser")]
        return [line for line in lines if "status of 401" not in line]

    def asked_hosts(self) -> set[str]:
        """Give the hosts and ports that requests went to since the page was opened."""
        events = (
            json.loads(one["message"])["message"] for one in self.browser.get_log("performance")
        )
        urls = [
            urlsplit(event["params"]["request"]["url"])
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return {url.netloc for url in urls if url.scheme not in {"data", "blob", "chrome"}}


def test_the_page_sends_operations_when_authorized(browser: Chrome, mock: MockServer) -> None:
    here = mock.de_url
    page = Page(browser, here)

    assert "Viewtracker mock (DE): Swagger UI" == browser.title
    version = browser.execute_script("return versions.swaggerUI.version")  # type: ignore[no-untyped-call]
    assert version.split(".")[0] == "5"
    assert [one.path for one in mock.document.operations] == page.texts(".opblock-summary-path")
    assert page.texts(".servers option") == [f"{here} - This mock; its data is invented"]

    page.open_searches()
    status, refusal = page.execute()
    assert (status, refusal["status"]) == (401, 401)

    assert "Viewtracker-Bearer-Auth" in page.authorize(demo_token_of(Residency.DE))
    status, response = page.execute()
    assert status == 200
    assert len(response["results"]) > 0

    assert page.console() == []
    assert page.asked_hosts() == {urlsplit(page.url).netloc}
