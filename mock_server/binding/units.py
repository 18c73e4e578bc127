"""Infer the format of a time: a date, a date-time, an epoch number or a time of day."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from functools import lru_cache
from typing import Any

from mock_server.binding.fields import Unit
from mock_server.binding.lexicon import words_of
from mock_server.openapi.schemas import Shape, is_local


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
        return FORMS[written]
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


def form_of(shape: Shape, description: str = "") -> str | None:
    """Return how times are written that are not ISO 8601, for `strftime`; None for others.

    Args:
        shape: The shape of the property or parameter.
        description: The description of a parameter, beside that of its schema.
    """
    if is_local(shape.schema):
        return "%Y-%m-%dT%H:%M:%S"
    if "string" not in shape.types or shape.schema.get("format") in {"date", "date-time", "time"}:
        return None
    examples = [str(example) for example in examples_of(shape.schema)]
    return _written(f"{description} {shape.description}", examples)


def iso_of(text: str, form: str | None) -> str:
    """Convert a time in a form of `strftime` to ISO 8601, if it has this form."""
    if form is None:
        return text
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - all times are UTC
    except ValueError:
        return text
    if "%H" in form:
        return f"{moment.isoformat()}Z"
    return f"{moment:%Y-%m-%d}" if "%d" in form else f"{moment:%Y-%m}"


def _written(described: str, examples: list[str]) -> str | None:
    """Return the form that a description or all examples show, or None."""
    allows_both = "date-time" in described.casefold()
    for form, unit in FORMS.items():
        named, shown = _patterns(form)
        is_named = named.search(described) and not (unit is Unit.DATE and allows_both)
        if is_named or (examples and all(map(shown.fullmatch, examples))):
            return form
    return None


FORMS = {
    "%Y-%m-%d %H:%M:%S": Unit.FREE,
    "%Y-%m-%dT%H:%M:%S": Unit.FREE,
    "%d.%m.%Y %H:%M:%S": Unit.FREE,
    "%Y-%m-%d %H:%M": Unit.FREE,
    "%d.%m.%Y %H:%M": Unit.FREE,
    "%Y-%m-%d": Unit.DATE,
    "%d.%m.%Y": Unit.DATE,
    "%d/%m/%Y": Unit.DATE,
    "%m/%d/%Y": Unit.DATE,
    "%Y/%m/%d": Unit.DATE,
    "%Y%m%d": Unit.DATE,
    "%Y-%m": Unit.MONTH,
    "%m/%Y": Unit.MONTH,
    "%G-W%V": Unit.WEEK,
}
"""Forms of times for `strftime`, the longest first, and what they are a time of."""
_TOKENS = {
    "%Y": ("(?:YYYY|JJJJ|Y)", r"\d{4}"),
    "%m": ("(?:MM|m)", r"(?:0\d|1[0-2])"),
    "%d": ("(?:DD|TT|d)", r"(?:[0-2]\d|3[01])"),
    "%H": ("(?:HH|H)", r"[0-2]\d"),
    "%M": ("(?:MM|i)", r"[0-5]\d"),
    "%S": ("(?:SS|s)", r"[0-5]\d"),
    "%G": ("(?:YYYY|GGGG)", r"\d{4}"),
    "%V": ("'?(?:WW|VV)", r"\d{2}"),
    "W": ("'?W", "W"),
    "T": ("'?T'?", "T"),
}
"""How descriptions name the parts of a form, in any letter case, and what they look like."""


@lru_cache
def _patterns(form: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a form's name in a description, or an example there, and of a time."""
    parts = re.split(r"(%\w|[WT])", form)
    name, shown = (
        "".join(_TOKENS[part][kind] if part in _TOKENS else re.escape(part) for part in parts)
        for kind in (0, 1)
    )
    known = rf"(?<![\w.:/-])(?:(?i:{name})|{shown})(?![\w'/:-]|\.\w|\[| ?HH| \d)"
    return re.compile(known), re.compile(shown)


CLOCK = time(23, 45, 56)
"""A time of day, to try patterns with."""


def is_clock(shape: Shape, text: str) -> bool:
    """Return whether a schema's pattern is for times of day such as a text."""
    return matches(shape, text) and not matches(shape, "2026-01-31")


def matches(shape: Shape, text: str) -> bool:
    """Return whether a whole text matches the pattern of a schema, if it has a valid one."""
    try:
        return re.fullmatch(str(shape.schema.get("pattern", "$^")), text) is not None
    except re.error:
        return False


def examples_of(schema: Mapping[str, Any]) -> list[Any]:
    """Return the examples and the default of a schema."""
    examples = schema.get("examples") or ()
    listed = list(examples.values() if isinstance(examples, Mapping) else examples)
    return [*listed, *(schema[key] for key in ("example", "default") if key in schema)]


def unit_of_number(name: str, shape: Shape, description: str = "") -> Unit:
    """Distinguish epoch seconds and milliseconds by name, description and magnitude."""
    words = words_about(name, shape, description)
    if words & {"ms", "millis", "milliseconds", "millisecond", "millisekunden"}:
        return Unit.MILLISECONDS
    if words & {"seconds", "second", "unix", "posix", "secs", "sec", "sekunden"}:
        return Unit.SECONDS
    known = [*examples_of(shape.schema), shape.schema.get("maximum"), shape.schema.get("minimum")]
    sizes = [abs(value) for value in known if isinstance(value, int | float) and value > 1]
    in_seconds = max(sizes) < 10**11 if sizes else shape.in_seconds
    return Unit.SECONDS if in_seconds else Unit.MILLISECONDS


def words_about(name: str, shape: Shape, description: str = "") -> set[str]:
    """Return the words of a name, of its description and of its schema's format and description."""
    texts = name, description, shape.description, str(shape.schema.get("format", ""))
    return {word for text in texts for word in words_of(text)}
