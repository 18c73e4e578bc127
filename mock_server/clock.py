"""The one clock that everything asks: today, visible rows, token times, `Date` headers.

Times are UTC epoch milliseconds throughout the package; this module is the only place that reads
the machine's clock.
"""

import re
import time
from datetime import UTC, date, datetime, timedelta
from threading import Lock

from mock_server.errors import SettingsError, shown

SECOND = 1_000
"""Milliseconds."""

HOUR = 3_600 * SECOND
"""Milliseconds."""

DAY = 86_400 * SECOND
"""Milliseconds; days are UTC days, which have no summer time and (in POSIX time) no leap seconds."""

EPOCH = date(1970, 1, 1)

EARLIEST = (date.min - EPOCH).days * DAY
"""The first epoch millisecond that dates can name."""

LATEST = ((date.max - EPOCH).days + 1) * DAY - 1
"""The last epoch millisecond that dates can name."""

_LEAP_SECOND = re.compile(r"(?<=:\d\d):60")


class Clock:
    """A clock that may start at any moment, go on at the usual pace, stand still, and be moved.

    It never leaves the moments from `EARLIEST` to `LATEST`.

    Args:
        start: Epoch milliseconds to start from; the machine's own time if None.
        frozen: Stand still at `start`.
    """

    def __init__(self, start: int | None = None, *, frozen: bool = False) -> None:
        self._start = start
        self._starts_frozen = frozen
        self._moving = Lock()
        self._state: tuple[int, int | None]
        """What is added to the machine's time, and where it stands still; replaced as a whole."""
        self.reset()

    def reset(self) -> None:
        """Begin again from the start."""
        real = _machine_time()
        start = real if self._start is None else self._start
        self._state = start - real, start if self._starts_frozen else None

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self._state[1] is not None

    def now(self) -> int:
        """Return the current time in epoch milliseconds."""
        return self._shown(self._state)

    def today(self) -> date:
        """Return the current UTC day."""
        return day_of(self.now())

    def change(self, *, to: int | None = None, by: int = 0, frozen: bool | None = None) -> None:
        """Move, and stand still or go on, at one moment for all who look.

        Args:
            to: An epoch millisecond; where it stands if None.
            by: Milliseconds to add.
            frozen: Whether it stands still from now on; as before if None.
        """
        with self._moving:
            moment = (self.now() if to is None else to) + by
            is_frozen = self.is_frozen if frozen is None else frozen
            self._state = moment - _machine_time(), moment if is_frozen else None

    def move_to(self, moment: int) -> None:
        """Move to an epoch millisecond, and go on or stand still there as before."""
        self.change(to=moment)

    def advance(self, by: timedelta) -> None:
        """Move by a duration, at once and without waiting."""
        self.change(by=by // timedelta(milliseconds=1))

    def freeze(self) -> None:
        """Stand still."""
        self.change(frozen=True)

    def go_on(self) -> None:
        """Go on at the usual pace from where it stands."""
        self.change(frozen=False)

    def _shown(self, state: tuple[int, int | None]) -> int:
        offset, frozen = state
        now = _machine_time() + offset if frozen is None else frozen
        return min(max(now, EARLIEST), LATEST)


def ticks() -> int:
    """Return nanoseconds since some moment, for what lasts; no setting of the clock changes them."""
    return time.perf_counter_ns()


def _machine_time() -> int:
    return time.time_ns() // 1_000_000


def day_of(moment: int) -> date:
    """Return the UTC day that holds an epoch millisecond."""
    return EPOCH + timedelta(days=moment // DAY)


def start_of(day: date) -> int:
    """Return the first epoch millisecond of a UTC day."""
    return (day - EPOCH).days * DAY


def is_moment(value: object) -> bool:
    """Say whether a value is an epoch millisecond that can be written as a date."""
    return isinstance(value, int) and EARLIEST <= value <= LATEST


def to_rfc3339(moment: int) -> str:
    """Write an epoch millisecond as RFC 3339, in UTC, with three decimals."""
    seconds, fraction = divmod(moment, SECOND)
    # Not by `%Y`, which writes years before 1000 with fewer digits on some systems.
    at = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{at.isoformat()}.{fraction:03d}Z"


def from_rfc3339(text: str) -> int:
    """Read an RFC 3339 date-time, or a plain date as its midnight in UTC, to epoch milliseconds.

    The year 0000, which Python has no dates for, is read as the first moment that it has; a leap
    second as the second that follows it.

    Raises:
        ValueError: If `text` is neither, or names a day or time that does not exist.
    """
    if text.startswith("0000-"):
        return EARLIEST
    leap = _LEAP_SECOND.search(text)
    if leap is not None:
        text = f"{text[: leap.start()]}:59{text[leap.end() :]}"
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
    return min(max(since + (SECOND if leap is not None else 0), EARLIEST), LATEST)


def read_moment(text: str) -> int:
    """Read a moment that a person set, as `from_rfc3339` does.

    Raises:
        SettingsError: If it is no moment; says how to write one.
    """
    try:
        return from_rfc3339(text)
    except ValueError:
        raise SettingsError(
            f"{shown(text)} is not a time; write it like 2026-01-31T12:00:00Z or 2026-01-31."
        ) from None
