"""The command line of the kit, which for now points to the two ways that run the suite."""

import click

from mock_server import __version__

__all__ = ["commands", "main"]


@click.command(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "ignore_unknown_options": True,
        "max_content_width": 100,
    }
)
@click.version_option(__version__, prog_name="viewtracker-contract")
@click.argument("words", nargs=-1, metavar="[run]")
@click.pass_context
def commands(context: click.Context, words: tuple[str, ...]) -> None:
    """Ask whether a server keeps the contract of the Viewtracker API."""
    del words
    click.echo(
        "The command line of the contract tests is not there yet; "
        "`pytest --pyargs contract_tests` or `make contract` runs the suite.",
        err=True,
    )
    context.exit(2)


def main() -> None:
    """Run the command."""
    commands(prog_name="viewtracker-contract")
