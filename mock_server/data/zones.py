"""Time zones, for documents that let clients choose where days begin and end."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mock_server.binding.fields import Interval
from mock_server.clock import DAY, EARLIEST, HOUR, LATEST, SECOND, start_of

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([01]\d):?([0-5]\d)")
_MILLISECOND = timedelta(milliseconds=1)


class LocalMoment(int):
    """An epoch millisecond with its local time in a time zone."""

    local: datetime


def local_time(moment: int) -> datetime:
    """Return the local time of a moment, in UTC if it has no time zone."""
    if isinstance(moment, LocalMoment):
        return moment.local
    return datetime.fromtimestamp(moment / SECOND, UTC)


@lru_cache(maxsize=1_000)
def zone_of(name: str) -> tzinfo | None:
    """Return the time zone of an IANA name, `Z`, or an offset such as `+02:00`; None if unknown."""
    offset = _OFFSET.fullmatch(name.strip())  # a plus in a query string may be decoded to a space
    if name in {"Z", "UTC"}:
        return UTC
    if offset is not None:
        by = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(by if offset[1] == "+" else -by)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def localised(moment: int, zone: tzinfo | None) -> int:
    """Return a time with its day in a zone; unchanged for UTC and at the ends of the calendar."""
    if zone is None or not EARLIEST + DAY < moment < LATEST - DAY:
        return moment
    found = LocalMoment(moment)
    found.local = datetime.fromtimestamp((moment + _offset(moment, zone)) / SECOND, UTC)
    return found


def start_in(day: date, zone: tzinfo | None) -> int:
    """Return the first epoch millisecond of a day in a zone, with that day."""
    start = start_of(day)
    if zone is None or not date.min < day < date.max:
        return start
    local = datetime(day.year, day.month, day.day, tzinfo=zone)
    return localised(start - (local.utcoffset() or timedelta()) // _MILLISECOND, zone)


def intervals_of(days: Iterable[date], interval: Interval) -> list[tuple[date, date]]:
    """Return the first days of the intervals of the given days, each with that of the next one."""
    if interval is Interval.DAY:
        return [(day, day + timedelta(days=1)) for day in days]
    if interval is Interval.WEEK:
        weeks = dict.fromkeys(day - timedelta(days=day.weekday()) for day in days)
        return [(first, first + timedelta(days=7)) for first in weeks]
    months = _MONTHS[interval]
    firsts = (day.replace(month=(day.month - 1) // months * months + 1, day=1) for day in days)
    later = timedelta(days=31 * months)  # within the first month of the next interval
    last = date.max - later
    return [(first, (first + later).replace(day=1) if first < last else date.max)
            for first in dict.fromkeys(firsts)]  # fmt: skip


_MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}


@lru_cache(maxsize=256)
def offsets(zone: tzinfo, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the offsets of a zone within a range, as pairs of end and milliseconds.

    The last pair ends with the range.
    """
    found: list[tuple[int, int]] = []
    offset, moment = _offset(start, zone), start
    while moment < end:
        following = min(moment + DAY, end)
        if _offset(following, zone) == offset:
            moment = following
            continue
        while _offset(moment, zone) == offset:  # zones change on quarter hours
            moment += HOUR // 4
        found.append((moment, offset))
        offset = _offset(moment, zone)
    return (*found, (end, offset))


def _offset(moment: int, zone: tzinfo) -> int:
    offset = datetime.fromtimestamp(moment // SECOND, zone).utcoffset() or timedelta()
    return offset // _MILLISECOND
