"""Generated requests, and the checks of their responses by the document."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.checking.validator import Aspect
from contract_tests.errors import NotCheckedError, SpentError
from contract_tests.suite import generated, test_drift, test_schema
from contract_tests.suite.gate import Gate
from mock_server import Part
from tests.contract_tests.made_responses import (
    BINDING,
    DOCUMENT,
    SEARCHES,
    SPACE,
    VISITS,
    Responses,
    found,
    made,
    messages,
)
from tests.made_documents import content_of, served

KEYS = {Part.CONTENT_ID: "7", Part.SPACE_KEY: "A"}


@pytest.fixture
def cases() -> Any:
    return generated._cases_of(DOCUMENT, 0, 6)


def test_a_seed_gives_the_same_cases(cases: Any) -> None:
    again = generated._cases_of.__wrapped__(DOCUMENT, 0, 6)
    assert {*BINDING.operations} <= {*cases}
    for name, found_ in cases.items():
        assert [case.as_curl_command() for case, _ in found_] == [
            case.as_curl_command() for case, _ in again[name]
        ]


def test_edge_cases_are_limited_and_half_of_the_random_ones_are_about_values(cases: Any) -> None:
    for found_ in cases.values():
        edges = [case for case, _ in found_ if case.meta.phase.name.value == "coverage"]
        assert 10 <= len(edges) <= generated.EDGES
        random = [is_about for case, is_about in found_ if case.meta.phase.name.value == "fuzzing"]
        assert [True, False, True, False, True, False] == random
        assert all(is_about for _, is_about in found_[:-6])
    assert generated.MOST_FIXED == 36


@pytest.mark.parametrize("most", [5, 24, 25, 26])
def test_edge_cases_are_sampled_if_there_are_too_many(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generated, "EDGES", most)
    cases = generated._cases_of.__wrapped__(DOCUMENT, 0, 1)
    counts = [
        sum(case.meta.phase.name.value == "coverage" for case, _ in found_)
        for found_ in cases.values()
    ]
    assert min(most, 25) == max(counts)


def test_known_values_replace_those_that_a_case_is_not_about(cases: Any) -> None:
    known = {"contentId": "1 2", "startDate": "A", "limit": "B", "x": "C"}
    for case, _ in cases["getContentVisits"]:
        query, subject = {**case.query}, getattr(case.meta.phase.data, "parameter", None)
        path, in_query = (
            case.meta.is_negative_at(place)
            for place in (generated.ParameterLocation.PATH, generated.ParameterLocation.QUERY)
        )
        generated._put_in_sample(case, known)
        for name, value in query.items():
            is_kept = name == subject or in_query
            assert case.query[name] == (value if is_kept else known.get(name, value))
        if not path and subject != "contentId":
            assert case.path_parameters["contentId"] == "1%202"


def test_generated_requests_end_with_the_budget() -> None:
    def wire(most: int) -> Any:
        calls: list[Any] = []

        def call(case: Any) -> Any:
            calls.append(case)
            if len(calls) == 1:
                raise NotCheckedError("lost")
            if len(calls) > most:
                raise SpentError("spent")
            return "result", made()

        return SimpleNamespace(call=call)

    sample = SimpleNamespace(range=lambda _: (date.min, date.max), values=lambda _: {})
    options = SimpleNamespace(seed=0, examples=6)
    sent = generated.send_generated(wire(4), DOCUMENT, BINDING, sample, options)
    assert 3 == len(sent)
    with pytest.raises(SpentError):
        generated.send_generated(wire(1), DOCUMENT, BINDING, sample, options)


def test_known_values_are_named_by_the_parameters_of_an_operation() -> None:
    sample = SimpleNamespace(
        range=lambda _: (date(2026, 1, 1), date(2026, 1, 2)),
        values=lambda _: {Part.CONTENT_ID: "7"},
    )
    days = {"startDate": "2026-01-01", "endDate": "2026-01-02"}
    assert generated._known(VISITS, sample) == {"contentId": "7", **days}
    assert generated._known(None, sample) == {}


@pytest.mark.parametrize(("aspect", "rows"), [
    (Aspect.BODY, {200: 7, 401: 7, 299: 7}), (Aspect.STATUS, {200: 1, 401: 1, 299: 1}),
    (Aspect.HEADERS, {200: 0, 401: 1, 299: 0}), (Aspect.MEDIA_TYPE, {200: 1, 401: 1, 299: 0}),
])  # fmt: skip
def test_the_number_of_checked_rows_depends_on_the_aspect(
    aspect: Aspect, rows: dict[int, int]
) -> None:
    all_responses: Any = SimpleNamespace(rows_of=lambda *_: 7)
    operation = SEARCHES.operation
    assert rows == {
        status: test_schema._rows(aspect, all_responses, operation, made(status)) for status in rows
    }


@pytest.mark.parametrize(("declared", "path", "status", "must_be"), [
    ("200", "/rows", 400, True), ("200", "/rows", 422, True), ("422", "/rows", 400, False),
    ("400", "/rows", 422, False), ("200", "/rows", 404, False), ("200", "/rows/{key}", 404, True),
    ("404", "/rows/{key}", 404, False), ("200", "/rows", 401, True), ("401", "/rows", 401, False),
    ("200", "/rows", 403, False),
])  # fmt: skip
def test_rejections_that_documents_leave_out_are_expected(
    declared: str, path: str, status: int, must_be: bool
) -> None:
    document = served({declared: content_of({})}, path=path)
    document.content["security"] = [{"token": []}]
    assert must_be is test_schema._must_be(document, document.operations[0], made(status))


@pytest.mark.parametrize(
    ("rows", "expected", "checked"), [(5, 1, True), (4, 0, False), (6, 1, True)]
)
def test_a_property_counts_as_missing_from_five_rows_on(
    rows: int, expected: int, checked: bool
) -> None:
    row = dict.fromkeys(("userId", "searchTerm", "searchTime", "isProtectedUser"), "x")
    findings = found()
    wire = SimpleNamespace(
        responses=[made(200, {"results": [row] * (rows - 1)}), made(200, {"results": [row]})]
    )
    test_drift.test_no_property_is_missing(Responses(), wire, DOCUMENT, BINDING, findings)
    assert [
        f"Expected this declared property, but none of {rows} rows has it."
    ] * expected == messages(findings)
    assert checked == bool(findings.operations)
    assert ["/results/*/numberOfResults"] * expected == [one.pointer for one in findings.found]


def test_properties_of_similar_operations_are_counted_together() -> None:
    begin = " 200 /results/*"
    seen = {
        f"{VISITS.operation.id}{begin}/a": 2, f"{VISITS.operation.id}{begin}/b": 0,
        f"{VISITS.operation.id}{begin}/a/c": 1, f"{SPACE.operation.id}{begin}/b": 3,
        f"{SEARCHES.operation.id}{begin}/b": 9,
    }  # fmt: skip
    counts = test_drift._properties(BINDING, seen)
    assert {(key[0], key[2]): value[:2] for key, value in counts.items()} == {
        (False, "/a"): (2, 2), (False, "/b"): (3, 5), (False, "/a/c"): (1, 1), (True, "/b"): (9, 9)
    }  # fmt: skip


@pytest.mark.parametrize(("status", "expected"), [(200, 1), (418, 0)])
def test_undeclared_headers_are_found_in_declared_statuses(status: int, expected: int) -> None:
    findings = found()
    kind = {"X-New": "1"} if expected else {}
    test_drift.test_no_undeclared_header(Responses(made(status, headers=kind)), findings)
    assert ["Undeclared header x-new."] * expected == messages(findings)
    assert bool(findings.operations) is (status == 200)


@pytest.mark.parametrize(("status", "gate_status", "expected", "checked"), [
    (401, 200, ["Expected the valid token to be accepted, got 401."], True), (200, 200, [], True),
    (404, 200, [], True), (400, 200, [], False), (201, 200, [], False), (405, 200, [], False),
])  # fmt: skip
def test_unusual_forms_of_the_valid_token_must_be_accepted(
    status: int, gate_status: int, expected: Any, checked: bool
) -> None:
    sent: list[Any] = []

    def send(method: str, path: str, **more: Any) -> Any:
        sent.append((method, path, more))
        return made(gate_status)

    set_cookie = made(headers={"Set-Cookie": "c=d; Path=/"})
    wire: Any = SimpleNamespace(send=send, token="abc", responses=[set_cookie])
    sample: Any = SimpleNamespace(values=lambda _: KEYS, today=date(2026, 3, 30))
    gate, findings = Gate(wire, DOCUMENT, BINDING, sample), found()
    gate.expect_open(findings, SEARCHES, made(status))
    assert (expected, checked) == (messages(findings), bool(findings.operations))
    (method, path, more) = sent[0]
    assert ("GET", SEARCHES.operation.path) == (method, path)
    assert [("startDate", "2026-03-01"), ("endDate", "2026-03-30")] == more["query"]
    assert [("Authorization", "Bearer abc")] == more["headers"]
    assert more["token"] is None
    assert more["is_shared"] is True
    assert gate.operations[0] is gate.open_operation()
    gate.send(SEARCHES, more=None, cookie="a=b", query=[("x", "1")], method="HEAD", is_shared=False)
    (method, _, more) = sent[-1]
    assert ("HEAD", [("x", "1")], [("Cookie", "a=b; c=d")]) == (
        method,
        more["query"],
        more["headers"],
    )
    assert more["is_shared"] is False
    gate.send(SEARCHES, more=None)
    assert sent[-1][2]["query"] is None
    assert 500 == gate.most(SEARCHES)


@pytest.mark.parametrize("status", [401, 403])
def test_forms_of_a_refused_token_are_not_checked(status: int) -> None:
    wire: Any = SimpleNamespace(send=lambda *_, **__: made(status), token="abc")
    sample: Any = SimpleNamespace(values=lambda _: KEYS, today=date(2026, 3, 30))
    gate = Gate(wire, DOCUMENT, BINDING, sample)
    with pytest.raises(NotCheckedError):
        gate.expect_open(found(), SEARCHES, made(200))
    with pytest.raises(NotCheckedError):
        gate.open_operation()
