"""The commands `viewtracker-mock run` and `wait`."""

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

    settings = dataclasses.replace(settings_from(options), port=0, de_port=0)
    with MockServer(settings) as mock:
        environment = os.environ | _without_proxies() | environment_of(mock)
        with _forwarding_signals() as (children, caught):
            try:
                child = subprocess.Popen(command, env=environment)  # noqa: S603 -- the user's own
            except OSError as error:
                raise SettingsError(f"{command[0]} cannot be run: {error.strerror}.") from error
            children.append(child)
            for number in caught:  # received before the child started
                child.send_signal(number)
            code = child.wait()
    return code if code >= 0 else 128 - code  # the shell convention for signals


def environment_of(mock: "MockServer") -> dict[str, str]:
    """Return environment variables for clients; generate missing tokens."""
    us, de = (
        mock.sites[residency].demo_token or mock.sites[residency].tokens.generate()
        for residency in (Residency.US, Residency.DE)
    )
    tokens = {"VIEWTRACKER_TOKEN": us, "VIEWTRACKER_TOKEN_US": us, "VIEWTRACKER_TOKEN_DE": de}
    return places_of(mock) | tokens


def places_of(mock: "MockServer") -> dict[str, str]:
    """Return environment variables with the URLs and the certificate authority."""
    found = {"VIEWTRACKER_BASE_URL": mock.url, "VIEWTRACKER_BASE_URL_DE": mock.de_url}
    if mock.certificate is not None and mock.certificate.authority is not None:
        trusted = str(mock.certificate.authority)
        found |= {"VIEWTRACKER_CA_BUNDLE": trusted, "NODE_EXTRA_CA_CERTS": trusted}
    return found


def _without_proxies() -> dict[str, str]:
    """Return environment variables that bypass proxies for requests to the mock."""
    listed = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    hosts = ",".join(filter(None, (listed, "127.0.0.1,localhost,.localhost,::1")))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def _forwarding_signals() -> Iterator[tuple[list["subprocess.Popen[bytes]"], list[int]]]:
    """Forward SIGTERM and SIGHUP to the commands in the first list; Ctrl-C is left to them.

    The second list collects the signals received.
    """
    children: list[subprocess.Popen[bytes]] = []
    caught: list[int] = []

    def forward(number: int, _: object) -> None:
        caught.append(number)
        for child in children:
            child.send_signal(number)

    # Not ignored, because the command would inherit that. The terminal sends Ctrl-C to it, too.
    handlers = {signal.SIGINT: lambda *_: None, **dict.fromkeys(_ENDING, forward)}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    if before.get(_ENDING[-1]) == signal.SIG_IGN:  # set by `nohup`
        signal.signal(_ENDING[-1], signal.SIG_IGN)
    try:
        yield children, caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
