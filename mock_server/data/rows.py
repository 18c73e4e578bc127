"""The rows of one site, generated a day at a time on first use and then stored.

The tables are in `mock_server.data.database`, the queries in `mock_server.data.queries`.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache
from sqlite3 import Connection, IntegrityError

from mock_server.clock import DAY, EPOCH, day_of
from mock_server.data.database import Database, Tables
from mock_server.errors import InvalidRequestError
from mock_server.world.domain import Search, Visit
from mock_server.world.world import World

logger = logging.getLogger(__name__)

MOST_DAYS = 5_000
"""Maximum number of days generated for one request, about thirteen years."""
_MANY_DAYS = 400
_CHANGED = -1
"""Stored as the number of visits of a day whose rows were changed after generation."""


class Store:
    """The rows of one residency, from its world."""

    def __init__(self, database: Database, tables: Tables, world: World) -> None:
        self.database = database
        self.tables = tables
        self.world = world
        self._place = cache(self._read_place)
        self._there: set[int] = set()
        """The days that are known to be stored."""
        self._begun: set[int] = set()
        """Days that a thread is generating, so that other threads do not generate them too."""

    def ensure(self, first: date, last: date) -> None:
        """Generate the missing rows of all days from `first` to `last`, both included.

        Each day and its mark are committed in one transaction, so that no reader sees half a day
        and no two processes store the same one. More than `MOST_DAYS` days are an
        `InvalidRequestError`.
        """
        wanted = range(_number(max(first, self.world.installed)), _number(last) + 1)
        if self._there.issuperset(wanted):
            return
        query = f"SELECT day FROM {self.tables.days} WHERE day BETWEEN ? AND ?"
        with self.database.reading() as connection:
            found = connection.execute(query, (wanted[0], wanted[-1]))
            self._there.update(day for (day,) in found)
        missing = [day for day in wanted if day not in self._there]
        if len(missing) > MOST_DAYS:
            raise InvalidRequestError(
                f"The range has {len(missing):,} days that were not requested before; the mock makes "
                f"up to {MOST_DAYS:,} at once. Request a shorter range."
            )
        if len(missing) > _MANY_DAYS:
            logger.info("Making the rows of %s days.", f"{len(missing):,}")
        for is_last_try in (False, True):  # another thread that has begun a day may fail
            for day in missing:
                if day not in self._there and (is_last_try or day not in self._begun):
                    self._make(day)

    def has(self, first: date, last: date) -> bool:
        """Return whether all days from `first` to `last` are known to be stored."""
        return self._there.issuperset(range(_number(first), _number(last) + 1))

    def next_time(self, moment: int) -> int | None:
        """Return the time of the first row after an epoch millisecond on its UTC day, or None."""
        self.ensure(day_of(moment), day_of(moment))
        later = "SELECT min(time) AS time FROM {} WHERE time > :moment AND time < :end"
        either = " UNION ALL ".join(map(later.format, (self.tables.visits, self.tables.searches)))
        values = {"moment": moment, "end": moment - moment % DAY + DAY}
        with self.database.reading() as connection:
            row = connection.execute(f"SELECT min(time) FROM ({either})", values).fetchone()
        return None if row[0] is None else int(row[0])

    def add(self, visits: Sequence[Visit] = (), searches: Sequence[Search] = ()) -> None:
        """Add rows to those of their days, all or none."""
        days = {row.time // DAY for rows in (visits, searches) for row in rows}
        with self._changing(days, "The visits" if visits else "The searches") as connection:
            self._insert(connection, visits, searches)

    def remove(self, content_id: int, start: int, end: int) -> None:
        """Remove the visits of a content from epoch millisecond `start` (included) to `end` (excluded)."""
        query = f"DELETE FROM {self.tables.visits} WHERE content_id = ? AND time >= ? AND time < ?"
        days = range(start // DAY, (end - 1) // DAY + 1)
        with self._changing(days, "The change of the content") as connection:
            connection.execute(query, (content_id, start, end))

    def reset(self) -> None:
        """Restore the generated rows of all changed days, one transaction per day."""
        query = f"SELECT day FROM {self.tables.days} WHERE visits = {_CHANGED}"
        with self.database.reading() as connection:
            numbers = [number for (number,) in connection.execute(query)]
        for number in numbers:
            self._make(number, is_new=False)

    @contextmanager
    def _changing(self, numbers: Collection[int], what: str) -> Iterator[Connection]:
        """Yield a transaction for some days, after generating them and marking them as changed."""
        for number in numbers:
            self.ensure(day_of(number * DAY), day_of(number * DAY))
        query = f"UPDATE {self.tables.days} SET visits = {_CHANGED} WHERE day = ?"
        with self.database.writing(what) as connection:
            connection.executemany(query, [(number,) for number in numbers])
            yield connection

    def _make(self, number: int, *, is_new: bool = True) -> None:
        """Generate and store the rows of a day, with its mark."""
        self._begun.add(number)
        tables, times = self.tables, (number * DAY, (number + 1) * DAY - 1)
        try:
            day = day_of(number * DAY)
            # before the transaction, which blocks others
            visits, searches = self.world.visits_on(day), self.world.searches_on(day)
            # another thread or process may have stored the same rows meanwhile
            with suppress(IntegrityError), self.database.writing("The rows of a day") as connection:
                if not is_new:
                    for table in (tables.visits, tables.searches):
                        connection.execute(f"DELETE FROM {table} WHERE time BETWEEN ? AND ?", times)
                    connection.execute(f"DELETE FROM {tables.days} WHERE day = ?", (number,))
                mark = (number, len(visits), len(searches))
                connection.execute(f"INSERT INTO {tables.days} VALUES (?, ?, ?)", mark)
                self._insert(connection, visits, searches)
            self._there.add(number)
        finally:
            self._begun.discard(number)

    def _insert(
        self, connection: Connection, visits: Iterable[Visit], searches: Iterable[Search]
    ) -> None:
        place = self._place
        connection.executemany(
            f"INSERT INTO {self.tables.visits} VALUES (NULL, ?, ?, ?, ?, ?)",
            [
                (time, content_id, account or "", *place(content_id))
                for time, content_id, account in visits
            ],
        )
        connection.executemany(
            f"INSERT INTO {self.tables.searches} VALUES (NULL, ?, ?, ?, ?)",
            [(time, term, account or "", found) for time, term, account, found in searches],
        )

    def _read_place(self, content_id: int) -> tuple[str, str]:
        """Return the space and type of a content, which never change."""
        content = self.world.content(content_id)
        return content.space_key, content.type.value


def _number(day: date) -> int:
    return (day - EPOCH).days
