"""Named ranges of days, such as `last 7 days`, `7d` or `thisMonth`."""

import re
from datetime import date, timedelta

from mock_server.binding.lexicon import PRESETS, words_of

_LAST = re.compile(r"(?:last|past|previous|trailing|pt?)?(\d{1,4})(h|d|w|m|y)[a-z]*")
_NUMBER = re.compile(r"^last(\d{1,4})$")
"""A number of days, as in Matomo."""
_HOURS = {"h": 1, "d": 24, "w": 168}
_CALENDAR = re.compile(r"(this|current|last|previous)(week|month|year)|(wtd|mtd|ytd)")
_TO_DATE = {"wtd": "week", "mtd": "month", "ytd": "year"}
_DAYS = {"today": (0, 1), "yesterday": (-1, 0)}
"""The first day and the day after the last, relative to today."""
_WHOLE = {"day": 1, "week": 7, "month": 31, "year": 366}
"""Whole intervals with a day, and a number of days that leads from their start to the next one."""
_ALL = frozenset({"all", "alltime", "ever", "max", "lifetime"})


def hours_of_preset(value: object, *, ends_now: bool) -> int | None:
    """Return the length of a named range that ends now, such as `24h`; None for other ranges.

    Args:
        value: The name.
        ends_now: Whether a range of days or weeks also ends now, and not with the day.
    """
    counted = _LAST.fullmatch(_english(str(value)))
    if counted is None or counted[2] not in (_HOURS if ends_now else "h"):
        return None
    return int(counted[1]) * _HOURS[counted[2]]


def is_preset(text: str) -> bool:
    """Return whether a text names a range of days."""
    return days_of_preset(text, date(2026, 1, 31)) is not None


def days_of_preset(value: object, today: date) -> tuple[date, date] | None:
    """Return the first day of a named range, and the day after its last; None if unknown.

    Ranges of past days include today; "last month" is the previous calendar month. A number is a
    number of days.
    """
    text = f"{min(max(value, 0), 9_999)}d" if isinstance(value, int) else str(value)
    name = _english(text)
    try:
        if name in _DAYS:
            first, end = _DAYS[name]
            return today + timedelta(first), today + timedelta(end)
        if name in _ALL:
            return date.min, today + timedelta(1)
        if counted := _LAST.fullmatch(name):
            return _back(today, int(counted[1]), counted[2]), today + timedelta(1)
        if name in _WHOLE:
            start = _start(today, name)
            return start, _start(start + timedelta(_WHOLE[name]), name)
        if calendar := _CALENDAR.fullmatch(name):
            start = _start(today, calendar[2] or _TO_DATE[calendar[3]])
            if calendar[1] in {"last", "previous"}:
                return _start(start - timedelta(1), calendar[2]), start
            return start, today + timedelta(1)
    except (OverflowError, ValueError):
        return date.min, today
    return None


def _english(text: str) -> str:
    return _NUMBER.sub(r"\1d", "".join(PRESETS.get(word, word) for word in words_of(text)))


def _back(today: date, number: int, unit: str) -> date:
    if unit in _HOURS:
        return today - timedelta(hours=number * _HOURS[unit] - 24)
    months = today.year * 12 + today.month - 1 - number * (1 if unit == "m" else 12)
    first = date(months // 12, months % 12 + 1, 1)
    following = (first + timedelta(31)).replace(day=1)
    return min(first + timedelta(today.day), following)


def _start(day: date, unit: str) -> date:
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(day.weekday())
    return day.replace(day=1) if unit == "month" else day.replace(month=1, day=1)
