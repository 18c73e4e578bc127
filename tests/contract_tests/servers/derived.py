"""Defects that violate the document only indirectly."""

import gzip
import re
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from email.utils import formatdate
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import after, defects, fails
from tests.contract_tests.servers.conforming import (
    ConformingServer,
    RefusalError,
    ReportQuery,
    Row,
    refuse,
    with_headers,
    with_status,
    without_header,
)
from tests.contract_tests.servers.sites import DAY, NOW


def between(query: ReportQuery, first: date | None = None, last: date | None = None) -> ReportQuery:
    return replace(query, first=first or query.first, last=last or query.last)


def is_cut(server: ConformingServer, request: Request) -> bool:
    tokens = server.tokens_of(request)
    return bool(tokens and tokens[0]) and server.tokens[-1].startswith(tokens[0])


def is_odd_day(row: Row) -> bool:
    return bool(row.get("viewTime", 0) // DAY % 2)


def compressed(response: Response) -> Response:
    response.body = gzip.compress(bytes(response.body))
    length = str(len(response.body))
    return with_headers(response, {"Content-Encoding": "gzip", "Content-Length": length})


def is_zipped(request: Request, response: Response) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "") and response.status_code == 200


defects(
    ("limit-echo-is-ten", "Always returns a page size of ten.", "MEANING-17",
     "body", after(lambda server, body, *_: {**body, "limit": 10})),
    ("start-echo-is-zero", "Always returns a start of zero.", "MEANING-17",
     "body", after(lambda server, body, *_: {**body, "start": 0})),
    ("total-of-empty-page", "Returns a total of zero for a start beyond the last row.",
     "MEANING-17", "body", after(lambda server, body, rows, page, query: (
        body if page else {**body, "totalSize": 0}))),
    ("even-total-loses", "Returns a total that is one too small if it is a multiple of the limit.",
     "MEANING-17", "body", after(lambda server, body, rows, page, query: (
        {**body, "totalSize": len(rows) - (len(rows) % query.limit == 0 < len(rows))}))),
    ("default-limit-is-small", "Uses a default limit of 20 instead of the declared one.",
     "MEANING-17 MEANING-18", "read", after(lambda server, query, kind, key, request: (
        query if "limit" in server.query(request) else replace(query, limit=20)))),
    ("default-range-is-week", "Uses a default range of one week instead of the declared one.",
     "MEANING-19", "read", after(lambda server, query, kind, key, request: (
        query if "startDate" in server.query(request)
        else between(query, first=server.days_before(query.last, 6))))),
    ("first-day-alone-ignored", "Ignores the first day if the request has no last day.",
     "MEANING-19", "read", after(lambda server, query, kind, key, request: (
        query if "endDate" in server.query(request)
        else between(query, first=server.days_before(server.day(NOW), 29))))),
    ("default-ends-yesterday", "Excludes today if the request has no last day.",
     "MEANING-19", "read", after(lambda server, query, kind, key, request: (
        query if "endDate" in server.query(request)
        else between(query, last=server.days_before(query.last, 1))))),
    ("nothing-beyond-the-end", "Returns 404 for a start beyond the last row.", "MEANING-18",
     "page", lambda server, usual, rows, query: (
        refuse(404, "There is no such page.")
        if query.start > len(rows) and query.kind != "searches" else usual(rows, query))),
    ("reversed-range-turned", "Swaps the days of a range that ends before it starts.",
     "MEANING-17 MEANING-20",
     "read", after(lambda server, query, *_: between(query, *sorted((query.first, query.last))))),
    ("odd-start-rounded-down", "Rounds the start down to a multiple of the limit.", "MEANING-18",
     "page", after(lambda server, page, rows, query: (
        rows[query.start // query.limit * query.limit :][: query.limit]))),
    ("end-wraps-round", "Returns the last page for a start beyond the last row.", "MEANING-18",
     "page", after(lambda server, page, rows, query: (
        page if query.start < len(rows) else rows[: query.limit]))),
    ("long-ranges-cut", "Omits rows later than 90 days after the first day of a range.",
     "MEANING-21", "in_range", lambda server, usual, rows, query: usual(rows, between(
        query, last=query.first + min(timedelta(90), query.last - query.first)))),
    ("long-ranges-refused", "Rejects ranges of more than a year.", "MEANING-21",
     "in_range", lambda server, usual, rows, query: (
        refuse(400, "startDate is more than a year before endDate.")
        if (query.last - query.first).days > 366 else usual(rows, query))),
    ("leap-days-refused", "Rejects February 29 in leap years, too.", "MEANING-20",
     "date", lambda server, usual, name, text: (
        refuse(400, f"{name} is no day.") if text.endswith("-02-29") else usual(name, text))),
    ("head-is-open", "Requires no token for HEAD.", "AUTH-21",
     "check_token", lambda server, usual, request: request.method == "HEAD" or usual(request)),
    ("later-pages-are-open", "Requires no token for pages after the first one.", "AUTH-21",
     "check_token", lambda server, usual, request: (
        request.query_params.get("start", "0") != "0" or usual(request))),
    ("searches-take-cut-tokens", "Accepts a truncated token for searches.", "AUTH-07 AUTH-14",
     "check_token", lambda server, usual, request: (
        request.url.path.endswith("searches") and is_cut(server, request)) or usual(request)),
    ("protected-users-named", "Returns the names of protected users.", "MEANING-22",
     "row", after(lambda server, row, raw: (
        {**row, "userId": "60a7b2c3d4e5f60718293a4b"} if row["isProtectedUser"] else row))),
    ("nobody-is-protected", "Marks every user as not protected.", "MEANING-22",
     "row", after(lambda server, row, raw: {**row, "isProtectedUser": False})),
    ("anonymous-in-small-letters", "Names anonymous users `anonymous`.", "MEANING-23",
     "row", after(lambda server, row, raw: (
        {**row, "userId": "anonymous"} if row["userId"] == "Anonymous" else row))),
    ("emails-for-accounts", "Returns email addresses instead of account ids.", "MEANING-28",
     "row", after(lambda server, row, raw: (
        row if row["userId"] in {None, "Anonymous"}
        else {**row, "userId": f"{row['userId'][-12:]}@acme.example"}))),
    ("deleted-and-shown", "Returns contents with a deletion time.", "MEANING-24",
     "row", after(lambda server, row, raw: (
        {**row, "deletionTime": server.moment(NOW - DAY)}
        if row.get("contentType") == "attachment" else row))),
    ("type-differs-in-contents", "Returns pages as blog posts on odd days.", "MEANING-25",
     "row", after(lambda server, row, raw: (
        {**row, "contentType": "blogpost"}
        if is_odd_day(raw) and row.get("contentName") == "Runbook" else row))),
    ("types-lost-in-spaces", "Returns every content as a page in the reports of spaces.",
     "MEANING-27", "body", lambda server, usual, rows, page, query: usual(rows, [
        {**row, "contentType": "page"} if query.kind == "spaces" else row for row in page], query)),
    ("ids-rounded-in-spaces", "Rounds content ids in the reports of spaces.",
     "MEANING-27", "body", lambda server, usual, rows, page, query: usual(rows, [
        {**row, "contentId": row["contentId"] // 100 * 100} if query.kind == "spaces" else row
        for row in page], query)),
    ("whole-seconds", "Truncates times to whole seconds.", "MEANING-26",
     "moment", after(lambda server, text, moment: f"{text[:-5]}.000Z")),
    ("zeros-omitted",
     "Omits the milliseconds of whole seconds, of which only a row of today is one.",
     "MEANING-26", "moment", after(lambda server, text, moment: text.replace(".000Z", "Z"))),
    ("local-offset", "Returns times with the offset of a time zone.", "MEANING-26",
     "moment", after(lambda server, text, moment: (
        ConformingServer.moment(server, moment + 3_600_000).replace("Z", "+01:00")))),
    ("parent-differs-in-contents", "Omits the parents of attachments on odd days.", "MEANING-25",
     "row", after(lambda server, row, raw: (
        {**row, "parentContentId": None}
        if is_odd_day(raw) and row.get("contentType") == "attachment" else row))),
    ("own-parent", "Returns contents without a parent as their own parent.", "MEANING-25",
     "row", after(lambda server, row, raw: (
        {**row, "parentContentId": row["contentId"]}
        if row.get("parentContentId", 0) is None else row))),
    ("reloads-counted", "Counts a second view by the same user two seconds after the first.",
     "MEANING-14", "visits_of", after(lambda server, found, name, value: sorted(
        found + [{**row, "viewTime": row["viewTime"] + 2_000} for row in found[::4]],
        key=lambda row: (row["viewTime"], row["contentId"])))),
    ("impossible-days", "Accepts February 30 as the last day of February.", "MANNERS-03",
     "date", lambda server, usual, name, text: (
        usual(name, "2026-02-28" if text == "2026-02-30" else text))),
    ("times-for-days", "Accepts times as days.", "MANNERS-03",
     "date", lambda server, usual, name, text: usual(name, text.partition("T")[0])),
    ("fractions-as-numbers", "Accepts numbers with a fraction and truncates them.", "MANNERS-03",
     "integer", lambda server, usual, name, text, *bounds: (
        usual(name, text.removesuffix(".5") if name == "limit" else text, *bounds))),
    ("ids-read-loosely", "Ignores what follows the number in the id of a content.", "MANNERS-03",
     "read", lambda server, usual, kind, key, request: (
        usual(kind, (re.match(r"\d+", key) or [key])[0] if kind == "contents" else key, request))),
    ("ids-read-as-fractions", "Accepts an id of a content with an exponent.", "MANNERS-03",
     "read", lambda server, usual, kind, key, request: (
        usual(kind, key.removesuffix("e0") if kind == "contents" else key, request))),
    ("decoded-twice", "Decodes ids and keys twice.", "MANNERS-21",
     "read", lambda server, usual, kind, key, request: usual(kind, unquote(key), request)),
    ("encoded-paths-are-others", "Returns 404 for percent-encoded paths.", "MANNERS-21",
     "report", lambda server, usual, request, query: (
        refuse(404, "There is nothing here.")
        if b"%" in request.scope["raw_path"] else usual(request, query))),
    ("keys-in-any-case", "Finds spaces by key in any letter case.", "MANNERS-14",
     "read", after(lambda server, query, kind, key, request: (
        replace(query, key=key.upper()) if kind == "spaces" else query))),
    ("parameters-in-any-case", "Reads parameter names in any letter case.", "MANNERS-13",
     "query", after(lambda server, given, request: {
        {"startdate": "startDate", "enddate": "endDate"}.get(name.lower(), name.lower()): value
        for name, value in given.items()})),
    ("token-in-link", "Returns the token in the link to the next page.", "MANNERS-16",
     "report", after(lambda server, response, request, query: with_headers(response, {
        "Link": f'<{request.url.path}?access_token={server.tokens[-1]}>; rel="next"'}))),
    ("token-in-head", "Responds to HEAD with the token in a header, and as plain text.",
     "MANNERS-16 MEANING-16", "report", after(lambda server, response, request, query: (
        response if request.method != "HEAD" else with_headers(response, {
            "X-Debug": request.headers.get("authorization", ""), "Content-Type": "text/plain"})))),
    ("short-pages-moved", "Redirects requests for one row to another host.",
     "MANNERS-15 MEANING-18 SCHEMA-01", "report", lambda server, usual, request, query: (
        Response(status_code=302, headers={"Location": "https://elsewhere.example/"})
        if query.limit == 1 else usual(request, query))),
    ("busy-without-end", "Always returns 503 for searches.", "MANNERS-17",
     "report", lambda server, usual, request, query: (
        refuse(503, "Busy.", {"Retry-After": "0"})
        if query.kind == "searches" else usual(request, query))),
    ("first-accepted-only", "Reads only the first content type of `Accept`.", "MANNERS-19",
     "check_accept", lambda server, usual, request: (
        request.headers.get("accept", "*/*").partition(",")[0] in {"*/*", "application/json"}
        or refuse(406, "There is only application/json."))),
    ("accept-ignored", "Sends JSON to clients that do not accept it.", "MANNERS-19",
     "check_accept", lambda *_: None),
    ("always-compressed", "Compresses reports for clients that do not accept it.", "MANNERS-10",
     "success", lambda server, usual, body: compressed(usual(body))),
    ("compressed-without-vary",
     "Compresses reports without `Vary`, so that caches send them to every client.", "MANNERS-10",
     "respond", lambda server, usual, request: (
        compressed(usual(request)) if is_zipped(request, usual(request)) else usual(request))),
    ("date-is-missing", "Sends no `Date` with errors.", "MANNERS-22",
     "respond", lambda server, usual, request: without_header(
        usual(request), "Date" if usual(request).status_code >= 400 else "")),
    ("head-of-errors-is-fine", "Returns 200 to HEAD for invalid input.", "MEANING-16",
     "error", lambda server, usual, request, refusal: (
        with_status(usual(request, refusal), 200)
        if (request.method, refusal.status) == ("HEAD", 400) else usual(request, refusal))),
    ("slashes-lead-elsewhere", "Redirects paths with a trailing slash to another host.",
     "MANNERS-15", "handle", lambda server, usual, request: (
        Response(status_code=301, headers={
            "Location": f"http://inside.example{request.url.path.rstrip('/')}"})
        if request.url.path.endswith("/") else usual(request))),
    ("no-reason-for-refusals", "Returns no `error` in the challenge for an invalid token.",
     "AUTH-22", "unauthorized", lambda server, usual, detail, error: usual(detail, "")),
    ("options-refused", "Returns 405 to OPTIONS.", "MANNERS-18",
     "handle", lambda server, usual, request: (
        refuse(405, "Reports are only read.", {"Allow": "HEAD, GET"})
        if request.method == "OPTIONS" else usual(request))),
    ("options-say-nothing", "Responds to OPTIONS without `Allow`.", "MANNERS-18",
     "handle", lambda server, usual, request: without_header(
        usual(request), "Allow" if request.method == "OPTIONS" else "")),
    ("length-is-wrong", "Sends a `Content-Length` that is too large for empty reports.",
     "MANNERS-10", "success", after(lambda server, response, body: response if body["results"] else (
        with_headers(response, {"Content-Length": str(len(response.body) + 7)})))),
    ("last-row-of-day-missing", "Omits the last row of a single day.", "MEANING-17 MEANING-20",
     "in_range", after(lambda server, found, rows, query: (
        found[:-1] if query.first == query.last else found))),
    ("caches-may-keep", "Marks reports as cacheable by shared caches.", "MANNERS-20",
     "respond", after(lambda server, response, request: (
        with_headers(response, {"Cache-Control": "public, max-age=300"})))),
    ("other-sites-may-read", "Lets every origin read reports with credentials.", "MANNERS-20",
     "respond", after(lambda server, response, request: with_headers(response, {
        "Access-Control-Allow-Origin": request.headers.get("Origin", "*"),
        "Access-Control-Allow-Credentials": "true"}))),
)  # fmt: skip


@fails("MANNERS-08 MANNERS-22")
class ClockIsAhead(ConformingServer):
    """Uses plain HTTP and a clock that is two hours ahead, as a live service."""

    url = "http://reports.example"
    is_careful = True

    def respond(self, request: Request) -> Response:
        ahead = formatdate(time.time_ns() / 1e9 + 7_200, usegmt=True)
        return with_headers(super().respond(request), {"Date": ahead})


defects(
    ("head-is-empty", "Returns `Content-Length: 0` to HEAD.", "MEANING-16",
     "respond", after(lambda server, response, request: response if request.method != "HEAD" else (
        with_headers(response, {"Content-Length": "0"})))),
    ("head-is-short", "Returns another `Content-Length` to HEAD than to GET.", "MEANING-16",
     "respond", after(lambda server, response, request: response if request.method != "HEAD" else (
        with_headers(response, {"Content-Length": "17"})))),
    ("called-compressed", "Declares uncompressed bodies as compressed.", "MANNERS-17",
     "respond", after(lambda server, response, request: (
        with_headers(response, {"Content-Encoding": "gzip"})))),
)  # fmt: skip


@fails("MANNERS-13")
class UsersFiltered(ConformingServer):
    """Applies an undeclared query parameter."""

    def in_range(self, rows: Iterable[Row], query: ReportQuery) -> list[Row]:
        found = super().in_range(rows, query)
        return [row for row in found if self.user in {None, row["userId"]}]

    def read(self, kind: str, key: str, request: Request) -> ReportQuery:
        self.user = self.query(request).get("userId")
        return super().read(kind, key, request)


defects(
    ("problems-elsewhere", "Returns the same `instance` in all problems.", "MANNERS-06",
     "problem", after(lambda server, problem, *_: {**problem, "instance": "/errors"})),
    ("titles-vary", "Returns the reason as the title of a problem.", "MANNERS-06",
     "problem", after(lambda server, problem, *_: {**problem, "title": problem["detail"]})),
)  # fmt: skip


class _BusyAtTimes(ConformingServer):
    """Returns 429 for every seventh report."""

    calls = 0
    retry_after: str | None = None

    def report(self, request: Request, query: ReportQuery) -> Response:
        self.calls += 1
        if self.calls % 7 == 0:
            headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
            raise RefusalError(429, "Busy.", headers)
        return super().report(request, query)


@fails("SCHEMA-03")
class BusyInWords(_BusyAtTimes):
    """Returns 503 with `Retry-After: soon` for every seventh report."""

    retry_after = "soon"


@fails("SCHEMA-03")
class BusyWithoutEndTold(_BusyAtTimes):
    """Returns 503 without `Retry-After` for every seventh report."""


defects(
    ("options-without-head", "Does not list HEAD in `Allow`, although it supports it.",
     "MANNERS-18", "respond", after(lambda server, response, request: (
        with_headers(response, {"Allow": "GET, OPTIONS"})
        if "Allow" in response.headers else response))),
    ("nameless-errors", "Does not name the invalid parameter.", "MANNERS-03",
     "problem", after(lambda server, problem, request, refusal: (
        {**problem, "detail": "The request is invalid."} if refusal.status == 400 else problem))),
)  # fmt: skip
