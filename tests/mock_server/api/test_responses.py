"""Answers with headers that the document requires."""

import json
from pathlib import Path

import httpx
import pytest

from mock_server import MockServer, Settings

HEADERS = {
    "X-Request-Id": {"required": True, "schema": {"type": "string", "format": "uuid"}},
    "X-Total-Count": {"required": True, "schema": {"type": "integer"}},
    "X-Optional": {"schema": {"type": "string"}},
}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    rows = {
        "type": "array",
        "items": {"type": "object", "properties": {"term": {"type": "string"}}},
    }
    error = {"type": "object", "properties": {"message": {"type": "string"}}}
    content = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "security": [{"Bearer": []}],
        "paths": {
            "/searches": {
                "get": {
                    "responses": {
                        "200": {
                            "description": "rows",
                            "headers": HEADERS,
                            "content": {"application/json": {"schema": rows}},
                        },
                        "401": {
                            "description": "no",
                            "headers": {"X-Request-Id": HEADERS["X-Request-Id"]},
                            "content": {"application/json": {"schema": error}},
                        },
                    }
                }
            }
        },
        "components": {"securitySchemes": {"Bearer": {"type": "http", "scheme": "bearer"}}},
    }
    path = tmp_path / "document.json"
    path.write_text(json.dumps(content))
    return path


def test_required_headers_are_there_known_or_made_up(document: Path) -> None:
    with MockServer(Settings(port=0, de_port=0, document=document)) as mock:
        token = {"Authorization": "Bearer demo-token-us"}
        answer = httpx.get(f"{mock.url}/searches", headers=token)
        refused = httpx.get(f"{mock.url}/searches")

    assert 200 == answer.status_code
    assert len(answer.json()) == int(answer.headers["X-Total-Count"])
    assert 36 == len(answer.headers["X-Request-Id"])
    assert "X-Optional" not in answer.headers
    assert 401 == refused.status_code
    assert 36 == len(refused.headers["X-Request-Id"])
    assert "no Authorization header" in refused.json()["message"]
