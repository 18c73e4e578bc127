"""Runs Hypothesis with values that depend only on the run's seed and a name, without shrinking."""

import hashlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test
from hypothesis.strategies import tuples


def examine(check: Callable[..., None], *strategies: Any, examples: int, name: str) -> None:
    """Call `check` with generated values, one argument per strategy."""

    def checked(values: tuple[Any, ...]) -> None:
        check(*values)

    _seeded(name, _settings(examples)(given(tuples(*strategies))(checked)))


def walk(machine: type[RuleBasedStateMachine], *, walks: int, steps: int, name: str) -> None:
    """Run a state machine."""
    bounds = settings(_settings(walks), stateful_step_count=steps)
    _seeded(name, get_state_machine_test(machine, settings=bounds))


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


def _seeded(name: str, test: Callable[[], None]) -> None:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    seed(number)(test)()
