"""Compile schemas, and validate values against them."""

import json
from collections.abc import Mapping
from typing import Any, cast

import jsonschema_rs
import orjson

from mock_server.errors import DocumentError, cut, did_you_mean, shown
from mock_server.openapi.document import Document
from mock_server.openapi.load import own_document
from mock_server.openapi.schemas import Schema, is_local, shape_of, types_of

_WITHOUT_MEANING = frozenset({"example", "discriminator", "xml", "externalDocs", "deprecated"})
_HOLDING_SCHEMAS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_HOLDING_DATA = frozenset({"enum", "const", "default", "examples", "required"})
_EXACT = 2**53
"""The first integer after which a float skips some."""
_INTEGERS = {"int32": 31, "int64": 63}
"""Bits of integer formats, without the sign; jsonschema-rs only validates string formats."""


def validator_of(document: Document, schema: Schema) -> jsonschema_rs.Draft202012Validator:
    """Return a validator, including formats, for a schema of a document; compiled once.

    Raises:
        DocumentError: If the schema is invalid, or a reference in it cannot be resolved.
    """
    known = document.compiled.get(id(schema))
    if known is None:
        standalone = _Translation(document).standalone(schema)
        try:
            compiled = jsonschema_rs.Draft202012Validator(standalone, validate_formats=True)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise DocumentError(
                f"{document.origin}: a schema cannot be used: {str(error)[:300]}."
            ) from error
        known = document.compiled[id(schema)] = (schema, compiled)  # keeps the id unique
    return cast("jsonschema_rs.Draft202012Validator", known[1])


class _Translation:
    """Translate a schema and its references to self-contained JSON Schema."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._is_30 = document.version.startswith("3.0")
        self._names: dict[str, str] = {}
        """The name in `$defs` of each reference."""

    def standalone(self, schema: Schema) -> dict[str, Any]:
        """Return the schema with all referenced schemas in its `$defs`."""
        top = self._translated(schema)
        definitions: dict[str, Any] = {}
        while len(definitions) < len(self._names):
            for reference, name in list(self._names.items()):
                if name not in definitions:
                    target = self._document.resolve({"$ref": reference})
                    definitions[name] = self._translated(target)
        return {"allOf": [top], "$defs": definitions}

    def _translated(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        if isinstance(schema.get("$ref"), str):
            name = self._names.setdefault(schema["$ref"], f"d{len(self._names)}")
            if self._is_30:  # OpenAPI 3.0 ignores siblings of a reference
                return {"$ref": f"#/$defs/{name}"}
            return {**self._keywords(schema), "$ref": f"#/$defs/{name}"}
        translated = self._keywords(schema)
        if self._is_30:
            _make_bounds_numeric(translated)
            if translated.pop("nullable", False):
                if "type" not in translated:  # the common intent next to `allOf`
                    return {"anyOf": [translated, {"type": "null"}]}
                translated["type"] = sorted(types_of(schema))
                if None not in (values := translated.get("enum", [None])):
                    translated["enum"] = [*values, None]
        return translated

    def _keywords(self, schema: Schema) -> dict[str, Any]:
        keywords = {
            key: self._translated_keyword(key, value)
            for key, value in schema.items()
            if key not in _WITHOUT_MEANING and not key.startswith("x-")
        }
        if is_local(schema):
            del keywords["format"]
        if "discriminator" in schema and "oneOf" in keywords:  # it decides between matches
            keywords["anyOf"] = keywords.pop("oneOf")
        for key in {"required", "type"} & keywords.keys():  # generators repeat inherited values
            if isinstance(values := schema[key], list):
                keywords[key] = [v for place, v in enumerate(values) if v not in values[:place]]
        if "required" in keywords and isinstance(schema.get("properties"), Mapping):
            sent = schema["properties"]  # writeOnly properties are not required in responses
            keywords["required"] = [
                name for name in keywords["required"] if not self._is_for_requests(sent.get(name))
            ]
        if (bits := _INTEGERS.get(str(schema.get("format")))) is not None:
            bounds = {"minimum": -(2**bits), "maximum": 2**bits - 1}
            keywords["allOf"] = [*keywords.get("allOf", ()), bounds]
        return keywords

    def _is_for_requests(self, schema: Any) -> bool:
        resolved = self._document.resolve(schema)
        return isinstance(resolved, Mapping) and resolved.get("writeOnly") is True

    def _opened(self, parts: list[Any]) -> list[Any]:
        """Let members of `allOf` without additional properties allow those of the other members.

        Taken literally, such schemas match nothing; the common intent is inheritance.
        """
        names = [frozenset(shape_of(self._document, part).properties) for part in parts]
        every = frozenset().union(*names)
        opened = []
        for part, own in zip(parts, names, strict=True):
            schema = self._document.resolve(part)
            is_closed = isinstance(schema, Mapping) and schema.get("additionalProperties") is False
            opened.append({**schema, "additionalProperties": True} if is_closed and own < every
                          else part)  # fmt: skip
        return opened

    def _translated_keyword(self, key: str, value: Any) -> Any:
        if key in _HOLDING_DATA:
            return value
        if key == "allOf" and isinstance(value, list):
            value = self._opened(value)
        if key in _HOLDING_SCHEMAS and isinstance(value, Mapping):
            return {name: self._translated(schema) for name, schema in value.items()}
        if isinstance(value, list):
            return [self._translated(item) for item in value]
        return self._translated(value)


def _make_bounds_numeric(schema: dict[str, Any]) -> None:
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if schema.get(exclusive) is True and bound in schema:
            schema[exclusive] = schema.pop(bound)
        elif isinstance(schema.get(exclusive), bool):
            del schema[exclusive]


def check_value(schema: str, value: Any, place: str, error: type[Exception]) -> dict[str, Any]:
    """Return a JSON value after validating it against a named schema of openapi/admin.yaml.

    Raises:
        error: If the value is invalid; names the place, the key and the remedy.
    """
    document = own_document("admin.yaml")
    described = document.content["components"]["schemas"][schema]
    validator, known = validator_of(document, described), described["properties"]
    plain = {} if isinstance(value, Mapping) else value
    for key, item in value.items() if isinstance(value, Mapping) else ():
        if key not in known:
            hint = did_you_mean(key, known) or f" Known are {', '.join(known)}."
            raise error(f"{place}: {key!r} is not a key.{hint}")
        try:
            plain[key] = json.loads(json.dumps(item, allow_nan=False), parse_float=_number)
            orjson.dumps(plain[key])  # raises at the depth that the validator cannot read
        except (TypeError, ValueError, RecursionError) as reason:
            detail = f"{shown(item)} is not a JSON value: {reason}."
            raise error(f"{place}, {key}: {detail}") from None
    for found in validator.iter_errors(plain):
        where = " ".join(str(step) for step in found.instance_path)
        detail = cut(found.message)
        if found.kind.name == "not":
            meant = known[found.instance_path[0]]["description"]
            detail = f"{shown(found.instance)} is invalid: {meant}"
        raise error(f"{place}{f', {where}' if where else ''}: {detail.removesuffix('.')}.")
    return plain


def _number(text: str) -> float:
    """Convert a number; for JSON Schema, 1.0 is an integer."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number
