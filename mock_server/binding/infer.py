"""Infer the binding of a document from names, types, formats and neighbouring elements."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mock_server.binding.anonymous import with_anonymous
from mock_server.binding.details import details_of, refuses_reversed_range
from mock_server.binding.envelope import envelope, headers_of, with_row_cursors
from mock_server.binding.fields import (
    KEYS,
    OF_PAGES,
    Field,
    Grouping,
    Part,
    Subject,
)
from mock_server.binding.file import Override, refuse_unbound
from mock_server.binding.lexicon import (
    ENVELOPE_NAMES,
    grouping_of,
)
from mock_server.binding.model import (
    NOT_OURS,
    Binding,
    OperationBinding,
    ParameterBinding,
    PropertyBinding,
)
from mock_server.binding.parameters import parameter_bindings
from mock_server.binding.properties import property_binding
from mock_server.binding.resources import with_resources
from mock_server.binding.rows import (
    Rows,
    grouping_of_path,
    known_in,
    rows_of,
)
from mock_server.binding.subjects import (
    LISTED,
    is_about_views,
    is_lookup,
    list_options,
    subject_of,
)
from mock_server.openapi.document import Document, MediaType, Operation, Response
from mock_server.openapi.schemas import Schema, leaves, shape_of

logger = logging.getLogger(__name__)

_LEAST_OURS = 0.25
"""Minimum share of operations about views for lookups of contents to be about this data, too."""
_LARGE = 200
"""Number of operations from which to log that the inference takes time."""


def bind(document: Document, overrides: Mapping[str, Override] | None = None) -> Binding:
    """Infer the binding of a document's GET operations.

    Args:
        document: The document.
        overrides: Corrections by operation id, which take precedence.

    Raises:
        BindingError: If an override names properties that a response does not have.
    """
    if (number := len(document.operations)) > _LARGE:
        logger.warning("%s has %d operations; reading them takes a while", document.origin, number)
    bound: dict[str, OperationBinding] = {}
    unbound: dict[str, str] = {}

    def read(operations: Iterable[Operation], *, has_lookups: bool) -> None:
        for operation in operations:
            override = (overrides or {}).get(operation.id, Override())
            outcome = _operation_binding(document, operation, override, has_lookups=has_lookups)
            if isinstance(outcome, str):
                unbound[operation.id] = outcome
            else:
                bound[operation.id] = outcome

    read(document.operations, has_lookups=False)
    others = [binding.operation for binding in bound.values() if binding.evidence == NOT_OURS]
    if len(bound) - len(others) >= len(bound) * _LEAST_OURS:
        read(others, has_lookups=True)
    return Binding(_completed(document, bound), unbound)


def _completed(
    document: Document, bound: Mapping[str, OperationBinding]
) -> dict[str, OperationBinding]:
    """Complete bindings by what others say, also those of other media types."""
    others = {(name, media_type): other for name, one in bound.items()
              for media_type, other in one.representations.items()}  # fmt: skip
    flat: dict[Any, OperationBinding] = {**bound, **others}
    done = with_resources(document, with_anonymous(document, flat))
    return {
        name: replace(done[name], representations={
            media_type: done[name, media_type] for media_type in one.representations
        })
        for name, one in bound.items()
    }  # fmt: skip


def _operation_binding(
    document: Document, operation: Operation, override: Override, *, has_lookups: bool
) -> OperationBinding | str:
    if operation.method != "GET":
        return f"{operation.method} changes things, and the API is read-only"
    successes = [code for code in operation.responses if code.startswith("2")] or [
        code for code in operation.responses if code == "default"
    ]
    if not successes:
        return "no response of success is declared"
    bodies = {code: _json_of(document, operation.responses[code]) for code in successes}
    success = next((code for code in sorted(bodies) if bodies[code] is not None), successes[0])
    response, media_type = operation.responses[success], bodies[success]
    if media_type is None:
        return "its response is not JSON"
    parameters = parameter_bindings(document, operation, override.parameters)
    read = partial(_read, document, operation, parameters, response, has_lookups=has_lookups)
    plain = override.model_copy(update={"rows": None, "properties": {}, "headers": {}})
    others = {other.name: read(other, plain) for other in response.media_types
              if other.is_json and other.schema != media_type.schema}  # fmt: skip
    return replace(read(media_type, override), representations=others)


def _read(
    document: Document, operation: Operation, parameters: tuple[ParameterBinding, ...],
    response: Response, media_type: MediaType, override: Override, *, has_lookups: bool,
) -> OperationBinding:  # fmt: skip
    """Return the binding of an operation with one of the media types of its response."""
    status = int(response.status) if response.status.isdigit() else 200
    subject, evidence = subject_of(operation, parameters)
    if override.subject is not None:
        subject, evidence = override.subject, "the binding file"
    groupings = _groupings(document, parameters, subject)
    by_path = grouping_of_path(operation)
    listed = by_path if has_lookups and by_path in LISTED else None
    usual = override.grouping or next(iter(groupings), listed)
    readings = {
        grouping: _body(document, media_type.schema, subject, parameters,
                        override.model_copy(update={"grouping": grouping}), by_path)
        for grouping in dict.fromkeys((usual, *groupings))
    }  # fmt: skip
    if listed is not None and KEYS[listed] not in known_in(readings[usual][0].properties):
        listed = None
    is_ours = is_about_views(operation, subject, parameters, readings[usual][1]) or (
        has_lookups and (listed is not None or is_lookup(operation, parameters, *readings[usual]))
    )
    if override == Override() and not is_ours:
        around = _of_empty_page(*readings[usual], parameters)
        return _generated(document, operation, status, media_type, around, parameters)
    inferred = {
        grouping: _of_any(bound, readings.values()) for grouping, (_, bound) in readings.items()
    }
    refuse_unbound(
        operation.id, override, inferred[usual], headers := headers_of(document, response)
    )
    corrected = {path: field for path, field in override.properties.items()
                 if field is not inferred[usual][path].field}  # fmt: skip
    parts = frozenset(binding.part for binding in parameters)
    bindings = {
        grouping: OperationBinding(
            operation=operation,
            subject=subject,
            status=status,
            media_type=media_type,
            parameters=parameters,
            properties={
                **inferred[grouping],
                **_corrections(override.properties if grouping is usual else corrected),
            },
            headers={**headers, **_corrections(override.headers)},
            evidence=evidence,
            refuses_reversed=refuses_reversed_range(operation, parameters),
            **details_of(document, operation, response, media_type.schema, rows, parts)
            | (
                {}
                if listed is None
                else list_options(listed, f"{operation.summary}. {operation.description}")
            ),
        )
        for grouping, (rows, _) in readings.items()
    }
    return replace(bindings[usual], groupings={key: bindings[key] for key in groupings})


_GROUPINGS = (Grouping.VIEWERS, Grouping.CONTENTS, Grouping.SPACES, Grouping.DAYS, Grouping.TYPES)


def _groupings(
    document: Document, parameters: Iterable[ParameterBinding], subject: Subject
) -> list[Grouping]:
    """Return the groupings that a parameter selects, its default first."""
    named = next((binding for binding in parameters if binding.part is Part.GROUPING), None)
    if named is None:
        return []
    default = shape_of(document, named.parameter.schema).schema.get("default", "")
    values = [str(default), *named.values]
    known = [grouping for value in values if (grouping := grouping_of(value)) is not None]
    any_of = (Grouping.TERMS, *_GROUPINGS) if subject is Subject.SEARCHES else _GROUPINGS
    return list(dict.fromkeys(known if named.values else (*known, *any_of)))


def _of_any(
    bound: Mapping[str, PropertyBinding],
    readings: Iterable[tuple[Rows, Mapping[str, PropertyBinding]]],
) -> dict[str, PropertyBinding]:
    """Bind what is unknown in one grouping as in another, so that it is absent, not made up."""
    known = {path: binding for _, properties in reversed([*readings])
             for path, binding in properties.items() if binding.field is not None}  # fmt: skip
    return {path: binding if binding.field is not None else known.get(path, binding)
            for path, binding in bound.items()}  # fmt: skip


def _body(
    document: Document,
    schema: Schema,
    subject: Subject,
    parameters: Sequence[ParameterBinding],
    override: Override,
    by_path: Grouping | None,
) -> tuple[Rows, Mapping[str, PropertyBinding]]:
    """Find the rows of a body, and bind all its properties.

    Cached for operations with the same schema and paging style.
    """
    paging = tuple((binding.parameter.name, binding.parameter.location, binding.part, binding.unit)
                   for binding in parameters)  # fmt: skip
    key = (id(document.resolve(schema)), subject, override.rows, override.grouping, by_path, paging)
    if key not in document.readings:
        rows = rows_of(document, schema, subject, override, by_path)
        around = envelope(document, schema, rows.at, parameters, subject, by_path, rows.grouping)
        inside = tuple(f"{at}/" for at in rows.others)
        around = {path: binding for path, binding in around.items()
                  if not f"{path}/".startswith(inside)}  # fmt: skip
        document.readings[key] = (rows, with_row_cursors({**rows.properties, **around}))
    found: tuple[Rows, Mapping[str, PropertyBinding]] = document.readings[key]
    return found


_EVERYWHERE = {
    Field.TIMESTAMP: "time; now; timestamp; server time; current time; checked at; date time",
    Field.RESIDENCY: f"{ENVELOPE_NAMES[Field.RESIDENCY]}; region",
    Field.SITE_URL: f"{ENVELOPE_NAMES[Field.SITE_URL]}; site",
}
"""Fields that are also bound in responses about other subjects."""


def _of_empty_page(
    rows: Rows, bound: Mapping[str, PropertyBinding], parameters: Iterable[ParameterBinding]
) -> dict[str, PropertyBinding]:
    """Return what tells about the page of a list of other subjects, which is empty."""
    if rows.at is None or _PAGING.isdisjoint(binding.part for binding in parameters):
        return {}
    return {path: binding for path, binding in bound.items()
            if binding.field in OF_PAGES and not path.startswith(f"{rows.at}/")}  # fmt: skip


_PAGING = frozenset({Part.OFFSET, Part.PAGE, Part.LIMIT, Part.CURSOR})


def _generated(
    document: Document,
    operation: Operation,
    status: int,
    media_type: MediaType,
    around: Mapping[str, PropertyBinding],
    parameters: Iterable[ParameterBinding],
) -> OperationBinding:
    """Bind almost nothing: values are generated, and parameters other than pages have no effect."""
    key = (id(document.resolve(media_type.schema)), "everywhere")
    if key not in document.readings:
        found = (leaf for leaf in leaves(document, media_type.schema) if not leaf.is_listed)
        bound = {leaf.path: property_binding(leaf, _EVERYWHERE, _EVERYWHERE) for leaf in found}
        document.readings[key] = {
            path: known for path, known in bound.items() if known.field is not None
        }
    return OperationBinding(
        operation=operation,
        subject=Subject.SITE_VISITS,
        grouping=Grouping.SUMS,
        status=status,
        media_type=media_type,
        rows_at=None,
        parameters=tuple(
            one
            if around and one.part in _PAGING
            else ParameterBinding(one.parameter, None, None, 0, "the operation is not about views")
            for one in parameters
        ),
        properties={**document.readings[key], **around},
        headers={},
        evidence=NOT_OURS,
    )


def _corrections(fields: Mapping[str, Field | None]) -> dict[str, PropertyBinding]:
    return {name: PropertyBinding(field, "the binding file") for name, field in fields.items()}


def _json_of(document: Document, response: Response) -> MediaType | None:
    """Return the first body that is JSON, or a number, which is written in the same way as text."""
    return next(
        (
            media
            for media in response.media_types
            if media.is_json
            or (media.name.startswith("text/plain") and _is_number(document, media))
        ),
        None,
    )


def _is_number(document: Document, media: MediaType) -> bool:
    return bool({"integer", "number"} & shape_of(document, media.schema).types)
