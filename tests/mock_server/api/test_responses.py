"""Responses in the forms, and with the headers and statuses, that a document declares."""

from typing import Any

import pytest

from mock_server.cli.check import check_document
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import shape_of
from tests.made_documents import (
    BOOLEAN,
    ID,
    INTEGER,
    MOMENT,
    SEEN,
    TEXT,
    TIMED,
    choice,
    content_of,
    fields,
    findings,
    get,
    listed,
    query,
    responding,
    rows_of,
    served,
    visits,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("small_site")

BEARER = {"token": {"type": "http", "scheme": "bearer"}}
ROWS = {**fields(results=listed(fields(**TIMED))), "required": ["results"]}
URI = {"type": "string", "format": "uri"}


def test_required_headers_are_there_known_or_made_up() -> None:
    identity = {"X-Request-Id": {"required": True, "schema": {"type": "string", "format": "uuid"}}}
    total = {"X-Total-Count": {"required": True, "schema": INTEGER}}
    optional = {"X-Optional": {"schema": TEXT}}
    responses = {
        "200": content_of(listed(fields(term=TEXT))) | {"headers": identity | total | optional},
        "401": content_of(fields(message=TEXT)) | {"headers": identity},
    }
    document = served(responses, path="/searches", securitySchemes=BEARER)
    response, refused = get(document), get(document, authorized=False)

    assert len(response.json()) == int(response.headers["X-Total-Count"])
    assert [36, 36] == [len(one.headers["X-Request-Id"]) for one in (response, refused)]
    assert "X-Optional" not in response.headers
    assert (200, 401) == (response.status_code, refused.status_code)
    assert "no Authorization header" in refused.json()["message"]


@pytest.mark.parametrize("responses", [
    {"202": {"description": "later"}, "200": content_of(ROWS)},
    {"204": {"description": "none"}, "200": content_of(ROWS)}, {"default": content_of(ROWS)},
    {"2XX": content_of(ROWS)},
    {"200": content_of({"allOf": [fields(results={"type": "array"}), ROWS]})},
], ids=["202", "204", "default", "2XX", "a base that is narrowed"])  # fmt: skip
def test_the_response_with_rows_is_that_of_success(responses: Any) -> None:
    response = get(served(responses))
    assert 200 == response.status_code
    assert response.json()["results"]


def test_closed_classes_that_inherit_are_served() -> None:
    base = {**fields(**ID), "additionalProperties": False}
    middle = {"allOf": [base, {**fields(viewTime=TEXT), "additionalProperties": False}]}
    last = {**fields(contentId=TEXT), "additionalProperties": False}
    document = responding(listed({"allOf": [middle, last]}))
    assert {"userId", "viewTime", "contentId"} in [row.keys() for row in get(document).json()]
    assert not any(one.is_broken for one in check_document(document))


ANIMAL = fields(speed=INTEGER)


@pytest.mark.parametrize("schema", [
    pytest.param({**fields(name=TEXT), "required": ["name", "kind", "name"]}, id="repeated names"),
    pytest.param({**fields(name=TEXT), "type": ["object", "object"], "required": ["name"]},
                 id="repeated types"),
    pytest.param({"allOf": [{**fields(), "required": ["kind"]}, fields(name=TEXT)]},
                 id="inherited names"),
    pytest.param({**fields(name={**TEXT, "pattern": "^[a-z]+$", "example": "A b"}),
                  "required": ["name"]}, id="false examples"),
    pytest.param({"oneOf": [listed(TEXT), listed(INTEGER)]}, id="empty lists"),
    pytest.param({"oneOf": [ANIMAL, {"allOf": [ANIMAL, fields(barks=BOOLEAN)]}]},
                 id="open alternatives"),
])  # fmt: skip
def test_schemas_that_generators_write_carelessly_are_served(schema: dict[str, Any]) -> None:
    document = responding(schema, path="/animals")
    response = get(document)
    assert 200 == response.status_code
    assert set(shape_of(document, schema).required) <= {*response.json()}
    assert not any(finding.is_broken for finding in check_document(document))


def test_what_only_requests_have_is_missing_in_responses() -> None:
    rows = rows_of(visits({**TIMED, "secret": {"type": "string", "writeOnly": True}}))
    assert rows
    assert all("secret" not in one for one in rows)


def test_what_is_not_about_views_gets_generated_values() -> None:
    pet = fields(id=INTEGER, name={**TEXT, "example": "doggie"}, tags=listed(TEXT, minItems=1))
    rows = listed({**pet, "required": ["id", "name", "tags"]}, minItems=1)
    document = responding(rows, path="/pets/{key}")
    response = get(document, key="5")
    outcomes = {one.kind: one.outcome for one in check_document(document)}
    assert 200 == response.status_code
    assert ["doggie"] == [one["name"] for one in response.json()]
    assert ("generated", "ignored") == (outcomes["operation"], outcomes["parameter"])


def test_a_client_certificate_is_not_taken_for_a_token() -> None:
    document = responding(ROWS, securitySchemes={"token": {"type": "mutualTLS"}})
    assert 200 == get(document, authorized=False).status_code


# Errors


def test_urls_of_problems_are_absolute_where_the_document_wants_it() -> None:
    problem = {**fields(type=URI, instance=URI, status=INTEGER), "required": ["type", "instance"]}
    errors = dict.fromkeys(("401", "404"), content_of(problem))
    document = served({"200": content_of(ROWS), **errors}, securitySchemes=BEARER)
    refused, unknown = get(document, authorized=False), get(document, key="NONE")
    assert (401, 404) == (refused.status_code, unknown.status_code)
    assert "urn:viewtracker-mock:/__admin/problems%23not-found" == unknown.json()["type"]
    assert "http://us.localhost/spaces/NONE/visits" == unknown.json()["instance"]


@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ({"422"}, 422),
        ({"400", "422"}, 400),
        ({"default"}, 400),
        ({"422", "4XX"}, 422),
        ({"422", "default"}, 422),
    ],
)
def test_an_invalid_request_has_the_documents_status(declared: set[str], status: int) -> None:
    document = with_errors(fields(detail=listed(fields(msg=TEXT))), *declared)
    response = get(document, limit="x")
    assert status == response.status_code
    assert "limit" in response.json()["detail"][0]["msg"]
    assert "works" == findings(document)[str(status)].outcome


def with_errors(schema: dict[str, Any], *statuses: str) -> Document:
    errors = dict.fromkeys(statuses, content_of(schema))
    return served({"200": content_of(ROWS), **errors}, [query("limit", INTEGER)])


WRONG = 'query parameter \'limit\': "x" is not of type "integer".'


@pytest.mark.parametrize(("error", "expected"), [
    (fields(errorMessages=listed(TEXT), errors={"type": "object"}), {"errorMessages": [WRONG]}),
    (fields(errors=listed(fields(detail=TEXT, source=fields(parameter=TEXT, pointer=TEXT)))),
     {"errors": [{"detail": WRONG, "source": {"parameter": "limit"}}]}),
    (fields(detail=listed(fields(loc=listed(TEXT), msg=TEXT, ctx={"type": "object"}))),
     {"detail": [{"loc": ["query", "limit"], "msg": WRONG}]}),
    (fields(title=TEXT, errors={"type": "object", "additionalProperties": listed(TEXT)}),
     {"title": "Bad Request", "errors": {"limit": [WRONG]}}),
    (fields(fieldErrors={"type": "object", "additionalProperties": TEXT}),
     {"fieldErrors": {"limit": WRONG}}),
    (fields(details={"type": "object", "additionalProperties": fields(message=TEXT, value={})}),
     {"details": {"limit": {"message": WRONG}}}),
    (fields(violations=listed(fields(field=TEXT, message=TEXT))),
     {"violations": [{"field": "limit", "message": WRONG}]}),
    (fields(fieldErrors=listed(fields(field=TEXT, rejectedValue={}, defaultMessage=TEXT))),
     {"fieldErrors": [{"field": "limit", "defaultMessage": WRONG}]}),
    (fields(fehlerCode=INTEGER, meldung=TEXT), {"fehlerCode": 400, "meldung": WRONG}),
])  # fmt: skip
def test_an_error_names_the_parameter_alone(error: dict[str, Any], expected: Any) -> None:
    assert expected == get(with_errors(error, "400"), limit="x").json()


def test_what_is_known_of_the_mock_stands_in_responses_about_something_else() -> None:
    names = {"status": choice("ok", "degraded"), "time": MOMENT,
             "dataResidency": choice("EU", "US"), "baseUrl": TEXT}  # fmt: skip
    body = get(responding({**fields(**names), "required": [*names]}, path="/token")).json()
    assert ("ok", "US") == (body["status"], body["dataResidency"])
    assert "https://acme-demo.atlassian.net" == body["baseUrl"]
    assert body["time"].startswith("2026-01-31T12:00")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            {**TEXT, "description": "Such as `INVALID_ARGUMENT` or `UNAUTHENTICATED`."},
            "UNAUTHENTICATED",
        ),
        ({**TEXT, "example": "not_found"}, "unauthorized"),
        ({**TEXT, "description": "Error name"}, "Unauthorized"),
        ({**TEXT, "enum": ["UNAUTHENTICATED", "NOT_FOUND"]}, "UNAUTHENTICATED"),
    ],
)
def test_a_text_beside_the_number_of_a_status_is_its_code_or_its_name(
    status: dict[str, Any], expected: str
) -> None:
    error = content_of(fields(code=INTEGER, status=status))
    document = served({"200": content_of(ROWS), "401": error}, securitySchemes=BEARER)

    assert {"code": 401, "status": expected} == get(document, authorized=False).json()


@pytest.mark.parametrize(
    ("example", "sent"),
    [("\u2713", "%E2%9C%93"), ("a\r\nX-Evil: 1", "a%0D%0AX-Evil: 1"), ("a b", "a b")],
)
def test_what_a_header_cannot_hold_is_percent_encoded(example: str, sent: str) -> None:
    response = {**content_of(ROWS), "headers": {
        "X-Note": {"required": True, "schema": {**TEXT, "example": example}}
    }}  # fmt: skip

    assert sent == get(served({"200": response})).headers["X-Note"]


@pytest.mark.parametrize("name", ["Transfer-Encoding", "Content-Type", "Date", "Content-Length"])
def test_headers_that_the_server_sets_are_not_those_of_the_document(name: str) -> None:
    header = {"required": True, "schema": fields(total=INTEGER)}
    document = served({"200": {**content_of(ROWS), "headers": {name: header}}})

    assert "total" not in get(document).headers.get(name, "")
    assert "ignored" == findings(document)[f"{name}/total"].outcome


@pytest.mark.parametrize("code", [{**TEXT, "maxLength": 3}, {**TEXT, "format": "uuid"}])
def test_a_narrow_error_code_does_not_break_the_response(code: dict[str, Any]) -> None:
    error = content_of({**fields(code=code), "required": ["code"]})
    document = served({"200": content_of(ROWS), "401": error}, securitySchemes=BEARER)

    assert 401 == get(document, authorized=False).status_code


def test_a_header_of_the_request_that_the_response_declares_is_repeated() -> None:
    flow = {"name": "X-Flow-ID", "in": "header", "schema": TEXT}
    own = {"name": "X-Tenant", "in": "header", "schema": TEXT}
    page = {**content_of(fields(results=listed(fields(**SEEN)))),
            "headers": {"x-flow-id": {"schema": TEXT}}}  # fmt: skip
    document = served({"200": page}, [flow, own])

    sent = get(document, **{"X-Flow-ID": "7a", "X-Tenant": "b"})

    assert "7a" == sent.headers["X-Flow-ID"]
    assert "X-Tenant" not in sent.headers
    assert "X-Tenant" == sent.headers["X-Mock-Ignored-Parameters"]
    assert get(document).headers["X-Flow-ID"]


def test_an_object_that_only_errors_have_is_null_on_success() -> None:
    error = {**fields(code=TEXT), "nullable": True, "description": "Always null on success"}
    body = get(responding(fields(results=listed(fields(**SEEN)), error=error))).json()

    assert body["error"] is None
