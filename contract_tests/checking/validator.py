"""Validates every response with openapi-core, which shares no code with the mock's validation.

Its strict policies also find undeclared and missing optional properties, which schemathesis does
not report.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, cast

from jsonschema.validators import extend
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIResponse
from openapi_core.testing import MockRequest
from openapi_core.validation.response.exceptions import HeaderValidationError
from openapi_core.validation.schemas.factories import SchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from contract_tests.errors import OptionError
from contract_tests.model import pointer_of
from contract_tests.wire.response import Response, parsed
from mock_server import Document, Operation, is_local, shape_of

_HOST = "http://document.test"
"""The server URL for openapi-core; real URLs differ between targets."""

BY_SERVERS = frozenset({414, 431})
"""Statuses of requests whose target or headers are too long."""

_ADDITIONS = ("Additional properties", "Unevaluated properties")

_LONGEST = 300
"""Maximum length of a complaint; longer ones repeat most of the body."""

_ABOUT_NAMES = {"", "required", "properties", "additionalProperties", "unevaluatedProperties"}
"""Keywords whose error messages contain names instead of values."""


class Aspect(StrEnum):
    """The part of a response that a complaint is about."""

    STATUS = "status"
    MEDIA_TYPE = "media type"
    """The content type, and whether the body can be parsed as that type."""
    HEADERS = "headers"
    BODY = "body"


_ASPECTS = {
    "ResponseNotFound": Aspect.STATUS,
    **dict.fromkeys(("DataValidationError", "MissingData"), Aspect.MEDIA_TYPE),
    **dict.fromkeys(("InvalidHeader", "MissingRequiredHeader"), Aspect.HEADERS),
    "HeaderValidationError": Aspect.HEADERS,
}
"""Aspects by the class names of openapi-core's errors; the others are about the body."""


@dataclass(frozen=True)
class Complaint:
    """One violation of the document by a response."""

    aspect: Aspect
    message: str
    pointer: str = ""
    """JSON Pointer into the body; empty for the whole response."""
    rule: str = ""
    """The violated JSON Schema keyword, such as `additionalProperties`; empty if none."""
    is_drift: bool = False
    """Whether only the strict policies complain, although the document allows it."""

    @property
    def alike(self) -> Hashable:
        """A key that is equal for the same complaint about several rows."""
        names = self.message if self.rule in _ABOUT_NAMES else ""
        return self.aspect, self.rule, names, re.sub(r"/\d+(?=/|$)", "/*", self.pointer)

    @property
    def is_addition(self) -> bool:
        """Whether it is about a property that the document does not declare."""
        return self.message.startswith(_ADDITIONS)


class ResponseValidator:
    """Validates responses against a document; caches the results for equal responses."""

    def __init__(self, document: Document) -> None:
        """Compile the document; an `OptionError` if it is not valid OpenAPI."""
        self.document = document
        content = {**as_meant(document), "servers": [{"url": _HOST}]}
        # For other JSON content types, openapi-core would validate the raw bytes.
        readers: dict[str, Callable[..., Any]] = {
            media_type.name.partition(";")[0].strip(): lambda *_, **__: _parsed_body(self._response)
            for operation in document.operations
            for response in operation.responses.values()
            for media_type in response.media_types
            if media_type.is_json
        }
        policies = {
            "additional_properties_default_policy": "forbid",
            "response_properties_default_policy": "required",
        }
        try:
            self._strict = _load(content, extra_media_type_deserializers=readers, **policies)
            self._lenient = _load(content, extra_media_type_deserializers=readers)
        except OpenAPIValidationError as error:
            place = pointer_of(error.absolute_path)
            raise OptionError(
                f"openapi-core refuses {document.origin}: {place} is not valid OpenAPI."
            ) from None
        self._checked: dict[Hashable, tuple[Complaint, ...]] = {}

    def complaints(self, response: Response) -> tuple[Complaint, ...]:
        """Return the violations of a response.

        There are none if it has no declared operation, or is sent by a server that does not know
        the document, because it could not read the request.
        """
        if response.operation is None or response.status in BY_SERVERS:
            return ()
        declared = response.operation.response(response.status)
        names = ("Content-Type", *(declared.headers if declared else ()))
        headers = tuple(tuple(response.headers.getlist(name)) for name in names)
        key = (response.operation.id, response.status, headers, response.body)
        if key not in self._checked:
            self._checked[key] = tuple(self._validate(response, response.operation))
        return self._checked[key]

    def _validate(self, response: Response, operation: Operation) -> list[Complaint]:
        self._response = response
        request = MockRequest(_HOST, operation.method, operation.path)
        exchange = request, RequestsOpenAPIResponse(response.raw)
        errors = list(self._strict.iter_errors(*exchange))
        if fault := unreadable(response):
            # openapi-core's own errors about such a body would be duplicates.
            left = (one for one in errors if _aspect_of(one) in {Aspect.STATUS, Aspect.HEADERS})
            message = f"The body is not valid JSON: {fault}."
            return [*_complaints_of(left), Complaint(Aspect.MEDIA_TYPE, message)]
        if not errors:
            return []
        plain = list(_complaints_of(self._lenient.iter_errors(*exchange)))
        known = {(one.pointer, one.message) for one in plain}
        found = _complaints_of(errors)
        strict = (one for one in found if (one.pointer, one.message) not in known)
        return plain + [replace(complaint, is_drift=True) for complaint in strict]


class _SchemaValidators(SchemaValidatorsFactory):
    """Compiles each schema once; its validators check equal values once."""

    def __init__(self, factory: SchemaValidatorsFactory) -> None:
        super().__init__(factory.schema_validator_cls, factory.format_checker)
        self._factory = factory
        self._compiled: dict[Any, SchemaValidator] = {}

    def create(self, spec: Any, schema: Any, *policies: Any, **named: Any) -> SchemaValidator:
        if schema not in self._compiled:
            made = self._compiled[schema] = super().create(spec, schema, *policies, **named)
            _remember_valid(type(made.validator))
        return self._compiled[schema]

    def get_validator_cls(self, spec: Any, schema: Any) -> Any:
        return extend(self._factory.get_validator_cls(spec, schema))


def _remember_valid(validator_class: Any) -> None:
    """Make validators skip rows and values that were valid before, because most are repeated."""
    descend, valid = validator_class.descend, set()

    def descend_once(self: Any, instance: Any, schema: Any, *where: Any, **named: Any) -> Any:
        is_row = isinstance(instance, dict) and isinstance(named.get("path"), int)
        if not is_row and isinstance(instance, dict | list):
            yield from descend(self, instance, schema, *where, **named)
            return
        key = id(schema), type(instance), repr(instance) if is_row else instance
        if key not in valid:
            errors = list(descend(self, instance, schema, *where, **named))
            if not errors:
                valid.add(key)
            yield from errors

    validator_class.descend = descend_once


def as_meant(document: Document) -> dict[str, Any]:
    """Return the content of a document, without what validators take too literally.

    In OpenAPI 3.0, `nullable` has no effect without `type`, but is common beside `allOf`. Headers
    with objects are sent as JSON, whatever the style of their parameters.
    """
    is_30 = document.version.startswith("3.0")

    def meant(node: Any) -> Any:
        if isinstance(node, list):
            return [meant(item) for item in node]
        if not isinstance(node, dict):
            return node
        changed = {key: inner if key in _HOLDING_DATA else meant(inner)
                   for key, inner in node.items()}  # fmt: skip
        _allow_local_times(node, changed)
        if isinstance(node.get("headers"), dict):
            changed["headers"] = {
                name: {**header, "schema": {}} if has_object(header) else header
                for name, header in changed["headers"].items()
            }
        if is_30 and node.get("nullable") is True and "allOf" in node and "type" not in node:
            del changed["nullable"]
            return {"anyOf": [{"nullable": True, "enum": [None]}, changed]}
        return changed

    def has_object(header: Any) -> bool:
        resolved = document.resolve(header)
        schema = resolved.get("schema") if isinstance(resolved, dict) else None
        return schema is not None and shape_of(document, schema).is_object

    return cast("dict[str, Any]", meant(document.content))


def _allow_local_times(node: dict[str, Any], changed: dict[str, Any]) -> None:
    """Drop the format of date-times that a schema, or a parameter, shows without an offset."""
    schema = node.get("schema")
    if is_local(node):
        del changed["format"]
    elif isinstance(schema, dict) and "format" in schema and is_local({**node, **schema}):
        del changed["schema"]["format"]


_HOLDING_DATA = frozenset({"default", "enum", "example", "examples"})


def _load(content: Any, **policies: Any) -> Any:
    """Return a response validator, which needs less of a request than `OpenAPI` itself."""
    config = Config(**policies)
    validator: Any = OpenAPI.from_dict(content, config=config).response_validator
    validator.schema_validators_factory = _SchemaValidators(validator.schema_validators_factory)
    return validator


def unreadable(response: Response) -> str:
    """Return why a body with a JSON content type cannot be parsed; empty if it can."""
    if "json" in response.media_type:
        try:
            _parsed_body(response)
        except ValueError as error:
            return str(error)
    return ""


def _parsed_body(response: Response) -> Any:
    """Parse a JSON body, ignoring a byte order mark (RFC 8259, 8.1)."""
    with suppress(ValueError):
        return response.json()  # cached
    return parsed(response.body.decode("utf-8-sig"))


def _complaints_of(errors: Iterable[Exception]) -> Iterator[Complaint]:
    for error in errors:
        aspect, name = _aspect_of(error), ""
        details = getattr(error.__cause__, "schema_errors", None) or ()
        if isinstance(error, HeaderValidationError) and error.__cause__ is not None:
            name = f"{error.name}: "  # openapi-core's message omits it
        if not details:
            yield Complaint(aspect, _cut(name + str(error.__cause__ or error)))
        for inner in (inner for detail in details for inner in _innermost(detail)):
            pointer = "" if aspect is Aspect.HEADERS else pointer_of(inner.absolute_path)
            message = inner.message
            if message.startswith(_ADDITIONS):  # sort the names, so that it is reproducible
                names = ", ".join(sorted(re.findall(r"'([^']*)'", message)))
                message = f"{message.partition(' are ')[0]} are not allowed: {names}"
            yield Complaint(aspect, _cut(name + message), pointer, str(inner.validator or ""))


def _aspect_of(error: Exception) -> Aspect:
    return _ASPECTS.get(type(error).__name__, Aspect.BODY)


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST - 3]}..."


def _innermost(error: Any) -> Iterator[Any]:
    """Yield the errors of the best matching branch of a `oneOf` or `anyOf`, or the error itself."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    if not branches or error.validator not in {"oneOf", "anyOf"}:
        yield error
        return
    best = min(branches.values(), key=lambda found: (found[0].validator == "type", len(found)))
    for inner in best:
        yield from _innermost(inner)
