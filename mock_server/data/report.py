"""Run the query of a report on one snapshot of the database: its rows or totals, and its sums.

What the database cannot select and sort is done here: totals, and contents by their titles.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cached_property
from itertools import accumulate, cycle, islice
from typing import Any

from mock_server.binding.fields import Field, Grouping, Interval, Subject
from mock_server.clock import DAY, HOUR
from mock_server.data.fields import (
    WEEKDAYS,
    FieldValues,
    Known,
    Rows,
    SearchRows,
    VisitRows,
    account_values,
    content_values,
    interval_values,
    slot_values,
    space_values,
    stored,
    total_values,
    without_gaps,
)
from mock_server.data.queries import NO_ROWS, SUMMED, Queries, Total
from mock_server.data.query import ReportQuery, SortKey, write_cursor
from mock_server.data.rows import MOST_DAYS
from mock_server.data.zones import intervals_of, localised, start_in, zone_of
from mock_server.world.domain import ANONYMOUS, Content

_BUSIEST = frozenset({Field.BUSIEST_DAY, Field.BUSIEST_VIEWS})
FIGURES = SUMMED | {Field.VIEWS_PER_DAY, Field.VIEWS_PER_VIEWER} | _BUSIEST
"""The values of all selected rows together."""


@dataclass(frozen=True)
class Report:
    """The result of a query: rows, and values that apply to all of them."""

    rows: Rows
    values: FieldValues
    notes: tuple[str, ...] = ()

    def repeated(self, size: int | None) -> "Report":
        """Return a report with its rows repeated up to a number, on a single page.

        Args:
            size: The number of rows; None changes nothing. An empty report stays empty.
        """
        if size is None or not len(self.rows) or len(self.rows) >= size:
            return self
        values = {**self.values, Field.SIZE: size, Field.TOTAL: size}
        return replace(self, rows=Rows(list(islice(cycle(self.rows), size))), values=values)


@dataclass(frozen=True)
class Selection:
    """The rows or totals of a report."""

    queries: Queries
    known: Known

    @property
    def query(self) -> ReportQuery:
        """The query of the report."""
        return self.queries.query

    @cached_property
    def zone(self) -> tzinfo | None:
        """The time zone of days; UTC if None."""
        return None if self.query.zone is None else zone_of(self.query.zone)

    def page(
        self, count: Callable[[], int], fields: Collection[Field], subject: FieldValues
    ) -> tuple[Rows, int]:
        """Return the requested page, and the number of all rows or totals.

        Args:
            count: Counts the rows; called if the page does not show it.
            fields: The fields that are read; row ids and shares need queries of their own.
            subject: The values of what the report is about, which totals may contain.
        """
        query, ranked = self.query, Field.ROW_ID in fields
        if query.grouping is not Grouping.ROWS:
            return self._page_of_totals(fields, subject)
        if not self.queries.can_be_sorted():
            every = replace(query, sort=(), offset=0, limit=None)
            found = replace(self.queries, query=every).page(ranked=ranked)
            order = in_order([*self._rows_of(found)], query.sort, query)
            return self._rows_of([found[number] for number in order[_slice_of(query)]]), len(found)
        found = self.queries.page(ranked=ranked)
        is_last = query.limit is None or len(found) < query.limit
        tells_total = is_last and (found or not query.offset)
        return self._rows_of(found), query.offset + len(found) if tells_total else count()

    def _rows_of(self, found: Sequence[tuple[Any, ...]]) -> Rows:
        if self.query.subject is Subject.SEARCHES:
            return SearchRows(found, self.known, self.zone, self.query.offset)
        rows = VisitRows(found, self.known, self.zone, self.query.offset)
        if self.query.trashed is False:
            return rows
        return Rows([row | self._trash(row) for row in rows])

    def _trash(self, row: FieldValues) -> FieldValues:
        """Return the values of a trashed content; empty for others."""
        content = self.known.contents.get(row.get(Field.CONTENT_ID, 0))
        if content is None or content.trashed is None or content.trashed > self.queries.now:
            return {}
        return {
            Field.IS_TRASHED: True,
            Field.TRASH_TIME: content.trashed,
            Field.DELETION_TIME: content.deleted,
        }

    def _page_of_totals(self, fields: Collection[Field], subject: FieldValues) -> tuple[Rows, int]:
        query = self.query
        every = self._totals()
        if Field.RUNNING_VIEWS in fields:
            views_until = accumulate(row[Field.VIEWS] for row in every)
            for row, views in zip(every, views_until, strict=True):
                row[Field.RUNNING_VIEWS] = views
        totals = _ordered([total for total in every if _is_within(total, query)], query)
        page = [
            local(subject | row | self._trash(row) | {Field.RANK: rank}, self.zone)
            for rank, row in enumerate(totals[_slice_of(query)], query.offset + 1)
        ]
        if Field.ROW_CURSOR in fields:
            page = [row | {Field.ROW_CURSOR: write_cursor(row[Field.RANK])} for row in page]
        if Field.SHARE in fields and page:
            views = max(self.queries.sums((Field.VIEWS,))[Field.VIEWS], 1)
            page = [row | {Field.SHARE: row[Field.VIEWS] / views} for row in page]
        return Rows(page), len(totals)

    def _totals(self) -> list[FieldValues]:
        grouping, known = self.query.grouping, self.known
        if grouping is Grouping.DAYS:
            return self._per_hour() if self.query.interval is Interval.HOUR else self._per_day()
        if grouping in {Grouping.HOURS, Grouping.WEEKDAYS}:
            slots = slot_values(self.queries.per_slot(), grouping)
            return [slot for slot in slots if self.query.has_slots or slot[Field.VIEWS]]
        subjects: Mapping[Grouping, Callable[[Any], FieldValues]] = {
            Grouping.VIEWERS: lambda account: account_values(account or None, known),
            Grouping.CONTENTS: lambda number: content_values(
                stored(known.contents, number, "content"), known
            ),
            Grouping.SPACES: lambda key: space_values(stored(known.spaces, key, "space")),
            Grouping.TERMS: lambda term: {Field.TERM: term},
            Grouping.TYPES: lambda kind: {Field.CONTENT_TYPE: kind},
        }
        found = self.queries.totals()
        if not self.query.has_gaps:
            others = self._keys() - {total.key for total in found}
            found += [Total(key, NO_ROWS) for key in sorted(others)]
        return [subjects[grouping](total.key) | total_values(total, grouping) for total in found]

    def _keys(self) -> set[Any]:
        """Return the keys of all contents, spaces or accounts that the query allows."""
        query, known = self.query, self.known
        if query.grouping is Grouping.SPACES:
            return set(known.spaces) & set(query.spaces or known.spaces)
        if query.grouping is Grouping.VIEWERS:
            accounts = {key for key, account in known.accounts.items() if not account.is_protected}
            return accounts & set(query.accounts or accounts)
        if query.grouping is not Grouping.CONTENTS:
            return set()
        return {
            key for key, content in known.contents.items()
            if key not in self.queries.hidden
            and query.space_key in {None, content.space_key}
            and (query.content_types is None or content.type in query.content_types)
        }  # fmt: skip

    def _per_hour(self) -> list[FieldValues]:
        found = {total.key: total for total in self.queries.per_hour()}
        if not self.query.has_gaps:
            start, end = self._filled_range()
            late = next(iter(found), start) % HOUR  # as the hours of the zone
            hours = range((start - late) // HOUR * HOUR + late, end, HOUR)
            found = {hour: found.get(hour, Total(hour, NO_ROWS)) for hour in hours}
        return [
            interval_values(
                total, localised(hour, self.zone), localised(hour + HOUR - 1, self.zone)
            )
            for hour, total in found.items()
        ]

    def _filled_range(self) -> tuple[int, int]:
        """Return the range to fill with zeros: until now, up to a number of intervals."""
        end = min(self.query.end, self.queries.now + 1)
        length = HOUR if self.query.interval is Interval.HOUR else DAY
        return max(self.query.start, end - MOST_DAYS * length), end

    def _per_day(self) -> list[FieldValues]:
        """Return the totals of the days, or of longer intervals, of the range."""
        interval, zone = self.query.interval, self.zone
        found = self.queries.per_day()
        if interval is not Interval.DAY:
            found = list(self._intervals(found))
        if not self.query.has_gaps:
            found = without_gaps(found, *self._filled_range(), interval, zone)
        ends = dict(intervals_of([total.key for total in found], interval))
        return [
            interval_values(total, start_in(total.key, zone), start_in(ends[total.key], zone) - 1)
            for total in found
        ]

    def _intervals(self, days: Sequence[Total]) -> Iterator[Total]:
        """Yield the totals of the intervals longer than days that have rows; daily viewers cannot be added up."""
        query = self.query
        for first, last in intervals_of([total.key for total in days], query.interval):
            start, end = start_in(first, self.zone), start_in(last, self.zone)
            part = replace(query, start=max(start, query.start), end=min(end, query.end))
            yield Total(first, replace(self.queries, query=part).sums(self.queries.summed))

    def sums(self, fields: Collection[Field]) -> FieldValues:
        """Return values of all selected rows together, out of `FIGURES`."""
        derived = FIGURES - SUMMED & {*fields}
        summed = SUMMED & {*fields} | ({Field.VIEWS, Field.VIEWERS} if derived else set())
        values = self.queries.sums(summed)
        if derived:
            days = max((self.query.end - self.query.start) / DAY, 1)
            views, viewers = values[Field.VIEWS], values[Field.VIEWERS]
            values[Field.VIEWS_PER_DAY] = views / days
            values[Field.VIEWS_PER_VIEWER] = views / max(viewers, 1)
        if _BUSIEST & derived:
            every = self.queries.per_day()
            busiest = max(every, key=lambda total: total.values[Field.VIEWS], default=None)
            values[Field.BUSIEST_DAY] = busiest and start_in(busiest.key, self.zone)
            values[Field.BUSIEST_VIEWS] = busiest and busiest.values[Field.VIEWS]
        return values


def local(values: FieldValues, zone: tzinfo | None) -> FieldValues:
    """Attach the day in a time zone to the times of totals and envelopes."""
    if zone is None:
        return values
    moments = (Field.FIRST_TIME, Field.LAST_TIME, Field.RANGE_START, Field.RANGE_END)
    known = {field: values[field] for field in moments if values.get(field) is not None}
    return values | {field: localised(moment, zone) for field, moment in known.items()}


def _slice_of(query: ReportQuery) -> slice:
    return slice(query.offset, None if query.limit is None else query.offset + query.limit)


def in_order(rows: Sequence[FieldValues], keys: Sequence[SortKey], query: ReportQuery) -> list[int]:
    """Return the positions of rows in sort order, those without a value in the document last."""
    nobody = ANONYMOUS if query.hides_anonymous else None
    order = list(range(len(rows)))
    for field, descending in reversed(keys):
        values: dict[int, Any] = {number: rows[number].get(field) for number in order}
        unknown = {None, nobody} if field in {Field.ACCOUNT, Field.ACCOUNT_NAME} else {None}
        known = [number for number in order if values[number] not in unknown]
        last = [number for number in order if values[number] in unknown]
        if field is Field.WEEKDAY:
            values = {number: WEEKDAYS.index(values[number]) for number in known}
        order = sorted(known, key=values.__getitem__, reverse=descending) + last
    return order


_NAMED_BY = {Grouping.VIEWERS: Field.ACCOUNT_NAME, Grouping.SPACES: Field.SPACE_NAME}
"""What a term is compared with, if not with the titles of contents."""


def left_out(contents: Mapping[int, Content], query: ReportQuery) -> set[int]:
    """Return the contents that the filters by content, title and space exclude."""
    if query.contents is None and query.spaces is None and not query.term:
        return set()
    return {
        content.id
        for content in contents.values()
        if (query.contents is not None and content.id not in query.contents)
        or (query.spaces is not None and content.space_key not in query.spaces)
        or (query.grouping not in _NAMED_BY and not _has_term(content.title, query))
    }


def _is_within(total: FieldValues, query: ReportQuery) -> bool:
    """Return whether a total is within all bounds, and has the term in its name."""
    counts = ((bound, total.get(bound.field)) for bound in query.bounds)
    name = _NAMED_BY.get(query.grouping)
    is_named = name is None or _has_term(total.get(name) or "", query)
    is_of_kind = query.space_kinds is None or total.get(Field.SPACE_KIND) in query.space_kinds
    return (
        is_named
        and is_of_kind
        and all(count is None or bound.allows(count) for bound, count in counts)
    )


def _has_term(text: str, query: ReportQuery) -> bool:
    if query.subject is Subject.SEARCHES or not query.term:
        return True
    term, text = query.term.casefold(), text.casefold()
    return term == text if query.is_exact else term in text


def _ordered(totals: list[FieldValues], query: ReportQuery) -> list[FieldValues]:
    """Sort totals, initially by time or largest first, as requested."""
    if query.sort:
        return [totals[number] for number in in_order(totals, query.sort, query)]
    is_by_time = query.grouping in {Grouping.DAYS, Grouping.HOURS, Grouping.WEEKDAYS}
    is_reversed = query.is_ordered and query.descending is is_by_time
    return totals[::-1] if is_reversed else totals
