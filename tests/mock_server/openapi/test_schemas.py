"""Validating by schemas, in the dialect of the document's version, and merging schemas."""

from typing import Any

import pytest

from mock_server.openapi.document import Document
from mock_server.openapi.schemas import shape_of, types_of
from mock_server.openapi.validators import validator_of
from tests.made_documents import INTEGER, TEXT, fields


def valid(schema: dict[str, Any], value: Any, version: str = "3.0.3", **schemas: Any) -> bool:
    content = {"openapi": version, "paths": {}, "components": {"schemas": schemas}}
    return bool(validator_of(Document(content, origin="made"), schema).is_valid(value))


@pytest.mark.parametrize(("schema", "value", "expected"), [
    ({"type": "string", "nullable": True}, None, True),
    ({"type": "string", "nullable": False}, None, False),
    ({"type": "string", "enum": ["a"], "nullable": True}, None, True),
    ({"type": "string", "enum": ["a"], "nullable": True}, "b", False),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 1, False),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 2, True),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": False}, 1, True),
    ({"type": "integer", "maximum": 9, "exclusiveMaximum": True}, 9, False),
    ({"type": "integer", "exclusiveMaximum": True}, 9, True),
    ({"$ref": "#/components/schemas/Text", "maxLength": 1}, "long", True),
    ({"$ref": "#/components/schemas/Text", "nullable": True}, None, False),
    ({"type": "object", "properties": {"nullable": {"type": "string"}}}, {"nullable": 1}, False),
    ({"type": "object", "properties": {"example": {"type": "string"}}}, {"example": 1}, False),
    ({"type": "array", "items": {"type": "string", "nullable": True}}, [None], True),
    ({"allOf": [{"type": "string", "nullable": True}]}, None, True),
    ({"type": "string", "x-own": {"nullable": True}, "example": 3}, "a", True),
    ({"enum": [{"nullable": True, "type": "string"}]}, {"nullable": True, "type": "string"}, True),
])  # fmt: skip
def test_schemas_of_openapi_3_0_are_validated_by_its_dialect(
    schema: dict[str, Any], value: Any, expected: bool
) -> None:
    assert expected is valid(schema, value, Text={"type": "string"})


@pytest.mark.parametrize(("schema", "value", "expected"), [
    ({"type": ["string", "null"]}, None, True), ({"type": "string", "nullable": True}, None, False),
    ({"exclusiveMinimum": 1}, 1, False),
    ({"$ref": "#/components/schemas/Text", "maxLength": 1}, "long", False),
    ({"const": "2"}, "3", False),
    ({"properties": {"a": True}, "unevaluatedProperties": False}, {"b": 1}, False),
    ({"prefixItems": [{"type": "string"}]}, [1], False),
])  # fmt: skip
def test_schemas_of_openapi_3_1_are_validated_as_json_schema(
    schema: dict[str, Any], value: Any, expected: bool
) -> None:
    assert expected is valid(schema, value, "3.1.0", Text={"type": "string"})


@pytest.mark.parametrize(("name", "good", "bad"), [
    ("date", "2026-01-31", "2026-02-31"), ("date-time", "2026-01-31T12:00:00Z", "2026-01-31 12:00"),
    ("uuid", "0e9c2f0a-7d7c-5d3e-9a55-1b2c3d4e5f60", "0e9c"), ("email", "a@b.example", "a"),
    ("uri", "https://a.example", "a b"), ("ipv4", "192.0.2.1", "192.0.2.256"),
])  # fmt: skip
def test_formats_are_validated(name: str, good: str, bad: str) -> None:
    schema = {"type": "string", "format": name}
    assert (valid(schema, good), valid(schema, bad)) == (True, False)


@pytest.mark.parametrize(("name", "bits"), [("int32", 31), ("int64", 63)])
def test_integer_formats_have_bounds(name: str, bits: int) -> None:
    schema = {"type": "integer", "format": name, "allOf": [{"multipleOf": 1}]}
    assert [True, True] == [valid(schema, bound) for bound in (-(2**bits), 2**bits - 1)]
    assert [False, False] == [valid(schema, bound) for bound in (-(2**bits) - 1, 2**bits)]


def test_recursive_schemas_are_compiled() -> None:
    ref = {"$ref": "#/components/schemas/Node"}
    node = fields(child=ref, n=INTEGER)
    assert valid(ref, {"child": {"child": {"n": 1}}}, Node=node)
    assert not valid(ref, {"child": {"child": {"n": "1"}}}, Node=node)


def test_a_schema_is_compiled_once() -> None:
    assert validator_of(DOCUMENT, TEXT) is validator_of(DOCUMENT, TEXT)


@pytest.mark.parametrize(("schema", "expected"), [
    ({"type": "string"}, {"string"}), ({"type": ["string", "null"]}, {"string", "null"}),
    ({"type": "string", "nullable": True}, {"string", "null"}),
    ({"enum": ["a", None]}, {"string", "null"}), ({"const": True}, {"boolean"}),
    ({"enum": [1, 1.5, [], {}]}, {"integer", "number", "array", "object"}), ({}, set()),
])  # fmt: skip
def test_types_are_taken_from_type_enum_or_const(
    schema: dict[str, Any], expected: set[str]
) -> None:
    assert expected == types_of(schema)


def test_bounds_of_a_property_in_several_members_of_all_of_are_combined() -> None:
    both = [fields(limit={**INTEGER, **bound}) for bound in ({"minimum": 1}, {"maximum": 9})]
    limit = shape_of(DOCUMENT, shape_of(DOCUMENT, {"allOf": both}).properties["limit"])
    assert (1, 9) == (limit.schema["minimum"], limit.schema["maximum"])


# Shapes

NODE = {"allOf": [{"$ref": "#/node"}, {"type": "object"}]}
DOCUMENT = Document({"openapi": "3.1.0", "paths": {}, "text": TEXT, "node": NODE}, origin="made")


def test_members_of_all_of_are_merged() -> None:
    parts = [fields(a=TEXT), {"properties": {"b": {"$ref": "#/text"}}, "required": ["b"]}]
    shape = shape_of(DOCUMENT, {"required": ["a"], "allOf": parts})

    assert shape.is_object
    assert set(shape.properties) == shape.required == {"a", "b"}


@pytest.mark.parametrize("schema", [
    {"type": ["string", "null"]}, {"type": "string", "nullable": True},
    {"oneOf": [{"type": "null"}, TEXT]}, {"anyOf": [{"$ref": "#/text"}, {"type": "null"}]},
    {"allOf": [{"type": "string", "nullable": True}]}, {"enum": ["a", None]},
])  # fmt: skip
def test_every_notation_of_nullable_is_recognized(schema: dict[str, Any]) -> None:
    shape = shape_of(DOCUMENT, schema)
    assert (shape.types, shape.is_nullable) == ({"string"}, True)


@pytest.mark.parametrize(("version", "default"), [("3.0.3", None), ("3.1.0", "b")])
def test_a_default_beside_a_reference_applies_since_openapi_3_1(
    version: str, default: str | None
) -> None:
    document = Document({"openapi": version, "text": TEXT}, origin="made")
    shape = shape_of(document, {"$ref": "#/text", "default": "b"})
    assert (shape.types, shape.schema.get("default")) == ({"string"}, default)


def test_the_first_branch_of_one_of_that_is_not_null_is_used() -> None:
    branches = [{"type": "null"}, {"type": "integer"}, {"type": "string"}]
    assert shape_of(DOCUMENT, {"oneOf": branches}).types == {"integer"}


def test_a_schema_that_refers_to_itself_in_all_of_is_resolved() -> None:
    assert shape_of(DOCUMENT, {"$ref": "#/node"}).is_object


@pytest.mark.parametrize(("schema", "is_object", "is_array"), [
    ({"properties": {}}, True, False), ({"items": {}}, False, True),
    ({"type": "string", "items": {}}, False, False), (True, False, False), ({}, False, False),
])  # fmt: skip
def test_objects_and_arrays_may_be_implied(schema: Any, is_object: bool, is_array: bool) -> None:
    shape = shape_of(DOCUMENT, schema)
    assert (shape.is_object, shape.is_array) == (is_object, is_array)
