import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from mock_server.clock import DAY, start_of
from mock_server.data.database import TABLES, Database
from mock_server.data.opening import open_database
from mock_server.data.rows import Store
from mock_server.errors import StorageError
from mock_server.world.domain import ANONYMOUS, Content, ContentType, Residency, Search, Visit

FIRST = date(2026, 1, 1)
EARLIEST = (date.min - FIRST).days
OWNER = {"us seed": 0, "us world": "world", "de seed": 0, "de world": "world"}
PAGE = Content(34_896_440_042, ContentType.PAGE, "Page", "DOCS", created=0)


class Days:
    """A source of two visits and a search on every day, which records the requested days."""

    installed = FIRST

    def __init__(self) -> None:
        self.requested: list[date] = []

    def visits_on(self, day: date) -> list[Visit]:
        self.requested.append(day)
        noon = start_of(day) + DAY // 2
        return [Visit(noon, PAGE.id, None), Visit(noon + 1, PAGE.id, ANONYMOUS)]

    def searches_on(self, day: date) -> list[Search]:
        return [Search(start_of(day), "page", None, 1)]

    def content(self, content_id: int) -> Content:
        return {PAGE.id: PAGE}[content_id]


def make_store(
    database: Database, source: Days | None = None, residency: Residency = Residency.US
) -> Store:
    return Store(database, TABLES[residency], source or Days())


@contextmanager
def opened(place: Path | None = None) -> Iterator[Database]:
    database = open_database(None if place is None else str(place), OWNER)
    with closing(database):
        yield database


def stored_visits(
    database: Database, residency: Residency = Residency.US
) -> list[tuple[object, ...]]:
    query = f"SELECT time, content_id, account FROM {TABLES[residency].visits} ORDER BY id"
    with database.reading() as connection:
        return connection.execute(query).fetchall()


def marked_days(database: Database) -> dict[int, tuple[int, int]]:
    query = f"SELECT day, visits, searches FROM {TABLES[Residency.US].days}"
    with database.reading() as connection:
        return {day: (visits, searches) for day, visits, searches in connection.execute(query)}


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_a_day_is_stored_with_spaces_types_and_counts() -> None:
    with opened() as database:
        store = make_store(database)
        store.ensure(FIRST, FIRST)
        with database.reading() as connection:
            rows = connection.execute(f"SELECT * FROM {store.tables.visits}").fetchall()
        noon = start_of(FIRST) + DAY // 2
        assert [row[1:] for row in rows] == [
            (noon, PAGE.id, "", "DOCS", "page"), (noon + 1, PAGE.id, ANONYMOUS, "DOCS", "page"),
        ]  # fmt: skip
        assert {start_of(FIRST) // DAY: (2, 1)} == marked_days(database)


@pytest.mark.parametrize(("ranges", "generated"), [
    ([(3, 4), (3, 4), (10, 11), (4, 10), (0, 12), (5, 6)],
     [3, 4, 10, 11, 5, 6, 7, 8, 9, 0, 1, 2, 12]),
    ([(EARLIEST, -1), (EARLIEST, 1)], [0, 1]),
    ([(2, 1)], []),
], ids=["each day once", "none before the installation", "none for a reversed range"])  # fmt: skip
def test_days_are_generated_on_demand(ranges: list[tuple[int, int]], generated: list[int]) -> None:
    source = Days()
    with opened() as database:
        store = make_store(database, source)
        for first, last in ranges:
            store.ensure(day(first), day(last))
        assert [day(number) for number in generated] == source.requested
        assert len(stored_visits(database)) == len(generated) * 2


def test_days_known_to_be_stored_need_no_query(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as database:
        store = make_store(database)
        store.ensure(day(3), day(5))
        store.ensure(day(0), day(2))
        monkeypatch.setattr(Database, "reading", None)
        store.ensure(day(1), day(5))


def test_a_failed_day_is_rolled_back() -> None:
    class Broken(Days):
        def visits_on(self, day: date) -> list[Visit]:
            return [*super().visits_on(day), Visit(0, 404, None)]  # of no content

    with opened() as database:
        store = make_store(database, Broken())
        with pytest.raises(KeyError):
            store.ensure(FIRST, FIRST)
        assert marked_days(database) == {}
        make_store(database).ensure(FIRST, FIRST)
        assert len(stored_visits(database)) == 2


def test_days_in_a_database_file_are_not_generated_again(tmp_path: Path) -> None:
    place, source = tmp_path / "rows.db", Days()
    with opened(place) as database:
        make_store(database).ensure(day(0), day(2))
    with opened(place) as database:
        make_store(database, source).ensure(day(0), day(3))
        assert source.requested == [day(3)]
        assert len(stored_visits(database)) == 8


def test_a_day_stored_by_another_process_meanwhile_is_kept(tmp_path: Path) -> None:
    with opened(tmp_path / "rows.db") as database:

        class Overtaken(Days):
            def searches_on(self, day: date) -> list[Search]:
                make_store(database).ensure(day, day)  # just before the own transaction begins
                return super().searches_on(day)

        make_store(database, Overtaken()).ensure(FIRST, FIRST)
        assert len(stored_visits(database)) == 2


def test_concurrent_stores_generate_each_day_once(tmp_path: Path) -> None:
    place, days, barrier = tmp_path / "rows.db", 20, threading.Barrier(2)
    failures: list[BaseException] = []
    with opened(place) as one, opened(place) as other:

        def run(database: Database) -> None:
            store = make_store(database)
            barrier.wait(10)
            try:
                for number in range(days):
                    store.ensure(day(number), day(number))
            except BaseException as failure:  # noqa: BLE001 -- asserted below, in the thread of the test
                failures.append(failure)

        threads = [threading.Thread(target=run, args=(database,)) for database in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert days == len(marked_days(one))
        assert {1} == set(Counter(stored_visits(one)).values())
        assert days * 2 == len(stored_visits(other))


def test_residencies_share_a_database_file_but_no_rows(tmp_path: Path) -> None:
    with opened(tmp_path / "rows.db") as database:
        make_store(database, residency=Residency.DE).ensure(FIRST, FIRST)
        assert len(stored_visits(database, Residency.DE)) == 2
        assert stored_visits(database, Residency.US) == []


def stored_times(database: Database) -> list[object]:
    return sorted(row[0] for row in stored_visits(database))


def test_added_rows_are_stored_with_the_generated_ones() -> None:
    with opened() as database:
        store = make_store(database)
        early = start_of(FIRST) + 1
        store.add([Visit(early, PAGE.id, "a")], [Search(early, "added", "a", 0)])
        store.ensure(FIRST, FIRST)
        assert [early, early - 1 + DAY // 2, early + DAY // 2] == stored_times(database)


def test_adding_rows_is_atomic() -> None:
    with opened() as database:
        store = make_store(database)
        store.ensure(FIRST, FIRST)
        before = stored_visits(database), marked_days(database)
        with pytest.raises(KeyError):
            store.add([Visit(start_of(FIRST), PAGE.id, "a"), Visit(start_of(FIRST), 404, "a")])
        assert before == (stored_visits(database), marked_days(database))


def test_visits_of_a_content_are_removed_by_time() -> None:
    noon = start_of(FIRST) + DAY // 2
    with opened() as database:
        store = make_store(database)
        store.remove(PAGE.id, noon, noon + 1)
        store.remove(404, noon, noon + 2)
        store.ensure(FIRST, day(1))
        assert [noon + 1, noon + DAY, noon + DAY + 1] == stored_times(database)


def test_a_reset_generates_changed_days_again(tmp_path: Path) -> None:
    place, source = tmp_path / "rows.db", Days()
    with opened(place) as database:
        store = make_store(database)
        store.ensure(day(0), day(3))
        before = stored_times(database), marked_days(database)
        store.add([Visit(start_of(day(1)), PAGE.id, "a")])
        store.remove(PAGE.id, start_of(day(2)), start_of(day(3)))
        store.add(searches=[Search(start_of(day(3)), "added", "a", 0)])
    with opened(place) as database:
        store = make_store(database, source)
        store.reset()

        assert [day(1), day(2), day(3)] == source.requested
        assert before == (stored_times(database), marked_days(database))
        with database.reading() as connection:
            terms = connection.execute(f"SELECT term FROM {store.tables.searches}").fetchall()
        assert [("page",)] * 4 == terms


INVOICES = "CREATE TABLE invoice (id INTEGER)"
SEED_7, MOON = {"us seed": 7, "us world": "world"}, {"de seed": 0, "de world": "moon"}


@pytest.mark.parametrize(("owner", "script", "message"), [
    (None, "", "is not an SQLite database; name another file"),
    (None, INVOICES, "is a database of something else; name another file"),
    (None, f"PRAGMA journal_mode=WAL; {INVOICES}", "of something else; name another file"),
    (SEED_7, "", "made for another seed (7, not 0); start with that one"),
    (MOON, "", "made for another world (moon, not world); start with that one"),
    (SEED_7, "UPDATE viewtracker_mock SET value = '0' WHERE name = 'format'",
     "made for another format (0, not"),
])  # fmt: skip
def test_other_files_are_refused_and_unchanged(
    tmp_path: Path, owner: dict[str, object] | None, script: str, message: str
) -> None:
    place = tmp_path / "rows.db"
    if owner is not None:
        open_database(str(place), owner).close()
    elif not script:
        place.write_text("Dear diary, today I was nearly overwritten.")
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript(script)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(StorageError) as refusal:
        open_database(str(place), OWNER)
    assert message in str(refusal.value)
    assert before == {file: file.read_bytes() for file in tmp_path.iterdir()}


def test_a_file_of_one_byte_is_not_overwritten(tmp_path: Path) -> None:
    place = tmp_path / "rows.db"
    place.write_text("x")
    with pytest.raises(StorageError, match="is not an SQLite database"):
        open_database(str(place), OWNER)
    assert place.read_text() == "x"


@pytest.mark.parametrize(("place", "message"), [
    ("missing/rows.db", "There is no folder .*missing for the database rows"), (".", "is not a file"),
])  # fmt: skip
def test_missing_folders_and_folders_are_refused(tmp_path: Path, place: str, message: str) -> None:
    with pytest.raises(StorageError, match=message):
        open_database(str(tmp_path / place), OWNER)


def test_an_empty_file_is_used_as_a_database(tmp_path: Path) -> None:
    place = tmp_path / "rows.db"
    place.touch()
    with opened(place) as database:
        make_store(database).ensure(FIRST, FIRST)
        assert len(stored_visits(database)) == 2


@pytest.mark.parametrize("name", ["a?b", "a%20b", "a#b", "a:b@c", "file:a", "ä ☃"])
def test_database_paths_may_have_special_characters_and_are_made_absolute(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(Path(name)) as database:
        monkeypatch.chdir("/")
        database.close()  # so that the next connection is a new one
        make_store(database).ensure(FIRST, FIRST)
        assert len(stored_visits(database)) == 2
    assert [name] == [file.name for file in tmp_path.iterdir()]


@pytest.mark.parametrize("place", [None, ":memory:", "sqlite://", "sqlite:///:memory:"])
def test_threads_share_a_database_in_memory(place: str | None) -> None:
    database = open_database(place, OWNER)
    thread = threading.Thread(target=make_store(database).ensure, args=(FIRST, FIRST))
    thread.start()
    thread.join()
    assert len(stored_visits(database)) == 2
    database.close()


def test_waiting_threads_get_the_database_in_memory_first() -> None:
    order = []

    def use(name: str) -> None:
        with database.reading():
            order.append(name)

    with opened() as database:
        waiter = threading.Thread(target=use, args=("who waits",))
        with database.reading():
            waiter.start()
            while not is_waiting(waiter):
                pass
        use("who had it")
        waiter.join()

    assert ["who waits", "who had it"] == order


def is_waiting(thread: threading.Thread) -> bool:
    """Return whether a thread waits for a connection."""
    frame = sys._current_frames().get(thread.ident or 0)
    names = []
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return "__enter__" in names


def test_databases_in_memory_do_not_persist() -> None:
    with opened() as database:
        make_store(database).ensure(FIRST, FIRST)
    with opened() as database:
        assert stored_visits(database) == []
