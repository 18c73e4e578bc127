"""Tokens, as on the app's "Interfaces" page: one at a time; a new one revokes the old one.

Only hashes are stored, so that tokens cannot leak from a database, log or repr. Generated tokens
have 256 random bits, which cannot be guessed, so plain SHA-256 is as secure as a salted or slow
hash. The two demo tokens are public; they are stored in the same way.
"""

import hashlib
import hmac
import secrets
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from sqlite3 import Connection

from mock_server.clock import SECOND, Clock, is_moment
from mock_server.data.database import Database, damaged
from mock_server.errors import StorageBusyError, StorageFullError

NOTED_EVERY = 60 * SECOND
"""Resolution of `last_used`; a write per request would slow down reads."""

_MOST_KNOWN = 1_000
"""Tokens other than the active one that are remembered to be revoked or unknown."""
_WHAT = "The change of the token"


class TokenState(StrEnum):
    """What a token opens."""

    ACTIVE = "active"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TokenRecord:
    """What is known of the active token; the token itself is not."""

    hash: str = field(repr=False)
    made: int
    """Epoch milliseconds."""
    last_used: int | None
    """Epoch milliseconds, to the minute; None if it was never used."""


class TokenStore:
    """The tokens of one residency; the newest alone may open it.

    Generated tokens start with `prefix`, which makes them recognizable.
    """

    def __init__(self, database: Database, table: str, clock: Clock, *, prefix: str) -> None:
        self._database = database
        self._table = table
        self._clock = clock
        self._prefix = prefix
        self._read: tuple[Hashable, TokenRecord | None, dict[str, TokenState]] = (None, None, {})
        """A revision, its active token, and the cached states of other tokens."""

    def generate(self) -> str:
        """Generate a token and revoke the previous one; the token cannot be read again later."""
        token = self._prefix + secrets.token_urlsafe(32)
        with self._database.writing(_WHAT) as connection:
            self._revoke(connection)
            self._keep(connection, token)
        return token

    def delete(self) -> None:
        """Revoke the token, if there is one, with effect from the next request."""
        with self._database.writing(_WHAT) as connection:
            self._revoke(connection)

    def reset(self, demo: str | None = None) -> None:
        """Delete all tokens, including revoked ones; store a well-known one instead, if given."""
        with self._database.writing(_WHAT) as connection:
            connection.execute(f"DELETE FROM {self._table}")
            if demo is not None:
                self._keep(connection, demo)

    def copy_from(self, other: "TokenStore") -> None:
        """Replace the tokens by those of another store."""
        with other._database.reading() as connection:  # noqa: SLF001 -- of the same class
            rows = connection.execute(f"SELECT * FROM {other._table}").fetchall()  # noqa: SLF001
        with self._database.writing(_WHAT) as connection:
            connection.execute(f"DELETE FROM {self._table}")
            connection.executemany(f"INSERT INTO {self._table} VALUES (?, ?, ?, ?, ?)", rows)

    def install_demo(self, token: str, *, wanted: bool) -> None:
        """Store a well-known token if there is none, or revoke it if it is not wanted.

        An existing token, even a revoked one, is never replaced.
        """
        with self._database.writing(_WHAT) as connection:
            if not wanted:
                self._revoke(connection, only=_hash(token))
            elif connection.execute(f"SELECT 1 FROM {self._table}").fetchone() is None:
                self._keep(connection, token)

    def verify(self, token: str, *, is_use: bool = True) -> TokenState:
        """Return the state of a token, also one changed by another process, and record its use."""
        given = _hash(token)
        record, known = self._state()
        # Compare hashes in constant time, so that the duration reveals nothing.
        if record is not None and hmac.compare_digest(record.hash.encode(), given.encode()):
            if is_use:
                self._note_use(record)
            return TokenState.ACTIVE
        state = known.get(given)
        if state is None:
            query = f"SELECT 1 FROM {self._table} WHERE hash = ?"
            with self._database.reading() as connection:
                is_there = connection.execute(query, (given,)).fetchone() is not None
            state = TokenState.REVOKED if is_there else TokenState.UNKNOWN
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[given] = state
        return state

    def state(self) -> TokenRecord | None:
        """Return the active token's record; None if there is none."""
        return self._state()[0]

    def _state(self) -> tuple[TokenRecord | None, dict[str, TokenState]]:
        revision = self._database.revision()
        if revision is None or self._read[0] != revision:
            newest = f"SELECT max(id) FROM {self._table}"
            query = (
                f"SELECT hash, made, last_used FROM {self._table} "
                f"WHERE id = ({newest}) AND revoked IS NULL"
            )
            with self._database.reading() as connection:
                found = connection.execute(query).fetchone()
            # Other programs may have written it.
            if found and not all(is_moment(time) for time in found[1:] if time is not None):
                raise damaged("a token has times that cannot be")
            self._read = (revision, TokenRecord(*found) if found else None, {})
        return self._read[1:]

    def _note_use(self, record: TokenRecord) -> None:
        now = self._clock.now()
        # The clock may have been moved back, so compare the absolute difference.
        if record.last_used is None or abs(now - record.last_used) >= NOTED_EVERY:
            query = f"UPDATE {self._table} SET last_used = ? WHERE hash = ?"
            # Recording a use is optional; do not wait for a lock or fail because of it.
            with (
                suppress(StorageBusyError, StorageFullError),
                self._database.writing(_WHAT, at_once=True) as connection,
            ):
                connection.execute(query, (now, record.hash))

    def _revoke(self, connection: Connection, only: str | None = None) -> None:
        query = (
            f"UPDATE {self._table} SET revoked = ? WHERE revoked IS NULL AND hash = ifnull(?, hash)"
        )
        connection.execute(query, (self._clock.now(), only))

    def _keep(self, connection: Connection, token: str) -> None:
        query = f"INSERT INTO {self._table} (hash, made) VALUES (?, ?)"
        connection.execute(query, (_hash(token), self._clock.now()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
