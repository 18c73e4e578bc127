"""Defects in status codes, headers, content types and bodies."""

import json

from starlette.responses import Response

from tests.contract_tests.servers.catalogue import after, defects
from tests.contract_tests.servers.conforming import (
    Row,
    with_headers,
    with_status,
)


def without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


def with_text(row: Row, name: str) -> Row:
    return {key: str(value) if key == name else value for key, value in row.items()}


defects(
    ("number-as-text", "Returns the number of results as a string.", "SCHEMA-04",
     "row", after(lambda server, row, raw: with_text(row, "numberOfResults"))),
    ("content-id-as-text", "Returns content ids as strings.", "SCHEMA-04",
     "row", after(lambda server, row, raw: with_text(row, "contentId"))),
    ("field-is-gone", "Omits `contentName` from every visit.", "DRIFT-02 SCHEMA-04",
     "row", after(lambda server, row, raw: without(row, "contentName"))),
    ("field-is-renamed", "Renames `searchTerm`.", "DRIFT-01 DRIFT-02 SCHEMA-04",
     "row", after(lambda server, row, raw: {"term" if name == "searchTerm" else name: value
                                      for name, value in row.items()})),
    ("field-is-sometimes-missing", "Omits `parentContentId` if a content has no parent.",
     "SCHEMA-04", "row", after(lambda server, row, raw: (
        without(row, "parentContentId") if row.get("parentContentId") is None else row))),
    ("field-is-new", "Returns the viewer's country, an undeclared property.",
     "DRIFT-01 SCHEMA-04", "row", after(lambda server, row, raw: {**row, "country": "CH"})),
    ("field-is-new-around-rows", "Returns the undeclared property `next` beside the rows.",
     "DRIFT-01 SCHEMA-04", "body", after(lambda server, body, *_: {**body, "next": None})),
    ("field-is-new-in-problems", "Returns an undeclared number in errors, which the schema allows.",
     "DRIFT-01", "problem", after(lambda server, problem, *_: {**problem, "code": 17})),
    ("word-is-new", "Returns a content type for attachments that is not in the enumeration.",
     "SCHEMA-04", "row", after(lambda server, row, raw: {
        name: "file" if value == "attachment" else value for name, value in row.items()})),
    ("null-instead", "Returns null for the names of attachments.", "SCHEMA-04",
     "row", after(lambda server, row, raw: (
        {**row, "contentName": None} if row.get("contentType") == "attachment" else row))),
    ("number-below-bounds", "Returns -1 for searches without results.", "SCHEMA-04",
     "row", after(lambda server, row, raw: (
        {**row, "numberOfResults": -1} if row.get("numberOfResults") == 0 else row))),
    ("empty-user", "Returns an empty account id for anonymous users.", "SCHEMA-04",
     "row", after(lambda server, row, raw: (
        {**row, "userId": ""} if row["userId"] == "Anonymous" else row))),
    ("naive-time", "Returns times without a time zone.", "MEANING-26 SCHEMA-04",
     "moment", after(lambda server, text, moment: text.removesuffix("Z"))),
    ("time-with-blank", "Returns times with a space instead of T and no colon in the offset.",
     "MEANING-26 SCHEMA-04",
     "moment", after(lambda server, text, moment: text.replace("T", " ").replace("Z", "+0000"))),
    ("time-as-number", "Returns times as milliseconds since 1970.", "MEANING-26 SCHEMA-04",
     "moment", after(lambda server, text, moment: moment)),
    ("undeclared-status", "Returns 206 for every page except the last.", "MEANING-18 SCHEMA-01",
     "success", lambda server, usual, body: with_status(
        usual(body), 206 if body["start"] + body["size"] < body["totalSize"] else 200)),
    ("html-report", "Sends JSON as text/html.", "SCHEMA-02",
     "success", lambda server, usual, body: Response(json.dumps(body), media_type="text/html")),
    ("no-content-type", "Sends JSON without a content type.", "SCHEMA-02",
     "success", lambda server, usual, body: Response(json.dumps(body))),
    ("html-errors", "Sends HTML pages instead of problems.", "MANNERS-06 SCHEMA-02",
     "error", lambda server, usual, request, refusal: Response(
        f"<!doctype html><title>Error</title><p>{refusal.detail}", refusal.status,
        refusal.headers, "text/html")),
    ("plain-json-errors", "Sends problems as application/json.", "MANNERS-06 SCHEMA-02",
     "error", after(lambda server, response, *_: (
        with_headers(response, {"Content-Type": "application/json"})))),
    ("errors-of-other-shape", "Returns errors as a message and a code.",
     "DRIFT-01 MANNERS-06 SCHEMA-04", "problem", after(lambda server, problem, request, refusal: (
        {"message": refusal.detail, "code": refusal.status}))),
    ("errors-without-instance", "Omits `instance` from problems.", "MANNERS-06 SCHEMA-04",
     "problem", after(lambda server, problem, *_: without(problem, "instance"))),
    ("error-as-success", "Returns 200 for an unknown space.",
     "DRIFT-01 MANNERS-01 MANNERS-14 SCHEMA-04",
     "error", lambda server, usual, request, refusal: (
        server.success(server.problem(request, refusal))
        if refusal.status == 404 and "space" in refusal.detail else usual(request, refusal))),
    ("header-is-new", "Sends an undeclared header.", "DRIFT-03",
     "respond", after(lambda server, response, request: with_headers(response, {"X-Report-Shard": "7"}))),
    ("cookie-is-set", "Sets a cookie.", "DRIFT-03",
     "respond", after(lambda server, response, request: (
        with_headers(response, {"Set-Cookie": "session=a1b2c3; Path=/; SameSite=lax"})))),
    ("duplicate-names", "Repeats the name `totalSize` in an object.", "MANNERS-10",
     "success", lambda server, usual, body: Response(
        json.dumps(body).replace("{", '{"totalSize": 0,', 1), media_type="application/json")),
    ("byte-order-mark", "Starts JSON with a byte order mark.", "MANNERS-10",
     "success", lambda server, usual, body: Response(
        json.dumps(body).encode("utf-8-sig"), media_type="application/json")),
    ("latin1", "Sends JSON in ISO 8859-1 and declares that charset.", "MANNERS-10 SCHEMA-02",
     "success", lambda server, usual, body: Response(
        json.dumps(body, ensure_ascii=False).replace("‘", "«").encode("latin-1", "replace"),
        media_type="application/json; charset=iso-8859-1")),
    ("cut-json", "Truncates the JSON of searches.", "MANNERS-10 SCHEMA-02",
     "report", lambda server, usual, request, query: (
        usual(request, query) if query.kind != "searches" else Response(
            bytes(usual(request, query).body)[:-3], media_type="application/json"))),
    ("redirect", "Redirects requests for searches to another host.",
     "MANNERS-15 MEANING-18 SCHEMA-01", "report", lambda server, usual, request, query: (
        Response(status_code=307, headers={"Location": "https://elsewhere.example/"})
        if query.kind == "searches" else usual(request, query))),
    ("number-is-nan", "Returns NaN for searches without results.", "MANNERS-10 SCHEMA-02",
     "row", after(lambda server, row, raw: (
        {**row, "numberOfResults": float("nan")} if row.get("numberOfResults") == 0 else row))),
    ("wrong-length", "Sends a `Content-Length` that is too small for errors.", "MANNERS-10",
     "error", after(lambda server, response, *_: with_headers(response, {"Content-Length": "2"}))),
)  # fmt: skip
