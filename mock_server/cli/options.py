"""Options, environment variables and configuration keys, derived from the fields of `Settings`.

The setting `de_port` becomes `--de-port`, `VIEWTRACKER_MOCK_DE_PORT` and `de-port`, in this order
of precedence.
"""

import dataclasses
import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from mock_server.errors import SettingsError, did_you_mean
from mock_server.inputs.files import read_toml
from mock_server.settings import Settings, bounds_of, help_of, kinds_of

_log = logging.getLogger(__name__)

_Command = TypeVar("_Command", bound=Callable[..., Any])

_FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
_SPELLED = {
    name: f"{'no-' * (field.default is True)}{name.replace('_', '-')}"
    for name, field in _FIELDS.items()
}
"""Names on the command line and in a file; the options of settings that are on turn them off."""
_PREFIX = "VIEWTRACKER_MOCK_"
_VARIABLES = {
    name: _PREFIX + spelled.replace("-", "_").upper() for name, spelled in _SPELLED.items()
}
_OF_KUBERNETES = re.compile(
    r"[A-Z0-9_]*(?:_SERVICE_(?:HOST|PORT(?:_\w+)?)|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)"
)
"""Variables that Kubernetes sets for a Service with the mock's name."""
_LINK = re.compile(r"(?:tcp|udp|sctp)://", re.IGNORECASE)
"""Matches the address of a Service, which Kubernetes sets where a port is expected."""


def settings_options(*names: str) -> Callable[[_Command], _Command]:
    """Return a decorator that adds the options of settings to a command, by default all."""
    chosen = names or tuple(_FIELDS)

    def decorate(command: _Command) -> _Command:
        for option in (_config_option(chosen), *map(_option, reversed(chosen))):
            command = option(command)
        return command

    return decorate


def settings_from(values: dict[str, Any]) -> Settings:
    """Create settings from a command's options."""
    check_environment(os.environ)
    chosen: dict[str, Any] = {
        name: not value if _FIELDS[name].default is True else value
        for name, value in values.items()
        if name in _FIELDS
    }
    return Settings(**chosen)


def check_environment(variables: Mapping[str, str]) -> None:
    """Log ignored variables: those of Kubernetes, and misspelled ones."""
    known = {*_VARIABLES.values(), f"{_PREFIX}CONFIG"}
    for name, value in variables.items():
        if not name.startswith(_PREFIX) or _OF_KUBERNETES.fullmatch(name):
            continue
        if _LINK.match(value) and name.endswith("_PORT"):
            _log.warning("%s=%s is set by Kubernetes and ignored.", name, value)
        elif name not in known:
            _log.warning("%s is not a setting.%s", name, did_you_mean(name, known))


class _Number(click.IntRange):
    """An integer within bounds, with a one-sentence error."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse the number."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a whole number from {self.min} to {self.max}.", param, ctx)


class _Option(click.Option):
    """An option whose errors name the environment variable only if the value came from it."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Ignore a Service address where a port is expected."""
        value = super().resolve_envvar_value(ctx) or ""
        return None if isinstance(self.type, _Number) and _LINK.match(value) else value or None

    def get_error_hint(self, ctx: click.Context | None, **_: object) -> str:
        """Return the name of the option and the source of its value."""
        source = ctx.get_parameter_source(self.name) if ctx is not None and self.name else None
        variables = [name for name in self.envvar or () if name in os.environ]
        origin = {
            ParameterSource.DEFAULT_MAP: " (from --config)",
            ParameterSource.ENVIRONMENT: f" (from {' or '.join(variables)})",
        }
        return f"'{max(self.opts, key=len)}'{origin.get(source, '') if source else ''}"


def _option(name: str) -> Callable[[_Command], _Command]:
    setting = _FIELDS[name]
    default, sentence = setting.default, help_of(setting)
    if default is True:
        sentence = f"Do not {sentence[0].lower()}{sentence[1:]}"
    shorter = [] if setting.repr else [f"VIEWTRACKER_{name.upper()}"]
    kind: dict[str, Any] = {"is_flag": True}
    if not isinstance(default, bool):
        kind = {
            "type": _type(setting),
            "default": default,
            "multiple": isinstance(default, tuple),
            "show_default": default not in {None, ()},
        }
    return click.option(
        f"--{_SPELLED[name]}",
        name,
        cls=_Option,
        envvar=[_VARIABLES[name], *shorter],
        show_envvar=True,
        help=sentence,
        **kind,
    )


def _type(setting: "dataclasses.Field[Any]") -> Any:
    kinds, bounds = kinds_of(setting), bounds_of(setting)
    if bounds is not None:
        return _Number(bounds[0], bounds[-1])
    if all(isinstance(kind, str) for kind in kinds):
        return click.Choice(kinds)
    return str if str in kinds else click.Path()


def _config_option(names: Sequence[str]) -> Callable[[_Command], _Command]:
    def read(context: click.Context, _: click.Parameter, path: str | None) -> None:
        if path == "":
            raise SettingsError("config is empty; give it a value, or leave it out.")
        if path is not None:
            context.default_map = {**(context.default_map or {}), **_defaults(Path(path), names)}

    return click.option(
        "--config",
        type=click.Path(),
        envvar=f"{_PREFIX}CONFIG",
        show_envvar=True,
        is_eager=True,
        expose_value=False,
        callback=read,
        help="TOML file with these options as keys.",
    )


def _defaults(path: Path, names: Sequence[str]) -> dict[str, Any]:
    given = read_toml(path, SettingsError)
    by_key = {spelled: name for name, spelled in _SPELLED.items()}
    for key in given:
        if key not in by_key:
            raise SettingsError(f"{path}: {key!r} is not a setting.{did_you_mean(key, by_key)}")
    found: dict[str, Any] = {}
    for key, value in given.items():
        texts = [str(item) for item in (value if isinstance(value, list) else [value])]
        is_list = isinstance(_FIELDS[by_key[key]].default, tuple)
        found[by_key[key]] = texts if is_list else str(value)
    return {name: found[name] for name in names if name in found}
