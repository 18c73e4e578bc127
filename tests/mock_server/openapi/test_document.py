"""The operations, parameters, responses and servers of a document."""

from typing import Any

import pytest

from mock_server.errors import DocumentError
from mock_server.openapi.document import Document, Operation
from tests.made_documents import BOOLEAN, INTEGER, TEXT, in_path, query

OPERATION: dict[str, Any] = {"responses": {"200": {"description": "fine"}}}


def document(paths: dict[str, Any], **content: Any) -> Document:
    return Document({"openapi": "3.1.0", "paths": paths, **content}, origin="api.yaml")


def only(paths: dict[str, Any], **content: Any) -> Operation:
    (operation,) = document(paths, **content).operations
    return operation


def test_operations_have_the_order_of_the_document() -> None:
    found = document(
        {"/b": {"post": OPERATION, "get": OPERATION}, "/a": {"get": OPERATION}, "x-own": {}}
    )
    assert [(one.method, one.path) for one in found.operations] == [
        ("GET", "/b"), ("POST", "/b"), ("GET", "/a"),
    ]  # fmt: skip


def test_parameters_of_an_operation_override_those_of_its_path_by_name_and_location() -> None:
    of_path = [query("n", INTEGER), {"name": "n", "in": "header", "schema": TEXT}, in_path("id")]
    own = [query("n", BOOLEAN)]
    operation = only({"/{id}": {"parameters": of_path, "get": {**OPERATION, "parameters": own}}})
    assert [("query", BOOLEAN, False), ("header", TEXT, False), ("path", TEXT, True)] == [
        (one.location, one.schema, one.required) for one in operation.parameters
    ]


@pytest.mark.parametrize(("declared", "schema"), [
    ({"$ref": "#/components/parameters/p"}, {}),
    ({"name": "p", "in": "query", "content": {"application/json": {"schema": TEXT}}}, TEXT),
], ids=["elsewhere", "by content"])  # fmt: skip
def test_the_schema_of_a_parameter_is_read_by_reference_or_content(
    declared: dict[str, Any], schema: dict[str, Any]
) -> None:
    components = {"parameters": {"p": {"name": "p", "in": "query"}}}
    operation = only(
        {"/a": {"get": {**OPERATION, "parameters": [declared]}}}, components=components
    )
    assert schema == operation.parameters[0].schema


@pytest.mark.parametrize(("declared", "explode"), [
    ({"in": "query"}, True), ({"in": "cookie"}, True), ({"in": "path"}, False),
    ({"in": "header"}, False), ({"in": "query", "style": "pipeDelimited"}, False),
    ({"in": "query", "explode": False}, False),
])  # fmt: skip
def test_explode_defaults_by_style_and_location(declared: dict[str, Any], explode: bool) -> None:
    operation = only({"/a": {"get": {**OPERATION, "parameters": [{"name": "p", **declared}]}}})
    assert operation.parameters[0].explode is explode


@pytest.mark.parametrize("declared", [{"name": "p"}, {"in": "query"}, "p"])
def test_a_parameter_without_name_or_location_is_refused(declared: Any) -> None:
    with pytest.raises(DocumentError, match="a parameter of /a lacks its name or place"):
        only({"/a": {"get": {**OPERATION, "parameters": [declared]}}})


def test_a_path_item_must_be_an_object() -> None:
    with pytest.raises(DocumentError, match=r"paths\./a is not an object"):
        document({"/a": ["get"]}).operations  # noqa: B018 -- reading is what raises


def test_a_path_item_may_be_a_reference() -> None:
    operation = only({"/a": {"$ref": "#/components/pathItems/a"}},
                     components={"pathItems": {"a": {"get": OPERATION}}})  # fmt: skip
    assert operation.path == "/a"


@pytest.mark.parametrize(("path", "expected"), [
    ("/daily/page/{pageId}", "getDailyPagePageId"),
    ("/spaces/{space_key}/visits", "getSpacesSpaceKeyVisits"), ("/", "get"),
])  # fmt: skip
def test_an_operation_without_an_id_gets_one_from_its_path(path: str, expected: str) -> None:
    assert expected == only({path: {"get": OPERATION}}).id


def test_a_response_is_found_by_status_then_range_then_default() -> None:
    responses = {"404": {}, "4xx": {}, "default": {}, "x-note": {}}
    operation = only({"/a": {"get": {"responses": responses}}})
    found = [operation.response(status) for status in (404, 418, 500)]
    assert ["404", "4xx", "default"] == [one and one.status for one in found]


def test_an_undeclared_status_has_no_response() -> None:
    assert only({"/a": {"get": OPERATION}}).response(404) is None


def test_a_single_example_is_named_default() -> None:
    media = {
        "application/json": {"example": [1]},
        "application/xml": {"examples": {"many": {"value": 2}, "shared": {"$ref": "#/e"}}},
        "text/plain": {},
    }
    operation = only({"/a": {"get": {"responses": {"200": {"content": media}}}}}, e={"value": 3})
    assert [dict(one.examples) for one in operation.responses["200"].media_types] == [
        {"default": [1]}, {"many": 2, "shared": 3}, {},
    ]  # fmt: skip


def test_references_to_response_headers_are_resolved() -> None:
    responses = {"200": {"headers": {"X-Total": {"$ref": "#/h"}}}}
    operation = only({"/a": {"get": {"responses": responses}}}, h={"schema": {"type": "integer"}})
    assert operation.responses["200"].headers == {"X-Total": {"schema": {"type": "integer"}}}


def test_server_variables_are_replaced_by_every_allowed_value() -> None:
    variables = {"region": {"default": "", "enum": ["", "de."]}, "base": {"default": "v"}}
    servers = [
        {"url": "https://{region}api.example.com/{base}", "variables": variables},
        {"url": "/relative"}, {"url": "https://api.example.com/again"},
    ]  # fmt: skip
    assert document({}, servers=servers).server_hosts == ("api.example.com", "de.api.example.com")


def test_combinations_of_server_variables_are_bounded() -> None:
    letters = {"default": "a", "enum": list("abcdefghij")}
    names = [f"v{number}" for number in range(12)]
    url = f"https://{'.'.join(f'{{{name}}}' for name in names)}.example/{{base}}"
    servers = [{"url": url, "variables": {**dict.fromkeys(names, letters), "base": letters}}]
    assert 100 == len(document({}, servers=servers).server_hosts)


def test_undeclared_server_variables_are_omitted_from_path_and_host() -> None:
    found = document({}, servers=[{"url": "https://{tenant}.example/{site}/api/{version}"}])
    assert ("/api", ()) == (found.base_path, found.server_hosts)


def test_an_invalid_server_url_is_refused_and_quoted() -> None:
    found = document({}, servers=[{"url": "http://["}])
    for read in (lambda: found.base_path, lambda: found.server_hosts):
        with pytest.raises(DocumentError, match=r"the server 'http://\['? is no URL"):
            read()


def test_a_document_without_info_is_untitled() -> None:
    assert document({}).title == "untitled"


# References


def test_chains_of_references_are_resolved() -> None:
    found = document({}, a={"$ref": "#/b"}, b={"$ref": "#/c~1d/0"}, **{"c/d": [{"type": "string"}]})
    assert found.resolve({"$ref": "#/a"}) == {"type": "string"}


def test_escapes_in_references_are_decoded() -> None:
    found = document({"/a/{b}": {"x~y": 1}})
    assert found.resolve({"$ref": "#/paths/~1a~1%7Bb%7D/x~0y"}) == 1


@pytest.mark.parametrize(("reference", "reason"), [
    *(
        (f"#/{place}", "nothing is at")
        for place in ("no", "list/7", "list/x", "openapi/deeper")
    ),
    ("#/a", "#/a only refers to itself"),
    ("other.yaml#/a", r"other\.yaml#/a points outside the document"),
])  # fmt: skip
def test_a_dangling_reference_is_an_error(reference: str, reason: str) -> None:
    found = document({}, list=[1], a={"$ref": "#/b"}, b={"$ref": "#/a"})
    with pytest.raises(DocumentError, match=reason):
        found.resolve({"$ref": reference})


@pytest.mark.parametrize("anything", [True, None, {}])
def test_a_parameter_may_refer_to_a_schema_that_allows_anything(anything: Any) -> None:
    reference = {"$ref": "#/components/schemas/Anything"}
    parameter = {"name": "limit", "in": "query", "schema": reference}
    content = {
        "openapi": "3.1.0", "info": {"title": "Views", "version": "1"},
        "paths": {"/views": {"get": {"parameters": [parameter], "responses": {}}}},
        "components": {"schemas": {"Anything": anything}},
    }  # fmt: skip

    [found] = Document(content, origin="made").operations[0].parameters

    assert found.description == ""
