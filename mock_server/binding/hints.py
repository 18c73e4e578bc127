"""What properties of unknown names carry: told by values, description, or a word in the name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mock_server.binding.choices import choices
from mock_server.binding.model import PropertyBinding
from mock_server.binding.properties import Leaf, fits, property_binding
from mock_server.binding.spelling import words_of
from mock_server.binding.words import KINDS, Field, Kind

_WORDS: dict[Field, frozenset[str]] = {
    field: frozenset(words.split())
    for field, words in {
        Field.VIEWERS: "unique distinct viewers visitors users readers people besucher leser",
        Field.VIEWS: "views visits hits impressions opens reads aufrufe searches",
        Field.NUMBER_OF_RESULTS: "results hits matches found treffer",
        Field.TERM: "term query phrase keyword keywords suchbegriff",
        Field.IS_ANONYMOUS: "anonymous anon guest anonym",
        Field.IS_PROTECTED: "protected hidden masked",
        Field.IS_TRASHED: "trash trashed deleted papierkorb",
        Field.FIRST_TIME: "first earliest oldest",
        Field.LAST_TIME: "last latest newest recent",
    }.items()
}
"""Words that tell a field wherever they stand in a name, more telling fields first."""

_ENOUGH = 2
"""Values of an enumeration that must mean something before the rest of it is believed."""


def hinted(
    row: Sequence[Leaf],
    bound: Mapping[str, PropertyBinding],
    names: Mapping[Field, str],
    offered: Iterable[Field],
) -> dict[str, PropertyBinding]:
    """Bind those properties of a row whose names say nothing; no field is given twice.

    Args:
        row: All properties of the row.
        bound: What their names tell.
        names: The table of names, for descriptions that are one.
        offered: The fields that such a row has.
    """
    told = _without_other_ids(row, _with_names_of_people(row, bound))
    free = [field for field in offered if field not in {one.field for one in told.values()}]
    for leaf in row:
        if told[leaf.path].field is None and not leaf.is_constant:
            hint = _hint(leaf, names, free)
            if hint is not None and hint.field is not None:
                told[leaf.path] = hint
                free.remove(hint.field)
    moments = [one for one in row if told[one.path].field is None and _is_moment(one)]
    if Field.TIME in free and len(moments) == 1:
        told[moments[0].path] = PropertyBinding(Field.TIME, "the only moment of the row")
    return told


def _with_names_of_people(
    row: Sequence[Leaf], bound: Mapping[str, PropertyBinding]
) -> dict[str, PropertyBinding]:
    """Where two properties seem to be the account, the one called a name is its name."""
    accounts = [leaf for leaf in row if bound[leaf.path].field is Field.ACCOUNT]
    named = [leaf for leaf in accounts if words_of(leaf.names[-1])[-1:] == ("name",)]
    if not 0 < len(named) < len(accounts):
        return dict(bound)
    name = PropertyBinding(Field.ACCOUNT_NAME, "a name beside an account's id")
    return {**bound, **{leaf.path: name for leaf in named}}


def _without_other_ids(
    row: Sequence[Leaf], bound: dict[str, PropertyBinding]
) -> dict[str, PropertyBinding]:
    """Where a space has a key and an id, the id is another number, which nobody here knows."""
    spaces = [leaf for leaf in row if bound[leaf.path].field is Field.SPACE_KEY]
    ids = [leaf for leaf in spaces if words_of(leaf.names[-1])[-1:] == ("id",)]
    if 0 < len(ids) < len(spaces):
        other = PropertyBinding(None, "an id beside the space's key")
        bound |= {leaf.path: other for leaf in ids}
    return bound


def _hint(leaf: Leaf, names: Mapping[Field, str], free: list[Field]) -> PropertyBinding | None:
    values = leaf.shape.schema.get("enum") or ()
    for field in (Field.CONTENT_TYPE, Field.ACCOUNT_KIND, Field.IS_TRASHED):
        if field in free and fits(Kind.CHOICE, field, leaf.shape):
            meant = choices(field, values)
            if len(meant) >= _ENOUGH:
                return PropertyBinding(field, f"its values, such as {next(iter(meant.values()))!r}")
    described = replace(leaf, names=(leaf.description,))
    by_description = property_binding(described, names, free) if leaf.description else None
    if by_description is not None and by_description.field is not None:
        return replace(by_description, evidence=f"described as {leaf.description!r}")
    words = set(words_of(leaf.names[-1]))
    for field, telling in _WORDS.items():
        if field in free and telling & words and _fits_strictly(field, leaf):
            return PropertyBinding(field, f"named with {min(telling & words)!r}")
    return None


def _fits_strictly(field: Field, leaf: Leaf) -> bool:
    if KINDS[field] is Kind.MOMENT:
        return _is_moment(leaf) or bool({"integer", "number"} & leaf.shape.types)
    return bool(leaf.shape.types) and fits(KINDS[field], field, leaf.shape)


def _is_moment(leaf: Leaf) -> bool:
    return leaf.shape.schema.get("format") in {"date", "date-time"}
