"""Writes requests and reads responses by the binding of a document."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from requests.utils import parse_header_links

from contract_tests.errors import NotCheckedError
from contract_tests.wire.response import Response
from contract_tests.wire.transports import pairs_of
from contract_tests.wire.wire import Wire
from mock_server import (
    Binding,
    Document,
    Field,
    Operation,
    OperationBinding,
    ParameterBinding,
    Part,
    Unit,
)

DAY = 86_400_000
"""Milliseconds."""

_SECONDS_END = 100_000_000_000
"""Smaller numbers are seconds since 1970, up to the year 5138; others are milliseconds."""


@dataclass(frozen=True)
class Reading:
    """A response, read by the binding."""

    response: Response
    values: Mapping[Field, Any]
    """Values outside the rows and in headers, by field."""
    raw: tuple[Any, ...]
    """The raw rows."""
    places: "Places | None" = None
    """The fields to read from each row; None if `raw` contains fields already."""

    @cached_property
    def rows(self) -> tuple[Mapping[Field, Any], ...]:
        """The rows by field; missing properties are missing here too."""
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
        return wire.send(
            method or self.method,
            self.path,
            query=self.query or None,
            headers=self.headers,
            is_shared=is_shared,
        )


def request_of(operation: Operation, texts: Mapping[str, str]) -> Request:
    """Return a request for an operation, with parameter values by name.

    Raises:
        NotCheckedError: If a required parameter has no value.
    """
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
        if (part := parameter.part) in values and part is not None:
            is_better = part in chosen and chosen[part].edge in _BEYOND and not parameter.edge
            if part not in chosen or is_better:
                chosen[part] = parameter
    return {
        parameter.parameter.name: _written_by(parameter, values[part])
        for part, parameter in chosen.items()
    }


_BEYOND = frozenset({"gt", "lt"})
"""Comparisons that exclude their value."""


def _written_by(parameter: ParameterBinding, value: Any) -> str:
    """Format a value for a parameter, whose bound may be excluded from the range."""
    if parameter.edge in _BEYOND and isinstance(value, date):
        is_end = parameter.part is Part.END
        if is_end and value < date.max:
            return written(value + timedelta(days=1), parameter.unit, is_end=False)
        if not is_end and value > date.min:
            return written(value - timedelta(days=1), parameter.unit, is_end=True)
    return written(value, parameter.unit, is_end=parameter.part is Part.END)


def send(
    wire: Wire, bound: OperationBinding, values: Mapping[Part, Any], *, is_shared: bool = True
) -> Response:
    """Send a request to a bound operation. The end of a range of dates is inclusive.

    Values for parameters that the operation does not have are ignored.

    Raises:
        NotCheckedError: If a required parameter has no value.
    """
    return request_of(bound.operation, texts(bound, values)).send(wire, is_shared=is_shared)


def send_any(wire: Wire, bound: OperationBinding) -> Response:
    """Send a request to a bound operation with the target's configured ids and keys.

    Raises:
        NotCheckedError: If a required parameter has no value.
    """
    known = {Part.CONTENT_ID: wire.target.content_id, Part.SPACE_KEY: wire.target.space_key}
    return send(wire, bound, {part: value for part, value in known.items() if value})


def examples_of(document: Document, field: Field, binding: Binding) -> Iterator[str]:
    """Yield the document's examples for a field of rows, and for parameters of the same name."""
    names = {
        path.rpartition("/")[2]
        for bound in binding.operations.values()
        for path, prop in bound.properties.items()
        if prop.field is field
    }
    found: dict[str, None] = {}

    def look(node: Any) -> None:
        if isinstance(node, Mapping):
            if node.get("name") in names and node.get("example") is not None:
                found[str(node["example"])] = None
            for name, value in node.items():
                if name in names and isinstance(value, str | int):
                    found[str(value)] = None
                look(value)
        elif isinstance(node, list):
            for item in node:
                look(item)

    look(document.content)
    yield from found


def send_again(
    wire: Wire, response: Response, *, method: str | None = None, url: str | None = None
) -> Response:
    """Repeat the request of a response."""
    request, operation = response.raw.request, response.operation
    parts = urlsplit(urljoin(str(request.url), url or ""))
    declared = operation.parameters if operation else ()
    names = {parameter.name.lower() for parameter in declared if parameter.location == "header"} - {
        "authorization"
    }
    repeated = [(name, value) for name, value in pairs_of(request.headers) if name.lower() in names]
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return wire.send(method or str(request.method), path, headers=repeated, from_root=True)


def read(bound: OperationBinding, response: Response) -> Reading:
    """Read a successful response by the binding; the first of two properties for a field counts.

    A response without rows that contains views is read as a single row. The result is cached, so
    do not change it.

    Raises:
        NotCheckedError: If the response is not successful, or its body does not match the binding.
    """
    known: Reading | None = response.readings.get(bound.operation.id)
    if known is None:
        known = response.readings[bound.operation.id] = _read(bound, response)
    return known


def _read(bound: OperationBinding, response: Response) -> Reading:
    if response.status != bound.status:
        raise NotCheckedError(
            f"{bound.operation.id}: expected {bound.status}, got {response.status}."
        )
    try:
        body = response.json()
    except ValueError as error:
        raise NotCheckedError(f"{bound.operation.id}: the body is not JSON: {error}.") from error
    begin = None if bound.rows_at is None else f"{bound.rows_at}/*"
    inside: list[tuple[Sequence[str], Field]] = []
    around: list[tuple[Sequence[str], Field]] = []
    for path, prop in bound.properties.items():
        if prop.field is not None and begin is not None and path.startswith(begin):
            inside.append((_steps(path.removeprefix(begin)), prop.field))
        elif prop.field is not None and "*" not in path:
            around.append((_steps(path), prop.field))
    known = {
        prop.field: value
        for name, prop in bound.headers.items()
        if prop.field is not None and (value := _header(response, name)) is not None
    }
    values = {**known, **_fields(body, around)}
    if bound.rows_at is None:
        lasting = {field: value for field, value in values.items() if field is not Field.TIMESTAMP}
        return Reading(response, values, (lasting,) if Field.VIEWS in values else ())
    found = _at(body, _steps(bound.rows_at))
    if not isinstance(found, list):
        raise NotCheckedError(f"{bound.operation.id}: expected an array at {bound.rows_at!r}.")
    return Reading(response, values, tuple(found), inside)


def _header(response: Response, name: str) -> str | None:
    """Return the value of a header; of `Link`, the URL of the next page."""
    value = response.headers.get(name)
    if value is None or name.casefold() != "link":
        return value
    links = parse_header_links(value)
    return next((link["url"] for link in links if link.get("rel") == "next"), None)


def written(value: Any, unit: Unit | None, *, is_end: bool) -> str:
    """Format a value for a parameter; the end of a range is the last moment of its day."""
    if not isinstance(value, date):
        return str(value)
    if unit is Unit.MONTH:
        return f"{value:%Y-%m}"
    if unit in {None, Unit.DATE, Unit.FREE}:
        return value.isoformat()
    moment = midnight_of(value) + (DAY - 1 if is_end else 0)
    if unit is Unit.MILLISECONDS:
        return str(moment)
    if unit is Unit.SECONDS:
        return str(moment // 1_000)
    return f"{value}T23:59:59.999Z" if is_end else f"{value}T00:00:00Z"


def moment_of(value: Any) -> int | None:
    """Return the epoch milliseconds of a value; None if it is not a time."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return round(value * 1_000 if abs(value) < _SECONDS_END else value)
    return _moment_of_text(str(value))


_MONTH = re.compile(r"\d{4}-\d{2}")


@lru_cache(maxsize=100_000)
def _moment_of_text(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
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


Places = Sequence[tuple[Sequence[str], Field]]
"""Paths of properties, and the fields that they belong to."""

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
