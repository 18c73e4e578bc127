"""Output, exit codes and error messages of all commands of this project."""

import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn

import click

from mock_server.errors import MockServerError, cut

_BROKEN_PIPE = 128 + signal.SIGPIPE
"""The shell convention for a broken pipe."""
_LONGEST_ERROR = 1_000
"""Characters."""

json_option = click.option("--json", "to_json", is_flag=True, help="Print JSON.")


def run_to_exit(commands: click.Command, name: str) -> NoReturn:
    """Run a command line, and exit; see `mock_server.run_commands`."""
    _prepare_output()
    output = sys.stdout
    try:
        code = _run(commands, name)
        sys.stdout.flush()
    except SystemExit:
        if sys.stdout is output:
            raise
        sys.exit(_BROKEN_PIPE)  # click would exit with another code
    except OSError as error:
        with suppress(OSError, ValueError):  # prevent an error in the interpreter's final flush
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            sys.exit(_BROKEN_PIPE)
        place = f" ({error.filename})" if error.filename else ""
        with suppress(OSError):
            click.echo(f"{name}: {error.strerror or error}{place}.", err=True)
        code = 2
    sys.exit(code)


def _run(commands: click.Command, name: str) -> int:
    try:
        code = commands.main(prog_name=name, standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.Abort:
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.NoSuchOption as error:
        sentence = _no_such_option(error, commands)
    except click.ClickException as error:
        sentence = error.format_message()
    except MockServerError as error:
        sentence = str(error)
    else:
        return code if isinstance(code, int) else 0
    click.echo(f"{name}: {cut(sentence, _LONGEST_ERROR)}", err=True)
    return 2


def _no_such_option(error: click.NoSuchOption, commands: click.Command) -> str:
    """Suggest the commands that have the option, instead of a similar option."""
    others = [
        name
        for name, command in getattr(commands, "commands", {}).items()
        if any(error.option_name in param.opts for param in command.params)
    ]
    if error.ctx is None or not others:
        return error.format_message()
    return f"{error.ctx.info_name} has no option {error.option_name}; {', '.join(others)} has."


def _prepare_output() -> None:
    """Escape characters that the encoding lacks, and discard output to a closed stream (`>&-`)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 -- till the end
        with suppress(AttributeError, ValueError):  # a stream replaced by tests
            getattr(sys, name).reconfigure(errors="backslashreplace")


def json_text(value: Any, indent: int | None = 2) -> str:
    """Return JSON; escape non-ASCII characters unless standard output is Unicode."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(value, indent=indent, ensure_ascii=not is_unicode)
