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

KNOWN = Requirement(
    "KNOWN-01",
    "No known deviation has expired or is unnecessary.",
    "nothing",
    frozenset({"known"}),
    each=0,
)
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
        return (
            self.requirement == requirement
            and self.residency in {None, residency}
            and self.operation in {"", finding.operation}
            and self._is_at(finding.pointer)
        )

    def _is_at(self, pointer: str) -> bool:
        mine, its = self.pointer.split("/"), pointer.split("/")
        return not self.pointer or (
            len(mine) == len(its) and all(a in {b, "*"} for a, b in zip(mine, its, strict=True))
        )

    @property
    def name(self) -> str:
        """The entry in messages."""
        return " ".join(
            word
            for word in (self.requirement, self.residency, self.operation, self.pointer)
            if word
        )


class KnownDeviations:
    """The entries of a file, and which of them were needed."""

    def __init__(self, deviations: Iterable[Deviation], today: date) -> None:
        self._deviations = tuple(deviations)
        self._today = today
        self._matched: set[tuple[Deviation, str]] = set()

    def check(self, requirements: Iterable[Requirement]) -> None:
        """Check that the requirements of all entries exist.

        Raises:
            OptionError: If one does not exist.
        """
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
                deviation
                for deviation in self._deviations
                if deviation.explains(requirement, residency, finding)
            ]
            self._matched.update((deviation, target) for deviation in found)
            valid = [deviation for deviation in found if deviation.expires >= self._today]
            if not valid:
                return ""
            reasons |= {
                f"{deviation.reason} (until {deviation.expires})": None for deviation in valid
            }
        return " ".join(reasons)

    def outcomes(
        self, outcomes: Iterable[Outcome], residencies: Mapping[str, str]
    ) -> list[Outcome]:
        """Return the outcomes of `KNOWN` per target; none if the file has no entries."""
        if not self._deviations:
            return []
        checked = {
            (outcome.requirement.id, outcome.target)
            for outcome in outcomes
            if outcome.verdict in {Verdict.HELD, Verdict.BROKE, Verdict.KNOWN}
        }
        result = []
        for target, residency in residencies.items():
            mine = [
                deviation
                for deviation in self._deviations
                if deviation.residency in {None, residency}
                and (deviation.requirement, target) in checked
            ]
            found = tuple(
                finding for deviation in mine for finding in self._wrong(deviation, target)
            )
            verdict = Verdict.BROKE if found else Verdict.HELD
            if mine:
                result.append(Outcome(KNOWN, target, verdict, findings=found))
        return result

    def _wrong(self, entry: Deviation, target: str) -> Iterable[Finding]:
        if entry.expires < self._today:
            yield Finding(
                f"The known deviation {entry.name} expired on {entry.expires}.", entry.operation
            )
        if (entry, target) not in self._matched:
            yield Finding(
                f"The known deviation {entry.name} did not occur; remove it from the file.",
                entry.operation or None,
            )


def read_known(path: Path) -> Sequence[Deviation]:
    """Read a file of known deviations.

    Raises:
        OptionError: If the file cannot be read or is invalid.
    """
    content = read_toml(path, OptionError)
    try:
        return _File.model_validate(content).known
    except ValidationError as error:
        raise OptionError(explain(error, _File, str(path), content)) from error


class _File(Model):
    known: Annotated[tuple[Deviation, ...], Field(strict=False)] = ()
