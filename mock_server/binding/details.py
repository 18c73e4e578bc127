"""Read what the schema of the rows, and the descriptions around them, say of an operation."""

from collections.abc import Iterable
from typing import Any

from mock_server.binding.descriptions import (
    fills_gaps,
    last_hours,
    leaves_gaps,
    left_out_by,
    number_of_top,
    refuses_reversed,
    refuses_the_end,
    says,
)
from mock_server.binding.fields import Field, Grouping, Interval, Part, Unit
from mock_server.binding.lexicon import interval_in, interval_of_path
from mock_server.binding.model import ParameterBinding
from mock_server.binding.rows import Rows, array_at, tells_protected
from mock_server.binding.units import unit_of
from mock_server.openapi.document import Document, Operation, Response
from mock_server.openapi.schemas import Schema, Shape, leaves, shape_of


def refuses_reversed_range(
    operation: Operation, parameters: Iterable[ParameterBinding]
) -> Part | None:
    """Return the bound that is described as invalid if a range ends before it starts, or None."""
    bounds = {bound.part: bound.parameter for bound in parameters}
    if not {Part.START, Part.END} <= bounds.keys():
        return None
    start, end = bounds[Part.START], bounds[Part.END]
    if refuses_the_end(end.description, start.name, end.name):
        return Part.END
    texts = [operation.description, *(one.description for one in bounds.values())]
    texts += [
        operation.responses[status].description
        for status in ("400", "422")
        if status in operation.responses
    ]
    return Part.START if refuses_reversed(texts, start.name, end.name) else None


def details_of(
    document: Document,
    operation: Operation,
    response: Response,
    schema: Schema,
    rows: Rows,
    parts: frozenset[Part | None],
) -> dict[str, Any]:
    """Return what the schema of the rows, and the descriptions around them, say of an operation."""
    array = array_at(document, schema, rows.at)
    texts = operation.summary, operation.description, response.description, array.description
    described, most = ". ".join(texts), array.schema.get("maxItems")
    if Part.LIMIT not in parts and rows.grouping is not Grouping.ROWS:
        most = most or number_of_top(f"{(rows.at or '').rpartition('/')[2]} {described}")
    return {
        "grouping": rows.grouping,
        "rows_at": rows.at,
        "lists": rows.others,
        "content_types": rows.content_types,
        "most_rows": most if isinstance(most, int) and rows.at is not None else None,
        "interval": _interval(document, operation, array, rows),
        "with_protected": tells_protected(document, schema, rows),
        "newest_first": says("newest first", described)
        or (rows.grouping is Grouping.ROWS and says("newest first", document.description)),
        "hours": last_hours(f"{described}. {_said_around(document, schema, rows.at)}")
        if parts.isdisjoint(_OF_RANGES)
        else None,
        "has_gaps": not fills_gaps(described),
        "has_slots": not leaves_gaps(described),
        "usual_sort": ((Field.VIEWS, True),)
        if rows.grouping in _BY_TIME and says("largest first", described)
        else (),
        "refuses_pages": Part.PAGE in parts and _refuses_pages(document, operation, schema),
        "left_out": left_out_by(described, is_of_viewers=rows.grouping is Grouping.VIEWERS),
    }


_BY_TIME = frozenset({Grouping.DAYS, Grouping.HOURS, Grouping.WEEKDAYS})
_OF_DJANGO = frozenset({"count", "next", "previous", "results"})
"""The envelope of Django REST framework, in which a page after the last one is a 404."""


def _refuses_pages(document: Document, operation: Operation, schema: Schema) -> bool:
    missing = operation.responses.get("404")
    is_of_django = shape_of(document, schema).properties.keys() == _OF_DJANGO
    return missing is not None and (is_of_django or says("no page", missing.description))


_OF_RANGES = frozenset({Part.START, Part.END, Part.PRESET, Part.DATE})


def _said_around(document: Document, schema: Schema, rows_at: str | None) -> str:
    """Return the descriptions of the properties around the rows; cached by schema."""
    key = (id(document.resolve(schema)), rows_at, "said")
    if key not in document.readings:
        found = leaves(document, schema, skip=rows_at)
        document.readings[key] = ". ".join(leaf.shape.description for leaf in found)
    return str(document.readings[key])


def _interval(document: Document, operation: Operation, array: Shape, rows: Rows) -> Interval:
    """Return the interval of totals per day that the path or the start of a row has."""
    if rows.grouping is not Grouping.DAYS:
        return Interval.DAY
    if (interval := interval_of_path(operation.path)) is not None:
        return interval
    starts = [path for path, bound in rows.properties.items() if bound.field is Field.DAY]
    numbers = [path for path, bound in rows.properties.items()
               if bound.field in {Field.MONTH, Field.WEEK}]  # fmt: skip
    found = {interval_in(path.rpartition("/")[2]) for path in starts or numbers}
    units = {unit_of(leaf.names[-1], leaf.shape)
             for leaf in leaves(document, array.schema.get("items") or {}, at=f"{rows.at}/*")
             if leaf.path in starts}  # fmt: skip
    if Interval.DAY not in found and units & _WRITTEN.keys():
        return next(_WRITTEN[unit] for unit in units if unit in _WRITTEN)
    return next(
        (interval for interval in (Interval.DAY, *Interval) if interval in found), Interval.DAY
    )


_WRITTEN = {Unit.MONTH: Interval.MONTH, Unit.WEEK: Interval.WEEK}
