"""What the second judge says of an answer, and how short and how orderly."""

import json
from typing import Any

import pytest
import requests
from urllib3 import HTTPResponse

from contract_tests.judging.judge import Aspect, Complaint, Judge
from contract_tests.wire.redaction import Redactor
from contract_tests.wire.response import Response
from mock_server import Document

URL = "http://127.0.0.1:8080"
ROW = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string", "enum": ["page", "blog"]},
        "at": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]},
    },
}
DOCUMENT = Document(
    {
        "openapi": "3.1.0",
        "info": {"title": "Rows", "version": "1"},
        "paths": {
            "/rows": {
                "get": {
                    "operationId": "getRows",
                    "responses": {
                        "200": {
                            "description": "Rows.",
                            "headers": {
                                "X-Total": {"schema": {"type": "integer", "minimum": 0}},
                                "X-Page": {"schema": {"type": "string"}, "required": True},
                            },
                            "content": {
                                "application/json": {"schema": {"type": "array", "items": ROW}}
                            },
                        }
                    },
                }
            }
        },
    },
    origin="rows.json",
)


def answered(body: Any, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Content_Type": "application/json", "X_Page": "a"} | headers
    named = {name.replace("_", "-"): value for name, value in told.items() if value}
    response = requests.Response()
    response.status_code = 200
    response.headers.update(named)
    response.raw = HTTPResponse(body=raw, headers=named, status=200)
    response._content = raw
    response.url = f"{URL}/rows"
    response.request = requests.Request("GET", response.url).prepare()
    return Response(response, DOCUMENT.operations[0], {}, Redactor())


@pytest.fixture
def judge() -> Judge:
    return Judge(DOCUMENT)


def test_equal_rows_are_each_found_wrong_at_their_place(judge: Judge) -> None:
    right, wrong = {"kind": "page", "at": 1}, {"kind": "wiki", "at": 1}
    found = judge.complaints(answered([wrong, right, right, wrong]))
    again = judge.complaints(answered([right, right, wrong]))
    assert ["/0/kind", "/3/kind"] == [one.pointer for one in found]
    assert ["/2/kind"] == [one.pointer for one in again]


def test_what_is_as_promised_has_no_complaints(judge: Judge) -> None:
    assert () == judge.complaints(answered([{"kind": "page", "at": 5}], X_Total="1"))


def test_too_many_names_are_sorted(judge: Judge) -> None:
    (told,) = judge.complaints(answered([{"zebra": 1, "kind": "page", "at": 1, "ape": 2}]))
    assert "Additional properties are not allowed: ape, zebra" == told.message
    assert (told.pointer, told.is_addition, told.is_drift) == ("/0", True, True)


def test_what_the_document_itself_forbids_is_no_drift(judge: Judge) -> None:
    (told,) = judge.complaints(answered([{"kind": "page", "at": 1}, {"kind": "wiki", "at": 1}]))
    assert (told.aspect, told.pointer, told.rule) == (Aspect.BODY, "/1/kind", "enum")
    assert not told.is_drift


def test_of_a_choice_the_branch_of_the_right_type_is_reported(judge: Judge) -> None:
    (told,) = judge.complaints(answered([{"kind": "page", "at": -5}]))
    assert "-5 is less than the minimum of 0" == told.message
    assert ("/0/at", "minimum") == (told.pointer, told.rule)


def test_long_complaints_are_cut(judge: Judge) -> None:
    (told,) = judge.complaints(answered([{"kind": "w" * 1_000, "at": 1}]))
    assert 300 == len(told.message)
    assert told.message.startswith("'www")
    assert told.message.endswith("...")


def test_short_complaints_are_shown_whole(judge: Judge) -> None:
    (told,) = judge.complaints(answered([{"kind": "x", "at": 1}]))
    assert "'x' is not one of ['page', 'blog']" == told.message


def test_the_same_of_other_rows_is_alike_and_another_value_too(judge: Judge) -> None:
    rows = [{"kind": one, "at": 1} for one in ("wiki", "whiteboard")]
    first, second = judge.complaints(answered(rows))
    assert first.pointer != second.pointer
    assert first.alike == second.alike


def test_other_names_and_other_rules_are_not_alike(judge: Judge) -> None:
    rows = [{"kind": "page", "at": 1, "a": 1}, {"kind": "page", "at": 1, "b": 1}, {"at": 1}]
    assert 3 == len({complaint.alike for complaint in judge.complaints(answered(rows))})


@pytest.mark.parametrize("header", ["Date", "X_Mock_Seed", "Vary"])
def test_undeclared_differences_are_validated_once(judge: Judge, header: str) -> None:
    wrong = [{"kind": "wiki", "at": 1}]
    first = judge.complaints(answered(wrong, **{header: "1"}))
    assert first is judge.complaints(answered(wrong, **{header: "2"}))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"X_Total": "many"}, "X-Total: Failed to cast value to integer type: many"),
        ({"X_Total": "-1"}, "X-Total: -1 is less than the minimum of 0"),
        ({"X_Page": ""}, "Missing required header: X-Page"),
    ],
)
def test_a_differing_header_is_named(judge: Judge, headers: dict[str, str], message: str) -> None:
    right = [{"kind": "page", "at": 1}]
    assert () == judge.complaints(answered(right))
    (told,) = judge.complaints(answered(right, **headers))
    assert (Aspect.HEADERS, "", message) == (told.aspect, told.pointer, told.message)


@pytest.mark.parametrize("body", [b"[{]", b"\xff", b"[NaN]", b"[" * 100_000])
def test_what_is_no_json_is_a_matter_of_the_media_type(judge: Judge, body: bytes) -> None:
    (told,) = judge.complaints(answered(body))
    assert told.aspect is Aspect.MEDIA_TYPE
    assert told.message.startswith("The body is not valid JSON: ")
    assert not told.is_drift


def test_a_byte_order_mark_is_passed_over(judge: Judge) -> None:
    assert () == judge.complaints(answered(b"\xef\xbb\xbf[]"))


def test_complaints_are_values() -> None:
    assert Complaint(Aspect.BODY, "a") == Complaint(Aspect.BODY, "a")
