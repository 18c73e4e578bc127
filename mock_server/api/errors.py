"""Turning every error into an HTTP answer: ours, Connexion's and Starlette's.

The only module that does; `mock_server.api.responses` writes the body in the document's shape.
"""

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from mock_server.api.context import trace_of
from mock_server.api.responses import Responses
from mock_server.binding.fields import Field
from mock_server.errors import (
    ApiError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    ResponseValidationError,
    UnauthorizedError,
    cut,
    did_you_mean,
)
from mock_server.openapi.document import Document
from mock_server.openapi.lower import Routes

logger = logging.getLogger(__name__)

ErrorHandler = Callable[[ConnexionRequest, Exception], Awaitable[ConnexionResponse]]


class MethodNotAllowedError(ApiError):
    """405, with the methods that the path has."""

    status = 405
    title = "Method Not Allowed"


def error_handler(document: Document, responses: Responses) -> ErrorHandler:
    """Return what turns every exception of Connexion's into a response in the document's shape."""
    routes = Routes(document, base_path=document.base_path)

    async def handle(request: ConnexionRequest, exc: Exception) -> ConnexionResponse:
        path, trace = request.scope["path"], trace_of(request.scope)
        error = _as_api_error(exc, document, routes, path, request.method)
        if error is None:  # OPTIONS: what a 405 would say, as a response of success
            return ConnexionResponse(
                status_code=204, body=b"", headers={"Allow": routes.allow(path)}
            )
        facts = {Field.INSTANCE: quote(path), Field.TIMESTAMP: trace.now}
        try:
            operation = trace.operation or routes.operation(path)
            return _for_connexion(responses.error(operation, error, facts))
        except ResponseValidationError as broken:
            logger.warning("%s", broken)
            return _for_connexion(responses.plain_error(broken, facts))

    return handle


def _as_api_error(
    exc: Exception, document: Document, routes: Routes, path: str, method: str
) -> ApiError | None:
    if isinstance(exc, ApiError):
        if isinstance(exc, ResponseValidationError):
            logger.warning("%s", exc)
        return exc
    if isinstance(exc, HTTPException | ProblemException):
        status = int(getattr(exc, "status_code", None) or getattr(exc, "status", None) or 500)
        return _from_framework(
            status, cut(str(exc.detail or "").partition("\n")[0]), document, routes, path, method
        )
    if not isinstance(exc, ClientDisconnect):
        logger.error("%s %s failed", method, quote(path), exc_info=exc)
    return ApiError(
        "The mock failed to answer; this is a defect of the mock, and its log says more."
    )


def _from_framework(
    status: int, detail: str, document: Document, routes: Routes, path: str, method: str
) -> ApiError | None:
    if status == 405 and method == "OPTIONS":
        return None
    if status == 405:
        allow = routes.allow(path)
        return MethodNotAllowedError(
            f"{method} is not possible here; the path has {allow}.", headers={"Allow": allow}
        )
    if status == 404:
        known = [operation.path for operation in document.operations]
        return NotFoundError(f"Nothing is at {path[:200]!r}.{did_you_mean(path[:200], known)}")
    by_status: dict[int, type[ApiError]] = {
        400: InvalidRequestError,
        401: UnauthorizedError,
        403: ForbiddenError,
    }
    return by_status.get(status, ApiError)(detail or "The request could not be answered.")


def _for_connexion(response: Response) -> ConnexionResponse:
    headers = dict(response.headers)
    media_type = headers.pop("content-type")
    headers.pop("content-length", None)
    return ConnexionResponse(
        status_code=response.status_code,
        content_type=media_type,
        mimetype=media_type,
        body=response.body,
        headers=headers,
    )
