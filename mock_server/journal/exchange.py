"""A recorded request with its response."""

import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from mock_server.api.context import RequestContext
from mock_server.clock import to_rfc3339
from mock_server.redaction import Headers
from mock_server.world.domain import Residency

LONGEST_BODY = 16_384
"""Bytes of a body that are recorded, and that are shown after decompression."""

_GZIP = 31
"""zlib's code for the gzip format."""


@dataclass(slots=True, eq=False)
class Exchange:
    """A request with its response; no secret is in it."""

    id: int
    """Counts up from 1 as exchanges end, and goes on after the journal was cleared."""
    residency: Residency
    time: int
    """When it began by the mock's Clock, in epoch milliseconds."""
    began: int
    """When it began, in nanoseconds of a monotonic clock."""
    took: int
    """Nanoseconds until the end of the response was ready."""
    operation: str | None
    """Its id; None if no operation matches the request."""
    method: str
    path: str
    """Decoded."""
    query_string: str
    request_headers: Headers
    token: str | None
    """The fingerprint of the token that was sent; None for none."""
    is_token_in_target: bool
    """Whether the path or the query held a secret."""
    status: int | None
    """None if the connection ended before there was a response."""
    response_headers: Headers
    size: int
    """Bytes of the whole body, as it was sent."""
    sent: bytes
    """The body as it was sent, up to a bound."""
    is_complete: bool
    """Whether the response was sent to its end."""
    context: RequestContext
    """How the mock processed the request; do not change it."""

    @property
    def token_state(self) -> str:
        """One of `TOKEN_STATES`."""
        return self.context.token or ("none" if self.token is None else "not looked at")

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, decoded; a parameter that was repeated has several values."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query_string, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found

    @property
    def body(self) -> bytes:
        """The beginning of the response's body, decompressed."""
        is_compressed = self.response_header("content-encoding") == "gzip"
        return decompressed(self.sent)[0] if is_compressed else self.sent

    def request_header(self, name: str) -> str | None:
        """Return a header of the request; several of one name are joined with commas."""
        return _value(self.request_headers, name)

    def response_header(self, name: str) -> str | None:
        """Return a header of the response; several of one name are joined with commas."""
        return _value(self.response_headers, name)

    def __str__(self) -> str:
        """Write it as one line: its id, the request, and the status."""
        query = f"?{self.query_string}" if self.query_string else ""
        status = self.status or "no response"
        return f"#{self.id} {self.method} {quote(self.path, safe='/~')}{query} -> {status}"

    def as_dict(self, *, in_full: bool = True) -> dict[str, Any]:
        """Return it ready for JSON; headers and body only `in_full`."""
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
    """Return the beginning of what was compressed by gzip, and whether that is all of it.

    A fault may have broken it, or named gzip where there is none; it is returned as it is then.
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
