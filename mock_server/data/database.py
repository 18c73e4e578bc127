"""The database: tables, opening it without harming it, and whether anything in it changed."""

import logging
import re
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from stat import S_ISREG
from threading import Lock
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    make_url,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import (
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from mock_server.errors import (
    ApiError,
    StorageBusyError,
    StorageDamagedError,
    StorageError,
    StorageFullError,
)
from mock_server.world.domain import Residency

FORMAT = "1"
"""Raised when tables change; a database of another format is refused."""

_BIG = BigInteger().with_variant(Integer, "sqlite")
_NAME = "viewtracker_mock"
_SQLITE = b"SQLite format 3\0"
BUSY_SECONDS = 5
"""How long a locked database is waited for."""


@dataclass(frozen=True)
class Tables:
    """The tables of one residency."""

    visits: Table
    searches: Table
    days: Table
    """The UTC days, counted from 1970, whose rows are there."""
    tokens: Table
    ends: Table
    """The contents that were put into the trash, restored or deleted, and when."""


@dataclass(frozen=True)
class Owner:
    """What a database was made for; rows of two worlds or seeds would not go together."""

    residency: Residency
    seed: int
    world: str
    """The digest of the world."""

    def entries(self) -> dict[str, str]:
        """Return the entries that the database keeps of it."""
        name = self.residency.value
        return {"format": FORMAT, f"{name} seed": str(self.seed), f"{name} world": self.world}


_METADATA = MetaData()
_about = Table(
    _NAME,
    _METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", String(100), nullable=False),
)


def _tables_of(residency: Residency) -> Tables:
    name = residency.value
    visits = Table(
        f"{name}_visit",
        _METADATA,
        Column("id", _BIG, primary_key=True, autoincrement=True),
        Column("time", _BIG, nullable=False),
        Column("content_id", _BIG, nullable=False),
        Column("account", String(255), nullable=False),  # empty where the viewer is protected
        Column("space_key", String(255), nullable=False),
        Column("content_type", String(10), nullable=False),
    )
    Index(f"{name}_visit_time", visits.c.time)
    Index(f"{name}_visit_content", visits.c.content_id, visits.c.time, visits.c.account)
    columns = visits.c  # all that a page is made of, in its order, so that no row is looked up
    Index(
        f"{name}_visit_space", columns.space_key, columns.time, columns.content_id, columns.account
    )
    searches = Table(
        f"{name}_search",
        _METADATA,
        Column("id", _BIG, primary_key=True, autoincrement=True),
        Column("time", _BIG, nullable=False),
        Column("term", String(255), nullable=False),
        Column("account", String(255), nullable=False),
        Column("number_of_results", Integer, nullable=False),
    )
    Index(f"{name}_search_time", searches.c.time)
    days = Table(
        f"{name}_day",
        _METADATA,
        Column("day", Integer, primary_key=True, autoincrement=False),
        Column("visits", Integer, nullable=False),
        Column("searches", Integer, nullable=False),
    )
    tokens = Table(
        f"{name}_token",
        _METADATA,
        Column("id", _BIG, primary_key=True, autoincrement=True),
        Column("hash", String(64), nullable=False, unique=True),
        Column("made", _BIG, nullable=False),
        Column("last_used", _BIG),
        Column("revoked", _BIG),
    )
    ends = Table(
        f"{name}_end",
        _METADATA,
        Column("content_id", _BIG, primary_key=True, autoincrement=False),
        Column("trashed", _BIG),
        Column("deleted", _BIG),
    )
    return Tables(visits, searches, days, tokens, ends)


TABLES = {residency: _tables_of(residency) for residency in Residency}
"""By residency."""


def open_database(place: str | None, owners: list[Owner]) -> Engine:
    """Open, and if it is new make, the database at a place.

    Args:
        place: None for memory, a path, or a URL with `://` in it.
        owners: What it is, or will be, made for.

    Raises:
        StorageError: If it cannot be opened, is not ours, or was made for something else; the
            file is left as it was.
    """
    try:
        engine = _engine(_url_of(place), owners)
        _translate_errors(engine)
        _create(engine, place or "memory", owners)
    except ImportError as error:
        raise StorageError(
            f"The database {shown_place(place)} cannot be used: its driver is missing ({error})."
        ) from error
    except NoSuchModuleError as error:
        raise StorageError(
            f"The database {shown_place(place)} cannot be used; write the path of a file, or a URL "
            "such as postgresql+psycopg://user@host/name."
        ) from error
    except ValueError:  # which may repeat a password
        raise StorageError(
            f"{shown_place(place)} is no URL of a database; write it like "
            "postgresql+psycopg://user@host:5432/name."
        ) from None
    except (SQLAlchemyError, ApiError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")
        raise StorageError(
            f"The database {shown_place(place)} cannot be used: {reason}."
        ) from error
    return engine


def _create(engine: Engine, place: str, owners: list[Owner]) -> None:
    """Make tables and note what they are for; another process may do the same at this moment."""
    for is_last in (False, False, True):
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "sqlite":  # one process does it, and the other waits
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                _METADATA.create_all(connection)
                _claim(connection, place, owners)
                connection.commit()
        except (IntegrityError, OperationalError):
            if is_last:
                raise
        else:
            return


def _translate_errors(engine: Engine) -> None:
    def translate(context: ExceptionContext) -> None:
        _explain(context.original_exception, context.statement or "")

    event.listen(engine, "handle_error", translate)


def _explain(error: BaseException, statement: str) -> None:
    """Raise an error with a sentence and a status for trouble with a database's file."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # https://sqlite.org/rescode.html
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise StorageBusyError(
            "Another process keeps the database locked. Try again, or end that process.",
            headers={"Retry-After": "1"},
        )
    if code == sqlite3.SQLITE_CANTOPEN:
        raise StorageFullError(
            f"The file cannot be opened: {error}. Let it and its folder be read and written, then "
            "try again."
        )
    if code in _UNWRITABLE:
        found = _WRITTEN_TABLE.search(statement)
        what = _CONTENTS[found[1]] if found else "The change"
        raise StorageFullError(
            f"{what} could not be stored: {error}. Make room for the database, or let it be "
            "written, then try again."
        )
    is_altered = code == sqlite3.SQLITE_ERROR and str(error).startswith("no such ")
    if is_altered or code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        raise StorageDamagedError(
            f"The database is damaged: {error}. Start the mock with another file."
        )


Read = Callable[[str, Any], list[tuple[Any, ...]]]
"""Runs a SELECT with its parameters, and returns its rows."""


@contextmanager
def reading(engine: Engine) -> Iterator[Read]:
    """Return what runs SELECTs that are compiled already, all on one state of the database.

    SQLAlchemy's connections cost more than SQLite does. On a server, the state is the one that
    its transactions see.

    Raises:
        ApiError: If the database is locked or damaged.
    """
    connection = engine.raw_connection()

    def read(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
        try:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())
        except Exception as error:
            _explain(error, statement)
            raise

    try:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":  # where Python's driver begins none for SELECTs
            cursor.execute("BEGIN")
        yield read
    finally:
        connection.rollback()
        connection.close()


_UNWRITABLE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
_WRITTEN_TABLE = re.compile(r"(?:INTO|UPDATE|FROM) (?:us|de)_(visit|search|day|token|end)\b")
_CONTENTS = {
    "visit": "The visits",
    "search": "The searches",
    "day": "The rows of a day",
    "token": "The change of the token",
    "end": "The change of the content",
}


def _url_of(place: str | None) -> URL:
    """Return the URL of a place; paths are absolute in it, whatever the folder is later.

    Raises:
        ArgumentError: If it cannot be read.
        ValueError: Likewise.
    """
    url = make_url(place) if place and "://" in place else URL.create("sqlite", database=place)
    is_file = _is_plain_sqlite(url) and url.database not in _MEMORY
    return url.set(database=str(Path(url.database or "").absolute())) if is_file else url


_MEMORY = (None, ":memory:")
"""Names of the database in memory (https://sqlite.org/inmemorydb.html)."""


def _is_plain_sqlite(url: URL) -> bool:
    return url.drivername == "sqlite" and not url.query


def _engine(url: URL, owners: list[Owner]) -> Engine:
    if not _is_plain_sqlite(url):
        return create_engine(url, pool_pre_ping=True)
    if url.database in _MEMORY:
        return create_engine(
            "sqlite://",
            poolclass=_OneByOne,
            pool_reset_on_return=None,
            connect_args={"check_same_thread": False},
        )
    path = Path(str(url.database))
    _inspect_file(path, owners)
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
        pool_reset_on_return=None,  # transactions end before, and reading alone begins none
    )
    _SameFile(path).watch(engine)
    event.listen(engine, "connect", _use_write_ahead_log)
    return engine


class _OneByOne(StaticPool):
    """The one connection to a database in memory, since the connection is the database.

    One thread has it at a time, since it has one transaction; who has waited longest has it next,
    so that a report which makes many days, each in a transaction, lets others have theirs between.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._changing = Lock()
        self._turns: deque[Lock] = deque()
        """Of the thread that has it, and of those that wait, each locked until its turn."""

    def _do_get(self) -> ConnectionPoolEntry:
        turn = Lock()
        with self._changing:
            if self._turns:
                turn.acquire()
            self._turns.append(turn)
        with turn:
            return super()._do_get()

    def _do_return_conn(self, _: ConnectionPoolEntry) -> None:
        with self._changing:
            self._turns.popleft()
            if self._turns:
                self._turns[0].release()


# By its name it is ours, and would log in each mock's last moments that it is made anew.
logging.getLogger(f"{__name__}.{_OneByOne.__name__}").setLevel(logging.WARNING)


class _SameFile:
    """Sees that the file of a database stays where it was.

    SQLite would write on to one that nobody finds any more, and begin an empty one beside it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: tuple[int, int] | None = None

    def watch(self, engine: Engine) -> None:
        """Look whenever a connection is made or used."""
        event.listen(engine, "do_connect", self._check)
        event.listen(engine, "connect", self._note)
        event.listen(engine, "checkout", self._check)

    def _note(self, *_: object) -> None:
        self._found = self._found or self._identity()

    def _check(self, *_: object) -> None:
        if self._found is not None and self._identity() != self._found:
            raise StorageDamagedError(
                "The database's file was removed or replaced while the mock used it. Start the "
                "mock again."
            )

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _use_write_ahead_log(connection: DBAPIConnection, _: object) -> None:
    """Let one process write while others read, and lose nothing when one is killed."""
    cursor = connection.cursor()
    with suppress(sqlite3.OperationalError):  # where another process is doing the same now
        cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _inspect_file(path: Path, owners: list[Owner]) -> None:
    """Look into a file without writing a byte of it or beside it."""
    if not path.parent.is_dir():
        raise StorageError(f"There is no folder {path.parent} for the database {path.name}.")
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):
            raise StorageError(f"{path} is not a file; name another, or a new one.")
        with path.open("rb") as file:
            begin = file.read(len(_SQLITE))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
    if not found.st_size:
        return
    if begin != _SQLITE:
        raise StorageError(f"{path} is no SQLite database; name another file, or a new one.")
    _compare(_entries_of(path), owners, str(path))


def _entries_of(path: Path) -> dict[str, str]:
    """Read what a database says of itself, and see that it is whole."""
    in_use = Path(f"{path}-wal").exists() or Path(f"{path}-journal").exists()
    mode = "mode=ro" if in_use else "mode=ro&immutable=1"
    url = f"file:{quote(str(path))}?{mode}"
    try:
        with closing(sqlite3.connect(url, uri=True, timeout=BUSY_SECONDS)) as connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise StorageError(
                    f"{path} is damaged: {damage.splitlines()[0]}; name another file."
                )
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if tables and _NAME not in tables:
                raise StorageError(
                    f"{path} is a database of something else; name another file, or a new one."
                )
            if not tables:  # another process is making it now
                return {}
            return dict(connection.execute(f"SELECT name, value FROM {_NAME}"))  # noqa: S608 -- our own constant
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise StorageError(f"{path} is locked by another process; end that one.") from error
        raise StorageError(f"{path} is damaged: {error}; name another file.") from error


def _claim(connection: Connection, place: str, owners: list[Owner]) -> None:
    """Note in a new database what it is for, or compare with what an old one notes."""
    entries = {row.name: row.value for row in connection.execute(select(_about))}
    _compare(entries, owners, place)
    for owner in owners:
        for name, value in owner.entries().items():
            if name not in entries:
                connection.execute(insert(_about).values(name=name, value=value))
                entries[name] = value


def _compare(entries: dict[str, str], owners: list[Owner], place: str) -> None:
    for owner in owners:
        for name, value in owner.entries().items():
            if entries.get(name, value) != value:
                raise StorageError(
                    f"{shown_place(place)} was made for another {name.split()[-1]} "
                    f"({entries[name]}, not {value}); start with that one, or name another file."
                )


def shown_place(place: str | None) -> str:
    """Write a place without the secrets that a URL may carry before its host and in its query."""
    if place is None or "://" not in place:
        return place or "in memory"
    scheme, _, rest = re.split("[?#]", place, maxsplit=1)[0].partition("://")
    shown = f"…@{rest.rpartition('@')[2]}" if "@" in rest else rest
    return f"{scheme}://{shown}{'?…' if '?' in place else ''}"


_WRITTEN = "viewtracker_mock_written"


class Revisions:
    """Numbers the states of a database; the same number twice means that nothing came between.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._numbers = count(1)
        self._commits = 0
        self._others: sqlite3.Connection | None = None
        self._is_known = _is_plain_sqlite(engine.url)
        if self._is_known and engine.url.database:
            self._others = sqlite3.connect(engine.url.database, check_same_thread=False, timeout=0)
        event.listen(engine, "commit", self._note_commit)
        event.listen(engine, "checkin", self._note_return)

    def current(self) -> tuple[int, int] | None:
        """Return the number of the state that is there now; None where it is unknown.

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
        """Return back the file."""
        if self._others is not None:
            self._others.close()

    def _note_commit(self, connection: Connection) -> None:
        """Count a commit before it is made, since another thread sees it before it is over."""
        connection.info[_WRITTEN] = True
        self._commits = next(self._numbers)

    def _note_return(self, _: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        """Count it once more when it is over, since another thread may have read just before it."""
        if entry.info.pop(_WRITTEN, False):
            self._commits = next(self._numbers)
