"""The rows of one site, generated a day at a time on first use and then stored.

The tables are in `mock_server.data.database`, the queries in `mock_server.data.queries`.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from sqlite3 import Connection, IntegrityError
from typing import Protocol

from mock_server.clock import DAY, EPOCH, day_of
from mock_server.data.database import Database, Tables
from mock_server.errors import InvalidRequestError
from mock_server.world.domain import Content, Search, Visit

logger = logging.getLogger(__name__)

MOST_DAYS = 5_000
"""Maximum number of days generated for one request, about thirteen years."""
_MANY_DAYS = 400
_CHANGED = -1
"""Stored as the number of visits of a day whose rows were changed after generation."""


class RowSource(Protocol):
    """A source of rows, such as a world."""

    @property
    def installed(self) -> date:
        """The first UTC day with rows."""

    def visits_on(self, day: date) -> list[Visit]:
        """Return the visits of a UTC day."""

    def searches_on(self, day: date) -> list[Search]:
        """Return the searches of a UTC day."""


class Store:
    """The rows of one residency.

    Args:
        database: The database that stores the rows.
        tables: The tables of the residency.
        source: Generates the rows of missing days.
        content: Returns a content by id, for the space and type of its visits.
    """

    def __init__(
        self,
        database: Database,
        tables: Tables,
        source: RowSource,
        content: Callable[[int], Content],
    ) -> None:
        self.database = database
        self.tables = tables
        self._source = source
        self._places = _Places(content)
        self._there = range(0)
        self._made: set[int] = set()
        self._begun: set[int] = set()
        """Days that a thread is generating, so that other threads do not generate them too."""

    def ensure(self, first: date, last: date) -> None:
        """Generate the missing rows of all days from `first` to `last`, both included.

        Each day and its mark are committed in one transaction, so that no reader sees half a day
        and no two processes store the same one.

        Raises:
            InvalidRequestError: If more than `MOST_DAYS` days are missing.
        """
        first = max(first, self._source.installed)
        wanted = range((first - EPOCH).days, (last - EPOCH).days + 1)
        if not wanted or (wanted[0] in self._there and wanted[-1] in self._there):
            return
        query = f"SELECT day FROM {self.tables.days} WHERE day BETWEEN ? AND ?"
        with self.database.reading() as connection:
            there = {day for (day,) in connection.execute(query, (wanted[0], wanted[-1]))}
        missing = [day for day in wanted if day not in there]
        if len(missing) > MOST_DAYS:
            raise InvalidRequestError(
                f"The range has {len(missing):,} days that were not requested before; the mock makes "
                f"up to {MOST_DAYS:,} at once. Request a shorter range."
            )
        if len(missing) > _MANY_DAYS:
            logger.info("Making the rows of %s days.", f"{len(missing):,}")
        for day in missing:
            if day not in self._made and day not in self._begun:  # unless another thread did
                self._make(day)
        for day in missing:
            if day not in self._made:  # the other thread may fail
                self._make(day)
        self._there = _longest(self._there, wanted)

    def has(self, first: date, last: date) -> bool:
        """Return whether all days from `first` to `last` are known to be stored."""
        return (first - EPOCH).days in self._there and (last - EPOCH).days in self._there

    def next_time(self, moment: int) -> int | None:
        """Return the time of the first row after an epoch millisecond on its UTC day, or None."""
        self.ensure(day_of(moment), day_of(moment))
        end = moment - moment % DAY + DAY
        tables = (self.tables.visits, self.tables.searches)
        with self.database.reading() as connection:
            times = [
                connection.execute(
                    f"SELECT min(time) FROM {table} WHERE time > ? AND time < ?", (moment, end)
                ).fetchone()[0]
                for table in tables
            ]
        return min((time for time in times if time is not None), default=None)

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
        tables = self.tables
        changed = f"SELECT day FROM {tables.days} WHERE visits = {_CHANGED}"
        with self.database.reading() as connection:
            numbers = [number for (number,) in connection.execute(changed)]
        for number in numbers:
            rows, times = self._rows_of(number), (number * DAY, (number + 1) * DAY - 1)
            with self.database.writing("The rows of a day") as connection:
                for table in (tables.visits, tables.searches):
                    connection.execute(f"DELETE FROM {table} WHERE time BETWEEN ? AND ?", times)
                connection.execute(f"DELETE FROM {tables.days} WHERE day = ?", (number,))
                self._fill(connection, number, *rows)

    @contextmanager
    def _changing(self, numbers: Collection[int], what: str) -> Iterator[Connection]:
        """Yield a transaction for some days, after generating them and marking them as changed."""
        for number in numbers:
            self.ensure(_day(number), _day(number))
        query = f"UPDATE {self.tables.days} SET visits = {_CHANGED} WHERE day = ?"
        with self.database.writing(what) as connection:
            connection.executemany(query, [(number,) for number in numbers])
            yield connection

    def _make(self, number: int) -> None:
        self._begun.add(number)
        try:
            rows = self._rows_of(number)  # before the transaction, which blocks others
            # another thread or process may have stored the same rows meanwhile
            with suppress(IntegrityError), self.database.writing("The rows of a day") as connection:
                self._fill(connection, number, *rows)
            self._made.add(number)
        finally:
            self._begun.discard(number)

    def _rows_of(self, number: int) -> tuple[list[Visit], list[Search]]:
        day = _day(number)
        return self._source.visits_on(day), self._source.searches_on(day)

    def _fill(
        self, connection: Connection, number: int, visits: list[Visit], searches: list[Search]
    ) -> None:
        """Store the mark of a day, then its rows."""
        connection.execute(
            f"INSERT INTO {self.tables.days} VALUES (?, ?, ?)", (number, len(visits), len(searches))
        )
        self._insert(connection, visits, searches)

    def _insert(
        self, connection: Connection, visits: Iterable[Visit], searches: Iterable[Search]
    ) -> None:
        places = self._places
        connection.executemany(
            f"INSERT INTO {self.tables.visits} VALUES (NULL, ?, ?, ?, ?, ?)",
            [
                (time, content_id, account or "", *places[content_id])
                for time, content_id, account in visits
            ],
        )
        connection.executemany(
            f"INSERT INTO {self.tables.searches} VALUES (NULL, ?, ?, ?, ?)",
            [(time, term, account or "", found) for time, term, account, found in searches],
        )


class _Places(dict[int, tuple[str, str]]):
    """The space and type of each content, which never change."""

    def __init__(self, content: Callable[[int], Content]) -> None:
        super().__init__()
        self._content = content

    def __missing__(self, content_id: int) -> tuple[str, str]:
        content = self._content(content_id)
        place = self[content_id] = (content.space_key, content.type.value)
        return place


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _longest(known: range, new: range) -> range:
    """Return the union of two ranges without a gap between them, otherwise the longer one."""
    if known and new.start <= known.stop and known.start <= new.stop:
        return range(min(known.start, new.start), max(known.stop, new.stop))
    return max(known, new, key=len)
