"""Serve a document in-process, send requests to it, and read values back as a client would."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from mock_server.api.context import ReportSummary, RequestContext, context_of
from mock_server.api.examples import example_arguments, request_of
from mock_server.app import build_app
from mock_server.binding.fields import Field, Kind
from mock_server.binding.model import Binding, OperationBinding
from mock_server.binding.units import FORMS
from mock_server.clock import SECOND, Clock, from_rfc3339, read_moment
from mock_server.control.mock import Control
from mock_server.data.fields import FieldValues, stands_for
from mock_server.data.query import ReportQuery
from mock_server.data.site import Site, open_sites
from mock_server.data.zones import local_time
from mock_server.journal.journal import Journal
from mock_server.openapi.document import Document, Operation
from mock_server.settings import Settings
from mock_server.world.domain import Residency

_SETTINGS = Settings(port=0, de_port=0, journal=0, admin=False, remember=0)


@cache
def _sites() -> tuple[Clock, Mapping[Residency, Site]]:
    """Open the sites shared by all checks, which do not change them."""
    clock = Clock(read_moment("2026-01-31T12:00:00Z"), frozen=True)
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
        self,
        operation: Operation,
        arguments: Mapping[str, Any],
        *,
        authorized: bool = True,
        accept: str = "*/*",
    ) -> tuple[httpx.Response, ReportSummary | None]:
        """Send a request; return its response and the report."""
        site = self.site if authorized else None
        token = self.site.demo_token
        target, headers = request_of(self._document, operation, arguments, site=site, token=token)
        return self.follow(target, {**headers, "Accept": accept})

    def follow(
        self, target: str, headers: Mapping[str, str]
    ) -> tuple[httpx.Response, ReportSummary | None]:
        """Send a request to a target or URL; return its response and the report."""
        return asyncio.run(self._send(target, headers)), self._context.summary

    def credentials(self, operation: Operation) -> dict[str, str]:
        """Return the authentication headers of an operation."""
        token = self.site.demo_token
        return request_of(self._document, operation, {}, site=self.site, token=token)[1]

    async def _send(self, target: str, headers: Mapping[str, str]) -> httpx.Response:
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


def says(field: Field, known: Any, value: Any, convert: Callable[[Any], Any]) -> bool:
    """Return whether a client reads the known value from a value.

    Times, counts and texts are read independently of the mock; only other values, which each
    document spells its own way, are compared as converted.
    """
    text, expected = str(value), str(known)
    if field.kind is Kind.MOMENT:
        return _says_moment(known, value)
    if text == expected or (field.kind is Kind.TEXT and stands_for(text, expected)):
        return True
    is_spelled = (
        field.kind is not Kind.COUNT or field is Field.STATUS
    )  # which may be a code of gRPC
    return is_spelled and bool(convert(known) == value)


def _says_moment(known: int, value: Any) -> bool:
    if not isinstance(value, str) or value.lstrip("-").isdigit():
        return int(value) in {known, known // 1_000}
    local = local_time(known)
    text = local.isoformat()
    clocks = {text[11:16], text[11:19], f"{text[11:19]}Z"}
    if value in clocks or value in {f"{local:{form}}" for form in FORMS}:
        return True
    try:
        return from_rfc3339(value) in {known, known // SECOND * SECOND}
    except ValueError:
        return False
