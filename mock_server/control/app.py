"""The ASGI application of the control API under `/__admin`, defined by its OpenAPI document."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.api.connexion import Handler, RequestReader, connexion_app
from mock_server.api.context import context_of
from mock_server.api.docs import JSON, NO_SNIFFING, file_routes
from mock_server.api.errors import error_handler
from mock_server.api.middleware import StrictTargetMiddleware
from mock_server.api.parameters import read_body
from mock_server.api.responses import Responses
from mock_server.control.guard import GuardMiddleware
from mock_server.control.handlers import Handlers
from mock_server.control.mock import Control
from mock_server.errors import InvalidRequestError, cut, did_you_mean
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.load import own_document
from mock_server.openapi.validators import validator_of
from mock_server.world.domain import Residency

PREFIX = "/__admin"
"""The prefix of all paths."""

_LARGEST_BODY = 2_000_000
"""Maximum size in bytes; 10,000 visits take about 1,100,000."""


def control_document() -> Document:
    """Return the document of the control API."""
    return own_document("admin.yaml")


def control_app(control: Control) -> ASGIApp:
    """Return the application of the control API."""
    document = control_document()
    # Security is left out: the guard runs before routing, so that 404s reveal nothing to strangers.
    content = {name: part for name, part in document.content.items() if name != "security"}
    served = Document({**content, "servers": [{"url": PREFIX}]}, origin=document.origin)
    connexion = connexion_app(
        served,
        {operation.id: _handler(served, operation) for operation in served.operations},
        on_error=error_handler(served, Responses(served, check=True)),
        validator=RequestReader(served, None, strict=True),
        security_map={},
        before_routing=[
            partial(GuardMiddleware, settings=control.settings),
            partial(StrictTargetMiddleware, document=served),
        ],
    )
    summaries = {f"{one.method} {PREFIX}{one.path}": one.summary for one in document.operations}

    async def overview(_: Request) -> Response:
        return JSONResponse(summaries, headers={"Cache-Control": "no-store"})

    routes = [Route(path, overview) for path in (PREFIX, f"{PREFIX}/")]
    routes += file_routes(PREFIX, control_document)
    return Router(routes, default=connexion, redirect_slashes=False)


def _handler(document: Document, operation: Operation) -> Handler:
    described = document.content["paths"][operation.path][operation.method.lower()]
    status = int(next(iter(described["responses"])))

    async def respond(request: Request) -> Response:
        arguments = context_of(request.scope).arguments.items()
        given = {parameter.name: value for parameter, value in arguments}
        if "requestBody" in described:
            schema = described["requestBody"]["content"][JSON]["schema"]
            given["body"] = await _read_json(request, document, schema)
        handle = getattr(Handlers(request, **request.scope["state"]), operation.id)
        # Handlers may wait for the database, so they run in a thread.
        result = await run_in_threadpool(handle, **given)
        if result is None or isinstance(result, Response):
            return result or Response(status_code=status)
        # Not cached, because it may contain a token.
        headers = {"Content-Type": JSON, "Cache-Control": "no-store"}
        return Response(orjson.dumps(result, default=str), status, headers)

    return respond


async def _read_json(request: Request, document: Document, schema: Mapping[str, Any]) -> Any:
    """Return the body of a request.

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
    forms = {
        document.resolve(form).get("type") == "array": document.resolve(form)
        for form in schema.get("oneOf", [schema])
    }
    form = forms.get(isinstance(body, list), next(iter(forms.values())))
    if isinstance(body, list) and form.get("type") == "array":
        least, most = form.get("minItems", 0), form["maxItems"]
        if not least <= len(body) <= most:
            raise InvalidRequestError(
                f"The list has {len(body):,} entries; send {least} to {most:,} at once."
            )
    validator = validator_of(document, form)
    try:
        if validator.is_valid(body):
            return body
        found = min(validator.iter_errors(body), key=_rank)
    except ValueError:  # the validator's limit of recursion, 255 levels
        raise InvalidRequestError("The body is nested too deeply; flatten it.") from None
    raise InvalidRequestError(_described(found, document, form))


def _rank(error: Any) -> tuple[list[Any], int, bool]:
    """Rank errors: first entry, top level, unknown before missing names (a typo causes both)."""
    path = error.instance_path
    return path[:1], len(path), error.kind.name != "additionalProperties"


def _described(error: Any, document: Document, schema: Mapping[str, Any]) -> str:
    """Describe a validation error in a sentence, after its place."""
    for step in error.instance_path:
        inner = {} if isinstance(step, int) else schema.get("properties", {})
        schema = document.resolve(inner.get(step) or schema.get("items") or {})
    place = "".join(f"{step}." for step in error.instance_path)[:-1]
    prefix, kind, known = f"{place}: " if place else "", error.kind.name, schema.get("properties")
    if kind == "additionalProperties" and known:
        unknown = error.kind.as_dict()["unexpected"][0]
        hint = did_you_mean(unknown[:80], known) or f" Known are {', '.join(known)}."
        return f"{prefix}{cut(repr(unknown))} is unknown.{hint}"
    if kind == "minProperties" and known:
        return f"{prefix}The body is empty; send at least one of {', '.join(known)}."
    if kind in {"anyOf", "oneOf"} and "description" in schema:
        means = " ".join(schema["description"].split())
        return f"{prefix}{cut(repr(error.instance))} is invalid: {means}"
    return f"{prefix}{cut(error.message)}."


class ControlMiddleware:
    """Route requests under `/__admin` to the control API, `api()`; pass all others on."""

    def __init__(
        self, app: ASGIApp, *, api: Callable[[], ASGIApp], control: Control, residency: Residency
    ) -> None:
        self._app = app
        self._api = api
        self._state = {"control": control, "residency": residency}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        if f"{scope['path']}/".startswith(f"{PREFIX}/"):
            context_of(scope).headers.update(NO_SNIFFING)
            await self._api()({**scope, "state": self._state}, receive, send)
        else:
            await self._app(scope, receive, send)
