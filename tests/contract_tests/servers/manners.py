"""Defects in errors, input validation and the handling of methods."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import changes, fails
from tests.contract_tests.servers.conforming import ConformingServer, RefusalError, ReportQuery, Row
from tests.contract_tests.servers.sites import NOW
from tests.contract_tests.servers.tokens import TRACE


@fails("MANNERS-01")
class UnknownContentIsEmpty(ConformingServer):
    """Returns an empty report for unknown contents."""

    def rows(self, query: ReportQuery) -> list[Row]:
        is_known = query.kind != "contents" or int(query.key) in self.site.contents
        return super().rows(query) if is_known else []


@fails("MANNERS-01")
class UnknownIsUnauthorized(ConformingServer):
    """Returns 401 for unknown contents and spaces."""

    def rows(self, query: ReportQuery) -> list[Row]:
        try:
            return super().rows(query)
        except RefusalError:
            raise self.unauthorized("This is not yours.", "") from None


@fails("MANNERS-01 MANNERS-14")
class UnknownSpaceIsEmpty(ConformingServer):
    """Returns an empty report for unknown spaces."""

    def rows(self, query: ReportQuery) -> list[Row]:
        is_known = query.kind != "spaces" or query.key in self.site.spaces
        return super().rows(query) if is_known else []


@fails("MANNERS-03 SCHEMA-06")
class WrongTypesPass(ConformingServer):
    """Uses the default for invalid numbers."""

    def integer(self, name: str, text: str, least: int, most: int) -> int:
        try:
            return super().integer(name, text, least, most)
        except RefusalError:
            if name == "contentId":
                raise
            return {"start": 0, "limit": 100}[name]


@fails("MANNERS-03 SCHEMA-06")
class WrongDatesPass(ConformingServer):
    """Uses today for invalid dates."""

    def date(self, name: str, text: str) -> Any:
        try:
            return super().date(name, text)
        except RefusalError:
            return self.day(NOW)


@fails("MANNERS-03 MANNERS-05 SCHEMA-06")
class WrongDatesFail(ConformingServer):
    """Returns 500 for invalid dates."""

    def date(self, name: str, text: str) -> Any:
        try:
            return super().date(name, text)
        except RefusalError:
            raise RefusalError(500, "The report could not be made.") from None


@fails("MANNERS-05")
class OddKeysFail(ConformingServer):
    """Returns 500 for space keys with quotes or non-ASCII characters."""

    def rows(self, query: ReportQuery) -> list[Row]:
        if not query.key.isascii() or "'" in query.key:
            raise RefusalError(500, "The report could not be made.")
        return super().rows(query)


@fails("MEANING-18 SCHEMA-05")
class LargeLimitsRefused(ConformingServer):
    """Rejects limits above 500, although the document allows 1000."""

    def integer(self, name: str, text: str, least: int, most: int) -> int:
        return super().integer(name, text, least, 500 if name == "limit" else most)


@fails("MANNERS-03 SCHEMA-06")
class HugeLimitsPass(ConformingServer):
    """Reduces limits that are too large without an error."""

    def integer(self, name: str, text: str, least: int, most: int) -> int:
        found = super().integer(name, text, least, 2**63 if name == "limit" else most)
        return min(found, most)


@fails("MANNERS-04")
class OtherMethodsPass(ConformingServer):
    """Handles POST like GET."""

    def refuse_method(self, request: Request) -> None:
        if request.method != "POST":
            super().refuse_method(request)


class _OtherRefusal(ConformingServer):
    status = 405
    headers: Mapping[str, str] = MappingProxyType({})

    def refuse_method(self, request: Request) -> None:
        raise RefusalError(self.status, "Reports are only read.", self.headers)


@fails("MANNERS-04")
class NoAllow(_OtherRefusal):
    """Rejects undeclared methods without `Allow`."""


@fails("MANNERS-04")
class AllowLies(_OtherRefusal):
    """Lists POST in `Allow`."""

    headers = MappingProxyType({"Allow": "POST"})


@fails("MANNERS-04")
class AllowLacksHead(_OtherRefusal):
    """Omits HEAD, which it supports, in `Allow`."""

    headers = MappingProxyType({"Allow": "GET, OPTIONS"})


@fails("MANNERS-04")
class PageForOtherMethods(ConformingServer):
    """Rejects undeclared methods with an HTML page."""

    def error(self, request: Request, refusal: RefusalError) -> Response:
        if refusal.status == 405:
            return Response("<html>", 405, refusal.headers, "text/html")
        return super().error(request, refusal)


@fails("MANNERS-04 MANNERS-07")
class TraceForOtherMethods(ConformingServer):
    """Rejects undeclared methods with a stack trace."""

    def error(self, request: Request, refusal: RefusalError) -> Response:
        if refusal.status == 405:
            return Response(TRACE, 405, refusal.headers, "text/plain")
        return super().error(request, refusal)


@fails("MANNERS-04")
class OtherMethodsUnknown(ConformingServer):
    """Returns 404 for undeclared methods."""

    def refuse_method(self, request: Request) -> None:
        raise RefusalError(404, "There is nothing here.")


def with_words(problem: Row, words: str) -> Row:
    is_about_input = problem["status"] in {400, 404}
    return {**problem, "detail": problem["detail"] + words} if is_about_input else problem


changes(
    ("token-is-echoed", "Returns the token in errors.", "MANNERS-07 MANNERS-16",
     "problem", lambda server, problem, request, refusal: (
        with_words(problem, f" You sent {request.headers.get('authorization')}."))),
    ("trace-of-error", "Returns a stack trace in errors.", "MANNERS-07",
     "problem", lambda server, problem, *_: with_words(problem, TRACE)),
    ("query-of-database", "Returns database messages in errors.", "MANNERS-07",
     "problem", lambda server, problem, *_: with_words(
        problem, " psycopg2.errors.UndefinedTable: SELECT * FROM visits WHERE content_id = 7")),
    ("path-of-server", "Returns a file path in errors.", "MANNERS-07",
     "problem", lambda server, problem, *_: with_words(
        problem, " See /var/www/viewtracker/app/reports.py.")),
    ("version-of-server", "Returns the versions of its components in errors.", "MANNERS-07",
     "problem", lambda server, problem, *_: with_words(
        problem, " Apache/2.4.41 (Ubuntu) PHP/7.4.3")),
)  # fmt: skip


@fails("MANNERS-09")
class SlowDrip(ConformingServer):
    """Responds slowly to requests for searches."""

    options = MappingProxyType({"max_response_time": 0.05})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/searches"):
            await asyncio.sleep(0.06)
        await super().__call__(scope, receive, send)


@fails("MANNERS-08")
class NoTls(ConformingServer):
    """Uses plain HTTP as a live service."""

    url = "http://reports.example"
    is_careful = True


changes(
    ("other-status-in-body", "Returns a `status` in problems that differs from the status code.",
     "MANNERS-06", "problem", lambda server, problem, *_: {**problem, "status": 500}),
)  # fmt: skip


@fails("MANNERS-03 SCHEMA-01")
class Teapot(ConformingServer):
    """Rejects invalid input with an undeclared status code."""

    def error(self, request: Request, refusal: RefusalError) -> Response:
        response = super().error(request, refusal)
        if refusal.status == 400:
            response.status_code = 422
        return response
