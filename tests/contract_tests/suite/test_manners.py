"""The statuses, times and headers that break the requirements about manners."""

from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests import Options
from contract_tests.suite import faults, test_manners
from contract_tests.suite.all_responses import AllResponses
from contract_tests.suite.gate import NOT_ABOUT_INPUT, Gate, expect
from mock_server import Document, Part
from tests.contract_tests.made_responses import (
    BINDING,
    DOCUMENT,
    SEARCHES,
    URL,
    Responses,
    found,
    made,
    messages,
)
from tests.made_documents import served


def wire(*responses: Any) -> Any:
    return SimpleNamespace(responses=responses, target=SimpleNamespace(is_live=False))


@pytest.mark.parametrize(("date", "expected"), [
    ("Fri, 06 Mar 2026 12:05:00 GMT", []), ("Fri, 06 Mar 2026 11:55:00 GMT", []),
    ("Fri, 06 Mar 2026 12:06:00 GMT", ["got 6 minutes ahead of it."]),
    ("Fri, 06 Mar 2026 11:54:00 GMT", ["got 6 minutes behind it."]),
    ("Fri, 06 Mar 2026 12:05:01 GMT", ["got 5 minutes ahead of it."]),
    ("yesterday", ["Expected a Date, got yesterday."]),
])  # fmt: skip
def test_a_date_may_be_five_minutes_off(date: str, expected: list[str]) -> None:
    findings = found()
    response = made(headers={"Date": date}, at="2026-03-06T12:00:00.000Z")
    live = SimpleNamespace(is_live=True)
    test_manners.test_clock_is_right(Responses(response), live, findings)
    assert expected == [one[-len(expected[0]) :] for one in messages(findings)]
    assert (SEARCHES.operation.id,) == findings.operations


@pytest.mark.parametrize(("status", "times"), [(499, 1), (500, 0), (503, 0), (200, 1)])
def test_5xx_responses_need_no_date(status: int, times: int) -> None:
    findings = found()
    target = SimpleNamespace(is_live=False)
    test_manners.test_clock_is_right(Responses(made(status)), target, findings)
    assert ["Expected a Date, got none."] * times == messages(findings)


@pytest.mark.parametrize(("status", "times"), [
    (499, 0), (500, 1), (502, 1), (503, 0), (504, 1), (599, 1), (200, 0),
])  # fmt: skip
def test_5xx_except_503_is_a_failure(status: int, times: int) -> None:
    findings = found()
    gate = SimpleNamespace(wire=wire(made(status)))
    nothing = SimpleNamespace(operations={})
    test_manners.test_nothing_breaks_down(gate, nothing, findings)
    assert [f"Expected no 5xx, got {status}."] * times == messages(findings)


@pytest.mark.parametrize(("milliseconds", "times"), [(1_500, 0), (1_501, 1), (1_000, 0)])
def test_a_response_may_take_the_maximum_time(milliseconds: float, times: int) -> None:
    findings = found()
    test_manners.test_responses_come_in_time(
        Responses(made(milliseconds=milliseconds)),
        Options(max_response_time=1.5),
        findings,
    )
    assert ["Expected a response within 1.5 s, got it later."] * times == messages(findings)


@pytest.mark.parametrize(("took", "expected"), [
    ((), "of 0 response times is 0 ms, the maximum 0 ms"),
    ((7, 5, 40), "of 3 response times is 7 ms, the maximum 40 ms"),
])  # fmt: skip
def test_response_times_are_reported_without_a_limit(took: tuple[int, ...], expected: str) -> None:
    responses = Responses(*(made(milliseconds=one) for one in took))
    with pytest.raises(pytest.skip.Exception, match=expected):
        test_manners.test_responses_come_in_time(responses, Options(), found())


@pytest.mark.parametrize(("status", "headers", "expected"), [
    (200, {"Cache-Control": "PUBLIC"}, ["Expected no caching by shared caches"]),
    (200, {"Cache-Control": "s-maxage=3"}, ["Expected no caching by shared caches"]),
    (299, {"Cache-Control": "public"}, ["Expected no caching by shared caches"]),
    (300, {"Cache-Control": "public"}, []), (404, {"Cache-Control": "public"}, []),
    (200, {"Cache-Control": "private"}, []),
    (200, {"Access-Control-Allow-Origin": "https://elsewhere.example"}, []),
    (200, {"Access-Control-Allow-Credentials": "true",
           "Access-Control-Allow-Origin": "https://elsewhere.example"},
     ["Expected no access for other sites"]),
])  # fmt: skip
def test_shared_caching_and_access_for_other_sites_are_found(
    status: int, headers: dict[str, str], expected: list[str]
) -> None:
    findings = found()
    gate = SimpleNamespace(wire=wire(made(status, headers=headers)), operations=())
    test_manners.test_reports_are_not_shared(gate, findings)
    assert expected == [one.partition(",")[0].partition(" (")[0] for one in messages(findings)]
    assert (status < 300) == bool(findings.operations)


@pytest.mark.parametrize(("location", "times"), [
    (f"{URL.upper()}/there", 0), ("/there", 0), ("http://127.0.0.1:8081/", 1), ("//a.example/", 1),
])  # fmt: skip
def test_redirects_to_another_host_are_found(location: str, times: int) -> None:
    findings = found()
    gate = SimpleNamespace(wire=wire(made(302, headers={"Location": location})))
    nothing = SimpleNamespace(operations={})
    target = SimpleNamespace(url=URL)
    test_manners.test_no_other_host(gate, nothing, target, findings)
    assert times == len(findings.found)


PROBLEM = {"type": "a", "title": "A", "status": 400, "instance": "/api/v2/report/searches"}


@pytest.mark.parametrize(("change", "expected"), [
    ({}, []), ({"status": 399}, ["status"]), ({"status": 401}, ["status"]),
    ({"title": "B"}, ["title"]), ({"type": "b", "title": "B"}, []),
    ({"instance": "/v2/report/searches"}, []), ({"instance": "/v2"}, ["instance"]),
    ({"title": "B", "status": 0, "instance": "x"}, ["status", "title", "instance"]),
])  # fmt: skip
def test_wrong_members_of_a_problem_are_found(change: dict[str, Any], expected: list[str]) -> None:
    titles: dict[object, object] = {("a", 400): "A"}
    kind = {"Content-Type": "application/problem+json"}
    response = made(400, {**PROBLEM, **change}, kind)
    wrong = test_manners._wrong_in_problem(response, titles, has_path=True)
    assert expected == [name for name, *_ in wrong]
    assert [] == [*test_manners._wrong_in_problem(made(400, {"status": 5}), titles, has_path=True)]


@pytest.mark.parametrize("body", [b"{", [1]])
def test_bodies_that_are_no_problem_have_no_members(body: Any) -> None:
    response = made(400, body, {"Content-Type": "application/problem+json"})
    assert [] == [*test_manners._wrong_in_problem(response, {}, has_path=True)]


@pytest.mark.parametrize(("statuses", "expected"), [
    ((503, 200), 0), ((503, 399), 0), ((503, 400), 1), ((503, 404), 1), ((503,), 1), ((404,), 0),
])  # fmt: skip
def test_an_operation_that_is_always_busy_is_found(
    statuses: tuple[int, ...], expected: int
) -> None:
    findings = found()
    line = SimpleNamespace(responses=[*map(made, statuses)], has_responded=True, broken=())
    test_manners.test_responses_are_whole(line, findings)
    assert expected == len(findings.found)


@pytest.mark.parametrize(("status", "statuses", "checked", "expected"), [
    (404, [404], True, []), (400, [404], True, ["Expected 404 for x, got 400."]),
    (405, [404, 400], True, ["Expected 400 or 404 for x, got 405."]),
    (401, [404], False, []), (401, [401], True, []), (503, [404], False, []),
])  # fmt: skip
def test_unexpected_statuses_are_found(
    status: int, statuses: list[int], checked: bool, expected: list[str]
) -> None:
    findings = found()
    expect(findings, made(status), *statuses, what=" for x")
    assert expected == messages(findings)
    assert checked == bool(findings.operations)
    assert {401, 503} <= NOT_ABOUT_INPUT


def test_responses_without_an_operation_are_not_checked() -> None:
    findings = found()
    expect(findings, made(500, operation=None), 404)
    assert not findings.found


@pytest.mark.parametrize(("status", "unknown"), [(200, "2"), (299, "2"), (300, "1"), (404, "1")])
def test_an_unknown_key_occurs_in_no_successful_response(status: int, unknown: str) -> None:
    gate = Gate(wire(made(status, b"NOSUCHSPACE1")), DOCUMENT, BINDING, None)
    assert f"NOSUCHSPACE{unknown}" == gate.unknown(Part.SPACE_KEY)


@pytest.mark.parametrize(("status", "is_error"), [(399, False), (400, True), (500, True)])
def test_errors_begin_at_400(status: int, is_error: bool) -> None:
    responses = AllResponses(wire(made(status)), None, BINDING)
    assert is_error == bool([*responses.errors])
    assert is_error == bool([*Responses(made(status)).errors])


@pytest.mark.parametrize(("status", "rows"), [(299, 1), (300, 0), (404, 0)])
def test_a_successful_response_without_a_binding_counts_as_one_row(status: int, rows: int) -> None:
    nothing = SimpleNamespace(operations={})
    responses = AllResponses(wire(), None, nothing)
    assert rows == responses.rows_of(SEARCHES.operation, made(status))


@pytest.mark.parametrize(("headers", "expected"), [
    ({}, []), ({"Content-Length": "2"}, []),
    ({"Content-Length": "1"}, ["Expected Content-Length 2, got 1."]),
    ({"Content-Length": "3"}, ["Expected Content-Length 2, got 3."]),
    ({"Content-Encoding": "identity"}, []),
    ({"Content-Encoding": "GZIP", "Vary": "Accept-Encoding", "Content-Length": "9"}, []),
    ({"Content-Encoding": "gzip", "Vary": "*"}, []),
    ({"Content-Encoding": "gzip", "Vary": "Accept"},
     ["Expected Accept-Encoding in Vary (RFC 9110, 12.5.5), got Accept."]),
    ({"Content-Encoding": "br", "Vary": "*"},
     ["Expected an accepted Content-Encoding (RFC 9110, 12.5.3), got br."]),
    ({"Content-Type": "application/json; charset=UTF8"}, []),
    ({"Content-Type": 'application/json; charset="latin1"'},
     ["Expected JSON in UTF-8 (RFC 8259, 8.1), got the charset latin1."]),
])  # fmt: skip
def test_wrong_headers_of_a_body_are_found(headers: dict[str, str], expected: list[str]) -> None:
    response = made(200, b"{}", headers, sent={"Accept-Encoding": "gzip"})
    assert expected == [*faults.faults_of(response)]


@pytest.mark.parametrize(("body", "expected"), [
    (b'{"a": 1, "b": {"a": 2}}', []),
    (b'{"b": 1, "a": 1, "a": 2, "c": 3, "a": 4, "b": 3}',
     ["Expected unique names (RFC 8259, 4), got duplicates: a, b."]),
    (b'{"x": [{"a": 1, "a" : 2}], "c": 0}',
     ["Expected unique names (RFC 8259, 4), got duplicates: a."]),
    (b'\xef\xbb\xbf{"a": 1}', ["Expected no byte order mark (RFC 8259, 8.1), got one."]),
])  # fmt: skip
def test_duplicate_names_and_byte_order_marks_are_found(body: bytes, expected: list[str]) -> None:
    assert expected == [*faults.faults_of(made(200, body))]
    assert [] == [*faults.faults_of(made(200, body, {"Content-Type": "text/plain"}))]
    head = made(200, body, {"Content-Length": "7"}, method="HEAD")
    assert [] == [*faults.faults_of(head)]


def gate_with(status: int = 200, **more: Any) -> Any:
    """Return a gate whose requests get these responses."""
    sent: list[str] = []

    def send(_: Any, *, method: str = "GET") -> Any:
        sent.append(method)
        response = more.get(method, {})
        return made(
            response.get("status", status),
            headers={"Allow": response.get("allow", "")},
            method=method,
        )

    limits = SimpleNamespace(allows=lambda method: method != more.get("forbidden"))
    line = SimpleNamespace(limits=limits, target=SimpleNamespace(is_live=False))
    request = SimpleNamespace(send=send, method="GET")
    return SimpleNamespace(wire=line, sent=sent, request=lambda _: request)


ONE = SimpleNamespace(operations={"": SEARCHES})
CORRECT = {"status": 405, "allow": "GET, HEAD"}
LENIENT = SimpleNamespace(complaints=lambda _: ())
"""A validator that reports no violations."""


@pytest.mark.parametrize(("post", "expected"), [
    (CORRECT, 0), ({**CORRECT, "status": 404}, 1), ({**CORRECT, "status": 406}, 1),
    ({**CORRECT, "allow": "HEAD"}, 1), ({**CORRECT, "allow": "GET,POST"}, 1), ({"status": 401}, 0),
    ({"status": 503}, 0), ({"status": 405, "allow": " GET "}, 1),
])  # fmt: skip
def test_undeclared_methods_require_405_and_allow(post: Any, expected: int) -> None:
    findings = found()
    gate = gate_with(**dict.fromkeys(("PUT", "PATCH", "DELETE"), CORRECT), POST=post)
    test_manners.test_other_methods(gate, LENIENT, DOCUMENT, ONE, findings)
    assert (expected, ["HEAD", "POST", "PUT", "PATCH", "DELETE"]) == (
        len(findings.found),
        gate.sent,
    )
    gate = gate_with(401, forbidden="POST")
    unchecked = found()
    test_manners.test_other_methods(gate, LENIENT, DOCUMENT, ONE, unchecked)
    assert (["HEAD", "PUT", "PATCH", "DELETE"], ()) == (gate.sent, unchecked.operations)


@pytest.mark.parametrize(("options", "head", "expected"), [
    ({"allow": "GET, HEAD"}, 200, 0), ({"allow": "GET"}, 200, 1), ({"allow": "GET"}, 299, 1),
    ({"allow": "GET"}, 300, 0), ({"allow": "HEAD"}, 405, 1), ({"allow": "GET", "status": 300}, 405, 1),
    ({"allow": "GET", "status": 299}, 405, 0), ({"status": 401}, 200, 0), ({}, 200, 1),
])  # fmt: skip
def test_allow_of_options_must_match_the_methods(options: Any, head: int, expected: int) -> None:
    findings = found()
    gate = gate_with(OPTIONS=options, HEAD={"status": head})
    test_manners.test_options(gate, ONE, findings)
    assert expected == len(findings.found)


def test_unusual_requests_are_made() -> None:
    gate = SimpleNamespace(values=lambda _: {Part.CONTENT_ID: "7"})
    pairs = [[*one.query] for one in test_manners._odd_requests(SEARCHES, gate)]
    assert pairs == [
        [("startDate", "0001-01-01"), ("endDate", "1970-01-01")],
        [("startDate", "2100-01-01"), ("endDate", "9999-12-31")],
        [("startDate", "9999-12-31"), ("endDate", "0001-01-01")],
        [("start", str(2**63)), ("limit", str(2**63))],
        [],
    ]
    visits = BINDING.operations["getContentVisits"]
    paths = [one.path for one in test_manners._odd_requests(visits, gate)]
    assert "/api/v2/report/contents/a%2Fb/visits" == paths[1]
    assert (11, 3_000) == (len(paths), paths[5].count("x"))
    assert "/api/v2/report/contents/7/visits?%FF=%ZZ&=&&%" == paths[10]


@pytest.mark.parametrize(("url", "location", "expected"), [
    ("https://a.example", "", 0), ("https://a.example", "HTTP://a.example/", 1),
    ("http://a.example", "", 1), ("https://a.example", "/http:", 0),
])  # fmt: skip
def test_plain_http_of_a_remote_service_is_found(url: str, location: str, expected: int) -> None:
    findings = found()
    responses = Responses(made(302, headers={"Location": location}))
    target = SimpleNamespace(url=url)
    test_manners.test_all_is_encrypted(responses, target, findings)
    assert expected == len(findings.found)


@pytest.mark.parametrize(("text", "other", "expected"), [
    ("abc+d", None, 1), ("abc%2Bd", None, 1), ("de/f", "de/f", 1), ("de/f", None, 0), ("abc", None, 0),
])  # fmt: skip
def test_tokens_in_a_response_are_found(text: str, other: str | None, expected: int) -> None:
    for response in (made(200, text.encode()), made(headers={"Link": text})):
        findings = found()
        target = SimpleNamespace(token="", other_token=other)
        line = SimpleNamespace(token="abc+d", responses=[response])
        test_manners.test_no_token_is_shown(Responses(response), target, line, findings)
        assert expected == len(findings.found)


def test_methods_declared_only_for_other_paths_are_undeclared() -> None:
    content = {**DOCUMENT.content, "paths": {**DOCUMENT.content["paths"]}}
    for path in ("/a", "/z"):
        content["paths"][path] = {"post": {"operationId": path[1:], "responses": {}}}
    gate = gate_with(**dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), CORRECT))
    document = Document(content, origin="here")
    test_manners.test_other_methods(gate, LENIENT, document, ONE, found())
    assert "POST" in gate.sent


def test_unusual_values_are_put_into_the_path() -> None:
    text = {"type": "string", "example": "e"}
    path = [{"name": name, "in": "path", "required": True, "schema": text} for name in ("a", "b")]
    header = {"name": "X-A", "in": "header", "schema": text}
    document = served({"200": {"description": ""}}, [*path, header], path="/of/{a}/{b}")
    there: Any = SimpleNamespace(operation=document.operations[0], parameters=())
    gate: Any = SimpleNamespace(values=lambda _: {})
    (_, second, *_) = test_manners._odd_requests(there, gate)
    assert second.path == "/of/e/a%2Fb"


@pytest.mark.parametrize("status", [200, 400])
def test_a_report_without_rows_counts_as_one(status: int) -> None:
    bound = SimpleNamespace(rows_at=None)
    binding: Any = SimpleNamespace(operations={SEARCHES.operation.id: bound})
    assert 1 == AllResponses(wire(), None, binding).rows_of(SEARCHES.operation, made(status))
