"""Databases that are locked, full, damaged, or new to two processes at once."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings, transport
from mock_server.data import database
from mock_server.errors import MockServerError, StorageDamagedError
from mock_server.world.domain import Residency
from tests.mocks import BEARER, NOW, SEARCHES


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)


def start(path: Path) -> MockServer:
    return MockServer(Settings(port=0, de_port=0, now=NOW, database=str(path)))


def get(mock: MockServer, path: str = SEARCHES, **query: str) -> httpx.Response:
    return httpx.get(mock.url + path, headers=BEARER, params=query)


def watch(
    monkeypatch: pytest.MonkeyPatch, mock: MockServer, name: str, note: Callable[[date], None]
) -> None:
    """Call a function before rows of the US site are made; `name` is the method that makes them."""
    world = mock.sites[Residency.US].world
    made = getattr(world, name)

    def noted(day: date) -> Any:
        note(day)
        return made(day)

    monkeypatch.setattr(world, name, noted)


def execute(path: Path, script: str) -> None:
    """Change a database as another program does."""
    with closing(sqlite3.connect(path)) as other:
        other.executescript(script)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mock.db"


@pytest.fixture
def mock(path: Path) -> Iterator[MockServer]:
    with start(path) as running:
        yield running


def test_a_locked_database_is_a_503_with_retry_after(path: Path, mock: MockServer) -> None:
    day = {"startDate": "2025-03-01", "endDate": "2025-03-01"}
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = [
            get(mock, **day),
            get(mock, "/__pages/report", **{"from": "2025-03-01", "to": "2025-03-01"}),
            httpx.post(f"{mock.url}/__pages/interfaces", data={"do": "generate"}),
        ]
        health = get(mock, "/__admin/health")
        other.rollback()
    later = get(mock, **day)

    assert [(503, "1")] * 3 == [(one.status_code, one.headers["Retry-After"]) for one in refused]
    assert all("locked" in one.text for one in refused)
    assert 200 == health.status_code
    assert 200 == later.status_code


def test_a_locked_database_at_the_start_is_an_error(path: Path, mock: MockServer) -> None:
    mock.stop()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(MockServerError, match="locked"):
            start(path)


@pytest.mark.parametrize("part", [0.3, 0.6])
def test_a_damaged_file_is_refused_at_the_start(path: Path, mock: MockServer, part: float) -> None:
    get(mock)
    mock.stop()
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(MockServerError, match="is damaged"):
        start(path)


def test_two_processes_may_make_the_same_database(path: Path) -> None:
    program = (
        "import sys; from mock_server import MockServer, Settings\n"
        "MockServer(Settings(world='tiny', database=sys.argv[1])).close()"
    )
    command = [sys.executable, "-W", "ignore", "-c", program, str(path)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [b""] * 2 == [one.communicate()[1] for one in started]


def test_more_days_than_the_mock_makes_at_once_are_refused(mock: MockServer) -> None:
    mock.clock.move_to(mock.clock.now() + 100 * 365 * 86_400_000)
    refused = get(mock, startDate="2024-01-01", endDate="2120-01-01")
    assert 400 == refused.status_code
    assert "shorter range" in refused.json()["detail"]


READONLY, FULL = ("query_only = 1", "readonly"), ("max_page_count = 1", "full")


@pytest.mark.parametrize(("do", "what", "trouble"), [
    (lambda mock: mock.add_search(term="a", at="2025-03-01"), "The rows of a day", READONLY),
    (lambda mock: mock.add_search(term="a", at="2025-03-01"), "The (rows of a day|visits|searches)", FULL),
    (lambda mock: mock.add_search(term="a"), "The searches|The rows of a day", READONLY),
    (lambda mock: mock.rotate_token(), "The change of the token", READONLY),
    (lambda mock: mock.trash(mock.sites["us"].example_content().id), "The change of the content",
     READONLY),
])  # fmt: skip
def test_what_cannot_be_stored_is_named(
    do: Callable[[MockServer], object], what: str, trouble: tuple[str, str], mock: MockServer
) -> None:
    mock.sites[Residency.US].example_content()
    with mock.sites[Residency.US].database.reading() as connection:
        connection.execute(f"PRAGMA {trouble[0]}")
    with pytest.raises(MockServerError, match=f"({what}) could not be stored: .*{trouble[1]}"):
        do(mock)


def overwrite(path: Path) -> None:
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        size = file.seek(4_096) and path.stat().st_size
        file.write(b"x" * (size - 4_096))


def drop_a_table(path: Path) -> None:
    execute(path, "DROP TABLE us_search")


@pytest.mark.parametrize(
    ("harm", "said"),
    [(overwrite, "damaged"), (drop_a_table, "is damaged: no such table: us_search")],
)
def test_a_file_that_is_damaged_while_in_use_is_an_error(
    harm: Callable[[Path], None], said: str, path: Path, mock: MockServer
) -> None:
    mock.sites[Residency.US].close()
    harm(path)
    response = get(mock)
    assert 500 == response.status_code
    assert said in response.json()["detail"]


def replace_file(path: Path) -> None:
    other = path.with_name("other.db")
    other.write_bytes(path.read_bytes())
    other.replace(path)


@pytest.mark.parametrize("harm", [Path.unlink, replace_file])
def test_a_removed_file_is_an_error_and_not_created_again(
    harm: Callable[[Path], None], path: Path, mock: MockServer, caplog: pytest.LogCaptureFixture
) -> None:
    get(mock)
    path.with_name("mock.db-wal").unlink(missing_ok=True)
    harm(path)
    there = path.exists() and path.read_bytes()
    responses = []
    for is_new in (True, False):
        if is_new:
            mock.sites[Residency.US].close()  # so that the next connection is a new one
        responses += [
            get(mock, startDate="2025-03-01"), httpx.post(f"{mock.url}/__admin/tokens/us"),
        ]  # fmt: skip

    assert {500} == {one.status_code for one in responses}
    assert all("was removed or replaced" in one.json()["detail"] for one in responses)
    assert there == (path.exists() and path.read_bytes())
    assert "Traceback" not in caplog.text


def test_an_uncacheable_response_is_sent(mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise StorageDamagedError("The database is damaged.")

    with httpx.Client(transport=transport(mock), headers=BEARER) as client:  # raises what we raise
        client.get(mock.url + SEARCHES)  # the token's use is noted
        monkeypatch.setattr(mock.sites[Residency.US].store, "next_time", refuse)
        assert 200 == client.get(mock.url + SEARCHES).status_code


def test_a_database_that_another_process_is_making_is_waited_for(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 1")  # a file with a header and no tables yet
    start(path).close()


def test_a_day_is_not_waited_for_behind_all_the_days_of_another_report(
    mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, made = mock.sites[Residency.US].store, []
    other = (date(2025, 6, 1), date(2025, 6, 1))

    def request_another(day: date) -> None:
        if day == date(2024, 1, 2):  # in the midst of a long report
            thread = Thread(target=store.ensure, args=other)
            thread.start()
            thread.join(60)
            made.append(store.has(*other) or not thread.is_alive())

    watch(monkeypatch, mock, "visits_on", request_another)
    store.ensure(date(2024, 1, 1), date(2024, 1, 3))

    assert [True] == made


def test_reports_that_want_the_same_days_share_the_making(
    mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, made, days = mock.sites[Residency.US].store, [], (date(2024, 1, 1), date(2024, 1, 3))

    def request_the_same(day: date) -> None:
        made.append(day.day)
        if len(made) == 1:  # in the midst of the first of the days
            thread = Thread(target=store.ensure, args=days)
            thread.start()
            thread.join(60)

    watch(monkeypatch, mock, "visits_on", request_the_same)
    store.ensure(*days)

    assert [1, 2, 3] == made[:3]


@pytest.mark.parametrize(
    "change",
    [f"made = {10**18}", f"last_used = {10**18}", "hash = CAST(x'ff' AS TEXT)"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["/__pages/interfaces", "/__admin/tokens/us"])
def test_a_damaged_token_is_an_error(
    place: str, change: str, path: Path, mock: MockServer, caplog: pytest.LogCaptureFixture
) -> None:
    execute(path, f"UPDATE us_token SET {change}")
    response = get(mock, place)
    assert 500 == response.status_code
    assert "The database is damaged: " in response.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("harm", [
    "INSERT INTO us_visit VALUES (NULL, 'x', 1, '', '', '')",
    "INSERT INTO us_visit VALUES (NULL, 1.5, 1, '', '', '')",
    "INSERT INTO us_search VALUES (NULL, 1, x'00', '', 0)",
    "INSERT INTO us_search VALUES (NULL, 1, 'a', '', 'x')",
    "INSERT INTO us_day VALUES (99999999, 0, 0)", "UPDATE us_token SET hash = x'00'",
])  # fmt: skip
def test_no_program_can_store_another_type(harm: str, path: Path, mock: MockServer) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        execute(path, harm)


@pytest.mark.parametrize("place", ["/api/v2/report/spaces/SUP/visits", "/__pages/report"])
def test_a_visit_of_a_missing_content_is_an_error(
    place: str, path: Path, mock: MockServer, caplog: pytest.LogCaptureFixture
) -> None:
    get(mock, place)  # has the rows made
    execute(path, "UPDATE us_visit SET content_id = 99999")
    response = get(mock, place)
    assert 500 == response.status_code
    assert "The database is damaged: " in response.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "harm",
    ["INSERT INTO viewtracker_mock VALUES (CAST(x'ff' AS TEXT), '')",
     f"INSERT INTO us_end VALUES (1, {10**18}, NULL)",
     "DROP TABLE us_search; CREATE TABLE us_search (id, time, term, account, number_of_results)",
     "DROP TABLE us_search; CREATE VIEW us_search AS SELECT 1 AS time"],
)  # fmt: skip
def test_foreign_content_is_refused_at_start(harm: str, path: Path, mock: MockServer) -> None:
    mock.stop()
    execute(path, harm)
    with pytest.raises(MockServerError, match="is damaged: "):
        start(path)


def test_a_transaction_that_a_killed_process_left_half_written_is_undone(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size = 1")  # so that pages are written before the end
        other.execute("CREATE TABLE large (text)")
        other.execute("BEGIN")
        other.executemany("INSERT INTO large VALUES (?)", [("x" * 5_000,)] * 50)
        halves = {
            name: path.with_name(name).read_bytes() for name in ("mock.db", "mock.db-journal")
        }
    for name, content in halves.items():
        path.with_name(name).write_bytes(content)

    with pytest.raises(MockServerError, match="is a database of something else"):
        start(path)


def test_unusable_files_beside_the_database_are_no_damage(path: Path, mock: MockServer) -> None:
    mock.stop()
    path.with_name("mock.db-wal").mkdir()
    with pytest.raises(MockServerError, match=r"mock\.db cannot be opened: "):
        start(path)


def test_a_locked_database_is_waited_for_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(database, "_wait", lambda _, seconds: waits.append(seconds))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(MockServerError, match="locked"):
            start(path)
    assert [database.BUSY_SECONDS] == waits


@pytest.mark.parametrize("harm", [Path.unlink, replace_file])
def test_a_removed_file_precedes_the_cache(
    harm: Callable[[Path], None], path: Path, mock: MockServer
) -> None:
    places = (SEARCHES, "/__admin/tokens/us", "/__admin/health")
    for place in places * 2:
        assert 200 == get(mock, place).status_code
    harm(path)
    assert [500] * 3 == [get(mock, place).status_code for place in places]


def test_a_reset_lets_others_have_their_turn_between_days(
    mock: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, seen = mock.sites[Residency.US], []
    mock.add_search(term="a", at="2026-01-01")
    mock.add_search(term="a", at="2026-01-02")

    def generate_a_token(_: date) -> None:
        thread = Thread(target=site.tokens.generate)
        thread.start()
        thread.join(10)
        seen.append(not thread.is_alive())

    watch(monkeypatch, mock, "searches_on", generate_a_token)
    site.contents.reset()

    assert [True, True] == seen


def test_one_thread_may_close_a_database_while_another_reads_it(path: Path) -> None:
    program = """
import sys, threading
from mock_server.data.opening import open_database
database = open_database(sys.argv[1], [])
reader = threading.Thread(target=lambda: [database.revision() for _ in range(3_000)])
reader.start()
while reader.is_alive():
    database.close()
"""
    assert 0 == subprocess.run([sys.executable, "-c", program, path], check=False).returncode
