"""ASGI middleware that applies to every response."""

import logging
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.context import RequestContext, context_of
from mock_server.clock import SECOND, Clock
from mock_server.errors import NotFoundError
from mock_server.openapi.document import Document
from mock_server.openapi.lower import Routes
from mock_server.redaction import redacted_path

requests = logging.getLogger("mock_server.requests")

_LONGEST_NOTE = 1_000
"""Maximum size in bytes; clients refuse responses with long headers."""


class StampMiddleware:
    """Set the `Date` header from the clock, and add `X-Mock-*` headers that explain the response.

    Args:
        app: The next application.
        clock: The source of `Date` (RFC 9110, section 6.6.1).
        about: Headers of every response; None sends no `X-Mock-*` headers.
    """

    def __init__(self, app: ASGIApp, *, clock: Clock, about: dict[str, str] | None) -> None:
        self._app = app
        self._clock = clock
        self._about = about

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        context = context_of(scope)

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self._clock.now() // SECOND, usegmt=True)
                added = {"Date": date, **context.headers}
                if self._about is not None:
                    added |= self._about | _mock_headers(context)
                message["headers"] = _replaced(message.get("headers", ()), added)
                if requests.isEnabledFor(logging.INFO):  # redacting a path is slow
                    # The query string is omitted, because it may contain a token.
                    path = redacted_path(scope["headers"], scope["path"])
                    requests.info("%s %s %s", scope["method"], path, message["status"])
            await send(message)

        await self._app(scope, receive, stamped)


def _replaced(
    headers: Iterable[tuple[bytes, bytes]], added: Mapping[str, str]
) -> list[tuple[bytes, bytes]]:
    """Return headers in which these replace those of the same names."""
    new = {name.lower().encode(): value.encode("latin-1") for name, value in added.items()}
    return [*(header for header in headers if header[0].lower() not in new), *new.items()]


def _mock_headers(context: RequestContext) -> dict[str, str]:
    headers = {"X-Mock-Source": context.source}
    if context.operation is not None:
        headers["X-Mock-Operation"] = quote(context.operation.id)
    if context.unknown:
        headers["X-Mock-Unknown-Parameters"] = ", ".join(map(quote, context.unknown))[:400]
    if context.ignored:
        headers["X-Mock-Ignored-Parameters"] = ", ".join(map(quote, context.ignored))[:400]
    if context.faults:
        headers["X-Mock-Faults"] = ", ".join(map(quote, context.faults))[:400]
    if context.notes:
        note = "; ".join(context.notes).encode("ascii", "backslashreplace")
        headers["X-Mock-Note"] = note[:_LONGEST_NOTE].decode()
    return headers


class StrictTargetMiddleware:
    """Refuse request targets that routers would accept leniently.

    These are paths with a trailing slash, unless the document declares such paths; the base path
    alone; and methods that the most specific path template does not declare.

    Args:
        app: The next application.
        document: The document being served.
    """

    def __init__(self, app: ASGIApp, *, document: Document) -> None:
        self._app = app
        self._slashed = any(operation.path.endswith("/") for operation in document.operations)
        routes = Routes(document, base_path=document.base_path)
        self._base = None if routes.at(document.base_path) else document.base_path
        self._shadowing = routes.shadowing()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        path = scope["path"]
        if path.endswith("/") and not self._slashed:
            raise NotFoundError(
                f"No operation matches the path {path[:200]!r}; leave out the slash at its end."
            )
        if path == self._base or path.endswith("\n"):  # `$` also matches before it
            raise HTTPException(404)
        if scope["method"] not in self._shadowing.get(path, (scope["method"],)):
            raise HTTPException(405)
        await self._app(scope, receive, send)
