"""Hostile requests, generated from a seed; bench/hostile.py can send many more."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "bench" / "hostile.py"


def test_hostile_requests_cause_no_exceptions_and_no_unexpected_5xx() -> None:
    # In another process, so that a failing request cannot affect other tests.
    command = [sys.executable, str(PROGRAM), "--in-process", "--requests", "3000"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]
