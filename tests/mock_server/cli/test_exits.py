"""Exit codes of commands."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click
import pytest

from mock_server import run_commands
from mock_server.errors import SettingsError
from tests.commands import run_process


def fail(error: Exception) -> NoReturn:
    raise error


@pytest.mark.parametrize(("command", "code"), [
    (lambda: fail(click.Abort()), 130), (lambda: fail(SettingsError("The port is taken.")), 2),
    (lambda: fail(click.UsageError("No such option.")), 2),
    (lambda: None, 0), (lambda: 0, 0), (lambda: 1, 1),
], ids=["Ctrl-C", "wrong settings", "wrong options", "no result", "0", "1"])  # fmt: skip
def test_errors_and_results_set_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, command: Callable[[], int | None], code: int
) -> None:
    monkeypatch.setattr("sys.argv", ["mock"])
    with pytest.raises(SystemExit) as ended:
        run_commands(lambda: click.command()(command), "mock")
    assert code == ended.value.code


def test_ctrl_c_during_an_import_prints_nothing(tmp_path: Path) -> None:
    (tmp_path / "heavy.py").write_text("import signal; signal.raise_signal(signal.SIGINT)")
    program = "import mock_server; mock_server.run_commands(lambda: __import__('heavy'), 'mock')"
    done = run_process(sys.executable, "-c", program, folder=tmp_path)
    assert (130, "", "") == (done.code, done.out, done.err)
