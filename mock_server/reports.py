"""The questions that can be asked of a site's rows: pages of them, totals, and sums.

No documents and no HTTP here. A row that lies in the future of the clock is not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, case, func, select

from mock_server.clock import DAY, EPOCH, Clock, day_of, start_of
from mock_server.domain import ContentType, Search, Visit
from mock_server.store import Store


@dataclass(frozen=True)
class Selection:
    """Which rows: those in a range that pass every filter that is not None."""

    start: int
    """Epoch milliseconds, included."""
    end: int
    """Epoch milliseconds, excluded."""
    content_id: int | None = None
    space_key: str | None = None
    content_types: frozenset[ContentType] | None = None
    account: str | None = None
    term: str | None = None
    """Text that search terms contain, whatever its case."""
    hidden: frozenset[int] = frozenset()
    """Contents whose visits are not seen."""


@dataclass(frozen=True)
class Page:
    """Which of the selected rows, in order."""

    offset: int = 0
    limit: int | None = None
    """None for all."""
    descending: bool = False


@dataclass(frozen=True)
class ViewerTotal:
    """The rows of one viewer together; all anonymous ones are one viewer."""

    account: str
    views: int
    first: int
    last: int


@dataclass(frozen=True)
class ContentTotal:
    """The visits of one content together."""

    content_id: int
    views: int
    viewers: int
    first: int
    last: int


@dataclass(frozen=True)
class TermTotal:
    """The searches for one term together."""

    term: str
    views: int
    """How often it was searched for."""
    viewers: int
    first: int
    last: int


@dataclass(frozen=True)
class DayTotal:
    """The rows of one UTC day together."""

    day: date
    views: int
    viewers: int


@dataclass(frozen=True)
class Sums:
    """All selected rows together."""

    views: int
    viewers: int
    """Known accounts, plus one for all anonymous; protected ones do not count (vendor's page
    on unique viewers: 6 users, 20 anonymous and 2 protected are 7)."""


class Reports:
    """Answers questions about the rows of one kind, visits or searches."""

    def __init__(self, store: Store, clock: Clock, table: Table, *, installed: date) -> None:
        self._store = store
        self._clock = clock
        self._table = table
        self._earliest = start_of(installed)
        self._rank = table.c.content_id if "content_id" in table.c else table.c.term

    def visits(self, selection: Selection, page: Page) -> list[Visit]:
        """Give visits, oldest first, ties by content and then account."""
        columns = self._table.c
        found = self._page(
            selection, page, select(columns.time, columns.content_id, columns.account)
        )
        return [Visit(row.time, row.content_id, row.account or None) for row in found]

    def searches(self, selection: Selection, page: Page) -> list[Search]:
        """Give searches, oldest first, ties by term and then account."""
        columns = self._table.c
        found = self._page(
            selection,
            page,
            select(columns.time, columns.term, columns.account, columns.number_of_results),
        )
        return [
            Search(row.time, row.term, row.account or None, row.number_of_results) for row in found
        ]

    def count(self, selection: Selection) -> int:
        """Give the number of selected rows."""
        return int(self._rows(selection, select(func.count()))[0][0])

    def sums(self, selection: Selection) -> Sums:
        """Give the number of selected rows and of their viewers."""
        row = self._rows(selection, select(func.count(), _viewers(self._table)))[0]
        return Sums(views=row[0], viewers=row[1])

    def per_viewer(self, selection: Selection) -> list[ViewerTotal]:
        """Give a total for each viewer, most views first, ties by account."""
        columns = self._table.c
        found = self._rows(
            selection,
            select(columns.account, func.count(), func.min(columns.time), func.max(columns.time))
            .where(columns.account != "")
            .group_by(columns.account)
            .order_by(func.count().desc(), columns.account),
        )
        return [ViewerTotal(*row) for row in found]

    def per_term(self, selection: Selection) -> list[TermTotal]:
        """Give a total for each search term, most searches first, ties by term."""
        columns = self._table.c
        found = self._rows(
            selection,
            select(
                columns.term,
                func.count(),
                _viewers(self._table),
                func.min(columns.time),
                func.max(columns.time),
            )
            .group_by(columns.term)
            .order_by(func.count().desc(), columns.term),
        )
        return [TermTotal(*row) for row in found]

    def per_content(self, selection: Selection) -> list[ContentTotal]:
        """Give a total for each content with visits, most views first, ties by id."""
        columns = self._table.c
        found = self._rows(
            selection,
            select(
                columns.content_id,
                func.count(),
                _viewers(self._table),
                func.min(columns.time),
                func.max(columns.time),
            )
            .group_by(columns.content_id)
            .order_by(func.count().desc(), columns.content_id),
        )
        return [ContentTotal(*row) for row in found]

    def per_day(self, selection: Selection) -> list[DayTotal]:
        """Give a total for each UTC day that has rows, in order."""
        day = self._table.c.time // DAY
        found = self._rows(
            selection,
            select(day, func.count(), _viewers(self._table)).group_by(day).order_by(day),
        )
        return [
            DayTotal(EPOCH + timedelta(days=number), views, viewers)
            for number, views, viewers in found
        ]

    def _page(
        self, selection: Selection, page: Page, query: Select[*tuple[Any, ...]]
    ) -> Sequence[Any]:
        columns = self._table.c
        order = (columns.time, self._rank, columns.account, columns.id)
        query = query.order_by(*((one.desc() for one in order) if page.descending else order))
        if page.limit is not None:
            query = query.limit(page.limit)
        return self._rows(selection, query.offset(page.offset) if page.offset else query)

    def _rows(self, selection: Selection, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        start = max(selection.start, self._earliest)
        end = max(min(selection.end, self._clock.now() + 1), start)
        if start < end:
            self._store.ensure(day_of(start), day_of(end - 1))
        query = query.where(self._table.c.time >= start, self._table.c.time < end)
        query = query.where(*self._filters(selection))
        with self._store.engine.connect() as connection:
            return connection.execute(query).all()

    def _filters(self, selection: Selection) -> list[ColumnElement[bool]]:
        columns = self._table.c
        filters: list[ColumnElement[bool]] = []
        if selection.content_id is not None:
            filters.append(columns.content_id == selection.content_id)
        elif selection.space_key is not None:
            filters.append(columns.space_key == selection.space_key)
        if selection.content_types is not None and "content_type" in columns:
            wanted = sorted(one.value for one in selection.content_types)
            filters.append(columns.content_type.in_(wanted))
        if selection.account is not None:
            filters.append(columns.account == selection.account)
        if selection.term is not None and "term" in columns:
            filters.append(columns.term.icontains(selection.term, autoescape=True))
        if selection.hidden and "content_id" in columns:
            filters.append(columns.content_id.not_in(sorted(selection.hidden)))
        return filters


def _viewers(table: Table) -> ColumnElement[int]:
    return func.count(case((table.c.account != "", table.c.account)).distinct())
