"""From how a test ended to what that means for its requirement."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contract_tests.errors import ContractBrokenError, RetiredError
from contract_tests.findings import Findings
from contract_tests.model import Finding, Outcome, Requirement, Verdict

if TYPE_CHECKING:
    from contract_tests.inquiry import Inquiry


def settle(findings: Findings, error: BaseException | None) -> None:
    """Fail a test for its findings, skip it for having judged nothing, or let it be.

    Args:
        findings: What it found.
        error: What it raised; findings outweigh a skip.

    Raises:
        ContractBrokenError: If there are findings.
    """
    __tracebackhide__ = True
    found = findings.found
    if found:
        raise ContractBrokenError("\n\n".join(_told(one) for one in found)) from error
    if error is None and findings.lack:
        pytest.skip(f"{findings.lack.capitalize()}.")


def conclude(
    requirement: Requirement,
    target: str,
    findings: Findings,
    raised: pytest.ExceptionInfo[BaseException] | None,
    inquiry: "Inquiry",
) -> Outcome:
    """Give what came of a requirement, by its findings and what its test raised."""
    verdict, reason, found = Verdict.HELD, "", findings.found
    error = None if raised is None else raised.value
    if found:
        verdict = Verdict.BROKE
    elif isinstance(error, RetiredError):
        verdict, reason = Verdict.RETIRED, str(error)
    elif isinstance(error, pytest.skip.Exception):
        verdict, reason = Verdict.NOT_RUN, str(error)
    elif isinstance(error, AssertionError):
        verdict, found = Verdict.BROKE, (Finding(inquiry.redactor.text(str(error))),)
    elif raised is not None:
        last = raised.traceback[-1]
        where = f"{Path(last.path).name}:{last.lineno + 1}"
        said = inquiry.redactor.text(f"{type(error).__name__}: {error}")
        verdict, reason = Verdict.NOT_RUN, f"The kit stumbled at {where}: {said}"
        inquiry.stumbles.append(f"{requirement.id} at {target}: {said}")
    return Outcome(
        requirement=requirement,
        target=target,
        verdict=verdict,
        reason=inquiry.redactor.text(reason),
        findings=found,
        operations=findings.operations,
    )


def _told(finding: Finding) -> str:
    where = " ".join(part for part in (finding.operation, finding.pointer) if part)
    told = f"{where}: {finding.message}" if where else finding.message
    return f"{told}\n    {finding.curl}" if finding.curl else told
