"""Base classes of Pydantic models for user-written files, and one-sentence error messages."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from mock_server.errors import did_you_mean

Location = Sequence[str | int]
"""Keys and indexes from the root of a file to a value."""

_LONGEST_VALUE = 60
_WORD_BITS = 64


class Model(BaseModel):
    """A table of a file; unknown keys are errors, and no value is converted.

    The description of a field completes the sentence "it must be …" in error messages.
    """

    model_config = ConfigDict(
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        regex_engine="python-re",
        strict=True,
        validate_default=True,
    )


def whole(low: int, high: int, default: Any = ...) -> Any:
    """Return a field for an integer within bounds."""
    allowed = f"a whole number from {low} to {high}"
    return Field(default, ge=low, le=high, description=allowed)


def number(default: Any = ..., *, high: float = 1) -> Any:
    """Return a field for a number from 0 to `high`."""
    return Field(default, ge=0, le=high, description=f"a number from 0 to {high:,.0f}")


def explain(error: ValidationError, model: type[BaseModel], file: str, content: Any) -> str:
    """Describe the first validation error of a file's content; unknown keys take precedence."""
    found = error.errors(include_url=False)
    first = next((mistake for mistake in found if mistake["type"] == "extra_forbidden"), found[0])
    kind, location, context = first["type"], first["loc"], first.get("ctx", {})
    if kind == "extra_forbidden":
        outer = _field_at(model, location[:-1])
        known = ((outer and _model_in(outer.annotation)) or model).model_fields
        key = str(location[-1])
        problem = f"{show(key)} is not a key; known are {', '.join(known)}."
        return f"{_place(file, location[:-1])}: {problem}{did_you_mean(key, known)}"
    field = _field_at(model, location)
    allowed = field.description if field is not None else None
    remedy = first["msg"].replace("Input should", "it must") + "."
    if kind == "value_error" and str(context["error"]):
        remedy = str(context["error"])
    elif kind in {"enum", "literal_error"}:
        options = re.findall(r"'([^']*)'", context["expected"])
        hint = did_you_mean(first["input"], options) if isinstance(first["input"], str) else ""
        remedy = f"it must be one of {', '.join(options)}.{hint}"
    elif allowed or kind in _ALLOWED:
        remedy = f"it must be {allowed or _ALLOWED[kind]}."
    return refusal(file, content, location, remedy)


_ALLOWED = {
    "bool_type": "true or false",
    "tuple_type": "a list of tables, each under a heading in [[double brackets]]",
    "model_type": "a table",
}
"""By pydantic error type, for fields without a description."""


def refusal(file: str, content: Any, location: Location, remedy: str) -> str:
    """Describe an invalid value: its location, the value, and the remedy."""
    for step in location:
        if isinstance(step, str) and not (isinstance(content, Mapping) and step in content):
            value = "is missing"
            break
        content = content[step]
    else:
        value = f"is {show(content)}"
    *outer, key = location
    if isinstance(key, int):
        key = f"{outer.pop()}, item {key + 1},"
    return f"{_place(file, outer)}: {key} {value}; {remedy}"


def _place(file: str, location: Location) -> str:
    """Format the location of a table in TOML syntax."""
    name = ".".join(step for step in location if isinstance(step, str))
    if location and isinstance(location[-1], int):
        return f"{file}: [[{name}]] number {location[-1] + 1}"
    return f"{file}: [{name}]" if location else file


def _field_at(model: type[BaseModel], location: Location) -> FieldInfo | None:
    field = None
    for step in location:
        if isinstance(step, str):
            field = model.model_fields.get(step, field)  # or a key of a table of tables
            model = (field and _model_in(field.annotation)) or model
    return field


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def show(value: Any) -> str:
    """Format a value of a file, of any size, for a message."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and value.bit_length() > _WORD_BITS:
        return "a number beyond 64 bits"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
