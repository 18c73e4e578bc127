"""`document check`: what becomes of every element, and whether it can be served."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.cli import main
from mock_server.cli.check import Finding, check_document
from mock_server.openapi.load import read_document

VARIANT = Path(__file__).parents[1] / "documents" / "variants" / "plain-31.yaml"


def findings(document: dict[str, Any], folder: Path) -> dict[str, Finding]:
    path = folder / "document.json"
    path.write_text(json.dumps(document))
    return {one.name: one for one in check_document(read_document(path))}


def document_of(operations: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/searches": operations},
    }


def answering(schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    content = {media_type: {"schema": schema}}
    return {"operationId": "ask", "responses": {"200": {"description": "", "content": content}}}


def rows_of(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties, **more}}


def test_every_element_of_a_variant_has_an_outcome_and_its_evidence() -> None:
    found = {(one.operation, one.name): one for one in check_document(read_document(VARIANT))}
    visits = "getApiV2ReportSpacesSpaceKeyVisits"

    assert {"works", "generated"} == {one.outcome for one in found.values()}
    assert "range start as date" == found[visits, "date_from"].bound_to
    assert "generated" == found[visits, "/*/source"].outcome
    assert "total of rows" == found[visits, "X-Total-Count"].bound_to
    assert all(one.evidence for one in found.values())


def test_a_parameter_that_nothing_is_known_about_is_ignored(tmp_path: Path) -> None:
    operation = answering(rows_of({"term": {"type": "string"}}))
    operation["parameters"] = [{"name": "colour", "in": "query", "schema": {"type": "string"}}]

    assert "ignored" == findings(document_of({"get": operation}), tmp_path)["colour"].outcome


def test_an_operation_without_json_cannot_be_served(tmp_path: Path) -> None:
    operation = answering({"type": "string"}, "text/csv")

    found = findings(document_of({"get": operation}), tmp_path)["ask"]

    assert found.is_broken
    assert "its response is not JSON" == found.evidence


def test_an_operation_that_changes_things_is_left_out(tmp_path: Path) -> None:
    found = findings(document_of({"post": answering(rows_of({}))}), tmp_path)["ask"]

    assert ("ignored", False) == (found.outcome, found.is_broken)


def test_a_schema_that_nothing_can_satisfy_is_broken(tmp_path: Path) -> None:
    schema = rows_of({"term": {"type": "string", "not": {}}}, required=["term"])

    found = findings(document_of({"get": answering(schema)}), tmp_path)["ask"]

    assert found.is_broken
    assert "breaks the document at /0/term" in found.evidence


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        (rows_of({"term": {"type": "string"}}), 0),
        (rows_of({"term": {"not": {}}}, required=["term"]), 1),
    ],
)
def test_the_exit_code_says_whether_all_can_be_served(
    schema: dict[str, Any],
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document_of({"get": answering(schema)})))
    monkeypatch.setattr("sys.argv", ["viewtracker-mock", "document", "check", str(path), "--json"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert code == ended.value.code
    assert "ask" == json.loads(capsys.readouterr().out)[0]["name"]


def test_an_unreadable_document_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("openapi: 3.0.3\npaths: [\n")
    monkeypatch.setattr("sys.argv", ["viewtracker-mock", "document", "check", str(path)])

    with pytest.raises(SystemExit) as ended:
        main()

    assert 2 == ended.value.code
    assert f"viewtracker-mock: {path}, line 3: not YAML" in capsys.readouterr().err


DOCUMENTS = sorted(
    path for path in VARIANT.parents[1].rglob("*") if path.suffix in {".yaml", ".json"}
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_of_many_makers_can_be_served(path: Path) -> None:
    assert [] == [one for one in check_document(read_document(path)) if one.is_broken]


@pytest.mark.parametrize("name", ["snake-totals.yaml"])
def test_a_start_beside_an_end_is_no_offset(name: str) -> None:
    document = read_document(VARIANT.parents[1] / "more" / name)

    starts = {one.bound_to for one in check_document(document) if one.name == "start_ts"}

    assert {"range start as epoch seconds"} == starts


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ({"type": "http", "scheme": "bearer"}, "a bearer token"),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://id.example"}, "a bearer token"),
        ({"type": "http", "scheme": "Basic"}, "an email address and its API token"),
        ({"type": "apiKey", "name": "K", "in": "cookie"}, "a token as K, in the cookie"),
    ],
)
def test_what_opens_the_operations_is_told(
    scheme: dict[str, str], expected: str, tmp_path: Path
) -> None:
    document = document_of({"get": answering(rows_of({"term": {"type": "string"}}))})
    document["components"] = {"securitySchemes": {"Key": scheme}}

    assert expected == findings(document, tmp_path)["Key"].bound_to
