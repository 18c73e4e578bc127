"""The options of `contract_tests.options` as options of commands."""

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import click

from contract_tests.options import Options

_Command = TypeVar("_Command", bound=Callable[..., Any])


def run_options(*, without: tuple[str, ...] = ()) -> Callable[[_Command], _Command]:
    """Add to a command an option for each field of `Options`, but for some."""

    def decorate(command: _Command) -> _Command:
        for field in reversed(dataclasses.fields(Options)):
            if field.name not in without:
                command = _option(field)(command)
        return command

    return decorate


def _option(field: Any) -> Callable[[_Command], _Command]:
    name = f"--{field.name.replace('_', '-')}"
    if isinstance(field.default, bool):
        return click.option(name, is_flag=True, help=field.metadata["help"])
    many = isinstance(field.default, tuple)
    return click.option(
        name,
        field.name,
        multiple=many,
        default=None,
        metavar=field.metadata.get("metavar"),
        help=field.metadata["help"] + _default(field.default),
    )


def _default(value: Any) -> str:
    if value in {None, ()}:
        return ""
    told = (
        " ".join(value)
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else value
    )
    return f"  [default: {told}]"
