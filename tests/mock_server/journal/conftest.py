"""A mock that keeps a journal, asked as clients do."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mock_server import MockServer
from tests.mocks import SEARCHES

"""Seconds; a busy machine is no failure."""

Ask = Callable[..., httpx.Response]


@pytest.fixture
def journal_mock(running: MockServer) -> MockServer:
    """A mock with a journal that is empty; its clock stands still."""
    running.reset()
    return running


@pytest.fixture
def ask(journal_mock: MockServer, token_us: str) -> Ask:
    """Asks for searches, or another path, with the good token or others."""

    def get(path: str = SEARCHES, *, token: str | None = "", **options: Any) -> httpx.Response:
        headers = {"User-Agent": "test/1"} | options.pop("headers", {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token or token_us}"
        return httpx.get(journal_mock.url + path, headers=headers, **options)

    return get
