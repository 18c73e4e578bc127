"""Defects in authentication."""

import base64

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import after, defects, fails
from tests.contract_tests.servers.conforming import (
    ConformingServer,
    RefusalError,
    refuse,
    without_header,
)

TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/srv/app/reports.py", line 41, in check_token\n'
    "KeyError: 'token'"
)


def sent(request: Request) -> list[str]:
    return request.headers.getlist("authorization")


defects(
    ("any-token", "Accepts every token.",
     "AUTH-06 AUTH-07 AUTH-08 AUTH-09 AUTH-15 AUTH-20 AUTH-21",
     "opens", after(lambda server, is_open, token: bool(token))),
    ("no-token", "Accepts requests without a token.", "AUTH-02 AUTH-12 AUTH-13 AUTH-21",
     "check_token", lambda server, usual, request: (
        "authorization" in request.headers and usual(request))),
    ("any-scheme", "Accepts the token with every scheme except Basic.", "AUTH-03",
     "tokens_of", lambda server, usual, request: [
        one.partition(" ")[2].strip() for one in sent(request)
        if not one.lower().startswith("basic")]),
    ("empty-token", "Accepts `Bearer` without a token.", "AUTH-04",
     "check_token", lambda server, usual, request: (
        (sent(request) and sent(request)[0].strip().lower() == "bearer") or usual(request))),
    ("last-word-is-token", "Accepts the token after another word.", "AUTH-05",
     "tokens_of", lambda server, usual, request: [
        one.split()[-1] if one.lower().startswith("bearer ") else "" for one in sent(request)]),
    ("cut-token", "Accepts a truncated token.", "AUTH-07",
     "opens", after(lambda server, is_open, token: bool(token) and server.tokens[-1].startswith(token))),
    ("longer-token", "Accepts a token with extra characters at the end.", "AUTH-07",
     "opens", after(lambda server, is_open, token: (
        bool(server.tokens[-1]) and token.startswith(server.tokens[-1])))),
    ("last-character-ignored", "Ignores the last character of the token.", "AUTH-08",
     "opens", after(lambda server, is_open, token: (
        len(token) == len(server.tokens[-1]) > 0 and token[:-1] == server.tokens[-1][:-1]))),
    ("token-in-any-case", "Compares tokens case-insensitively.", "AUTH-09",
     "opens", after(lambda server, is_open, token: (
        bool(token) and token.lower() == server.tokens[-1].lower()))),
    ("scheme-in-one-case", "Accepts the scheme only as `Bearer`.", "AUTH-10",
     "tokens_of", lambda server, usual, request: (
        usual(request) if all(one.startswith("Bearer") for one in sent(request)[:1]) else [""])),
    ("token-is-stripped", "Strips all white space around the token, including tabs.", "AUTH-11",
     "tokens_of", lambda server, usual, request: [
        one[6:].strip() if one.lower().startswith("bearer") else "" for one in sent(request)]),
    ("token-in-query", "Accepts a token in the query string.", "AUTH-12",
     "tokens_of", lambda server, usual, request: usual(request) or [
        value for name, value in request.query_params.multi_items()
        if name in {"access_token", "token"}][:1]),
    ("token-in-cookie", "Accepts a token in a cookie.", "AUTH-13",
     "tokens_of", after(lambda server, tokens, request: tokens or list(request.cookies.values())[:1])),
)  # fmt: skip


@fails("AUTH-13 DRIFT-03")
class SessionInCookie(ConformingServer):
    """Sets a cookie, and accepts it without a token."""

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        if response.status_code == 200:
            response.set_cookie("session", "known")
        return response

    def check_token(self, request: Request) -> None:
        if request.cookies.get("session") != "known":
            super().check_token(request)


defects(
    ("first-header-wins", "Uses the first of two `Authorization` headers.", "AUTH-14",
     "tokens_of", after(lambda server, tokens, request: tokens[:1])),
    ("any-header-wins", "Accepts two `Authorization` headers if one of them is valid.", "AUTH-14",
     "tokens_of", after(lambda server, tokens, request: (
        [token for token in tokens if server.opens(token)][:1] or tokens))),
    ("token-of-the-other", "Accepts the token of the other residency.", "AUTH-15",
     "opens", after(lambda server, is_open, token: is_open or token == server.other.token)),
)  # fmt: skip


@fails("AUTH-16")
class BasicAccepted(ConformingServer):
    """Accepts the token as an HTTP Basic password."""

    def tokens_of(self, request: Request) -> list[str]:
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return super().tokens_of(request)
        try:
            return base64.b64decode(sent).decode().split(":")[-1:]
        except ValueError:
            return [""]


defects(
    ("revoked-token", "Accepts replaced and deleted tokens.", "AUTH-20",
     "opens", after(lambda server, is_open, token: bool(token) and token in server.tokens)),
    ("replaced-token", "Accepts the previous token, unless it was deleted.", "AUTH-20",
     "opens", after(lambda server, is_open, token: (
        is_open or (bool(server.tokens[-1]) and token in server.tokens[-2:])))),
    ("deleted-token", "Accepts a deleted token until a new one is generated.", "AUTH-20",
     "opens", after(lambda server, is_open, token: (
        bool(token) and token == next(filter(None, reversed(server.tokens)))))),
    ("first-token-only", "Rejects every token except the first.", "AUTH-20",
     "opens", after(lambda server, is_open, token: is_open and token == server.site.token)),
    ("forbidden-instead", "Returns 403 instead of 401.",
     ("AUTH-02 AUTH-03 AUTH-04 AUTH-05 AUTH-06 AUTH-07 AUTH-08 AUTH-09 AUTH-11 AUTH-12 AUTH-13 "
      "AUTH-14 AUTH-15 AUTH-16 AUTH-20 AUTH-21"),
     "unauthorized", after(lambda server, refusal, detail, error: RefusalError(403, detail))),
    ("no-challenge", "Sends no `WWW-Authenticate` header.", "AUTH-17 SCHEMA-03",
     "unauthorized", after(lambda server, refusal, detail, error: RefusalError(401, detail))),
    ("head-without-challenge",
     "Sends no `WWW-Authenticate` header with 401 responses to HEAD.", "AUTH-17",
     "respond", after(lambda server, response, request: without_header(
        response, "WWW-Authenticate"
        if (request.method, response.status_code) == ("HEAD", 401) else ""))),
    ("other-challenge", "Sends a challenge for HTTP Basic.", "AUTH-17",
     "unauthorized", lambda server, usual, detail, error: (
        RefusalError(401, detail, {"WWW-Authenticate": 'Basic realm="reports"'}))),
    ("existence-leaks", "Looks up the space before it checks the token.", "AUTH-19",
     "check_token", lambda server, usual, request: (
        refuse(404, "There is no such space.")
        if "/spaces/" in request.url.path and request.url.path.split("/")[-2] not in server.site.spaces
        else usual(request))),
)  # fmt: skip


@fails("AUTH-19")
class ExistenceLeaksInWords(ConformingServer):
    """Reveals whether a content exists to clients without a token."""

    def check_token(self, request: Request) -> None:
        try:
            super().check_token(request)
        except RefusalError as refusal:
            is_known = any(str(content) in request.url.path for content in self.site.contents)
            refusal.detail += " It is a report on us." if is_known else ""
            raise


@fails("AUTH-19")
class ExistenceLeaksInNumbers(ConformingServer):
    """Reveals the number of visits of a space to clients without a token."""

    def check_token(self, request: Request) -> None:
        try:
            super().check_token(request)
        except RefusalError as refusal:
            rows = sum(f"/{row['spaceKey']}/" in request.url.path for row in self.site.visits)
            refusal.detail += f" There are {rows} visits."
            raise


defects(
    ("token-is-shown", "Returns the valid token to clients with an invalid one.",
     "MANNERS-07 MANNERS-16", "unauthorized", lambda server, usual, detail, error: (
        usual(f"{detail} Expected {server.tokens[-1]}.", error))),
    ("trace-of-refusal", "Returns a stack trace in 401 responses.", "MANNERS-07",
     "unauthorized", lambda server, usual, detail, error: usual(TRACE, error)),
    ("rows-in-refusal", "Returns rows in 401 responses.", "MANNERS-07 DRIFT-01",
     "problem", lambda server, usual, request, refusal: {
        **usual(request, refusal),
        **({"results": [server.row(server.site.visits[-1])]} if refusal.status == 401 else {})}),
    ("token-is-refused", "Rejects the valid token for searches.", "AUTH-01",
     "check_token", lambda server, usual, request: (
        refuse(401, "Not today.", {"WWW-Authenticate": 'Bearer realm="reports"'})
        if request.url.path.endswith("/searches") else usual(request))),
)  # fmt: skip
