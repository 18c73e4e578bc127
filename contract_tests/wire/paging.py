"""Requests pages of a report by offset, page number, cursor or link, depending on the binding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.errors import NotCheckedError
from contract_tests.wire.request import Reading, count_of, read, send, send_again
from contract_tests.wire.response import Response
from contract_tests.wire.wire import Wire
from mock_server import Document, Field, OperationBinding, Part, shape_of

_MANY_ROWS = 500
"""Maximum page size to request: larger pages are slow and reveal nothing more."""


@dataclass(frozen=True)
class Walk:
    """The first pages of a report."""

    readings: tuple[Reading, ...]
    limit: int | None
    """The requested page size; None if the operation has no such parameter."""
    is_whole: bool
    """Whether the last of them is the last page, by its length or its link."""

    @property
    def rows(self) -> tuple[Mapping[Field, Any], ...]:
        """The rows of all pages, in order."""
        return tuple(row for reading in self.readings for row in reading.rows)

    @property
    def raw(self) -> tuple[Any, ...]:
        """The raw rows of all pages, in order."""
        return tuple(row for reading in self.readings for row in reading.raw)


def walk(
    wire: Wire, bound: OperationBinding, values: Mapping[Part, Any], *, limit: int | None, most: int
) -> Walk:
    """Request up to `most` pages, one after the other, of the default size if `limit` is None."""
    limit = limit if bound.parameter(Part.LIMIT) else None
    sent = {**values, Part.LIMIT: limit} if limit is not None else values
    readings = [read(bound, send(wire, bound, sent))]
    turns = turns_by(bound)
    while not (is_last := _is_last(bound, readings[-1], limit)) and turns and len(readings) < most:
        readings.append(read(bound, _next(wire, bound, sent, readings)))
    return Walk(tuple(readings), limit, is_last)


def _is_last(bound: OperationBinding, reading: Reading, limit: int | None) -> bool:
    """Return whether a page, requested with this limit, is the last one."""
    turns, rows = turns_by(bound), len(reading.rows)
    if turns is None and bound.most_rows is not None:  # such as the ten most viewed contents
        return rows < bound.most_rows
    if isinstance(turns, Field):
        return not reading.values.get(turns)
    size = _size(reading, limit)
    if size is None:
        return turns is None or not rows
    return rows < size


def turns_by(bound: OperationBinding) -> Part | Field | None:
    """Return the parameter or the response field for the next page; None if there is none."""
    for part in (Part.OFFSET, Part.PAGE):
        if bound.parameter(part) is not None:
            return part
    if bound.parameter(Part.CURSOR) is not None and Field.NEXT_CURSOR in bound.envelope:
        return Field.NEXT_CURSOR
    return Field.NEXT if Field.NEXT in bound.envelope else None


def limits_of(bound: OperationBinding, document: Document) -> tuple[int, ...]:
    """Return the page sizes up to 500 that an operation accepts, in ascending order."""
    parameter = bound.parameter(Part.LIMIT)
    if parameter is None:
        raise NotCheckedError(f"{bound.operation.id} has no parameter for the page size.")
    schema = shape_of(document, parameter.parameter.schema).schema
    if "enum" in schema:
        counts = map(count_of, schema["enum"])
        return tuple(sorted(count for count in counts if count is not None))
    most = _MANY_ROWS if parameter.most is None else parameter.most
    beyond = schema.get("exclusiveMaximum", False)
    if beyond is not False:  # a number since OpenAPI 3.1, a boolean before
        most = min(most, (most if beyond is True else beyond) - 1)
    least = max(1, schema.get("minimum", 1))
    return tuple(range(int(least), min(int(most), _MANY_ROWS) + 1))


def _next(
    wire: Wire, bound: OperationBinding, values: Mapping[Part, Any], readings: list[Reading]
) -> Response:
    turns, last = turns_by(bound), readings[-1]
    if turns is Field.NEXT:
        return send_again(wire, last.response, url=str(last.values[turns]))
    if turns is Part.OFFSET:
        step = _size(readings[0], values.get(Part.LIMIT)) or len(readings[0].rows)
        more: dict[Part, Any] = {turns: step * len(readings)}
    elif turns is Part.PAGE:
        paged = bound.parameter(turns)
        more = {turns: (paged.first if paged else 0) + len(readings)}
    else:
        more = {Part.CURSOR: last.values[Field.NEXT_CURSOR]}
    return send(wire, bound, {**values, **more})


def _size(reading: Reading, limit: int | None) -> int | None:
    """Return the size of a full page: the requested one, unless the server declares a smaller one."""
    declared = count_of(reading.values.get(Field.LIMIT))
    if limit is None:
        return declared or None
    is_smaller = declared and declared < limit and len(reading.rows) == declared
    return declared if is_smaller else limit
