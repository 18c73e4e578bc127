"""Faults and scenarios: their files, which are active, and which a request triggers."""

import math
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any, NamedTuple

import anyio
from pydantic import Field, TypeAdapter, ValidationError

from mock_server.clock import SECOND, Clock
from mock_server.errors import ScenarioError, did_you_mean, shown
from mock_server.inputs.files import read_toml
from mock_server.inputs.models import Model, explain
from mock_server.openapi.load import bundled
from mock_server.openapi.validators import check_value
from mock_server.world.domain import Residency

_LONGEST_DELAY = 600_000
"""Milliseconds."""
_LARGEST_EXPONENT = 30
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Matches a header name (RFC 9110, section 5.1), which OpenAPI 3.0 cannot express."""
_FRAMING = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)


class RequestFacts(NamedTuple):
    """The properties of a request that faults match."""

    operation: str
    path: str
    residency: Residency
    token: str
    """The credentials in `Authorization` after the scheme; empty if there is no such header."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit per token."""

    requests: int
    window: float
    """Seconds."""
    bucket: bool = False
    """Whether requests are replenished one by one (token bucket), or all at the end of a window."""


@dataclass(frozen=True, slots=True)
class Drip:
    """A body that is sent in chunks."""

    bytes: int
    every: float
    """Milliseconds between chunks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """An effect and the requests it applies to; omitted fields match everything or do nothing.

    `Fault` in `openapi/admin.yaml` describes every key, with its bounds.
    """

    operation: str | None = None
    path: str | None = None
    residency: Residency | None = None
    token: str | None = field(default=None, repr=False)
    after: int = 0
    every: int = 1
    times: int | None = None
    probability: float = 1
    seed: int = 0

    delay: float | Mapping[str, Sequence[float]] = 0
    status: int | None = None
    detail: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    refuse: str | None = None
    limit: Limit | None = None
    rows: int | None = None
    lag: float = 0
    skew: float = 0
    drift: tuple[str, ...] = ()
    truncate: float | None = None
    body: str | None = None
    content_type: str | None = None
    drip: Drip | None = None
    reset: bool = False

    def matches(self, request: RequestFacts) -> bool:
        """Return whether the fault applies to a request."""
        return (
            self.operation in {None, request.operation}
            and self.residency in {None, request.residency}
            and self.token in {None, request.token}
            and (self.path is None or fnmatchcase(request.path, self.path))
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """A group of faults."""

    description: str
    faults: tuple[Fault, ...]


_FAULT = TypeAdapter(Fault)


class _ScenarioFile(Model):
    description: str = Field(min_length=1, description="one sentence for people")
    faults: list[dict[str, Any]] = Field(
        min_length=1, description="one or more tables, each under a heading [[faults]]"
    )


def read_scenarios(files: Iterable[Path] = ()) -> Mapping[str, Scenario]:
    """Return the bundled scenarios and those in other files, by file name without extension.

    Raises:
        ScenarioError: If a file cannot be read or is invalid.
    """
    return _bundled() | {path.stem: _read_scenario(path) for path in files}


@cache
def _bundled() -> dict[str, Scenario]:
    files = sorted(bundled("fixtures", "scenarios").glob("*.toml"))
    return {path.stem: _read_scenario(path) for path in files}


def _read_scenario(path: Path) -> Scenario:
    content = read_toml(path, ScenarioError)
    try:
        file = _ScenarioFile.model_validate(content)
    except ValidationError as error:
        raise ScenarioError(explain(error, _ScenarioFile, str(path), content)) from error
    faults = enumerate(file.faults, 1)
    read = tuple(read_fault(fault, f"{path}: [[faults]] number {n}") for n, fault in faults)
    return Scenario(file.description, read)


def read_fault(content: Mapping[str, Any], place: str) -> Fault:
    """Create a fault from plain values, see `Fault` in `openapi/admin.yaml`.

    Raises:
        ScenarioError: If it is invalid; names the place, the key and the remedy.
    """
    content = check_value("Fault", content, place, ScenarioError)
    for name in content.get("headers", ()):
        if not _HEADER.fullmatch(name):
            raise ScenarioError(f"{place}, headers: HTTP has no header {name[:60]!r}.")
        if name.lower() in _FRAMING:
            raise ScenarioError(
                f"{place}, headers: {name} says where a message ends, which the server alone may; "
                "`truncate`, `body` and `reset` break responses."
            )
    return _FAULT.validate_python(content)


@dataclass
class ActiveFault:
    """An active fault with its counters."""

    name: str
    """The name of the scenario, or `fault-` and a number."""
    fault: Fault
    random: Random
    """Each fault has its own, so that results do not depend on other active faults."""
    in_turn: bool = False
    """Whether it skips requests that triggered another such fault."""
    matched: int = 0
    triggered: int = 0
    _left: dict[str, tuple[float, int]] = field(default_factory=dict)
    """How many requests a token may send, and the time to which this applies."""

    def triggers(self, request: RequestFacts) -> bool:
        """Return whether a request triggers the fault, and update the counters."""
        fault = self.fault
        if not fault.matches(request):
            return False
        self.matched += 1
        if self.matched <= fault.after or (self.matched - fault.after - 1) % fault.every:
            return False
        if fault.times is not None and self.triggered >= fault.times:
            return False
        if fault.probability < 1 and self.random.random() >= fault.probability:
            return False
        self.triggered += 1
        return True

    def delay(self) -> float:
        """Return the milliseconds to delay a response, random if the fault has a range."""
        if not isinstance(self.fault.delay, Mapping):
            return self.fault.delay
        ((kind, (first, second)),) = self.fault.delay.items()
        if kind == "uniform":
            return self.random.uniform(first, second)
        exponent = min(self.random.normalvariate(0, second), _LARGEST_EXPONENT)
        return min(first * math.exp(exponent), _LONGEST_DELAY)

    def count(self, limit: Limit, token: str, now: int) -> tuple[bool, int, float]:
        """Count a request at an epoch millisecond towards a rate limit.

        Returns:
            Whether the limit is exceeded, the number of remaining requests, and the seconds until
            another one is allowed, or until the window ends.
        """
        left, since = self._left.get(token, (float(limit.requests), now))
        span = limit.window * SECOND
        if limit.bucket:
            left = min(limit.requests, left + (now - since) / span * limit.requests)
            since = now
        elif not 0 <= now - since < span:
            left, since = float(limit.requests), now
        is_exceeded = left < 1
        left -= not is_exceeded
        self._left[token] = (left, since)
        wait = (span - (now - since)) / SECOND
        if limit.bucket:
            wait = max(0.0, 1 - left) * limit.window / limit.requests
        return is_exceeded, int(left), wait


class Faults:
    """All scenarios by name; the active scenarios and faults, which are `started` after a reset.

    The same seed and the same requests in the same order trigger the same faults.

    Raises:
        ScenarioError: If an initial scenario does not exist.
    """

    def __init__(
        self,
        clock: Clock,
        scenarios: Mapping[str, Scenario],
        *,
        started: Sequence[str] = (),
        seed: int = 0,
    ) -> None:
        self.clock = clock
        self.scenarios = scenarios
        self.sleep: Callable[[float], Awaitable[None]] = anyio.sleep
        """Sleeps for seconds; tests may replace it."""
        self._started = started
        self._seed = seed
        self._lock = Lock()
        self.reset()

    @property
    def is_idle(self) -> bool:
        """Whether no fault is active."""
        return not self._on

    @property
    def on(self) -> dict[str, tuple[ActiveFault, ...]]:
        """The active faults by name, in the order of activation."""
        with self._lock:
            return {name: tuple(active) for name, active in self._on.items()}

    def check(self, name: str) -> None:
        """Raise `ScenarioError` if there is no scenario with this name."""
        if name not in self.scenarios:
            known = ", ".join(self.scenarios)
            hint = did_you_mean(name, self.scenarios)
            raise ScenarioError(f"There is no scenario {shown(name)}; there are {known}.{hint}")

    def start(self, name: str, *, residency: Residency | None = None) -> str:
        """Start a scenario, with new counters; return the name for `stop`.

        It applies only to this residency, unless a fault specifies one.

        Raises:
            ScenarioError: If there is no such scenario.
        """
        self.check(name)
        faults = self.scenarios[name].faults
        if residency is not None:
            faults = tuple(
                replace(fault, residency=fault.residency or residency) for fault in faults
            )
            name = f"{name} {residency}"
        with self._lock:
            self._on.pop(name, None)
            self._on[name] = self._activated(name, faults)
        return name

    def stop(self, name: str) -> bool:
        """Stop a scenario or an added fault; return whether it was active."""
        with self._lock:
            return self._on.pop(name, None) is not None

    def add(self, fault: Fault, *, in_turn: bool = False) -> str:
        """Add a fault; return the name for `stop`.

        With `in_turn`, a request triggers only the first of several such faults.
        """
        with self._lock:
            self._added += 1
            name = f"fault-{self._added}"
            self._on[name] = self._activated(name, [fault], in_turn=in_turn)
        return name

    def clear(self) -> None:
        """Stop all faults and clear all counters."""
        with self._lock:
            self._on: dict[str, list[ActiveFault]] = {}
            self._preferred: dict[str, list[ActiveFault]] = {}  # from Prefer headers
            self._added = 0

    def reset(self) -> None:
        """Restore the initial scenarios; stop everything else."""
        self.clear()
        for name in self._started:
            self.start(name)

    def triggered_by(self, request: RequestFacts, preferred: Sequence[str]) -> list[ActiveFault]:
        """Return the faults that a request triggers, also of scenarios in its Prefer header."""
        triggered: list[ActiveFault] = []
        with self._lock:
            for name in preferred:
                if name not in self._preferred:
                    self._preferred[name] = self._activated(name, self.scenarios[name].faults)
            groups = [*self._on.values(), *(self._preferred[name] for name in preferred)]
            for active in (active for group in groups for active in group):
                is_late = active.in_turn and any(other.in_turn for other in triggered)
                if not is_late and active.triggers(request):
                    triggered.append(active)
        return triggered

    def _activated(
        self, name: str, faults: Iterable[Fault], *, in_turn: bool = False
    ) -> list[ActiveFault]:
        return [
            ActiveFault(name, fault, Random(f"{self._seed} {fault.seed} {name} {place}"), in_turn)
            for place, fault in enumerate(faults)
        ]
