"""Find the exchanges that match a pattern, or explain why the closest ones do not."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from mock_server.clock import read_moment, to_rfc3339
from mock_server.inputs.arguments import check, hints_of
from mock_server.journal.exchange import Exchange
from mock_server.redaction import is_secret, mark, redact_header

TOKEN_STATES = ("active", "revoked", "unknown", "of the other residency", "none", "not checked")

_MOST_RANKED = 50
_LONGEST_COMPARED = 200


class Difference(NamedTuple):
    """One way in which an exchange does not match."""

    sentence: str
    wanted: str = ""
    actual: str = ""

    @property
    def weight(self) -> float:
        """From 1 for nearly equal texts to 2."""
        texts = (self.wanted[:_LONGEST_COMPARED], self.actual[:_LONGEST_COMPARED])
        return 2 - difflib.SequenceMatcher(None, *texts).ratio() if all(texts) else 2


@dataclass(frozen=True)
class NearMiss:
    """An exchange that almost matches."""

    exchange: Exchange
    differences: tuple[str, ...]

    def __str__(self) -> str:
        """Return one line for the exchange, followed by its differences."""
        return "\n  - ".join([str(self.exchange), *self.differences])


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A pattern for exchanges; all given fields must match.

    `*` in a text matches any characters. Secrets are compared by fingerprint, so that
    `headers={"Authorization": "Bearer …"}` works.

    Raises:
        UsageError: If a value has the wrong type.
        SettingsError: If `since` or `until` is not a valid time.
    """

    residency: str | None = None
    operation: str | None = None
    """An operation id."""
    status: int | str | None = None
    """A status, or a class of statuses such as `4xx`."""
    method: str | None = None
    path: str | None = None
    """Decoded."""
    token: str | None = None
    """One of `TOKEN_STATES`."""
    since: int | str | None = None
    """Inclusive; epoch milliseconds or RFC 3339."""
    until: int | str | None = None
    """Exclusive."""
    query: Mapping[str, str | None] = field(default_factory=dict)
    """Query parameters and their values; None means absent."""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Request headers, likewise."""

    def __post_init__(self) -> None:
        for name, hint in hints_of(Pattern).items():
            check(name, getattr(self, name), hint)
        self._range()

    def differences(self, exchange: Exchange) -> Iterator[Difference]:
        """Yield the ways in which an exchange does not match."""
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
            yield Difference(f"its time is {to_rfc3339(exchange.time)}")
        given = exchange.query if self.query else {}
        for name, value in self.query.items():
            hidden = mark(value.encode()) if value and is_secret(name.encode()) else value
            yield from _compared(f"the query parameter {name}", hidden, given.get(name, []))
        for name, value in self.headers.items():
            sent = exchange.request_header(name)
            hidden = value and redact_header(name.encode(), value.encode()).decode("latin-1")
            yield from _compared(f"the header {name}", hidden, [] if sent is None else [sent])

    def _range(self) -> tuple[float, float]:
        since, until = (
            read_moment(moment) if isinstance(moment, str) else moment
            for moment in (self.since, self.until)
        )
        return (
            float("-inf") if since is None else since,
            float("inf") if until is None else until,
        )


def near_misses(exchanges: Iterable[Exchange], pattern: Pattern, most: int) -> list[NearMiss]:
    """Return the exchanges with the fewest and smallest differences, closest first, then newest.

    Those of the pattern's operation come first.
    """

    def rank(pair: tuple[Exchange, tuple[Difference, ...]]) -> tuple[bool, int, int]:
        one, found = pair
        return pattern.operation not in {None, one.operation}, len(found), -one.id

    ranked = sorted(
        ((exchange, tuple(pattern.differences(exchange))) for exchange in exchanges), key=rank
    )
    nearest = ranked[:_MOST_RANKED]  # comparing all texts would take seconds
    nearest.sort(key=lambda pair: (*rank(pair)[:2], sum(each.weight for each in pair[1])))
    return [
        NearMiss(exchange, tuple(each.sentence for each in found))
        for exchange, found in nearest[:most]
    ]


def _digits(status: int | str | None) -> str | None:
    return None if status is None else str(status).lower().replace("x", "?")


def _compared(label: str, wanted: str | None, actual: list[str]) -> Iterator[Difference]:
    if wanted is None and actual:
        yield Difference(f"{label} is there: {actual[0]!r}")
    elif wanted is not None and not actual:
        yield Difference(f"{label} is missing; {wanted!r} is wanted")
    elif wanted is not None and not any(_is_like(wanted, value) for value in actual):
        sent = ", ".join(actual)
        yield Difference(f"{label} is {sent!r}, not {wanted!r}", wanted, sent)


def _is_like(wanted: str, actual: str) -> bool:
    return wanted == actual or fnmatchcase(actual, wanted)
