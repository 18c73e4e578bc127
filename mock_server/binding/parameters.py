"""Infer the role of a parameter from its name, location, type, format and neighbours."""

import math
import re
from collections.abc import Iterator, Mapping

from mock_server.binding.defaults import described_default
from mock_server.binding.descriptions import (
    coerced_size,
    says,
    starts_with,
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
from mock_server.binding.properties import fits, is_count
from mock_server.binding.units import examples_of, form_of, unit_of, words_about
from mock_server.openapi.document import Document, Operation, Parameter
from mock_server.openapi.schemas import label_of, shape_of

_RANKS = {part: ranks_of(names) for part, names in PART_NAMES.items()}
_MOMENTS = (Part.START, Part.END)
_EDGES = {Part.START: WORDS["start"], Part.END: WORDS["end"]}
"""Words in the names of the start and the end of a range."""
_BOUNDS = {Part.LEAST: WORDS["least"], Part.MOST: WORDS["most"]}
_ORDERS = {"order", "sort"}
_CURSOR_PARTS = frozenset({Part.CURSOR, Part.CURSOR_BEFORE})
_CURSORS = WORDS["cursor"] | WORDS["pointer"]
_PLACES = {Part.CONTENT_ID: "contents", Part.SPACE_KEY: "spaces", Part.ACCOUNT: "viewers"}
"""Words before a path parameter."""
_BY_VALUES = {
    Part.CONTENT_TYPE: Field.CONTENT_TYPE,
    Part.ACCOUNT_KIND: Field.ACCOUNT_KIND,
    Part.SPACE_KIND: Field.SPACE_KIND,
    Part.INTERVAL: Field.INTERVAL,
    Part.IS_SUCCESSFUL: Field.IS_SUCCESSFUL,
    Part.TRASHED: Field.IS_TRASHED,
}
"""Parts that can be inferred from the allowed values."""
_Claim = tuple[int, Part, str]
"""A rank, a role, and its evidence."""
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
_SELECTING = frozenset(part for part in FLAGS if part.startswith("is "))
"""Flags that may also only select rows if they are true."""
_PAGING = frozenset({Part.OFFSET, Part.PAGE, Part.LIMIT})
_OF_TIME = frozenset({"day", "date", "time", "tag", "datum", "zeit"})
"""Words of descriptions with which a parameter without a type is no number."""
_LAST_RESORT = 1_000
_SECOND = {Part.SORT: 50}
"""Penalties of ambiguous parts: `sortBy` alone may also contain the direction."""
_REPEATED = frozenset({Part.LEAST, Part.MOST, Part.EQUAL, Part.BETWEEN, Part.COLUMN_ORDER})
"""Parts that several parameters may have."""
_NUMERIC = re.compile(r"\[(?:gte?|lte?)\]$")
"""Ends of the names of bounds that are numbers, even if a document types them as text."""
_YEAR = re.compile(r"\d{4}-")
"""The beginning of a date in ISO 8601."""
_WORDS_WITH_DIGITS = re.compile(r"\b[A-Za-z]*\d+[A-Za-z]+\b")
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
    candidates = [_Candidate(document, operation, each) for each in operation.parameters]
    bound = {
        position: each.bind(given[each.name], "the binding file")
        for position, each in enumerate(candidates)
        if each.name in given
    }
    taken = {binding.part for binding in bound.values() if binding.part is not None}
    claims = [
        (rank, position, part, evidence)
        for position, each in enumerate(candidates)
        for rank, part, evidence in each.claims()
    ]
    for _, position, part, evidence in sorted(claims, key=lambda claim: claim[:2]):
        is_list = candidates[position].name.endswith("[]")  # `key[]` beside `key`
        if position in bound or (part in taken and not is_list):
            continue
        found = bound[position] = candidates[position].bind(part, evidence)
        if not (part in _REPEATED or is_list or (part in _MOMENTS and found.comparator)):
            taken.add(part)
    return tuple(
        bound.get(position) or each.bind(None, "no known name")
        for position, each in enumerate(candidates)
    )


class _Candidate:
    """A parameter, and what speaks for each role that it may have."""

    def __init__(self, document: Document, operation: Operation, parameter: Parameter) -> None:
        self._document, self._operation, self._parameter = document, operation, parameter
        self._shape = shape_of(document, parameter.schema)
        self._schema = self._shape.schema
        self._types = self._shape.types or {"string", "integer"}
        self._is_number = bool({"integer", "number"} & self._types)
        items = shape_of(document, self._schema.get("items") or {}).schema
        self._names = names_of(self._schema) or names_of(items)
        values = self._schema.get("enum") or items.get("enum") or ()
        self._values = tuple(self._names.values()) or tuple(map(str, values))
        self.name = parameter.name
        self._plain_name, self._words = normalised([self.name]), set(words_of(self.name))
        self._others = [other for other in operation.parameters if other.name != self.name]
        self._described = words_about(self.name, self._shape, parameter.description)
        written = self._schema.get("format") or "/".join(sorted(self._shape.types))
        self._typed = f", {written}" if written else ""

    def claims(self) -> list[_Claim]:
        """Return the roles that the parameter may have; the lowest rank is the likeliest."""
        if self._parameter.location == "path":
            return self._by_place()
        if self._parameter.location != "query":
            return []
        if _COLUMN.fullmatch(self.name) and self._can_be(Part.ORDER):
            return [*self._by_name(), (0, Part.COLUMN_ORDER, "an order with the name of a column")]
        found = [*self._by_name(), *self._by_words(), *self._by_count(), *self._by_values()]
        return found or self._by_description()

    def _by_place(self) -> list[_Claim]:
        before = self._operation.path.partition("{" + self.name + "}")[0].rstrip("/").split("/")[-1]
        for part, places in _PLACES.items():
            if WORDS[places] & set(words_of(before)):
                return [(0, part, f"in the path after {before!r}")]
            if self._plain_name in _RANKS[part]:
                return [(1, part, f"in the path, named like {self._plain_name!r}")]
        return [
            (2, part, f"in the path, named like {name!r}")
            for part in _MOMENTS
            for name in readings([self.name])
            if name in _RANKS[part] and self._shape.types
        ]

    def _by_name(self) -> Iterator[_Claim]:
        is_exact = WORDS["exact"] & self._described or any(
            {*words_of(end)} <= WORDS["containing"] for end in self._continuations()
        )
        names = list(dict.fromkeys(readings([self.name])))
        for part, ranks in _RANKS.items():
            for farness, name in enumerate(names):
                if name in ranks and self._can_be(part):
                    rank = farness * 100 + ranks[name] + _SECOND.get(part, 0)
                    meant = Part.EXACT_TERM if part is Part.TERM and is_exact else part
                    yield rank, meant, f"named like {name!r}{self._typed}"

    def _continuations(self) -> list[str]:
        """Return how the names of other parameters go on that begin with this one's name."""
        return [other.name.removeprefix(self.name) for other in self._others
                if other.name.startswith(self.name)]  # fmt: skip

    def _by_words(self) -> Iterator[_Claim]:
        for part, telling in _EDGES.items():
            if _is_named_like_edge(self.name, telling) and self._can_be(part):
                named = min(self._words & telling)
                yield _LAST_RESORT, part, f"named with {named!r}{self._typed}"
        for part, concepts in meant_by([self.name], Part):
            if self._can_be(part):
                yield _LAST_RESORT, part, f"its words mean {concepts!r}{self._typed}"
        others = self._words - _ORDERS
        if others != self._words and others <= WORDS["moment"] and self._can_be(Part.ORDER):
            yield _LAST_RESORT, Part.ORDER, "named like an order by time"
        is_pointer = self._words & WORDS["cursor"] and self._words != {"page"}
        if is_pointer and self._words <= _CURSORS and self._shape.types == {"string"}:
            yield _LAST_RESORT, Part.CURSOR, "a text named like a place among pages"
        if self._can_be(Part.PRESET):
            yield _LAST_RESORT, Part.PRESET, f"a range{self._typed}"

    def _by_count(self) -> Iterator[_Claim]:
        """Yield the roles of a bound of a count, such as `minViews`, `views[gte]` or `views`."""
        if not is_count(self.name) or self._described & WORDS["epoch"]:
            return
        if self.name.endswith("[between]"):
            yield _LAST_RESORT - 1, Part.BETWEEN, "a range of a count, as in API Platform"
        is_text = self._shape.types == {"string"} and CONCEPTS["count"].isdisjoint(self._words)
        if (self._is_number or _NUMERIC.search(self.name)) and not is_text:
            for part, telling in _BOUNDS.items():
                if telling & self._words:
                    yield _LAST_RESORT - 1, part, f"the {part} of a count{self._typed}"
        ends = {word for end in self._continuations() for word in words_of(end)}
        if self._is_number and ends & (WORDS["least"] | WORDS["most"]):
            yield _LAST_RESORT - 1, Part.EQUAL, "a count that others are the bounds of"

    def _by_values(self) -> Iterator[_Claim]:
        for part, field in _BY_VALUES.items():
            if len({*choices(field, self._values).values()}) > 1:
                yield _LAST_RESORT, part, "its values"
        offered = [media.name for response in self._operation.responses.values()
                   for media in response.media_types]  # fmt: skip
        if len({media_type_named(value, offered) for value in self._values} - {None}) > 1:
            evidence = "its values name the media types of the response"
            yield _LAST_RESORT, Part.FORMAT, evidence

    def _by_description(self) -> list[_Claim]:
        label = label_of(self._parameter.description)
        name = normalised([label])
        return [(_LAST_RESORT + ranks[name], part, f"described as {label!r}")
                for part, ranks in _RANKS.items()
                if label and name in ranks and self._can_be(part)]  # fmt: skip

    def _can_be(self, part: Part) -> bool:
        """Return whether the type, the format and the values fit a role."""
        if not self._shape.types and (part in _PAGING or part is Part.WITH_TOTAL):
            is_of_time = self._has_opposite() or bool(_OF_TIME & self._described)
            return part in _PAGING and not is_of_time
        if part in _INCLUDING and len(inclusions(self._schema.get("enum") or ())) > 1:
            return True
        if part in FLAGS:  # `anonymous` with a default may mean `with` or `only`
            is_clear = not part.startswith("is ") or "default" not in self._schema
            fits_flag = fits(Kind.FLAG, Field.IS_ANONYMOUS, self._shape)
            return fits_flag and (is_clear or self._is_only(part))
        if part in _MOMENTS:
            return self._is_textual_moment(part) or (self._is_number and self._is_epoch())
        if part is Part.OFFSET and (self._has_opposite() or self._described & WORDS["epoch"]):
            return not self._is_epoch()
        if part is Part.OFFSET and self._is_number and self._plain_name == "first":
            # Relay's page size
            return not self._schema.get("minimum", self._schema.get("default", 0))
        is_meant = self._has_meaning(part)
        is_typed = (part in _BY_VALUES and bool(names_of(self._schema))) or bool(
            _TYPES.get(part, _TEXTS) & self._types
        )
        described = self._parameter.description
        is_time = says("a time", described) and not says("a cursor", described)
        is_date = part in _CURSOR_PARTS and (
            self._shape.is_moment or self._is_written_as_time() or is_time
        )
        return is_meant if is_meant is not None else is_typed and not is_date

    def _is_written_as_time(self) -> bool:
        """Return whether a description or an example shows the form of a time."""
        is_said = {"iso", "rfc"} & self._described or "date-time" in self._parameter.description
        return bool(is_said) or any(
            _YEAR.match(str(example)) for example in examples_of(self._schema)
        )

    def _is_only(self, part: Part) -> bool:
        """Return whether a flag selects rows if it is true, and has no effect if it is false."""
        if part not in _SELECTING or self._schema.get("enum"):
            return False
        is_of_outcomes = part in {Part.IS_SUCCESSFUL, Part.IS_UNSUCCESSFUL}
        is_off = is_of_outcomes and self._schema.get("default") is False
        return is_off or says("only if true", self._parameter.description)

    def _has_meaning(self, part: Part) -> bool | None:
        """Return whether the allowed values have the meaning of a role; None if any value has."""
        values = [str(value) for value in self._schema.get("enum") or ()]
        if part is Part.PRESET and not values:
            if "integer" in self._types:  # a number of days
                return bool((WORDS["days"] | WORDS["hours"]) & self._words)
            return any(map(is_preset, self._shown_values()))
        if part is Part.ACCOUNT and self._values:  # these are kinds of account
            return False
        if part is Part.PRESET:
            is_interval = len(choices(Field.INTERVAL, values)) == len(values)
            return sum(map(is_preset, values)) > 1 and not (is_interval and self._is_beside_edge())
        if part is Part.ORDER and (values or "boolean" in self._types):
            return any(map(is_descending, values or [self.name]))
        if part is Part.GROUPING and values:
            return len({*map(grouping_of, values)} - {None}) > 1
        # An interval and a kind of space have values; those of a content type are known ones.
        least = {Part.INTERVAL: 2, Part.SPACE_KIND: 2, Part.CONTENT_TYPE: min(len(values), 1)}
        needed = least.get(part, 0)
        return False if needed and len(choices(_BY_VALUES[part], values)) < needed else None

    def _shown_values(self) -> list[str]:
        """Return the examples, and the words with digits in the description."""
        described = _WORDS_WITH_DIGITS.findall(self._parameter.description)
        return [*map(str, examples_of(self._schema)), *described]

    def _is_textual_moment(self, part: Part) -> bool:
        """Return whether the parameter is a time that is written as a string.

        `after` without a format is a cursor if `first` or an `occurredAfter` with a format exists.
        """
        if "string" not in self._types or "format" in self._schema:
            return "string" in self._types
        if says("a cursor", self._parameter.description) and not self._is_written_as_time():
            return False
        if self._plain_name == "after" and any(
            normalised([other.name]) == "first" for other in self._others
        ):
            return False
        return not any(
            other.schema.get("format") in {"date", "date-time"}
            and _is_named_like_edge(other.name, _EDGES[part])
            for other in self._others
        )

    def _has_opposite(self) -> bool:
        """Return whether a range end with the same kind of name exists, as `endAt` to `startAt`."""
        ends = {_OPPOSITES.get(reading) for reading in readings([self.name])}
        return any(ends & set(readings([other.name])) for other in self._others)

    def _is_epoch(self) -> bool:
        """Return whether a number is a time: `start` is one beside `end`, not beside `limit`."""
        if self._described & WORDS["epoch"]:
            return True
        is_count = self._schema.get("minimum") == 0 and "default" in self._schema
        return not is_count and self._is_beside_edge()

    def _is_beside_edge(self) -> bool:
        """Return whether another parameter is named like the start or the end of a range."""
        return any(
            normalised([other.name]) in _RANKS[part] or _is_named_like_edge(other.name, telling)
            for other in self._others
            for part, telling in _EDGES.items()
        )

    def bind(self, part: Part | None, evidence: str) -> ParameterBinding:
        """Return the binding to a role."""
        if part is not None and self._is_only(part):
            part = Part(part.replace("is ", "only "))
        name, description = self.name, self._parameter.description
        most = self._schema.get("maximum", coerced_size(description))
        is_limited = part is Part.LIMIT and isinstance(most, int | float) and math.isfinite(most)
        return ParameterBinding(
            self._parameter,
            part,
            unit_of(name, self._shape, description) if part in _MOMENTS else None,
            self._first_page() if part is Part.PAGE else 0,
            evidence,
            self._values,
            self._names,
            described_default(self._document, self._operation, self._parameter, part),
            int(most) if is_limited else None,
            starts_with(description) if part is Part.START else "",
            form_of(self._shape, description) if part in _MOMENTS else None,
        )

    def _first_page(self) -> int:
        is_index = {"0", "zero", "index"} & self._described
        lowest = self._schema.get("minimum", self._schema.get("default", not is_index))
        return 1 if isinstance(lowest, int) and lowest >= 1 else 0


def _is_named_like_edge(name: str, telling: frozenset[str]) -> bool:
    words = set(words_of(name))
    return len(words & telling) == 1 and words - telling <= WORDS["moment"]


def column_in(name: str) -> str:
    """Return the column in the name of an order, such as `order[views]`."""
    found = _COLUMN.fullmatch(name)
    return "" if found is None else found[1]
