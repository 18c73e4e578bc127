"""SQL queries for reports: pages of rows, totals and sums."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Table, bindparam, case, func, or_, select

from mock_server.clock import DAY, HOUR, Clock, day_of, start_of
from mock_server.data.rows import Store
from mock_server.world.domain import ContentType, Search, Visit

Statement = Select[*tuple[Any, ...]]
Build = Callable[[Table], Statement]

_SPELLINGS: tuple[Callable[[str], str], ...] = (str.lower, str.upper, str.capitalize, str.title)
"""SQLite knows the case of ASCII letters only, so the usual spellings are each looked for."""


def filtered(statement: Statement, table: Table, names: Iterable[str]) -> Statement:
    """Keep the rows that pass the filters of these names."""
    return statement.where(*(_condition(table, name) for name in names))


def contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Compare a column with a text that it contains, whatever its case."""
    return or_(*(column.icontains(spell(text), autoescape=True) for spell in _SPELLINGS))


def oldest(table: Table) -> Statement:
    """Give all rows but the first `offset`, in order."""
    return _rows(table).order_by(*_order(table))


def newest(table: Table) -> Statement:
    """Give all rows but the last `offset`, in reverse order."""
    return _rows(table).order_by(*(one.desc() for one in _order(table)))


def oldest_page(table: Table) -> Statement:
    """Give `limit` rows after the first `offset`, in order."""
    return oldest(table).limit(bindparam("limit", type_=BigInteger))


def newest_page(table: Table) -> Statement:
    """Give `limit` rows before the last `offset`, in reverse order."""
    return newest(table).limit(bindparam("limit", type_=BigInteger))


def count(table: Table) -> Statement:
    """Count the rows."""
    return select(func.count()).select_from(table)


def sums(table: Table) -> Statement:
    """Count the rows and their viewers, and give their first and last time."""
    return select(func.count(), _viewers(table), *_times(table))


def per_viewer(table: Table) -> Statement:
    """Give account, rows, first and last time of each viewer that counts, most rows first."""
    columns = table.c
    return (
        select(columns.account, func.count(), *_times(table))
        .where(columns.account != "")
        .group_by(columns.account)
        .order_by(func.count().desc(), columns.account)
    )


def per_content(table: Table) -> Statement:
    """Give id, rows, viewers, first and last time of each content, most rows first."""
    return _per(table, table.c.content_id)


def per_term(table: Table) -> Statement:
    """Give term, rows, viewers, first and last time of each search term, most rows first."""
    return _per(table, table.c.term)


def per_day(table: Table) -> Statement:
    """Give number since `installed`, rows and viewers of each day that has rows, in order."""
    # Counted from the installation, so that dividing never meets a negative number.
    day = ((table.c.time - bindparam("installed")) // DAY).label("day")
    return select(day, func.count(), _viewers(table)).group_by("day").order_by("day")


def per_hour(table: Table) -> Statement:
    """Give hour of the week, counted from the weekday of `installed`, and its rows, in order."""
    hour = (((table.c.time - bindparam("installed")) // HOUR) % (7 * 24)).label("hour")
    return select(hour, func.count()).group_by("hour").order_by("hour")


def _condition(table: Table, name: str) -> ColumnElement[bool]:
    columns = table.c
    if name == "start":
        return columns.time >= bindparam(name)
    if name == "end":
        return columns.time < bindparam(name)
    if name == "content_types":
        return columns.content_type.in_(bindparam(name, expanding=True))
    if name == "hidden":  # as literals, since databases limit the number of parameters
        return columns.content_id.not_in(bindparam(name, expanding=True, literal_execute=True))
    return columns[name] == bindparam(name)


def _rows(table: Table) -> Statement:
    kind = Visit if "content_id" in table.c else Search
    columns = [table.c[name] for name in kind._fields]
    return select(*columns).offset(bindparam("offset", type_=BigInteger))


def _order(table: Table) -> tuple[ColumnElement[Any], ...]:
    columns = table.c
    rank = columns.content_id if "content_id" in columns else columns.term
    return columns.time, rank, columns.account, columns.id


def _per(table: Table, column: ColumnElement[Any]) -> Statement:
    return (
        select(column, func.count(), _viewers(table), *_times(table))
        .group_by(column)
        .order_by(func.count().desc(), column)
    )


def _times(table: Table) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return func.min(table.c.time), func.max(table.c.time)


def _viewers(table: Table) -> ColumnElement[int]:
    return func.count(case((table.c.account != "", table.c.account)).distinct())


_IDS = range(2**63)
"""Content ids that fit into a database."""

_LONGEST = 255
"""Characters in a space key, an account or a term."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL and half characters, which not every database takes."""


@dataclass(frozen=True)
class Selection:
    """Which rows: those in a range that pass every filter that is not None.

    Searches belong to no content and no space; filters on those leave them as they are. The range
    may lie anywhere: it is cut to what lies between the world's installation and now.
    """

    start: int
    """Epoch milliseconds, included."""
    end: int
    """Epoch milliseconds, excluded."""
    content_id: int | None = None
    space_key: str | None = None
    content_types: frozenset[ContentType] | None = None
    account: str | None = None
    """An account id or `ANONYMOUS`; rows of protected viewers are found by no account."""
    term: str | None = None
    """Text that search terms contain, whatever its case."""
    number_of_results: int | None = None
    """How much searches found."""
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
    """Visits, or searches."""
    viewers: int
    """Known accounts, plus one for all anonymous; protected ones do not count (vendor's page
    on unique viewers: 6 users, 20 anonymous and 2 protected are 7)."""
    first: int | None = None
    last: int | None = None
    """The times of the first and the last row; None if there are no rows."""


class Reports:
    """Answers questions about the rows of one kind, visits or searches.

    Args:
        store: Holds the rows, and makes those of days that nobody asked for before.
        clock: Says which rows lie in the future.
        table: The store's visits, or its searches.
        installed: The first UTC day with rows.
    """

    def __init__(self, store: Store, clock: Clock, table: Table, *, installed: date) -> None:
        self._store = store
        self._clock = clock
        self._table = table
        self._installed = installed
        self._earliest = start_of(installed)
        self._is_visits = "content_id" in table.c
        self._statements: dict[tuple[object, ...], Statement] = {}

    def visits(self, selection: Selection, page: Page) -> list[Visit]:
        """Give visits, oldest first, ties by content, then account, protected viewers first."""
        return [
            Visit(time, content_id, account or None)
            for time, content_id, account in self._page(selection, page)
        ]

    def searches(self, selection: Selection, page: Page) -> list[Search]:
        """Give searches, oldest first, ties by term, then account, protected searchers first."""
        return [
            Search(time, term, account or None, number_of_results)
            for time, term, account, number_of_results in self._page(selection, page)
        ]

    def count(self, selection: Selection) -> int:
        """Give the number of selected rows."""
        return int(self._rows(selection, count)[0][0])

    def sums(self, selection: Selection) -> Sums:
        """Give the number of selected rows, and of their viewers, and the first and last time."""
        return Sums(*self._rows(selection, sums)[0])

    def per_viewer(self, selection: Selection) -> list[ViewerTotal]:
        """Give a total for each viewer that counts, most views first, ties by account."""
        return [ViewerTotal(*row) for row in self._rows(selection, per_viewer)]

    def per_term(self, selection: Selection) -> list[TermTotal]:
        """Give a total for each search term, most searches first, ties by term; visits have none."""
        if self._is_visits:
            return []
        return [TermTotal(*row) for row in self._rows(selection, per_term)]

    def per_content(self, selection: Selection) -> list[ContentTotal]:
        """Give a total for each content, most views first, ties by id; searches are of none."""
        if not self._is_visits:
            return []
        return [ContentTotal(*row) for row in self._rows(selection, per_content)]

    def per_day(self, selection: Selection) -> list[DayTotal]:
        """Give a total for each UTC day that has rows, in order.

        Days without rows are left out, so that an answer is never longer than what was asked of.
        """
        rows = self._rows(selection, per_day, installed=self._earliest)
        return [DayTotal(self._installed + timedelta(days=day), *totals) for day, *totals in rows]

    def per_hour(self, selection: Selection) -> dict[tuple[int, int], int]:
        """Count the rows of each weekday, 0 for Monday, and hour, in UTC; those without are left out."""
        rows = self._rows(selection, per_hour, installed=self._earliest)
        first = self._installed.weekday()
        return {((first + slot // 24) % 7, slot % 24): views for slot, views in rows}

    def _page(self, selection: Selection, page: Page) -> Sequence[Any]:
        if page.limit is None:
            build = newest if page.descending else oldest
            return self._rows(selection, build, offset=page.offset)
        build = newest_page if page.descending else oldest_page
        return self._rows(selection, build, offset=page.offset, limit=page.limit)

    def _rows(self, selection: Selection, build: Build, **values: int) -> Sequence[Any]:
        filters = self._filters(selection)
        is_empty = filters["start"] == filters["end"]
        if not is_empty:
            self._store.ensure(day_of(filters["start"]), day_of(filters["end"] - 1))
        key = (build, *filters)
        statement = self._statements.get(key)
        if statement is None:
            statement = self._statements[key] = filtered(build(self._table), self._table, filters)
        if selection.term and not self._is_visits and not is_empty:
            statement = statement.where(contains(self._table.c.term, selection.term))
        with self._store.engine.connect() as connection:
            return connection.execute(statement, filters | values).all()

    def _filters(self, selection: Selection) -> dict[str, Any]:
        """Give what rows are compared with, by the names that `statements` knows."""
        end = max(min(selection.end, self._clock.now() + 1), self._earliest)
        start = min(max(selection.start, self._earliest), end)
        if self._can_match(selection):
            return {"start": start, "end": end, **self._given(selection)}
        return {"start": end, "end": end}

    def _can_match(self, selection: Selection) -> bool:
        """Say whether a row could be like that: no database is asked for what it cannot hold."""
        if not _is_word(selection.account):
            return False
        if not self._is_visits:
            return _is_word(selection.term or None)
        content_id = selection.content_id
        return _is_word(selection.space_key) and (
            content_id is None or (content_id in _IDS and content_id not in selection.hidden)
        )

    def _given(self, selection: Selection) -> dict[str, Any]:
        names = ("account", "content_id", "space_key", "number_of_results")
        filters = {name: getattr(selection, name) for name in names if name in self._table.c}
        if self._is_visits and selection.content_types is not None:
            filters["content_types"] = sorted(one.value for one in selection.content_types)
        if self._is_visits and selection.content_id is None and selection.hidden:
            filters["hidden"] = sorted(selection.hidden)
        return {name: value for name, value in filters.items() if value is not None}


def _is_word(text: str | None) -> bool:
    """Say whether a text fits into a column, or there is none to compare with."""
    if text is None:
        return True
    return 0 < len(text) <= _LONGEST and _UNSTORABLE.search(text) is None
