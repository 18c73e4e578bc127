"""The newest exchanges of a mock, requests with their responses, which patterns find."""

import math
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote

from mock_server.api.context import RequestContext
from mock_server.clock import read_moment, ticks, to_rfc3339
from mock_server.inputs.arguments import check, hints_of
from mock_server.redaction import Headers, is_secret, mark, redact_header
from mock_server.world.domain import Residency

TOKEN_STATES = ("active", "revoked", "unknown", "of the other residency", "none", "not checked")


LONGEST_BODY = 16_384
"""Maximum size in bytes of a recorded body, and of a body after decompression."""

_GZIP = 31
"""The `wbits` argument of zlib for gzip."""


@dataclass(slots=True, eq=False)
class Exchange:
    """A request with its response; once recorded, secrets are redacted."""

    residency: Residency
    method: str
    path: str
    """Decoded."""
    time: int
    """Start time by the mock's clock, in epoch milliseconds."""
    began: int
    """Start time in nanoseconds of a monotonic clock."""
    context: RequestContext
    """The state of the request in the mock; do not change it."""
    id: int = 0
    """Counts from 1 in the order in which exchanges end; clearing the journal does not reset it."""
    took: int = 0
    """Nanoseconds from the start until the end of the response was ready."""
    operation: str | None = None
    """The operation id; None if no operation matched."""
    query_string: str = ""
    request_headers: Headers = field(default_factory=list)
    token: str | None = None
    """The fingerprint of the token; None if there was none."""
    is_token_in_target: bool = False
    """Whether the path or the query string contained a secret."""
    status: int | None = None
    """None if the connection ended before the response."""
    response_headers: Headers = field(default_factory=list)
    size: int = 0
    """Size of the whole body in bytes, as sent."""
    sent: bytes = b""
    """The body as sent, possibly truncated."""
    is_complete: bool = False
    """Whether the response was sent completely."""

    @property
    def token_state(self) -> str:
        """One of `TOKEN_STATES`."""
        return self.context.token or ("none" if self.token is None else "not checked")

    @property
    def query(self) -> dict[str, list[str]]:
        """The decoded query string; a list of values per parameter."""
        return parse_qs(self.query_string, keep_blank_values=True)

    @property
    def body(self) -> bytes:
        """The beginning of the response body, decompressed."""
        is_compressed = self.response_header("content-encoding") == "gzip"
        return decompressed(self.sent)[0] if is_compressed else self.sent

    def request_header(self, name: str) -> str | None:
        """Return a request header; repeated headers are joined with commas."""
        return _value(self.request_headers, name)

    def response_header(self, name: str) -> str | None:
        """Return a response header; repeated headers are joined with commas."""
        return _value(self.response_headers, name)

    def __str__(self) -> str:
        """Return one line with the id, the request and the status."""
        query = f"?{self.query_string}" if self.query_string else ""
        status = self.status or "no response"
        return f"#{self.id} {self.method} {quote(self.path, safe='/~')}{query} -> {status}"

    def as_dict(self, *, in_full: bool = True) -> dict[str, Any]:
        """Return JSON values; headers and body only if `in_full`."""
        values: dict[str, Any] = {
            "id": self.id,
            "time": to_rfc3339(self.time),
            "residency": self.residency.value,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "token": self.token,
            "tokenState": self.token_state,
            "status": self.status,
            "size": self.size,
            "milliseconds": round(self.took / 1_000_000, 3),
            "isComplete": self.is_complete,
            "notes": self.context.notes,
        }
        if in_full:
            values["requestHeaders"] = _plain(self.request_headers)
            values["responseHeaders"] = _plain(self.response_headers)
            values["body"] = self.body.decode("utf-8", "replace")
        return values


def decompressed(body: bytes) -> tuple[bytes, bool]:
    """Return the beginning of a decompressed gzip body, and whether it is complete.

    A body that is not valid gzip, for example because of a fault, is returned unchanged.
    """
    unpacking = zlib.decompressobj(_GZIP)
    try:
        return unpacking.decompress(body, LONGEST_BODY), unpacking.eof
    except zlib.error:
        return body, True


def _value(headers: Headers, name: str) -> str | None:
    wanted = name.lower().encode("latin-1", "replace")
    found = [value.decode("latin-1") for key, value in headers if key.lower() == wanted]
    return ", ".join(found) if found else None


def _plain(headers: Headers) -> list[dict[str, str]]:
    return [{"name": k.decode("latin-1"), "value": v.decode("latin-1")} for k, v in headers]


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
        _ = self._range

    @cached_property
    def _range(self) -> tuple[float, float]:
        since, until = (
            read_moment(moment) if isinstance(moment, str) else moment
            for moment in (self.since, self.until)
        )
        return -math.inf if since is None else since, math.inf if until is None else until

    def differences(self, exchange: Exchange) -> Iterator[str]:
        """Yield the ways in which an exchange does not match."""
        status = None if self.status is None else str(self.status).lower().replace("x", "?")
        plain = (
            ("residency", self.residency, exchange.residency.value),
            ("operation", self.operation, exchange.operation),
            ("status", status, str(exchange.status or "")),
            ("method", self.method and self.method.upper(), exchange.method),
            ("path", self.path, exchange.path),
            ("token", self.token, exchange.token_state),
        )
        for name, wanted, actual in plain:
            if wanted is not None:
                yield from _compared(f"the {name}", wanted, [actual] if actual else [])
        if not self._range[0] <= exchange.time < self._range[1]:
            yield f"its time is {to_rfc3339(exchange.time)}"
        given = exchange.query if self.query else {}
        for name, value in self.query.items():
            hidden = mark(value.encode()) if value and is_secret(name.encode()) else value
            yield from _compared(f"the query parameter {name}", hidden, given.get(name, []))
        for name, value in self.headers.items():
            sent = exchange.request_header(name)
            hidden = value and redact_header(name.encode(), value.encode()).decode("latin-1")
            yield from _compared(f"the header {name}", hidden, [] if sent is None else [sent])


def _compared(label: str, wanted: str | None, actual: list[str]) -> Iterator[str]:
    if wanted is None and actual:
        yield f"{label} is there: {actual[0]!r}"
    elif wanted is not None and not actual:
        yield f"{label} is missing; {wanted!r} is wanted"
    elif wanted is not None and not any(
        wanted == value or fnmatchcase(value, wanted) for value in actual
    ):
        yield f"{label} is {', '.join(actual)!r}, not {wanted!r}"


class NearMiss(NamedTuple):
    """An exchange that almost matches."""

    exchange: Exchange
    differences: tuple[str, ...]

    def __str__(self) -> str:
        """Return one line for the exchange, followed by its differences."""
        return "\n  - ".join([str(self.exchange), *self.differences])


class Journal:
    """The recorded exchanges, newest last; beyond `most`, the oldest are dropped.

    An exchange is recorded before its client has received the whole response. Thread-safe.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._exchanges: deque[Exchange] = deque(maxlen=most)
        self._ids = count(1)
        self._cleared = 0

    def entries(self, **wanted: Any) -> list[Exchange]:
        """Return the exchanges that match the fields of a `Pattern`, newest last.

        Raises:
            SettingsError: If a time is invalid.
        """
        pattern = Pattern(**wanted)
        return [each for each in self._exchanges.copy() if not any(pattern.differences(each))]

    find = entries
    """An alias, for `find(query={"limit": "10"})`."""

    def count(self, **wanted: Any) -> int:
        """Return the number of matching exchanges."""
        return len(self.entries(**wanted))

    def near_misses(self, *, most: int = 3, **wanted: Any) -> list[NearMiss]:
        """Return the exchanges with the fewest differences from a pattern, newest first.

        Those of the pattern's operation come first.
        """
        pattern = Pattern(**wanted)

        def rank(miss: NearMiss) -> tuple[bool, int]:
            is_other = pattern.operation not in {None, miss.exchange.operation}
            return is_other, len(miss.differences)

        newest_first = reversed(self._exchanges.copy())
        misses = (NearMiss(each, tuple(pattern.differences(each))) for each in newest_first)
        return sorted(misses, key=rank)[:most]

    def get(self, number: int) -> Exchange | None:
        """Return the exchange with an id, or None if it was dropped."""
        return next((each for each in self._exchanges.copy() if each.id == number), None)

    def clear(self) -> None:
        """Drop all exchanges, including those in progress; ids continue."""
        self._cleared = ticks()
        self._exchanges.clear()

    def record(self, exchange: Exchange) -> None:
        """Record an exchange under a new id, unless the journal was cleared since its start."""
        exchange.id = exchange.id or next(self._ids)
        if exchange.began >= self._cleared:
            self._exchanges.append(exchange)
