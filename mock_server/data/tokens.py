"""Tokens, as the app's "Interfaces" page has them: one at a time, a new one revokes the old.

Only hashes are kept, so that no token can be read from a database, log or repr. Generated tokens
are 256 random bits, so a plain SHA-256 is as good as a salted or slow hash: nobody can try them all.
The two demo tokens are no secrets to begin with; they are kept the same way.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    String,
    Table,
    bindparam,
    delete,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from mock_server.clock import SECOND, Clock
from mock_server.data.database import BUSY_SECONDS
from mock_server.errors import StorageBusyError, StorageFullError

NOTED_EVERY = 60 * SECOND
"""How exactly `last_used` is kept; writing it at every request would make reads slow."""


_MOST_KNOWN = 1_000
"""Wrong tokens whose look-up is remembered."""


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

    Args:
        engine: The database.
        table: The residency's tokens in it.
        clock: When tokens are made, used and revoked.
        prefix: What generated tokens begin with, so that people recognise them.
        revision: Tells states of the database apart, so that it is read once in each; None where
            nobody knows.
    """

    def __init__(
        self,
        engine: Engine,
        table: Table,
        clock: Clock,
        *,
        prefix: str,
        revision: Callable[[], Hashable | None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._table = table
        self._clock = clock
        self._prefix = prefix
        self._revision = revision
        self._read: tuple[Hashable, TokenRecord | None, dict[str, bool]] = (None, None, {})
        """A revision, the active token in it, and whether other tokens are known."""
        columns = table.c
        # Two processes that generate at once may, on a server, each overlook the other's token;
        # so that one is active nevertheless, only the newest counts.
        self._newest = (
            select(columns.hash, columns.made, columns.last_used, columns.revoked)
            .order_by(columns.id.desc())
            .limit(1)
        )
        self._known = select(columns.revoked).where(columns.hash == bindparam("given"))

    def generate(self) -> str:
        """Make a token and revoke the one before, both or neither; it is given only here."""
        token = self._prefix + secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            self._revoke(connection)
            connection.execute(
                insert(self._table), {"hash": _hash(token), "made": self._clock.now()}
            )
        return token

    def delete(self) -> None:
        """Revoke the token, if there is one; from the next request on it opens nothing."""
        with self._engine.begin() as connection:
            self._revoke(connection)

    def reset(self, demo: str | None = None) -> None:
        """Forget all tokens, those that are revoked too; keep a well-known one in their place."""
        with self._engine.begin() as connection:
            connection.execute(delete(self._table))
            if demo is not None:
                self._keep_first(connection, demo)

    def rows(self) -> list[dict[str, Any]]:
        """Return all that is kept, for another store's `replace`."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(self._table)).mappings()]

    def replace(self, rows: list[dict[str, Any]]) -> None:
        """Keep what another store had, instead of one's own tokens."""
        with self._engine.begin() as connection:
            connection.execute(delete(self._table))
            if rows:
                connection.execute(insert(self._table), rows)

    def install_demo(self, token: str, *, wanted: bool) -> None:
        """Put a well-known token in place of none at all, or revoke it where it is not wanted.

        A token that there was before, even a revoked one, is never replaced.
        """
        try:
            with self._engine.begin() as connection:
                if wanted:
                    self._keep_first(connection, token)
                else:
                    self._revoke(connection, only=_hash(token))
        except IntegrityError:  # another process has put it there meanwhile
            return

    def verify(self, token: str, *, is_use: bool = True) -> TokenState:
        """Say what a token opens now; every change, by whichever process, counts at once.

        Args:
            token: What was sent.
            is_use: Whether to note that it was used, if it opens something.
        """
        given = _hash(token)
        record = self.state()
        # Only hashes are compared, and these in constant time, so that timing tells nothing.
        if record is not None and hmac.compare_digest(record.hash.encode(), given.encode()):
            if is_use:
                self._note_use(record)
            return TokenState.ACTIVE
        is_known = self._is_known(given)
        return TokenState.REVOKED if is_known else TokenState.UNKNOWN

    def state(self) -> TokenRecord | None:
        """Return what is known of the active token; None if there is none."""
        return self._state()[1]

    def _state(self) -> tuple[Hashable, TokenRecord | None, dict[str, bool]]:
        revision = self._revision()
        if revision is not None and self._read[0] == revision:
            return self._read
        with self._engine.connect() as connection:
            row = connection.execute(self._newest).first()
        is_active = row is not None and row.revoked is None
        record = TokenRecord(row.hash, row.made, row.last_used) if row and is_active else None
        self._read = (revision, record, {})
        return self._read

    def _is_known(self, given: str) -> bool:
        revision, _, known = self._state()
        if revision is None or given not in known:
            with self._engine.connect() as connection:
                found = connection.execute(self._known, {"given": given}).first() is not None
            if len(known) < _MOST_KNOWN:
                known[given] = found
            return found
        return known[given]

    def _note_use(self, record: TokenRecord) -> None:
        now = self._clock.now()
        # The clock may have been set back, and then "later" is not "since".
        if record.last_used is None or abs(now - record.last_used) >= NOTED_EVERY:
            noted = update(self._table).where(self._table.c.hash == record.hash)
            is_sqlite = self._engine.dialect.name == "sqlite"
            # Nobody waits for a lock, or is refused, because a use could not be noted.
            with suppress(StorageBusyError, StorageFullError), self._engine.begin() as connection:
                if is_sqlite:
                    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
                try:
                    connection.execute(noted.values(last_used=now))
                finally:
                    if is_sqlite:
                        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000}")

    def _revoke(self, connection: Connection, only: str | None = None) -> None:
        columns = self._table.c
        query = update(self._table).where(columns.revoked.is_(None))
        if only is not None:
            query = query.where(columns.hash == only)
        connection.execute(query.values(revoked=self._clock.now()))

    def _keep_first(self, connection: Connection, token: str) -> None:
        """Keep a token if there is none: in one statement, since others may do the same now."""
        row = select(literal(_hash(token), String), literal(self._clock.now(), BigInteger))
        is_first = ~select(self._table.c.id).exists()
        connection.execute(insert(self._table).from_select(["hash", "made"], row.where(is_first)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
