"""Defects that violate the document only indirectly."""

import dataclasses
import gzip
import json
import re
import time
from collections.abc import Iterable
from datetime import date, timedelta
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import fails
from tests.contract_tests.servers.faithful import Faithful, Question, RefusalError, Row
from tests.contract_tests.servers.sites import DAY, NOW


class _Envelope(Faithful):
    def body(self, rows: list[Row], page: list[Row], question: Question) -> Any:
        return {**super().body(rows, page, question), **self.beside(rows, page, question)}

    def beside(self, rows: list[Row], page: list[Row], question: Question) -> Row:
        raise NotImplementedError


@fails("MEANING-17")
class LimitEchoIsTen(_Envelope):
    """Always returns a page size of ten."""

    def beside(self, rows: list[Row], page: list[Row], question: Question) -> Row:
        return {"limit": 10}


@fails("MEANING-17")
class StartEchoIsZero(_Envelope):
    """Always returns a start of zero."""

    def beside(self, rows: list[Row], page: list[Row], question: Question) -> Row:
        return {"start": 0}


@fails("MEANING-17")
class TotalOfEmptyPage(_Envelope):
    """Returns a total of zero for a start beyond the last row."""

    def beside(self, rows: list[Row], page: list[Row], question: Question) -> Row:
        return {} if page else {"totalSize": 0}


@fails("MEANING-17")
class EvenTotalLoses(_Envelope):
    """Returns a total that is one too small if it is a multiple of the limit."""

    def beside(self, rows: list[Row], page: list[Row], question: Question) -> Row:
        return {"totalSize": len(rows) - (len(rows) % question.limit == 0 < len(rows))}


class _Reading(Faithful):
    def read(self, kind: str, key: str, ask: Request) -> Question:
        return self.change(super().read(kind, key, ask), self.query(ask))

    def change(self, question: Question, query: dict[str, str]) -> Question:
        raise NotImplementedError


@fails("MEANING-17 MEANING-18")
class DefaultLimitIsSmall(_Reading):
    """Uses a default limit of 20 instead of the declared one."""

    def change(self, question: Question, query: dict[str, str]) -> Question:
        return question if "limit" in query else dataclasses.replace(question, limit=20)


@fails("MEANING-19")
class DefaultRangeIsWeek(_Reading):
    """Uses a default range of one week instead of the declared one."""

    def change(self, question: Question, query: dict[str, str]) -> Question:
        if "startDate" in query:
            return question
        return dataclasses.replace(question, first=self.days_before(question.last, 6))


@fails("MEANING-19")
class FirstDayAloneIgnored(_Reading):
    """Ignores the first day if the request has no last day."""

    def change(self, question: Question, query: dict[str, str]) -> Question:
        if "endDate" in query:
            return question
        return dataclasses.replace(question, first=self.days_before(self.day(NOW), 29))


@fails("MEANING-19")
class DefaultEndsYesterday(_Reading):
    """Excludes today if the request has no last day."""

    def change(self, question: Question, query: dict[str, str]) -> Question:
        if "endDate" in query:
            return question
        return dataclasses.replace(question, last=self.days_before(question.last, 1))


@fails("MEANING-18")
class NothingBeyondTheEnd(Faithful):
    """Returns 404 for a start beyond the last row."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        if question.start > len(rows) and question.kind != "searches":
            raise RefusalError(404, "There is no such page.")
        return super().page(rows, question)


@fails("MEANING-17 MEANING-20")
class ReversedRangeTurned(_Reading):
    """Swaps the days of a range that ends before it starts."""

    def change(self, question: Question, query: dict[str, str]) -> Question:
        first, last = sorted((question.first, question.last))
        return dataclasses.replace(question, first=first, last=last)


@fails("MEANING-18")
class OddStartRoundedDown(Faithful):
    """Rounds the start down to a multiple of the limit."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        start = question.start // question.limit * question.limit
        return rows[start : start + question.limit]


@fails("MEANING-18")
class EndWrapsRound(Faithful):
    """Returns the last page for a start beyond the last row."""

    def page(self, rows: list[Row], question: Question) -> list[Row]:
        start = question.start if question.start < len(rows) else 0
        return rows[start : start + question.limit]


@fails("MEANING-21")
class LongRangesCut(_Reading):
    """Omits rows later than 90 days after the first day of a range."""

    def change(self, question: Question, query: dict[str, str]) -> Question:
        latest = question.first + timedelta(days=min(90, (date.max - question.first).days))
        return dataclasses.replace(question, last=min(question.last, latest))


@fails("MEANING-21")
class LongRangesRefused(_Reading):
    """Rejects ranges of more than a year."""

    def change(self, question: Question, query: dict[str, str]) -> Question:
        if (question.last - question.first).days > 366:
            raise RefusalError(400, "startDate is more than a year before endDate.")
        return question


@fails("MEANING-20")
class LeapDaysRefused(Faithful):
    """Rejects February 29 in leap years, too."""

    def date(self, name: str, text: str) -> date:
        if text.endswith("-02-29"):
            raise RefusalError(400, f"{name} is no day.")
        return super().date(name, text)


@fails("AUTH-21")
class HeadIsOpen(Faithful):
    """Requires no token for HEAD."""

    def check_token(self, ask: Request) -> None:
        if ask.method != "HEAD":
            super().check_token(ask)


@fails("AUTH-21")
class LaterPagesAreOpen(Faithful):
    """Requires no token for pages after the first one."""

    def check_token(self, ask: Request) -> None:
        if ask.query_params.get("start", "0") == "0":
            super().check_token(ask)


@fails("AUTH-07 AUTH-14")
class SearchesTakeCutTokens(Faithful):
    """Accepts a truncated token for searches."""

    def check_token(self, ask: Request) -> None:
        tokens = self.tokens_of(ask)
        is_cut = bool(tokens and tokens[0]) and self.tokens[-1].startswith(tokens[0])
        if not (is_cut and ask.url.path.endswith("searches")):
            super().check_token(ask)


class _Rows(Faithful):
    def row(self, row: Row) -> Row:
        return {**super().row(row), **self.instead(row)}

    def instead(self, row: Row) -> Row:
        raise NotImplementedError


@fails("MEANING-22")
class ProtectedUsersNamed(_Rows):
    """Returns the names of protected users."""

    def instead(self, row: Row) -> Row:
        return {"userId": "60a7b2c3d4e5f60718293a4b"} if row["isProtectedUser"] else {}


@fails("MEANING-22")
class NobodyIsProtected(_Rows):
    """Marks every user as not protected."""

    def instead(self, row: Row) -> Row:
        return {"isProtectedUser": False}


@fails("MEANING-23")
class AnonymousInSmallLetters(_Rows):
    """Names anonymous users `anonymous`."""

    def instead(self, row: Row) -> Row:
        return {"userId": "anonymous"} if row["userId"] == "Anonymous" else {}


@fails("MEANING-28")
class EmailsForAccounts(_Rows):
    """Returns email addresses instead of account ids."""

    def instead(self, row: Row) -> Row:
        is_known = row["userId"] not in {None, "Anonymous"}
        return {"userId": f"{row['userId'][-12:]}@acme.example"} if is_known else {}


@fails("MEANING-24")
class DeletedAndShown(_Rows):
    """Returns contents with a deletion time."""

    def instead(self, row: Row) -> Row:
        is_attachment = row.get("contentType") == "attachment"
        return {"deletionTime": self.moment(NOW - DAY)} if is_attachment else {}


@fails("MEANING-25")
class TypeDiffersInContents(Faithful):
    """Returns pages as blog posts on odd days."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        is_odd = row.get("viewTime", 0) // DAY % 2 and row.get("contentName") == "Runbook"
        return {**told, "contentType": "blogpost"} if is_odd else told


@fails("MEANING-27")
class TypesLostInSpaces(Faithful):
    """Returns every content as a page in the reports of spaces."""

    def body(self, rows: list[Row], page: list[Row], question: Question) -> Any:
        if question.kind == "spaces":
            page = [{**row, "contentType": "page"} for row in page]
        return super().body(rows, page, question)


@fails("MEANING-27")
class IdsRoundedInSpaces(Faithful):
    """Rounds content ids in the reports of spaces."""

    def body(self, rows: list[Row], page: list[Row], question: Question) -> Any:
        if question.kind == "spaces":
            page = [{**row, "contentId": row["contentId"] // 100 * 100} for row in page]
        return super().body(rows, page, question)


@fails("MEANING-26")
class WholeSeconds(Faithful):
    """Truncates times to whole seconds."""

    def moment(self, moment: int) -> str:
        return super().moment(moment // 1_000 * 1_000)


@fails("MEANING-26")
class ZerosOmitted(Faithful):
    """Omits the milliseconds of whole seconds, of which only a row of today is one."""

    def moment(self, moment: int) -> str:
        return super().moment(moment).replace(".000Z", "Z")


@fails("MEANING-26")
class LocalOffset(Faithful):
    """Returns times with the offset of a time zone."""

    def moment(self, moment: int) -> str:
        return super().moment(moment + 3_600_000).replace("Z", "+01:00")


@fails("MEANING-25")
class ParentDiffersInContents(_Rows):
    """Omits the parents of attachments on odd days."""

    def instead(self, row: Row) -> Row:
        is_odd = row.get("viewTime", 0) // DAY % 2 and row.get("contentType") == "attachment"
        return {"parentContentId": None} if is_odd else {}


@fails("MEANING-25")
class OwnParent(_Rows):
    """Returns contents without a parent as their own parent."""

    def instead(self, row: Row) -> Row:
        is_top = row.get("parentContentId", 0) is None
        return {"parentContentId": row["contentId"]} if is_top else {}


@fails("MEANING-14")
class ReloadsCounted(Faithful):
    """Counts a second view by the same user two seconds after the first."""

    def visits_of(self, name: str, value: Any) -> list[Row]:
        found = super().visits_of(name, value)
        again = [{**row, "viewTime": row["viewTime"] + 2_000} for row in found[::4]]
        return sorted(found + again, key=lambda row: (row["viewTime"], row["contentId"]))


@fails("MANNERS-03")
class ImpossibleDays(Faithful):
    """Accepts February 30 as the last day of February."""

    def date(self, name: str, text: str) -> date:
        return super().date(name, "2026-02-28" if text == "2026-02-30" else text)


@fails("MANNERS-03")
class TimesForDays(Faithful):
    """Accepts times as days."""

    def date(self, name: str, text: str) -> date:
        return super().date(name, text.partition("T")[0])


@fails("MANNERS-03")
class FractionsAsNumbers(Faithful):
    """Accepts numbers with a fraction and truncates them."""

    def integer(self, name: str, text: str, least: int, most: int) -> int:
        return super().integer(
            name, text.removesuffix(".5" if name == "limit" else ""), least, most
        )


@fails("MANNERS-03")
class IdsReadLoosely(Faithful):
    """Ignores what follows the number in the id of a content."""

    def read(self, kind: str, key: str, ask: Request) -> Question:
        digits = re.match(r"\d+", key) if kind == "contents" else None
        return super().read(kind, digits[0] if digits else key, ask)


@fails("MANNERS-03")
class IdsReadAsFractions(Faithful):
    """Accepts an id of a content with an exponent."""

    def read(self, kind: str, key: str, ask: Request) -> Question:
        return super().read(kind, key.removesuffix("e0") if kind == "contents" else key, ask)


@fails("MANNERS-14")
class KeysInAnyCase(_Reading):
    """Finds spaces by key in any letter case."""

    def change(self, question: Question, query: dict[str, str]) -> Question:
        is_space = question.kind == "spaces"
        return dataclasses.replace(question, key=question.key.upper()) if is_space else question


@fails("MANNERS-13")
class ParametersInAnyCase(Faithful):
    """Reads parameter names in any letter case."""

    def query(self, ask: Request) -> dict[str, str]:
        names = {one.lower(): one for one in ("startDate", "endDate", "start", "limit")}
        return {names.get(name.lower(), name): one for name, one in super().query(ask).items()}


class _Headers(Faithful):
    def report(self, ask: Request, question: Question) -> Response:
        response = super().report(ask, question)
        response.headers.update(self.more(ask))
        return response

    def more(self, ask: Request) -> dict[str, str]:
        raise NotImplementedError


@fails("MANNERS-16")
class TokenInLink(_Headers):
    """Returns the token in the link to the next page."""

    def more(self, ask: Request) -> dict[str, str]:
        return {"Link": f'<{ask.url.path}?access_token={self.tokens[-1]}>; rel="next"'}


@fails("MANNERS-16 MEANING-16")
class TokenInHead(_Headers):
    """Responds to HEAD with the token in a header, and as plain text."""

    def more(self, ask: Request) -> dict[str, str]:
        said = ask.headers.get("authorization", "")
        return {"X-Debug": said, "Content-Type": "text/plain"} if ask.method == "HEAD" else {}


@fails("MANNERS-15 MEANING-18 SCHEMA-01")
class ShortPagesMoved(Faithful):
    """Redirects requests for one row to another host."""

    def report(self, ask: Request, question: Question) -> Response:
        if question.limit == 1:
            return Response(status_code=302, headers={"Location": "https://elsewhere.example/"})
        return super().report(ask, question)


@fails("MANNERS-17")
class BusyWithoutEnd(Faithful):
    """Always returns 503 for searches."""

    def report(self, ask: Request, question: Question) -> Response:
        if question.kind == "searches":
            raise RefusalError(503, "Busy.", {"Retry-After": "0"})
        return super().report(ask, question)


@fails("MANNERS-10")
class LengthIsWrong(Faithful):
    """Sends a `Content-Length` that is too large for empty reports."""

    def say(self, body: Any) -> Response:
        response = super().say(body)
        if not body["results"]:
            response.headers["content-length"] = str(len(json.dumps(body)) + 7)
        return response


@fails("MEANING-17 MEANING-20")
class LastRowOfDayMissing(Faithful):
    """Omits the last row of a single day."""

    def in_range(self, rows: Iterable[Row], question: Question) -> list[Row]:
        kept = super().in_range(rows, question)
        return kept[:-1] if question.first == question.last else kept


@fails("MANNERS-19")
class FirstAcceptedOnly(Faithful):
    """Reads only the first content type of `Accept`."""

    def check_accept(self, ask: Request) -> None:
        first = ask.headers.get("accept", "*/*").partition(",")[0]
        if first not in {"*/*", "application/json"}:
            raise RefusalError(406, "There is only application/json.")


@fails("MANNERS-19")
class AcceptIgnored(Faithful):
    """Sends JSON to clients that do not accept it."""

    def check_accept(self, ask: Request) -> None:
        pass


class _Answering(Faithful):
    def answer(self, ask: Request) -> Response:
        response = super().answer(ask)
        self.change(ask, response)
        return response

    def change(self, ask: Request, response: Response) -> None:
        raise NotImplementedError


@fails("MANNERS-20")
class CachesMayKeep(_Answering):
    """Marks reports as cacheable by shared caches."""

    def change(self, ask: Request, response: Response) -> None:
        response.headers["Cache-Control"] = "public, max-age=300"


@fails("MANNERS-20")
class OtherSitesMayRead(_Answering):
    """Lets every origin read reports with credentials."""

    def change(self, ask: Request, response: Response) -> None:
        response.headers["Access-Control-Allow-Origin"] = ask.headers.get("Origin", "*")
        response.headers["Access-Control-Allow-Credentials"] = "true"


@fails("MANNERS-08 MANNERS-22")
class ClockIsAhead(_Answering):
    """Uses plain HTTP and a clock that is two hours ahead, as a live service."""

    url = "http://reports.example"
    is_careful = True

    def change(self, ask: Request, response: Response) -> None:
        response.headers["Date"] = formatdate(time.time_ns() / 1e9 + 7_200, usegmt=True)


@fails("MANNERS-22")
class DateIsMissing(_Answering):
    """Sends no `Date` with errors."""

    def change(self, ask: Request, response: Response) -> None:
        if response.status_code >= 400:
            del response.headers["Date"]


@fails("MEANING-16")
class HeadOfErrorsIsFine(_Answering):
    """Returns 200 to HEAD for invalid input."""

    def change(self, ask: Request, response: Response) -> None:
        if ask.method == "HEAD" and response.status_code == 400:
            response.status_code = 200


@fails("MEANING-16")
class HeadIsEmpty(_Answering):
    """Returns `Content-Length: 0` to HEAD."""

    def change(self, ask: Request, response: Response) -> None:
        if ask.method == "HEAD":
            response.headers["Content-Length"] = "0"


@fails("MEANING-16")
class HeadIsShort(_Answering):
    """Returns another `Content-Length` to HEAD than to GET."""

    def change(self, ask: Request, response: Response) -> None:
        if ask.method == "HEAD":
            response.headers["Content-Length"] = "17"


@fails("MANNERS-10")
class AlwaysCompressed(Faithful):
    """Compresses reports for clients that do not accept it."""

    def say(self, body: Any) -> Response:
        response = super().say(body)
        return Response(
            gzip.compress(bytes(response.body)),
            headers={"Content-Encoding": "gzip"},
            media_type=response.media_type,
        )


@fails("MANNERS-10")
class CompressedWithoutVary(_Answering):
    """Compresses reports without `Vary`, so that caches send them to every client."""

    def change(self, ask: Request, response: Response) -> None:
        if "gzip" in ask.headers.get("accept-encoding", "") and response.status_code == 200:
            response.body = gzip.compress(bytes(response.body))
            response.headers["Content-Length"] = str(len(response.body))
            response.headers["Content-Encoding"] = "gzip"


@fails("MANNERS-17")
class CalledCompressed(_Answering):
    """Declares uncompressed bodies as compressed."""

    def change(self, ask: Request, response: Response) -> None:
        response.headers["Content-Encoding"] = "gzip"


@fails("MANNERS-21")
class DecodedTwice(Faithful):
    """Decodes ids and keys twice."""

    def read(self, kind: str, key: str, ask: Request) -> Question:
        return super().read(kind, unquote(key), ask)


@fails("MANNERS-21")
class EncodedPathsAreOthers(Faithful):
    """Returns 404 for percent-encoded paths."""

    def handle(self, ask: Request) -> Response:
        response = super().handle(ask)
        if b"%" in ask.scope["raw_path"]:
            raise RefusalError(404, "There is nothing here.")
        return response


@fails("MANNERS-15")
class SlashesLeadElsewhere(Faithful):
    """Redirects paths with a trailing slash to another host."""

    def handle(self, ask: Request) -> Response:
        if ask.url.path.endswith("/"):
            place = f"http://inside.example{ask.url.path.rstrip('/')}"
            return Response(status_code=301, headers={"Location": place})
        return super().handle(ask)


@fails("MANNERS-13")
class UsersFiltered(Faithful):
    """Applies an undeclared query parameter."""

    def in_range(self, rows: Iterable[Row], question: Question) -> list[Row]:
        kept = super().in_range(rows, question)
        return [row for row in kept if self.user in {None, row["userId"]}]

    def read(self, kind: str, key: str, ask: Request) -> Question:
        self.user = self.query(ask).get("userId")
        return super().read(kind, key, ask)


@fails("AUTH-22")
class NoReasonForRefusals(Faithful):
    """Returns no `error` in the challenge for an invalid token."""

    def unauthorized(self, detail: str, error: str) -> RefusalError:
        return super().unauthorized(detail, "")


@fails("MANNERS-06")
class ProblemsElsewhere(Faithful):
    """Returns the same `instance` in all problems."""

    def problem(self, ask: Request, refusal: RefusalError) -> dict[str, Any]:
        return {**super().problem(ask, refusal), "instance": "/errors"}


@fails("MANNERS-06")
class TitlesVary(Faithful):
    """Returns the reason as the title of a problem."""

    def problem(self, ask: Request, refusal: RefusalError) -> dict[str, Any]:
        return {**super().problem(ask, refusal), "title": refusal.detail}


class _BusyAtTimes(Faithful):
    """Returns 429 for every seventh report."""

    calls = 0
    retry_after: str | None = None

    def report(self, ask: Request, question: Question) -> Response:
        self.calls += 1
        if self.calls % 7 == 0:
            headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
            raise RefusalError(429, "Busy.", headers)
        return super().report(ask, question)


@fails("SCHEMA-03")
class BusyInWords(_BusyAtTimes):
    """Returns 503 with `Retry-After: soon` for every seventh report."""

    retry_after = "soon"


@fails("SCHEMA-03")
class BusyWithoutEndTold(_BusyAtTimes):
    """Returns 503 without `Retry-After` for every seventh report."""


@fails("MANNERS-18")
class OptionsRefused(Faithful):
    """Returns 405 to OPTIONS."""

    def handle(self, ask: Request) -> Response:
        if ask.method == "OPTIONS":
            raise RefusalError(405, "Reports are only read.", {"Allow": "HEAD, GET"})
        return super().handle(ask)


@fails("MANNERS-18")
class OptionsWithoutHead(_Answering):
    """Does not list HEAD in `Allow`, although it supports it."""

    def change(self, ask: Request, response: Response) -> None:
        if "Allow" in response.headers:
            response.headers["Allow"] = "GET, OPTIONS"


@fails("MANNERS-03")
class NamelessErrors(Faithful):
    """Does not name the invalid parameter."""

    def problem(self, ask: Request, refusal: RefusalError) -> dict[str, Any]:
        problem = super().problem(ask, refusal)
        return (
            {**problem, "detail": "The request is invalid."} if refusal.status == 400 else problem
        )


@fails("MANNERS-18")
class OptionsSayNothing(Faithful):
    """Responds to OPTIONS without `Allow`."""

    def handle(self, ask: Request) -> Response:
        response = super().handle(ask)
        if ask.method == "OPTIONS":
            del response.headers["Allow"]
        return response
