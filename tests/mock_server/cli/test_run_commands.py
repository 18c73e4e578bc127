"""How commands end."""

from typing import NoReturn

import click
import pytest

from mock_server.cli.run_commands import run_commands
from mock_server.errors import SettingsError


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (click.Abort(), 130),
        (SettingsError("The port is taken."), 2),
        (click.UsageError("No such option."), 2),
    ],
)
def test_an_error_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, code: int
) -> None:
    def fail() -> NoReturn:
        raise raised

    monkeypatch.setattr("sys.argv", ["mock"])
    with pytest.raises(SystemExit) as ended:
        run_commands(click.command()(fail), "mock")

    assert code == ended.value.code


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (1, 1)])
def test_what_a_command_returns_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, returned: int | None, code: int
) -> None:
    monkeypatch.setattr("sys.argv", ["mock"])
    with pytest.raises(SystemExit) as ended:
        run_commands(click.command()(lambda: returned), "mock")

    assert code == ended.value.code
