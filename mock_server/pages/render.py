"""Shared by all pages of a site: templates, URLs and access control."""

import re
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mock_server import __version__
from mock_server.clock import to_rfc3339
from mock_server.control.app import PREFIX as CONTROL
from mock_server.control.guard import check_origin
from mock_server.control.mock import Control
from mock_server.data.site import Site
from mock_server.errors import ApiError, ForbiddenError, InvalidRequestError
from mock_server.inputs.hosts import is_loopback
from mock_server.pages import NAMES, PREFIX
from mock_server.world.domain import Residency

_ENVIRONMENT = Environment(
    loader=PackageLoader("mock_server.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Pages:
    """The pages of a site; `home` is the path of the start page."""

    def __init__(self, control: Control, site: Site, *, home: str) -> None:
        self.control = control
        self.site = site
        self.made: tuple[str, str] | None = None
        """A newly generated token, to be shown once, after the key in the page's URL."""
        self._links = {"Start": home, **{name: f"{PREFIX}/{name.lower()}" for name in NAMES}}

    def show(
        self, request: Request, template: str, *, error: ApiError | None = None, **values: Any
    ) -> Response:
        """Render a template with values; `error` gives the response its status and headers."""
        shown = _ENVIRONMENT.get_template(f"{template}.html.jinja").render(
            residency=self.site.residency.value.upper(),
            other=self._other(request),
            links=self._links,
            path=re.sub("/(?:clock|faults)$", "", request.scope["path"]),
            prefix=PREFIX,
            control=CONTROL if self.control.settings.admin else None,
            now=self.site.clock.now(),
            version=__version__,
            error=error,
            **{"typed": {}, **values},
        )
        return HTMLResponse(shown, error.status, error.headers) if error else HTMLResponse(shown)

    def check(self, request: Request) -> None:
        """Check that a client may change state and see tokens, by the rules of the control API.

        Raises:
            ForbiddenError: If it may not; the detail names the alternative.
        """
        settings = self.control.settings
        if not settings.admin or settings.admin_token or not is_loopback(settings.host):
            raise ForbiddenError(
                f"This page is for a mock that only this machine reaches. Ask the control API at "
                f"{url_of(request)}{CONTROL}, with the token that was set by --admin-token; after "
                "--no-admin there is none."
            )
        check_origin(request.headers, request.scope["scheme"], is_local=True)

    def _other(self, request: Request) -> tuple[str, str] | None:
        """Return the name and URL of the other residency, if it has its own port."""
        own = self.site.residency
        (other,) = set(Residency) - {own}
        ports = (request.scope.get("state") or {}).get("ports")
        if not ports:
            return None
        url = re.sub(r":\d*$", "", url_of(request)).replace(f"://{own}.", f"://{other}.", 1)
        return other.upper(), f"{url}:{ports[other]}/"


def url_of(request: Request) -> str:
    """Return the URL of the mock as requested, without a trailing slash."""
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}"


def to_page(name: str, **query: str) -> Response:
    """Redirect to a page after a change (303), so that a reload does not repeat it."""
    return RedirectResponse(f"{PREFIX}/{name}{'?' if query else ''}{urlencode(query)}", 303)


def read_number(request: Request, name: str, default: int) -> int:
    """Parse a number from 1 to 9999 in the query string.

    Raises:
        InvalidRequestError: If it is invalid.
    """
    text = request.query_params.get(name) or str(default)
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise InvalidRequestError(f"{name}: {text[:40]!r} is not a number from 1 to 9999.")
    return int(text)


def moment(at: int | None) -> str:
    """Format an epoch millisecond in UTC."""
    return "never" if at is None else to_rfc3339(at)[:-5].replace("T", " ")


_ENVIRONMENT.filters["moment"] = moment
_ENVIRONMENT.filters["first_number"] = lambda row: next(
    value for value in row.values() if isinstance(value, int)
)
_ENVIRONMENT.tests["matching"] = lambda text, pattern: re.fullmatch(pattern, text) is not None
