"""The Connexion application that serves a document; no other module depends on Connexion's API.

Connexion routes requests, checks credentials through `security_map` and validates parameters
through `validator_map`, all as middleware around the handlers. Connexion supports only OpenAPI 3.0
and converts parameters leniently. It therefore gets the lowered document, while parameters are
validated against the original one.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from connexion.exceptions import ProblemException
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.main import ConnexionMiddleware
from connexion.middleware.request_validation import RequestValidationMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mock_server.api.context import context_of
from mock_server.api.errors import ErrorHandler
from mock_server.api.examples import written
from mock_server.api.parameters import ParameterReader, negotiate
from mock_server.api.query import chosen_media_type
from mock_server.api.responses import repeated_headers
from mock_server.binding.model import Binding
from mock_server.openapi.document import Document
from mock_server.openapi.lower import lowered, path_values

Handler = Callable[[Request], Awaitable[Response]]
Layer = Callable[..., Any]
"""An ASGI middleware that takes the next application."""


def connexion_app(
    document: Document,
    handlers: Mapping[str, Handler],
    *,
    on_error: ErrorHandler,
    validator: Any,
    security_map: Mapping[str, Callable[[], Any]],
    before_routing: Iterable[Layer] = (),
    before_security: Iterable[Layer] = (),
) -> ConnexionMiddleware:
    """Build the application that serves a document, with a handler for every operation id.

    Middleware is passed outermost first.
    """

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        operation = scope["extensions"]["connexion_routing"]["operation_id"]
        if operation is None:
            raise HTTPException(404)
        response = await handlers[operation](Request(scope, receive))
        await response(scope, receive, send)

    middlewares: list[Any] = [
        ExceptionMiddleware, *before_routing, RoutingMiddleware, *before_security,
        SecurityMiddleware, RequestValidationMiddleware,
    ]  # fmt: skip
    app = ConnexionMiddleware(
        respond,
        import_name="mock_server",
        middlewares=middlewares,
        resolver=Resolver(handlers.__getitem__),
        auth_all_paths=True,
        swagger_ui_options=SwaggerUIOptions(swagger_ui=False, serve_spec=False),
        security_map=dict(security_map),
        validator_map={"parameter": validator},
    )
    app.add_api(lowered(document), base_path=document.base_path)
    for kind in (Exception, ProblemException, HTTPException):
        app.add_error_handler(kind, on_error)
    return app


class RequestReader:
    """Read and validate request parameters; replaces Connexion's parameter validator.

    Connexion calls the entry of `validator_map` once per request. This object returns itself,
    because the state of a request is in its scope.
    """

    def __init__(self, document: Document, binding: Binding | None, *, strict: bool) -> None:
        self._operations = {
            operation.id: (
                operation,
                None if binding is None else binding.operations.get(operation.id),
                ParameterReader(document, operation, strict=strict),
                repeated_headers(operation),
            )
            for operation in document.operations
        }

    def __call__(self, *_parameters: object, **_options: object) -> "RequestReader":
        """Return the validator of one request."""
        return self

    def validate(self, scope: MutableMapping[str, Any]) -> None:
        """Read a request's parameters into its context.

        Raises:
            InvalidRequestError: If the parameters do not match the document.
            NotAcceptableError: If the client accepts none of the operation's media types.
        """
        context = context_of(scope)
        operation, bound, reader, repeated = self._operations[
            scope["extensions"]["connexion_routing"]["operation_id"]
        ]
        context.operation = operation
        if bound is not None:
            context.media_type = negotiate(scope["headers"], bound.media_types)
        context.arguments, context.unknown = reader.read(
            path=path_values(operation.path, scope["path_params"]),
            query_string=scope["query_string"],
            headers=scope["headers"],
        )
        context.headers |= {parameter.name: written(context.arguments[parameter])
                            for parameter in repeated & context.arguments.keys()}  # fmt: skip
        if bound is not None and (chosen := chosen_media_type(bound, context.arguments)):
            context.media_type = chosen
