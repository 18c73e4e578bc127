"""Where answers and a document drift apart: what came that is not declared, or did not come.

openapi-core says which answers do not fit; this finds the places in the document that would have to
change, which its complaints do not tell.
"""

import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, TypeAlias
from urllib.parse import unquote

from contract_tests.answers import Answer
from contract_tests.judges import Judge
from mock_server import Document, Operation

Steps: TypeAlias = tuple[str | int, ...]
"""Names and numbers that lead to a place in a document, or in an answer."""

_FAMILIAR = frozenset(
    [
        "accept-ranges",
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
        "age",
        "allow",
        "alt-svc",
        "cache-control",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "date",
        "etag",
        "expires",
        "keep-alive",
        "last-modified",
        "link",
        "location",
        "pragma",
        "referrer-policy",
        "retry-after",
        "server",
        "strict-transport-security",
        "transfer-encoding",
        "vary",
        "via",
        "www-authenticate",
        "x-content-type-options",
        "x-frame-options",
        "x-xss-protection",
    ]
)
"""Headers of HTTP itself, and of what stands before servers; nobody declares them all."""


class Kind(StrEnum):
    """How an answer and a document differ; `Drift.name` names the subject."""

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
    """One difference, as one answer shows it."""

    kind: Kind
    name: str
    """What it is about, such as a property's name."""
    place: Steps
    """What of the document would have to change."""
    at: Steps = ()
    """Where in the body it was met."""
    value: Any = None
    """What was met."""


def value_of(answer: Answer) -> Any:
    """Give what a body says: values where it is called JSON, else text.

    Raises:
        ValueError: If it is called JSON, and is none.
    """
    return answer.json() if "json" in answer.media_type else answer.text


def pointer_of(steps: Steps) -> str:
    """Write steps as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(one).replace('~', '~0').replace('/', '~1')}" for one in steps)


def type_of(value: Any) -> str:
    """Give the JSON type of a value; `integer` for whole numbers."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) or value.is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def settled(document: Document, steps: Steps) -> tuple[Steps, Any]:
    """Follow steps, and references on the way, to where something really stands.

    Raises:
        DocumentError: If a reference leads nowhere.
        KeyError: If nothing is there.
    """
    node: Any = document.content
    where: Steps = ()
    for step in (*steps, None):
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            where = tuple(_unescaped(unquote(one)) for one in node["$ref"].split("/")[1:])
            node = document.resolve(node)
        if step is not None:
            node, where = node[step], (*where, step)
    return where, node


def undeclared_headers(answer: Answer, declared: Container[str] = ()) -> list[str]:
    """Give the headers of an answer that are neither declared, in lower case, nor familiar."""
    names = (name.lower() for name in answer.headers)
    return [
        name
        for name in names
        if name not in declared and name not in _FAMILIAR and not name.startswith("x-mock-")
    ]


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


def _fits(name: str, media_type: str) -> bool:
    return fnmatchcase(media_type, str(name).partition(";")[0].strip().lower())


class Drifts:
    """Finds the differences between a document and the answers of one target.

    Args:
        document: The document.
        judge: Tells whether an answer fits it.
    """

    def __init__(self, document: Document, judge: Judge) -> None:
        self._document = document
        self._judge = judge

    def of(self, answer: Answer, operation: Operation) -> Iterator[Drift]:
        """Give how an operation's answer and the document differ."""
        responses = settled(
            self._document, ("paths", operation.path, operation.method.lower(), "responses")
        )[0]
        declared = operation.response(answer.status)
        if declared is None:
            yield Drift(Kind.NEW_STATUS, str(answer.status), responses, value=answer)
            return
        named = self._key(responses, declared.status)
        place, response = settled(self._document, (*responses, named))
        yield from self._headers(answer, place, response)
        media_type = next(
            (name for name in response.get("content") or {} if _fits(name, answer.media_type)), None
        )
        if media_type is not None:
            yield from self._body(answer, (*place, "content", media_type, "schema"))
        elif answer.body and answer.media_type:
            yield Drift(Kind.NEW_MEDIA_TYPE, answer.media_type, place, value=answer)
        elif answer.body:
            yield Drift(Kind.OTHER, "a body without a content type", place)

    def _key(self, place: Steps, name: str) -> str | int:
        node = settled(self._document, place)[1]
        return next((one for one in node if str(one).lower() == name.lower()), name)

    def _headers(self, answer: Answer, place: Steps, response: Any) -> Iterator[Drift]:
        declared = {str(name).lower(): name for name in response.get("headers") or {}}
        for name in undeclared_headers(answer, declared):
            yield Drift(Kind.NEW_HEADER, name, place, value=answer.headers[name])
        for lower, name in declared.items():
            where, header = settled(self._document, (*place, "headers", name))
            if header.get("required") and lower not in answer.headers:
                yield Drift(Kind.NO_HEADER, str(name), where)

    def _body(self, answer: Answer, place: Steps) -> Iterator[Drift]:
        try:
            value = value_of(answer)
        except ValueError as error:
            yield Drift(Kind.OTHER, f"a body that is no JSON ({error})", place)
            return
        complaints = self._judge.complaints(answer)
        if not complaints:
            return
        walk = Walk(self._document)
        found = list(walk.differences(value, place, ()))
        yield from found
        for one in (one for one in complaints if not one.is_drift):
            at = tuple(map(_unescaped, one.pointer.split("/")[1:]))
            schemas = [] if one.rule in _OWN_RULES else walk.met.get(at, [])
            broken = [steps for steps in schemas if one.rule in settled(self._document, steps)[1]]
            for steps in broken:
                yield Drift(Kind.BROKEN_RULE, one.rule, steps, at, one.message)
            if not broken and not found:
                yield Drift(Kind.OTHER, one.message, place, at)


_OWN_RULES = frozenset(
    [
        "type",
        "enum",
        "const",
        "required",
        "properties",
        "additionalProperties",
        "unevaluatedProperties",
        "allOf",
        "anyOf",
        "oneOf",
        "nullable",
    ]
)
"""Rules of JSON Schema that `Walk` looks after itself."""


class Walk:
    """A way through a value and its schema, side by side."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._is_30 = document.version.startswith("3.0")
        self.met: dict[Steps, list[Steps]] = {}
        """The schemas that hold for each place of the value, whose steps are texts here."""

    def differences(self, value: Any, place: Steps, at: Steps) -> Iterator[Drift]:
        """Give how a value differs from the schema at a place."""
        parts = list(self._parts(value, place, at))
        self.met[tuple(map(str, at))] = [steps for steps, _ in parts]
        for steps, schema in parts:
            yield from self._of_itself(value, schema, steps, at)
        if isinstance(value, list):
            for steps, schema in parts:
                for number, one in enumerate(value if "items" in schema else ()):
                    yield from self.differences(one, (*steps, "items"), (*at, number))
        elif isinstance(value, Mapping):
            yield from self._of_properties(value, parts, at)

    def _parts(
        self, value: Any, place: Steps, at: Steps
    ) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
        """Give all schemas that hold for a value: one branch of each choice, the one that fits best."""
        steps, schema = settled(self._document, place)
        if not isinstance(schema, Mapping):
            return
        yield steps, schema
        for number in range(len(schema.get("allOf") or ())):
            yield from self._parts(value, (*steps, "allOf", number), at)
        for choice in ("oneOf", "anyOf"):
            branches = [(*steps, choice, number) for number in range(len(schema.get(choice) or ()))]
            if branches:
                best = min(branches, key=lambda one: self._distance(value, one, at))
                yield from self._parts(value, best, at)

    def _distance(self, value: Any, place: Steps, at: Steps) -> tuple[bool, int]:
        found = list(Walk(self._document).differences(value, place, at))
        return any(one.kind is Kind.OTHER_TYPE and one.at == at for one in found), len(found)

    def _of_properties(
        self, value: Mapping[str, Any], parts: list[tuple[Steps, Mapping[str, Any]]], at: Steps
    ) -> Iterator[Drift]:
        holding = [(steps, schema) for steps, schema in parts if "properties" in schema]
        for name, inner in value.items():
            for steps in [steps for steps, schema in holding if name in schema["properties"]]:
                yield from self.differences(inner, (*steps, "properties", name), (*at, name))
            for steps in _lacking(name, parts, holding):
                yield Drift(Kind.NEW_PROPERTY, name, steps, (*at, name), inner)
            for steps, schema in parts:
                more = schema.get("additionalProperties")
                if isinstance(more, Mapping) and name not in (schema.get("properties") or {}):
                    where = (*steps, "additionalProperties")
                    yield from self.differences(inner, where, (*at, name))

    def _of_itself(
        self, value: Any, schema: Mapping[str, Any], steps: Steps, at: Steps
    ) -> Iterator[Drift]:
        declared = schema.get("type")
        types = {declared} if isinstance(declared, str) else set(declared or ())
        met = type_of(value)
        is_null = value is None and self._is_30 and bool(schema.get("nullable"))
        if types and not is_null and not types & {met, "number" if met == "integer" else met}:
            yield Drift(Kind.OTHER_TYPE, met, steps, at, value)
        allowed = [schema["const"]] if "const" in schema else schema.get("enum")
        if allowed and not is_null and json.dumps(value) not in map(json.dumps, allowed):
            yield Drift(Kind.NEW_VALUE, json.dumps(value), steps, at, value)
        if isinstance(value, Mapping):
            for name in schema.get("required") or ():
                inner = (schema.get("properties") or {}).get(name) or {}
                if name not in value and not inner.get("writeOnly"):
                    yield Drift(Kind.NO_PROPERTY, name, steps, at)


def _lacking(
    name: str, parts: list[tuple[Steps, Mapping[str, Any]]], holding: list[tuple[Steps, Any]]
) -> list[Steps]:
    """Give the schemas that would have to declare a property, so that all allow it."""
    closed = [
        steps
        for steps, schema in parts
        if schema.get("additionalProperties") is False
        and name not in (schema.get("properties") or {})
        and not _is_patterned(name, schema)
    ]
    is_open = any(
        name in (schema.get("properties") or {})
        or schema.get("additionalProperties")
        or _is_patterned(name, schema)
        for _, schema in parts
    )
    return closed or ([] if is_open else [steps for steps, _ in holding[:1]])


def _is_patterned(name: str, schema: Mapping[str, Any]) -> bool:
    return any(re.search(pattern, name) for pattern in schema.get("patternProperties") or ())
