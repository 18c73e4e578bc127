"""Serve and retire version 1 of the API.

The vendor documents one host, that of the US residency, and December 31, 2023 as the end. The time
(midnight UTC), the headers, the 404 and the 410 are assumed.
"""

import re
from collections.abc import Mapping
from datetime import date
from email.utils import formatdate
from functools import cache
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.api.context import context_of, site_of
from mock_server.binding.infer import bind
from mock_server.binding.model import Binding
from mock_server.clock import SECOND, start_of
from mock_server.errors import ApiError, NotFoundError
from mock_server.openapi.document import Document
from mock_server.openapi.load import own_document
from mock_server.world.domain import Residency

DEPRECATED = start_of(date(2023, 7, 5))
"""Epoch milliseconds; the date of a picture on the page that announces the end."""

END = start_of(date(2024, 1, 1))
"""The first epoch millisecond after the end of version 1."""


class GoneError(ApiError, status=410):
    """The operation was retired; the detail names its successor."""


@cache
def old_api() -> tuple[Document, Binding]:
    """Return the bundled document of version 1 and its binding."""
    document = own_document("viewtracker-v1.yaml")
    return document, bind(document)


def successors(old: Binding, document: Document, binding: Binding) -> dict[str, str]:
    """Return the path of the equivalent new operation for each old operation id.

    Path parameters are replaced by `{}`. Old operations without a successor are omitted.
    """
    prefix = document.base_path
    found: dict[str, str] = {}
    for name, bound in old.operations.items():
        for one in binding.operations.values():
            path = one.operation.path
            if one.subject is bound.subject and path.count("{") == bound.operation.path.count("{"):
                found.setdefault(name, prefix + re.sub(r"\{[^}]*\}", "{}", path))
    return found


class RetirementMiddleware:
    """Add deprecation headers to responses of version 1, and refuse requests after its end.

    Runs between Connexion's routing and security: the operation is known, and clients learn about
    the end without valid credentials.
    """

    def __init__(self, app: ASGIApp, *, paths: Mapping[str, str]) -> None:
        self._app = app
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        routing, context = scope["extensions"]["connexion_routing"], context_of(scope)
        path = self._paths.get(routing["operation_id"])
        if path is not None:
            path = path.format(*(quote(each, safe="~") for each in scope["path_params"].values()))
        if site_of(scope).residency is not Residency.US:
            raise NotFoundError(
                f"Version 1 of the API is at the US host only. Use {path or 'version 2'} here."
            )
        headers = context.headers
        headers["Deprecation"] = f"@{DEPRECATED // SECOND}"  # RFC 9745
        headers["Sunset"] = formatdate(END // SECOND, usegmt=True)  # RFC 8594
        if path is not None:
            headers["Link"] = f'<{path}>; rel="successor-version"'  # RFC 5829
        if context.now >= END:
            raise GoneError(
                f"Version 1 of the API ended with 2023-12-31. Use {path or 'version 2'} instead, "
                "with the token generated under Interfaces."
            )
        await self._app(scope, receive, send)
