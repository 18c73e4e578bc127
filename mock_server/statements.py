"""The SQL behind reports: one function a question, each a SELECT from visits or from searches.

Values come in by name when a statement runs: `start`, `end` and the filters, for pages `offset` and
`limit`, for days `installed`. Which values make sense is not decided here.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    bindparam,
    case,
    func,
    or_,
    select,
)

from mock_server.clock import DAY, HOUR
from mock_server.domain import Search, Visit

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
