"""A server that supports version 1 before its end, and variants with defects."""

import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from contract_tests.wire.targets import Target, Version1Caller
from tests.contract_tests.servers.catalogue import fails
from tests.contract_tests.servers.faithful import Faithful, RefusalError, Row

_PATH = re.compile(r"/api/report/(?:(contents|spaces)/([^/]+)/visits|searches)")
_END = 1_704_067_200
_CALLER = Version1Caller("ada@site.example", "an-api-token-of-ada", "https://site.example")
_AUTHORIZATION = "Basic " + b64encode(b"ada@site.example:an-api-token-of-ada").decode()


class Old(Faithful):
    """Conforms to version 1 too, in autumn 2023."""

    today = _END - 90 * 86_400
    sunset = formatdate(_END, usegmt=True)
    challenge = 'Basic realm="reports"'

    def target(self) -> Target:
        return replace(super().target(), version_1_caller=_CALLER)

    def answer(self, ask: Request) -> Response:
        response = super().answer(ask)
        if _PATH.fullmatch(ask.scope["raw_path"].decode("latin-1")):
            told = {"Deprecation": "@1688515200", "Sunset": self.sunset}
            response.headers.update(told | {"Date": formatdate(self.today, usegmt=True)})
        return response

    def handle(self, ask: Request) -> Response:
        found = _PATH.fullmatch(ask.scope["raw_path"].decode("latin-1"))
        if not found:
            return super().handle(ask)
        if not self.knows(ask):
            raise RefusalError(401, "Say who you are.", {"WWW-Authenticate": self.challenge})
        if found[1] == "contents":
            return self.say(self.viewers(self.visits_of("contentId", int(found[2]))))
        if found[1] == "spaces":
            self.check_site(ask.query_params.get("baseUrl"))
            return self.say(self.viewers(self.visits_of("spaceKey", unquote(found[2]))))
        return self.say({"results": [self.search(row) for row in self.site.searches]})

    def knows(self, ask: Request) -> bool:
        return ask.headers.get("authorization") == _AUTHORIZATION

    def check_site(self, site_url: str | None) -> None:
        if site_url != _CALLER.site_url:
            raise RefusalError(404, "There is no such site.")

    def viewers(self, rows: list[Row]) -> Any:
        views = Counter(row["userId"] for row in rows)
        return {"results": [{"user": {"username": who}, "views": n} for who, n in views.items()]}

    def search(self, row: Row) -> Row:
        told = self.row(row)
        told["user"] = {"username": told.pop("userId")}
        del told["isProtectedUser"]
        return told


@fails("V1-01 V1-02")
class OldViewsAreWords(Old):
    """Returns numbers of views as strings, in version 1."""

    def viewers(self, rows: list[Row]) -> Any:
        told = super().viewers(rows)
        return {"results": [{**row, "views": str(row["views"])} for row in told["results"]]}


@fails("V1-02")
class OldSiteIgnored(Old):
    """Ignores `baseUrl`, in version 1."""

    def check_site(self, site_url: str | None) -> None:
        pass


@fails("V1-03")
class OldSearchesWithoutTerm(Old):
    """Omits the search term, in version 1."""

    def search(self, row: Row) -> Row:
        return {name: value for name, value in super().search(row).items() if name != "searchTerm"}


@fails("V1-03")
class OldSearchesRefused(Old):
    """Rejects every request for searches, in version 1."""

    def search(self, row: Row) -> Row:
        raise RefusalError(403, "That needs Global Access.")


@fails("V1-04")
class OldApiIsOpen(Old):
    """Requires no authentication, in version 1."""

    def knows(self, ask: Request) -> bool:
        return True


@fails("V1-04")
class OldApiWantsBearer(Old):
    """Sends a challenge for a bearer token that it does not accept, in version 1."""

    challenge = 'Bearer realm="reports"'


@fails("V1-05")
class OldApiEndsLater(Old):
    """Announces another end of version 1."""

    sunset = formatdate(_END + 365 * 86_400, usegmt=True)


@fails("V1-05")
class OldApiLivesOn(Old):
    """Still responds as version 1 after its end."""

    today = _END
