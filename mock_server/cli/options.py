"""Options, each of which is also an environment variable and a key of a TOML file.

A setting of `mock_server.settings` becomes `--de-port`, `VIEWTRACKER_MOCK_DE_PORT` and `de-port`.
What is said later wins: the file, the environment, the command line.
"""

import dataclasses
import logging
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from mock_server.errors import SettingsError, did_you_mean
from mock_server.settings import BOUNDS, Settings

_log = logging.getLogger(__name__)

_Command = TypeVar("_Command", bound=Callable[..., Any])

_HELP = {
    "host": "Address to listen on; anything but loopback opens the mock to the network.",
    "port": "Port of the US residency; 0 picks a free one.",
    "de_port": "Port of the German residency; 0 picks a free one.",
    "tls": "Listen with HTTPS, by a certificate made on the spot; needs viewtracker-mock[tls].",
    "certificate": "Certificate of your own, with its chain, in PEM, to listen with HTTPS.",
    "private_key": "Key of --certificate, if it is not in the same file.",
    "seed": "Number that the data is made from; another number, another site.",
    "world": "Name of a bundled world (demo, tiny, empty, edge-cases, privacy) or a file.",
    "now": "Moment the clock starts from, such as 2026-01-31T12:00:00Z; goes on from there.",
    "freeze": "Let the clock stand still.",
    "document": "OpenAPI document to serve, a file or a URL, instead of the bundled one.",
    "overlay": "OpenAPI Overlay file that changes the document; may be given several times.",
    "binding": "File that corrects how the document's operations meet the data.",
    "replay": "HAR file to answer from, as it was recorded, instead of a world.",
    "token_file": "File with the token that is good in a replay, instead of the demo tokens.",
    "database": "File or database URL that keeps rows and tokens; in memory if left out.",
    "scenario": "Scenario to start with, see `viewtracker-mock scenarios`; may be given again.",
    "scenario_file": "File with a scenario of your own; may be given several times.",
    "unknown_parameters": "What becomes of query parameters that the document lacks.",
    "cors": "Origin whose pages may read responses, `any` or `none`; may be given several times.",
    "response_check": "Send answers without judging them against the document.",
    "demo_token": "Do without the well-known tokens demo-token-us and demo-token-de.",
    "tell": "Leave the X-Mock-* headers out of answers.",
    "admin": "Do without the control API under /__admin.",
    "admin_token": "Token that the control API wants; needed if it is not on loopback alone.",
    "admin_token_file": "File with that token, which then stands in no list of processes.",
    "journal": "How many of the newest requests are kept to be asked for; 0 keeps none.",
    "remember": "How many answers are kept to be given again while they hold; 0 makes each anew.",
    "log_format": "How log lines are written to standard error.",
}


class _Number(click.IntRange):
    """A whole number between two bounds, refused in one sentence."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the number."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no whole number from {self.min} to {self.max}.", param, ctx)


_TYPES: dict[str, Any] = {
    **{name: _Number(*bounds) for name, bounds in BOUNDS.items()},
    "host": str,
    "tls": bool,
    "certificate": click.Path(path_type=Path),
    "private_key": click.Path(path_type=Path),
    "world": str,
    "now": str,
    "freeze": bool,
    "document": str,
    "overlay": click.Path(path_type=Path),
    "binding": click.Path(path_type=Path),
    "replay": click.Path(path_type=Path),
    "token_file": click.Path(path_type=Path),
    "database": str,
    "scenario": str,
    "scenario_file": click.Path(path_type=Path),
    "unknown_parameters": click.Choice(["accept", "reject"]),
    "admin_token": str,
    "cors": str,
    "admin_token_file": click.Path(path_type=Path),
    "log_format": click.Choice(["text", "json"]),
}

_LISTS = frozenset({"cors", "overlay", "scenario", "scenario_file"})

_SWITCHES = {
    "response_check": "no-response-check",
    "demo_token": "no-demo-token",
    "tell": "no-mock-headers",
    "admin": "no-admin",
}
"""Settings that are on unless switched off, with the name of the switch."""

_SHORTER = {"admin_token": "VIEWTRACKER_ADMIN_TOKEN"}
"""Environment variables that mean the same as those with the longer name."""


def settings_options(*names: str) -> Callable[[_Command], _Command]:
    """Return a command the options of the named settings, and `--config`."""

    def decorate(command: _Command) -> _Command:
        decorated = _config_option(names)(command)
        for name in reversed(names):
            decorated = _option(name)(decorated)
        return decorated

    return decorate


def settings_from(values: dict[str, Any]) -> Settings:
    """Make settings of a command's options."""
    check_environment(os.environ)
    chosen: dict[str, Any] = {
        name: (not value if name in _SWITCHES else value)
        for name, value in values.items()
        if name in _HELP
    }
    return Settings(**chosen)


_PREFIX = "VIEWTRACKER_MOCK_"
_OF_KUBERNETES = re.compile(
    r"[A-Z0-9_]*(?:_SERVICE_(?:HOST|PORT(?:_\w+)?)|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)"
)
"""Variables that Kubernetes sets in every container for a Service that is called like the mock."""
_LINK = re.compile(r"(?:tcp|udp|sctp)://", re.IGNORECASE)


def check_environment(variables: Mapping[str, str]) -> None:
    """Log which variables are passed over: those of Kubernetes, and those that are misspelt."""
    known = {_variable(name) for name in _HELP} | {f"{_PREFIX}CONFIG"}
    for name, value in variables.items():
        if not name.startswith(_PREFIX) or _OF_KUBERNETES.fullmatch(name):
            continue
        if _is_link(value) and name.endswith("_PORT"):
            _log.warning("%s=%s is set by Kubernetes, and is passed over.", name, value)
        elif name not in known:
            _log.warning("%s is no setting.%s", name, did_you_mean(name, known))


def _is_link(value: str) -> bool:
    return _LINK.match(value) is not None


def _variable(setting: str) -> str:
    return _PREFIX + _SWITCHES.get(setting, setting).replace("-", "_").upper()


class _Option(click.Option):
    """An option whose errors name the environment variable only if the value came from there."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Pass over the address of a Service where a port belongs."""
        value = super().resolve_envvar_value(ctx)
        is_port = isinstance(self.type, click.IntRange)
        return None if is_port and value is not None and _is_link(value) else value

    def get_error_hint(self, ctx: click.Context | None, **_: object) -> str:
        """Name the option, and where its value came from."""
        hint = f"'{max(self.opts, key=len)}'"
        source = ctx.get_parameter_source(self.name) if ctx is not None and self.name else None
        if source is ParameterSource.ENVIRONMENT:
            variables = [one for one in self.envvar or () if one in os.environ]
            return f"{hint} (from {' or '.join(variables)})"
        return f"{hint} (from --config)" if source is ParameterSource.DEFAULT_MAP else hint


def _option(name: str) -> Callable[[_Command], _Command]:
    switch = _SWITCHES.get(name)
    spelled = switch or name.replace("_", "-")
    field = next(one for one in dataclasses.fields(Settings) if one.name == name)
    variable = [_variable(name)]
    if name in _SHORTER:
        variable.append(_SHORTER[name])
    if switch is not None or _TYPES[name] is bool:
        return click.option(
            f"--{spelled}",
            name,
            cls=_Option,
            is_flag=True,
            envvar=variable,
            help=_HELP[name],
            show_envvar=True,
        )
    return click.option(
        f"--{spelled}",
        name,
        cls=_Option,
        type=_TYPES[name],
        default=field.default,
        envvar=variable,
        help=_HELP[name],
        multiple=name in _LISTS,
        show_default=field.default not in {None, ()},
        show_envvar=True,
    )


def _config_option(names: tuple[str, ...]) -> Callable[[_Command], _Command]:
    def read(context: click.Context, _: click.Parameter, path: Path | None) -> None:
        if path is not None:
            context.default_map = {**(context.default_map or {}), **_defaults(path, names)}

    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        envvar=f"{_PREFIX}CONFIG",
        show_envvar=True,
        is_eager=True,
        expose_value=False,
        callback=read,
        help="TOML file with these options as keys.",
    )


def _defaults(path: Path, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from error
    spelled = {_SWITCHES.get(name, name.replace("_", "-")): name for name in _HELP}
    for key in given:
        if key not in spelled:
            raise SettingsError(f"{path}: {key!r} is no setting.{did_you_mean(key, spelled)}")
    for name, key in spelled.items():
        if key in _LISTS and isinstance(given.get(name), str):
            given[name] = [given[name]]
    return {spelled[key]: value for key, value in given.items() if spelled[key] in names}
