"""The `Prefer` header (RFC 7240), which triggers faults for a single request."""

import re
from collections.abc import Callable, Iterable, Mapping
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
    lines: Iterable[str], scenarios: Iterable[str]
) -> tuple[list[Preference], list[str]]:
    """Parse `Prefer` headers.

    Args:
        lines: The header values; the first of repeated preferences applies.
        scenarios: The names of all scenarios.

    Returns:
        The supported preferences, and notes about ignored ones (RFC 7240, section 2).
    """
    given: dict[str, str] = {}
    for line in lines:
        for name, value in _PREFERENCE.findall(line):
            given.setdefault(name.lower(), re.sub(r'\\(.)|^"|"$', r"\1", value))
    names = list(scenarios)
    preferences, ignored = [], []
    for name, value in [*given.items()][:_MOST]:
        parsed = _parse(name, value, names)
        if isinstance(parsed, Preference):
            preferences.append(parsed)
        else:
            ignored.append(f"the preference {name!r} is ignored: {parsed}")
    return preferences, ignored


def _parse(name: str, value: str, scenarios: list[str]) -> Preference | str:
    """Return a preference, or why it is not supported."""
    text = f"{name}={value}"
    if name == "example":
        return Preference(text, example=value)
    if name == "scenario":
        if value not in scenarios:
            return f"there is no scenario {value[:60]!r}.{did_you_mean(value[:60], scenarios)}"
        return Preference(text, scenario=value)
    if name not in _NUMBERS:
        return f"known are {', '.join(_KNOWN)}.{did_you_mean(name, _KNOWN)}"
    allowed, fault_of = _NUMBERS[name]
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) not in allowed:
        return f"{value[:60]!r} is not a whole number from {allowed[0]} to {allowed[-1]}"
    return Preference(text, fault=fault_of(int(value)))
