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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from contract_tests.errors import OptionError
from contract_tests.model import Finding, Outcome, Requirement, Verdict
from mock_server import Residency
from mock_server.files import read_toml

_RESIDENCIES = tuple(Residency)

KNOWN = Requirement(
    "KNOWN-01",
    "No known deviation has expired or is unnecessary.",
    "nothing",
    frozenset({"known"}),
    each=0,
)
"""The requirement for the file itself."""


@dataclass(frozen=True)
class Deviation:
    """One entry of the file."""

    requirement: str
    reason: str
    expires: date
    residency: str = ""
    operation: str = ""
    pointer: str = ""

    def explains(self, requirement: str, residency: str, finding: Finding) -> bool:
        """Return whether this entry explains a finding."""
        return (
            self.requirement == requirement
            and self.residency in {"", residency}
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
        self._met: set[tuple[Deviation, str]] = set()

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
            self._met.update((deviation, target) for deviation in found)
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
        judged = {
            (outcome.requirement.id, outcome.target)
            for outcome in outcomes
            if outcome.verdict in {Verdict.HELD, Verdict.BROKE, Verdict.KNOWN}
        }
        result = []
        for target, residency in residencies.items():
            mine = [
                deviation
                for deviation in self._deviations
                if deviation.residency in {"", residency}
                and (deviation.requirement, target) in judged
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
        if (entry, target) not in self._met:
            yield Finding(
                f"The known deviation {entry.name} did not occur; remove it from the file.",
                entry.operation or None,
            )


def read_known(path: Path) -> list[Deviation]:
    """Read a file of known deviations.

    Raises:
        OptionError: If the file cannot be read or is invalid.
    """
    content = read_toml(path, OptionError)
    entries = content.pop("known", [])
    if content or not isinstance(entries, list):
        raise OptionError(f"{path}: the file may only contain [[known]] tables, one per deviation.")
    return [_read(entry, f"{path}, [[known]] number {n}") for n, entry in enumerate(entries, 1)]


def _read(entry: Any, where: str) -> Deviation:
    kinds = {field.name: date if field.name == "expires" else str for field in fields(Deviation)}
    if not isinstance(entry, Mapping):
        raise OptionError(f"{where} is not a table.")
    for key, value in entry.items():
        if key not in kinds:
            raise OptionError(f"{where}: unknown key {key!r}; expected one of {', '.join(kinds)}.")
        if type(value) is not kinds[key]:
            wanted = "a date such as 2026-12-31" if key == "expires" else "a string"
            raise OptionError(f"{where}: {key} must be {wanted}.")
    for key in ("requirement", "reason", "expires"):
        if not entry.get(key):
            raise OptionError(f"{where}: {key} is missing.")
    if entry.get("residency", "us") not in _RESIDENCIES:
        raise OptionError(f"{where}: residency must be one of {', '.join(_RESIDENCIES)}.")
    return Deviation(**entry)
