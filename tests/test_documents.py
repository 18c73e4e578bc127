"""The bundled documents: validity, provenance and completeness."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker

import mock_server.server.server  # noqa: F401 -- so that every error class is defined
from mock_server.errors import ApiError
from mock_server.openapi.document import Document
from mock_server.openapi.load import DEFAULT_DOCUMENT, read_document
from mock_server.openapi.provenance import Provenance, Status, provenance_of

CONTENT_VISITS = "/api/v2/report/contents/{contentId}/visits"
SPACE_VISITS = "/api/v2/report/spaces/{spaceKey}/visits"
SEARCHES = "/api/v2/report/searches"
HOSTS = ["https://viewtracker.aws.bitvoodoo.cloud", "https://de.viewtracker.aws.bitvoodoo.cloud"]
NOT_IMPLEMENTED = 501
"""Only sent by operations of unknown meaning; the bundled document has none."""

GONE = 410
"""Only sent by version 1, which has its own document."""

OF_CONTROL = {413, 409, 415}
"""Only sent by the control API, which accepts bodies."""

ALL = sorted(DEFAULT_DOCUMENT.parent.glob("*.yaml"))
VENDORS = [path for path in ALL if path.name.startswith("viewtracker-")]


@pytest.fixture(scope="module")
def v2() -> Document:
    return read_document()


@pytest.fixture(scope="module")
def rows(v2: Document) -> list[Provenance]:
    return provenance_of(v2.content)


def operations(document: Document) -> dict[str, dict[str, Any]]:
    return {path: item["get"] for path, item in document.content["paths"].items()}


def inlined(document: Document, node: Any) -> Any:
    """Return a copy with all references resolved."""
    node = document.resolve(node)
    if isinstance(node, dict):
        return {key: inlined(document, value) for key, value in node.items()}
    return [inlined(document, value) for value in node] if isinstance(node, list) else node


def examples(node: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield each example of a node without references: its place, its schema and its value."""
    if isinstance(node, dict):
        schema = node.get("schema", node)
        if "example" in node:
            yield f"{at}/example", schema, node["example"]
        for name, example in node.get("examples", {}).items():
            yield f"{at}/examples/{name}", schema, example["value"]
        for key, value in node.items():
            if key not in {"example", "examples"}:
                yield from examples(value, f"{at}/{key}")


def reports(document: Document) -> list[dict[str, Any]]:
    """Return the example responses of all operations."""
    return [
        example
        for operation in document.operations
        for media_type in operation.responses["200"].media_types
        for example in media_type.examples.values()
    ]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_documents_are_valid_openapi(path: Path) -> None:
    openapi_spec_validator.validate(read_document(path).content)


@pytest.mark.parametrize("path", VENDORS, ids=lambda path: path.name)
def test_every_element_has_a_provenance_with_a_source(path: Path) -> None:
    places = {
        Status.DOCUMENTED: ("help.communardo.app/", "docs.bitvoodoo.app/"),
        Status.SISTER: ("Data Center",),
        Status.ASSUMED: ("",),
    }
    found = provenance_of(read_document(path).content)

    assert found
    for row in found:
        assert row.source, row.pointer
        assert row.status is not None, row.pointer
        assert any(place in row.source for place in places[row.status]), row.pointer


PATHS = (CONTENT_VISITS, SPACE_VISITS, SEARCHES)


@pytest.mark.parametrize(("status", "expected"), [
    (Status.DOCUMENTED, {
        *(("server", host) for host in HOSTS), *(("path", path) for path in PATHS),
        *(("operation", f"{path} get") for path in PATHS), ("parameter", "contentId"),
        ("parameter", "spaceKey"), ("scheme", "Viewtracker-Bearer-Auth"),
    }),
    (Status.SISTER, {
        *(("parameter", name) for name in ("startDate", "endDate", "limit")),
        *(("schema", f"{name} schema") for name in ("startDate", "endDate")),
        *(("property", f"{name}Report.results") for name in ("Visit", "Search")),
        *(("media type", f"{path} get 200 application/json") for path in PATHS),
    }),
])  # fmt: skip
def test_only_elements_seen_at_the_vendor_have_its_provenance(
    status: Status, expected: set[tuple[str, str]], rows: list[Provenance]
) -> None:
    assert expected == {(row.kind, row.name) for row in rows if row.status is status}


def test_the_document_states_that_it_is_a_reconstruction(v2: Document) -> None:
    info = v2.content["info"]
    assert "reconstruction" in info["title"]
    assert "not the vendor's document" in info["description"].split("\n\n")[0].replace("\n", " ")
    assert [status for status in Status if f"`{status}`" not in info["description"]] == []


def test_references_have_no_siblings(v2: Document) -> None:
    def siblings(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict) and "$ref" in node and len(node) > 1:
            yield node
        for inner in node.values() if isinstance(node, dict) else node:
            if isinstance(inner, dict | list):
                yield from siblings(inner)

    assert list(siblings(v2.content)) == []


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_examples_are_valid_by_their_schemas(path: Path) -> None:
    document = read_document(path)
    found = list(examples(inlined(document, document.content)))
    assert found
    assert [
        f"{place}: {error.message}"
        for place, schema, value in found
        for error in OAS30Validator(schema, format_checker=oas30_format_checker).iter_errors(value)
    ] == []


def test_numbers_of_example_reports_match_their_rows(v2: Document) -> None:
    for report in reports(v2):
        times = [row.get("viewTime") or row["searchTime"] for row in report["results"]]
        assert len(report["results"]) == report["size"] <= report["limit"]
        assert report["totalSize"] >= report["start"] + report["size"]
        assert sorted(times) == times


def test_protected_users_of_example_reports_have_no_id(v2: Document) -> None:
    found = [row for report in reports(v2) for row in report["results"]]
    assert {True, False} == {row["isProtectedUser"] for row in found}
    assert [row["isProtectedUser"] for row in found] == [row["userId"] is None for row in found]


def test_error_examples_have_their_status(v2: Document) -> None:
    for operation in operations(v2).values():
        for status, response in inlined(v2, operation["responses"]).items():
            problem = response["content"].get("application/problem+json", {})
            for example in problem.get("examples", {}).values():
                assert int(status) == example["value"]["status"]


def test_the_document_has_three_get_operations_on_two_hosts(v2: Document) -> None:
    assert [server["url"] for server in v2.content["servers"]] == HOSTS
    assert [(operation.path, operation.method, operation.id) for operation in v2.operations] == [
        (CONTENT_VISITS, "GET", "getContentVisits"),
        (SPACE_VISITS, "GET", "getSpaceVisits"),
        (SEARCHES, "GET", "getSearches"),
    ]


def test_every_operation_declares_the_documented_scheme(v2: Document) -> None:
    scheme = v2.content["components"]["securitySchemes"]["Viewtracker-Bearer-Auth"]
    assert v2.content["security"] == [{"Viewtracker-Bearer-Auth": []}]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert [path for path, operation in operations(v2).items() if "security" in operation] == []


def test_operations_have_parameters_for_range_and_page(v2: Document) -> None:
    of_path = {CONTENT_VISITS: {"contentId"}, SPACE_VISITS: {"spaceKey"}, SEARCHES: set()}
    for operation in v2.operations:
        names = {parameter.name for parameter in operation.parameters}
        assert {"startDate", "endDate", "start", "limit"} | of_path[operation.path] <= names


@pytest.mark.parametrize("name", ["Visit", "Search", "VisitReport", "SearchReport"])
def test_schemas_require_their_properties_and_allow_no_others(v2: Document, name: str) -> None:
    schema = v2.content["components"]["schemas"][name]
    assert sorted(schema["properties"]) == sorted(schema["required"])
    assert schema["additionalProperties"] is False


def test_the_document_declares_every_status_that_the_mock_sends(v2: Document) -> None:
    def kinds(error: type[ApiError]) -> Iterator[type[ApiError]]:
        yield error
        for kind in error.__subclasses__():
            yield from kinds(kind)

    sent = {kind.status for kind in kinds(ApiError) if kind.__module__.startswith("mock_server.")}
    sent -= {NOT_IMPLEMENTED, GONE, *OF_CONTROL, 507}  # a full disk of this machine
    assert {400, 401, 403, 404, 405, 406, 414, 500} <= sent
    assert {CONTENT_VISITS: set(), SPACE_VISITS: set(), SEARCHES: {404}} == {
        path: sent - {int(status) for status in operation["responses"]}
        for path, operation in operations(v2).items()
    }


def test_errors_are_declared_as_problems_with_headers(v2: Document) -> None:
    retry = ["Retry-After"]
    headers = {"401": ["WWW-Authenticate"], "405": ["Allow"], "429": retry, "503": retry}
    problem = {"$ref": "#/components/schemas/Problem"}

    for operation in v2.operations:
        assert {"403", "429", "500", "503"} <= operation.responses.keys()  # sent by faults
        for status, response in operation.responses.items():
            if status != "200":
                (media_type,) = response.media_types
                assert ("application/problem+json", problem) == (media_type.name, media_type.schema)
                assert headers.get(status, []) == list(response.headers)
                assert all(header["required"] for header in response.headers.values())
