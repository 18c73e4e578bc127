"""Counting requests against a limit, by the mock's clock."""

from dataclasses import dataclass

from mock_server.clock import SECOND
from mock_server.faults.model import Limit


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
