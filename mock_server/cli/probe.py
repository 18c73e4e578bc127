"""A document served in this process, to see what becomes of requests to it."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from mock_server.api.context import ReportSummary, RequestContext, context_of
from mock_server.api.docs import example_arguments, request_of
from mock_server.app import build_app
from mock_server.binding.fields import Binding, Field, OperationBinding
from mock_server.binding.lexicon import choices
from mock_server.clock import Clock, read_moment, to_rfc3339
from mock_server.control.mock import Control
from mock_server.data.fields import FieldValues, number_of, uuid_of
from mock_server.data.site import Site, open_sites
from mock_server.data.zones import LocalMoment
from mock_server.journal.journal import Journal
from mock_server.openapi.document import Document, Operation
from mock_server.settings import Settings
from mock_server.world.domain import Residency

NOW = "2026-01-31T12:00:00Z"


_SETTINGS = Settings(port=0, de_port=0, journal=0, admin=False, remember=0)


@cache
def _sites() -> tuple[Clock, Mapping[Residency, Site]]:
    """Open the sites that all documents are served for: nothing is changed in them."""
    clock = Clock(read_moment(NOW), frozen=True)
    return clock, open_sites(_SETTINGS, clock)


class Probe:
    """Sends requests to a document that is served without a socket."""

    def __init__(self, document: Document, binding: Binding) -> None:
        clock, sites = _sites()
        self._document = document
        self.site = sites[Residency.US]
        self._app = build_app(Control(_SETTINGS, clock, sites, document, binding, Journal(0)))
        self._trace = RequestContext()

    def arguments(self, operation: Operation, bound: OperationBinding | None) -> dict[str, Any]:
        """Return a value for each required parameter."""
        return example_arguments(self._document, operation, bound, self.site)

    def get(
        self, operation: Operation, arguments: Mapping[str, Any], *, authorized: bool = True
    ) -> tuple[httpx.Response, ReportSummary | None]:
        """Send a request, and return its response with the report in it."""
        target, headers = request_of(
            self._document, operation, arguments,
            site=self.site if authorized else None,
        )  # fmt: skip
        response = asyncio.run(self.send(target, headers))
        return response, self._trace.summary

    async def send(
        self, target: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> httpx.Response:
        """Send a request, and keep what the mock understood of it."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {}  # shared by all copies of the scope
            await self._app(scope, receive, send)
            self._trace = context_of(scope)

        transport = httpx.ASGITransport(watched, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://us.localhost") as client:
            return await client.get(target, headers=dict(headers))

    def rows(self, summary: ReportSummary) -> list[FieldValues]:
        """Return what is known of the rows of a report."""
        return list(self.site.report(summary.query).rows)


def value_at(body: Any, path: str) -> Any:
    """Return what lies at a path such as `/user/id` of a body; None if there is nothing."""
    for name in filter(None, path.split("/")):
        if name == "*":
            body = body[0] if isinstance(body, list) and body else None
        else:
            body = body.get(name) if isinstance(body, Mapping) else None
    return body


def says(field: Field, fact: Any, value: Any) -> bool:
    """Read a value back as a client would, and say whether it means a fact."""
    text, known = str(value), str(fact)
    kind = field.kind.value
    if kind == "moment":
        return _says_moment(int(fact), fact, value)
    if kind == "flag":
        meant = choices(field, [value]) if isinstance(value, str) else {}
        return value is bool(fact) or known.lower() in meant
    if kind == "choice":
        return text == known or known in choices(field, [value])
    if field is Field.ROW_ID:
        return bool(text)
    if kind == "text" and field in {Field.ACCOUNT, Field.SPACE_KEY}:
        return text in {known, str(number_of(known)), uuid_of(known)}
    if kind == "id" and "-" in text:
        return text.replace("-", "") == f"{int(fact):032x}"
    return bool(text) and known.startswith(text)


def _says_moment(moment: int, fact: Any, value: Any) -> bool:
    if not isinstance(value, str) or value.lstrip("-").isdigit():
        return int(value) in {moment, moment // 1_000}
    day = fact.day.isoformat() if isinstance(fact, LocalMoment) else to_rfc3339(moment)[:10]
    return value == day if len(value) == len("2026-01-31") else read_moment(value) == moment


def read_back(
    field: Field, expected: Sequence[Mapping[Field, Any]], values: Sequence[Any]
) -> tuple[int, int, str]:
    """Count the values that are as expected, and those that are not; with one of them."""
    right, wrong, example = 0, 0, ""
    for one, value in zip(expected, values, strict=False):
        fact = one.get(field)
        if fact is None or value is None:
            continue
        if says(field, fact, value):
            right += 1
            example = example or f"{value!r}"
        else:
            example = f"{fact!r} as {value!r}" if not wrong else example
            wrong += 1
    return right, wrong, example[:80]
