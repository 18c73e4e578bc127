"""A mock that is reset before each test, and a client of its control API."""

from collections.abc import Iterator

import httpx
import pytest

from mock_server import MockServer


@pytest.fixture
def mock(running: MockServer) -> MockServer:
    running.reset()
    return running


@pytest.fixture
def admin(mock: MockServer) -> Iterator[httpx.Client]:
    """A client of the control API at the US port."""
    with httpx.Client(base_url=f"{mock.url}/__admin") as client:
        yield client
