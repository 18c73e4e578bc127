"""SQL queries for reports: pages of rows, totals and sums of visits or searches."""

import re
import sqlite3
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from mock_server.binding.fields import KEYS, Field, Grouping, Kind, Subject
from mock_server.clock import DAY, HOUR, day_of, start_of
from mock_server.data.query import ReportQuery
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
    Field.SPACES: "count(DISTINCT space_key)",
    Field.TERMS: "count(DISTINCT term)",
    Field.UNSUCCESSFUL: "count(nullif(number_of_results > 0, 1))",
    Field.AVERAGE_RESULTS: "coalesce(avg(number_of_results), 0.0)",
}
_OF_VISITS = frozenset(
    {Field.CONTENTS, Field.SPACES, Field.PAGE_VIEWS, Field.BLOG_VIEWS, Field.ATTACHMENT_VIEWS}
)
SUMMED = frozenset(_SUMS)
"""The values of all selected rows together."""
NO_ROWS = {field: None if field.kind is Kind.MOMENT else 0 for field in _SUMS}
"""These values if there are no rows."""
_OF_SEARCHES = frozenset({Field.UNSUCCESSFUL, Field.AVERAGE_RESULTS, Field.TERMS})
_COLUMNS: Mapping[bool, Mapping[Field, str]] = {
    True: {Field.TIME: "time", Field.ACCOUNT: "account", Field.CONTENT_ID: "content_id",
           Field.CONTENT_TYPE: "content_type", Field.SPACE_KEY: "space_key"},
    False: {Field.TIME: "time", Field.ACCOUNT: "account", Field.TERM: "term",
            Field.NUMBER_OF_RESULTS: "number_of_results"},
}  # fmt: skip
"""The columns of visits (True) and searches, by which they can be sorted."""


class Total(NamedTuple):
    """The rows of one viewer, content, space, search term, content type or day."""

    key: Any
    """What the rows have in common; all anonymous visitors count as one viewer."""
    values: Mapping[Field, Any]
    """All of `SUMMED`, or those that were requested."""


@dataclass(frozen=True)
class Queries:
    """The rows that a query selects, on one snapshot of the database.

    Filters by content and space do not affect searches.
    """

    store: Store
    query: ReportQuery
    now: int
    """The current time in epoch milliseconds; later rows are hidden."""
    hidden: frozenset[int]
    """Contents whose visits are hidden."""
    summed: Collection[Field]
    """The values that totals have, out of `SUMMED`."""
    connection: sqlite3.Connection

    @property
    def is_of_visits(self) -> bool:
        """Whether the rows are visits, not searches."""
        return self.query.subject is not Subject.SEARCHES

    def page(self, *, ranked: bool = False) -> Sequence[tuple[Any, ...]]:
        """Return the requested page, as tuples in the order of `Visit` or `Search`.

        Oldest first; ties by content or term, then account, protected viewers first.

        Args:
            ranked: Whether to append the number of equal preceding rows to each tuple.
        """
        query, sortable = self.query, _COLUMNS[self.is_of_visits]
        columns: tuple[str, ...] = (Visit if self.is_of_visits else Search)._fields
        first = {sortable[field]: descending for field, descending in query.sort}
        usual = dict.fromkeys(("time", columns[1], "account", "id"), query.descending)
        directions = {**first, **usual, **first}
        order = [f"{name}{' DESC' * descending}" for name, descending in directions.items()]
        if "account" in first:  # viewers without one come last
            nobody = f"'', '{ANONYMOUS}'" if query.hides_anonymous else "''"
            order.insert([*first].index("account"), f"account IN ({nobody})")
        if ranked:  # equal rows, such as visits added twice, are told apart by their number
            equal = [f"other.{name} = this.{name}" for name in ("time", columns[1], "account")]
            where = f"{' AND '.join(equal)} AND other.id < this.id"
            columns += (f"(SELECT count(*) FROM {self._table} AS other WHERE {where})",)
        end = f"ORDER BY {', '.join(order)} LIMIT :limit OFFSET :offset"
        limit = -1 if query.limit is None else query.limit
        return self._rows(", ".join(columns), end, limit=limit, offset=query.offset)

    def can_be_sorted(self) -> bool:
        """Return whether the database has a column for each field that the query sorts by."""
        return all(field in _COLUMNS[self.is_of_visits] for field, _ in self.query.sort)

    def count(self) -> int:
        """Return the number of selected rows."""
        return int(self._rows("count(*)")[0][0])

    def sums(self, fields: Collection[Field] = SUMMED) -> dict[Field, Any]:
        """Return values of all selected rows together, out of `SUMMED`; times are None without rows."""
        columns = self._sums(fields)
        return dict(zip(columns, self._rows(", ".join(columns.values()))[0], strict=True))

    def totals(self) -> list[Total]:
        """Return a total per viewer, content and so on, as the query groups the rows.

        Most views first, ties by key; empty if the rows have no such column. If the query includes
        protected viewers, they share one total, with the account "".
        """
        columns, key = _COLUMNS[self.is_of_visits], KEYS.get(self.query.grouping)
        if key is None or key not in columns:
            return []
        found = self._grouped(columns[key], "count(*) DESC, key")
        return [total for total in found if total.key != "" or self.query.with_protected]

    def per_day(self) -> list[Total]:
        """Return a total per day in the query's time zone, in order.

        Days without rows are omitted, which limits the size of the response.
        """
        time, first = self._local()
        found = self._grouped(f"({time}) / {DAY}")
        return [total._replace(key=first + timedelta(days=total.key)) for total in found]

    def per_slot(self) -> list[Total]:
        """Return a total per hour of the day, or per weekday (0 is Monday), in order; zeros are omitted."""
        time, first = self._local()
        if self.query.grouping is Grouping.WEEKDAYS:
            return self._grouped(f"(({time}) / {DAY} + {first.weekday()}) % 7")
        return self._grouped(f"({time}) / {HOUR} % 24")

    def per_hour(self) -> list[Total]:
        """Return a total per hour, with its first epoch millisecond, in order.

        Hours start as those of the query's time zone do now; some are half an hour late.
        """
        zone = None if self.query.zone is None else zone_of(self.query.zone)
        late = 0 if zone is None else offsets(zone, self.now, self.now)[-1][1] % HOUR
        return self._grouped(f"(time + {late}) / {HOUR} * {HOUR} - {late}")

    def per_hour_of_week(self) -> list[Total]:
        """Return a total per hour of the week (0 is the first on Monday), in UTC; zeros are omitted."""
        time, first = self._local()
        return self._grouped(f"(({time}) / {HOUR} + {first.weekday() * 24}) % {7 * 24}")

    def _local(self) -> tuple[str, date]:
        """Return SQL for the milliseconds since a day in the query's time zone, and that day."""
        first, time = self.store.world.installed, "time"
        if self.query.zone is not None and (zone := zone_of(self.query.zone)) is not None:
            earliest = start_of(first)
            year = day_of(max(self.now, earliest)).year + 1
            first -= timedelta(days=1)  # the local day may begin before the UTC day
            time = f"time + {_shift(zone, earliest, start_of(date(min(year, 9999), 12, 31)))}"
        # Relative to the installation, so that it is never negative.
        return f"{time} - {start_of(first)}", first

    def _grouped(self, key: str, order: str = "key") -> list[Total]:
        sums = self._sums(self.summed)
        columns = ", ".join([f"{key} AS key", *sums.values()])
        rows = self._rows(columns, f"GROUP BY key ORDER BY {order}")
        return [Total(key, dict(zip(sums, values, strict=True))) for key, *values in rows]

    def _sums(self, fields: Collection[Field]) -> dict[Field, str]:
        """Return the SQL of values; 0 for those that the rows do not have."""
        lacking = _OF_SEARCHES if self.is_of_visits else _OF_VISITS
        return {
            field: "0" if field in lacking else column
            for field, column in _SUMS.items()
            if field in fields
        }

    @property
    def _table(self) -> str:
        tables = self.store.tables
        return tables.visits if self.is_of_visits else tables.searches

    def _rows(self, columns: str, end: str = "", **values: int) -> list[tuple[Any, ...]]:
        """Run a SELECT for the rows; `end` is appended to the statement."""
        where, given = self._condition
        statement = f"SELECT {columns} FROM {self._table} AS this WHERE {where} {end}"
        return self.connection.execute(statement, {**given, **values}).fetchall()

    @property
    def key(self) -> Hashable:
        """What the selected rows depend on, besides the contents of the database."""
        where, given = self._condition
        return self._table, where, *given.values()

    @cached_property
    def _condition(self) -> tuple[str, Mapping[str, object]]:
        """The SQL condition of the query, and its parameters."""
        query = self.query
        if not _can_match(query, self.hidden):
            return "false", {}
        start, end = _limits(self.store, query, self.now)
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
        more, given = self._of_visits() if self.is_of_visits else self._of_searches()
        return " AND ".join([*conditions, *more]), {**values, **given}

    def _of_visits(self) -> tuple[list[str], Mapping[str, object]]:
        query, hidden = self.query, self.hidden
        named = {"content_id": query.content_id, "space_key": query.space_key}
        values = {name: value for name, value in named.items() if value is not None}
        conditions = [f"{name} = :{name}" for name in values]
        if query.content_types is not None:
            types = ", ".join(f"'{kind.value}'" for kind in sorted(query.content_types))
            conditions.append(f"content_type IN ({types})")
        if hidden and query.content_id is None:
            conditions.append(f"content_id NOT IN ({', '.join(map(str, sorted(hidden)))})")
        return conditions, values

    def _of_searches(self) -> tuple[list[str], Mapping[str, object]]:
        query = self.query
        conditions = [f"number_of_results {'>=' if bound.is_least else '<='} {bound.value}"
                      for bound in query.bounds if bound.field is Field.NUMBER_OF_RESULTS]  # fmt: skip
        if query.successful is not None:
            conditions.append(f"number_of_results {'>' if query.successful else '='} 0")
        if not query.term:
            return conditions, {}
        # SQLite's functions only fold the case of ASCII letters.
        matching = "fold(term) = :term" if query.is_exact else "instr(fold(term), :term)"
        return [*conditions, matching], {"term": query.term.casefold()}


@contextmanager
def select(
    store: Store, query: ReportQuery, now: int, hidden: frozenset[int] = frozenset(),
    summed: Collection[Field] = SUMMED,
) -> Iterator[Queries]:  # fmt: skip
    """Yield the rows that a query selects, after generating their days."""
    start, end = _limits(store, query, now)
    if start < end and _can_match(query, hidden):
        store.ensure(day_of(start), day_of(end - 1))
    with store.database.reading() as connection:
        yield Queries(store, query, now, hidden, summed, connection)


def _limits(store: Store, query: ReportQuery, now: int) -> tuple[int, int]:
    """Return the part of a query's range from the installation until now."""
    earliest = start_of(store.world.installed)
    end = max(min(query.end, now + 1), earliest)
    return min(max(query.start, earliest), end), end


def _can_match(query: ReportQuery, hidden: frozenset[int]) -> bool:
    """Return whether any row can match; SQLite rejects some values."""
    if query.accounts is not None and not any(map(_is_word, query.accounts)):
        return False
    if query.subject is Subject.SEARCHES:
        return _is_word(query.term or None)
    content_id = query.content_id
    return _is_word(query.space_key) and (
        content_id is None or (content_id in _IDS and content_id not in hidden)
    )


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
