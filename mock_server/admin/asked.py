"""What a request to the control API is about: which mock, and which of its sites."""

from typing import Any, cast

import orjson
from connexion import context
from starlette.responses import Response

from mock_server.control import Control
from mock_server.domain import Residency
from mock_server.site import Site


def asked_control() -> Control:
    """Give what the mock that was asked is controlled by."""
    return cast("Control", context.scope["state"]["control"])


def asked_site(residency: str | None) -> Site:
    """Give the site of a residency, or else the one whose host or port was asked."""
    named = residency or context.scope["state"]["residency"]
    return asked_control().sites[Residency(named)]


def told(body: Any, status: int = 200) -> Response:
    """Give an answer in JSON, which may hold a token, so that nothing on its way may keep it."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(orjson.dumps(body), status, headers)


def done() -> Response:
    """Give an answer that tells nothing but success."""
    return Response(status_code=204)
