"""The first page: where the mock is, how to ask it, and how much of it is assumed."""

import shlex
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_server.admin import PREFIX as CONTROL
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
    token = pages.site.demo_token if pages.may_control(request) else None
    marks = provenance_of(pages.control.document.content)
    return pages.show(
        request,
        "start",
        url=url_of(request),
        token=token,
        token_record=pages.site.tokens.state(),
        lines=_lines(pages, request, token or "<your token>"),
        world=pages.site.world,
        seed=pages.site.seed,
        title=pages.control.document.title,
        ui=UI,
        control=CONTROL if pages.control.settings.admin else None,
        counts=Counter(one.status for one in marks),
        statuses=list(Status),
        marks=[one for one in marks if one.status is not None],
    )


def _lines(pages: Pages, request: Request, token: str) -> list[dict[str, Any]]:
    header = shlex.quote(f"Authorization: Bearer {token}")
    base = url_of(request) + pages.control.document.base_path
    return [
        {
            "about": bound.operation.summary or bound.operation.id,
            "text": f"curl -H {header} {shlex.quote(base + example_path(bound, pages.site))}",
        }
        for bound in list(pages.control.binding.operations.values())[:_MOST_LINES]
    ]
