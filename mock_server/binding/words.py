"""What operations, parameters and properties can be bound to, and the names they go by.

The names are compared after `normalised`: `view_time`, `viewTime` and `View-Time` are one word.
"""

import re
from collections.abc import Iterable
from enum import StrEnum


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
    DAYS = "totals per day"
    SUMS = "sums"


class Part(StrEnum):
    """What a parameter does."""

    CONTENT_ID = "content id"
    SPACE_KEY = "space key"
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
    IS_FIRST = "is first page"
    IS_LAST = "is last page"
    NEXT = "next page"
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
            Field.IS_PROTECTED,
            Field.IS_TRASHED,
            Field.IS_SUCCESSFUL,
            Field.HAS_MORE,
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
            Field.STATUS,
        ),
        Kind.COUNT,
    ),
    **dict.fromkeys((Field.ACCOUNT_KIND, Field.CONTENT_TYPE), Kind.CHOICE),
}

ROW_NAMES: dict[Field, str] = {
    Field.ROW_ID: "visit id; view id; search id; row id; event id; uuid; id",
    Field.TIME: "view time; viewed at; view date; viewed on; visit time; visited at; visit date; "
    "search time; searched at; search date; searched on; unix date; unix time; time; timestamp; "
    "date time; date; occurred at; event time; created at; created; at; when; epoch",
    Field.ACCOUNT: "account id; user id; user account id; viewer id; viewer account id; "
    "visitor id; visitor account id; atlassian id; atlassian account id; user key; user name; "
    "viewer; visitor; user; account; searcher id; searcher; accountid; searched by; viewed by",
    Field.ACCOUNT_NAME: "display name; user display name; viewer display name; full name; "
    "user full name; public name; account name; viewer name; visitor name",
    Field.ACCOUNT_KIND: "user type; viewer type; viewer kind; user kind; account type; "
    "account kind; visitor type; visitor kind; kind",
    Field.IS_ANONYMOUS: "anonymous; is anonymous; user anonymous; anonymous user; "
    "is anonymous user; viewer anonymous; viewer is anonymous; guest; is guest",
    Field.IS_PROTECTED: "protected; is protected; protected user; is protected user; "
    "user protected; user is protected; viewer protected; viewer is protected; is hidden user",
    Field.CONTENT_ID: "content id; page id; content; page; entity id; resource id",
    Field.CONTENT_TYPE: "content type; page type; type; entity type; resource type",
    Field.CONTENT_TITLE: "content name; content title; page title; page name; title; name",
    Field.PARENT_ID: "parent content id; content parent id; parent id; parent page id; parent; "
    "content parent; container id",
    Field.SPACE_KEY: "space key; space; key",
    Field.SPACE_NAME: "space name; space title",
    Field.IS_TRASHED: "is trash marked; trash marked; trashed; is trashed; in trash; is in trash; "
    "is deleted; deleted",
    Field.DELETION_TIME: "deletion time; deletion date; deleted at; trashed at; deleted on",
    Field.TERM: "search term; term; query; search query; search text; keyword; keywords; phrase; "
    "search phrase; q; search; text; search string",
    Field.NUMBER_OF_RESULTS: "number of results; result count; results count; results; hits; "
    "num results; total results; hit count; found; count; matches; results found",
    Field.IS_SUCCESSFUL: "successful; is successful; success; has results; found anything",
    Field.VIEWS: "views; view count; total views; number of views; visits; visit count; count; "
    "total visits; number of visits; num views; total; hits; views total; searches; search count",
    Field.VIEWERS: "viewers; viewer count; unique viewers; unique users; unique visitors; "
    "visitors; users; number of viewers; total viewers; distinct viewers; unique views",
    Field.FIRST_TIME: "first view date; first viewed; first viewed at; first view; first visit; "
    "first visit date; first view time; first seen; first seen at",
    Field.LAST_TIME: "last view date; last viewed; last viewed at; last view; last visit; "
    "last visit date; last view time; last view date formatted; last seen; last seen at; "
    "last visited; last visited at; latest view",
    Field.DAY: "day; date; view date; visit date",
}
"""Names of row properties, best first."""

ENVELOPE_NAMES: dict[Field, str] = {
    Field.TOTAL: "total size; total; total count; total elements; total results; total rows; "
    "total items; total records; record count; row count; number of rows; total hits; "
    "result count; total number",
    Field.SIZE: "size; number of elements; count; page count; returned; num results; "
    "number returned",
    Field.OFFSET: "start; offset; skip; start at; start index; first index",
    Field.LIMIT: "limit; page size; max results; per page; requested size; items per page",
    Field.PAGE: "page; page number; number; current page; page index; page no",
    Field.PAGES: "total pages; page count; pages; number of pages; last page",
    Field.HAS_MORE: "has more; has next; more; has next page; more results; truncated",
    Field.IS_FIRST: "first; is first; is first page",
    Field.IS_LAST: "last; is last; is last page; complete",
    Field.NEXT: "next; next link; next page; next page link; next url; next page url; "
    "next href; link",
    Field.RANGE_START: "start date; from; date from; from date; range start; start time; since",
    Field.RANGE_END: "end date; to; date to; to date; range end; end time; until",
    Field.VIEWS: "total views; views; view count; number of views; total visits; visits; "
    "visit count; sum of views; searches; total searches; search count",
    Field.VIEWERS: "unique viewers; total viewers; viewers; viewer count; unique users; "
    "unique visitors; visitors; number of viewers",
    Field.CONTENT_ID: "content id; page id",
    Field.CONTENT_TITLE: "content name; content title; page title",
    Field.CONTENT_TYPE: "content type",
    Field.SPACE_KEY: "space key; space",
    Field.SPACE_NAME: "space name",
    Field.TIMESTAMP: "timestamp; generated at; created at; as of",
}
"""Names of properties around the rows, and of response headers."""

ERROR_NAMES: dict[Field, str] = {
    Field.STATUS: "status; status code; http status; code; http code",
    Field.ERROR_TITLE: "title; error; reason; name; error title; status text; summary",
    Field.DETAIL: "detail; message; description; error message; error description; details; "
    "error detail; msg; text; cause",
    Field.ERROR_TYPE: "type; error type; help; more information; documentation; doc url",
    Field.INSTANCE: "instance; path; uri; request uri; url; request path; resource",
    Field.ERROR_CODE: "error code; code; key; message key; error key; id",
    Field.TIMESTAMP: "timestamp; time; date; date time; occurred at",
}
"""Names of properties of error bodies."""

PART_NAMES: dict[Part, str] = {
    Part.CONTENT_ID: "content id; page id; content; page; entity id",
    Part.SPACE_KEY: "space key; space; space id",
    Part.START: "start date; from; date from; from date; since; start time; start at; after; "
    "begin; begin date; starting from; start; from time; range start; min date; date start; "
    "start day; from day; viewed after; period start",
    Part.END: "end date; to; date to; to date; until; end time; end at; before; end; to time; "
    "range end; max date; date end; end day; to day; viewed before; period end; till",
    Part.OFFSET: "offset; start; skip; start at; start index; first; first result; from",
    Part.PAGE: "page; page number; page no; page index; current page; p",
    Part.LIMIT: "limit; size; page size; per page; max results; count; max; top; take; "
    "results per page; rows; page limit; items per page",
    Part.CURSOR: "cursor; next token; page token; continuation; continuation token; after cursor; "
    "next cursor; scroll id",
    Part.CONTENT_TYPE: "content type; type; page type; entity type; content types",
    Part.ACCOUNT: "account id; user id; user; viewer; account; viewer id; user key; username; "
    "visitor; viewed by; searched by",
    Part.TERM: "query; term; search term; q; search; keyword; search query; text; contains",
    Part.ORDER: "sort; order; order by; sort by; direction; sort order; sort direction; dir",
}
"""Names of parameters, best first."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words at capitals, digits and punctuation."""
    return tuple(word.lower() for word in _WORD.findall(name))


def normalised(names: Iterable[str]) -> str:
    """Join the words of a path of names, without an `x` in front or a word said twice in a row."""
    words: list[str] = []
    for word in (word for name in names for word in words_of(name)):
        if not words or words[-1] not in {word, f"{word}s"}:
            words.append(word)
    return "".join(words[1:] if words[:1] == ["x"] and len(words) > 1 else words)


def ranks_of(names: str) -> dict[str, int]:
    """Give each normalised name of a `; `-separated list its place in it."""
    return {normalised([name]): rank for rank, name in reversed(list(enumerate(names.split("; "))))}
