"""A response as the suite reads it, and the exchange that reports show of it."""

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
from contract_tests.wire.carriers import pairs_of
from contract_tests.wire.redaction import ALTERATIONS, TOKEN, Redactor

if TYPE_CHECKING:
    from mock_server import Operation


_FILLED_IN = re.compile(
    f"({'|'.join(map(re.escape, sorted((TOKEN, *ALTERATIONS), key=len, reverse=True)))})"
)


@dataclass(frozen=True, eq=False)
class Response:
    """What came back for one request, unredacted: for judging, never for telling."""

    raw: requests.Response = field(repr=False)
    operation: "Operation | None"
    """What of the document was asked; None if the document has no such method and path."""
    path_values: Mapping[str, str]
    """The values of the path's parameters, decoded, by name."""
    redactor: Redactor = field(repr=False)
    at: str = ""
    """When the request was sent, RFC 3339, UTC, to the millisecond."""
    milliseconds: float = 0.0
    """From the first byte sent to the last byte read."""
    token: str = field(default="", repr=False)
    """The token that was good when it was asked for."""
    twin: "Response | None" = field(default=None, repr=False)
    """An earlier response with an equal body, which is read once for all of them."""
    readings: dict[str, Any] = field(default_factory=dict, repr=False)
    """What it was read as, by operations."""

    @cached_property
    def exchange(self) -> Exchange:
        """The same, redacted."""
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
        """The headers: any case, `getlist` gives each of several with one name."""
        return HTTPHeaderDict(self.raw.raw.headers)

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; empty if there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def body(self) -> bytes:
        """The body, decompressed."""
        return self.raw.content

    @property
    def text(self) -> str:
        """The body as UTF-8; what is none is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Read the body as JSON (RFC 8259), which has neither NaN nor Infinity; once, so change nothing.

        Raises:
            ValueError: If it is none.
        """
        return self._json

    @cached_property
    def _json(self) -> Any:
        return self.twin.json() if self.twin else parsed(self.body.decode("utf-8"))

    @cached_property
    def paths(self) -> Counter[str]:
        """The properties of a JSON body, such as `/results/*/userId`, and how often each is there."""
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
        """A line that repeats the request, with `$VIEWTRACKER_TOKEN` in place of the token."""
        words = ["curl", "-i"]
        if self.method == "HEAD":
            words = ["curl", "-I"]
        elif self.method != "GET":
            words += ["-X", shlex.quote(self.method)]
        for name, value in self.exchange.request_headers:
            if name.lower() not in {"host", "user-agent", "accept-encoding", "connection"}:
                words += ["-H", _quoted(f"{name}: {value}")]
        return " ".join([*words, _quoted(self.exchange.url)])


def parsed(text: str, **how: Any) -> Any:
    """Read JSON, which has neither NaN nor Infinity; `how` goes to `json.loads`.

    Raises:
        ValueError: If it is none, or nested too deeply to be read.
    """
    try:
        return json.loads(text, parse_constant=_refuse, **how)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _count(values: Iterable[Any], path: str, found: Counter[str]) -> None:
    """Count the properties of values that stand at the same place."""
    objects = [value for value in values if isinstance(value, dict)]
    for name, times in Counter(chain.from_iterable(objects)).items():
        found[f"{path}/{name}"] += times
        inner = [value[name] for value in objects if isinstance(value.get(name), dict | list)]
        if inner:
            _count(inner, f"{path}/{name}", found)
    if items := [item for value in values if isinstance(value, list) for item in value]:
        _count(items, f"{path}/*", found)


def _quoted(word: str) -> str:
    """Quote a word for a shell so that the token's variable, and what is made of it, is filled in."""
    parts = [
        f'"{part}"' if part == TOKEN or part in ALTERATIONS else shlex.quote(part)
        for part in _FILLED_IN.split(word)
        if part
    ]
    return "".join(parts)


def _refuse(word: str) -> None:
    raise ValueError(f"it has {word}")
