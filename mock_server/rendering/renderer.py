"""A schema compiled into a function from values to JSON.

The schema is walked once; what remains per row is one dictionary look-up and one conversion a
property.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mock_server.binding import Field, PropertyBinding, Shape, Variants, shape_of, variants_of
from mock_server.binding.choices import choices
from mock_server.document import Document, Schema, SchemaCompiler
from mock_server.rendering.conversions import converter
from mock_server.rendering.invention import invent

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
