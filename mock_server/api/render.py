"""Render field values according to a document's schemas.

A renderer is compiled once per schema. It knows which fields each part of a row depends on. Parts
that depend only on a row's content and account are rendered once and reused for other rows.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from mock_server.api.convert import Convert, converter, relative
from mock_server.api.generate import invent, offered
from mock_server.api.writers import (
    MISSING,
    NO_ROWS,
    NOTHING,
    RowWriter,
    Values,
    Write,
    Writer,
    by_parameter,
    fields_of,
    links_writer,
    list_writer,
    location_writer,
    numbered_links_writer,
)
from mock_server.binding.anonymous import is_for_known
from mock_server.binding.descriptions import number_of_top, says, word_for_protected
from mock_server.binding.fields import KEYS, LINKS, Field, Grouping, Kind
from mock_server.binding.lexicon import WORDS, choices, words_of
from mock_server.binding.model import PropertyBinding, Resource
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
_IDENTITIES = frozenset({Field.ACCOUNT, Field.PARENT_ID, Field.BUSIEST_DAY, *LINKS})
"""Fields without which the object that they belong to is absent."""


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
        self._in_full_seconds = says("full seconds", document.description)
        self._rows_at = rows_at
        self._lists = lists
        self._bound = {path: binding.field for path, binding in properties.items()
                       if binding.field is not None}  # fmt: skip
        self._keys = {path: binding.key for path, binding in properties.items()}
        self._resources = {path: binding.resource for path, binding in properties.items()
                           if binding.resource is not None}  # fmt: skip
        self._fields = frozenset(self._bound.values())
        self._seeds = _seeds_of(properties)
        self._needed = frozenset(above for path in {*self._bound, *self._lists, rows_at or ""}
                                 for above in _paths_to(path))  # fmt: skip
        self._steps = 0
        self._writer = self._compiled(schema, "", (), required=True)

    @property
    def fields(self) -> frozenset[Field]:
        """The fields that it may read from rows and values."""
        return self._writer.fields

    def render(self, values: Values, rows: Rows = NO_ROWS) -> Any:
        """Render the response with `rows`, or a body without rows."""
        return self._writer.write({**values, self._rows_at: rows})

    def _compiled(
        self, schema: Schema, at: str, above: tuple[int, ...], *, required: bool
    ) -> Writer:
        own = id(self._document.resolve(schema))
        if len(above) > _DEEPEST or above.count(own) > 1:
            return NOTHING  # a recursive schema; optional properties end it
        self._steps += 1
        if self._steps > _MOST_STEPS and at not in self._needed:
            return self._invented(schema, at) if required else NOTHING
        above = (*above, own)
        variants = variants_of(self._document, schema)
        field = variants and self._bound.get(f"{at}/{variants.property_name}")
        if variants is not None and field in _CHOICES:
            return self._varied(variants, field, at, above)
        shape = with_links(self._document, shape_of(self._document, schema), at)
        if shape.is_object and not self._is_sparse and says("absent on success", shape.description):
            is_null = "null" in words_of(shape.description)
            absent = self._withheld(shape, schema, at, required=required or is_null)
            return Writer((lambda _: None) if is_null and shape.is_nullable else absent)
        if shape.is_array:
            return self._array(shape, schema, at, above, required=required)
        if shape.is_object and at in self._lists:
            return self._by_key(shape, at, above)
        if shape.is_object and shape.properties:
            return self._object(shape, at, above, required=required)
        return self._leaf(shape, schema, at, above, required=required)

    def _leaf(
        self, shape: Shape, schema: Schema, at: str, above: tuple[int, ...], *, required: bool
    ) -> Writer:
        if shape.is_object and self._is_sparse and f"{at}/*" in self._needed:
            messages = shape.schema["additionalProperties"]
            return by_parameter(self._compiled(messages, f"{at}/*", above, required=True))
        field = self._bound.get(at)
        if (resource := self._resources.get(at)) is not None:
            return self._link_to(resource, shape, schema, at, required=required)
        if field in {None, Field.RESOURCE_URL} or "const" in shape.schema:
            return self._invented(schema, at, required=required or not self._is_sparse)
        return self._known(shape, schema, at, field, required=required)

    def _object(self, shape: Shape, at: str, above: tuple[int, ...], *, required: bool) -> Writer:
        link = self._link_in(shape, at)
        writers = {
            name: self._compiled(inner, f"{at}/{name}", above, required=name in shape.required)
            for name, inner in shape.properties.items()
            if not link or name in {link, *shape.required}
        }
        of_people, within = self._of_people(shape, at), fields_of(writers.values())

        def write(values: Values) -> dict[str, Any]:
            is_nobody = bool(of_people) and _is_nobody(values)
            written = [(name, writer.write(values)) for name, writer in writers.items()
                       if not (is_nobody and name in of_people)]  # fmt: skip
            return {name: value for name, value in written if value is not MISSING}

        whole = Writer(write, within, members=writers)
        if not at or at.endswith("/*") or (required and not shape.is_nullable):
            return whole
        is_of_account = Field.ACCOUNT in {self._bound.get(f"{at}/{name}") for name in writers}
        identities = self._identities(shape, at, link)
        if not identities and not is_of_account:
            return whole
        absent = None if shape.is_nullable else MISSING
        for_known = is_of_account and is_for_known(
            self._document, shape, within, self._fields, is_optional=True
        )

        def write_if_known(values: Values) -> Any:
            is_nobody = for_known and bool(values.get(Field.IS_ANONYMOUS))
            is_unknown = is_nobody or any(values.get(field) is None for field in identities)
            written = absent if is_unknown else write(values)
            return written if written or not is_of_account else absent

        return Writer(write_if_known, within | identities)

    def _by_key(self, shape: Shape, at: str, above: tuple[int, ...]) -> Writer:
        """Render totals as an object, by the names of what they are of."""
        field, declared = KEYS[self._lists[at]], shape.properties
        if declared and not choices(field, declared):
            return self._top(shape, at, above)
        totals = next(iter(declared.values()), shape.schema.get("additionalProperties") or {})
        element = self._compiled(totals, f"{at}/*", above, required=True)
        names = choices(field, declared)
        name_of = names.get if declared else converter(field, _TEXT, "")

        def write(values: Values) -> dict[str, Any]:
            found = {name_of(row[field]): element.write(row)
                     for row in values.get(at, ()) if row[field] is not None}  # fmt: skip
            missing = [name for name in names.values() if name not in found]
            return found | {name: element.write(_NOBODY) for name in missing}

        return Writer(write)

    def _top(self, shape: Shape, at: str, above: tuple[int, ...]) -> Writer:
        """Render the first of the totals, such as the most viewed content."""
        element = self._object(shape, f"{at}/*", above, required=True)
        absent = None if shape.is_nullable else MISSING

        def write(values: Values) -> Any:
            first = next(iter(values.get(at, ())), None)
            return absent if first is None else element.write(first)

        return Writer(write)

    def _of_people(self, shape: Shape, at: str) -> frozenset[str]:
        """Return the properties to omit if a viewer is nobody: made up ones beside an account."""
        known = {name: field for name in shape.properties
                 if (field := self._bound.get(f"{at}/{name}")) is not None}  # fmt: skip
        if at.endswith("/*") or Field.ACCOUNT not in known.values():
            return frozenset()
        return frozenset(shape.properties) - known.keys() - shape.required

    def _link_in(self, shape: Shape, at: str) -> str | None:
        """Return the name of the URL in an object that is a link; its other properties describe it."""
        urls = [name for name in shape.properties if name.casefold() in {"href", "url", "uri"}]
        fields = {self._bound.get(f"{at}/{name}") for name in shape.properties}
        is_link = bool(urls) and self._bound.get(f"{at}/{urls[0]}") in LINKS
        return urls[0] if is_link and fields <= {None, *LINKS} else None

    def _identities(self, shape: Shape, at: str, link: str | None) -> frozenset[Field]:
        """Return the fields without which an object cannot be rendered as the document requires."""
        names = [name for name in {*shape.required, *filter(None, (link,))}
                 if not shape_of(self._document, shape.properties[name]).is_nullable]  # fmt: skip
        fields = {self._bound.get(f"{at}/{name}") for name in names}
        if shape.is_nullable:  # even if the document does not require the id
            own = {self._bound.get(f"{at}/{name}") for name in shape.properties}
            fields |= own & {Field.PARENT_ID}
        return _IDENTITIES.intersection(filter(None, fields))

    def _varied(self, variants: Variants, field: Field, at: str, above: tuple[int, ...]) -> Writer:
        """Render each row with the variant for its value of a field, or with the first variant."""
        by_value = {
            value: self._compiled(schema, at, above, required=True)
            for value, schema in variants.schemas.items()
        }
        otherwise = next(iter(by_value.values()))
        writers = {word: by_value[value] for word, value in choices(field, by_value).items()}
        return Writer(
            lambda values: writers.get(str(values.get(field)), otherwise).write(values),
            fields_of(by_value.values()) | {field},
        )

    def _array(
        self, shape: Shape, schema: Schema, at: str, above: tuple[int, ...], *, required: bool
    ) -> Writer:
        if at not in {self._rows_at, *self._lists} and f"{at}/*" not in self._needed:
            return self._invented(schema, at, required=required or not self._is_sparse)
        items = shape.schema.get("items") or {}
        element = self._compiled(items, f"{at}/*", above, required=required)
        if at == self._rows_at:
            return Writer(RowWriter(element, at).write, element.fields)
        if Field.SELF in element.fields and "*" not in at:
            is_numbered = {"label", "active"} <= shape_of(self._document, items).properties.keys()
            return (numbered_links_writer if is_numbered else links_writer)(element)
        if Field.ERROR_PARAMETER in element.fields and at.endswith(("/loc", "/path")):
            where = (Field.ERROR_LOCATION, Field.ERROR_PARAMETER)  # as in FastAPI
            return location_writer(where if at.endswith("/loc") else where[1:])  # the name in Zod
        if at in self._lists:
            named = number_of_top(f"{at.rpartition('/')[2]} {shape.description}")
            return list_writer(element, at, shape.schema.get("maxItems", named))
        around = {field for path, field in self._bound.items() if not path.startswith(f"{at}/")}
        # A list of wrong parameters beside what is wrong may be left out.
        is_of_parameters = Field.ERROR_PARAMETER in element.fields and Field.DETAIL in around
        is_optional = is_of_parameters and not required

        def write(values: Values) -> Any:
            is_absent = is_optional and values.get(Field.ERROR_PARAMETER) is None
            return MISSING if is_absent else [element.write(values)]

        return Writer(write, element.fields)

    def _invented(self, schema: Schema, at: str, *, required: bool = True) -> Writer:
        shape = shape_of(self._document, schema)
        if not required and not offered(self._document, schema):
            return NOTHING
        if "const" in shape.schema:
            return Writer(lambda _: shape.schema["const"])
        # A value depends on the id of the object, or of the row.
        seed = next((self._seeds[up] for up in _paths_to(at) if up in self._seeds), Field.ROW_ID)

        def write(values: Values) -> Any:
            key = values.get(seed, "")
            if key is None and seed is Field.ROW_ID:
                return MISSING
            return invent(self._document, schema, f"{key}{at}")

        return Writer(write, frozenset({seed}))

    def _link_to(
        self, resource: Resource, shape: Shape, schema: Schema, at: str, *, required: bool
    ) -> Writer:
        """Render a link to another operation, by what its path names."""
        field, parameter, before, after = resource
        written = converter(field, shape_of(self._document, parameter.schema), parameter.name)
        otherwise = self._withheld(shape, schema, at, required=required)

        def write(values: Values) -> Any:
            value = values.get(field)
            if value is None or (field is Field.ACCOUNT and _is_nobody(values)):
                return otherwise(values)
            return f"{before}{quote(str(written(value)), safe=':~')}{after}"

        return Writer(write, frozenset({field, Field.IS_ANONYMOUS}))

    def _known(
        self, shape: Shape, schema: Schema, at: str, field: Field, *, required: bool
    ) -> Writer:
        around, _, name = at.rpartition("/")
        if field.kind is Kind.MOMENT and self._in_full_seconds:
            described = f"{shape.description}. In full seconds"
            shape = replace(shape, schema={**shape.schema, "description": described})
        is_based = field in LINKS and self._bound.get(f"{around}/base") is Field.LINK_BASE
        convert = relative if is_based else converter(field, shape, name)
        otherwise = self._withheld(shape, schema, at, required=required)
        if _is_restricted(shape, field):
            is_optional = (shape.is_nullable or not required) and field not in _IDENTIFYING
            convert = self._restricted(schema, field, convert, otherwise if is_optional else None)
        for_known = field in _NAMING and is_for_known(self._document, shape, (), self._fields)
        key = self._keys[at]
        stand_in = word_for_protected(shape.description) if field in _NAMING else None

        def write(values: Values) -> Any:
            value = values.get(key)
            if for_known and values.get(Field.IS_ANONYMOUS):
                value = None
            if value is None and stand_in is not None and values.get(Field.IS_PROTECTED):
                return stand_in
            return otherwise(values) if value is None else convert(value)

        return Writer(write, frozenset({field}), convert=convert)

    def _restricted(
        self, schema: Schema, field: Field, convert: Convert, otherwise: Write | None
    ) -> Convert:
        """Return a function that converts values to what a schema allows, else to another value."""
        validator = validator_of(self._document, schema)
        # Always map to the same value; an unknown content type becomes a page.
        usual = convert("page") if field is Field.CONTENT_TYPE else None

        def convert_restricted(value: Any) -> Any:
            written = convert(value)
            if written is not None and validator.is_valid(written):
                return written
            if otherwise is not None:
                return otherwise({})
            return usual or invent(self._document, schema, f"{field} {value}")

        return convert_restricted

    def _withheld(self, shape: Shape, schema: Schema, at: str, *, required: bool) -> Write:
        """Choose a replacement for an unknown value: null, nothing, empty or generated."""
        own = self._document.resolve(schema)  # without a type, `nullable` is ambiguous
        is_doubtful = isinstance(own, Mapping) and "nullable" in own and "type" not in own
        is_said = not shape.types and "null" in words_of(shape.description)
        if is_said or (shape.is_nullable and (required or not is_doubtful)):
            return lambda _: None
        is_empty = not WORDS["empty"].isdisjoint(words_of(shape.description))
        if not required and not is_empty:
            return NOTHING.write
        if "string" in shape.types and validator_of(self._document, schema).is_valid(""):
            return lambda _: ""
        return self._invented(schema, at).write if required else NOTHING.write


def _is_restricted(shape: Shape, field: Field) -> bool:
    """Return whether a schema may not allow all converted values of a field."""
    form, is_moment = shape.schema.get("format"), field.kind is Kind.MOMENT
    is_text = "string" in shape.types and field.kind in {Kind.TEXT, Kind.COUNT}
    is_narrow = (form is not None and is_text) or (form == "int32" and is_moment)
    is_short = is_moment and "maxLength" in shape.schema
    return is_narrow or is_short or not _RESTRICTING.isdisjoint(shape.schema)


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
