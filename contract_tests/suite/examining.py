"""Runs Hypothesis with values that depend only on the run's seed and a name, without shrinking."""

import hashlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test
from hypothesis.strategies import tuples

_BOUNDS = settings(
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def examine(check: Callable[..., None], *strategies: Any, examples: int, name: str) -> None:
    """Call `check` with generated values, one argument per strategy."""

    def checked(values: tuple[Any, ...]) -> None:
        check(*values)

    bounds = settings(_BOUNDS, max_examples=examples)
    seed(_seed_of(name))(bounds(given(tuples(*strategies))(checked)))()


def walk(machine: type[RuleBasedStateMachine], *, walks: int, steps: int, name: str) -> None:
    """Run a state machine."""
    bounds = settings(_BOUNDS, max_examples=walks, stateful_step_count=steps)
    seed(_seed_of(name))(get_state_machine_test(machine, settings=bounds))()


def _seed_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
