"""Databases that are locked, full, damaged, or new to two processes at once."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mock_server import MockServer, Settings
from mock_server.data import database
from mock_server.errors import MockServerError

TOKEN = {"Authorization": "Bearer demo-token-us"}
NOW = "2026-01-31T12:00:00Z"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mock.db"


@pytest.fixture
def mock(path: Path) -> Iterator[MockServer]:
    with MockServer(Settings(port=0, de_port=0, now=NOW, database=str(path))) as running:
        yield running


def test_a_locked_database_is_a_503_that_says_when_to_try_again(
    path: Path, mock: MockServer
) -> None:
    url = f"{mock.url}/api/v2/report/searches?startDate=2025-03-01&endDate=2025-03-01"
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = httpx.get(url, headers=TOKEN, timeout=60)
        health = httpx.get(f"{mock.url}/__admin/health", timeout=60)
        other.rollback()
    later = httpx.get(url, headers=TOKEN, timeout=60)

    assert (503, "1") == (refused.status_code, refused.headers["Retry-After"])
    assert "locked" in refused.json()["detail"]
    assert 200 == health.status_code
    assert 200 == later.status_code


def test_a_database_that_is_locked_at_the_start_is_told_in_a_sentence(
    path: Path, mock: MockServer
) -> None:
    mock.stop()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(MockServerError, match="locked"):
            MockServer(Settings(port=0, de_port=0, now=NOW, database=str(path)))


@pytest.mark.parametrize("kept", [0.3, 0.6])
def test_a_damaged_file_is_refused_at_the_start(path: Path, mock: MockServer, kept: float) -> None:
    httpx.get(f"{mock.url}/api/v2/report/searches", headers=TOKEN, timeout=60)
    mock.stop()
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    with pytest.raises(MockServerError, match="is damaged"):
        MockServer(Settings(port=0, de_port=0, now=NOW, database=str(path)))


def test_two_processes_may_make_the_same_database(path: Path) -> None:
    program = (
        "import sys; from mock_server import MockServer, Settings\n"
        "MockServer(Settings(port=0, de_port=0, database=sys.argv[1])).close()"
    )
    command = [sys.executable, "-W", "ignore", "-c", program, str(path)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]

    assert [b""] * 4 == [one.communicate()[1] for one in started]


def test_more_days_than_the_mock_makes_at_once_are_refused(mock: MockServer) -> None:
    mock.clock.move_to(mock.clock.now() + 100 * 365 * 86_400_000)
    url = f"{mock.url}/api/v2/report/searches?startDate=2024-01-01&endDate=2120-01-01"

    refused = httpx.get(url, headers=TOKEN, timeout=60)

    assert 400 == refused.status_code
    assert "shorter range" in refused.json()["detail"]
