"""What can be said against the way in which a client reads reports: pages and ranges.

All by the binding, so that it holds whatever a document calls its parameters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mock_server.binding import Field, Part
from mock_server.clock import DAY, day_of, start_of
from mock_server.journal.exchanges import Exchange
from mock_server.journal.rules import Breach, Rule, by_client, is_refused
from mock_server.trace import Reported

_TURNING = frozenset({Part.OFFSET, Part.PAGE, Part.CURSOR})
_RANGE = frozenset({Part.START, Part.END})

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Read:
    """A page of a report that a client has read."""

    exchange: Exchange
    reported: Reported

    @property
    def first(self) -> int:
        return self.reported.question.offset

    @property
    def end(self) -> int:
        """The row after the last of the page."""
        return self.first + int(self.reported.facts[Field.SIZE])

    @property
    def has_more(self) -> bool:
        return bool(self.reported.facts[Field.HAS_MORE])

    @property
    def has_rows(self) -> bool:
        """Whether it has more than one, which is what those ask who only count."""
        return self.end - self.first > 1

    @property
    def settled(self) -> int:
        """The end of what can change no more: of the range, up to the day it was asked on."""
        today = start_of(day_of(self.exchange.time))
        return min(self.reported.question.end, today)

    def key(self, *without: Part) -> Key:
        """Give what the report is of: its address, and its arguments but for those parts."""
        parts = {one.parameter: one.part for one in self.reported.bound.parameters}
        arguments = sorted(
            (one.name, repr(value))
            for one, value in self.exchange.trace.arguments.items()
            if parts.get(one) not in without
        )
        return (("path", self.exchange.path), *arguments)

    def is_given(self, part: Part) -> bool:
        bound = self.reported.bound.parameter(part)
        return bound is not None and bound.parameter in self.exchange.trace.arguments

    def __str__(self) -> str:
        return self.reported.bound.operation.id


def _reads(client: Sequence[Exchange]) -> list[_Read]:
    return [
        _Read(one, one.trace.reported)
        for one in client
        if one.trace.reported is not None and one.status == 200
    ]


def _grouped(reads: Sequence[_Read], *without: Part) -> list[list[_Read]]:
    found: dict[Key, list[_Read]] = {}
    for one in reads:
        found.setdefault(one.key(*without), []).append(one)
    return list(found.values())


def _unfinished(exchanges: Sequence[Exchange], *, newest_first: bool) -> Iterator[Breach]:
    for client in by_client(exchanges):
        failed = [one for one in client if _has_failed(one)]
        for pages in _grouped(_reads(client), *_TURNING, Part.LIMIT):
            last = max(pages, key=lambda one: one.end)
            gave_up = any(
                one.path == last.exchange.path and one.id > last.exchange.id for one in failed
            )
            is_descending = last.reported.question.descending
            if last.has_more and not gave_up and is_descending is newest_first:
                total = last.reported.facts[Field.TOTAL]
                read = f"{last}: {last.end:,} of {total:,} rows were read"
                yield read, tuple(one.exchange for one in pages)


def _has_failed(exchange: Exchange) -> bool:
    status = exchange.status or 500
    return status >= 500 or status == 429 or is_refused(exchange)


def _stopped_early(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    yield from _unfinished(exchanges, newest_first=False)


def _changed_while_paging(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    for client in by_client(exchanges):
        reads = _reads(client)
        for index, page in enumerate(reads):
            # Where pages are numbered, their size decides which rows they have.
            free = _TURNING if page.is_given(Part.PAGE) else _TURNING | {Part.LIMIT}
            before = [one for one in reads[:index] if one.exchange.path == page.exchange.path]
            is_led_to = any(one.key(*free) == page.key(*free) for one in before)
            left = next((one for one in reversed(before) if one.has_more), None)
            if page.first and left is not None and not is_led_to:
                changed = sorted({name for name, _ in set(left.key(*free)) ^ set(page.key(*free))})
                said = f"{page}: {', '.join(changed)} changed between two pages"
                yield said, (left.exchange, page.exchange)


def _fetched_again(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    for client in by_client(exchanges):
        firsts = [one for one in _reads(client) if not one.first and one.has_rows]
        for reads in _grouped(firsts, *_TURNING, *_RANGE, Part.LIMIT):
            again: dict[int, Exchange] = {}
            days = 0
            for index, later in enumerate(reads):
                shared = [(_shared_days(one, later), one) for one in reads[:index]]
                most, earlier = max(shared, key=lambda one: one[0], default=(0, later))
                if most > 0:
                    days = max(days, most)
                    again |= {one.exchange.id: one.exchange for one in (earlier, later)}
            if again:
                said = f"{reads[0]}: up to {days} days that were over were fetched again"
                yield said, tuple(again.values())


def _shared_days(earlier: _Read, later: _Read) -> int:
    """Count the days that both cover, of those that were over when the earlier was asked."""
    one, other = earlier.reported.question, later.reported.question
    return (min(earlier.settled, other.end) - max(one.start, other.start)) // DAY


def _wide_ranges(exchanges: Sequence[Exchange]) -> Iterator[Breach]:
    for one in _reads(exchanges):
        question, today = one.reported.question, start_of(day_of(one.exchange.time))
        before = (one.reported.since - question.start) // DAY
        after = (question.end - today - DAY) // DAY
        if before > 0 and one.is_given(Part.START) and not one.first:
            said = f"{one}: the range begins {before:,} days before there can be rows"
            yield said, (one.exchange,)
        if after > 0 and not one.first:
            yield f"{one}: the range ends {after:,} days ahead", (one.exchange,)
    yield from _unfinished(exchanges, newest_first=True)


READING_RULES = (
    Rule(
        "stopped-early",
        "A report was left though there were more pages.",
        "Go on until the answer says that there are no more rows.",
        _stopped_early,
    ),
    Rule(
        "changed-while-paging",
        "Parameters changed between the pages of one report, so rows are missed or come twice.",
        "Change nothing but the page until a report is read to its end.",
        _changed_while_paging,
    ),
    Rule(
        "fetched-again",
        "Days that were over, and change no more, were fetched more than once.",
        "Keep what you have, and begin with the last day that was not over then.",
        _fetched_again,
    ),
    Rule(
        "wide-range",
        "A range is wider than what can be in it, or than what was read of it.",
        "Ask for the days that you need.",
        _wide_ranges,
    ),
)
