"""Tokens, as the app's "Interfaces" page has them: one at a time, a new one revokes the old.

Only hashes are kept. The tokens are 256 random bits, so a plain SHA-256 is as good as a slow hash:
nobody can try them all. The two demo tokens are no secrets to begin with.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Engine, Table, insert, select, update

from mock_server.clock import SECOND, Clock

_NOTED_EVERY = 60 * SECOND
"""How exactly `last_used` is kept; writing it at every request would make reads slow."""


class TokenState(StrEnum):
    """What a token opens."""

    ACTIVE = "active"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TokenRecord:
    """What is known of the active token; the token itself is not."""

    hash: str
    made: int
    """Epoch milliseconds."""
    last_used: int | None
    """Epoch milliseconds, to the minute; None if it was never used."""


class TokenStore:
    """The tokens of one residency.

    Args:
        engine: The database.
        table: The residency's tokens in it.
        clock: When tokens are made, used and revoked.
        prefix: What generated tokens begin with, so that people recognise them.
    """

    def __init__(self, engine: Engine, table: Table, clock: Clock, *, prefix: str) -> None:
        self._engine = engine
        self._table = table
        self._clock = clock
        self._prefix = prefix

    def generate(self) -> str:
        """Make a token and revoke the one before, both or neither; it is given only here."""
        token = self._prefix + secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            self._revoke(connection)
            self._keep(connection, token)
        return token

    def delete(self) -> None:
        """Revoke the token, if there is one; from the next request on it opens nothing."""
        with self._engine.begin() as connection:
            self._revoke(connection)

    def install_demo(self, token: str, *, wanted: bool) -> None:
        """Put a well-known token in place of none at all, or revoke it where it is not wanted."""
        with self._engine.begin() as connection:
            if wanted and connection.execute(select(self._table.c.id).limit(1)).first() is None:
                self._keep(connection, token)
            elif not wanted:
                self._revoke(connection, only=_hash(token))

    def verify(self, token: str) -> TokenState:
        """Say what a token opens now; every change, by whichever process, counts at once."""
        given = _hash(token)
        record = self.state()
        if record is not None and hmac.compare_digest(record.hash, given):
            self._note_use(record)
            return TokenState.ACTIVE
        with self._engine.connect() as connection:
            found = select(self._table.c.id).where(self._table.c.hash == given)
            is_known = connection.execute(found).first() is not None
        return TokenState.REVOKED if is_known else TokenState.UNKNOWN

    def state(self) -> TokenRecord | None:
        """Give what is known of the active token; None if there is none."""
        columns = self._table.c
        query = select(columns.hash, columns.made, columns.last_used).where(
            columns.revoked.is_(None)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else TokenRecord(*row)

    def _note_use(self, record: TokenRecord) -> None:
        now = self._clock.now()
        if record.last_used is None or now - record.last_used >= _NOTED_EVERY:
            noted = update(self._table).where(self._table.c.hash == record.hash)
            with self._engine.begin() as connection:
                connection.execute(noted.values(last_used=now))

    def _revoke(self, connection: Connection, only: str | None = None) -> None:
        columns = self._table.c
        query = update(self._table).where(columns.revoked.is_(None))
        if only is not None:
            query = query.where(columns.hash == only)
        connection.execute(query.values(revoked=self._clock.now()))

    def _keep(self, connection: Connection, token: str) -> None:
        connection.execute(insert(self._table).values(hash=_hash(token), made=self._clock.now()))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
