"""What a document is bound to: fields, kinds, parts, and the binding of each operation."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mock_server.openapi.document import MediaType, Operation, Parameter


class Subject(StrEnum):
    """Which rows an operation speaks of."""

    CONTENT_VISITS = "visits of a content"
    SPACE_VISITS = "visits of a space"
    SITE_VISITS = "visits of the site"
    SEARCHES = "searches"


class Grouping(StrEnum):
    """Whether an operation lists rows, or totals of them."""

    ROWS = "single rows"
    VIEWERS = "totals per viewer"
    CONTENTS = "totals per content"
    TERMS = "totals per search term"
    DAYS = "totals per day"
    SUMS = "sums"


class Part(StrEnum):
    """What a parameter does."""

    CONTENT_ID = "content id"
    SPACE_KEY = "space key"
    SITE_URL = "site URL"
    START = "range start"
    END = "range end"
    OFFSET = "offset"
    PAGE = "page number"
    LIMIT = "page size"
    CURSOR = "cursor"
    CONTENT_TYPE = "content type filter"
    ACCOUNT = "account filter"
    TERM = "term filter"
    ORDER = "order"


class Unit(StrEnum):
    """How a moment is written."""

    DATE = "date"
    DATE_TIME = "date-time"
    SECONDS = "epoch seconds"
    MILLISECONDS = "epoch milliseconds"
    FREE = "date or date-time"


class Kind(StrEnum):
    """What sort of value a field has, whatever type a document gives it."""

    MOMENT = "moment"
    ID = "id"
    TEXT = "text"
    FLAG = "flag"
    COUNT = "count"
    CHOICE = "choice"


class Field(StrEnum):
    """What a property of a row, of the envelope around rows, of an error, or a header carries."""

    ROW_ID = "row id"
    TIME = "time"
    ACCOUNT = "account"
    ACCOUNT_NAME = "account name"
    ACCOUNT_KIND = "account kind"
    IS_ANONYMOUS = "is anonymous"
    IS_KNOWN = "is known"
    IS_PROTECTED = "is protected"
    CONTENT_ID = "content id"
    CONTENT_TYPE = "content type"
    CONTENT_TITLE = "content title"
    PARENT_ID = "parent content id"
    SPACE_KEY = "space key"
    SPACE_NAME = "space name"
    IS_TRASHED = "is trashed"
    DELETION_TIME = "deletion time"
    TERM = "search term"
    NUMBER_OF_RESULTS = "number of results"
    IS_SUCCESSFUL = "is successful"
    IS_UNSUCCESSFUL = "is unsuccessful"
    VIEWS = "views"
    VIEWERS = "viewers"
    FIRST_TIME = "first time"
    LAST_TIME = "last time"
    DAY = "day"

    TOTAL = "total of rows"
    SIZE = "rows on this page"
    OFFSET = "offset"
    LIMIT = "page size"
    PAGE = "page number"
    PAGES = "number of pages"
    HAS_MORE = "has more"
    HAS_PREVIOUS = "has previous"
    IS_FIRST = "is first page"
    IS_LAST = "is last page"
    NEXT = "next page"
    PREVIOUS = "previous page"
    SELF = "this page"
    NEXT_CURSOR = "next cursor"
    NEXT_NUMBER = "next page number"
    PREVIOUS_NUMBER = "previous page number"
    NEXT_OFFSET = "next offset"
    RANGE_START = "range start"
    RANGE_END = "range end"

    STATUS = "status"
    ERROR_TITLE = "error title"
    DETAIL = "error detail"
    ERROR_TYPE = "error type"
    INSTANCE = "error instance"
    ERROR_CODE = "error code"
    TIMESTAMP = "time of the answer"


KINDS: dict[Field, Kind] = {
    **dict.fromkeys(
        (
            Field.TIME,
            Field.DELETION_TIME,
            Field.FIRST_TIME,
            Field.LAST_TIME,
            Field.DAY,
            Field.RANGE_START,
            Field.RANGE_END,
            Field.TIMESTAMP,
        ),
        Kind.MOMENT,
    ),
    **dict.fromkeys((Field.ROW_ID, Field.CONTENT_ID, Field.PARENT_ID), Kind.ID),
    **dict.fromkeys(
        (
            Field.ACCOUNT,
            Field.ACCOUNT_NAME,
            Field.CONTENT_TITLE,
            Field.SPACE_KEY,
            Field.SPACE_NAME,
            Field.TERM,
            Field.NEXT,
            Field.PREVIOUS,
            Field.SELF,
            Field.NEXT_CURSOR,
            Field.ERROR_TITLE,
            Field.DETAIL,
            Field.ERROR_TYPE,
            Field.INSTANCE,
            Field.ERROR_CODE,
        ),
        Kind.TEXT,
    ),
    **dict.fromkeys(
        (
            Field.IS_ANONYMOUS,
            Field.IS_KNOWN,
            Field.IS_PROTECTED,
            Field.IS_TRASHED,
            Field.IS_SUCCESSFUL,
            Field.IS_UNSUCCESSFUL,
            Field.HAS_MORE,
            Field.HAS_PREVIOUS,
            Field.IS_FIRST,
            Field.IS_LAST,
        ),
        Kind.FLAG,
    ),
    **dict.fromkeys(
        (
            Field.NUMBER_OF_RESULTS,
            Field.VIEWS,
            Field.VIEWERS,
            Field.TOTAL,
            Field.SIZE,
            Field.OFFSET,
            Field.LIMIT,
            Field.PAGE,
            Field.PAGES,
            Field.NEXT_NUMBER,
            Field.PREVIOUS_NUMBER,
            Field.NEXT_OFFSET,
            Field.STATUS,
        ),
        Kind.COUNT,
    ),
    **dict.fromkeys((Field.ACCOUNT_KIND, Field.CONTENT_TYPE), Kind.CHOICE),
}


@dataclass(frozen=True)
class ParameterBinding:
    """What one parameter does."""

    parameter: Parameter
    part: Part | None
    """None if it has no effect."""
    unit: Unit | None
    """How it writes a moment, for range starts and ends."""
    first: int
    """What the first page is called, for page numbers: 0 or 1."""
    evidence: str


@dataclass(frozen=True)
class PropertyBinding:
    """What one property or header carries."""

    field: Field | None
    """None if nothing is known about it, so that its value is invented."""
    evidence: str


@dataclass(frozen=True)
class OperationBinding:
    """What one operation answers with."""

    operation: Operation
    subject: Subject
    grouping: Grouping
    status: int
    """The status of success."""
    media_type: MediaType
    rows_at: str | None
    """The path of the array of rows; None where the answer is one object of sums."""
    parameters: tuple[ParameterBinding, ...]
    properties: Mapping[str, PropertyBinding]
    headers: Mapping[str, PropertyBinding]
    evidence: str
    most_rows: int | None = None
    """The most rows that the document allows on a page; None if it does not say."""

    @property
    def facts(self) -> frozenset[Field]:
        """The fields that its properties around the rows, and its headers, carry."""
        inside = "\0" if self.rows_at is None else f"{self.rows_at}/*"
        around = [one for path, one in self.properties.items() if not path.startswith(inside)]
        found = (one.field for one in (*around, *self.headers.values()))
        return frozenset(field for field in found if field is not None)

    def parameter(self, part: Part) -> ParameterBinding | None:
        """Return the parameter that plays a part, if there is one."""
        return next((one for one in self.parameters if one.part is part), None)


@dataclass(frozen=True)
class Binding:
    """How a whole document meets the domain."""

    operations: Mapping[str, OperationBinding]
    """By operation id."""
    unbound: Mapping[str, str]
    """Operations that nothing can be served for, with the reason."""
