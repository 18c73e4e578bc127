"""Writing field values the way a document's schemas ask for."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from mock_server.api.generate import invent
from mock_server.binding.fields import KINDS, Field, Kind, PropertyBinding, Unit
from mock_server.binding.lexicon import choices
from mock_server.binding.parameters import unit_of_number
from mock_server.clock import SECOND, to_rfc3339
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import (
    Schema,
    SchemaCompiler,
    Shape,
    Variants,
    shape_of,
    variants_of,
)

Convert = Callable[[Any], Any]

_SAFE_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exact (RFC 8259, section 6)."""


def converter(field: Field, shape: Shape, name: str) -> Convert:
    """Give the function that writes values of a field, other than None, in a shape.

    Args:
        field: What the value means.
        shape: What the document asks for.
        name: The property's name, which may tell seconds from milliseconds.
    """
    if field is Field.ROW_ID:
        return _row_id(shape)
    if field is Field.ERROR_CODE:
        return _error_code(shape)
    by_kind: dict[Kind, Callable[[], Convert]] = {
        Kind.MOMENT: lambda: _moment(shape, name),
        Kind.ID: lambda: int if "integer" in shape.types else str,
        Kind.TEXT: lambda: _text(shape),
        Kind.FLAG: lambda: _flag(field, shape),
        Kind.COUNT: lambda: _count(shape),
        Kind.CHOICE: lambda: _choice(field, shape),
    }
    return by_kind[KINDS[field]]()


def _flag(field: Field, shape: Shape) -> Convert:
    """Write a flag as such, or as the one of two words that means it."""
    if "string" not in shape.types:
        return bool
    known = choices(field, shape.schema.get("enum") or ())
    return lambda flag: known.get(str(bool(flag)).lower())


def _moment(shape: Shape, name: str) -> Convert:
    if "string" in shape.types or not shape.types:
        return _to_date if shape.schema.get("format") == "date" else to_rfc3339
    description = str(shape.schema.get("description") or "")
    if unit_of_number(name, description, shape) is Unit.SECONDS:
        return lambda moment: moment // SECOND
    return int


def _to_date(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).date().isoformat()


def _row_id(shape: Shape) -> Convert:
    if "integer" in shape.types:
        largest = min(int(shape.schema.get("maximum", _SAFE_INTEGER)), _SAFE_INTEGER)
        if shape.schema.get("format") == "int32":
            largest = min(largest, 2**31 - 1)
        return lambda identity: 1 + identity % largest
    if shape.schema.get("format") == "uuid":
        return lambda identity: str(UUID(int=identity, version=5))
    longest = shape.schema.get("maxLength", 32)
    return lambda identity: f"{identity:032x}"[:longest]


def _text(shape: Shape) -> Convert:
    longest = shape.schema.get("maxLength")
    return str if longest is None else lambda text: str(text)[:longest]


def _count(shape: Shape) -> Convert:
    """Keep a count within bounds that the document sets: the nearest it allows is no lie."""
    if "string" in shape.types and not {"integer", "number"} & shape.types:
        return str
    low, high = shape.schema.get("minimum"), shape.schema.get("maximum")
    if low is None and high is None:
        return int
    low, high = low if low is not None else -math.inf, high if high is not None else math.inf
    return lambda count: int(min(max(count, low), high))


def _error_code(shape: Shape) -> Convert:
    values = shape.schema.get("enum")
    if not values:
        return lambda status: HTTPStatus(status).name
    known = choices(Field.ERROR_CODE, values)
    return lambda status: known.get(str(int(status)))


def _choice(field: Field, shape: Shape) -> Convert:
    values = shape.schema.get("enum")
    if not values:
        return str
    known = choices(field, values)
    return known.get


Values = Mapping[Field, Any]
"""What is known: moments in epoch milliseconds, ids as integers, None for what is withheld."""

Write = Callable[[Values, Sequence[Values]], Any]

_DEEPEST = 12
_CHOICES = frozenset({Field.ACCOUNT_KIND, Field.CONTENT_TYPE})
_RESTRICTING = frozenset({"enum", "const", "pattern", "minLength", "minimum", "maximum",
                          "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})  # fmt: skip


class _Missing:
    """A property that is left out."""


_MISSING = _Missing()


class Renderer:
    """Writes answers in one schema of a document.

    Args:
        document: Where the schema's references lead.
        compiler: Compiles the schemas of restricted properties, to see whether a value fits.
        schema: What to write.
        properties: What each property path carries.
        rows_at: The path of the array that holds the rows, if there is one.
    """

    def __init__(
        self,
        document: Document,
        compiler: SchemaCompiler,
        schema: Schema,
        *,
        properties: Mapping[str, PropertyBinding],
        rows_at: str | None = None,
    ) -> None:
        self._document = document
        self._compiler = compiler
        self._properties = properties
        self._rows_at = rows_at
        self._write = self._compiled(schema, "", (), required=True)

    def render(self, values: Values, rows: Sequence[Values] = ()) -> Any:
        """Write the answer around `rows`, or a body without rows."""
        return self._write(values, rows)

    def _compiled(
        self, schema: Schema, at: str, above: tuple[int, ...], *, required: bool
    ) -> Write:
        if len(above) > _DEEPEST or above.count(id(self._document.resolve(schema))) > 1:
            return _nothing  # the schema holds itself: an end that optional properties allow
        above = (*above, id(self._document.resolve(schema)))
        variants = variants_of(self._document, schema)
        if variants is not None:
            told_by = self._properties.get(f"{at}/{variants.told_by}")
            if told_by is not None and told_by.field in _CHOICES:
                return self._varied(variants, told_by.field, at, above)
        shape = shape_of(self._document, schema)
        if shape.is_array:
            return self._array(shape, schema, at, above, required=required)
        if shape.is_object and shape.properties:
            return self._object(shape, at, above)
        bound = self._properties.get(at)
        if bound is None or bound.field is None or "const" in shape.schema:
            return self._invented(schema, at)
        return self._bound(shape, schema, at, bound.field, required=required)

    def _object(self, shape: Shape, at: str, above: tuple[int, ...]) -> Write:
        members = [
            (name, self._compiled(inner, f"{at}/{name}", above, required=name in shape.required))
            for name, inner in shape.properties.items()
        ]

        def write(values: Values, rows: Sequence[Values]) -> dict[str, Any]:
            written = ((name, member(values, rows)) for name, member in members)
            return {name: value for name, value in written if value is not _MISSING}

        return write

    def _varied(self, variants: Variants, field: Field, at: str, above: tuple[int, ...]) -> Write:
        """Write each row in the form that its value of a field asks for, or in the first."""
        by_value = {
            value: self._compiled(schema, at, above, required=True)
            for value, schema in variants.schemas.items()
        }
        otherwise = next(iter(by_value.values()))
        writers = {word: by_value[value] for word, value in choices(field, by_value).items()}
        return lambda values, rows: writers.get(str(values.get(field)), otherwise)(values, rows)

    def _array(
        self, shape: Shape, schema: Schema, at: str, above: tuple[int, ...], *, required: bool
    ) -> Write:
        items = shape.schema.get("items") or {}
        holds_bound = any(path.startswith(f"{at}/*") and bound.field for path, bound
                          in self._properties.items())  # fmt: skip
        if at != self._rows_at and not holds_bound:
            return self._invented(schema, at)
        element = self._compiled(items, f"{at}/*", above, required=required)
        if at == self._rows_at:
            return lambda _, rows: [element(row, ()) for row in rows]
        return lambda values, _: [element(values, ())]

    def _invented(self, schema: Schema, at: str) -> Write:
        shape = shape_of(self._document, schema)
        if "const" in shape.schema:
            return lambda _values, _rows: shape.schema["const"]

        def write(values: Values, _: Sequence[Values]) -> Any:
            return invent(self._document, schema, f"{values.get(Field.ROW_ID, '')}{at}")

        return write

    def _bound(
        self, shape: Shape, schema: Schema, at: str, field: Field, *, required: bool
    ) -> Write:
        convert = converter(field, shape, at.rpartition("/")[2])
        withheld = self._withheld(shape, schema, at, required=required)
        if not _RESTRICTING & shape.schema.keys():

            def write(values: Values, rows: Sequence[Values]) -> Any:
                value = values.get(field)
                return withheld(values, rows) if value is None else convert(value)

            return write

        is_valid = self._compiler.validator(schema).is_valid

        def write_checked(values: Values, rows: Sequence[Values]) -> Any:
            value = values.get(field)
            written = None if value is None else convert(value)
            return written if written is not None and is_valid(written) else withheld(values, rows)

        return write_checked

    def _withheld(self, shape: Shape, schema: Schema, at: str, *, required: bool) -> Write:
        """Say what stands for a value that is not known: null, nothing, empty, or invented."""
        if shape.is_nullable:
            return lambda _values, _rows: None
        if not required:
            return _nothing
        if "string" in shape.types and self._compiler.validator(schema).is_valid(""):
            return lambda _values, _rows: ""
        return self._invented(schema, at)


def _nothing(_values: Values, _rows: Sequence[Values]) -> _Missing:
    return _MISSING
