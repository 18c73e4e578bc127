"""Write responses, and validate them against the document before they are sent."""

import json
import re
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any
from urllib.parse import quote

import orjson
from jsonschema_rs import ValidationErrorKind
from starlette.responses import Response

from mock_server.api.convert import converter, error_codes
from mock_server.api.generate import invent
from mock_server.api.links import link_header
from mock_server.api.render import Renderer
from mock_server.api.writers import NO_ROWS, Values
from mock_server.binding.descriptions import says
from mock_server.binding.fields import Field, Grouping
from mock_server.binding.lexicon import ERROR_NAMES, normalised
from mock_server.binding.model import OperationBinding, PropertyBinding
from mock_server.binding.properties import property_binding
from mock_server.data.fields import Rows
from mock_server.errors import ApiError, InvalidRequestError, ResponseValidationError
from mock_server.openapi.document import Document, MediaType, Operation, Parameter, schema_in
from mock_server.openapi.schemas import Leaf, Schema, leaves, shape_of
from mock_server.openapi.validators import validator_of

PROBLEM = "application/problem+json"
"""The media type of RFC 9457, for errors that the document does not describe."""


WriteHeader = Callable[[Values], str | None]


@dataclass(frozen=True)
class _Plan:
    """The precomputed parts of an operation's response with one status."""

    operation: Operation
    status: int
    media_type: MediaType
    renderer: Renderer
    bound_headers: tuple[tuple[str, WriteHeader], ...]
    invented_headers: Mapping[str, str]
    """Required headers without a binding, and ids of the request, with generated values."""

    def headers(self, values: Values) -> dict[str, str]:
        """Return the bound headers that have a value."""
        return {name: value for name, write in self.bound_headers
                if (value := write(values)) is not None}  # fmt: skip

    def response(self, body: Any, headers: Mapping[str, str]) -> Response:
        """Return a response with a body of JSON values."""
        given = {name.casefold() for name in headers}
        invented = {name: value for name, value in self.invented_headers.items()
                    if name.casefold() not in given}  # fmt: skip
        name = "application/json" if "*" in self.media_type.name else self.media_type.name
        return _response(self.status, name, body, {**invented, **headers})


class Responses:
    """Write the responses of one document, and validate them if `check` is true."""

    def __init__(self, document: Document, *, check: bool) -> None:
        self._document = document
        self._check = check
        self._reports: dict[tuple[str, Grouping, str], _Plan] = {}
        self._errors: dict[tuple[str | None, int], _Plan | None] = {}

    def fields(self, binding: OperationBinding) -> frozenset[Field]:
        """Return the fields in the body of an operation's success response."""
        return self._report_plan(binding).renderer.fields

    def report(
        self,
        binding: OperationBinding,
        values: Values,
        rows: Rows = NO_ROWS,
        *,
        validated: bool = True,
    ) -> Response:
        """Return an operation's success response, from the values outside the rows and the rows.

        It is not validated where a fault needs more rows than allowed.

        Raises:
            ResponseValidationError: If the response does not match the document.
        """
        plan = self._report_plan(binding)
        body = plan.renderer.render(values, rows)
        if validated:
            self._validate(plan, body)
        return plan.response(body, plan.headers(values))

    def row_ids(self, binding: OperationBinding, rows: Iterable[Values]) -> list[str]:
        """Return the ids of rows as they are written in responses."""
        for leaf in leaves(self._document, binding.media_type.schema):
            bound = binding.properties.get(leaf.path)
            is_of_row = leaf.path.startswith(f"{binding.rows_at}/*")
            if bound is not None and bound.field is Field.ROW_ID and is_of_row:
                convert = converter(Field.ROW_ID, leaf.shape, leaf.names[-1])
                return [str(convert(values[Field.ROW_ID])) for values in rows]
        return []

    def example(self, binding: OperationBinding, name: str) -> Response:
        """Return a named example of the document as an operation's success response."""
        return self._report_plan(binding).response(binding.media_type.examples[name], {})

    def error(self, operation: Operation | None, error: ApiError, values: Values) -> Response:
        """Return an error response in the document's format, or as RFC 9457 problem details.

        If the operation does not declare the status, the format is that of the document's first
        operation that declares it. The body is empty if the operation declares other errors with a
        body, but this one without. The values are `INSTANCE`, `REPORT_URL` and `TIMESTAMP`.
        """
        declaring = operation or self._likely(error.status)
        if declaring is not None and isinstance(error, InvalidRequestError):
            error.status = status_of_invalid(declaring)
        if operation is not None and _is_empty(operation, error.status):
            headers = {**self._invented_headers(operation, error.status), **error.headers}
            return Response(status_code=error.status, headers=headers)
        plan = self._error_plan(operation, error.status)
        if plan is None:
            return problem(error, values[Field.INSTANCE])
        error_values = _error_values(error, values)
        body = plan.renderer.render(error_values)
        self._validate(plan, body)
        return plan.response(body, plan.headers(error_values) | error.headers)

    def has_time(self, operation: Operation | None, status: int) -> bool:
        """Return whether an error response contains the time of the request."""
        plan = self._error_plan(operation, status)
        return plan is not None and Field.TIMESTAMP in plan.renderer.fields

    def _validate(self, plan: _Plan, body: Any) -> None:
        validator = validator_of(self._document, plan.media_type.schema)
        if not self._check or validator.is_valid(body):
            return
        for error in validator.iter_errors(body):
            # Without a discriminator, alternatives often overlap, such as two empty lists.
            if not isinstance(error.kind, ValidationErrorKind.OneOfMultipleValid):
                place = "/".join(map(str, error.instance_path))
                raise ResponseValidationError(
                    f"The mock's response {plan.status} of {plan.operation.id} breaks the document "
                    f"at /{place}: {error.message[:200]}."
                )

    def _likely(self, status: int) -> Operation | None:
        """Return the first operation that declares a status."""
        return next((one for one in self._document.operations if one.response(status)), None)

    def _report_plan(self, binding: OperationBinding) -> _Plan:
        key = binding.operation.id, binding.grouping, binding.media_type.name
        plan = self._reports.get(key)
        if plan is None:
            media_type = binding.media_type
            renderer = Renderer(
                self._document,
                media_type.schema,
                properties=binding.properties,
                rows_at=binding.rows_at,
                lists=binding.lists,
            )
            headers = tuple(self._bound_headers(binding))
            plan = self._plan(binding.operation, binding.status, media_type, renderer, headers)
            self._reports[key] = plan
        return plan

    def _error_plan(self, operation: Operation | None, status: int) -> _Plan | None:
        key = None if operation is None else operation.id, status
        if key not in self._errors:
            self._errors[key] = self._new_error_plan(operation, status)
        return self._errors[key]

    def _new_error_plan(self, operation: Operation | None, status: int) -> _Plan | None:
        for declaring in filter(None, (operation, self._likely(status))):
            declared = declaring.response(status)
            media_types = () if declared is None else declared.media_types
            for media_type in filter(attrgetter("is_json"), media_types):
                schema = media_type.schema
                properties = error_bindings(self._document, schema)
                renderer = Renderer(self._document, schema, properties=properties, is_sparse=True)
                headers = tuple(self._error_headers(declaring, status))
                return self._plan(declaring, status, media_type, renderer, headers)
        return None

    def _plan(
        self,
        operation: Operation,
        status: int,
        media_type: MediaType,
        renderer: Renderer,
        bound_headers: tuple[tuple[str, WriteHeader], ...],
    ) -> _Plan:
        invented = self._invented_headers(operation, status)
        return _Plan(operation, status, media_type, renderer, bound_headers, invented)

    def _invented_headers(self, operation: Operation, status: int) -> dict[str, str]:
        return {
            name: _one_line(
                str(invent(self._document, schema_in(header), f"{operation.id} {name}"))
            )
            for name, header in _own_headers(operation, status).items()
            if header.get("required") or _OF_REQUEST.search(name)
        }

    def _error_headers(
        self, operation: Operation, status: int
    ) -> Iterable[tuple[str, WriteHeader]]:
        """Yield the headers with the code of an error, such as `x-ms-error-code`."""
        for name, header in _own_headers(operation, status).items():
            shape = shape_of(self._document, schema_in(header))
            if normalised([name]).endswith("errorcode") and "string" in shape.types:
                convert = converter(Field.ERROR_CODE, shape, name)
                yield name, _header(Field.ERROR_CODE, convert)

    def _bound_headers(self, binding: OperationBinding) -> Iterable[tuple[str, WriteHeader]]:
        for name, header in _own_headers(binding.operation, binding.status).items():
            schema, bound = schema_in(header), binding.headers.get(name)
            shape = shape_of(self._document, schema)
            if shape.properties:
                inside = {path.removeprefix(name): one for path, one in binding.headers.items()
                          if path.startswith(f"{name}/")}  # fmt: skip
                yield (
                    name,
                    _json_header(
                        Renderer(self._document, schema, properties=inside, is_sparse=True)
                    ),
                )
            elif bound is not None and bound.field is not None:
                is_link = name.casefold() == "link"
                write = _header(bound.field, converter(bound.field, shape, name))
                described = f"{header.get('description', '')} {shape.description}"
                yield name, partial(link_header, described=described) if is_link else write


def _is_empty(operation: Operation, status: int) -> bool:
    """Return whether an operation declares an error without a body, but others with one."""
    declared = operation.responses.get(str(status))
    if declared is None or declared.media_types:
        return False
    return any(other.media_types for code, other in operation.responses.items()
               if code.startswith(("4", "5")))  # fmt: skip


def status_of_invalid(operation: Operation) -> int:
    """Return the status of an invalid request: 400, or 422 if only that is declared."""
    return 422 if "422" in operation.responses and "400" not in operation.responses else 400


def error_bindings(document: Document, schema: Schema) -> dict[str, PropertyBinding]:
    """Bind the properties of an error body."""
    found = [*leaves(document, schema, texts=True)]
    bound = {leaf.path: property_binding(leaf, ERROR_NAMES, ERROR_NAMES) for leaf in found}
    has_number = any(bound[leaf.path].field is Field.STATUS and _NUMBERS & leaf.shape.types
                     for leaf in found)  # fmt: skip
    for leaf in found:
        known = bound[leaf.path]
        bound[leaf.path] = (
            _status_as_text(leaf, known, has_number=has_number) or _by_place(leaf, bound) or known
        )
    if {binding.field for binding in bound.values()} <= {Field.ERROR_TITLE, Field.STATUS, None}:
        alone = PropertyBinding(Field.DETAIL, "the only text")
        bound |= {leaf.path: alone for leaf in found if leaf.names[-1] in {"error", "fehler"}}
    return bound


def _status_as_text(
    leaf: Leaf, known: PropertyBinding, *, has_number: bool
) -> PropertyBinding | None:
    """Bind a property that says the status by a code, or by a text beside its number."""
    is_text = known.field is Field.STATUS and not _NUMBERS & leaf.shape.types
    codes, values = error_codes(leaf.shape), leaf.shape.schema.get("enum")
    if (values and len(codes) > 1) or (is_text and codes):
        return PropertyBinding(Field.ERROR_CODE, "its values name statuses")
    if values or not (is_text and has_number):
        return None
    if leaf.path.endswith("/error/status"):
        return PropertyBinding(Field.ERROR_CODE, "a status of google.rpc.Status")
    return PropertyBinding(Field.ERROR_TITLE, "a text beside a number")


def _by_place(leaf: Leaf, bound: Mapping[str, PropertyBinding]) -> PropertyBinding | None:
    """Bind a property by its description, its format, or what is beside it."""
    field = bound[leaf.path].field
    if field is Field.DETAIL and says("status phrase", leaf.shape.description):
        return PropertyBinding(Field.ERROR_TITLE, "described as the status's text")
    if field is Field.INSTANCE and leaf.shape.schema.get("format") == "uri":
        return PropertyBinding(Field.REPORT_URL, "an absolute URL")
    if leaf.names[-1].casefold() == "value":
        return PropertyBinding(None, "the value that was sent")
    if re.sub("/pointer$", "/parameter", leaf.path) in bound.keys() - {leaf.path}:  # JSON:API
        return PropertyBinding(None, "a pointer beside the name of a parameter")
    return None


_NUMBERS = frozenset({"integer", "number"})
_OF_REQUEST = re.compile("(?:request|correlation|trace|flow)-?id", re.IGNORECASE)
"""Headers with an id of the request, which servers always send."""


FRAMING = frozenset({"connection", "content-encoding", "content-length", "content-type", "date",
                     "transfer-encoding"})  # fmt: skip
"""Headers that the server sets, whatever a document declares."""


def _own_headers(operation: Operation, status: int) -> Mapping[str, Any]:
    declared = operation.response(status)
    headers = declared.headers if declared is not None else {}
    return {name: header for name, header in headers.items() if name.casefold() not in FRAMING}


def repeated_headers(operation: Operation) -> frozenset[Parameter]:
    """Return the request headers that the responses repeat, such as an id of the request."""
    declared = {name.casefold() for response in operation.responses.values()
                for name in response.headers} - FRAMING  # fmt: skip
    return frozenset(parameter for parameter in operation.parameters
                     if parameter.location == "header" and parameter.name.casefold() in declared)  # fmt: skip


def _one_line(text: str) -> str:
    """Return a text as a header can hold it; what is not visible ASCII is percent-encoded."""
    return quote(text, safe=f" {string.digits}{string.ascii_letters}{string.punctuation}")


def _header(field: Field, convert: Callable[[Any], Any]) -> WriteHeader:
    return lambda values: (
        None if values.get(field) is None else _one_line(str(convert(values[field])))
    )


def _json_header(renderer: Renderer) -> WriteHeader:
    return lambda values: json.dumps(renderer.render(values), separators=(",", ":"))


def problem(error: ApiError, instance: str) -> Response:
    """Return an error as RFC 9457 problem details; `instance` is the path, percent-encoded."""
    body = {
        "type": type_of(error),
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": instance,
    }
    return _response(error.status, PROBLEM, body, error.headers)


def type_of(error: ApiError) -> str:
    """Return the `type` of an error as a relative URL of the page that describes all types."""
    return f"/__admin/problems#{error.slug()}"


def _error_values(error: ApiError, values: Values) -> dict[Field, Any]:
    return {
        **values,
        Field.STATUS: error.status,
        Field.ERROR_TITLE: error.title,
        Field.DETAIL: error.detail,
        Field.ERROR_TYPE: type_of(error),
        Field.ERROR_CODE: error.status,
        Field.ERROR_PARAMETER: error.parameter,
        Field.ERROR_LOCATION: error.location,
        Field.ERROR_PATH: error.parameter and f"{error.location}.{error.parameter}",
        Field.IS_SUCCESSFUL: False,
    }


def _response(status: int, media_type: str, body: Any, headers: Mapping[str, str]) -> Response:
    return Response(
        orjson.dumps(body), status_code=status, headers={**headers, "Content-Type": media_type}
    )
