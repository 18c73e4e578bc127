"""Infer the binding of a document from names, types, formats and neighbouring elements."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mock_server.binding.anonymous import with_anonymous
from mock_server.binding.descriptions import (
    EVER,
    fills_gaps,
    last_hours,
    leaves_gaps,
    left_out_by,
    number_of_top,
    refuses_reversed,
    says,
)
from mock_server.binding.envelope import envelope, headers_of, is_of_account
from mock_server.binding.fields import (
    KEYS,
    OF_PAGES,
    Field,
    Grouping,
    Interval,
    Part,
    Subject,
    Unit,
)
from mock_server.binding.file import Override, refuse_unbound
from mock_server.binding.lexicon import (
    ENVELOPE_NAMES,
    WORDS,
    grouping_of,
    interval_in,
    interval_of_path,
    words_of,
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
from mock_server.binding.rows import (
    Rows,
    array_at,
    grouping_of_path,
    known_in,
    rows_of,
    tells_protected,
)
from mock_server.binding.units import unit_of
from mock_server.openapi.document import Document, MediaType, Operation, Response
from mock_server.openapi.schemas import Schema, Shape, leaves, shape_of

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
    return Binding(with_anonymous(document, bound), unbound)


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
    subject, evidence = _subject(operation, parameters)
    if override.subject is not None:
        subject, evidence = override.subject, "the binding file"
    groupings = _groupings(document, parameters, subject)
    by_path = grouping_of_path(operation)
    listed = by_path if has_lookups and by_path in _LISTED else None
    usual = override.grouping or next(iter(groupings), listed)
    readings = {
        grouping: _body(document, media_type.schema, subject, parameters,
                        override.model_copy(update={"grouping": grouping}), by_path)
        for grouping in dict.fromkeys((usual, *groupings))
    }  # fmt: skip
    status = int(success) if success.isdigit() else 200
    near = {path: known for path, known in readings[usual][1].items() if path.count("/") <= _NEAR}
    of_something = subject in _OF_SOMETHING or is_of_account(parameters)
    if listed is not None and KEYS[listed] not in known_in(readings[usual][0].properties):
        listed = None
    is_ours = _is_ours(operation, subject, near, of_something=of_something) or (
        has_lookups and (listed is not None or _is_lookup(operation, parameters, *readings[usual]))
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
            refuses_reversed=_refuses_reversed(operation, parameters),
            **_of_rows(document, operation, response, media_type.schema, rows, parts)
            | ({} if listed is None else _of_list(listed)),
        )
        for grouping, (rows, _) in readings.items()
    }
    return replace(bindings[usual], groupings={key: bindings[key] for key in groupings})


def _refuses_reversed(operation: Operation, parameters: Iterable[ParameterBinding]) -> bool:
    names = {bound.part: bound.parameter.name for bound in parameters}
    if not {Part.START, Part.END} <= names.keys():
        return False
    texts = [bound.parameter.description for bound in parameters]
    texts += [
        operation.responses[status].description
        for status in ("400", "422")
        if status in operation.responses
    ]
    return refuses_reversed([operation.description, *texts], names[Part.START], names[Part.END])


def _of_rows(
    document: Document,
    operation: Operation,
    response: Response,
    schema: Schema,
    rows: Rows,
    parts: frozenset[Part | None],
) -> dict[str, Any]:
    """Return what the schema of the rows, and the descriptions around them, say of an operation."""
    array = array_at(document, schema, rows.at)
    texts = operation.summary, operation.description, response.description, array.description
    described, most = ". ".join(texts), array.schema.get("maxItems")
    if Part.LIMIT not in parts and rows.grouping is not Grouping.ROWS:
        most = most or number_of_top(f"{(rows.at or '').rpartition('/')[2]} {described}")
    return {
        "grouping": rows.grouping,
        "rows_at": rows.at,
        "lists": rows.others,
        "content_types": rows.content_types,
        "most_rows": most if isinstance(most, int) and rows.at is not None else None,
        "interval": _interval(document, operation, array, rows),
        "with_protected": tells_protected(document, schema, rows),
        "newest_first": says("newest first", described)
        or (rows.grouping is Grouping.ROWS and says("newest first", document.description)),
        "hours": last_hours(f"{described}. {_said_around(document, schema, rows.at)}")
        if parts.isdisjoint(_OF_RANGES)
        else None,
        "has_gaps": not fills_gaps(described),
        "has_slots": not leaves_gaps(described),
        "usual_sort": ((Field.VIEWS, True),)
        if rows.grouping in _BY_TIME and says("largest first", described)
        else (),
        "refuses_pages": Part.PAGE in parts and _refuses_pages(document, operation, schema),
        "left_out": left_out_by(described, is_of_viewers=rows.grouping is Grouping.VIEWERS),
    }


_BY_TIME = frozenset({Grouping.DAYS, Grouping.HOURS, Grouping.WEEKDAYS})
_OF_DJANGO = frozenset({"count", "next", "previous", "results"})
"""The envelope of Django REST framework, in which a page after the last one is a 404."""


def _refuses_pages(document: Document, operation: Operation, schema: Schema) -> bool:
    missing = operation.responses.get("404")
    is_of_django = shape_of(document, schema).properties.keys() == _OF_DJANGO
    return missing is not None and (is_of_django or says("no page", missing.description))


_OF_RANGES = frozenset({Part.START, Part.END, Part.PRESET, Part.DATE})


def _said_around(document: Document, schema: Schema, rows_at: str | None) -> str:
    """Return the descriptions of the properties around the rows; cached by schema."""
    key = (id(document.resolve(schema)), rows_at, "said")
    if key not in document.readings:
        found = leaves(document, schema, skip=rows_at)
        document.readings[key] = ". ".join(leaf.shape.description for leaf in found)
    return str(document.readings[key])


def _interval(document: Document, operation: Operation, array: Shape, rows: Rows) -> Interval:
    """Return the interval of totals per day that the path or the start of a row has."""
    if rows.grouping is not Grouping.DAYS:
        return Interval.DAY
    if (interval := interval_of_path(operation.path)) is not None:
        return interval
    starts = [path for path, bound in rows.properties.items() if bound.field is Field.DAY]
    numbers = [path for path, bound in rows.properties.items()
               if bound.field in {Field.MONTH, Field.WEEK}]  # fmt: skip
    found = {interval_in(path.rpartition("/")[2]) for path in starts or numbers}
    units = {unit_of(leaf.names[-1], leaf.shape)
             for leaf in leaves(document, array.schema.get("items") or {}, at=f"{rows.at}/*")
             if leaf.path in starts}  # fmt: skip
    if Interval.DAY not in found and units & _WRITTEN.keys():
        return next(_WRITTEN[unit] for unit in units if unit in _WRITTEN)
    return next(
        (interval for interval in (Interval.DAY, *Interval) if interval in found), Interval.DAY
    )


_WRITTEN = {Unit.MONTH: Interval.MONTH, Unit.WEEK: Interval.WEEK}


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
        document.readings[key] = (rows, {**rows.properties, **around})
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


_PRIOR = 4
"""Minimum score of an operation about views or searches."""
_POINTS = {
    **dict.fromkeys(
        (Field.VIEWERS, Field.KNOWN_VIEWERS, Field.NUMBER_OF_RESULTS, Field.IS_PROTECTED, Field.IS_ANONYMOUS,
         Field.TERM), 2,
    ),
    **dict.fromkeys(
        (Field.TIME, Field.DAY, Field.LAST_TIME, Field.VIEWS, Field.PAGE_VIEWS, Field.BLOG_VIEWS, Field.UNSUCCESSFUL, Field.ACCOUNT, Field.ACCOUNT_KIND,
         Field.CONTENT_ID, Field.SPACE_KEY, Field.IS_TRASHED), 1,
    ),
}  # fmt: skip
"""Scores of fields; those that are typical for analytics score higher."""


_FIGURES = frozenset({
    Field.VIEWS, Field.VIEWERS, Field.KNOWN_VIEWERS, Field.SEARCHES, Field.UNSUCCESSFUL, Field.PAGE_VIEWS,
    Field.BLOG_VIEWS, Field.ANONYMOUS_VIEWS,
})  # fmt: skip
_ENOUGH = 2
"""Minimum number of such figures that make an object a summary of views."""
_OF_SEARCHES = frozenset({Field.TERM, Field.VIEWS, Field.SEARCHES})
_OF_SOMETHING = frozenset({Subject.CONTENT_VISITS, Subject.SPACE_VISITS})
_NEAR = 6
"""Maximum depth of properties that count; deeper ones describe other objects."""


def _is_ours(
    operation: Operation,
    subject: Subject,
    properties: Mapping[str, PropertyBinding],
    *,
    of_something: bool,
) -> bool:
    """Return whether an operation is about views or searches, rather than about common objects."""
    words = {*words_of(operation.path), *words_of(operation.id), *words_of(operation.summary)}
    views = WORDS["views"]
    in_path = 3 * bool(words & (views - {"view"})) or ("view" in words) + sum(
        bool(words & WORDS[name]) for name in ("reported", "searches", "reports")
    )
    known = known_in(properties)
    names = [{*words_of(name)} for path in properties for name in path.split("/")]
    in_names = any(views - {"view"} & name or ("view" in name and name & WORDS["viewing"])
                   for name in names)  # fmt: skip
    points = sum(_POINTS.get(field, 0) for field in known)
    is_of_all = "{" not in operation.path and Field.TIME not in known
    is_summary = is_of_all and len(known & _FIGURES) >= _ENOUGH
    if not (in_path or (in_names and (of_something or is_summary))):
        return False
    if subject is Subject.SEARCHES and known.isdisjoint(_OF_SEARCHES):  # a search, not a report
        return False
    return in_path + in_names + of_something + points >= _PRIOR


_LISTED = frozenset({Grouping.VIEWERS, Grouping.CONTENTS, Grouping.SPACES})
_LOOKED_UP = {
    Part.CONTENT_ID: Field.CONTENT_ID,
    Part.SPACE_KEY: Field.SPACE_KEY,
    Part.ACCOUNT: Field.ACCOUNT,
}


def _of_list(grouping: Grouping) -> dict[str, Any]:
    """Return what differs for an operation that lists contents, spaces or accounts, not views."""
    return {
        "usual_sort": ((KEYS[grouping], False),),
        "has_gaps": False,
        "hours": EVER,
        "left_out": frozenset({"anonymous", "protected"}),
        "with_protected": False,
    }


def _is_lookup(
    operation: Operation,
    parameters: Iterable[ParameterBinding],
    rows: Rows,
    properties: Mapping[str, PropertyBinding],
) -> bool:
    """Return whether an operation returns the content, space or account at the end of its path."""
    end = operation.path.rstrip("/").rpartition("/")[2]
    parts = (bound.part for bound in parameters if end == f"{{{bound.parameter.name}}}")
    fields = {_LOOKED_UP.get(part) for part in parts if part is not None} - {None}
    return rows.at is None and not fields.isdisjoint(known_in(properties))


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


def _subject(operation: Operation, parameters: Iterable[ParameterBinding]) -> tuple[Subject, str]:
    parts = {binding.part: binding.parameter.name for binding in parameters}
    for part, subject in (
        (Part.CONTENT_ID, Subject.CONTENT_VISITS),
        (Part.SPACE_KEY, Subject.SPACE_VISITS),
    ):
        if part in parts:
            return subject, f"its parameter {parts[part]!r}"
    last = {word for segment in operation.path.split("/")[-2:] for word in words_of(segment)}
    if WORDS["searches"] & last:
        return Subject.SEARCHES, f"its path {operation.path!r}"
    named = set(words_of(operation.id)) | set(words_of(operation.summary))
    if {"search", "searches"} & named:
        return Subject.SEARCHES, "its name or summary"
    return Subject.SITE_VISITS, "the lack of a content, space or search in its path"
