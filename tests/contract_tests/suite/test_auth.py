"""Requirements about tokens: what they send and find, and when they cannot be checked."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from contract_tests import Options, Target, run
from contract_tests.errors import NotCheckedError
from contract_tests.model import Run, Verdict
from contract_tests.suite import faults, test_auth, test_v1
from contract_tests.wire.redaction import Redactor
from mock_server import Part
from tests.contract_tests.made_responses import BINDING, SEARCHES, found, made, messages
from tests.contract_tests.servers import ConformingServer
from tests.contract_tests.servers.conforming import RefusalError

DOCUMENTS = Path(__file__).parents[2] / "documents"


class RecordingServer(ConformingServer):
    """A server that counts as a live service and records `Authorization` headers."""

    is_careful = True

    def __init__(self) -> None:
        super().__init__("us")
        self.seen: list[list[str]] = []

    def check_token(self, request: Request) -> None:
        self.seen.append(request.headers.getlist("authorization"))
        super().check_token(request)


def checked(target: Target, **options: Any) -> Run:
    return run(Options(select=("auth",), rate=1_000_000.0, **options), {"us": target})


def reasons(result: Run) -> dict[str, str]:
    return {outcome.requirement.id: outcome.reason for outcome in result.of(Verdict.NOT_RUN)}


def test_the_token_of_a_live_service_is_not_replaced() -> None:
    server = RecordingServer()
    result = checked(server.target())
    assert {"AUTH-20": "The token of a live service is not replaced."} == reasons(result)
    assert [server.site.token] == server.tokens


def test_at_most_17_invalid_tokens_are_sent() -> None:
    server = RecordingServer()
    checked(server.target())
    good = [f"Bearer {server.site.token}"]
    assert 17 >= sum(one not in ([], good) for one in server.seen)


def test_requirements_use_different_operations_of_a_live_service() -> None:
    class Noting(RecordingServer):
        paths: tuple[str, ...] = ()

        def check_token(self, request: Request) -> None:
            self.paths = (*self.paths, request.url.path)
            super().check_token(request)

    kinds = []
    for number in ("06", "07", "08", "09"):
        server = Noting()
        run(Options(select=(f"AUTH-{number}",), rate=1_000_000.0), {"us": server.target()})
        kinds.append(server.paths[-1].rpartition("report/")[2].partition("/")[0])
    assert ["contents", "spaces", "searches", "contents"] == kinds


def test_requirements_are_not_run_without_another_token_or_the_app() -> None:
    result = checked(replace(ConformingServer("us").target(), other_token=None, tokens=None))
    assert {
        "AUTH-15": "The token of the other residency is unknown; set both VIEWTRACKER_TOKEN_US "
        "and VIEWTRACKER_TOKEN_DE.",
        "AUTH-20": "Tokens are generated in the app, which this run cannot access.",
    } == reasons(result)


def test_the_current_token_of_the_other_residency_is_sent() -> None:
    class Noting(RecordingServer):
        is_careful = False

    us, de = ConformingServer("us"), Noting()
    de.residency, de.site, de.other = "de", us.other, us.site
    de.tokens = [de.site.token]
    run(Options(select=("auth",)), {"us": us.target(), "de": de.target()})
    assert us.tokens[-1] != us.site.token
    assert [f"Bearer {us.tokens[-1]}"] in de.seen


def test_numbers_that_change_with_every_refusal_are_ignored() -> None:
    class Numbering(ConformingServer):
        number = 99

        def unauthorized(self, detail: str, error: str) -> RefusalError:
            self.number += 1
            return super().unauthorized(f"{detail} This is refusal {self.number}.", error)

    assert [] == list(checked(Numbering("us").target()).of(Verdict.BROKE))


def test_malformed_credentials_may_get_400_by_rfc_6750() -> None:
    class Strict(ConformingServer):
        """A server that returns 400 for malformed credentials, and 401 for other tokens."""

        def check_token(self, request: Request) -> None:
            sent = request.headers.getlist("authorization")
            is_odd = "" in self.tokens_of(request) and sent[0].lower().startswith("bearer")
            if is_odd or len(sent) > 1 or "access_token" in request.query_params:
                raise RefusalError(400, "These are not the credentials of RFC 6750.")
            super().check_token(request)

    assert [] == list(checked(Strict("us").target()).of(Verdict.BROKE))


def test_a_404_does_not_prove_that_the_token_is_accepted() -> None:
    class Elsewhere(ConformingServer):
        def read(self, kind: str, key: str, request: Request) -> Any:
            raise RefusalError(404, "There is nothing here.")

    assert "AUTH-01" in reasons(checked(Elsewhere("us").target()))


def test_invalid_tokens_may_not_get_400() -> None:
    class Lax(ConformingServer):
        def unauthorized(self, detail: str, error: str) -> RefusalError:
            return RefusalError(400, detail)

    broken = {outcome.requirement.id for outcome in checked(Lax("us").target()).of(Verdict.BROKE)}
    assert {"AUTH-06", "AUTH-07", "AUTH-08", "AUTH-09"} <= broken
    assert broken.isdisjoint({"AUTH-05", "AUTH-12"})


def test_documents_without_bearer_tokens_are_not_tested() -> None:
    result = run(Options(select=("auth",), document=str(DOCUMENTS / "blind" / "aip-tokens.yaml")))
    assert {"No operation of the document requires a bearer token."} == set(
        reasons(result).values()
    )
    assert len(result.outcomes) == len(result.of(Verdict.NOT_RUN))


def sender(*responses: Any) -> Any:
    sent: list[tuple[Any, ...]] = []
    left = iter(responses)

    def send(_: Any, *authorizations: str, **more: Any) -> Any:
        sent.append((*authorizations, more.get("method")))
        return next(left)

    operations = (SEARCHES,)
    wire = SimpleNamespace(token="abc", responses=responses, target=SimpleNamespace(is_live=False))
    return SimpleNamespace(
        send=send, sent=sent, operations=operations, wire=wire, today=date(2026, 3, 2),
        most=lambda _: 1_000, unknown=lambda part: f"no {part}",
    )  # fmt: skip


@pytest.mark.parametrize(("status", "expected", "checked"), [
    (200, 0, True), (401, 1, True), (403, 1, True), (404, 0, False), (402, 0, False), (201, 0, False), (199, 0, False),
])  # fmt: skip
def test_401_and_403_refuse_the_valid_token(status: int, expected: int, checked: bool) -> None:
    findings = found()
    gate = sender(made(status))
    test_auth.test_good_token(gate, gate.wire, findings)
    assert (expected, checked) == (len(findings.found), bool(findings.operations))


@pytest.mark.parametrize(("status", "challenge", "expected"), [
    (401, "Bearer", 0), (401, 'Basic, bearer realm="a"', 0), (401, "Basic", 1), (401, "Bearers", 1),
    (400, "", 0), (402, "", 0), (401, "", 1),
])  # fmt: skip
def test_a_401_requires_a_bearer_challenge(status: int, challenge: str, expected: int) -> None:
    findings = found()
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    responses = [made(status, headers=headers, method=name) for name in ("GET", "HEAD")]
    gate = sender(*responses)
    test_auth.test_refusals_say_how(gate, findings)
    assert expected == len(findings.found)
    assert [(None,), ("HEAD",)] == gate.sent
    assert bool(findings.operations) is (status == 401)


@pytest.mark.parametrize(("status", "challenge", "expected"), [
    (401, 'Bearer error="x"', 0), (401, "Bearer", 1), (400, "Bearer", 0), (403, "Bearer", 0),
])  # fmt: skip
def test_a_challenge_for_an_invalid_token_requires_an_error(
    status: int, challenge: str, expected: int
) -> None:
    findings = found()
    gate = sender(made(status, headers={"WWW-Authenticate": challenge}))
    test_auth.test_refusals_say_why(gate, (SEARCHES,), gate.wire, findings)
    assert expected == len(findings.found)
    assert [("Bearer cbax", None)] == gate.sent


def test_values_of_the_request_are_ignored_in_comparisons() -> None:
    response = made(401, b"No 77 in 177, 3f2504e0-4f89 and 5.", {"WWW-Authenticate": "Bearer"})
    assert test_auth._seen(response, ["77"]) == {
        "status": "401", "content type": "application/json", "challenge": "Bearer",
        "body": "No 0 in 177, 3f2504e0-4f89 and 5.",
    }  # fmt: skip
    assert test_auth._seen(response, [], has_numbers=False)["body"] == "No * in *, * and *."


@pytest.mark.parametrize(("bodies", "statuses", "expected"), [
    (["a", "a", "a"], [401, 401, 401], []), (["a", "b", "a"], [401, 401, 401], ["body"]),
    (["a 1", "a 2", "a 3"], [401, 401, 401], []), (["a 1", "a 2", "a 1"], [401, 401, 401], ["body"]),
    (["a", "a", "a"], [401, 404, 401], ["status"]), (["a", "a", "a"], [403, 403, 403], []),
    (["a", "b", "a"], [404, 401, 404], None),
])  # fmt: skip
def test_refusals_of_missing_resources_are_compared(
    bodies: Any, statuses: Any, expected: Any
) -> None:
    findings = found()
    gate = sender(*(made(n, body.encode()) for n, body in zip(statuses, bodies, strict=True)))
    sample = SimpleNamespace(values=lambda _: {Part.SPACE_KEY: "A"})
    test_auth.test_refusals_do_not_reveal_resources(gate, sample, findings)
    assert [f"The {what} differs for a missing resource." for what in expected or ()] == messages(
        findings
    )
    assert (expected is not None) == bool(findings.operations)


@pytest.mark.parametrize(("statuses", "expected"), [
    ({}, 0), ({"GET": 400}, 10), ({"GET": 503}, 0), ({"HEAD": 399}, 2), ({"HEAD": 400}, 0),
    ({"OPTIONS": 200}, 0), ({"GET": 200}, 10),
])  # fmt: skip
def test_every_method_page_and_range_is_requested_without_a_token(
    statuses: dict[str, int], expected: int
) -> None:
    findings = found()
    gate = sender()
    counts = []

    def send(_: Any, *authorizations: str, method: str, more: Any) -> Any:
        counts.append((method, authorizations, more))
        return made(statuses.get(method, 401), {"n": len(counts)})

    gate.send = send
    test_auth.test_every_way_is_closed(gate, (SEARCHES,), gate.wire, findings)
    assert 14 == len(counts)
    assert {"": expected and 1} == {"": len({*messages(findings)})}
    day = date(2026, 3, 2)
    assert [more for method, sent, more in counts if method == "GET" and not sent] == [
        {Part.OFFSET: 1, Part.PAGE: 2, Part.LIMIT: 1}, None, {Part.LIMIT: 1_000},
        {Part.START: day, Part.END: day}, {Part.START: day, Part.END: date(2026, 3, 1)},
    ]  # fmt: skip
    gate.wire.target.is_live = True
    counts.clear()
    test_auth.test_every_way_is_closed(gate, (SEARCHES,), gate.wire, findings)
    assert ["HEAD", "HEAD", "OPTIONS", "OPTIONS", "GET", "GET"] == [one for one, *_ in counts]


@pytest.mark.parametrize(("words", "expected"), [
    ("at a.b (c.js:3:9)", ["a stack trace"]), ("See /opt/app/x", ["a path of the server"]),
    ("172.16.0.1", ["an address of an inner network"]), ("172.32.0.1", []),
    ("nginx/1.2.3", ["the version of a program"]), ("HTTP/1.1", []), ("A plain text.", []),
    ("kQ7vT2mZx9LpR4wB", ["a token or an account id"]),
])  # fmt: skip
def test_internal_details_in_a_response_are_found(words: str, expected: list[str]) -> None:
    redactor = Redactor(["kQ7vT2mZx9LpR4wB"])
    assert expected == faults.leaks_of(made(400, words.encode()), redactor)
    assert expected == faults.leaks_of(made(400, headers={"X-Why": words}), redactor)
    assert [] == faults.leaks_of(made(400, headers={"Server": "nginx/1.2.3"}), redactor)


@pytest.mark.parametrize("shown", ["C:\v", json.dumps("C:\v"), repr("C:\v")])
def test_what_a_request_sent_is_no_internal_detail(shown: str) -> None:
    path = "/api/v2/report/searches?startDate=C:%0B"
    assert [] == faults.leaks_of(
        made(400, {"detail": f"{shown} is no date"}, path=path), Redactor()
    )
    assert faults.leaks_of(made(400, {"detail": "D:\\wiki"}, path=path), Redactor())


@pytest.mark.parametrize(("body", "has_rows"), [
    ({"results": [{"searchTerm": "a"}], "totalSize": 0}, True), ({"results": [], "totalSize": 1}, True),
    ({"results": [], "totalSize": 0}, False), ({"title": "No."}, False),
])  # fmt: skip
def test_rows_in_an_error_are_found(body: Any, has_rows: bool) -> None:
    assert has_rows is faults.has_rows(BINDING.operations["getSearches"], made(403, body))


@pytest.mark.parametrize(("status", "challenge", "expected"), [
    (410, "", []), (400, "", []), (399, "", ["Expected an error such as 410, got 399."]),
    (401, "Bearer", []), (403, "Basic", []), (402, "basic a", []), (400, "basic a", []),
    (401, "basic a", ["Expected an error such as 410, got 401 and a Basic challenge."]),
])  # fmt: skip
def test_a_basic_challenge_of_version_1_is_found(
    status: int, challenge: str, expected: list[str]
) -> None:
    findings = found()
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    wire = SimpleNamespace(send=lambda *_, **__: made(status, headers=headers, operation=None))
    sample = SimpleNamespace(now=1_704_067_200_000)
    test_v1.test_version_1_has_ended(wire, sample, findings)
    assert expected == messages(findings)
    sample.now -= 1
    with pytest.raises(NotCheckedError):
        test_v1.test_version_1_has_ended(wire, sample, findings)


def test_invalid_tokens_are_derived_from_the_valid_one() -> None:
    sent: list[Any] = []

    def refuse(*headers: str, or_400: bool = False, what: str = "", **more: Any) -> None:
        sent.append((*headers, *more.values(), *["or 400"] * or_400))

    wire = SimpleNamespace(token="kQ7w")
    for name, test in vars(test_auth).items():
        if getattr(test, "__qualname__", "").startswith("_wrong.") and name != "test_made_up_token":
            test(refuse, wire)
    assert sent == [
        ("Token kQ7w",), ("Bearer", "or 400"), ("Bearer other kQ7w", "or 400"), ("Bearer kQ7",),
        ("Bearer kQ7wXYZ",), ("Bearer kQ7A",), ("Bearer Kq7W",),
        ([("access_token", "kQ7w"), ("token", "kQ7w")], "or 400"),
        ("access_token=kQ7w; token=kQ7w; Authorization=kQ7w",),
        ("Bearer kQ7w", "Bearer w7Qk", "or 400"), ("Bearer w7Qk", "Bearer kQ7w", "or 400"),
        ("Basic dG9rZW46a1E3dw==",),
    ]  # fmt: skip
    sent.clear()
    for token in ("kB", "ka", "k7", "11"):
        wire.token = token
        test_auth.test_altered_token(refuse, wire)
        test_auth.test_other_letter_case(refuse, wire)
    assert sent == [
        ("Bearer kw",), ("Bearer Kb",), ("Bearer kw",), ("Bearer KA",), ("Bearer kA",), ("Bearer K7",),
        ("Bearer 1A",),
    ]  # fmt: skip
