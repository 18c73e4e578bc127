"""Reloading files: what changes, what is kept, and invalid files."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mock_server import MockServer, Residency, Settings
from mock_server.cli.watch import reload, watching
from mock_server.errors import SettingsError
from tests.commands import Serving
from tests.mocks import NOW

DOCUMENT = Path(__file__).parents[2] / "documents" / "variants" / "plain-31.yaml"
WORLD = Path(__file__).parents[3] / "fixtures" / "worlds" / "tiny.toml"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "document.yaml").write_text(DOCUMENT.read_text("utf-8"))
    (tmp_path / "world.toml").write_text(WORLD.read_text("utf-8"))
    (tmp_path / "down.toml").write_text('description = "Down."\n[[faults]]\nstatus = 503\n')
    return tmp_path


@pytest.fixture
def mock(files: Path) -> Iterator[MockServer]:
    settings = Settings(
        port=0, de_port=0, now=NOW, document=files / "document.yaml",
        world=str(files / "world.toml"), scenario_file=(files / "down.toml",),
    )  # fmt: skip
    with MockServer(settings) as running:
        yield running


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new))


def title(of: MockServer | Serving) -> str:
    return str(httpx.get(f"{of.url}/openapi.json").json()["info"]["title"])


def test_reload_serves_the_changed_document(mock: MockServer, files: Path) -> None:
    change(files / "document.yaml", title(mock), "Another title")
    mock.reload()
    assert "Another title" == title(mock)


def test_reload_keeps_tokens_clock_and_journal(mock: MockServer, files: Path) -> None:
    token = mock.rotate_token()
    mock.freeze("2026-02-03T04:05:06Z")
    httpx.get(f"{mock.url}/openapi.json")
    requests = [one.id for one in mock.journal.entries()]
    mock.reload()

    assert mock.token == token
    assert mock.sites[Residency.US].opens(token)
    assert not mock.sites[Residency.US].opens("demo-token-us")
    assert mock.sites[Residency.DE].opens("demo-token-de")
    assert httpx.get(f"{mock.url}/").headers["Date"].endswith("03 Feb 2026 04:05:06 GMT")
    assert requests == [one.id for one in mock.journal.entries()][: len(requests)]


def test_reload_applies_changed_scenarios(mock: MockServer, files: Path) -> None:
    operation = next(one for one in mock.document.operations if "{" not in one.path)
    change(files / "down.toml", "503", "502")
    mock.reload()
    with mock.scenario("down"):
        assert 502 == httpx.get(mock.url_for(operation.id)).status_code


def test_reset_after_a_reload_restores_the_initial_token(mock: MockServer) -> None:
    mock.rotate_token()
    mock.reload()
    mock.reset()
    assert "demo-token-us" == mock.token


@pytest.mark.parametrize(("name", "broken"), [
    ("document.yaml", "openapi: ["), ("world.toml", "spaces = 7"),
    ("down.toml", "[[faults]]\nstatus = 9000\n"),
])  # fmt: skip
def test_an_invalid_file_is_logged_and_changes_nothing(
    name: str, broken: str, mock: MockServer, files: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before, good = title(mock), (files / name).read_text("utf-8")
    caplog.set_level(logging.INFO, "mock_server.cli")
    for text in (broken, good):
        (files / name).write_text(text)
        reload(mock, [name])
        assert before == title(mock)

    refused, reloaded = (one.message for one in caplog.records if one.name.endswith(".watch"))
    assert f"{name} could not be reloaded, so the previous state is kept: " in refused
    assert f"{name} was reloaded." == reloaded


def test_watch_requires_a_file_to_watch() -> None:
    mock = MockServer()
    with pytest.raises(SettingsError, match="--watch needs something"), watching(mock):
        pass
    mock.close()


def test_serve_with_watch_reloads_changed_files(files: Path) -> None:
    words = ("--watch", "--now", NOW, "--document", files / "document.yaml")
    with Serving(*words, log=files / "log") as serving:
        change(files / "document.yaml", title(serving), "Another title")
        while "document.yaml was reloaded." not in serving.log:
            time.sleep(0.01)
        assert ("Another title", 0) == (title(serving), serving.end()[0])
