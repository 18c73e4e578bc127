"""Infer the role of a parameter from its name, location, type, format and neighbours."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mock_server.binding.descriptions import (
    about,
    coerced_size,
    default_days,
    default_end,
    default_size,
)
from mock_server.binding.fields import Field, Kind, Part
from mock_server.binding.lexicon import (
    CONCEPTS,
    PART_NAMES,
    WORDS,
    choices,
    grouping_of,
    inclusions,
    is_descending,
    meant_by,
    media_type_named,
    names_of,
    normalised,
    ranks_of,
    readings,
    words_of,
)
from mock_server.binding.model import ParameterBinding
from mock_server.binding.presets import is_preset
from mock_server.binding.properties import fits, is_bound
from mock_server.binding.units import unit_of, words_about
from mock_server.openapi.document import Document, Operation, Parameter
from mock_server.openapi.schemas import Shape, label_of, shape_of

_RANKS = {part: ranks_of(names) for part, names in PART_NAMES.items()}
_MOMENTS = frozenset({Part.START, Part.END})
_TEXTS = frozenset({"string", "array"})
_TYPES: Mapping[Part, frozenset[str]] = {
    **dict.fromkeys((Part.OFFSET, Part.PAGE, Part.LIMIT), frozenset({"integer", "number"})),
    **dict.fromkeys((Part.CONTENT_ID, Part.SPACE_KEY), frozenset({"integer", *_TEXTS})),
    Part.TRASHED: frozenset({"boolean", *_TEXTS}),
    **dict.fromkeys((Part.CURSOR, Part.CURSOR_BEFORE), frozenset({"string"})),
    Part.WITH_TOTAL: frozenset({"boolean", "string"}),
}
"""Allowed types of a part; only strings if not listed."""
_INCLUDING = frozenset({Part.IS_ANONYMOUS, Part.IS_PROTECTED})
"""Parts whose values may also be `include`, `exclude` and `only`."""
FLAGS = frozenset(part for part in Part if part.split()[0] in {"is", "with", "without", "only"})
"""Parts of flags, which filter rows if they are set or if they are not."""
_LAST_RESORT = 1_000
_SECOND = {Part.SORT: 50}
"""Penalties of ambiguous parts: `sortBy` alone may also contain the direction."""
_REPEATED = frozenset({Part.LEAST, Part.MOST, Part.EQUAL, Part.BETWEEN, Part.COLUMN_ORDER})
"""Parts that several parameters may have."""
_NUMERIC = re.compile(r"\[(?:gte?|lte?)\]$")
"""Ends of the names of bounds that are numbers, even if a document types them as text."""
_COLUMN = re.compile(r"(?:order|sort)(?:_?by)?\[([\w.]+)\]", re.IGNORECASE)
_OPPOSITES = {"start": "end", "startat": "endat"}
"""Names shared by offsets and range starts; a range end decides."""


def parameter_bindings(
    document: Document, operation: Operation, given: Mapping[str, Part | None]
) -> tuple[ParameterBinding, ...]:
    """Infer the roles of an operation's parameters; each role is used once.

    Args:
        document: Resolves schemas.
        operation: The operation.
        given: Corrections by parameter name, which take precedence.
    """
    bound: dict[int, ParameterBinding] = {
        position: _bound(document, parameter, given[parameter.name], "the binding file")
        for position, parameter in enumerate(operation.parameters)
        if parameter.name in given
    }
    taken = {binding.part for binding in bound.values() if binding.part is not None}
    claims = sorted(
        (
            (rank, position, part, evidence)
            for position, parameter in enumerate(operation.parameters)
            for rank, part, evidence in _claims(document, operation, parameter)
        ),
        key=lambda claim: claim[:2],
    )
    for _, position, part, evidence in claims:
        is_listed = operation.parameters[position].name.endswith("[]")  # `key[]` beside `key`
        if (part not in taken or is_listed) and position not in bound:
            found = _bound(document, operation.parameters[position], part, evidence)
            bound[position] = found
            is_shared = part in _REPEATED or found.parameter.name.endswith("[]")
            if not (is_shared or (part in _MOMENTS and found.comparator)):
                taken.add(part)
    return tuple(
        bound.get(position) or _bound(document, parameter, None, "no known name")
        for position, parameter in enumerate(operation.parameters)
    )


def _claims(
    document: Document, operation: Operation, parameter: Parameter
) -> list[tuple[int, Part, str]]:
    if parameter.location == "path":
        return _path_claims(document, operation, parameter)
    if parameter.location != "query":
        return []
    shape = shape_of(document, parameter.schema)
    is_exact = WORDS["exact"] & words_about(parameter.name, shape, parameter.description) or any(
        {*words_of(name)} <= WORDS["containing"] for name in _continued(parameter.name, operation)
    )
    claims = [
        (
            farness * 100 + ranks[name] + _SECOND.get(part, 0),
            Part.EXACT_TERM if part is Part.TERM and is_exact else part,
            f"named like {name!r}{_typed(shape)}",
        )
        for part, ranks in _RANKS.items()
        for farness, name in enumerate(dict.fromkeys(readings([parameter.name])))
        if name in ranks and _can_be(part, shape, parameter, operation.parameters)
    ] + _hints(document, operation, parameter, shape)
    label = label_of(parameter.description)
    return claims or [
        (_LAST_RESORT + ranks[normalised([label])], part, f"described as {label!r}")
        for part, ranks in _RANKS.items()
        if label and normalised([label]) in ranks
        and _can_be(part, shape, parameter, operation.parameters)
    ]  # fmt: skip


def _continued(name: str, operation: Operation) -> list[str]:
    """Return how the names of other parameters go on that begin with a name."""
    return [other.name.removeprefix(name) for other in operation.parameters
            if other.name.startswith(name) and other.name != name]  # fmt: skip


def _hints(
    document: Document, operation: Operation, parameter: Parameter, shape: Shape
) -> list[tuple[int, Part, str]]:
    """Infer ranges from words in the name, and content type filters from their values."""
    words = set(words_of(parameter.name))
    if _COLUMN.fullmatch(parameter.name) and _can_be(Part.ORDER, shape, parameter, ()):
        return [(0, Part.COLUMN_ORDER, "an order with the name of a column")]
    hints = [
        (_LAST_RESORT, part, f"named with {min(words & telling)!r}{_typed(shape)}")
        for part, telling in ((Part.START, WORDS["start"]), (Part.END, WORDS["end"]))
        if _is_named_like_end(parameter.name, telling)
        and _can_be(part, shape, parameter, operation.parameters)
    ]
    hints += [
        (_LAST_RESORT, part, f"its words mean {concepts!r}{_typed(shape)}")
        for part, concepts in meant_by([parameter.name], Part)
        if _can_be(part, shape, parameter, operation.parameters)
    ]
    if (
        words & {"order", "sort"}
        and words - {"order", "sort"} <= WORDS["moment"]
        and _can_be(Part.ORDER, shape, parameter, operation.parameters)
    ):
        hints.append((_LAST_RESORT, Part.ORDER, "named like an order by time"))
    is_pointer = words & WORDS["cursor"] and words <= WORDS["cursor"] | WORDS["pointer"]
    if is_pointer and words != {"page"} and shape.types == {"string"}:
        hints.append((_LAST_RESORT, Part.CURSOR, "a text named like a place among pages"))
    hints += [
        (_LAST_RESORT - 1, part, f"the {part} of a count{_typed(shape)}")
        for part, telling in ((Part.LEAST, WORDS["least"]), (Part.MOST, WORDS["most"]))
        if is_bound(parameter.name, telling)
        and ({"integer", "number"} & shape.types or _NUMERIC.search(parameter.name))
        and not (shape.types == {"string"} and CONCEPTS["count"].isdisjoint(words))
    ]
    if parameter.name.endswith("[between]") and is_bound(f"min {parameter.name}", WORDS["least"]):
        hints.append((_LAST_RESORT - 1, Part.BETWEEN, "a range of a count, as in API Platform"))
    is_count = {"integer", "number"} & shape.types and is_bound(
        f"min {parameter.name}", WORDS["least"]
    )
    if is_count and any({*words_of(end)} & telling for end in _continued(parameter.name, operation)
                        for telling in (WORDS["least"], WORDS["most"])):  # fmt: skip
        hints.append((_LAST_RESORT - 1, Part.EQUAL, "a count that others are the bounds of"))
    if _can_be(Part.PRESET, shape, parameter, operation.parameters):
        hints.append((_LAST_RESORT, Part.PRESET, f"a range{_typed(shape)}"))
    hints += [
        (_LAST_RESORT, part, "its values")
        for part, field in _BY_VALUES.items()
        if len({*choices(field, _values(document, shape)).values()}) > 1
    ]
    offered = [media.name for response in operation.responses.values()
               for media in response.media_types]  # fmt: skip
    named = {media_type_named(value, offered) for value in _values(document, shape)} - {None}
    if len(named) > 1:
        hints.append((_LAST_RESORT, Part.FORMAT, "its values name the media types of the response"))
    return hints


_BY_VALUES = {
    Part.CONTENT_TYPE: Field.CONTENT_TYPE,
    Part.ACCOUNT_KIND: Field.ACCOUNT_KIND,
    Part.INTERVAL: Field.INTERVAL,
    Part.IS_SUCCESSFUL: Field.IS_SUCCESSFUL,
    Part.TRASHED: Field.IS_TRASHED,
}
"""Parts that can be inferred from the allowed values."""


def _values(document: Document, shape: Shape) -> tuple[str, ...]:
    items = shape_of(document, shape.schema.get("items") or {})
    values = shape.schema.get("enum") or items.schema.get("enum") or ()
    return tuple(_names(document, shape).values()) or tuple(map(str, values))


def _names(document: Document, shape: Shape) -> dict[Any, str]:
    """Return the names of the numbers that a parameter, or the items of a list, may have."""
    items = shape_of(document, shape.schema.get("items") or {})
    return names_of(shape.schema) or names_of(items.schema)


_PLACES = {Part.CONTENT_ID: "contents", Part.SPACE_KEY: "spaces", Part.ACCOUNT: "viewers"}
"""Words before a path parameter."""


def _path_claims(
    document: Document, operation: Operation, parameter: Parameter
) -> list[tuple[int, Part, str]]:
    before = operation.path.partition("{" + parameter.name + "}")[0].rstrip("/").split("/")[-1]
    for part in (Part.CONTENT_ID, Part.SPACE_KEY, Part.ACCOUNT):
        words = WORDS[_PLACES[part]]
        if words & set(words_of(before)):
            return [(0, part, f"in the path after {before!r}")]
        if normalised([parameter.name]) in _RANKS[part]:
            return [(1, part, f"in the path, named like {normalised([parameter.name])!r}")]
    return [
        (2, part, f"in the path, named like {name!r}")
        for part in (Part.START, Part.END)
        for name in readings([parameter.name])
        if name in _RANKS[part] and shape_of(document, parameter.schema).types
    ]


def _can_be(
    part: Part, shape: Shape, parameter: Parameter, neighbours: Sequence[Parameter]
) -> bool:
    types, values = shape.types or {"string"}, shape.schema.get("enum") or ()
    if part in _INCLUDING and len(inclusions(values)) > 1:
        return True
    if part in FLAGS:  # `anonymous` with a default may mean `with` or `only`
        is_clear = (
            not part.startswith("is ") or "default" not in shape.schema or _is_only(part, shape)
        )
        return is_clear and fits(Kind.FLAG, Field.IS_ANONYMOUS, shape)
    if part in _MOMENTS:
        return _is_textual_moment(parameter, shape, neighbours, part) or (
            bool({"integer", "number"} & types) and _is_epoch(parameter, shape, neighbours)
        )
    if part is Part.OFFSET and _has_opposite(parameter, neighbours):
        return not _is_epoch(parameter, shape, neighbours)
    if part is Part.OFFSET and normalised([parameter.name]) == "first":  # Relay's page size
        return not shape.schema.get("minimum", shape.schema.get("default", 0))
    is_meant = _has_meaning(part, types, [str(value) for value in values], parameter.name)
    is_date = part is Part.CURSOR and shape.is_moment
    is_named = part in _BY_VALUES and bool(names_of(shape.schema))
    is_typed = is_named or bool(_TYPES.get(part, _TEXTS) & types)
    return is_meant if is_meant is not None else is_typed and not is_date


def _is_only(part: Part, shape: Shape) -> bool:
    """Return whether a flag selects rows if it is true, and has no effect if it is false."""
    is_of_outcomes = part in {Part.IS_SUCCESSFUL, Part.IS_UNSUCCESSFUL}
    return is_of_outcomes and shape.schema.get("default") is False


def _has_meaning(part: Part, types: Collection[str], values: list[str], name: str) -> bool | None:
    """Return whether the allowed values have the meaning of a part; None if any value has."""
    if part is Part.PRESET and not values:  # a number of days
        return "integer" in types and not {"days", "tage"}.isdisjoint(words_of(name))
    if part is Part.PRESET:
        return sum(map(is_preset, values)) > 1
    if part is Part.ORDER and (values or "boolean" in types):
        return any(map(is_descending, values or [name]))
    if part is Part.GROUPING and values:
        return len({*map(grouping_of, values)} - {None}) > 1
    return None if part is not Part.INTERVAL or len(choices(Field.INTERVAL, values)) > 1 else False


def _is_textual_moment(
    parameter: Parameter, shape: Shape, neighbours: Sequence[Parameter], part: Part
) -> bool:
    """Return whether a string parameter is a time.

    `after` without a format is a cursor if `first` or an `occurredAfter` with a format exists.
    """
    if "string" not in (shape.types or {"string"}):
        return False
    if "format" in shape.schema:
        return True
    names = {normalised([neighbour.name]) for neighbour in neighbours}
    if normalised([parameter.name]) == "after" and "first" in names:
        return False
    telling = WORDS["start"] if part is Part.START else WORDS["end"]
    return not any(
        neighbour.schema.get("format") in {"date", "date-time"}
        and _is_named_like_end(neighbour.name, telling)
        for neighbour in neighbours
        if neighbour.name != parameter.name
    )


def _has_opposite(parameter: Parameter, neighbours: Sequence[Parameter]) -> bool:
    opposites = {
        _OPPOSITES[reading] for reading in readings([parameter.name]) if reading in _OPPOSITES
    }
    return any(opposites & set(readings([neighbour.name])) for neighbour in neighbours)


def _is_epoch(parameter: Parameter, shape: Shape, neighbours: Sequence[Parameter]) -> bool:
    """Return whether an integer is a time: `start` is one beside `end`, not beside `limit`."""
    words = words_about(parameter.name, shape, parameter.description)
    if words & WORDS["epoch"]:
        return True
    if shape.schema.get("minimum") == 0 and "default" in shape.schema:
        return False
    others = [neighbour.name for neighbour in neighbours if neighbour.name != parameter.name]
    return any(
        normalised([name]) in _RANKS[part] or _is_named_like_end(name, telling)
        for name in others
        for part, telling in ((Part.START, WORDS["start"]), (Part.END, WORDS["end"]))
    )


def _is_named_like_end(name: str, telling: frozenset[str]) -> bool:
    words = set(words_of(name))
    return len(words & telling) == 1 and words - telling <= WORDS["moment"]


def _bound(
    document: Document, parameter: Parameter, part: Part | None, evidence: str
) -> ParameterBinding:
    shape = shape_of(document, parameter.schema)
    unit = None
    if part is not None and _is_only(part, shape):
        part = Part(part.replace("is ", "only "))
    if part in _MOMENTS:
        unit = unit_of(parameter.name, shape, parameter.description)
    first = 0
    if part is Part.PAGE:
        is_index = {"0", "zero", "index"} & words_about(
            parameter.name, shape, parameter.description
        )
        lowest = shape.schema.get("minimum", shape.schema.get("default", not is_index))
        first = 1 if isinstance(lowest, int) and lowest >= 1 else 0
    values, names = _values(document, shape), _names(document, shape)
    most = shape.schema.get("maximum", coerced_size(parameter.description))
    defaults = {Part.LIMIT: default_size, Part.START: default_days, Part.END: default_end}
    default = None
    if part in defaults:
        texts = (parameter.description, about(parameter.name, document.description))
        found = map(defaults[part], texts)
        default = next((value for value in found if value is not None), None)
    return ParameterBinding(
        parameter, part, unit, first, evidence, values, names, default,
        int(most) if part is Part.LIMIT and isinstance(most, int | float) and math.isfinite(most) else None,
    )  # fmt: skip


def column_in(name: str) -> str:
    """Return the column in the name of an order, such as `order[views]`."""
    found = _COLUMN.fullmatch(name)
    return "" if found is None else found[1]


def _typed(shape: Shape) -> str:
    written = shape.schema.get("format") or "/".join(sorted(shape.types))
    return f", {written}" if written else ""
