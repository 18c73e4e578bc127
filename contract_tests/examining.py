"""Made-up values that depend on the run's seed and a name alone, and are never shrunk."""

import hashlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import tuples


def examine(check: Callable[..., None], *strategies: Any, examples: int, name: str) -> None:
    """Call `check` with values of the strategies, one argument of each.

    Args:
        check: Adds what it finds to `findings`; shrinking what it raises would send more.
        strategies: Of Hypothesis.
        examples: How many times at most.
        name: Another name, other values.
    """

    def checked(values: tuple[Any, ...]) -> None:
        check(*values)

    chosen = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    seed(number)(chosen(given(tuples(*strategies))(checked)))()
