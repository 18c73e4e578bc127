"""Serve a document in-process to examine how requests are handled."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from mock_server.api.context import ReportSummary, RequestContext, context_of
from mock_server.api.convert import converter
from mock_server.api.examples import example_arguments, request_of
from mock_server.app import build_app
from mock_server.binding.fields import Field, Kind
from mock_server.binding.lexicon import choices
from mock_server.binding.model import Binding, OperationBinding
from mock_server.clock import Clock, from_rfc3339, read_moment
from mock_server.control.mock import Control
from mock_server.data.fields import FieldValues, stands_for
from mock_server.data.query import ReportQuery
from mock_server.data.site import Site, open_sites
from mock_server.data.zones import local_time
from mock_server.journal.journal import Journal
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.schemas import Shape
from mock_server.settings import Settings
from mock_server.world.domain import Residency

NOW = "2026-01-31T12:00:00Z"


_SETTINGS = Settings(port=0, de_port=0, journal=0, admin=False, remember=0)


@cache
def _sites() -> tuple[Clock, Mapping[Residency, Site]]:
    """Open the sites shared by all checks, which do not change them."""
    clock = Clock(read_moment(NOW), frozen=True)
    return clock, open_sites(_SETTINGS, clock)


class Probe:
    """Send requests to a document served in-process."""

    def __init__(self, document: Document, binding: Binding) -> None:
        clock, sites = _sites()
        self._document = document
        self.site = sites[Residency.US]
        self._app = build_app(Control(_SETTINGS, clock, sites, document, binding, Journal(0)))
        self._context = RequestContext()

    def arguments(self, operation: Operation, bound: OperationBinding | None) -> dict[str, Any]:
        """Return a value for each required parameter."""
        return example_arguments(self._document, operation, bound, self.site)

    def get(
        self, operation: Operation, arguments: Mapping[str, Any], *, authorized: bool = True
    ) -> tuple[httpx.Response, ReportSummary | None]:
        """Send a request; return its response and the report."""
        target, headers = request_of(
            self._document, operation, arguments,
            site=self.site if authorized else None, token=self.site.demo_token,
        )  # fmt: skip
        return self.follow(target, headers)

    def follow(
        self, target: str, headers: Mapping[str, str]
    ) -> tuple[httpx.Response, ReportSummary | None]:
        """Send a request to a target or URL; return its response and the report."""
        response = asyncio.run(self.send(target, headers))
        return response, self._context.summary

    def credentials(self, operation: Operation) -> dict[str, str]:
        """Return the authentication headers of an operation."""
        return request_of(self._document, operation, {}, site=self.site,
                          token=self.site.demo_token)[1]  # fmt: skip

    async def send(
        self, target: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> httpx.Response:
        """Send a request, and record its context."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {}  # copies of the scope share it
            await self._app(scope, receive, send)
            self._context = context_of(scope)

        transport = httpx.ASGITransport(watched, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://us.localhost") as client:
            return await client.get(target, headers=dict(headers))

    def rows(self, query: ReportQuery) -> list[FieldValues]:
        """Return the values of the rows of a query."""
        return list(self.site.report(query, sums=()).rows)


def value_at(body: Any, path: str) -> Any:
    """Return the value at a path such as `/user/id` of a body; None if missing."""
    for name in filter(None, path.split("/")):
        if name == "*":
            several = [*body.values()] if isinstance(body, Mapping) else body or [None]
            body = several[0] if isinstance(several, list) and several else None
        else:
            body = body.get(name) if isinstance(body, Mapping) else None
    return body


def says(field: Field, known: Any, value: Any, shape: Shape) -> bool:
    """Return whether a value, parsed as a client would, equals the expected one."""
    text, expected = str(value), str(known)
    if field.kind is Kind.MOMENT:
        return _says_moment(int(known), known, value)
    if field.kind is Kind.FLAG:
        meant = choices(field, [value]) if isinstance(value, str) else {}
        return value is bool(known) or expected.lower() in meant
    if field.kind is Kind.CHOICE:
        return text == expected or expected in choices(field, [value])
    if field is Field.ROW_ID:
        return bool(text)
    if field is Field.ERROR_CODE:
        return text in {expected, HTTPStatus(known).name} or expected in choices(field, [value])
    if field.kind is Kind.TEXT and stands_for(text, expected):
        return True
    if field.kind is Kind.ID and "-" in text:
        return text.replace("-", "") == f"{int(known):032x}"
    return text == expected or (
        len(text) == shape.schema.get("maxLength") and expected.startswith(text)
    )


def _bounds(shape: Shape) -> tuple[Any, Any]:
    return shape.schema.get("minimum"), shape.schema.get("maximum")


def _says_moment(moment: int, known: Any, value: Any) -> bool:
    if not isinstance(value, str) or value.lstrip("-").isdigit():
        return int(value) in {moment, moment // 1_000}
    local = local_time(known).isoformat()
    written = {local[:7], local[:10], local[11:19], local[11:16], f"{local_time(known):%G-W%V}"}
    return value in written or _is_moment(value, moment)


def _is_moment(value: str, moment: int) -> bool:
    try:
        return from_rfc3339(value) == moment
    except ValueError:
        return value.endswith("Z") and value[:-1] == local_time(moment).isoformat()[11:19]


@dataclass
class Reading:
    """The number of correct and of wrong values."""

    right: int = 0
    narrow: int = 0
    """Values that the schema does not allow."""
    wrong: int = 0
    example: str = ""


_CONVERTED = frozenset({Field.CONTENT_URL, Field.ACCOUNT, Field.ACCOUNT_NAME, Field.IS_SUCCESSFUL})
"""Fields that some documents want in another spelling."""


def read_back(
    field: Field,
    name: str,
    expected: Sequence[Mapping[Any, Any]],
    values: Sequence[Any],
    shape: Shape,
    is_allowed: Callable[[Any], bool],
) -> Reading:
    """Compare values with the expected ones.

    Args:
        field: The field of the values.
        name: The name of the property.
        expected: The expected values.
        values: The values in the body.
        shape: The shape of the property.
        is_allowed: Return whether the schema allows a value.
    """
    found = Reading()
    convert = converter(field, shape, name)
    for row, value in zip(expected, values, strict=False):
        known = row.get(field)
        if known is None or value is None:
            continue
        is_converted = field.kind in {Kind.RATIO, Kind.CHOICE} or field in _CONVERTED
        if says(field, known, value, shape) or (is_converted and convert(known) == value):
            found.right += 1
            found.example = found.example or f"{value!r}"[:80]
            continue
        if not (found.narrow or found.wrong):
            found.example = f"{known!r} as {value!r}"[:80]
        written = convert(known)
        is_bounded = field.kind is Kind.COUNT and value in _bounds(shape)
        could = written is not None and not is_bounded and is_allowed(written)
        found.wrong += could
        found.narrow += not could
    return found
