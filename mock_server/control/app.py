"""The ASGI application of the control API under `/__admin`, defined by its OpenAPI document."""

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
from mock_server.openapi.validators import validator_of
from mock_server.world.domain import Residency

PREFIX = "/__admin"
"""The prefix of all paths."""

_HANDLERS: Mapping[str, Callable[..., Response]] = {
    **vars(handlers),
    "show_problem_types": show_problem_types,
}
"""The handlers by operation id, which is the name of the function."""

_LARGEST_BODY = 2_000_000
"""Maximum size in bytes; 10,000 visits take about 1,100,000."""


class BodyReader:
    """Read and validate the body of one operation.

    Args:
        document: The document of the API.
        schema: The schema of the body; a `oneOf` distinguishes arrays from other values.
    """

    def __init__(self, document: Document, schema: Mapping[str, Any]) -> None:
        self._document = document
        forms = schema.get("oneOf", [schema])
        self._forms = {document.resolve(form).get("type") == "array": form for form in forms}

    async def read(self, request: Request) -> Any:
        """Return the body.

        Raises:
            ContentTooLargeError: If it is too large.
            InvalidRequestError: If it is not JSON or does not match the schema.
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
        try:
            if not validator_of(self._document, schema).is_valid(body):
                self._refuse(schema, body)
        except ValueError:  # the validator's limit of recursion, 255 levels
            raise InvalidRequestError("The body is nested too deeply; flatten it.") from None
        return body

    def _refuse(self, schema: Mapping[str, Any], body: Any) -> None:
        """Raise the most relevant error; for a list, that of its first invalid item."""
        resolved, place = self._document.resolve(schema), ""
        if isinstance(body, list) and resolved.get("type") == "array":
            if not resolved.get("minItems", 0) <= len(body) <= resolved["maxItems"]:
                raise InvalidRequestError(
                    f"The list has {len(body):,} entries; send {resolved.get('minItems', 0)} to "
                    f"{resolved['maxItems']:,} at once."
                )
            schema = resolved["items"]
            is_valid = validator_of(self._document, schema).is_valid
            number = next(number for number, item in enumerate(body) if not is_valid(item))
            body, place = body[number], str(number)
        error = min(validator_of(self._document, schema).iter_errors(body), key=_rank)
        place = ".".join([*filter(None, [place]), *map(str, error.instance_path)])
        for step in error.instance_path:
            properties = self._document.resolve(schema).get("properties") or {}
            schema = properties.get(step) or {}
        found = _sentence(error, self._document.resolve(schema))
        raise InvalidRequestError(f"{place}: {found}" if place else found)


def _rank(error: Any) -> tuple[int, bool]:
    """Rank errors: top level first, unknown names before missing ones (a typo causes both)."""
    return len(error.instance_path), error.kind.name != "additionalProperties"


def _sentence(error: Any, schema: Mapping[str, Any]) -> str:
    """Describe a validation error in a sentence."""
    known = list(schema.get("properties", ()))
    if error.kind.name == "additionalProperties" and known:
        unknown = error.kind.as_dict()["unexpected"][0]
        hint = did_you_mean(unknown[:80], known) or f" Known are {', '.join(known)}."
        return f"{cut(repr(unknown))} is unknown.{hint}"
    if error.kind.name == "minProperties" and known:
        return f"The body is empty; send at least one of {', '.join(known)}."
    if error.kind.name in {"anyOf", "oneOf"} and "description" in schema:
        means = " ".join(str(schema["description"]).split())
        return f"{cut(repr(error.instance))} is invalid: {means}"
    return f"{cut(error.message)}."


def control_document() -> Document:
    """Return the document of the control API."""
    return own_document("admin.yaml")


def control_app(control: Control) -> ASGIApp:
    """Return the application of the control API, created on the first request."""
    made = cache(lambda: _control_app(control))

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        await made()(scope, receive, send)

    return respond


def _control_app(control: Control) -> ASGIApp:
    document = control_document()
    # Security is left out: the guard runs before routing, so that 404s reveal nothing to strangers.
    content = {name: part for name, part in document.content.items() if name != "security"}
    served = Document({**content, "servers": [{"url": PREFIX}]}, origin=document.origin)
    connexion = connexion_app(
        served,
        {operation.id: _handler(served, operation.id, operation.path, operation.method)
         for operation in served.operations},
        on_error=error_handler(served, Responses(served, check=True)),
        validator=RequestReader(served, None, strict=True),
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


def _handler(document: Document, operation: str, path: str, method: str) -> Handler:
    function = _HANDLERS[operation]
    node = document.content["paths"][path][method.lower()].get("requestBody")
    reader = node and BodyReader(document, node["content"]["application/json"]["schema"])

    async def respond(request: Request) -> Response:
        arguments = context_of(request.scope).arguments.items()
        given = {parameter.name: value for parameter, value in arguments}
        if reader is not None:
            given["body"] = await reader.read(request)
        # Handlers may wait for the database, so they run in a thread.
        return await run_in_threadpool(function, request, **given)

    return respond


async def _overview(_: Request) -> Response:
    """Return a list of the operations."""
    return handlers.json_response(
        {
            f"{operation.method} {PREFIX}{operation.path}": operation.summary
            for operation in control_document().operations
        }
    )


class ControlMiddleware:
    """Route requests under `/__admin` to the control API; pass all others on.

    Args:
        app: The next application.
        api: The result of `control_app`.
        control: The state that handlers change.
        residency: The residency of the requested host or port.
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
