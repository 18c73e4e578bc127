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

from mock_server import Clock, MockServer, Residency, Settings
from mock_server.journal.exchange import Exchange
from mock_server.journal.journal import Journal
from mock_server.journal.lint import RULES, findings_as_text, lint
from mock_server.journal.middleware import JournalMiddleware
from tests.mocks import SEARCHES

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


def test_a_good_client_has_nothing_to_hear(journal_mock: MockServer, ask: Ask) -> None:
    assert read_all(ask) > 20
    assert {} == found(journal_mock)


def test_rules_have_ids_of_their_own() -> None:
    assert len(RULES) == len({one.id for one in RULES})


def test_a_report_left_after_its_first_page_is_found(journal_mock: MockServer, ask: Ask) -> None:
    total = ask(params={**PAST, "limit": "10"}).json()["totalSize"]
    assert {"stopped-early": [f"getSearches: 10 of {total} rows were read"]} == found(journal_mock)


def test_a_report_left_after_a_failure_is_not_found(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "10"})
    journal_mock.sites[Residency.US].tokens.delete()
    ask(params={**PAST, "limit": "10", "start": "10"})
    assert {} == found(journal_mock)


def test_pages_by_whatever_name_are_understood() -> None:
    document = DOCUMENTS / "hal_pages.yaml"
    with MockServer(Settings(port=0, de_port=0, document=document)) as mock:
        bound = next(one for one in mock.binding.operations.values())
        path = mock.document.base_path + bound.operation.path
        for name in ("contentId", "id"):
            path = path.replace(f"{{{name}}}", str(mock.sites[Residency.US].example_content().id))
        names = {one.part.name: one.parameter.name for one in bound.parameters if one.part}
        assert {"PAGE", "LIMIT"} <= names.keys()

        def turn(page: int, limit: int) -> None:
            query = {names["PAGE"]: str(page), names["LIMIT"]: str(limit)}
            answer = httpx.get(mock.url + path, params=query, headers=bearer())
            assert answer.is_success, answer.text

        first = next(one.first for one in bound.parameters if one.parameter.name == names["PAGE"])
        turn(first, 2)
        early = found(mock)
        turn(first + 1, 3)

        assert ["stopped-early"] == list(early)
        assert (
            f"{bound.operation.id}: {names['LIMIT']} changed between two pages"
            in (found(mock)["changed-while-paging"])
        )


def bearer() -> dict[str, str]:
    return {"Authorization": "Bearer demo-token-us", "User-Agent": "test/1"}


def test_parameters_that_change_between_pages_are_found(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "10"})
    ask(params={**PAST, "endDate": "2026-01-08", "limit": "10", "start": "10"})
    said = found(journal_mock)["changed-while-paging"]
    assert ["getSearches: endDate changed between two pages"] == said
    assert [0, 1] == shown(journal_mock, "changed-while-paging")


def test_a_page_size_may_change_where_rows_are_counted(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "10"})
    ask(params={**PAST, "limit": "1000", "start": "10"})
    assert {} == found(journal_mock)


def test_fetching_past_days_again_is_found(journal_mock: MockServer, ask: Ask) -> None:
    read_all(ask, limit=1000)
    read_all(ask, limit=1000, startDate="2026-01-06", endDate="2026-01-10")
    said = "getSearches: up to 2 past days were fetched again"
    assert {"fetched-again": [said]} == found(journal_mock)


def test_today_may_be_fetched_again(journal_mock: MockServer, ask: Ask) -> None:
    for _ in range(2):
        read_all(ask, limit=1000, startDate="2026-01-31", endDate="2026-01-31")
    assert {} == found(journal_mock)


def test_a_first_request_for_the_count_is_fine(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "1"})
    read_all(ask)
    assert {} == found(journal_mock)


@pytest.mark.parametrize(("query", "said"), [
    ({"startDate": "2001-01-01"}, "days before the first rows"),
    ({"endDate": "2026-03-01"}, "getSearches: the range ends 29 days ahead"),
])  # fmt: skip
def test_a_range_with_empty_ends_is_found(
    query: dict[str, str], said: str, journal_mock: MockServer, ask: Ask
) -> None:
    ask(params={"startDate": "2026-01-30", "limit": "1000", **query})
    (told,) = found(journal_mock)["wide-range"]
    assert said in told


def test_a_range_by_default_is_nobodys_fault() -> None:
    with MockServer(Settings(port=0, de_port=0, world="tiny", now="2026-01-01")) as mock:
        mock.clock.move_to(mock.clock.now() - timedelta(days=600) // timedelta(milliseconds=1))
        httpx.get(mock.url + SEARCHES, headers=bearer())
        assert {} == found(mock)


def test_the_newest_rows_of_a_long_range_are_found_as_a_range_too_wide(tmp_path: Path) -> None:
    overlay = tmp_path / "order.yaml"
    overlay.write_text(
        """
overlay: 1.0.0
info: {title: order, version: 1.0.0}
actions:
  - target: $.paths['/api/v2/report/searches'].get.parameters
    update: {name: order, in: query, schema: {type: string, enum: [asc, desc]}}
"""
    )
    with MockServer(Settings(port=0, de_port=0, overlay=(overlay,))) as mock:
        query = {"order": "desc", "limit": "10"}
        total = httpx.get(mock.url + SEARCHES, headers=bearer(), params=query).json()["totalSize"]
        assert {"wide-range": [f"getSearches: 10 of {total} rows were read"]} == found(mock)


def test_a_token_in_the_address_is_found(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={"limit": "1000", "access_token": "demo-token-us"}, token=None)
    assert ["getSearches was sent a token in its path or query"] == (
        found(journal_mock)["token-in-query"]
    )


def test_a_token_where_the_document_wants_it_is_not_found(tmp_path: Path) -> None:
    overlay = tmp_path / "key.yaml"
    overlay.write_text(
        """
overlay: 1.0.0
info: {title: key, version: 1.0.0}
actions:
  - target: $.components.securitySchemes['Viewtracker-Bearer-Auth']
    remove: true
  - target: $.components.securitySchemes
    update: {Viewtracker-Bearer-Auth: {type: apiKey, name: key_token, in: query}}
"""
    )
    with MockServer(Settings(port=0, de_port=0, world="tiny", overlay=(overlay,))) as mock:
        query = {"key_token": "demo-token-us"}
        answer = httpx.get(mock.url + SEARCHES, params=query, headers={"User-Agent": "test/1"})

        assert 200 == answer.status_code
        assert "token-in-query" not in found(mock)


def test_an_unknown_parameter_is_found_once(journal_mock: MockServer, ask: Ask) -> None:
    for _ in range(2):
        ask(params={"startdate": "2026-01-31", "limit": "1"})
    assert ["getSearches was sent 'startdate'"] == found(journal_mock)["unknown-parameter"]
    assert [0, 1] == shown(journal_mock, "unknown-parameter")


def test_what_the_document_calls_deprecated_is_found(tmp_path: Path) -> None:
    overlay = tmp_path / "deprecated.yaml"
    overlay.write_text(
        """
overlay: 1.0.0
info: {title: deprecated, version: 1.0.0}
actions:
  - target: $.components.parameters.Start
    update: {deprecated: true}
  - target: $.paths['/api/v2/report/searches'].get
    update: {deprecated: true}
"""
    )
    with MockServer(Settings(port=0, de_port=0, world="tiny", overlay=(overlay,))) as mock:
        httpx.get(mock.url + SEARCHES, headers=bearer())
        without = found(mock)
        httpx.get(mock.url + SEARCHES, headers=bearer(), params={"start": "0"})

        assert ["getSearches was requested"] == without["deprecated-operation"]
        assert "deprecated-parameter" not in without
        assert ["getSearches was sent 'start'"] == found(mock)["deprecated-parameter"]


def test_the_old_api_is_found_with_its_end() -> None:
    with MockServer(Settings(port=0, de_port=0, now="2023-12-01")) as mock:
        httpx.get(f"{mock.url}/api/report/searches", auth=("admin@acme-demo.example", "x"))
        assert [
            "/api/report/searches was requested, which ends Mon, 01 Jan 2024 00:00:00 GMT"
        ] == found(mock)["deprecated-operation"]


def test_a_client_without_a_name_is_found(journal_mock: MockServer, ask: Ask) -> None:
    ask(params={**PAST, "limit": "1000"}, headers={"User-Agent": ""})
    assert {"no-user-agent": ["getSearches was requested without one"]} == found(journal_mock)


def test_going_on_with_a_refused_token_is_found(journal_mock: MockServer, ask: Ask) -> None:
    for token in ("first-token", "other-token", "first-token", ""):
        ask(params={**PAST, "limit": "1000"}, token=token)
    said = found(journal_mock)
    assert {
        "same-token-after-401": ["a token was sent again after it was refused, 1 times"]
    } == said
    assert [0, 2] == shown(journal_mock, "same-token-after-401")


def limited(until: str) -> Callable[[int], list[Exchange]]:
    """Make a client that is told to wait, and then waits some seconds."""
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
    headers = {"Authorization": f"Bearer {token_de}", "User-Agent": "test/1"}
    httpx.get(journal_mock.de_url + SEARCHES, headers=headers, **query)
    assert {} == found(journal_mock)
