"""Tokens where a document's own security scheme wants them."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings
from mock_server.errors import DocumentError

RESPONSES = {
    "200": {
        "description": "rows",
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"searchTime": {"type": "string", "format": "date-time"}},
                    },
                }
            }
        },
    }
}


def secured_by(folder: Path, scheme: dict[str, Any], asked: str = "Key") -> Path:
    content = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "security": [{asked: []}],
        "paths": {"/searches": {"get": {"responses": RESPONSES}}},
        "components": {"securitySchemes": {"Key": scheme}},
    }
    path = folder / "document.json"
    path.write_text(json.dumps(content))
    return path


def status(path: Path, **request: Any) -> int:
    with MockServer(Settings(port=0, de_port=0, document=path)) as mock:
        return httpx.get(f"{mock.url}/searches", **request).status_code


@pytest.mark.parametrize(
    ("place", "request_of"),
    [
        ("header", lambda token: {"headers": {"X-Api-Key": token}}),
        ("query", lambda token: {"params": {"X-Api-Key": token}}),
        ("cookie", lambda token: {"cookies": {"X-Api-Key": token}}),
    ],
)
def test_a_key_opens_from_where_the_document_says(
    place: str, request_of: Any, tmp_path: Path
) -> None:
    path = secured_by(tmp_path, {"type": "apiKey", "name": "X-Api-Key", "in": place})

    assert [200, 401, 401] == [
        status(path, **request_of("demo-token-us")),
        status(path, **request_of("demo-token-de")),
        status(path, headers={"Authorization": "Bearer demo-token-us"}),
    ]


def test_who_sends_no_key_is_told_where_it_belongs(tmp_path: Path) -> None:
    path = secured_by(tmp_path, {"type": "apiKey", "name": "X-Api-Key", "in": "header"})
    with MockServer(Settings(port=0, de_port=0, document=path)) as mock:
        answer = httpx.get(f"{mock.url}/searches")

    assert "as X-Api-Key, in the header" in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("ApiKey ")


def test_oauth_ends_in_a_bearer_token(tmp_path: Path) -> None:
    flows = {"clientCredentials": {"tokenUrl": "https://id.example/token", "scopes": {}}}
    path = secured_by(tmp_path, {"type": "oauth2", "flows": flows})

    assert 200 == status(path, headers={"Authorization": "Bearer demo-token-us"})


def test_a_key_in_the_authorization_header_is_a_bearer_token(tmp_path: Path) -> None:
    path = secured_by(tmp_path, {"type": "apiKey", "name": "Authorization", "in": "header"})

    assert 200 == status(path, headers={"Authorization": "Bearer demo-token-us"})


def test_a_scheme_that_is_not_declared_is_refused(tmp_path: Path) -> None:
    path = secured_by(tmp_path, {"type": "http", "scheme": "bearer"}, asked="Kay")

    with pytest.raises(
        DocumentError, match=r"'Kay', which it does not declare\. Did you mean 'Key'"
    ):
        MockServer(Settings(port=0, de_port=0, document=path))
