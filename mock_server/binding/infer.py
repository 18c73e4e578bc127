"""Infer the binding of a document from names, types, formats and neighbouring elements."""

import dataclasses
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mock_server.binding.fields import (
    NOT_OURS,
    Binding,
    Field,
    Grouping,
    Kind,
    OperationBinding,
    ParameterBinding,
    Part,
    PropertyBinding,
    Subject,
    Unit,
)
from mock_server.binding.file import Override, refuse_unbound
from mock_server.binding.lexicon import (
    CONTENT_TYPES,
    ENVELOPE_NAMES,
    HINTS,
    ROW_NAMES,
    WORDS,
    choices_of,
    grouping_of,
    is_newest_first,
    normalised,
    words_of,
)
from mock_server.binding.parameters import parameter_bindings
from mock_server.binding.properties import fields_of, fits, property_binding
from mock_server.errors import BindingError
from mock_server.openapi.document import Document, MediaType, Operation, Response
from mock_server.openapi.schemas import Leaf, Schema, leaves, shape_of

logger = logging.getLogger(__name__)

_LARGE = 200
"""Number of operations from which to log that the inference takes time."""
_MOST_ARRAYS = 8
"""Maximum number of lists of a response to examine."""
_ENOUGH = 2
"""Minimum number of recognized enumeration values."""


def hinted(
    row: Sequence[Leaf],
    bound: Mapping[str, PropertyBinding],
    names: Mapping[Field, str],
    offered: Iterable[Field],
) -> dict[str, PropertyBinding]:
    """Bind the properties of a row without known names; each field is used once.

    Args:
        row: All properties of the row.
        bound: The bindings inferred from names.
        names: The names of each field, to match short descriptions.
        offered: The fields that such a row has.
    """
    found = _without_other_ids(row, _with_names_of_people(row, bound))
    free = [
        field for field in offered if field not in {binding.field for binding in found.values()}
    ]
    for leaf in row:
        if found[leaf.path].field is None and not leaf.is_constant:
            hint = _hint(leaf, names, free)
            if hint is not None and hint.field is not None:
                found[leaf.path] = hint
                free.remove(hint.field)
    moments = [leaf for leaf in row if found[leaf.path].field is None and _is_moment(leaf)]
    if Field.TIME in free and len(moments) == 1:
        found[moments[0].path] = PropertyBinding(Field.TIME, "the only moment of the row")
    return found


def _with_names_of_people(
    row: Sequence[Leaf], bound: Mapping[str, PropertyBinding]
) -> dict[str, PropertyBinding]:
    """If two properties match the account, bind the one called a name to the account's name."""
    accounts = [leaf for leaf in row if bound[leaf.path].field is Field.ACCOUNT]
    named = [leaf for leaf in accounts
             if "name" in {*words_of(leaf.names[-1])[-1:], *words_of(leaf.description)}]  # fmt: skip
    if not 0 < len(named) < len(accounts):
        return dict(bound)
    name = PropertyBinding(Field.ACCOUNT_NAME, "a name beside an account's id")
    return {**bound, **{leaf.path: name for leaf in named}}


def _without_other_ids(
    row: Sequence[Leaf], bound: dict[str, PropertyBinding]
) -> dict[str, PropertyBinding]:
    """If a space has a key and an id, do not bind the id: it is a number that the mock lacks."""
    spaces = [leaf for leaf in row if bound[leaf.path].field is Field.SPACE_KEY]
    ids = [leaf for leaf in spaces if words_of(leaf.names[-1])[-1:] == ("id",)]
    if 0 < len(ids) < len(spaces):
        other = PropertyBinding(None, "an id beside the space's key")
        bound |= {leaf.path: other for leaf in ids}
    return bound


def _hint(leaf: Leaf, names: Mapping[Field, str], free: list[Field]) -> PropertyBinding | None:
    for field in (Field.CONTENT_TYPE, Field.ACCOUNT_KIND, Field.IS_TRASHED):
        if field in free and fits(Kind.CHOICE, field, leaf.shape):
            meant = choices_of(field, leaf.shape.schema)
            if len({*meant.values()}) >= _ENOUGH:
                return PropertyBinding(field, f"its values, such as {next(iter(meant.values()))!r}")
    described = replace(leaf, names=(leaf.description,))
    by_description = property_binding(described, names, free) if leaf.description else None
    if by_description is not None and by_description.field is not None:
        return replace(by_description, evidence=f"described as {leaf.description!r}")
    words = set(words_of(leaf.names[-1]))
    for field, telling in HINTS.items():
        if field in free and telling & words and _fits_strictly(field, leaf):
            return PropertyBinding(field, f"named with {min(telling & words)!r}")
    return None


def _fits_strictly(field: Field, leaf: Leaf) -> bool:
    if field.kind is Kind.MOMENT:
        return _is_moment(leaf) or bool({"integer", "number"} & leaf.shape.types)
    return bool(leaf.shape.types) and fits(field.kind, field, leaf.shape)


def _is_moment(leaf: Leaf) -> bool:
    return leaf.shape.schema.get("format") in {"date", "date-time"}


_TOTAL_WORDS = frozenset({"total", "totals", "overall", "all", "gesamt", "gesamtzahl"})
_LINK_WORDS = frozenset({"link", "links", "url", "uri", "href", "address"})
_EPOCH_WORDS = frozenset({"ms", "millis", "epoch", "unix", "ts", "timestamp", "seconds"})
_TEXTUAL = frozenset({Unit.DATE, Unit.DATE_TIME, Unit.FREE})


def envelope(
    document: Document,
    schema: Schema,
    rows_at: str | None,
    parameters: Iterable[ParameterBinding],
    subject: Subject,
) -> dict[str, PropertyBinding]:
    """Bind the properties around the rows.

    Args:
        document: Resolves schemas.
        schema: The schema of the whole body.
        rows_at: The path of the rows, if there are any.
        parameters: The parameters of the operation; its paging style determines counts and links.
        subject: The subject of the operation.
    """
    found = list(leaves(document, schema, skip=rows_at))
    own = {leaf.names[-1].casefold() for leaf in found}
    names = dict(ENVELOPE_NAMES)
    if subject is Subject.SEARCHES:  # these are what the report counts
        del names[Field.SEARCHES]
    if _is_of_account(parameters):
        names |= {field: ROW_NAMES[field] for field in (Field.ACCOUNT, Field.ACCOUNT_NAME)}
    requested = {
        normalised([binding.parameter.name]) for binding in parameters if binding.part is Part.LIMIT
    }
    echoed = {normalised(leaf.names[-2:]) for leaf in found} | {"size"}
    if requested & echoed and "limit" not in own:  # in Spring, the requested size
        names[Field.LIMIT] = f"size; {names[Field.LIMIT]}"
        names[Field.SIZE] = names[Field.SIZE].removeprefix("size; ")
    if rows_at is None:  # counts are not about rows of a page
        names[Field.VIEWS] = f"{names[Field.VIEWS]}; count; total; hits; n; anzahl; gesamt"
        names = {field: usual for field, usual in names.items() if field not in _OF_PAGES}
    bound = {leaf.path: property_binding(leaf, names, names) for leaf in found}
    bound |= dict(_by_neighbours(found, bound, parameters))
    bound |= dict(_starts_beside_ends(found, bound))
    return bound | dict(_by_paging(found, bound, parameters))


def _is_of_account(parameters: Iterable[ParameterBinding]) -> bool:
    """Return whether a path names the account whose visits are reported."""
    return any(binding.part is Part.ACCOUNT and binding.parameter.location == "path"
               for binding in parameters)  # fmt: skip


_OF_PAGES = frozenset({Field.TOTAL, Field.SIZE, Field.IS_EMPTY})
"""Fields that describe a page or a report."""

_ECHOES = {
    Part.START: Field.RANGE_START,
    Part.END: Field.RANGE_END,
    Part.OFFSET: Field.OFFSET,
    Part.PAGE: Field.PAGE,
    Part.LIMIT: Field.LIMIT,
    Part.CONTENT_ID: Field.CONTENT_ID,
    Part.SPACE_KEY: Field.SPACE_KEY,
    Part.TIME_ZONE: Field.TIME_ZONE,
    Part.INTERVAL: Field.INTERVAL,
    Part.GROUPING: Field.GROUPING,
}
"""The field of a property that is named like a parameter."""


def _by_neighbours(
    found: Iterable[Leaf],
    bound: Mapping[str, PropertyBinding],
    parameters: Iterable[ParameterBinding],
) -> Iterator[tuple[str, PropertyBinding]]:
    """Bind echoes of parameters; correct a count next to a total, and lists of links."""
    echoes = {
        normalised([binding.parameter.name]): _ECHOES[binding.part]
        for binding in parameters
        if binding.part in _ECHOES
    }
    for leaf in found:
        echo = echoes.get(normalised(leaf.names[-1:]))
        if echo and not bound[leaf.path].field and fits(echo.kind, echo, leaf.shape):
            yield leaf.path, PropertyBinding(echo, "named like the parameter")
    totals = [leaf for leaf in found if bound[leaf.path].field is Field.TOTAL]
    if any(_TOTAL_WORDS & {*words_of(leaf.names[-1])} for leaf in totals):
        for leaf in totals:
            if not _TOTAL_WORDS & {word for name in leaf.names for word in words_of(name)}:
                yield leaf.path, PropertyBinding(Field.SIZE, "a count beside a total")
    for leaf in found:
        if leaf.is_listed and bound[leaf.path].field is Field.SELF:
            yield leaf.path, PropertyBinding(None, "a link of a list of links")


def _starts_beside_ends(
    found: Iterable[Leaf], bound: Mapping[str, PropertyBinding]
) -> Iterator[tuple[str, PropertyBinding]]:
    """Bind the start of a range that is in the same object as its end."""
    fields = {leaf.path: bound[leaf.path].field for leaf in found}
    inside = {path.rpartition("/")[0] for path, field in fields.items() if field is Field.RANGE_END}
    for path, field in fields.items():
        if field is Field.OFFSET and path.rpartition("/")[0] in inside - {""}:
            yield path, PropertyBinding(Field.RANGE_START, "a start beside the range's end")


def _by_paging(
    found: Iterable[Leaf],
    bound: Mapping[str, PropertyBinding],
    parameters: Iterable[ParameterBinding],
) -> Iterator[tuple[str, PropertyBinding]]:
    """Correct bindings that do not fit the paging style."""
    parts = {binding.part for binding in parameters}
    has_numbers = not {Part.OFFSET, Part.PAGE}.isdisjoint(parts)
    in_text = any(binding.unit in _TEXTUAL for binding in parameters)
    fields = {binding.field for binding in bound.values()}
    is_counted = not fields.isdisjoint({Field.TOTAL, Field.HAS_MORE})
    for leaf in found:
        field, word = bound[leaf.path].field, words_of(leaf.names[-1])[-1:]
        if field is Field.SIZE and word == ("count",) and has_numbers and not is_counted:
            yield leaf.path, PropertyBinding(Field.TOTAL, "the only count, beside numbered pages")
        said = {*words_of(str(leaf.shape.schema.get("description") or ""))}
        said |= {word for name in leaf.names for word in words_of(name)}
        is_link = "format" in leaf.shape.schema or not said.isdisjoint(_LINK_WORDS)
        is_number = {"integer", "number"} & leaf.shape.types
        is_epoch = not _EPOCH_WORDS.isdisjoint(words_of(leaf.names[-1]))
        is_plain = is_number and in_text and not is_epoch
        if field in {Field.RANGE_START, Field.RANGE_END} and is_plain:
            yield leaf.path, PropertyBinding(None, "a number, where ranges are text")
        is_cursor = Part.CURSOR in parts and not has_numbers and not is_link
        if field is Field.NEXT and is_cursor:
            yield leaf.path, PropertyBinding(Field.NEXT_CURSOR, "what follows is a cursor")
        if field is Field.PREVIOUS and is_cursor:
            yield leaf.path, PropertyBinding(None, "what came before is a cursor")


_LISTS_OF = {
    Grouping.DAYS: frozenset({"day", "days", "daily", "tage"}),
    Grouping.VIEWERS: frozenset({"viewers", "visitors", "users", "readers", "people", "accounts"}),
    Grouping.SPACES: WORDS["spaces"],
    Grouping.CONTENTS: frozenset({"contents", "pages", "documents", "articles", "top"}),
}
"""Words in the names of lists that indicate the grouping if their rows do not."""

_KEY = "id; key; group; group key; group id; dimension"
_OF_TOTALS = {
    Grouping.VIEWERS: {
        Field.ACCOUNT: _KEY,
        Field.ACCOUNT_NAME: "name; label",
        Field.ACCOUNT_KIND: "type; kind",
    },
    Grouping.CONTENTS: {Field.CONTENT_ID: _KEY, Field.CONTENT_TITLE: "label"},
    Grouping.DAYS: {Field.DAY: f"{_KEY}; d; start; from; week; month; week start; month start"},
    Grouping.SPACES: {Field.SPACE_KEY: _KEY, Field.SPACE_NAME: "name; label; title"},
    Grouping.TERMS: {Field.TERM: f"name; value; label; {_KEY}"},
}
"""Names without a prefix in a row of totals, where they refer to its subject."""


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
    successes = [code for code in operation.responses if code.startswith("2")] or [
        code for code in operation.responses if code == "default"
    ]
    if not successes:
        return "no response of success is declared"
    bodies = {code: _json_of(operation.responses[code]) for code in successes}
    success = next((code for code in sorted(bodies) if bodies[code] is not None), successes[0])
    response, media_type = operation.responses[success], bodies[success]
    if media_type is None:
        return "its response is not JSON"
    parameters = parameter_bindings(document, operation, override.parameters)
    subject, evidence = _subject(operation, parameters)
    if override.subject is not None:
        subject, evidence = override.subject, "the binding file"
    groupings = _groupings(document, parameters, subject)
    usual = override.grouping or next(iter(groupings), None)
    readings = {
        grouping: _body(document, media_type.schema, subject, parameters,
                        override.model_copy(update={"grouping": grouping}), _told_by(operation))
        for grouping in dict.fromkeys((usual, *groupings))
    }  # fmt: skip
    status = int(success) if success.isdigit() else 200
    near = {path: known for path, known in readings[usual][1].items() if path.count("/") <= _NEAR}
    of_something = subject in _OF_SOMETHING or _is_of_account(parameters)
    is_ours = _is_ours(operation, subject, near, of_something=of_something)
    if override == Override() and not is_ours:
        return _generated(document, operation, status, media_type)
    inferred = {
        grouping: _of_any(bound, readings.values()) for grouping, (_, bound) in readings.items()
    }
    refuse_unbound(operation.id, override, inferred[usual], headers := _headers(document, response))
    corrected = {path: field for path, field in override.properties.items()
                 if field is not inferred[usual][path].field}  # fmt: skip
    bindings = {
        grouping: OperationBinding(
            operation=operation,
            subject=subject,
            grouping=rows.grouping,
            status=status,
            media_type=media_type,
            rows_at=rows.at,
            parameters=parameters,
            properties={
                **inferred[grouping],
                **_told(override.properties if grouping is usual else corrected),
            },
            headers={**headers, **_told(override.headers)},
            evidence=evidence,
            most_rows=_most_rows(document, media_type.schema, rows.at),
            content_types=rows.content_types,
            with_protected=_tells_protected(document, media_type.schema, rows),
            lists=rows.others,
            newest_first=is_newest_first(f"{operation.summary}. {operation.description}"),
        )
        for grouping, (rows, _) in readings.items()
    }
    return replace(bindings[usual], groupings={key: bindings[key] for key in groupings})


_GROUPINGS = (Grouping.VIEWERS, Grouping.CONTENTS, Grouping.SPACES, Grouping.DAYS)


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
    readings: Iterable[tuple["_Rows", Mapping[str, PropertyBinding]]],
) -> dict[str, PropertyBinding]:
    """Bind what is unknown in one grouping as in another, so that it is absent, not made up."""
    known = {path: binding for _, properties in reversed([*readings])
             for path, binding in properties.items() if binding.field is not None}  # fmt: skip
    return {path: binding if binding.field is not None else known.get(path, binding)
            for path, binding in bound.items()}  # fmt: skip


def _told_by(operation: Operation) -> Grouping | None:
    """Return the grouping of totals that the end of a path names, such as `/users`."""
    end = operation.path.rstrip("/").rpartition("/")[2]
    named = set() if end.startswith("{") else {*words_of(end)} - {"top"}
    return next((kind for kind, words in _LISTS_OF.items() if words & named), None)


def _body(
    document: Document,
    schema: Schema,
    subject: Subject,
    parameters: Sequence[ParameterBinding],
    override: Override,
    told: Grouping | None,
) -> tuple["_Rows", Mapping[str, PropertyBinding]]:
    """Find the rows of a body, and bind all its properties.

    Cached for operations with the same schema and paging style.
    """
    paging = tuple((binding.parameter.name, binding.parameter.location, binding.part, binding.unit)
                   for binding in parameters)  # fmt: skip
    key = (id(document.resolve(schema)), subject, override.rows, override.grouping, told, paging)
    if key not in document.readings:
        rows = _rows(document, schema, subject, override, told)
        around = envelope(document, schema, rows.at, parameters, subject)
        inside = tuple(f"{at}/*" for at in rows.others)
        around = {path: binding for path, binding in around.items() if not path.startswith(inside)}
        document.readings[key] = (rows, {**rows.properties, **around})
    found: tuple[_Rows, Mapping[str, PropertyBinding]] = document.readings[key]
    return found


_EVERYWHERE = {
    Field.TIMESTAMP: "time; now; timestamp; server time; current time; checked at; date time",
    Field.RESIDENCY: f"{ENVELOPE_NAMES[Field.RESIDENCY]}; region",
    Field.SITE_URL: f"{ENVELOPE_NAMES[Field.SITE_URL]}; site",
}
"""Fields that are also bound in responses about other subjects."""


def _generated(
    document: Document, operation: Operation, status: int, media_type: MediaType
) -> OperationBinding:
    """Bind almost nothing: values are generated, and parameters have no effect."""
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
            ParameterBinding(parameter, None, None, 0, "the operation is not about views")
            for parameter in operation.parameters
        ),
        properties=document.readings[key],
        headers={},
        evidence=NOT_OURS,
    )


_PRIOR = 4
"""Minimum score of an operation about views or searches."""
_POINTS = {
    **dict.fromkeys(
        (Field.VIEWERS, Field.NUMBER_OF_RESULTS, Field.IS_PROTECTED, Field.IS_ANONYMOUS,
         Field.TERM), 2,
    ),
    **dict.fromkeys(
        (Field.TIME, Field.DAY, Field.LAST_TIME, Field.VIEWS, Field.ACCOUNT, Field.ACCOUNT_KIND,
         Field.CONTENT_ID, Field.SPACE_KEY, Field.IS_TRASHED), 1,
    ),
}  # fmt: skip
"""Scores of fields; those that are typical for analytics score higher."""


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
    known = _known(properties)
    names = [{*words_of(path.rpartition("/")[2])} for path in properties]
    in_names = any(views - {"view"} & name or ("view" in name and name & WORDS["viewing"])
                   for name in names)  # fmt: skip
    if not (in_path or (in_names and of_something)):
        return False
    if subject is Subject.SEARCHES and Field.TERM not in known:  # a search, not a report
        return False
    points = sum(_POINTS.get(field, 0) for field in known)
    return in_path + in_names + of_something + points >= _PRIOR


def _tells_protected(document: Document, schema: Schema, rows: "_Rows") -> bool:
    """Return whether a total per viewer can represent protected viewers, whose id is null."""
    if rows.grouping is not Grouping.VIEWERS or rows.at is None:
        return False
    shapes = {leaf.path: leaf.shape for leaf in leaves(document, schema)}
    return any(
        bound.field is Field.ACCOUNT and path in shapes and shapes[path].is_nullable
        for path, bound in rows.properties.items()
    )


def _most_rows(document: Document, schema: Schema, at: str | None) -> int | None:
    if at is None:
        return None
    shape = shape_of(document, schema)
    for name in at.split("/")[1:]:
        shape = shape_of(document, shape.properties[name])
    most = shape.schema.get("maxItems")
    return most if isinstance(most, int) else None


def _told(fields: Mapping[str, Field | None]) -> dict[str, PropertyBinding]:
    return {name: PropertyBinding(field, "the binding file") for name, field in fields.items()}


def _json_of(response: Response) -> MediaType | None:
    return next((media for media in response.media_types if _is_json(media.name)), None)


def _is_json(media_type: str) -> bool:
    bare = media_type.partition(";")[0].strip().lower()
    return bare in {"application/json", "*/*", "application/*"} or bare.endswith("+json")


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


@dataclass(frozen=True)
class _Rows:
    at: str | None
    grouping: Grouping
    properties: Mapping[str, PropertyBinding]
    others: Mapping[str, Grouping] = dataclasses.field(default_factory=dict)
    """The grouping of secondary arrays, by path."""
    content_types: frozenset[str] | None = None
    """The content types in the enumeration; None for all."""


def _rows(
    document: Document, schema: Schema, subject: Subject, override: Override, told: Grouping | None
) -> _Rows:
    """Find the array of rows: the one whose elements match the data best."""
    arrays = dict(islice(_arrays(document, schema, "", 0), _MOST_ARRAYS))
    if override.rows is not None and override.rows not in arrays:
        known = ", ".join(map(repr, arrays)) or "none"
        raise BindingError(f"No array lies at {override.rows!r}; there are: {known}.")
    inferred = {at: _read_as(document, at, items, subject, None, told)
                for at, items in arrays.items()}  # fmt: skip
    chosen = [
        inferred[at] if override.grouping is None
        else _read_as(document, at, items, subject, override.grouping, told)
        for at, items in arrays.items() if override.rows in {None, at}
    ]  # fmt: skip
    telling = [rows for rows in chosen if _known(rows.properties)]
    if telling:
        best = max(telling, key=_score)
        beside = {at: rows for at, rows in inferred.items() if at != best.at and _is_report(rows)}
        properties = dict(best.properties)
        for other in beside.values():
            properties |= other.properties
        others = {at: rows.grouping for at, rows in beside.items()}
        return replace(best, properties=properties, others=others)
    if chosen:
        return chosen[0]
    return _Rows(None, Grouping.SUMS, {})


def _score(rows: _Rows) -> int:
    """Rate an array by the number of known properties and by its name."""
    name = (rows.at or "").rpartition("/")[2]
    return len(_known(rows.properties)) + _ENOUGH * (name in WORDS["lists"])


def _is_report(rows: _Rows) -> bool:
    """Return whether a secondary array is a report, and not data that rows refer to."""
    known = _known(rows.properties)
    counts = {Field.VIEWS, Field.VIEWERS, Field.TIME}
    return len(known) >= _ENOUGH and not counts.isdisjoint(known)


def _known(properties: Mapping[str, PropertyBinding]) -> set[Field]:
    return {binding.field for binding in properties.values() if binding.field is not None}


def _arrays(
    document: Document, schema: Schema, at: str, depth: int
) -> Iterator[tuple[str, Schema]]:
    shape = shape_of(document, schema)
    if shape.is_array:
        yield at, shape.schema.get("items") or {}
    elif depth < 4:
        for name, inner in shape.properties.items():
            yield from _arrays(document, inner, f"{at}/{name}", depth + 1)


def _read_as(
    document: Document,
    at: str,
    items: Schema,
    subject: Subject,
    given: Grouping | None,
    told: Grouping | None,
) -> _Rows:
    found = list(leaves(document, items, at=f"{at}/*"))
    grouping = given or _grouping(at, found, subject, told)
    offered = fields_of(subject, grouping)
    own = _OF_TOTALS.get(grouping, {})
    names = {
        field: f"{own[field]}; {usual}" if field in own else usual
        for field, usual in ROW_NAMES.items()
    }
    bound = {leaf.path: property_binding(leaf, names, offered) for leaf in found}
    properties = hinted(found, bound, names, offered)
    return _Rows(at, grouping, properties, content_types=_content_types(found, properties))


def _content_types(
    row: Iterable[Leaf], properties: Mapping[str, PropertyBinding]
) -> frozenset[str] | None:
    for leaf in row:
        if properties[leaf.path].field is Field.CONTENT_TYPE:
            meant = choices_of(Field.CONTENT_TYPE, leaf.shape.schema)
            return frozenset(meant) if 0 < len(meant) < len(CONTENT_TYPES) else None
    return None


def _grouping(at: str, row: list[Leaf], subject: Subject, told: Grouping | None) -> Grouping:
    """Distinguish single rows, which have a time, from totals, which have counts."""

    def has(*fields: Field, among: tuple[Field, ...] = ()) -> bool:
        found = (property_binding(leaf, ROW_NAMES, (*among, *fields)).field for leaf in row)
        return any(field in fields for field in found)

    if subject is Subject.SEARCHES and has(Field.TERM):
        is_counted = has(Field.VIEWS, Field.VIEWERS, among=(Field.NUMBER_OF_RESULTS,))
        return Grouping.TERMS if is_counted and not has(Field.TIME) else Grouping.ROWS
    if not has(Field.VIEWS, Field.VIEWERS):
        return Grouping.ROWS
    if told is not None:
        return told
    of_contents = {Field.CONTENT_TITLE} if subject is not Subject.CONTENT_VISITS else set()
    told_by: list[tuple[Grouping, set[Field]]] = [
        (Grouping.VIEWERS, {Field.ACCOUNT, Field.ACCOUNT_NAME}),
        (Grouping.DAYS, {Field.DAY}),
        (Grouping.CONTENTS, {Field.CONTENT_ID} | of_contents),
    ]
    named = set(words_of(at.rpartition("/")[2]))
    told_by += [(kind, set()) for kind, words in _LISTS_OF.items() if words & named]
    found = next((kind for kind, fields in told_by if not fields or has(*fields)), None)
    is_dated = any(map(_is_moment, row)) and not has(Field.FIRST_TIME, Field.LAST_TIME)
    return found or (Grouping.DAYS if is_dated else Grouping.VIEWERS)


def _headers(document: Document, response: Response) -> dict[str, PropertyBinding]:
    bound = {}
    for name, header in response.headers.items():
        leaf = Leaf(name, (name,), shape_of(document, header.get("schema") or {}))
        bound[name] = property_binding(leaf, ENVELOPE_NAMES, ENVELOPE_NAMES)
    return bound
