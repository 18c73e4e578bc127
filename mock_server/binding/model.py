"""The binding of a document: the role of each parameter, and the meaning of each property."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from mock_server.binding.descriptions import default_order, edge_of, says
from mock_server.binding.fields import LINKS, TABLES, Field, Grouping, Interval, Part, Subject, Unit
from mock_server.binding.lexicon import column_of, has_direction
from mock_server.clock import SECOND
from mock_server.openapi.document import MediaType, Operation, Parameter

NOT_OURS = "nothing in it is about views or searches, so its values are generated"
"""The evidence for operations that other products also have."""

_COMPARATOR = re.compile(
    r"(?:[\W_]|(?<=[a-z])(?=[GL]))(g[te]e?|l[te]e?)\W*$|\[((?:strictly_)?(?:before|after))\]$",
    re.IGNORECASE,
)
_COMPARATORS = {
    "strictly_after": "gt",
    "after": "gte",
    "strictly_before": "lt",
    "before": "lte",
    "le": "lte",
    "ge": "gte",
}
"""Words for comparisons; those in brackets are of API Platform."""


@dataclass(frozen=True)
class ParameterBinding:
    """The role of a parameter."""

    parameter: Parameter
    part: Part | None
    """None if the parameter has no effect."""
    unit: Unit | None
    """The time format of a range start or end."""
    first: int
    """The number of the first page, 0 or 1."""
    evidence: str
    values: tuple[str, ...] = ()
    """The allowed strings, or the names of allowed numbers, of an enumeration."""
    names: Mapping[Any, str] = field(default_factory=dict)
    """The names of the allowed numbers, if they have names."""
    default: int | None = None
    """The default that a description names: the page size, the hours before the end of the range, or
    0 for a range that ends now."""
    most: int | None = None
    """The maximum of a page size; None if not declared."""
    starts_with: str = ""
    """The current interval, such as `month`, with which a range starts by default; empty if none."""
    form: str | None = None
    """The form of a range start or end for `strftime`, if it is not ISO 8601."""

    @cached_property
    def comparator(self) -> str:
        """The comparison at the end of the name, such as `lte`; empty if there is none."""
        found = _COMPARATOR.search(self.parameter.name)
        word = "" if found is None else next(filter(None, found.groups())).lower()
        return _COMPARATORS.get(word, word)

    @cached_property
    def edge(self) -> str:
        """The comparison of a bound, in its name or description; empty if there is none."""
        return self.comparator or edge_of(self.parameter.description, self.part)

    @cached_property
    def is_before_now(self) -> bool:
        """Whether the default start is described as so long ago, whatever the end of the range."""
        return says("before now", self.parameter.description)

    @property
    def zero_is_default(self) -> bool:
        """Whether a page size of 0 means the one that is described as the default, as in AIP-158."""
        return (
            self.default is not None and not {"minimum", "default"} & self.parameter.schema.keys()
        )

    @property
    def step(self) -> int:
        """The smallest difference of two times, in milliseconds."""
        return SECOND if self.unit is Unit.SECONDS else 1


class Resource(NamedTuple):
    """An operation about one content, space or account, to which responses link."""

    field: Field
    """What its path names."""
    parameter: Parameter
    before: str
    """The path before the value of the parameter."""
    after: str


@dataclass(frozen=True)
class PropertyBinding:
    """The meaning of a property or header."""

    field: Field | None
    """None if unknown; the value is then generated."""
    evidence: str
    resource: Resource | None = None
    """The operation that a `RESOURCE_URL` leads to."""
    hours: int | None = None
    """The length of the range until now that a count is of, instead of that of the report."""

    @property
    def key(self) -> Field | tuple[Field | None, int] | None:
        """What the value is called among those of a report."""
        return self.field if self.hours is None else (self.field, self.hours)


@dataclass(frozen=True)
class OperationBinding:
    """The binding of an operation."""

    operation: Operation
    subject: Subject
    grouping: Grouping
    status: int
    """The status of the success response."""
    media_type: MediaType
    rows_at: str | None
    """The path of the array of rows; None if the response is a single object of sums."""
    parameters: tuple[ParameterBinding, ...]
    properties: Mapping[str, PropertyBinding]
    headers: Mapping[str, PropertyBinding]
    evidence: str
    most_rows: int | None = None
    """Maximum page size in the document; None if not declared."""
    content_types: frozenset[str] | None = None
    """The content types that the rows can represent; None for all."""

    interval: Interval = Interval.DAY
    """The interval of totals per day, if no parameter selects it."""
    has_gaps: bool = True
    """Whether totals omit days, contents, spaces or accounts without rows."""
    has_slots: bool = True
    """Whether totals include hours and weekdays without rows."""
    usual_sort: tuple[tuple[Field, bool], ...] = ()
    """The fields to sort by if a request has no order, and whether the largest come first."""
    refuses_pages: bool = False
    """Whether a page after the last one does not exist, instead of being empty."""
    left_out: frozenset[str] = frozenset()
    """The kinds of account that the operation is described to leave out."""
    hides_anonymous: bool = False
    """Whether anonymous viewers have no account in its rows."""
    refuses_reversed: Part | None = None
    """The bound that is described as invalid if a range ends before it starts; None if it is valid."""
    newest_first: bool = False
    """Whether this order is the default."""
    hours: int | None = None
    """The described length of the range, where no parameter selects it; None otherwise."""

    with_protected: bool = False
    """Whether totals per viewer can represent protected viewers."""
    lists: Mapping[str, "Grouping"] = field(default_factory=dict)
    """The grouping of secondary arrays and of objects by key, such as totals per day, by path."""
    groupings: Mapping[Grouping, "OperationBinding"] = field(default_factory=dict)
    """The bindings that a parameter selects; empty if there is no such parameter."""

    representations: Mapping[str, "OperationBinding"] = field(default_factory=dict)
    """The bindings of other JSON media types with other schemas, by name."""

    @cached_property
    def media_types(self) -> tuple[str, ...]:
        """The media types of the success response that are served, the bound one first."""
        declared = self.operation.response(self.status)
        others = declared.media_types if declared is not None else ()
        bound = self.media_type
        tables = [
            bare for other in others if (bare := other.name.partition(";")[0].strip()) in TABLES
        ]
        same = [other.name for other in others
                if other.schema == bound.schema and other.name != bound.name]  # fmt: skip
        return (
            bound.name,
            *same,
            *self.representations,
            *(tables if self.rows_at is not None else ()),
        )

    @cached_property
    def envelope(self) -> frozenset[Field]:
        """The fields in the envelope and the headers."""
        inside = "\0" if self.rows_at is None else f"{self.rows_at}/*"
        around = [
            binding for path, binding in self.properties.items() if not path.startswith(inside)
        ]
        found = (binding.field for binding in (*around, *self.headers.values()))
        return frozenset(carried for carried in found if carried is not None)

    @cached_property
    def has_id_cursors(self) -> bool:
        """Whether a cursor is the id of a row, because no property and no header has another one."""
        fields = {binding.field for binding in self.properties.values()}
        there = {Field.NEXT_CURSOR, *LINKS - {Field.SELF}} & self.envelope
        is_of_rows = self.grouping is Grouping.ROWS and Field.ROW_ID in fields
        return is_of_rows and not there and not self.has_row_cursors

    @cached_property
    def has_row_cursors(self) -> bool:
        """Whether each row has a cursor, as in Relay."""
        return any(binding.field is Field.ROW_CURSOR for binding in self.properties.values())

    @cached_property
    def recent(self) -> Mapping[int, frozenset[Field]]:
        """The counts that properties have of ranges until now, by the hours of these ranges."""
        counts = {(one.hours, one.field) for one in self.properties.values()
                  if one.hours is not None and one.field is not None}  # fmt: skip
        return {hours: frozenset(field for other, field in counts if other == hours)
                for hours, _ in counts}  # fmt: skip

    def column(self, name: str) -> Field | None:
        """Return the field of a row's property by name, in any spelling."""
        inside, wanted = f"{self.rows_at}/*/", _plain(name)
        paths = {path: path.removeprefix(inside).split("/")
                 for path in self.properties if path.startswith(inside)}  # fmt: skip
        return next((self.properties[path].field for path, names in paths.items()
                     if any(_plain("".join(names[n:])) == wanted for n in range(len(names)))),
                    None)  # fmt: skip

    def parameter(self, part: Part) -> ParameterBinding | None:
        """Return the parameter with a role, or None."""
        return self._by_part.get(part)

    def default_of(self, part: Part) -> str:
        """Return the default value in the schema of the parameter with a role; empty if none."""
        bound = self.parameter(part)
        return "" if bound is None else str(bound.parameter.schema.get("default", ""))

    @cached_property
    def described_orders(self) -> Mapping[Part, tuple[ParameterBinding, str]]:
        """Parameters by role, with the default column or direction that their description names."""
        named = {part: (bound, default_order(bound.parameter.description))
                 for part in (Part.SORT, Part.ORDER)
                 if (bound := self.parameter(part)) is not None}  # fmt: skip
        return {part: (bound, text) for part, (bound, text) in named.items()
                if (column := column_of(text)) or has_direction(text)
                if not column or self.column(column) is not None}  # fmt: skip

    @property
    def sorted_by(self) -> ParameterBinding | None:
        """The parameter with the column to sort by, which may be that with the direction."""
        return self.parameter(Part.SORT) or self.parameter(Part.ORDER)

    @cached_property
    def largest_first(self) -> bool:
        """Whether totals are sorted by counts in descending order, as no value says an order."""
        bound = self.sorted_by
        if bound is None or self.grouping is Grouping.ROWS:
            return False
        is_said = says("direction", bound.parameter.description)
        return not is_said and not any(
            map(has_direction, (*bound.values, str(bound.parameter.schema.get("default", ""))))
        )

    @cached_property
    def is_always_descending(self) -> bool:
        """Whether all columns are described as sorted in descending order."""
        bound = self.parameter(Part.SORT)
        return bound is not None and says("always descending", bound.parameter.description)

    @cached_property
    def _by_part(self) -> Mapping[Part | None, ParameterBinding]:
        return {binding.part: binding for binding in reversed(self.parameters)}


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


@dataclass(frozen=True)
class Binding:
    """The binding of a document."""

    operations: Mapping[str, OperationBinding]
    """By operation id."""
    unbound: Mapping[str, str]
    """The reasons why operations cannot be served, by operation id."""
