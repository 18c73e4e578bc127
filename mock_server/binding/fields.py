"""The vocabulary of bindings: subjects, groupings, parts of parameters, and fields of properties."""

from enum import StrEnum


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
    QUARTER = "quarter"
    YEAR = "year"


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
    SPACE_KIND = "space kind filter"
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
    IS_KNOWN = "is known"
    ONLY_KNOWN = "only known"
    IS_UNKNOWN = "is unknown"
    ONLY_UNKNOWN = "only unknown"
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
    BETWEEN = "range of counts"
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
    MONTH = "month"
    WEEK = "week"


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
    ROW_CURSOR = "row cursor", Kind.TEXT
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
    PARENT_TITLE = "parent content title", Kind.TEXT
    CONTENT_URL = "content URL", Kind.TEXT
    CONTENT_TIME = "content creation time", Kind.MOMENT
    SPACE_KEY = "space key", Kind.TEXT
    SPACE_NAME = "space name", Kind.TEXT
    SPACE_KIND = "space kind", Kind.CHOICE
    IS_PERSONAL = "is personal", Kind.FLAG
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
    SPACES = "spaces", Kind.COUNT
    TERMS = "search terms", Kind.COUNT
    ALL_VIEWS = "views of all accounts", Kind.COUNT
    RUNNING_VIEWS = "views until then", Kind.COUNT
    KNOWN_VIEWS = "known views", Kind.COUNT
    PAGE_VIEWS = "views of pages", Kind.COUNT
    BLOG_VIEWS = "views of blog posts", Kind.COUNT
    ATTACHMENT_VIEWS = "views of attachments", Kind.COUNT
    ANONYMOUS_VIEWS = "anonymous views", Kind.COUNT
    PROTECTED_VIEWS = "protected views", Kind.COUNT
    SEARCHES = "searches", Kind.COUNT
    UNSUCCESSFUL = "unsuccessful searches", Kind.COUNT
    SUCCESS_RATE = "share of successful searches", Kind.RATIO
    FAILURE_RATE = "share of unsuccessful searches", Kind.RATIO
    AVERAGE_RESULTS = "average number of results", Kind.RATIO
    FIRST_TIME = "first time", Kind.MOMENT
    LAST_TIME = "last time", Kind.MOMENT
    DAY = "day", Kind.MOMENT
    DAY_END = "end of the day", Kind.MOMENT
    YEAR = "year", Kind.COUNT
    MONTH = "month of year", Kind.COUNT
    WEEK = "week of year", Kind.COUNT
    HOUR = "hour of day", Kind.COUNT
    WEEKDAY = "weekday", Kind.CHOICE
    SHARE = "share of views", Kind.RATIO
    VIEWS_PER_DAY = "views per day", Kind.RATIO
    VIEWS_PER_VIEWER = "views per viewer", Kind.RATIO
    BUSIEST_DAY = "busiest day", Kind.MOMENT
    BUSIEST_VIEWS = "views of the busiest day", Kind.COUNT
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
    RESOURCE_URL = "URL of a resource", Kind.TEXT
    REPORT_URL = "URL without query", Kind.TEXT
    NEXT_CURSOR = "next cursor", Kind.TEXT
    FIRST_CURSOR = "cursor of the first row", Kind.TEXT
    LAST_CURSOR = "cursor of the last row", Kind.TEXT
    NEXT_END = "end of the next page's range", Kind.MOMENT
    PREVIOUS_CURSOR = "previous cursor", Kind.TEXT
    FIRST_NUMBER = "first page number", Kind.COUNT
    NEXT_NUMBER = "next page number", Kind.COUNT
    PREVIOUS_NUMBER = "previous page number", Kind.COUNT
    NEXT_OFFSET = "next offset", Kind.COUNT
    RANGE_START = "range start", Kind.MOMENT
    RANGE_END = "range end", Kind.MOMENT
    PRESET = "range preset", Kind.TEXT
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
    ERROR_PATH = "place and name of the wrong parameter", Kind.TEXT
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
"""The field that distinguishes totals."""

RELATIONS = {
    Field.SELF: "self",
    Field.NEXT: "next",
    Field.PREVIOUS: "prev",
    Field.FIRST_PAGE: "first",
    Field.LAST_PAGE: "last",
}
"""The relation of each link to a page of a report (RFC 8288)."""

LINKS = frozenset({*RELATIONS, Field.REPORT_URL})
"""Fields that link to a report, or to a page of it."""

OF_PAGES = LINKS | {
    Field.TOTAL, Field.SIZE, Field.OFFSET, Field.FIRST_ROW, Field.LAST_ROW, Field.LIMIT, Field.PAGE,
    Field.PAGES, Field.HAS_MORE, Field.HAS_PREVIOUS, Field.IS_FIRST, Field.IS_LAST,
    Field.NEXT_CURSOR, Field.PREVIOUS_CURSOR, Field.FIRST_NUMBER, Field.NEXT_NUMBER,
    Field.PREVIOUS_NUMBER, Field.NEXT_OFFSET, Field.LINK_BASE, Field.IS_EMPTY, Field.IS_PAGED,
    Field.IS_UNPAGED,
}  # fmt: skip
"""Fields that tell about a page and its place among others."""
