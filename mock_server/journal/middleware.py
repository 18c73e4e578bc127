"""The outermost ASGI middleware, which records requests and responses as clients see them."""

from collections.abc import Callable
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.context import RequestContext, context_of
from mock_server.clock import Clock, ticks
from mock_server.journal.journal import LONGEST_BODY, Exchange, Journal, decompressed
from mock_server.redaction import Secrets
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
        if f"{scope['path']}/".startswith(OWN_PAGES):
            await self._app(scope, receive, send)
            return
        exchange = Exchange(
            self._residency,
            scope["method"],
            scope["path"],
            time=self._clock.now(),
            began=ticks(),
            context=context_of(scope),
        )
        held: list[Message] = []

        def record() -> None:
            if not exchange.id:
                _redact(exchange, scope)
                exchange.took = ticks() - exchange.began
                self._journal.record(exchange)

        async def noted(message: Message) -> None:
            _note(exchange, message)
            if exchange.is_complete:
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


def _note(exchange: Exchange, message: Message) -> None:
    if message["type"] == "http.response.start":
        exchange.status, exchange.response_headers = message["status"], message["headers"]
    elif message["type"] == "http.response.body" and not exchange.id:
        piece = message.get("body", b"")
        exchange.sent += piece[: max(LONGEST_BODY - len(exchange.sent), 0)]
        exchange.size += len(piece)
        exchange.is_complete = not message.get("more_body", False)


def _redact(exchange: Exchange, scope: Scope) -> None:
    """Fill in what is stored of the request, and redact secrets that the response repeats."""
    secrets = Secrets(scope["headers"], scope["path"], scope["query_string"])
    routing = scope["extensions"].get("connexion_routing") or {}
    exchange.operation = routing.get("operation_id")  # also if the request was refused
    exchange.path, exchange.query_string = secrets.path, secrets.query
    exchange.request_headers = secrets.headers
    exchange.token, exchange.is_token_in_target = secrets.token, secrets.is_in_target
    context, body = exchange.context, exchange.sent
    headers = [(name, value[:_LONGEST_VALUE]) for name, value in exchange.response_headers]
    if context.faults:  # faults may send other secrets
        secrets.look_into(b": ".join(header) for header in headers)
        secrets.look_into([body])
    if secrets.is_loose or secrets.are_in(body) or context.faults:
        is_cut = exchange.size > len(body)
        if (b"content-encoding", b"gzip") in headers:
            headers = [header for header in headers if header[0] != b"content-encoding"]
            body, is_whole = decompressed(body)
            is_cut = not is_whole
        headers = [(name, secrets.body(value)) for name, value in headers]
        body = secrets.body(body, is_cut=is_cut)
        context = _redacted(context, secrets)
    texts = (*context.unknown, *context.notes, *context.headers.values())
    is_large = sum(map(len, texts)) + len(texts) * _LEAST_TEXT > LONGEST_BODY
    if secrets.is_cut or is_large:
        context = replace(context, arguments={}, unknown=(), notes=[], headers={}, summary=None)
    exchange.context, exchange.response_headers, exchange.sent = context, headers, body


def _redacted(context: RequestContext, secrets: Secrets) -> RequestContext:
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
