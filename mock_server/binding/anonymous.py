"""Infer whether anonymous viewers have an identity in a document."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mock_server.binding.fields import Field, Grouping
from mock_server.binding.lexicon import is_absent_for_anonymous, mentions_anonymous
from mock_server.binding.model import OperationBinding
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import Shape, shape_of

KINDS = frozenset({Field.IS_ANONYMOUS, Field.IS_KNOWN, Field.ACCOUNT_KIND})
"""Fields that distinguish anonymous viewers from known ones."""
_SAID = "whether anonymous viewers have no identity"


def is_for_known(
    document: Document, shape: Shape, within: Iterable[Field], around: Iterable[Field]
) -> bool:
    """Return whether an identity is absent for anonymous viewers.

    Its description says so; or it may be null, and the document says so elsewhere, or has another
    property that distinguishes anonymous viewers.

    Args:
        document: The document.
        shape: The shape of the account, or of the object that holds it.
        within: The fields of the object.
        around: The fields of the whole response.
    """
    description = shape.description
    if is_absent_for_anonymous(description):
        return True
    if not shape.is_nullable or mentions_anonymous(description) or not KINDS.isdisjoint(within):
        return False
    return not KINDS.isdisjoint(around) or (not description and are_nobody(document))


def are_nobody(document: Document) -> bool:
    """Return whether a description in a document says that anonymous viewers have no identity."""
    if _SAID not in document.readings:
        document.readings[_SAID] = any(map(is_absent_for_anonymous, document.descriptions))
    return bool(document.readings[_SAID])


def with_anonymous(
    document: Document, bound: Mapping[str, OperationBinding]
) -> dict[str, OperationBinding]:
    """Complete bindings by what they say of anonymous viewers, each here or for all of them.

    Lists of viewers leave them out if they can have no id there, and have none in single rows.
    """
    found = {
        name: replace(one, hides_anonymous=_hides_anonymous(document, one))
        for name, one in bound.items()
    }
    if any(one.hides_anonymous and one.grouping is Grouping.ROWS for one in found.values()):
        document.readings[_SAID] = True
    if not are_nobody(document):
        return found
    return {
        name: replace(one, left_out=one.left_out | {"anonymous"})
        if _must_be_known(document, one) else one
        for name, one in found.items()
    }  # fmt: skip


def _hides_anonymous(document: Document, bound: OperationBinding) -> bool:
    fields = _fields_of(bound)
    return any(is_for_known(document, shape, (), fields)
               for shapes in _shapes_of_ids(document, bound) for shape in shapes)  # fmt: skip


def _must_be_known(document: Document, bound: OperationBinding) -> bool:
    """Return whether an operation is a list of viewers that all have an id."""
    if bound.grouping is not Grouping.VIEWERS or bound.groupings or KINDS & _fields_of(bound):
        return False
    ids = _shapes_of_ids(document, bound)
    return bool(ids) and not any(
        shape.is_nullable or mentions_anonymous(shape.description)
        for shapes in ids for shape in shapes
    )  # fmt: skip


def _fields_of(bound: OperationBinding) -> set[Field]:
    return {binding.field for binding in bound.properties.values() if binding.field is not None}


def _shapes_of_ids(document: Document, bound: OperationBinding) -> list[list[Shape]]:
    return [_shapes_to(document, bound, path) for path, binding in bound.properties.items()
            if binding.field is Field.ACCOUNT]  # fmt: skip


def _shapes_to(document: Document, bound: OperationBinding, path: str) -> list[Shape]:
    """Return the shapes of a property of a row, and of the objects around it."""
    at, shapes = bound.rows_at or "", []
    schema = bound.media_type.schema
    for name in path.split("/")[1:]:
        shape = shape_of(document, schema)
        schema = shape.schema.get("items") or {} if name == "*" else shape.properties.get(name, {})
        shapes.append(shape_of(document, schema))
    return shapes[at.count("/") + 1 :]
