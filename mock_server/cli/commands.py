"""All commands of `viewtracker-mock`."""

import click

from mock_server import __version__
from mock_server.cli.documents import document_commands
from mock_server.cli.lint import lint
from mock_server.cli.run import run, wait
from mock_server.cli.scenarios import scenarios
from mock_server.cli.serve import serve
from mock_server.cli.tokens import token_commands
from mock_server.cli.worlds import world_commands


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="viewtracker-mock")
def commands() -> None:
    """A local, offline mock server of the Viewtracker API for Confluence Cloud."""


for _command in (serve, run, wait, scenarios, lint):
    commands.add_command(_command)
for _group in (world_commands, document_commands, token_commands):
    commands.add_command(_group)
