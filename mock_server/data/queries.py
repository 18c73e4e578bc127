"""SQL queries for reports: pages of rows, totals and sums of visits or searches.

Rows later than the clock's time are excluded.
"""

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from mock_server.binding.fields import Field, Grouping, Kind
from mock_server.clock import DAY, HOUR, day_of, start_of
from mock_server.data.query import ReportQuery, SortKey
from mock_server.data.rows import Store
from mock_server.data.zones import offsets, zone_of
from mock_server.world.domain import ANONYMOUS, ContentType, Search, Visit

_IDS = range(2**63)
"""Content ids that SQLite can store."""
_LONGEST = 255
"""Maximum length of a space key, an account or a term."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL, which ends text in some SQLite functions, and surrogates, which UTF-8 lacks."""
_VIEWERS = "count(DISTINCT nullif(account, ''))"
"""Known accounts, plus one for all anonymous viewers; protected ones do not count (vendor's page on
unique viewers: 6 users, 20 anonymous and 2 protected are 7)."""
_KINDS = {
    "known": f"account NOT IN ('', '{ANONYMOUS}')",
    "anonymous": f"account = '{ANONYMOUS}'",
    "protected": "account = ''",
}
"""SQL conditions by kind of account."""
_SUMS = {
    Field.VIEWS: "count(*)",
    Field.VIEWERS: _VIEWERS,
    Field.KNOWN_VIEWERS: f"count(DISTINCT CASE WHEN {_KINDS['known']} THEN account END)",
    Field.FIRST_TIME: "min(time)",
    Field.LAST_TIME: "max(time)",
    Field.KNOWN_VIEWS: f"count(CASE WHEN {_KINDS['known']} THEN 1 END)",
    Field.ANONYMOUS_VIEWS: f"count(CASE WHEN {_KINDS['anonymous']} THEN 1 END)",
    Field.PROTECTED_VIEWS: f"count(CASE WHEN {_KINDS['protected']} THEN 1 END)",
    **{
        field: f"count(CASE WHEN content_type = '{kind}' THEN 1 END)"
        for field, kind in (
            (Field.PAGE_VIEWS, ContentType.PAGE),
            (Field.BLOG_VIEWS, ContentType.BLOG_POST),
            (Field.ATTACHMENT_VIEWS, ContentType.ATTACHMENT),
        )
    },
    Field.CONTENTS: "count(DISTINCT content_id)",
    Field.UNSUCCESSFUL: "count(nullif(number_of_results > 0, 1))",
    Field.AVERAGE_RESULTS: "coalesce(avg(number_of_results), 0.0)",
}
_OF_CONTENTS = frozenset(
    {Field.CONTENTS, Field.PAGE_VIEWS, Field.BLOG_VIEWS, Field.ATTACHMENT_VIEWS}
)
SUMMED = frozenset(_SUMS)
"""The values of all selected rows together."""
NO_ROWS = {field: None if field.kind is Kind.MOMENT else 0 for field in _SUMS}
"""These values if there are no rows."""
_GROUPED = {
    Grouping.VIEWERS: "account",
    Grouping.CONTENTS: "content_id",
    Grouping.SPACES: "space_key",
    Grouping.TERMS: "term",
    Grouping.TYPES: "content_type",
}


class Total(NamedTuple):
    """The rows of one viewer, content, space, search term, content type or day."""

    key: Any
    """What the rows have in common; all anonymous visitors count as one viewer."""
    values: Mapping[Field, Any]
    """All of `SUMMED`, or those that were requested."""


@dataclass(frozen=True)
class Visible:
    """The visible part of a site's rows at a given time."""

    now: int
    """The current time in epoch milliseconds; later rows are hidden."""
    hidden: frozenset[int] = frozenset()
    """Contents whose visits are hidden."""


class Queries:
    """Queries for rows of one kind, visits or searches.

    Ranges are limited to the time from the world's installation until now. Filters on contents
    and spaces do not affect searches.

    Args:
        store: Provides the rows, and generates missing days.
        kind: The kind of rows.
        installed: The first UTC day with rows.
    """

    def __init__(self, store: Store, kind: type[Visit] | type[Search], *, installed: date) -> None:
        self._store = store
        self._is_visits = kind is Visit
        self._table = store.tables.visits if self._is_visits else store.tables.searches
        self._columns = kind._fields
        self._installed = installed
        self._earliest = start_of(installed)
        self._connection: sqlite3.Connection | None = None
        """A connection with a snapshot; None if each query opens its own."""
        self.summed: Collection[Field] = SUMMED
        """The values that totals have."""

    @contextmanager
    def at_once(
        self, query: ReportQuery, visible: Visible, summed: Collection[Field] = SUMMED
    ) -> Iterator["Queries"]:
        """Yield queries on one snapshot of the database, so that their results are consistent.

        Args:
            query: The query whose days are generated first.
            visible: The visible rows.
            summed: The values that totals have, out of `SUMMED`.
        """
        with self._reading(query, visible) as connection:
            same = copy(self)
            same._connection, same.summed = connection, summed  # noqa: SLF001 -- one's own
            yield same

    def page(
        self, query: ReportQuery, visible: Visible, *, ranked: bool = False
    ) -> Sequence[tuple[Any, ...]]:
        """Return the requested page, as tuples in the order of `Visit` or `Search`.

        Oldest first; ties by content or term, then account, protected viewers first.

        Args:
            query: The rows and their order.
            visible: The visible rows.
            ranked: Whether to append the number of equal preceding rows to each tuple.
        """
        sortable = _SORTABLE[self._is_visits]
        first = {sortable[field]: descending for field, descending in query.sort}
        usual = dict.fromkeys(("time", self._columns[1], "account", "id"), query.descending)
        directions = {**first, **usual, **first}
        order = [f"{name}{' DESC' * descending}" for name, descending in directions.items()]
        if "account" in first:  # viewers without one come last
            nobody = f"'', '{ANONYMOUS}'" if query.hides_anonymous else "''"
            order.insert([*first].index("account"), f"account IN ({nobody})")
        columns = ", ".join(self._columns) + (f", ({self._rank()})" if ranked else "")
        end = f"ORDER BY {', '.join(order)} LIMIT :limit OFFSET :offset"
        limit = -1 if query.limit is None else query.limit
        return self._rows(query, visible, columns, end, limit=limit, offset=query.offset)

    def can_sort_by(self, keys: Iterable[SortKey]) -> bool:
        """Return whether the database has a column for each field."""
        return all(field in _SORTABLE[self._is_visits] for field, _ in keys)

    def _rank(self) -> str:
        """Return SQL that counts equal rows before a row, such as visits added twice."""
        table = self._table
        equal = [f"other.{name} = {table}.{name}" for name in ("time", self._columns[1], "account")]
        return (
            f"SELECT count(*) FROM {table} AS other "
            f"WHERE {' AND '.join(equal)} AND other.id < {table}.id"
        )

    def count(self, query: ReportQuery, visible: Visible) -> int:
        """Return the number of selected rows."""
        return int(self._rows(query, visible, "count(*)")[0][0])

    def sums(
        self, query: ReportQuery, visible: Visible, fields: Collection[Field] = SUMMED
    ) -> dict[Field, Any]:
        """Return values of all selected rows together; times are None without rows.

        Args:
            query: The rows to select.
            visible: The visible rows.
            fields: The values to compute, out of `SUMMED`.
        """
        columns = self._summed(fields)
        found = self._rows(query, visible, ", ".join(columns.values()))[0]
        return dict(zip(columns, found, strict=True))

    def totals(self, query: ReportQuery, visible: Visible) -> list[Total]:
        """Return a total per viewer, content and so on, as the query groups the rows.

        Most views first, ties by key; empty if the rows have no such column. If the query includes
        protected viewers, they share one total, with the account "".
        """
        column = _GROUPED.get(query.grouping)
        if column is None or column not in _SORTABLE[self._is_visits].values():
            return []
        found = self._grouped(query, visible, column, f"count(*) DESC, {column}")
        return [total for total in found if total.key != "" or query.with_protected]

    def _grouped(self, query: ReportQuery, visible: Visible, key: str, order: str) -> list[Total]:
        summed = self._summed(self.summed)
        columns = ", ".join([f"{key} AS key", *summed.values()])
        rows = self._rows(query, visible, columns, f"GROUP BY key ORDER BY {order}")
        return [Total(key, dict(zip(summed, values, strict=True))) for key, *values in rows]

    def _summed(self, fields: Collection[Field]) -> dict[Field, str]:
        """Return the SQL of values; 0 for those that the rows do not have."""
        of_searches = {Field.UNSUCCESSFUL, Field.AVERAGE_RESULTS}
        lacking = of_searches if self._is_visits else _OF_CONTENTS
        return {
            field: "0" if field in lacking else column
            for field, column in _SUMS.items()
            if field in fields
        }

    def per_day(self, query: ReportQuery, visible: Visible) -> list[Total]:
        """Return a total per day in the query's time zone, in order.

        Days without rows are omitted, which limits the size of the response.
        """
        time, first = self._local(query, visible)
        found = self._grouped(query, visible, f"({time}) / {DAY}", "key")
        return [total._replace(key=first + timedelta(days=total.key)) for total in found]

    def per_slot(self, query: ReportQuery, visible: Visible) -> list[Total]:
        """Return a total per hour of the day, or per weekday (0 is Monday), in order; zeros are omitted."""
        time, first = self._local(query, visible)
        slot = f"({time}) / {HOUR} % 24"
        if query.grouping is Grouping.WEEKDAYS:
            slot = f"(({time}) / {DAY} + {first.weekday()}) % 7"
        return self._grouped(query, visible, slot, "key")

    def _local(self, query: ReportQuery, visible: Visible) -> tuple[str, date]:
        """Return SQL for the milliseconds since a day in the query's time zone, and that day."""
        first, time = self._installed, "time"
        if query.zone is not None and (zone := zone_of(query.zone)) is not None:
            year = day_of(max(visible.now, self._earliest)).year + 1
            first -= timedelta(days=1)  # the local day may begin before the UTC day
            end = start_of(date(min(year, 9999), 12, 31))
            time = f"time + {_shift(zone, self._earliest, end)}"
        # Relative to the installation, so that it is never negative.
        return f"{time} - {start_of(first)}", first

    def per_hour(self, query: ReportQuery, visible: Visible) -> list[Total]:
        """Return a total per hour, with its first epoch millisecond, in order.

        Hours start as those of the query's time zone do now; some are half an hour late.
        """
        zone = None if query.zone is None else zone_of(query.zone)
        late = 0 if zone is None else offsets(zone, visible.now, visible.now)[-1][1] % HOUR
        start = f"(time + {late}) / {HOUR} * {HOUR} - {late}"
        return self._grouped(query, visible, start, "key")

    def per_hour_of_week(self, query: ReportQuery, visible: Visible) -> dict[tuple[int, int], int]:
        """Return the number of rows by weekday (0 is Monday) and hour in UTC; zeros are omitted."""
        hour = f"(time - {self._earliest}) / {HOUR} % {7 * 24}"
        grouped = "GROUP BY hour ORDER BY hour"
        rows = self._rows(query, visible, f"{hour} AS hour, count(*)", grouped)
        first = self._installed.weekday()
        return {((first + slot // 24) % 7, slot % 24): views for slot, views in rows}

    def _rows(
        self, query: ReportQuery, visible: Visible, columns: str, end: str = "", **values: int
    ) -> list[tuple[Any, ...]]:
        """Run a SELECT for the rows of a query; `end` is appended to the statement."""
        reading = self._reading(query, visible)
        conditions, given = self._conditions(query, visible)
        statement = f"SELECT {columns} FROM {self._table} WHERE {' AND '.join(conditions)} {end}"
        with reading as connection:
            return connection.execute(statement, {**given, **values}).fetchall()

    def _reading(
        self, query: ReportQuery, visible: Visible
    ) -> AbstractContextManager[sqlite3.Connection]:
        """Yield a connection after generating missing days; None if no row can match."""
        if self._connection is not None:
            return nullcontext(self._connection)
        start, end = self.limits(query, visible)
        if start < end and self._can_match(query, visible.hidden):
            self._store.ensure(day_of(start), day_of(end - 1))
        return self._store.database.reading()

    def limits(self, query: ReportQuery, visible: Visible) -> tuple[int, int]:
        """Return the part of a query's range from the installation until now."""
        end = max(min(query.end, visible.now + 1), self._earliest)
        return min(max(query.start, self._earliest), end), end

    def _can_match(self, query: ReportQuery, hidden: frozenset[int]) -> bool:
        """Return whether any row can match; SQLite rejects some values."""
        if query.accounts is not None and not any(map(_is_word, query.accounts)):
            return False
        if not self._is_visits:
            return _is_word(query.term or None)
        content_id = query.content_id
        return _is_word(query.space_key) and (
            content_id is None or (content_id in _IDS and content_id not in hidden)
        )

    def _conditions(
        self, query: ReportQuery, visible: Visible
    ) -> tuple[list[str], dict[str, object]]:
        """Return the SQL conditions of a query, and their parameters."""
        if not self._can_match(query, visible.hidden):
            return ["false"], {}
        start, end = self.limits(query, visible)
        conditions = ["time >= :start", "time < :end"]
        values: dict[str, object] = {"start": start, "end": end}
        if query.accounts is not None:
            accounts = sorted(filter(_is_word, query.accounts))
            values |= {f"account_{number}": name for number, name in enumerate(accounts)}
            wanted = ", ".join(f":account_{number}" for number in range(len(accounts)))
            conditions.append(f"account IN ({wanted})")
        if query.account_kinds is not None:
            kinds = [is_of for kind, is_of in _KINDS.items() if kind in query.account_kinds]
            conditions.append(f"({' OR '.join(kinds) or 'false'})")
        more = self._of_visits(query, visible) if self._is_visits else self._of_searches(query)
        return [*conditions, *more[0]], values | more[1]

    def _of_visits(
        self, query: ReportQuery, visible: Visible
    ) -> tuple[list[str], dict[str, object]]:
        named = {"content_id": query.content_id, "space_key": query.space_key}
        values = {name: value for name, value in named.items() if value is not None}
        conditions = [f"{name} = :{name}" for name in values]
        if query.content_types is not None:
            types = ", ".join(f"'{kind.value}'" for kind in sorted(query.content_types))
            conditions.append(f"content_type IN ({types})")
        if visible.hidden and query.content_id is None:
            conditions.append(f"content_id NOT IN ({', '.join(map(str, sorted(visible.hidden)))})")
        return conditions, dict(values)

    def _of_searches(self, query: ReportQuery) -> tuple[list[str], dict[str, object]]:
        conditions = [f"number_of_results {'>=' if bound.is_least else '<='} {bound.value}"
                      for bound in query.bounds if bound.field is Field.NUMBER_OF_RESULTS]  # fmt: skip
        if query.successful is not None:
            conditions.append(f"number_of_results {'>' if query.successful else '='} 0")
        if not query.term:
            return conditions, {}
        # SQLite's functions only fold the case of ASCII letters.
        matching = "fold(term) = :term" if query.is_exact else "instr(fold(term), :term)"
        return [*conditions, matching], {"term": query.term.casefold()}


_SORTABLE: Mapping[bool, Mapping[Field, str]] = {
    True: {Field.TIME: "time", Field.ACCOUNT: "account", Field.CONTENT_ID: "content_id",
           Field.CONTENT_TYPE: "content_type", Field.SPACE_KEY: "space_key"},
    False: {Field.TIME: "time", Field.ACCOUNT: "account", Field.TERM: "term",
            Field.NUMBER_OF_RESULTS: "number_of_results"},
}  # fmt: skip
"""The columns that visits and searches can be sorted by."""


def _is_word(text: str | None) -> bool:
    """Return whether a text is None or can be stored in a column."""
    if text is None:
        return True
    return 0 < len(text) <= _LONGEST and _UNSTORABLE.search(text) is None


@lru_cache(maxsize=256)
def _shift(zone: tzinfo, start: int, end: int) -> str:
    """Return SQL for the offset, in milliseconds, that converts a time to a time zone."""
    *changes, (_, last) = offsets(zone, start, end)
    shifts = "".join(f" WHEN time < {until} THEN {by}" for until, by in changes)
    return f"CASE{shifts} ELSE {last} END" if shifts else f"({last})"
