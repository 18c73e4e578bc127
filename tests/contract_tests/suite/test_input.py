"""Invalid values that are sent to operations, and what is declared about them."""

from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.suite import test_input
from contract_tests.wire.request import Request
from mock_server import OperationBinding, Part
from tests.contract_tests.made_responses import (
    BINDING,
    DOCUMENT,
    SEARCHES,
    SPACE,
    VISITS,
    found,
    made,
    messages,
)

DAYS = ["2026-02-30", "2026-01-05T00:00:00Z", "no-such-value", "", "2026-13-01"]


def invalid_values(bound: OperationBinding, *, is_live: bool = False) -> dict[str, list[str]]:
    wire = SimpleNamespace(target=SimpleNamespace(is_live=is_live))
    gate = SimpleNamespace(document=DOCUMENT, wire=wire, values=lambda _: {})
    values: dict[str, list[str]] = {}
    for name, text, is_path in test_input._wrong(bound, gate, BINDING):
        values.setdefault(f"/{name}" if is_path else name, []).append(text)
    return values


def test_invalid_values_are_distributed_over_operations() -> None:
    start, limit = (["-1", "2147483648", "1.5", "no-such-value", ""], ["0", "1001", "1.5"])
    assert invalid_values(SEARCHES) == {
        "startDate": [*DAYS, "20260105", "2026-01-05 "],
        "endDate": [*DAYS, "20260105", "2026-01-05 "],
        "start": [*start, "1e0"],
        "limit": [*limit, "no-such-value", "", "1e0"],
    }
    ids = ["0", "9223372036854775808", "1.5", "no-such-value", "1_0", " 1", "1e0", "0x1", "\u0663"]
    assert ids == invalid_values(VISITS)["/contentId"]
    assert [*DAYS, "2026-02-29", "2026-1-5"] == invalid_values(VISITS)["endDate"]
    assert [*DAYS, "2026-00-10", "05.01.2026"] == invalid_values(SPACE)["endDate"]
    assert [*start, "1_0", "0x1"] == invalid_values(VISITS)["start"]
    assert [*limit, "no-such-value", "", " 1", "\u0663"] == invalid_values(SPACE)["limit"]
    assert "spaceKey" not in invalid_values(SPACE)


def test_a_live_service_gets_three_values_per_parameter() -> None:
    assert {3} == {len(values) for values in invalid_values(SEARCHES, is_live=True).values()}


@pytest.mark.parametrize(("schema", "first", "number"), [
    ({"type": "integer"}, "{}.5", 8), ({"type": "integer", "minimum": 1}, "0", 9),
    ({"type": "integer", "maximum": 0}, "1", 9), ({"format": "date"}, "2026-02-30", 11),
    ({"format": "date-time"}, "2026-02-30T00:00:00Z", 4), ({"type": "string"}, None, 0), ({}, None, 0),
    ({"type": "string", "enum": ["a"]}, "no-such-value", 1), ({"type": "boolean"}, "no-such-value", 1),
])  # fmt: skip
def test_invalid_values_are_derived_from_the_schema(
    schema: Any, first: str | None, number: int
) -> None:
    values = test_input._wrong_values(schema, DOCUMENT)
    assert (first, number) == (next(iter(values), None), len(values))


def test_descriptions_of_statuses_and_parameters_are_found() -> None:
    assert "was deleted" in test_input._about(SPACE, DOCUMENT, 404)
    assert test_input._about(SPACE, DOCUMENT, 422) == ""
    assert "capitals matter" in test_input._described(SPACE, DOCUMENT)
    assert "Maximum number of rows" in test_input._described(SPACE, DOCUMENT)


def gate(**keys: str) -> Any:
    values = {Part[name]: value for name, value in keys.items()}
    sent: list[Any] = []

    def request(_: Any, more: Any = None) -> Any:
        sent.append(more)
        return SimpleNamespace(send=lambda _: made(200))

    return SimpleNamespace(
        document=DOCUMENT, wire=None, values=lambda _: values, request=request, sent=sent
    )


@pytest.mark.parametrize(("key", "sent"), [("OPS", ["ops"]), ("~7", []), ("ops", ["OPS"])])
def test_space_keys_are_sent_in_the_other_letter_case(key: str, sent: list[str]) -> None:
    there, findings = gate(SPACE_KEY=key), found()
    test_input.test_other_case_of_keys(there, BINDING, findings)
    assert sent == [one[Part.SPACE_KEY] for one in there.sent]
    assert ["Expected 404, got 200."] * len(sent) == messages(findings)


@pytest.mark.parametrize(("plain", "other", "expected"), [
    (200, 200, []), (200, 404, ["Expected 200, got 404."]), (404, 404, []), (201, 404, []),
])  # fmt: skip
def test_only_paths_that_return_200_are_requested_encoded(
    plain: int, other: int, expected: list[str]
) -> None:
    sent: list[str] = []

    def send(_: str, path: str, **__: Any) -> Any:
        sent.append(path)
        response = made(404 if "%25" in path else plain if len(sent) == 1 else other)
        response.__dict__["path_values"] = {"key": "A b"}
        return response

    there = SimpleNamespace(
        wire=SimpleNamespace(send=send), request=lambda _: Request("GET", "/of/A%20b/visits")
    )
    findings = found()
    one = SimpleNamespace(operations={"": VISITS})
    test_input.test_encoded_paths(there, one, findings)
    paths = ["/of/A%20b/visits", "/of/%41%20%62/visits", "/of/%2541%2520%2562/visits"]
    assert paths[: 3 if plain == 200 else 1] == sent
    assert expected == messages(findings)
