"""Which exchanges are meant, and, where there are none, which come nearest and why they are not."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple, TypedDict

from mock_server.clock import read_moment, to_rfc3339
from mock_server.journal.concealing import conceal_header, is_secret, mark
from mock_server.journal.exchanges import Exchange


class Wanted(TypedDict, total=False):
    """What exchanges can be told by; all that is given must hold."""

    residency: str
    operation: str
    """An operation id."""
    status: int | str
    """A status, or a class of them such as `4xx`."""
    method: str
    path: str
    """Decoded."""
    token: str
    """`active`, `revoked`, `unknown`, `of the other residency`, `none`, `not looked at`."""
    since: int | str
    """The first moment that belongs to it: epoch milliseconds, or RFC 3339."""
    until: int | str
    """The first moment that does not."""
    query: Mapping[str, str | None]
    """Parameters with their values; None for one that must not be there."""
    headers: Mapping[str, str | None]
    """Of the request, likewise."""


class Difference(NamedTuple):
    """One thing that keeps an exchange from matching."""

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

    def as_dict(self) -> dict[str, object]:
        """Give it as values that JSON has."""
        return {
            "exchange": self.exchange.as_dict(in_full=False),
            "differences": list(self.differences),
        }


@dataclass(frozen=True)
class Pattern:
    """What exchanges are to be like.

    In texts `*` stands for any characters; case matters only in paths and values. Secrets are
    compared by what stands for them, so `headers={"Authorization": "Bearer …"}` works.

    Raises:
        SettingsError: If `since` or `until` is no moment.
    """

    wanted: Wanted
    since: int | None = field(init=False)
    until: int | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", _moment(self.wanted.get("since")))
        object.__setattr__(self, "until", _moment(self.wanted.get("until")))

    def matches(self, exchange: Exchange) -> bool:
        """Say whether an exchange is meant."""
        return next(self.differences(exchange), None) is None

    def differences(self, exchange: Exchange) -> Iterator[Difference]:
        """Say what keeps an exchange from being meant; nothing if it is."""
        for name, shown in _PLAIN.items():
            wanted = self.wanted.get(name)
            if wanted is not None:
                yield from _compared(f"the {name}", _folded(name, wanted), shown(exchange))
        if self.since is not None and exchange.time < self.since:
            yield _off(f"it was at {to_rfc3339(exchange.time)}, before {to_rfc3339(self.since)}")
        if self.until is not None and exchange.time >= self.until:
            yield _off(
                f"it was at {to_rfc3339(exchange.time)}, not before {to_rfc3339(self.until)}"
            )
        given = exchange.query
        for name, value in self.wanted.get("query", {}).items():
            hidden = mark(value.encode()) if value and is_secret(name.encode()) else value
            yield from _among(f"the query parameter {name}", hidden, given.get(name, []))
        for name, value in self.wanted.get("headers", {}).items():
            sent = exchange.request_header(name)
            hidden = value and conceal_header(name.encode(), value.encode()).decode("latin-1")
            yield from _among(f"the header {name}", hidden, [] if sent is None else [sent])


def near_misses(exchanges: Iterable[Exchange], pattern: Pattern, most: int) -> list[NearMiss]:
    """Give the exchanges with the fewest and smallest differences, nearest first, then newest."""
    ranked = []
    for exchange in exchanges:
        found = tuple(pattern.differences(exchange))
        ranked.append((sum(one.weight for one in found), -exchange.id, exchange, found))
    ranked.sort(key=lambda one: one[:2])
    return [
        NearMiss(exchange, tuple(one.sentence for one in found))
        for _, _, exchange, found in ranked[:most]
    ]


_PLAIN: dict[str, Callable[[Exchange], str]] = {
    "residency": lambda one: one.residency.value,
    "operation": lambda one: one.operation or "",
    "status": lambda one: str(one.status or ""),
    "method": lambda one: one.method,
    "path": lambda one: one.path,
    "token": lambda one: one.token_state,
}


def _moment(given: int | str | None) -> int | None:
    return read_moment(given) if isinstance(given, str) else given


def _folded(name: str, wanted: object) -> str:
    text = str(wanted)
    if name == "status":
        return text.lower().replace("x", "?")
    return text.upper() if name == "method" else text


def _among(label: str, wanted: str | None, actual: list[str]) -> Iterator[Difference]:
    if wanted is None and actual:
        yield _off(f"{label} is there: {actual[0]!r}")
    elif wanted is not None and not actual:
        yield _off(f"{label} is missing; {wanted!r} is wanted")
    elif wanted is not None and not any(_is_like(wanted, one) for one in actual):
        yield from _compared(label, wanted, ", ".join(actual))


def _compared(label: str, wanted: str, actual: str) -> Iterator[Difference]:
    if not _is_like(wanted, actual):
        likeness = difflib.SequenceMatcher(None, wanted, actual).ratio()
        sentence = f"{label} is {actual!r}, not {wanted!r}" if actual else f"{label} is not known"
        yield Difference(sentence, 2 - likeness)


def _is_like(wanted: str, actual: str) -> bool:
    return wanted == actual or fnmatchcase(actual, wanted)


def _off(sentence: str) -> Difference:
    return Difference(sentence, 2)
