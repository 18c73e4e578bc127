"""The violations that the validator reports for a response."""

from typing import Any

import pytest

from contract_tests.checking.validator import Aspect, ResponseValidator
from contract_tests.wire.response import Response
from tests.contract_tests.made_responses import made
from tests.made_documents import content_of, listed, served

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


def response_with(body: Any, **headers: str) -> Response:
    return made(200, body, {"X-Page": "a"} | headers, operation=DOCUMENT.operations[0])


@pytest.fixture
def validator() -> ResponseValidator:
    return ResponseValidator(DOCUMENT)


def test_equal_invalid_rows_are_each_reported(validator: ResponseValidator) -> None:
    valid, invalid = {"kind": "page", "at": 1}, {"kind": "wiki", "at": 1}
    found = validator.complaints(response_with([invalid, valid, valid, invalid]))
    again = validator.complaints(response_with([valid, valid, invalid]))
    assert ["/0/kind", "/3/kind"] == [one.pointer for one in found]
    assert ["/2/kind"] == [one.pointer for one in again]


def test_a_valid_response_has_no_violations(validator: ResponseValidator) -> None:
    assert () == validator.complaints(
        response_with([{"kind": "page", "at": 5}], **{"X-Total": "1"})
    )


@pytest.mark.parametrize(("row", "message", "pointer", "rule"), [
    ({"zebra": 1, "kind": "page", "at": 1, "ape": 2},
     "Additional properties are not allowed: ape, zebra", "/0", ""),
    ({"kind": "page", "at": -5}, "-5 is less than the minimum of 0", "/0/at", "minimum"),
    ({"kind": "x", "at": 1}, "'x' is not one of ['page', 'blog']", "/0/kind", "enum"),
    ({"kind": "w" * 1_000, "at": 1}, f"'{'w' * 296}...", "/0/kind", "enum"),
], ids=["names are sorted", "of a choice the branch of the type", "short", "long"])  # fmt: skip
def test_violations_have_a_short_message_and_a_place(
    validator: ResponseValidator, row: Any, message: str, pointer: str, rule: str
) -> None:
    (complaint,) = validator.complaints(response_with([row]))
    assert (message, pointer) == (complaint.message, complaint.pointer)
    assert rule in complaint.rule
    assert (complaint.is_addition, complaint.is_drift) == ("zebra" in row, "zebra" in row)


def test_violations_of_the_own_rules_of_the_document_are_no_drift(
    validator: ResponseValidator,
) -> None:
    (complaint,) = validator.complaints(
        response_with([{"kind": "page", "at": 1}, {"kind": "wiki", "at": 1}])
    )
    assert (complaint.aspect, complaint.pointer, complaint.rule) == (Aspect.BODY, "/1/kind", "enum")
    assert not complaint.is_drift


def test_equal_violations_in_other_rows_are_alike(
    validator: ResponseValidator,
) -> None:
    rows = [{"kind": one, "at": 1} for one in ("wiki", "whiteboard")]
    first, second = validator.complaints(response_with(rows))
    assert first.pointer != second.pointer
    assert first.alike == second.alike


def test_violations_of_other_names_and_rules_are_not_alike(validator: ResponseValidator) -> None:
    rows = [{"kind": "page", "at": 1, "a": 1}, {"kind": "page", "at": 1, "b": 1}, {"at": 1}]
    assert 3 == len({complaint.alike for complaint in validator.complaints(response_with(rows))})


@pytest.mark.parametrize("header", ["Date", "X-Mock-Seed", "Vary"])
def test_responses_that_differ_only_in_undeclared_headers_are_validated_once(
    validator: ResponseValidator, header: str
) -> None:
    invalid = [{"kind": "wiki", "at": 1}]
    first = validator.complaints(response_with(invalid, **{header: "1"}))
    assert first is validator.complaints(response_with(invalid, **{header: "2"}))


@pytest.mark.parametrize(("headers", "message"), [
    ({"X-Total": "many"}, "X-Total: Failed to cast value to integer type: many"),
    ({"X-Total": "-1"}, "X-Total: -1 is less than the minimum of 0"),
    ({"X-Page": ""}, "Missing required header: X-Page"),
])  # fmt: skip
def test_violations_of_headers_name_the_header(
    validator: ResponseValidator, headers: dict[str, str], message: str
) -> None:
    valid = [{"kind": "page", "at": 1}]
    assert () == validator.complaints(response_with(valid))
    (complaint,) = validator.complaints(response_with(valid, **headers))
    assert (Aspect.HEADERS, "", message) == (complaint.aspect, complaint.pointer, complaint.message)


@pytest.mark.parametrize("body", [b"[{]", b"\xff", b"[NaN]", b"[" * 100_000])
def test_invalid_json_is_a_violation_of_the_media_type(
    validator: ResponseValidator, body: bytes
) -> None:
    (complaint,) = validator.complaints(response_with(body))
    assert complaint.aspect is Aspect.MEDIA_TYPE
    assert complaint.message.startswith("The body is not valid JSON: ")
    assert not complaint.is_drift


def test_a_byte_order_mark_is_ignored(validator: ResponseValidator) -> None:
    assert () == validator.complaints(response_with(b"\xef\xbb\xbf[]"))
