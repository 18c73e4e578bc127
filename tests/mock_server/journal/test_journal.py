"""What is stored of an exchange, how much, and how exchanges are found."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from mock_server import Clock, MockServer, MockServerError, Residency, Settings
from mock_server.journal.journal import LONGEST_BODY, Exchange, Journal
from mock_server.journal.middleware import JournalMiddleware
from tests.mocks import SEARCHES

Fetch = Callable[..., httpx.Response]


def test_an_exchange_stores_request_and_response(journal_mock: MockServer, fetch: Fetch) -> None:
    response = fetch(params={"limit": "2", "sugar": "1"})
    (exchange,) = journal_mock.journal.entries()
    entry = exchange.as_dict()
    assert ("GET", SEARCHES, 200) == (exchange.method, exchange.path, exchange.status)
    assert ("us", "getSearches") == (entry["residency"], entry["operation"])
    assert {"limit": ["2"], "sugar": ["1"]} == exchange.query
    assert ("sugar",) == exchange.context.unknown
    assert "test/1" == exchange.request_header("User-Agent")
    assert response.headers["X-Mock-Operation"] == exchange.response_header("x-mock-operation")
    assert response.content == exchange.body
    assert len(response.content) == exchange.size
    assert "2026-01-31T12:00:00.000Z" == entry["time"]
    assert entry["milliseconds"] > 0
    assert f"#{exchange.id} GET {SEARCHES}?limit=2&sugar=1 -> 200" == str(exchange)


def test_compressed_bodies_are_stored_decompressed(journal_mock: MockServer, fetch: Fetch) -> None:
    response = fetch(params={"limit": "30"})
    (exchange,) = journal_mock.journal.entries()
    assert "gzip" == response.headers["Content-Encoding"]
    assert response.content == exchange.body
    assert int(response.headers["Content-Length"]) == exchange.size < len(response.content)


def test_long_bodies_are_truncated(journal_mock: MockServer, fetch: Fetch) -> None:
    response = fetch(params={"limit": "1000"}, headers={"Accept-Encoding": "identity"})
    (exchange,) = journal_mock.journal.entries()
    assert response.content[:LONGEST_BODY] == exchange.body
    assert len(response.content) == exchange.size > LONGEST_BODY


@pytest.mark.parametrize(("path", "token", "stored"), [
    ("/nowhere", "", (404, None)), (SEARCHES, None, (401, "getSearches")),
    ("/openapi.json", None, (200, None)), (f"{SEARCHES}?limit=0", "", (400, "getSearches")),
])  # fmt: skip
def test_errors_and_documents_are_stored_too(
    path: str, token: str | None, stored: tuple[Any, ...], journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch(path, token=token)
    (exchange,) = journal_mock.journal.entries()
    assert stored == (exchange.status, exchange.operation)


def test_control_requests_are_not_stored(journal_mock: MockServer, fetch: Fetch) -> None:
    fetch("/__admin/health")
    assert [] == journal_mock.journal.entries()


def test_only_the_newest_exchanges_are_stored_and_ids_are_not_reused() -> None:
    with MockServer(Settings(port=0, de_port=0, world="tiny", journal=2)) as mock:
        for number in range(3):
            httpx.get(f"{mock.url}/{number}")
        stored = [(one.id, one.path) for one in mock.journal.entries()]
        mock.journal.clear()
        httpx.get(f"{mock.de_url}/last")
        assert [(2, "/1"), (3, "/2")] == stored
        (last,) = mock.journal.entries()
        assert (4, Residency.DE) == (last.id, last.residency)


def test_a_journal_of_size_zero_stores_nothing() -> None:
    with MockServer(Settings(port=0, de_port=0, world="tiny", journal=0)) as mock:
        httpx.get(mock.url)
        assert 0 == mock.journal.count()


@pytest.mark.parametrize(("criteria", "found"), [
    ({}, [0, 1, 2, 3]), ({"residency": "de"}, []), ({"operation": "getSearches"}, [0, 1, 3]),
    ({"status": 404}, [2]), ({"status": "4xx"}, [1, 2]), ({"method": "get"}, [0, 1, 2, 3]),
    ({"path": "/no*"}, [2]), ({"token": "none"}, [1]), ({"since": "2026-01-31T13:00:00Z"}, [3]),
    ({"until": "2026-01-31T13:00:00Z"}, [0, 1, 2]), ({"query": {"limit": "2"}}, [0]),
    ({"query": {"limit": None}}, [1, 2, 3]), ({"headers": {"user-agent": "other/*"}}, [3]),
    ({"headers": {"Authorization": "Bearer demo-token-us"}}, [0, 2, 3]),
    ({"headers": {"Authorization": None}, "status": 401}, [1]),
])  # fmt: skip
def test_exchanges_are_found_by_criteria(
    criteria: Any, found: list[int], journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch(params={"limit": "2"})
    fetch(token=None)
    fetch("/nowhere")
    journal_mock.clock.move_to(journal_mock.clock.now() + 3_600_000)
    fetch(headers={"User-Agent": "other/2"})
    entries = journal_mock.journal.entries()
    assert [entries[index] for index in found] == journal_mock.journal.find(**criteria)
    assert len(found) == journal_mock.journal.count(**criteria)


@pytest.mark.parametrize(("criteria", "error", "message"), [
    ({"since": "noon"}, MockServerError, "'noon' is not a time"), ({"sttaus": 404}, TypeError, "sttaus"),
])  # fmt: skip
def test_unknown_criteria_are_refused(criteria: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Journal(1).entries(**criteria)


def test_near_misses_are_sorted_by_number_of_differences(
    journal_mock: MockServer, fetch: Fetch
) -> None:
    fetch("/nowhere", token=None)
    fetch(params={"limit": "5", "start": "10"})
    fetch(params={"limit": "500"})
    misses = journal_mock.journal.near_misses(
        operation="getSearches", query={"limit": "50", "start": None}
    )

    nearest = misses[0]
    limit, start = "the query parameter limit is", "the query parameter start is"
    assert [one.differences for one in misses] == [
        (f"{limit} '500', not '50'",),
        (f"{limit} '5', not '50'", f"{start} there: '10'"),
        ("the operation is missing; 'getSearches' is wanted", f"{limit} missing; '50' is wanted"),
    ]
    assert f"{nearest.exchange}\n  - {nearest.differences[0]}" == str(nearest)


def test_a_request_is_in_the_journal_when_its_response_ends(
    journal_mock: MockServer, fetch: Fetch
) -> None:
    seen = []
    for number in range(20):
        fetch(params={"start": str(number)})
        seen.append(journal_mock.journal.count())
    assert list(range(1, 21)) == seen


def test_responses_without_a_body_are_in_the_journal_when_they_end(
    journal_mock: MockServer,
) -> None:
    seen = []
    with httpx.Client() as client:
        for number in range(50):
            if number >= 20:
                journal_mock.respond_once(**({"status": 503} if number < 40 else {"reset": True}))
            method = "HEAD" if number < 20 else "GET"
            with suppress(httpx.TransportError):
                client.request(method, journal_mock.url_for("getSearches"))
            seen.append(journal_mock.journal.count())
    assert [*range(1, 51)] == seen
    assert [None] * 10 == [one.status for one in journal_mock.journal.entries()[40:]]


def test_the_journal_can_be_read_during_writes(journal_mock: MockServer, fetch: Fetch) -> None:
    writer = threading.Thread(target=lambda: [fetch("/x", token=None) for _ in range(30)])
    writer.start()
    while writer.is_alive():
        journal_mock.journal.entries(path="/x")
    writer.join()
    assert 30 == journal_mock.journal.count(path="/x")


def stored_by(app: Any, query: str = "") -> Exchange:
    """Send one request to an app through the middleware, and return the stored exchange."""
    journal = Journal(10)
    middleware = JournalMiddleware(app, journal=journal, residency=Residency.US, clock=Clock())
    with suppress(ConnectionResetError, httpx.DecodingError):
        TestClient(middleware).get("/a", params=query)
    (stored,) = journal.entries()
    return stored


def test_an_interrupted_response_is_stored_as_incomplete() -> None:
    async def send_half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ConnectionResetError

    stored = stored_by(send_half)
    assert (200, b"half", False) == (stored.status, stored.body, stored.is_complete)


def test_a_closed_connection_is_stored_without_a_status() -> None:
    async def close(scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionResetError

    stored = stored_by(close)
    assert None is stored.status
    assert str(stored).endswith("GET /a -> no response")


@pytest.mark.parametrize("query", ["", "key=kq8XvZ3mPw0rTn5b"], ids=["", "beside a secret"])
def test_a_body_wrongly_labelled_as_gzip_is_stored_unchanged(query: str) -> None:
    async def send_plain(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-encoding", b"gzip")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"plain"})

    assert b"plain" == stored_by(send_plain, query).body
