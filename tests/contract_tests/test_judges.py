"""What the second judge says of an answer, and how short and how orderly."""

import json
from typing import Any

import pytest
import requests
from urllib3 import HTTPResponse

from contract_tests.judging.judge import Aspect, Complaint, Judge
from contract_tests.wire.redaction import Redactor
from contract_tests.wire.response import Response
from tests.made_documents import content_of, listed, served

URL = "http://127.0.0.1:8080"
ROW = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string", "enum": ["page", "blog"]},
        "at": {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]},
    },
}
HEADERS = {
    "X-Total": {"schema": {"type": "integer", "minimum": 0}},
    "X-Page": {"schema": {"type": "string"}, "required": True},
}
DOCUMENT = served({"200": {**content_of(listed(ROW)), "headers": HEADERS}}, path="/rows")
DOCUMENT.content["openapi"] = "3.1.0"


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


@pytest.mark.parametrize(("row", "message", "pointer", "rule"), [
    ({"zebra": 1, "kind": "page", "at": 1, "ape": 2},
     "Additional properties are not allowed: ape, zebra", "/0", ""),
    ({"kind": "page", "at": -5}, "-5 is less than the minimum of 0", "/0/at", "minimum"),
    ({"kind": "x", "at": 1}, "'x' is not one of ['page', 'blog']", "/0/kind", "enum"),
    ({"kind": "w" * 1_000, "at": 1}, f"'{'w' * 296}...", "/0/kind", "enum"),
], ids=["names are sorted", "of a choice the branch of the type", "short", "long"])  # fmt: skip
def test_a_complaint_is_short_and_has_its_place(
    judge: Judge, row: Any, message: str, pointer: str, rule: str
) -> None:
    (told,) = judge.complaints(answered([row]))
    assert (message, pointer) == (told.message, told.pointer)
    assert rule in told.rule
    assert (told.is_addition, told.is_drift) == ("zebra" in row, "zebra" in row)


def test_what_the_document_itself_forbids_is_no_drift(judge: Judge) -> None:
    (told,) = judge.complaints(answered([{"kind": "page", "at": 1}, {"kind": "wiki", "at": 1}]))
    assert (told.aspect, told.pointer, told.rule) == (Aspect.BODY, "/1/kind", "enum")
    assert not told.is_drift


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


@pytest.mark.parametrize(("headers", "message"), [
    ({"X_Total": "many"}, "X-Total: Failed to cast value to integer type: many"),
    ({"X_Total": "-1"}, "X-Total: -1 is less than the minimum of 0"),
    ({"X_Page": ""}, "Missing required header: X-Page"),
])  # fmt: skip
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
