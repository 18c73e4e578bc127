"""The targets of a run: the mock, the live services, or any URL."""

import ipaddress
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from contract_tests.errors import OptionError
from contract_tests.options import Options
from mock_server import MockServer, Residency, Settings
from mock_server.inputs.files import read_text

NOW = "2026-01-31T12:00:00Z"
"""Start time of the mock's clock, so that runs are reproducible."""

LIVE = {
    "us": "https://viewtracker.aws.bitvoodoo.cloud",
    "de": "https://de.viewtracker.aws.bitvoodoo.cloud",
}
"""The base URLs of the live services, by residency."""

AsgiApp: TypeAlias = Callable[[Any, Any, Any], Any]
"""An ASGI 3 application."""


@dataclass(frozen=True)
class TokenDesk:
    """Generates and deletes tokens, like the app's "Interfaces" page."""

    generate: Callable[[], str]
    """Returns a token, which replaces the previous one."""
    delete: Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One residency of a server."""

    name: str
    """Its name in reports, such as `mock us`."""
    url: str
    """The base URL, without a trailing slash."""
    token: str = field(repr=False)
    """The valid token at the start of the run; `Wire.token` is the current one."""
    residency: str = ""
    """`us`, `de`, or empty if unknown."""
    other_token: str | None = field(default=None, repr=False)
    """A valid token of the other residency, if known."""
    app: AsgiApp | None = None
    """The application, if it is called in process; `url` is then only the URL of its requests."""
    tokens: TokenDesk | None = None
    """Generates and deletes tokens, if that is possible."""
    content_id: str | None = None
    space_key: str | None = None
    is_mock: bool = False
    is_careful: bool = False
    """Treat it as a live service, although it is on this machine."""

    @property
    def is_live(self) -> bool:
        """Whether the limits of live services apply."""
        return self.is_careful or (self.app is None and not is_here(self.url))


def target_names(options: Options) -> tuple[str, ...]:
    """Return the names of the targets in the options, without opening them."""
    mocks = [f"mock {residency.value}" for residency in Residency]
    several = (mocks if name == "mock" else [name] for name in options.target)
    return tuple(dict.fromkeys(chain.from_iterable(several)))


def goes_live(name: str, options: Options) -> bool:
    """Return whether the limits of live services apply to a target, without opening it."""
    is_mock = name.startswith("mock ")
    return options.as_live or not (is_mock or is_here(LIVE.get(name, name)))


@contextmanager
def open_targets(options: Options) -> Iterator[dict[str, Target]]:
    """Yield the targets by name; the mock runs until the context ends.

    `OptionError`: a target is invalid, or its token is missing.
    """
    with ExitStack() as stack:
        targets: dict[str, Target] = {}
        for name in dict.fromkeys(options.target):
            found = _mock(options, stack) if name == "mock" else [_remote(name, options)]
            targets |= {target.name: target for target in found}
        yield targets


def _mock(options: Options, stack: ExitStack) -> list[Target]:
    settings = Settings(port=0, de_port=0, now=NOW, document=options.document)
    mock = MockServer(settings)
    stack.callback(mock.stop)
    return [
        Target(
            name=f"mock {residency.value}",
            # In process it has no port; these are the default ports of `viewtracker-mock serve`.
            url=f"http://127.0.0.1:{port}",
            token=f"demo-token-{residency.value}",
            other_token=f"demo-token-{other.value}",
            residency=residency.value,
            app=_at(mock.app, residency),
            tokens=TokenDesk(site.tokens.generate, site.tokens.delete),
            content_id=options.content_id or str(site.example_content().id),
            space_key=options.space_key or site.example_content().space_key,
            is_mock=True,
            is_careful=options.as_live,
        )
        for (residency, site), other, port in zip(
            mock.sites.items(), reversed(Residency), (8080, 8081), strict=True
        )
    ]


def _at(app: AsgiApp, residency: Residency) -> AsgiApp:

    async def at(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"residency": residency}}, receive, send)

    return at


def _remote(name: str, options: Options) -> Target:
    url = LIVE.get(name, name).rstrip("/")
    expected = "expected mock, us, de, or an http(s) URL"
    invalid = OptionError(f"--target {name!r} is invalid; {expected}.")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        is_url = parts.scheme in {"http", "https"} and host and parts.port != 0
    except ValueError as error:
        raise invalid from error
    if not is_url:
        raise invalid
    if parts.scheme == "http" and not is_here(url):
        raise OptionError(f"--target {name} would send the token unencrypted; use https.")
    if parts.query or parts.fragment:
        only = "may only contain a scheme, a host, a port and a path"
        raise OptionError(f"--target {name!r} {only}.")
    # Live services have their own names; others may start with the residency.
    first = re.split(r"[.-]", str(parts.hostname))[0]
    found = next((live for live in LIVE if LIVE[live] == url), first)
    residency = options.residency or (found if found in LIVE else "")
    other = {"us": "DE", "de": "US"}.get(residency)
    return Target(
        name=name,
        url=url,
        token=_token(residency, options),
        residency=residency,
        other_token=os.environ.get(f"VIEWTRACKER_TOKEN_{other}") if other else None,
        content_id=options.content_id,
        space_key=options.space_key,
        is_careful=options.as_live,
    )


def _token(residency: str, options: Options) -> str:
    variables = [f"VIEWTRACKER_TOKEN_{residency.upper()}"] if residency else []
    variables.append("VIEWTRACKER_TOKEN")
    missing = f"There is no token; set {' or '.join(variables)}, or use --token-file."
    where = next((name for name in variables if os.environ.get(name)), variables[0])
    token = os.environ.get(where, "").strip()
    if (file := options.token_file) is not None:
        where, missing = str(file), f"{file} is empty; write the token into it."
        token = read_text(file, OptionError).strip()
    if not token:
        raise OptionError(missing)
    if not token.isprintable() or not token.isascii() or " " in token:
        raise OptionError(
            f"{where} does not contain a valid token: only printable ASCII is allowed, no spaces."
        )
    return token


def is_here(url: str) -> bool:
    """Return whether the host of a URL is this machine."""
    host = ""
    try:
        host = urlsplit(url).hostname or ""
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
