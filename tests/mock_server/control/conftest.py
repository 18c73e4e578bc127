"""A mock whose control API is asked; it is back at the start before each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings

NOW = "2026-01-31T12:00:00Z"
PATIENCE = 60
"""Seconds; a busy machine is no failure."""

MakeMock = Callable[..., MockServer]


@pytest.fixture
def mock(running: MockServer) -> MockServer:
    running.reset()
    return running


@pytest.fixture
def admin(mock: MockServer) -> Iterator[httpx.Client]:
    """Asks the control API at the US port."""
    with httpx.Client(base_url=f"{mock.url}/__admin", timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def make_mock() -> Iterator[MakeMock]:
    with ExitStack() as opened:

        def start(**changes: Any) -> MockServer:
            settings = Settings(**{"port": 0, "de_port": 0, "world": "tiny", "now": NOW, **changes})
            return opened.enter_context(MockServer(settings))

        yield start
