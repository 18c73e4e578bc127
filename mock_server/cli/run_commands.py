"""How every command of this project ends: with an exit code and, if it is 2, with one sentence."""

import sys
from typing import NoReturn

import click

from mock_server.errors import MockServerError


def run_commands(commands: click.Command, name: str) -> NoReturn:
    """Run a command line and exit with the code that its command returns, 0 if that is none.

    Errors that a user can mend are one sentence on standard error and exit code 2; 130 tells that
    it was interrupted.

    Args:
        commands: What to run, with the arguments of this process.
        name: What the sentence begins with, and the usage shows.
    """
    try:
        code = commands.main(prog_name=name, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"{name}: {error.format_message()}", err=True)
        sys.exit(2)
    except MockServerError as error:
        click.echo(f"{name}: {error}", err=True)
        sys.exit(2)
