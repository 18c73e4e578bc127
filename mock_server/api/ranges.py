"""Convert the arguments of a range of time: its bounds, or its name."""

import re
from datetime import date, timedelta, tzinfo
from typing import Any, NamedTuple

from mock_server.api.parameters import Arguments
from mock_server.binding.descriptions import says
from mock_server.binding.fields import Part, Unit
from mock_server.binding.lexicon import WORDS, words_of
from mock_server.binding.model import OperationBinding, ParameterBinding
from mock_server.binding.presets import days_of_preset, hours_of_preset, is_preset
from mock_server.binding.units import iso_of
from mock_server.clock import DAY, EARLIEST, HOUR, LATEST, day_of, from_rfc3339
from mock_server.data.zones import local_time, localised, start_in
from mock_server.errors import InvalidRequestError, cut

DEFAULT_DAYS = 30
"""Length of the default range in days, including today (vendor's "Users" report)."""
_LAST_DATE = date(9998, 12, 31)
"""The last date after whose day, week, month and year the calendar goes on."""
_MONTH = re.compile(r"\d{4}-\d{2}")
_CURSORS = frozenset({Part.CURSOR, Part.CURSOR_BEFORE})
"""Parameters that have no effect if they are empty, as in Google's AIP-158."""


class Range(NamedTuple):
    """A range of time, in epoch milliseconds."""

    start: int
    """Inclusive."""
    end: int
    """Exclusive."""
    shown_end: int | None
    """The end as the response shows it; its last millisecond if None."""
    is_reversed: bool
    """Whether the end that was sent is before the start."""


class RangeReader:
    """Read the range of a request; `now` is in epoch milliseconds."""

    def __init__(self, binding: OperationBinding, arguments: Arguments, now: int) -> None:
        self._binding, self._arguments, self._now = binding, arguments, now
        self._zone: tzinfo | None = None
        """The time zone of days; UTC if None."""
        self._shown_end: int | None = None
        self._ends_with_day = False
        """Whether the last day that was sent is in the range."""
        self._given: dict[Part, tuple[ParameterBinding, Any]] = {
            bound.part: (bound, named(bound, arguments[bound.parameter]))
            for bound in binding.parameters
            if bound.part is not None and bound.parameter in arguments
            if arguments[bound.parameter] != "" or bound.part not in _CURSORS
        }

    def _value(self, part: Part) -> Any:
        return self._given[part][1] if part in self._given else None

    def range(self) -> Range:
        """Return the range; by default the days that the document names, or 30 with today.

        Raises:
            InvalidRequestError: If a bound is not an existing time.
        """
        start, end = self._moment(Part.START), self._moment(Part.END)
        if start is None and end is None and (found := self._named()) is not None:
            return found
        sent = start
        start = self._default_start(end) if start is None else start
        if end is None and self._ends_now():
            end = self._shown_end = self._now
        elif end is None:
            end = self._start_of(self._today(), 1)
        is_reversed = sent is not None and sent > end - self._ends_with_day
        return Range(max(start, EARLIEST), min(end, LATEST), self._shown_end, is_reversed)

    def _ends_now(self) -> bool:
        bound = self._binding.parameter(Part.END)
        return bound is not None and bound.default == 0

    def _default_start(self, end: int | None) -> int:
        """Return the start of a range without one: what its description names, or 30 days before."""
        bound = self._binding.parameter(Part.START)
        if self._binding.hours is not None:
            return self._now - self._binding.hours * HOUR
        named = bound.starts_with if bound is not None else ""
        if bound is not None and named:
            is_of_end = end is not None and says("of the end", bound.parameter.description)
            day = self._day_of(end - 1) if end is not None and is_of_end else self._today()
            if (days := days_of_preset(named, day)) is not None:
                return self._start_of(days[0], 0)
        if bound is not None and bound.default is not None:
            return self._described_start(bound, bound.default, None if bound.is_before_now else end)
        if end is not None:
            return end - DEFAULT_DAYS * DAY
        return self._start_of(self._today(), 1 - DEFAULT_DAYS)

    def _described_start(self, bound: ParameterBinding, hours: int, end: int | None) -> int:
        """Return the start of a range that is described as so many hours before its end."""
        if bound.unit is not Unit.DATE or (end is None and self._ends_now()):
            return min(self._now, LATEST if end is None else end) - hours * HOUR
        earlier = timedelta(hours=hours) // timedelta(days=-1)
        last = self._binding.parameter(Part.END)
        is_after = last is not None and last.edge == "lt"  # the day after the last one
        if end is None:
            is_next = is_after and says("before the end", bound.parameter.description)
            return self._start_of(self._today(), earlier + is_next)
        return self._start_of(self._day_of(end - (not is_after)), earlier)

    def _named(self) -> Range | None:
        """Return a range such as `last7days`, until today or a date; or that of a date alone."""
        bound, preset = self._given.get(Part.PRESET, (None, None))
        if is_preset(str(self._value(Part.DATE))):  # `last7` in place of a date
            bound, preset = self._given.pop(Part.DATE)
        dates = self._dates()
        if bound is not None and not dates:
            is_now = bound.default == 0
            if isinstance(preset, int) and WORDS["hours"] & {*words_of(bound.parameter.name)}:
                preset, is_now = f"{preset}h", True
            if (hours := hours_of_preset(preset, ends_now=is_now)) is not None:
                start = max(self._now - hours * HOUR, EARLIEST)
                return Range(start, self._now, self._now, is_reversed=False)
        days = days_of_preset(preset, [self._today(), *dates][-1]) if preset is not None else None
        if len(dates) > 1 or (dates and days is None):
            days = dates[0], dates[-1] + timedelta(days=1)
        if days is None:
            return None
        ends = self._binding.parameter(Part.END)
        start, end = self._start_of(days[0], 0), self._start_of(days[1], 0)
        is_exact = ends is not None and ends.unit not in {Unit.DATE, Unit.FREE}
        # An exact end is shown as a client writes it.
        return Range(max(start, EARLIEST), end, end if is_exact else None, start > end)

    def _dates(self) -> list[date]:
        """Return a date that was sent, or the two dates of a range or of a month."""
        if Part.DATE not in self._given:
            return []
        bound, sent = self._given[Part.DATE]
        words = {"today": self._today(), "yesterday": self._today() - timedelta(days=1)}
        sent = ",".join(map(str, sent)) if isinstance(sent, list) else str(sent)
        texts = [text.strip() for text in sent.split(",", 1)]
        try:
            if len(texts) == 1 and _MONTH.fullmatch(texts[0]):
                first = date.fromisoformat(f"{texts[0]}-01")
                return [first, min(_next_month(first) - timedelta(days=1), _LAST_DATE)]
            return [min(words.get(text) or _day(text), _LAST_DATE) for text in texts]
        except (ValueError, OverflowError):
            raise refused(bound, f"{sent!r} is not a day that exists") from None

    def _today(self) -> date:
        return self._day_of(self._now)

    def _day_of(self, moment: int) -> date:
        return local_time(localised(moment, self._zone)).date()

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
        is_next, is_end = bound.edge in {"gt", "lte"}, bound.part is Part.END
        is_last, what = is_end and bound.edge != "lt", "date or time that exists"
        text = iso_of(str(value), bound.form)
        try:
            if bound.unit in {Unit.SECONDS, Unit.MILLISECONDS}:
                what = f"number of {bound.unit}"
                moment = int((float(value) if isinstance(value, str) else value) * bound.step)
            elif _MONTH.fullmatch(text):
                self._ends_with_day |= is_last
                first = date.fromisoformat(f"{text}-01")
                return self._start_of(_next_month(first) if is_last else first, 0)
            elif len(text) == len("2026-01-31"):
                self._ends_with_day |= is_last
                return self._start_of(_day(text), int(is_last or is_next))
            else:
                moment = from_rfc3339(text)
        except (ValueError, OverflowError):
            raise refused(bound, f"{value!r} is not a {what}") from None
        if is_end:  # the response repeats it as sent
            self._shown_end = moment
        return moment + is_next * bound.step


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _day(text: str) -> date:
    return day_of(from_rfc3339(text))


def refused(bound: ParameterBinding, reason: str) -> InvalidRequestError:
    """Return the error for the value of a parameter."""
    name = bound.parameter.name
    return InvalidRequestError(f"query parameter {name!r}: {cut(reason)}.", parameter=name)


def no_cursor(bound: ParameterBinding, text: str) -> InvalidRequestError:
    """Return the error for a cursor that no response had."""
    return refused(bound, f"{text!r} is not a cursor of this API; send one from a response")


def named(bound: ParameterBinding, value: Any) -> Any:
    """Map numeric codes of a parameter to their names."""
    if not bound.names:
        return value
    if isinstance(value, list):
        return [bound.names.get(item, item) for item in value]
    return bound.names.get(value, value)
