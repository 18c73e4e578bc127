"""The SQLite database, in memory or in a file: tables, transactions, and errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import count
from pathlib import Path
from threading import Condition, Lock
from typing import NamedTuple

from mock_server.errors import ApiError, StorageBusyError, StorageDamagedError, StorageFullError
from mock_server.world.domain import Residency

BUSY_SECONDS = 5
"""Seconds to wait for a locked database."""

_MOST_STATEMENTS = 500
"""Maximum number of compiled statements cached per connection."""
_UNWRITABLE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})


class Tables(NamedTuple):
    """The table names of one residency."""

    visits: str
    searches: str
    days: str
    """The days with generated rows."""
    tokens: str
    ends: str
    """The contents that were trashed, restored or deleted."""


TABLES = {
    residency: Tables(*(f"{residency}_{name}" for name in ("visit", "search", "day", "token", "end")))
    for residency in Residency
}  # fmt: skip


class Database:
    """A SQLite database shared by threads and, for a file, by processes.

    In memory, all threads share one connection, because the data belongs to the connection. For a
    file, each transaction uses its own connection. Transactions raise an `ApiError` if the database
    is locked, full or damaged.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._turns = _Turns()
        self._idle: list[sqlite3.Connection] = []
        self._file: tuple[int, int] | None = None
        """Device and inode of the file, once it exists."""
        self._numbers = count(1)
        self._commits = 0
        self._observer: sqlite3.Connection | None = None
        """Detects commits of other processes; its own transactions would hide them."""
        self._observing = Lock()
        """Held during use; SQLite would crash if the observer were closed meanwhile."""

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection with a consistent snapshot of the database."""
        with self._connection("") as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self, what: str, *, at_once: bool = False) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose changes are committed at the end, all or none.

        Args:
            what: The subject of the error message on failure, such as `The visits`.
            at_once: Whether to fail at once if another process holds the lock.
        """
        with self._connection(what) as connection:
            if at_once:
                _wait(connection, 0)
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                # Changed before the commit, which other threads may see before it returns, and
                # after it, because they may have read the old state in between.
                self._commits = next(self._numbers)
                connection.execute("COMMIT")
                self._commits = next(self._numbers)
            finally:
                if at_once:
                    _wait(connection, BUSY_SECONDS)

    def revision(self) -> tuple[int, int] | None:
        """Return the revision of the database; None if the file cannot be read.

        Equal revisions mean that nothing was committed in between.
        """
        if self._path is None:
            return self._commits, 0
        if self._is_gone():
            return None
        with suppress(sqlite3.Error), self._observing:
            if self._observer is None:
                url = f"{self._path.as_uri()}?mode=rw"  # does not create a missing file
                self._observer = sqlite3.connect(url, uri=True, check_same_thread=False, timeout=0)
            # https://sqlite.org/pragma.html#pragma_data_version
            return self._commits, self._observer.execute("PRAGMA data_version").fetchone()[0]
        return None

    def close(self) -> None:
        """Close all connections; an in-memory database is lost, a file can be used again."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        with self._observing:
            if self._observer is not None:
                self._observer.close()
            self._observer = None

    @contextmanager
    def _connection(self, what: str) -> Iterator[sqlite3.Connection]:
        with self._turns if self._path is None else nullcontext():
            try:
                connection = self._take()
                try:
                    yield connection
                finally:
                    self._give_back(connection)
            except sqlite3.Error as error:
                raise _explained(error, what) or error from error

    def _is_gone(self) -> bool:
        return self._file is not None and _identity(self._path) != self._file

    def _take(self) -> sqlite3.Connection:
        if self._is_gone():
            # SQLite would keep writing to the unlinked file, and create an empty one.
            raise StorageDamagedError(
                "The database's file was removed or replaced while the mock used it. Start the "
                "mock again."
            )
        with suppress(IndexError):
            return self._idle.pop()
        connection = sqlite3.connect(
            self._path or ":memory:",
            timeout=0,
            isolation_level=None,  # transactions are explicit
            check_same_thread=False,
            cached_statements=_MOST_STATEMENTS,
        )
        connection.create_function("fold", 1, str.casefold, deterministic=True)
        if self._path is not None:
            self._file = self._file or _identity(self._path)
            with suppress(sqlite3.OperationalError):  # another process may be doing the same
                connection.execute("PRAGMA journal_mode=WAL")
            _wait(connection, BUSY_SECONDS)
            connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._idle.append(connection)
        except sqlite3.Error:
            connection.close()


class _Turns:
    """Allow one thread at a time, in first-in, first-out order.

    A report that generates many days, each in a transaction, does not starve other threads.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._tickets = count()
        self._turn = 0

    def __enter__(self) -> None:
        with self._changed:
            ticket = next(self._tickets)
            self._changed.wait_for(lambda: self._turn == ticket)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._turn += 1
            self._changed.notify_all()


def _wait(connection: sqlite3.Connection, seconds: float) -> None:
    """Set the time in seconds that a connection waits for a lock."""
    connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1_000)}")


def _identity(path: Path | None) -> tuple[int, int] | None:
    with suppress(OSError):
        if path is not None:
            found = path.stat()
            return found.st_dev, found.st_ino
    return None


def _explained(error: sqlite3.Error, what: str) -> ApiError | None:
    """Return an API error for a SQLite error that a user can fix; None for others."""
    code = code_of(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StorageBusyError(
            "Another process keeps the database locked. Try again, or end that process.",
            headers={"Retry-After": "1"},
        )
    if code == sqlite3.SQLITE_CANTOPEN:
        return StorageFullError(
            f"The file cannot be opened: {error}. Let it and its folder be read and written, then "
            "try again."
        )
    if code in _UNWRITABLE:
        return StorageFullError(
            f"{what or 'The change'} could not be stored: {error}. Make room for the database, or "
            "let it be written, then try again."
        )
    # Statements are fixed, so SQLITE_ERROR means that another program has altered a table.
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB}:
        return damaged(str(error))
    return None


def damaged(what: str) -> StorageDamagedError:
    """Return the error for a database with invalid content."""
    return StorageDamagedError(
        f"The database is damaged: {what}. Start the mock with another file."
    )


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, see https://sqlite.org/rescode.html."""
    # Python raises the error for invalid UTF-8 itself, without a code.
    is_text = isinstance(error, sqlite3.OperationalError)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT if is_text else 0)
    return int(code) & 0xFF
