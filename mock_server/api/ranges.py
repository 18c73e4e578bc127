"""Convert the arguments of a range of time: its bounds, or its name."""

import re
from datetime import date, timedelta, tzinfo
from typing import Any, NamedTuple

from mock_server.api.parameters import Arguments
from mock_server.binding.fields import Part, Unit
from mock_server.binding.model import OperationBinding, ParameterBinding
from mock_server.binding.presets import days_of_preset
from mock_server.clock import DAY, EARLIEST, LATEST, SECOND, day_of, from_rfc3339
from mock_server.data.zones import local_time, localised, start_in
from mock_server.errors import InvalidRequestError, cut

DEFAULT_DAYS = 30
"""Length of the default range in days, including today (vendor's "Users" report)."""
_LAST_DATE = date(9998, 12, 31)
"""The last date after whose day, week, month and year the calendar goes on."""


class Range(NamedTuple):
    """A range of time, in epoch milliseconds."""

    start: int
    """Inclusive."""
    end: int
    """Exclusive."""
    shown_end: int | None
    """The end as the response shows it; its last millisecond if None."""
    is_reversed: bool = False
    """Whether the end that was sent is before the start."""


class RangeReader:
    """Read the range of a request.

    Args:
        binding: The roles of the parameters.
        arguments: The values of parameters.
        now: The current time, in epoch milliseconds.
        zone: The time zone of days; UTC if None.
    """

    def __init__(
        self, binding: OperationBinding, arguments: Arguments, now: int, zone: tzinfo | None
    ) -> None:
        self._binding, self._arguments, self._now, self._zone = binding, arguments, now, zone
        self._shown_end: int | None = None

    def range(self) -> Range:
        """Return the range; by default the days that the document names, or 30 with today.

        Raises:
            InvalidRequestError: If a bound is not an existing time.
        """
        start, end = self._moment(Part.START), self._moment(Part.END)
        if start is None and end is None and (named := self._named()) is not None:
            return named
        sent = start
        start = self._default_start(end) if start is None else start
        end = self._default_end() if end is None else end
        is_reversed = sent is not None and sent > end
        return Range(max(start, EARLIEST), min(end, LATEST), self._shown_end, is_reversed)

    def _default_end(self) -> int:
        """Return the end of a range without one: the end of today, or now if it is described so."""
        if not self._ends_now():
            return self._days_after_today(1)
        self._shown_end = self._now
        return self._now

    def _ends_now(self) -> bool:
        bound = self._binding.parameter(Part.END)
        return bound is not None and bound.default == 0

    def _default_start(self, end: int | None) -> int:
        """Return the start of a range without one: the days that its description names, or 30."""
        bound, last = self._binding.parameter(Part.START), self._binding.parameter(Part.END)
        if bound is None or bound.default is None:
            if end is not None:
                return end - DEFAULT_DAYS * DAY
            return self._days_after_today(1 - DEFAULT_DAYS)
        if bound.unit is not Unit.DATE or (end is None and self._ends_now()):
            return min(self._now, LATEST if end is None else end) - bound.default * DAY
        if end is None:
            return self._start_of(self._today(), -bound.default)
        is_after = last is not None and last.edge == "lt"  # the day after the last one
        return self._start_of(self._day_of(end - (not is_after)), -bound.default)

    def _named(self) -> Range | None:
        """Return a range such as `last7days`, until today or a date; or that of a date alone."""
        dates, preset = self._dates(), self._value(Part.PRESET)
        days = days_of_preset(preset, [self._today(), *dates][-1]) if preset is not None else None
        if len(dates) > 1 or (dates and days is None):
            days = dates[0], dates[-1] + timedelta(days=1)
        if days is None:
            return None
        ends = self._binding.parameter(Part.END)
        start, end = self._start_of(days[0], 0), self._start_of(days[1], 0)
        is_exact = ends is not None and ends.unit not in {Unit.DATE, Unit.FREE}
        shown_end = end if is_exact else None  # as a client writes it
        return Range(max(start, EARLIEST), end, shown_end, is_reversed=start > end)

    def _value(self, part: Part) -> Any:
        bound = self._binding.parameter(part)
        value = None if bound is None else self._arguments.get(bound.parameter)
        return None if bound is None or value is None else named(bound, value)

    def _dates(self) -> list[date]:
        """Return a date that was sent, or the two dates of a range."""
        bound, sent = self._binding.parameter(Part.DATE), self._value(Part.DATE)
        if bound is None or sent is None:
            return []
        words = {"today": self._today(), "yesterday": self._today() - timedelta(days=1)}
        sent = ",".join(map(str, sent)) if isinstance(sent, list) else str(sent)
        texts = [text.strip() for text in sent.split(",", 1)]
        try:
            return [min(words.get(text) or _day(text), _LAST_DATE) for text in texts]
        except (ValueError, OverflowError):
            raise refused(bound, f"{sent!r} is not a day that exists") from None

    def _today(self) -> date:
        return self._day_of(self._now)

    def _day_of(self, moment: int) -> date:
        return local_time(localised(moment, self._zone)).date()

    def _days_after_today(self, days: int) -> int:
        return self._start_of(self._today(), days)

    def _start_of(self, day: date, later: int) -> int:
        """Return the start of the day `later` days after a day, within the calendar."""
        try:
            return start_in(day + timedelta(days=later), self._zone)
        except OverflowError:
            return LATEST if later > 0 else EARLIEST

    def _moment(self, part: Part) -> int | None:
        """Return the latest start or the earliest end that was sent; None if there is none."""
        sent = [
            self._bound_of_range(bound, self._arguments[bound.parameter])
            for bound in self._binding.parameters
            if bound.part is part and bound.parameter in self._arguments
        ]
        return (max if part is Part.START else min)(sent, default=None)

    def _bound_of_range(self, bound: ParameterBinding, value: Any) -> int:
        """Return a start, inclusive, or an end, exclusive."""
        is_next = bound.edge in {"gt", "lte"}
        if bound.unit in {Unit.SECONDS, Unit.MILLISECONDS}:
            return self._exact(bound, self._epoch(bound, value)) + is_next * bound.step
        try:
            if _MONTH.fullmatch(str(value)):
                first = date.fromisoformat(f"{value}-01")
                is_end = bound.part is Part.END and bound.edge != "lt"
                return self._start_of(_next_month(first) if is_end else first, 0)
            if _is_day(str(value)):
                is_last = bound.part is Part.END and bound.edge != "lt"
                return self._start_of(_day(str(value)), int(is_last or is_next))
            return self._exact(bound, from_rfc3339(str(value))) + is_next * bound.step
        except (ValueError, OverflowError):
            raise refused(bound, f"{value!r} is not a date or time that exists") from None

    def _exact(self, bound: ParameterBinding, moment: int) -> int:
        """Record an end that is not a whole day, so that the response repeats it as sent."""
        if bound.part is Part.END:
            self._shown_end = moment
        return moment

    def _epoch(self, bound: ParameterBinding, value: Any) -> int:
        """Parse an epoch number, which may be a string of digits."""
        scale = SECOND if bound.unit is Unit.SECONDS else 1
        try:
            return int(float(value) * scale) if isinstance(value, str) else int(value * scale)
        except (ValueError, OverflowError):
            raise refused(bound, f"{value!r} is not a number of {bound.unit}") from None


_MONTH = re.compile(r"\d{4}-\d{2}")


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _is_day(text: str) -> bool:
    return len(text) == len("2026-01-31")


def _day(text: str) -> date:
    return day_of(from_rfc3339(text))


def refused(bound: ParameterBinding, reason: str) -> InvalidRequestError:
    """Return the error for the value of a parameter."""
    name = bound.parameter.name
    return InvalidRequestError(f"query parameter {name!r}: {cut(reason)}.", parameter=name)


def named(bound: ParameterBinding, value: Any) -> Any:
    """Map numeric codes of a parameter to their names."""
    if not bound.names:
        return value
    if isinstance(value, list):
        return [bound.names.get(item, item) for item in value]
    return bound.names.get(value, value)
