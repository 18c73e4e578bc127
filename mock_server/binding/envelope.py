"""Infer the meaning of the properties around the rows, and of response headers."""

from collections.abc import Iterable, Iterator, Mapping

from mock_server.binding.descriptions import counts_known
from mock_server.binding.fields import Field, Grouping, Part, Subject, Unit
from mock_server.binding.lexicon import (
    CONCEPTS,
    ENVELOPE_NAMES,
    ROW_NAMES,
    WORDS,
    normalised,
    ranks_of,
    words_of,
)
from mock_server.binding.model import ParameterBinding, PropertyBinding
from mock_server.binding.properties import OWNERS, fits, page_views_beside, property_binding
from mock_server.openapi.document import Document, Response, header_schema
from mock_server.openapi.schemas import Leaf, Schema, leaves, shape_of

_TEXTUAL = frozenset({Unit.DATE, Unit.DATE_TIME, Unit.FREE})


def envelope(
    document: Document,
    schema: Schema,
    rows_at: str | None,
    parameters: Iterable[ParameterBinding],
    subject: Subject,
    by_path: Grouping | None = None,
    grouping: Grouping = Grouping.ROWS,
) -> dict[str, PropertyBinding]:
    """Bind the properties around the rows.

    Args:
        document: Resolves schemas.
        schema: The schema of the whole body.
        rows_at: The path of the rows, if there are any.
        parameters: The parameters of the operation; its paging style determines counts and links.
        subject: The subject of the operation.
        by_path: What the path of the operation counts, or None.
        grouping: What the rows are.
    """
    found = list(leaves(document, schema, skip=rows_at))
    names = _names(found, parameters, subject)
    if rows_at is None:  # counts are not about rows of a page, and the rest is about the subject
        names = _names_of_sums(found, names, subject, by_path)
        found = found or [Leaf("", ("count",), shape_of(document, schema))]
    bound = {leaf.path: property_binding(leaf, names, names) for leaf in found}
    if rows_at is not None and grouping is not Grouping.ROWS:
        bound |= _about_subject(found, bound, subject)
    bound |= page_views_beside(found, bound)
    bound |= dict(_by_description(found, bound, grouping))
    bound |= dict(_by_neighbours(found, bound, parameters))
    bound |= dict(_listed_links(found, bound))
    bound |= dict(_beside(found, bound))
    bound |= dict(_of_busiest_day(found))
    return bound | dict(_by_paging(found, bound, parameters))


def _names(
    found: Iterable[Leaf], parameters: Iterable[ParameterBinding], subject: Subject
) -> dict[Field, str]:
    names = dict(ENVELOPE_NAMES)
    if subject is Subject.SEARCHES:  # these are what the report counts
        del names[Field.SEARCHES]
    if is_of_account(parameters):
        names |= {field: ROW_NAMES[field] for field in (Field.ACCOUNT, Field.ACCOUNT_NAME)}
    requested = {
        normalised([binding.parameter.name]) for binding in parameters if binding.part is Part.LIMIT
    }
    echoed = {normalised(leaf.names[-2:]) for leaf in found} | {"size"}
    has_limit = any(leaf.names[-1].casefold() == "limit" for leaf in found)
    if requested & echoed and not has_limit:  # in Spring, the requested size
        names[Field.LIMIT] = f"size; {names[Field.LIMIT]}"
        names[Field.SIZE] = names[Field.SIZE].removeprefix("size; ")
    return names


def _names_of_sums(
    found: Iterable[Leaf], names: Mapping[Field, str], subject: Subject, by_path: Grouping | None
) -> dict[Field, str]:
    """Return the names in an object of sums, which may also be about its content or space."""
    names = {field: usual for field, usual in names.items() if field not in _OF_PAGES}
    for field, usual in _names_of_subject(subject).items():
        names[field] = "; ".join(filter(None, (names.get(field), usual)))
    own = {leaf.names[-1].casefold() for leaf in found}
    if subject is Subject.CONTENT_VISITS and {"title", "name"} & own:
        names[Field.CONTENT_TIME] = f"created at; created; created on; {names[Field.CONTENT_TIME]}"
    counted = _COUNTED.get(by_path, Field.VIEWS)
    names[counted] = f"{names[counted]}; count; total; value; hits; n; anzahl; gesamt"
    return names


def _names_of_subject(subject: Subject) -> dict[Field, str]:
    """Return the names of what a report is about, beside its totals."""
    names = {field: ROW_NAMES.get(field, "") for field in OWNERS.get(subject, ())}
    if subject is Subject.SPACE_VISITS:
        names[Field.SPACE_NAME] += "; name; title; label"
    return names


def _about_subject(
    found: Iterable[Leaf], bound: Mapping[str, PropertyBinding], subject: Subject
) -> dict[str, PropertyBinding]:
    """Bind unknown properties beside the id of a content, or the key of a space, as about it."""
    fields = {binding.field for binding in bound.values()}
    names = _names_of_subject(subject)
    if fields.isdisjoint({Field.CONTENT_ID, Field.SPACE_KEY} & names.keys()):
        return {}
    unknown = [leaf for leaf in found if bound[leaf.path].field is None]
    offered = names.keys() - fields
    return {leaf.path: property_binding(leaf, names, offered) for leaf in unknown}


_COUNTED: Mapping[Grouping | None, Field] = {
    Grouping.VIEWERS: Field.VIEWERS,
    Grouping.CONTENTS: Field.CONTENTS,
}
"""What a count without a telling name counts, by what the path names; usually views."""


def _by_description(
    found: Iterable[Leaf], bound: Mapping[str, PropertyBinding], grouping: Grouping
) -> Iterator[tuple[str, PropertyBinding]]:
    """Correct counts that are described as counts of distinct viewers, or of all views."""
    for leaf in found:
        field, words = bound[leaf.path].field, described_in(leaf)
        is_distinct = field in {Field.VIEWS, Field.VIEWERS} and words & CONCEPTS["unique"]
        if is_distinct and words & CONCEPTS["content"] and not words & CONCEPTS["viewer"]:
            yield leaf.path, PropertyBinding(Field.CONTENTS, "described as distinct contents")
            continue
        is_of_viewers = field is Field.VIEWS and is_distinct
        if (is_of_viewers or field is Field.VIEWERS) and counts_known(leaf.shape.description):
            yield leaf.path, PropertyBinding(Field.KNOWN_VIEWERS, "described as known viewers")
        elif is_of_viewers:
            counted = PropertyBinding(Field.VIEWERS, "described as a count of distinct viewers")
            yield leaf.path, counted
        is_of_totals = field is Field.TOTAL and grouping is not Grouping.ROWS
        if is_of_totals and words & _VIEWS and not words & _OF_ROWS:
            yield leaf.path, PropertyBinding(Field.VIEWS, "described as a count of views")


_VIEWS = CONCEPTS["visit"] | CONCEPTS["search"]
_OF_ROWS = frozenset().union(
    WORDS["slots"], *(CONCEPTS[name] for name in ("viewer", "content", "row", "term"))
)
"""Words for what the rows of totals are, whose number is the total of rows."""


def described_in(leaf: Leaf) -> set[str]:
    """Return the words of a property's description."""
    return {*words_of(leaf.shape.description)}


def is_of_account(parameters: Iterable[ParameterBinding]) -> bool:
    """Return whether a path names the account whose visits are reported."""
    return any(binding.part is Part.ACCOUNT and binding.parameter.location == "path"
               for binding in parameters)  # fmt: skip


_OF_PAGES = frozenset(
    {Field.TOTAL, Field.SIZE, Field.IS_EMPTY, Field.PAGE, Field.PAGES, Field.LIMIT}
)
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
    if any(WORDS["total"] & {*words_of(leaf.names[-1])} for leaf in totals):
        for leaf in totals:
            if not WORDS["total"] & {word for name in leaf.names for word in words_of(name)}:
                yield leaf.path, PropertyBinding(Field.SIZE, "a count beside a total")


def _of_busiest_day(found: Iterable[Leaf]) -> Iterator[tuple[str, PropertyBinding]]:
    """Bind the date and the views in an object that is named as the busiest day."""
    named = ranks_of(ENVELOPE_NAMES[Field.BUSIEST_DAY])
    for leaf in found:
        if normalised(leaf.names[-2:-1]) in named and not leaf.is_listed:
            is_number = {"integer", "number"} & leaf.shape.types
            field = Field.BUSIEST_VIEWS if is_number else Field.BUSIEST_DAY
            if fits(field.kind, field, leaf.shape):
                yield leaf.path, PropertyBinding(field, "in an object of the busiest day")


def _listed_links(
    found: Iterable[Leaf], bound: Mapping[str, PropertyBinding]
) -> Iterator[tuple[str, PropertyBinding]]:
    """Bind the links of a list in which each has its relation; the page of others is unknown."""
    paths = {leaf.path for leaf in found}
    for leaf in found:
        at, _, name = leaf.path.rpartition("/")
        if f"{at}/rel" in paths and name in {"href", "url", "uri"}:
            yield leaf.path, PropertyBinding(Field.SELF, "a link in a list by relation")
        elif leaf.is_listed and bound[leaf.path].field is Field.SELF:
            yield leaf.path, PropertyBinding(None, "a link of a list of links")


def _beside(
    found: Iterable[Leaf], bound: Mapping[str, PropertyBinding]
) -> Iterator[tuple[str, PropertyBinding]]:
    """Bind the start of a range by its end, and the base of links by a link, in the same object."""
    places = {(leaf.path.rpartition("/")[0], bound[leaf.path].field) for leaf in found}
    for leaf in found:
        at, _, name = leaf.path.rpartition("/")
        is_offset = bound[leaf.path].field is Field.OFFSET
        if at and is_offset and (at, Field.RANGE_END) in places:
            yield leaf.path, PropertyBinding(Field.RANGE_START, "a start beside the range's end")
        is_of_site = {"site", "confluence", "instance"} & described_in(leaf)
        if name == "base" and not is_of_site and {(at, Field.NEXT), (at, Field.SELF)} & places:
            yield leaf.path, PropertyBinding(Field.LINK_BASE, "a base beside a link")


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
        field, last = bound[leaf.path].field, words_of(leaf.names[-1])[-1:]
        if field is Field.SIZE and last == ("count",) and has_numbers and not is_counted:
            yield leaf.path, PropertyBinding(Field.TOTAL, "the only count, beside numbered pages")
        words = described_in(leaf)
        words |= {word for name in leaf.names for word in words_of(name)}
        is_link = "format" in leaf.shape.schema or not words.isdisjoint(WORDS["link"])
        is_number = {"integer", "number"} & leaf.shape.types
        is_epoch = not WORDS["epoch"].isdisjoint(words_of(leaf.names[-1]))
        is_plain = is_number and in_text and not is_epoch
        if field in {Field.RANGE_START, Field.RANGE_END} and is_plain:
            place = Field.FIRST_ROW if field is Field.RANGE_START else Field.LAST_ROW
            yield leaf.path, PropertyBinding(place, "a number, where ranges are text")
        is_cursor = Part.CURSOR in parts and not has_numbers and not is_link
        if field is Field.NEXT and is_cursor:
            yield leaf.path, PropertyBinding(Field.NEXT_CURSOR, "what follows is a cursor")
        if field is Field.PREVIOUS and is_cursor:
            yield leaf.path, PropertyBinding(Field.PREVIOUS_CURSOR, "what came before is a cursor")


def headers_of(document: Document, response: Response) -> dict[str, PropertyBinding]:
    """Bind the headers of a response, or the properties of those that are JSON objects."""
    bound = {}
    for name, header in response.headers.items():
        shape = shape_of(document, schema := header_schema(header))
        found = leaves(document, schema, at=name) if shape.properties else ()
        for leaf in found or [Leaf(name, (name,), shape)]:
            bound[leaf.path] = property_binding(leaf, ENVELOPE_NAMES, ENVELOPE_NAMES)
    return bound
