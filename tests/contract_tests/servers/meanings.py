"""Defects in ranges, pages, rows and their order."""

import dataclasses
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import fails
from tests.contract_tests.servers.faithful import Faithful, Question, RefusalError, Row, time_of
from tests.contract_tests.servers.sites import DAY, HOUR, NOW

_ONE_DAY = timedelta(days=1)


class _OtherRange(Faithful):
    def in_range(self, rows: Iterable[Row], question: Question) -> list[Row]:
        return super().in_range(rows, self.other_range(question))

    def other_range(self, question: Question) -> Question:
        raise NotImplementedError


@fails("MEANING-01 MEANING-04 MEANING-17 MEANING-20")
class StartIgnored(_OtherRange):
    """Ignores the first day."""

    def other_range(self, question: Question) -> Question:
        return dataclasses.replace(question, first=question.first.min)


@fails("MEANING-01 MEANING-04 MEANING-17 MEANING-20 MEANING-21")
class EndIgnored(_OtherRange):
    """Ignores the last day."""

    def other_range(self, question: Question) -> Question:
        return dataclasses.replace(question, last=question.last.max)


@fails("MEANING-04 MEANING-17 MEANING-20")
class EndExclusive(_OtherRange):
    """Excludes the last day."""

    def other_range(self, question: Question) -> Question:
        return dataclasses.replace(question, last=self.days_before(question.last, 1))


@fails("MEANING-04 MEANING-17 MEANING-20")
class StartExclusive(Faithful):
    """Excludes the first day."""

    def in_range(self, rows: Iterable[Row], question: Question) -> list[Row]:
        kept = super().in_range(rows, question)
        return [row for row in kept if self.day(time_of(row)) != question.first]


@fails("MEANING-01 MEANING-04 MEANING-17 MEANING-20")
class StartOneEarly(_OtherRange):
    """Starts one day early."""

    def other_range(self, question: Question) -> Question:
        return dataclasses.replace(question, first=self.days_before(question.first, 1))


@fails("MEANING-01 MEANING-04 MEANING-17 MEANING-20 MEANING-21")
class AlwaysNow(Faithful):
    """Returns one row of this moment, whatever the range."""

    def in_range(self, rows: Iterable[Row], question: Question) -> list[Row]:
        name = "searchTime" if question.kind == "searches" else "viewTime"
        return [{**row, name: NOW} for row in rows][-1:]


@fails("MEANING-04 MEANING-17 MEANING-20")
class LongRangesLackRows(Faithful):
    """Omits protected users in ranges longer than ten days."""

    def in_range(self, rows: Iterable[Row], question: Question) -> list[Row]:
        is_long = (question.last - question.first).days > 10
        kept = super().in_range(rows, question)
        return [row for row in kept if not (is_long and row["isProtectedUser"])]


@fails("MEANING-01 MEANING-13")
class LocalTime(Faithful):
    """Returns times two hours ahead, marked as UTC."""

    def moment(self, moment: int) -> str:
        return super().moment(moment + 2 * HOUR)


@fails("MEANING-18")
class OneTooMany(Faithful):
    """Returns one row more than the limit."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        return rows[question.start : question.start + question.limit + 1]


@fails("MEANING-18")
class LimitIgnored(Faithful):
    """Ignores the limit."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        return rows[question.start :]


@fails("MEANING-18")
class OneTooFew(Faithful):
    """Returns one row less than the limit on full pages."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        return rows[question.start : question.start + max(1, question.limit - 1)]


@fails("MEANING-18")
class PagesOverlap(Faithful):
    """Repeats the last row of a page on the next page."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        start = max(0, question.start - 1)
        return rows[start : start + question.limit]


@fails("MEANING-18")
class PagesHaveGaps(Faithful):
    """Omits a row between pages."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        start = question.start + (question.start > 0)
        return rows[start : start + question.limit]


@fails("MEANING-18")
class StartCountsPages(Faithful):
    """Interprets `start` as a page number."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        start = question.start * question.limit
        return rows[start : start + question.limit]


@fails("MEANING-18")
class StartIgnoredInPages(Faithful):
    """Always returns the first page."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        return rows[: question.limit]


@fails("MEANING-10")
class NewestFirst(Faithful):
    """Returns the newest row first."""

    def rows(self, question: Question) -> list[Row]:
        return super().rows(question)[::-1]


@fails("MEANING-10")
class TiesReversed(Faithful):
    """Returns rows of the same millisecond by content in descending order."""

    def rows(self, question: Question) -> list[Row]:
        return sorted(
            super().rows(question), key=lambda row: (time_of(row), -row.get("contentId", 0))
        )


@fails("MEANING-21")
class LargePagesCut(Faithful):
    """Returns at most 50 rows of ranges longer than a year."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        is_long = (question.last - question.first).days > 365
        return super().page(rows, question)[: 50 if is_long else None]


@fails("MEANING-21")
class LateStartsIgnored(Faithful):
    """Returns the rows from the 20th on for every larger start, in ranges longer than a year."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        is_long = (question.last - question.first).days > 365
        start = min(question.start, 20) if is_long else question.start
        return rows[start : start + question.limit]


@fails("MEANING-18 MEANING-21")
class LaterPagesReversed(Faithful):
    """Reverses the rows of pages after the first."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        found = super().page(rows, question)
        return found[::-1] if question.start else found


class _Counting(Faithful):
    calls = 0

    def rows(self, question: Question) -> list[Row]:
        self.calls += 1
        return super().rows(question)


@fails("MANNERS-13 MEANING-10 MEANING-15 MEANING-18 MEANING-19 MEANING-20")
class OrderChanges(_Counting):
    """Returns the rows in a different order each time."""

    def in_range(self, rows: Iterable[Row], question: Question) -> list[Row]:
        found = super().in_range(rows, question)
        cut = self.calls * 7 % max(1, len(found))
        return found[cut:] + found[:cut]


@fails("MANNERS-13 MEANING-15 MEANING-18 MEANING-19 MEANING-20")
class AnswersChange(_Counting):
    """Returns a different number of results each time."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        return {n: self.calls if n == "numberOfResults" else v for n, v in told.items()}


@fails("MEANING-17 MEANING-21")
class TotalTooLarge(Faithful):
    """Returns a total that is one too large."""

    def body(self, rows: list[Row], page: list[Row], question: Question) -> Any:
        return {**super().body(rows, page, question), "totalSize": len(rows) + 1}


@fails("MEANING-17 MEANING-21")
class TotalOfPage(Faithful):
    """Returns the number of rows on the page as the total."""

    def body(self, rows: list[Row], page: list[Row], question: Question) -> Any:
        return {**super().body(rows, page, question), "totalSize": len(page)}


@fails("MEANING-17 MEANING-21")
class TotalOfEverything(Faithful):
    """Returns the number of rows of all days as the total."""

    def body(self, rows: list[Row], page: list[Row], question: Question) -> Any:
        return {**super().body(rows, page, question), "totalSize": len(self.rows(question))}


@fails("MEANING-17")
class SizeIsLimit(Faithful):
    """Returns the limit as the page size, even for shorter pages."""

    def body(self, rows: list[Row], page: list[Row], question: Question) -> Any:
        return {**super().body(rows, page, question), "size": question.limit}


@fails("MEANING-11 MEANING-27")
class RowsOfAnotherContent(Faithful):
    """Adds visits of other contents of the space to the report of a content."""

    def visits_of(self, name: str, value: Any) -> list[Row]:
        if name == "contentId":
            return super().visits_of("spaceKey", self.site.contents[value]["spaceKey"])
        return super().visits_of(name, value)


@fails("MEANING-11")
class RowsOfAnotherSpace(Faithful):
    """Adds visits of all spaces to the report of a space."""

    def visits_of(self, name: str, value: Any) -> list[Row]:
        return list(self.site.visits) if name == "spaceKey" else super().visits_of(name, value)


@fails("MEANING-12 MEANING-27")
class SpaceLacksVisits(Faithful):
    """Omits visits by anonymous users from the reports of spaces."""

    def visits_of(self, name: str, value: Any) -> list[Row]:
        found = super().visits_of(name, value)
        return [row for row in found if name == "contentId" or row["userId"] != "Anonymous"]


@fails("MEANING-13")
class FutureRows(Faithful):
    """Returns visits of tomorrow."""

    def visits_of(self, name: str, value: Any) -> list[Row]:
        found = super().visits_of(name, value)
        return [*found, *({**row, "viewTime": NOW + DAY // 2} for row in found[-1:])]


@fails("MEANING-14 MEANING-27")
class RowsTwice(Faithful):
    """Returns some visits twice."""

    def rows(self, question: Question) -> list[Row]:
        return [
            row for n, row in enumerate(super().rows(question)) for _ in range(1 + (n % 9 == 0))
        ]


@fails("MEANING-16")
class HeadIsMissing(Faithful):
    """Does not support HEAD."""

    def handle(self, ask: Request) -> Response:
        if ask.method == "HEAD":
            self.check_token(ask)
            self.refuse_method(ask)
        return super().handle(ask)


@fails("MEANING-16")
class HeadOfUnknown(Faithful):
    """Returns 200 to HEAD for unknown contents and spaces."""

    def refuse(self, ask: Request, refusal: RefusalError) -> Response:
        if (ask.method, refusal.status) == ("HEAD", 404):
            return Response(media_type="application/problem+json")
        return super().refuse(ask, refusal)


@fails("MEANING-16")
class HeadDiffers(Faithful):
    """Sends a different content type to HEAD."""

    def report(self, ask: Request, question: Question) -> Response:
        response = super().report(ask, question)
        if ask.method == "HEAD":
            response.headers["content-type"] = "text/plain"
        return response
