"""A recorded request with its response."""

import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from mock_server.api.context import RequestContext
from mock_server.clock import to_rfc3339
from mock_server.redaction import Headers
from mock_server.world.domain import Residency

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
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query_string, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found

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
