"""Forms that generators of documents write: each is served, with real rows where there are some."""

import re
from collections.abc import Iterator
from time import process_time
from typing import Any

import httpx
import pytest
import yaml

import mock_server
from mock_server import MockServer, Settings
from mock_server.binding.infer import bind
from mock_server.cli.check import check_document
from mock_server.errors import DocumentError
from mock_server.openapi.document import Document
from mock_server.openapi.load import read_document
from mock_server.openapi.schemas import shape_of

TOKEN = {"Authorization": "Bearer demo-token-us"}
ROW: dict[str, Any] = {
    "type": "object",
    "required": ["userId", "viewTime"],
    "properties": {
        "userId": {"type": "string", "nullable": True},
        "viewTime": {"type": "string", "format": "date-time"},
    },
}


def rows_of(row: Any, **array: Any) -> dict[str, Any]:
    results = {"type": "array", "items": row, **array}
    return {"type": "object", "required": ["results"], "properties": {"results": results}}


def responses_of(schema: Any, status: str = "200") -> dict[str, Any]:
    return {status: {"description": "", "content": {"application/json": {"schema": schema}}}}


def document(
    responses: dict[str, Any], parameters: list[Any] | None = None, **components: Any
) -> dict[str, Any]:
    key = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
    get = {"operationId": "views", "parameters": [key, *(parameters or [])], "responses": responses}
    return {
        "openapi": "3.0.1",
        "info": {"title": "Views", "version": "1"},
        "paths": {"/spaces/{key}/visits": {"get": get}},
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            **components,
        },
    }


@pytest.fixture
def serve(tmp_path: Any) -> Iterator[Any]:
    clients: list[httpx.Client] = []

    def serving(content: dict[str, Any]) -> httpx.Client:
        path = tmp_path / "api.yaml"
        path.write_text(yaml.safe_dump(content))
        mock = MockServer(
            Settings(port=0, de_port=0, document=path, now="2026-01-31T12:00:00Z", freeze=True)
        )
        client = httpx.Client(
            transport=mock_server.transport(mock), base_url="http://us.localhost", headers=TOKEN
        )
        clients.append(client)
        return client

    yield serving
    for client in clients:
        client.close()


def test_springs_pageable_is_sent_as_parameters_of_its_own(serve: Any) -> None:
    pageable = {
        "type": "object",
        "properties": {
            "page": {"type": "integer", "minimum": 0},
            "size": {"type": "integer", "minimum": 1},
            "sort": {"type": "array", "items": {"type": "string"}},
        },
    }
    parameter = {
        "name": "pageable",
        "in": "query",
        "required": True,
        "schema": {"$ref": "#/components/schemas/Pageable"},
    }
    client = serve(
        document(responses_of(rows_of(ROW)), [parameter], schemas={"Pageable": pageable})
    )

    whole = client.get("/spaces/SUP/visits", params={"page": 0, "size": 6}).json()["results"]
    second = client.get("/spaces/SUP/visits", params={"page": 1, "size": 3}).json()["results"]

    assert 6 == len(whole)
    assert whole[3:] == second


def test_members_of_a_deep_object_are_in_brackets(serve: Any) -> None:
    filters = {
        "type": "object",
        "properties": {name: {"type": "string", "format": "date"} for name in ("from", "to")},
    }
    parameter = {"name": "filter", "in": "query", "style": "deepObject", "schema": filters}
    client = serve(document(responses_of(rows_of(ROW)), [parameter]))
    days = {"filter[from]": "2026-01-05", "filter[to]": "2026-01-05"}

    found = client.get("/spaces/SUP/visits", params=days).json()["results"]

    assert {"2026-01-05"} == {row["viewTime"][:10] for row in found}


def test_a_property_of_two_members_of_all_of_keeps_both_bounds() -> None:
    first = {"type": "object", "properties": {"limit": {"type": "integer", "minimum": 1}}}
    second = {"type": "object", "properties": {"limit": {"type": "integer", "maximum": 9}}}
    content = document({"200": {"description": ""}})
    found = Document(content, origin="x")

    limit = shape_of(found, shape_of(found, {"allOf": [first, second]}).properties["limit"])

    assert (1, 9) == (limit.schema["minimum"], limit.schema["maximum"])


def test_generics_that_narrow_a_base_are_served(serve: Any) -> None:
    base = {"type": "object", "required": ["results"], "properties": {"results": {"type": "array"}}}
    client = serve(document(responses_of({"allOf": [base, rows_of(ROW)]})))

    found = client.get("/spaces/SUP/visits")

    assert 200 == found.status_code
    assert found.json()["results"]


def test_types_of_problems_are_absolute_where_the_document_wants_it(serve: Any) -> None:
    uri = {"type": "string", "format": "uri"}
    problem = {
        "type": "object",
        "required": ["type", "instance", "status"],
        "properties": {"type": uri, "instance": uri, "status": {"type": "integer"}},
    }
    client = serve(
        document({**responses_of(rows_of(ROW)), **responses_of(problem, "401"),
                  **responses_of(problem, "404")})
    )  # fmt: skip

    refused = client.get("/spaces/SUP/visits", headers={"Authorization": ""})
    unknown = client.get("/spaces/NONE/visits")

    assert (401, 404) == (refused.status_code, unknown.status_code)
    assert "urn:viewtracker-mock:/__admin/problems%23not-found" == unknown.json()["type"]


def test_what_only_requests_have_is_missing_in_responses(serve: Any) -> None:
    secret = {"type": "string", "writeOnly": True}
    row = {**ROW, "required": ["userId", "secret"], "properties": {**ROW["properties"],
                                                                   "secret": secret}}  # fmt: skip
    client = serve(document(responses_of(rows_of(row))))

    found = client.get("/spaces/SUP/visits")

    assert 200 == found.status_code
    assert all("secret" not in one for one in found.json()["results"])


@pytest.mark.parametrize(
    "responses",
    [
        {"202": {"description": "later"}, **responses_of(rows_of(ROW))},
        {"204": {"description": "none"}, **responses_of(rows_of(ROW))},
        responses_of(rows_of(ROW), "default"),
        responses_of(rows_of(ROW), "2XX"),
    ],
)
def test_the_response_with_rows_is_that_of_success(serve: Any, responses: Any) -> None:
    found = serve(document(responses)).get("/spaces/SUP/visits")

    assert 200 == found.status_code
    assert found.json()["results"]


@pytest.mark.parametrize("given", [{}, {"limit": 50}])
def test_no_page_is_longer_than_its_schema_allows(serve: Any, given: dict[str, int]) -> None:
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    client = serve(document(responses_of(rows_of(ROW, maxItems=20)), [limit]))

    found = client.get("/spaces/SUP/visits", params=given)

    assert 200 == found.status_code
    assert 20 == len(found.json()["results"])


def test_schemas_that_hold_themselves_many_times_are_bound_in_no_time() -> None:
    names = [f"part{number}" for number in range(10)]
    schemas = {
        f"S{number}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/components/schemas/S{at}"}
                           for at, name in enumerate(names)},
        }
        for number in range(10)
    }  # fmt: skip
    content = document(responses_of({"$ref": "#/components/schemas/S0"}), schemas=schemas)
    began = process_time()

    bind(Document(content, origin="x"))

    assert process_time() - began < 5


def with_schema(**keywords: Any) -> dict[str, Any]:
    return document(responses_of({"type": "object", **keywords}))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (with_schema(properties="x"), "`properties` of a schema is 'x'; it must be an object."),
        (with_schema(required=True), "`required` of a schema is 'True'; it must be a list."),
        ({**document({}), "paths": {"views": {}}}, "'views' does not begin with a slash."),
        ({"swagger": "2.0", "paths": {}}, "convert it to OpenAPI 3"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_sentence(
    tmp_path: Any, content: dict[str, Any], told: str
) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(yaml.safe_dump(content))

    with pytest.raises(DocumentError, match=re.escape(told)):
        MockServer(Settings(port=0, de_port=0, document=path))


@pytest.mark.parametrize("info", [None, {}])
def test_a_document_without_a_title_is_served(serve: Any, info: Any) -> None:
    client = serve({**document(responses_of(rows_of(ROW))), "info": info})

    assert 200 == client.get("/openapi.json").status_code
    assert 200 == client.get("/spaces/SUP/visits").status_code


def test_a_client_certificate_is_not_taken_for_a_token(serve: Any) -> None:
    content = document(responses_of(rows_of(ROW)))
    content["components"]["securitySchemes"]["token"] = {"type": "mutualTLS"}

    assert (
        200 == serve(content).get("/spaces/SUP/visits", headers={"Authorization": ""}).status_code
    )


PET = {
    "type": "object",
    "required": ["id", "name", "tags"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string", "example": "doggie"},
        "tags": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    },
}


def test_what_is_not_about_views_gets_generated_values(serve: Any, tmp_path: Any) -> None:
    content = document(responses_of({"type": "array", "minItems": 1, "items": PET}))
    get = content["paths"].pop("/spaces/{key}/visits")["get"]
    content["paths"]["/pets/{key}"] = {"get": {**get, "operationId": "findPets"}}

    found = serve(content).get("/pets/5")
    told = {one.kind: one for one in check_document(read_document(tmp_path / "api.yaml"))}

    assert 200 == found.status_code
    assert ["doggie"] == [one["name"] for one in found.json()]
    assert "generated" == told["operation"].outcome
    assert "ignored" == told["parameter"].outcome
