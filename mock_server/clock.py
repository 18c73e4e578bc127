"""The clock of the mock, used for today, visible rows, token times and `Date` headers.

Times are UTC epoch milliseconds throughout the package. Only this module reads the system time.
"""

import re
import time
from datetime import UTC, date, datetime, timedelta
from threading import Lock

from mock_server.errors import SettingsError, shown

SECOND = 1_000
HOUR = 3_600 * SECOND
DAY = 86_400 * SECOND
"""Days are UTC days, without summer time and (in POSIX time) leap seconds."""
EPOCH = date(1970, 1, 1)
EARLIEST = (date.min - EPOCH).days * DAY
"""The first epoch millisecond that `date` can represent."""
LATEST = ((date.max - EPOCH).days + 1) * DAY - 1
"""The last epoch millisecond that `date` can represent."""
_LEAP_SECOND = re.compile(r"(?<=:\d\d):60")


class Clock:
    """A clock that can start at any time, be frozen, and be moved, within `EARLIEST` and `LATEST`.

    Args:
        start: Start time in epoch milliseconds; the system time if None.
        frozen: Whether the clock starts frozen.
    """

    def __init__(self, start: int | None = None, *, frozen: bool = False) -> None:
        self._start = start
        self._starts_frozen = frozen
        self._moving = Lock()
        self._state: tuple[int, int | None]
        """Offset from the system time, and the time at which it is frozen; replaced atomically."""
        self.reset()

    def reset(self) -> None:
        """Restart the clock."""
        real = _machine_time()
        start = real if self._start is None else self._start
        self._state = start - real, start if self._starts_frozen else None

    @property
    def is_frozen(self) -> bool:
        """Whether the clock is frozen."""
        return self._state[1] is not None

    def now(self) -> int:
        """Return the current time in epoch milliseconds."""
        offset, frozen = self._state
        now = _machine_time() + offset if frozen is None else frozen
        return min(max(now, EARLIEST), LATEST)

    def today(self) -> date:
        """Return the current UTC day."""
        return day_of(self.now())

    def change(self, *, to: int | None = None, by: int = 0, frozen: bool | None = None) -> None:
        """Move to an epoch millisecond, add milliseconds, and freeze or resume, atomically."""
        with self._moving:
            moment = (self.now() if to is None else to) + by
            is_frozen = self.is_frozen if frozen is None else frozen
            self._state = moment - _machine_time(), moment if is_frozen else None

    def move_to(self, moment: int) -> None:
        """Move to an epoch millisecond; a frozen clock stays frozen."""
        self.change(to=moment)

    def advance(self, by: timedelta) -> None:
        """Move by a duration, immediately."""
        self.change(by=by // timedelta(milliseconds=1))

    def freeze(self) -> None:
        """Stand still."""
        self.change(frozen=True)

    def go_on(self) -> None:
        """Resume the clock from its current time."""
        self.change(frozen=False)


def ticks() -> int:
    """Return monotonic time in nanoseconds, to measure durations; independent of the clock."""
    return time.perf_counter_ns()


def _machine_time() -> int:
    return time.time_ns() // 1_000_000


def day_of(moment: int) -> date:
    """Return the UTC day of an epoch millisecond."""
    return EPOCH + timedelta(days=moment // DAY)


def start_of(day: date) -> int:
    """Return the first epoch millisecond of a UTC day."""
    return (day - EPOCH).days * DAY


def is_moment(value: object) -> bool:
    """Return whether a value is an epoch millisecond within the range of `date`."""
    return isinstance(value, int) and EARLIEST <= value <= LATEST


def to_rfc3339(moment: int) -> str:
    """Format an epoch millisecond as RFC 3339 in UTC, with three decimals."""
    seconds, fraction = divmod(moment, SECOND)
    # Without `%Y`, which does not pad years before 1000 on some systems.
    at = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return f"{at.isoformat()}.{fraction:03d}Z"


def from_rfc3339(text: str) -> int:
    """Parse an RFC 3339 date-time, or a date as midnight UTC, to epoch milliseconds.

    The year 0000, which Python does not support, is mapped to `EARLIEST`; a leap second to the next
    second.

    Raises:
        ValueError: If `text` is neither, or the date or time does not exist.
    """
    if text.startswith("0000-"):
        return EARLIEST
    text, leaps = _LEAP_SECOND.subn(":59", text, count=1)
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
    return min(max(since + leaps * SECOND, EARLIEST), LATEST)


def read_moment(text: str) -> int:
    """Parse a time from a setting, as `from_rfc3339` does.

    Raises:
        SettingsError: If it is invalid.
    """
    try:
        return from_rfc3339(text)
    except ValueError:
        raise SettingsError(
            f"{shown(text)} is not a time; write it like 2026-01-31T12:00:00Z or 2026-01-31."
        ) from None
