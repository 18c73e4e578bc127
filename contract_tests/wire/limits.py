"""Limits the number and the rate of requests."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from contract_tests.errors import SpentError
from contract_tests.options import Options
from mock_server import Clock

WAITING = frozenset({429, 503})
"""Status codes that, with `Retry-After`, ask for a retry."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""The only methods that are sent to a live service."""

_LOCKOUT = frozenset({401, 403, 429})
_LONGEST_RUN = 3
"""Number of consecutive failures that end a run, because they may be a lockout."""

_BAD_TOKENS = 60
"""Maximum number of requests without the valid token to a live service."""

_UNREADABLE, _LONGEST_WAIT = 60, 120
"""Seconds to wait for a live service if `Retry-After` is invalid, and at most."""


class Limits:
    """Counts the requests to one target, and waits or stops if necessary."""

    def __init__(
        self,
        options: Options,
        *,
        is_live: bool,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sent = 0
        """Number of requests sent, including retries."""
        self.closed = ""
        """Why nothing more is sent; empty while the wire is open."""
        self._is_live = is_live
        self.budget = options.budget or (500 if is_live else 20_000)
        """Maximum number of requests to the target."""
        self.rate = options.rate or (60 if is_live else None)
        """Maximum number of requests per minute; None for no limit."""
        self._gap = 60 / self.rate if self.rate else 0.0
        self._deadline = None if options.deadline is None else now() + options.deadline
        self._next = 0.0
        self._refused_in_a_row = self._failed_in_a_row = self._bad_tokens = 0
        self._now = now
        self._wait = wait

    @property
    def summary(self) -> str:
        """The limits as text."""
        methods = f", only {', '.join(sorted(_READING))}" if self._is_live else ""
        pace = f", {self.rate:g} a minute" if self.rate else ""
        return f"at most {self.budget} requests{pace}{methods}"

    def allows(self, method: str) -> bool:
        """Return whether a method may be sent."""
        return not self._is_live or method in _READING

    def before_sending(self, *, is_good: bool) -> None:
        """Wait until the next request may be sent, and count it."""
        if self.sent >= self.budget:
            self.close(f"the budget of {self.budget} requests is spent")
        wait = max(0.0, self._next - self._now())
        if self._deadline is not None and self._now() + wait > self._deadline:
            self.close("the deadline has passed")
        if self.closed:
            raise SpentError(f"Nothing more is sent: {self.closed}.")
        if self._is_live and not is_good:
            if self._bad_tokens >= _BAD_TOKENS:
                raise SpentError(
                    f"At most {_BAD_TOKENS} invalid tokens are sent to a live service in a run."
                )
            self._bad_tokens += 1
        if wait:
            self._wait(wait)
        self._next = max(self._next, self._now()) + self._gap
        self.sent += 1

    def after(
        self, status: int | None, retry_after: str | None, *, is_good: bool, failure: str = ""
    ) -> bool:
        """Update the limits after a response; return whether to retry the request.

        Without a response, the status is None and `failure` says why. A request is good if it had
        the valid token.
        """
        if status is None:
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= _LONGEST_RUN:
                self.close(f"{_LONGEST_RUN} consecutive requests got no response: {failure}")
            return True
        self._failed_in_a_row = 0
        is_waiting = status in WAITING and retry_after is not None
        if is_good:
            is_refused = is_waiting or (self._is_live and status in _LOCKOUT)
            self._refused_in_a_row = self._refused_in_a_row + 1 if is_refused else 0
            if self._refused_in_a_row >= _LONGEST_RUN:
                self.close(
                    f"{_LONGEST_RUN} consecutive requests with the valid token were rejected, the "
                    f"last one with {status}; this may be a lockout"
                )
        if retry_after is None or not is_waiting:
            return False
        seconds = _seconds(retry_after, unless=_UNREADABLE if self._is_live else 0)
        if seconds > _LONGEST_WAIT:
            self.close(f"the service asks to wait {seconds} seconds")
        self._next = max(self._next, self._now() + seconds)
        return not self.closed

    def close(self, reason: str) -> None:
        """Send nothing more; keep the first reason."""
        self.closed = self.closed or reason


def _seconds(retry_after: str, *, unless: int) -> int:
    if retry_after.isdecimal() and retry_after.isascii():
        return int(retry_after[:9])
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return unless
    return max(0, round(until.timestamp() - Clock().now() / 1_000))
