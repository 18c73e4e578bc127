"""Values to try for the parameters of an operation, and the effect that they must have on rows."""

from collections.abc import Sequence
from typing import Any

from mock_server.api.examples import example_arguments
from mock_server.api.filters import BOUNDS, KINDS, OUTCOMES, listed
from mock_server.api.ranges import named
from mock_server.api.responses import Responses
from mock_server.binding.fields import Field, Grouping, Kind, Part, Unit
from mock_server.binding.lexicon import choices, grouping_of
from mock_server.binding.model import OperationBinding, ParameterBinding
from mock_server.binding.parameters import FLAGS
from mock_server.binding.presets import is_preset
from mock_server.binding.properties import counted, field_named
from mock_server.binding.units import iso_of
from mock_server.clock import DAY, day_of, from_rfc3339
from mock_server.data.fields import FieldValues
from mock_server.data.query import ReportQuery, write_cursor
from mock_server.data.report import in_order
from mock_server.data.site import Site
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import Shape, shape_of
from mock_server.openapi.validators import validator_of
from mock_server.world.domain import ANONYMOUS

_CURSORS = frozenset({Part.CURSOR, Part.CURSOR_BEFORE})
PAGING = _CURSORS | {Part.OFFSET, Part.PAGE, Part.LIMIT}
"""Parts that select a page, not rows."""
_ENDS = frozenset({Part.START, Part.END})
_ORDERS = frozenset({Part.ORDER, Part.SORT, Part.COLUMN_ORDER})
_ORDERED_BY = (Field.TIME, Field.DAY, Field.HOUR, Field.WEEKDAY, Field.VIEWS)
"""The default sort fields."""
_FILTERED: dict[Part | None, Field] = {
    Part.ACCOUNT: Field.ACCOUNT,
    Part.TERM: Field.TERM,
    Part.EXACT_TERM: Field.TERM,
    Part.CONTENT_TYPE: Field.CONTENT_TYPE,
    Part.ACCOUNT_KIND: Field.ACCOUNT_KIND,
    **dict.fromkeys(KINDS, Field.ACCOUNT_KIND),
    **dict.fromkeys(OUTCOMES, Field.IS_SUCCESSFUL),
}
"""The field by which each filter selects rows."""
_IN_QUERY = frozenset(BOUNDS) | {
    Part.CONTENT_ID, Part.SPACE_KEY, Part.OFFSET, Part.LIMIT, Part.CURSOR_BEFORE, Part.ACCOUNT,
    Part.INTERVAL, Part.TERM, Part.EXACT_TERM, Part.DATE, Part.CONTENT_TYPE, Part.TIME_ZONE,
}  # fmt: skip
"""Parts whose effect shows in the query of a report."""
FILTERS = frozenset(_FILTERED) | frozenset(BOUNDS)
"""Parts that select rows by what they are."""


def trial_value(
    document: Document,
    operation: OperationBinding,
    bound: ParameterBinding,
    site: Site,
    every: Sequence[FieldValues],
) -> Any:
    """Return a value of a parameter that changes the report; None if the schema allows none.

    `every` has the rows of all pages of the report.
    """
    part, shape = bound.part, shape_of(document, bound.parameter.schema)
    items = shape_of(document, shape.schema.get("items") or {})
    fixed = _value_by_schema(bound, shape, shape.schema.get("enum") or items.schema.get("enum"))
    if fixed is not None or part is None:
        return fixed
    if part is Part.ACCOUNT and shape.is_array:
        return [*{str(row[Field.ACCOUNT]): None for row in every if row.get(Field.ACCOUNT)}][:2]
    times = sorted(row[Field.TIME] for row in every if row.get(Field.TIME) is not None)
    middle = int(times[len(times) // 2]) if times else site.clock.now() - 5 * DAY
    if bound.unit in {Unit.DATE, Unit.FREE}:
        middle = middle // DAY * DAY
    count, content = _middle_count(operation, bound, every), site.example_content()
    column = {one.field: path.rpartition("/")[2] for path, one in operation.properties.items()}
    values: dict[Part, Any] = {
        **dict.fromkeys(_ENDS, middle // bound.step * bound.step),
        **dict.fromkeys((Part.LEAST, Part.MOST, Part.EQUAL), count),
        **dict.fromkeys((Part.ORDER, Part.COLUMN_ORDER), "desc"),
        Part.OFFSET: 1,
        Part.PAGE: bound.first + 1,
        Part.LIMIT: 2,
        Part.PRESET: 7,
        Part.BETWEEN: f"{count}..{count + 9}",
        Part.ACCOUNT: ANONYMOUS,
        Part.TERM: "a",
        Part.EXACT_TERM: next((row[Field.TERM] for row in every if Field.TERM in row), "a"),
        Part.CONTENT_TYPE: "page",
        Part.SORT: next((column[field] for field in _ORDERED_BY if field in column), None),
        Part.TIME_ZONE: "Europe/Berlin",
        Part.DATE: day_of(middle),
        Part.SITE_URL: site.world.site_url,
        Part.SPACE_KEY: content.space_key,
        Part.CONTENT_ID: content.id,
    }
    value = values.get(part)
    if part in _CURSORS:
        value = _cursor(document, operation, every[: 1 if part is Part.CURSOR else 2])
    elif value is not None:
        given = {part: value}
        sent = example_arguments(document, operation.operation, operation, site, given)
        value = sent[bound.parameter.name]
    return value if is_allowed(document, bound, value) else None


def is_allowed(document: Document, bound: ParameterBinding, value: Any) -> bool:
    """Return whether the schema of a parameter allows a value."""
    shape = shape_of(document, bound.parameter.schema)
    sent = listed(value) if shape.is_array else value
    if "integer" in shape.types and isinstance(value, str) and value.isdigit():
        sent = int(value)
    validator = validator_of(document, bound.parameter.schema)
    return value is not None and validator.is_valid(sent)


def _value_by_schema(bound: ParameterBinding, shape: Shape, offered: Any) -> Any:
    """Return a value to try that follows from the schema alone, or None."""
    part = bound.part
    if part is Part.ORDER and "boolean" in shape.types:
        return not shape.schema.get("default", False)
    if part is Part.GROUPING:
        return next(filter(grouping_of, reversed(bound.values)), "content")
    if offered and shape.is_array:
        return offered[-2:]
    telling = []
    if part is Part.PRESET:
        telling = [value for value in offered or () if is_preset(str(value))]
    elif part is Part.INTERVAL or part in OUTCOMES:
        field = Field.INTERVAL if part is Part.INTERVAL else Field.IS_SUCCESSFUL
        telling = [*choices(field, offered or ()).values()]
    if offered:
        return (telling or offered)[-1]
    return part not in {Part.WITH_ANONYMOUS, Part.WITH_PROTECTED} if part in FLAGS else None


def _middle_count(
    operation: OperationBinding, bound: ParameterBinding, every: Sequence[FieldValues]
) -> int:
    """Return a count that some rows exceed, to use as a minimum or maximum."""
    field = field_named(operation, counted(bound.parameter.name))
    if field is None or field.kind is not Kind.COUNT:
        return 1
    counts = sorted(int(row[field]) for row in every if field in row)
    return counts[len(counts) // 2] if counts else 1


def _cursor(
    document: Document, operation: OperationBinding, before: Sequence[FieldValues]
) -> str | None:
    """Return the cursor that follows some rows."""
    if not operation.has_id_cursors:
        return write_cursor(len(before))
    ids = Responses(document, check=False).row_ids(operation, before)
    return ids[-1] if ids else None


def wrong_rows(
    bound: ParameterBinding,
    value: Any,
    query: ReportQuery,
    *,
    every: Sequence[FieldValues],
    found: Sequence[FieldValues],
) -> str | None:
    """Return the error in the rows of the response to a value; None if they are correct.

    `every` has the rows of all pages without the parameter; `found` those with it, of one page for
    paging parameters, otherwise of all pages.
    """
    part, value = bound.part, named(bound, value)
    if part in PAGING:
        limit = int(value) if part is Part.LIMIT else query.limit
        pages = int(value) - bound.first if part is Part.PAGE else 0
        first = int(value) if part is Part.OFFSET else pages * (query.limit or 0)
        first = query.offset if part in _CURSORS else first
        page = every[first : None if limit is None else first + limit]
        return None if _keys(page) == _keys(found) else "these are not the rows of that page"
    if part is Part.INTERVAL:
        views = [sum(row.get(Field.VIEWS, 0) for row in rows) for rows in (every, found)]
        return None if views[0] == views[1] else "the totals are of other rows"
    if part in _ORDERS and found:
        usual = next((field for field in _ORDERED_BY if field in found[0]), None)
        keys = query.sort or ((usual, query.descending),) if usual else query.sort
        is_sorted = in_order(found, keys, query) == list(range(len(found)))
        return None if is_sorted else "the rows are in another order"
    passing = [_passes(bound, value, query, row) for row in every]
    if None in passing:  # totals do not show their rows
        return None
    known = set(_keys(every) if part in _ENDS else _keys(found))
    wanted = _keys([row for row, passes in zip(every, passing, strict=True) if passes])
    is_right = wanted == [key for key in _keys(found) if key in known]
    return None if is_right else f"these are not the {len(wanted)} rows that fit"


def _passes(
    bound: ParameterBinding, value: Any, query: ReportQuery, row: FieldValues
) -> bool | None:
    """Return whether a row is in a range, or matches a filter; None if unknown or neither."""
    part = bound.part
    if part in _ENDS:
        is_known = query.zone is None and Field.TIME in row
        return _is_in(bound, value, int(row[Field.TIME])) if is_known else None
    if part in BOUNDS:
        limits = [limit for limit in query.bounds if limit.field in row]
        return all(limit.allows(row[limit.field]) for limit in limits) if limits else None
    field = _FILTERED.get(part)
    if field is None or field not in row:
        return None
    known = row[field]
    if part in {Part.TERM, Part.EXACT_TERM}:
        term, text = str(value).casefold(), str(known).casefold()
        return term == text if part is Part.EXACT_TERM else term in text
    allowed: dict[Field, Any] = {
        Field.ACCOUNT: query.accounts,
        Field.ACCOUNT_KIND: query.account_kinds,
        Field.CONTENT_TYPE: query.content_types,
        Field.IS_SUCCESSFUL: None if query.successful is None else {query.successful},
    }
    return allowed[field] is None or known in allowed[field]


def _is_in(bound: ParameterBinding, value: Any, moment: int) -> bool:
    """Return whether a time is in the range: start inclusive, last day inclusive."""
    text = iso_of(str(value), bound.form)
    is_day = bound.unit in {Unit.DATE, Unit.FREE} and len(text) == len("2026-01-31")
    is_last = bound.part is Part.END and is_day and bound.edge != "lt"
    step = (DAY if is_day else bound.step) * (is_last or bound.edge in {"gt", "lte"})
    is_number = bound.unit in {Unit.SECONDS, Unit.MILLISECONDS}
    sent = int(value) * bound.step if is_number else from_rfc3339(text)
    edge = sent + step
    return moment >= edge if bound.part is Part.START else moment < edge


def _keys(rows: Sequence[FieldValues]) -> list[str]:
    return [str(row.get(Field.ROW_ID) or sorted(map(str, row.items()))) for row in rows]


def has_effect(
    operation: OperationBinding,
    bound: ParameterBinding,
    value: Any,
    before: ReportQuery,
    query: ReportQuery,
) -> bool:
    """Return whether a parameter changed the part of a query that it should."""
    part = bound.part
    if part is Part.GROUPING:
        return query.grouping is grouping_of(str(value))
    if part is Part.WITH_TOTAL:
        return Field.TOTAL in operation.envelope
    if part in _ORDERS:
        return query.is_ordered or bool(query.sort)
    if part in BOUNDS and query.grouping is Grouping.SUMS:
        return False
    return part not in _IN_QUERY or query != before
