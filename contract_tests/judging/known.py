"""Known deviations: what a person has written down as broken, why, and until when.

::

    [[known]]
    requirement = "DRIFT-01"
    residency = "de"                     # any if left out
    operation = "getContentVisits"       # any if left out
    pointer = "/results/*/device"        # any place if left out; * is one step
    reason = "The vendor is asked to document it (ticket 4711)."
    expires = 2026-12-31                 # counts for the last time on this day
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
    "Every known deviation has not expired and is still needed.",
    "nothing",
    frozenset({"known"}),
    each=0,
)
"""The requirement that the file itself must keep."""


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
        """Return whether a finding is what this entry speaks of."""
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
        """What messages call it."""
        return " ".join(
            word
            for word in (self.requirement, self.residency, self.operation, self.pointer)
            if word
        )


class KnownDeviations:
    """The entries of a file, and which of them were met."""

    def __init__(self, deviations: Iterable[Deviation], today: date) -> None:
        self._deviations = tuple(deviations)
        self._today = today
        self._met: set[tuple[Deviation, str]] = set()

    def check(self, requirements: Iterable[Requirement]) -> None:
        """See that every entry speaks of a requirement that there is.

        Raises:
            OptionError: If one does not.
        """
        there = {requirement.id for requirement in requirements}
        for deviation in self._deviations:
            if deviation.requirement not in there:
                raise OptionError(
                    f"--known: there is no requirement {deviation.requirement!r}; "
                    f"`viewtracker-contract list` shows them."
                )

    def reason(
        self, requirement: str, target: str, residency: str, findings: Iterable[Finding]
    ) -> str:
        """Return why a requirement is known to break; empty if one finding is not explained."""
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
        """Return what came of the file itself at each target; nothing if it has no entries."""
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
            found = tuple(said for deviation in mine for said in self._wrong(deviation, target))
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
                f"The known deviation {entry.name} was not met; take it out of the file.",
                entry.operation or None,
            )


def read_known(path: Path) -> list[Deviation]:
    """Read a file of known deviations.

    Raises:
        OptionError: If the file cannot be read; says where, and what to write.
    """
    content = read_toml(path, OptionError)
    entries = content.pop("known", [])
    if content or not isinstance(entries, list):
        raise OptionError(
            f"{path}: write every deviation below a line [[known]], and nothing else."
        )
    return [_read(entry, f"{path}, [[known]] number {n}") for n, entry in enumerate(entries, 1)]


def _read(entry: Any, where: str) -> Deviation:
    kinds = {field.name: date if field.name == "expires" else str for field in fields(Deviation)}
    if not isinstance(entry, Mapping):
        raise OptionError(f"{where} is no table.")
    for key, value in entry.items():
        if key not in kinds:
            raise OptionError(f"{where}: {key!r} is no key; there are {', '.join(kinds)}.")
        if type(value) is not kinds[key]:
            wanted = "a date such as 2026-12-31" if key == "expires" else "a text in quotes"
            raise OptionError(f"{where}: {key} must be {wanted}.")
    for key in ("requirement", "reason", "expires"):
        if not entry.get(key):
            raise OptionError(f"{where} lacks {key}.")
    if entry.get("residency", "us") not in _RESIDENCIES:
        raise OptionError(f"{where}: residency must be one of {', '.join(_RESIDENCIES)}.")
    return Deviation(**entry)
