import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.clock import SECOND, Clock
from mock_server.data.database import TABLES, Database
from mock_server.data.opening import open_database
from mock_server.data.tokens import TokenState, TokenStore
from mock_server.world.domain import Residency

NOW = 1_767_225_600_000
OWNER = {"us seed": 0, "us world": "world", "de seed": 0, "de world": "world"}


def make_token_store(
    database: Database, clock: Clock | None = None, residency: Residency = Residency.US
) -> TokenStore:
    clock = clock or Clock(NOW, frozen=True)
    return TokenStore(database, TABLES[residency].tokens, clock, prefix=f"vt_{residency.value}_")


@pytest.fixture
def database() -> Iterator[Database]:
    database = open_database(None, OWNER)
    yield database
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW, frozen=True)


@pytest.fixture
def tokens(database: Database, clock: Clock) -> TokenStore:
    return make_token_store(database, clock)


def test_a_generated_token_is_valid_only_for_its_residency(database: Database) -> None:
    us, de = (make_token_store(database, residency=residency) for residency in Residency)
    token = us.generate()
    assert TokenState.ACTIVE is us.verify(token)
    assert TokenState.UNKNOWN is de.verify(token)


def test_tokens_are_unique_and_have_a_prefix(tokens: TokenStore) -> None:
    generated = {tokens.generate() for _ in range(20)}
    assert len(generated) == 20
    assert all(token.startswith("vt_us_") and len(token) > 48 for token in generated)


def test_deleting_revokes_the_active_token(tokens: TokenStore) -> None:
    token = tokens.generate()
    tokens.delete()
    tokens.delete()
    assert TokenState.REVOKED is tokens.verify(token)
    assert tokens.state() is None


def test_any_other_token_is_unknown(tokens: TokenStore) -> None:
    @given(token=st.text() | st.sampled_from(["", "zażółć", "\ud800", "\0", "a" * 100_000]))
    def check(token: str) -> None:
        assert TokenState.UNKNOWN is tokens.verify(token)

    tokens.generate()
    check()


def test_the_last_use_of_a_token_is_stored_at_most_once_a_minute(
    tokens: TokenStore, clock: Clock
) -> None:
    token, last_uses = tokens.generate(), []
    for step in (0, 59, 1, 30, -3_600):
        clock.advance(timedelta(seconds=step))
        tokens.verify(token)
        state = tokens.state()
        last_uses.append(state and state.last_used)
    minute = NOW + 60 * SECOND
    assert [NOW, NOW, minute, minute, minute + 30 * SECOND - 3_600 * SECOND] == last_uses


def test_verifying_without_use_does_not_set_the_last_use(tokens: TokenStore) -> None:
    assert TokenState.ACTIVE is tokens.verify(tokens.generate(), is_use=False)
    tokens.verify("another")
    state = tokens.state()
    assert state is not None
    assert (state.made, state.last_used) == (NOW, None)


def test_a_deleted_demo_token_is_not_installed_again(tokens: TokenStore) -> None:
    for _ in range(2):
        tokens.install_demo("demo-token-us", wanted=True)
        assert TokenState.ACTIVE is tokens.verify("demo-token-us")
    tokens.delete()
    tokens.install_demo("demo-token-us", wanted=True)
    assert TokenState.REVOKED is tokens.verify("demo-token-us")


def test_the_demo_token_does_not_replace_another_token(tokens: TokenStore) -> None:
    token = tokens.generate()
    tokens.install_demo("demo-token-us", wanted=True)
    assert TokenState.ACTIVE is tokens.verify(token)
    assert TokenState.UNKNOWN is tokens.verify("demo-token-us")


def test_disabling_the_demo_token_revokes_only_the_demo_token(tokens: TokenStore) -> None:
    tokens.install_demo("demo-token-us", wanted=True)
    tokens.install_demo("demo-token-us", wanted=False)
    assert TokenState.REVOKED is tokens.verify("demo-token-us")
    token = tokens.generate()
    tokens.install_demo("demo-token-us", wanted=False)
    assert TokenState.ACTIVE is tokens.verify(token)


def test_other_processes_see_new_tokens_immediately(tmp_path: Path) -> None:
    one, other = (open_database(str(tmp_path / "tokens.db"), OWNER) for _ in range(2))
    here, there = make_token_store(one), make_token_store(other)
    before = here.generate()
    assert TokenState.ACTIVE is there.verify(before)
    after = there.generate()
    assert TokenState.REVOKED is here.verify(before)
    assert TokenState.ACTIVE is here.verify(after)
    one.close()
    other.close()


def test_concurrent_generation_leaves_one_active_token(tmp_path: Path) -> None:
    databases = [open_database(str(tmp_path / "tokens.db"), OWNER) for _ in range(4)]
    barrier = threading.Barrier(4)
    generated: list[str] = []

    def run(database: Database) -> None:
        store = make_token_store(database)
        barrier.wait(10)
        generated.extend(store.generate() for _ in range(5))

    threads = [threading.Thread(target=run, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = [make_token_store(databases[0]).verify(token) for token in generated]
    for database in databases:
        database.close()

    assert sorted(states) == [TokenState.ACTIVE] + [TokenState.REVOKED] * 19


def test_only_the_newest_of_two_active_tokens_is_valid(
    database: Database, tokens: TokenStore
) -> None:
    older, newer = tokens.generate(), tokens.generate()
    table = TABLES[Residency.US].tokens
    with database.writing("") as connection:  # as two concurrent processes may do
        connection.execute(f"UPDATE {table} SET revoked = NULL")
    assert TokenState.REVOKED is tokens.verify(older)
    assert TokenState.ACTIVE is tokens.verify(newer)


def test_tokens_are_not_stored_logged_or_shown(
    database: Database, tokens: TokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = tokens.generate()
        tokens.verify(token)
    with database.reading() as connection:
        stored = connection.execute(f"SELECT * FROM {TABLES[Residency.US].tokens}").fetchall()
    state = tokens.state()
    assert state is not None
    assert stored
    assert token not in f"{stored} {caplog.text} {tokens!r} {state!r}"
    assert state.hash not in repr(state)


def test_generating_a_token_is_atomic(
    database: Database, tokens: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tokens.generate()

    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(TokenStore, "_keep", fail)
    with pytest.raises(OSError):  # noqa: PT011 -- our own, without a message
        tokens.generate()
    assert TokenState.ACTIVE is tokens.verify(token)


def test_reading_does_not_roll_back_a_write_in_memory(
    database: Database, tokens: TokenStore
) -> None:
    reader = threading.Thread(target=tokens.verify, args=["another"])
    query = f"INSERT INTO {TABLES[Residency.US].tokens} (hash, made) VALUES ('x', {NOW})"
    with database.writing("") as connection:
        connection.execute(query)
        reader.start()
        reader.join(0.2)  # it waits for this thread, or has already ended
    reader.join()
    assert tokens.state() is not None


def test_results_for_revoked_tokens_are_cached(database: Database, tokens: TokenStore) -> None:
    first = tokens.generate()
    for _ in range(20):
        tokens.generate()
    rows: list[int] = []
    with database.reading() as connection:
        connection.row_factory = lambda _, row: (rows.append(1), row)[1]  # type: ignore[func-returns-value]
    assert TokenState.REVOKED is tokens.verify(first)
    assert TokenState.REVOKED is tokens.verify(first)
    assert len(rows) <= 2


def test_the_cache_of_invalid_tokens_is_bounded(
    tokens: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mock_server.data.tokens._MOST_KNOWN", 2)
    first, last = tokens.generate(), tokens.generate()
    requested = [first, "a", "b", "c", first, last]
    states = [tokens.verify(token, is_use=False).value for token in requested]
    assert ["revoked", "unknown", "unknown", "unknown", "revoked", "active"] == states
    assert len(tokens._read[2]) <= 2
