"""Documents that are too much: refused with a sentence, or served within bounds."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings
from mock_server.errors import DocumentError
from mock_server.openapi.load import read_document

TOKEN = {"Authorization": "Bearer demo-token-us"}


def document_of(paths: int, schemas: dict[str, Any]) -> dict[str, Any]:
    item = {
        "get": {
            "parameters": [
                {"name": "contentId", "in": "path", "required": True, "schema": {"type": "integer"}}
            ],
            "responses": {
                "200": {
                    "description": "rows",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Report"}}
                    },
                }
            },
        }
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "large", "version": "1"},
        "paths": {f"/a{number}/contents/{{contentId}}/visits": item for number in range(paths)},
        "components": {"schemas": schemas},
    }


REPORT = {
    "Report": {
        "type": "object",
        "required": ["results"],
        "properties": {
            "results": {"type": "array", "items": {"$ref": "#/components/schemas/Visit"}}
        },
    },
    "Visit": {
        "type": "object",
        "required": ["viewTime"],
        "properties": {
            "viewTime": {"type": "string", "format": "date-time"},
            "before": {"$ref": "#/components/schemas/Visit"},
        },
    },
}


def written(folder: Path, content: Any) -> Path:
    path = folder / "document.json"
    path.write_text(json.dumps(content))
    return path


def rows_of(path: Path, route: str = "a0") -> list[Any]:
    settings = Settings(port=0, de_port=0, now="2026-01-31T12:00:00Z", document=path)
    with MockServer(settings) as mock:
        site = next(iter(mock.sites.values()))
        url = f"{mock.url}/{route}/contents/{site.example_content().id}/visits"
        answer = httpx.get(url, headers=TOKEN, timeout=30)
    assert answer.status_code == 200, answer.text
    rows: list[Any] = answer.json()["results"]
    return rows


def test_a_document_of_twenty_megabytes_is_served(tmp_path: Path) -> None:
    padding = {
        f"Padding{number}": {"type": "object", "description": "x" * 1_000}
        for number in range(20_000)
    }
    path = written(tmp_path, document_of(3, {**REPORT, **padding}))

    begun = time.process_time()
    rows = rows_of(path)

    assert path.stat().st_size > 20_000_000
    assert rows
    assert time.process_time() - begun < 30


def test_a_document_of_a_thousand_operations_is_served(tmp_path: Path) -> None:
    path = written(tmp_path, document_of(1_000, REPORT))

    begun = time.process_time()
    rows = rows_of(path, "a999")

    assert rows
    assert time.process_time() - begun < 60


def test_a_schema_that_holds_itself_ends(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, document_of(1, REPORT)))

    assert "viewTime" in rows[0]
    assert json.dumps(rows[0]).count("before") < 20


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(40 * 1024 * 1024)

    with pytest.raises(DocumentError, match="the largest document read is"):
        read_document(path)


LAUGHS = "a0: &a0 [lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAUGHS, "grows to more than"),
        ("openapi: 3.0.3\npaths: &p {x: *p}\n", "grows to more than"),
        ("{" + '"a":{' * 50_000 + "}" * 50_000 + "}", "nested too deeply|not JSON"),
        ("[" * 300 + "]" * 300, "nested too deeply"),
        ("!!python/object/apply:os.system [ls]", "not YAML"),
        ("openapi: 3.0.3\npaths: {? [a, b] : c}\n", "line 2"),
    ],
    ids=[
        "billion laughs",
        "an alias within itself",
        "deep JSON",
        "deep YAML",
        "a tag",
        "list keys",
    ],
)
def test_a_bomb_is_refused_quickly(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_text(text)

    begun = time.process_time()
    with pytest.raises(DocumentError, match=said):
        read_document(path)

    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    "reference", ["parts/rows.json#/Visit", "../../../etc/passwd#/x", "https://127.0.0.1:9/a.yaml"]
)
def test_a_document_of_several_files_is_refused_with_what_makes_one_of_them(
    tmp_path: Path, reference: str
) -> None:
    content = document_of(1, {**REPORT, "Visit": {"$ref": reference}})

    with pytest.raises(DocumentError, match=f"{re.escape(reference)}.*redocly/cli bundle"):
        read_document(written(tmp_path, content))
