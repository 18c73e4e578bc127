"""Route requests of browsers to the pages, outside faults and the journal."""

import re
from functools import cached_property

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.api.context import context_of
from mock_server.api.middleware import StampMiddleware
from mock_server.control.mock import Control
from mock_server.data.site import Site
from mock_server.openapi.lower import Routes
from mock_server.pages import NAMES, PREFIX

_PAGES = frozenset(f"/{name.lower()}" for name in NAMES)
_ASKED_BY_BROWSERS = re.compile(
    r"/(?:favicon\.ico|robots\.txt|apple-touch-icon[a-z0-9-]*\.png|\.well-known/.*)"
)
"""Files that browsers request automatically."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class PagesMiddleware:
    """Route requests for pages of a site; pass all others on.

    The start page is at `/`, or only at `/__pages/` if the document has an operation at `/`.
    """

    def __init__(self, app: ASGIApp, *, control: Control, site: Site) -> None:
        self._app, self._control, self._site = app, control, site
        self._routes = Routes(control.document, base_path=control.document.base_path)
        self._home = f"{PREFIX}/" if self._routes.at("/") else "/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        path, app = scope["path"], self._app
        if path == self._home or f"{path}/".startswith(f"{PREFIX}/"):
            context_of(scope).headers.update(_HEADERS)
            app = self._pages
        elif _ASKED_BY_BROWSERS.fullmatch(path) and not self._routes.at(path):
            app = PlainTextResponse("Not Found", 404)
        elif path in _PAGES and not self._routes.at(path):
            app = RedirectResponse(f"{PREFIX}{path}")
        await app(scope, receive, send)

    @cached_property
    def _pages(self) -> ASGIApp:
        from mock_server.pages.app import pages_app  # deferred, because it loads the templates

        app = pages_app(self._control, self._site, home=self._home)
        return StampMiddleware(app, clock=self._site.clock, about=None)
