"""Options, environment variables and configuration keys, derived from the fields of `Settings`.

The setting `de_port` becomes `--de-port`, `VIEWTRACKER_MOCK_DE_PORT` and `de-port`. The command
line takes precedence over the environment, which takes precedence over the file.
"""

import dataclasses
import logging
import os
import re
from collections.abc import Callable, Mapping
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
_PREFIX = "VIEWTRACKER_MOCK_"


def _is_switch(name: str) -> bool:
    """Return whether the option of a setting turns it off."""
    return _FIELDS[name].default is True


def _spelled(name: str) -> str:
    """Return a setting's name as spelled on the command line and in a file."""
    return f"{'no-' * _is_switch(name)}{name.replace('_', '-')}"


def _variable(name: str) -> str:
    return _PREFIX + _spelled(name).replace("-", "_").upper()


class _Number(click.IntRange):
    """An integer within bounds, with a one-sentence error."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse the number."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a whole number from {self.min} to {self.max}.", param, ctx)


def settings_options(*names: str) -> Callable[[_Command], _Command]:
    """Return a decorator that adds the options of settings to a command, by default all."""
    chosen = names or tuple(_FIELDS)

    def decorate(command: _Command) -> _Command:
        decorated = _config_option(chosen)(command)
        for name in reversed(chosen):
            decorated = _option(name)(decorated)
        return decorated

    return decorate


def settings_from(values: dict[str, Any]) -> Settings:
    """Create settings from a command's options."""
    check_environment(os.environ)
    chosen: dict[str, Any] = {
        name: not value if _is_switch(name) else value
        for name, value in values.items()
        if name in _FIELDS
    }
    return Settings(**chosen)


_OF_KUBERNETES = re.compile(
    r"[A-Z0-9_]*(?:_SERVICE_(?:HOST|PORT(?:_\w+)?)|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)"
)
"""Variables that Kubernetes sets for a Service with the mock's name."""
_LINK = re.compile(r"(?:tcp|udp|sctp)://", re.IGNORECASE)


def check_environment(variables: Mapping[str, str]) -> None:
    """Log ignored variables: those of Kubernetes, and misspelled ones."""
    known = set(map(_variable, _FIELDS)) | {f"{_PREFIX}CONFIG"}
    for name, value in variables.items():
        if not name.startswith(_PREFIX) or _OF_KUBERNETES.fullmatch(name):
            continue
        if _is_link(value) and name.endswith("_PORT"):
            _log.warning("%s=%s is set by Kubernetes and ignored.", name, value)
        elif name not in known:
            _log.warning("%s is not a setting.%s", name, did_you_mean(name, known))


def _is_link(value: str) -> bool:
    return _LINK.match(value) is not None


class _Option(click.Option):
    """An option whose errors name the environment variable only if the value came from it."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Ignore a Service address where a port is expected."""
        value = super().resolve_envvar_value(ctx)
        is_port = isinstance(self.type, click.IntRange)
        return None if is_port and value is not None and _is_link(value) else value

    def get_error_hint(self, ctx: click.Context | None, **_: object) -> str:
        """Return the name of the option and the source of its value."""
        hint = f"'{max(self.opts, key=len)}'"
        source = ctx.get_parameter_source(self.name) if ctx is not None and self.name else None
        if source is ParameterSource.ENVIRONMENT:
            variables = [name for name in self.envvar or () if name in os.environ]
            return f"{hint} (from {' or '.join(variables)})"
        return f"{hint} (from --config)" if source is ParameterSource.DEFAULT_MAP else hint


def _option(name: str) -> Callable[[_Command], _Command]:
    setting = _FIELDS[name]
    sentence = help_of(setting)
    if _is_switch(name):
        sentence = f"Do not {sentence[0].lower()}{sentence[1:]}"
    shorter = [f"VIEWTRACKER_{name.upper()}"] if not setting.repr else []
    kind: dict[str, Any] = {"is_flag": True}
    if not isinstance(setting.default, bool):
        kind = {
            "type": _type(setting),
            "default": setting.default,
            "multiple": isinstance(setting.default, tuple),
            "show_default": setting.default not in {None, ()},
        }
    return click.option(
        f"--{_spelled(name)}",
        name,
        cls=_Option,
        envvar=[_variable(name), *shorter],
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


def _config_option(names: tuple[str, ...]) -> Callable[[_Command], _Command]:
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


def _defaults(path: Path, names: tuple[str, ...]) -> dict[str, Any]:
    given = read_toml(path, SettingsError)
    spelled = {_spelled(name): name for name in _FIELDS}
    for key in given:
        if key not in spelled:
            raise SettingsError(f"{path}: {key!r} is not a setting.{did_you_mean(key, spelled)}")
    return {
        spelled[key]: _texts(value)
        if isinstance(_FIELDS[spelled[key]].default, tuple)
        else str(value)
        for key, value in given.items()
        if spelled[key] in names
    }


def _texts(value: Any) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value])]
