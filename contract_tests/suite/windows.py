"""Ranges of whole days with their rows; each is requested once."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies

from contract_tests import requirement
from contract_tests.errors import NotCheckedError
from contract_tests.suite.examining import examine
from contract_tests.suite.rows import moments_of
from contract_tests.wire.paging import Walk, limits_of, turns_by
from contract_tests.wire.request import DAY, Reading, midnight_of
from contract_tests.wire.sampling import Found, Once, Sample, once_each
from mock_server import Binding, Document, OperationBinding, Part

_MANY_PAGES = 2
"""Maximum number of pages to read per range."""

_TURNS = 5
"""Maximum number of pages to read of a window that fits on three."""

_AHEAD = timedelta(days=30)

checking_days = partial(requirement, each=61, shares="ranges of days")
"""Decorates a requirement that uses `Windows`; all of them share their requests.

Requests per operation: 3 to find rows; 6 ranges, the whole range, future days and the space with up
to 2 pages each; 5 pages; 4 repeated requests; 28 derived requests; 3 contents.
"""


@dataclass(frozen=True)
class Window:
    """A range of whole days, with the pages of an operation."""

    first: date | None
    """None if the operation has no such parameter."""
    last: date | None
    walk: Walk

    @property
    def begin(self) -> float:
        """The first millisecond."""
        return -math.inf if self.first is None else midnight_of(self.first)

    @property
    def end(self) -> float:
        """The first millisecond after the range."""
        return math.inf if self.last is None else midnight_of(self.last) + DAY

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        if self.first is None or self.last is None:
            operation = self.walk.readings[0].response.operation
            raise NotCheckedError(f"{operation and operation.id} has no range of days.")
        return self.first, self.last

    def lacks(self, moment: int) -> bool:
        """Return whether a time is outside of the range."""
        return not self.begin <= moment < self.end

    def __str__(self) -> str:
        return f"{self.first or '...'} to {self.last or '...'}"


class Windows:
    """Requests ranges, their pages, and future days."""

    def __init__(self, sample: Sample, binding: Binding, document: Document, seed: int) -> None:
        self.sample = sample
        self._binding = binding
        self._document = document
        self._seed = seed
        self.once = Once()

    def each(
        self, find: Callable[[OperationBinding], Found]
    ) -> Iterator[tuple[OperationBinding, Found]]:
        """Yield the result of `find` for each operation, except those that cannot be checked."""
        reasons: dict[str, None] = {}
        checked = 0
        for bound in self._binding.operations.values():
            try:
                found = find(bound)
            except NotCheckedError as error:
                reasons[str(error)] = None
                continue
            checked += 1
            yield bound, found
        if not checked:
            raise NotCheckedError(" ".join(reasons) or "The document has no reports.")

    @once_each
    def whole(self, bound: OperationBinding) -> Window:
        """Return a range with all of its rows."""
        window = self.over(bound, *self.sample.range(bound))
        if not window.walk.rows:
            raise NotCheckedError(f"{bound.operation.id} has no rows from {window}.")
        if not window.walk.is_whole:
            raise NotCheckedError(f"{bound.operation.id} has too many rows to read all of them.")
        return window

    def over(
        self,
        bound: OperationBinding,
        first: date,
        last: date,
        more: Mapping[Part, Any] | None = None,
    ) -> Window:
        """Request a range of days; both ends are inclusive."""
        values = {Part.START: first, Part.END: last, **(more or {})}
        return Window(
            first if bound.parameter(Part.START) else None,
            last if bound.parameter(Part.END) else None,
            self.sample.pages(bound, values, most=_MANY_PAGES),
        )

    @once_each
    def parted(self, bound: OperationBinding) -> list[list[Window]]:
        """Return several partitions of the whole range into adjacent ranges.

        One of them cuts at the midnights that are closest to rows.
        """
        whole = self.whole(bound)
        first, last = whole.days
        cuts = [first + timedelta(days=number) for number in range((last - first).days)]
        if not cuts:
            raise NotCheckedError(f"{bound.operation.id} has rows of only one day.")
        drawn = self._drawn(strategies.sets(strategies.sampled_from(cuts), min_size=1, max_size=2))
        chosen = dict.fromkeys(frozenset(days) for days in (_at_rows(whole, cuts), drawn))
        return [
            [self.over(bound, *part) for part in _cut(first, last, sorted(days))] for days in chosen
        ]

    def ranges(self, bound: OperationBinding) -> list[Window]:
        """Return the whole range, followed by its parts."""
        whole = self.whole(bound)
        _ = whole.days
        with suppress(NotCheckedError):
            return [whole, *(part for parts in self.parted(bound) for part in parts)]
        return [whole]

    @once_each
    def pages(self, bound: OperationBinding) -> Walk:
        """Return the whole range in two or three pages, or more if the server has more."""
        whole = self.whole(bound)
        rows = len(whole.walk.rows)
        if turns_by(bound) is None:
            raise NotCheckedError(f"{bound.operation.id} has no pages.")
        sizes = limits_of(bound, self._document)
        limits = [limit for limit in sizes if rows <= 3 * limit <= 2 * rows]
        if rows < 4 or not limits:
            raise NotCheckedError(f"{bound.operation.id} has too few rows for several pages.")
        limit = self._drawn(strategies.sampled_from(limits))
        values = {Part.START: whole.first, Part.END: whole.last}
        return self.sample.pages(bound, values, limit=limit, most=_TURNS)

    def ahead(self, bound: OperationBinding) -> list[Reading]:
        """Return the latest known rows, and those of today and future days."""
        known = self.sample.reading(bound)
        today = self.sample.today
        return [known, *self.over(bound, today, today + _AHEAD).walk.readings]

    def _drawn(self, strategy: strategies.SearchStrategy[Found]) -> Found:
        """Return the second generated value, because Hypothesis starts with the simplest."""
        found: list[Found] = []
        examine(found.append, strategy, examples=2, name=f"{self._seed} {strategy!r}")
        return found[-1]


def _at_rows(whole: Window, cuts: list[date]) -> set[date]:
    """Return the day whose end is closest before a row, and the one whose end is closest after."""
    moments = [moment for row in whole.walk.rows for moment in moments_of(row)]

    def wait(end: int) -> int:
        return min((moment - end for moment in moments if moment >= end), default=DAY)

    def since(end: int) -> int:
        return min((end - moment for moment in moments if moment < end), default=DAY)

    ends = {midnight_of(cut) + DAY: cut for cut in cuts}
    return {ends[min(ends, key=wait)], ends[min(ends, key=since)]}


def _cut(first: date, last: date, cuts: list[date]) -> list[tuple[date, date]]:
    """Return adjacent ranges; each except the last ends on the day of a cut."""
    begins = [first, *(cut + timedelta(days=1) for cut in cuts)]
    return list(zip(begins, [*cuts, last], strict=True))
