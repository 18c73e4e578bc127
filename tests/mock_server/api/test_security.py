"""Tokens where a document's own security scheme wants them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import mock_server
from mock_server import MockServer, Settings
from mock_server.cli.check import check_document
from mock_server.openapi.document import Document
from tests.made_documents import MOMENT, content_of, fields, get, listed, served

ROWS = {"200": content_of(listed(fields(searchTime=MOMENT)))}
Send = Callable[..., httpx.Response]
BEARER = {"headers": {"Authorization": "Bearer demo-token-us"}}


@pytest.fixture
def send(tmp_path: Path) -> Iterator[Send]:
    """Serves a document whose only scheme is this one, and sends a request."""
    mocks: list[MockServer] = []

    def sent(scheme: dict[str, Any], **request: Any) -> httpx.Response:
        path = tmp_path / "document.json"
        path.write_text(json.dumps(secured_by(scheme)))
        mocks.append(MockServer(Settings(document=path, world="tiny")))
        carrier = mock_server.transport(mocks[-1])
        with httpx.Client(transport=carrier, base_url="http://us.localhost") as client:
            return client.get("/searches", **request)

    yield sent
    for mock in mocks:
        mock.close()


def secured_by(scheme: dict[str, Any], required: str = "Key") -> dict[str, Any]:
    document = served(ROWS, path="/searches", securitySchemes={"Key": scheme})
    return {**document.content, "security": [{required: []}]}


@pytest.mark.parametrize(("place", "request_of"), [
    ("header", lambda token: {"headers": {"X-Api-Key": token}}),
    ("query", lambda token: {"params": {"X-Api-Key": token}}),
    ("cookie", lambda token: {"headers": {"Cookie": f"X-Api-Key={token}"}}),
])  # fmt: skip
def test_a_key_opens_from_where_the_document_says(place: str, request_of: Any, send: Send) -> None:
    scheme = {"type": "apiKey", "name": "X-Api-Key", "in": place}
    requests = [request_of("demo-token-us"), request_of("demo-token-de"), BEARER]
    assert [200, 401, 401] == [send(scheme, **request).status_code for request in requests]


def test_a_missing_key_names_its_place(send: Send) -> None:
    response = send({"type": "apiKey", "name": "X-Api-Key", "in": "header"})
    assert "as X-Api-Key, in the header" in response.json()["detail"]
    assert response.headers["WWW-Authenticate"].startswith("ApiKey ")


@pytest.mark.parametrize("scheme", [
    {"type": "oauth2", "flows": {
        "clientCredentials": {"tokenUrl": "https://id.example/token", "scopes": {}}}},
    {"type": "apiKey", "name": "Authorization", "in": "header"},
])  # fmt: skip
def test_what_ends_in_a_bearer_token_is_opened_by_one(scheme: dict[str, Any], send: Send) -> None:
    assert 200 == send(scheme, **BEARER).status_code


def test_a_scheme_that_is_not_declared_is_a_bearer_token(caplog: pytest.LogCaptureFixture) -> None:
    key = {"type": "apiKey", "name": "X-Api-Key", "in": "header"}
    document = Document(secured_by(key, required="Kay"), origin="made")
    assert 200 == get(document).status_code
    assert 401 == get(document, authorized=False).status_code
    assert "'Kay' is not declared; a bearer token is used. Did you mean 'Key'?" in caplog.text
    assert ("a bearer token", "not declared") in [
        (finding.bound_to, finding.evidence) for finding in check_document(document)
    ]
