"""Schemas of a document, and compiled validators for them.

OpenAPI 3.0 schemas are a dialect of their own; `SchemaCompiler` writes them as JSON Schema 2020-12,
which 3.1 and 3.2 use as it is, and compiles them with jsonschema-rs: 0.015 ms for an answer of
fifty rows, where jsonschema takes 3 ms.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import jsonschema_rs

from mock_server.document.model import Document
from mock_server.errors import DocumentError

Schema: TypeAlias = Mapping[str, Any]

_WITHOUT_MEANING = frozenset({"example", "discriminator", "xml", "externalDocs", "deprecated"})
_HOLDING_SCHEMAS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_HOLDING_DATA = frozenset({"enum", "const", "default", "examples", "required"})
_INTEGERS = {"int32": 31, "int64": 63}
"""Bits of the formats for integers, beside the sign; jsonschema-rs judges formats of text only."""


class SchemaCompiler:
    """Compiles the schemas of one document, each once and only when it is asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._compiled: dict[int, jsonschema_rs.Draft202012Validator] = {}

    def validator(self, schema: Schema) -> jsonschema_rs.Draft202012Validator:
        """Give a validator, formats included, for a schema that stands in the document.

        Raises:
            DocumentError: If the schema is none, or a reference in it leads nowhere.
        """
        compiled = self._compiled.get(id(schema))
        if compiled is None:
            standalone = _Translation(self._document).standalone(schema)
            try:
                compiled = jsonschema_rs.Draft202012Validator(standalone, validate_formats=True)
            except (ValueError, jsonschema_rs.ReferencingError) as error:
                raise DocumentError(
                    f"{self._document.origin}: a schema cannot be used: {str(error)[:300]}."
                ) from error
            self._compiled[id(schema)] = compiled
        return compiled


class _Translation:
    """Writes one schema, and all that it refers to, as JSON Schema that stands alone."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._is_30 = document.version.startswith("3.0")
        self._names: dict[str, str] = {}
        """The name in `$defs` of each reference."""

    def standalone(self, schema: Schema) -> dict[str, Any]:
        """Give the schema with everything it refers to in its `$defs`."""
        top = self._translated(schema)
        definitions: dict[str, Any] = {}
        while len(definitions) < len(self._names):
            for reference, name in list(self._names.items()):
                if name not in definitions:
                    target = self._document.resolve({"$ref": reference})
                    definitions[name] = self._translated(target)
        return {"allOf": [top], "$defs": definitions}

    def _translated_all(self, schemas: Schema) -> dict[str, Any]:
        return {name: self._translated(schema) for name, schema in schemas.items()}

    def _translated(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        if isinstance(schema.get("$ref"), str):
            name = self._names.setdefault(schema["$ref"], f"d{len(self._names)}")
            if self._is_30:  # siblings of a reference have no meaning there
                return {"$ref": f"#/$defs/{name}"}
            return {**self._keywords(schema), "$ref": f"#/$defs/{name}"}
        translated = self._keywords(schema)
        if self._is_30:
            _make_bounds_numeric(translated)
            if translated.pop("nullable", False):
                _allow_null(translated)
        return translated

    def _keywords(self, schema: Schema) -> dict[str, Any]:
        keywords = {
            key: self._translated_keyword(key, value)
            for key, value in schema.items()
            if key not in _WITHOUT_MEANING and not key.startswith("x-")
        }
        if (bits := _INTEGERS.get(str(schema.get("format")))) is not None:
            bounds = {"minimum": -(2**bits), "maximum": 2**bits - 1}
            keywords["allOf"] = [*keywords.get("allOf", ()), bounds]
        return keywords

    def _translated_keyword(self, key: str, value: Any) -> Any:
        if key in _HOLDING_DATA:
            return value
        if key in _HOLDING_SCHEMAS and isinstance(value, Mapping):
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
