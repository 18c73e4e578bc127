"""The kit finds what is broken, and nothing else: judged by servers that are broken on purpose."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

import contract_tests.inquiry
from contract_tests import Options, run
from contract_tests.model import Run, Verdict
from contract_tests.running import requirements
from tests.contract_tests.servers import SISTERS, Faithful, Sister
from tests.contract_tests.servers.__main__ import PAGE, page


@pytest.fixture(scope="module", autouse=True)
def shared_by_all_runs() -> Iterator[None]:
    """Read the document once, and validate equal responses of all servers once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("read_document", "bind", "Judge"):
            made_once = cache(getattr(contract_tests.inquiry, name))
            patch.setattr(contract_tests.inquiry, name, made_once)
        yield


ALWAYS = ("AUTH-01", "AUTH-02", "MANNERS-01", "MEANING-01", "MEANING-11")
"""Requirements that every server is asked for, beside those that it breaks."""


def judged(*servers: Faithful, **told: Any) -> Run:
    # Without a limit of time, times are told and not judged.
    options = {"rate": 1_000_000.0, "budget": 20_000, "max_response_time": 60.0, "strict": True}
    options |= servers[0].options
    targets = {server.residency: server.target() for server in servers}
    return run(Options(**{**options, **told}), targets)


def test_a_server_that_keeps_its_promises_breaks_none() -> None:
    result = judged(Faithful("us"), Faithful("de"))

    assert () == result.notes
    assert [] == [
        (outcome.requirement.id, outcome.findings) for outcome in result.of(Verdict.BROKE)
    ]
    assert "" == result.cut_short
    assert {("MANNERS-08", "The target is on this machine, where TLS is not required.")} == {
        (outcome.requirement.id, outcome.reason) for outcome in result.of(Verdict.NOT_RUN)
    }


@pytest.mark.parametrize("sister", SISTERS.values(), ids=list(SISTERS))
def test_a_broken_server_breaks_the_requirements_named_beside_it(sister: Sister) -> None:
    result = judged(sister.make("us"), examples=4, select=(*sister.fails, *ALWAYS))

    assert list(sister.fails) == sorted(
        outcome.requirement.id for outcome in result.of(Verdict.BROKE)
    )


def test_every_requirement_is_broken_by_a_server() -> None:
    broken = {name for sister in SISTERS.values() for name in sister.fails}

    assert set() == {requirement.id for requirement in requirements()} - broken


def test_the_table_of_broken_servers_is_true() -> None:
    assert page() == PAGE.read_text("utf-8")


def test_a_renamed_time_is_not_an_error_of_the_kit() -> None:
    class TimeIsRenamed(Faithful):
        def row(self, row: dict[str, Any]) -> dict[str, Any]:
            told = super().row(row)
            return {"at" if name.endswith("Time") else name: v for name, v in told.items()}

    result = judged(TimeIsRenamed("us"), select=("MEANING-26", "DRIFT-02"))

    assert "" == result.cut_short
    assert ["DRIFT-02"] == [outcome.requirement.id for outcome in result.of(Verdict.BROKE)]
