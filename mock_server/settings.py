"""What can be set: every option of `viewtracker-mock serve`, with its default."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mock_server.errors import SettingsError

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token may be made of (RFC 6750, section 2.1)."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a mock behaves; the command line, the environment and a TOML file all end up here.

    Raises:
        SettingsError: If others could reach the control API, or its token is none.
    """

    host: str = "127.0.0.1"
    """The address to listen on; anything but loopback opens the mock to the network."""
    port: int = 8080
    """The port of the US residency; 0 picks a free one."""
    de_port: int = 8081
    """The port of the German residency; 0 picks a free one."""
    tls: bool = False
    """Whether to listen with HTTPS, by a certificate that is made on the spot."""
    certificate: Path | None = None
    """A certificate of one's own, with its chain, in PEM; HTTPS then."""
    private_key: Path | None = None
    """The key of `certificate`, if it is not in the same file."""
    seed: int = 0
    """Another seed makes another site with the same shape."""
    world: str = "demo"
    """The name of a bundled world, or the path of a world file."""
    now: str | None = None
    """The moment the clock starts from, RFC 3339; the machine's own time if None."""
    freeze: bool = False
    """Whether the clock stands still from the start."""
    document: str | Path | None = None
    """The OpenAPI document to serve, a path or a URL; our reconstruction if None."""
    overlay: tuple[Path, ...] = ()
    """OpenAPI Overlay files that change the document, in order."""
    binding: Path | None = None
    """A file that says how the document's operations meet the data; inferred if None."""
    replay: Path | None = None
    """A HAR file to answer from, instead of a world."""
    token_file: Path | None = None
    """A file with the token that is good in a replay; the demo tokens are if None."""
    database: str | None = None
    """A file, or a database URL, to keep rows and tokens in; memory if None."""
    scenario: tuple[str, ...] = ()
    """Scenarios that are on from the start."""
    scenario_file: tuple[Path, ...] = ()
    """Files with scenarios of one's own; their names are the files'."""
    unknown_parameters: Literal["accept", "reject"] = "accept"
    """Whether a query parameter that the document lacks is told in a header or refused."""
    response_check: bool = True
    """Whether every answer is judged against the document before it leaves."""
    demo_token: bool = True
    """Whether `demo-token-us` and `demo-token-de` open their residencies."""
    tell: bool = True
    """Whether answers say in `X-Mock-*` headers why they are as they are."""
    admin: bool = True
    """Whether there is a control API under `/__admin`."""
    admin_token: str | None = field(default=None, repr=False)
    """What the control API is to be asked with; needed where others can reach it."""
    journal: int = 1_000
    """How many exchanges are kept to be asked for; 0 keeps none."""
    log_format: Literal["text", "json"] = "text"
    """How log lines are written to standard error."""

    def __post_init__(self) -> None:
        if self.admin_token is not None and not _TOKEN.fullmatch(self.admin_token):
            raise SettingsError(
                "The admin token must be letters, digits and -._~+/ with nothing else in it."
            )
        if self.admin and self.admin_token is None and not is_loopback(self.host):
            raise SettingsError(
                f"Others can reach {self.host or 'all addresses'}, and with it the control API; "
                "give it a token by --admin-token, or do without it by --no-admin."
            )


def is_loopback(host: str) -> bool:
    """Say whether a name or an address is this machine's own, whoever answers for names."""
    name = host.casefold().rstrip(".")
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")  # RFC 6761, section 6.3
