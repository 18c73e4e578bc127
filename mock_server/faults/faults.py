"""Faults and scenarios: what they do, which are on, and which a request triggers."""

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from threading import Lock

import anyio

from mock_server.clock import SECOND, Clock
from mock_server.errors import ScenarioError, did_you_mean, shown
from mock_server.world.domain import Residency

_LONGEST_DELAY = 600_000
"""Milliseconds."""
_LARGEST_EXPONENT = 30


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What faults select requests by."""

    operation: str
    path: str
    residency: Residency
    token: str
    """What follows the scheme in `Authorization`; empty if there is no such header."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests a token may send."""

    requests: int
    window: float
    """Seconds."""
    bucket: bool = False
    """Whether requests come back one by one, as in a token bucket, or all when a window ends."""


@dataclass(frozen=True, slots=True)
class Drip:
    """A body that is sent in pieces."""

    bytes: int
    every: float
    """Milliseconds between two pieces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What goes wrong for which requests; what is left out does not matter or does nothing.

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
        """Say whether a request is one of those that it applies to."""
        return (
            self.operation in {None, request.operation}
            and self.residency in {None, request.residency}
            and self.token in {None, request.token}
            and (self.path is None or fnmatchcase(request.path, self.path))
        )

    def milliseconds(self, random: Random) -> float:
        """Return how long a response is delayed, at random where the fault says so."""
        if not isinstance(self.delay, Mapping):
            return self.delay
        ((kind, (first, second)),) = self.delay.items()
        if kind == "uniform":
            return random.uniform(first, second)
        exponent = min(random.normalvariate(0, second), _LARGEST_EXPONENT)
        return min(first * math.exp(exponent), _LONGEST_DELAY)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Faults with a name."""

    name: str
    description: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit after a request."""

    is_exceeded: bool
    remaining: int
    seconds: float
    """Until more is allowed: one request of a bucket, or all of them of a window."""


class Limiter:
    """Counts the requests of each token."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._left: dict[str, tuple[float, int]] = {}

    def count(self, token: str, now: int) -> Allowance:
        """Count one request at an epoch millisecond, and say what is left."""
        left, since = self._left.get(token, (float(self._limit.requests), now))
        span = self._limit.window * SECOND
        if self._limit.bucket:
            gained = (now - since) / span * self._limit.requests
            left, since = min(self._limit.requests, left + gained), now
        elif not 0 <= now - since < span:
            left, since = float(self._limit.requests), now
        is_exceeded = left < 1
        left -= not is_exceeded
        self._left[token] = (left, since)
        if self._limit.bucket:
            wait = max(0.0, 1 - left) * self._limit.window / self._limit.requests
        else:
            wait = (span - (now - since)) / SECOND
        return Allowance(is_exceeded, int(left), wait)


@dataclass
class ActiveFault:
    """A fault that is on, and what it has counted."""

    name: str
    """The scenario's, or `fault-` and a number."""
    fault: Fault
    random: Random
    """Its own, so that the same requests trigger the same faults whatever else is on."""
    limiter: Limiter | None
    in_turn: bool = False
    """Whether it passes over requests that another such fault was triggered by."""
    matched: int = 0
    triggered: int = 0

    def triggers(self, request: RequestFacts) -> bool:
        """Say whether a request triggers it, and count that."""
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


class Faults:
    """The scenarios that there are, and which of them, and which single faults, are on.

    The same seed and the same requests in the same order trigger the same faults.

    Args:
        clock: What limits go by.
        scenarios: By name.
        started: Names of those that are on from the start, and after `reset`.
        seed: Decides what is left to chance.

    Raises:
        ScenarioError: If a scenario is to be on that there is not.
    """

    def __init__(
        self,
        clock: Clock,
        scenarios: Mapping[str, Scenario],
        *,
        started: Iterable[str] = (),
        seed: int = 0,
    ) -> None:
        self.clock = clock
        self.scenarios = scenarios
        self.sleep: Callable[[float], Awaitable[None]] = anyio.sleep
        """Waits for seconds; replaced by whoever has no time."""
        self._started = tuple(started)
        self._seed = seed
        self._lock = Lock()
        self.reset()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on."""
        return not self._on

    @property
    def on(self) -> dict[str, tuple[ActiveFault, ...]]:
        """What is on, by name, in the order in which it was turned on."""
        with self._lock:
            return {name: tuple(active) for name, active in self._on.items()}

    def check(self, name: str) -> None:
        """Raise `ScenarioError` if there is no scenario of this name."""
        if name not in self.scenarios:
            known = ", ".join(self.scenarios)
            hint = did_you_mean(name, self.scenarios)
            raise ScenarioError(f"There is no scenario {shown(name)}; there are {known}.{hint}")

    def start(self, name: str, *, residency: Residency | None = None) -> str:
        """Turn a scenario on, from its beginning, and return the name to stop it by.

        Args:
            name: The scenario's.
            residency: Whose requests alone it is for, unless its faults say otherwise.

        Raises:
            ScenarioError: If there is none of this name.
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
        """Turn a scenario or an added fault off, and say whether it was on."""
        with self._lock:
            return self._on.pop(name, None) is not None

    def add(self, fault: Fault, *, in_turn: bool = False) -> str:
        """Turn a fault on, and return the name to stop it by.

        Args:
            fault: What goes wrong.
            in_turn: Whether a request triggers only the first of several such faults.
        """
        with self._lock:
            self._added += 1
            name = f"fault-{self._added}"
            self._on[name] = self._activated(name, [fault], in_turn=in_turn)
        return name

    def clear(self) -> None:
        """Turn everything off, and forget all counts."""
        with self._lock:
            self._on: dict[str, list[ActiveFault]] = {}
            self._preferred: dict[str, list[ActiveFault]] = {}  # by requests, for themselves
            self._added = 0

    def reset(self) -> None:
        """Have on what was on at the start, and nothing else.

        Raises:
            ScenarioError: If there is no such scenario.
        """
        self.clear()
        for name in self._started:
            self.start(name)

    def triggered_by(self, request: RequestFacts, preferred: Iterable[str]) -> list[ActiveFault]:
        """Return the faults that a request triggers.

        Args:
            request: What is known of it.
            preferred: Names of scenarios that it asks for itself.
        """
        with self._lock:
            for name in preferred:
                if name not in self._preferred:
                    self._preferred[name] = self._activated(name, self.scenarios[name].faults)
            candidates = [one for active in self._on.values() for one in active]
            candidates += [fault for name in preferred for fault in self._preferred[name]]
            triggered: list[ActiveFault] = []
            for active in candidates:
                is_late = active.in_turn and any(other.in_turn for other in triggered)
                if not is_late and active.triggers(request):
                    triggered.append(active)
        return triggered

    def _activated(
        self, name: str, faults: Iterable[Fault], *, in_turn: bool = False
    ) -> list[ActiveFault]:
        return [
            ActiveFault(
                name,
                fault,
                Random(f"{self._seed} {fault.seed} {name} {place}"),
                None if fault.limit is None else Limiter(fault.limit),
                in_turn=in_turn,
            )
            for place, fault in enumerate(faults)
        ]
