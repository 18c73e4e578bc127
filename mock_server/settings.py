"""The options of `viewtracker-mock serve`, declared once.

The fields of `Settings` define the command line options, the environment variables, the keys of a
configuration file and the docs.
"""

import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from mock_server.errors import SettingsError, did_you_mean, shown
from mock_server.inputs.files import read_text
from mock_server.inputs.hosts import is_address, is_loopback, is_name

_NAMES: Mapping[Any, str] = {
    bool: "True or False", int: "a whole number", str: "a text", Path: "a path", type(None): "None"
}  # fmt: skip
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""Matches a bearer token (RFC 6750, section 2.1)."""
_ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?|null"
)
"""An origin as browsers send it (RFC 6454, section 6.2)."""
_PORTS = range(65_536)
_COUNTS = range(1_000_001)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a mock, from the command line, the environment or a TOML file.

    A single value is accepted for a list, and a string for a path.

    Raises:
        SettingsError: If a value is invalid, or if the control API would be reachable without a token.
    """

    host: Annotated[
        str, "Address to listen on; other hosts can reach any address except loopback."
    ] = "127.0.0.1"
    port: Annotated[int, "Port of the US residency; 0 picks a free one.", _PORTS] = 8080
    de_port: Annotated[int, "Port of the German residency; 0 picks a free one.", _PORTS] = 8081
    tls: Annotated[
        bool, "Serve HTTPS with a generated certificate; needs viewtracker-mock[tls]."
    ] = False
    certificate: Annotated[
        Path | None, "Serve HTTPS with this certificate and its chain, a PEM file."
    ] = None
    private_key: Annotated[Path | None, "Private key, if not in the certificate file."] = None
    seed: Annotated[
        int, "Seed of the generated data; another seed generates another site.", range(2**63)
    ] = 0
    world: Annotated[
        str, "Bundled world (demo, tiny, empty, edge-cases, privacy) or a world file."
    ] = "demo"
    now: Annotated[str | None, "Start time of the clock, such as 2026-01-31T12:00:00Z."] = None
    freeze: Annotated[bool, "Stop the clock."] = False
    document: Annotated[
        str | Path | None,
        "OpenAPI document to serve, a file or a URL; default: the bundled document.",
    ] = None
    overlay: Annotated[
        tuple[Path, ...], "OpenAPI Overlay file to apply to the document; repeatable."
    ] = ()
    binding: Annotated[
        Path | None, "Binding file that corrects how operations are bound to the data."
    ] = None
    replay: Annotated[
        Path | None, "HAR file with recorded responses to serve instead of a world."
    ] = None
    token_file: Annotated[
        Path | None, "File with the token for a replay; default: the demo tokens."
    ] = None
    database: Annotated[str | None, "SQLite file for rows and tokens; default: in memory."] = None
    scenario: Annotated[
        tuple[str, ...], "Scenario to switch on, see `viewtracker-mock scenarios`; repeatable."
    ] = ()
    scenario_file: Annotated[tuple[Path, ...], "File with a custom scenario; repeatable."] = ()
    unknown_parameters: Annotated[
        Literal["accept", "reject"],
        "Accept or reject query parameters that the document does not declare.",
    ] = "accept"
    cors: Annotated[
        tuple[str, ...], "Origin that may read responses, `any` or `none`; repeatable."
    ] = ("any",)
    response_check: Annotated[
        bool, "Validate responses against the document before sending them."
    ] = True
    demo_token: Annotated[bool, "Accept the tokens demo-token-us and demo-token-de."] = True
    mock_headers: Annotated[bool, "Send X-Mock-* headers with the reason for each response."] = True
    admin: Annotated[bool, "Serve the control API under /__admin."] = True
    admin_token: Annotated[
        str | None, "Token of the control API; required on non-loopback addresses."
    ] = field(default=None, repr=False)
    admin_token_file: Annotated[
        Path | None, "File with the token of the control API, to hide it from process lists."
    ] = None
    journal: Annotated[
        int, "Maximum number of recorded requests; 0 disables the journal.", _COUNTS
    ] = 1_000
    remember: Annotated[
        int, "Maximum number of cached responses; 0 disables the cache.", _COUNTS
    ] = 1_000
    log_requests: Annotated[bool, "Log one line per request."] = False
    log_format: Annotated[Literal["text", "json"], "Format of the log on standard error."] = "text"

    def __post_init__(self) -> None:
        for setting in fields(self):
            self._set(setting.name, _value_of(setting, getattr(self, setting.name)))
        if self.admin_token_file is not None:
            if self.admin_token is not None:
                raise SettingsError("Set either the admin token or the file with it, not both.")
            self._set("admin_token", read_text(self.admin_token_file, SettingsError).strip())
            self._set("admin_token_file", None)
        if self.admin_token is not None and not _TOKEN.fullmatch(self.admin_token):
            raise SettingsError(
                "The admin token must be letters, digits and -._~+/ with nothing else in it."
            )
        _check_addresses(self.host, self.cors)
        if self.admin and self.admin_token is None and not is_loopback(self.host):
            raise SettingsError(
                f"Others can reach {self.host or 'all addresses'}, and with it the control API; "
                "give it a token by --admin-token, or do without it by --no-admin."
            )

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def help_of(setting: "Field[Any]") -> str:
    """Return the help text of a setting."""
    return str(get_args(setting.type)[1])


def bounds_of(setting: "Field[Any]") -> range | None:
    """Return the allowed values of a number, or None."""
    return next((one for one in get_args(setting.type) if isinstance(one, range)), None)


def kinds_of(setting: "Field[Any]") -> tuple[Any, ...]:
    """Return the allowed types or literals of one value of a setting."""
    kind = get_args(setting.type)[0]
    return tuple(argument for argument in get_args(kind) if argument is not ...) or (kind,)


Settings.__doc__ = f"{Settings.__doc__ or ''}\n\nArgs:\n" + "\n".join(
    f"    {setting.name}: {help_of(setting)}" for setting in fields(Settings)
)


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Return settings from keyword arguments, with free ports, for use in tests.

    Raises:
        SettingsError: If a setting is unknown or a value is invalid.
    """
    known = [setting.name for setting in fields(Settings) if not setting.name.endswith("port")]
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or f" There are {', '.join(known)}."
            raise SettingsError(f"{name!r} is not a setting.{hint}")
    return Settings(port=0, de_port=0, **given)


def _value_of(setting: "Field[Any]", value: Any) -> Any:
    """Validate and normalize a value; raise `SettingsError` if it is invalid."""
    kinds, bounds, name = kinds_of(setting), bounds_of(setting), setting.name
    is_list = isinstance(setting.default, tuple)
    each = value if isinstance(value, list | tuple) else [value]
    if "" in each and name != "host":
        raise SettingsError(f"{name.replace('_', '-')} is empty; give it a value, or leave it out.")
    if Path in kinds:
        each = [Path(item) if isinstance(item, str) and str not in kinds else item for item in each]
    if (len(each) != 1 and not is_list) or not all(_is_one_of(item, kinds) for item in each):
        takes = " or ".join(_NAMES.get(kind, repr(kind)) for kind in kinds)
        raise SettingsError(f"The setting {name!r} cannot be {shown(value)}; it takes {takes}.")
    if bounds and each[0] not in bounds:
        raise SettingsError(
            f"{name} is {shown(value)}; it takes a whole number from 0 to {bounds[-1]}."
        )
    return tuple(each) if is_list else each[0]


def _is_one_of(value: object, kinds: tuple[Any, ...]) -> bool:
    types = tuple(kind for kind in kinds if isinstance(kind, type))
    return type(value) in types or value in kinds or (Path in types and isinstance(value, Path))


def _check_addresses(host: str, cors: tuple[str, ...]) -> None:
    if not (is_address(host) or is_name(host)):
        raise SettingsError(
            f"The host {host[:80]!r} is neither an IP address nor a name; write it like "
            "127.0.0.1, without scheme and port."
        )
    for origin in cors:
        if not (origin in {"any", "none"} or _ORIGIN.fullmatch(origin)):
            raise SettingsError(
                f"cors is {origin[:80]!r}; write an origin like https://example.com, `any` or "
                "`none`."
            )
