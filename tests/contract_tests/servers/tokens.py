"""Defects in authentication."""

import base64
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import fails
from tests.contract_tests.servers.faithful import Faithful, RefusalError

TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/srv/app/reports.py", line 41, in check_token\n'
    "KeyError: 'token'"
)


@fails("AUTH-06 AUTH-07 AUTH-08 AUTH-09 AUTH-15 AUTH-20 AUTH-21")
class AnyToken(Faithful):
    """Accepts every token."""

    def opens(self, token: str) -> bool:
        return bool(token)


@fails("AUTH-02 AUTH-12 AUTH-13 AUTH-21")
class NoToken(Faithful):
    """Accepts requests without a token."""

    def check_token(self, ask: Request) -> None:
        if "authorization" in ask.headers:
            super().check_token(ask)


@fails("AUTH-03")
class AnyScheme(Faithful):
    """Accepts the token with every scheme except Basic."""

    def tokens_of(self, ask: Request) -> list[str]:
        said = ask.headers.getlist("authorization")
        return [
            one.partition(" ")[2].strip() for one in said if not one.lower().startswith("basic")
        ]


@fails("AUTH-04")
class EmptyToken(Faithful):
    """Accepts `Bearer` without a token."""

    def check_token(self, ask: Request) -> None:
        if ask.headers.get("authorization", "-").strip().lower() != "bearer":
            super().check_token(ask)


@fails("AUTH-05")
class LastWordIsToken(Faithful):
    """Accepts the token after another word."""

    def tokens_of(self, ask: Request) -> list[str]:
        said = ask.headers.getlist("authorization")
        return [one.split()[-1] if one.lower().startswith("bearer ") else "" for one in said]


@fails("AUTH-07")
class CutToken(Faithful):
    """Accepts a truncated token."""

    def opens(self, token: str) -> bool:
        return bool(token) and self.tokens[-1].startswith(token)


@fails("AUTH-07")
class LongerToken(Faithful):
    """Accepts a token with extra characters at the end."""

    def opens(self, token: str) -> bool:
        return bool(self.tokens[-1]) and token.startswith(self.tokens[-1])


@fails("AUTH-08")
class LastCharacterIgnored(Faithful):
    """Ignores the last character of the token."""

    def opens(self, token: str) -> bool:
        good = self.tokens[-1]
        return bool(good) and len(token) == len(good) and token[:-1] == good[:-1]


@fails("AUTH-09")
class TokenInAnyCase(Faithful):
    """Compares tokens case-insensitively."""

    def opens(self, token: str) -> bool:
        return bool(token) and token.lower() == self.tokens[-1].lower()


@fails("AUTH-10")
class SchemeInOneCase(Faithful):
    """Accepts the scheme only as `Bearer`."""

    def tokens_of(self, ask: Request) -> list[str]:
        is_plain = ask.headers.get("authorization", "Bearer").startswith("Bearer")
        return super().tokens_of(ask) if is_plain else [""]


@fails("AUTH-11")
class TokenIsStripped(Faithful):
    """Strips all white space around the token, including tabs."""

    def tokens_of(self, ask: Request) -> list[str]:
        said = ask.headers.getlist("authorization")
        return [one[6:].strip() if one.lower().startswith("bearer") else "" for one in said]


@fails("AUTH-12")
class TokenInQuery(Faithful):
    """Accepts a token in the query string."""

    def tokens_of(self, ask: Request) -> list[str]:
        named = parse_qs(ask.scope["query_string"].decode("latin-1"))
        in_query = [one for name in ("access_token", "token") for one in named.get(name, ())]
        return super().tokens_of(ask) or in_query[:1]


@fails("AUTH-13")
class TokenInCookie(Faithful):
    """Accepts a token in a cookie."""

    def tokens_of(self, ask: Request) -> list[str]:
        return super().tokens_of(ask) or list(ask.cookies.values())[:1]


@fails("AUTH-13 DRIFT-03")
class SessionInCookie(Faithful):
    """Sets a cookie, and accepts it without a token."""

    def answer(self, ask: Request) -> Response:
        response = super().answer(ask)
        if response.status_code == 200:
            response.set_cookie("session", "known")
        return response

    def check_token(self, ask: Request) -> None:
        if ask.cookies.get("session") != "known":
            super().check_token(ask)


@fails("AUTH-14")
class FirstHeaderWins(Faithful):
    """Uses the first of two `Authorization` headers."""

    def tokens_of(self, ask: Request) -> list[str]:
        return super().tokens_of(ask)[:1]


@fails("AUTH-14")
class AnyHeaderWins(Faithful):
    """Accepts two `Authorization` headers if one of them is valid."""

    def tokens_of(self, ask: Request) -> list[str]:
        found = super().tokens_of(ask)
        return [one for one in found if self.opens(one)][:1] or found


@fails("AUTH-15")
class TokenOfTheOther(Faithful):
    """Accepts the token of the other residency."""

    def opens(self, token: str) -> bool:
        return super().opens(token) or token == self.other.token


@fails("AUTH-16")
class BasicAccepted(Faithful):
    """Accepts the token as an HTTP Basic password."""

    def tokens_of(self, ask: Request) -> list[str]:
        scheme, _, said = ask.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return super().tokens_of(ask)
        try:
            return base64.b64decode(said).decode().split(":")[-1:]
        except ValueError:
            return [""]


@fails("AUTH-20")
class RevokedToken(Faithful):
    """Accepts replaced and deleted tokens."""

    def opens(self, token: str) -> bool:
        return bool(token) and token in self.tokens


@fails("AUTH-20")
class ReplacedToken(Faithful):
    """Accepts the previous token, unless it was deleted."""

    def opens(self, token: str) -> bool:
        return super().opens(token) or (bool(self.tokens[-1]) and token in self.tokens[-2:])


@fails("AUTH-20")
class DeletedToken(Faithful):
    """Accepts a deleted token until a new one is generated."""

    def opens(self, token: str) -> bool:
        return bool(token) and token == next(filter(None, reversed(self.tokens)))


@fails("AUTH-20")
class FirstTokenOnly(Faithful):
    """Rejects every token except the first."""

    def opens(self, token: str) -> bool:
        return super().opens(token) and token == self.site.token


@fails(
    "AUTH-02 AUTH-03 AUTH-04 AUTH-05 AUTH-06 AUTH-07 AUTH-08 AUTH-09 AUTH-11 AUTH-12 AUTH-13 AUTH-14 AUTH-15 AUTH-16 AUTH-20 AUTH-21"
)
class ForbiddenInstead(Faithful):
    """Returns 403 instead of 401."""

    def unauthorized(self, detail: str, error: str) -> RefusalError:
        return RefusalError(403, detail)


@fails("AUTH-17 SCHEMA-03")
class NoChallenge(Faithful):
    """Sends no `WWW-Authenticate` header."""

    def unauthorized(self, detail: str, error: str) -> RefusalError:
        return RefusalError(401, detail)


@fails("AUTH-17")
class HeadWithoutChallenge(Faithful):
    """Sends no `WWW-Authenticate` header with 401 responses to HEAD."""

    def answer(self, ask: Request) -> Response:
        response = super().answer(ask)
        if ask.method == "HEAD" and response.status_code == 401:
            del response.headers["WWW-Authenticate"]
        return response


@fails("AUTH-17")
class OtherChallenge(Faithful):
    """Sends a challenge for HTTP Basic."""

    def unauthorized(self, detail: str, error: str) -> RefusalError:
        return RefusalError(401, detail, {"WWW-Authenticate": 'Basic realm="reports"'})


@fails("AUTH-19")
class ExistenceLeaks(Faithful):
    """Looks up the space before it checks the token."""

    def check_token(self, ask: Request) -> None:
        parts = ask.url.path.split("/")
        if parts[-3] == "spaces" and parts[-2] not in self.site.spaces:
            raise RefusalError(404, "There is no such space.")
        super().check_token(ask)


@fails("AUTH-19")
class ExistenceLeaksInWords(Faithful):
    """Reveals whether a content exists to clients without a token."""

    def check_token(self, ask: Request) -> None:
        try:
            super().check_token(ask)
        except RefusalError as refusal:
            is_known = any(str(content) in ask.url.path for content in self.site.contents)
            refusal.detail += " It is a report on us." if is_known else ""
            raise


@fails("AUTH-19")
class ExistenceLeaksInNumbers(Faithful):
    """Reveals the number of visits of a space to clients without a token."""

    def check_token(self, ask: Request) -> None:
        try:
            super().check_token(ask)
        except RefusalError as refusal:
            rows = sum(f"/{row['spaceKey']}/" in ask.url.path for row in self.site.visits)
            refusal.detail += f" There are {rows} visits."
            raise


@fails("MANNERS-07 MANNERS-16")
class TokenIsShown(Faithful):
    """Returns the valid token to clients with an invalid one."""

    def unauthorized(self, detail: str, error: str) -> RefusalError:
        return super().unauthorized(f"{detail} Expected {self.tokens[-1]}.", error)


@fails("MANNERS-07")
class TraceOfRefusal(Faithful):
    """Returns a stack trace in 401 responses."""

    def unauthorized(self, detail: str, error: str) -> RefusalError:
        return super().unauthorized(TRACE, error)


@fails("MANNERS-07 DRIFT-01")
class RowsInRefusal(Faithful):
    """Returns rows in 401 responses."""

    def problem(self, ask: Request, refusal: RefusalError) -> dict[str, object]:
        told = super().problem(ask, refusal)
        is_open = refusal.status == 401
        return {**told, "results": [self.row(self.site.visits[-1])]} if is_open else told


@fails("AUTH-01")
class TokenIsRefused(Faithful):
    """Rejects the valid token for searches."""

    def handle(self, ask: Request) -> Response:
        if ask.url.path.endswith("/searches"):
            raise self.unauthorized("Not today.", "")
        return super().handle(ask)
