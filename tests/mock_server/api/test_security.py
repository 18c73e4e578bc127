"""Tokens where a document's own security scheme wants them."""

from typing import Any

import pytest

from mock_server.cli.check import check_document
from mock_server.openapi.document import Document
from tests.made_documents import MOMENT, fields, get, listed, responding, send
from tests.mocks import BEARER

KEY = {"type": "apiKey", "name": "X-Api-Key", "in": "header"}


def secured_by(scheme: dict[str, Any], required: str = "Key") -> Document:
    """Make a document whose only scheme is this one."""
    row = listed(fields(searchTime=MOMENT))
    document = responding(row, path="/searches", securitySchemes={"Key": scheme})
    return Document({**document.content, "security": [{required: []}]}, origin="made")


@pytest.mark.parametrize(("place", "target", "headers"), [
    ("header", "/searches", {"X-Api-Key": "{}"}), ("query", "/searches?X-Api-Key={}", {}),
    ("cookie", "/searches", {"Cookie": "X-Api-Key={}"}),
])  # fmt: skip
def test_a_key_opens_from_where_the_document_says(
    place: str, target: str, headers: dict[str, str]
) -> None:
    document = secured_by({**KEY, "in": place})
    for token, status in (("demo-token-us", 200), ("demo-token-de", 401)):
        sent = {name: value.format(token) for name, value in headers.items()}
        assert status == send(document, target.format(token), sent).status_code
    assert 401 == send(document, "/searches", BEARER).status_code


def test_a_missing_key_names_its_place() -> None:
    response = send(secured_by(KEY), "/searches")
    assert "as X-Api-Key, in the header" in response.json()["detail"]
    assert response.headers["WWW-Authenticate"].startswith("ApiKey ")


@pytest.mark.parametrize("scheme", [
    {"type": "oauth2", "flows": {
        "clientCredentials": {"tokenUrl": "https://id.example/token", "scopes": {}}}},
    {"type": "apiKey", "name": "Authorization", "in": "header"},
])  # fmt: skip
def test_what_ends_in_a_bearer_token_is_opened_by_one(scheme: dict[str, Any]) -> None:
    assert 200 == send(secured_by(scheme), "/searches", BEARER).status_code


def test_a_scheme_that_is_not_declared_is_a_bearer_token(caplog: pytest.LogCaptureFixture) -> None:
    document = secured_by(KEY, required="Kay")
    assert 200 == get(document).status_code
    assert 401 == get(document, authorized=False).status_code
    assert "'Kay' is not declared; a bearer token is used. Did you mean 'Key'?" in caplog.text
    assert ("a bearer token", "not declared") in [
        (finding.bound_to, finding.evidence) for finding in check_document(document)
    ]
