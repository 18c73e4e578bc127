"""A mock with a journal, and requests as clients send them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mock_server import MockServer
from tests.mocks import SEARCHES

Ask = Callable[..., httpx.Response]


@pytest.fixture
def journal_mock(running: MockServer) -> MockServer:
    """A mock with a journal that is empty; its clock stands still."""
    running.reset()
    return running


@pytest.fixture
def ask(journal_mock: MockServer, token_us: str) -> Ask:
    """Requests searches, or another path, with the valid token or another."""

    def get(path: str = SEARCHES, *, token: str | None = "", **options: Any) -> httpx.Response:
        headers = {"User-Agent": "test/1"} | options.pop("headers", {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token or token_us}"
        return httpx.get(journal_mock.url + path, headers=headers, **options)

    return get
