"""Infer the format of a time: a date, a date-time, an epoch number or a time of day."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any

from mock_server.binding.fields import Unit
from mock_server.binding.lexicon import words_of
from mock_server.openapi.schemas import Shape


def unit_of(name: str, shape: Shape, description: str = "") -> Unit:
    """Return the format of a time; a string may contain digits, see its description or example.

    Args:
        name: The name of the property or parameter.
        shape: Its shape.
        description: The description of a parameter, beside that of its schema.
    """
    if "string" not in shape.types and shape.types:
        return unit_of_number(name, shape, description)
    by_format = {"date": Unit.DATE, "date-time": Unit.DATE_TIME, "time": Unit.CLOCK}
    if (form := str(shape.schema.get("format"))) in by_format:
        return by_format[form]
    words = words_about(name, shape, description)
    examples = [str(example) for example in examples_of(shape.schema)]
    if (
        words_of(name)[-1:] == ("uhrzeit",)
        or is_clock(shape, f"{CLOCK:%H:%M:%S}")
        or is_clock(shape, f"{CLOCK:%H:%M}")
    ):
        return Unit.CLOCK
    described = f"{description} {shape.description}"
    if (written := _written(described, examples)) is not None:
        return written
    if words_of(name)[-1:] in {("month",), ("monat",)} and not examples:
        return Unit.MONTH
    is_digits = bool(examples) and all(
        example.isdigit() and len(example) > 8 for example in examples
    )
    is_said = words & {"epoch", "millis", "milliseconds"} and not words & {"iso", "rfc"}
    if not (is_digits or (is_said and not examples)):
        return Unit.FREE
    numbers = Shape(
        {"examples": [int(example) for example in examples if example.isdigit()]},
        shape.types,
        is_nullable=False,
    )
    return unit_of_number(name, numbers, description)


def _written(described: str, examples: list[str]) -> Unit | None:
    """Return the format that a description or all examples show, or None."""
    allows_both = "date-time" in described.casefold()
    for unit, (pattern, example) in _WRITTEN.items():
        is_shown = pattern.search(described) and not (unit is Unit.DATE and allows_both)
        if is_shown or (examples and all(map(example.fullmatch, examples))):
            return unit
    return None


_WRITTEN = {
    Unit.DATE: (
        re.compile(r"\b(?:YYYY-MM-DD|yyyy-MM-dd|JJJJ-MM-TT|\d{4}-\d{2}-\d{2})\b(?!T|.?HH|.?\d)"),
        re.compile(r"\d{4}-\d{2}-\d{2}"),
    ),
    Unit.MONTH: (re.compile(r"\b(?:YYYY-MM|yyyy-MM|JJJJ-MM)\b(?!-)"), re.compile(r"\d{4}-\d{2}")),
    Unit.WEEK: (
        re.compile(r"\b(?:YYYY|yyyy|GGGG)-'?W'?(?:WW|ww|VV)\b"), re.compile(r"\d{4}-W\d{2}")
    ),
}  # fmt: skip
"""How descriptions and examples show the formats of days, months and weeks."""
CLOCK = time(23, 45, 56)
"""A time of day, to try patterns with."""


def is_clock(shape: Shape, text: str) -> bool:
    """Return whether a schema's pattern is for times of day such as a text."""
    try:
        pattern = re.compile(str(shape.schema.get("pattern", "$^")))
    except re.error:
        return False
    return pattern.fullmatch(text) is not None and pattern.fullmatch("2026-01-31") is None


def examples_of(schema: Mapping[str, Any]) -> list[Any]:
    """Return the examples and the default of a schema."""
    examples = schema.get("examples") or ()
    listed = list(examples.values() if isinstance(examples, Mapping) else examples)
    return [*listed, *(schema[key] for key in ("example", "default") if key in schema)]


def unit_of_number(name: str, shape: Shape, description: str = "") -> Unit:
    """Distinguish epoch seconds and milliseconds by name, description and magnitude."""
    words = words_about(name, shape, description)
    if words & {"ms", "millis", "milliseconds", "millisecond"}:
        return Unit.MILLISECONDS
    if words & {"seconds", "second", "unix", "secs", "sec"}:
        return Unit.SECONDS
    known = [*examples_of(shape.schema), shape.schema.get("maximum"), shape.schema.get("minimum")]
    sizes = [abs(value) for value in known if isinstance(value, int | float) and value > 1]
    in_seconds = max(sizes) < 10**11 if sizes else shape.in_seconds
    return Unit.SECONDS if in_seconds else Unit.MILLISECONDS


def words_about(name: str, shape: Shape, description: str = "") -> set[str]:
    """Return the words of a name, of its description and of its schema's format and description."""
    texts = name, description, shape.description, str(shape.schema.get("format", ""))
    return {word for text in texts for word in words_of(text)}
