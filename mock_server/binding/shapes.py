"""A schema seen simply: references followed, `allOf` merged, one branch of a choice taken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.document import Document, Schema, types_of

_DEEPEST = 8
_TIGHTER: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "minLength", "minItems"), max),
    **dict.fromkeys(("maximum", "maxLength", "maxItems"), min),
}
"""Which of two bounds holds where both must."""


@dataclass(frozen=True)
class Shape:
    """What a value of a schema looks like."""

    schema: Schema
    """The merged keywords, without `$ref`, `allOf`, `oneOf` and `anyOf`."""
    types: frozenset[str]
    """JSON types without `null`; empty where the schema does not say."""
    is_nullable: bool

    @property
    def properties(self) -> Mapping[str, Schema]:
        """The properties an answer may have; those that only requests have are left out."""
        return {
            name: schema
            for name, schema in (self.schema.get("properties") or {}).items()
            if not (isinstance(schema, Mapping) and schema.get("writeOnly"))
        }

    @property
    def required(self) -> frozenset[str]:
        """Names of the properties that must be there."""
        return frozenset(self.schema.get("required") or ())

    @property
    def is_object(self) -> bool:
        """Whether it is an object, said or implied."""
        return "object" in self.types or (not self.types and "properties" in self.schema)

    @property
    def is_array(self) -> bool:
        """Whether it is an array, said or implied."""
        return "array" in self.types or (not self.types and "items" in self.schema)


def shape_of(document: Document, schema: Any) -> Shape:
    """See a schema of a document simply.

    Of several branches in `oneOf` or `anyOf`, the first that is not just `null` is taken.
    """
    merged = _merged(document, schema, depth=0)
    types = types_of(merged)
    return Shape(merged, types - {"null"}, "null" in types or bool(merged.get("nullable")))


@dataclass(frozen=True)
class Variants:
    """An object that comes in several forms, told apart by the value of one property."""

    told_by: str
    """The property's name."""
    schemas: Mapping[str, Schema]
    """The forms by that value."""


def variants_of(document: Document, schema: Any) -> Variants | None:
    """Give the forms of an object whose `oneOf` or `anyOf` a constant tells apart, if it has any."""
    schema = document.resolve(schema)
    branches: list[Schema] = []
    if isinstance(schema, Mapping):
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
    """Give the properties of an object that can only have one value, which is text."""
    found = {}
    for name, inner in shape_of(document, schema).properties.items():
        resolved = shape_of(document, inner).schema
        values = [resolved["const"]] if "const" in resolved else list(resolved.get("enum") or ())
        if len(values) == 1 and isinstance(values[0], str):
            found[name] = values[0]
    return found


def _merged(document: Document, schema: Any, *, depth: int) -> dict[str, Any]:
    schema = document.resolve(schema)
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return {}
    merged = {key: value for key, value in schema.items() if key not in {"allOf", "oneOf", "anyOf"}}
    for part in schema.get("allOf") or ():
        _merge(merged, _merged(document, part, depth=depth + 1))
    for choice in ("oneOf", "anyOf"):
        branches = [
            _merged(document, branch, depth=depth + 1) for branch in schema.get(choice) or ()
        ]
        solid = [branch for branch in branches if types_of(branch) != {"null"}]
        if solid:
            _merge(merged, solid[0])
        if len(solid) < len(branches):
            merged["nullable"] = True
    return merged


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if key == "properties":
            into[key] = {**value, **into.get(key, {})}
        elif key == "required":
            into[key] = [*into.get(key, ()), *value]
        elif key in _TIGHTER and key in into:
            into[key] = _TIGHTER[key](into[key], value)
        elif key == "nullable":
            into[key] = value or into.get(key, False)
        else:
            into.setdefault(key, value)
