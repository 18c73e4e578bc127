"""The kit finds what is broken, and nothing else: checked by servers that are broken on purpose."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contract_tests import Options, run
from contract_tests.model import Run, Verdict
from contract_tests.requirements import CHECKS_RESPONSES
from contract_tests.running import SUITE, requirements
from tests.contract_tests.servers import SISTERS, Faithful, Sister
from tests.contract_tests.servers.__main__ import FINDINGS, PAGE, page

IN_TURN = ("MANNERS-01", "MEANING-01", "MEANING-11")
"""Requirements of which every server is asked for one, beside those that it breaks."""
FILES = {
    name: path
    for path in SUITE.glob("test_*.py")
    for name in re.findall(r"[A-Z][A-Z0-9]*-\d\d", path.read_text("utf-8"))
}
"""The file of each requirement, so that a run collects no others."""


def checked(*servers: Faithful, paths: Sequence[Path] = (SUITE,), **more: Any) -> Run:
    # Without a limit of time, times are reported and not tested.
    options = {"rate": 1_000_000.0, "budget": 20_000, "max_response_time": 60.0, "strict": True}
    targets = {server.residency: server.target() for server in servers}
    return run(Options(**{**options, **servers[0].options, **more}), targets, paths=paths)


def test_a_server_that_keeps_its_promises_breaks_none() -> None:
    result = checked(Faithful("us"), Faithful("de"))
    assert () == result.notes
    assert [] == [
        (outcome.requirement.id, outcome.findings) for outcome in result.of(Verdict.BROKE)
    ]
    assert "" == result.cut_short
    assert {("MANNERS-08", "The target is on this machine, where TLS is not required.")} == {
        (outcome.requirement.id, outcome.reason) for outcome in result.of(Verdict.NOT_RUN)
    }


def checked_alone(sister: Sister) -> Run:
    others = ("AUTH-01", "AUTH-02", IN_TURN[len(sister.id) % 3])
    select = tuple(dict.fromkeys((*sister.fails, *others)))
    paths = sorted({FILES[name] for name in select})
    return checked(sister.make("us"), paths=paths, examples=4, select=select)


def first_findings(sister: Sister, result: Run) -> list[str]:
    """Return the first finding of each requirement as a line of the file of findings.

    Where it checks the responses to others, the number of findings depends on these.
    """
    found = []
    for outcome in result.of(Verdict.BROKE):
        first, number = outcome.findings[0], len(outcome.findings)
        made = outcome.requirement
        times = "" if CHECKS_RESPONSES in made.tags or made.shares == "generated" else f" {number}x"
        message = re.sub(r"\?\S+", "", first.message)  # days depend on the clock
        found.append(f"{sister.id} {made.id}{times} {first.operation}{first.pointer}: {message}")
    return sorted(found)


@pytest.mark.parametrize("sister", SISTERS.values(), ids=list(SISTERS))
def test_a_broken_server_breaks_the_named_requirements(sister: Sister) -> None:
    result = checked_alone(sister)
    assert list(sister.fails) == sorted(
        outcome.requirement.id for outcome in result.of(Verdict.BROKE)
    )
    assert first_findings(sister, result) == [
        line
        for line in FINDINGS.read_text("utf-8").splitlines()
        if line.startswith(f"{sister.id} ")
    ]


def test_every_requirement_is_broken_by_a_server() -> None:
    broken = {name for sister in SISTERS.values() for name in sister.fails}
    assert set() == {requirement.id for requirement in requirements()} - broken


def test_the_table_of_broken_servers_is_true() -> None:
    assert page() == PAGE.read_text("utf-8")


def test_a_renamed_time_is_not_an_error_of_the_kit() -> None:
    class TimeIsRenamed(Faithful):
        def row(self, row: dict[str, Any]) -> dict[str, Any]:
            row_ = super().row(row)
            return {"at" if name.endswith("Time") else name: v for name, v in row_.items()}

    result = checked(TimeIsRenamed("us"), select=("MEANING-26", "DRIFT-02"))

    assert "" == result.cut_short
    assert ["DRIFT-02"] == [outcome.requirement.id for outcome in result.of(Verdict.BROKE)]
