import json
from typing import Any

import pytest

from mock_server.openapi.provenance import Provenance, Status, as_json, as_table, provenance_of


def mark(status: str, source: str = "A page.") -> dict[str, Any]:
    return {"x-provenance": {"status": status, "source": source}}


@pytest.fixture
def document() -> dict[str, Any]:
    """A document with one element of each kind, each with a provenance."""
    ref = {"$ref": "#/components/schemas/Report"}
    parameter = {"name": "day", "in": "query", "schema": {"type": "string"} | mark("sister")}
    rows = {"type": "array", "items": {"type": "object"} | mark("assumed")}
    properties = {"rows": rows | mark("sister"), "x-rows": ref}
    report = {"type": "object", "properties": properties, "additionalProperties": False}
    example = {"value": {"rows": [], "x-provenance": "a value"}} | mark("assumed")
    media_type = {"schema": ref, "examples": {"none": example}} | mark("assumed")
    response = {
        "headers": {"X-Total": {"schema": ref} | mark("sister")},
        "content": {"application/json": media_type},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Tiny"} | mark("assumed"),
        "servers": [{"url": "https://one.example"} | mark("documented")],
        "tags": [{"name": "Reports"} | mark("assumed")],
        "paths": {
            "x-note": {"get": {}},
            "/a~b/{id}": {
                "parameters": [{"$ref": "#/components/parameters/Day"}],
                "get": {"responses": {"200": response | mark("assumed"), "x-note": {"content": {}}}}
                | mark("documented"),
            }
            | mark("documented"),
        },
        "components": {
            "parameters": {"Day": parameter | mark("sister")},
            "requestBodies": {"x-body": {"content": {}} | mark("assumed")},
            "schemas": {"Report": report | mark("assumed")},
            "securitySchemes": {
                "Key": {"type": "apiKey", "in": "header", "name": "X-Key"} | mark("documented")
            },
        },
    }


def test_every_kind_of_element_has_a_row_with_a_readable_name(document: dict[str, Any]) -> None:
    get = "/a~b/{id} get"
    assert {
        ("info", "info"), ("server", "https://one.example"), ("tag", "Reports"),
        ("path", "/a~b/{id}"), ("operation", get), ("response", f"{get} 200"),
        ("header", f"{get} 200 X-Total"), ("media type", f"{get} 200 application/json"),
        ("example", f"{get} 200 application/json none"), ("parameter", "day"),
        ("schema", "day schema"), ("schema", "Report"), ("property", "Report.rows"),
        ("schema", "Report.rows items"), ("request body", "x-body"), ("scheme", "Key"),
    } == {(row.kind, row.name) for row in provenance_of(document)}  # fmt: skip


def test_every_element_has_only_one_row(document: dict[str, Any]) -> None:
    pointers = [row.pointer for row in provenance_of(document)]
    assert sorted(set(pointers)) == sorted(pointers)


def test_rows_have_the_json_pointer_of_their_element(document: dict[str, Any]) -> None:
    pointers = [row.pointer for row in provenance_of(document)]
    assert "/paths/~1a~0b~1{id}/get/responses/200/content/application~1json" in pointers
    assert "/servers/0" in pointers


def test_rows_have_the_status_and_source_of_their_element(document: dict[str, Any]) -> None:
    document["paths"]["/a~b/{id}"] |= mark("sister", "Seen\n  in a script. ")
    row = next(row for row in provenance_of(document) if row.kind == "path")
    place = ("/paths/~1a~0b~1{id}", "path", "/a~b/{id}")
    assert Provenance(*place, Status.SISTER, "Seen in a script.") == row


@pytest.mark.parametrize("extension", [
    {}, {"x-provenance": "documented"}, {"x-provenance": {"status": ["sister"]}}, mark("certain"),
], ids=["none", "word", "list", "unknown"])  # fmt: skip
def test_invalid_provenance_counts_as_missing(
    document: dict[str, Any], extension: dict[str, Any]
) -> None:
    document["servers"] = [{"url": "https://two.example"} | extension]
    assert [row.name for row in provenance_of(document) if row.status is None] == [
        "https://two.example"
    ]


def test_invalid_parts_of_a_document_have_no_rows() -> None:
    assert provenance_of({"paths": None, "servers": "here", "components": {"schemas": []}}) == []


def test_a_table_has_counts_by_status_and_a_line_per_row(document: dict[str, Any]) -> None:
    document["tags"].append({"name": "Unmarked"})
    table = as_table(provenance_of(document)).splitlines()
    assert table[0] == "4 documented, 4 sister, 8 assumed, 1 missing"
    assert [line for line in table if "missing  " in line] == ["missing     tag           Unmarked"]
    assert table[2].partition("info          info")[2].strip() == "A page."
    assert len(provenance_of(document)) == len(table[2:])


def test_an_empty_table_has_zero_counts() -> None:
    assert as_table([]).strip() == "0 documented, 0 sister, 0 assumed, 0 missing"


def test_json_has_null_for_a_missing_status() -> None:
    rows = [
        Provenance("/tags/0", "tag", "Visits", Status.ASSUMED, "Ours."),
        Provenance("/tags/1", "tag", "Über", None, ""),
    ]
    written = as_json(rows)
    assert "Über" in written
    assert [row["status"] for row in json.loads(written)] == ["assumed", None]
    assert list(json.loads(written)[0]) == ["pointer", "kind", "name", "status", "source"]
