"""Writing answers, and judging each against the document before it leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from mock_server.api.generate import invent
from mock_server.api.render import Renderer, Values, converter
from mock_server.binding.fields import Field, OperationBinding, PropertyBinding
from mock_server.binding.lexicon import ERROR_NAMES
from mock_server.binding.properties import leaves, property_binding
from mock_server.errors import ApiError, BrokenPromiseError
from mock_server.openapi.document import Document, MediaType, Operation
from mock_server.openapi.schemas import SchemaCompiler, shape_of

PROBLEM = "application/problem+json"
"""The media type of RFC 9457, for errors that the document describes nowhere."""


@dataclass(frozen=True)
class _Judge:
    """Compares answers with what the document says of them."""

    compiler: SchemaCompiler
    is_on: bool

    def check(self, operation: Operation, status: int, media_type: MediaType, body: Any) -> None:
        """Raise `BrokenPromiseError` if the document does not allow the body."""
        if not self.is_on:
            return
        validator = self.compiler.validator(media_type.schema)
        if validator.is_valid(body):
            return
        error = next(iter(validator.iter_errors(body)))
        place = "/".join(str(part) for part in error.instance_path)
        raise BrokenPromiseError(
            f"The mock's answer {status} of {operation.id} breaks the document at /{place}: "
            f"{error.message[:200]}."
        )


class Answers:
    """Writes the answers of one document.

    Args:
        document: What answers must agree with.
        compiler: Compiles its schemas.
        check: Whether to judge every answer before it leaves.
    """

    def __init__(self, document: Document, compiler: SchemaCompiler, *, check: bool) -> None:
        self._document = document
        self._compiler = compiler
        self._judge = _Judge(compiler, check)
        self._reports: dict[str, Renderer] = {}
        self._errors: dict[tuple[str, int], tuple[MediaType, Renderer] | None] = {}

    def report(
        self,
        binding: OperationBinding,
        facts: Values,
        rows: Sequence[Values],
        *,
        judged: bool = True,
    ) -> Response:
        """Write an operation's answer of success.

        Args:
            binding: The operation.
            facts: What holds for all rows.
            rows: One mapping each.
            judged: Whether the document must allow it; a fault may want more rows than that.

        Raises:
            BrokenPromiseError: If the document does not allow what was written.
        """
        operation = binding.operation
        renderer = self._reports.get(operation.id)
        if renderer is None:
            renderer = self._reports[operation.id] = Renderer(
                self._document,
                self._compiler,
                binding.media_type.schema,
                properties=binding.properties,
                rows_at=binding.rows_at,
            )
        body = renderer.render(facts, rows)
        if judged:
            self._judge.check(operation, binding.status, binding.media_type, body)
        headers = self._completed(
            operation,
            binding.status,
            self._headers(operation, binding.status, binding.headers, facts),
        )
        return _response(binding.status, _concrete(binding.media_type.name), body, headers)

    def example(self, binding: OperationBinding, name: str) -> Response:
        """Give an example of an operation's answer of success as the document has it."""
        body = binding.media_type.examples[name]
        headers = self._completed(binding.operation, binding.status, {})
        return _response(binding.status, _concrete(binding.media_type.name), body, headers)

    def error(self, operation: Operation | None, error: ApiError, facts: Values) -> Response:
        """Write an error in the document's own shape, or as a problem of RFC 9457.

        Args:
            operation: The operation asked for; None if the path has none, in which case errors
                look as those of the document's first operation that declares the status.
            error: What went wrong.
            facts: `INSTANCE` and `TIMESTAMP`.
        """
        values = {
            **facts,
            Field.STATUS: error.status,
            Field.ERROR_TITLE: error.title,
            Field.DETAIL: error.detail,
            Field.ERROR_TYPE: type_of(error),
            Field.ERROR_CODE: error.status,
            Field.IS_SUCCESSFUL: False,
        }
        operation = operation or self._likely(error.status)
        found = self._error_shape(operation, error.status) if operation is not None else None
        if operation is None or found is None:
            return _response(error.status, PROBLEM, _problem(values), error.headers)
        media_type, renderer = found
        body = renderer.render(values)
        headers = self._completed(operation, error.status, error.headers)
        self._judge.check(operation, error.status, media_type, body)
        return _response(error.status, media_type.name, body, headers)

    def plain_error(self, error: ApiError, facts: Values) -> Response:
        """Write an error as a problem of RFC 9457, whatever the document says."""
        values = {
            **facts,
            Field.STATUS: error.status,
            Field.ERROR_TITLE: error.title,
            Field.DETAIL: error.detail,
            Field.ERROR_TYPE: type_of(error),
        }
        return _response(error.status, PROBLEM, _problem(values), error.headers)

    def _likely(self, status: int) -> Operation | None:
        return next((one for one in self._document.operations if one.response(status)), None)

    def _error_shape(self, operation: Operation, status: int) -> tuple[MediaType, Renderer] | None:
        key = (operation.id, status)
        if key not in self._errors:
            self._errors[key] = self._compiled_error(operation, status)
        return self._errors[key]

    def _compiled_error(
        self, operation: Operation, status: int
    ) -> tuple[MediaType, Renderer] | None:
        declared = operation.response(status)
        media_types = declared.media_types if declared is not None else ()
        media_type = next((one for one in media_types if "json" in one.name), None)
        if media_type is None:
            return None
        properties = {
            leaf.path: property_binding(leaf, ERROR_NAMES, ERROR_NAMES)
            for leaf in leaves(self._document, media_type.schema)
        }
        return media_type, Renderer(
            self._document, self._compiler, media_type.schema, properties=properties
        )

    def _completed(
        self, operation: Operation, status: int, headers: Mapping[str, str]
    ) -> dict[str, str]:
        """Make up the headers that the document requires and nothing is known about."""
        declared = operation.response(status)
        given = {name.casefold() for name in headers} | {"content-type"}
        invented = {
            name: str(invent(self._document, header.get("schema") or {}, f"{operation.id} {name}"))
            for name, header in (declared.headers if declared is not None else {}).items()
            if header.get("required") and name.casefold() not in given
        }
        return {**invented, **headers}

    def _headers(
        self,
        operation: Operation,
        status: int,
        bindings: Mapping[str, PropertyBinding],
        facts: Values,
    ) -> dict[str, str]:
        declared = operation.response(status)
        headers = {}
        for name, bound in bindings.items():
            value = facts.get(bound.field) if bound.field is not None else None
            if value is not None and bound.field is not None and declared is not None:
                shape = shape_of(self._document, declared.headers[name].get("schema") or {})
                written = str(converter(bound.field, shape, name)(value))
                is_link = name.casefold() == "link"  # RFC 8288, section 3
                headers[name] = f'<{written}>; rel="next"' if is_link else written
        return headers


def type_of(error: ApiError) -> str:
    """Give the `type` of an error, relative to the mock; the page there tells about all kinds."""
    return f"/__admin/problems#{error.slug()}"


def _problem(values: Values) -> dict[str, Any]:
    return {
        "type": values[Field.ERROR_TYPE],
        "title": values[Field.ERROR_TITLE],
        "status": values[Field.STATUS],
        "detail": values[Field.DETAIL],
        "instance": values[Field.INSTANCE],
    }


def _concrete(media_type: str) -> str:
    return "application/json" if "*" in media_type else media_type


def _response(status: int, media_type: str, body: Any, headers: Mapping[str, str]) -> Response:
    return Response(
        orjson.dumps(body),
        status_code=HTTPStatus(status),
        headers={**headers, "Content-Type": media_type},
    )
