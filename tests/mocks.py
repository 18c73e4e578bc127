"""What tests of a running mock have in common: the time, a report, a token, and type names."""

from collections.abc import Callable

import httpx

from mock_server import MockServer

NOW = "2026-01-31T12:00:00Z"
SEARCHES = "/api/v2/report/searches"

MakeMock = Callable[..., MockServer]
MakeClient = Callable[..., httpx.Client]


def bearer(token: str = "demo-token-us") -> dict[str, str]:
    """Make the header that has a token."""
    return {"Authorization": f"Bearer {token}"}


BEARER = bearer()
