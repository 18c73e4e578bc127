"""What all pages of one residency have: templates, addresses, and who may change something."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mock_server.admin import PREFIX as CONTROL
from mock_server.admin.guard import check_origin
from mock_server.clock import SECOND
from mock_server.control import Control
from mock_server.domain import Residency
from mock_server.errors import ApiError, ForbiddenError, InvalidRequestError
from mock_server.pages.mounting import PREFIX
from mock_server.settings import is_loopback
from mock_server.site import Site
from mock_server.version import __version__


class Pages:
    """The pages of one residency.

    Args:
        control: What they show and change.
        site: Whose they are.
        home: The path of the first.
    """

    def __init__(self, control: Control, site: Site, *, home: str) -> None:
        self.control = control
        self.site = site
        self.home = home
        self.made: tuple[str, str] | None = None
        """A token that was just made, after the word that the page to show it is asked by."""

    def show(self, request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
        """Give a page by the name of its template."""
        template = self._environment.get_template(f"{name}.html.jinja")
        links = {"Start": self.home}
        links |= {one: f"{PREFIX}/{one.lower()}" for one in _NAMES}
        shown = template.render(
            residency=self.site.residency.value.upper(),
            other=self._other(request),
            links=links,
            path=request.scope["path"],
            assets=f"{PREFIX}/assets",
            now=self.site.clock.now(),
            version=__version__,
            **values,
        )
        return HTMLResponse(shown, status)

    def check(self, request: Request) -> None:
        """See that somebody who asks for it may change things, and see tokens.

        Raises:
            ForbiddenError: If not; says how it can be done nevertheless.
        """
        settings = self.control.settings
        if not settings.admin:
            raise ForbiddenError(
                "The mock was started with --no-admin, so that nobody can change it while it runs."
            )
        if settings.admin_token is not None or not is_loopback(settings.host):
            raise ForbiddenError(
                "This page would be open to everybody who reaches the mock. Ask the control API "
                f"below {url_of(request)}{CONTROL} instead, with `Authorization: Bearer` and what "
                "the mock was started with by --admin-token."
            )
        check_origin(request.headers, request.scope["scheme"], is_local=True)

    def may_control(self, request: Request) -> bool:
        """Say whether somebody may change things, and see tokens."""
        try:
            self.check(request)
        except ApiError:
            return False
        return True

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=PackageLoader("mock_server.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["moment"] = moment
        return environment

    def _other(self, request: Request) -> tuple[str, str] | None:
        """Give name and address of the other residency, if it has a port of its own."""
        (other,) = set(Residency) - {self.site.residency}
        ports: Mapping[Residency, int] = (request.scope.get("state") or {}).get("ports", {})
        name = _host_of(request) if ports else ""
        label, _, rest = name.partition(".")
        if label in set(Residency) and rest:
            name = f"{other}.{rest}"
        if not name:
            return None
        host = f"[{name}]" if ":" in name else name
        return other.upper(), f"{request.scope['scheme']}://{host}:{ports[other]}/"


_NAMES = ("Report", "Interfaces", "World", "Traffic")


def url_of(request: Request) -> str:
    """Give the URL that the mock was asked by, without a slash at its end."""
    return f"{request.scope['scheme']}://{Headers(scope=request.scope).get('host', '')}"


def _host_of(request: Request) -> str:
    try:
        return urlsplit(url_of(request)).hostname or ""
    except ValueError:
        return ""


def to_page(name: str, **query: str) -> Response:
    """Lead to a page after a change, so that asking for it again changes nothing (RFC 9110, 303)."""
    return RedirectResponse(f"{PREFIX}/{name}{'?' if query else ''}{urlencode(query)}", 303)


async def read_form(request: Request) -> dict[str, str]:
    """Read what a form sent; of several values of one name, the last."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


def read_number(request: Request, name: str, default: int) -> int:
    """Read a whole number of the query, from 1 to 9999.

    Raises:
        InvalidRequestError: If it is none.
    """
    text = request.query_params.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text)):
        raise InvalidRequestError(f"{name}={text[:40]!r} is no number from 1 to 9999.")
    return int(text)


def moment(at: int | None) -> str:
    """Write an epoch millisecond for people, in UTC to the second."""
    if at is None:
        return "never"
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d %H:%M:%S}"
