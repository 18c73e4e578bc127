"""ASGI middleware that applies to every response."""

import logging
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
    """Set the `Date` header from the clock (RFC 9110, section 6.6.1), and add `X-Mock-*` headers.

    These explain the response, and begin with those in `about`; None sends none.
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
                new = {
                    name.lower().encode(): text.encode("latin-1") for name, text in added.items()
                }
                old = [one for one in message.get("headers", ()) if one[0].lower() not in new]
                message["headers"] = [*old, *new.items()]
                if requests.isEnabledFor(logging.INFO):  # redacting a path is slow
                    # The query string is omitted, because it may contain a token.
                    path = redacted_path(scope["headers"], scope["path"])
                    requests.info("%s %s %s", scope["method"], path, message["status"])
            await send(message)

        await self._app(scope, receive, stamped)


def _mock_headers(context: RequestContext) -> dict[str, str]:
    headers = {"X-Mock-Source": context.source}
    if context.operation is not None:
        headers["X-Mock-Operation"] = quote(context.operation.id)
    lists = (("Unknown-Parameters", context.unknown), ("Ignored-Parameters", context.ignored),
             ("Faults", context.faults))  # fmt: skip
    for name, values in lists:
        if values:
            headers[f"X-Mock-{name}"] = ", ".join(map(quote, values))[:400]
    if context.notes:
        note = "; ".join(context.notes).encode("ascii", "backslashreplace")
        headers["X-Mock-Note"] = note[:_LONGEST_NOTE].decode()
    return headers


class StrictTargetMiddleware:
    """Refuse request targets that routers would accept leniently.

    These are paths with a trailing slash, unless the document declares such paths; the base path
    alone; and methods that the most specific path template does not declare.
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
