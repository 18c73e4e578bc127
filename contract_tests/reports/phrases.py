"""What several reports say in the same words."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from contract_tests.model import Coverage, Exchange, Finding, Outcome, Run, Verdict

__all__ = [
    "MOST_FINDINGS",
    "finding_text",
    "headline",
    "repeat_line",
    "request_text",
    "response_text",
    "status_line",
    "targets_of",
]

MOST_FINDINGS = 10
"""Of one requirement, in reports for people; the JSON report has them all."""


def targets_of(run: Run) -> list[str]:
    """Return the names of the targets, in the order of the run."""
    return list(dict.fromkeys([*run.targets, *(outcome.target for outcome in run.outcomes)]))


def headline(run: Run) -> str:
    """Say in one sentence how the run ended."""
    asked, broke = len(run.outcomes), run.of(Verdict.BROKE)
    targets = " and ".join(targets_of(run)) or "no target"
    if broke:
        where = " and ".join(dict.fromkeys(outcome.target for outcome in broke))
        return f"{len(broke)} of {asked} requirements broke, at {where}."
    if run.exit_code == 1:
        return f"No requirement broke, but nothing was judged of {', '.join(run.unjudged)}."
    if run.exit_code:
        return f"This run proves nothing: {run.cut_short or 'no requirement was judged.'}"
    return (
        f"{len(run.of(Verdict.HELD))} of {asked} requirements held, and none broke, at {targets}."
    )


def repeat_line(run: Run, outcome: Outcome) -> str:
    """Return the command that asks for one requirement again, with the same made-up input."""
    words = ["--select", outcome.requirement.id, "--seed", str(run.seed)]
    # A target's name begins with what `--target` calls it, as in `mock us`.
    words[:0] = ["--target", outcome.target.split(" ")[0]]
    return shlex.join(["viewtracker-contract", "run", *words, *run.arguments])


def status_line(exchange: Exchange) -> str:
    """Return a response's status with its usual words, or why there is no response."""
    if exchange.status is None:
        return f"No response: {exchange.failure}"
    try:
        return f"{exchange.status} {HTTPStatus(exchange.status).phrase}"
    except ValueError:
        return str(exchange.status)


def request_text(exchange: Exchange) -> str:
    """Return a request as it is written."""
    head = [f"{name}: {value}" for name, value in exchange.request_headers]
    return "\n".join([f"{exchange.method} {exchange.url}", *head])


def response_text(exchange: Exchange) -> str:
    """Return a response as it is written, or why there is none."""
    head = [f"{name}: {value}" for name, value in exchange.response_headers]
    return "\n".join([status_line(exchange), *head, "", exchange.body.decode()]).rstrip()


def finding_text(finding: Finding) -> str:
    """Return a finding as plain text: what came, where, and the exchange that shows it."""
    named = {
        "Operation": finding.operation,
        "Place in the response": finding.pointer,
        "Place in the document": finding.place,
        "Repeat the request": finding.curl,
    }
    lines = [finding.message, *(f"{name}: {value}" for name, value in named.items() if value)]
    if finding.exchange is not None:
        texts = (request_text(finding.exchange), response_text(finding.exchange))
        lines += ["", texts[0], "", texts[1]]
    return "\n".join(lines)


@dataclass(frozen=True)
class Breach:
    """An outcome that is no pass, with those of its findings that no other tells before."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    elsewhere: str
    """Where the other findings are told; empty if there are none."""


def breaches(run: Run) -> tuple[Breach, ...]:
    """Return what broke, the most serious first, each fact once at a target."""
    first: dict[tuple[object, ...], str] = {}
    found = []
    outcomes = [outcome for verdict in _BREACHES for outcome in run.of(verdict)]
    for outcome in outcomes:
        new, others = [], Counter[str]()
        for finding in outcome.findings:
            sent = finding.exchange
            key = (outcome.target, finding.text, sent and sent.method, sent and sent.status)
            if first.setdefault(key, outcome.requirement.id) == outcome.requirement.id:
                new.append(finding)
            else:
                others[first[key]] += 1
        counted = ", ".join(f"{count} as in {name}" for name, count in others.items())
        found.append(Breach(outcome, tuple(new), f"The same: {counted}." if counted else ""))
    return tuple(found)


_BREACHES = (Verdict.BROKE, Verdict.WARNED, Verdict.KNOWN)

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
    """Return the matrix of one target; the rows stand in the order of the run."""
    outcomes = [outcome for outcome in run.outcomes if outcome.target == target]
    operations = tuple(dict.fromkeys(_operations(run, target, outcomes)))
    rows = tuple(
        (outcome, tuple(_cell(outcome, name) for name in operations)) for outcome in outcomes
    )
    return Matrix(target, operations, rows)


def seen(run: Run, target: str) -> tuple[Seen, ...]:
    """Return the coverage of one target, part by part."""
    coverage = run.coverage.get(target, Coverage())
    # Of a response that never came, nobody needs to read what else of it never came.
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
    """Return the outcome's own verdict where a finding is about the operation, or else held."""
    if any(finding.operation == operation for finding in outcome.findings):
        return outcome.verdict
    return Verdict.HELD if operation in outcome.operations else None
