"""Keep the newest exchanges of a mock in memory, and find them by pattern."""

from collections import deque
from itertools import count
from typing import Any

from mock_server.clock import ticks
from mock_server.journal.exchange import Exchange
from mock_server.journal.match import NearMiss, Pattern, near_misses


class Journal:
    """What clients asked, and what they got.

    Exchanges are kept when they have ended, newest last; a client that has its answer finds its
    exchange here. May be read from any thread.

    Args:
        most: How many are kept; the oldest go first.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._exchanges: deque[Exchange] = deque(maxlen=most)
        self._ids = count(1)
        self._cleared = 0

    def entries(self, **wanted: Any) -> list[Exchange]:
        """Return the exchanges that match, newest last; all if nothing is said.

        Args:
            wanted: What they must match: the fields of `Pattern`.

        Raises:
            SettingsError: If a moment cannot be read.
        """
        pattern = Pattern(**wanted)
        return [one for one in self._exchanges.copy() if not any(pattern.differences(one))]

    find = entries
    """The same by another name, for `find(query={"limit": "10"})`."""

    def count(self, **wanted: Any) -> int:
        """Count the exchanges that match."""
        return len(self.entries(**wanted))

    def near_misses(self, *, most: int = 3, **wanted: Any) -> list[NearMiss]:
        """Return what comes nearest, where nothing matches; nearest first."""
        return near_misses(self._exchanges.copy(), Pattern(**wanted), most)

    def get(self, number: int) -> Exchange | None:
        """Return the exchange of an id, if it is still kept."""
        return next((one for one in self._exchanges.copy() if one.id == number), None)

    def clear(self) -> None:
        """Forget all, and what is on its way too; ids go on."""
        self._cleared = ticks()
        self._exchanges.clear()

    def next_id(self) -> int:
        """Return the id of the exchange to keep next."""
        return next(self._ids)

    def keep(self, exchange: Exchange) -> None:
        """Keep an exchange that began since all was forgotten; the oldest goes for it."""
        if exchange.began >= self._cleared:
            self._exchanges.append(exchange)
