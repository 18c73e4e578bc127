"""The `Prefer` header (RFC 7240), which triggers faults for a single request."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from mock_server.errors import did_you_mean
from mock_server.faults.faults import Fault

_PREFERENCE = re.compile(
    r"""([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s,;"]*))?[^,]*(?:,|$)"""
)
_NUMBERS: Mapping[str, tuple[range, Callable[[int], Fault]]] = {
    "code": (range(400, 600), lambda status: Fault(status=status)),
    "delay": (range(60_001), lambda milliseconds: Fault(delay=milliseconds)),
    "rows": (range(20_001), lambda rows: Fault(rows=rows)),
}
_MOST = 20
_KNOWN = (*_NUMBERS, "example", "scenario")


@dataclass(frozen=True)
class Preference:
    """A supported preference."""

    text: str
    """The text for `Preference-Applied`."""
    fault: Fault | None = None
    scenario: str | None = None
    example: str | None = None


def parse_prefer(
    lines: Iterable[str], scenarios: Collection[str]
) -> tuple[list[Preference], list[str]]:
    """Return the supported preferences, and notes about ignored ones (RFC 7240, section 2).

    Args:
        lines: The header values; the first of repeated preferences applies.
        scenarios: The names of all scenarios.
    """
    given: dict[str, str] = {}
    for line in lines:
        for name, value in _PREFERENCE.findall(line):
            given.setdefault(name.lower(), re.sub(r'\\(.)|^"|"$', r"\1", value))
    preferences, ignored = [], []
    for name, value in [*given.items()][:_MOST]:
        try:
            preferences.append(_parse(name, value, scenarios))
        except ValueError as error:
            ignored.append(f"the preference {name!r} is ignored: {error}")
    return preferences, ignored


def _parse(name: str, value: str, scenarios: Collection[str]) -> Preference:
    """Return a preference; raise `ValueError` if it is not supported."""
    text, shown = f"{name}={value}", value[:60]
    if name == "example":
        return Preference(text, example=value)
    if name == "scenario":
        if value not in scenarios:
            raise ValueError(f"there is no scenario {shown!r}.{did_you_mean(shown, scenarios)}")
        return Preference(text, scenario=value)
    if name not in _NUMBERS:
        raise ValueError(f"known are {', '.join(_KNOWN)}.{did_you_mean(name, _KNOWN)}")
    allowed, fault_of = _NUMBERS[name]
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) not in allowed:
        raise ValueError(f"{shown!r} is not a whole number from {allowed[0]} to {allowed[-1]}")
    return Preference(text, fault=fault_of(int(value)))
