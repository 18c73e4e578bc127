"""The start page: its commands, links and counts."""

import html
import re
import shlex
from collections import Counter

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from mock_server import MockServer, Residency, Settings
from mock_server.openapi.provenance import provenance_of

PRE = re.compile(r'<pre tabindex="0">(.*?)</pre>')


def test_curl_commands_return_rows(client: httpx.Client) -> None:
    lines = [html.unescape(line) for line in PRE.findall(client.get("/").text)]
    assert 3 == len(lines)
    for line in lines:
        _, _, header, url = shlex.split(line)
        assert client.get(url, headers=[header.split(": ")]).json()["totalSize"] > 0


def test_no_link_is_broken(client: httpx.Client) -> None:
    links = set(re.findall(r'href="(/[^"]*)"', client.get("/").text))
    assert {"/ui/", "/openapi.json", "/__admin/problems", "/__pages/report"} <= links
    assert {200} == {client.get(link).status_code for link in links}


def test_provenance_counts_are_shown(client: httpx.Client, mock: MockServer) -> None:
    page = client.get("/").text
    counts = Counter(one.status.value for one in provenance_of(mock.document.content) if one.status)
    assert counts == {
        status: int(count)
        for count, status in re.findall(r"<strong>(\d+)</strong> are <em>(\w+)</em>", page)
    }
    assert counts["assumed"] == page.count('<span class="mark assumed">')


def test_clients_that_accept_json_are_redirected_to_the_document(client: httpx.Client) -> None:
    response = client.get("/", headers={"Accept": "application/json"}, follow_redirects=True)
    assert "3.0.3" == response.json()["openapi"]
    assert "html" in client.get("/", headers={"Accept": "*/*"}).headers["Content-Type"]


@pytest.mark.parametrize(("host", "other"), [
    ("127.0.0.1:7", "http://127.0.0.1:8/"), ("us.localhost:7", "http://de.localhost:8/"),
    ("[::1]:7", "http://[::1]:8/"), ("localhost", "http://localhost:8/"),
])  # fmt: skip
def test_the_start_page_links_to_the_other_residency(
    host: str, other: str, mock: MockServer
) -> None:
    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        state = {"residency": Residency.US, "ports": {Residency.US: 7, Residency.DE: 8}}
        await mock.app({**scope, "state": state}, receive, send)

    page = TestClient(listening).get("/", headers={"Host": host}).text
    assert f'<a href="{other}">{other}</a>' in page


def test_the_german_site_links_to_the_us_site() -> None:
    with MockServer(Settings(port=0, de_port=0, world="tiny")) as listening:
        page = httpx.get(listening.de_url).text
        assert f'<a class="there" href="{listening.url}/">US</a>' in page
