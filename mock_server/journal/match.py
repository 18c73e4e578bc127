"""Which exchanges are meant, and, where there are none, which come nearest and why they are not."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from mock_server.clock import read_moment, to_rfc3339
from mock_server.journal.exchange import Exchange
from mock_server.journal.redaction import conceal_header, is_secret, mark

TOKEN_STATES = ("active", "revoked", "unknown", "of the other residency", "none", "not looked at")
"""What can be told of the token of a request."""


class Difference(NamedTuple):
    """One thing that keeps an exchange from being meant."""

    sentence: str
    weight: float
    """From 1, for nearly the same, to 2."""


@dataclass(frozen=True)
class NearMiss:
    """An exchange that nearly is what was looked for."""

    exchange: Exchange
    differences: tuple[str, ...]

    def __str__(self) -> str:
        """Write it as a line with its differences below."""
        return "\n  - ".join([str(self.exchange), *self.differences])


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What exchanges can be told by; all that is given must hold.

    In texts `*` stands for any characters. Secrets are compared by what stands for them, so that
    `headers={"Authorization": "Bearer …"}` works.

    Raises:
        SettingsError: If `since` or `until` is no moment.
    """

    residency: str | None = None
    operation: str | None = None
    """An operation id."""
    status: int | str | None = None
    """A status, or a class of them such as `4xx`."""
    method: str | None = None
    path: str | None = None
    """Decoded."""
    token: str | None = None
    """One of `TOKEN_STATES`."""
    since: int | str | None = None
    """The first moment that belongs to it: epoch milliseconds, or RFC 3339."""
    until: int | str | None = None
    """The first moment that does not."""
    query: Mapping[str, str | None] = field(default_factory=dict)
    """Parameters with their values; None for one that must not be there."""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Of the request, likewise."""

    def __post_init__(self) -> None:
        self._range()

    def differences(self, exchange: Exchange) -> Iterator[Difference]:
        """Say what keeps an exchange from being meant; nothing if it is."""
        plain = (
            ("residency", self.residency, exchange.residency.value),
            ("operation", self.operation, exchange.operation),
            ("status", _digits(self.status), str(exchange.status or "")),
            ("method", self.method and self.method.upper(), exchange.method),
            ("path", self.path, exchange.path),
            ("token", self.token, exchange.token_state),
        )
        for name, wanted, actual in plain:
            if wanted is not None:
                yield from _compared(f"the {name}", wanted, [actual] if actual else [])
        since, until = self._range()
        if not since <= exchange.time < until:
            yield Difference(f"its time is {to_rfc3339(exchange.time)}", 2)
        given = exchange.query
        for name, value in self.query.items():
            hidden = mark(value.encode()) if value and is_secret(name.encode()) else value
            yield from _compared(f"the query parameter {name}", hidden, given.get(name, []))
        for name, value in self.headers.items():
            sent = exchange.request_header(name)
            hidden = value and conceal_header(name.encode(), value.encode()).decode("latin-1")
            yield from _compared(f"the header {name}", hidden, [] if sent is None else [sent])

    def _range(self) -> tuple[float, float]:
        since, until = (
            read_moment(one) if isinstance(one, str) else one for one in (self.since, self.until)
        )
        return (
            float("-inf") if since is None else since,
            float("inf") if until is None else until,
        )


def near_misses(exchanges: Iterable[Exchange], pattern: Pattern, most: int) -> list[NearMiss]:
    """Give the exchanges with the fewest and smallest differences, nearest first, then newest.

    Where an operation is wanted, those of this operation come first.
    """
    ranked = [(one, tuple(pattern.differences(one))) for one in exchanges]
    ranked.sort(
        key=lambda pair: (
            pattern.operation not in {None, pair[0].operation},
            sum(one.weight for one in pair[1]),
            -pair[0].id,
        )
    )
    return [NearMiss(one, tuple(each.sentence for each in found)) for one, found in ranked[:most]]


def _digits(status: int | str | None) -> str | None:
    return None if status is None else str(status).lower().replace("x", "?")


def _compared(label: str, wanted: str | None, actual: list[str]) -> Iterator[Difference]:
    if wanted is None and actual:
        yield Difference(f"{label} is there: {actual[0]!r}", 2)
    elif wanted is not None and not actual:
        yield Difference(f"{label} is missing; {wanted!r} is wanted", 2)
    elif wanted is not None and not any(_is_like(wanted, one) for one in actual):
        told = ", ".join(actual)
        likeness = difflib.SequenceMatcher(None, wanted, told).ratio()
        yield Difference(f"{label} is {told!r}, not {wanted!r}", 2 - likeness)


def _is_like(wanted: str, actual: str) -> bool:
    return wanted == actual or fnmatchcase(actual, wanted)
