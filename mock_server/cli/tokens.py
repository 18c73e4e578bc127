"""The commands `viewtracker-mock token …`, which use a database file."""

from typing import Any

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.clock import Clock, to_rfc3339
from mock_server.errors import SettingsError
from mock_server.world.domain import Residency

_RESIDENCY = click.argument("residency", type=click.Choice(["us", "de"]))
_ON_DATABASE = settings_options("database", "seed", "world")


@click.group("token")
def token_commands() -> None:
    """Generate, delete and list tokens in a database file."""


@token_commands.command()
@_RESIDENCY
@_ON_DATABASE
def generate(residency: str, **options: Any) -> None:
    """Generate a token and revoke the previous one.

    The token is printed once.
    """
    click.echo(_store(residency, options).generate())


@token_commands.command()
@_RESIDENCY
@_ON_DATABASE
def delete(residency: str, **options: Any) -> None:
    """Delete the token; the mock then rejects requests with it."""
    _store(residency, options).delete()
    click.echo(f"The token of {residency} is deleted.")


@token_commands.command("list")
@_ON_DATABASE
def list_tokens(**options: Any) -> None:
    """Print the creation and last use of each token."""
    for residency in Residency:
        state = _store(residency.value, options).state()
        if state is None:
            click.echo(f"{residency.value}  no token")
            continue
        used = to_rfc3339(state.last_used) if state.last_used is not None else "never"
        click.echo(f"{residency.value}  made {to_rfc3339(state.made)}  last used {used}")


def _store(residency: str, options: dict[str, Any]) -> Any:
    from mock_server.data.site import open_sites

    settings = settings_from(options)
    if settings.database is None or settings.database.endswith(":memory:"):
        raise SettingsError("Tokens outlive a command only in a file; name it with --database.")
    return open_sites(settings, Clock())[Residency(residency)].tokens
