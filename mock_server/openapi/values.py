"""Validate values against the schemas of the control API's document."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson

from mock_server.errors import cut, did_you_mean, shown
from mock_server.openapi.load import own_document
from mock_server.openapi.schemas import validator_of

_EXACT = 2**53
"""The first whole number after which a float skips some."""


def check_value(schema: str, value: Any, place: str, error: type[Exception]) -> dict[str, Any]:
    """Return a JSON value after validating it against a named schema of openapi/admin.yaml.

    Raises:
        error: If the value is invalid; names the place, the key and the remedy.
    """
    validator, known = _validator(schema)
    plain = {} if isinstance(value, Mapping) else value
    for key, item in value.items() if isinstance(value, Mapping) else ():
        if key not in known:
            hint = did_you_mean(key, known) or f" Known are {', '.join(known)}."
            raise error(f"{place}: {key!r} is not a key.{hint}")
        try:
            plain[key] = json.loads(json.dumps(item, allow_nan=False), parse_float=_number)
            orjson.dumps(plain[key])  # raises at the depth that the validator cannot read
        except (TypeError, ValueError, RecursionError) as reason:
            said = f"{shown(item)} is not a JSON value: {reason}."
            raise error(f"{place}, {key}: {said}") from None
    for found in validator.iter_errors(plain):
        where = " ".join(str(step) for step in found.instance_path)
        said = cut(found.message)
        if found.kind.name == "not":
            meant = known[found.instance_path[0]]["description"]
            said = f"{shown(found.instance)} is invalid: {meant}"
        raise error(f"{place}{f', {where}' if where else ''}: {said.removesuffix('.')}.")
    return plain


def _number(text: str) -> float:
    """Convert a number; for JSON Schema, 1.0 is an integer."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


@cache
def _validator(schema: str) -> tuple[Any, Mapping[str, Any]]:
    """Return a compiled schema, and its properties."""
    document = own_document("admin.yaml")
    described = document.content["components"]["schemas"][schema]
    return validator_of(document, described), described["properties"]
