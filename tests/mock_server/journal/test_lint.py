"""Each rule finds its bad practice, and has no findings for correct clients."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from mock_server import Clock, MockServer, Residency
from mock_server.journal.journal import Exchange, Journal
from mock_server.journal.lint import findings_as_text, lint
from mock_server.journal.middleware import JournalMiddleware
from tests.mocks import SEARCHES, MakeMock, bearer

Fetch = Callable[..., httpx.Response]

DOCUMENTS = Path(__file__).parents[2] / "documents"
PAST = {"startDate": "2026-01-05", "endDate": "2026-01-07"}


def details(mock: MockServer) -> dict[str, list[str]]:
    """Return the details of all findings, by rule."""
    found: dict[str, list[str]] = {}
    for one in lint(mock.journal.entries()):
        found.setdefault(one["rule"], []).append(one["detail"])
    return found


def positions(mock: MockServer, rule: str) -> list[int]:
    """Return the positions in the journal of the exchanges that break a rule."""
    places = {one.id: place for place, one in enumerate(mock.journal.entries())}
    return [
        places[each["id"]]
        for one in lint(mock.journal.entries())
        if one["rule"] == rule
        for each in one["exchanges"]
    ]


def read_all(fetch: Fetch, limit: int = 20, **query: str) -> int:
    """Read a report as a correct client does, and return its number of rows."""
    start, total = 0, 1
    while start < total:
        page = fetch(params={**PAST, **query, "start": str(start), "limit": str(limit)}).json()
        start, total = start + page["size"], page["totalSize"]
    return total


def test_a_correct_client_has_no_findings(journal_mock: MockServer, fetch: Fetch) -> None:
    assert read_all(fetch) > 20
    assert {} == details(journal_mock)


def with_a_token_deleted_between_pages(mock: MockServer, fetch: Fetch) -> None:
    fetch(params={**PAST, "limit": "10"})
    mock.sites[Residency.US].tokens.delete()
    fetch(params={**PAST, "limit": "10", "start": "10"})


def with_a_larger_second_page(mock: MockServer, fetch: Fetch) -> None:
    fetch(params={**PAST, "limit": "10"})
    fetch(params={**PAST, "limit": "1000", "start": "10"})


def with_today_twice(mock: MockServer, fetch: Fetch) -> None:
    for _ in range(2):
        read_all(fetch, limit=1000, startDate="2026-01-31", endDate="2026-01-31")


def with_the_count_first(mock: MockServer, fetch: Fetch) -> None:
    fetch(params={**PAST, "limit": "1"})
    read_all(fetch)


@pytest.mark.parametrize(
    "read",
    [
        with_a_token_deleted_between_pages,
        with_a_larger_second_page,
        with_today_twice,
        with_the_count_first,
    ],
)
def test_acceptable_ways_of_reading_a_report_have_no_findings(
    read: Callable[[MockServer, Fetch], None], journal_mock: MockServer, fetch: Fetch
) -> None:
    read(journal_mock, fetch)
    assert {} == details(journal_mock)


def test_a_report_read_incompletely_is_found(journal_mock: MockServer, fetch: Fetch) -> None:
    total = fetch(params={**PAST, "limit": "10"}).json()["totalSize"]
    assert {"stopped-early": [f"getSearches: 10 of {total} rows were read"]} == details(
        journal_mock
    )


def test_paging_is_recognized_by_the_roles_of_its_parameters(make_mock: MakeMock) -> None:
    mock = make_mock(document=DOCUMENTS / "hal_pages.yaml", world="demo")
    bound = next(one for one in mock.binding.operations.values())
    names = {one.part.name: one.parameter.name for one in bound.parameters if one.part}
    assert {"PAGE", "LIMIT"} <= names.keys()
    content = mock.sites[Residency.US].example_content().id
    in_path = {
        name: content for name in ("contentId", "id") if f"{{{name}}}" in bound.operation.path
    }

    def get_page(page: int, limit: int) -> None:
        query = {names["PAGE"]: page, names["LIMIT"]: limit}
        url = mock.url_for(bound.operation.id, **in_path, **query)
        response = httpx.get(url, headers=HEADERS)
        assert response.is_success, response.text

    first = next(one.first for one in bound.parameters if one.parameter.name == names["PAGE"])
    get_page(first, 2)
    early = details(mock)
    get_page(first + 1, 3)

    assert ["stopped-early"] == list(early)
    changed = f"{bound.operation.id}: {names['LIMIT']} changed between two pages"
    assert changed in details(mock)["changed-while-paging"]


HEADERS = {**bearer(), "User-Agent": "test/1"}
SEARCH = f"$.paths['{SEARCHES}'].get"


def test_parameters_that_change_between_pages_are_found(
    journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch(params={**PAST, "limit": "10"})
    fetch(params={**PAST, "endDate": "2026-01-08", "limit": "10", "start": "10"})
    expected = details(journal_mock)["changed-while-paging"]
    assert ["getSearches: endDate changed between two pages"] == expected
    assert [0, 1] == positions(journal_mock, "changed-while-paging")


def test_fetching_past_days_again_is_found(journal_mock: MockServer, fetch: Fetch) -> None:
    read_all(fetch, limit=1000)
    read_all(fetch, limit=1000, startDate="2026-01-06", endDate="2026-01-10")
    expected = "getSearches: up to 2 past days were fetched again"
    assert {"fetched-again": [expected]} == details(journal_mock)


@pytest.mark.parametrize(("query", "expected"), [
    ({"startDate": "2001-01-01"}, "days before the first rows"),
    ({"endDate": "2026-03-01"}, "getSearches: the range ends 29 days ahead"),
])  # fmt: skip
def test_a_range_beyond_the_data_is_found(
    query: dict[str, str], expected: str, journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch(params={"startDate": "2026-01-30", "limit": "1000", **query})
    (detail,) = details(journal_mock)["wide-range"]
    assert expected in detail


def test_a_default_range_beyond_the_data_is_not_found(make_mock: MakeMock) -> None:
    mock = make_mock(now="2026-01-01")
    mock.clock.advance(-timedelta(days=600))
    httpx.get(mock.url + SEARCHES, headers=HEADERS)
    assert {} == details(mock)


def test_reading_only_the_newest_rows_is_found_as_a_wide_range(
    overlaid_mock: MakeMock,
) -> None:
    order = "{name: order, in: query, schema: {type: string, enum: [asc, desc]}}"
    mock = overlaid_mock(f'{{target: "{SEARCH}.parameters", update: {order}}}', world="demo")
    query = {"order": "desc", "limit": "10"}
    total = httpx.get(mock.url + SEARCHES, headers=HEADERS, params=query).json()["totalSize"]
    assert {"wide-range": [f"getSearches: 10 of {total} rows were read"]} == details(mock)


def test_a_token_in_the_query_is_found(journal_mock: MockServer, fetch: Fetch) -> None:
    fetch(params={"limit": "1000", "access_token": "demo-token-us"}, token=None)
    expected = "getSearches was sent a token in its path or query"
    assert [expected] == details(journal_mock)["token-in-query"]


def test_a_token_in_a_declared_query_parameter_is_not_found(overlaid_mock: MakeMock) -> None:
    schemes = "$.components.securitySchemes"
    key = "{type: apiKey, name: key_token, in: query}"
    mock = overlaid_mock(
        f"{{target: \"{schemes}['Viewtracker-Bearer-Auth']\", remove: true}}",
        f"{{target: {schemes}, update: {{Viewtracker-Bearer-Auth: {key}}}}}",
    )
    query = {"key_token": "demo-token-us"}
    response = httpx.get(mock.url + SEARCHES, params=query, headers={"User-Agent": "test/1"})

    assert 200 == response.status_code
    assert "token-in-query" not in details(mock)


def test_equal_findings_of_unknown_parameters_are_reported_once(
    journal_mock: MockServer, fetch: Fetch
) -> None:
    for _ in range(2):
        fetch(params={"startdate": "2026-01-31", "limit": "1"})
    assert ["getSearches was sent 'startdate'"] == details(journal_mock)["unknown-parameter"]
    assert [0, 1] == positions(journal_mock, "unknown-parameter")


def test_deprecated_operations_and_parameters_are_found(overlaid_mock: MakeMock) -> None:
    mock = overlaid_mock(
        "{target: $.components.parameters.Start, update: {deprecated: true}}",
        f'{{target: "{SEARCH}", update: {{deprecated: true}}}}',
    )
    httpx.get(mock.url + SEARCHES, headers=HEADERS)
    without = details(mock)
    httpx.get(mock.url + SEARCHES, headers=HEADERS, params={"start": "0"})

    assert ["getSearches was requested"] == without["deprecated-operation"]
    assert "deprecated-parameter" not in without
    assert ["getSearches was sent 'start'"] == details(mock)["deprecated-parameter"]


def test_requests_of_version_1_are_found_with_its_end_date(make_mock: MakeMock) -> None:
    mock = make_mock(now="2023-12-01")
    httpx.get(f"{mock.url}/api/report/searches", auth=("admin@acme-demo.example", "x"))
    expected = "/api/report/searches was requested, which ends Mon, 01 Jan 2024 00:00:00 GMT"
    assert [expected] == details(mock)["deprecated-operation"]


def test_a_missing_user_agent_is_found(journal_mock: MockServer, fetch: Fetch) -> None:
    fetch(params={**PAST, "limit": "1000"}, headers={"User-Agent": ""})
    assert {"no-user-agent": ["getSearches was requested without one"]} == details(journal_mock)


def test_repeated_use_of_a_refused_token_is_found(journal_mock: MockServer, fetch: Fetch) -> None:
    for token in ("first-token", "other-token", "first-token", ""):
        fetch(params={**PAST, "limit": "1000"}, token=token)
    expected = "a token was sent again after it was refused, 1 times"
    assert {"same-token-after-401": [expected]} == details(journal_mock)
    assert [0, 2] == positions(journal_mock, "same-token-after-401")


def limited(until: str) -> Callable[[int], list[Exchange]]:
    """Make a client that receives this Retry-After, and waits a number of seconds."""
    clock = Clock(1_769_860_800_000, frozen=True)  # 2026-01-31T12:00:00Z
    journal = Journal(10)

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"retry-after", until.encode())] if until else []
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    middleware = JournalMiddleware(refuse, journal=journal, residency=Residency.US, clock=clock)
    client = TestClient(middleware)

    def send_twice(seconds: int) -> list[Exchange]:
        for _ in range(2):
            client.get("/a")
            clock.advance(timedelta(seconds=seconds))
        return journal.entries()

    return send_twice


@pytest.mark.parametrize(("until", "waited", "is_found"), [
    ("30", 29, True), ("30", 30, False), ("Sat, 31 Jan 2026 12:00:30 GMT", 29, True),
    ("Sat, 31 Jan 2026 12:00:30 GMT", 30, False), ("soon", 0, False), ("", 0, False),
])  # fmt: skip
def test_a_request_before_retry_after_has_passed_is_found(
    until: str, waited: int, is_found: bool
) -> None:
    findings = lint(limited(until)(waited))
    assert (["ignored-retry-after"] if is_found else []) == [one["rule"] for one in findings]


def test_requests_already_in_progress_at_the_refusal_are_not_found() -> None:
    first, second = limited("30")(0)
    second.began = first.began
    assert [] == lint([first, second])


def test_findings_can_be_written_as_text_and_json(journal_mock: MockServer, fetch: Fetch) -> None:
    for _ in range(10):
        fetch(params={**PAST, "limit": "1000", "sugar": "1"})
    findings = lint(journal_mock.journal.entries())
    text = findings_as_text(findings)

    assert findings == json.loads(json.dumps(findings))
    assert "unknown-parameter  A query parameter is not in the document" in text
    assert "getSearches was sent 'sugar': #" in text
    assert "and 2 more" in text
    assert "-> Remove it, or check its spelling." in text
    assert text.endswith("Findings: 2")
    assert "No findings." == findings_as_text([])


def test_equal_requests_of_different_residencies_are_not_repetitions(
    journal_mock: MockServer, fetch: Fetch, token_de: str
) -> None:
    query: dict[str, Any] = {"params": {**PAST, "limit": "1000"}}
    fetch(**query)
    headers = {**bearer(token_de), "User-Agent": "test/1"}
    httpx.get(journal_mock.de_url + SEARCHES, headers=headers, **query)
    assert {} == details(journal_mock)
