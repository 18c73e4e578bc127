"""The command line `viewtracker-mock`.

Exit codes: 0 success, 1 negative result, 2 error, with one sentence on standard error.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

TYPE_CHECKING = False  # `typing` takes longer to load than all else here
if TYPE_CHECKING:
    from typing import NoReturn

    import click


def main() -> None:
    """Run the command line `viewtracker-mock`."""

    def load() -> "click.Command":
        from mock_server.cli.commands import commands

        return commands

    run_commands(load, "viewtracker-mock")


def run_commands(load: "Callable[[], click.Command]", name: str) -> "NoReturn":
    """Run a command line, and exit with the code that the command returns, by default 0.

    User errors print one sentence on standard error and exit with code 2. Code 130 means
    interrupted, 141 a broken pipe.

    Args:
        load: Imports the command line; Ctrl-C may interrupt it.
        name: The name of the program.
    """
    with suppress(ValueError):  # in another thread than the main one
        signal.signal(signal.SIGINT, _interrupt)
    from mock_server.cli.output import run_to_exit

    run_to_exit(load(), name)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, or exit at once in an import, which may report or swallow it."""
    inner = frame
    while inner is not None:
        if inner.f_code.co_filename.startswith("<frozen importlib"):
            os._exit(128 + number)
        inner = inner.f_back
    signal.default_int_handler(number, frame)
