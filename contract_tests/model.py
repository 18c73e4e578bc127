"""The data model of a run: requirements, outcomes, findings and exchanges."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """The result of one requirement at one target."""

    HELD = "held"
    BROKE = "broke"
    WARNED = "warned"
    """It broke, but it is only assumed."""
    KNOWN = "known"
    """It broke as an entry in the file of known deviations says, and the entry has not expired."""
    NOT_RUN = "not run"
    """It could not be checked; the outcome has the reason."""


class Source(StrEnum):
    """The source of a requirement."""

    DOCUMENT = "document"
    RFC = "rfc"
    VENDOR = "vendor"
    """The vendor's documentation."""
    ASSUMED = "assumed"
    """No source; our own expectation."""


@dataclass(frozen=True)
class Requirement:
    """One requirement for a server."""

    id: str
    """A stable id, such as `AUTH-03`; the part before the hyphen is its family."""
    sentence: str
    sends: str
    """The requests that it sends, for the person who approves them."""
    tags: frozenset[str] = frozenset()
    once: int = 0
    """Maximum number of requests per target, in addition to those per operation."""
    each: int = 1
    """Maximum number of requests per operation, in addition to those per generated input."""
    drawn: int = 0
    """Maximum number of requests per generated input of an operation."""
    shares: str = ""
    """Requirements with the same name here share their requests."""
    source: Source = Source.DOCUMENT
    is_error: bool = True
    """Whether a breach fails the run; otherwise it is a warning, unless the run is strict."""

    def most(self, operations: int, examples: int) -> int:
        """Return the maximum number of requests per target."""
        return self.once + operations * (self.each + self.drawn * examples)

    @property
    def family(self) -> str:
        """The family in lower case, such as `auth`; can be selected like a tag."""
        return self.id.partition("-")[0].lower()


@dataclass(frozen=True)
class Exchange:
    """A request and its response, redacted."""

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    at: str
    """When it was sent: RFC 3339, UTC, with milliseconds."""
    milliseconds: float
    """Time from the first byte sent to the last byte read."""
    status: int | None
    """None if no response arrived; then `failure` has the reason."""
    response_headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    failure: str = ""


@dataclass(frozen=True)
class Finding:
    """One breach of a requirement."""

    message: str
    """The expected and the actual behaviour, in sentences."""
    operation: str | None = None
    """The operation's id; None for the whole server."""
    pointer: str = ""
    """JSON Pointer (RFC 6901) into the response body; empty for the whole response."""
    place: str = ""
    """JSON Pointer into the document, to the violated declaration."""
    exchange: Exchange | None = None
    curl: str = ""
    """A curl command that repeats the request, with `$VIEWTRACKER_TOKEN` as the token."""

    @property
    def text(self) -> str:
        """The message, prefixed with operation and pointer."""
        where = " ".join(filter(None, (self.operation, self.pointer)))
        return f"{where}: {self.message}" if where else self.message


@dataclass(frozen=True)
class Outcome:
    """The outcome of one requirement at one target."""

    requirement: Requirement
    target: str
    """The target's name, such as `mock us`."""
    verdict: Verdict
    reason: str = ""
    """Why it was not run or is known; empty if it held or broke."""
    findings: tuple[Finding, ...] = ()
    operations: tuple[str, ...] = ()
    """Ids of the operations that it was checked on."""
    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Coverage:
    """The declared names of the document, and how often each occurred in a run.

    Keys look like `getContentVisits`, `getContentVisits limit`, `getContentVisits 200`,
    `getContentVisits 200 /results/*/userId`.
    """

    operations: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    properties: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One run of the suite."""

    document: str
    """Title and version of the document."""
    document_digest: str
    """SHA-256 of the document, in hexadecimal."""
    targets: Mapping[str, str]
    """Base URLs by target name."""
    seed: int
    started: str
    """RFC 3339, UTC."""
    seconds: float
    requests: int
    outcomes: tuple[Outcome, ...]
    coverage: Mapping[str, Coverage]
    """By target name."""
    versions: Mapping[str, str]
    """Of this package and the validating libraries."""
    arguments: tuple[str, ...] = ()
    """Command-line options that are needed to repeat the run."""
    notes: tuple[str, ...] = ()
    cut_short: str = ""
    """Why the run ended early, such as a spent budget; empty if it was completed."""
    unchecked: tuple[str, ...] = ()
    """Operations without checked rows, with their targets."""
    is_strict: bool = False
    """Whether breaches of assumed requirements, and operations without checked rows, fail the run."""

    def of(self, verdict: Verdict) -> tuple[Outcome, ...]:
        """Return the outcomes with one verdict, in the order of the run."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict is verdict)

    @property
    def exit_code(self) -> int:
        """1 if a requirement broke, 2 if no operation was checked or the run ended early, else 0."""
        if self.of(Verdict.BROKE) or (self.is_strict and self.unchecked and not self.cut_short):
            return 1
        checked = (Verdict.HELD, Verdict.WARNED, Verdict.KNOWN)
        is_checked = any(one.operations for verdict in checked for one in self.of(verdict))
        return 0 if is_checked and not self.cut_short else 2


def pointer_of(steps: Iterable[object]) -> str:
    """Write steps as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
