"""Requests derived from the document, whose responses are predictable.

`Windows.whole` returns all rows of a range. Therefore, the expected rows are known for every page
of the range, and for every range within it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import wraps
from typing import Any

from contract_tests.errors import NotCheckedError
from contract_tests.suite.gate import REFUSED
from contract_tests.suite.rows import moments_of
from contract_tests.suite.windows import Window, Windows
from contract_tests.wire.credentials import path_item
from contract_tests.wire.limits import WAITING
from contract_tests.wire.paging import Walk
from contract_tests.wire.request import Reading, Row, count_of, read, send
from contract_tests.wire.response import Response
from contract_tests.wire.sampling import Once, once_each
from contract_tests.wire.wire import Wire
from mock_server import Document, Field, Grouping, OperationBinding, Part, Unit, shape_of

DAYS = timedelta(days=29)
"""Difference between the first and the last of 30 days."""

_LONG = timedelta(days=367)

_LEAP_DAY = date(2000, 2, 29)
"""A valid day that a server may reject, before all rows."""

_THIRTY_DAYS = re.compile(r"\b(?:29|30|thirty) days\b", re.IGNORECASE)

_MANY_ROWS = 1_000
"""Maximum size of a page."""

_FEW = 5
"""Number of rows to request at the end of a report, which show its first and last days."""

_MOST_LIVE = 8
"""Maximum number of requests of each kind per operation of a live service."""


@dataclass(frozen=True)
class Derived:
    """A request, its response, and the expected rows."""

    what: str
    """A short description of the request."""
    values: Mapping[Part, Any]
    response: Response
    reading: Reading | None
    """None if the response is not a report."""
    rows: tuple[Any, ...] | None = None
    """The expected raw rows; None if unknown."""
    whole: tuple[Row, ...] | None = None
    """The expected rows of all pages, by field; None if unknown."""

    @property
    def total(self) -> int | None:
        """The expected number of rows of all pages; None if unknown."""
        return None if self.whole is None else len(self.whole)

    @property
    def raw(self) -> tuple[Any, ...]:
        """The actual raw rows."""
        return self.reading.raw if self.reading else ()

    @property
    def stated_total(self) -> int | None:
        """The number of rows of all pages in the response; None if it does not state it."""
        return count_of(self.reading.values.get(Field.TOTAL)) if self.reading else None

    def is_refused(self, status: int) -> bool:
        """Return whether the response has this status, or one that allows no check.

        A 404 allows none either, unless the report is known to have rows.
        """
        missing = {404} if self.total is None else set()
        return self.response.status in {status, *REFUSED, *missing, *WAITING}


def _sent_once(
    send_all: Callable[[Any, OperationBinding], Iterator[Derived]],
) -> Callable[[Any, OperationBinding], list[Derived]]:
    @wraps(send_all)
    def sent(self: Any, bound: OperationBinding) -> list[Derived]:
        return list(send_all(self, bound))

    return once_each(sent)


class DerivedRequests:
    """Sends the derived requests, each once."""

    def __init__(self, windows: Windows, wire: Wire, document: Document) -> None:
        self._windows = windows
        self.once = Once()
        self._wire = wire
        self._document = document

    def default_limit(self, bound: OperationBinding) -> int | None:
        """Return the declared default of the page size."""
        schema = self._schema(bound, Part.LIMIT)
        return schema.get("default") if isinstance(schema.get("default"), int) else None

    def _send(
        self,
        what: str,
        bound: OperationBinding,
        values: Mapping[Part, Any],
        *,
        is_shared: bool = True,
        **known: Any,
    ) -> Derived:
        sent = {**self._windows.sample.values(bound), **values}
        response = send(self._wire, bound, sent, is_shared=is_shared)
        reading = None
        with suppress(NotCheckedError):
            reading = read(bound, response)
        return Derived(what, values, response, reading, **known)

    def _schema(self, bound: OperationBinding, part: Part) -> Mapping[str, Any]:
        parameter = bound.parameter(part)
        if parameter is None:
            return {}
        described = {} if parameter.most is None else {"maximum": parameter.most}
        return {**described, **shape_of(self._document, parameter.parameter.schema).schema}

    def _gently(self, derived: list[Any]) -> list[Any]:
        """Return only the first requests for a live service."""
        return derived[:_MOST_LIVE] if self._wire.target.is_live else derived

    @_sent_once
    def pages(self, bound: OperationBinding) -> Iterator[Derived]:
        """Request pages: shortest, longest, default, at odd offsets, and beyond the end."""
        today, known = self._windows.sample.today, None
        days = {Part.START: today - DAYS, Part.END: today}
        with suppress(NotCheckedError):
            window = self._windows.whole(bound)
            known = window.walk
            days = {Part.START: window.first or today - DAYS, Part.END: window.last or today}
        for start, limit in self._gently(self._cuts(bound, len(known.raw) if known else 10)):
            sent = {Part.OFFSET: start, Part.LIMIT: limit}
            given = {part: value for part, value in sent.items() if value is not None}
            what = ", ".join(f"{part} {value}" for part, value in given.items())
            size = limit if limit is not None else self.default_limit(bound)
            expected = _page_of(bound, known, start or 0, size)
            what = what or "neither offset nor limit"
            yield self._send(what, bound, {**days, **given}, **expected)
        with suppress(NotCheckedError):
            pages = self._windows.pages(bound)
            for number, reading in enumerate(pages.readings):
                start = number * (pages.limit or 0)
                values = {Part.OFFSET: start, Part.LIMIT: pages.limit}
                what = f"page {number + 1} of {pages.limit} rows"
                expected = _page_of(bound, known, start, pages.limit)
                yield Derived(what, values, reading.response, reading, **expected)

    def _cuts(self, bound: OperationBinding, rows: int) -> list[tuple[int | None, int | None]]:
        """Return pairs of start and limit, the most revealing first; None omits the parameter."""
        schema = self._schema(bound, Part.LIMIT)
        least, most, allowed = schema.get("minimum", 1), schema.get("maximum"), schema.get("enum")
        if schema.get("exclusiveMaximum"):
            most = None
        divisor = next((n for n in (5, 4, 3, 2) if rows % n == 0), 3)
        wanted: list[tuple[int | None, int | None]] = [
            (None, None), (None, max(1, least)), (1, 3), (rows, 10), (max(0, rows - 1), None),
            (None, most), (rows + 7, None), (2, 5), (None, divisor),
            (max(0, rows - divisor), divisor), (None, rows), (3, 1),
        ]  # fmt: skip

        def fits(limit: int) -> bool:
            if bound.parameter(Part.LIMIT) is None or (most is not None and limit > most):
                return False
            return limit in allowed if allowed else limit >= least

        has_start = bound.parameter(Part.OFFSET) is not None
        found = (
            (start if has_start else None, limit if limit is not None and fits(limit) else None)
            for start, limit in wanted
        )
        return list(dict.fromkeys(found))

    @_sent_once
    def ranges(self, bound: OperationBinding) -> Iterator[Derived]:
        """Request single days, and a range that ends before it starts."""
        whole = self._windows.whole(bound)
        first, last = whole.days
        pairs = list(zip(whole.walk.rows, whole.walk.raw, strict=True))
        moments = [moments_of(row) for row, _ in pairs]
        if bound.grouping is not Grouping.ROWS or not all(moments):
            raise NotCheckedError(f"The rows of {bound.operation.id} have no times.")
        size = {Part.LIMIT: whole.walk.limit} if whole.walk.limit else {}
        middle = first + (last - first) // 2
        spans = [(last, last), (first, first), (middle, middle), (first, middle), (middle, last)]
        reversed_one = [] if bound.refuses_reversed else [(last, _LEAP_DAY)]
        spans = [*reversed_one, *dict.fromkeys(spans)]
        for begin, end in self._gently(spans):
            lacks = Window(begin, end, whole.walk).lacks
            inside = [
                pair for pair, at in zip(pairs, moments, strict=True) if not any(map(lacks, at))
            ]
            rows, raw = zip(*inside, strict=True) if inside else ((), ())
            values, page = {Part.START: begin, Part.END: end, **size}, raw[: whole.walk.limit]
            yield self._send(f"{begin} to {end}", bound, values, rows=page, whole=rows)

    @_sent_once
    def defaults(self, bound: OperationBinding) -> Iterator[Derived]:
        """Request a report without the first day, the last day, and both."""
        first, last, today = *self._windows.whole(bound).days, self._windows.sample.today
        days = self._default_days(bound)
        for what, given, meant in (
            ("no days", {}, (today - days, today)),
            ("a first day only", {Part.START: first}, (first, today)),
            ("a last day only", {Part.END: last}, (last - days, last)),
        ):
            explicit = dict(zip((Part.START, Part.END), meant, strict=True))
            end = self._end(self._send(what, bound, explicit))
            before, derived, after = (
                self._send(what, bound, {**days, **end}, is_shared=False)
                for days in (explicit, given, explicit)
            )
            if before.reading and derived.reading and after.reading:
                grown = [_has_grown(before.raw, derived.raw), _has_grown(derived.raw, after.raw)]
                derived = replace(derived, rows=derived.raw if all(grown) else after.raw)
            yield derived

    def _default_days(self, bound: OperationBinding) -> timedelta:
        """Return the days between the default first day and the last one."""
        start, end = bound.parameter(Part.START), bound.parameter(Part.END)
        if end is not None and end.edge == "lt":
            raise NotCheckedError("The last day is not in its range, so defaults are ambiguous.")
        if start is not None and start.default is not None:
            if start.unit is not Unit.DATE:
                raise NotCheckedError("By default, a report begins within a day.")
            return timedelta(hours=start.default)
        item = path_item(self._document, bound.operation)
        declared = (
            self._document.content.get("info"), item[bound.operation.method.lower()],
            item.get("parameters"), *(each.parameter.schema for each in (start, end) if each),
        )  # fmt: skip
        if not _THIRTY_DAYS.search(str(declared)):
            raise NotCheckedError("The document does not declare the default days of a report.")
        return DAYS

    @staticmethod
    def _end(derived: Derived) -> dict[Part, Any]:
        """Return the offset of a page with the last rows, if the report has a total.

        The first page reveals neither the last day nor missing rows at the beginning.
        """
        total = derived.stated_total
        return {Part.OFFSET: max(0, total - _FEW)} if total else {}

    @_sent_once
    def long_ranges(self, bound: OperationBinding) -> Iterator[Derived]:
        """Request a range of more than a year, its two halves, and its last rows."""
        window = self._windows.whole(bound)
        _, last = window.days
        if bound.grouping is not Grouping.ROWS:
            raise NotCheckedError(f"{bound.operation.id} groups its rows, so totals do not add up.")
        first, middle = last - _LONG, last - _LONG // 2
        days = {Part.START: first, Part.END: last}
        largest = min(self._schema(bound, Part.LIMIT).get("maximum", _MANY_ROWS), _MANY_ROWS)
        whole = self._send(f"{first} to {last}", bound, {**days, Part.LIMIT: largest})
        yield whole
        for begin, end in ((first, middle), (middle + timedelta(days=1), last)):
            values = {Part.START: begin, Part.END: end, Part.LIMIT: 1}
            yield self._send(f"{begin} to {end}", bound, values)
        times = window.walk.readings[0].times()
        is_oldest_first = times[:1] <= times[-1:]
        if bound.parameter(Part.OFFSET) and is_oldest_first and (page := self._end(whole)):
            # The window ends on the same day, so its last rows are those of the long range.
            expected = window.walk.raw[-_FEW:]
            if len(expected) == _FEW or page[Part.OFFSET] == 0:  # else others precede the window
                what = f"offset {page[Part.OFFSET]}"
                yield self._send(what, bound, {**days, **page}, rows=expected)


def _page_of(
    bound: OperationBinding, walk: Walk | None, start: int, size: int | None
) -> Mapping[str, Any]:
    """Return the expected rows of a page, as arguments of `Derived`."""
    if walk is None:
        return {}
    is_known = bound.rows_at is not None and size is not None
    return {"whole": walk.rows, "rows": walk.raw[start:][:size] if is_known else None}


def _has_grown(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    """Return whether `after` contains the rows of `before` in order, and possibly new ones."""
    return before == tuple(row for row in after if row in before)
