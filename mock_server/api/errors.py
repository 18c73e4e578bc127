"""Convert exceptions of the mock, Connexion and Starlette to responses.

`mock_server.api.responses` writes their bodies.
"""

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from mock_server.api.context import context_of
from mock_server.api.links import url_of
from mock_server.api.responses import Responses, problem
from mock_server.binding.fields import Field
from mock_server.errors import (
    ApiError,
    DocumentError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    ResponseValidationError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
    cut,
    did_you_mean,
)
from mock_server.openapi.document import Document
from mock_server.openapi.lower import Routes
from mock_server.redaction import redacted_path

logger = logging.getLogger(__name__)

ErrorHandler = Callable[[ConnexionRequest, Exception], Awaitable[ConnexionResponse]]

_KINDS = (InvalidRequestError, UnauthorizedError, ForbiddenError, UnsupportedMediaTypeError)
_BY_STATUS: dict[int, type[ApiError]] = {kind.status: kind for kind in _KINDS}


class MethodNotAllowedError(ApiError, status=405):
    """The path does not support the method; `Allow` lists the supported methods."""


def error_handler(document: Document, responses: Responses) -> ErrorHandler:
    """Return a handler that converts exceptions to responses in the document's error format."""
    routes = Routes(document, base_path=document.base_path)

    async def handle(request: ConnexionRequest, exc: Exception) -> ConnexionResponse:
        path, context = request.scope["path"], context_of(request.scope)
        error = exc if isinstance(exc, ApiError) else _explained(exc, request, routes)
        if request.method == "OPTIONS" and isinstance(error, MethodNotAllowedError):
            return ConnexionResponse(status_code=204, body=b"", headers=error.headers)
        if isinstance(error, ResponseValidationError):
            logger.warning("%s", error)
        operation = context.operation or next(iter(routes.at(path)), None)
        values = {
            Field.INSTANCE: quote(path),
            Field.REPORT_URL: url_of(request.scope),
            Field.TIMESTAMP: context.now,
        }
        try:
            response = responses.error(operation, error, values)
        except ResponseValidationError as broken:
            logger.warning("%s", broken)
            response = problem(broken, quote(path))
        if not response.body:
            context.notes.append(error.detail)
        # A change of any site's tokens is a commit to the database, which ends what is cached.
        is_refusal = response.status_code == 401
        context.is_stable = is_refusal and not responses.has_time(operation, 401)
        return _for_connexion(response)

    return handle


def _explained(exc: Exception, request: ConnexionRequest, routes: Routes) -> ApiError:
    path, method = request.scope["path"], request.method
    if isinstance(exc, DocumentError):
        return ApiError(f"The document cannot be served here: {cut(str(exc))}")
    if not isinstance(exc, HTTPException):  # which those of Connexion are
        if not isinstance(exc, ClientDisconnect):
            shown = redacted_path(request.scope["headers"], path)
            logger.error("%s %s failed", method, shown, exc_info=exc)
        return ApiError("The mock failed; this is a defect of the mock, and its log says more.")
    status = exc.status_code
    if status == 405:
        allow = routes.allow(path)
        return MethodNotAllowedError(
            f"{method} is not possible here; the path has {allow}.", headers={"Allow": allow}
        )
    if status == 404:
        hint = did_you_mean(path[:200], routes.paths)
        return NotFoundError(f"No operation matches the path {path[:200]!r}.{hint}")
    detail = cut(str(exc.detail or "").partition("\n")[0])
    return _BY_STATUS.get(status, ApiError)(detail or "The request could not be served.")


def _for_connexion(response: Response) -> ConnexionResponse:
    headers = dict(response.headers)
    media_type = headers.pop("content-type", None)
    headers.pop("content-length", None)
    return ConnexionResponse(
        response.status_code, content_type=media_type, mimetype=media_type, body=response.body,
        headers=headers,
    )  # fmt: skip
