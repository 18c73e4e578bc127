"""Run the query of a report on one snapshot of the database: its rows or totals, and its sums."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cached_property
from itertools import cycle, islice
from typing import Any

from mock_server.binding.fields import Field, Grouping, Interval, Subject
from mock_server.clock import DAY, HOUR
from mock_server.data.contents import stored
from mock_server.data.database import Database
from mock_server.data.fields import (
    FieldValues,
    PlainRows,
    Rows,
    SearchRows,
    VisitRows,
    account_values,
    content_values,
    figures,
    interval_values,
    slot_values,
    space_values,
    total_values,
    without_gaps,
)
from mock_server.data.queries import NO_ROWS, SUMMED, Queries, Total, Visible
from mock_server.data.query import ReportQuery
from mock_server.data.rows import MOST_DAYS
from mock_server.data.selection import in_order, is_within, ordered, slice_of
from mock_server.data.zones import intervals_of, localised, start_in, zone_of
from mock_server.world.domain import Account, Content, Space

_MOST_COUNTS = 1_000
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
        rows = [self.rows.row(number) for number in range(len(self.rows))]
        values = {**self.values, Field.SIZE: size, Field.TOTAL: size}
        return replace(self, rows=PlainRows(list(islice(cycle(rows), size))), values=values)


@dataclass(frozen=True)
class Known:
    """What rows refer to, by id or key, and the site that they are of."""

    contents: Mapping[int, Content]
    """The contents created by the time of the report."""
    spaces: Mapping[str, Space]
    accounts: Mapping[str, Account]
    site_url: str
    origin: str
    """The source of the rows; see `Rows.origin`."""


class RowCounts:
    """The numbers of selected rows, cached per revision of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: tuple[object, dict[Hashable, int]] = (None, {})
        """A revision, and the numbers."""

    def count(
        self, queries: Queries, query: ReportQuery, visible: Visible, revision: object
    ) -> int:
        """Return the number of selected rows.

        Args:
            queries: Queries on one snapshot.
            query: The rows to select.
            visible: The visible rows.
            revision: The revision before the snapshot was taken; None if unknown.
        """
        if revision is None or revision != self._database.revision():
            return queries.count(query, visible)
        end = min(query.end, visible.now + 1)
        selection = replace(
            query, end=end, shown_end=None, offset=0, limit=None, sort=(), descending=False
        )
        key = selection, visible.hidden
        if self._counts[0] != revision or len(self._counts[1]) > _MOST_COUNTS:
            self._counts = (revision, {})
        counts = self._counts[1]
        if key not in counts:
            counts[key] = queries.count(query, visible)
        return counts[key]


@dataclass(frozen=True)
class Selection:
    """The rows that a query selects, on one snapshot of the database."""

    query: ReportQuery
    queries: Queries
    visible: Visible
    known: Known

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
        if self.query.grouping is not Grouping.ROWS:
            return self._page_of_totals(fields, subject)
        found, total = self._found(count, ranked=Field.ROW_ID in fields)
        return self._rows_of(found), total

    def _found(
        self, count: Callable[[], int], *, ranked: bool
    ) -> tuple[Sequence[tuple[Any, ...]], int]:
        query, queries = self.query, self.queries
        if not queries.can_sort_by(query.sort):
            every = replace(query, sort=(), offset=0, limit=None)
            found = queries.page(every, self.visible, ranked=ranked)
            order = in_order([*self._rows_of(found)], query.sort, query)
            return [found[number] for number in order[slice_of(query)]], len(found)
        found = queries.page(query, self.visible, ranked=ranked)
        is_last = query.limit is None or len(found) < query.limit
        tells_total = is_last and (found or not query.offset)
        return found, query.offset + len(found) if tells_total else count()

    def _rows_of(self, found: Sequence[tuple[Any, ...]]) -> Rows:
        known = self.known
        if self.query.subject is Subject.SEARCHES:
            return SearchRows(found, known.accounts, known.origin, self.zone)
        rows = VisitRows(
            found, known.contents, known.spaces, known.accounts, known.site_url, known.origin,
            self.zone,
        )  # fmt: skip
        if self.query.trashed is False:
            return rows
        return PlainRows([row | self._trash(row) for row in rows])

    def _trash(self, row: FieldValues) -> FieldValues:
        """Return the values of a trashed content; empty for others."""
        content = self.known.contents.get(row.get(Field.CONTENT_ID, 0))
        if content is None or not is_past(content.trashed, self.visible.now):
            return {}
        return {
            Field.IS_TRASHED: True,
            Field.TRASH_TIME: content.trashed,
            Field.DELETION_TIME: content.deleted,
        }

    def _page_of_totals(self, fields: Collection[Field], subject: FieldValues) -> tuple[Rows, int]:
        query = self.query
        totals = ordered([total for total in self._totals() if is_within(total, query)], query)
        page = [
            local(subject | row | self._trash(row) | {Field.RANK: rank}, self.zone)
            for rank, row in enumerate(totals[slice_of(query)], query.offset + 1)
        ]
        if Field.SHARE in fields and page:
            views = self.queries.sums(query, self.visible, (Field.VIEWS,))[Field.VIEWS]
            page = [row | {Field.SHARE: row[Field.VIEWS] / max(views, 1)} for row in page]
        return PlainRows(page), len(totals)

    def _totals(self) -> list[FieldValues]:
        query, queries, known = self.query, self.queries, self.known
        if query.grouping is Grouping.DAYS:
            return self._per_hour() if query.interval is Interval.HOUR else self._per_day()
        if query.grouping in {Grouping.HOURS, Grouping.WEEKDAYS}:
            return slot_values(queries.per_slot(query, self.visible), query.grouping)
        subjects: Mapping[Grouping, Callable[[Any], FieldValues]] = {
            Grouping.VIEWERS: lambda account: account_values(account or None, known.accounts),
            Grouping.CONTENTS: lambda number: content_values(
                stored(known.contents, number, "content"), known.spaces, known.site_url
            ),
            Grouping.SPACES: lambda key: space_values(stored(known.spaces, key, "space")),
            Grouping.TERMS: lambda term: {Field.TERM: term},
            Grouping.TYPES: lambda kind: {Field.CONTENT_TYPE: kind},
        }
        return [
            subjects[query.grouping](total.key) | total_values(total, query.grouping)
            for total in queries.totals(query, self.visible)
        ]

    def _per_hour(self) -> list[FieldValues]:
        found = {total.key: total for total in self.queries.per_hour(self.query, self.visible)}
        if not self.query.has_gaps:
            start, end = self._filled_range()
            late = next(iter(found), start) % HOUR  # as the hours of the zone
            first = (start - late) // HOUR * HOUR + late
            found = {
                hour: found.get(hour, Total(hour, NO_ROWS)) for hour in range(first, end, HOUR)
            }
        return [
            interval_values(
                total, localised(hour, self.zone), localised(hour + HOUR - 1, self.zone)
            )
            for hour, total in found.items()
        ]

    def _filled_range(self) -> tuple[int, int]:
        """Return the range to fill with zeros: until now, up to a number of intervals."""
        end = min(self.query.end, self.visible.now + 1)
        length = HOUR if self.query.interval is Interval.HOUR else DAY
        return max(self.query.start, end - MOST_DAYS * length), end

    def _per_day(self) -> list[FieldValues]:
        """Return the totals of the days, weeks or months of the range."""
        query, zone = self.query, self.zone
        found = self.queries.per_day(query, self.visible)
        if query.interval is not Interval.DAY:
            found = list(self._intervals(found))
        if not query.has_gaps:
            found = without_gaps(found, *self._filled_range(), query.interval, zone)
        ends = dict(intervals_of([total.key for total in found], query.interval))
        return [
            interval_values(total, start_in(total.key, zone), start_in(ends[total.key], zone) - 1)
            for total in found
        ]

    def _intervals(self, days: Sequence[Total]) -> Iterator[Total]:
        """Yield the totals of weeks or months with rows; daily viewers cannot be added up."""
        query = self.query
        for first, last in intervals_of([total.key for total in days], query.interval):
            start, end = start_in(first, self.zone), start_in(last, self.zone)
            part = replace(query, start=max(start, query.start), end=min(end, query.end))
            yield Total(first, self.queries.sums(part, self.visible, self.queries.summed))

    def sums(self, fields: Collection[Field]) -> FieldValues:
        """Return values of all selected rows together, out of `FIGURES`."""
        derived = FIGURES - SUMMED & {*fields}
        summed = SUMMED & {*fields} | ({Field.VIEWS, Field.VIEWERS} if derived else set())
        values = self.queries.sums(self.query, self.visible, summed)
        if derived:
            values |= figures(values, self.query)
        if _BUSIEST & derived:
            days = self.queries.per_day(self.query, self.visible)
            busiest = max(days, key=lambda total: total.values[Field.VIEWS], default=None)
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


def is_past(moment: int | None, now: int) -> bool:
    """Return whether a time is known and not in the future."""
    return moment is not None and moment <= now
