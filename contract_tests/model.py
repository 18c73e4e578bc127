"""The words of a run: requirements, what came of each, and the exchanges that show it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What came of asking for one requirement."""

    HELD = "held"
    BROKE = "broke"
    WARNED = "warned"
    """It broke, but it is only assumed: nobody promised it."""
    KNOWN = "known"
    """It broke in a way that a person has written down, and that has not expired."""
    NOT_RUN = "not run"
    """It could not be judged; the outcome's reason says why. Never the same as held."""
    RETIRED = "retired"
    """It asks about something that the target has announced to be gone."""


_JUDGED = (Verdict.HELD, Verdict.WARNED, Verdict.KNOWN)


class Source(StrEnum):
    """Who promised what a requirement says."""

    DOCUMENT = "document"
    RFC = "rfc"
    VENDOR = "vendor"
    """The vendor's pages."""
    ASSUMED = "assumed"
    """Nobody; it is what we expect."""


@dataclass(frozen=True)
class Requirement:
    """One sentence that a server must make true."""

    id: str
    """Stable, such as `AUTH-03`; what is before the hyphen is its family."""
    sentence: str
    sends: str
    """What is sent to judge it, for a person who has to allow it."""
    tags: frozenset[str] = frozenset()
    once: int = 0
    """Most requests to a target, beside those for each operation."""
    each: int = 1
    """Most requests for each operation, beside those for each made-up input."""
    drawn: int = 0
    """Most requests for each made-up input of an operation."""
    shares: str = ""
    """Names what is sent once for all requirements with the same name here."""
    source: Source = Source.DOCUMENT
    is_error: bool = True
    """Whether a breach fails the run; else it is a warning, unless the run is strict."""

    def most(self, operations: int, examples: int) -> int:
        """Return an upper bound of the requests that one target gets for it."""
        return self.once + operations * (self.each + self.drawn * examples)

    @property
    def family(self) -> str:
        """The family in lower case, such as `auth`; it can be selected like a tag."""
        return self.id.partition("-")[0].lower()


@dataclass(frozen=True)
class Exchange:
    """A request with its response, redacted when it was made."""

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    at: str
    """When it was sent, RFC 3339, UTC, to the millisecond."""
    milliseconds: float
    """From the first byte sent to the last byte read."""
    status: int | None
    """None if no response came; `failure` says why."""
    response_headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    failure: str = ""


@dataclass(frozen=True)
class Finding:
    """One way in which a requirement broke."""

    message: str
    """What was expected and what came, in sentences."""
    operation: str | None = None
    """The operation's id; None if it is about the whole server."""
    pointer: str = ""
    """The place in the response, a JSON Pointer (RFC 6901); empty for the whole response."""
    place: str = ""
    """The place in the document that says so, a JSON Pointer."""
    exchange: Exchange | None = None
    curl: str = ""
    """A line that repeats the request, with `$VIEWTRACKER_TOKEN` in place of the token."""

    @property
    def text(self) -> str:
        """The message, after the operation and the place in its response that it is about."""
        where = " ".join(part for part in (self.operation, self.pointer) if part)
        return f"{where}: {self.message}" if where else self.message


@dataclass(frozen=True)
class Outcome:
    """What came of one requirement at one target."""

    requirement: Requirement
    target: str
    """The target's name, such as `mock us`."""
    verdict: Verdict
    reason: str = ""
    """Why it was not run, is retired, or is known; empty if it held or broke."""
    findings: tuple[Finding, ...] = ()
    operations: tuple[str, ...] = ()
    """Ids of the operations it was judged on."""
    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Coverage:
    """What of the document was really seen: declared names, and how often each was met.

    Keys are written `getContentVisits`, `getContentVisits limit`, `getContentVisits 200`,
    `getContentVisits 200 /results/*/userId`.
    """

    operations: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    properties: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One run of the suite: what was asked, of whom, and what came of it."""

    document: str
    """Title and version of the document."""
    document_digest: str
    """SHA-256 of the document, in hexadecimal."""
    targets: Mapping[str, str]
    """Base URLs by the target's name."""
    seed: int
    started: str
    """RFC 3339, UTC."""
    seconds: float
    requests: int
    outcomes: tuple[Outcome, ...]
    coverage: Mapping[str, Coverage]
    """By the target's name."""
    versions: Mapping[str, str]
    """Of the kit and the libraries that judged, by name."""
    arguments: tuple[str, ...] = ()
    """Options that asking again needs, as the command line takes them."""
    notes: tuple[str, ...] = ()
    """What a reader should know of the whole run."""
    cut_short: str = ""
    """Why it could not be brought to its end, such as a spent budget; empty if it was."""
    unjudged: tuple[str, ...] = ()
    """Operations of which no row was judged, with their targets."""
    is_strict: bool = False
    """Whether what is only assumed, or was not judged, fails the run."""

    def of(self, verdict: Verdict) -> tuple[Outcome, ...]:
        """Return the outcomes with one verdict, in the order of the run."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict is verdict)

    @property
    def exit_code(self) -> int:
        """1 if a requirement broke, 2 if no operation was judged or it was cut short, else 0."""
        if self.of(Verdict.BROKE) or (self.is_strict and self.unjudged and not self.cut_short):
            return 1
        judged = [outcome for verdict in _JUDGED for outcome in self.of(verdict)]
        is_judged = any(outcome.operations for outcome in judged)
        return 0 if is_judged and not self.cut_short else 2


def pointer_of(steps: Iterable[object]) -> str:
    """Write steps as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
