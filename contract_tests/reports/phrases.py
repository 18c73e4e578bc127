"""Texts and tables that several reports share."""

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from contract_tests.model import Coverage, Exchange, Finding, Outcome, Run, Verdict

MOST_FINDINGS = 10
"""Maximum number of findings per requirement; only the JSON report contains all."""


def targets_of(run: Run) -> list[str]:
    """Return the names of the targets, in the order of the run."""
    return list(dict.fromkeys([*run.targets, *(outcome.target for outcome in run.outcomes)]))


def headline(run: Run) -> str:
    """Return the result of the run in one sentence."""
    total, broke = len(run.outcomes), run.of(Verdict.BROKE)
    targets = " and ".join(targets_of(run)) or "no target"
    if broke:
        where = " and ".join(dict.fromkeys(outcome.target for outcome in broke))
        return f"{len(broke)} of {total} requirements broke, at {where}."
    if run.exit_code == 1:
        return f"No requirement broke, but no rows were checked of {', '.join(run.unchecked)}."
    if run.exit_code:
        return f"The run has no result: {run.cut_short or 'no operation was checked.'}"
    held = len(run.of(Verdict.HELD))
    return f"{held} of {total} requirements held, and none broke, at {targets}."


def repeat_line(run: Run, outcome: Outcome) -> str:
    """Return the command that tests one requirement again, with the same generated input."""
    # A target's name starts with its value of `--target`, as in `mock us`.
    words = ["--target", outcome.target.split(" ")[0], "--select", outcome.requirement.id]
    words += ["--seed", str(run.seed), *run.arguments]
    return shlex.join(["viewtracker-contract", "run", *words])


def status_line(exchange: Exchange) -> str:
    """Return the status code with its reason phrase, or the reason for a missing response."""
    if exchange.status is None:
        return f"No response: {exchange.failure}"
    try:
        return f"{exchange.status} {HTTPStatus(exchange.status).phrase}"
    except ValueError:
        return str(exchange.status)


def request_text(exchange: Exchange) -> str:
    """Return a request as text: method, URL and headers."""
    head = [f"{name}: {value}" for name, value in exchange.request_headers]
    return "\n".join([f"{exchange.method} {exchange.url}", *head])


def response_text(exchange: Exchange) -> str:
    """Return a response as text: status, headers and body."""
    head = [f"{name}: {value}" for name, value in exchange.response_headers]
    return "\n".join([status_line(exchange), *head, "", exchange.body.decode()]).rstrip()


def finding_text(finding: Finding) -> str:
    """Return a finding as plain text, with its places and its exchange."""
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
    """An outcome with findings, except those that an earlier outcome has too."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    elsewhere: str
    """A reference to the other findings; empty if there are none."""


def breaches(run: Run) -> tuple[Breach, ...]:
    """Return the outcomes with findings, the most serious first, each finding once per target."""
    first: dict[tuple[object, ...], str] = {}
    found = []
    verdicts = (Verdict.BROKE, Verdict.WARNED, Verdict.KNOWN)
    for outcome in (outcome for verdict in verdicts for outcome in run.of(verdict)):
        new, others = [], Counter[str]()
        for finding in outcome.findings:
            sent = finding.exchange
            key = (outcome.target, finding.text, sent and sent.method, sent and sent.status)
            if first.setdefault(key, outcome.requirement.id) == outcome.requirement.id:
                new.append(finding)
            else:
                others[first[key]] += 1
        counted = ", ".join(f"{count} as in {name}" for name, count in others.items())
        found.append(Breach(outcome, tuple(new), f"Also: {counted}." if counted else ""))
    return tuple(found)


@dataclass(frozen=True)
class Matrix:
    """The verdicts of each requirement at one target, per operation."""

    operations: tuple[str, ...]
    rows: tuple[tuple[Outcome, tuple[Verdict | None, ...]], ...]
    """Each outcome with its verdicts per operation; None if it was not checked on the operation."""


@dataclass(frozen=True)
class Seen:
    """The coverage of one part of the document at a target."""

    part: str
    """The attribute of `Coverage`."""
    counts: Mapping[str, int]
    missing: tuple[str, ...]
    """Declared names that never occurred, in document order; only of statuses that occurred."""

    @property
    def occurred(self) -> int:
        """The number of declared names that occurred."""
        return sum(count > 0 for count in self.counts.values())


def matrix(run: Run, target: str) -> Matrix:
    """Return the matrix of one target, with the rows in the order of the run."""
    outcomes = [outcome for outcome in run.outcomes if outcome.target == target]
    operations = dict.fromkeys(run.coverage.get(target, Coverage()).operations)
    for outcome in outcomes:
        found = (finding.operation for finding in outcome.findings if finding.operation)
        operations |= dict.fromkeys([*outcome.operations, *found])
    rows = ((outcome, tuple(_cell(outcome, name) for name in operations)) for outcome in outcomes)
    return Matrix(tuple(operations), tuple(rows))


def _cell(outcome: Outcome, operation: str) -> Verdict | None:
    """Return the outcome's verdict if a finding is about the operation, else held, if checked."""
    if any(finding.operation == operation for finding in outcome.findings):
        return outcome.verdict
    return Verdict.HELD if operation in outcome.operations else None


def seen(run: Run, target: str) -> tuple[Seen, ...]:
    """Return the coverage of one target, by part."""
    coverage = run.coverage.get(target, Coverage())
    # The properties of a response that never occurred need not be listed.
    gone = tuple(f"{status} " for status, count in coverage.statuses.items() if not count)
    return tuple(
        Seen(
            part, counts,
            tuple(name for name in counts if not counts[name] and not name.startswith(gone)),
        )
        for part, counts in vars(coverage).items()
    )  # fmt: skip
