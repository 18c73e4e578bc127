"""What stands around the rows of an answer: totals, pages, links, the range."""

from collections.abc import Iterable, Iterator, Mapping

from mock_server.binding.model import ParameterBinding, PropertyBinding
from mock_server.binding.names import ENVELOPE_NAMES
from mock_server.binding.properties import Leaf, fits, leaves, property_binding
from mock_server.binding.spelling import normalised, words_of
from mock_server.binding.words import KINDS, Field, Part, Unit
from mock_server.document import Document, Schema

_TOTAL_WORDS = frozenset({"total", "totals", "overall", "all", "gesamt", "gesamtzahl"})
_LINK_WORDS = frozenset({"link", "links", "url", "uri", "href", "address"})
_TEXTUAL = frozenset({Unit.DATE, Unit.DATE_TIME, Unit.FREE})


def envelope(
    document: Document,
    schema: Schema,
    rows_at: str | None,
    parameters: Iterable[ParameterBinding],
) -> dict[str, PropertyBinding]:
    """Bind the properties around the rows.

    Args:
        document: Where schemas are resolved.
        schema: That of the whole body.
        rows_at: Where the rows lie, if there are any.
        parameters: Of the operation; how it pages tells what counts and links mean.
    """
    found = list(leaves(document, schema, skip=rows_at))
    own = {leaf.names[-1].casefold() for leaf in found}
    names = dict(ENVELOPE_NAMES)
    asked = {normalised([one.parameter.name]) for one in parameters if one.part is Part.LIMIT}
    echoed = {normalised(leaf.names[-2:]) for leaf in found} | {"size"}
    if asked & echoed and "limit" not in own:  # Spring's word: the size that was asked for
        names[Field.LIMIT] = f"size; {names[Field.LIMIT]}"
        names[Field.SIZE] = names[Field.SIZE].removeprefix("size; ")
    bound = {leaf.path: property_binding(leaf, names, names) for leaf in found}
    bound |= dict(_by_neighbours(found, bound, parameters))
    return bound | dict(_by_paging(found, bound, parameters))


_ECHOES = {
    Part.START: Field.RANGE_START,
    Part.END: Field.RANGE_END,
    Part.OFFSET: Field.OFFSET,
    Part.PAGE: Field.PAGE,
    Part.LIMIT: Field.LIMIT,
}
"""What a property says that is named like a parameter."""


def _by_neighbours(
    found: Iterable[Leaf],
    bound: Mapping[str, PropertyBinding],
    parameters: Iterable[ParameterBinding],
) -> Iterator[tuple[str, PropertyBinding]]:
    """Know echoes of parameters; correct a count beside a total, and links that are many."""
    asked = {one.parameter.name: _ECHOES[one.part] for one in parameters if one.part in _ECHOES}
    for leaf in found:
        echo = asked.get(leaf.names[-1])
        if echo and not bound[leaf.path].field and fits(KINDS[echo], echo, leaf.shape):
            yield leaf.path, PropertyBinding(echo, "named like the parameter")
    totals = [leaf for leaf in found if bound[leaf.path].field is Field.TOTAL]
    if any(_TOTAL_WORDS & {*words_of(leaf.names[-1])} for leaf in totals):
        for leaf in totals:
            if not _TOTAL_WORDS & {word for name in leaf.names for word in words_of(name)}:
                yield leaf.path, PropertyBinding(Field.SIZE, "a count beside a total")
    for leaf in found:
        if leaf.is_listed and bound[leaf.path].field is Field.SELF:
            yield leaf.path, PropertyBinding(None, "a link of a list of links")


def _by_paging(
    found: Iterable[Leaf],
    bound: Mapping[str, PropertyBinding],
    parameters: Iterable[ParameterBinding],
) -> Iterator[tuple[str, PropertyBinding]]:
    """Correct what a name means where pages are asked for in another way than it would fit."""
    parts = {one.part for one in parameters}
    has_numbers = not {Part.OFFSET, Part.PAGE}.isdisjoint(parts)
    in_text = any(one.unit in _TEXTUAL for one in parameters)
    told = {one.field for one in bound.values()}
    is_counted = not told.isdisjoint({Field.TOTAL, Field.HAS_MORE})
    for leaf in found:
        field, word = bound[leaf.path].field, words_of(leaf.names[-1])[-1:]
        if field is Field.SIZE and word == ("count",) and has_numbers and not is_counted:
            yield leaf.path, PropertyBinding(Field.TOTAL, "the only count, beside numbered pages")
        said = {*words_of(str(leaf.shape.schema.get("description") or ""))}
        said |= {one for name in leaf.names for one in words_of(name)}
        is_link = "format" in leaf.shape.schema or not said.isdisjoint(_LINK_WORDS)
        is_number = {"integer", "number"} & leaf.shape.types
        if field in {Field.RANGE_START, Field.RANGE_END} and is_number and in_text:
            yield leaf.path, PropertyBinding(None, "a number, where ranges are text")
        is_cursor = Part.CURSOR in parts and not has_numbers and not is_link
        if field is Field.NEXT and is_cursor:
            yield leaf.path, PropertyBinding(Field.NEXT_CURSOR, "what follows is a cursor")
        if field is Field.PREVIOUS and is_cursor:
            yield leaf.path, PropertyBinding(None, "what came before is a cursor")
