"""Differences between responses and the document, their overlay, and coverage."""

from datetime import date
from typing import Any

import pytest

from contract_tests.checking.coverage import coverage_of
from contract_tests.checking.drift import (
    Drift,
    Kind,
    Walk,
    drifts_of,
    settled,
    type_of,
    undeclared_headers,
)
from contract_tests.checking.known import Deviation, KnownDeviations
from contract_tests.checking.overlay import _json_path, overlay_of
from contract_tests.checking.validator import ResponseValidator
from contract_tests.model import Finding, Outcome, Requirement, Verdict
from mock_server import Document
from tests.contract_tests.made_responses import DOCUMENT, SEARCHES, found, made
from tests.made_documents import content_of, served

PLACE = ("components", "schemas", "S")


def document(schema: Any, version: str = "3.0.3", **schemas: Any) -> Document:
    made_ = served({"200": content_of({"$ref": "#/components/schemas/S"})}, path="/rows")
    made_.content["openapi"] = version
    made_.content["components"] = {"schemas": {"S": schema, **schemas}}
    return Document(made_.content, origin="made")


def differences(schema: Any, value: Any, version: str = "3.0.3") -> list[str]:
    walked = Walk(document(schema, version)).differences(value, PLACE, ())
    return [
        f"{'/'.join(map(str, one.at))} {one.kind.name} {one.name} {'/'.join(map(str, one.place[3:]))}"
        for one in walked
    ]


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
OBJECT = {"type": "object", "properties": {"a": NUMBER}}


@pytest.mark.parametrize(("schema", "value", "expected"), [
    (NUMBER, 1, []), (NUMBER, 1.0, []), (NUMBER, 1.5, [" OTHER_TYPE number "]),
    ({"type": "number"}, 1, []), ({"type": "number"}, "x", [" OTHER_TYPE string "]),
    ({"type": "number"}, True, [" OTHER_TYPE boolean "]), ({"type": "number"}, [], [" OTHER_TYPE array "]), (TEXT, None, [" OTHER_TYPE null "]), (NUMBER, True, [" OTHER_TYPE boolean "]),
    ({**TEXT, "nullable": True}, None, []), ({"nullable": True, "enum": ["a"]}, None, []),
    ({"enum": [1]}, True, [" NEW_VALUE true "]), ({"enum": ["a"]}, "a", []), ({"const": 1}, 2, [" NEW_VALUE 2 "]),
    ({}, None, []), (OBJECT, {"a": "x"}, ["a OTHER_TYPE string properties/a"]),
    (OBJECT, {"b": 1}, ["b NEW_PROPERTY b "]), ({"type": "object"}, {"b": 1}, []),
    ({**OBJECT, "additionalProperties": True}, {"b": 1}, []),
    ({**OBJECT, "additionalProperties": False}, {"b": 1}, ["b NEW_PROPERTY b "]),
    ({"additionalProperties": False}, {"b": 1}, ["b NEW_PROPERTY b "]),
    ({"additionalProperties": NUMBER}, {"b": "x"}, ["b OTHER_TYPE string additionalProperties"]),
    ({**OBJECT, "patternProperties": {"^b": {}}}, {"b": 1}, []),
    ({**OBJECT, "patternProperties": {"^c": {}}}, {"b": 1}, ["b NEW_PROPERTY b "]),
    ({"required": ["a"]}, {}, [" NO_PROPERTY a "]), ({"required": ["a"]}, {"a": 1}, []),
    ({"required": ["a"]}, "a", []),
    ({"required": ["a"], "properties": {"a": {"writeOnly": True}}}, {}, []),
    ({"type": "array", "items": NUMBER}, [1, "x"], ["1 OTHER_TYPE string items"]),
    ({"type": "array"}, ["x"], []),
    ({"allOf": [OBJECT, {"properties": {"b": NUMBER}}]}, {"a": 1, "b": 2}, []),
    ({"allOf": [OBJECT, {"required": ["b"]}]}, {"c": 1},
     [" NO_PROPERTY b allOf/1", "c NEW_PROPERTY c allOf/0"]),
    ({"oneOf": [TEXT, OBJECT]}, {"a": "x"}, ["a OTHER_TYPE string oneOf/1/properties/a"]),
    ({"anyOf": [OBJECT, {"type": "object", "required": ["a", "b"]}]}, {},  []),
    ({"anyOf": [{"required": ["a", "b"]}, {"required": ["a"]}]}, {}, [" NO_PROPERTY a anyOf/1"]),
])  # fmt: skip
def test_differences_between_a_value_and_its_schema_are_found(
    schema: Any, value: Any, expected: list[str]
) -> None:
    assert expected == differences(schema, value)


def test_null_is_a_type_since_openapi_3_1() -> None:
    assert [] == differences({"type": ["string", "null"]}, None, "3.1.0")
    nullable = {"type": "string", "nullable": True}
    assert [" OTHER_TYPE null "] == differences(nullable, None, "3.1.0")


@pytest.mark.parametrize(("value", "name"), [
    (None, "null"), (True, "boolean"), (1, "integer"), (1.0, "integer"), (1.5, "number"), ("", "string"),
    ([], "array"), ({}, "object"),
])  # fmt: skip
def test_values_have_their_json_types(value: Any, name: str) -> None:
    assert name == type_of(value)


def test_references_are_resolved_to_their_place() -> None:
    there = document({"$ref": "#/components/schemas/a~1b%20c"}, **{"a/b c": {"items": NUMBER}})
    assert (("components", "schemas", "a/b c", "items"), NUMBER) == settled(
        there, (*PLACE, "items")
    )


def test_only_unknown_headers_are_undeclared() -> None:
    response = made(headers={"X-Shard": "1", "Vary": "*", "X-Request-Id": "1", "X-Total": "1"})
    assert ["x-shard"] == undeclared_headers(response, {"x-total"})


HEADERS = {"X-Total": {"required": True, "schema": NUMBER}, "X-Page": {"schema": NUMBER}}


@pytest.mark.parametrize(("status", "body", "headers", "expected"), [
    (200, [1], {"X-Total": "1"}, []), (200, [1], {}, ["NO_HEADER X-Total", "OTHER Missing required header: X-Total"]),
    (200, [1], {"X-Total": "1", "X-New": "2"}, ["NEW_HEADER x-new"]),
    (201, [1], {}, ["NEW_STATUS 201"]), (404, [1], {}, ["NEW_MEDIA_TYPE application/json"]),
    (200, b"a", {"X-Total": "1", "Content-Type": "text/html"}, ["NEW_MEDIA_TYPE text/html"]),
    (200, b"", {"X-Total": "1", "Content-Type": "text/html"}, []),
    (200, b"a", {"X-Total": "1", "Content-Type": ""}, ["OTHER a body without a content type"]),
    (200, b"", {"X-Total": "1", "Content-Type": ""}, []),
    (200, ["a"], {"X-Total": "1"}, ["OTHER_TYPE string"]), (200, [0], {"X-Total": "1"}, ["BROKEN_RULE minimum"]),
    (200, [0, "a"], {"X-Total": "1"}, ["OTHER_TYPE string", "BROKEN_RULE minimum"]),
])  # fmt: skip
def test_differences_between_a_response_and_the_document_are_found(
    status: int, body: Any, headers: Any, expected: list[str]
) -> None:
    rows = {"type": "array", "items": {**NUMBER, "minimum": 1}}
    right = {**content_of(rows), "headers": HEADERS}
    responses = {"200": right, "4XX": {"description": ""}}
    there = served(responses, path="/rows")
    response = made(status, body, headers, operation=there.operations[0])
    found_ = drifts_of(there, ResponseValidator(there), response, there.operations[0])
    assert expected == [f"{one.kind.name} {one.name}" for one in found_]


@pytest.mark.parametrize(("schema", "drift", "update"), [
    (NUMBER, Drift(Kind.OTHER_TYPE, "string", PLACE, value="a"), {"anyOf": [NUMBER, TEXT]}),
    ({**NUMBER, "title": "T", "x-a": 1, "minimum": 1}, Drift(Kind.OTHER_TYPE, "string", PLACE, value="a"),
     {"anyOf": [{**NUMBER, "minimum": 1}, TEXT]}),
    (NUMBER, Drift(Kind.OTHER_TYPE, "null", PLACE), {"nullable": True}),
    ({"enum": ["a"]}, Drift(Kind.NEW_VALUE, '"b"', PLACE, value="b"), {"enum": ["a", "b"]}),
    ({"const": "a"}, Drift(Kind.NEW_VALUE, '"b"', PLACE, value="b"), {"enum": ["a", "b"]}),
    ({"required": ["a", "b"]}, Drift(Kind.NO_PROPERTY, "a", PLACE), {"required": ["b"]}),
    ({"required": ["a"]}, Drift(Kind.NO_PROPERTY, "a", PLACE), None),
    ({"minimum": 1}, Drift(Kind.BROKEN_RULE, "minimum", PLACE), None),
    ({}, Drift(Kind.NEW_PROPERTY, "a", PLACE, value=[1, 2]),
     {"properties": {"a": {"type": "array", "items": NUMBER}}}),
    ({}, Drift(Kind.NEW_PROPERTY, "a", PLACE, value=[]), {"properties": {"a": {"type": "array", "items": {}}}}),
    ({}, Drift(Kind.NEW_PROPERTY, "a", PLACE, value=None),
     {"properties": {"a": {**TEXT, "nullable": True}}}),
    ({}, Drift(Kind.NEW_PROPERTY, "a", PLACE, value=[{"b": 1}, {"b": "x", "c": None}]),
     {"properties": {"a": {"type": "array", "items": {"type": "object", "properties": {
         "b": {"anyOf": [NUMBER, TEXT]}, "c": {**TEXT, "nullable": True}}}}}}),
    ({}, Drift(Kind.NEW_HEADER, "x-a", PLACE), {"headers": {"x-a": {"schema": TEXT}}}),
    ({}, Drift(Kind.NO_HEADER, "x-a", PLACE), {"required": False}),
])  # fmt: skip
def test_an_overlay_declares_a_difference(schema: Any, drift: Drift, update: Any) -> None:
    overlay = overlay_of(document(schema), [drift]) or {}
    path = "$.components.schemas.S"
    updates = [one["update"] for one in overlay["actions"] if "update" in one]
    assert ([] if update is None else [update]) == updates
    removed = [one["target"] for one in overlay["actions"] if "remove" in one]
    changed = {
        key for key in schema if drift.kind is not Kind.NEW_PROPERTY and key not in {"title", "x-a"}
    }
    if drift.name != "null":
        assert {f"{path}.{key}" for key in changed} == {*removed}


def test_an_overlay_declares_null_and_another_type_together() -> None:
    drifts = [Drift(Kind.OTHER_TYPE, name, PLACE, value=value)
              for name, value in (("null", None), ("string", "a"))]  # fmt: skip
    for version, null in (
        ("3.0.3", {**NUMBER, "nullable": True}),
        ("3.1.0", {"type": ["integer", "null"]}),
    ):
        overlay = overlay_of(document(NUMBER, version), drifts) or {}
        assert {"anyOf": [null, TEXT]} == overlay["actions"][-1]["update"]
    many = document({"type": ["integer", "string"]}, "3.1.0")
    (_, last) = (overlay_of(many, drifts[:1]) or {})["actions"]
    assert {"type": ["integer", "string", "null"]} == last["update"]


def test_a_new_status_gets_a_matching_schema_or_a_new_one() -> None:
    for body, schema in ((1, {"$ref": "#/components/schemas/S"}), ("a", TEXT)):
        there = document(NUMBER)
        response = made(201, body, {"X-New": "1"}, operation=there.operations[0])
        place = ("paths", "/rows", "get", "responses")
        overlay = overlay_of(there, [Drift(Kind.NEW_STATUS, "201", place, value=response)]) or {}
        assert [{"target": "$.paths['/rows'].get.responses", "update": {"201": {
            "description": "Occurred in a run, but is not documented.",
            "content": {"application/json": {"schema": schema}},
            "headers": {"x-new": {"schema": TEXT}},
        }}}] == overlay["actions"]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind"), [(b"", "application/json"), (b"a", ""), (b"{", "application/json")]
)
def test_a_new_status_without_a_valid_json_body_gets_no_content(body: bytes, kind: str) -> None:
    there = document(NUMBER)
    response = made(201, body, {"Content-Type": kind}, operation=there.operations[0])
    place = ("paths", "/rows", "get", "responses")
    overlay = overlay_of(there, [Drift(Kind.NEW_STATUS, "201", place, value=response)]) or {}
    assert ["description"] == [*overlay["actions"][0]["update"]["201"]]


def test_a_new_content_type_is_added_to_the_declared_ones() -> None:
    there = document(NUMBER)
    response = made(200, b"a", {"Content-Type": "text/html"}, operation=there.operations[0])
    place = ("paths", "/rows", "get", "responses", "200")
    overlay = (
        overlay_of(there, [Drift(Kind.NEW_MEDIA_TYPE, "text/html", place, value=response)]) or {}
    )
    assert {"content": {"text/html": {"schema": TEXT}}} == overlay["actions"][0]["update"]


def test_places_are_written_as_json_path() -> None:
    assert r"$.a[0]['b-c']['d\'\\']._" == _json_path(("a", 0, "b-c", "d'\\", "_"))


# coverage


def test_coverage_counts_operations_parameters_statuses_and_properties() -> None:
    body = {"results": [{"userId": "a"}, {"userId": "b"}], "totalSize": 2}
    path = "/api/v2/report/searches?limit=&start=1"
    right, wrong = made(200, body, path=path), made(418, b"")
    seen = coverage_of(DOCUMENT, [right, right, wrong, made(operation=None)])
    assert (3, 0) == (seen.operations["getSearches"], seen.operations["getSpaceVisits"])
    named = {name.partition(" ")[2]: n for name, n in seen.parameters.items() if "Searches" in name}
    assert {"startDate": 0, "endDate": 0, "start": 2, "limit": 2} == named
    statuses = {name: n for name, n in seen.statuses.items() if n}
    assert {"getSearches 200": 2, "getSearches 418": 1} == statuses
    assert 0 == seen.statuses["getSearches 400"]
    properties = {name: n for name, n in seen.properties.items() if n}
    begin = "getSearches 200 /"
    assert properties == {
        f"{begin}results": 2, f"{begin}results/*/userId": 4, f"{begin}totalSize": 2
    }  # fmt: skip
    assert seen.properties[f"{begin}results/*/searchTerm"] == 0


def test_coverage_counts_parameters_in_path_and_headers() -> None:
    there = served(
        {"200": content_of({"$ref": "#/components/schemas/S"})},
        [{"name": name, "in": "header", "schema": TEXT} for name in ("X-Sent", "X-Other")],
        schemas={"S": {"type": "object", "properties": {"s": {"$ref": "#/components/schemas/S"}}}},
    )
    sent = made(200, {}, sent={"x-sent": "1"}, operation=there.operations[0])
    seen = coverage_of(there, [sent])
    assert {"views key": 1, "views X-Sent": 1, "views X-Other": 0} == seen.parameters
    assert 9 == len(seen.properties)


# known deviations and findings


@pytest.mark.parametrize(("change", "explains"), [
    ({}, True), ({"requirement": "X-00"}, False), ({"requirement": "X-02"}, False),
    ({"operation": "a"}, False), ({"operation": "c"}, False), ({"operation": "b"}, True),
    ({"residency": "de"}, False), ({"residency": "us"}, True), ({"pointer": "/r/*/x"}, True),
    ({"pointer": "/r/3/x"}, True), ({"pointer": "/r/2/x"}, False), ({"pointer": "/r/4/x"}, False),
    ({"pointer": "/r/*"}, False), ({"pointer": "/r/*/x/y"}, False),
])  # fmt: skip
def test_a_known_deviation_applies_by_requirement_operation_residency_and_pointer(
    change: dict[str, str], explains: bool
) -> None:
    entry = Deviation.model_validate(
        {"requirement": "X-01", "reason": "r", "expires": "2026-01-01", **change}, strict=False
    )
    finding = Finding("odd", "b", "/r/3/x")
    assert explains is entry.explains("X-01", "us", finding)
    assert entry.name == " ".join(
        filter(None, (entry.requirement, entry.residency, entry.operation, entry.pointer))
    )


def test_at_most_twenty_findings_are_stored() -> None:
    findings = found()
    for number in [*range(20), 3]:
        findings.add(f"{number}.", response=made())
    assert 20 == len(findings.found)
    for number in range(20, 23):
        findings.add(f"{number}.")
    assert (21, "3 more findings are omitted.") == (
        len(findings.found), findings.found[-1].message
    )  # fmt: skip
    assert (SEARCHES.operation.id,) == findings.operations


def test_operations_without_checked_rows_do_not_count_as_checked() -> None:
    findings = found()
    findings.checked("a", rows=0)
    assert ((), "there was nothing to check") == (findings.operations, findings.lack)
    findings.checked("a")
    findings.checked("b", rows=2)
    assert (("a", "b"), "") == (findings.operations, findings.lack)


@pytest.mark.parametrize(("day", "reason", "expected"), [
    ("2026-01-01", "r (until 2026-01-02)", ""), ("2026-01-02", "r (until 2026-01-02)", ""),
    ("2026-01-03", "", "The known deviation X-01 expired on 2026-01-02."),
])  # fmt: skip
def test_a_known_deviation_applies_until_its_last_day(day: str, reason: str, expected: str) -> None:
    entry = Deviation.model_validate(
        {"requirement": "X-01", "reason": "r", "expires": "2026-01-02"}, strict=False
    )
    known = KnownDeviations([entry], date.fromisoformat(day))
    assert reason == known.reason("X-01", "us", "us", [Finding("odd")])
    outcome = Outcome(Requirement("X-01", "", ""), "us", Verdict.BROKE)
    (check,) = known.outcomes([outcome], {"us": "us"})
    assert expected == " ".join(finding.message for finding in check.findings)


@pytest.mark.parametrize(("finding", "text"), [
    (Finding("Expected text.", operation="getSearches", pointer="/results/0/userId"),
     "getSearches /results/0/userId: Expected text."),
    (Finding("No TLS."), "No TLS."),
], ids=["a property", "the whole server"])  # fmt: skip
def test_a_finding_names_its_subject(finding: Finding, text: str) -> None:
    assert text == finding.text
