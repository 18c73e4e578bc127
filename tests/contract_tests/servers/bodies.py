"""Defects in status codes, headers, content types and bodies."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import fails
from tests.contract_tests.servers.faithful import Faithful, Question, RefusalError, Row


@fails("SCHEMA-04")
class NumberAsText(Faithful):
    """Returns the number of results as a string."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        return {name: str(v) if name == "numberOfResults" else v for name, v in told.items()}


@fails("SCHEMA-04")
class ContentIdAsText(Faithful):
    """Returns content ids as strings."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        return {name: str(v) if name == "contentId" else v for name, v in told.items()}


@fails("DRIFT-02 SCHEMA-04")
class FieldIsGone(Faithful):
    """Omits `contentName` from every visit."""

    def row(self, row: Row) -> Row:
        return {name: v for name, v in super().row(row).items() if name != "contentName"}


@fails("DRIFT-01 DRIFT-02 SCHEMA-04")
class FieldIsRenamed(Faithful):
    """Renames `searchTerm`."""

    def row(self, row: Row) -> Row:
        return {"term" if name == "searchTerm" else name: v for name, v in super().row(row).items()}


@fails("SCHEMA-04")
class FieldIsSometimesMissing(Faithful):
    """Omits `parentContentId` if a content has no parent."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        return {n: v for n, v in told.items() if n != "parentContentId" or v is not None}


@fails("DRIFT-01 SCHEMA-04")
class FieldIsNew(Faithful):
    """Returns the viewer's country, an undeclared property."""

    def row(self, row: Row) -> Row:
        return {**super().row(row), "country": "CH"}


@fails("DRIFT-01 SCHEMA-04")
class FieldIsNewAroundRows(Faithful):
    """Returns the undeclared property `next` beside the rows."""

    def body(self, rows: list[Row], page: list[Row], question: Question) -> Any:
        return {**super().body(rows, page, question), "next": None}


@fails("DRIFT-01")
class FieldIsNewInProblems(Faithful):
    """Returns an undeclared number in errors, which the schema allows."""

    def problem(self, ask: Request, refusal: RefusalError) -> Any:
        return {**super().problem(ask, refusal), "code": 17}


@fails("SCHEMA-04")
class WordIsNew(Faithful):
    """Returns a content type for attachments that is not in the enumeration."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        return {name: "file" if v == "attachment" else v for name, v in told.items()}


@fails("SCHEMA-04")
class NullInstead(Faithful):
    """Returns null for the names of attachments."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        return {**told, "contentName": None} if told.get("contentType") == "attachment" else told


@fails("SCHEMA-04")
class NumberBelowBounds(Faithful):
    """Returns -1 for searches without results."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        return {**told, "numberOfResults": -1} if told.get("numberOfResults") == 0 else told


@fails("SCHEMA-04")
class EmptyUser(Faithful):
    """Returns an empty account id for anonymous users."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        return {**told, "userId": ""} if told["userId"] == "Anonymous" else told


@fails("MEANING-26 SCHEMA-04")
class NaiveTime(Faithful):
    """Returns times without a time zone."""

    def moment(self, moment: int) -> str:
        return super().moment(moment).removesuffix("Z")


@fails("MEANING-26 SCHEMA-04")
class TimeWithBlank(Faithful):
    """Returns times with a space instead of T and no colon in the offset."""

    def moment(self, moment: int) -> str:
        return super().moment(moment).replace("T", " ").replace("Z", "+0000")


@fails("MEANING-26 SCHEMA-04")
class TimeAsNumber(Faithful):
    """Returns times as milliseconds since 1970."""

    def moment(self, moment: int) -> Any:
        return moment


@fails("MEANING-18 SCHEMA-01")
class UndeclaredStatus(Faithful):
    """Returns 206 for every page except the last."""

    def report(self, ask: Request, question: Question) -> Response:
        response = super().report(ask, question)
        told = json.loads(response.body)
        if told["start"] + told["size"] < told["totalSize"]:
            response.status_code = 206
        return response


@fails("SCHEMA-02")
class HtmlReport(Faithful):
    """Sends JSON as text/html."""

    def say(self, body: Any) -> Response:
        return Response(json.dumps(body), media_type="text/html")


@fails("SCHEMA-02")
class NoContentType(Faithful):
    """Sends JSON without a content type."""

    def say(self, body: Any) -> Response:
        response = super().say(body)
        del response.headers["content-type"]
        return response


@fails("MANNERS-06 SCHEMA-02")
class HtmlErrors(Faithful):
    """Sends HTML pages instead of problems."""

    def refuse(self, ask: Request, refusal: RefusalError) -> Response:
        page = f"<!doctype html><title>Error</title><p>{refusal.detail}"
        return Response(page, refusal.status, refusal.headers, "text/html")


@fails("MANNERS-06 SCHEMA-02")
class PlainJsonErrors(Faithful):
    """Sends problems as application/json."""

    def refuse(self, ask: Request, refusal: RefusalError) -> Response:
        response = super().refuse(ask, refusal)
        response.headers["content-type"] = "application/json"
        return response


@fails("DRIFT-01 MANNERS-06 SCHEMA-04")
class ErrorsOfOtherShape(Faithful):
    """Returns errors as a message and a code."""

    def problem(self, ask: Request, refusal: RefusalError) -> Any:
        return {"message": refusal.detail, "code": refusal.status}


@fails("MANNERS-06 SCHEMA-04")
class ErrorsWithoutInstance(Faithful):
    """Omits `instance` from problems."""

    def problem(self, ask: Request, refusal: RefusalError) -> Any:
        told = super().problem(ask, refusal)
        del told["instance"]
        return told


@fails("DRIFT-01 MANNERS-01 MANNERS-14 SCHEMA-04")
class ErrorAsSuccess(Faithful):
    """Returns 200 for an unknown space."""

    def refuse(self, ask: Request, refusal: RefusalError) -> Response:
        response = super().refuse(ask, refusal)
        if refusal.status == 404 and "space" in refusal.detail:
            response.status_code = 200
            response.headers["content-type"] = "application/json"
        return response


@fails("DRIFT-03")
class HeaderIsNew(Faithful):
    """Sends an undeclared header."""

    def answer(self, ask: Request) -> Response:
        response = super().answer(ask)
        response.headers["X-Report-Shard"] = "7"
        return response


@fails("DRIFT-03")
class CookieIsSet(Faithful):
    """Sets a cookie."""

    def answer(self, ask: Request) -> Response:
        response = super().answer(ask)
        response.set_cookie("session", "a1b2c3")
        return response


@fails("MANNERS-10")
class DuplicateNames(Faithful):
    """Repeats the name `totalSize` in an object."""

    def say(self, body: Any) -> Response:
        response = super().say(body)
        text = bytes(response.body).replace(b"{", b'{"totalSize": 0,', 1)
        return Response(text, media_type="application/json")


@fails("MANNERS-10")
class ByteOrderMark(Faithful):
    """Starts JSON with a byte order mark."""

    def say(self, body: Any) -> Response:
        return Response(
            b"\xef\xbb\xbf" + bytes(super().say(body).body), media_type="application/json"
        )


@fails("MANNERS-10 SCHEMA-02")
class Latin1(Faithful):
    """Sends JSON in ISO 8859-1 and declares that charset."""

    def say(self, body: Any) -> Response:
        text = json.dumps(body, ensure_ascii=False).replace("‘", "«").encode("latin-1", "replace")
        return Response(text, media_type="application/json; charset=iso-8859-1")


@fails("MANNERS-10 SCHEMA-02")
class CutJson(Faithful):
    """Truncates the JSON of searches."""

    def report(self, ask: Request, question: Question) -> Response:
        response = super().report(ask, question)
        if question.kind != "searches":
            return response
        return Response(bytes(response.body)[:-3], media_type="application/json")


@fails("MANNERS-10 SCHEMA-02")
class NumberIsNan(Faithful):
    """Returns NaN for searches without results."""

    def row(self, row: Row) -> Row:
        told = super().row(row)
        is_none = told.get("numberOfResults") == 0
        return {**told, "numberOfResults": float("nan")} if is_none else told


@fails("MANNERS-10")
class WrongLength(Faithful):
    """Sends a `Content-Length` that is too small for errors."""

    def refuse(self, ask: Request, refusal: RefusalError) -> Response:
        response = super().refuse(ask, refusal)
        response.headers["content-length"] = "2"
        return response


@fails("MANNERS-15 MEANING-18 SCHEMA-01")
class Redirect(Faithful):
    """Redirects requests for searches to another host."""

    def report(self, ask: Request, question: Question) -> Response:
        if question.kind == "searches":
            return Response(status_code=307, headers={"Location": "https://elsewhere.example/"})
        return super().report(ask, question)
