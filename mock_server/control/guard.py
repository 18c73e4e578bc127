"""Protect the control API against unauthorized requests and pages of other origins.

A page in a local browser can send requests to loopback, too. Such requests are recognized by the
host name (DNS rebinding), the `Origin` header and Fetch Metadata.
"""

import hmac
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.errors import (
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
)
from mock_server.inputs.hosts import is_loopback
from mock_server.settings import Settings

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="viewtracker-mock control"'}
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{0,5})?")
"""Matches a valid Host header (RFC 9110, section 7.2)."""
_LONGEST_SEGMENT = 1_000
"""Maximum length of a path segment."""
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class GuardMiddleware:
    """Refuse unauthorized requests to the control API."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._is_local = is_loopback(settings.host)
        self._token = settings.admin_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        headers = Headers(scope=scope)
        check_origin(headers, scope["scheme"], is_local=self._is_local)
        if self._token is not None:
            _check_token(headers, self._token)
        if any(len(segment) > _LONGEST_SEGMENT for segment in scope["path"].split("/")):
            raise NotFoundError("The path is too long.")
        if scope["method"] not in _READING:
            _check_body(headers)
        await self._app(scope, receive, send)


def check_origin(headers: Headers, scheme: str, *, is_local: bool) -> None:
    """Refuse requests from pages of other origins, and requests with a foreign host name.

    If the mock listens on loopback (`is_local`), only local host names are accepted.

    Raises:
        InvalidRequestError: If the Host header is invalid.
        ForbiddenError: If the request is refused.
    """
    hosts = headers.getlist("host")
    if is_local:
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None:
            raise InvalidRequestError(
                "A request has one Host header, of a name or an address and a port, and nothing "
                "else."
            )
        if not is_loopback(found["name"]):
            raise ForbiddenError(
                f"The control API responds to names of this machine, not to {hosts[0][:100]!r}. "
                "Use http://127.0.0.1 or http://localhost, with the port."
            )
    origins, source = headers.getlist("origin"), headers.get("sec-fetch-site")
    own = {f"{scheme}://{headers.get('host', '')}"}
    if source == "same-origin":
        # Forms on pages without referrer send this (Fetch, "append a request `Origin` header").
        own.add("null")
    if source == "cross-site" or not own.issuperset(origins):
        raise ForbiddenError(
            f"The control API is not for pages of other origins, such as {origins or 'this one'}."
        )


def _check_token(headers: Headers, wanted: str) -> None:
    lines = headers.getlist("authorization")
    scheme, _, token = (lines[0] if len(lines) == 1 else "").partition(" ")
    given = token.strip(" \t").encode("utf-8", "surrogatepass")
    if scheme.casefold() != "bearer" or not hmac.compare_digest(given, wanted.encode()):
        raise UnauthorizedError(
            "The control API requires its token. Send `Authorization: Bearer` with what the mock "
            "was started with by --admin-token.",
            headers=_CHALLENGE,
        )


def _check_body(headers: Headers) -> None:
    media_type = headers.get("content-type")
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    if media_type is None and not has_body:
        return
    if (media_type or "").partition(";")[0].strip().casefold() != "application/json":
        raise UnsupportedMediaTypeError(
            f"The control API reads application/json, not {(media_type or 'nothing')[:80]!r}. "
            "Send `Content-Type: application/json`."
        )
