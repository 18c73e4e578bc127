"""Very large and malicious documents: refused with a message, or served within bounds."""

import json
import re
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from mock_server import MockServer, Settings
from mock_server.api import render
from mock_server.api.responses import Responses
from mock_server.binding import infer
from mock_server.binding.infer import bind
from mock_server.errors import DocumentError
from mock_server.openapi import schemas as schemas_of
from mock_server.openapi.document import Document
from mock_server.openapi.load import read_document
from tests.made_documents import (
    INTEGER,
    MOMENT,
    content_of,
    fields,
    in_path,
    listed,
)
from tests.mocks import BEARER

VISIT = fields(viewTime=MOMENT, before={"$ref": "#/components/schemas/Visit"})
REPORT = {
    "Report": {**fields(results=listed({"$ref": "#/components/schemas/Visit"})),
               "required": ["results"]},
    "Visit": {**VISIT, "required": ["viewTime"]},
}  # fmt: skip


def document_of(paths: int, schemas: dict[str, Any]) -> dict[str, Any]:
    """Make a document with a number of operations that have the same report."""
    responses = {"200": content_of({"$ref": "#/components/schemas/Report"})}
    item = {"get": {"parameters": [in_path("contentId", INTEGER)], "responses": responses}}
    places = [f"/a{number}/contents/{{contentId}}/visits" for number in range(paths)]
    return document_with(dict.fromkeys(places, item), schemas)


def document_with(paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    info = {"title": "Large", "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}}


def written(folder: Path, content: Any) -> Path:
    path = folder / "document.json"
    path.write_text(json.dumps(content))
    return path


def rows_of(path: Path, route: str = "a0") -> list[Any]:
    settings = Settings(port=0, de_port=0, now="2026-01-31T12:00:00Z", document=path)
    with MockServer(settings) as mock:
        site = next(iter(mock.sites.values()))
        url = f"{mock.url}/{route}/contents/{site.example_content().id}/visits"
        response = httpx.get(url, headers=BEARER, timeout=30)
    assert response.status_code == 200, response.text
    return list(response.json()["results"])


def test_a_document_of_20_megabytes_can_be_served(tmp_path: Path) -> None:
    padding = {
        f"Padding{number}": {"type": "object", "description": "x" * 1_000}
        for number in range(20_000)
    }
    path = written(tmp_path, document_of(3, {**REPORT, **padding}))
    started = time.process_time()
    rows = rows_of(path)

    assert path.stat().st_size > 20_000_000
    assert rows
    assert time.process_time() - started < 30


NODES = [f"Node{number}" for number in range(12)]
TO_NODES = {name: {"$ref": f"#/components/schemas/{name}"} for name in NODES}
RECURSIVE = {name: fields(count=INTEGER, **TO_NODES) for name in NODES}
"""Twelve schemas that each refer to all twelve: the number of properties is 12 ** depth."""


def test_recursive_schemas_take_constant_time_per_operation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts: list[int] = []
    visit = fields(**VISIT["properties"], node={"$ref": "#/components/schemas/Node0"})
    schemas = {**REPORT, "Visit": visit, **RECURSIVE}
    for operations in (10, 1_000):
        calls = Counter[str]()
        for owner, name in ((infer, "property_binding"), (schemas_of, "shape_of"),
                            (render, "shape_of")):  # fmt: skip
            count_calls(monkeypatch, calls, owner, name)
        document = Document(document_of(operations, schemas), origin="generated")
        bound = bind(document)
        Responses(document, check=True).fields(bound.operations["getA0ContentsContentIdVisits"])
        monkeypatch.undo()
        assert operations == len(bound.operations)
        counts.append(sum(calls.values()))

    assert counts[0] < 20_000
    assert counts[1] < 2 * counts[0]


def test_a_schema_shared_by_operations_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    get = {"responses": {"200": content_of({"$ref": "#/components/schemas/Node0"})}}
    for operations in (10, 1_000):
        paths = {
            f"/orders{n}": {"get": {"operationId": f"get{n}", **get}} for n in range(operations)
        }
        calls = Counter[str]()
        count_calls(monkeypatch, calls, infer, "property_binding")
        bound = bind(Document(document_with(paths, RECURSIVE), origin="generated"))
        monkeypatch.undo()
        assert {infer.NOT_OURS} == {one.evidence for one in bound.operations.values()}
        counts.append(sum(calls.values()))

    assert counts[1] == counts[0] > 0


def count_calls(
    monkeypatch: pytest.MonkeyPatch, calls: Counter[str], owner: ModuleType, name: str
) -> None:
    """Count the calls of a function that a module calls by this name."""
    function = getattr(owner, name)

    def counting(*given: Any, **named: Any) -> Any:
        calls[name] += 1
        return function(*given, **named)

    monkeypatch.setattr(owner, name, counting)


def test_rows_of_a_recursive_schema_have_a_bounded_depth(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, document_of(1, REPORT)))
    assert "viewTime" in rows[0]
    assert json.dumps(rows[0]).count("before") < 20


LAUGHS = "a0: &a0 [lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(("text", "reason"), [
    (LAUGHS, "grows to more than"),
    ("openapi: 3.0.3\npaths: &p {x: *p}\n", "grows to more than"),
    ("{" + '"a":{' * 50_000 + "}" * 50_000 + "}", "nested too deeply|not JSON"),
    ("[" * 300 + "]" * 300, "nested too deeply"),
    ("[" * 100_000, "nested too deeply"),
    ("- " * 100_000, "nested too deeply"),
    ("!!python/object/apply:os.system [ls]", "not YAML"),
    ("openapi: 3.0.3\npaths: {? [a, b] : c}\n", "line 2"),
], ids=[
    "billion laughs", "an alias within itself", "deep JSON", "deep YAML", "very deep YAML",
    "very deep lists in YAML", "a tag", "list keys",
])  # fmt: skip
def test_files_with_excessive_expansion_or_nesting_are_refused_quickly(
    text: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_text(text)
    started = time.process_time()
    with pytest.raises(DocumentError, match=reason):
        read_document(path)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    "reference", ["parts/rows.json#/Visit", "../../../etc/passwd#/x", "https://127.0.0.1:9/a.yaml"]
)
def test_documents_split_over_several_files_are_refused_with_advice(
    tmp_path: Path, reference: str
) -> None:
    content = document_of(1, {**REPORT, "Visit": {"$ref": reference}})
    with pytest.raises(DocumentError, match=f"{re.escape(reference)}.*redocly/cli bundle"):
        read_document(written(tmp_path, content))
