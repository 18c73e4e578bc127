"""Running mocks that all tests share."""

from collections.abc import Iterator

import pytest

from mock_server.data.site import demo_token_of
from mock_server.settings import Settings
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency

NOW = "2026-01-31T12:00:00Z"


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
