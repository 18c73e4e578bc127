"""All commands of `viewtracker-mock`; those that need few lines are defined here."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mock_server import __version__
from mock_server.cli.documents import document_commands
from mock_server.cli.options import settings_from, settings_options
from mock_server.cli.output import json_option
from mock_server.cli.run import run, wait
from mock_server.cli.serve import serve
from mock_server.cli.worlds import world_commands
from mock_server.clock import Clock, to_rfc3339
from mock_server.errors import ServerError, SettingsError
from mock_server.world.domain import Residency

if TYPE_CHECKING:
    from mock_server.data.tokens import TokenStore


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="viewtracker-mock")
def commands() -> None:
    """A local, offline mock server of the Viewtracker API for Confluence Cloud."""


@click.command()
@settings_options("scenario_file")
@json_option
def scenarios(*, to_json: bool, scenario_file: tuple[Path, ...]) -> None:
    """List the scenarios for `serve --scenario NAME`."""
    from mock_server.faults.faults import read_scenarios

    read = read_scenarios(settings_from({"scenario_file": scenario_file}).scenario_file)
    found = {name: scenario.description for name, scenario in read.items()}
    if to_json:
        click.echo(json.dumps(found, indent=2))
        return
    width = max(map(len, found))
    for name, description in found.items():
        click.echo(f"{name:<{width}}  {description}")


@click.command()
@click.argument("url")
@json_option
@click.option(
    "--admin-token", envvar="VIEWTRACKER_ADMIN_TOKEN", help="Token of the mock's control API."
)
def lint(*, url: str, to_json: bool, admin_token: str | None) -> None:
    """Report common client mistakes found in the journal.

    URL is the address of a running mock.

    Exit code 1 if there are findings, 2 if the mock is unreachable or has received no requests.
    """
    from mock_server.journal.lint import findings_as_text

    report = _lint_report(f"{url.rstrip('/')}/__admin/lint", admin_token)
    if not report["requests"]:
        raise ServerError(f"{url} has received no requests yet; run your client against it first.")
    findings = report["findings"]
    click.echo(json.dumps(report, indent=2) if to_json else findings_as_text(findings))
    sys.exit(1 if findings else 0)


def _lint_report(url: str, token: str | None) -> dict[str, Any]:
    import httpx

    from mock_server.inputs.http_client import http_client

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with http_client(url, timeout=60) as client:
            response = client.get(url, headers=headers)
        report = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ServerError(f"{url} cannot be reached: {error}. Is the mock running?") from error
    is_table = isinstance(report, dict)
    if response.status_code == 200 and is_table:
        return dict(report)
    detail = (report.get("detail") if is_table else None) or "no mock of ours"
    raise ServerError(f"{url} responds with {response.status_code}: {detail}")


@click.group("token")
def token_commands() -> None:
    """Generate, delete and list tokens in a database file."""


_RESIDENCY = click.argument("residency", type=click.Choice(["us", "de"]))
_ON_DATABASE = settings_options("database", "seed", "world")


@token_commands.command()
@_RESIDENCY
@_ON_DATABASE
def generate(residency: str, **options: Any) -> None:
    """Generate a token and revoke the previous one.

    The token is printed once.
    """
    click.echo(_tokens(residency, options).generate())


@token_commands.command()
@_RESIDENCY
@_ON_DATABASE
def delete(residency: str, **options: Any) -> None:
    """Delete the token; the mock then rejects requests with it."""
    _tokens(residency, options).delete()
    click.echo(f"The token of {residency} is deleted.")


@token_commands.command("list")
@_ON_DATABASE
def list_tokens(**options: Any) -> None:
    """Print the creation and last use of each token."""
    for residency in Residency:
        state = _tokens(residency, options).state()
        if state is None:
            click.echo(f"{residency.value}  no token")
            continue
        used = to_rfc3339(state.last_used) if state.last_used is not None else "never"
        click.echo(f"{residency.value}  made {to_rfc3339(state.made)}  last used {used}")


def _tokens(residency: str, options: dict[str, Any]) -> "TokenStore":
    from mock_server.data.site import open_sites

    settings = settings_from(options)
    if settings.database is None or settings.database.endswith(":memory:"):
        raise SettingsError("Tokens outlive a command only in a file; name it with --database.")
    return open_sites(settings, Clock())[Residency(residency)].tokens


for _command in (serve, run, wait, scenarios, lint):
    commands.add_command(_command)
for _group in (world_commands, document_commands, token_commands):
    commands.add_command(_group)
