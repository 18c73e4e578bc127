"""Infer whether anonymous viewers have an identity in a document."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar

from mock_server.binding.descriptions import is_absent_for_anonymous, says
from mock_server.binding.fields import Field, Grouping
from mock_server.binding.model import OperationBinding
from mock_server.openapi.document import Document
from mock_server.openapi.schemas import Shape, shape_of, variants_of

KINDS = frozenset({Field.IS_ANONYMOUS, Field.IS_KNOWN, Field.ACCOUNT_KIND})
"""Fields that distinguish anonymous viewers from known ones."""
_Key = TypeVar("_Key")
_SAID = "whether anonymous viewers have no identity"


def is_for_known(
    document: Document,
    shape: Shape,
    within: Iterable[Field],
    around: Iterable[Field],
    *,
    is_optional: bool = False,
) -> bool:
    """Return whether an identity is absent for anonymous viewers.

    Its description says so; or it may be null or absent, and the document says so elsewhere, or has
    another property that distinguishes anonymous viewers.

    Args:
        document: The document.
        shape: The shape of the account, or of the object that holds it.
        within: The fields of the object.
        around: The fields of the whole response.
        is_optional: Whether the object may be absent.
    """
    description = shape.description
    if is_absent_for_anonymous(description):
        return True
    if not (shape.is_nullable or is_optional) or says("anonymous", description):
        return False
    if not KINDS.isdisjoint(within):
        return False
    return not KINDS.isdisjoint(around) or (not description and are_nobody(document))


def are_nobody(document: Document) -> bool:
    """Return whether a description in a document says that anonymous viewers have no identity."""
    if _SAID not in document.readings:
        document.readings[_SAID] = any(map(is_absent_for_anonymous, document.descriptions))
    return bool(document.readings[_SAID])


def with_anonymous(
    document: Document, bound: Mapping[_Key, OperationBinding]
) -> dict[_Key, OperationBinding]:
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
    return any(
        step.is_variant
        or is_for_known(
            document, step.shape, _fields_of(bound, step.path), _fields_of(bound),
            is_optional=step.is_optional,
        )
        for steps in _steps_to_ids(document, bound) for step in steps
    )  # fmt: skip


def _must_be_known(document: Document, bound: OperationBinding) -> bool:
    """Return whether an operation is a list of viewers that all have an id."""
    if bound.grouping is not Grouping.VIEWERS or bound.groupings or KINDS & _fields_of(bound):
        return False
    ids = _steps_to_ids(document, bound)
    return bool(ids) and not any(
        step.shape.is_nullable or says("anonymous", step.shape.description)
        for steps in ids for step in steps
    )  # fmt: skip


def _fields_of(bound: OperationBinding, at: str = "") -> set[Field]:
    """Return the fields of all properties, or of those in an object."""
    return {binding.field for path, binding in bound.properties.items()
            if binding.field is not None and path.startswith(f"{at}/")}  # fmt: skip


class _Step(NamedTuple):
    """A property of a row with the account, or an object around it."""

    path: str
    shape: Shape
    is_optional: bool
    """Whether it is an object that may be absent."""
    is_variant: bool
    """Whether only some variants of the object around it have it."""


def _steps_to_ids(document: Document, bound: OperationBinding) -> list[list[_Step]]:
    return [[*_steps_to(document, bound, path)] for path, binding in bound.properties.items()
            if binding.field is Field.ACCOUNT]  # fmt: skip


def _steps_to(document: Document, bound: OperationBinding, path: str) -> Iterator[_Step]:
    row, at, schema = f"{bound.rows_at}/*", "", bound.media_type.schema
    for name in path.split("/")[1:]:
        outer, variants = shape_of(document, schema), variants_of(document, schema)
        forms = [shape_of(document, form) for form in variants.schemas.values()] if variants else []
        having = [form for form in forms if name in form.properties]
        outer, at = (having or [outer])[0], f"{at}/{name}"
        schema = outer.schema.get("items") or {} if name == "*" else outer.properties.get(name, {})
        if at.startswith(f"{row}/"):
            shape = shape_of(document, schema)
            is_optional = shape.is_object and name not in outer.required
            yield _Step(at, shape, is_optional, len(having) < len(forms))
