"""All pages: their headers, access to them, and imports."""

import re
import sys
from pathlib import Path

import httpx
import pytest

from mock_server import MockServer
from tests.commands import run_process
from tests.mocks import BEARER, SEARCHES, MakeClient

OPEN = ("/", "/__pages/", "/__pages/report", "/__pages/world")
GUARDED = ("/__pages/interfaces", "/__pages/traffic")
PAGES = (*OPEN, *GUARDED)
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

FROM_ELSEWHERE = [
    {"Host": "rebound.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "cross-site"},
]  # fmt: skip


@pytest.mark.parametrize("path", [*PAGES, "/__pages/nothing", "/__pages/assets/copy.js"])
def test_every_page_has_security_headers(path: str, client: httpx.Client) -> None:
    headers = client.get(path).headers
    assert POLICY == headers["Content-Security-Policy"]
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "no-referrer" == headers["Referrer-Policy"]
    assert "no-store" == headers["Cache-Control"]
    assert "Sat, 31 Jan 2026 12:00:00 GMT" == headers["Date"]
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_pages_comply_with_their_content_security_policy(path: str, client: httpx.Client) -> None:
    page = client.get(path).text
    assert [] == re.findall(r"\son\w+=|\sstyle=|<style|javascript:", page)
    assert ["/__pages/assets/copy.js"] == re.findall(r'<script src="([^"]+)" defer></script>', page)
    assert page.count("<script") == 1
    assert all("hidden" in button for button in re.findall(r"<button[^>]*data-copy[^>]*>", page))


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_requests_from_other_sites_are_refused(
    headers: dict[str, str], client: httpx.Client, mock: MockServer
) -> None:
    responses = [client.get(path, headers=headers) for path in GUARDED]
    forms = {"interfaces": "delete", "traffic/clock": "go on", "traffic/faults": "on"}
    changed = [
        client.post(f"/__pages/{path}", data={"do": do, "name": "outage"}, headers=headers)
        for path, do in forms.items()
    ]

    assert [403] * 5 == [response.status_code for response in responses + changed]
    assert "That did not work" in responses[0].text
    assert mock.sites["us"].demo_token is not None
    assert mock.clock.is_frozen
    assert mock.control.faults.is_idle


@pytest.mark.parametrize("headers", [
    {"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},  # as browsers send it
    {"Host": "us.localhost:9"},
    {},
], ids=str)  # fmt: skip
def test_same_origin_forms_are_accepted(
    headers: dict[str, str], client: httpx.Client, mock: MockServer
) -> None:
    response = client.post("/__pages/traffic/clock", data={"do": "go on"}, headers=headers)
    assert (303, "/__pages/traffic#clock") == (response.status_code, response.headers["Location"])
    assert not mock.clock.is_frozen


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_read_only_pages_show_other_sites_no_token(
    headers: dict[str, str], client: httpx.Client
) -> None:
    responses = {path: client.get(path, headers=headers) for path in OPEN}
    assert {200} == {response.status_code for response in responses.values()}
    assert "demo-token" not in "".join(response.text for response in responses.values())
    assert "demo-token-us" in client.get("/").text


@pytest.mark.parametrize("settings", [
    {"admin_token": "secret"}, {"admin": False}, {"host": "0.0.0.0", "admin": False},
    {"host": "0.0.0.0", "admin_token": "secret"},
], ids=str)  # fmt: skip
def test_pages_on_public_hosts_have_no_forms(
    settings: dict[str, object], make_client: MakeClient
) -> None:
    client = make_client(**settings)
    responses, hidden = [client.get(path) for path in OPEN], [client.get(path) for path in GUARDED]
    refused = client.post("/__pages/interfaces", data={"do": "delete"})
    assert {200} == {response.status_code for response in responses}
    assert {403} == {response.status_code for response in (*hidden, refused)}
    assert "demo-token" not in "".join(response.text for response in (*responses, *hidden))
    assert "--admin-token" in hidden[0].text
    assert 200 == client.get(SEARCHES, headers=BEARER).status_code


def test_pages_are_not_recorded_or_faulted(client: httpx.Client, mock: MockServer) -> None:
    mock.control.faults.start("outage")
    responses = [client.get(path, headers={"Prefer": "code=500"}) for path in PAGES]
    assert {200} == {response.status_code for response in responses}
    assert [] == mock.journal.entries()


def test_a_missing_page_is_an_html_error_page(client: httpx.Client) -> None:
    missing, wrong = client.get("/__pages/<b>"), client.put("/__pages/world")
    assert (404, 405) == (missing.status_code, wrong.status_code)
    assert "There is no page at &#39;/__pages/&lt;b&gt;&#39;" in missing.text
    assert {"GET", "HEAD"} == set(wrong.headers["Allow"].split(", "))
    assert "" == client.head("/").text


def test_a_root_path_of_the_document_precedes_the_start_page(
    make_client: MakeClient, tmp_path: Path
) -> None:
    document = tmp_path / "rooted.yaml"
    document.write_text(
        "openapi: 3.0.3\ninfo: {title: Rooted, version: '1'}\npaths:\n  /:\n    get:\n"
        "      responses: {'200': {description: Fine, content: {application/json: {schema: "
        "{type: object, required: [yes], properties: {yes: {type: boolean}}}}}}}\n"
    )
    client = make_client(document=document)
    assert ["yes"] == list(client.get("/").json())
    assert 'href="/__pages/" aria-current="page"' in client.get("/__pages/").text


def test_templates_and_views_are_imported_by_the_first_page() -> None:
    program = (
        "import sys, httpx, mock_server\n"
        "from mock_server import MockServer, Settings\n"
        "loaded = lambda: print(sorted({'mock_server.pages.render', 'mock_server.pages.views'} & set(sys.modules)))\n"
        "mock = MockServer(Settings(port=0, de_port=0, world='tiny'))\n"
        "client = httpx.Client(transport=mock_server.transport(mock), base_url='http://localhost')\n"
        "client.get('/openapi.json'); loaded(); client.get('/'); loaded()\n"
    )
    output = run_process(sys.executable, "-c", program).out
    assert "[]\n['mock_server.pages.render', 'mock_server.pages.views']\n" == output
