"""The ASGI application of the browser pages."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from mock_server.api.parameters import read_body
from mock_server.control.mock import Control
from mock_server.data.site import Site
from mock_server.errors import ApiError
from mock_server.pages import PREFIX
from mock_server.pages.render import Pages
from mock_server.pages.report import show_report
from mock_server.pages.views import (
    change_clock,
    change_faults,
    change_token,
    show_interfaces,
    show_start,
    show_traffic,
    show_world,
)

_LARGEST_FORM = 65_536
"""Bytes."""
_OPEN = {"/": show_start, "/report": show_report, "/world": show_world}
_GUARDED = {"/interfaces": show_interfaces, "/traffic": show_traffic}
_FORMS = {
    "/interfaces": (change_token, show_interfaces),
    "/traffic/clock": (change_clock, show_traffic),
    "/traffic/faults": (change_faults, show_traffic),
}


def pages_app(control: Control, site: Site, *, home: str) -> ASGIApp:
    """Return the application of a site's pages; `home` is the path of the start page."""
    pages = Pages(control, site, home=home)

    async def show(page: Callable[..., Response], request: Request) -> Response:
        if page in _GUARDED.values():
            pages.check(request)
        return await run_in_threadpool(page, pages, request)

    async def change(
        do: Callable[[Pages, dict[str, str]], Response],
        page: Callable[..., Response],
        request: Request,
    ) -> Response:
        pages.check(request)
        body = await read_body(request, _LARGEST_FORM, f"A form has up to {_LARGEST_FORM:,} bytes.")
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            return await run_in_threadpool(do, pages, form)
        except ApiError as error:
            return await run_in_threadpool(page, pages, request, error=error, typed=form)

    def refuse(request: Request, error: Any) -> Response:
        if isinstance(error, HTTPException):
            path, method = request.scope["path"][:200], request.method
            status, headers = error.status_code, dict(error.headers or {})
            error = ApiError(f"There is no page at {path!r} for {method}.", headers=headers)
            error.status = status
        return pages.show(request, "problem", error=error)

    app = Starlette(
        routes=[
            Route(home, partial(show, show_start)),
            *(Route(PREFIX + at, partial(show, page)) for at, page in (_OPEN | _GUARDED).items()),
            *(
                Route(PREFIX + at, partial(change, *both), methods=["POST"])
                for at, both in _FORMS.items()
            ),
            *(Route(PREFIX + at, _lead_back) for at in _FORMS if at not in _GUARDED),
            Mount(f"{PREFIX}/assets", StaticFiles(packages=[("mock_server.pages", "assets")])),
        ],
        exception_handlers={ApiError: refuse, HTTPException: refuse, ClientDisconnect: _leave},
    )
    app.router.redirect_slashes = False  # redirects would contain the client's Host header
    return app


async def _lead_back(request: Request) -> Response:
    """Redirect a GET of a form's action to its page, as on a reload."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{PREFIX}/traffic{query}", 303)


async def _leave(_: Request, __: Exception) -> Response:
    """Return a response that nobody reads: the client disconnected before its form was read."""
    return Response(status_code=400)
