"""Flatten schemas, and walk their properties."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from typing import Any, TypeAlias, cast

from mock_server.errors import DocumentError
from mock_server.openapi.document import Document

Schema: TypeAlias = Mapping[str, Any]


def types_of(schema: Schema) -> frozenset[str]:
    """Return the JSON types of a schema, including `null` if it is nullable."""
    named = schema.get("type", ())
    types = {named} if isinstance(named, str) else set(named)
    if schema.get("nullable") is True:
        types.add("null")
    if not types:
        values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
        types = {_type_of(value) for value in values}
    return frozenset(types)


def _type_of(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return "null" if value is None else names.get(type(value), "object")


_DEEPEST = 8


@dataclass(frozen=True)
class Shape:
    """A flattened schema."""

    schema: Schema
    """The merged keywords, without `$ref`, `allOf`, `oneOf` and `anyOf`."""
    types: frozenset[str]
    """JSON types without `null`; empty if unspecified."""
    is_nullable: bool
    in_seconds: bool = False
    """Whether times are seconds since 1970 where the document does not say otherwise."""

    @cached_property
    def properties(self) -> Mapping[str, Schema]:
        """The properties of a response, with required ones that have no schema of their own.

        The writeOnly ones are omitted.
        """
        declared = self.schema.get("properties") or {}
        others = self.schema.get("additionalProperties")
        others = others if isinstance(others, Mapping) else {}
        required = dict.fromkeys(self.schema.get("required") or (), others)
        return {
            name: schema
            for name, schema in {**declared, **required, **declared}.items()
            if not (isinstance(schema, Mapping) and schema.get("writeOnly"))
        }

    @cached_property
    def required(self) -> frozenset[str]:
        """Names of the required properties of a response."""
        names = frozenset(self.schema.get("required") or ())
        return names - ((self.schema.get("properties") or {}).keys() - self.properties.keys())

    @property
    def is_object(self) -> bool:
        """Whether it is an object, explicitly or implicitly."""
        return "object" in self.types or (not self.types and "properties" in self.schema)

    @property
    def is_array(self) -> bool:
        """Whether it is an array, explicitly or implicitly."""
        return "array" in self.types or (not self.types and "items" in self.schema)

    @cached_property
    def description(self) -> str:
        """The description; empty if there is none."""
        return str(self.schema.get("description") or "")

    @property
    def is_moment(self) -> bool:
        """Whether its format is a date, or a date with a time."""
        return self.schema.get("format") in {"date", "date-time"}


def shape_of(document: Document, schema: Any) -> Shape:
    """Flatten a schema: merge `allOf` and resolve references.

    For `oneOf` and `anyOf`, the first branch other than `null` is used. Results are cached.
    """
    known = document.flattened.get(id(schema))
    if known is not None:
        return cast("Shape", known[1])
    merged = _merged(document, schema, depth=0)
    if (always := _ALWAYS.match(str(merged.get("description") or ""))) is not None:
        merged = {**merged, "const": always[1].lower() == "true"}
    types, nullable = types_of(merged), bool(merged.get("nullable"))
    shape = Shape(merged, types - {"null"}, "null" in types or nullable, document.counts_seconds)
    document.flattened[id(schema)] = (schema, shape)  # a reference keeps the id unique
    return shape


_RELATIONS = ("self", "first", "prev", "next", "last")
"""The relations of pages to each other (RFC 8288)."""


def with_links(document: Document, shape: Shape, at: str) -> Shape:
    """Return a map of links by relation, as of HAL, as an object; other shapes unchanged."""
    link = shape.schema.get("additionalProperties")
    if not isinstance(link, Mapping) or shape.properties or "*" in at:
        return shape
    linked, name = shape_of(document, link), at.rpartition("/")[2].strip("_").casefold()
    if "href" in linked.properties:
        needed = ("href", *sorted(linked.required - {"href"}))
        link = {**linked.schema, "properties": {name: linked.properties[name] for name in needed}}
    elif name != "links" or "string" not in linked.types:
        return shape
    return replace(shape, schema={**shape.schema, "properties": dict.fromkeys(_RELATIONS, link)})


@dataclass(frozen=True)
class Variants:
    """An object with several variants, distinguished by a property with constant values."""

    property_name: str
    schemas: Mapping[str, Schema]
    """The variants by constant."""


def variants_of(document: Document, schema: Any) -> Variants | None:
    """Return the variants in `oneOf` or `anyOf` that a constant distinguishes, or None."""
    schema = document.resolve(schema)
    if not isinstance(schema, Mapping):
        return None
    branches = list(schema.get("oneOf") or schema.get("anyOf") or ())
    if len(branches) <= 1:
        return None
    constants = [_constants(document, branch) for branch in branches]
    for name in constants[0]:
        values = [own.get(name) for own in constants]
        by_value = {value: form for value, form in zip(values, branches, strict=True) if value}
        if len(by_value) == len(branches):
            return Variants(name, by_value)
    return None


def _constants(document: Document, schema: Any) -> dict[str, str]:
    """Return the string properties of an object that have a single allowed value."""
    allowed = {name: _allowed(shape_of(document, inner).schema)
               for name, inner in shape_of(document, schema).properties.items()}  # fmt: skip
    return {name: values[0] for name, values in allowed.items() if len(values) == 1}


_BESIDE = frozenset({"default", "description", "example", "examples"})
"""Keywords that may stand beside a reference since OpenAPI 3.1, and go before those it leads to."""


def _merged(document: Document, schema: Any, *, depth: int) -> dict[str, Any]:
    node, schema = schema, document.resolve(schema)
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return {}
    _check_keywords(document, schema)
    merged = {key: value for key, value in schema.items() if key not in {"allOf", "oneOf", "anyOf"}}
    if not document.version.startswith("3.0"):
        merged |= {key: node[key] for key in _BESIDE & node.keys()}
    for part in schema.get("allOf") or ():
        _merge(merged, _merged(document, part, depth=depth + 1))
    for choice in ("oneOf", "anyOf"):
        branches = [
            _merged(document, branch, depth=depth + 1) for branch in schema.get(choice) or ()
        ]
        solid = [branch for branch in branches if types_of(branch) != {"null"}]
        values = [_allowed(branch) for branch in solid]
        if len(solid) > 1 and all(values):  # each a constant, as TypeBox writes an enumeration
            _merge(merged, {**solid[0], "enum": [*chain(*values)]})
            merged.pop("const", None)
        elif solid:
            _merge(merged, solid[0])
        if len(solid) < len(branches):
            merged["nullable"] = True
    return merged


def _allowed(schema: Schema) -> list[Any]:
    """Return the texts that a schema enumerates; empty for others."""
    values = [schema["const"]] if "const" in schema else list(schema.get("enum") or ())
    return values if all(isinstance(value, str) for value in values) else []


def _check_keywords(document: Document, schema: Schema) -> None:
    for key, (kind, what) in _KINDS.items():
        if not isinstance(schema.get(key, kind()), kind):
            shown = str(schema[key])[:60]
            raise DocumentError(
                f"{document.origin}: `{key}` of a schema is {shown!r}; it must be {what}."
            )


_KINDS: dict[str, tuple[type, str]] = {
    "properties": (dict, "an object"),
    **dict.fromkeys(("required", "enum", "allOf", "oneOf", "anyOf"), (list, "a list")),
}


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Merge the constraints of another schema into a schema."""
    for key, value in other.items():
        if key not in into:
            into[key] = value
        elif key in _JOINED:
            into[key] = _JOINED[key](into[key], value)


def _both(one: Any, other: Any) -> Any:
    return other if one is None or one == other else {"allOf": [one, other]}


def _narrower(one: Any, other: Any) -> Any:
    """Return the types allowed by both; an integer is a number."""
    first, second = ({each} if isinstance(each, str) else set(each) for each in (one, other))
    shared = first & second
    if "integer" in first | second and "number" in first | second:
        shared.add("integer")
    return sorted(shared) or one


_JOINED: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "minLength", "minItems"), max),
    **dict.fromkeys(("maximum", "maxLength", "maxItems"), min),
    "properties": lambda one, other: {
        **one, **{name: _both(one.get(name), inner) for name, inner in other.items()}
    },
    "required": lambda one, other: [*dict.fromkeys((*one, *other))],
    "enum": lambda one, other: [value for value in one if value in other] or one,
    "type": _narrower,
    "items": _both,
    "nullable": lambda one, other: one and other,
}  # fmt: skip
"""How to merge a keyword with different values; for other keywords the first value is used."""


DEEPEST = 6
"""Maximum depth of nested objects."""
MOST_LEAVES = 150
"""Maximum number of properties to examine; the values of others are generated."""
_MOST_STEPS = 1_500
UUIDS = frozenset({"uuid", "guid"})
"""Formats of UUIDs; .NET calls them GUIDs."""
_ALWAYS = re.compile(r"\W*(?:is )?(?:always|immer) (true|false)\b", re.IGNORECASE)
"""Descriptions of constants."""
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?")
_SAID_LOCAL = re.compile(
    r"\b(?:without (?:an? )?|no |ohne )(?:time ?zone|offset|zeitzone)\b|\blocal date-?time\b",
    re.IGNORECASE,
)


def is_local(schema: Schema) -> bool:
    """Return whether a schema shows or describes date-times without an offset.

    Generators declare Java's `LocalDateTime` as a `date-time`, which needs one (RFC 3339).
    """
    shown = str(schema.get("example", schema.get("default")))
    is_said = _SAID_LOCAL.search(str(schema.get("description") or ""))
    is_local_time = _LOCAL.fullmatch(shown) is not None or is_said is not None
    return schema.get("format") == "date-time" and is_local_time


LONGEST_NAME = 4
"""Maximum number of words of a description that may be a name."""


def label_of(description: str) -> str:
    """Return the first clause of a description, if it is short enough to be a name."""
    clause = re.split(r"[.,;:(\n]", description)[0].strip()
    return clause if len(clause.split()) <= LONGEST_NAME else ""


@dataclass(frozen=True)
class Leaf:
    """A property that is not an object with properties."""

    path: str
    """The path from the root of the response, such as `/results/*/user/accountId`."""
    names: tuple[str, ...]
    """Property names from the start of the walk."""
    shape: Shape

    @property
    def is_constant(self) -> bool:
        """Whether the schema allows only one value."""
        return "const" in self.shape.schema or len(self.shape.schema.get("enum") or ()) == 1

    @property
    def is_listed(self) -> bool:
        """Whether it belongs to a list element, where `page` means a content."""
        return "*" in self.path.split("/")

    @property
    def label(self) -> str:
        """The first clause of the description, if it is short enough to be a name."""
        return label_of(self.shape.description)


def leaves(
    document: Document,
    schema: Schema,
    *,
    at: str = "",
    skip: str | None = None,
    texts: bool = False,
) -> Iterator[Leaf]:
    """Yield the properties below an object, except those of the array at `skip`.

    Lists of objects are treated as one element, up to `DEEPEST` objects deep; with `texts`, maps
    and lists of strings, too.
    """
    yield from islice(_Walk(document, skip, texts=texts).leaves(schema, at, (), ()), MOST_LEAVES)


class _Walk:
    """A walk through a schema in linear time; recursive schemas are entered once per branch."""

    def __init__(self, document: Document, skip: str | None, *, texts: bool) -> None:
        self._document = document
        self._texts = texts
        self._skip = skip
        self._steps = 0

    def leaves(
        self, schema: Any, at: str, names: tuple[str, ...], above: tuple[int, ...]
    ) -> Iterator[Leaf]:
        """Yield the leaves of a schema."""
        self._steps += 1
        resolved = id(self._document.resolve(schema))
        is_deep = len(names) > DEEPEST or above.count(resolved) > 1
        if at == self._skip or is_deep or self._steps > _MOST_STEPS:
            return
        above = (*above, resolved)
        variants = variants_of(self._document, schema)
        if variants is not None:
            yield from self._of_variants(variants, at, names, above)
            return
        shape = with_links(self._document, shape_of(self._document, schema), at)
        items, others = shape.schema.get("items") or {}, shape.schema.get("additionalProperties")
        if shape.is_object and shape.properties:
            for name, inner in shape.properties.items():
                yield from self.leaves(inner, f"{at}/{name}", (*names, name), above)
        elif shape.is_array and self._is_followed(shape_of(self._document, items)):
            yield from self.leaves(items, f"{at}/*", names, above)
        elif self._texts and shape.is_object and isinstance(others, Mapping):
            about = () if shape_of(self._document, others).is_object else ("message",)
            yield from self.leaves(others, f"{at}/*", about, above)
        elif names:
            yield Leaf(at, names, shape)

    def _is_followed(self, items: Shape) -> bool:
        return items.is_object or (self._texts and "string" in items.types)

    def _of_variants(
        self, variants: Variants, at: str, names: tuple[str, ...], above: tuple[int, ...]
    ) -> Iterator[Leaf]:
        """Yield the properties of all variants as if they belonged to one object."""
        chosen_by = shape_of(self._document, {"type": "string", "enum": [*variants.schemas]})
        kind = Leaf(f"{at}/{variants.property_name}", (*names, variants.property_name), chosen_by)
        found = {kind.path: kind}
        for schema in variants.schemas.values():
            for name, inner in shape_of(self._document, schema).properties.items():
                for leaf in self.leaves(inner, f"{at}/{name}", (*names, name), above):
                    found.setdefault(leaf.path, leaf)
        yield from found.values()
