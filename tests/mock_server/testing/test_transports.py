"""Transports of HTTPX and Requests that reach a mock without sockets."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from starlette.types import Receive, Scope, Send

import mock_server
from mock_server import MockServer, MockServerError, Residency, Settings
from mock_server.testing.transports import MockAdapter, MockTransport
from tests.commands import run_process
from tests.mocks import NOW, SEARCHES, bearer

HOSTS = {"us": "https://viewtracker.aws.bitvoodoo.cloud",
         "de": "https://de.viewtracker.aws.bitvoodoo.cloud"}  # fmt: skip
VARYING = {"date", "connection", "transfer-encoding"}


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0, now=NOW)) as running:
        yield running


def headers_of(residency: str) -> dict[str, str]:
    return {**bearer(f"demo-token-{residency}"), "Accept-Encoding": "gzip"}


def comparable(response: Any) -> tuple[int, dict[str, str], bytes]:
    headers = {name.lower(): value for name, value in response.headers.items()}
    stable = {name: value for name, value in headers.items() if name not in VARYING}
    return response.status_code, stable, response.content


def by_httpx(mock: MockServer, url: str, headers: dict[str, str]) -> Any:
    with httpx.Client(transport=mock_server.transport(mock)) as client:
        return client.get(url, headers=headers)


def by_async_httpx(mock: MockServer, url: str, headers: dict[str, str]) -> Any:
    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=mock_server.transport(mock)) as client:
            return await client.get(url, headers=headers)

    return asyncio.run(get())


def by_httpx_within_a_loop(mock: MockServer, url: str, headers: dict[str, str]) -> Any:
    async def get() -> Any:
        return by_httpx(mock, url, headers)

    return asyncio.run(get())


def by_requests(mock: MockServer, url: str, headers: dict[str, str]) -> Any:
    with requests.Session() as session:
        session.mount("https://", mock_server.adapter(mock))
        return session.get(url, headers=headers)


@pytest.mark.parametrize("residency", ["us", "de"])
@pytest.mark.parametrize("query", ["?limit=2", "?limit=500", "?limit=no", "?startDate=2026-01-30"])
@pytest.mark.parametrize("get", [by_httpx, by_async_httpx, by_httpx_within_a_loop, by_requests])
def test_transports_give_the_same_responses_as_sockets(
    mock: MockServer, get: Any, query: str, residency: str
) -> None:
    headers, target = headers_of(residency), SEARCHES + query
    expected = comparable(httpx.get(mock.url_of(Residency(residency)) + target, headers=headers))
    assert expected == comparable(get(mock, HOSTS[residency] + target, headers))


def test_a_transport_without_a_mock_makes_its_own() -> None:
    with httpx.Client(transport=mock_server.transport()) as client:
        response = client.get(HOSTS["us"] + SEARCHES, headers=headers_of("us"))
    assert 200 == response.status_code


def test_a_closed_transport_can_be_used_again(mock: MockServer) -> None:
    transport = mock_server.transport(mock)
    for _ in range(2):
        with httpx.Client(transport=transport) as client:
            assert 401 == client.get(HOSTS["us"] + SEARCHES).status_code


class Breaking:
    """A mock whose application resets the connection, before or during a response."""

    def __init__(self, *, begins: bool) -> None:
        self._begins = begins

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        if not self._begins:
            raise ConnectionResetError("reset")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


@pytest.mark.parametrize("begins", [False, True])
def test_a_connection_reset_raises_the_error_of_the_client_library(*, begins: bool) -> None:
    mock: Any = Breaking(begins=begins)
    session = requests.Session()
    session.mount("https://", MockAdapter(MockTransport(mock)))
    with (
        httpx.Client(transport=MockTransport(mock)) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.get(HOSTS["us"])
    with session, pytest.raises(requests.ConnectionError):
        session.get(HOSTS["us"])


def test_an_unclosed_client_does_not_prevent_the_program_from_ending() -> None:
    program = (
        "import httpx, mock_server\n"
        "mock = mock_server.MockServer(mock_server.Settings(world='tiny'))\n"
        "client = httpx.Client(transport=mock_server.transport(mock), base_url='http://us')\n"
        "print(client.get('/openapi.json').status_code)\n"
    )
    done = run_process(sys.executable, "-c", program)
    assert (0, "200") == (done.code, done.out.strip()), done.err


@pytest.mark.parametrize("make", [mock_server.transport, mock_server.adapter])
def test_transports_accept_only_mocks(make: Any, mock: MockServer) -> None:
    for invalid in (5, False, "http://127.0.0.1", MockServer, mock.us):
        with pytest.raises(MockServerError, match=r"mock: .* should be an instance of MockServer"):
            make(invalid)
