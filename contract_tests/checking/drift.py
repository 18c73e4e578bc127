"""Finds differences between responses and a document, with their places in the document.

openapi-core reports which responses are invalid, but not which part of the document would have to
change.
"""

import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, TypeAlias
from urllib.parse import unquote

from contract_tests.checking.validator import ResponseValidator
from contract_tests.wire.response import Response
from mock_server import Document, Operation

Steps: TypeAlias = tuple[str | int, ...]
"""The keys and indexes of a place in a document or in a response."""

_FAMILIAR = re.compile(
    # HTTP and security headers (RFC 9110, RFC 9111, OWASP's list)
    r"accept-ranges|age|allow|alt-svc|cache-control|clear-site-data|connection|content-.*|date|"
    r"etag|expires|keep-alive|last-modified|link|location|nel|permissions-policy|pragma|"
    r"proxy-connection|proxy-status|referrer-policy|report-to|reporting-endpoints|retry-after|"
    r"server|server-timing|strict-transport-security|timing-allow-origin|trailer|"
    r"transfer-encoding|upgrade|vary|via|warning|www-authenticate|x-content-type-options|"
    r"x-frame-options|x-powered-by|x-robots-tag|x-xss-protection|"
    # the mock, CORS, well-known proxies and content delivery networks
    r"(?:x-mock|access-control|cross-origin|x-amz|x-amzn|x-cache|cf|x-envoy|x-served-by|x-timer|"
    r"x-azure|x-goog|x-vercel|fastly|x-forwarded)(?:-.*)?|x-(?:request|correlation|amzn-request)-?id|"
    r"apigw-requestid|x-varnish"
)
"""Headers that documents usually do not declare."""

_OWN_RULES = frozenset(
    {"type", "enum", "const", "required", "allOf", "anyOf", "oneOf"}
    | {"additionalProperties", "unevaluatedProperties", "nullable", "properties", ""}
)
"""JSON Schema keywords that `Walk` checks itself, so that openapi-core's errors are ignored."""


class Kind(StrEnum):
    """The kind of a difference; `Drift.name` is its subject."""

    NEW_PROPERTY = "property is not declared"
    NO_PROPERTY = "required property is missing"
    OTHER_TYPE = "type is not declared"
    NEW_VALUE = "value is not in the enumeration"
    BROKEN_RULE = "rule is broken"
    NEW_STATUS = "status is not declared"
    NEW_HEADER = "header is not declared"
    NO_HEADER = "required header is missing"
    NEW_MEDIA_TYPE = "content type is not declared"
    OTHER = "cannot be declared"


@dataclass(frozen=True)
class Drift:
    """One difference between a response and the document."""

    kind: Kind
    name: str
    """The subject, such as a property's name."""
    place: Steps
    """The part of the document that would have to change."""
    at: Steps = ()
    """The place in the body."""
    value: Any = None
    """The actual value; the response itself if its status or content type is not declared."""


def drifts_of(
    document: Document, validator: ResponseValidator, response: Response, operation: Operation
) -> Iterator[Drift]:
    """Yield the differences between an operation's response and the document."""
    place, node = settled(
        document, ("paths", operation.path, operation.method.lower(), "responses")
    )
    declared = operation.response(response.status)
    if declared is None:
        yield Drift(Kind.NEW_STATUS, str(response.status), place, value=response)
        return
    key = next(status for status in node if str(status).lower() == declared.status.lower())
    place, declared_response = settled(document, (*place, key))
    yield from _of_headers(document, response, place)
    for name in declared_response.get("content") or {}:
        if fnmatchcase(response.media_type, name.partition(";")[0].strip().lower()):
            yield from _of_body(document, validator, response, (*place, "content", name, "schema"))
            return
    if response.body and response.media_type:
        yield Drift(Kind.NEW_MEDIA_TYPE, response.media_type, place, value=response)
    elif response.body:
        yield Drift(Kind.OTHER, "a body without a content type", place)


def _of_headers(document: Document, response: Response, place: Steps) -> Iterator[Drift]:
    declared = {name.lower(): name for name in settled(document, place)[1].get("headers") or {}}
    for name in undeclared_headers(response, declared):
        yield Drift(Kind.NEW_HEADER, name, place, value=response.headers[name])
    for name in declared.values():
        where, header = settled(document, (*place, "headers", name))
        if header.get("required") and name not in response.headers:
            yield Drift(Kind.NO_HEADER, name, where)


def _of_body(
    document: Document, validator: ResponseValidator, response: Response, place: Steps
) -> Iterator[Drift]:
    try:
        value = value_of(response)
    except ValueError as error:
        yield Drift(Kind.OTHER, f"a body that is not JSON ({error})", place)
        return
    if not (complaints := validator.complaints(response)):
        return
    walk = Walk(document)
    found = list(walk.differences(value, place, ()))
    yield from found
    for one in (complaint for complaint in complaints if not complaint.is_drift):
        at = tuple(map(_unescaped, one.pointer.split("/")[1:]))
        schemas = [] if one.rule in _OWN_RULES else walk.schemas.get(at, [])
        broken = [steps for steps in schemas if one.rule in settled(document, steps)[1]]
        for steps in broken:
            yield Drift(Kind.BROKEN_RULE, one.rule, steps, at, one.message)
        if not broken and not found:
            yield Drift(Kind.OTHER, one.message, place, at)


class Walk:
    """Walks through a value and its schema in parallel."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._is_30 = document.version.startswith("3.0")
        self.schemas: dict[tuple[str, ...], list[Steps]] = {}
        """The schemas that apply to each place of the value."""

    def differences(self, value: Any, place: Steps, at: Steps) -> Iterator[Drift]:
        """Yield the differences between the value at `at` and the schema at `place`."""
        parts = list(self._parts(value, place, at))
        self.schemas[tuple(map(str, at))] = [steps for steps, _ in parts]
        for steps, schema in parts:
            yield from self._of_itself(value, schema, steps, at)
            if isinstance(value, list) and "items" in schema:
                for number, item in enumerate(value):
                    yield from self.differences(item, (*steps, "items"), (*at, number))
        for name in value if isinstance(value, Mapping) else ():
            yield from self._of_property(name, value[name], parts, (*at, name))

    def _parts(self, value: Any, place: Steps, at: Steps) -> Iterator[tuple[Steps, Any]]:
        """Yield all schemas that apply to a value; for `oneOf` and `anyOf`, the best match."""
        steps, schema = settled(self._document, place)
        if not isinstance(schema, Mapping):
            return
        yield steps, schema
        for number in range(len(schema.get("allOf") or ())):
            yield from self._parts(value, (*steps, "allOf", number), at)
        for choice in ("oneOf", "anyOf"):
            branches = [(*steps, choice, number) for number in range(len(schema.get(choice) or ()))]
            if branches:
                best = min(branches, key=lambda branch: self._distance(value, branch, at))
                yield from self._parts(value, best, at)

    def _distance(self, value: Any, place: Steps, at: Steps) -> tuple[bool, int]:
        found = list(Walk(self._document).differences(value, place, at))
        return any(drift.kind is Kind.OTHER_TYPE and drift.at == at for drift in found), len(found)

    def _of_property(
        self, name: str, value: Any, parts: list[tuple[Steps, Any]], at: Steps
    ) -> Iterator[Drift]:
        is_settled = False
        for steps, schema in parts:
            more = schema.get("additionalProperties")
            patterns = schema.get("patternProperties") or ()
            if name in (schema.get("properties") or {}):
                yield from self.differences(value, (*steps, "properties", name), at)
            elif isinstance(more, Mapping):
                yield from self.differences(value, (*steps, "additionalProperties"), at)
            elif not more and not any(re.search(pattern, name) for pattern in patterns):
                if more is None:
                    continue
                yield Drift(Kind.NEW_PROPERTY, name, steps, at, value)
            is_settled = True
        holding = [steps for steps, schema in parts if "properties" in schema]
        for steps in [] if is_settled else holding[:1]:
            yield Drift(Kind.NEW_PROPERTY, name, steps, at, value)

    def _of_itself(
        self, value: Any, schema: Mapping[str, Any], steps: Steps, at: Steps
    ) -> Iterator[Drift]:
        declared, actual = schema.get("type"), type_of(value)
        types = {declared} if isinstance(declared, str) else set(declared or ())
        is_null = value is None and self._is_30 and bool(schema.get("nullable"))
        alike = {actual, "number"} if actual == "integer" else {actual}
        if types and not is_null and not types & alike:
            yield Drift(Kind.OTHER_TYPE, actual, steps, at, value)
        allowed = [schema["const"]] if "const" in schema else schema.get("enum")
        if allowed and not is_null and json.dumps(value) not in map(json.dumps, allowed):
            yield Drift(Kind.NEW_VALUE, json.dumps(value), steps, at, value)
        for name in (schema.get("required") or ()) if isinstance(value, Mapping) else ():
            inner = (schema.get("properties") or {}).get(name) or {}
            if name not in value and not inner.get("writeOnly"):
                yield Drift(Kind.NO_PROPERTY, name, steps, at)


def settled(document: Document, steps: Steps) -> tuple[Steps, Any]:
    """Follow steps and references; return the final steps and the node there."""
    node: Any = document.content
    where: Steps = ()
    for step in (*steps, None):
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            where = tuple(_unescaped(unquote(part)) for part in node["$ref"].split("/")[1:])
            node = document.resolve({"$ref": node["$ref"]})
        if step is not None:
            node, where = node[step], (*where, step)
    return where, node


def undeclared_headers(response: Response, declared: Container[str] = ()) -> list[str]:
    """Return the lower-case headers of a response that are neither declared nor well known."""
    names = dict.fromkeys(map(str.lower, response.headers))
    return [name for name in names if name not in declared and not _FAMILIAR.fullmatch(name)]


def value_of(response: Response) -> Any:
    """Return the body, parsed if its content type is JSON; `ValueError` if it is not JSON."""
    return response.json() if "json" in response.media_type else response.text


def type_of(value: Any) -> str:
    """Return the JSON Schema type of a value; `integer` for whole numbers."""
    if isinstance(value, float) and not value.is_integer():
        return "number"
    names = {type(None): "null", bool: "boolean", int: "integer", float: "integer", str: "string"}
    return names.get(type(value), "array" if isinstance(value, list) else "object")


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
