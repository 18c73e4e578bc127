"""What the validator says of a response, and how short and how orderly."""

import json
from typing import Any

import pytest
import requests
from urllib3 import HTTPResponse

from contract_tests.checking.validator import Aspect, Complaint, ResponseValidator
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
def validator() -> ResponseValidator:
    return ResponseValidator(DOCUMENT)


def test_equal_rows_are_each_found_wrong_at_their_place(validator: ResponseValidator) -> None:
    right, wrong = {"kind": "page", "at": 1}, {"kind": "wiki", "at": 1}
    found = validator.complaints(answered([wrong, right, right, wrong]))
    again = validator.complaints(answered([right, right, wrong]))
    assert ["/0/kind", "/3/kind"] == [one.pointer for one in found]
    assert ["/2/kind"] == [one.pointer for one in again]


def test_what_is_as_promised_has_no_complaints(validator: ResponseValidator) -> None:
    assert () == validator.complaints(answered([{"kind": "page", "at": 5}], X_Total="1"))


@pytest.mark.parametrize(("row", "message", "pointer", "rule"), [
    ({"zebra": 1, "kind": "page", "at": 1, "ape": 2},
     "Additional properties are not allowed: ape, zebra", "/0", ""),
    ({"kind": "page", "at": -5}, "-5 is less than the minimum of 0", "/0/at", "minimum"),
    ({"kind": "x", "at": 1}, "'x' is not one of ['page', 'blog']", "/0/kind", "enum"),
    ({"kind": "w" * 1_000, "at": 1}, f"'{'w' * 296}...", "/0/kind", "enum"),
], ids=["names are sorted", "of a choice the branch of the type", "short", "long"])  # fmt: skip
def test_a_complaint_is_short_and_has_its_place(
    validator: ResponseValidator, row: Any, message: str, pointer: str, rule: str
) -> None:
    (told,) = validator.complaints(answered([row]))
    assert (message, pointer) == (told.message, told.pointer)
    assert rule in told.rule
    assert (told.is_addition, told.is_drift) == ("zebra" in row, "zebra" in row)


def test_what_the_document_itself_forbids_is_no_drift(validator: ResponseValidator) -> None:
    (told,) = validator.complaints(answered([{"kind": "page", "at": 1}, {"kind": "wiki", "at": 1}]))
    assert (told.aspect, told.pointer, told.rule) == (Aspect.BODY, "/1/kind", "enum")
    assert not told.is_drift


def test_the_same_of_other_rows_is_alike_and_another_value_too(
    validator: ResponseValidator,
) -> None:
    rows = [{"kind": one, "at": 1} for one in ("wiki", "whiteboard")]
    first, second = validator.complaints(answered(rows))
    assert first.pointer != second.pointer
    assert first.alike == second.alike


def test_other_names_and_other_rules_are_not_alike(validator: ResponseValidator) -> None:
    rows = [{"kind": "page", "at": 1, "a": 1}, {"kind": "page", "at": 1, "b": 1}, {"at": 1}]
    assert 3 == len({complaint.alike for complaint in validator.complaints(answered(rows))})


@pytest.mark.parametrize("header", ["Date", "X_Mock_Seed", "Vary"])
def test_undeclared_differences_are_validated_once(
    validator: ResponseValidator, header: str
) -> None:
    wrong = [{"kind": "wiki", "at": 1}]
    first = validator.complaints(answered(wrong, **{header: "1"}))
    assert first is validator.complaints(answered(wrong, **{header: "2"}))


@pytest.mark.parametrize(("headers", "message"), [
    ({"X_Total": "many"}, "X-Total: Failed to cast value to integer type: many"),
    ({"X_Total": "-1"}, "X-Total: -1 is less than the minimum of 0"),
    ({"X_Page": ""}, "Missing required header: X-Page"),
])  # fmt: skip
def test_a_differing_header_is_named(
    validator: ResponseValidator, headers: dict[str, str], message: str
) -> None:
    right = [{"kind": "page", "at": 1}]
    assert () == validator.complaints(answered(right))
    (told,) = validator.complaints(answered(right, **headers))
    assert (Aspect.HEADERS, "", message) == (told.aspect, told.pointer, told.message)


@pytest.mark.parametrize("body", [b"[{]", b"\xff", b"[NaN]", b"[" * 100_000])
def test_what_is_no_json_is_a_matter_of_the_media_type(
    validator: ResponseValidator, body: bytes
) -> None:
    (told,) = validator.complaints(answered(body))
    assert told.aspect is Aspect.MEDIA_TYPE
    assert told.message.startswith("The body is not valid JSON: ")
    assert not told.is_drift


def test_a_byte_order_mark_is_passed_over(validator: ResponseValidator) -> None:
    assert () == validator.complaints(answered(b"\xef\xbb\xbf[]"))


def test_complaints_are_values() -> None:
    assert Complaint(Aspect.BODY, "a") == Complaint(Aspect.BODY, "a")
