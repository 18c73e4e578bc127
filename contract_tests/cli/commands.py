"""All commands of `viewtracker-contract`."""

import click

from contract_tests.cli.subcommands import (
    drift_command,
    list_command,
    plan_command,
    run_command,
)
from mock_server import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="viewtracker-contract")
def commands() -> None:
    """Test whether a server conforms to the Viewtracker API."""


for _command in (run_command, list_command, plan_command, drift_command):
    commands.add_command(_command)
