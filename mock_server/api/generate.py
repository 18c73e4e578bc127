"""Generate values for properties without a binding.

A value depends only on the schema and a key, so that a row always has the same generated values.
Values that the document provides (`const`, `enum`, examples, `default`) take precedence, except
examples and defaults that do not match their schema.
"""

import hashlib
import math
import random
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import rstr

from mock_server.openapi.document import Document
from mock_server.openapi.schemas import UUIDS, Schema, Shape, shape_of
from mock_server.openapi.validators import validator_of

_DEEPEST = 6
_WIDEST = 1_000
_ATTEMPTS = 30
_SMALLEST = 1e-9
"""Steps of `multipleOf` below it have no effect."""
_SPAN = 365 * 86_400
_FROM = datetime(2022, 1, 1, tzinfo=UTC).timestamp()
"""Before any time that a report may cover."""


def invent(document: Document, schema: Schema, key: str, *, depth: int = 0) -> Any:
    """Generate a value for a schema; None if nothing else is valid or the nesting is too deep."""
    shape = shape_of(document, schema)
    values = offered(document, schema)
    number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())
    if values:  # keys of values outside rows begin with a slash
        return values[0 if key.startswith("/") else number % len(values)]
    chance = random.Random(number)
    if depth > _DEEPEST or (not shape.types and shape.is_nullable):
        return None
    if shape.is_object:
        return _object(document, shape, key, depth)
    if shape.is_array:
        return _array(document, shape, key, depth)
    by_type: dict[str, Callable[[Schema, random.Random], Any]] = {
        "string": _string,
        "integer": _integer,
        "number": _number,
        "boolean": lambda _, chance: chance.random() < 0.5,
    }
    for name, make in by_type.items():
        if name in shape.types:
            return make(shape.schema, chance)
    return None if shape.types else _string(shape.schema, chance)


def offered(document: Document, schema: Schema) -> list[Any]:
    """Return the values that a schema provides: a constant, example, default or enumeration."""
    keywords = shape_of(document, schema).schema
    if "const" in keywords:
        return [keywords["const"]]
    examples = keywords.get("examples") or []
    single = [keywords[key] for key in ("example", "default") if keywords.get(key) is not None]
    values = single[:1] or keywords.get("enum") or examples
    return [
        value
        for value in (values.values() if isinstance(values, Mapping) else values)
        if validator_of(document, schema).is_valid(value)
    ]


def _object(document: Document, shape: Shape, key: str, depth: int) -> dict[str, Any]:
    return {
        name: invent(document, shape.properties[name], f"{key}/{name}", depth=depth + 1)
        for name in sorted(shape.required)
    }


def _array(document: Document, shape: Shape, key: str, depth: int) -> list[Any]:
    items, is_unique = shape.schema.get("items") or {}, bool(shape.schema.get("uniqueItems"))
    wanted = min(int(shape.schema.get("minItems", 0)), _WIDEST)
    made: list[Any] = []
    for index in range(wanted * (10 if is_unique else 1)):
        value = invent(document, items, f"{key}/{index}", depth=depth + 1)
        if not (is_unique and value in made):
            made.append(value)
    return made[:wanted]


def _bounds(schema: Schema, step: float) -> tuple[float, float]:
    low = _bound(schema.get("minimum"), schema.get("exclusiveMinimum"), step, max)
    high = _bound(schema.get("maximum"), schema.get("exclusiveMaximum"), -step, min)
    if low is None:
        low = min(0, high - _WIDEST) if high is not None else 0
    return low, high if high is not None else low + _WIDEST


def _bound(
    bound: float | None, exclusive: Any, step: float, narrower: Callable[..., float]
) -> float | None:
    """Return the inclusive bound of an inclusive and an exclusive one."""
    if exclusive is True and bound is not None:  # OpenAPI 3.0
        return bound + step
    if exclusive is None or isinstance(exclusive, bool):
        return bound
    inclusive: float = exclusive + step
    return inclusive if bound is None else narrower(bound, inclusive)


def _multiple(schema: Schema, chance: random.Random, every: float, step: float) -> float:
    """Return a multiple of a number, within the bounds of a schema."""
    low, high = _bounds(schema, step)
    if schema.get("format") == "int32":
        high = min(high, 2**31 - 1)
    first, last = math.ceil(low / every), math.floor(high / every)
    return (first + math.floor(chance.random() * (last - first + 1))) * every


def _integer(schema: Schema, chance: random.Random) -> int:
    return int(_multiple(schema, chance, max(schema.get("multipleOf", 1), _SMALLEST), 1))


def _number(schema: Schema, chance: random.Random) -> float:
    every = schema.get("multipleOf", 0)
    if every > _SMALLEST:  # 0.3, not 0.30000000000000004
        return float(round(_multiple(schema, chance, every, every), 9))
    low, high = _bounds(schema, 1e-6)
    return round(low + chance.random() * (high - low), 6)


def _string(schema: Schema, chance: random.Random) -> str:
    if "pattern" in schema:
        return _matching(schema, chance)
    made = _FORMATS.get(str(schema.get("format")), _word)(chance)
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    while len(made) < shortest:
        made += _word(chance)
    return made if longest is None else made[: int(longest)]


def _matching(schema: Schema, chance: random.Random) -> str:
    """Generate text that matches a pattern and, if a few attempts succeed, the length limits."""
    pattern = str(schema["pattern"])
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    made = ""
    try:
        for _ in range(_ATTEMPTS):
            made = rstr.Rstr(chance).xeger(pattern)[:longest]
            if len(made) >= shortest and re.search(pattern, made):
                break
    except re.error:  # JSON Schema uses ECMA-262 patterns such as \p{L}
        return _word(chance)
    return made


def _word(chance: random.Random) -> str:
    return "".join(
        "bdfgklmnprstv"[int(chance.random() * 13)] + "aeiou"[int(chance.random() * 5)]
        for _ in range(3)
    )


def _moment(chance: random.Random) -> datetime:
    return datetime.fromtimestamp(_FROM + int(chance.random() * _SPAN), UTC)


_FORMATS: dict[str, Callable[[random.Random], str]] = {
    "date": lambda chance: _moment(chance).date().isoformat(),
    "date-time": lambda chance: f"{_moment(chance):%Y-%m-%dT%H:%M:%SZ}",
    "time": lambda chance: f"{_moment(chance):%H:%M:%SZ}",
    "duration": lambda chance: f"PT{1 + int(chance.random() * 59)}M",
    **dict.fromkeys(UUIDS, lambda chance: str(uuid.UUID(int=chance.getrandbits(128), version=4))),
    "uri": lambda chance: f"https://{_word(chance)}.example/{_word(chance)}",
    "uri-reference": lambda chance: f"/{_word(chance)}",
    "url": lambda chance: f"https://{_word(chance)}.example/{_word(chance)}",
    "email": lambda chance: f"{_word(chance)}@{_word(chance)}.example",
    "hostname": lambda chance: f"{_word(chance)}.example",
    "ipv4": lambda chance: f"192.0.2.{1 + int(chance.random() * 254)}",
    "ipv6": lambda chance: f"2001:db8::{1 + int(chance.random() * 65534):x}",
    "byte": lambda _: "bW9jaw==",
}
