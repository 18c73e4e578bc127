"""The journal and the lint over HTTP, and the lint from the command line."""

import json
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from mock_server import MockServer, MockServerError
from mock_server.cli.commands import commands
from tests.mocks import SEARCHES, MakeMock

HEADERS = {"Authorization": "Bearer demo-token-us", "User-Agent": "test/1"}


def get(mock: MockServer, path: str = SEARCHES, **query: str) -> None:
    httpx.get(mock.url + path, headers=HEADERS, params=query)


def test_requests_are_paged_oldest_first(mock: MockServer, admin: httpx.Client) -> None:
    for number in range(3):
        get(mock, f"/{number}")
    page = admin.get("/requests", params={"start": "1", "limit": "1"}).json()
    assert (1, 1, 3) == (page["start"], page["limit"], page["total"])
    assert ["/1"] == [one["path"] for one in page["requests"]]
    assert "body" not in page["requests"][0]


@pytest.mark.parametrize(("query", "count"), [
    ({}, 2), ({"status": "4xx"}, 1),
    ({"operation": "getSearches", "method": "GET", "token": "active"}, 1), ({"residency": "de"}, 0),
    ({"path": "/no*"}, 1),
    ({"since": "2026-01-31T12:00:00Z", "until": "2026-01-31T12:00:00.001Z"}, 2),
    ({"until": "2026-01-31T12:00:00Z"}, 0),
])  # fmt: skip
def test_requests_are_counted_by_criteria(
    query: dict[str, str], count: int, mock: MockServer, admin: httpx.Client
) -> None:
    get(mock)
    get(mock, "/nowhere")
    assert {"count": count} == admin.get("/requests/count", params=query).json()
    assert count == admin.get("/requests", params=query).json()["total"]


def test_one_request_is_shown_without_its_token(mock: MockServer, admin: httpx.Client) -> None:
    get(mock, limit="1")
    number = mock.journal.entries()[0].id
    response = admin.get(f"/requests/{number}")
    entry = response.json()
    assert ("active", 1) == (entry["tokenState"], json.loads(entry["body"])["limit"])
    assert {"name": "authorization", "value": f"Bearer {entry['token']}"} in entry["requestHeaders"]
    assert "demo-token" not in response.text


def test_an_unknown_request_is_not_found(admin: httpx.Client) -> None:
    response = admin.get("/requests/999999")
    assert 404 == response.status_code
    assert "The journal has no request 999999" in response.json()["detail"]


def test_requests_are_found_by_query_and_headers(mock: MockServer, admin: httpx.Client) -> None:
    get(mock, limit="5")
    get(mock, limit="7")
    found = admin.post("/requests/find", json={"query": {"limit": "7"}, "headers": HEADERS}).json()
    assert [{"limit": ["7"]}] == [one["query"] for one in found["requests"]]
    assert [] == found["nearMisses"]


def test_near_misses_are_listed_if_no_request_matches(
    mock: MockServer, admin: httpx.Client
) -> None:
    get(mock, limit="5")
    criteria = {"query": {"limit": "50"}, "since": "2026-01-31T12:00:00Z"}
    found = admin.post("/requests/find", json=criteria).json()
    (near,) = found["nearMisses"]
    assert [] == found["requests"]
    assert ["the query parameter limit is '5', not '50'"] == near["differences"]
    assert SEARCHES == near["exchange"]["path"]


@pytest.mark.parametrize(
    "criteria", [{"sugar": 1}, {"status": 404}, {"since": "noon"}, {"query": {"limit": 5}}]
)
def test_invalid_criteria_are_refused(criteria: dict[str, Any], admin: httpx.Client) -> None:
    assert 400 == admin.post("/requests/find", json=criteria).status_code


def test_requests_can_be_deleted_and_are_cleared_by_reset(
    mock: MockServer, admin: httpx.Client
) -> None:
    get(mock)
    counts = [mock.journal.count()]
    admin.delete("/requests")
    counts.append(mock.journal.count())
    get(mock)
    admin.post("/reset")
    assert [1, 0, 0] == [*counts, mock.journal.count()]


def test_lint_findings_are_reported(mock: MockServer, admin: httpx.Client) -> None:
    get(mock, sugar="1", limit="1000")
    report = admin.get("/lint").json()
    elsewhere = admin.get("/lint", params={"residency": "de"}).json()

    assert 1 == report["requests"]
    (finding,) = report["findings"]
    (exchange,) = finding["exchanges"]
    assert "unknown-parameter" == finding["rule"]
    assert "getSearches was sent 'sugar'" == finding["detail"]
    assert f"GET {SEARCHES}?sugar=1&limit=1000 -> 200" == exchange["request"]
    assert {"requests": 0, "findings": []} == elsewhere


def lint(url: str, *arguments: str) -> Any:
    return CliRunner().invoke(commands, ["lint", url, *arguments])


@pytest.mark.parametrize(("query", "options", "code", "output"), [
    ({"sugar": "1"}, [], 1, "unknown-parameter  A query parameter is not in the document"),
    ({}, [], 0, "No findings.\n"), ({}, ["--json"], 0, '{\n  "requests": 1,\n  "findings": []'),
], ids=["something", "nothing", "nothing as JSON"])  # fmt: skip
def test_the_lint_command_prints_findings(
    query: dict[str, str], options: list[str], code: int, output: str, mock: MockServer
) -> None:
    get(mock, limit="1000", **query)
    run = lint(f"{mock.url}/", *options)
    assert code == run.exit_code
    assert run.output.startswith(output)


def test_the_lint_command_sends_the_token_of_the_control_api(make_mock: MakeMock) -> None:
    mock = make_mock(admin_token="let-me-in")
    get(mock, limit="1000")
    assert 0 == lint(mock.url, "--admin-token", "let-me-in").exit_code
    with pytest.raises(MockServerError, match="401: The control API requires its token"):
        raise lint(mock.url).exception


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense"])
def test_the_lint_command_fails_if_the_mock_cannot_be_reached(url: str) -> None:
    with pytest.raises(MockServerError, match="cannot be reached"):
        raise lint(url).exception


def test_the_lint_command_fails_if_there_were_no_requests(mock: MockServer) -> None:
    with pytest.raises(MockServerError, match="has received no requests yet"):
        raise lint(mock.url).exception
