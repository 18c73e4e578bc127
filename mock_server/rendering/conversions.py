"""Turning a field's value into the type and format that a schema asks for."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from mock_server.binding import Field, Kind, Shape, Unit
from mock_server.binding.choices import choices
from mock_server.binding.parts import unit_of_number
from mock_server.binding.words import KINDS
from mock_server.clock import SECOND, to_rfc3339

Convert = Callable[[Any], Any]

_SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exact (RFC 8259, section 6)."""


def converter(field: Field, shape: Shape, name: str) -> Convert:
    """Give the function that writes values of a field, other than None, in a shape.

    Args:
        field: What the value means.
        shape: What the document asks for.
        name: The property's name, which may tell seconds from milliseconds.
    """
    if field is Field.ROW_ID:
        return _row_id(shape)
    if field is Field.ERROR_CODE:
        return _error_code(shape)
    by_kind: dict[Kind, Callable[[], Convert]] = {
        Kind.MOMENT: lambda: _moment(shape, name),
        Kind.ID: lambda: int if "integer" in shape.types else str,
        Kind.TEXT: lambda: _text(shape),
        Kind.FLAG: lambda: _flag(field, shape),
        Kind.COUNT: lambda: _count(shape),
        Kind.CHOICE: lambda: _choice(field, shape),
    }
    return by_kind[KINDS[field]]()


def _flag(field: Field, shape: Shape) -> Convert:
    """Write a flag as such, or as the one of two words that means it."""
    if "string" not in shape.types:
        return bool
    known = choices(field, shape.schema.get("enum") or ())
    return lambda flag: known.get(str(bool(flag)).lower())


def _moment(shape: Shape, name: str) -> Convert:
    if "string" in shape.types or not shape.types:
        return _to_date if shape.schema.get("format") == "date" else to_rfc3339
    description = str(shape.schema.get("description") or "")
    if unit_of_number(name, description, shape) is Unit.SECONDS:
        return lambda moment: moment // SECOND
    return int


def _to_date(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).date().isoformat()


def _row_id(shape: Shape) -> Convert:
    if "integer" in shape.types:
        largest = min(int(shape.schema.get("maximum", _SAFE_INTEGER)), _SAFE_INTEGER)
        if shape.schema.get("format") == "int32":
            largest = min(largest, 2**31 - 1)
        return lambda identity: 1 + identity % largest
    if shape.schema.get("format") == "uuid":
        return lambda identity: str(UUID(int=identity, version=5))
    longest = shape.schema.get("maxLength", 32)
    return lambda identity: f"{identity:032x}"[:longest]


def _text(shape: Shape) -> Convert:
    longest = shape.schema.get("maxLength")
    return str if longest is None else lambda text: str(text)[:longest]


def _count(shape: Shape) -> Convert:
    """Keep a count within bounds that the document sets: the nearest it allows is no lie."""
    if "string" in shape.types and not {"integer", "number"} & shape.types:
        return str
    low, high = shape.schema.get("minimum"), shape.schema.get("maximum")
    if low is None and high is None:
        return int
    low, high = low if low is not None else -math.inf, high if high is not None else math.inf
    return lambda count: int(min(max(count, low), high))


def _error_code(shape: Shape) -> Convert:
    values = shape.schema.get("enum")
    if not values:
        return lambda status: HTTPStatus(status).name
    known = choices(Field.ERROR_CODE, values)
    return lambda status: known.get(str(int(status)))


def _choice(field: Field, shape: Shape) -> Convert:
    values = shape.schema.get("enum")
    if not values:
        return str
    known = choices(field, values)
    return known.get
