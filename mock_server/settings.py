"""What can be set: every option of `viewtracker-mock serve`, with its default."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from mock_server.errors import SettingsError, did_you_mean

_NAMES: Mapping[Any, str] = {
    bool: "True or False", int: "a whole number", str: "a text", Path: "a path", type(None): "None"
}  # fmt: skip
"""What people call the types of settings."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token may be made of (RFC 6750, section 2.1)."""
_DOTTED = re.compile(r"[\d.]+")


BOUNDS = {
    "port": (0, 65_535),
    "de_port": (0, 65_535),
    "seed": (0, 2**63 - 1),
    "journal": (0, 1_000_000),
    "remember": (0, 1_000_000),
}
"""The least and the greatest value of settings that are numbers."""


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
    cors: tuple[str, ...] = ("any",)
    """Which origins' pages may read responses: `any`, `none`, or origins such as
    `http://localhost:3000`."""
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
    admin_token_file: Path | None = None
    """A file with that token, which then stands in no list of processes."""
    journal: int = 1_000
    """How many exchanges are kept to be asked for; 0 keeps none."""
    remember: int = 1_000
    """How many answers are kept to be given again while they hold; 0 makes each anew."""
    log_format: Literal["text", "json"] = "text"
    """How log lines are written to standard error."""

    def __post_init__(self) -> None:
        for name, (low, high) in BOUNDS.items():
            if not low <= getattr(self, name) <= high:
                raise SettingsError(
                    f"{name} is {getattr(self, name)}; it takes a whole number from {low} to {high}."
                )
        if self.admin_token_file is not None:
            if self.admin_token is not None:
                raise SettingsError("Set either the admin token or the file with it, not both.")
            object.__setattr__(self, "admin_token", _token_in(self.admin_token_file))
            object.__setattr__(self, "admin_token_file", None)
        if self.admin_token is not None and not _TOKEN.fullmatch(self.admin_token):
            raise SettingsError(
                "The admin token must be letters, digits and -._~+/ with nothing else in it."
            )
        if _DOTTED.fullmatch(self.host) and not _is_address(self.host):
            raise SettingsError(f"The host {self.host!r} is no address that exists.")
        if self.admin and self.admin_token is None and not is_loopback(self.host):
            raise SettingsError(
                f"Others can reach {self.host or 'all addresses'}, and with it the control API; "
                "give it a token by --admin-token, or do without it by --no-admin."
            )


def _token_in(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise SettingsError(f"The file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"The file {path} with the admin token is not UTF-8.") from error


def settings_of(told: Mapping[str, Any]) -> Settings:
    """Return settings by their names, on free ports, as a test writes them.

    One value may stand for a list of it, and a text for a path.

    Raises:
        SettingsError: If there is no such setting, or it takes no such value.
    """
    known = {one.name: one for one in fields(Settings) if not one.name.endswith("port")}
    values: dict[str, Any] = {"port": 0, "de_port": 0}
    for name, value in told.items():
        if name not in known:
            hint = did_you_mean(name, known) or f" There are {', '.join(known)}."
            raise SettingsError(f"{name!r} is no setting.{hint}")
        kinds = get_args(known[name].type) or (known[name].type,)
        each = value if isinstance(value, list | tuple) else [value]
        if Path in kinds:
            each = [Path(one) if isinstance(one, str) and str not in kinds else one for one in each]
        is_list = isinstance(known[name].default, tuple)
        if (len(each) != 1 and not is_list) or not all(_is_one_of(one, kinds) for one in each):
            takes = " or ".join(_NAMES.get(kind, repr(kind)) for kind in kinds)
            raise SettingsError(f"The setting {name!r} cannot be {value!r}; it takes {takes}.")
        values[name] = tuple(each) if is_list else each[0]
    return Settings(**values)


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _is_one_of(value: object, kinds: tuple[Any, ...]) -> bool:
    types = tuple(one for one in kinds if isinstance(one, type))
    return type(value) in types or value in kinds or (Path in types and isinstance(value, Path))


def is_loopback(host: str) -> bool:
    """Say whether a name or an address is this machine's own, whoever answers for names."""
    name = host.casefold().rstrip(".")
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")  # RFC 6761, section 6.3
