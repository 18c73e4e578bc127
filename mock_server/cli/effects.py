"""Check the effect of a parameter by comparing rows with and without it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mock_server.api.filters import BOUNDS, KINDS, OUTCOMES, account_kinds, listed
from mock_server.api.ranges import named
from mock_server.binding.fields import Field, Grouping, Interval, Part, Unit
from mock_server.binding.lexicon import choices, grouping_of
from mock_server.binding.model import ParameterBinding
from mock_server.clock import DAY, HOUR, SECOND, day_of, from_rfc3339, start_of
from mock_server.data.fields import FieldValues, stands_for
from mock_server.data.query import ReportQuery, read_cursor
from mock_server.data.report import in_order

_ENDS = frozenset({Part.START, Part.END})
_CURSORS = frozenset({Part.CURSOR, Part.CURSOR_BEFORE})
PAGING = _CURSORS | {Part.OFFSET, Part.PAGE, Part.LIMIT}
"""Parts that select a page, not rows."""
ORDERED_BY = (Field.TIME, Field.DAY, Field.HOUR, Field.WEEKDAY, Field.VIEWS)
"""The default sort fields."""
_MOMENTS = (Field.TIME, Field.DAY, Field.FIRST_TIME, Field.LAST_TIME)

_FILTERS: Mapping[Part | None, tuple[Field, Callable[[Any, Any], bool]]] = {
    Part.ACCOUNT: (
        Field.ACCOUNT,
        lambda sent, known: any(stands_for(str(value), str(known)) for value in listed(sent)),
    ),
    Part.TERM: (Field.TERM, lambda sent, known: str(sent).casefold() in str(known).casefold()),
    Part.EXACT_TERM: (
        Field.TERM,
        lambda sent, known: str(sent).casefold() == str(known).casefold(),
    ),
}
"""The field of each filter, and whether a row matches."""


def is_filter(bound: ParameterBinding) -> bool:
    """Return whether a parameter selects rows by what they are."""
    others = {Part.ACCOUNT_KIND, Part.CONTENT_TYPE, *BOUNDS}
    return bound.part in {*_FILTERS, *OUTCOMES, *KINDS, *others}


def _passes(
    bound: ParameterBinding, value: Any, query: ReportQuery, row: FieldValues
) -> bool | None:
    """Return whether a row matches a filter; None if unknown or not a filter."""
    part, kinds = bound.part, account_kinds(bound, value)
    if part in BOUNDS:
        limits = [limit for limit in query.bounds if limit.field in row]
        return all(limit.allows(row[limit.field]) for limit in limits) if limits else None
    if kinds is not None:
        return row[Field.ACCOUNT_KIND] in kinds if Field.ACCOUNT_KIND in row else None
    if part is Part.CONTENT_TYPE and Field.CONTENT_TYPE in row:
        meant = choices(Field.CONTENT_TYPE, bound.values or listed(value))
        return meant.get(row[Field.CONTENT_TYPE]) in listed(value)
    if part in OUTCOMES:
        wanted = query.successful
        return wanted in {None, row[Field.IS_SUCCESSFUL]} if Field.IS_SUCCESSFUL in row else None
    if part not in _FILTERS:
        return None
    field, passes = _FILTERS[part]
    return bool(row[field]) and passes(value, row[field]) if field in row else None


def missed_effect(
    bound: ParameterBinding,
    value: Any,
    query: ReportQuery,
    *,
    every: Sequence[FieldValues],
    found: Sequence[FieldValues],
) -> str | None:
    """Return the error in the rows of a response; None if they are correct.

    Args:
        bound: The parameter.
        value: The value that was sent.
        query: The resulting query.
        every: All rows without the parameter, on all pages.
        found: The rows with it: one page for paging parameters, otherwise all pages.
    """
    value = named(bound, value)
    if bound.part in _ENDS:
        return _outside(bound, value, query, found) or _at_edges(bound, value, query, every, found)
    if bound.part in PAGING:
        limit = value if bound.part is Part.LIMIT else query.limit
        pages = int(value) - bound.first if bound.part is Part.PAGE else 0
        first = int(value) if bound.part is Part.OFFSET else pages * (query.limit or 0)
        first = query.offset if bound.part in _CURSORS else first
        page = list(every[first : None if limit is None else first + int(limit)])
        return None if _keys(page) == _keys(found) else "these are not the rows of that page"
    if bound.part is Part.INTERVAL:
        views = [sum(row.get(Field.VIEWS, 0) for row in rows) for rows in (every, found)]
        return None if views[0] == views[1] else "the totals are of other rows"
    if bound.part in {Part.ORDER, Part.SORT, Part.COLUMN_ORDER} and found:
        usual = next((field for field in ORDERED_BY if field in found[0]), None)
        keys = query.sort or ((usual, query.descending),) if usual else query.sort
        is_sorted = in_order(found, keys, query) == list(range(len(found)))
        return None if is_sorted else "the rows are in another order"
    passing = [(row, _passes(bound, value, query, row)) for row in every]
    if any(passes is None for _, passes in passing):  # totals do not show their rows
        return None
    wanted = [row for row, passes in passing if passes]
    return None if _keys(wanted) == _keys(found) else "these are not the rows that fit"


def edge_of(every: Sequence[FieldValues], unit: Unit | None) -> int | None:
    """Return the time of a row in the middle, to use as an end of a range."""
    times = sorted(row[Field.TIME] for row in every if row.get(Field.TIME) is not None)
    if not times:
        return None
    middle = int(times[len(times) // 2])
    if unit in {Unit.DATE, Unit.FREE}:
        return start_of(day_of(middle))
    return middle // SECOND * SECOND if unit is Unit.SECONDS else middle


def _moment(bound: ParameterBinding, value: Any) -> int:
    """Convert a value to a time as clients expect: a day to its first millisecond."""
    if bound.unit in {Unit.SECONDS, Unit.MILLISECONDS}:
        return int(value) * (SECOND if bound.unit is Unit.SECONDS else 1)
    return from_rfc3339(str(value))


def _is_in(bound: ParameterBinding, value: Any, moment: int) -> bool:
    """Return whether a time is in the range: start inclusive, last day inclusive."""
    is_day = bound.unit in {Unit.DATE, Unit.FREE} and len(str(value)) == len("2026-01-31")
    is_last = bound.part is Part.END and is_day and bound.edge != "lt"
    step = (DAY if is_day else bound.step) * (is_last or bound.edge in {"gt", "lte"})
    edge = _moment(bound, value) + step
    return moment >= edge if bound.part is Part.START else moment < edge


_LENGTHS = {
    Interval.HOUR: HOUR, Interval.DAY: DAY, Interval.WEEK: 7 * DAY, Interval.MONTH: 31 * DAY
}  # fmt: skip


def _outside(
    bound: ParameterBinding, value: Any, query: ReportQuery, found: Sequence[FieldValues]
) -> str | None:
    if query.zone is not None:
        return None
    # The first interval may begin before the range.
    late = _LENGTHS[query.interval] - 1 if bound.part is Part.START else 0
    moments = [int(row[field]) + late * (field is Field.DAY)
               for row in found for field in _MOMENTS if row.get(field) is not None]  # fmt: skip
    outside = [moment for moment in moments if not _is_in(bound, value, moment)]
    return f"{len(outside)} of {len(moments)} moments lie outside" if outside else None


def _at_edges(
    bound: ParameterBinding,
    value: Any,
    query: ReportQuery,
    every: Sequence[FieldValues],
    found: Sequence[FieldValues],
) -> str | None:
    """Compare the rows in the range with those expected from all rows."""
    if query.zone is not None or any(Field.TIME not in row for row in every):
        return None
    wanted = _keys([row for row in every if _is_in(bound, value, int(row[Field.TIME]))])
    known = set(_keys(every))
    got = [key for key in _keys(found) if key in known]
    return None if got == wanted else f"{len(wanted)} rows lie in the range, and {len(got)} came"


def _keys(rows: Sequence[FieldValues]) -> list[str]:
    return [str(row.get(Field.ROW_ID) or sorted(map(str, row.items()))) for row in rows]


EFFECTS: dict[Part, Callable[[Any, Any], Any]] = {
    Part.CONTENT_ID: lambda query, _: query.contents or query.content_id,
    Part.SPACE_KEY: lambda query, _: query.spaces or query.space_key,
    Part.OFFSET: lambda query, value: query.offset == value or None,
    Part.LIMIT: lambda query, _: query.limit,
    Part.CURSOR_BEFORE: lambda query, value: query.before or read_cursor(str(value)),
    Part.ACCOUNT: lambda query, _: query.accounts,
    Part.INTERVAL: lambda query, value: _sets_interval(query, value) or None,
    Part.GROUPING: lambda query, value: query.grouping is grouping_of(str(value)) or None,
    **dict.fromkeys((Part.TERM, Part.EXACT_TERM), lambda query, _: query.term),
    **dict.fromkeys(
        (Part.LEAST, Part.MOST, Part.EQUAL, Part.BETWEEN),
        lambda query, _: query.bounds if query.grouping is not Grouping.SUMS else None,
    ),
    Part.DATE: lambda query, value: query.start <= from_rfc3339(str(value)) < query.end or None,
    Part.CONTENT_TYPE: lambda query, _: query.content_types,
    Part.TIME_ZONE: lambda query, _: query.zone,
    Part.ORDER: lambda query, _: query.is_ordered or None,
    **dict.fromkeys((Part.SORT, Part.COLUMN_ORDER), lambda query, _: query.sort or None),
}
"""The part of a query that a parameter must set."""


def _sets_interval(query: ReportQuery, value: Any) -> bool:
    is_set = query.interval is not Interval.DAY or "day" in choices(Field.INTERVAL, [value])
    return is_set and query.grouping is Grouping.DAYS
