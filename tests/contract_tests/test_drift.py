"""The list of drift, and the proposed overlay, which declares all of it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.requests import Request
from starlette.responses import Response

from contract_tests import Options
from contract_tests.context import RunContext
from contract_tests.reports.drift import Ledger
from contract_tests.wire.request import send
from mock_server import DEFAULT_DOCUMENT, MockServer, Part, Settings, read_document
from tests.contract_tests.servers import DEFECTIVE_SERVERS, ConformingServer
from tests.contract_tests.servers.conforming import Row

INT32 = {"type": "integer", "format": "int32", "minimum": 0, "maximum": 2_147_483_647}
YEAR = {Part.START: date(2025, 6, 1), Part.END: date(2026, 6, 1), Part.LIMIT: 1_000}


def drifted(server: ConformingServer, document: Path = DEFAULT_DOCUMENT) -> Ledger:
    """Request every operation with and without a token."""
    with RunContext(Options(document=str(document)), {"us": server.target()}) as context:
        wire = context.wire("us")
        known = {Part.CONTENT_ID: wire.target.content_id, Part.SPACE_KEY: wire.target.space_key}
        for bound in context.binding.operations.values():
            response = send(wire, bound, {**known, **YEAR})
            send(wire, bound, {**known, **YEAR, Part.LIMIT: 2})
            wire.transmit(_without_token(response.raw.request))
        return Ledger(context)


def _without_token(request: Any) -> Any:
    copied = request.copy()
    del copied.headers["Authorization"]
    return copied


def changed(document: Path, overlay: Any, folder: Path) -> Path:
    """Apply an overlay as `document apply` does, and return the path of the changed document."""
    path, applied = folder / "overlay.yaml", folder / "changed.yaml"
    path.write_text(yaml.safe_dump(overlay, sort_keys=False))
    content = read_document(document, overlays=[path]).content
    applied.write_text(yaml.safe_dump(content, sort_keys=False))
    return applied


class ManyDefects(ConformingServer):
    """A server with many kinds of drift at once."""

    def row(self, row: Row) -> Row:
        changed_row = super().row(row)
        changed_row["tags"] = [{"name": "a", "weight": None}, {"name": "b", "weight": 1.5}]
        changed_row["userId"] = changed_row["isProtectedUser"] = None
        changed_row.pop("spaceKey", None)
        return changed_row

    def respond(self, request: Request) -> Response:
        response = super().respond(request)
        response.headers["X-Shard"] = "7"
        return response


CURABLE = [*(DEFECTIVE_SERVERS[name].make for name in (
    "number-as-text", "content-id-as-text", "field-is-gone", "field-is-renamed",
    "field-is-sometimes-missing", "field-is-new", "field-is-new-around-rows",
    "field-is-new-in-problems", "word-is-new", "number-below-bounds", "empty-user",
    "naive-time", "time-with-blank", "time-as-number", "undeclared-status",
    "html-report", "html-errors", "plain-json-errors", "errors-of-other-shape",
    "errors-without-instance", "header-is-new", "cookie-is-set",
)), ManyDefects]  # fmt: skip


@pytest.mark.parametrize("server", CURABLE)
def test_there_is_no_drift_after_the_proposed_overlay(
    server: type[ConformingServer], tmp_path: Path
) -> None:
    ledger = drifted(server("us"))
    overlay = ledger.overlay()
    assert ledger.entries
    assert "1.0.0" == overlay["overlay"]
    assert () == drifted(server("us"), changed(DEFAULT_DOCUMENT, overlay, tmp_path)).entries


def test_a_conforming_server_has_no_drift() -> None:
    ledger = drifted(ConformingServer("us"))
    assert ((), None) == (ledger.entries, ledger.overlay())


def test_entries_have_place_count_and_description() -> None:
    [content, space] = drifted(DEFECTIVE_SERVERS["field-is-gone"].make("us")).entries
    assert ("getContentVisits", "getSpaceVisits") == (content.operation, space.operation)
    assert "required property is missing: contentName" == space.what
    assert ("/results/0", "/components/schemas/Visit") == (space.pointer, space.place)
    assert space.times > content.times > 2


@pytest.mark.parametrize(("server", "place", "update"), [
    ("field-is-new", "$.components.schemas.Visit", {"properties": {"country": {"type": "string"}}}),
    ("number-as-text", "$.components.schemas.Search.properties.numberOfResults",
     {"anyOf": [INT32, {"type": "string"}]}),
    ("word-is-new", "$.components.schemas.Visit.properties.contentType",
     {"enum": ["page", "blogpost", "attachment", "file"]}),
    (
        "undeclared-status",
        "$.paths['/api/v2/report/searches'].get.responses",
        {"206": {
            "description": "Occurred in a run, but is not documented.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SearchReport"}}},
        }},
    ),
])  # fmt: skip
def test_proposed_changes_are_minimal(server: str, place: str, update: Any) -> None:
    overlay = drifted(DEFECTIVE_SERVERS[server].make("us")).overlay()
    assert overlay is not None
    assert update in [one.get("update") for one in overlay["actions"] if place == one["target"]]


def test_schemas_of_new_properties_are_inferred_from_their_values() -> None:
    overlay = drifted(ManyDefects("us")).overlay()

    assert overlay is not None
    [properties] = [
        one["update"]["properties"]
        for one in overlay["actions"]
        if "$.components.schemas.Visit" == one["target"] and "update" in one
    ]
    weight = {"type": "number", "nullable": True}
    item = {"type": "object", "properties": {"name": {"type": "string"}, "weight": weight}}
    assert {"tags": {"type": "array", "items": item}} == properties


@pytest.mark.parametrize("server", ["cut-json", "byte-order-mark", "no-content-type"])
def test_undeclarable_drift_is_listed_without_a_proposal(server: str) -> None:
    ledger = drifted(DEFECTIVE_SERVERS[server].make("us"))
    assert ledger.entries
    assert {"cannot be declared"} == {entry.what.partition(":")[0] for entry in ledger.entries}
    assert None is ledger.overlay()


class LeakingServer(ConformingServer):
    """A server that returns the token and an account id in additional properties."""

    def row(self, row: Row) -> Row:
        account = "712020:b95e741e-d2ed-4e4c-b1e6-257abef5d560"
        return {**super().row(row), "account": account, "token": self.tokens[-1]}


def test_examples_of_drift_have_no_tokens_or_account_ids() -> None:
    ledger = drifted(LeakingServer("us"))
    assert {'"[account]"', '"$VIEWTRACKER_TOKEN"'} == {entry.example for entry in ledger.entries}


def drifting_document(folder: Path, version: str) -> Path:
    """Write a document that the responses of a mock of the bundled document violate."""
    content = read_document(DEFAULT_DOCUMENT).content
    content["openapi"] = version
    problem = content["components"]["schemas"]["Problem"]
    del problem["properties"]["detail"]
    problem["required"] = ["title", "code"]
    problem["properties"] |= {"title": {"enum": ["Wrong"]}, "status": {"type": "string"}}
    path = folder / "drifting.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_the_command_lists_drift_and_writes_an_overlay(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("VIEWTRACKER_TOKEN", "demo-token-us")
    document, overlay = drifting_document(tmp_path, version), tmp_path / "overlay.yaml"
    words = ["--select", "SCHEMA-04", "--examples", "4"]
    with MockServer(Settings(port=0, de_port=0, world="tiny", now="2026-01-31T12:00:00Z")) as mock:
        words += ["--target", mock.url]
        code, out, _ = command(
            "drift", *words, "--document", str(document), "--overlay", str(overlay), "--json"
        )
        changed_ = changed(document, yaml.safe_load(overlay.read_text()), tmp_path)
        after = command("drift", *words, "--document", str(changed_))

    assert 1 == code
    assert {
        "property is not declared: detail", "required property is missing: code",
        "type is not declared: integer", 'value is not in the enumeration: "Not Found"',
    } <= {entry["what"] for entry in json.loads(out)}  # fmt: skip
    assert (0, "Responses and document do not differ.\n") == after[:2]
