"""Each rule finds the habit it is for, and says nothing against clients without it."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from mock_server import Clock, MockServer, Residency
from mock_server.journal.exchange import Exchange
from mock_server.journal.journal import Journal
from mock_server.journal.lint import RULES, findings_as_text, lint
from mock_server.journal.middleware import JournalMiddleware
from tests.mocks import SEARCHES, MakeMock, bearer

Ask = Callable[..., httpx.Response]

DOCUMENTS = Path(__file__).parents[2] / "documents"
PAST = {"startDate": "2026-01-05", "endDate": "2026-01-07"}


def found(mock: MockServer) -> dict[str, list[str]]:
    """Give what is said by each rule that was broken."""
    said: dict[str, list[str]] = {}
    for one in lint(mock.journal.entries()):
        said.setdefault(one.rule.id, []).append(one.detail)
    return said


def shown(mock: MockServer, rule: str) -> list[int]:
    """Give the places in the journal of what shows that a rule was broken."""
    places = {one.id: place for place, one in enumerate(mock.journal.entries())}
    return [
        places[each.id]
        for one in lint(mock.journal.entries())
        if one.rule.id == rule
        for each in one.exchanges
    ]


def read_all(ask: Ask, limit: int = 20, **query: str) -> int:
    """Read a report as a good client does; give the number of its rows."""
    start, total = 0, 1
    while start < total:
        page = ask(params={**PAST, **query, "start": str(start), "limit": str(limit)}).json()
        start, total = start + page["size"], page["totalSize"]
    return total


def test_a_good_client_has_no_findings(journal_mock: MockServer, ask: Ask) -> None:
    assert read_all(ask) > 20
    assert {} == found(journal_mock)


def refused_in_between(mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "10"})
    mock.sites[Residency.US].tokens.delete()
    ask(params={**PAST, "limit": "10", "start": "10"})


def with_a_larger_page(mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "10"})
    ask(params={**PAST, "limit": "1000", "start": "10"})


def of_today_twice(mock: MockServer, ask: Ask) -> None:
    for _ in range(2):
        read_all(ask, limit=1000, startDate="2026-01-31", endDate="2026-01-31")


def after_the_count(mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "1"})
    read_all(ask)


@pytest.mark.parametrize(
    "read", [refused_in_between, with_a_larger_page, of_today_twice, after_the_count]
)
def test_a_report_may_be_read(
    read: Callable[[MockServer, Ask], None], journal_mock: MockServer, ask: Ask
) -> None:
    read(journal_mock, ask)
    assert {} == found(journal_mock)


def test_rules_have_ids_of_their_own() -> None:
    assert len(RULES) == len({one.id for one in RULES})


def test_a_report_left_after_its_first_page_is_found(journal_mock: MockServer, ask: Ask) -> None:
    total = ask(params={**PAST, "limit": "10"}).json()["totalSize"]
    assert {"stopped-early": [f"getSearches: 10 of {total} rows were read"]} == found(journal_mock)


def test_pages_by_whatever_name_are_understood(make_mock: MakeMock) -> None:
    mock = make_mock(document=DOCUMENTS / "hal_pages.yaml", world="demo")
    bound = next(one for one in mock.binding.operations.values())
    names = {one.part.name: one.parameter.name for one in bound.parameters if one.part}
    assert {"PAGE", "LIMIT"} <= names.keys()
    content = mock.sites[Residency.US].example_content().id
    in_path = {
        name: content for name in ("contentId", "id") if f"{{{name}}}" in bound.operation.path
    }

    def turn(page: int, limit: int) -> None:
        query = {names["PAGE"]: page, names["LIMIT"]: limit}
        url = mock.url_for(bound.operation.id, **in_path, **query)
        response = httpx.get(url, headers=GOOD)
        assert response.is_success, response.text

    first = next(one.first for one in bound.parameters if one.parameter.name == names["PAGE"])
    turn(first, 2)
    early = found(mock)
    turn(first + 1, 3)

    assert ["stopped-early"] == list(early)
    changed = f"{bound.operation.id}: {names['LIMIT']} changed between two pages"
    assert changed in found(mock)["changed-while-paging"]


GOOD = {**bearer(), "User-Agent": "test/1"}
SEARCH = f"$.paths['{SEARCHES}'].get"


def test_parameters_that_change_between_pages_are_found(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "10"})
    ask(params={**PAST, "endDate": "2026-01-08", "limit": "10", "start": "10"})
    said = found(journal_mock)["changed-while-paging"]
    assert ["getSearches: endDate changed between two pages"] == said
    assert [0, 1] == shown(journal_mock, "changed-while-paging")


def test_fetching_past_days_again_is_found(journal_mock: MockServer, ask: Ask) -> None:
    read_all(ask, limit=1000)
    read_all(ask, limit=1000, startDate="2026-01-06", endDate="2026-01-10")
    said = "getSearches: up to 2 past days were fetched again"
    assert {"fetched-again": [said]} == found(journal_mock)


@pytest.mark.parametrize(("query", "said"), [
    ({"startDate": "2001-01-01"}, "days before the first rows"),
    ({"endDate": "2026-03-01"}, "getSearches: the range ends 29 days ahead"),
])  # fmt: skip
def test_a_range_with_empty_ends_is_found(
    query: dict[str, str], said: str, journal_mock: MockServer, ask: Ask
) -> None:
    ask(params={"startDate": "2026-01-30", "limit": "1000", **query})
    (detail,) = found(journal_mock)["wide-range"]
    assert said in detail


def test_a_range_by_default_is_nobodys_fault(make_mock: MakeMock) -> None:
    mock = make_mock(now="2026-01-01")
    mock.clock.advance(-timedelta(days=600))
    httpx.get(mock.url + SEARCHES, headers=GOOD)
    assert {} == found(mock)


def test_the_newest_rows_of_a_long_range_are_found_as_a_range_too_wide(
    overlaid_mock: MakeMock,
) -> None:
    order = "{name: order, in: query, schema: {type: string, enum: [asc, desc]}}"
    mock = overlaid_mock(f'{{target: "{SEARCH}.parameters", update: {order}}}', world="demo")
    query = {"order": "desc", "limit": "10"}
    total = httpx.get(mock.url + SEARCHES, headers=GOOD, params=query).json()["totalSize"]
    assert {"wide-range": [f"getSearches: 10 of {total} rows were read"]} == found(mock)


def test_a_token_in_the_address_is_found(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={"limit": "1000", "access_token": "demo-token-us"}, token=None)
    said = "getSearches was sent a token in its path or query"
    assert [said] == found(journal_mock)["token-in-query"]


def test_a_token_where_the_document_wants_it_is_not_found(overlaid_mock: MakeMock) -> None:
    schemes = "$.components.securitySchemes"
    key = "{type: apiKey, name: key_token, in: query}"
    mock = overlaid_mock(
        f"{{target: \"{schemes}['Viewtracker-Bearer-Auth']\", remove: true}}",
        f"{{target: {schemes}, update: {{Viewtracker-Bearer-Auth: {key}}}}}",
    )
    query = {"key_token": "demo-token-us"}
    response = httpx.get(mock.url + SEARCHES, params=query, headers={"User-Agent": "test/1"})

    assert 200 == response.status_code
    assert "token-in-query" not in found(mock)


def test_an_unknown_parameter_is_found_once(journal_mock: MockServer, ask: Ask) -> None:
    for _ in range(2):
        ask(params={"startdate": "2026-01-31", "limit": "1"})
    assert ["getSearches was sent 'startdate'"] == found(journal_mock)["unknown-parameter"]
    assert [0, 1] == shown(journal_mock, "unknown-parameter")


def test_what_the_document_calls_deprecated_is_found(overlaid_mock: MakeMock) -> None:
    mock = overlaid_mock(
        "{target: $.components.parameters.Start, update: {deprecated: true}}",
        f'{{target: "{SEARCH}", update: {{deprecated: true}}}}',
    )
    httpx.get(mock.url + SEARCHES, headers=GOOD)
    without = found(mock)
    httpx.get(mock.url + SEARCHES, headers=GOOD, params={"start": "0"})

    assert ["getSearches was requested"] == without["deprecated-operation"]
    assert "deprecated-parameter" not in without
    assert ["getSearches was sent 'start'"] == found(mock)["deprecated-parameter"]


def test_the_old_api_is_found_with_its_end(make_mock: MakeMock) -> None:
    mock = make_mock(now="2023-12-01")
    httpx.get(f"{mock.url}/api/report/searches", auth=("admin@acme-demo.example", "x"))
    said = "/api/report/searches was requested, which ends Mon, 01 Jan 2024 00:00:00 GMT"
    assert [said] == found(mock)["deprecated-operation"]


def test_a_client_without_a_name_is_found(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "1000"}, headers={"User-Agent": ""})
    assert {"no-user-agent": ["getSearches was requested without one"]} == found(journal_mock)


def test_going_on_with_a_refused_token_is_found(journal_mock: MockServer, ask: Ask) -> None:
    for token in ("first-token", "other-token", "first-token", ""):
        ask(params={**PAST, "limit": "1000"}, token=token)
    said = "a token was sent again after it was refused, 1 times"
    assert {"same-token-after-401": [said]} == found(journal_mock)
    assert [0, 2] == shown(journal_mock, "same-token-after-401")


def limited(until: str) -> Callable[[int], list[Exchange]]:
    """Make a client that is to wait until then, and waits some seconds."""
    clock = Clock(1_769_860_800_000, frozen=True)  # 2026-01-31T12:00:00Z
    journal = Journal(10)

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"retry-after", until.encode())] if until else []
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    layer = JournalMiddleware(refuse, journal=journal, residency=Residency.US, clock=clock)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        pass

    def ask_twice(seconds: int) -> list[Exchange]:
        for _ in range(2):
            scope = {"type": "http", "method": "GET", "path": "/a", "query_string": b""}
            asyncio.run(layer({**scope, "headers": [(b"user-agent", b"x")]}, receive, send))
            clock.advance(timedelta(seconds=seconds))
        return journal.entries()

    return ask_twice


@pytest.mark.parametrize(("until", "waited", "is_found"), [
    ("30", 29, True), ("30", 30, False), ("Sat, 31 Jan 2026 12:00:30 GMT", 29, True),
    ("Sat, 31 Jan 2026 12:00:30 GMT", 30, False), ("soon", 0, False), ("", 0, False),
])  # fmt: skip
def test_asking_again_before_retry_after_is_found(until: str, waited: int, is_found: bool) -> None:
    findings = lint(limited(until)(waited))
    assert (["ignored-retry-after"] if is_found else []) == [one.rule.id for one in findings]


def test_requests_that_were_under_way_when_it_was_refused_are_forgiven() -> None:
    first, second = limited("30")(0)
    second.began = first.began
    assert [] == lint([first, second])


def test_findings_are_text_and_json(journal_mock: MockServer, ask: Ask) -> None:
    for _ in range(10):
        ask(params={**PAST, "limit": "1000", "sugar": "1"})
    findings = [one.as_dict() for one in lint(journal_mock.journal.entries())]
    text = findings_as_text(findings)

    assert findings == json.loads(json.dumps(findings))
    assert "unknown-parameter  A query parameter is not in the document" in text
    assert "getSearches was sent 'sugar': #" in text
    assert "and 2 more" in text
    assert "-> Remove it, or check its spelling." in text
    assert text.endswith("Findings: 2")
    assert "No findings." == findings_as_text([])


def test_clients_are_distinguished(journal_mock: MockServer, ask: Ask, token_de: str) -> None:
    query: dict[str, Any] = {"params": {**PAST, "limit": "1000"}}
    ask(**query)
    headers = {**bearer(token_de), "User-Agent": "test/1"}
    httpx.get(journal_mock.de_url + SEARCHES, headers=headers, **query)
    assert {} == found(journal_mock)
