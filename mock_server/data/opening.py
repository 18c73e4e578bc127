"""Open a database: create its tables, or validate those of an existing file without changing it."""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Owner:
    """The world that a database belongs to; rows of different worlds or seeds must not be mixed."""

    residency: Residency
    seed: int
    world: str
    """The digest of the world."""

    def entries(self) -> dict[str, str]:
        """Return the metadata that the database stores about its owner."""
        name = self.residency.value
        return {"format": FORMAT, f"{name} seed": str(self.seed), f"{name} world": self.world}


def open_database(place: str | None, owners: list[Owner]) -> Database:
    """Open a database, and create it if it is new.

    Args:
        place: The path of a file, optionally as `sqlite:///path`; None for an in-memory database.
        owners: The worlds that the database must belong to.

    Raises:
        StorageError: If it cannot be opened, is not a database of the mock, or belongs to other
            worlds. The file is not changed.
    """
    path = _path_of(place)
    if path is not None:
        _inspect_file(path, owners)
    database = Database(path)
    try:
        with database.writing("A new database") as connection:
            _create(connection, str(path), owners)
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


def _create(connection: sqlite3.Connection, place: str, owners: list[Owner]) -> None:
    """Create the tables and store the owners, or compare the stored ones."""
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
    entries = dict(connection.execute(f"SELECT name, value FROM {_ABOUT}"))
    _compare(entries, owners, place)
    existing = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master")}
    if not existing.issuperset(made.replace("IF NOT EXISTS ", "") for made in statements):
        raise damaged("another program has altered its tables")
    new = {name: value for owner in owners for name, value in owner.entries().items()}
    connection.executemany(f"INSERT OR IGNORE INTO {_ABOUT} VALUES (?, ?)", new.items())


def _inspect_file(path: Path, owners: list[Owner]) -> None:
    """Validate a file without writing to it or creating files next to it."""
    if not path.parent.is_dir():
        raise StorageError(f"There is no folder {path.parent} for the database {path.name}.")
    try:
        found = path.stat()
        if not S_ISREG(found.st_mode):
            raise StorageError(f"{path} is not a file; name another, or a new one.")
        with path.open("rb") as file:
            begin = file.read(len(_HEADER))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
    if not found.st_size:
        return
    if begin != _HEADER:
        raise StorageError(f"{path} is not an SQLite database; name another file, or a new one.")
    _compare(_entries_of(path), owners, str(path))


def _entries_of(path: Path) -> dict[str, str]:
    """Check the integrity of a database and return its metadata."""
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
            if tables and _ABOUT not in tables:
                raise StorageError(
                    f"{path} is a database of something else; name another file, or a new one."
                )
            if not tables:  # another process is creating it
                return {}
            return dict(connection.execute(f"SELECT name, value FROM {_ABOUT}"))
    except sqlite3.DatabaseError as error:
        if code_of(error) == sqlite3.SQLITE_BUSY:
            raise StorageError(f"{path} is locked by another process; end that one.") from error
        if code_of(error) in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            raise StorageError(
                f"{path} cannot be opened: {error}. Let it, its folder and the files beside it "
                "whose names begin alike be read and written."
            ) from error
        raise StorageError(f"{path} is damaged: {error}; name another file.") from error


def _compare(entries: dict[str, str], owners: list[Owner], place: str) -> None:
    for owner in owners:
        for name, value in owner.entries().items():
            if entries.get(name, value) != value:
                raise StorageError(
                    f"{place} was made for another {name.split()[-1]} "
                    f"({entries[name]}, not {value}); start with that one, or name another file."
                )
