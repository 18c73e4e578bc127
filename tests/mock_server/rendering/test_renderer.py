"""Answers written in a schema: what is known, what is withheld, what is left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mock_server.api.render import Renderer
from mock_server.binding.fields import Field, PropertyBinding
from mock_server.data.fields import PlainRows
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import SchemaCompiler

TEXT = {"type": "string"}
ACCOUNT = {Field.ACCOUNT: "abc"}
WITHHELD: dict[Field, Any] = {Field.ACCOUNT: None}


def rendered(
    schema: dict[str, Any],
    values: Mapping[Field, Any],
    bound: Mapping[str, Field],
    *,
    rows_at: str | None = None,
    rows: Sequence[Mapping[Field, Any]] = (),
    version: str = "3.1.0",
    **schemas: Any,
) -> Any:
    document = Document(
        {"openapi": version, "paths": {}, "components": {"schemas": schemas}}, origin="api.yaml"
    )
    properties = {path: PropertyBinding(field, "told") for path, field in bound.items()}
    renderer = Renderer(
        document, SchemaCompiler(document), schema, properties=properties, rows_at=rows_at
    )
    return renderer.render(values, PlainRows([dict(row) for row in rows]))


def of_account(schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    wanted = ["account"] if required else []
    return {"type": "object", "required": wanted, "properties": {"account": schema}}


@pytest.mark.parametrize("required", [True, False])
def test_a_known_value_is_written_whether_required_or_not(required: bool) -> None:
    schema = of_account(TEXT, required=required)

    assert rendered(schema, ACCOUNT, {"/account": Field.ACCOUNT}) == {"account": "abc"}


@pytest.mark.parametrize(
    ("schema", "required", "expected"),
    [
        (TEXT, False, {}),
        ({"type": ["string", "null"]}, True, {"account": None}),
        ({"type": ["string", "null"]}, False, {"account": None}),
        (TEXT, True, {"account": ""}),
        ({"type": "string", "enum": ["x"]}, True, {"account": "x"}),
    ],
)
def test_a_withheld_value_is_null_or_missing_or_empty_or_invented(
    schema: dict[str, Any], required: bool, expected: dict[str, Any]
) -> None:
    wrapped = of_account(schema, required=required)

    assert expected == rendered(wrapped, WITHHELD, {"/account": Field.ACCOUNT})


def test_a_required_text_with_a_least_length_is_invented() -> None:
    schema = of_account({"type": "string", "minLength": 5}, required=True)

    assert len(rendered(schema, WITHHELD, {"/account": Field.ACCOUNT})["account"]) >= 5


def test_nullable_of_openapi_30_is_null() -> None:
    schema = of_account({"type": "string", "nullable": True}, required=True)
    found = rendered(schema, WITHHELD, {"/account": Field.ACCOUNT}, version="3.0.3")

    assert found == {"account": None}


@pytest.mark.parametrize("required", [True, False])
def test_an_account_that_the_schema_refuses_is_another_one(required: bool) -> None:
    schema = of_account({"type": "string", "enum": ["x"]}, required=required)

    assert {"account": "x"} == rendered(schema, ACCOUNT, {"/account": Field.ACCOUNT})


def test_one_of_null_and_an_object_is_written_as_the_object() -> None:
    schema = {
        "type": "object",
        "properties": {"user": {"oneOf": [{"type": "null"}, of_account(TEXT, required=True)]}},
    }

    assert rendered(schema, ACCOUNT, {"/user/account": Field.ACCOUNT}) == {
        "user": {"account": "abc"}
    }


def test_rows_are_written_in_order_at_their_place_and_facts_around_them() -> None:
    row = {"type": "object", "properties": {"account": TEXT}}
    schema = {
        "type": "object",
        "properties": {
            "data": {"type": "object", "properties": {"rows": {"type": "array", "items": row}}},
            "total": {"type": "integer"},
        },
    }
    bound = {"/data/rows/*/account": Field.ACCOUNT, "/total": Field.TOTAL}
    rows = [{Field.ACCOUNT: name} for name in "ba"]

    assert rendered(schema, {Field.TOTAL: 2}, bound, rows_at="/data/rows", rows=rows) == {
        "data": {"rows": [{"account": "b"}, {"account": "a"}]},
        "total": 2,
    }


def test_a_bare_array_of_rows_is_written() -> None:
    schema = {"type": "array", "items": {"type": "object", "properties": {"account": TEXT}}}
    found = rendered(schema, {}, {"/*/account": Field.ACCOUNT}, rows_at="", rows=[ACCOUNT])

    assert found == [{"account": "abc"}]


def test_no_rows_are_an_empty_list() -> None:
    schema = {"type": "array", "items": {"type": "object", "properties": {"account": TEXT}}}

    assert rendered(schema, {}, {"/*/account": Field.ACCOUNT}, rows_at="") == []


def test_a_list_of_errors_holds_one() -> None:
    item = {"type": "object", "properties": {"message": TEXT}}
    schema = {"type": "object", "properties": {"errors": {"type": "array", "items": item}}}
    found = rendered(schema, {Field.DETAIL: "no"}, {"/errors/*/message": Field.DETAIL})

    assert found == {"errors": [{"message": "no"}]}


def test_an_unknown_property_has_one_value_per_row() -> None:
    row = {"type": "object", "properties": {"colour": TEXT}}
    schema = {"type": "array", "items": row}
    rows = [{Field.ROW_ID: 1}, {Field.ROW_ID: 2}, {Field.ROW_ID: 1}]
    first, second, again = rendered(schema, {}, {}, rows_at="", rows=rows)

    assert first == again != second


def test_a_constant_is_written_as_it_is() -> None:
    schema = {"type": "object", "properties": {"v": {"const": "2"}}}

    assert rendered(schema, {}, {}) == {"v": "2"}


def test_a_schema_that_holds_itself_ends() -> None:
    node = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": TEXT, "child": {"$ref": "#/components/schemas/Node"}},
    }
    found = rendered({"$ref": "#/components/schemas/Node"}, {}, {}, Node=node)
    deep = 0
    while "child" in found:
        found, deep = found["child"], deep + 1

    assert deep < 12


def test_each_row_has_the_form_that_its_value_asks_for() -> None:
    def form(kind: str, **more: Any) -> dict[str, Any]:
        wanted = ["kind", *more]
        properties = {"kind": {"const": kind}, **more}
        return {
            "type": "object",
            "required": wanted,
            "properties": properties,
            "additionalProperties": False,
        }

    schema = {"type": "array", "items": {"oneOf": [form("user", id=TEXT), form("guest")]}}
    written = rendered(
        schema,
        {},
        {"/*/kind": Field.ACCOUNT_KIND, "/*/id": Field.ACCOUNT},
        rows_at="",
        rows=[
            {Field.ACCOUNT_KIND: "anonymous", Field.ACCOUNT: "Anonymous"},
            {Field.ACCOUNT_KIND: "known", Field.ACCOUNT: "abc"},
        ],
    )

    assert written == [{"kind": "guest"}, {"kind": "user", "id": "abc"}]
