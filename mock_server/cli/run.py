"""`viewtracker-mock run` and `wait`: the mock for as long as another command needs it."""

import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.errors import SettingsError
from mock_server.world.domain import Residency

if TYPE_CHECKING:
    from mock_server.testing.mock import MockServer

_PAUSE = 0.05
"""Seconds between two looks at a server that is coming up."""


@click.command(context_settings={"allow_interspersed_args": False})
@settings_options(
    "tls", "seed", "world", "now", "freeze", "scenario", "scenario_file", "document", "overlay", "binding", "database",
    "unknown_parameters", "response_check", "demo_token", "tell",
)  # fmt: skip
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(*, command: tuple[str, ...], **options: Any) -> int:
    """Run COMMAND beside a mock on free ports, and end as it does.

    It finds the mock by VIEWTRACKER_BASE_URL and VIEWTRACKER_BASE_URL_DE, and tokens in
    VIEWTRACKER_TOKEN_US, which is VIEWTRACKER_TOKEN too, and VIEWTRACKER_TOKEN_DE; with --tls the
    certificate to trust by VIEWTRACKER_CA_BUNDLE, and Node by NODE_EXTRA_CA_CERTS.
    """
    from mock_server.testing.mock import MockServer

    settings = dataclasses.replace(settings_from(options), port=0, de_port=0)
    with MockServer(settings) as mock:
        try:
            child = subprocess.Popen(  # noqa: S603 -- the user's own command
                command, env={**os.environ, **environment_of(mock)}
            )
        except OSError as error:
            raise SettingsError(f"{command[0]} cannot be run: {error.strerror}.") from error
        with _signals_to(child):
            code = child.wait()
    return code if code >= 0 else 128 - code  # as shells tell that a signal ended it


def environment_of(mock: "MockServer") -> dict[str, str]:
    """Give the variables by which a client finds a listening mock, with a token for each residency.

    Where there is no token yet, one is generated.
    """
    us, de = (
        mock.sites[residency].demo_token or mock.sites[residency].tokens.generate()
        for residency in (Residency.US, Residency.DE)
    )
    tokens = {"VIEWTRACKER_TOKEN": us, "VIEWTRACKER_TOKEN_US": us, "VIEWTRACKER_TOKEN_DE": de}
    return places_of(mock) | tokens


def places_of(mock: "MockServer") -> dict[str, str]:
    """Give the variables that say where a listening mock is, and which authority to trust there."""
    found = {"VIEWTRACKER_BASE_URL": mock.url, "VIEWTRACKER_BASE_URL_DE": mock.de_url}
    if mock.certificate is not None and mock.certificate.authority is not None:
        trusted = str(mock.certificate.authority)
        found |= {"VIEWTRACKER_CA_BUNDLE": trusted, "NODE_EXTRA_CA_CERTS": trusted}
    return found


@contextmanager
def _signals_to(child: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Leave Ctrl-C to the command, which the terminal tells too, and hand SIGTERM on to it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, ended)


@click.command()
@click.argument("url")
@click.option("--timeout", default=30.0, show_default=True, help="Seconds until it is given up.")
def wait(*, url: str, timeout: float) -> int:
    """Wait until a server answers at URL, whatever it says; exit code 1 if it does not in time."""
    import httpx

    give_up = time.monotonic() + timeout
    # No secret is sent, and whoever answers has answered, so no certificate need be trusted.
    http = httpx.Client(verify=False)  # noqa: S501 -- see above
    while True:
        try:
            http.get(url, timeout=max(0.1, give_up - time.monotonic()))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise SettingsError(f"{url!r} is no URL to wait for: {error}") from error
        except httpx.HTTPError as error:
            if time.monotonic() >= give_up:
                click.echo(f"{url} did not answer within {timeout:g} s: {error}", err=True)
                return 1
            time.sleep(_PAUSE)
        else:
            return 0
