"""Where the pages stand: beside a site's API, outside of all that changes or notes its responses."""

import re
from functools import cached_property

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.api.middleware import StampMiddleware
from mock_server.control.mock import Control
from mock_server.data.site import Site
from mock_server.openapi.lower import Routes
from mock_server.pages import PREFIX

_PAGES = frozenset({"interfaces", "report", "traffic", "world"})
_ASKED_BY_BROWSERS = re.compile(
    r"/(?:favicon\.ico|robots\.txt|apple-touch-icon[a-z0-9-]*\.png|\.well-known/.*)"
)
"""What browsers ask for on their own."""


class PagesMiddleware:
    """Hands what is for browsers to the pages, and the rest on.

    The first page is at `/`, or at `/__pages/` alone where the document has something at `/`.

    Args:
        app: What responds to the rest.
        control: What pages show and change.
        site: Whose host or port is asked.
    """

    def __init__(self, app: ASGIApp, *, control: Control, site: Site) -> None:
        self._app, self._control, self._site = app, control, site
        self._routes = Routes(control.document, base_path=control.document.base_path)
        self._home = f"{PREFIX}/" if self._routes.at("/") else "/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        path = scope["path"] if scope["type"] == "http" else ""
        if _ASKED_BY_BROWSERS.fullmatch(path) and not self._routes.at(path):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
            return
        if path.removeprefix("/") in _PAGES and not self._routes.at(path):
            await RedirectResponse(f"{PREFIX}{path}")(scope, receive, send)
            return
        is_page = path == self._home or f"{path}/".startswith(f"{PREFIX}/")
        await (self._pages if is_page else self._app)(scope, receive, send)

    @cached_property
    def _pages(self) -> ASGIApp:
        from mock_server.pages.app import pages_app  # which loads templates and charts

        app = pages_app(self._control, self._site, home=self._home)
        return StampMiddleware(app, clock=self._site.clock, about=None)
