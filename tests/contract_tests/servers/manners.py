"""Defects in errors, input validation and the handling of methods."""

import asyncio
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from tests.contract_tests.servers.catalogue import after, defects, fails
from tests.contract_tests.servers.conforming import (
    ConformingServer,
    RefusalError,
    Row,
    refuse,
    with_status,
)
from tests.contract_tests.servers.sites import NOW
from tests.contract_tests.servers.tokens import TRACE


def unless_refused(usual: Callable[..., Any], *given: Any, unless: Callable[[], Any]) -> Any:
    try:
        return usual(*given)
    except RefusalError:
        return unless()


defects(
    ("unknown-content-is-empty", "Returns an empty report for unknown contents.", "MANNERS-01",
     "rows", lambda server, usual, query: [] if (
        query.kind == "contents" and int(query.key) not in server.site.contents
     ) else usual(query)),
    ("unknown-space-is-empty", "Returns an empty report for unknown spaces.",
     "MANNERS-01 MANNERS-14", "rows", lambda server, usual, query: [] if (
        query.kind == "spaces" and query.key not in server.site.spaces) else usual(query)),
    ("odd-keys-fail", "Returns 500 for space keys with quotes or non-ASCII characters.",
     "MANNERS-05", "rows", lambda server, usual, query: (
        refuse(500, "The report could not be made.")
        if "'" in query.key or not query.key.isascii() else usual(query))),
    ("large-limits-refused", "Rejects limits above 500, although the document allows 1000.",
     "MEANING-18 SCHEMA-05", "integer", lambda server, usual, name, text, least, most: (
        usual(name, text, least, 500 if name == "limit" else most))),
    ("huge-limits-pass", "Reduces limits that are too large without an error.",
     "MANNERS-03 SCHEMA-06", "integer", lambda server, usual, name, text, least, most: (
        min(usual(name, text, least, 2**63 if name == "limit" else most), most))),
    ("other-methods-pass", "Handles POST like GET.", "MANNERS-04",
     "refuse_method", lambda server, usual, request: (
        None if request.method == "POST" else usual(request))),
    ("no-allow", "Rejects undeclared methods without `Allow`.", "MANNERS-04",
     "refuse_method", lambda *_: refuse(405, "Reports are only read.")),
    ("allow-lies", "Lists POST in `Allow`.", "MANNERS-04",
     "refuse_method", lambda *_: refuse(405, "Reports are only read.", {"Allow": "POST"})),
    ("allow-lacks-head", "Omits HEAD, which it supports, in `Allow`.", "MANNERS-04",
     "refuse_method", lambda *_: refuse(405, "Reports are only read.", {"Allow": "GET, OPTIONS"})),
    ("other-methods-unknown", "Returns 404 for undeclared methods.", "MANNERS-04",
     "refuse_method", lambda *_: refuse(404, "There is nothing here.")),
    ("page-for-other-methods", "Rejects undeclared methods with an HTML page.", "MANNERS-04",
     "error", lambda server, usual, request, refusal: (
        Response("<html>", 405, refusal.headers, "text/html")
        if refusal.status == 405 else usual(request, refusal))),
    ("trace-for-other-methods", "Rejects undeclared methods with a stack trace.",
     "MANNERS-04 MANNERS-07", "error", lambda server, usual, request, refusal: (
        Response(TRACE, 405, refusal.headers, "text/plain")
        if refusal.status == 405 else usual(request, refusal))),
    ("unknown-is-unauthorized", "Returns 401 for unknown contents and spaces.", "MANNERS-01",
     "rows", lambda server, usual, query: unless_refused(usual, query, unless=lambda: (
        refuse(401, "This is not yours.", {"WWW-Authenticate": 'Bearer realm="reports"'})))),
    ("wrong-types-pass", "Uses the default for invalid numbers.", "MANNERS-03 SCHEMA-06",
     "integer", lambda server, usual, name, *bounds: (
        usual(name, *bounds) if name == "contentId" else unless_refused(
            usual, name, *bounds, unless=lambda: {"start": 0, "limit": 100}[name]))),
    ("wrong-dates-pass", "Uses today for invalid dates.", "MANNERS-03 SCHEMA-06",
     "date", lambda server, usual, *given: (
        unless_refused(usual, *given, unless=lambda: server.day(NOW)))),
    ("wrong-dates-fail", "Returns 500 for invalid dates.", "MANNERS-03 MANNERS-05 SCHEMA-06",
     "date", lambda server, usual, *given: (
        unless_refused(usual, *given, unless=lambda: refuse(500, "The report could not be made.")))),
    ("teapot", "Rejects invalid input with an undeclared status code.", "MANNERS-03 SCHEMA-01",
     "error", lambda server, usual, request, refusal: (
        with_status(usual(request, refusal), 422 if refusal.status == 400 else refusal.status))),
)  # fmt: skip


def with_words(problem: Row, words: str) -> Row:
    is_about_input = problem["status"] in {400, 404}
    return {**problem, "detail": problem["detail"] + words} if is_about_input else problem


defects(
    ("token-is-echoed", "Returns the token in errors.", "MANNERS-07 MANNERS-16",
     "problem", after(lambda server, problem, request, refusal: (
        with_words(problem, f" You sent {request.headers.get('authorization')}.")))),
    ("trace-of-error", "Returns a stack trace in errors.", "MANNERS-07",
     "problem", after(lambda server, problem, *_: with_words(problem, TRACE))),
    ("query-of-database", "Returns database messages in errors.", "MANNERS-07",
     "problem", after(lambda server, problem, *_: with_words(
        problem, " psycopg2.errors.UndefinedTable: SELECT * FROM visits WHERE content_id = 7"))),
    ("path-of-server", "Returns a file path in errors.", "MANNERS-07",
     "problem", after(lambda server, problem, *_: with_words(
        problem, " See /var/www/viewtracker/app/reports.py."))),
    ("version-of-server", "Returns the versions of its components in errors.", "MANNERS-07",
     "problem", after(lambda server, problem, *_: with_words(
        problem, " Apache/2.4.41 (Ubuntu) PHP/7.4.3"))),
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


defects(
    ("other-status-in-body", "Returns a `status` in problems that differs from the status code.",
     "MANNERS-06", "problem", after(lambda server, problem, *_: {**problem, "status": 500})),
)  # fmt: skip
