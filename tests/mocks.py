"""Names shared by tests of a running mock: a time, a path, a header with a token, and types."""

from collections.abc import Callable

import httpx

from mock_server import MockServer

NOW = "2026-01-31T12:00:00Z"
SEARCHES = "/api/v2/report/searches"

MakeMock = Callable[..., MockServer]
MakeClient = Callable[..., httpx.Client]


def bearer(token: str = "demo-token-us") -> dict[str, str]:
    """Make the header with a token."""
    return {"Authorization": f"Bearer {token}"}


BEARER = bearer()
