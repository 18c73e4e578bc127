"""The times of views and searches: working hours and weekends of a time zone, by UTC day.

A day has 48 slots of half an hour. Each has a local hour and its own weights of viewers, so that
peaks follow summer time.
"""

from bisect import bisect
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from mock_server.clock import DAY, SECOND, start_of
from mock_server.world.chance import Draw
from mock_server.world.domain import ANONYMOUS
from mock_server.world.model import TrafficSection
from mock_server.world.people import Person

SLOT = DAY // 48
"""Milliseconds."""

QUIET = 5 * SECOND
"""No events this close to midnight UTC, so that days are independent of each other."""

_WORKING = (
    0.01, 0.01, 0.01, 0.01, 0.02, 0.05, 0.15, 0.45, 0.95, 1.25, 1.3, 1.1,
    0.55, 0.95, 1.2, 1.1, 0.9, 0.55, 0.2, 0.12, 0.12, 0.1, 0.05, 0.02,
)  # fmt: skip
"""Activity of employees by local hour, with a dip at lunch."""

_PASSING = (
    0.1, 0.08, 0.06, 0.06, 0.08, 0.12, 0.25, 0.5, 0.8, 1.0, 1.1, 1.0,
    0.85, 0.95, 1.05, 1.0, 0.95, 0.8, 0.6, 0.5, 0.45, 0.4, 0.25, 0.15,
)  # fmt: skip
"""Activity of anonymous visitors by local hour."""

_SATURDAY = 5
_SWING = 0.15
"""Maximum deviation of a day from an ordinary one, up and down."""
_LAST_DAYS = date(9999, 12, 29)


class _Viewers:
    """Anonymous, protected or known viewers, and their activity by local hour."""

    def __init__(self, share: float, people: Sequence[Person]) -> None:
        self.ids = [person.account.id for person in people] or [ANONYMOUS]
        self.by_hour = [
            list(accumulate(one.activity * _WORKING[(hour - one.shift) % 24] for one in people))
            or [_PASSING[hour]]
            for hour in range(24)
        ]
        *_, day = accumulate(weights[-1] for weights in self.by_hour)
        self.hours = [share * weights[-1] / day for weights in self.by_hour]


class _DayPlan(NamedTuple):
    """The cumulative weights of a day's groups and, by group, of its slots."""

    groups: list[float]
    """The last one is the size of the day, relative to an ordinary working day."""
    slots: list[list[float]]
    hours: list[int]
    """The local hour of each slot."""


class Rhythm:
    """Generate times and viewers of a day's events in a time zone."""

    def __init__(self, traffic: TrafficSection, people: Sequence[Person], zone: ZoneInfo) -> None:
        known = [person for person in people if not person.account.is_protected]
        hidden = [person for person in people if person.account.is_protected]
        self._groups = [_Viewers(traffic.anonymous, [])]
        rest = 1 - traffic.anonymous - traffic.protected
        for share, members in ((traffic.protected, hidden), (rest, known)):
            self._groups += [_Viewers(share, members)] if members else []
        self._weekend = traffic.weekend
        self._zone = zone
        self._plans: dict[tuple[int, tuple[int, ...]], _DayPlan] = {}

    def arrivals(self, day: date, usual: float, draw: Draw) -> list[tuple[int, str]]:
        """Return the time and viewer of each event of a UTC day, unordered.

        An ordinary working day has about `usual` events.
        """
        groups, slots, hours = self._plan(day)
        start = start_of(day)
        count = int(usual * groups[-1] * (1 - _SWING + 2 * _SWING * draw()) + draw())
        ids = [group.ids for group in self._groups]
        by_hour = [group.by_hour for group in self._groups]
        found = []
        for _ in range(count):
            # Inlined for speed: a wide report generates hundreds of days.
            group = bisect(groups, draw() * groups[-1])
            weights = slots[group]
            slot = bisect(weights, draw() * weights[-1])
            within = slot * SLOT + int(draw() * SLOT)
            weights = by_hour[group][hours[slot]]
            viewer = ids[group][bisect(weights, draw() * weights[-1])]
            if QUIET <= within < DAY - QUIET:
                found.append((start + within, viewer))
        return found

    def _plan(self, day: date) -> _DayPlan:
        day = min(day, _LAST_DAYS)  # avoid local times beyond year 9999
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        first, last = self._offset(midnight), self._offset(midnight + timedelta(days=1))
        offsets: tuple[int, ...] = (first,) * 48
        if first != last:
            moments = [midnight + timedelta(milliseconds=slot * SLOT) for slot in range(48)]
            offsets = tuple(map(self._offset, moments))
        key = day.weekday(), offsets
        if key not in self._plans:
            self._plans[key] = self._build_plan(*key)
        return self._plans[key]

    def _offset(self, moment: datetime) -> int:
        offset = moment.astimezone(self._zone).utcoffset() or timedelta()
        return offset // timedelta(milliseconds=1)

    def _build_plan(self, weekday: int, offsets: Sequence[int]) -> _DayPlan:
        local = [slot * SLOT + offset for slot, offset in enumerate(offsets)]
        hours = [moment % DAY * 24 // DAY for moment in local]
        weekdays = [(weekday + moment // DAY) % 7 for moment in local]
        factors = [self._weekend if weekday >= _SATURDAY else 1.0 for weekday in weekdays]
        slots = [
            list(
                accumulate(
                    group.hours[hour] * factor / 2
                    for hour, factor in zip(hours, factors, strict=True)
                )
            )
            for group in self._groups
        ]
        return _DayPlan(list(accumulate(weights[-1] for weights in slots)), slots, hours)
