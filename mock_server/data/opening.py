"""Open a database: create its tables, or validate those of an existing file without changing it."""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from stat import S_ISREG

from mock_server.data.database import BUSY_SECONDS, Database, code_of, damaged
from mock_server.errors import ApiError, StorageError
from mock_server.world.domain import Residency

FORMAT = "2"
"""Version of the schema; increment it when tables change. Other versions are refused."""

_ABOUT = "viewtracker_mock"
_HEADER = b"SQLite format 3\0"

# The account is empty for protected viewers. The index by space covers all columns of a page in
# its order, so that a query reads no table rows.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS {0}_visit (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, content_id INTEGER NOT NULL,
    account TEXT NOT NULL, space_key TEXT NOT NULL, content_type TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS {0}_visit_time ON {0}_visit (time);
CREATE INDEX IF NOT EXISTS {0}_visit_content ON {0}_visit (content_id, time, account);
CREATE INDEX IF NOT EXISTS {0}_visit_space ON {0}_visit (space_key, time, content_id, account);
CREATE TABLE IF NOT EXISTS {0}_search (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, term TEXT NOT NULL,
    account TEXT NOT NULL, number_of_results INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS {0}_search_time ON {0}_search (time);
CREATE TABLE IF NOT EXISTS {0}_day (
    day INTEGER PRIMARY KEY CHECK (day BETWEEN -719162 AND 2932896),
    visits INTEGER NOT NULL, searches INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS {0}_token (
    id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, made INTEGER NOT NULL,
    last_used INTEGER, revoked INTEGER
);
CREATE TABLE IF NOT EXISTS {0}_end (
    content_id INTEGER PRIMARY KEY, trashed INTEGER, deleted INTEGER
);
"""


def open_database(place: str | None, owner: Mapping[str, object]) -> Database:
    """Open a database, and create it if it is new.

    Args:
        place: The path of a file, optionally as `sqlite:///path`; None for an in-memory database.
        owner: What the rows depend on, such as `us seed`; rows of different owners are not mixed.

    Raises:
        StorageError: If it cannot be opened, is not a database of the mock, or belongs to another
            owner. The file is not changed.
    """
    path = _path_of(place)
    entries = {"format": FORMAT, **{name: str(value) for name, value in owner.items()}}
    if path is not None:
        _inspect_file(path, entries)
    database = Database(path)
    try:
        with database.writing("A new database") as connection:
            _create(connection, str(path), entries)
    except BaseException as error:
        database.close()
        if isinstance(error, ApiError):
            raise StorageError(f"The database {path} cannot be used: {error.detail}") from error
        raise
    return database


def _path_of(place: str | None) -> Path | None:
    """Return the absolute path of the file, which does not depend on later directory changes."""
    if place is None:
        return None
    scheme, separator, rest = place.partition("://")
    if separator and (scheme != "sqlite" or "?" in rest):  # it may contain a password
        raise StorageError(
            f"--database takes the path of a SQLite file, not a URL of {scheme[:40]!r}."
        )
    name = rest.removeprefix("/") if separator else place
    return None if name in {"", ":memory:"} else Path(name).absolute()


def _create(connection: sqlite3.Connection, place: str, entries: dict[str, str]) -> None:
    """Create the tables and store the owner, or compare the stored ones."""
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_ABOUT} (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
    )
    schema = "".join(_SCHEMA.format(residency) for residency in Residency)
    # Other programs may write values of other types. SQLite before 3.37 has no STRICT tables.
    is_typed = r"\g<0> CHECK (typeof(\1) = '\2' COLLATE NOCASE)"
    schema = re.sub(r"(\w+) (INTEGER|TEXT) NOT NULL", is_typed, schema)
    statements = [statement.strip() for statement in schema.split(";")[:-1]]
    for statement in statements:
        connection.execute(statement)
    _compare(connection, entries, place)
    existing = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master")}
    if not existing.issuperset(made.replace("IF NOT EXISTS ", "") for made in statements):
        raise damaged("another program has altered its tables")
    connection.executemany(f"INSERT OR IGNORE INTO {_ABOUT} VALUES (?, ?)", entries.items())


def _inspect_file(path: Path, entries: dict[str, str]) -> None:
    """Validate a file without writing to it or creating files next to it."""
    try:
        if not path.parent.is_dir():
            raise StorageError(f"There is no folder {path.parent} for the database {path.name}.")
        if not S_ISREG(path.stat().st_mode):
            raise StorageError(f"{path} is not a file; name another, or a new one.")
        with path.open("rb") as file:
            begin = file.read(len(_HEADER))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
    if begin and begin != _HEADER:  # SQLite would overwrite a file of one byte
        raise StorageError(f"{path} is not an SQLite database; name another file, or a new one.")
    if begin:
        _inspect_tables(path, entries)


def _inspect_tables(path: Path, entries: dict[str, str]) -> None:
    mode = "mode=ro" if Path(f"{path}-wal").exists() else "mode=ro&immutable=1"
    if Path(f"{path}-journal").exists():
        mode = "mode=rw"  # needed to roll back an interrupted transaction
    try:
        url = f"{path.as_uri()}?{mode}"
        with closing(sqlite3.connect(url, uri=True, timeout=BUSY_SECONDS)) as connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise StorageError(
                    f"{path} is damaged: {damage.splitlines()[0]}; name another file."
                )
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if _ABOUT in tables:
                _compare(connection, entries, str(path))
            elif tables:  # otherwise another process is creating it
                raise StorageError(
                    f"{path} is a database of something else; name another file, or a new one."
                )
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{path} {_problem_of(error)}") from error


def _problem_of(error: sqlite3.DatabaseError) -> str:
    code = code_of(error)
    if code == sqlite3.SQLITE_BUSY:
        return "is locked by another process; end that one."
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
        return (
            f"cannot be opened: {error}. Let it, its folder and the files beside it whose names "
            "begin alike be read and written."
        )
    return f"is damaged: {error}; name another file."


def _compare(connection: sqlite3.Connection, entries: dict[str, str], place: str) -> None:
    """Compare the owner with the stored one."""
    stored = dict(connection.execute(f"SELECT name, value FROM {_ABOUT}"))
    for name, value in entries.items():
        if stored.get(name, value) != value:
            raise StorageError(
                f"{place} was made for another {name.split()[-1]} "
                f"({stored[name]}, not {value}); start with that one, or name another file."
            )
