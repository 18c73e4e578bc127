"""Keep the newest exchanges of a mock in memory, and find them by pattern."""

from collections import deque
from itertools import count
from typing import Any

from mock_server.clock import ticks
from mock_server.journal.exchange import Exchange
from mock_server.journal.match import NearMiss, Pattern, near_misses


class Journal:
    """The recorded exchanges, newest last; beyond `most`, the oldest are dropped.

    An exchange is recorded before its client has received the whole response. Thread-safe.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._exchanges: deque[Exchange] = deque(maxlen=most)
        self._ids = count(1)
        self._cleared = 0

    def entries(self, **wanted: Any) -> list[Exchange]:
        """Return the exchanges that match the fields of a `Pattern`, newest last.

        Raises:
            SettingsError: If a time is invalid.
        """
        pattern = Pattern(**wanted)
        return [
            exchange
            for exchange in self._exchanges.copy()
            if not any(pattern.differences(exchange))
        ]

    find = entries
    """An alias, for `find(query={"limit": "10"})`."""

    def count(self, **wanted: Any) -> int:
        """Return the number of matching exchanges."""
        return len(self.entries(**wanted))

    def near_misses(self, *, most: int = 3, **wanted: Any) -> list[NearMiss]:
        """Return the exchanges closest to a pattern without matches, closest first."""
        return near_misses(self._exchanges.copy(), Pattern(**wanted), most)

    def get(self, number: int) -> Exchange | None:
        """Return the exchange with an id, or None if it was dropped."""
        return next(
            (exchange for exchange in self._exchanges.copy() if exchange.id == number), None
        )

    def clear(self) -> None:
        """Drop all exchanges, including those in progress; ids continue."""
        self._cleared = ticks()
        self._exchanges.clear()

    def next_id(self) -> int:
        """Return the id for the next exchange."""
        return next(self._ids)

    def record(self, exchange: Exchange) -> None:
        """Record an exchange, unless the journal was cleared since its start."""
        if exchange.began >= self._cleared:
            self._exchanges.append(exchange)
