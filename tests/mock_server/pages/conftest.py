"""A mock whose pages are requested without sockets; it is reset before each test."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

import mock_server
from mock_server import MockServer, Settings
from tests.mocks import NOW, MakeClient


@pytest.fixture(scope="package")
def running() -> MockServer:
    return MockServer(Settings(port=0, de_port=0, now=NOW, freeze=True))


@pytest.fixture
def mock(running: MockServer) -> MockServer:
    running.reset()
    return running


@pytest.fixture
def client(mock: MockServer) -> Iterator[httpx.Client]:
    """A client of the US site by a loopback address."""
    with httpx.Client(
        transport=mock_server.transport(mock), base_url="http://127.0.0.1:8080"
    ) as one:
        yield one


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Makes a client of a mock with these settings; the default world is a small one."""
    with ExitStack() as opened:

        def make(**changes: Any) -> httpx.Client:
            settings = Settings(**{"port": 0, "de_port": 0, "world": "tiny", "now": NOW, **changes})
            transport = mock_server.transport(MockServer(settings))
            return opened.enter_context(
                httpx.Client(transport=transport, base_url="http://127.0.0.1:8080")
            )

        yield make
