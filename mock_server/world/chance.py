"""Reproducible random numbers: they depend on their purpose alone.

Only `random.Random(int).random()`, blake2b and the four operations of arithmetic are used: they
alone give the same figures on every Python and every machine. `sum` is not (it rounds differently
since 3.12), nor are `exp` and `pow` (which are the C library's).
"""

import random
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import accumulate
from typing import TypeVar

Draw = Callable[[], float]
"""Gives the next number from 0 up to, but not including, 1."""

_Option = TypeVar("_Option")


def number_for(*purpose: object) -> int:
    """Return the number that belongs to a purpose, such as `(seed, residency, "visits", day)`."""
    text = "\0".join(map(str, purpose))
    return int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")


def draw_for(*purpose: object) -> Draw:
    """Return the sequence of draws that belongs to a purpose."""
    return random.Random(number_for(*purpose)).random


def cumulate(weights: Iterable[float]) -> list[float]:
    """Add weights up, to pick by `bisect`; the last figure is their total."""
    return list(accumulate(weights))


def total(weights: Iterable[float]) -> float:
    """Add numbers up from left to right; 0 for none."""
    result = 0.0
    for weight in weights:
        result += weight
    return result


def choose(options: Sequence[_Option], draw: Draw) -> _Option:
    """Choose one of several with equal chances."""
    return options[int(draw() * len(options))]


def whole(low: int, high: int, draw: Draw) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return low + int(draw() * (high - low + 1))
