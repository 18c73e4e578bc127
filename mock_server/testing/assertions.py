"""The patterns and failure messages of assertions about received requests."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from http import HTTPMethod
from typing import Any, TypeAlias

from mock_server.api.examples import written
from mock_server.errors import UsageError, did_you_mean, shown
from mock_server.inputs.arguments import check, hints_of
from mock_server.journal.journal import TOKEN_STATES, Exchange, Journal, Pattern
from mock_server.world.domain import Residency

_Scalar: TypeAlias = bool | int | float | str | date | datetime | None
Argument: TypeAlias = _Scalar | list[_Scalar] | tuple[_Scalar, ...]
"""A parameter value, converted to text; None omits the parameter."""

_MOST = 20
"""Maximum number of requests in a message; the newest are shown."""
_LONGEST = 200
"""Maximum number of characters of a body in a message."""
_METHODS = (*map(str.lower, HTTPMethod), *HTTPMethod)
_ALLOWED = {"residency": tuple(Residency), "token": TOKEN_STATES, "method": _METHODS}
"""The allowed values of some properties, so that typos are errors, not mismatches."""


def describe(exchanges: Sequence[Exchange]) -> str:
    """Describe exchanges for people, one per line; secrets are already redacted.

    Notes about a response and the beginning of an error body follow on separate lines.
    """
    left_out = len(exchanges) - _MOST
    lines = [f"({left_out} older ones are left out)"] if left_out > 0 else []
    for exchange in exchanges[-_MOST:]:
        lines.append(f"{exchange.residency.value} {exchange}")
        lines += [f"    {name} was triggered" for name in exchange.context.faults]
        lines += [f"    {note}" for note in exchange.context.notes]
        if exchange.status == 401:
            lines.append(f"    token: {exchange.token_state}")
        if exchange.status is not None and exchange.status >= 400:
            body = " ".join(exchange.body[: 4 * _LONGEST].decode("utf-8", "replace").split())
            lines += [f"    {body[:_LONGEST]}"] if body else []
    return "\n".join(lines)


def pattern_of(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties as a journal pattern, with query values as text.

    Raises:
        UsageError: If a property is unknown.
    """
    hints = hints_of(Pattern)
    for name, value in wanted.items():
        if name not in hints:
            hint = did_you_mean(name, hints) or f" Known are {', '.join(hints)}."
            raise UsageError(f"Requests have no property {name!r}.{hint}")
        check(name, value, hints[name] if name != "query" else Mapping[str, Argument] | None)
    for name, allowed in _ALLOWED.items():
        if wanted.get(name) is not None and wanted[name] not in allowed and "*" not in wanted[name]:
            hint = did_you_mean(wanted[name], allowed) or f" There are {', '.join(allowed)}."
            raise UsageError(f"No request has the {name} {shown(wanted[name])}.{hint}")
    status = wanted.get("status")
    if status is not None and not re.fullmatch(r"[1-5](\d\d|xx)", str(status)):
        raise UsageError(f"No response has the status {shown(status)}; write it like 404 or '4xx'.")
    query = wanted.get("query") or {}
    texts = {name: None if value is None else written(value) for name, value in query.items()}
    return {**wanted, "query": texts}


def failure(
    journal: Journal, pattern: Mapping[str, Any], found: Sequence[Exchange], times: int | None
) -> str:
    """Return the message for a wrong number of requests, with the matches and the closest others.

    The pattern is from `pattern_of`, and `times` is the expected number; None for one or more.
    """
    near = journal.near_misses(most=len(found) + 3, **pattern)
    what = pattern.get("operation") or "This"
    came = {0: "never requested", 1: "requested once"}.get(
        len(found), f"requested {len(found)} times"
    )
    if any(value for name, value in pattern.items() if name != "operation"):
        came += " like this"
    wanted = "at least one was" if times is None else "1 was" if times == 1 else f"{times} were"
    lines = [f"{what} was {came}; {wanted} wanted.", *map(str, found[-_MOST:])]
    misses = [str(miss) for miss in near if miss.differences]
    if misses:
        lines += ["Closest requests:", *misses]
    elif not found:
        lines.append("Nothing else was requested either.")
    return "\n".join(lines)
