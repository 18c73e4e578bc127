"""Find the rows of a response, what they are totals of, and what their properties mean."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from mock_server.binding.descriptions import counts_known
from mock_server.binding.fields import Field, Grouping, Kind, Subject
from mock_server.binding.file import Override
from mock_server.binding.lexicon import (
    CONCEPTS,
    CONTENT_TYPES,
    HINTS,
    LISTS,
    ROW_NAMES,
    STARTS,
    WORDS,
    choices,
    choices_of,
    grouping_of,
    is_yes_or_no,
    names_in_totals,
    words_of,
)
from mock_server.binding.model import PropertyBinding
from mock_server.binding.properties import (
    fields_of,
    fits,
    page_views_beside,
    property_binding,
    with_names_of_people,
)
from mock_server.errors import BindingError
from mock_server.openapi.document import Document, Operation
from mock_server.openapi.schemas import Leaf, Schema, Shape, leaves, shape_of

_MOST_ARRAYS = 8
"""Maximum number of lists of a response to examine."""
_DEEPEST = 4
"""Maximum number of objects around a list or an object by key."""
_ENOUGH = 2
"""Minimum number of recognized enumeration values."""


@dataclass(frozen=True)
class Rows:
    """The array of rows in a response, and how its elements are read."""

    at: str | None
    """The path; None if the response is a single object of sums."""
    grouping: Grouping
    properties: Mapping[str, PropertyBinding]
    others: Mapping[str, Grouping] = dataclasses.field(default_factory=dict)
    """The grouping of secondary arrays and of objects by key, by path."""
    content_types: frozenset[str] | None = None
    """The content types in the enumeration; None for all."""


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
    found = _without_other_ids(row, with_names_of_people(row, bound))
    for leaf in row:
        if found[leaf.path].field is Field.VIEWERS and counts_known(leaf.shape.description):
            found[leaf.path] = PropertyBinding(Field.KNOWN_VIEWERS, "described as known viewers")
        if found[leaf.path].field is Field.ROW_ID and _is_of_viewer(leaf):
            found[leaf.path] = PropertyBinding(Field.ACCOUNT, "described as a viewer's id")
    found |= page_views_beside(row, found) | _id_of_content(row, found)
    free = [
        field for field in offered if field not in {binding.field for binding in found.values()}
    ]
    for leaf in row:
        if found[leaf.path].field is None and not leaf.is_constant:
            hint = _hint(leaf, names, free)
            if hint is not None and hint.field is not None:
                found[leaf.path] = hint
                free.remove(hint.field)
    moments = [leaf for leaf in row if found[leaf.path].field is None and leaf.shape.is_moment]
    if Field.TIME in free and len(moments) == 1:
        found[moments[0].path] = PropertyBinding(Field.TIME, "the only moment of the row")
    return found


def _id_of_content(
    row: Sequence[Leaf], bound: Mapping[str, PropertyBinding]
) -> dict[str, PropertyBinding]:
    """Bind an id such as `resourceId` beside that of the row, if no other is the content's."""
    ids = [leaf for leaf in row if bound[leaf.path].field is Field.ROW_ID]
    if len(ids) < 2 or Field.CONTENT_ID in known_in(bound):
        return {}
    of_content = PropertyBinding(Field.CONTENT_ID, "an id of an object beside that of the row")
    return {leaf.path: of_content for leaf in ids
            if CONCEPTS["content"] & {*words_of(leaf.names[-1])}}  # fmt: skip


def _is_of_viewer(leaf: Leaf) -> bool:
    words = {*words_of(leaf.shape.description)}
    return bool(words & CONCEPTS["viewer"]) and words.isdisjoint(_OF_ROW)


_OF_ROW = CONCEPTS["visit"] | CONCEPTS["search"] | CONCEPTS["row"]


_KEYS = frozenset({"key", "schlussel"})
"""Words in the description of an id that is the key, in English and German."""


def _without_other_ids(
    row: Sequence[Leaf], bound: dict[str, PropertyBinding]
) -> dict[str, PropertyBinding]:
    """If a space has a key and an id, do not bind the id: it is a number that the mock lacks."""
    spaces = [leaf for leaf in row if bound[leaf.path].field is Field.SPACE_KEY]
    ids = [leaf for leaf in spaces if words_of(leaf.names[-1])[-1:] == ("id",)
           and _KEYS.isdisjoint(words_of(leaf.shape.description))]  # fmt: skip
    if 0 < len(ids) < len(spaces):
        other = PropertyBinding(None, "an id beside the space's key")
        bound |= {leaf.path: other for leaf in ids}
    return bound


def _hint(leaf: Leaf, names: Mapping[Field, str], free: list[Field]) -> PropertyBinding | None:
    is_plain = is_yes_or_no(leaf.shape.schema.get("enum") or ())
    for field in (Field.CONTENT_TYPE, Field.ACCOUNT_KIND, Field.IS_TRASHED, Field.IS_SUCCESSFUL):
        if field in free and not is_plain and fits(Kind.CHOICE, field, leaf.shape):
            meant = choices_of(field, leaf.shape.schema)
            if len({*meant.values()}) >= _ENOUGH:
                return PropertyBinding(field, f"its values, such as {next(iter(meant.values()))!r}")
    described = replace(leaf, names=(leaf.label,))
    by_description = property_binding(described, names, free) if leaf.label else None
    if by_description is not None and by_description.field is not None:
        return replace(by_description, evidence=f"described as {leaf.label!r}")
    words = set(words_of(leaf.names[-1]))
    for field, telling in HINTS.items():
        if field in free and telling & words and _fits_strictly(field, leaf):
            return PropertyBinding(field, f"named with {min(telling & words)!r}")
    return None


def _fits_strictly(field: Field, leaf: Leaf) -> bool:
    if field.kind is Kind.MOMENT:
        return leaf.shape.is_moment or bool({"integer", "number"} & leaf.shape.types)
    return bool(leaf.shape.types) and fits(field.kind, field, leaf.shape)


def grouping_of_path(operation: Operation) -> Grouping | None:
    """Return the grouping of totals that the end of a path names, such as `/users`."""
    names = [name for name in operation.path.split("/") if name and name not in WORDS["counting"]]
    end = names[-1] if names else ""
    named = set() if end.startswith("{") else {*words_of(end)} - {"top"}
    return next((kind for kind, words in LISTS.items() if words & named), None)


def tells_protected(document: Document, schema: Schema, rows: Rows) -> bool:
    """Return whether a total per viewer can represent protected viewers, whose id is null."""
    if rows.grouping is not Grouping.VIEWERS or rows.at is None:
        return False
    shapes = {leaf.path: leaf.shape for leaf in leaves(document, schema)}
    return any(
        bound.field is Field.ACCOUNT and path in shapes and shapes[path].is_nullable
        for path, bound in rows.properties.items()
    )


def array_at(document: Document, schema: Schema, at: str | None) -> Shape:
    """Return the array at a path; the whole body if it is None."""
    shape = shape_of(document, schema)
    for name in (at or "").split("/")[1:]:
        shape = shape_of(document, shape.properties[name])
    return shape


def rows_of(
    document: Document,
    schema: Schema,
    subject: Subject,
    override: Override,
    by_path: Grouping | None,
) -> Rows:
    """Find the array of rows: the one whose elements match the data best."""
    arrays = dict(islice(_arrays(document, schema, "", 0), _MOST_ARRAYS))
    if override.rows is not None and override.rows not in arrays:
        known = ", ".join(map(repr, arrays)) or "none"
        raise BindingError(f"No array lies at {override.rows!r}; there are: {known}.")
    inferred = {at: _read_as(document, at, items, subject, None, by_path)
                for at, items in arrays.items()}  # fmt: skip
    chosen = [
        inferred[at] if override.grouping is None
        else _read_as(document, at, items, subject, override.grouping, by_path)
        for at, items in arrays.items() if override.rows in {None, at}
    ]  # fmt: skip
    telling = [rows for rows in chosen if known_in(rows.properties)]
    best = max(telling, key=_score) if telling else [*chosen, Rows(None, Grouping.SUMS, {})][0]
    beside = {at: rows for at, rows in inferred.items() if at != best.at and _is_report(rows)}
    beside |= dict(_by_key(document, schema, subject, "", 0))
    properties = dict(best.properties)
    for other in beside.values():
        properties |= other.properties
    others = {at: rows.grouping for at, rows in beside.items()}
    return replace(best, properties=properties, others=others)


def _score(rows: Rows) -> int:
    """Rate an array by the number of known properties and by its name."""
    name = (rows.at or "").rpartition("/")[2]
    return len(known_in(rows.properties)) + _ENOUGH * (name in WORDS["lists"])


def _is_report(rows: Rows) -> bool:
    """Return whether a secondary array is a report, and not data that rows refer to."""
    known = known_in(rows.properties)
    counts = {Field.VIEWS, Field.VIEWERS, Field.TIME}
    return len(known) >= _ENOUGH and not counts.isdisjoint(known)


def known_in(properties: Mapping[str, PropertyBinding]) -> set[Field]:
    """Return the fields of bound properties."""
    return {binding.field for binding in properties.values() if binding.field is not None}


def _arrays(
    document: Document, schema: Schema, at: str, depth: int
) -> Iterator[tuple[str, Schema]]:
    shape = shape_of(document, schema)
    if shape.is_array and WORDS["errors"].isdisjoint(words_of(at.rpartition("/")[2])):
        yield at, shape.schema.get("items") or {}
    elif depth < _DEEPEST:
        for name, inner in shape.properties.items():
            yield from _arrays(document, inner, f"{at}/{name}", depth + 1)


def _named_by(name: str) -> Grouping | None:
    """Return the grouping in the name of an object by key, such as `viewsPerUser`."""
    words = words_of(name)
    for place in (n for n, word in enumerate(words) if word in {"by", "per"}):
        key = " ".join(words[place + 1 :])
        if (grouping := grouping_of(key)) is not None:
            is_longer = choices(Field.INTERVAL, [key]).keys() & {"week", "month"}
            return None if is_longer else grouping
    return next((kind for kind, names in LISTS.items() if names & {*words}), None)


def _totals_in(shape: Shape, schema: Schema, name: str) -> tuple[Grouping, Schema] | None:
    """Return what an object by key is totals of, or of which totals it is the top one; else None."""
    declared, others = shape.properties, shape.schema.get("additionalProperties")
    words = {*words_of(name)}
    if 1 < len(declared) == len(choices(Field.CONTENT_TYPE, declared)):
        return Grouping.TYPES, next(iter(declared.values()))
    if declared and words & WORDS["top"]:
        grouping = grouping_of(" ".join(sorted(words - WORDS["top"])))
        return (grouping, schema) if grouping in _RANKED else None
    if isinstance(others, Mapping) and not declared and (grouping := _named_by(name)) is not None:
        return grouping, others
    return None


_RANKED = frozenset({Grouping.VIEWERS, Grouping.CONTENTS, Grouping.SPACES, Grouping.TERMS})
"""Totals of which the first one has the most views."""


def _by_key(
    document: Document, schema: Schema, subject: Subject, at: str, depth: int
) -> Iterator[tuple[str, Rows]]:
    """Yield the objects with totals by key, such as counts by day, and those with the top one."""
    shape, name = shape_of(document, schema), at.rpartition("/")[2]
    if at and (of_totals := _totals_in(shape, schema, name)) is not None:
        grouping, totals = of_totals
        found = _read_as(document, at, totals, subject, grouping, None)
        if {"integer", "number"} & shape_of(document, totals).types:
            is_of_viewers = HINTS[Field.VIEWERS] & {*words_of(name)} - LISTS[grouping]
            field = Field.VIEWERS if is_of_viewers else Field.VIEWS
            found = replace(found, properties={f"{at}/*": PropertyBinding(field, "a count by key")})
        if len(known_in(found.properties)) >= (_ENOUGH if totals is schema else 1):
            yield at, found
            return
    if depth < _DEEPEST:
        for inner_name, inner in shape.properties.items():
            yield from _by_key(document, inner, subject, f"{at}/{inner_name}", depth + 1)


def _read_as(
    document: Document,
    at: str,
    items: Schema,
    subject: Subject,
    given: Grouping | None,
    by_path: Grouping | None,
) -> Rows:
    found = list(leaves(document, items, at=f"{at}/*"))
    grouping = given or _grouping(at, found, subject, by_path)
    offered = fields_of(subject, grouping)
    names = names_in_totals(grouping)
    bound = {leaf.path: property_binding(leaf, names, offered) for leaf in found}
    properties = hinted(found, bound, names, offered)
    return Rows(at, grouping, properties, content_types=_content_types(found, properties))


def _content_types(
    row: Iterable[Leaf], properties: Mapping[str, PropertyBinding]
) -> frozenset[str] | None:
    for leaf in row:
        if properties[leaf.path].field is Field.CONTENT_TYPE:
            meant = choices_of(Field.CONTENT_TYPE, leaf.shape.schema)
            return frozenset(meant) if 0 < len(meant) < len(CONTENT_TYPES) else None
    return None


def _grouping(at: str, row: list[Leaf], subject: Subject, by_path: Grouping | None) -> Grouping:
    """Distinguish single rows, which have a time, from totals, which have counts."""

    def has(*fields: Field, among: tuple[Field, ...] = ()) -> bool:
        found = (property_binding(leaf, ROW_NAMES, (*among, *fields)).field for leaf in row)
        return any(field in fields for field in found)

    if subject is Subject.SEARCHES and has(Field.TERM):
        is_counted = has(Field.VIEWS, Field.VIEWERS, among=(Field.NUMBER_OF_RESULTS,))
        return Grouping.TERMS if is_counted and not has(Field.TIME) else Grouping.ROWS
    times = (Field.TIME, Field.FIRST_TIME, Field.LAST_TIME)
    is_of_last = has(Field.LAST_TIME, among=times) and not has(Field.TIME, among=times)
    if not has(Field.VIEWS, Field.VIEWERS) and not is_of_last:
        return Grouping.ROWS
    if by_path is not None:
        return by_path
    of_contents = {Field.CONTENT_TITLE} if subject is not Subject.CONTENT_VISITS else set()
    signs: list[tuple[Grouping, set[Field]]] = [
        (Grouping.VIEWERS, {Field.ACCOUNT, Field.ACCOUNT_NAME}),
        (Grouping.HOURS, {Field.HOUR}),
        (Grouping.WEEKDAYS, {Field.WEEKDAY}),
        (Grouping.DAYS, {Field.DAY, Field.MONTH, Field.WEEK}),
        (Grouping.CONTENTS, {Field.CONTENT_ID} | of_contents),
        (Grouping.TYPES, {Field.CONTENT_TYPE}),
        (
            Grouping.SPACES,
            {Field.SPACE_KEY, Field.SPACE_NAME} if subject is Subject.SITE_VISITS else set(),
        ),
    ]
    named = set(words_of(at.rpartition("/")[2]))
    found = next((kind for kind, fields in signs if fields and has(*fields)), None) or next(
        (kind for kind, words in LISTS.items() if words & named), None
    )
    is_dated = not has(Field.FIRST_TIME, Field.LAST_TIME) and any(
        leaf.shape.is_moment or property_binding(leaf, {Field.DAY: STARTS}, (Field.DAY,)).field
        for leaf in row
    )
    return found or (Grouping.DAYS if is_dated else Grouping.VIEWERS)
