"""`viewtracker-mock lint`."""

import json
import sys
from typing import Any

import click

from mock_server.errors import ServerError

_TIMEOUT = 60
"""Seconds."""


@click.command()
@click.argument("url")
@click.option("--json", "to_json", is_flag=True, help="Print JSON.")
@click.option(
    "--admin-token", envvar="VIEWTRACKER_ADMIN_TOKEN", help="Token of the mock's control API."
)
def lint(*, url: str, to_json: bool, admin_token: str | None) -> None:
    """Report common client mistakes found in the journal.

    URL is the address of a running mock.

    Exit code 1 if there are findings, 2 if the mock is unreachable or has received no requests.
    """
    from mock_server.journal.lint import findings_as_text

    report = _report(f"{url.rstrip('/')}/__admin/lint", admin_token)
    if not report["requests"]:
        raise ServerError(f"{url} has received no requests yet; run your client against it first.")
    findings = report["findings"]
    click.echo(json.dumps(report, indent=2) if to_json else findings_as_text(findings))
    sys.exit(1 if findings else 0)


def _report(url: str, token: str | None) -> dict[str, Any]:
    import httpx

    from mock_server.inputs.http_client import http_client

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with http_client(url, timeout=_TIMEOUT) as client:
            response = client.get(url, headers=headers)
        report = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ServerError(f"{url} cannot be reached: {error}. Is the mock running?") from error
    if response.status_code != 200 or not isinstance(report, dict):
        detail = report.get("detail") if isinstance(report, dict) else None
        raise ServerError(
            f"{url} responds with {response.status_code}: {detail or 'no mock of ours'}"
        )
    return report
