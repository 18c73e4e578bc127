"""The first page: where the mock is, how to ask it, and how much of it is assumed."""

import shlex
from collections import Counter
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_server.errors import ApiError
from mock_server.examples import example_path
from mock_server.pages.showing import Pages, url_of
from mock_server.provenance import Status, provenance_of
from mock_server.swagger import UI

_MOST_LINES = 6
"""A document may have dozens of operations."""


def show_start(pages: Pages, request: Request) -> Response:
    """Give the page, or lead programs that would rather have JSON to the document."""
    accepted = request.headers.get("accept", "")
    if "json" in accepted and "html" not in accepted:
        return RedirectResponse("/openapi.json")
    control, site = pages.control, pages.site
    token = None
    with suppress(ApiError):  # then it is not shown
        pages.check(request)
        token = site.demo_token
    header = shlex.quote(f"Authorization: Bearer {token or '<your token>'}")
    base = url_of(request) + control.document.base_path
    marks = [one for one in provenance_of(control.document.content) if one.status is not None]
    return pages.show(
        request,
        "start",
        url=url_of(request),
        ui=UI,
        token=token,
        is_active=site.tokens.state() is not None,
        lines=[
            (bound.operation, f"curl -H {header} {shlex.quote(base + example_path(bound, site))}")
            for bound in list(control.binding.operations.values())[:_MOST_LINES]
        ],
        site=site,
        title=control.document.title,
        counts=Counter(one.status for one in marks),
        statuses=list(Status),
        marks=marks,
    )
