"""Route requests of browsers to the pages, outside faults and the journal."""

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
"""Files that browsers request automatically."""


class PagesMiddleware:
    """Route requests for pages; pass all others on.

    The start page is at `/`, or only at `/__pages/` if the document has an operation at `/`.

    Args:
        app: The next application.
        control: The state that pages show and change.
        site: The site of the requested host or port.
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
        from mock_server.pages.app import pages_app  # deferred, because it loads the templates

        app = pages_app(self._control, self._site, home=self._home)
        return StampMiddleware(app, clock=self._site.clock, about=None)
