"""Reproducible random numbers, determined by their purpose.

Uses only `random.Random(int).random()`, blake2b and basic arithmetic, which give the same results
on every Python version and machine. `sum` does not (its rounding changed in 3.12), nor do `exp` and
`pow` (they depend on the C library).
"""

import random
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TypeVar

Draw = Callable[[], float]
"""Return the next number in [0, 1)."""

_Option = TypeVar("_Option")


def number_for(*purpose: object) -> int:
    """Return the number for a purpose, such as `(seed, residency, "visits", day)`."""
    text = "\0".join(map(str, purpose))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")


def draw_for(*purpose: object) -> Draw:
    """Return the random sequence for a purpose."""
    return random.Random(number_for(*purpose)).random


def choose(options: Sequence[_Option], draw: Draw) -> _Option:
    """Choose an option with uniform probability."""
    return options[int(draw() * len(options))]


def whole(low: int, high: int, draw: Draw) -> int:
    """Return an integer from `low` to `high`, inclusive."""
    return low + int(draw() * (high - low + 1))
