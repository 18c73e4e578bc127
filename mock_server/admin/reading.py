"""Reading requests to the control API: bodies and parameters, with errors that say what to write.

Connexion's own reader of bodies raises what nobody catches for one that is no UTF-8, takes NaN and
halves of characters for JSON, and of a wrong entry in a list says no more than that the list is
wrong. Its reader of parameters does not say which of them is wrong.
"""

from collections.abc import AsyncGenerator, Mapping, MutableMapping
from typing import Any

import orjson
from connexion.validators.json import JSONRequestBodyValidator
from starlette.types import Scope

from mock_server.document import Document, SchemaCompiler
from mock_server.errors import InvalidRequestError, cut, did_you_mean
from mock_server.parameters import ParameterReader

MODULE = "mock_server.admin"
"""Where the handlers are: an operation id is a module and a function of this package."""

_CHOICES = frozenset({"anyOf", "oneOf"})


class BodyReader(JSONRequestBodyValidator):
    """Reads one body, and judges it by that form of several that it is written in."""

    async def _parse(self, stream: AsyncGenerator[bytes, None], scope: Scope) -> Any:
        del scope
        body = b"".join([part async for part in stream])
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise InvalidRequestError(f"The body is no JSON: {error}.") from None

    def _validate(self, body: Any) -> None:
        for form in self._schema.get("oneOf", ()):
            if (form.get("type") == "array") is isinstance(body, list):
                self._schema = form
        error = min(self._validator.iter_errors(body), key=_rank, default=None)
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
        """Give Connexion the validator of one request."""
        return self

    def validate(self, scope: MutableMapping[str, Any]) -> None:
        """Raise `InvalidRequestError` if a request's parameters break the document."""
        path: Mapping[str, Any] = scope["path_params"]
        handler: str = scope["extensions"]["connexion_routing"]["operation_id"]
        self._readers[handler.removeprefix(f"{MODULE}.")].read(
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
