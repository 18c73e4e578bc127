"""The pytest plugin of the kit, in runs of a few requirements."""

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from contract_tests import Options, Target, run
from contract_tests.context import Listener
from contract_tests.errors import ContractKitError, NotCheckedError, OptionError, SpentError
from contract_tests.model import Outcome, Run, Verdict
from contract_tests.reports.phrases import repeat_line
from contract_tests.wire.sampling import Once
from tests.commands import run_process

Checked = Callable[..., Run]

HELD = "findings.checked('getSearches')"
BROKE = HELD + "; findings.add('It is broken.', operation='getSearches')"


@pytest.mark.parametrize(("body", "verdict", "reason"), [
    (HELD, Verdict.HELD, ""), (BROKE, Verdict.BROKE, ""),
    ("assert document is None", Verdict.BROKE, ""),
    ("findings.add('first'); pytest.skip('then')", Verdict.BROKE, ""),
    ("pass", Verdict.NOT_RUN, "There was nothing to check."),
    ("findings.checked('getSearches', rows=0)", Verdict.NOT_RUN, "There was nothing to check."),
    ("pytest.skip('no space is known')", Verdict.NOT_RUN, "no space is known"),
    ("{}['x']", Verdict.NOT_RUN, "Internal error at test_made.py:"),
])  # fmt: skip
def test_the_end_of_a_test_decides_the_verdict(
    checked: Checked, body: str, verdict: Verdict, reason: str
) -> None:
    outcome = checked(body).outcomes[0]
    assert verdict == outcome.verdict
    assert outcome.reason.startswith(reason)
    assert (verdict is Verdict.BROKE) == bool(outcome.findings)


def test_internal_errors_have_the_line_in_the_suite(checked: Checked, tmp_path: Path) -> None:
    found = re.search(r"test_made\.py:(\d+): KeyError: 'x'$", checked("{}['x']").outcomes[0].reason)
    (suite,) = tmp_path.rglob("test_made.py")
    assert found is not None
    assert "{}['x']" in suite.read_text().splitlines()[int(found[1]) - 1]


@pytest.mark.parametrize(("bodies", "code"), [
    ([HELD, HELD], 0), ([HELD, BROKE], 1), ([HELD, "pytest.skip('x')"], 0),
    (["pytest.skip('x')"], 2), (["pass"], 2), ([HELD, "{}['x']"], 2), ([BROKE, "{}['x']"], 1),
])  # fmt: skip
def test_verdicts_decide_the_exit_code(checked: Checked, bodies: list[str], code: int) -> None:
    assert code == checked(*bodies).exit_code


def test_a_run_without_requirements_gives_exit_code_2(checked: Checked) -> None:
    assert 2 == checked().exit_code


def test_a_suite_that_cannot_be_imported_is_an_error(server: Any, tmp_path: Path) -> None:
    path = tmp_path / "test_broken.py"
    path.write_text("import nothing_of_this_name")
    with pytest.raises(ContractKitError, match="nothing_of_this_name"):
        run(Options(), server.target(), paths=[path])


def test_the_sentence_is_the_first_line_of_the_docstring(checked: Checked) -> None:
    requirement_ = checked(HELD).outcomes[0].requirement
    assert ("X-01", "Requirement 1 holds.", "something") == (
        requirement_.id,
        requirement_.sentence,
        requirement_.sends,
    )


@pytest.mark.parametrize(("words", "selected"), [
    ("x-02", ["X-02"]), ("X-02,x-03", ["X-02", "X-03"]), ("x", ["X-01", "X-02", "X-03"]),
])  # fmt: skip
def test_only_selected_requirements_run(checked: Checked, words: str, selected: list[str]) -> None:
    result = checked(HELD, HELD, HELD, select=(words,))
    assert selected == [outcome.requirement.id for outcome in result.outcomes]


def test_selecting_an_unknown_requirement_is_refused(checked: Checked) -> None:
    with pytest.raises(OptionError, match="'y' matches no requirement"):
        checked(HELD, select=("y",))


def test_outcomes_are_reported_during_the_run(server: Any, make_suite: Callable[..., Path]) -> None:
    events: list[object] = []

    class EventListener(Listener):
        def collected(self, number: int) -> None:
            events.append(number)

        def concluded(self, outcome: Outcome) -> None:
            events.append(outcome.requirement.id)

    run(Options(), server.target(), paths=[make_suite(HELD, HELD)], listener=EventListener())
    assert [2, "X-01", "X-02"] == events


def test_the_seed_decides_generated_requests(checked: Checked, server: Any) -> None:
    body = (
        "from hypothesis import strategies as st\n"
        "def check(word, number): wire.send('GET', PATH, query={'q': word, 'n': number})\n"
        "examine(check, st.text('abc'), st.integers(), examples=8)"
    )
    sent = []
    for seed in (1, 1, 2):
        server.requests.clear()
        checked(body, is_live=False, seed=seed)
        sent.append(list(server.requests))

    assert sent[0] == sent[1] != sent[2]
    assert 4 < len(sent[0])


def test_coverage_of_the_document_is_counted(checked: Checked) -> None:
    run = checked("wire.send('GET', PATH, query={'limit': 5, 'foo': 1})", "wire.send('GET', '/x')")
    seen = run.coverage["there"]
    assert {"getContentVisits": 0, "getSpaceVisits": 0, "getSearches": 1} == dict(seen.operations)
    assert 1 == seen.parameters["getSearches limit"]
    assert "getSearches 200 /echo" not in seen.properties


def test_a_content_and_a_space_are_found_by_requests(make_suite: Callable[..., Path]) -> None:
    body = """
assert sample.content_id and sample.space_key
from mock_server import Subject
for bound in wire_binding(options, document):
    reading = sample.reading(bound)
    findings.checked(bound.operation, rows=len(reading.rows))
    first, last = sample.range(bound)
    assert first <= last <= sample.today
"""
    head = "from mock_server import bind\nwire_binding = lambda o, d: bind(d).operations.values()\n"
    checked = run(Options(), paths=[make_suite(head + body)])

    assert {Verdict.HELD} == {outcome.verdict for outcome in checked.outcomes}
    assert [3, 3] == [len(outcome.operations) for outcome in checked.outcomes]


def test_a_requirement_is_not_run_if_no_content_is_found(checked: Checked) -> None:
    outcome = checked("sample.content_id").outcomes[0]
    assert Verdict.NOT_RUN == outcome.verdict
    assert "set --content-id" in outcome.reason


def test_an_asgi_application_is_tested_in_process(make_suite: Callable[..., Path]) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/fail":
            raise RuntimeError("It breaks.")
        headers = [(b"X-Twice", b"1"), (b"x-twice", b"2"), (b"x-sent", scope["method"].encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"so", "more_body": True})
        await send({"type": "http.response.body", "body": scope["raw_path"]})

    target = Target(name="app", url="http://app.test", token="x" * 20, app=app)
    body = """
findings.checked("x")
response = wire.send("GET", "/a%2Fb")
assert (200, b"so/a%2Fb", ["1", "2"]) == (response.status, response.body, response.headers.getlist("x-twice"))
assert b"" == wire.send("HEAD", "/a").body
assert "DELETE" == wire.send("DELETE", "/a").headers["X-Sent"]
assert 500 == wire.send("GET", "/fail").status
"""

    checked = run(Options(), {"app": target}, paths=[make_suite(body)])

    assert [Verdict.HELD] == [outcome.verdict for outcome in checked.outcomes]


def pytest_output(folder: Path, *words: str) -> str:
    program = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    ended = run_process(*program, *words, folder=folder)
    return ended.out + ended.err


def test_requirements_can_be_run_by_pytest(make_suite: Callable[..., Path]) -> None:
    path = make_suite(HELD, BROKE, "raise KeyError(wire.token)")
    path.write_text(path.read_text() + "\n\ndef test_other():\n    assert requests.get\n")
    output = pytest_output(path.parent, "--contract-select=x-02,x-03")
    assert "4 failed, 1 passed, 2 deselected" in output
    assert "It is broken." in output
    assert "demo-token" not in output


def test_the_summary_of_pytest_has_the_finding(make_suite: Callable[..., Path]) -> None:
    output = pytest_output(
        make_suite("findings.add('It is bare.', operation='getSearches')").parent
    )

    assert any("FAILED" in line and "It is bare." in line for line in output.splitlines())
    assert "plugin.py" not in output


def test_an_invalid_option_of_pytest_is_an_error_of_one_sentence(
    make_suite: Callable[..., Path],
) -> None:
    output = pytest_output(make_suite(HELD).parent, "--contract-examples=x")

    assert "--contract-examples 'x' is invalid; expected a whole number from 1." in output
    assert "Traceback" not in output


def test_the_suite_is_found_by_its_package_name(tmp_path: Path) -> None:
    output = pytest_output(tmp_path, "--pyargs", "contract_tests", "--collect-only")
    assert "test_schema.py" in output
    assert "[mock us]" in output


def test_the_command_to_repeat_a_requirement_has_its_options(checked: Checked) -> None:
    result = checked(BROKE, space_key="SUP", content_id="7")
    assert ("--content-id", "7", "--space-key", "SUP") == result.arguments
    assert repeat_line(result, result.outcomes[0]).endswith("--content-id 7 --space-key SUP")


def test_a_recursive_search_is_repeated_afterwards() -> None:
    once = Once()

    def content() -> str:
        with suppress(NotCheckedError):
            return page()
        return "found by an example"

    def page() -> str:
        return str(once("page", lambda: f"page of {once('content', content)}"))

    assert "found by an example" == once("content", content)
    assert "page of found by an example" == page()


def test_a_search_that_depends_only_on_itself_fails() -> None:
    once = Once()

    def space() -> str:
        return str(once("space", space))

    for _ in range(2):
        with pytest.raises(NotCheckedError, match="No space is known"):
            once("space", space)


def test_a_spent_budget_is_not_stored_as_a_result() -> None:
    once = Once()

    def spent() -> str:
        raise SpentError("the budget is spent")

    for _ in range(2):
        with pytest.raises(SpentError, match="the budget is spent"):
            once("page", spent)
