"""Giving an answer once more, as long as it holds, without making it again.

An answer holds until somebody changes something, or until time does: a row becomes visible, a
content comes or goes, a day ends. Neither is guessed: every change is a commit to the database, and
the moments are asked for.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.context import Trace, trace_of
from mock_server.binding.fields import Field
from mock_server.clock import DAY
from mock_server.data.site import Site
from mock_server.data.tokens import NOTED_EVERY

_LONGEST = 1_000_000
"""Bytes of a body; making a longer one takes long anyway, and memory is not endless."""

_MOST = 64_000_000
"""Bytes of all bodies together."""

_ROUTING = "connexion_routing"


@dataclass(frozen=True)
class _Answer:
    """An answer of success, and what it takes to know whether it still holds."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    status: int
    trace: Trace
    routing: Any
    """What Connexion made of the request's path; the journal wants it."""
    revision: tuple[int, int]
    made: int
    until: int
    """The first epoch millisecond at which it may be another."""


class MemoryMiddleware:
    """Answers a question that was asked before as it was answered then, if that still holds.

    Where a fault is on, or the request asks for one, nothing is remembered.

    Args:
        app: What answers.
        site: Whose reports they are.
        is_idle: Whether no fault is on.
        most: How many answers are kept.
    """

    def __init__(self, app: ASGIApp, *, site: Site, is_idle: Callable[[], bool], most: int) -> None:
        self._app = app
        self._site = site
        self._is_idle = is_idle
        self._most = most
        self._kept: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._bytes = 0
        self._quiet = (-1, -1), 0, 0
        """A revision, and since and until when nothing happens in it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        revision = self._site.revisions.current() if self._may_keep(scope) else None
        if revision is None:
            await self._app(scope, receive, send)
            return
        # All that an answer may depend on; whoever asks again sends the same.
        key = (
            scope["path"],
            scope["query_string"],
            scope["scheme"],
            scope.get("server"),
            *scope["headers"],
        )
        answer = self._kept.get(key)
        if answer is not None and self._holds(answer, revision):
            self._kept.move_to_end(key)
            await _give(answer, scope, send)
            return
        made, taken = self._site.clock.now(), _Taken()

        async def noted(message: Message) -> None:
            taken.take(message)
            await send(message)

        await self._app(scope, receive, noted)
        self._keep(key, scope, taken, revision, made)

    def _may_keep(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and self._is_idle()
            and all(name != b"prefer" for name, _ in scope["headers"])
        )

    def _holds(self, answer: _Answer, revision: tuple[int, int]) -> bool:
        return answer.revision == revision and answer.made <= self._site.clock.now() < answer.until

    def _keep(
        self, key: Hashable, scope: Scope, taken: "_Taken", revision: tuple[int, int], made: int
    ) -> None:
        trace = trace_of(scope)
        if trace.reported is None or Field.TIMESTAMP in trace.reported.bound.facts:
            return  # nothing of the site, or something that is new every millisecond
        if not taken.is_whole or taken.status != trace.reported.bound.status:
            return
        until = self._until(made, revision)
        if self._site.revisions.current() != revision or self._site.clock.now() >= until:
            return
        self._drop(key)
        self._kept[key] = _Answer(
            tuple(taken.headers),
            taken.body,
            taken.status,
            trace,
            scope["extensions"].get(_ROUTING),
            revision,
            made,
            until,
        )
        self._bytes += len(taken.body)
        while len(self._kept) > self._most or self._bytes > _MOST:
            self._drop(next(iter(self._kept)))

    def _until(self, now: int, revision: tuple[int, int]) -> int:
        known, since, until = self._quiet
        if known != revision or not since <= now < until:
            until = _until(self._site, now)
            self._quiet = revision, now, until
        return until

    def _drop(self, key: Hashable) -> None:
        answer = self._kept.pop(key, None)
        self._bytes -= len(answer.body) if answer is not None else 0


class _Taken:
    """What is taken of an answer while it passes."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.is_whole = False

    def take(self, message: Message) -> None:
        """Take a message; of a streamed answer, or a long one, nothing is whole."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body" and not self.body:
            self.body = message.get("body", b"")
            self.is_whole = not message.get("more_body") and len(self.body) <= _LONGEST


async def _give(answer: _Answer, scope: Scope, send: Send) -> None:
    trace_of(scope).become(answer.trace)
    scope["extensions"][_ROUTING] = answer.routing
    start = {"type": "http.response.start", "status": answer.status}
    await send({**start, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _until(site: Site, now: int) -> int:
    """Give the first moment at which time alone may change an answer given now."""
    midnight = now - now % DAY + DAY
    moments = [midnight, site.store.next_time(now)]
    for content in site.changes.contents(midnight).values():
        moments += [content.created, content.trashed, content.deleted]
    used = site.tokens.state()
    if used is not None and used.last_used is not None:
        moments.append(used.last_used + NOTED_EVERY)  # when a use is noted again
    return min(moment for moment in moments if moment is not None and moment > now)
