"""Errors and credentials in the form of a document."""

from contextlib import nullcontext
from typing import Any

import pytest

from mock_server.binding.fields import Subject
from mock_server.errors import ForbiddenError
from mock_server.world.model import User
from tests.made_documents import (
    INTEGER,
    ROW,
    TEXT,
    choice,
    content_of,
    fields,
    get,
    listed,
    listing,
    query,
    served,
)

pytestmark = pytest.mark.usefixtures("small_site")

PAGE = {"200": content_of(fields(results=listed(fields(**ROW))))}
BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}


def test_errors_of_any_media_type_are_json() -> None:
    responses = {**PAGE, "401": content_of(fields(code=INTEGER, message=TEXT), "*/*")}
    response = get(served(responses, securitySchemes=BEARER), authorized=False)
    assert "application/json" == response.headers["content-type"]
    assert {"code", "message"} == {*response.json()}


@pytest.mark.parametrize(("schema", "expected"), [
    ({**INTEGER, "description": "An enum value of [google.rpc.Code][google.rpc.Code]."}, 16),
    (INTEGER, 401),
    (choice("api_error", "authentication_error"), "authentication_error"),
])  # fmt: skip
def test_errors_have_the_code_of_the_maker(schema: dict[str, Any], expected: object) -> None:
    error = content_of(fields(code=schema, message=TEXT))
    document = served({**PAGE, "default": error}, securitySchemes=BEARER)
    assert expected == get(document, authorized=False).json()["code"]


def test_a_text_alone_says_what_is_wrong() -> None:
    google = fields(error=fields(code=INTEGER, message=TEXT, status=TEXT))
    wanted = (400, 'query parameter \'limit\': "x" is not of type "integer".')
    found = [
        get(served({**PAGE, "400": content_of(error)}, [query("limit", INTEGER)]), limit="x").json()
        for error in (fields(error=TEXT, status=INTEGER), google)
    ]

    assert wanted == (found[0]["status"], found[0]["error"])
    assert {"code": 400, "message": wanted[1], "status": "INVALID_ARGUMENT"} == found[1]["error"]


def test_a_header_has_the_code_of_an_error_and_the_body_its_target() -> None:
    error = content_of(fields(error=fields(code=TEXT, message=TEXT, target=TEXT)))
    error |= {"headers": {"x-ms-error-code": {"schema": TEXT}}}
    response = get(served({**PAGE, "400": error}, [query("limit", INTEGER)]), limit="x")
    assert "limit" == response.json()["error"]["target"]
    assert response.json()["error"]["code"] == response.headers["x-ms-error-code"]


def test_an_error_points_to_its_parameter() -> None:
    error = fields(errors=listed(fields(title=TEXT, source=fields(pointer=TEXT))))
    document = served({**PAGE, "400": content_of(error)}, [query("limit", INTEGER)])
    assert {"pointer": "/limit"} == get(document, limit="x").json()["errors"][0]["source"]


def test_an_error_without_a_body_is_empty_where_other_errors_have_one() -> None:
    plain, body = {"description": "No token"}, content_of(fields(message=TEXT))
    mixed = served({**PAGE, "401": plain, "404": body}, securitySchemes=BEARER)
    bare = served({**PAGE, "401": plain}, securitySchemes=BEARER)

    response = get(mixed, authorized=False)

    assert (401, b"") == (response.status_code, response.content)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert "no Authorization header" in response.headers["X-Mock-Note"]
    assert get(bare, authorized=False).json()["status"] == 401


def test_an_error_names_its_parameter() -> None:
    error = fields(error=fields(type=TEXT, message=TEXT, param=TEXT))
    document = served({**PAGE, "4XX": content_of(error)}, [query("limit", INTEGER)])
    assert "limit" == get(document, limit="x").json()["error"]["param"]


@pytest.mark.parametrize(("description", "prefix"), [
    ('Token-based authentication with required prefix "Token"', "Token"), ("A key", "Bearer"),
])  # fmt: skip
def test_a_key_in_the_header_has_the_prefix_that_is_described(
    description: str, prefix: str
) -> None:
    key = {"type": "apiKey", "in": "header", "name": "Authorization", "description": description}
    document = served(PAGE, securitySchemes={"key": key})
    assert 200 == get(document).status_code
    refused = get(document, authorized=False).json()["detail"]
    assert f"Send `Authorization: {prefix} <token>`" in refused


@pytest.mark.parametrize("has_global_access", [True, False])
def test_basic_credentials_need_global_access_for_a_space_that_is_not_named(
    has_global_access: bool,
) -> None:
    basic = {"basic": {"type": "http", "scheme": "basic"}}
    document = listing({"userId": TEXT}, [query("spaceKey")], path="/views", securitySchemes=basic)
    user = User(email="ada@acme-demo.example", global_access=has_global_access)
    assert 200 == get(document).status_code == get(document, spaceKey="SUP").status_code
    with (
        nullcontext() if has_global_access else pytest.raises(ForbiddenError, match="Global Access")
    ):
        user.check(Subject.SPACE_VISITS, {})
