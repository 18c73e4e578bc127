"""Bind links to other operations of a document, such as that from a view to its content in HAL."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from mock_server.binding.fields import Field, Part
from mock_server.binding.lexicon import WORDS, words_of
from mock_server.binding.model import OperationBinding, PropertyBinding, Resource
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import leaves

IDENTITIES = {
    Part.CONTENT_ID: Field.CONTENT_ID,
    Part.SPACE_KEY: Field.SPACE_KEY,
    Part.ACCOUNT: Field.ACCOUNT,
}
"""The field that a parameter in a path names."""
_RELATED = {
    Field.CONTENT_ID: WORDS["contents"],
    Field.SPACE_KEY: WORDS["spaces"],
    Field.ACCOUNT: WORDS["viewers"],
}
"""Relations to the lookup of an object."""
_LINKS = frozenset({"_links", "links"})
_Key = TypeVar("_Key")
Targets = Mapping[tuple[Field, tuple[str, ...]], Resource]
"""Operations by what their path names, and the words after it: none for a lookup."""


def with_resources(
    document: Document, bound: Mapping[_Key, OperationBinding]
) -> dict[_Key, OperationBinding]:
    """Bind unknown links in the responses of a document's operations to its other operations."""
    targets = dict(_targets(document, bound))
    return {
        name: replace(one, properties={**one.properties, **dict(_links(document, one, targets))})
        for name, one in bound.items()
    }


def _targets(
    document: Document, bound: Mapping[Any, OperationBinding]
) -> Iterator[tuple[tuple[Field, tuple[str, ...]], Resource]]:
    for one in bound.values():
        placed = [each for each in one.parameters if each.parameter.location == "path"]
        if len(placed) == 1 and placed[0].part in IDENTITIES:
            field = IDENTITIES[placed[0].part]
            path = f"{document.base_path}{one.operation.path}"
            before, _, after = path.partition(f"{{{placed[0].parameter.name}}}")
            yield (field, words_of(after)), Resource(field, placed[0].parameter, before, after)


def _links(
    document: Document, bound: OperationBinding, targets: Targets
) -> Iterator[tuple[str, PropertyBinding]]:
    """Yield the links of objects whose schema allows a relative URL."""
    found = {path: resource for path in bound.properties
             if (resource := _resource(bound, path, targets)) is not None}  # fmt: skip
    shapes = (
        {leaf.path: leaf.shape for leaf in leaves(document, bound.media_type.schema)}
        if found
        else {}
    )
    for path, resource in found.items():
        shape = shapes.get(path)
        if shape is not None and "string" in shape.types and "format" not in shape.schema:
            evidence = f"links to {resource.before}…{resource.after}"
            yield path, PropertyBinding(Field.RESOURCE_URL, evidence, resource)


def _resource(bound: OperationBinding, path: str, targets: Targets) -> Resource | None:
    """Return the operation that a link such as `/results/*/_links/content/href` leads to."""
    names = path.split("/")
    place = next((n for n, name in enumerate(names) if name in _LINKS), 0)
    is_own = place > (bound.rows_at is not None)  # not of the page
    if not is_own or names[place + 2 :] not in ([], ["href"]):
        return None
    relation = words_of(names[place + 1])
    for field, words in _RELATED.items():
        if relation and {*relation} <= words:
            return targets.get((field, ()))
    around = "/".join(names[:place])
    own = {binding.field for other, binding in bound.properties.items()
           if other.rpartition("/")[0] == around}  # fmt: skip
    if own & {Field.TIME, Field.ROW_ID}:  # a view, which has no operation of its own
        return None
    named = next((field for field in _RELATED if field in own), None)
    after = () if relation == ("self",) else relation
    return None if named is None else targets.get((named, after))
