"""Running mocks that all tests share."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mock_server.cli import probe
from mock_server.data.site import demo_token_of
from mock_server.openapi.load import bundled
from mock_server.settings import Settings
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency
from tests.mocks import NOW, MakeMock


@pytest.fixture(scope="session")
def mock() -> Iterator[MockServer]:
    """A mock of the demo world that all tests share; tests that change it use `make_mock`."""
    with MockServer(Settings(port=0, de_port=0, world="demo", now=NOW)) as running:
        yield running


@pytest.fixture(scope="session")
def running() -> Iterator[MockServer]:
    """A mock with a frozen clock; tests that use it reset it first."""
    with MockServer(Settings(port=0, de_port=0, now=NOW, freeze=True)) as mock:
        yield mock


@pytest.fixture
def make_mock(request: pytest.FixtureRequest) -> Iterator[MakeMock]:
    """Start mocks that a test may change; the module's SETTINGS and arguments change the settings."""
    usual = {"world": "tiny", "now": NOW, **getattr(request.module, "SETTINGS", {})}
    with ExitStack() as opened:
        yield lambda **changes: opened.enter_context(
            MockServer(Settings(**{"port": 0, "de_port": 0, **usual, **changes}))
        )


@pytest.fixture
def overlaid_mock(make_mock: MakeMock, tmp_path: Path) -> MakeMock:
    """Start a mock with a document changed by an overlay of these actions."""

    def start(*actions: str, **settings: Any) -> MockServer:
        overlay = tmp_path / "overlay.yaml"
        head = "overlay: 1.0.0\ninfo: {title: Changes, version: 1.0.0}\nactions:\n"
        overlay.write_text(head + "".join(f"  - {action}\n" for action in actions))
        return make_mock(overlay=(overlay,), **settings)

    return start


@pytest.fixture
def token_us() -> str:
    return demo_token_of(Residency.US)


@pytest.fixture
def token_de() -> str:
    return demo_token_of(Residency.DE)


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Check documents with about a fifth of the visits of the demo world."""
    path = tmp_path_factory.mktemp("world") / "small.toml"
    text = bundled("fixtures", "worlds", "demo.toml").read_text("utf-8")
    path.write_text(re.sub(r"(?m)^visits = 110", "visits = 25", text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "_SETTINGS", replace(probe._SETTINGS, world=str(path)))
        probe._sites.cache_clear()
        yield
    probe._sites.cache_clear()
