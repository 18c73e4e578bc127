"""From how a test ended to what that means for its requirement."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contract_tests.errors import ContractBrokenError, RetiredError
from contract_tests.findings import Findings
from contract_tests.model import Finding, Outcome, Requirement, Verdict

if TYPE_CHECKING:
    from contract_tests.inquiry import Inquiry


def settle(
    requirement: Requirement,
    target: str,
    findings: Findings,
    error: BaseException | None,
    inquiry: "Inquiry",
) -> None:
    """Fail a test for its findings, skip it for having judged nothing, or let it be.

    Args:
        requirement: What it judges.
        target: Where.
        findings: What it found; they outweigh a skip.
        error: What it raised; what a plain `assert` says is a finding too.
        inquiry: The run.

    Raises:
        ContractBrokenError: If there are findings that are not known; known ones are an `xfail`.
    """
    __tracebackhide__ = True
    if isinstance(error, AssertionError):
        findings.add(str(error) or "An assertion of the suite does not hold.")
    if found := findings.found:
        residency = inquiry.targets[target].residency
        findings.known = inquiry.known.reason(requirement.id, target, residency, found)
        if findings.known:
            pytest.xfail(findings.known)
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
    verdict, reason = Verdict.HELD, ""
    error = None if raised is None else raised.value
    if findings.found:
        verdict = Verdict.KNOWN if findings.known else Verdict.BROKE
        reason = findings.known
    elif isinstance(error, pytest.skip.Exception):
        verdict = Verdict.RETIRED if isinstance(error, RetiredError) else Verdict.NOT_RUN
        reason = str(error)
    elif raised is not None:
        last = raised.traceback[-1]
        reason = f"The kit stumbled at {Path(last.path).name}:{last.lineno + 1}: "
        reason += f"{type(error).__name__}: {error}"
        verdict = Verdict.NOT_RUN
        inquiry.stumbles.append(inquiry.redactor.text(f"{requirement.id} at {target}: {reason}"))
    return Outcome(
        requirement=requirement,
        target=target,
        verdict=verdict,
        reason=inquiry.redactor.text(reason),
        findings=findings.found,
        operations=findings.operations,
    )


def _told(finding: Finding) -> str:
    return f"{finding.told}\n    {finding.curl}" if finding.curl else finding.told
