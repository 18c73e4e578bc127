"""The composition root: one Connexion application a site, and the door that leads to them."""

from collections.abc import Mapping
from typing import Any, cast

from connexion.apps.asynchronous import AsyncApp
from connexion.middleware.main import MiddlewarePosition
from connexion.options import SwaggerUIOptions
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.api.cache import MemoryMiddleware
from mock_server.api.connexion import HandlerResolver, NoURIParser, RequestReader
from mock_server.api.docs import Examples, document_routes, example_arguments
from mock_server.api.errors import answer_errors
from mock_server.api.middleware import StampMiddleware, StrictTargetMiddleware
from mock_server.api.replay import replay_apps
from mock_server.api.responses import Answers
from mock_server.api.security import api_key_handler, basic_handler, bearer_handler
from mock_server.api.v1 import RetirementMiddleware, old_api, successors
from mock_server.binding.fields import Binding
from mock_server.control.app import PREFIX, AdminMiddleware, admin_app, admin_document
from mock_server.control.mock import Control
from mock_server.data.site import Site
from mock_server.faults.middleware import FaultGate, FaultMiddleware
from mock_server.journal.middleware import JournalMiddleware
from mock_server.openapi.document import Document
from mock_server.openapi.lower import Routes, lowered
from mock_server.openapi.schemas import SchemaCompiler
from mock_server.pages.middleware import PagesMiddleware
from mock_server.version import __version__
from mock_server.world.domain import Residency

_SMALLEST_TO_COMPRESS = 1_024
"""Bytes."""


def build_app(control: Control) -> ASGIApp:
    """Give the ASGI application that answers for every site, by host name or by port."""
    replayed = replay_apps(
        {one: site.demo_token for one, site in control.sites.items()}, control.settings
    )
    admin = admin_app(control) if control.settings.admin else None
    return ResidencyMiddleware(
        replayed or {one: _site_app(control, site, admin) for one, site in control.sites.items()},
        control.document,
    )


class ResidencyMiddleware:
    """Hands a request to the site that it is for.

    The host name decides if it is one of the document's servers or begins with `us.` or `de.`;
    otherwise the port does, as `serve` notes it in the scope's `state`.
    """

    def __init__(self, apps: Mapping[Residency, ASGIApp], document: Document) -> None:
        self._apps = apps
        self._by_host = {host: _residency_of(host) for host in document.server_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await next(iter(self._apps.values()))(scope, receive, send)
            return
        await self._apps[self._residency(scope)](scope, receive, send)

    def _residency(self, scope: Scope) -> Residency:
        host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        name = name.casefold().rstrip(".")
        if name in self._by_host:
            return self._by_host[name]
        label = name.partition(".")[0]
        if label in self._apps and "." in name:
            return Residency(label)
        chosen = (scope.get("state") or {}).get("residency", Residency.US)
        return Residency(chosen)


def _residency_of(host: str) -> Residency:
    return Residency.DE if host.casefold().startswith("de.") else Residency.US


def _site_app(control: Control, site: Site, admin: ASGIApp | None) -> ASGIApp:
    document, binding = control.document, control.binding
    new = _api(document, binding, site, control)
    old_document, old_binding = old_api()
    old = _api(old_document, old_binding, site, control)
    old.add_middleware(
        RetirementMiddleware,
        MiddlewarePosition.BEFORE_SECURITY,
        site=site,
        paths=successors(old_binding, document, binding),
    )
    shown = {"": (document, _examples(binding, site))}
    if site.residency is Residency.US:
        shown["/v1"] = (old_document, _examples(old_binding, site))
    if admin is not None:
        shown[PREFIX] = (admin_document(), lambda: {"content": site.example_content().id})
    documents = document_routes(shown, site.residency)
    app = _old_where_new_has_nothing(old, old_document, new, document)
    app = _open_to_pages(Router(documents, default=app, redirect_slashes=False))
    if control.settings.remember:
        app = MemoryMiddleware(
            app, site=site, is_idle=lambda: control.faults.is_idle, most=control.settings.remember
        )
    app = FaultMiddleware(app, faults=control.faults)
    if admin is not None:
        app = AdminMiddleware(app, admin=admin, control=control, residency=site.residency)
    about = _about(site) if control.settings.tell else None
    app = StampMiddleware(app, clock=site.clock, about=about)
    if control.settings.journal:
        app = JournalMiddleware(
            app, journal=control.journal, residency=site.residency, clock=site.clock
        )
    return PagesMiddleware(app, control=control, site=site)


def _examples(binding: Binding, site: Site) -> Examples:
    return lambda: {
        name: value
        for one in binding.operations.values()
        for name, value in example_arguments(one, site).items()
    }


def _old_where_new_has_nothing(
    old: ASGIApp, old_document: Document, new: ASGIApp, document: Document
) -> ASGIApp:
    old_routes = Routes(old_document)
    routes = Routes(document, base_path=document.base_path)

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        is_old = old_routes.at(scope["path"]) and not routes.at(scope["path"])
        await (old if is_old else new)(scope, receive, send)

    return chosen


def _api(document: Document, binding: Binding, site: Site, control: Control) -> AsyncApp:
    settings = control.settings
    others = [one for one in control.sites.values() if one is not site]

    def opens_other(token: str) -> bool:
        return any(one.opens(token) for one in others)

    callers = [one for one in site.world.callers if settings.demo_token or not one.is_demo]
    compiler = SchemaCompiler(document)
    answers = Answers(document, compiler, check=settings.response_check)
    connexion = AsyncApp(
        "mock_server",
        resolver=HandlerResolver(document, binding, site, answers),
        auth_all_paths=True,
        uri_parser_class=cast("Any", NoURIParser),  # Connexion means the class, and says an object
        swagger_ui_options=SwaggerUIOptions(swagger_ui=False, serve_spec=False),
        security_map={
            "bearer": bearer_handler(site.tokens, opens_other),
            "apiKey": api_key_handler(site.tokens, opens_other),
            "basic": basic_handler(callers),
        },
        validator_map={
            "parameter": RequestReader(
                document,
                compiler,
                binding,
                strict=settings.unknown_parameters == "reject",
            )
        },
    )
    connexion.add_api(lowered(document), base_path=document.base_path)
    connexion.add_middleware(
        FaultGate,
        MiddlewarePosition.BEFORE_SECURITY,
        faults=control.faults,
        residency=site.residency,
    )
    connexion.add_middleware(
        StrictTargetMiddleware,
        MiddlewarePosition.BEFORE_ROUTING,
        slashed=any(one.path.endswith("/") for one in document.operations),
    )
    answer_errors(connexion, document, answers, site.clock)
    return connexion


def _open_to_pages(app: ASGIApp) -> ASGIApp:
    """Put around an app what lets a page of any origin read it, compressed."""
    app = GZipMiddleware(app, minimum_size=_SMALLEST_TO_COMPRESS, compresslevel=4)
    return CORSMiddleware(
        app,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "OPTIONS"],
        allow_headers=["Authorization", "Accept", "Prefer"],
        expose_headers=["*"],
    )


def _about(site: Site) -> dict[str, str]:
    about: dict[str, Any] = {
        "X-Mock-Version": __version__,
        "X-Mock-Seed": site.seed,
        "X-Mock-Residency": site.residency.value,
    }
    return {name: str(value) for name, value in about.items()}
