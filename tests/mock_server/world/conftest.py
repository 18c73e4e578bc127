"""Worlds of files that tests write."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mock_server.world.domain import Residency
from mock_server.world.file import read_world
from mock_server.world.world import World

Build = Callable[..., World]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds a world from the text of a file, installed at the beginning of 2026."""

    def written(text: str, *, seed: int = 0, residency: Residency = Residency.US) -> World:
        path = tmp_path / "own.toml"
        path.write_text(f'name = "own"\ninstalled = 2026-01-01\n{text}', encoding="utf-8")
        return World(read_world(str(path)), seed=seed, residency=residency)

    return written
