"""Infer the field of a property from its name, parent objects, type and format."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from mock_server.binding.fields import Field, Grouping, Kind, Subject
from mock_server.binding.lexicon import (
    ROW_NAMES,
    WORDS,
    choices_of,
    is_yes_or_no,
    meant_by,
    names_of,
    normalised,
    owner_of,
    ranks_of,
    readings,
    words_of,
)
from mock_server.binding.model import OperationBinding, PropertyBinding
from mock_server.openapi.schemas import UUIDS, Leaf, Shape

JSON_LD = frozenset({"@id", "@type", "@context"})
"""JSON-LD keywords, which are not data."""

_TEXTUAL_NUMBER = re.compile(r"\bu?int(?:32|64)\b")
"""Formats of numbers as strings, here or in a description; Protocol Buffers write them in JSON."""

_ACCOUNT = (Field.ACCOUNT, Field.ACCOUNT_NAME, Field.ACCOUNT_EMAIL, Field.ACCOUNT_KIND, Field.IS_ANONYMOUS,
            Field.IS_KNOWN)  # fmt: skip
_SPACE = (Field.SPACE_KEY, Field.SPACE_NAME, Field.SPACE_KIND, Field.IS_PERSONAL)
_CONTENT = (Field.CONTENT_ID, Field.CONTENT_TYPE, Field.CONTENT_TITLE, Field.CONTENT_URL, Field.PARENT_ID, Field.PARENT_TITLE,
            Field.CONTENT_TIME, *_SPACE, Field.IS_TRASHED, Field.TRASH_TIME, Field.DELETION_TIME)  # fmt: skip
_SEARCH = (Field.TERM, Field.NUMBER_OF_RESULTS, Field.IS_SUCCESSFUL, Field.IS_UNSUCCESSFUL)
OWNERS = {
    Subject.CONTENT_VISITS: _CONTENT,
    Subject.SPACE_VISITS: _SPACE,
}
"""Fields that totals may repeat from their content or space."""


_COUNTS = (Field.NUMBER_OF_RESULTS, Field.VIEWS, Field.VIEWERS, Field.CONTENTS)
"""Fields that may have a minimum or maximum."""


def counted(name: str) -> str:
    """Return the name of a count in the name of its minimum or maximum, such as `minViews`."""
    others = WORDS["least"] | WORDS["most"] | {"at", "between"}
    words = [word for word in words_of(name) if word not in others]
    return " ".join(words) or "count"


def is_count(name: str) -> bool:
    """Return whether a name is that of a count, or of its minimum or maximum."""
    return _named(counted(name), _COUNTS) is not None


def field_named(bound: OperationBinding, name: str) -> Field | None:
    """Return the field of a row that a text names, by the row's properties or by its words."""
    found = bound.column(name) or _named(name, fields_of(bound.subject, bound.grouping))
    is_name = found is Field.ACCOUNT and words_of(name)[-1:] == ("name",)
    has_names = any(one.field is Field.ACCOUNT_NAME for one in bound.properties.values())
    return Field.ACCOUNT_NAME if is_name and has_names else found


def _named(name: str, offered: Collection[Field]) -> Field | None:
    leaf = Leaf("", (name,), Shape({}, frozenset(), is_nullable=True))
    return property_binding(leaf, ROW_NAMES, offered).field


def fields_of(subject: Subject, grouping: Grouping) -> tuple[Field, ...]:
    """Return the fields of a row with this subject and grouping."""
    owner = OWNERS.get(subject, ())
    who = (*_ACCOUNT, Field.IS_PROTECTED)
    counts, times = (Field.VIEWS, Field.VIEWERS), (Field.FIRST_TIME, Field.LAST_TIME)
    kinds: tuple[Field, ...] = (
        Field.KNOWN_VIEWS,
        Field.ANONYMOUS_VIEWS,
        Field.PROTECTED_VIEWS,
        Field.KNOWN_VIEWERS,
    )
    if grouping not in {Grouping.CONTENTS, Grouping.TYPES} and subject is not Subject.SEARCHES:
        kinds = (*kinds, Field.BLOG_VIEWS, Field.ATTACHMENT_VIEWS)
    place = (Field.SHARE, Field.RANK, Field.ROW_CURSOR)
    of_searches = (Field.UNSUCCESSFUL, Field.AVERAGE_RESULTS, Field.TERMS)
    failed = of_searches if subject is Subject.SEARCHES else ()
    places = (
        (Field.CONTENTS, Field.SPACES) if subject is not Subject.SPACE_VISITS else (Field.CONTENTS,)
    )
    return {
        Grouping.ROWS: (Field.ROW_ID, Field.ROW_CURSOR, Field.TIME, Field.HOUR, Field.WEEKDAY, *who,
                        *(_SEARCH if subject is Subject.SEARCHES else _CONTENT)),
        Grouping.VIEWERS: (*who, Field.VIEWS, *places, *times, *owner, *place),
        Grouping.CONTENTS: (*_CONTENT, *counts, *kinds, *times, *place),
        Grouping.SPACES: (*_SPACE, *counts, *kinds, Field.CONTENTS, *times, *place),
        Grouping.TYPES: (Field.CONTENT_TYPE, *counts, *kinds, Field.CONTENTS, *times, *place),
        Grouping.TERMS: (Field.TERM, *counts, *failed, *times, *place),
        Grouping.DAYS: (Field.DAY, Field.DAY_END, Field.YEAR, Field.MONTH, Field.WEEK, Field.WEEKDAY, *counts, *kinds, *places, *failed, Field.RUNNING_VIEWS, Field.SHARE, *owner),
        Grouping.HOURS: (Field.HOUR, *counts, *kinds, *failed, Field.SHARE),
        Grouping.WEEKDAYS: (Field.WEEKDAY, *counts, *kinds, *failed, Field.SHARE),
        Grouping.SUMS: (*counts, *kinds, *places),
    }[grouping]  # fmt: skip


def with_names_of_people(
    row: Sequence[Leaf], bound: Mapping[str, PropertyBinding]
) -> dict[str, PropertyBinding]:
    """If two properties match the account, bind the one called a name to the account's name."""
    accounts = [leaf for leaf in row if bound[leaf.path].field is Field.ACCOUNT]
    named = [leaf for leaf in accounts
             if "name" in {*words_of(leaf.names[-1])[-1:], *words_of(leaf.label)}]  # fmt: skip
    if not 0 < len(named) < len(accounts):
        return dict(bound)
    name = PropertyBinding(Field.ACCOUNT_NAME, "a name beside an account's id")
    return {**bound, **{leaf.path: name for leaf in named}}


def property_binding(
    leaf: Leaf, table: Mapping[Field, str], offered: Collection[Field]
) -> PropertyBinding:
    """Bind a property to one of the offered fields, by a table of names."""
    if leaf.is_constant:
        return PropertyBinding(None, "the document fixes its value")
    if leaf.names[-1] in JSON_LD:
        return _of_json_ld(leaf, offered)
    best: tuple[tuple[int, int], Field, str] | None = None
    for field in offered:
        if field is Field.ACCOUNT_NAME and (_is_of_a_place(leaf) or _is_title(leaf)):
            continue
        score = _score(leaf, field, table)
        if score and (best is None or score[0] < best[0]) and _can_carry(leaf, field):
            best = (score[0], field, score[1])
    if best is None and Field.CONTENT_TITLE in offered and _is_title(leaf):
        return PropertyBinding(Field.CONTENT_TITLE, "described as the title of a content")
    if best is None:
        return _by_meaning(leaf, offered)
    return PropertyBinding(best[1], f"named like {best[2]!r}, {_typed(leaf.shape)}")


def page_views_beside(
    row: Iterable[Leaf], bound: Mapping[str, PropertyBinding]
) -> dict[str, PropertyBinding]:
    """Bind a count of pages, or of page views, beside the views of another content type."""
    others = {path.rpartition("/")[0] for path, binding in bound.items()
              if binding.field in {Field.BLOG_VIEWS, Field.ATTACHMENT_VIEWS}}  # fmt: skip
    of_pages = PropertyBinding(Field.PAGE_VIEWS, "pages beside another content type")
    return {leaf.path: of_pages for leaf in row
            if leaf.path.rpartition("/")[0] in others and _NUMBERS & leaf.shape.types
            and {"page", "pages", "seiten"} & {*words_of(leaf.names[-1])}}  # fmt: skip


def _can_carry(leaf: Leaf, field: Field) -> bool:
    if field is Field.TIME_ZONE and leaf.is_listed:  # a person's time zone
        return False
    if field is Field.HOUR and leaf.shape.is_moment:  # the start of an hour, not one of the day
        return False
    if field is Field.DAY and words_of(leaf.names[-1])[-1:] in _NOT_DAYS:
        return not _NUMBERS & leaf.shape.types
    if field is Field.ACCOUNT and len(choices_of(Field.ACCOUNT_KIND, leaf.shape.schema)) > 1:
        return False  # a kind of viewer
    if field is Field.ACCOUNT and {"integer", "number"} & leaf.shape.types:  # `viewers` is a count
        return words_of(leaf.names[-1])[-1:] in {("id",), ("key",)}
    return fits(field.kind, field, leaf.shape)


_NOT_DAYS = frozenset(
    (word,) for word in ("year", "month", "week", "jahr", "monat", "woche", "value")
)
"""Ends of the names of numbers that are no day, such as months from 1 to 12, and counts."""


def _of_json_ld(leaf: Leaf, offered: Collection[Field]) -> PropertyBinding:
    if (
        leaf.names[-1] == "@id"
        and len(leaf.names) > 1
        and Field.SELF in offered
        and not leaf.is_listed
    ):
        return PropertyBinding(Field.SELF, "where JSON-LD has the address of what it is in")
    return PropertyBinding(None, "a keyword of JSON-LD")


def _is_of_a_place(leaf: Leaf) -> bool:
    """Return whether a property is a content's or space's, so `displayName` is not a person's."""
    around = [name for name in leaf.names[:-1] if normalised([name]) not in WORDS["transparent"]]
    return bool(around and {*words_of(around[-1])} & (WORDS["contents"] | WORDS["spaces"]))


def _is_title(leaf: Leaf) -> bool:
    """Return whether the name of something is described as the title of a content."""
    described = {*words_of(leaf.shape.description)}
    is_named = words_of(leaf.names[-1])[-1:] == ("name",)
    return (is_named and not described.isdisjoint(WORDS["title"])
            and not described.isdisjoint(WORDS["contents"]))  # fmt: skip


def _by_meaning(leaf: Leaf, offered: Iterable[Field]) -> PropertyBinding:
    owner = owner_of(leaf.names[-2]) if len(leaf.names) > 1 else None
    of_owner = () if owner is None else meant_by([owner, leaf.names[-1]], offered)
    for field, concepts in chain(of_owner, meant_by(leaf.names, offered)):
        if _can_carry(leaf, field):
            return PropertyBinding(field, f"its words mean {concepts!r}, {_typed(leaf.shape)}")
    return PropertyBinding(None, "no known name")


def _score(
    leaf: Leaf, field: Field, table: Mapping[Field, str]
) -> tuple[tuple[int, int], str] | None:
    ranks = ranks_of(table[field]) if field in table else {}
    for farness, names in enumerate(_readings(leaf.names, leaf.is_listed)):
        if names in ranks:
            return (farness, ranks[names]), names
    return None


@lru_cache(maxsize=10_000)
def _readings(names: tuple[str, ...], is_listed: bool) -> tuple[str, ...]:  # noqa: FBT001
    """Return the readings of a path of names, most specific first."""
    return tuple(
        _all_readings(names, WORDS["transparent"] - {"page"} if is_listed else WORDS["transparent"])
    )


def _all_readings(names: tuple[str, ...], transparent: Collection[str]) -> Iterator[str]:
    yield from readings(names)
    solid = [name for name in names[:-1] if normalised([name]) not in transparent]
    if len(solid) + 1 < len(names):
        yield from readings([*solid, names[-1]])
    owner = owner_of(solid[-1]) if solid else None
    if owner is not None:
        yield from readings([owner, names[-1]])
    if not solid or len(normalised(names[-1:])) >= 6:  # `accountid` is clear, `id` is not
        yield from readings(names[-1:])


def fits(kind: Kind, field: Field, shape: Shape) -> bool:
    """Return whether a value of a kind can be represented in a shape."""
    types = shape.types or {"string", "integer", "boolean"}
    is_number = bool(_NUMBERS & types)
    if kind is Kind.FLAG:
        return "boolean" in types or _fits_flag(field, shape)
    if kind is Kind.COUNT:
        form = f"{shape.schema.get('format')} {shape.description}"
        is_text = field in {Field.STATUS, Field.HOUR} or _TEXTUAL_NUMBER.search(form)
        return is_number or (bool(is_text) and "string" in types)
    if kind is Kind.RATIO:
        return is_number
    if kind is Kind.CHOICE:
        return _fits_choice(field, shape, types)
    if kind is Kind.MOMENT:
        return _fits_moment(shape, types)
    if kind is Kind.ID or (field in {Field.ACCOUNT, Field.SPACE_KEY} and not shape.is_moment):
        return is_number or "string" in types  # a derived number or UUID is possible
    return "string" in types and not (shape.is_moment or shape.schema.get("format") in UUIDS)


_NUMBERS = frozenset({"integer", "number"})


def _fits_flag(field: Field, shape: Shape) -> bool:
    is_told = len(choices_of(field, shape.schema)) > 1
    return is_told or is_yes_or_no(shape.schema.get("enum") or ())


def _fits_choice(field: Field, shape: Shape, types: Collection[str]) -> bool:
    values = shape.schema.get("enum")
    if names_of(shape.schema) or "string" in types:
        return not values or bool(choices_of(field, shape.schema))
    return field is Field.WEEKDAY and not _NUMBERS.isdisjoint(types)


def _fits_moment(shape: Shape, types: Iterable[str]) -> bool:
    if "string" in types:
        return shape.schema.get("format") in {None, "date", "date-time", "time"}
    return bool({"integer", "number"} & set(types))


def _typed(shape: Shape) -> str:
    types = "/".join(sorted(shape.types)) or "any type"
    return f"{types} {shape.schema['format']}" if "format" in shape.schema else types
