"""Keep the newest exchanges of a mock in memory, and find them by pattern."""

from collections import deque
from itertools import count
from typing import Any

from mock_server.clock import ticks
from mock_server.journal.exchange import Exchange
from mock_server.journal.match import NearMiss, Pattern, near_misses


class Journal:
    """The exchanges of clients, at most `most`, newest last; the oldest are dropped first.

    An exchange is recorded before its client has the whole response. Thread-safe.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._exchanges: deque[Exchange] = deque(maxlen=most)
        self._ids = count(1)
        self._cleared = 0

    def entries(self, **wanted: Any) -> list[Exchange]:
        """Return the exchanges that match the fields of a `Pattern`, newest last.

        Raises:
            SettingsError: If a moment cannot be read.
        """
        pattern = Pattern(**wanted)
        return [
            exchange
            for exchange in self._exchanges.copy()
            if not any(pattern.differences(exchange))
        ]

    find = entries
    """The same by another name, for `find(query={"limit": "10"})`."""

    def count(self, **wanted: Any) -> int:
        """Count the exchanges that match."""
        return len(self.entries(**wanted))

    def near_misses(self, *, most: int = 3, **wanted: Any) -> list[NearMiss]:
        """Return the exchanges closest to a pattern that none matches, closest first."""
        return near_misses(self._exchanges.copy(), Pattern(**wanted), most)

    def get(self, number: int) -> Exchange | None:
        """Return the exchange of an id, unless it was dropped."""
        return next(
            (exchange for exchange in self._exchanges.copy() if exchange.id == number), None
        )

    def clear(self) -> None:
        """Drop all, and those of requests in progress; ids go on."""
        self._cleared = ticks()
        self._exchanges.clear()

    def next_id(self) -> int:
        """Return the id of the next exchange."""
        return next(self._ids)

    def keep(self, exchange: Exchange) -> None:
        """Record an exchange, unless the journal was cleared since it began."""
        if exchange.began >= self._cleared:
            self._exchanges.append(exchange)
