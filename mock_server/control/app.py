"""The application of the control API under `/__admin`, served by Connexion."""

from collections.abc import AsyncGenerator, Mapping, MutableMapping
from functools import cache
from itertools import islice
from typing import Any

import orjson
from connexion.apps.asynchronous import AsyncApp
from connexion.exceptions import ProblemException
from connexion.middleware.main import MiddlewarePosition
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver
from connexion.validators.json import JSONRequestBodyValidator
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.docs import NO_SNIFFING, file_routes
from mock_server.api.errors import error_handler
from mock_server.api.middleware import StrictTargetMiddleware
from mock_server.api.parameters import ParameterReader
from mock_server.api.responses import Responses
from mock_server.control import handlers
from mock_server.control.guard import GuardMiddleware
from mock_server.control.mock import Control
from mock_server.control.problem_types import show_problem_types
from mock_server.errors import InvalidRequestError, cut, did_you_mean
from mock_server.openapi.document import Document
from mock_server.openapi.load import own_document
from mock_server.openapi.schemas import SchemaCompiler
from mock_server.world.domain import Residency

_HANDLERS: Mapping[str, Any] = {**vars(handlers), "show_problem_types": show_problem_types}
"""Every operation id of the document is the name of a function."""

_LARGEST_BODY = 4_000_000
_MOST_ERRORS = 100
"""Errors of a body that are looked at, to tell the gravest."""
_CHOICES = frozenset({"anyOf", "oneOf"})


class BodyReader(JSONRequestBodyValidator):
    """Reads one body, and judges it by that form of several that it is written in."""

    async def _parse(self, stream: AsyncGenerator[bytes, None], scope: Scope) -> Any:
        del scope
        body = b""
        async for part in stream:
            body += part
            if len(body) > _LARGEST_BODY:
                raise InvalidRequestError(f"The body is over {_LARGEST_BODY:,} bytes long.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise InvalidRequestError(f"The body is no JSON: {error}.") from None

    def _validate(self, body: Any) -> None:
        for form in self._schema.get("oneOf", ()):
            if (form.get("type") == "array") is isinstance(body, list):
                self._schema = form
        errors = islice(self._validator.iter_errors(body), _MOST_ERRORS)
        error = min(errors, key=_rank, default=None)
        if error is not None:
            raise InvalidRequestError(_sentence(error))


class QueryReader:
    """Judges the parameters of requests in the place of Connexion's validator, one for them all.

    Args:
        document: What describes them.
        compiler: Compiles its schemas.
    """

    def __init__(self, document: Document, compiler: SchemaCompiler) -> None:
        self._readers = {
            operation.id: ParameterReader(document, operation, compiler, strict=True)
            for operation in document.operations
        }

    def __call__(self, *_parameters: object, **_options: object) -> "QueryReader":
        """Return Connexion the validator of one request."""
        return self

    def validate(self, scope: MutableMapping[str, Any]) -> None:
        """Raise `InvalidRequestError` if a request's parameters break the document."""
        path: Mapping[str, Any] = scope["path_params"]
        operation_id: str = scope["extensions"]["connexion_routing"]["operation_id"]
        self._readers[operation_id].read(
            path={name: str(value) for name, value in path.items()},
            query_string=scope["query_string"],
            headers=scope["headers"],
        )


def _rank(error: Any) -> tuple[int, bool]:
    """Put first what is wrong with the whole, and there a name, which another may be missing for."""
    return len(error.absolute_path), error.validator != "additionalProperties"


def _sentence(error: Any) -> str:
    """Say which part of a body is wrong, and what it may be."""
    place = ".".join(str(step) for step in error.absolute_path)
    start = f"{place}: " if place else ""
    schema: Any = error.schema
    known = list(schema.get("properties", ()))
    if error.validator == "additionalProperties" and known:
        unknown = next(name for name in error.instance if name not in known)
        hint = did_you_mean(unknown[:80], known) or f" Known are {', '.join(known)}."
        return f"{start}{cut(repr(unknown))} is unknown.{hint}"
    if error.validator == "minProperties" and known:
        return f"{start}Nothing is said; say one of {', '.join(known)}."
    if error.validator in _CHOICES and "description" in schema:
        means = " ".join(str(schema["description"]).split())
        return f"{start}{cut(repr(error.instance))} is not what belongs here: {means}"
    return f"{start}{cut(error.message)}."


PREFIX = "/__admin"
"""What all its paths begin with."""


def admin_document() -> Document:
    """Return the document of the control API."""
    return own_document("admin.yaml")


def admin_app(control: Control) -> ASGIApp:
    """Return the application that serves the control API of one mock; made when first asked."""
    made = cache(lambda: _admin_app(control))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await made()(scope, receive, send)

    return answer


def _admin_app(control: Control) -> ASGIApp:
    document = admin_document()
    compiler = SchemaCompiler(document)
    connexion = AsyncApp(
        "mock_server",
        resolver=Resolver(_HANDLERS.__getitem__),
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
    answers = Responses(document, compiler, check=True)
    handle = error_handler(document, answers)
    for kind in (Exception, ProblemException, HTTPException):
        connexion.add_error_handler(kind, handle)
    routes = [
        *file_routes(PREFIX, document),
        *(Route(at, _overview) for at in (PREFIX, f"{PREFIX}/")),
    ]
    return Router(routes, default=connexion, redirect_slashes=False)


async def _overview(_: Request) -> Response:
    """List the operations."""
    return handlers.told(
        {f"{one.method} {PREFIX}{one.path}": one.summary for one in admin_document().operations}
    )


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
            await self._admin({**scope, "state": self._state}, receive, _without_sniffing(send))
        else:
            await self._app(scope, receive, send)


def _without_sniffing(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(NO_SNIFFING)
        await send(message)

    return sending
