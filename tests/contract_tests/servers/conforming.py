"""A server that conforms to `openapi/viewtracker-v2.yaml`, and shares no code with the mock.

Each method implements one rule, so that a defective variant overrides only one.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import formatdate
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.wire.targets import Target, TokenDesk
from tests.contract_tests.servers.sites import DAY, NOW, SITES

Row = dict[str, Any]

_PATH = re.compile(r"/api/v2/report/(?:(contents|spaces)/([^/]+)/visits|searches)")
_BOUNDS = {"start": (0, 2**31 - 1), "limit": (1, 1_000)}


class RefusalError(Exception):
    """Makes the server respond with a problem."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def refuse(status: int, detail: str, headers: Mapping[str, str] | None = None) -> NoReturn:
    raise RefusalError(status, detail, headers)


@dataclass(frozen=True)
class ReportQuery:
    """The parameters of a request."""

    kind: str
    """`contents`, `spaces` or `searches`."""
    key: str
    first: date
    last: date
    start: int
    limit: int


class ConformingServer:
    """One residency as an ASGI application."""

    url = "http://127.0.0.1:8000"
    is_careful = False
    options: Mapping[str, Any] = MappingProxyType({})
    """Options of a run that reveal the defect, if the usual ones do not."""

    def __init__(self, residency: str) -> None:
        self.residency = residency
        self.site = SITES[residency]
        self.other = SITES["de" if residency == "us" else "us"]
        self.tokens = [self.site.token]
        """All tokens ever generated; the last one is valid, unless it is empty."""

    def target(self) -> Target:
        """Return this server as a target."""
        return Target(
            name=self.residency,
            url=self.url,
            token=self.site.token,
            residency=self.residency,
            other_token=self.other.token,
            app=self,
            content_id=str(next(iter(self.site.contents))),
            space_key=self.site.spaces[0],
            is_careful=self.is_careful,
            tokens=TokenDesk(self.generate, lambda: self.tokens.append("")),
        )

    def generate(self) -> str:
        """Replace the token."""
        self.tokens.append(f"{len(self.tokens)}{self.site.token[::-1]}")
        return self.tokens[-1]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.respond(Request(scope))(scope, receive, send)

    def respond(self, request: Request) -> Response:
        try:
            response = self.handle(request)
        except RefusalError as refusal:
            response = self.error(request, refusal)
        response.headers["Date"] = formatdate(NOW // 1_000, usegmt=True)
        response.headers["Cache-Control"] = "no-store"
        return response

    def handle(self, request: Request) -> Response:
        raw = request.scope["raw_path"].decode("latin-1")
        found = _PATH.fullmatch(raw)
        if found and request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": "OPTIONS, HEAD, GET"})
        self.check_token(request)
        if not found:
            raise RefusalError(404, "There is nothing here.")
        if request.method not in {"GET", "HEAD"}:
            self.refuse_method(request)
        kind, key = found[1] or "searches", unquote(found[2] or "")
        query = self.read(kind, key, request)
        self.check_accept(request)
        return self.report(request, query)

    # authentication

    def check_token(self, request: Request) -> None:
        tokens = self.tokens_of(request)
        if not tokens:
            raise self.unauthorized("Send a bearer token.", "")
        if len(tokens) > 1 or not self.opens(tokens[0]):
            raise self.unauthorized("This is not the token.", ', error="invalid_token"')

    def tokens_of(self, request: Request) -> list[str]:
        """Return the tokens of a request; an empty text for each invalid header."""
        sent = request.headers.getlist("authorization")
        found = (re.fullmatch(r"bearer +([\w.~+/-]+=*)", one, re.IGNORECASE) for one in sent)
        return [one[1] if one else "" for one in found]

    def opens(self, token: str) -> bool:
        return bool(token) and token == self.tokens[-1]

    def unauthorized(self, detail: str, error: str) -> RefusalError:
        return RefusalError(401, detail, {"WWW-Authenticate": f'Bearer realm="reports"{error}'})

    # parameters

    def refuse_method(self, request: Request) -> None:
        raise RefusalError(405, "Reports are only read.", {"Allow": "HEAD, GET, OPTIONS"})

    def read(self, kind: str, key: str, request: Request) -> ReportQuery:
        if kind == "contents":
            self.integer("contentId", key, 1, 2**63 - 1)
        elif len(key) > 255:
            raise RefusalError(400, "spaceKey is longer than 255 characters.")
        query = self.query(request)
        start, limit = (
            self.integer(name, query[name], *_BOUNDS[name]) if name in query else unless
            for name, unless in (("start", 0), ("limit", 100))
        )
        today = self.day(NOW)
        last = self.date("endDate", query["endDate"]) if "endDate" in query else today
        if "startDate" in query:
            return ReportQuery(
                kind, key, self.date("startDate", query["startDate"]), last, start, limit
            )
        return ReportQuery(kind, key, self.days_before(last, 29), last, start, limit)

    def query(self, request: Request) -> dict[str, str]:
        try:
            raw = request.scope["query_string"].decode("ascii")
            pairs = parse_qsl(raw, keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise RefusalError(400, "The query is no UTF-8.") from None
        for name in ("startDate", "endDate", "start", "limit"):
            if [one for one, _ in pairs].count(name) > 1:
                raise RefusalError(400, f"{name} may be given once.")
        return dict(pairs)

    def integer(self, name: str, text: str, least: int, most: int) -> int:
        is_one = re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", text)
        if not is_one or not least <= int(text) <= most:
            raise RefusalError(400, f"{name} is no whole number from {least} to {most}.")
        return int(text)

    def date(self, name: str, text: str) -> date:
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise RefusalError(400, f"{name} is no day such as 2026-03-01.")

    def days_before(self, day: date, days: int) -> date:
        return day - timedelta(min(days, (day - date.min).days))

    def day(self, moment: int) -> date:
        return date(1970, 1, 1) + timedelta(moment // DAY)

    def check_accept(self, request: Request) -> None:
        """Return 406 to clients that do not accept JSON; the most specific range decides."""
        sent = ",".join(request.headers.getlist("accept")) or "*/*"
        ranges = {}
        for part in sent.replace(" ", "").lower().split(","):
            name, *parameters = part.split(";")
            ranges[name] = not any(re.fullmatch(r"q=0(\.0*)?", more) for more in parameters)
        names = ("application/json", "application/*", "*/*")
        if not next((ranges[name] for name in names if name in ranges), False):
            raise RefusalError(406, "There is only application/json.")

    # responses

    def report(self, request: Request, query: ReportQuery) -> Response:
        rows = self.in_range(self.rows(query), query)
        return self.success(self.body(rows, self.page(rows, query), query))

    def rows(self, query: ReportQuery) -> list[Row]:
        """Return all rows of the requested content, space or site, oldest first."""
        if query.kind == "searches":
            return list(self.site.searches)
        if query.kind == "contents":
            if int(query.key) not in self.site.contents:
                raise RefusalError(404, "There is no such content.")
            return self.visits_of("contentId", int(query.key))
        if query.key not in self.site.spaces:
            raise RefusalError(404, "There is no such space.")
        return self.visits_of("spaceKey", query.key)

    def visits_of(self, name: str, value: Any) -> list[Row]:
        return [row for row in self.site.visits if row[name] == value]

    def in_range(self, rows: Iterable[Row], query: ReportQuery) -> list[Row]:
        return [row for row in rows if query.first <= self.day(time_of(row)) <= query.last]

    def page(self, rows: list[Row], query: ReportQuery) -> list[Row]:
        return rows[query.start : query.start + query.limit]

    def body(self, rows: list[Row], page: list[Row], query: ReportQuery) -> Any:
        return {
            "totalSize": len(rows),
            "size": len(page),
            "limit": query.limit,
            "start": query.start,
            "results": [self.row(row) for row in page],
        }

    def row(self, row: Row) -> Row:
        name = "viewTime" if "viewTime" in row else "searchTime"
        return {**row, name: self.moment(row[name])}

    def moment(self, moment: int) -> str:
        at = datetime.fromtimestamp(moment // 1_000, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{moment % 1_000:03d}Z"

    def success(self, body: Any) -> Response:
        return Response(json.dumps(body), media_type="application/json; charset=utf-8")

    def error(self, request: Request, refusal: RefusalError) -> Response:
        return Response(
            json.dumps(self.problem(request, refusal)),
            refusal.status,
            refusal.headers,
            "application/problem+json",
        )

    def problem(self, request: Request, refusal: RefusalError) -> dict[str, Any]:
        return {
            "title": HTTPStatus(refusal.status).phrase,
            "detail": refusal.detail,
            "status": refusal.status,
            "instance": quote(request.scope["path"]),
            "type": "about:blank",
        }


def with_headers(response: Response, headers: Mapping[str, str]) -> Response:
    """Set headers of a response, and return it."""
    response.headers.update(headers)
    return response


def without_header(response: Response, name: str) -> Response:
    if name:
        del response.headers[name]
    return response


def with_status(response: Response, status: int) -> Response:
    response.status_code = status
    return response


def time_of(row: Row) -> int:
    """Return the time of a row in epoch milliseconds."""
    return int(row.get("viewTime") or row["searchTime"])
