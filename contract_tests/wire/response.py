"""Responses for the suite, and their redacted exchanges for reports."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import requests
from urllib3 import HTTPHeaderDict

from contract_tests.model import Exchange
from contract_tests.wire.redaction import ALTERATIONS, TOKEN, Redactor
from contract_tests.wire.transports import pairs_of

if TYPE_CHECKING:
    from mock_server import Operation


_FILLED_IN = re.compile(
    f"({'|'.join(map(re.escape, sorted((TOKEN, *ALTERATIONS), key=len, reverse=True)))})"
)


@dataclass(frozen=True, eq=False)
class Response:
    """The response to one request, unredacted; output must use `exchange` or `curl`."""

    raw: requests.Response = field(repr=False)
    operation: "Operation | None"
    """The requested operation; None if the document has no such method and path."""
    path_values: Mapping[str, str]
    """The decoded path parameters, by name."""
    redactor: Redactor = field(repr=False)
    at: str = ""
    """When the request was sent: RFC 3339, UTC, with milliseconds."""
    milliseconds: float = 0.0
    """Time from the first byte sent to the last byte read."""
    token: str = field(default="", repr=False)
    """The valid token at the time of the request."""
    twin: "Response | None" = field(default=None, repr=False)
    """An earlier response with an equal body, whose parsed body is reused."""
    readings: dict[str, Any] = field(default_factory=dict, repr=False)
    """Cached readings, by operation id."""

    @cached_property
    def exchange(self) -> Exchange:
        """The redacted exchange."""
        request, shown = self.raw.request, self.redactor
        return Exchange(
            method=self.method,
            url=shown.text(str(request.url)),
            request_headers=shown.headers(pairs_of(request.headers)),
            at=self.at,
            milliseconds=self.milliseconds,
            status=self.status,
            response_headers=shown.headers(pairs_of(self.raw.raw.headers)),
            body=shown.body(self.raw.content),
        )

    @property
    def method(self) -> str:
        """The method of the request."""
        return str(self.raw.request.method)

    @property
    def status(self) -> int:
        """The status code."""
        return int(self.raw.status_code)

    @cached_property
    def headers(self) -> HTTPHeaderDict:
        """The headers; case-insensitive, and `getlist` returns repeated ones."""
        return HTTPHeaderDict(self.raw.raw.headers)

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def body(self) -> bytes:
        """The body, decompressed."""
        return self.raw.content

    @property
    def text(self) -> str:
        """The body, decoded as UTF-8 with replacement characters."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Parse the body as strict JSON, or raise `ValueError`; cached, so do not change it."""
        return self._json

    @cached_property
    def _json(self) -> Any:
        return self.twin.json() if self.twin else parsed(self.body.decode("utf-8"))

    @cached_property
    def paths(self) -> Counter[str]:
        """The number of occurrences of each property in a JSON body, such as `/results/*/userId`."""
        if self.twin:
            return self.twin.paths
        try:
            found: Counter[str] = Counter()
            _count([self.json()], "", found)
        except ValueError:
            return Counter()
        return found

    @property
    def curl(self) -> str:
        """A curl command that repeats the request, with `$VIEWTRACKER_TOKEN` as the token."""
        known = {"GET": ["-i"], "HEAD": ["-I"]}
        words = ["curl", *known.get(self.method, ["-i", "-X", shlex.quote(self.method)])]
        for name, value in self.exchange.request_headers:
            if name.lower() not in {"host", "user-agent", "accept-encoding", "connection"}:
                words += ["-H", _quoted(f"{name}: {value}")]
        return " ".join([*words, _quoted(self.exchange.url)])


def parsed(text: str, **how: Any) -> Any:
    """Parse JSON with `json.loads`; `ValueError` also for NaN, Infinity and too deep nesting."""
    try:
        return json.loads(text, parse_constant=_refuse, **how)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _count(values: Iterable[Any], path: str, found: Counter[str]) -> None:
    objects = [value for value in values if isinstance(value, dict)]
    for name, times in Counter(chain.from_iterable(objects)).items():
        found[f"{path}/{name}"] += times
        inner = [value[name] for value in objects if isinstance(value.get(name), dict | list)]
        if inner:
            _count(inner, f"{path}/{name}", found)
    if items := [item for value in values if isinstance(value, list) for item in value]:
        _count(items, f"{path}/*", found)


def _quoted(word: str) -> str:
    """Quote a word for a shell, except for the token's variable and expressions derived from it."""
    quoted = ""
    for part in filter(None, _FILLED_IN.split(word)):
        if part == TOKEN or part in ALTERATIONS:
            quoted += f'"{part}"'
        elif part.isprintable():
            quoted += shlex.quote(part)
        else:  # with tabs and the like as escapes, which can be copied
            quoted += "$'" + part.encode("unicode_escape").decode().replace("'", r"\'") + "'"
    return quoted


def _refuse(word: str) -> None:
    raise ValueError(f"it contains {word}")
