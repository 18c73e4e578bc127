"""Faults and scenarios: what they are, and which of them are on."""

import math
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from threading import Lock

import anyio

from mock_server.clock import SECOND, Clock
from mock_server.errors import ScenarioError, did_you_mean
from mock_server.world.domain import Residency

_LONGEST_DELAY = 600_000
"""Milliseconds."""
_LARGEST_EXPONENT = 30


@dataclass(frozen=True, slots=True)
class Met:
    """A request as faults see it."""

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
    """A body that comes in pieces."""

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

    delay: "float | Mapping[str, object]" = 0
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

    def meets(self, met: Met) -> bool:
        """Say whether a request is of those that this is about."""
        return (
            self.operation in {None, met.operation}
            and self.residency in {None, met.residency}
            and self.token in {None, met.token}
            and (self.path is None or fnmatchcase(met.path, self.path))
        )

    def milliseconds(self, chance: Random) -> float:
        """Return how long an answer is held back, by chance where the fault says so."""
        if not isinstance(self.delay, Mapping):
            return self.delay
        ((kind, (first, second)),) = self.delay.items()  # type: ignore[misc]
        if kind == "uniform":
            return chance.uniform(first, second)  # type: ignore[has-type]
        exponent = min(chance.normalvariate(0, second), _LARGEST_EXPONENT)  # type: ignore[has-type]
        return min(first * math.exp(exponent), _LONGEST_DELAY)  # type: ignore[has-type,no-any-return]


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


AD_HOC = "fault"
"""What faults are told by that belong to no scenario, with their number."""


@dataclass
class Standing:
    """A fault that can strike, with what it needs to remember."""

    name: str
    """The scenario's, or that of a fault by itself."""
    fault: Fault
    chance: Random
    """Of its own, so that the same requests meet the same faults whatever else is on."""
    limiter: Limiter | None
    seen: int = 0
    """Requests that it is about, so far."""
    struck: int = 0
    """Those that it struck."""
    in_turn: bool = False
    """Whether it leaves alone what another such fault struck."""

    def strikes(self, met: Met) -> bool:
        """Say whether it strikes a request, and remember that."""
        fault = self.fault
        if not fault.meets(met):
            return False
        self.seen += 1
        if self.seen <= fault.after or (self.seen - fault.after - 1) % fault.every:
            return False
        if fault.times is not None and self.struck >= fault.times:
            return False
        if fault.probability < 1 and self.chance.random() >= fault.probability:
            return False
        self.struck += 1
        return True


@dataclass
class _State:
    on: dict[str, list[Standing]] = field(default_factory=dict)
    """In the order in which they were put on."""
    asked: dict[str, list[Standing]] = field(default_factory=dict)
    """Scenarios that requests ask for by themselves."""
    added: int = 0


class Faults:
    """Scenarios and single faults, on and off; all are off at first.

    The same seed and the same requests in the same order meet the same faults.

    Args:
        clock: What limits go by.
        scenarios: Those that there are, by name.
        started: Names of those that are on from the start, and after `reset`.
        seed: Decides the chances.

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
        return not self._state.on

    @property
    def on(self) -> dict[str, tuple[Standing, ...]]:
        """What is on, by name, in the order in which it was put on."""
        with self._lock:
            return {name: tuple(standing) for name, standing in self._state.on.items()}

    def check(self, name: str) -> None:
        """See that there is a scenario.

        Raises:
            ScenarioError: If there is none of this name.
        """
        if name not in self.scenarios:
            known = ", ".join(self.scenarios)
            hint = did_you_mean(name, self.scenarios)
            raise ScenarioError(f"There is no scenario {name!r}; there are {known}.{hint}")

    def start(self, name: str, *, residency: Residency | None = None) -> str:
        """Put a scenario on, from its beginning, and give the name to stop it by.

        Args:
            name: The scenario's.
            residency: The only one that it is to meet, unless its faults say which.

        Raises:
            ScenarioError: If there is none of this name.
        """
        self.check(name)
        faults = self.scenarios[name].faults
        if residency is not None:
            faults = tuple(replace(one, residency=one.residency or residency) for one in faults)
            name = f"{name} {residency}"
        with self._lock:
            self._state.on.pop(name, None)
            self._state.on[name] = self._standing(name, faults)
        return name

    def stop(self, name: str) -> bool:
        """Put a scenario, or a fault that was added, off, and say whether it was on."""
        with self._lock:
            return self._state.on.pop(name, None) is not None

    def add(self, fault: Fault, *, in_turn: bool = False) -> str:
        """Put a fault on, and give the name to stop it by.

        Args:
            fault: What goes wrong.
            in_turn: Whether of several such faults only the first strikes a request.
        """
        with self._lock:
            self._state.added += 1
            name = f"{AD_HOC}-{self._state.added}"
            self._state.on[name] = self._standing(name, [fault], in_turn=in_turn)
        return name

    def clear(self) -> None:
        """Put everything off, and forget all counts."""
        with self._lock:
            self._state = _State()

    def reset(self) -> None:
        """Have on what was on at the start, and nothing else.

        Raises:
            ScenarioError: If there is no such scenario.
        """
        self.clear()
        for name in self._started:
            self.start(name)

    def meeting(self, met: Met, asked: Iterable[str] = ()) -> Iterator[Standing]:
        """Return what strikes a request.

        Args:
            met: The request.
            asked: Names of scenarios that it asks for itself.
        """
        with self._lock:
            for name in asked:
                if name not in self._state.asked:
                    self._state.asked[name] = self._standing(name, self.scenarios[name].faults)
            standing = [one for several in self._state.on.values() for one in several]
            standing += [one for name in asked for one in self._state.asked[name]]
            struck: list[Standing] = []
            for one in standing:
                has_had_its_turn = one.in_turn and any(other.in_turn for other in struck)
                if not has_had_its_turn and one.strikes(met):
                    struck.append(one)
        yield from struck

    def _standing(
        self, name: str, faults: Iterable[Fault], *, in_turn: bool = False
    ) -> list[Standing]:
        return [
            Standing(
                name,
                fault,
                Random(f"{self._seed} {fault.seed} {name} {place}"),
                None if fault.limit is None else Limiter(fault.limit),
                in_turn=in_turn,
            )
            for place, fault in enumerate(faults)
        ]
