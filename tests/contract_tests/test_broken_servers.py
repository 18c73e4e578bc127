"""The kit finds the defect of every broken server, and no others."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contract_tests import Options, run
from contract_tests.model import Run, Verdict
from contract_tests.requirements import CHECKS_RESPONSES
from contract_tests.running import SUITE, requirements
from tests.contract_tests.servers import DEFECTIVE_SERVERS, ConformingServer, DefectiveServer
from tests.contract_tests.servers.__main__ import FINDINGS, PAGE, page

HOLDING = ("MANNERS-01", "MEANING-01", "MEANING-11")
"""Requirements that hold; every server is checked for one of them too."""
FILES = {
    name: path
    for path in SUITE.glob("test_*.py")
    for name in re.findall(r"[A-Z][A-Z0-9]*-\d\d", path.read_text("utf-8"))
}
"""The file of each requirement, so that a run collects no others."""


def checked(*servers: ConformingServer, paths: Sequence[Path] = (SUITE,), **more: Any) -> Run:
    # Without a limit of time, times are reported and not tested.
    options = {"rate": 1_000_000.0, "budget": 20_000, "max_response_time": 60.0, "strict": True}
    targets = {server.residency: server.target() for server in servers}
    return run(Options(**{**options, **servers[0].options, **more}), targets, paths=paths)


def test_a_conforming_server_breaks_no_requirement() -> None:
    result = checked(ConformingServer("us"), ConformingServer("de"))
    assert () == result.notes
    assert [] == [
        (outcome.requirement.id, outcome.findings) for outcome in result.of(Verdict.BROKE)
    ]
    assert "" == result.cut_short
    assert {("MANNERS-08", "The target is on this machine, where TLS is not required.")} == {
        (outcome.requirement.id, outcome.reason) for outcome in result.of(Verdict.NOT_RUN)
    }


def checked_alone(server: DefectiveServer) -> Run:
    others = ("AUTH-01", "AUTH-02", HOLDING[len(server.id) % 3])
    select = tuple(dict.fromkeys((*server.fails, *others)))
    paths = sorted({FILES[name] for name in select})
    return checked(server.make("us"), paths=paths, examples=4, select=select)


def first_findings(server: DefectiveServer, result: Run) -> list[str]:
    """Return the first finding of each requirement as a line of the file of findings.

    A line has the number of findings unless it depends on the other requirements of the run.
    """
    found = []
    for outcome in result.of(Verdict.BROKE):
        first, number = outcome.findings[0], len(outcome.findings)
        made = outcome.requirement
        times = "" if CHECKS_RESPONSES in made.tags or made.shares == "generated" else f" {number}x"
        message = re.sub(r"\?\S+", "", first.message)  # days depend on the clock
        found.append(f"{server.id} {made.id}{times} {first.operation}{first.pointer}: {message}")
    return sorted(found)


@pytest.mark.parametrize("server", DEFECTIVE_SERVERS.values(), ids=list(DEFECTIVE_SERVERS))
def test_a_broken_server_breaks_the_named_requirements(server: DefectiveServer) -> None:
    result = checked_alone(server)
    assert list(server.fails) == sorted(
        outcome.requirement.id for outcome in result.of(Verdict.BROKE)
    )
    assert first_findings(server, result) == [
        line
        for line in FINDINGS.read_text("utf-8").splitlines()
        if line.startswith(f"{server.id} ")
    ]


def test_every_requirement_is_broken_by_a_server() -> None:
    broken = {name for server in DEFECTIVE_SERVERS.values() for name in server.fails}
    assert set() == {requirement.id for requirement in requirements()} - broken


def test_the_table_of_broken_servers_is_up_to_date() -> None:
    assert page() == PAGE.read_text("utf-8")


def test_a_renamed_time_is_reported_without_internal_errors() -> None:
    class TimeIsRenamed(ConformingServer):
        def row(self, row: dict[str, Any]) -> dict[str, Any]:
            row_ = super().row(row)
            return {"at" if name.endswith("Time") else name: v for name, v in row_.items()}

    result = checked(TimeIsRenamed("us"), select=("MEANING-26", "DRIFT-02"))

    assert "" == result.cut_short
    assert ["DRIFT-02"] == [outcome.requirement.id for outcome in result.of(Verdict.BROKE)]
