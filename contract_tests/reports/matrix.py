"""Which requirement was judged on which operation, and what of the document was seen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contract_tests.model import Coverage, Outcome, Run, Verdict

PARTS = ("operations", "parameters", "statuses", "properties")
"""What coverage counts, by the names of its attributes."""


@dataclass(frozen=True)
class Matrix:
    """What came of each requirement at one target, on each operation."""

    target: str
    operations: tuple[str, ...]
    rows: tuple[tuple[Outcome, tuple[Verdict | None, ...]], ...]
    """Each outcome with its verdict for each operation; None where it was not judged on it."""


@dataclass(frozen=True)
class Seen:
    """How much of one part of the document was met at a target."""

    part: str
    counts: Mapping[str, int]
    unmet: tuple[str, ...]
    """Declared names that were not met, in the document's order; of statuses that were."""

    @property
    def met(self) -> int:
        """How many of the declared names were met."""
        return sum(count > 0 for count in self.counts.values())


def matrix(run: Run, target: str) -> Matrix:
    """Give the matrix of one target; the rows stand in the order of the run."""
    outcomes = [one for one in run.outcomes if one.target == target]
    operations = tuple(dict.fromkeys(_operations(run, target, outcomes)))
    rows = tuple((one, tuple(_cell(one, name) for name in operations)) for one in outcomes)
    return Matrix(target, operations, rows)


def seen(run: Run, target: str) -> tuple[Seen, ...]:
    """Give the coverage of one target, part by part."""
    coverage = run.coverage.get(target, Coverage())
    # Of an answer that never came, nobody needs to read what else of it never came.
    gone = tuple(f"{status} " for status, count in coverage.statuses.items() if not count)
    found = []
    for part in PARTS:
        counts: Mapping[str, int] = getattr(coverage, part)
        unmet = (name for name, count in counts.items() if not count and not name.startswith(gone))
        found.append(Seen(part, counts, tuple(unmet)))
    return tuple(found)


def _operations(run: Run, target: str, outcomes: list[Outcome]) -> Iterator[str]:
    yield from run.coverage.get(target, Coverage()).operations
    for outcome in outcomes:
        yield from outcome.operations
        yield from (finding.operation for finding in outcome.findings if finding.operation)


def _cell(outcome: Outcome, operation: str) -> Verdict | None:
    """Give the outcome's own verdict where a finding is about the operation, or else held."""
    if any(finding.operation == operation for finding in outcome.findings):
        return outcome.verdict
    return Verdict.HELD if operation in outcome.operations else None
