"""A running mock to ask, and a socket to ask it in ways that no client library lets through."""

import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from mock_server.data.site import demo_token_of
from mock_server.settings import Settings
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency

NOW = "2026-01-31T12:00:00Z"

Answer = tuple[int, list[tuple[str, str]], bytes]


@pytest.fixture(scope="session")
def mock() -> Iterator[MockServer]:
    """A mock of the demo world that all tests share; whoever changes it makes their own."""
    with MockServer(Settings(port=0, de_port=0, world="demo", now=NOW)) as running:
        yield running


@pytest.fixture(scope="session")
def running() -> Iterator[MockServer]:
    """A mock whose clock stands still; whoever uses it resets it first."""
    with MockServer(Settings(port=0, de_port=0, now=NOW, freeze=True)) as mock:
        yield mock


@pytest.fixture
def token_us() -> str:
    return demo_token_of(Residency.US)


@pytest.fixture
def token_de() -> str:
    return demo_token_of(Residency.DE)


@pytest.fixture(scope="session")
def raw(mock: MockServer) -> Callable[[bytes], Answer]:
    """Sends bytes to the US port as they are; the answer is read until the server hangs up."""
    port = urlsplit(mock.url).port

    def send(request: bytes) -> Answer:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        fields = [line.partition(":") for line in lines]
        return int(status.split(" ")[1]), [(k.lower(), v.strip()) for k, _, v in fields], body

    return send
