"""Defects in errors, input validation and the handling of methods."""

import asyncio
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import fails
from tests.contract_tests.servers.faithful import Faithful, Question, RefusalError, Row
from tests.contract_tests.servers.sites import NOW
from tests.contract_tests.servers.tokens import TRACE


@fails("MANNERS-01")
class UnknownContentIsEmpty(Faithful):
    """Returns an empty report for unknown contents."""

    def rows(self, question: Question) -> list[Row]:
        is_known = question.kind != "contents" or int(question.key) in self.site.contents
        return super().rows(question) if is_known else []


@fails("MANNERS-01")
class UnknownIsUnauthorized(Faithful):
    """Returns 401 for unknown contents and spaces."""

    def rows(self, question: Question) -> list[Row]:
        try:
            return super().rows(question)
        except RefusalError:
            raise self.unauthorized("This is not yours.", "") from None


@fails("MANNERS-01 MANNERS-14")
class UnknownSpaceIsEmpty(Faithful):
    """Returns an empty report for unknown spaces."""

    def rows(self, question: Question) -> list[Row]:
        is_known = question.kind != "spaces" or question.key in self.site.spaces
        return super().rows(question) if is_known else []


@fails("MANNERS-03 SCHEMA-06")
class WrongTypesPass(Faithful):
    """Uses the default for invalid numbers."""

    def integer(self, name: str, text: str, least: int, most: int) -> int:
        try:
            return super().integer(name, text, least, most)
        except RefusalError:
            if name == "contentId":
                raise
            return {"start": 0, "limit": 100}[name]


@fails("MANNERS-03 SCHEMA-06")
class WrongDatesPass(Faithful):
    """Uses today for invalid dates."""

    def date(self, name: str, text: str) -> Any:
        try:
            return super().date(name, text)
        except RefusalError:
            return self.day(NOW)


@fails("MANNERS-03 MANNERS-05 SCHEMA-06")
class WrongDatesFail(Faithful):
    """Returns 500 for invalid dates."""

    def date(self, name: str, text: str) -> Any:
        try:
            return super().date(name, text)
        except RefusalError:
            raise RefusalError(500, "The report could not be made.") from None


@fails("MANNERS-05")
class OddKeysFail(Faithful):
    """Returns 500 for space keys with quotes or non-ASCII characters."""

    def rows(self, question: Question) -> list[Row]:
        if not question.key.isascii() or "'" in question.key:
            raise RefusalError(500, "The report could not be made.")
        return super().rows(question)


@fails("MEANING-18 SCHEMA-05")
class LargeLimitsRefused(Faithful):
    """Rejects limits above 500, although the document allows 1000."""

    def integer(self, name: str, text: str, least: int, most: int) -> int:
        return super().integer(name, text, least, 500 if name == "limit" else most)


@fails("MANNERS-03 SCHEMA-06")
class HugeLimitsPass(Faithful):
    """Reduces limits that are too large without an error."""

    def integer(self, name: str, text: str, least: int, most: int) -> int:
        found = super().integer(name, text, least, 2**63 if name == "limit" else most)
        return min(found, most)


@fails("MANNERS-04")
class OtherMethodsPass(Faithful):
    """Handles POST like GET."""

    def refuse_method(self, ask: Request) -> None:
        if ask.method != "POST":
            super().refuse_method(ask)


@fails("MANNERS-04")
class NoAllow(Faithful):
    """Rejects undeclared methods without `Allow`."""

    def refuse_method(self, ask: Request) -> None:
        raise RefusalError(405, "Reports are only read.")


@fails("MANNERS-04")
class AllowLies(Faithful):
    """Lists POST in `Allow`."""

    def refuse_method(self, ask: Request) -> None:
        raise RefusalError(405, "Reports are only read.", {"Allow": "POST"})


@fails("MANNERS-04")
class AllowLacksHead(Faithful):
    """Omits HEAD, which it supports, in `Allow`."""

    def refuse_method(self, ask: Request) -> None:
        raise RefusalError(405, "Reports are only read.", {"Allow": "GET, OPTIONS"})


@fails("MANNERS-04")
class PageForOtherMethods(Faithful):
    """Rejects undeclared methods with an HTML page."""

    def refuse(self, ask: Request, refusal: RefusalError) -> Response:
        if refusal.status == 405:
            return Response("<html>", 405, refusal.headers, "text/html")
        return super().refuse(ask, refusal)


@fails("MANNERS-04 MANNERS-07")
class TraceForOtherMethods(Faithful):
    """Rejects undeclared methods with a stack trace."""

    def refuse(self, ask: Request, refusal: RefusalError) -> Response:
        if refusal.status == 405:
            return Response(TRACE, 405, refusal.headers, "text/plain")
        return super().refuse(ask, refusal)


@fails("MANNERS-04")
class OtherMethodsUnknown(Faithful):
    """Returns 404 for undeclared methods."""

    def refuse_method(self, ask: Request) -> None:
        raise RefusalError(404, "There is nothing here.")


class _OtherWords(Faithful):
    words = ""

    def problem(self, ask: Request, refusal: RefusalError) -> dict[str, Any]:
        told = super().problem(ask, refusal)
        if refusal.status in {400, 404}:
            told["detail"] += self.words.format(said=ask.headers.get("authorization"))
        return told


@fails("MANNERS-07 MANNERS-16")
class TokenIsEchoed(_OtherWords):
    """Returns the token in errors."""

    words = " You said {said}."


@fails("MANNERS-07")
class TraceOfError(_OtherWords):
    """Returns a stack trace in errors."""

    words = TRACE


@fails("MANNERS-07")
class QueryOfDatabase(_OtherWords):
    """Returns database messages in errors."""

    words = " psycopg2.errors.UndefinedTable: SELECT * FROM visits WHERE content_id = 7"


@fails("MANNERS-07")
class PathOfServer(_OtherWords):
    """Returns a file path in errors."""

    words = " See /var/www/viewtracker/app/reports.py."


@fails("MANNERS-07")
class VersionOfServer(_OtherWords):
    """Returns the versions of its components in errors."""

    words = " Apache/2.4.41 (Ubuntu) PHP/7.4.3"


@fails("MANNERS-09")
class SlowDrip(Faithful):
    """Responds slowly to requests for searches."""

    options = MappingProxyType({"max_response_time": 0.05})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/searches"):
            await asyncio.sleep(0.06)
        await super().__call__(scope, receive, send)


@fails("MANNERS-08")
class NoTls(Faithful):
    """Uses plain HTTP as a live service."""

    url = "http://reports.example"
    is_careful = True


@fails("MANNERS-06")
class OtherStatusInBody(Faithful):
    """Returns a `status` in problems that differs from the status code."""

    def problem(self, ask: Request, refusal: RefusalError) -> dict[str, Any]:
        return {**super().problem(ask, refusal), "status": 500}


@fails("MANNERS-03 SCHEMA-01")
class Teapot(Faithful):
    """Rejects invalid input with an undeclared status code."""

    def refuse(self, ask: Request, refusal: RefusalError) -> Response:
        response = super().refuse(ask, refusal)
        if refusal.status == 400:
            response.status_code = 422
        return response


class _OldEndpoints(Faithful):
    def handle(self, ask: Request) -> Response:
        if ask.url.path.startswith("/rest/"):
            return self.say([])
        return super().handle(ask)
