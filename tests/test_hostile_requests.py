"""Hostile requests, made up from a seed, break nothing; bench/hostile.py sends many more."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import hostile


@pytest.mark.xfail(strict=False, reason="bench/hostile.py still finds what breaks the mock")
@pytest.mark.parametrize(("seed", "world"), list(enumerate(hostile.WORLDS)))
def test_a_thousand_hostile_requests_raise_nothing_and_meet_no_unasked_5xx(
    seed: int, world: str
) -> None:
    target = hostile.InProcess(world)
    try:
        found = hostile.hunt(target, seed, 1_000, sockets=False, shrinks=False)
    finally:
        target.close()

    assert not found, "\n".join(f"{one.kind}: {one.words}\n{way}" for one, way in found.items())
