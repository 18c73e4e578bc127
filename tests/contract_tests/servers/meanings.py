"""Defects in ranges, pages, rows and their order."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from starlette.responses import Response

from tests.contract_tests.servers.catalogue import after, defects, fails
from tests.contract_tests.servers.conforming import (
    ConformingServer,
    ReportQuery,
    Row,
    time_of,
    with_headers,
)
from tests.contract_tests.servers.sites import DAY, HOUR, NOW


def in_other_range(
    server: ConformingServer, rows: Iterable[Row], query: ReportQuery, **days: date
) -> Any:
    return ConformingServer.in_range(server, rows, replace(query, **days))


def is_longer_than(query: ReportQuery, days: int) -> bool:
    return (query.last - query.first).days > days


defects(
    ("start-ignored", "Ignores the first day.", "MEANING-01 MEANING-04 MEANING-17 MEANING-20",
     "in_range", after(lambda server, found, rows, query: (
        in_other_range(server, rows, query, first=date.min)))),
    ("end-ignored", "Ignores the last day.",
     "MEANING-01 MEANING-04 MEANING-17 MEANING-20 MEANING-21",
     "in_range", after(lambda server, found, rows, query: (
        in_other_range(server, rows, query, last=date.max)))),
    ("end-exclusive", "Excludes the last day.", "MEANING-04 MEANING-17 MEANING-20",
     "in_range", after(lambda server, found, rows, query: (
        [row for row in found if server.day(time_of(row)) != query.last]))),
    ("start-exclusive", "Excludes the first day.", "MEANING-04 MEANING-17 MEANING-20",
     "in_range", after(lambda server, found, rows, query: (
        [row for row in found if server.day(time_of(row)) != query.first]))),
    ("start-one-early", "Starts one day early.", "MEANING-01 MEANING-04 MEANING-17 MEANING-20",
     "in_range", after(lambda server, found, rows, query: (
        in_other_range(server, rows, query, first=server.days_before(query.first, 1))))),
    ("always-now", "Returns one row of this moment, whatever the range.",
     "MEANING-01 MEANING-04 MEANING-17 MEANING-20 MEANING-21",
     "in_range", lambda server, usual, rows, query: [
        {**row, "searchTime" if query.kind == "searches" else "viewTime": NOW}
        for row in rows][-1:]),
    ("long-ranges-lack-rows", "Omits protected users in ranges longer than ten days.",
     "MEANING-04 MEANING-17 MEANING-20", "in_range", after(lambda server, found, rows, query: (
        [row for row in found if not (is_longer_than(query, 10) and row["isProtectedUser"])]))),
    ("local-time", "Returns times two hours ahead, marked as UTC.", "MEANING-01 MEANING-13",
     "moment", after(lambda server, text, moment: ConformingServer.moment(server, moment + 2 * HOUR))),
    ("one-too-many", "Returns one row more than the limit.", "MEANING-18",
     "page", after(lambda server, page, rows, query: rows[query.start :][: query.limit + 1])),
    ("limit-ignored", "Ignores the limit.", "MEANING-18",
     "page", after(lambda server, page, rows, query: rows[query.start :])),
    ("one-too-few", "Returns one row less than the limit on full pages.", "MEANING-18",
     "page", after(lambda server, page, rows, query: page[: max(1, query.limit - 1)])),
    ("pages-overlap", "Repeats the last row of a page on the next page.", "MEANING-18",
     "page", after(lambda server, page, rows, query: rows[max(0, query.start - 1) :][: query.limit])),
    ("pages-have-gaps", "Omits a row between pages.", "MEANING-18",
     "page", after(lambda server, page, rows, query: page if query.start == 0 else (
        rows[query.start + 1 :][: query.limit]))),
    ("start-counts-pages", "Interprets `start` as a page number.", "MEANING-18",
     "page", after(lambda server, page, rows, query: rows[query.start * query.limit :][: query.limit])),
    ("start-ignored-in-pages", "Always returns the first page.", "MEANING-18",
     "page", after(lambda server, page, rows, query: rows[: query.limit])),
    ("newest-first", "Returns the newest row first.", "MEANING-10",
     "rows", after(lambda server, rows, query: rows[::-1])),
    ("ties-reversed", "Returns rows of the same millisecond by content in descending order.",
     "MEANING-10", "rows", after(lambda server, rows, query: (
        sorted(rows, key=lambda row: (time_of(row), -row.get("contentId", 0)))))),
    ("large-pages-cut", "Returns at most 50 rows of ranges longer than a year.", "MEANING-21",
     "page", after(lambda server, page, rows, query: (
        page[:50] if is_longer_than(query, 365) else page))),
    ("late-starts-ignored",
     "Returns the rows from the 20th on for every larger start, in ranges longer than a year.",
     "MEANING-21", "page", after(lambda server, page, rows, query: (
        rows[min(query.start, 20) :][: query.limit] if is_longer_than(query, 365) else page))),
    ("later-pages-reversed", "Reverses the rows of pages after the first.",
     "MEANING-18 MEANING-21",
     "page", after(lambda server, page, rows, query: page[::-1] if query.start else page)),
)  # fmt: skip


class _Counting(ConformingServer):
    calls = 0

    def rows(self, query: ReportQuery) -> list[Row]:
        self.calls += 1
        return super().rows(query)


@fails("MANNERS-13 MEANING-10 MEANING-15 MEANING-18 MEANING-19 MEANING-20")
class OrderChanges(_Counting):
    """Returns the rows in a different order each time."""

    def in_range(self, rows: Iterable[Row], query: ReportQuery) -> list[Row]:
        found = super().in_range(rows, query)
        cut = self.calls * 7 % max(1, len(found))
        return found[cut:] + found[:cut]


@fails("MANNERS-13 MEANING-15 MEANING-18 MEANING-19 MEANING-20")
class AnswersChange(_Counting):
    """Returns a different number of results each time."""

    def row(self, row: Row) -> Row:
        usual = super().row(row)
        return {n: self.calls if n == "numberOfResults" else v for n, v in usual.items()}


defects(
    ("total-too-large", "Returns a total that is one too large.", "MEANING-17 MEANING-21",
     "body", after(lambda server, body, *_: {**body, "totalSize": body["totalSize"] + 1})),
    ("total-of-page", "Returns the number of rows on the page as the total.",
     "MEANING-17 MEANING-21", "body", after(lambda server, body, *_: {**body, "totalSize": body["size"]})),
    ("total-of-everything", "Returns the number of rows of all days as the total.",
     "MEANING-17 MEANING-21", "body", after(lambda server, body, rows, page, query: (
        {**body, "totalSize": len(server.rows(query))}))),
    ("size-is-limit", "Returns the limit as the page size, even for shorter pages.", "MEANING-17",
     "body", after(lambda server, body, *_: {**body, "size": body["limit"]})),
    ("rows-of-another-content",
     "Adds visits of other contents of the space to the report of a content.",
     "MEANING-11 MEANING-27", "visits_of", lambda server, usual, name, value: (
        usual("spaceKey", server.site.contents[value]["spaceKey"])
        if name == "contentId" else usual(name, value))),
    ("rows-of-another-space", "Adds visits of all spaces to the report of a space.", "MEANING-11",
     "visits_of", after(lambda server, found, name, value: (
        list(server.site.visits) if name == "spaceKey" else found))),
    ("space-lacks-visits", "Omits visits by anonymous users from the reports of spaces.",
     "MEANING-12 MEANING-27", "visits_of", after(lambda server, found, name, value: (
        [row for row in found if name == "contentId" or row["userId"] != "Anonymous"]))),
    ("future-rows", "Returns visits of tomorrow.", "MEANING-13",
     "visits_of", after(lambda server, found, name, value: (
        found + [{**row, "viewTime": NOW + DAY // 2} for row in found[-1:]]))),
    ("rows-twice", "Returns some visits twice.", "MEANING-14 MEANING-27",
     "rows", after(lambda server, rows, query: (
        [row for n, row in enumerate(rows) for _ in range(1 + (n % 9 == 0))]))),
    ("head-is-missing", "Does not support HEAD.", "MEANING-16",
     "handle", lambda server, usual, request: (
        server.check_token(request) or server.refuse_method(request)
        if request.method == "HEAD" else usual(request))),
    ("head-of-unknown", "Returns 200 to HEAD for unknown contents and spaces.", "MEANING-16",
     "error", lambda server, usual, request, refusal: (
        Response(media_type="application/problem+json")
        if (request.method, refusal.status) == ("HEAD", 404) else usual(request, refusal))),
    ("head-differs", "Sends a different content type to HEAD.", "MEANING-16",
     "report", after(lambda server, response, request, query: (
        with_headers(response, {"Content-Type": "text/plain"})
        if request.method == "HEAD" else response))),
)  # fmt: skip
