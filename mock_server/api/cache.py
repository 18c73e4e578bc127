"""Cache responses until the data or the time changes.

Every change of the data is a commit to the database. Time changes a response when a row becomes
visible, a content is created, trashed or deleted, or a day ends; all these times are known.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Any

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

_Key = tuple[str | bytes, ...]


@dataclass(frozen=True)
class _Entry:
    messages: tuple[Message, Message]
    context: RequestContext
    routing: Any
    """Connexion's routing result, which the journal needs."""
    revision: tuple[int, int]
    until: int
    """The epoch millisecond until which the response is valid, if requested after `context.now`."""
    size: int


class CacheMiddleware:
    """Cache the responses of one site; bypassed while a fault is active.

    Args:
        app: The next application.
        site: The site of the reports.
        is_idle: Return whether no fault is active.
        most: Maximum number of cached responses.
        headers: Lower-case names of request headers that the document declares.
    """

    def __init__(
        self, app: ASGIApp, *, site: Site, is_idle: Callable[[], bool], most: int,
        headers: Collection[bytes] = (),
    ) -> None:  # fmt: skip
        self._app, self._site, self._is_idle, self._most = app, site, is_idle, most
        self._vary = VARY.union(headers)
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
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
            start, body = entry.messages
            await send({**start, "headers": list(start["headers"])})
            await send(body)
            return
        messages: list[Message] = []

        async def record(message: Message) -> None:
            copied = {"headers": list(message["headers"])} if "headers" in message else {}
            messages.append({**message, **copied})
            await send(message)

        await self._app(scope, receive, record)
        with suppress(StorageError):  # the response has already been sent
            self._store(key, scope["extensions"].get(_ROUTING), messages, revision, context)

    def _store(
        self, key: _Key, routing: Any, messages: list[Message], revision: tuple[int, int],
        context: RequestContext,
    ) -> None:  # fmt: skip
        if not context.is_stable or len(messages) != 2:
            return
        start, body = messages
        size = len(body.get("body", b"")) + sum(map(len, key)) + 2_000
        until = self._until(context.now, revision)
        if size > _LARGEST or self._site.database.revision() != revision:
            return
        self._drop(key)
        copied = copy(context)
        copied.copy_from(context)
        self._entries[key] = _Entry((start, body), copied, routing, revision, until, size)
        self._bytes += size
        while len(self._entries) > self._most or self._bytes > _MOST_BYTES:
            self._drop(next(iter(self._entries)))

    def _until(self, now: int, revision: tuple[int, int]) -> int:
        known, since, until = self._quiet
        if known != revision or not since <= now < until:
            until = _until(self._site, now)
            self._quiet = revision, now, until
        return until

    def _drop(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        self._bytes -= entry.size if entry is not None else 0


def _until(site: Site, now: int) -> int:
    """Return the time at which a response created now may become outdated, if no data changes."""
    midnight = min(now - now % DAY + DAY, LATEST)
    moments = [midnight, site.store.next_time(now)]
    for content in site.contents.at(midnight).values():
        moments += [content.created, content.trashed, content.deleted]
    used = site.tokens.state()
    if used is not None and used.last_used is not None:
        moments.append(used.last_used + NOTED_EVERY)  # the next time that a use is stored
    later = (moment for moment in moments if moment is not None and moment > now)
    return min(later, default=now)
