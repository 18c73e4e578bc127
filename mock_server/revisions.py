"""Whether anything in a database has changed, by this process or another one."""

import sqlite3
from contextlib import suppress

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

_WRITTEN = "viewtracker_mock_written"


class Revisions:
    """Numbers the states of a database; the same number twice means that nothing came between.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._commits = 0
        self._others: sqlite3.Connection | None = None
        self._is_known = engine.dialect.name == "sqlite"
        if self._is_known and engine.url.database:
            self._others = sqlite3.connect(engine.url.database, check_same_thread=False)
        event.listen(engine, "commit", self._note_commit)
        event.listen(engine, "checkin", self._note_return)

    def current(self) -> tuple[int, int] | None:
        """Give the number of the state that is there now; None where nobody can tell.

        Of a server database nobody can, without asking it for as much as a report costs.
        """
        if not self._is_known:
            return None
        if self._others is None:
            return self._commits, 0
        with suppress(sqlite3.Error):  # such as a file that was taken away
            # https://sqlite.org/pragma.html#pragma_data_version
            return self._commits, self._others.execute("PRAGMA data_version").fetchone()[0]
        return None

    def close(self) -> None:
        """Give back the file."""
        if self._others is not None:
            self._others.close()

    def _note_commit(self, connection: Connection) -> None:
        """Count a commit before it is made, since another thread sees it before it is over."""
        connection.info[_WRITTEN] = True
        self._commits += 1

    def _note_return(self, _: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        """Count it once more when it is over, since another thread may have read just before it."""
        if entry.info.pop(_WRITTEN, False):
            self._commits += 1
