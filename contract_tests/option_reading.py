"""Options as people write them: durations, rates, and several in one word."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract_tests.errors import OptionError
from contract_tests.options import Options

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h)?")
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:/\s*(s|m|h))?")


def options_from(told: Mapping[str, Any]) -> Options:
    """Make options of what was written; what is None or empty keeps its default.

    Raises:
        OptionError: If a value cannot be used; says which, and how to write it.
    """
    fields = {field.name: field for field in dataclasses.fields(Options)}
    given = {
        name: _read(fields[name], value)
        for name, value in told.items()
        if value is not None and value not in ((), [])
    }
    return Options(**given)


def _read(field: Any, value: Any) -> Any:
    if isinstance(field.default, bool) or not isinstance(value, str):
        return tuple(value) if isinstance(value, list) else value
    if field.name == "rate":
        return _rate(value)
    if field.name in {"deadline", "timeout", "max_response_time"}:
        return _duration(field.name, value)
    if field.name in {"ca_bundle", "token_file", "known"}:
        return Path(value)
    if field.name in {"seed", "examples", "budget", "retries"}:
        return _number(field, value)
    choices = field.metadata.get("choices")
    if choices and value not in choices:
        raise _wrong(field.name, value, f"one of {', '.join(choices)}")
    return value


def _duration(name: str, value: str) -> float:
    found = _DURATION.fullmatch(value.strip())
    seconds = float(found[1]) * _SECONDS[found[2] or "s"] if found else 0.0
    if seconds <= 0:
        raise _wrong(name, value, "a duration such as 90s or 10m")
    return seconds


def _rate(value: str) -> float:
    found = _RATE.fullmatch(value.strip())
    rate = float(found[1]) * 60 / _SECONDS[found[2] or "m"] if found else 0.0
    if rate <= 0:
        raise _wrong("rate", value, "a number of requests and a unit of time such as 60/m")
    return rate


def _number(field: Any, value: str) -> int:
    least = field.metadata.get("least", 0)
    if not re.fullmatch(r"[0-9]{1,18}", value.strip()) or int(value) < least:
        raise _wrong(field.name, value, f"a whole number from {least}")
    return int(value)


def _wrong(name: str, value: str, wanted: str) -> OptionError:
    return OptionError(f"--{name.replace('_', '-')} {value!r} cannot be used; write {wanted}.")
