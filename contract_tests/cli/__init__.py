"""The command line: `viewtracker-contract run`, `list`, `plan` and `drift`.

Exit codes: 0 every requirement held, 1 a requirement broke, 2 the run could not judge, with an
error message that says why.
"""

import gc
import sys

import click

from contract_tests.cli.subcommands import (
    drift_command,
    list_command,
    plan_command,
    run_command,
)
from mock_server import __version__, run_commands

__all__ = ["commands", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="viewtracker-contract")
def commands() -> None:
    """Test whether a server conforms to the Viewtracker API."""


for _command in (run_command, list_command, plan_command, drift_command):
    commands.add_command(_command)


def main() -> None:
    """Run the command line; user errors print one sentence and exit with code 2."""
    # A run keeps many objects alive and creates little garbage, so the default thresholds waste a
    # tenth of the time.
    gc.set_threshold(50_000, 20, 100)
    try:
        run_commands(commands, "viewtracker-contract")
    except ModuleNotFoundError as error:
        click.echo(
            f"viewtracker-contract: {error.name} is missing; install the extra that it comes with: "
            f"pip install 'viewtracker-mock[contract]'",
            err=True,
        )
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(2)
