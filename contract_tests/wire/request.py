"""Writes requests and reads responses by the binding of a document."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from requests.utils import parse_header_links

from contract_tests.errors import NotCheckedError
from contract_tests.wire.response import Response
from contract_tests.wire.transports import pairs_of
from contract_tests.wire.wire import Wire
from mock_server import Field, Operation, OperationBinding, ParameterBinding, Part, Unit

DAY = 86_400_000
"""Milliseconds."""

_SECONDS_END = 100_000_000_000
"""Smaller numbers are seconds since 1970, up to the year 5138; others are milliseconds."""


Row = Mapping[Field, Any]
"""The values of a row by field; missing properties are missing here too."""

Places = Sequence[tuple[Sequence[str], Field]]
"""Paths of properties, and the fields that they belong to."""


@dataclass(frozen=True)
class Reading:
    """A response, read by the binding."""

    response: Response
    values: Row
    """Values outside the rows and in headers."""
    raw: tuple[Any, ...]
    """The raw rows."""
    places: Places | None = None
    """The fields to read from each row; None if `raw` contains fields already."""

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows by field."""
        places = self.places
        return self.raw if places is None else tuple([_fields(row, places) for row in self.raw])

    def times(self) -> tuple[int, ...]:
        """Return the times of the rows that have one, in epoch milliseconds, in row order."""
        moments = (moment_of(row.get(Field.TIME, row.get(Field.DAY))) for row in self.rows)
        return tuple(moment for moment in moments if moment is not None)


@dataclass(frozen=True)
class Request:
    """The arguments of a request for `Wire.send`."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def send(self, wire: Wire, *, method: str | None = None, is_shared: bool = True) -> Response:
        """Send it with the valid token; by default, share the response with equal requests."""
        query, headers = self.query or None, self.headers
        method = method or self.method
        return wire.send(method, self.path, query=query, headers=headers, is_shared=is_shared)


def request_of(operation: Operation, texts: Mapping[str, str]) -> Request:
    """Return a request for an operation, with parameter values by name."""
    path, query, headers = operation.path, [], []
    for parameter in operation.parameters:
        if parameter.name in texts:
            text = texts[parameter.name]
        elif parameter.required:
            text = _any_value(parameter.name, parameter.schema)
        else:
            continue
        if parameter.location == "path":
            path = path.replace(f"{{{parameter.name}}}", quote(text, safe=""))
        elif parameter.location == "query":
            query.append((parameter.name, text))
        elif parameter.location == "header":
            headers.append((parameter.name, text))
    return Request(operation.method, path, tuple(query), tuple(headers))


def texts(bound: OperationBinding, values: Mapping[Part, Any]) -> dict[str, str]:
    """Return values as texts, by the names of the parameters that they belong to.

    Of several parameters with the same role, such as `after` and `strictly_after`, one is used.
    """
    chosen: dict[Part, ParameterBinding] = {}
    for parameter in bound.parameters:
        if (part := parameter.part) is not None and part in values:
            before = chosen.get(part)
            if before is None or (before.edge in _BEYOND and not parameter.edge):
                chosen[part] = parameter
    return {each.parameter.name: _written(each, values[part]) for part, each in chosen.items()}


_BEYOND = frozenset({"gt", "lt"})
"""Comparisons that exclude their value."""


def _written(parameter: ParameterBinding, value: Any) -> str:
    """Format a value; the end of a range is the last moment of its day, or the next if excluded."""
    if not isinstance(value, date):
        return str(value)
    day, unit, is_end = value, parameter.unit, parameter.part is Part.END
    if parameter.edge in _BEYOND and day != (date.max if is_end else date.min):
        day += timedelta(days=1 if is_end else -1)
        is_end = not is_end
    if parameter.form is not None:
        last = time(23, 59, 59) if is_end else time()
        return f"{datetime.combine(day, last):{parameter.form}}"
    if unit is Unit.MONTH:
        return f"{day:%Y-%m}"
    if unit in {None, Unit.DATE, Unit.FREE}:
        return str(day)
    moment = midnight_of(day) + (DAY - 1 if is_end else 0)
    if unit in {Unit.MILLISECONDS, Unit.SECONDS}:
        return str(moment if unit is Unit.MILLISECONDS else moment // 1_000)
    return f"{day}T23:59:59.999Z" if is_end else f"{day}T00:00:00Z"


def send(
    wire: Wire, bound: OperationBinding, values: Mapping[Part, Any], *, is_shared: bool = True
) -> Response:
    """Send a request to a bound operation. The end of a range of dates is inclusive.

    Values for parameters that the operation does not have are ignored.
    """
    return request_of(bound.operation, texts(bound, values)).send(wire, is_shared=is_shared)


def send_again(
    wire: Wire, response: Response, *, method: str | None = None, url: str | None = None
) -> Response:
    """Repeat the request of a response."""
    request = response.raw.request
    parts = urlsplit(urljoin(str(request.url), url or ""))
    declared = response.operation.parameters if response.operation else ()
    names = {one.name.lower() for one in declared if one.location == "header"} - {"authorization"}
    repeated = [(name, value) for name, value in pairs_of(request.headers) if name.lower() in names]
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return wire.send(method or str(request.method), path, headers=repeated, from_root=True)


def read(bound: OperationBinding, response: Response) -> Reading:
    """Read a successful response by the binding; the first of two properties for a field counts.

    A response without rows that contains views is read as a single row. The result is cached, so
    do not change it.
    """
    known: Reading | None = response.readings.get(bound.operation.id)
    if known is None:
        known = response.readings[bound.operation.id] = _read(bound, response)
    return known


def _read(bound: OperationBinding, response: Response) -> Reading:
    name, rows_at = bound.operation.id, bound.rows_at
    if response.status != bound.status:
        raise NotCheckedError(f"{name}: expected {bound.status}, got {response.status}.")
    try:
        body = response.json()
    except ValueError as error:
        raise NotCheckedError(f"{name}: the body is not JSON: {error}.") from error
    values: dict[Field, Any] = {}
    for header, prop in bound.headers.items():
        if prop.field is not None and (value := _header(response, header)) is not None:
            values[prop.field] = value
    places = [(path, prop.field) for path, prop in bound.properties.items() if prop.field]
    values |= _fields(body, [(_steps(path), field) for path, field in places if "*" not in path])
    if rows_at is None:
        lasting = {field: value for field, value in values.items() if field is not Field.TIMESTAMP}
        return Reading(response, values, (lasting,) if Field.VIEWS in values else ())
    found = _at(body, _steps(rows_at))
    if not isinstance(found, list):
        raise NotCheckedError(f"{name}: expected an array at {rows_at!r}.")
    begin = f"{rows_at}/*"
    inside = ((path.removeprefix(begin), field) for path, field in places if path.startswith(begin))
    return Reading(response, values, tuple(found), [(_steps(path), one) for path, one in inside])


def _header(response: Response, name: str) -> str | None:
    """Return the value of a header; of `Link`, the URL of the next page."""
    value = response.headers.get(name)
    if value is None or name.casefold() != "link":
        return value
    links = parse_header_links(value)
    return next((link["url"] for link in links if link.get("rel") == "next"), None)


def moment_of(value: Any) -> int | None:
    """Return the epoch milliseconds of a value; None if it is not a time."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return round(value * 1_000 if abs(value) < _SECONDS_END else value)
    return _moment_of_text(str(value))


@lru_cache(maxsize=100_000)
def _moment_of_text(text: str) -> int | None:
    is_month = re.fullmatch(r"\d{4}-\d{2}", text)
    try:
        moment = datetime.fromisoformat(f"{text}-01" if is_month else text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def count_of(value: Any) -> int | None:
    """Return a number or numeric text (as in headers) as an integer; None for other values."""
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,18}", str(value)):
        return None
    return int(value)


def midnight_of(day: date) -> int:
    """Return the first epoch millisecond of a UTC day."""
    return (day - date(1970, 1, 1)).days * DAY


def day_of(moment: int) -> date:
    """Return the UTC day of an epoch millisecond."""
    return date(1970, 1, 1) + timedelta(days=moment // DAY)


_NOTHING = object()


def _steps(path: str) -> Sequence[str]:
    return path.split("/")[1:]


def _fields(value: Any, places: Places) -> dict[Field, Any]:
    fields: dict[Field, Any] = {}
    for steps, field in places:
        if field not in fields and (found := _at(value, steps)) is not _NOTHING:
            fields[field] = found
    return fields


def _at(value: Any, steps: Sequence[str]) -> Any:
    """Return the value at a path, or `_NOTHING`."""
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return _NOTHING
        value = value[step]
    return value


def _any_value(name: str, schema: Mapping[str, Any]) -> str:
    for value in (schema.get("example"), schema.get("default"), *(schema.get("enum") or ())):
        if value is not None:
            return str(value)
    raise NotCheckedError(f"No value is known for the required parameter {name}.")
