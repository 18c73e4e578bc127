"""Compares two runs: verdicts and coverage."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contract_tests.model import Coverage, Outcome, Run
from contract_tests.reports.phrases import PARTS, targets_of
from contract_tests.reports.secrets import prepared


@dataclass(frozen=True)
class Difference:
    """One difference between two targets."""

    subject: str
    """A requirement's id, or a key of `Coverage`."""
    sentence: str
    """The requirement, or the part of the document that the name belongs to."""
    left: str
    """The result at the first target."""
    right: str
    """The result at the second target."""


@dataclass(frozen=True)
class Comparison:
    """The comparison of two targets."""

    left: str
    right: str
    verdicts: tuple[Difference, ...]
    """Requirements with different verdicts or operations, in the order of the first run."""
    coverage: tuple[Difference, ...]
    """Operations, parameters, statuses and properties that occurred at only one target."""
    notes: tuple[str, ...] = ()

    @property
    def is_alike(self) -> bool:
        """Whether there are no differences."""
        return not self.verdicts and not self.coverage


def compare(left: Run, right: Run, secrets: Iterable[str]) -> tuple[Comparison, ...]:
    """Compare the targets of two runs, or the targets of one run if it is given twice.

    Targets whose names end in the same word, such as `mock us` and `us`, are compared. If there is
    no such pair, all targets of one run are compared with all of the other.
    """
    words = list(secrets)
    one, other = prepared(left, words), prepared(right, words)
    pairs = [(a, b) for a in targets_of(one) for b in targets_of(other)]
    if left is right:
        pairs = [(a, b) for a, b in pairs if targets_of(one).index(a) < targets_of(one).index(b)]
    else:
        pairs = [(a, b) for a, b in pairs if a.split(" ")[-1] == b.split(" ")[-1]] or pairs
    return tuple(_compared(one, a, other, b) for a, b in pairs)


def as_text(comparison: Comparison) -> str:
    """Return a comparison as lines for a terminal."""
    lines = [f"{comparison.left} and {comparison.right}: {_counted(comparison)}"]
    lines += [f"Note: {note}" for note in comparison.notes]
    for difference in (*comparison.verdicts, *comparison.coverage):
        lines.append(f"{difference.subject}: {difference.sentence}")
        lines += [
            f"    {comparison.left}: {difference.left}",
            f"    {comparison.right}: {difference.right}",
        ]
    return "\n".join(lines) + "\n"


def _compared(left: Run, here: str, right: Run, there: str) -> Comparison:
    notes = [
        f"{name} was cut short: {run.cut_short}"
        for run, name in ((left, here), (right, there))
        if run.cut_short
    ]
    if left.document_digest != right.document_digest:
        notes.insert(0, "The runs used different documents.")
    verdicts = tuple(_verdicts(_outcomes(left, here), _outcomes(right, there)))
    seen = left.coverage.get(here, Coverage()), right.coverage.get(there, Coverage())
    return Comparison(here, there, verdicts, tuple(_coverage(*seen)), tuple(notes))


def _outcomes(run: Run, target: str) -> dict[str, Outcome]:
    return {outcome.requirement.id: outcome for outcome in run.outcomes if outcome.target == target}


def _verdicts(left: dict[str, Outcome], right: dict[str, Outcome]) -> Iterator[Difference]:
    for identity, either in {**left, **right}.items():
        one, other = left.get(identity), right.get(identity)
        if _brief(one) != _brief(other):
            yield Difference(
                identity, either.requirement.sentence, _detailed(one), _detailed(other)
            )


def _brief(outcome: Outcome | None) -> str:
    """Return the compared text: the verdict and the operations with findings."""
    if outcome is None:
        return "not tested"
    operations = sorted({finding.operation or "the server" for finding in outcome.findings})
    return f"{outcome.verdict} on {', '.join(operations)}" if operations else str(outcome.verdict)


def _detailed(outcome: Outcome | None) -> str:
    message = outcome.reason if outcome else ""
    if outcome and outcome.findings:
        message = outcome.findings[0].message
    return f"{_brief(outcome)}: {message}" if message else _brief(outcome)


def _coverage(left: Coverage, right: Coverage) -> Iterator[Difference]:
    for part in PARTS:
        one, other = getattr(left, part), getattr(right, part)
        for name in dict.fromkeys([*one, *other]):
            if bool(one.get(name)) != bool(other.get(name)):
                yield Difference(name, part, _met(one.get(name)), _met(other.get(name)))


def _met(count: int | None) -> str:
    if count is None:
        return "not declared"
    return f"seen {count} times" if count > 1 else "seen once" if count else "never seen"


def _counted(comparison: Comparison) -> str:
    if comparison.is_alike:
        return "no differences."
    verdicts, coverage = len(comparison.verdicts), len(comparison.coverage)
    return (
        f"{verdicts} verdicts differ, and {coverage} names of the document were seen at only one."
    )
