"""Servers that still respond as version 1 after its end."""

from tests.contract_tests.servers.catalogue import defects
from tests.contract_tests.servers.conforming import refuse

defects(
    ("old-api-lives-on", "Still requires a password for version 1 after its end.", "V1-05",
     "handle", lambda server, usual, request: (
        refuse(401, "Say who you are.", {"WWW-Authenticate": 'Basic realm="old"'})
        if request.url.path.startswith("/api/report/") else usual(request))),
    ("old-api-is-open", "Still returns the searches of version 1 after its end.", "V1-05",
     "handle", lambda server, usual, request: (
        server.success({"results": [server.row(row) for row in server.site.searches]})
        if request.url.path == "/api/report/searches" else usual(request))),
)  # fmt: skip
