"""Hostile requests, made up from a seed, break nothing; bench/hostile.py sends many more."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "bench" / "hostile.py"


def test_three_thousand_hostile_requests_raise_nothing_and_meet_no_5xx_unasked_for() -> None:
    # In a process of its own, so that what is left of a failing request meets no other test.
    command = [sys.executable, str(PROGRAM), "--in-process", "--requests", "3000"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]
