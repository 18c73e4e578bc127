"""`viewtracker-mock token generate`, `list` and `delete`, on a database file."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.clock import Clock, to_rfc3339
from mock_server.errors import SettingsError
from mock_server.world.domain import Residency

_Command = TypeVar("_Command", bound=Callable[..., Any])

_RESIDENCIES = click.argument("residency", type=click.Choice(["us", "de"]))


@click.group("token")
def token_commands() -> None:
    """Generate and delete tokens of a mock that keeps them in a database."""


def _on_database(command: _Command) -> _Command:
    return settings_options("database", "seed", "world")(command)


@token_commands.command()
@_RESIDENCIES
@_on_database
def generate(residency: str, **options: Any) -> None:
    """Generate a token, which revokes the one before, and print it; it is not shown again."""
    click.echo(_store(residency, options).generate())


@token_commands.command()
@_RESIDENCIES
@_on_database
def delete(residency: str, **options: Any) -> None:
    """Delete the token; calls that use it are refused from now on."""
    _store(residency, options).delete()
    click.echo(f"The token of {residency} is deleted.")


@token_commands.command("list")
@_on_database
def list_tokens(**options: Any) -> None:
    """Say for each residency whether there is a token, when it was made and last used."""
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
    if settings.database is None:
        raise SettingsError("Tokens outlive a command only in a file; name it with --database.")
    return open_sites(settings, Clock())[Residency(residency)].tokens
