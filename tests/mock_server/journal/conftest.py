"""A mock with a journal, and requests as clients send them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mock_server import MockServer
from tests.mocks import SEARCHES

Fetch = Callable[..., httpx.Response]


@pytest.fixture
def journal_mock(running: MockServer) -> MockServer:
    """A mock with an empty journal and a stopped clock."""
    running.reset()
    return running


@pytest.fixture
def fetch(journal_mock: MockServer, token_us: str) -> Fetch:
    """Requests searches, or another path, with the valid token or another."""

    def get(path: str = SEARCHES, *, token: str | None = "", **options: Any) -> httpx.Response:
        headers = {"User-Agent": "test/1"} | options.pop("headers", {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token or token_us}"
        return httpx.get(journal_mock.url + path, headers=headers, **options)

    return get
