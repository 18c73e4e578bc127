"""The application of the control API, and its place beside the vendor's."""

from functools import cache

from connexion.apps.asynchronous import AsyncApp
from connexion.middleware.main import MiddlewarePosition
from connexion.options import SwaggerUIOptions
from connexion.resolver import RelativeResolver
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.admin.guard import GuardMiddleware
from mock_server.admin.reading import MODULE, BodyReader, QueryReader
from mock_server.answers import Answers
from mock_server.control import Control
from mock_server.document import Document, SchemaCompiler, own_document
from mock_server.domain import Residency
from mock_server.middleware import StrictTargetMiddleware
from mock_server.problems import answer_errors
from mock_server.swagger import file_routes

PREFIX = "/__admin"
"""What all its paths begin with."""


def admin_document() -> Document:
    """Give the document of the control API."""
    return own_document("admin.yaml")


def admin_app(control: Control) -> ASGIApp:
    """Give the application that serves the control API of one mock; made when first asked."""
    made = cache(lambda: _admin_app(control))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await made()(scope, receive, send)

    return answer


def _admin_app(control: Control) -> ASGIApp:
    document = admin_document()
    compiler = SchemaCompiler(document)
    connexion = AsyncApp(
        MODULE,
        resolver=RelativeResolver(MODULE),
        swagger_ui_options=SwaggerUIOptions(swagger_ui=False, serve_spec=False),
        validator_map={
            "body": {"application/json": BodyReader},
            "parameter": QueryReader(document, compiler),
        },
    )
    # without its security: the guard stands before the routing, which tells strangers what is there
    content = {name: part for name, part in document.content.items() if name != "security"}
    connexion.add_api(content, base_path=PREFIX)
    connexion.add_middleware(StrictTargetMiddleware, MiddlewarePosition.BEFORE_ROUTING)
    connexion.add_middleware(
        GuardMiddleware, MiddlewarePosition.BEFORE_ROUTING, settings=control.settings
    )
    answers = Answers(document, compiler, check=True)
    answer_errors(connexion, document, answers, control.clock)
    return Router(list(file_routes(PREFIX, document)), default=connexion, redirect_slashes=False)


class AdminMiddleware:
    """Hands what is under `/__admin` to the control API, and the rest on.

    Args:
        app: What answers the rest.
        admin: What `admin_app` gives.
        control: What handlers act on.
        residency: Whose host or port is asked.
    """

    def __init__(
        self, app: ASGIApp, *, admin: ASGIApp, control: Control, residency: Residency
    ) -> None:
        self._app = app
        self._admin = admin
        self._state = {"control": control, "residency": residency}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{PREFIX}/"):
            await self._admin({**scope, "state": self._state}, receive, send)
        else:
            await self._app(scope, receive, send)
