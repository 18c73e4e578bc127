from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.model import Coverage, Finding, Outcome, Requirement, Run, Verdict
from contract_tests.reports.comparing import Comparison, as_text, compare


def outcome(
    identity: str, verdict: Verdict, *operations: str, target: str = "mock us", reason: str = ""
) -> Outcome:
    requirement = Requirement(identity, "Something holds.", "one request")
    findings = tuple(Finding(f"{name} is wrong.", operation=name) for name in operations)
    return Outcome(requirement, target, verdict, reason, findings)


@pytest.fixture
def make_run(make_run: Callable[..., Run]) -> Callable[..., Run]:
    """Make a run of these outcomes at their targets; what is named is changed."""

    def make(*outcomes: Outcome, **changed: Any) -> Run:
        targets = dict.fromkeys((outcome.target for outcome in outcomes), "http://127.0.0.1")
        return make_run(*outcomes, **{"targets": targets, "coverage": {}, **changed})

    return make


Make = Callable[..., Run]


def only(left: Run, right: Run) -> Comparison:
    (comparison,) = compare(left, right, [])
    return comparison


def test_the_same_twice_is_alike(make_run: Make) -> None:
    one = make_run(outcome("AUTH-01", Verdict.HELD), outcome("AUTH-02", Verdict.BROKE, "a"))
    other = make_run(outcome("AUTH-01", Verdict.HELD), outcome("AUTH-02", Verdict.BROKE, "a"))

    assert only(one, other).is_alike
    assert "mock us and mock us: no differences.\n" == as_text(only(one, other))


def test_verdicts_that_differ_are_told_with_why(make_run: Make) -> None:
    mock = make_run(
        outcome("AUTH-01", Verdict.HELD),
        outcome("AUTH-02", Verdict.HELD),
        outcome("AUTH-03", Verdict.NOT_RUN, reason="No token."),
    )
    live = make_run(
        outcome("AUTH-01", Verdict.HELD, target="us"),
        outcome("AUTH-02", Verdict.BROKE, "getSearches", target="us"),
        outcome("V1-01", Verdict.NOT_RUN, target="us", reason="410."),
    )

    verdicts = only(mock, live).verdicts

    assert [
        ("AUTH-02", "held", "broke on getSearches: getSearches is wrong."),
        ("AUTH-03", "not run: No token.", "not tested"),
        ("V1-01", "not tested", "not run: 410."),
    ] == [(verdict.subject, verdict.left, verdict.right) for verdict in verdicts]


def test_what_broke_on_other_operations_differs(make_run: Make) -> None:
    left = make_run(outcome("AUTH-01", Verdict.BROKE, "a", "b"))
    right = make_run(outcome("AUTH-01", Verdict.BROKE, "b", "c"))

    (difference,) = only(left, right).verdicts

    assert "broke on a, b: a is wrong." == difference.left
    assert "broke on b, c: b is wrong." == difference.right


def test_what_only_one_has_seen_is_told(make_run: Make) -> None:
    held = outcome("AUTH-01", Verdict.HELD)
    statuses = {"getSearches 200": 5, "getSearches 404": 1}
    left = make_run(held, coverage={"mock us": Coverage(statuses=statuses, properties={"a": 0})})
    seen = Coverage(statuses={"getSearches 200": 9, "getSearches 404": 0}, properties={"b": 2})

    coverage = only(left, make_run(held, coverage={"mock us": seen})).coverage

    assert [
        ("getSearches 404", "statuses", "seen once", "never seen"),
        ("b", "properties", "not declared", "seen 2 times"),
    ] == [(one.subject, one.sentence, one.left, one.right) for one in coverage]


@pytest.mark.parametrize(
    ("left", "right", "pairs"),
    [
        (["mock us", "mock de"], ["us", "de"], [("mock us", "us"), ("mock de", "de")]),
        (["mock us", "mock de"], ["us"], [("mock us", "us")]),
        (["us"], ["de"], [("us", "de")]),
        (["mock us", "mock de"], ["https://a.example"], [
            ("mock us", "https://a.example"), ("mock de", "https://a.example")
        ]),
    ],
)  # fmt: skip
def test_targets_are_paired_by_their_residency(
    left: list[str], right: list[str], pairs: list[tuple[str, str]], make_run: Make
) -> None:
    one, other = (
        make_run(*(outcome("AUTH-01", Verdict.HELD, target=name) for name in names))
        for names in (left, right)
    )

    assert pairs == [(done.left, done.right) for done in compare(one, other, [])]


def test_the_targets_of_one_run_are_compared_with_each_other(make_run: Make) -> None:
    run = make_run(
        outcome("AUTH-01", Verdict.HELD, target="us"),
        outcome("AUTH-01", Verdict.BROKE, "a", target="de"),
    )

    (done,) = compare(run, run, [])

    assert ("us", "de", 1) == (done.left, done.right, len(done.verdicts))


def test_what_makes_runs_hard_to_compare_is_told(make_run: Make) -> None:
    held = outcome("AUTH-01", Verdict.HELD)

    done = only(make_run(held), make_run(held, document_digest="cd", cut_short="No budget."))

    assert (
        "The runs used different documents.",
        "mock us was cut short: No budget.",
    ) == done.notes
    assert "Note: The runs used different documents.\n" in as_text(done)


def test_it_reads_well_in_a_terminal(make_run: Make) -> None:
    left = make_run(outcome("AUTH-01", Verdict.HELD))
    right = make_run(outcome("AUTH-01", Verdict.NOT_RUN, reason="No token.", target="us"))

    assert (
        "mock us and us: 1 verdicts differ, and 0 names of the document were seen at only one.\n"
        "AUTH-01: Something holds.\n"
        "    mock us: held\n"
        "    us: not run: No token.\n"
    ) == as_text(only(left, right))


def test_tokens_are_left_out(make_run: Make) -> None:
    left = make_run(outcome("AUTH-01", Verdict.HELD))
    right = make_run(outcome("AUTH-01", Verdict.NOT_RUN, reason="s3cret-token is wrong."))

    (done,) = compare(left, right, iter(["s3cret-token"]))

    assert "not run: [filtered] is wrong." == done.verdicts[0].right
