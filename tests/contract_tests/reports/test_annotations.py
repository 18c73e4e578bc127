from collections.abc import Callable
from dataclasses import replace

import pytest

from contract_tests.model import Outcome, Run, Verdict
from contract_tests.reports import print_annotations
from tests.contract_tests.made_reports import make_finding, make_outcome, make_run

ACTIONS = {"GITHUB_ACTIONS": "true"}


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    def lines(run: Run, secrets: tuple[str, ...] = ()) -> list[str]:
        print_annotations(run, secrets, ACTIONS)
        return capsys.readouterr().out.splitlines()

    return lines


@pytest.mark.parametrize("environment", [{}, {"GITHUB_ACTIONS": ""}, {"CI": "true"}])
def test_annotations_are_printed_only_in_github_actions(
    environment: dict[str, str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    print_annotations(run, [], environment)
    assert "" == capsys.readouterr().out


def test_annotations_have_broken_and_known_requirements_and_the_result(
    printed: Callable[..., list[str]], run: Run
) -> None:
    broke = (
        "::error title=SCHEMA-04 (document) at mock us::Something holds.%0A"
        "`userId` is null; the document wants a string.%0A"
        "viewtracker-contract run --target mock --select SCHEMA-04 --seed 42"
    )

    assert [
        broke,
        "::warning title=DRIFT-01 (document) at mock us::Known: Field `x` came early, until 2026-03-01.",
        "::error title=Contract report::1 of 5 requirements broke, at mock us.",
    ] == printed(run)


def test_a_successful_run_is_a_notice(printed: Callable[..., list[str]]) -> None:
    (line,) = printed(make_run(make_outcome("AUTH-01", Verdict.HELD)))
    assert line.startswith("::notice title=Contract report::1 of 1 requirements held")


def test_a_run_without_a_result_is_an_error(printed: Callable[..., list[str]]) -> None:
    (line,) = printed(make_run(cut_short="The budget is spent."))
    assert "::error title=Contract report::The run has no result: The budget is spent." == line


def test_responses_cannot_inject_workflow_commands(
    printed: Callable[..., list[str]], broken: Outcome
) -> None:
    finding = make_finding(message="100%\r\n::set-env name=A::b")
    target = "a,b::c\n::d"
    lines = printed(make_run(replace(broken, target=target, findings=(finding,)), targets={}))
    assert 2 == len(lines)
    assert lines[0].startswith(
        "::error title=SCHEMA-04 (document) at a%2Cb%3A%3Ac%0A%3A%3Ad::Something"
    )
    assert "100%25\\x0d%0A::set-env name=A::b" in lines[0]


def test_there_are_at_most_ten_annotations_of_a_kind(
    printed: Callable[..., list[str]], broken: Outcome
) -> None:
    lines = printed(make_run(*[broken] * 30, notes=("Note.",) * 30))
    assert 10 == sum(line.startswith("::error") for line in lines)
    assert 10 == sum(line.startswith("::warning") for line in lines)
    assert "30 of 30 requirements broke" in lines[-1]


def test_annotations_have_no_tokens(printed: Callable[..., list[str]], broken: Outcome) -> None:
    leaky = replace(broken, findings=(make_finding(message="I know s3cret-token."),))
    lines = printed(make_run(leaky), ("s3cret-token",))
    assert "s3cret" not in "".join(lines)
    assert "I know [filtered]." in lines[0]
