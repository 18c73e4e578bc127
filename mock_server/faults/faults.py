"""The faults of one mock: which are on, and which of them meets a request."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from threading import Lock

import anyio

from mock_server.clock import Clock
from mock_server.domain import Residency
from mock_server.errors import ScenarioError, did_you_mean
from mock_server.faults.limiting import Limiter
from mock_server.faults.model import Fault, Met, Scenario

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
        """Give what strikes a request.

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
