"""The vocabulary of bindings (fields, kinds, parts), and the binding of an operation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from mock_server.clock import SECOND
from mock_server.openapi.document import MediaType, Operation, Parameter

NOT_OURS = "nothing in it is about views or searches, so its values are generated"
"""The evidence for operations that other products also have."""


class Subject(StrEnum):
    """The subject of an operation's rows."""

    CONTENT_VISITS = "visits of a content"
    SPACE_VISITS = "visits of a space"
    SITE_VISITS = "visits of the site"
    SEARCHES = "searches"


class Grouping(StrEnum):
    """Whether an operation returns single rows or totals."""

    ROWS = "single rows"
    VIEWERS = "totals per viewer"
    CONTENTS = "totals per content"
    SPACES = "totals per space"
    TERMS = "totals per search term"
    TYPES = "totals per content type"
    DAYS = "totals per day"
    HOURS = "totals per hour of day"
    WEEKDAYS = "totals per weekday"
    SUMS = "sums"


class Interval(StrEnum):
    """The interval of totals per day."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """Starts on Monday."""
    MONTH = "month"


class Part(StrEnum):
    """The role of a parameter in a report."""

    CONTENT_ID = "content id"
    SPACE_KEY = "space key"
    SITE_URL = "site URL"
    START = "range start"
    END = "range end"
    PRESET = "range preset"
    DATE = "date of the range"
    OFFSET = "offset"
    PAGE = "page number"
    LIMIT = "page size"
    CURSOR = "cursor"
    CURSOR_BEFORE = "cursor of the end"
    CONTENT_TYPE = "content type filter"
    ACCOUNT = "account filter"
    TERM = "term filter"
    EXACT_TERM = "exact term filter"
    ORDER = "order"
    SORT = "sort column"
    COLUMN_ORDER = "order of a column"
    TIME_ZONE = "time zone"
    INTERVAL = "interval"
    GROUPING = "grouping"
    FORMAT = "media type"
    ACCOUNT_KIND = "account kind filter"
    IS_ANONYMOUS = "is anonymous"
    WITH_ANONYMOUS = "with anonymous"
    WITHOUT_ANONYMOUS = "without anonymous"
    ONLY_ANONYMOUS = "only anonymous"
    IS_PROTECTED = "is protected"
    WITH_PROTECTED = "with protected"
    WITHOUT_PROTECTED = "without protected"
    ONLY_PROTECTED = "only protected"
    WITH_TRASHED = "with trashed"
    WITH_TOTAL = "with total"
    TRASHED = "trash filter"
    LEAST = "minimum"
    MOST = "maximum"
    EQUAL = "exact count"
    IS_SUCCESSFUL = "is successful"
    IS_UNSUCCESSFUL = "is unsuccessful"
    ONLY_SUCCESSFUL = "only successful"
    ONLY_UNSUCCESSFUL = "only unsuccessful"


class Unit(StrEnum):
    """The format of a time."""

    DATE = "date"
    DATE_TIME = "date-time"
    SECONDS = "epoch seconds"
    MILLISECONDS = "epoch milliseconds"
    FREE = "date or date-time"
    CLOCK = "time of day"


class Kind(StrEnum):
    """The type of a field's values, independent of a document."""

    MOMENT = "moment"
    ID = "id"
    TEXT = "text"
    FLAG = "flag"
    COUNT = "count"
    RATIO = "ratio"
    CHOICE = "choice"


class Field(StrEnum):
    """The meaning of a property of a row, envelope or error, or of a header."""

    kind: Kind

    def __new__(cls, value: str, kind: Kind = Kind.TEXT) -> "Field":
        """Create a member from its value and the kind of its values."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.kind = kind
        return member

    ROW_ID = "row id", Kind.ID
    TIME = "time", Kind.MOMENT
    ACCOUNT = "account", Kind.TEXT
    ACCOUNT_NAME = "account name", Kind.TEXT
    ACCOUNT_EMAIL = "account email", Kind.TEXT
    ACCOUNT_KIND = "account kind", Kind.CHOICE
    IS_ANONYMOUS = "is anonymous", Kind.FLAG
    IS_KNOWN = "is known", Kind.FLAG
    IS_PROTECTED = "is protected", Kind.FLAG
    CONTENT_ID = "content id", Kind.ID
    CONTENT_TYPE = "content type", Kind.CHOICE
    CONTENT_TITLE = "content title", Kind.TEXT
    PARENT_ID = "parent content id", Kind.ID
    CONTENT_URL = "content URL", Kind.TEXT
    CONTENT_TIME = "content creation time", Kind.MOMENT
    SPACE_KEY = "space key", Kind.TEXT
    SPACE_NAME = "space name", Kind.TEXT
    SPACE_KIND = "space kind", Kind.CHOICE
    IS_TRASHED = "is trashed", Kind.FLAG
    TRASH_TIME = "trash time", Kind.MOMENT
    DELETION_TIME = "deletion time", Kind.MOMENT
    TERM = "search term", Kind.TEXT
    NUMBER_OF_RESULTS = "number of results", Kind.COUNT
    IS_SUCCESSFUL = "is successful", Kind.FLAG
    IS_UNSUCCESSFUL = "is unsuccessful", Kind.FLAG
    VIEWS = "views", Kind.COUNT
    VIEWERS = "viewers", Kind.COUNT
    KNOWN_VIEWERS = "known viewers", Kind.COUNT
    CONTENTS = "contents", Kind.COUNT
    KNOWN_VIEWS = "known views", Kind.COUNT
    ANONYMOUS_VIEWS = "anonymous views", Kind.COUNT
    PROTECTED_VIEWS = "protected views", Kind.COUNT
    SEARCHES = "searches", Kind.COUNT
    UNSUCCESSFUL = "unsuccessful searches", Kind.COUNT
    AVERAGE_RESULTS = "average number of results", Kind.RATIO
    FIRST_TIME = "first time", Kind.MOMENT
    LAST_TIME = "last time", Kind.MOMENT
    DAY = "day", Kind.MOMENT
    DAY_END = "end of the day", Kind.MOMENT
    HOUR = "hour of day", Kind.COUNT
    WEEKDAY = "weekday", Kind.CHOICE
    SHARE = "share of views", Kind.RATIO
    VIEWS_PER_DAY = "views per day", Kind.RATIO
    VIEWS_PER_VIEWER = "views per viewer", Kind.RATIO
    BUSIEST_DAY = "busiest day", Kind.MOMENT
    RANK = "rank", Kind.COUNT

    TOTAL = "total of rows", Kind.COUNT
    SIZE = "rows on this page", Kind.COUNT
    OFFSET = "offset", Kind.COUNT
    FIRST_ROW = "number of the first row", Kind.COUNT
    LAST_ROW = "number of the last row", Kind.COUNT
    LIMIT = "page size", Kind.COUNT
    PAGE = "page number", Kind.COUNT
    PAGES = "number of pages", Kind.COUNT
    HAS_MORE = "has more", Kind.FLAG
    HAS_PREVIOUS = "has previous", Kind.FLAG
    IS_FIRST = "is first page", Kind.FLAG
    IS_LAST = "is last page", Kind.FLAG
    NEXT = "next page", Kind.TEXT
    PREVIOUS = "previous page", Kind.TEXT
    SELF = "this page", Kind.TEXT
    FIRST_PAGE = "first page", Kind.TEXT
    LAST_PAGE = "last page", Kind.TEXT
    LINK_BASE = "base of links", Kind.TEXT
    NEXT_CURSOR = "next cursor", Kind.TEXT
    NEXT_NUMBER = "next page number", Kind.COUNT
    PREVIOUS_NUMBER = "previous page number", Kind.COUNT
    NEXT_OFFSET = "next offset", Kind.COUNT
    RANGE_START = "range start", Kind.MOMENT
    RANGE_END = "range end", Kind.MOMENT
    TIME_ZONE = "time zone", Kind.TEXT
    RESIDENCY = "data residency", Kind.CHOICE
    SITE_URL = "site URL", Kind.TEXT
    INTERVAL = "interval", Kind.CHOICE
    GROUPING = "grouping", Kind.TEXT
    IS_EMPTY = "is empty", Kind.FLAG
    IS_PAGED = "is paged", Kind.FLAG
    IS_UNPAGED = "is not paged", Kind.FLAG
    IS_SORTED = "is sorted", Kind.FLAG
    IS_UNSORTED = "is not sorted", Kind.FLAG

    STATUS = "status", Kind.COUNT
    ERROR_TITLE = "error title", Kind.TEXT
    DETAIL = "error detail", Kind.TEXT
    ERROR_TYPE = "error type", Kind.TEXT
    INSTANCE = "error instance", Kind.TEXT
    ERROR_CODE = "error code", Kind.TEXT
    ERROR_PARAMETER = "wrong parameter", Kind.TEXT
    ERROR_LOCATION = "place of the wrong parameter", Kind.TEXT
    TIMESTAMP = "time of the response", Kind.MOMENT


CSV = "text/csv"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLES = frozenset({CSV, WORKBOOK})
"""Media types of rows without an envelope."""

KEYS = {
    Grouping.VIEWERS: Field.ACCOUNT,
    Grouping.CONTENTS: Field.CONTENT_ID,
    Grouping.SPACES: Field.SPACE_KEY,
    Grouping.TERMS: Field.TERM,
    Grouping.TYPES: Field.CONTENT_TYPE,
    Grouping.DAYS: Field.DAY,
    Grouping.HOURS: Field.HOUR,
    Grouping.WEEKDAYS: Field.WEEKDAY,
}
"""The field that tells totals apart."""

RELATIONS = {
    Field.SELF: "self",
    Field.NEXT: "next",
    Field.PREVIOUS: "prev",
    Field.FIRST_PAGE: "first",
    Field.LAST_PAGE: "last",
}
"""The relation of each link to a page of a report (RFC 8288)."""

LINKS = frozenset(RELATIONS)
"""Fields that link to a page of a report."""


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
_EDGES: Mapping[re.Pattern[str], Mapping[Part | None, str]] = {
    re.compile(r"\b(inclusive|inklusive|einschlie(ß|ss)lich)\b", re.IGNORECASE): {Part.END: "lte"},
    re.compile(r"\b(exclusive|exklusive|ausschlie(ß|ss)lich)\b", re.IGNORECASE): {
        Part.START: "gt",
        Part.END: "lt",
    },
}
"""Words of descriptions that say whether a bound is in the range, and the comparisons they mean."""


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
    """The default that the description names: the page size, or the days before the last one."""
    most: int | None = None
    """The maximum of a page size; None if not declared."""

    @cached_property
    def comparator(self) -> str:
        """The comparison at the end of the name, such as `lte`; empty if there is none."""
        found = _COMPARATOR.search(self.parameter.name)
        word = "" if found is None else next(filter(None, found.groups())).lower()
        return _COMPARATORS.get(word, word)

    @cached_property
    def edge(self) -> str:
        """The comparison of a bound, in its name or description; empty if there is none."""
        said = [meant for word, meant in _EDGES.items() if word.search(self.parameter.description)]
        return self.comparator or (len(said) == 1 and said[0].get(self.part)) or ""

    @property
    def step(self) -> int:
        """The smallest difference of two times, in milliseconds."""
        return SECOND if self.unit is Unit.SECONDS else 1


@dataclass(frozen=True)
class PropertyBinding:
    """The meaning of a property or header."""

    field: Field | None
    """None if unknown; the value is then generated."""
    evidence: str


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

    has_gaps: bool = True
    """Whether totals per day omit days without rows."""
    left_out: frozenset[str] = frozenset()
    """The kinds of account that the operation is described to leave out."""
    newest_first: bool = False
    """Whether this order is the default."""

    with_protected: bool = False
    """Whether totals per viewer can represent protected viewers."""
    lists: Mapping[str, "Grouping"] = field(default_factory=dict)
    """The grouping of secondary arrays and of objects by key, such as totals per day, by path."""
    groupings: Mapping[Grouping, "OperationBinding"] = field(default_factory=dict)
    """The bindings that a parameter selects; empty if there is no such parameter."""

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
        return (bound.name, *same, *(tables if self.rows_at is not None else ()))

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
        return self.grouping is Grouping.ROWS and Field.ROW_ID in fields and not there

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
        return next((binding for binding in self.parameters if binding.part is part), None)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


@dataclass(frozen=True)
class Binding:
    """The binding of a document."""

    operations: Mapping[str, OperationBinding]
    """By operation id."""
    unbound: Mapping[str, str]
    """The reasons why operations cannot be served, by operation id."""
