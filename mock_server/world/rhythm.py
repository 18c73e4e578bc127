"""When people come: working hours and weekends of a time zone, cut to UTC days.

A day has 48 slots of half an hour. Each slot has a local hour, and each hour its own chances of who
comes; so summer time moves the rush, and people keep their own hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from mock_server.clock import DAY, EPOCH, SECOND
from mock_server.world.chance import Draw, cumulate, pick, total
from mock_server.world.domain import ANONYMOUS
from mock_server.world.file import TrafficSection
from mock_server.world.people import Person

SLOT = DAY // 48
"""Milliseconds."""

QUIET = 5 * SECOND
"""Nobody comes so close to midnight UTC, so that days do not depend on their neighbours."""

_WORKING = (
    0.01, 0.01, 0.01, 0.01, 0.02, 0.05, 0.15, 0.45, 0.95, 1.25, 1.3, 1.1,
    0.55, 0.95, 1.2, 1.1, 0.9, 0.55, 0.2, 0.12, 0.12, 0.1, 0.05, 0.02,
)  # fmt: skip
"""How busy each local hour is for those who work there, with a dip at lunch."""

_PASSING = (
    0.1, 0.08, 0.06, 0.06, 0.08, 0.12, 0.25, 0.5, 0.8, 1.0, 1.1, 1.0,
    0.85, 0.95, 1.05, 1.0, 0.95, 0.8, 0.6, 0.5, 0.45, 0.4, 0.25, 0.15,
)  # fmt: skip
"""How busy each local hour is for strangers."""

_SATURDAY = 5
_SWING = 0.15
"""How much a day may differ from an ordinary one, upwards and downwards."""
_LAST_DAYS = date(9999, 12, 29)


class Crowd:
    """People of one kind, anonymous or protected or neither, and the hours they keep."""

    def __init__(self, share: float, people: Sequence[Person]) -> None:
        self.ids = [person.account.id for person in people] or [ANONYMOUS]
        self.by_hour = [
            cumulate(person.activity * _WORKING[(hour - person.shift) % 24] for person in people)
            or [_PASSING[hour]]
            for hour in range(24)
        ]
        day = total(weights[-1] for weights in self.by_hour)
        self.hours = [share * weights[-1] / day for weights in self.by_hour]


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The chances of one day."""

    size: float
    """How much happens, in ordinary working days."""
    crowds: list[float]
    slots: list[list[float]]
    """By crowd."""
    hours: list[int]
    """The local hour of each slot."""


class Rhythm:
    """Says who comes when on a day.

    Args:
        traffic: The shares of crowds and of weekends.
        people: Who can log in.
        zone: Where they live.
    """

    def __init__(self, traffic: TrafficSection, people: Sequence[Person], zone: ZoneInfo) -> None:
        known = [person for person in people if not person.account.is_protected]
        hidden = [person for person in people if person.account.is_protected]
        rest = 1 - traffic.anonymous - traffic.protected
        self._crowds = [Crowd(traffic.anonymous, [])]
        self._crowds += [Crowd(traffic.protected, hidden)] if hidden else []
        self._crowds += [Crowd(rest, known)] if known else []
        self._weekend = traffic.weekend
        self._zone = zone
        self._plans: dict[tuple[int, int], DayPlan] = {}

    def arrivals(self, day: date, usual: float, draw: Draw) -> list[tuple[int, str]]:
        """Return the moment and viewer of each thing that happens on a day, in no order.

        Args:
            day: The UTC day.
            usual: How many things happen on an ordinary working day.
            draw: Where chance comes from.
        """
        plan = self._plan(day)
        start = (day - EPOCH).days * DAY
        count = int(usual * plan.size * (1 - _SWING + 2 * _SWING * draw()) + draw())
        crowds, slots, hours = plan.crowds, plan.slots, plan.hours
        ids = [crowd.ids for crowd in self._crowds]
        by_hour = [crowd.by_hour for crowd in self._crowds]
        found = []
        for _ in range(count):
            crowd = pick(crowds, draw)
            slot = pick(slots[crowd], draw)
            within = slot * SLOT + int(draw() * SLOT)
            viewer = ids[crowd][pick(by_hour[crowd][hours[slot]], draw)]
            if QUIET <= within < DAY - QUIET:
                found.append((start + within, viewer))
        return found

    def _plan(self, day: date) -> DayPlan:
        day = min(day, _LAST_DAYS)  # local times of the very last would be beyond year 9999
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        first, last = self._offset(midnight), self._offset(midnight + timedelta(days=1))
        if first != last:
            moments = [midnight + timedelta(milliseconds=slot * SLOT) for slot in range(48)]
            return self._build_plan(day.weekday(), [self._offset(moment) for moment in moments])
        known = self._plans.get((day.weekday(), first))
        if known is None:
            known = self._build_plan(day.weekday(), [first] * 48)
            self._plans[day.weekday(), first] = known
        return known

    def _offset(self, moment: datetime) -> int:
        offset = moment.astimezone(self._zone).utcoffset() or timedelta()
        return offset // timedelta(milliseconds=1)

    def _build_plan(self, weekday: int, offsets: Sequence[int]) -> DayPlan:
        local = [slot * SLOT + offset for slot, offset in enumerate(offsets)]
        hours = [moment % DAY * 24 // DAY for moment in local]
        days = [(weekday + moment // DAY) % 7 for moment in local]
        factors = [self._weekend if one >= _SATURDAY else 1.0 for one in days]
        slots = [
            cumulate(
                crowd.hours[hour] * factor / 2 for hour, factor in zip(hours, factors, strict=True)
            )
            for crowd in self._crowds
        ]
        crowds = cumulate(weights[-1] for weights in slots)
        return DayPlan(crowds[-1], crowds, slots, hours)
