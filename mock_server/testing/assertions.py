"""Assertions about received requests, with helpful failure messages."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPMethod
from typing import Any, Literal

from pydantic import NonNegativeInt

from mock_server.api.examples import written
from mock_server.control.mock import Control
from mock_server.errors import UsageError, did_you_mean, shown
from mock_server.inputs.arguments import check, checked, hints_of
from mock_server.journal.exchange import Exchange
from mock_server.journal.journal import TOKEN_STATES, Journal, Pattern
from mock_server.testing.operations import Argument, find_operation
from mock_server.world.domain import Residency

_MOST = 20
"""Maximum number of requests in a message; the newest are shown."""
_METHODS = (*map(str.lower, HTTPMethod), *HTTPMethod)
_ALLOWED = {"residency": tuple(Residency), "token": TOKEN_STATES, "method": _METHODS}
"""The allowed values of some properties, so that typos are errors, not mismatches."""
_LONGEST = 200
"""Maximum number of characters of a body in a message."""


class Assertions:
    """Assertions about the requests that a mock received.

    Args:
        control: The control of the mock.
        residency: Consider only requests to this residency; None for all.
        asserted: The ids of requests that were asserted, shared between instances.
    """

    def __init__(self, control: Control, residency: Residency | None, asserted: set[int]) -> None:
        self.control = control
        self.residency = residency
        self.asserted = asserted

    @property
    def journal(self) -> Journal:
        """The recorded requests to both residencies, with their responses."""
        return self.control.journal

    @checked
    def assert_requested(
        self, operation: str | None = None, *, times: NonNegativeInt | None = None, **wanted: Any
    ) -> list[Exchange]:
        """Assert that a request was received; return the matching exchanges, oldest first.

        Args:
            operation: An operation id, or a pattern with `*`; any operation if omitted.
            times: The exact number of requests; at least one if omitted.
            wanted: Other properties of the requests, such as `query={"limit": 5}`, `status=200`,
                `method`, `path`, `token`, `headers`; `*` in a text matches any characters.

        Raises:
            AssertionError: If the number differs; lists the received requests, closest first.
            UsageError: If there is no such operation or property.
        """
        __tracebackhide__ = True
        if not self.control.settings.journal:
            raise UsageError("The journal keeps nothing (journal=0), so no request is known of.")
        if operation is not None:
            if "*" not in operation:
                find_operation(self.control.document, operation)
            wanted["operation"] = operation
        if self.residency is not None:
            wanted["residency"] = self.residency.value
        found = _requested(self.journal, _pattern_of(wanted), times)
        self.asserted.update(exchange.id for exchange in found)
        return found

    @checked
    def assert_not_requested(
        self, operation: str | None = None, *, times: Literal[0] = 0, **wanted: Any
    ) -> None:
        """Assert that no such request was received; see `assert_requested`."""
        __tracebackhide__ = True
        self.assert_requested(operation, times=times, **wanted)

    def assert_no_other_requests(self) -> None:
        """Assert that every received request was matched by an earlier assertion.

        Raises:
            AssertionError: If one was not; lists these requests.
        """
        __tracebackhide__ = True
        residency = self.residency and self.residency.value
        entries = self.journal.entries(residency=residency)
        others = [exchange for exchange in entries if exchange.id not in self.asserted]
        if others:
            raise AssertionError(f"These requests were not asserted:\n{describe(others)}")


def describe(exchanges: Iterable[Exchange]) -> str:
    """Describe exchanges for people, one per line; secrets are already redacted.

    Notes about a response and the beginning of an error body follow on separate lines.
    """
    all_of_them = list(exchanges)
    left_out = len(all_of_them) - _MOST
    lines = [f"({left_out} older ones are left out)"] if left_out > 0 else []
    for exchange in all_of_them[-_MOST:]:
        lines.append(f"{exchange.residency.value} {exchange}")
        lines += [f"    {name} was triggered" for name in exchange.context.faults]
        lines += [f"    {note}" for note in exchange.context.notes]
        if exchange.status == 401:
            lines.append(f"    token: {exchange.token_state}")
        if exchange.status is not None and exchange.status >= 400:
            body = " ".join(exchange.body[: 4 * _LONGEST].decode("utf-8", "replace").split())
            lines += [f"    {body[:_LONGEST]}"] if body else []
    return "\n".join(lines)


def _pattern_of(wanted: Mapping[str, Any]) -> dict[str, Any]:
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


def _requested(journal: Journal, pattern: Mapping[str, Any], times: int | None) -> list[Exchange]:
    """Return the matching exchanges, oldest first.

    Args:
        journal: The journal to search.
        pattern: The properties, from `_pattern_of`.
        times: The expected number; None for one or more.

    Raises:
        AssertionError: If the number differs; lists the matches and the closest others.
    """
    __tracebackhide__ = True
    found = journal.entries(**pattern)
    if len(found) == times or (times is None and found):
        return found
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
    raise AssertionError("\n".join(lines))
