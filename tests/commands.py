"""Run the commands of this project, in this process or in another."""

import io
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import click
import pytest
from click.testing import CliRunner

import contract_tests.cli
import mock_server.cli
from mock_server import MockServer

MAINS = {"viewtracker-mock": mock_server.cli.main, "viewtracker-contract": contract_tests.cli.main}
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
MODULE = (sys.executable, "-m", "mock_server")
PATIENCE = 600
"""Timeout of a command in seconds, long enough for a busy machine."""


@dataclass(frozen=True)
class Done:
    """The result of a command."""

    code: int
    out: str
    err: str


def run(
    *words: str, name: str = "viewtracker-mock", folder: Path | None = None, **env: str
) -> Done:
    """Run a command in this process; `serve` ends after it has printed its URLs."""
    with pytest.MonkeyPatch.context() as patch, restore_process():
        patch.setattr(sys, "argv", [name, *words])
        if words[:1] == ("serve",):
            patch.setattr(MockServer, "serve", lambda _, *, ready: ready())
        patch.chdir(folder or Path.cwd())
        main = click.Command("main", callback=MAINS[name])
        result = CliRunner(env=env).invoke(main, [], catch_exceptions=False)
    return Done(result.exit_code, result.stdout, result.stderr)


@contextmanager
def restore_process() -> Iterator[None]:
    """Restore the loggers and signal handlers that `serve` changes."""
    loggers = [logging.getLogger(name) for name in (None, "mock_server", "connexion")]
    levels, handlers = [logger.level for logger in loggers], logging.root.handlers
    logging.root.handlers = []
    handled = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
        logging.root.handlers = handlers
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def run_module(*words: str, **env: str) -> Done:
    """Run `python -m mock_server` in another process."""
    return run_process(*MODULE, *words, **env)


def run_process(*words: str | Path, folder: Path | None = None, **env: str) -> Done:
    """Run any program, and return its result."""
    done = subprocess.run(
        words, cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


class Serving:
    """`serve` on free ports in another process; it has started when this is created."""

    def __init__(
        self, *arguments: str | Path, log: Path, program: tuple[str | Path, ...] = MODULE,
        env: dict[str, str] | None = None
    ) -> None:  # fmt: skip
        self._log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [*program, "serve", "--port", "0", "--de-port", "0", *arguments],
                stdout=subprocess.PIPE, stderr=file, text=True, env=env,
            )  # fmt: skip
        assert isinstance(self.process.stdout, io.TextIOBase)
        self.lines: list[str] = []
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"The server did not start: {self.log}")
        self.url, self.de_url = re.findall(
            r"^(?:US|DE) .*?(http\S+)", "\n".join(self.lines), re.MULTILINE
        )

    @property
    def log(self) -> str:
        """The text of standard error."""
        return self._log.read_text("utf-8")

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and the rest of the output."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
