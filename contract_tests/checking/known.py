"""Known deviations: breaches that a file explains, with a reason and an expiry date.

::

    [[known]]
    requirement = "DRIFT-01"
    residency = "de"                     # default: any
    operation = "getContentVisits"       # default: any
    pointer = "/results/*/device"        # default: any; * matches one step
    reason = "Reported to the vendor (ticket 4711)."
    expires = 2026-12-31                 # the last day on which the entry applies
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from contract_tests.errors import OptionError
from contract_tests.model import Finding, Outcome, Requirement, Verdict
from mock_server import Residency
from mock_server.inputs.files import read_toml
from mock_server.inputs.models import Model, explain

_SENTENCE = "No known deviation has expired or is unnecessary."
KNOWN = Requirement("KNOWN-01", _SENTENCE, "nothing", frozenset({"known"}), each=0)
"""The requirement for the file itself."""

_TEXT = Field(min_length=1, description="a text")
_DAY = Field(description="a day such as 2026-12-31, without quotes")


class Deviation(Model):
    """One entry of the file."""

    requirement: Annotated[str, _TEXT]
    reason: Annotated[str, _TEXT]
    expires: Annotated[date, _DAY]
    residency: Annotated[Residency | None, Field(strict=False)] = None
    operation: str = ""
    pointer: str = ""

    def explains(self, requirement: str, residency: str, finding: Finding) -> bool:
        """Return whether this entry explains a finding."""
        mine, its = self.pointer.split("/"), finding.pointer.split("/")
        is_there = len(mine) == len(its) and all(
            step in {"*", own} for step, own in zip(mine, its, strict=True)
        )
        return (
            self.requirement == requirement
            and self.residency in {None, residency}
            and self.operation in {"", finding.operation}
            and (is_there or not self.pointer)
        )

    @property
    def name(self) -> str:
        """The entry in messages."""
        words = (self.requirement, self.residency, self.operation, self.pointer)
        return " ".join(filter(None, words))


class KnownDeviations:
    """The entries of a file, and which of them were needed."""

    def __init__(self, deviations: Iterable[Deviation], today: date) -> None:
        self._deviations = tuple(deviations)
        self._today = today
        self._matched: set[tuple[Deviation, str]] = set()

    def check(self, requirements: Iterable[Requirement]) -> None:
        """Check that the requirements of all entries exist; `OptionError` if not."""
        ids = {requirement.id for requirement in requirements}
        for deviation in self._deviations:
            if deviation.requirement not in ids:
                raise OptionError(
                    f"--known: there is no requirement {deviation.requirement!r}; "
                    f"see `viewtracker-contract list`."
                )

    def reason(
        self, requirement: str, target: str, residency: str, findings: Iterable[Finding]
    ) -> str:
        """Return the reasons of the entries; empty if a finding is not explained."""
        reasons: dict[str, None] = {}
        for finding in findings:
            found = [
                one for one in self._deviations if one.explains(requirement, residency, finding)
            ]
            self._matched.update((deviation, target) for deviation in found)
            valid = [one for one in found if one.expires >= self._today]
            if not valid:
                return ""
            reasons |= dict.fromkeys(f"{one.reason} (until {one.expires})" for one in valid)
        return " ".join(reasons)

    def outcomes(
        self, outcomes: Iterable[Outcome], residencies: Mapping[str, str]
    ) -> list[Outcome]:
        """Return the outcomes of `KNOWN` per target; none if the file has no entries."""
        verdicts = {Verdict.HELD, Verdict.BROKE, Verdict.KNOWN}
        checked = {(one.requirement.id, one.target) for one in outcomes if one.verdict in verdicts}
        result = []
        for target, residency in residencies.items():
            mine = [
                deviation
                for deviation in self._deviations
                if deviation.residency in {None, residency}
                and (deviation.requirement, target) in checked
            ]
            found = tuple(finding for one in mine for finding in self._wrong(one, target))
            verdict = Verdict.BROKE if found else Verdict.HELD
            if mine:
                result.append(Outcome(KNOWN, target, verdict, findings=found))
        return result

    def _wrong(self, entry: Deviation, target: str) -> Iterable[Finding]:
        name, operation = entry.name, entry.operation or None
        if entry.expires < self._today:
            yield Finding(f"The known deviation {name} expired on {entry.expires}.", operation)
        if (entry, target) not in self._matched:
            message = f"The known deviation {name} did not occur; remove it from the file."
            yield Finding(message, operation)


def read_known(path: Path) -> Sequence[Deviation]:
    """Read a file of known deviations; `OptionError` if it is invalid."""
    content = read_toml(path, OptionError)
    try:
        return _File.model_validate(content).known
    except ValidationError as error:
        raise OptionError(explain(error, _File, str(path), content)) from error


class _File(Model):
    known: Annotated[tuple[Deviation, ...], Field(strict=False)] = ()
