"""The ASGI application of the browser pages."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

_Page = Callable[..., Response]
_Change = Callable[[Pages, dict[str, str]], Response]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


_LARGEST_FORM = 65_536
"""Bytes."""


def pages_app(control: Control, site: Site, *, home: str) -> ASGIApp:
    """Return the application of a site's pages; `home` is the path of the start page."""
    pages = Pages(control, site, home=home)
    for_all = {
        home: show_start,
        f"{PREFIX}/": show_start,
        f"{PREFIX}/report": show_report,
        f"{PREFIX}/world": show_world,
    }
    guarded = {f"{PREFIX}/interfaces": show_interfaces, f"{PREFIX}/traffic": show_traffic}
    changing = {
        f"{PREFIX}/interfaces": (change_token, show_interfaces),
        f"{PREFIX}/traffic/clock": (change_clock, show_traffic),
        f"{PREFIX}/traffic/faults": (change_faults, show_traffic),
    }

    def check(request: Request) -> None:
        if request.scope["path"].startswith((*guarded, *changing)):
            pages.check(request)

    async def show(page: _Page, request: Request) -> Response:
        check(request)
        return await run_in_threadpool(page, pages, request)

    async def change(do: _Change, page: _Page, request: Request) -> Response:
        check(request)
        form = await _form(request)
        try:
            return await run_in_threadpool(do, pages, form)
        except ApiError as error:
            return await run_in_threadpool(page, pages, request, error=error, typed=form)

    async def lead_back(request: Request) -> Response:
        """Redirect a GET of a form's action to its page, as on a reload."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{PREFIX}/traffic{query}", 303)

    routes = [
        *(Route(path, partial(show, page)) for path, page in (for_all | guarded).items()),
        *(
            Route(path, partial(change, do, page), methods=["POST"])
            for path, (do, page) in changing.items()
        ),
        *(Route(path, lead_back) for path in changing if path not in guarded),
        Mount(f"{PREFIX}/assets", StaticFiles(packages=[("mock_server.pages", "assets")])),
    ]
    refuse: Any = partial(_refused, pages)
    app = Starlette(
        routes=routes,
        exception_handlers={ApiError: refuse, HTTPException: refuse, ClientDisconnect: _leave},
    )
    app.router.redirect_slashes = False  # redirects would contain the client's Host header
    return _with_headers(app)


async def _form(request: Request) -> dict[str, str]:
    refusal = f"A form has up to {_LARGEST_FORM:,} bytes."
    body = await read_body(request, _LARGEST_FORM, refusal)
    return dict(parse_qsl(body.decode("utf-8", "replace")))


async def _leave(_: Request, __: Exception) -> Response:
    """Return a response that nobody reads: the client disconnected before its form was read."""
    return Response(status_code=400)


def _refused(pages: Pages, request: Request, refusal: ApiError | HTTPException) -> Response:
    if isinstance(refusal, ApiError):
        return pages.show(request, "problem", error=refusal)
    detail = f"There is no page at {request.scope['path'][:200]!r} for {request.method}."
    error = ApiError(detail, headers=dict(refusal.headers or {}))
    error.status = refusal.status_code
    return pages.show(request, "problem", error=error)


def _with_headers(app: ASGIApp) -> ASGIApp:
    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await app(scope, receive, sent)

    return respond
