"""The ASGI layer that writes the journal: outermost, so that it sees what clients see."""

import zlib
from collections.abc import Callable
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.context import Trace, trace_of
from mock_server.clock import Clock, ticks
from mock_server.journal.exchange import GZIP, LONGEST_BODY, Exchange
from mock_server.journal.journal import Journal
from mock_server.journal.redaction import Headers, Secrets
from mock_server.world.domain import Residency

OWN_PAGES = "/__admin/"
"""What is asked of the mock itself is not what a client does with the API."""


class JournalMiddleware:
    """Keeps each exchange when the last of its answer is ready, before the client has it.

    Args:
        app: What answers.
        journal: Keeps the exchanges.
        residency: Whose site this is.
        clock: Dates them.
    """

    def __init__(
        self, app: ASGIApp, *, journal: Journal, residency: Residency, clock: Clock
    ) -> None:
        self._app = app
        self._journal = journal
        self._residency = residency
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or f"{scope['path']}/".startswith(OWN_PAGES):
            await self._app(scope, receive, send)
            return
        began, time, trace = ticks(), self._clock.now(), trace_of(scope)
        answer = _Answer()
        held: list[Message] = []

        def keep() -> None:
            if not answer.is_kept:
                answer.is_kept = True
                self._keep(scope, trace, answer, time, began)

        async def noted(message: Message) -> None:
            answer.take(message)
            if answer.is_complete:
                keep()
            held.append(message)
            if message["type"] != "http.response.start":  # headers are all that HEAD waits for
                for one in held:
                    await send(one)
                held.clear()

        try:
            await self._app(_aborted_after(keep, scope), receive, noted)
        finally:
            keep()

    def _keep(self, scope: Scope, trace: Trace, answer: "_Answer", time: int, began: int) -> None:
        secrets = Secrets(scope["headers"], scope["path"], scope["query_string"])
        headers, body = answer.headers, answer.body
        if secrets.is_loose or secrets.are_in(body):
            headers, body = _concealed_answer(answer, secrets)
            trace = _concealed_trace(trace, secrets)
        self._journal.keep(
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
                status=answer.status,
                response_headers=headers,
                size=answer.size,
                sent=body[:LONGEST_BODY],
                is_complete=answer.is_complete,
                trace=trace,
            )
        )


class _Answer:
    """What is noted of an answer while it passes."""

    __slots__ = ("body", "headers", "is_complete", "is_kept", "size", "status")

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: Headers = []
        self.body = b""
        self.size = 0
        self.is_complete = False
        self.is_kept = False

    def take(self, message: Message) -> None:
        """Note a message."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        elif message["type"] == "http.response.body":
            piece = message.get("body", b"")
            if self.size < LONGEST_BODY:
                self.body = self.body + piece if self.body else piece
            self.size += len(piece)
            self.is_complete = not message.get("more_body", False)


def _aborted_after(keep: Callable[[], None], scope: Scope) -> Scope:
    """Give a scope whose connection is broken only after the exchange was kept."""
    state = scope.get("state") or {}
    abort = state.get("abort")
    if abort is None:
        return scope

    async def kept() -> None:
        keep()
        await abort()

    return {**scope, "state": {**state, "abort": kept}}


def _operation_of(scope: Scope) -> str | None:
    """Give what Connexion routed to, which refused requests have too."""
    routing = scope["extensions"].get("connexion_routing") or {}
    found: str | None = routing.get("operation_id")
    return found


def _concealed_answer(answer: "_Answer", secrets: Secrets) -> tuple[Headers, bytes]:
    """Take out what an answer repeats of the request; a compressed one is kept plain."""
    headers, body, is_cut = answer.headers, answer.body, answer.size > len(answer.body)
    if (b"content-encoding", b"gzip") in headers:
        headers = [one for one in headers if one[0] != b"content-encoding"]
        unpacking = zlib.decompressobj(GZIP)
        body = unpacking.decompress(body, LONGEST_BODY)
        is_cut = not unpacking.eof
    headers = [(name, secrets.body(value)) for name, value in headers]
    return headers, secrets.body(body, is_cut=is_cut)


def _concealed_trace(trace: Trace, secrets: Secrets) -> Trace:
    reported = trace.reported
    if reported is not None:
        query = reported.query
        names = ("space_key", "site_url", "account", "term")
        texts = {name: secrets.value(getattr(query, name)) for name in names}
        reported = replace(reported, query=replace(query, **texts))
    values = (trace.arguments, trace.unknown, trace.notes)
    arguments, unknown, notes = map(secrets.value, values)
    return replace(
        trace, arguments=arguments, unknown=unknown, notes=notes, headers={}, reported=reported
    )
