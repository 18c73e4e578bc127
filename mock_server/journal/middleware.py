"""The outermost ASGI middleware, which records requests and responses as clients see them."""

from collections.abc import Callable
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.context import RequestContext, context_of
from mock_server.clock import Clock, ticks
from mock_server.journal.exchange import LONGEST_BODY, Exchange, decompressed
from mock_server.journal.journal import Journal
from mock_server.redaction import Headers, Secrets
from mock_server.world.domain import Residency

_LONGEST_VALUE = 2_048
"""Maximum size in bytes of a recorded response header's value."""
_LEAST_TEXT = 50
"""Size of an empty Python string, in bytes."""

OWN_PAGES = "/__admin/"
"""Paths of the mock itself, which are not recorded."""


class JournalMiddleware:
    """Record each exchange when its response ends, before the client receives the end."""

    def __init__(
        self, app: ASGIApp, *, journal: Journal, residency: Residency, clock: Clock
    ) -> None:
        self._app = app
        self._journal = journal
        self._residency = residency
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request and record it."""
        if scope["type"] != "http" or f"{scope['path']}/".startswith(OWN_PAGES):
            await self._app(scope, receive, send)
            return
        began, time, context = ticks(), self._clock.now(), context_of(scope)
        response = _Response()
        held: list[Message] = []

        def record() -> None:
            if not response.is_kept:
                response.is_kept = True
                self._keep(scope, context, response, time, began)

        async def noted(message: Message) -> None:
            response.take(message)
            if response.is_complete:
                record()
            held.append(message)
            if message["type"] != "http.response.start":  # a response to HEAD ends with its headers
                for part in held:
                    await send(part)
                held.clear()

        try:
            await self._app(_aborted_after(record, scope), receive, noted)
        finally:
            record()

    def _keep(
        self, scope: Scope, context: RequestContext, response: "_Response", time: int, began: int
    ) -> None:
        secrets = Secrets(scope["headers"], scope["path"], scope["query_string"])
        headers = [(name, value[:_LONGEST_VALUE]) for name, value in response.headers]
        body = response.body
        if context.faults:  # faults may send other secrets
            secrets.look_into(b": ".join(header) for header in headers)
            secrets.look_into([body])
        if secrets.is_loose or secrets.are_in(body) or context.faults:
            headers, body = _redacted_response(headers, response, secrets)
            context = _redacted_trace(context, secrets)
        if secrets.is_cut or _is_large(context):
            context = replace(context, arguments={}, unknown=(), notes=[], headers={}, summary=None)
        self._journal.record(
            Exchange(
                id=self._journal.next_id(),
                residency=self._residency,
                time=time,
                began=began,
                took=ticks() - began,
                operation=_operation_of(scope),
                method=scope["method"],
                path=secrets.path,
                query_string=secrets.query,
                request_headers=secrets.headers,
                token=secrets.token,
                is_token_in_target=secrets.is_in_target,
                status=response.status,
                response_headers=headers,
                size=response.size,
                sent=body,
                is_complete=response.is_complete,
                context=context,
            )
        )


class _Response:
    """Collects the recorded parts of a response as it is sent."""

    __slots__ = ("body", "headers", "is_complete", "is_kept", "size", "status")

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: Headers = []
        self.body = b""
        self.size = 0
        self.is_complete = False
        self.is_kept = False

    def take(self, message: Message) -> None:
        """Record an ASGI message."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        elif message["type"] == "http.response.body":
            piece = message.get("body", b"")
            room = LONGEST_BODY - len(self.body)
            if room > 0:
                self.body += piece[:room]
            self.size += len(piece)
            self.is_complete = not message.get("more_body", False)


def _aborted_after(record: Callable[[], None], scope: Scope) -> Scope:
    """Copy a scope so that the exchange is recorded before its connection is aborted."""
    state = scope.get("state") or {}
    abort = state.get("abort")
    if abort is None:
        return scope

    async def recorded() -> None:
        record()
        await abort()

    return {**scope, "state": {**state, "abort": recorded}}


def _operation_of(scope: Scope) -> str | None:
    """Return the operation that Connexion matched, even if the request was refused."""
    routing = scope["extensions"].get("connexion_routing") or {}
    found: str | None = routing.get("operation_id")
    return found


def _is_large(context: RequestContext) -> bool:
    texts = (*context.unknown, *context.notes, *context.headers.values())
    return sum(map(len, texts)) + len(texts) * _LEAST_TEXT > LONGEST_BODY


def _redacted_response(
    headers: Headers, response: "_Response", secrets: Secrets
) -> tuple[Headers, bytes]:
    """Redact secrets that a response repeats, after decompression."""
    body, is_cut = response.body, response.size > len(response.body)
    if (b"content-encoding", b"gzip") in headers:
        headers = [header for header in headers if header[0] != b"content-encoding"]
        body, is_whole = decompressed(body)
        is_cut = not is_whole
    headers = [(name, secrets.body(value)) for name, value in headers]
    return headers, secrets.body(body, is_cut=is_cut)


def _redacted_trace(context: RequestContext, secrets: Secrets) -> RequestContext:
    summary = context.summary
    if summary is not None:
        query = summary.query
        names = ("space_key", "site_url", "accounts", "term")
        texts = {name: secrets.value(getattr(query, name)) for name in names}
        summary = replace(summary, query=replace(query, **texts))
    values = (context.arguments, context.unknown, context.notes)
    arguments, unknown, notes = map(secrets.value, values)
    return replace(
        context, arguments=arguments, unknown=unknown, notes=notes, headers={}, summary=summary
    )
