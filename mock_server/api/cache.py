"""Cache responses until the data or the time changes.

Every change of the data is a commit to the database. Time changes a response when a row becomes
visible, a content is created, trashed or deleted, or a day ends; all these times are known.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.context import RequestContext, context_of
from mock_server.clock import DAY, LATEST
from mock_server.data.site import Site
from mock_server.data.tokens import NOTED_EVERY
from mock_server.errors import StorageError

VARY = frozenset({b"accept", b"accept-encoding", b"authorization", b"cookie", b"host", b"origin"})
"""Request headers that may affect a response, in addition to those that the document declares."""
_LARGEST = 1_000_000
"""Maximum size of a cached body, in bytes."""
_MOST_BYTES = 64_000_000
_ROUTING = "connexion_routing"
"""Connexion's routing result in the scope, which the journal needs."""


class _Entry(NamedTuple):
    messages: Sequence[Message]
    context: RequestContext
    routing: Any
    revision: tuple[int, int]
    until: int
    """The epoch millisecond until which the response is valid, if requested after `context.now`."""
    size: int


class CacheMiddleware:
    """Cache up to `most` responses of one site; bypassed unless `is_idle`.

    The headers are lower-case names of request headers that the document declares.
    """

    def __init__(
        self, app: ASGIApp, *, site: Site, is_idle: Callable[[], bool], most: int,
        headers: Collection[bytes] = ()
    ) -> None:  # fmt: skip
        self._app, self._site, self._is_idle, self._most = app, site, is_idle, most
        self._vary = VARY.union(headers)
        self._entries: OrderedDict[tuple[str | bytes, ...], _Entry] = OrderedDict()
        self._bytes = 0
        self._quiet = (-1, -1), 0, 0
        """A revision, and the period in which time changes no response."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        is_plain = (
            scope["method"] == "GET"
            and self._is_idle()
            and all(name != b"prefer" for name, _ in scope["headers"])
        )
        revision = self._site.database.revision() if is_plain else None
        if revision is None:
            await self._app(scope, receive, send)
            return
        varying = [
            part for header in scope["headers"] if header[0] in self._vary for part in header
        ]
        key = (scope["path"], scope["query_string"], scope["scheme"], *varying)
        context, entry = context_of(scope), self._entries.get(key)
        if entry and entry.revision == revision and entry.context.now <= context.now < entry.until:
            self._entries.move_to_end(key)
            context.copy_from(entry.context)
            scope["extensions"][_ROUTING] = entry.routing
            for message in entry.messages:
                await send(_copy(message))
            return
        messages: list[Message] = []

        async def record(message: Message) -> None:
            messages.append(_copy(message))
            await send(message)

        await self._app(scope, receive, record)
        if not context.is_stable or len(messages) != 2:
            return
        copied, size = RequestContext(context.now), len(messages[1].get("body", b""))
        copied.copy_from(context)
        with suppress(StorageError):  # the response has already been sent
            until = self._until(context.now, revision)
            if size <= _LARGEST and self._site.database.revision() == revision:
                routing, size = scope["extensions"].get(_ROUTING), size + sum(map(len, key)) + 2_000
                self._store(key, _Entry(messages, copied, routing, revision, until, size))

    def _store(self, key: tuple[str | bytes, ...], entry: _Entry) -> None:
        old = self._entries.pop(key, None)
        self._entries[key] = entry
        self._bytes += entry.size - (old.size if old else 0)
        while len(self._entries) > self._most or self._bytes > _MOST_BYTES:
            self._bytes -= self._entries.popitem(last=False)[1].size

    def _until(self, now: int, revision: tuple[int, int]) -> int:
        """Return the time at which a response created now may be outdated, if no data changes."""
        known, since, until = self._quiet
        if known == revision and since <= now < until:
            return until
        midnight = min(now - now % DAY + DAY, LATEST)
        moments = [midnight, self._site.store.next_time(now)]
        for content in self._site.contents.at(midnight).values():
            moments += [content.created, content.trashed, content.deleted]
        used = self._site.tokens.state()
        if used is not None and used.last_used is not None:
            moments.append(used.last_used + NOTED_EVERY)  # the next time that a use is stored
        later = (moment for moment in moments if moment is not None and moment > now)
        self._quiet = revision, now, min(later, default=now)
        return self._quiet[2]


def _copy(message: Message) -> Message:
    return {**message, "headers": list(message["headers"])} if "headers" in message else message
