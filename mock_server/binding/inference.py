"""From a document to a binding: which rows each operation answers with, and how."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mock_server.binding.envelopes import envelope
from mock_server.binding.hints import hinted
from mock_server.binding.model import (
    Binding,
    OperationBinding,
    ParameterBinding,
    PropertyBinding,
)
from mock_server.binding.names import ENVELOPE_NAMES, ROW_NAMES, SEARCH_PATHS
from mock_server.binding.overrides import Override, refuse_unbound
from mock_server.binding.parts import parameter_bindings
from mock_server.binding.properties import Leaf, fields_of, leaves, property_binding
from mock_server.binding.shapes import shape_of
from mock_server.binding.spelling import words_of
from mock_server.binding.words import Field, Grouping, Part, Subject
from mock_server.document import Document, Operation, Response, Schema
from mock_server.errors import BindingError

_ROW_LISTS = ("results", "data", "items", "content", "values", "rows", "visits", "views",
              "viewers", "searches", "entries", "records", "elements", "edges", "nodes", "report")  # fmt: skip

_LISTS_OF = {
    Grouping.DAYS: frozenset({"day", "days", "daily", "tage"}),
    Grouping.VIEWERS: frozenset({"viewers", "visitors", "users", "readers", "people", "accounts"}),
    Grouping.CONTENTS: frozenset({"contents", "pages", "documents", "articles", "top"}),
}
"""Words in the names of lists that tell what totals are of, where their rows do not."""

_OF_TOTALS = {
    Grouping.VIEWERS: {
        Field.ACCOUNT: "id",
        Field.ACCOUNT_NAME: "name",
        Field.ACCOUNT_KIND: "type; kind",
    },
    Grouping.CONTENTS: {Field.CONTENT_ID: "id"},
    Grouping.DAYS: {Field.DAY: "d"},
    Grouping.TERMS: {Field.TERM: "name; value; label; id"},
}
"""Names that need no more words where a row is totals: they are of what the totals are of."""


def bind(document: Document, overrides: Mapping[str, Override] | None = None) -> Binding:
    """Infer how the GET operations of a document meet the domain.

    Args:
        document: Whose operations.
        overrides: A person's word, by operation id; it goes before what is inferred.

    Raises:
        BindingError: If an override speaks of properties that an answer does not have.
    """
    bound: dict[str, OperationBinding] = {}
    unbound: dict[str, str] = {}
    for operation in document.operations:
        override = (overrides or {}).get(operation.id, Override())
        outcome = _operation_binding(document, operation, override)
        if isinstance(outcome, str):
            unbound[operation.id] = outcome
        else:
            bound[operation.id] = outcome
    return Binding(bound, unbound)


def _operation_binding(
    document: Document, operation: Operation, override: Override
) -> OperationBinding | str:
    if operation.method != "GET":
        return f"{operation.method} changes things, and the API is read-only"
    success = next((code for code in operation.responses if code.startswith("2")), None)
    if success is None:
        return "no answer of success is declared"
    response = operation.responses[success]
    media_type = next((one for one in response.media_types if _is_json(one.name)), None)
    if media_type is None:
        return "its answer is not JSON"
    parameters = parameter_bindings(document, operation, override.parameters)
    subject, told = _subject(operation, parameters)
    if override.subject is not None:
        subject, told = override.subject, "the binding file"
    rows = _rows(document, media_type.schema, subject, override)
    inferred = OperationBinding(
        operation=operation,
        subject=subject,
        grouping=rows.grouping,
        status=int(success) if success.isdigit() else 200,
        media_type=media_type,
        rows_at=rows.at,
        parameters=parameters,
        properties={
            **rows.properties,
            **envelope(document, media_type.schema, rows.at, parameters),
        },
        headers=_headers(document, response),
        evidence=told,
    )
    refuse_unbound(operation.id, override, inferred)
    return replace(
        inferred,
        properties={**inferred.properties, **_told(override.properties)},
        headers={**inferred.headers, **_told(override.headers)},
    )


def _told(fields: Mapping[str, Field | None]) -> dict[str, PropertyBinding]:
    return {name: PropertyBinding(field, "the binding file") for name, field in fields.items()}


def _is_json(media_type: str) -> bool:
    bare = media_type.partition(";")[0].strip().lower()
    return bare in {"application/json", "*/*", "application/*"} or bare.endswith("+json")


def _subject(operation: Operation, parameters: Iterable[ParameterBinding]) -> tuple[Subject, str]:
    parts = {one.part: one.parameter.name for one in parameters}
    for part, subject in (
        (Part.CONTENT_ID, Subject.CONTENT_VISITS),
        (Part.SPACE_KEY, Subject.SPACE_VISITS),
    ):
        if part in parts:
            return subject, f"its parameter {parts[part]!r}"
    last = {word for segment in operation.path.split("/")[-2:] for word in words_of(segment)}
    if SEARCH_PATHS & last:
        return Subject.SEARCHES, f"its path {operation.path!r}"
    named = set(words_of(operation.id)) | set(words_of(operation.summary))
    if {"search", "searches"} & named:
        return Subject.SEARCHES, "its name or summary"
    return Subject.SITE_VISITS, "no content, space or search is in its path"


@dataclass(frozen=True)
class _Rows:
    at: str | None
    grouping: Grouping
    properties: Mapping[str, PropertyBinding]


def _rows(document: Document, schema: Schema, subject: Subject, override: Override) -> _Rows:
    """Find where the rows lie: the array whose elements say most about the domain."""
    arrays = dict(_arrays(document, schema, "", 0))
    if override.rows is not None and override.rows not in arrays:
        known = ", ".join(map(repr, arrays)) or "none"
        raise BindingError(f"No array lies at {override.rows!r}; there are: {known}.")
    candidates = [
        _judged(document, at, items, subject, override.grouping)
        for at, items in arrays.items()
        if override.rows in {None, at}
    ]
    told = [one for one in candidates if _known(one.properties)]
    if told:
        return max(told, key=lambda one: (len(_known(one.properties)), -_name_rank(one.at)))
    if candidates:
        return candidates[0]
    return _Rows(None, Grouping.SUMS, {})


def _known(properties: Mapping[str, PropertyBinding]) -> set[Field]:
    return {one.field for one in properties.values() if one.field is not None}


def _name_rank(at: str | None) -> int:
    name = (at or "").rpartition("/")[2]
    return _ROW_LISTS.index(name) if name in _ROW_LISTS else len(_ROW_LISTS)


def _arrays(
    document: Document, schema: Schema, at: str, depth: int
) -> Iterator[tuple[str, Schema]]:
    shape = shape_of(document, schema)
    if shape.is_array:
        yield at, shape.schema.get("items") or {}
    elif depth < 4:
        for name, inner in shape.properties.items():
            yield from _arrays(document, inner, f"{at}/{name}", depth + 1)


def _judged(
    document: Document, at: str, items: Schema, subject: Subject, told: Grouping | None
) -> _Rows:
    found = list(leaves(document, items, at=f"{at}/*"))
    grouping = told or _grouping(at, found, subject)
    offered = fields_of(subject, grouping)
    own = _OF_TOTALS.get(grouping, {})
    names = {
        field: f"{own[field]}; {told}" if field in own else told
        for field, told in ROW_NAMES.items()
    }
    bound = {leaf.path: property_binding(leaf, names, offered) for leaf in found}
    return _Rows(at, grouping, hinted(found, bound, names, offered))


def _grouping(at: str, row: list[Leaf], subject: Subject) -> Grouping:
    """Tell single rows from totals: totals count something, rows happen at a moment."""

    def has(*fields: Field, among: tuple[Field, ...] = ()) -> bool:
        told = (property_binding(leaf, ROW_NAMES, (*among, *fields)).field for leaf in row)
        return any(field in fields for field in told)

    if subject is Subject.SEARCHES and has(Field.TERM):
        is_counted = has(Field.VIEWS, Field.VIEWERS, among=(Field.NUMBER_OF_RESULTS,))
        return Grouping.TERMS if is_counted and not has(Field.TIME) else Grouping.ROWS
    if not has(Field.VIEWS, Field.VIEWERS):
        return Grouping.ROWS
    of_contents = {Field.CONTENT_TITLE} if subject is not Subject.CONTENT_VISITS else set()
    told_by: list[tuple[Grouping, set[Field]]] = [
        (Grouping.VIEWERS, {Field.ACCOUNT, Field.ACCOUNT_NAME}),
        (Grouping.DAYS, {Field.DAY}),
        (Grouping.CONTENTS, {Field.CONTENT_ID} | of_contents),
    ]
    named = set(words_of(at.rpartition("/")[2]))
    told_by += [(one, set()) for one, words in _LISTS_OF.items() if words & named]
    return next((one for one, fields in told_by if not fields or has(*fields)), Grouping.VIEWERS)


def _headers(document: Document, response: Response) -> dict[str, PropertyBinding]:
    bound = {}
    for name, header in response.headers.items():
        leaf = Leaf(name, (name,), shape_of(document, header.get("schema") or {}))
        bound[name] = property_binding(leaf, ENVELOPE_NAMES, ENVELOPE_NAMES)
    return bound
