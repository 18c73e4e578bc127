"""The commands `viewtracker-mock run` and `wait`."""

import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from mock_server.cli.options import settings_from, settings_options
from mock_server.errors import SettingsError
from mock_server.world.domain import Residency

if TYPE_CHECKING:
    from mock_server.testing.mock import MockServer

_PAUSE = 0.05
"""Seconds between attempts to reach a server."""
_LONGEST_WAIT = 1_000_000
"""Seconds."""


@click.command(context_settings={"allow_interspersed_args": False})
@settings_options(
    "tls", "seed", "world", "now", "freeze", "scenario", "scenario_file", "document", "overlay", "binding", "database",
    "unknown_parameters", "response_check", "demo_token", "mock_headers",
)  # fmt: skip
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(*, command: tuple[str, ...], **options: Any) -> int:
    """Run COMMAND with a mock on free ports.

    The exit code is that of COMMAND. The environment of COMMAND contains the base URLs
    (VIEWTRACKER_BASE_URL, VIEWTRACKER_BASE_URL_DE) and the tokens (VIEWTRACKER_TOKEN_US, also as
    VIEWTRACKER_TOKEN, and VIEWTRACKER_TOKEN_DE). With --tls it also contains the certificate
    authority to trust (VIEWTRACKER_CA_BUNDLE, and NODE_EXTRA_CA_CERTS for Node.js).
    """
    from mock_server.testing.mock import MockServer

    received: list[int] = []
    child: subprocess.Popen[bytes] | None = None

    def forward(number: int, _: object) -> None:
        received.append(number)
        if child is not None:
            child.send_signal(number)

    settings = dataclasses.replace(settings_from(options), port=0, de_port=0)
    with MockServer(settings) as mock:
        tokens = {
            residency: site.demo_token or site.tokens.generate()
            for residency, site in mock.sites.items()
        }
        environment = os.environ | _without_proxies() | client_variables(mock, tokens)
        # Not ignored, because the command would inherit that. The terminal sends Ctrl-C to it, too.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, forward)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # set by `nohup`
            signal.signal(signal.SIGHUP, forward)
        try:
            child = subprocess.Popen(command, env=environment)  # noqa: S603 -- the user's own
        except OSError as error:
            raise SettingsError(f"{command[0]} cannot be run: {error.strerror}.") from error
        for number in received:  # before the child started
            child.send_signal(number)
        code = child.wait()
    return code if code >= 0 else 128 - code  # the shell convention for signals


def client_variables(mock: "MockServer", tokens: Mapping[Residency, str]) -> dict[str, str]:
    """Return environment variables for clients: URLs, certificate authority and tokens."""
    found = {"VIEWTRACKER_BASE_URL": mock.url, "VIEWTRACKER_BASE_URL_DE": mock.de_url}
    if mock.certificate is not None and mock.certificate.authority is not None:
        trusted = str(mock.certificate.authority)
        found |= {"VIEWTRACKER_CA_BUNDLE": trusted, "NODE_EXTRA_CA_CERTS": trusted}
    found |= {f"VIEWTRACKER_TOKEN_{residency.name}": token for residency, token in tokens.items()}
    if Residency.US in tokens:
        found["VIEWTRACKER_TOKEN"] = tokens[Residency.US]
    return found


def _without_proxies() -> dict[str, str]:
    """Return environment variables that bypass proxies for requests to the mock."""
    listed = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    hosts = ",".join(filter(None, (listed, "127.0.0.1,localhost,.localhost,::1")))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


@click.command()
@click.argument("url")
@click.option("--timeout", default=30.0, show_default=True, help="Seconds to wait.")
def wait(*, url: str, timeout: float) -> int:
    """Wait until a server responds at URL.

    Any status code counts as a response. Exit code 1 after the timeout.
    """
    import httpx

    from mock_server.inputs.http_client import http_client

    if not 0 <= timeout <= _LONGEST_WAIT:  # not a number, either
        raise SettingsError(f"--timeout is {timeout:g}; it takes 0 to {_LONGEST_WAIT} seconds.")
    deadline = time.monotonic() + timeout
    # No secret is sent, so certificates are not verified.
    with http_client(url, verify=False) as http:
        while True:
            try:
                http.get(url, timeout=max(0.1, deadline - time.monotonic()))
            except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
                raise SettingsError(f"{url!r} is no URL to wait for: {error}") from error
            except httpx.HTTPError as error:
                if time.monotonic() >= deadline:
                    click.echo(f"{url} did not respond within {timeout:g} s: {error}", err=True)
                    return 1
                time.sleep(_PAUSE)
            else:
                return 0
