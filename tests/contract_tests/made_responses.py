"""Responses and rows without a server, for tests of single functions of the suite."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

import requests
from urllib3 import HTTPResponse

from contract_tests.checking.findings import Findings
from contract_tests.wire.paging import Walk
from contract_tests.wire.redaction import Redactor
from contract_tests.wire.request import Reading, midnight_of
from contract_tests.wire.response import Response
from mock_server import DEFAULT_DOCUMENT, Field, Grouping, Operation, bind, read_document

DOCUMENT = read_document(DEFAULT_DOCUMENT)
BINDING = bind(DOCUMENT)
SEARCHES = BINDING.operations["getSearches"]
VISITS = BINDING.operations["getContentVisits"]
SPACE = BINDING.operations["getSpaceVisits"]
URL = "http://127.0.0.1:8080"


def made(
    status: int = 200,
    body: Any = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    path: str = "/api/v2/report/searches",
    sent: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return a response; its body is JSON unless it is bytes. Empty headers are omitted."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Content-Type": "application/json", **(headers or {})}
    named = {name: value for name, value in given.items() if value}
    response = requests.Response()
    response.status_code = status
    response.headers.update(named)
    response.raw = HTTPResponse(body=raw, headers=named, status=status)
    response._content = raw
    response.request = requests.Request(method, URL + path, headers=dict(sent or {})).prepare()
    return Response(response, more.pop("operation", SEARCHES.operation), {}, Redactor(), **more)


class Responses(list[tuple[Operation, Response]]):
    """Given responses instead of those of a target."""

    def __init__(self, *responses: Response) -> None:
        super().__init__((one.operation or SEARCHES.operation, one) for one in responses)

    @property
    def errors(self) -> Iterator[tuple[Operation, Response]]:
        return (pair for pair in self if pair[1].status >= 400)

    def complaints(self, _: Response) -> tuple[()]:
        return ()


def found() -> Findings:
    return Findings(Redactor())


def messages(findings: Findings) -> list[str]:
    return [finding.message for finding in findings.found]


FIRST = date(2026, 3, 2)
MIDNIGHT = midnight_of(FIRST)


def bound(grouping: Grouping = Grouping.ROWS, rows_at: str | None = "/rows", **more: Any) -> Any:
    names = more.pop("parts", ())
    return SimpleNamespace(
        grouping=grouping,
        rows_at=rows_at,
        status=200,
        operation=SEARCHES.operation,
        parameter=lambda part: part if part in names else None,
        **more,
    )


def reading(*rows_: dict[Field, Any], response: Any = None, **values: Any) -> Reading:
    named = {Field[name]: value for name, value in values.items()}
    return Reading(response or made(), named, rows_)


def walk(*readings: Reading, limit: int | None = None, is_whole: bool = True) -> Walk:
    return Walk(readings, limit, is_whole)


def at(*moments: int) -> list[dict[Field, Any]]:
    return [{Field.TIME: MIDNIGHT + moment} for moment in moments]


def view(seconds: float, account: Any = "a", content: Any = 1, **more: Any) -> dict[Field, Any]:
    named = {Field[name]: value for name, value in more.items()}
    moment = MIDNIGHT + int(seconds * 1_000)
    return {Field.TIME: moment, Field.ACCOUNT: account, Field.CONTENT_ID: content, **named}
