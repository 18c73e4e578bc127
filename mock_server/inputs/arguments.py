"""Validate arguments of the Python API by their annotations, with one-sentence errors."""

from collections.abc import Callable
from functools import cache, wraps
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeVar, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from mock_server.errors import UsageError, did_you_mean, shown

# With any length limit, pydantic also checks that a string is valid Unicode.
_STRICT = ConfigDict(
    strict=True, allow_inf_nan=False, arbitrary_types_allowed=True, str_max_length=10_000_000
)
_P = ParamSpec("_P")
_R = TypeVar("_R")

hints_of = cache(lambda owner: get_type_hints(owner, include_extras=True))
"""Return the annotations of a function or class, by name."""


def checked(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Decorate a function to raise `UsageError` for missing, unknown or invalid arguments."""
    parameters, bind = signature(function).parameters, signature(function).bind
    known = [name for name in parameters if name != "self"]
    is_open = any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters.values())
    place = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]

    @wraps(function)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        __tracebackhide__ = True
        unknown = next((name for name in kwargs if name not in known and not is_open), None)
        if unknown is not None:
            raise UsageError(
                f"{place} has no argument {unknown!r}.{did_you_mean(unknown, known)} "
                f"It takes {', '.join(known)}."
            )
        try:
            given = bind(*args, **kwargs).arguments
        except TypeError as error:
            raise UsageError(f"{place}: {error}.") from None
        hints = hints_of(function)
        for name in filter(hints.get, given):
            is_rest = parameters[name].kind is Parameter.VAR_KEYWORD
            for argument, value in (given[name] if is_rest else {name: given[name]}).items():
                check(f"{place}, {argument}", value, hints[name])
        return function(*args, **kwargs)

    return run


def check(place: str, value: object, hint: Any) -> None:
    """Raise `UsageError`, prefixed with the place, unless a value matches its annotation."""
    __tracebackhide__ = True
    try:
        _adapter(hint).validate_python(value)
    except ValidationError as error:
        found = error.errors(include_url=False)
        depth = max(len(mistake["loc"]) for mistake in found)  # those within a list say more
        found = [mistake for mistake in found if len(mistake["loc"]) == depth]
        wanted = dict.fromkeys(mistake["msg"].removeprefix("Input should be ") for mistake in found)
        problem = f"{shown(found[0]['input'])} should be {' or '.join(wanted)}"
        raise UsageError(f"{place}: {problem}.") from None


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint, config=_STRICT)
