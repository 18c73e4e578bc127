"""The application of the control API under `/__admin`, served as its document says."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_server.api.connexion import Handler, RequestReader, connexion_app
from mock_server.api.context import context_of
from mock_server.api.docs import NO_SNIFFING, file_routes
from mock_server.api.errors import error_handler
from mock_server.api.middleware import StrictTargetMiddleware
from mock_server.api.parameters import read_body
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

PREFIX = "/__admin"
"""What all its paths begin with."""

_HANDLERS: Mapping[str, Callable[..., Response]] = {
    **vars(handlers),
    "show_problem_types": show_problem_types,
}
"""Every operation id of the document is the name of a function."""

_LARGEST_BODY = 2_000_000
"""Bytes; 10,000 visits are some 1,100,000."""


class BodyReader:
    """Reads the body of one operation, and explains what is wrong with it.

    Args:
        document: What describes it.
        schema: Its schema; of `oneOf`, the form that is an array, or not, as the body is.
        compiler: Compiles the schema.
    """

    def __init__(
        self, document: Document, schema: Mapping[str, Any], compiler: SchemaCompiler
    ) -> None:
        self._document, self._compiler = document, compiler
        forms = schema.get("oneOf", [schema])
        self._forms = {document.resolve(form).get("type") == "array": form for form in forms}

    async def read(self, request: Request) -> Any:
        """Return the body.

        Raises:
            ContentTooLargeError: If it is over the limit.
            InvalidRequestError: If it is not JSON, or not what the document describes.
        """
        refusal = f"The body is over {_LARGEST_BODY:,} bytes long; send it in parts."
        raw = await read_body(request, _LARGEST_BODY, refusal)
        if not raw:
            raise InvalidRequestError("This operation needs a body in JSON.")
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise InvalidRequestError(f"The body is not JSON: {error}.") from None
        is_list = isinstance(body, list)
        schema = self._forms.get(is_list, next(iter(self._forms.values())))
        if not self._compiler.validator(schema).is_valid(body):
            self._refuse(schema, body)
        return body

    def _refuse(self, schema: Mapping[str, Any], body: Any) -> None:
        """Raise the gravest error; of a list, of its first wrong item, since lists may be long."""
        resolved, place = self._document.resolve(schema), ""
        if isinstance(body, list) and resolved.get("type") == "array":
            if not resolved.get("minItems", 0) <= len(body) <= resolved["maxItems"]:
                raise InvalidRequestError(
                    f"The list has {len(body):,} entries; send {resolved.get('minItems', 0)} to "
                    f"{resolved['maxItems']:,} at once."
                )
            schema = resolved["items"]
            is_valid = self._compiler.validator(schema).is_valid
            number = next(number for number, item in enumerate(body) if not is_valid(item))
            body, place = body[number], str(number)
        error = min(self._compiler.validator(schema).iter_errors(body), key=_rank)
        place = ".".join([*filter(None, [place]), *map(str, error.instance_path)])
        for step in error.instance_path:
            properties = self._document.resolve(schema).get("properties") or {}
            schema = properties.get(step) or {}
        found = _sentence(error, self._document.resolve(schema))
        raise InvalidRequestError(f"{place}: {found}" if place else found)


def _rank(error: Any) -> tuple[int, bool]:
    """Put first what is wrong with the whole, and there a name, which another may be missing for."""
    return len(error.instance_path), error.kind.name != "additionalProperties"


def _sentence(error: Any, schema: Mapping[str, Any]) -> str:
    """Explain an error at a value that a schema describes."""
    known = list(schema.get("properties", ()))
    if error.kind.name == "additionalProperties" and known:
        unknown = error.kind.as_dict()["unexpected"][0]
        hint = did_you_mean(unknown[:80], known) or f" Known are {', '.join(known)}."
        return f"{cut(repr(unknown))} is unknown.{hint}"
    if error.kind.name == "minProperties" and known:
        return f"Nothing is said; say one of {', '.join(known)}."
    if error.kind.name in {"anyOf", "oneOf"} and "description" in schema:
        means = " ".join(str(schema["description"]).split())
        return f"{cut(repr(error.instance))} is not what belongs here: {means}"
    return f"{cut(error.message)}."


def control_document() -> Document:
    """Return the document of the control API."""
    return own_document("admin.yaml")


def control_app(control: Control) -> ASGIApp:
    """Return the application that serves the control API of one mock; made when first asked."""
    made = cache(lambda: _control_app(control))

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        await made()(scope, receive, send)

    return respond


def _control_app(control: Control) -> ASGIApp:
    document = control_document()
    # without its security: the guard stands before the routing, which would show strangers what is there
    content = {name: part for name, part in document.content.items() if name != "security"}
    served = Document({**content, "servers": [{"url": PREFIX}]}, origin=document.origin)
    compiler = SchemaCompiler(served)
    connexion = connexion_app(
        served,
        {operation.id: _handler(served, operation.id, operation.path, operation.method, compiler)
         for operation in served.operations},
        on_error=error_handler(served, Responses(served, compiler, check=True)),
        validator=RequestReader(served, compiler, None, strict=True),
        security_map={},
        before_routing=[
            partial(GuardMiddleware, settings=control.settings),
            partial(StrictTargetMiddleware, document=served),
        ],
    )  # fmt: skip
    routes = [
        *file_routes(PREFIX, control_document),
        *(Route(at, _overview) for at in (PREFIX, f"{PREFIX}/")),
    ]
    return Router(routes, default=connexion, redirect_slashes=False)


def _handler(
    document: Document, operation: str, path: str, method: str, compiler: SchemaCompiler
) -> Handler:
    function = _HANDLERS[operation]
    node = document.content["paths"][path][method.lower()].get("requestBody")
    reader = node and BodyReader(document, node["content"]["application/json"]["schema"], compiler)

    async def respond(request: Request) -> Response:
        arguments = context_of(request.scope).arguments.items()
        given = {parameter.name: value for parameter, value in arguments}
        if reader is not None:
            given["body"] = await reader.read(request)
        # which may wait for a database, and nobody else with it
        return await run_in_threadpool(function, request, **given)

    return respond


async def _overview(_: Request) -> Response:
    """List the operations."""
    return handlers.json_response(
        {
            f"{operation.method} {PREFIX}{operation.path}": operation.summary
            for operation in control_document().operations
        }
    )


class ControlMiddleware:
    """Hands what is under `/__admin` to the control API, and the rest on.

    Args:
        app: What responds to the rest.
        api: What `control_app` returns.
        control: What handlers act on.
        residency: Whose host or port is asked.
    """

    def __init__(
        self, app: ASGIApp, *, api: ASGIApp, control: Control, residency: Residency
    ) -> None:
        self._app = app
        self._api = api
        self._state = {"control": control, "residency": residency}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{PREFIX}/"):
            await self._api({**scope, "state": self._state}, receive, _without_sniffing(send))
        else:
            await self._app(scope, receive, send)


def _without_sniffing(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(NO_SNIFFING)
        await send(message)

    return sending
