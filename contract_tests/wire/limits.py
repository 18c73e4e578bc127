"""How much a wire may send, how fast, and when it must stop."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from contract_tests.errors import SpentError
from contract_tests.options import Options
from mock_server import Clock

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods that a live service is ever sent."""

_LOCKOUT = frozenset({401, 403, 429})
WAITING = frozenset({429, 503})
"""What tells, with `Retry-After`, to come again."""

_LONGEST_RUN = 3
"""So many of these in a row, with a good token, and the service may be shutting us out."""

_BAD_TOKENS = 60
"""So many requests without a good token does a live service get, at most."""

_UNREADABLE = 60
"""Seconds that a live service is left alone where `Retry-After` cannot be read."""

_LONGEST_WAIT = 120
"""Seconds; who asks for more is left alone."""


class Limits:
    """Counts what is sent to one target, and waits or stops where it must."""

    def __init__(
        self,
        options: Options,
        *,
        is_live: bool,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sent = 0
        """Requests sent, each attempt of one counted."""
        self.closed = ""
        """Why nothing more is sent; empty while something may be."""
        self._is_live = is_live
        self.budget = options.budget or (500 if is_live else 20_000)
        """Most requests to the target."""
        self.rate = options.rate or (60 if is_live else None)
        """Requests a minute; None if they are not bounded."""
        self._gap = 60 / self.rate if self.rate else 0.0
        self._deadline = None if options.deadline is None else now() + options.deadline
        self._next = 0.0
        self._refused_in_a_row = 0
        self._failed_in_a_row = 0
        self._bad_tokens = 0
        self._now = now
        self._wait = wait

    @property
    def summary(self) -> str:
        """The limits in words."""
        methods = f", only {', '.join(sorted(READING))}" if self._is_live else ""
        pace = f", {self.rate:g} a minute" if self.rate else ""
        return f"at most {self.budget} requests{pace}{methods}"

    def allows(self, method: str) -> bool:
        """Return whether a method may be sent at all."""
        return not self._is_live or method in READING

    def before_sending(self, *, is_good: bool) -> None:
        """Wait until the next request may go, and count it.

        Raises:
            SpentError: If none may go any more.
        """
        if self.sent >= self.budget:
            self.close(f"the budget of {self.budget} requests is spent")
        wait = max(0.0, self._next - self._now())
        if self._deadline is not None and self._now() + wait > self._deadline:
            self.close("the deadline is over")
        if self.closed:
            raise SpentError(f"Nothing more is sent: {self.closed}.")
        if self._is_live and not is_good:
            if self._bad_tokens >= _BAD_TOKENS:
                raise SpentError(f"A live service gets at most {_BAD_TOKENS} bad tokens in a run.")
            self._bad_tokens += 1
        if wait:
            self._wait(wait)
        self._next = max(self._next, self._now()) + self._gap
        self.sent += 1

    def after(self, status: int | None, retry_after: str | None, *, is_good: bool) -> bool:
        """Learn from a response; tell whether the request is worth another attempt."""
        if status is None:
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= _LONGEST_RUN:
                self.close(f"{_LONGEST_RUN} requests in a row got no response")
            return True
        self._failed_in_a_row = 0
        is_waiting = status in WAITING and retry_after is not None
        if is_good:
            is_refused = is_waiting or (self._is_live and status in _LOCKOUT)
            self._refused_in_a_row = self._refused_in_a_row + 1 if is_refused else 0
            if self._refused_in_a_row >= _LONGEST_RUN:
                self.close(
                    f"{_LONGEST_RUN} requests in a row with a good token got {status} or the like, "
                    f"which may be the first sign of a lockout"
                )
        if retry_after is None or not is_waiting:
            return False
        seconds = _seconds(retry_after, unless=_UNREADABLE if self._is_live else 0)
        if seconds > _LONGEST_WAIT:
            self.close(f"the service asks to wait {seconds} seconds")
        self._next = max(self._next, self._now() + seconds)
        return not self.closed

    def close(self, reason: str) -> None:
        """Let nothing more out; the first reason stays."""
        self.closed = self.closed or reason


def _seconds(retry_after: str, *, unless: int) -> int:
    if retry_after.isdecimal() and retry_after.isascii():
        return int(retry_after[:9])
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return unless
    return max(0, round(until.timestamp() - Clock().now() / 1_000))
