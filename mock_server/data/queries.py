"""SQL for reports: pages of rows, totals and sums, each a SELECT from visits or from searches.

A row that lies in the future of the clock is not seen. Statements are compiled once for each set of
filters, since building one takes longer than running it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
)

from mock_server.clock import DAY, HOUR, day_of, start_of
from mock_server.data.database import Read, reading
from mock_server.data.query import ReportQuery
from mock_server.data.rows import Store
from mock_server.data.zones import offsets, zone_of
from mock_server.world.domain import ANONYMOUS, Search, Visit

_IDS = range(2**63)
"""Content ids that fit into a database."""
_LONGEST = 255
"""Characters in a space key, an account or a term."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL and surrogates, which not every database takes."""
_SPELLINGS: tuple[Callable[[str], str], ...] = (str.lower, str.upper, str.capitalize, str.title)
"""SQLite knows the case of ASCII letters only, so the usual spellings are each looked for."""

Statement = Select[*tuple[Any, ...]]
Build = Callable[[Table], Statement]


class ViewerTotal(NamedTuple):
    """The rows of one viewer together; all anonymous ones are one viewer."""

    account: str
    views: int
    first: int
    last: int


class ContentTotal(NamedTuple):
    """The visits of one content together."""

    content_id: int
    views: int
    viewers: int
    first: int
    last: int


class TermTotal(NamedTuple):
    """The searches for one term together."""

    term: str
    views: int
    """How often it was searched for."""
    viewers: int
    first: int
    last: int


class DayTotal(NamedTuple):
    """The rows of one UTC day together."""

    day: date
    views: int
    viewers: int


class Sums(NamedTuple):
    """All selected rows together."""

    views: int
    """Visits, or searches."""
    viewers: int
    """Known accounts, plus one for all anonymous; protected ones do not count (vendor's page
    on unique viewers: 6 users, 20 anonymous and 2 protected are 7)."""
    first: int | None = None
    last: int | None = None
    """The times of the first and the last row; None if there are no rows."""


@dataclass(frozen=True)
class Visible:
    """What of a site's rows can be seen at a moment."""

    now: int
    """Rows after this epoch millisecond are not there yet."""
    hidden: frozenset[int] = frozenset()
    """Contents whose visits are not seen."""


class _Compiled(NamedTuple):
    """A statement as the driver takes it."""

    text: str
    fixed: Mapping[str, Any]
    """Values of parameters that are part of the statement."""
    order: Sequence[str] | None
    """Names of the parameters in order; None where the driver takes them by name."""


class Queries:
    """Queries for the rows of one kind, visits or searches.

    Ranges may lie anywhere: they are cut to what lies between the world's installation and now.
    Filters on contents and spaces leave searches as they are.

    Args:
        store: Holds the rows, and makes those of days that nobody asked for before.
        table: The store's visits, or its searches.
        installed: The first UTC day with rows.
    """

    def __init__(self, store: Store, table: Table, *, installed: date) -> None:
        self._store = store
        self._table = table
        self._installed = installed
        self._earliest = start_of(installed)
        self._is_visits = "content_id" in table.c
        self._compiled: dict[tuple[object, ...], _Compiled] = {}
        self.read: Read | None = None
        """Runs all statements, on one state of the database; None if each is on its own."""

    @contextmanager
    def at_once(self, query: ReportQuery, visible: Visible) -> Iterator["Queries"]:
        """Return the same for one query, whatever others store meanwhile: its parts add up."""
        with self._reading(query, visible) as read:
            same = copy(self)
            same.read = read
            yield same

    def _reading(self, query: ReportQuery, visible: Visible) -> AbstractContextManager[Read]:
        """Return what reads rows, after those of the range are made, unless none can be wanted."""
        if self.read is not None:
            return nullcontext(self.read)
        start, end = self._range(query, visible)
        if start < end and self._can_match(query, visible.hidden):
            self._store.ensure(day_of(start), day_of(end - 1))
        return reading(self._store.engine)

    def page(
        self, query: ReportQuery, visible: Visible, *, ranked: bool = False
    ) -> Sequence[tuple[Any, ...]]:
        """Return the page that a query asks for, as tuples in the order of `Visit` or `Search`.

        Oldest first, ties by content or term, then account, protected viewers first.

        Args:
            query: Which rows, in which order.
            visible: What can be seen of them.
            ranked: Whether each tuple ends with the number of equal rows before it.
        """
        build = _PAGES[query.descending, query.limit is not None, ranked]
        limit = {} if query.limit is None else {"limit": query.limit}
        return self._rows(query, visible, build, offset=query.offset, **limit)

    def count(self, query: ReportQuery, visible: Visible) -> int:
        """Return the number of selected rows."""
        return int(self._rows(query, visible, count)[0][0])

    def sums(self, query: ReportQuery, visible: Visible) -> Sums:
        """Return the number of selected rows, of their viewers, and the first and last time."""
        return Sums(*self._rows(query, visible, sums)[0])

    def per_viewer(self, query: ReportQuery, visible: Visible) -> list[ViewerTotal]:
        """Return a total for each viewer that counts, most views first, ties by account.

        If the query is with protected ones, those have one total together, of the account "".
        """
        build = per_account if query.with_protected else per_viewer
        return [ViewerTotal(*row) for row in self._rows(query, visible, build)]

    def per_term(self, query: ReportQuery, visible: Visible) -> list[TermTotal]:
        """Return a total for each search term, most first, ties by term; none for visits."""
        if self._is_visits:
            return []
        return [TermTotal(*row) for row in self._rows(query, visible, per_term)]

    def per_content(self, query: ReportQuery, visible: Visible) -> list[ContentTotal]:
        """Return a total for each content, most views first, ties by id; none for searches."""
        if not self._is_visits:
            return []
        return [ContentTotal(*row) for row in self._rows(query, visible, per_content)]

    def per_day(self, query: ReportQuery, visible: Visible) -> list[DayTotal]:
        """Return a total for each day of the query's time zone that has rows, in order.

        Days without rows are left out, so that a response is never longer than its rows.
        """
        build: Build = per_day
        first = self._installed
        if query.zone is not None and (zone := zone_of(query.zone)) is not None:
            year = day_of(max(visible.now, self._earliest)).year + 1
            first -= timedelta(days=1)  # where the local day began before the UTC day
            build = _per_day_in(zone, self._earliest, start_of(date(min(year, 9999), 12, 31)))
        rows = self._rows(query, visible, build, installed=start_of(first))
        return [DayTotal(first + timedelta(days=day), *totals) for day, *totals in rows]

    def per_hour(self, query: ReportQuery, visible: Visible) -> dict[tuple[int, int], int]:
        """Count the rows of each weekday, 0 for Monday, and hour, in UTC; empty ones are left out."""
        rows = self._rows(query, visible, per_hour, installed=self._earliest)
        first = self._installed.weekday()
        return {((first + slot // 24) % 7, slot % 24): views for slot, views in rows}

    def _rows(
        self, query: ReportQuery, visible: Visible, build: Build, **values: int
    ) -> Sequence[Any]:
        reading_rows = self._reading(query, visible)
        start, end = self._range(query, visible)
        if not self._can_match(query, visible.hidden):
            start, query = end, replace(query, **_NOTHING_ELSE)
        given = self._given(query)
        compiled = self._statement(query, visible.hidden, build, tuple(given))
        bound = {**compiled.fixed, **given, **values, "start": start, "end": end}
        ordered = compiled.order and tuple([bound[name] for name in compiled.order])
        with reading_rows as read:
            return read(compiled.text, ordered or bound)

    def _range(self, query: ReportQuery, visible: Visible) -> tuple[int, int]:
        end = max(min(query.end, visible.now + 1), self._earliest)
        return min(max(query.start, self._earliest), end), end

    def _statement(
        self, query: ReportQuery, hidden: frozenset[int], build: Build, names: tuple[str, ...]
    ) -> _Compiled:
        hidden = hidden if self._is_visits and query.content_id is None else frozenset()
        types = query.content_types if self._is_visits else None
        term = query.term if not self._is_visits and _is_word(query.term) else None
        kinds, successful = query.account_kinds, None if self._is_visits else query.successful
        key = (build, names, types, hidden, kinds, successful)
        found = self._compiled.get(key) if not term else None
        if found is None:
            conditions = _conditions(self._table, names)
            if types is not None:
                conditions.append(self._table.c.content_type.in_(sorted(types)))
            if kinds is not None:
                account = self._table.c.account
                of_kinds = [is_of(account) for kind, is_of in _KINDS.items() if kind in kinds]
                conditions.append(or_(false(), *of_kinds))
            if successful is not None:
                conditions.append((self._table.c.number_of_results > 0).is_(successful))
            if hidden:  # as literals, since databases limit the number of parameters
                ids: Any = bindparam("hidden", sorted(hidden), expanding=True, literal_execute=True)
                conditions.append(self._table.c.content_id.not_in(ids))
            if term:
                conditions.append(_contains(self._table.c.term, term))
            found = self._compile(build(self._table).where(*conditions))
            if not term:
                self._compiled[key] = found
        return found

    def _compile(self, statement: Statement) -> _Compiled:
        compiled = statement.compile(
            dialect=self._store.engine.dialect, compile_kwargs={"render_postcompile": True}
        )
        return _Compiled(
            str(compiled),
            compiled.params,
            compiled.positiontup if compiled.positional else None,
        )

    def _can_match(self, query: ReportQuery, hidden: frozenset[int]) -> bool:
        """Say whether a row could be like that: no database is asked for what it cannot hold."""
        if query.accounts is not None and not any(map(_is_word, query.accounts)):
            return False
        if not self._is_visits:
            return _is_word(query.term or None)
        content_id = query.content_id
        return _is_word(query.space_key) and (
            content_id is None or (content_id in _IDS and content_id not in hidden)
        )

    def _given(self, query: ReportQuery) -> dict[str, Any]:
        names = _VISIT_FILTERS if self._is_visits else ()
        given = {name: getattr(query, name) for name in names}
        accounts = sorted(filter(_is_word, query.accounts or ()))
        given |= {f"wanted_{number}": account for number, account in enumerate(accounts)}
        return {name: value for name, value in given.items() if value is not None}


_NOTHING_ELSE: Mapping[str, Any] = dict.fromkeys(
    ("accounts", "content_id", "space_key", "content_types", "account_kinds", "successful", "term")
)
"""No filter."""
_VISIT_FILTERS = ("content_id", "space_key")
_KINDS: Mapping[str, Callable[[ColumnElement[str]], ColumnElement[bool]]] = {
    "known": lambda account: account.not_in(["", ANONYMOUS]),
    "anonymous": lambda account: account == ANONYMOUS,
    "protected": lambda account: account == "",
}
"""Whose rows an account's kind selects."""


def _is_word(text: str | None) -> bool:
    """Say whether a text fits into a column, or there is none to compare with."""
    if text is None:
        return True
    return 0 < len(text) <= _LONGEST and _UNSTORABLE.search(text) is None


def _conditions(table: Table, names: Sequence[str]) -> list[ColumnElement[bool]]:
    accounts: list[Any] = [
        bindparam(name, required=False) for name in names if name.startswith("wanted_")
    ]
    equal = [table.c[name] == bindparam(name, required=False) for name in names
             if not name.startswith("wanted_")]  # fmt: skip
    if accounts:
        equal.append(table.c.account.in_(accounts))
    return [
        table.c.time >= bindparam("start", required=False),
        table.c.time < bindparam("end", required=False),
        *equal,
    ]


def _contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Compare a column with a text that it contains, whatever its case."""
    return or_(*(column.icontains(spell(text), autoescape=True) for spell in _SPELLINGS))


def _page(*, descending: bool, limited: bool, ranked: bool) -> Build:
    def build(table: Table) -> Statement:
        kind = Visit if "content_id" in table.c else Search
        columns: list[Any] = [table.c[name] for name in kind._fields]
        order = [table.c.time, columns[1], table.c.account, table.c.id]
        if ranked:
            columns.append(_rank(table, columns[1].name))
        page = select(*columns).offset(bindparam("offset", required=False, type_=BigInteger))
        page = page.limit(bindparam("limit", required=False, type_=BigInteger)) if limited else page
        return page.order_by(*(one.desc() if descending else one for one in order))

    return build


def _rank(table: Table, name: str) -> ColumnElement[int]:
    """Count the rows before a row that are equal to it, such as visits that were added twice."""
    other = table.alias("other")
    equal = (other.c[one] == table.c[one] for one in ("time", name, "account"))
    before = select(func.count()).select_from(other).where(*equal, other.c.id < table.c.id)
    return before.correlate(table).scalar_subquery()


_PAGES = {
    (descending, limited, ranked): _page(descending=descending, limited=limited, ranked=ranked)
    for descending in (False, True)
    for limited in (False, True)
    for ranked in (False, True)
}


def count(table: Table) -> Statement:
    """Count the rows."""
    return select(func.count()).select_from(table)


def sums(table: Table) -> Statement:
    """Count the rows and their viewers, with their first and last time."""
    return select(func.count(), _viewers(table), *_times(table))


def per_viewer(table: Table) -> Statement:
    """Select account, rows, first and last time of each viewer that counts, most rows first."""
    return per_account(table).where(table.c.account != "")


def per_account(table: Table) -> Statement:
    """Select the same, with all protected viewers as one of the account ""."""
    columns = table.c
    return (
        select(columns.account, func.count(), *_times(table))
        .group_by(columns.account)
        .order_by(func.count().desc(), columns.account)
    )


def per_content(table: Table) -> Statement:
    """Select id, rows, viewers, first and last time of each content, most rows first."""
    return _per(table, table.c.content_id)


def per_term(table: Table) -> Statement:
    """Select term, rows, viewers, first and last time of each search term, most rows first."""
    return _per(table, table.c.term)


def per_day(table: Table) -> Statement:
    """Select number since `installed`, rows and viewers of each day that has rows, in order."""
    return _per_day_of(table, table.c.time)


@lru_cache(maxsize=256)
def _per_day_in(zone: tzinfo, start: int, end: int) -> Build:
    """Return what selects the same by days of a time zone."""
    *changes, (_, last) = offsets(zone, start, end)

    def build(table: Table) -> Statement:
        shifts: list[Any] = [
            (table.c.time < until, literal_column(str(by))) for until, by in changes
        ]
        shift: Any = case(*shifts, else_=literal_column(str(last))) if shifts else last
        return _per_day_of(table, table.c.time + shift)

    return build


def _per_day_of(table: Table, time: ColumnElement[int]) -> Statement:
    # Counted from the installation, so that dividing never meets a negative number.
    day = ((time - bindparam("installed", required=False)) // DAY).label("day")
    return select(day, func.count(), _viewers(table)).group_by("day").order_by("day")


def per_hour(table: Table) -> Statement:
    """Select hour of the week, counted from the weekday of `installed`, and its rows, in order."""
    hour = (((table.c.time - bindparam("installed", required=False)) // HOUR) % (7 * 24)).label(
        "hour"
    )
    return select(hour, func.count()).group_by("hour").order_by("hour")


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
