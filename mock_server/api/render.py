"""Render field values according to a document's schemas.

A renderer is compiled once per schema. It knows which fields each part of a row depends on. Parts
that depend only on a row's content and account are rendered once and reused for other rows.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from mock_server.api.convert import converter, relative
from mock_server.api.generate import invent, offered
from mock_server.api.writers import (
    MISSING,
    NO_ROWS,
    NOTHING,
    WHERE,
    RowWriter,
    Values,
    Write,
    Writer,
    by_parameter,
    fields_of,
    links_writer,
    list_writer,
    write_location,
)
from mock_server.binding.anonymous import is_for_known
from mock_server.binding.descriptions import number_of_top, word_for_protected
from mock_server.binding.fields import KEYS, LINKS, Field, Grouping, Kind
from mock_server.binding.lexicon import choices
from mock_server.binding.model import PropertyBinding
from mock_server.data.fields import Rows
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import Schema, Shape, Variants, shape_of, variants_of, with_links
from mock_server.openapi.validators import validator_of

_NOBODY: Values = {Field.VIEWS: 0, Field.VIEWERS: 0}
_TEXT = Shape({"type": "string"}, frozenset({"string"}), is_nullable=False)
_DEEPEST = 12
_MOST_STEPS = 500
"""Properties rendered in any case; other optional ones are rendered only if required."""
_CHOICES = frozenset({Field.ACCOUNT_KIND, Field.CONTENT_TYPE})
_RESTRICTING = frozenset({"enum", "const", "pattern", "minLength", "minimum", "maximum",
                          "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})  # fmt: skip
_IDENTIFYING = frozenset({Field.ACCOUNT, Field.CONTENT_ID, Field.SPACE_KEY})
"""Fields that identify an object; omitting one would change the meaning."""
_NAMING = frozenset({Field.ACCOUNT, Field.ACCOUNT_NAME})


class Renderer:
    """Render responses in one schema of a document.

    Args:
        document: Resolves the schema's references.
        schema: The schema to render.
        properties: The binding of each property path.
        rows_at: The path of the array of rows, if there is one.
        lists: The grouping of secondary arrays and of objects by key, by path; their rows are among
            the values under these paths.
        is_sparse: Whether to omit optional properties without a known value.
    """

    def __init__(
        self,
        document: Document,
        schema: Schema,
        *,
        properties: Mapping[str, PropertyBinding],
        rows_at: str | None = None,
        lists: Mapping[str, Grouping] = MappingProxyType({}),
        is_sparse: bool = False,
    ) -> None:
        self._is_sparse = is_sparse
        self._document = document
        self._properties = properties
        self._rows_at = rows_at
        self._lists = lists
        bound = {path for path, binding in properties.items() if binding.field is not None}
        self._seeds = _seeds_of(properties)
        self._fields = {
            binding.field for binding in properties.values() if binding.field is not None
        }
        self._needed = frozenset(above for path in {*bound, *self._lists, rows_at or ""}
                                 for above in _paths_to(path))  # fmt: skip
        self._steps = 0
        self._writer = self._compiled(schema, "", (), required=True)

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that it may read from rows and values."""
        return self._writer.fields

    def render(self, values: Values, rows: Rows = NO_ROWS) -> Any:
        """Render the response with `rows`, or a body without rows."""
        return self._writer.write(values, rows)

    def _compiled(
        self, schema: Schema, at: str, above: tuple[int, ...], *, required: bool
    ) -> Writer:
        if len(above) > _DEEPEST or above.count(id(self._document.resolve(schema))) > 1:
            return NOTHING  # a recursive schema; optional properties end it
        self._steps += 1
        if self._steps > _MOST_STEPS and at not in self._needed:
            return self._invented(schema, at) if required else NOTHING
        above = (*above, id(self._document.resolve(schema)))
        variants = variants_of(self._document, schema)
        if variants is not None:
            bound = self._properties.get(f"{at}/{variants.property_name}")
            if bound is not None and bound.field in _CHOICES:
                return self._varied(variants, bound.field, at, above)
        shape = with_links(self._document, shape_of(self._document, schema), at)
        if shape.is_array:
            return self._array(shape, schema, at, above, required=required)
        if shape.is_object:
            return self._of_names(shape, schema, at, above, required=required)
        return self._leaf(shape, schema, at, required=required)

    def _of_names(
        self, shape: Shape, schema: Schema, at: str, above: tuple[int, ...], *, required: bool
    ) -> Writer:
        """Render an object by its properties, or by the keys of its totals or errors."""
        if at in self._lists:
            return self._by_key(shape, at, above)
        if shape.properties:
            return self._object(shape, at, above, required=required)
        if self._is_sparse and f"{at}/*" in self._needed:
            messages = shape.schema["additionalProperties"]
            return by_parameter(self._compiled(messages, f"{at}/*", above, required=True))
        return self._leaf(shape, schema, at, required=required)

    def _leaf(self, shape: Shape, schema: Schema, at: str, *, required: bool) -> Writer:
        bound = self._properties.get(at)
        if bound is None or bound.field is None or "const" in shape.schema:
            return self._invented(schema, at, required=required or not self._is_sparse)
        return self._bound(shape, schema, at, bound.field, required=required)

    def _object(self, shape: Shape, at: str, above: tuple[int, ...], *, required: bool) -> Writer:
        link = self._link_in(shape, at)
        writers = {
            name: self._compiled(inner, f"{at}/{name}", above, required=name in shape.required)
            for name, inner in shape.properties.items()
            if not link or name in {link, *shape.required}
        }
        of_people, within = self._of_people(shape, at), fields_of(writers.values())

        def write(values: Values, rows: Rows) -> dict[str, Any]:
            is_nobody = bool(of_people) and _is_nobody(values)
            written = [(name, writer.write(values, rows)) for name, writer in writers.items()
                       if not (is_nobody and name in of_people)]  # fmt: skip
            return {name: value for name, value in written if value is not MISSING}

        is_row = not at or at.endswith("/*")
        if is_row or (required and not shape.is_nullable):
            return Writer(write, within, members=writers)
        absent = None if shape.is_nullable else MISSING
        is_of_account = Field.ACCOUNT in {self._field_at(f"{at}/{name}") for name in writers}
        identities = self._identities(shape, at, link)
        for_known = is_of_account and is_for_known(
            self._document, shape, within, self._fields, is_optional=True
        )

        def write_if_known(values: Values, rows: Rows) -> Any:
            is_nobody = for_known and bool(values.get(Field.IS_ANONYMOUS))
            is_unknown = is_nobody or any(values.get(field) is None for field in identities)
            written = absent if is_unknown else write(values, rows)
            return written if written or not is_of_account else absent

        if identities or for_known or is_of_account:
            return Writer(write_if_known, within | identities)
        return Writer(write, within, members=writers)

    def _field_at(self, path: str) -> Field | None:
        bound = self._properties.get(path)
        return None if bound is None else bound.field

    def _by_key(self, shape: Shape, at: str, above: tuple[int, ...]) -> Writer:
        """Render totals as an object, by the names of what they are of."""
        field, declared = KEYS[self._lists[at]], shape.properties
        if declared and not choices(field, declared):
            return self._top(shape, at, above)
        totals = next(iter(declared.values()), shape.schema.get("additionalProperties") or {})
        element = self._compiled(totals, f"{at}/*", above, required=True)
        names = choices(field, declared)
        name_of = names.get if declared else converter(field, _TEXT, "")

        def write(values: Values, _: Rows) -> dict[str, Any]:
            found = {name_of(row[field]): element.write(row, NO_ROWS)
                     for row in values.get(at, ()) if row[field] is not None}  # fmt: skip
            missing = [name for name in names.values() if name not in found]
            return found | {name: element.write(_NOBODY, NO_ROWS) for name in missing}

        return Writer(write, frozenset())

    def _top(self, shape: Shape, at: str, above: tuple[int, ...]) -> Writer:
        """Render the first of the totals, such as the most viewed content."""
        element = self._object(shape, f"{at}/*", above, required=True)
        absent = None if shape.is_nullable else MISSING

        def write(values: Values, _: Rows) -> Any:
            first = next(iter(values.get(at, ())), None)
            return absent if first is None else element.write(first, NO_ROWS)

        return Writer(write, frozenset())

    def _of_people(self, shape: Shape, at: str) -> frozenset[str]:
        """Return the properties to omit if a viewer is nobody: made up ones beside an account."""
        fields = {name: self._properties[f"{at}/{name}"].field
                  for name in shape.properties if f"{at}/{name}" in self._properties}  # fmt: skip
        if at.endswith("/*") or Field.ACCOUNT not in fields.values():
            return frozenset()
        known = {name for name, field in fields.items() if field is not None}
        return frozenset(shape.properties) - known - shape.required

    def _link_in(self, shape: Shape, at: str) -> str | None:
        """Return the name of the URL in an object that is a link; its other properties describe it."""
        urls = [name for name in shape.properties if name.casefold() in {"href", "url", "uri"}]
        bound = self._properties.get(f"{at}/{urls[0]}") if urls else None
        return urls[0] if bound is not None and bound.field in LINKS else None

    def _identities(self, shape: Shape, at: str, link: str | None) -> frozenset[Field]:
        """Return the fields without which an object cannot be rendered as the document requires."""
        names = [name for name in {*shape.required, *filter(None, (link,))}
                 if not shape_of(self._document, shape.properties[name]).is_nullable]  # fmt: skip
        bound = (self._properties.get(f"{at}/{name}") for name in names)
        fields = {
            binding.field for binding in bound if binding is not None and binding.field is not None
        }
        return frozenset(fields & {Field.ACCOUNT, Field.PARENT_ID, Field.BUSIEST_DAY, *LINKS})

    def _varied(self, variants: Variants, field: Field, at: str, above: tuple[int, ...]) -> Writer:
        """Render each row with the variant for its value of a field, or with the first variant."""
        by_value = {
            value: self._compiled(schema, at, above, required=True)
            for value, schema in variants.schemas.items()
        }
        otherwise = next(iter(by_value.values()))
        writers = {word: by_value[value] for word, value in choices(field, by_value).items()}
        return Writer(
            lambda values, rows: writers.get(str(values.get(field)), otherwise).write(values, rows),
            fields_of(by_value.values()) | {field},
        )

    def _array(
        self, shape: Shape, schema: Schema, at: str, above: tuple[int, ...], *, required: bool
    ) -> Writer:
        items = shape.schema.get("items") or {}
        if at not in {self._rows_at, *self._lists} and f"{at}/*" not in self._needed:
            return self._invented(schema, at, required=required or not self._is_sparse)
        element = self._compiled(items, f"{at}/*", above, required=required)
        if at == self._rows_at:
            return Writer(RowWriter(element).write, element.fields)
        if Field.SELF in element.fields and "*" not in at:
            return Writer(links_writer(element), element.fields | LINKS)
        if at.endswith("/loc") and Field.ERROR_PARAMETER in element.fields:  # the format of FastAPI
            return Writer(write_location, WHERE)
        if at in self._lists:
            named = number_of_top(f"{at.rpartition('/')[2]} {shape.description}")
            most = shape.schema.get("maxItems", named)
            return Writer(list_writer(element, at, most), frozenset())
        return Writer(lambda values, _: [element.write(values, NO_ROWS)], element.fields)

    def _invented(self, schema: Schema, at: str, *, required: bool = True) -> Writer:
        shape = shape_of(self._document, schema)
        if not required and not offered(self._document, schema):
            return NOTHING
        if "const" in shape.schema:
            return Writer(lambda _values, _rows: shape.schema["const"], frozenset())

        seed = self._seed_at(at)

        def write(values: Values, _: Rows) -> Any:
            key = values.get(seed, "")
            if key is None and seed is Field.ROW_ID:
                return MISSING
            return invent(self._document, schema, f"{key}{at}")

        return Writer(write, frozenset({seed}))

    def _seed_at(self, at: str) -> Field:
        """Return the field that a generated value depends on: the id of an object, or of the row."""
        return next((self._seeds[up] for up in _paths_to(at) if up in self._seeds), Field.ROW_ID)

    def _bound(
        self, shape: Shape, schema: Schema, at: str, field: Field, *, required: bool
    ) -> Writer:
        around, _, name = at.rpartition("/")
        base = self._properties.get(f"{around}/base")
        is_based = field in LINKS and base is not None and base.field is Field.LINK_BASE
        convert = relative if is_based else converter(field, shape, name)
        otherwise = self._withheld(shape, schema, at, required=required)
        form = shape.schema.get("format")
        is_text = "string" in shape.types and field.kind in {Kind.TEXT, Kind.COUNT}
        is_narrow = (
            form is not None and (is_text or (form == "int32" and field.kind is Kind.MOMENT))
        ) or (field.kind is Kind.MOMENT and "maxLength" in shape.schema)
        for_known = field in _NAMING and is_for_known(self._document, shape, (), self._fields)
        known, stand_in = (
            convert,
            word_for_protected(shape.description) if field in _NAMING else None,
        )

        def convert_restricted(value: Any) -> Any:
            written = convert(value)
            if written is not None and validator.is_valid(written):
                return written
            if (shape.is_nullable or not required) and field not in _IDENTIFYING:
                return otherwise({}, NO_ROWS)
            # Always map to the same value; an unknown content type becomes a page.
            usual = convert("page") if field is Field.CONTENT_TYPE else None
            return usual or invent(self._document, schema, f"{field} {value}")

        if is_narrow or _RESTRICTING & shape.schema.keys():
            validator, known = validator_of(self._document, schema), convert_restricted

        def write(values: Values, rows: Rows) -> Any:
            value = values.get(field)
            if for_known and values.get(Field.IS_ANONYMOUS):
                value = None
            if value is None and stand_in is not None and values.get(Field.IS_PROTECTED):
                return stand_in
            return otherwise(values, rows) if value is None else known(value)

        return Writer(write, frozenset({field}), convert=known)

    def _withheld(self, shape: Shape, schema: Schema, at: str, *, required: bool) -> Write:
        """Choose a replacement for an unknown value: null, nothing, empty or generated."""
        own = self._document.resolve(schema)  # without a type, `nullable` is ambiguous
        is_doubtful = isinstance(own, Mapping) and "nullable" in own and "type" not in own
        if shape.is_nullable and (required or not is_doubtful):
            return lambda _values, _rows: None
        if not required:
            return NOTHING.write
        if "string" in shape.types and validator_of(self._document, schema).is_valid(""):
            return lambda _values, _rows: ""
        return self._invented(schema, at).write


def _is_nobody(values: Values) -> bool:
    """Return whether a viewer is protected or anonymous."""
    return values.get(Field.ACCOUNT) is None or bool(values.get(Field.IS_ANONYMOUS))


def _paths_to(path: str) -> Iterator[str]:
    """Yield a path and its parents."""
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


def _seeds_of(properties: Mapping[str, PropertyBinding]) -> dict[str, Field]:
    """Return the identifying field of each object within a row, such as a content, by path."""
    fields: defaultdict[str, set[Field | None]] = defaultdict(set)
    for path, binding in properties.items():
        if "*" in path:
            fields[path.rpartition("/")[0]].add(binding.field)
    seeds = {}
    for at, within in fields.items():
        objects = within & {Field.ACCOUNT, Field.CONTENT_ID} or within & {Field.SPACE_KEY}
        if len(objects) == 1 and Field.TIME not in within and not at.endswith("/*"):
            seeds[at] = next(filter(None, objects))
    return seeds
