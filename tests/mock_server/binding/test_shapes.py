"""Schemas seen simply."""

from typing import Any

import pytest

from mock_server.openapi.document import Document
from mock_server.openapi.schemas import shape_of

TEXT = {"type": "string"}
DOCUMENT = Document(
    {
        "openapi": "3.1.0",
        "paths": {},
        "text": TEXT,
        "node": {"allOf": [{"$ref": "#/node"}, {"type": "object"}]},
    },
    origin="api.yaml",
)


def test_parts_of_all_of_are_one_object() -> None:
    shape = shape_of(
        DOCUMENT,
        {
            "required": ["a"],
            "allOf": [
                {"type": "object", "properties": {"a": TEXT}},
                {"properties": {"b": {"$ref": "#/text"}}, "required": ["b"]},
            ],
        },
    )

    assert shape.is_object
    assert set(shape.properties) == shape.required == {"a", "b"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"]},
        {"type": "string", "nullable": True},
        {"oneOf": [{"type": "null"}, TEXT]},
        {"anyOf": [{"$ref": "#/text"}, {"type": "null"}]},
        {"allOf": [{"type": "string", "nullable": True}]},
        {"enum": ["a", None]},
    ],
)
def test_null_is_noticed_in_every_spelling(schema: dict[str, Any]) -> None:
    shape = shape_of(DOCUMENT, schema)

    assert (shape.types, shape.is_nullable) == ({"string"}, True)


def test_of_a_choice_the_first_solid_branch_is_taken() -> None:
    branches = [{"type": "null"}, {"type": "integer"}, {"type": "string"}]

    assert shape_of(DOCUMENT, {"oneOf": branches}).types == {"integer"}


def test_a_schema_made_of_itself_ends() -> None:
    assert shape_of(DOCUMENT, {"$ref": "#/node"}).is_object


@pytest.mark.parametrize(
    ("schema", "is_object", "is_array"),
    [
        ({"properties": {}}, True, False),
        ({"items": {}}, False, True),
        ({"type": "string", "items": {}}, False, False),
        (True, False, False),
        ({}, False, False),
    ],
)
def test_objects_and_arrays_may_be_implied(schema: Any, is_object: bool, is_array: bool) -> None:
    shape = shape_of(DOCUMENT, schema)

    assert (shape.is_object, shape.is_array) == (is_object, is_array)
