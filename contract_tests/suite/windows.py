"""Ranges of whole days, with all that operations tell of them; each is asked for once."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies

from contract_tests import requirement
from contract_tests.errors import NotJudgedError
from contract_tests.suite.examining import examine
from contract_tests.suite.rows import moments_of
from contract_tests.wire.paging import Walk, limits_of, turns_by
from contract_tests.wire.request import DAY, Reading
from contract_tests.wire.sampling import Found, Once, Sample, once_each
from mock_server import Binding, Document, OperationBinding, Part

_MANY_PAGES = 2
"""More of them are not read to know a range, so that few requests are sent."""

_TURNS = 5
"""Pages that are turned, at most, through a window that fits on three."""

_AHEAD = timedelta(days=30)

judging_days = partial(requirement, each=60, shares="ranges of days")
"""Makes a test a requirement that asks by `Windows`, of which all share what is sent.

Of an operation: 3 to find rows, 6 ranges of up to 2 pages beside the whole, the days to come and
the space, each of up to 2 pages too, 5 pages to turn, 3 requests again, 28 derived ones and 3 contents.
"""


@dataclass(frozen=True)
class Window:
    """Whole days, and all that an operation tells of them."""

    first: date | None
    """None where the operation takes no first day."""
    last: date | None
    walk: Walk

    @property
    def begin(self) -> float:
        """The first millisecond."""
        return -math.inf if self.first is None else _midnight(self.first)

    @property
    def end(self) -> float:
        """The first millisecond after it."""
        return math.inf if self.last is None else _midnight(self.last) + DAY

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day.

        Raises:
            NotJudgedError: If there are no such days.
        """
        if self.first is None or self.last is None:
            asked = self.walk.readings[0].response.operation
            raise NotJudgedError(f"{asked.id if asked else 'It'} takes no range of days.")
        return self.first, self.last

    def __str__(self) -> str:
        return f"{self.first or '...'} to {self.last or '...'}"


class Windows:
    """Asks about ranges, pages of them, and the days to come."""

    def __init__(self, sample: Sample, binding: Binding, document: Document, seed: int) -> None:
        self.sample = sample
        self._binding = binding
        self._document = document
        self._seed = seed
        self.once = Once()

    def each(
        self, find: Callable[[OperationBinding], Found]
    ) -> Iterator[tuple[OperationBinding, Found]]:
        """Yield what is found for each operation, leaving out those for which nothing is.

        Raises:
            NotJudgedError: If nothing is found for any; it says why.
        """
        reasons: dict[str, None] = {}
        is_empty = True
        for bound in self._binding.operations.values():
            try:
                found = find(bound)
            except NotJudgedError as error:
                reasons[str(error)] = None
            else:
                is_empty = False
                yield bound, found
        if is_empty:
            raise NotJudgedError(" ".join(reasons) or "The document has no reports.")

    @once_each
    def whole(self, bound: OperationBinding) -> Window:
        """Return days of which all rows are known."""
        window = self.over(bound, *self.sample.range(bound))
        if not window.walk.rows:
            raise NotJudgedError(f"{bound.operation.id} has no rows from {window}.")
        if not window.walk.is_whole:
            raise NotJudgedError(f"{bound.operation.id} has too many rows to read them all.")
        return window

    def over(
        self,
        bound: OperationBinding,
        first: date,
        last: date,
        more: Mapping[Part, Any] | None = None,
    ) -> Window:
        """Request some days; both belong to them."""
        values = {Part.START: first, Part.END: last, **(more or {})}
        return Window(
            first if bound.parameter(Part.START) else None,
            last if bound.parameter(Part.END) else None,
            self.sample.pages(bound, values, most=_MANY_PAGES),
        )

    @once_each
    def parted(self, bound: OperationBinding) -> list[list[Window]]:
        """Return parts of the whole, adjoining ones, which together are the whole; several times.

        One time the whole is parted by the midnights that have rows next to them.
        """
        whole = self.whole(bound)
        first, last = whole.days
        cuts = [first + timedelta(days=number) for number in range((last - first).days)]
        if not cuts:
            raise NotJudgedError(f"{bound.operation.id} has rows of one day only.")
        drawn = self._drawn(strategies.sets(strategies.sampled_from(cuts), min_size=1, max_size=2))
        chosen = dict.fromkeys(frozenset(days) for days in (_at_rows(whole, cuts), drawn))
        return [
            [self.over(bound, *part) for part in _cut(first, last, sorted(days))] for days in chosen
        ]

    def ranges(self, bound: OperationBinding) -> list[Window]:
        """Return all ranges that were asked for, the whole one first."""
        found = [self.whole(bound)]
        _ = found[0].days
        try:
            return found + [part for parts in self.parted(bound) for part in parts]
        except NotJudgedError:
            return found

    @once_each
    def pages(self, bound: OperationBinding) -> Walk:
        """Return the whole in two or three pages; more where the server has more."""
        whole = self.whole(bound)
        rows = len(whole.walk.rows)
        if turns_by(bound) is None:
            raise NotJudgedError(f"{bound.operation.id} has no pages to turn.")
        limits = [
            limit for limit in limits_of(bound, self._document) if rows <= 3 * limit <= 2 * rows
        ]
        if rows < 4 or not limits:
            raise NotJudgedError(f"{bound.operation.id} has too few rows for several pages.")
        limit = self._drawn(strategies.sampled_from(limits))
        values = {Part.START: whole.first, Part.END: whole.last}
        return self.sample.pages(bound, values, limit=limit, most=_TURNS)

    def walks(self, bound: OperationBinding) -> list[Walk]:
        """Return the whole, and again in pages if it can be had so."""
        found = [self.whole(bound).walk]
        try:
            return [*found, self.pages(bound)]
        except NotJudgedError:
            return found

    def ahead(self, bound: OperationBinding) -> list[Reading]:
        """Return the newest rows that are known, and those of today and days to come."""
        known = self.sample.reading(bound)
        today = self.sample.today
        return [known, *self.over(bound, today, today + _AHEAD).walk.readings]

    def _drawn(self, strategy: strategies.SearchStrategy[Found]) -> Found:
        """Return a made-up value: the second one, as Hypothesis begins with the simplest."""
        found: list[Found] = []
        examine(found.append, strategy, examples=2, name=f"{self._seed} {strategy!r}")
        return found[-1]


def _at_rows(whole: Window, cuts: list[date]) -> set[date]:
    """Return the midnight that a row comes soonest after, and the one that a row is closest before."""
    moments = [moment for row in whole.walk.rows for moment in moments_of(row)]
    after, before = {}, {}
    for cut in cuts:
        midnight = _midnight(cut) + DAY
        after[cut] = min(
            (moment - midnight for moment in moments if moment >= midnight), default=DAY
        )
        before[cut] = min(
            (midnight - moment for moment in moments if moment < midnight), default=DAY
        )
    return {min(cuts, key=lambda cut: after[cut]), min(cuts, key=lambda cut: before[cut])}


def _cut(first: date, last: date, cuts: list[date]) -> list[tuple[date, date]]:
    """Return adjoining ranges; each but the last ends with the day of a cut."""
    begins = [first, *(cut + timedelta(days=1) for cut in cuts)]
    return list(zip(begins, [*cuts, last], strict=True))


def _midnight(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY
