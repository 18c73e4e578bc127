"""Build the ASGI application: dispatch by residency, and the middleware around the API."""

from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server import __version__
from mock_server.api.cache import CacheMiddleware
from mock_server.api.connexion import Layer, RequestReader, connexion_app
from mock_server.api.context import start_context
from mock_server.api.docs import DocumentMiddleware, Examples, document_routes
from mock_server.api.errors import error_handler
from mock_server.api.examples import example_arguments
from mock_server.api.middleware import StampMiddleware, StrictTargetMiddleware
from mock_server.api.parameters import quality_of
from mock_server.api.replay import replay_apps
from mock_server.api.reports import report_handlers
from mock_server.api.responses import Responses
from mock_server.api.security import security_map
from mock_server.api.v1 import RetirementMiddleware, old_api, successors
from mock_server.binding.model import Binding
from mock_server.control.app import PREFIX, ControlMiddleware, control_app, control_document
from mock_server.control.mock import Control
from mock_server.data.site import Site
from mock_server.faults.middleware import FaultGate, FaultMiddleware
from mock_server.journal.middleware import JournalMiddleware
from mock_server.openapi.document import Document
from mock_server.openapi.lower import Routes, served_schemes
from mock_server.pages.middleware import PagesMiddleware
from mock_server.world.domain import Residency


def build_app(control: Control) -> ASGIApp:
    """Build the ASGI application for all sites; the host name or the port selects the site."""
    tokens = {residency: site.demo_token for residency, site in control.sites.items()}
    apps: Mapping[Residency, ASGIApp] = replay_apps(tokens, control.settings)
    if not apps:
        admin = cache(partial(control_app, control)) if control.settings.admin else None
        api = _Api(control)
        apps = {
            residency: _site_app(control, site, api, admin)
            for residency, site in control.sites.items()
        }
    return ResidencyMiddleware(apps, control)


class ResidencyMiddleware:
    """Select the site of a request and create the request's context.

    A host name that the document lists, or that begins with `us.` or `de.`, selects the site.
    Otherwise the port does; `serve` stores its residency in the scope's `state`.
    """

    def __init__(self, apps: Mapping[Residency, ASGIApp], control: Control) -> None:
        self._apps = apps
        self._control = control
        self._by_host = {
            host: Residency.DE if host.casefold().startswith("de.") else Residency.US
            for host in control.document.server_hosts
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        residency = self._residency(scope)
        start_context(scope, self._control.sites[residency])
        self._control.in_progress.append(scope)
        try:
            await self._apps[residency](scope, receive, send)
        finally:
            self._control.in_progress.pop()

    def _residency(self, scope: Scope) -> Residency:
        host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        name = name.casefold().rstrip(".")
        if name in self._by_host:
            return self._by_host[name]
        label = name.partition(".")[0]
        if label in self._apps and "." in name:
            return Residency(label)
        return Residency((scope.get("state") or {}).get("residency", Residency.US))


def _site_app(
    control: Control, site: Site, api: ASGIApp, admin: Callable[[], ASGIApp] | None
) -> ASGIApp:
    """Wrap the API in the middleware of one site, outermost first."""
    settings, residency, clock = control.settings, site.residency, site.clock
    about = {
        "X-Mock-Version": __version__,
        "X-Mock-Seed": str(site.seed),
        "X-Mock-Residency": residency.value,
    }
    origins = ["*"] if "any" in settings.cors else settings.cors
    layers: list[tuple[object, Any, dict[str, Any]]] = [
        (True, PagesMiddleware, {"control": control, "site": site}),
        (settings.journal, JournalMiddleware,
         {"journal": control.journal, "residency": residency, "clock": clock}),
        (True, StampMiddleware, {"clock": clock, "about": about if settings.mock_headers else None}),
        (admin, ControlMiddleware, {"api": admin, "control": control, "residency": residency}),
        (True, FaultMiddleware, {"faults": control.faults}),
        (settings.remember, CacheMiddleware,
         {"site": site, "is_idle": lambda: control.faults.is_idle, "most": settings.remember,
          "headers": _headers_read(control.document)}),
        (settings.cors != ("none",), CORSMiddleware,
         {"allow_origins": origins, "allow_methods": ["GET", "HEAD", "OPTIONS"],
          "allow_headers": ["*"], "expose_headers": ["*"]}),
        (True, _Compression, {"minimum_size": 1_024, "compresslevel": 4}),
        (True, DocumentMiddleware, {"routes": _document_routes(control, site)}),
    ]  # fmt: skip
    app = api
    for is_wanted, layer, options in reversed(layers):
        app = layer(app, **options) if is_wanted else app
    return app


class _Compression(GZipMiddleware):
    """Compress responses, except to clients that refuse it with `gzip;q=0`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        if not quality_of("gzip", Headers(scope=scope).get("accept-encoding", "")):
            headers = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
            scope = {**scope, "headers": headers}
        await super().__call__(scope, receive, send)


def _headers_read(document: Document) -> frozenset[bytes]:
    """Return the names of the request headers that parameters and security schemes use."""
    parameters = [one for operation in document.operations for one in operation.parameters]
    names = [parameter.name for parameter in parameters if parameter.location == "header"]
    schemes = served_schemes(document).values()
    names += [scheme["name"] for scheme in schemes if scheme.get("in") == "header"]
    return frozenset(name.lower().encode("latin-1", "replace") for name in names)


def _document_routes(control: Control, site: Site) -> list[Route | Mount]:
    # The callables defer loading until the first request for a document.
    shown: dict[str, tuple[Callable[[], Document], Examples]] = {
        "": (lambda: control.document, lambda: _examples(control.document, control.binding, site))
    }
    if site.residency is Residency.US:
        shown["/v1"] = (lambda: old_api()[0], lambda: _examples(*old_api(), site))
    if control.settings.admin:
        shown[PREFIX] = (control_document, lambda: {"content": site.example_content().id})
    return document_routes(shown, site.residency)


def _examples(document: Document, binding: Binding, site: Site) -> dict[str, Any]:
    return {
        name: value
        for bound in binding.operations.values()
        for name, value in example_arguments(document, bound.operation, bound, site).items()
    }


class _Api:
    """Serve the document's API for all sites, and version 1 on paths that the document lacks."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._new = _connexion(control, control.document, control.binding)
        self._routes = Routes(control.document, base_path=control.document.base_path)

    @cached_property
    def _old_routes(self) -> Routes:
        return Routes(old_api()[0])

    @cached_property
    def _old(self) -> ASGIApp:
        document, binding = old_api()
        paths = successors(binding, self._control.document, self._control.binding)
        retired = partial(RetirementMiddleware, paths=paths)
        return _connexion(self._control, document, binding, retired)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        path = scope["path"]
        is_old = (
            path.startswith("/api/report/")
            and self._old_routes.at(path)
            and not self._routes.at(path)
        )
        await (self._old if is_old else self._new)(scope, receive, send)


def _connexion(
    control: Control, document: Document, binding: Binding, *before_security: Layer
) -> ASGIApp:
    settings = control.settings
    responses = Responses(document, check=settings.response_check)
    is_strict = settings.unknown_parameters == "reject"
    return connexion_app(
        document,
        report_handlers(document, binding, responses),
        on_error=error_handler(document, responses),
        validator=RequestReader(document, binding, strict=is_strict),
        security_map=security_map(control.sites.values(), demo_users=settings.demo_token),
        before_routing=[partial(StrictTargetMiddleware, document=document)],
        before_security=[partial(FaultGate, faults=control.faults), *before_security],
    )
