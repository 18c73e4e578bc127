"""Servers that still respond as version 1 after its end."""

from starlette.requests import Request
from starlette.responses import Response

from tests.contract_tests.servers.catalogue import fails
from tests.contract_tests.servers.conforming import ConformingServer, RefusalError


@fails("V1-05")
class OldApiLivesOn(ConformingServer):
    """Still requires a password for version 1 after its end."""

    def handle(self, request: Request) -> Response:
        if request.url.path.startswith("/api/report/"):
            raise RefusalError(401, "Say who you are.", {"WWW-Authenticate": 'Basic realm="old"'})
        return super().handle(request)


@fails("V1-05")
class OldApiIsOpen(ConformingServer):
    """Still returns the searches of version 1 after its end."""

    def handle(self, request: Request) -> Response:
        if request.url.path == "/api/report/searches":
            return self.success({"results": [self.row(row) for row in self.site.searches]})
        return super().handle(request)
