"""How commands end."""

import sys
from pathlib import Path
from typing import NoReturn

import click
import pytest

from mock_server import run_commands
from mock_server.errors import SettingsError
from tests.commands import run_process


@pytest.mark.parametrize(("raised", "code"), [
    (click.Abort(), 130), (SettingsError("The port is taken."), 2),
    (click.UsageError("No such option."), 2),
])  # fmt: skip
def test_errors_have_codes(monkeypatch: pytest.MonkeyPatch, raised: Exception, code: int) -> None:
    def fail() -> NoReturn:
        raise raised

    monkeypatch.setattr("sys.argv", ["mock"])
    with pytest.raises(SystemExit) as ended:
        run_commands(lambda: click.command()(fail), "mock")
    assert code == ended.value.code


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (1, 1)])
def test_a_result_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, returned: int | None, code: int
) -> None:
    monkeypatch.setattr("sys.argv", ["mock"])
    with pytest.raises(SystemExit) as ended:
        run_commands(lambda: click.command()(lambda: returned), "mock")
    assert code == ended.value.code


def test_ctrl_c_while_a_module_is_loaded_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "heavy.py").write_text("import signal; signal.raise_signal(signal.SIGINT)")
    program = "import mock_server; mock_server.run_commands(lambda: __import__('heavy'), 'mock')"
    done = run_process(sys.executable, "-c", program, folder=tmp_path)
    assert (130, "", "") == (done.code, done.out, done.err)
