"""The mock without sockets responds to HTTPX and Requests as it does over them."""

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


def parts(response: Any) -> tuple[int, dict[str, str], bytes]:
    headers = {name.lower(): value for name, value in response.headers.items()}
    lasting = {name: value for name, value in headers.items() if name not in VARYING}
    return response.status_code, lasting, response.content


def by_httpx(mock: MockServer, url: str, headers: dict[str, str]) -> Any:
    with httpx.Client(transport=mock_server.transport(mock)) as client:
        return client.get(url, headers=headers)


def by_async_httpx(mock: MockServer, url: str, headers: dict[str, str]) -> Any:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=mock_server.transport(mock)) as client:
            return await client.get(url, headers=headers)

    return asyncio.run(ask())


def by_httpx_within_a_loop(mock: MockServer, url: str, headers: dict[str, str]) -> Any:
    async def ask() -> Any:
        return by_httpx(mock, url, headers)

    return asyncio.run(ask())


def by_requests(mock: MockServer, url: str, headers: dict[str, str]) -> Any:
    with requests.Session() as session:
        session.mount("https://", mock_server.adapter(mock))
        return session.get(url, headers=headers)


@pytest.mark.parametrize("residency", ["us", "de"])
@pytest.mark.parametrize("query", ["?limit=2", "?limit=500", "?limit=no", "?startDate=2026-01-30"])
@pytest.mark.parametrize("ask", [by_httpx, by_async_httpx, by_httpx_within_a_loop, by_requests])
def test_transports_match_sockets(mock: MockServer, ask: Any, query: str, residency: str) -> None:
    headers, target = headers_of(residency), SEARCHES + query
    expected = parts(httpx.get(mock.url_of(Residency(residency)) + target, headers=headers))
    assert expected == parts(ask(mock, HOSTS[residency] + target, headers))


def test_a_mock_of_its_own_is_made_where_none_is_given() -> None:
    with httpx.Client(transport=mock_server.transport()) as client:
        response = client.get(HOSTS["us"] + SEARCHES, headers=headers_of("us"))
    assert 200 == response.status_code


def test_one_transport_may_be_closed_and_used_again(mock: MockServer) -> None:
    transport = mock_server.transport(mock)
    for _ in range(2):
        with httpx.Client(transport=transport) as client:
            assert 401 == client.get(HOSTS["us"] + SEARCHES).status_code


class Breaking:
    """A mock whose application breaks the connection, before or within a response."""

    def __init__(self, *, begins: bool) -> None:
        self._begins = begins

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        if not self._begins:
            raise ConnectionResetError("reset")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


@pytest.mark.parametrize("begins", [False, True])
def test_a_broken_connection_is_the_librarys_own_error(*, begins: bool) -> None:
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


def test_a_client_that_nobody_closes_does_not_keep_the_program_from_ending() -> None:
    program = (
        "import httpx, mock_server\n"
        "mock = mock_server.MockServer(mock_server.Settings(world='tiny'))\n"
        "client = httpx.Client(transport=mock_server.transport(mock), base_url='http://us')\n"
        "print(client.get('/openapi.json').status_code)\n"
    )
    done = run_process(sys.executable, "-c", program)
    assert (0, "200") == (done.code, done.out.strip()), done.err


@pytest.mark.parametrize("make", [mock_server.transport, mock_server.adapter])
def test_what_is_no_mock_is_refused(make: Any, mock: MockServer) -> None:
    for wrong in (5, False, "http://127.0.0.1", MockServer, mock.us):
        with pytest.raises(MockServerError, match=r"mock: .* should be an instance of MockServer"):
            make(wrong)
