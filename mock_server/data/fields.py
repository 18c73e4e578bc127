"""Convert domain values to mappings from `Field` to plain values, for renderers.

The mappings are complete; which fields a document uses is not known here.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import cached_property
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from mock_server.binding.fields import KEYS, Field, Grouping, Interval
from mock_server.binding.lexicon import words_of
from mock_server.data.database import damaged
from mock_server.data.queries import NO_ROWS, Total
from mock_server.data.query import ReportQuery, page_number, write_cursor
from mock_server.data.zones import intervals_of, local_time, localised
from mock_server.world.chance import number_for
from mock_server.world.domain import ANONYMOUS, Account, Content, ContentType, Space

_Value = TypeVar("_Value")

FieldValues = dict[Field, Any]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Known:
    """What rows refer to, by id or key, and the site that they are of."""

    contents: Mapping[int, Content]
    """The contents created by the time of the report."""
    spaces: Mapping[str, Space]
    accounts: Mapping[str, Account]
    site_url: str
    origin: str
    """The source of the rows."""


class Rows:
    """The rows of a page, read lazily by renderers; iterating yields all values of each row.

    Args:
        found: The values of each row.
        origin: The source of the rows; equal keys of one origin imply equal values.
    """

    own: ClassVar[frozenset[Field]] = frozenset()
    """The fields that differ per row; all other fields depend only on the row's key."""

    def __init__(self, found: Sequence[Any], origin: str = "") -> None:
        self.found = found
        self.origin = origin

    def __len__(self) -> int:
        return len(self.found)

    def keys(self) -> Sequence[Hashable]:
        """Return each row's key; unique by default."""
        return range(len(self))

    def shared(self, number: int) -> FieldValues:
        """Return the values that depend only on a row's key."""
        values: FieldValues = self.found[number]
        return values

    def column(self, field: Field) -> Sequence[Any]:
        """Return the values of a field in `own`, for all rows."""
        raise KeyError(field)

    @cached_property
    def _columns(self) -> Mapping[Field, Sequence[Any]]:
        return {field: self.column(field) for field in self.own}

    def row(self, number: int) -> FieldValues:
        """Return all values of a row."""
        own = {field: column[number] for field, column in self._columns.items()}
        return self.shared(number) | own

    def __iter__(self) -> Iterator[FieldValues]:
        return map(self.row, range(len(self)))


_OWN: Mapping[Field, Callable[[Sequence[Any], tzinfo | None], Any]] = {
    Field.TIME: lambda row, zone: localised(row[0], zone),
    Field.HOUR: lambda row, zone: local_time(localised(row[0], zone)).hour,
    Field.WEEKDAY: lambda row, zone: WEEKDAYS[local_time(localised(row[0], zone)).weekday()],
    Field.TERM: lambda row, _: row[1],
    Field.NUMBER_OF_RESULTS: lambda row, _: row[3],
    Field.IS_SUCCESSFUL: lambda row, _: row[3] > 0,
    Field.IS_UNSUCCESSFUL: lambda row, _: row[3] <= 0,
}


class VisitRows(Rows):
    """Visits: time, content and account, and optionally the number of equal preceding ones."""

    own = frozenset({Field.TIME, Field.HOUR, Field.WEEKDAY, Field.ROW_ID, Field.ROW_CURSOR})
    _kind, _width = "visit", 3

    def __init__(
        self, found: Sequence[Any], known: Known, zone: tzinfo | None, offset: int = 0
    ) -> None:
        super().__init__(found, known.origin)
        self._offset = offset
        self._known = known
        self._zone = zone

    def keys(self) -> Sequence[Hashable]:
        """Return content and account of each visit."""
        return [row[1:3] for row in self.found]

    def shared(self, number: int) -> FieldValues:
        """Return the values of a visit's content and account."""
        _, content_id, account, *_ = self.found[number]
        values = content_values(stored(self._known.contents, content_id, "content"), self._known)
        return values | account_values(account or None, self._known)

    def column(self, field: Field) -> Sequence[Any]:
        """Return the times, what follows from them, or hashes of the rows' values as their ids."""
        if field is Field.TIME and self._zone is None:
            return [row[0] for row in self.found]
        if field is Field.ROW_CURSOR:
            return [write_cursor(self._offset + number + 1) for number in range(len(self))]
        if field is Field.ROW_ID:
            return [
                number_for(self._kind, *row[:2], row[2] or None, *filter(None, row[self._width :]))
                for row in self.found
            ]
        return [_OWN[field](row, self._zone) for row in self.found]


class SearchRows(VisitRows):
    """Searches: time, term, account and number of results, and optionally the same number."""

    own = frozenset({*_OWN, Field.ROW_ID, Field.ROW_CURSOR})
    _kind, _width = "search", 4

    def keys(self) -> Sequence[Hashable]:
        """Return the account of each search."""
        return [row[2] for row in self.found]

    def shared(self, number: int) -> FieldValues:
        """Return the values of a search's account."""
        return account_values(self.found[number][2] or None, self._known)


def stored(known: Mapping[Any, _Value], key: Any, what: str) -> _Value:
    """Return the content or space of a stored visit.

    Raises:
        StorageDamagedError: If it does not exist.
    """
    try:
        return known[key]
    except KeyError:
        raise damaged(f"it has visits of a {what} {key}, which is not there") from None


def total_values(total: Total, grouping: Grouping) -> FieldValues:
    """Return the values of one total, without those of its subject."""
    return {**total.values, Field.ROW_ID: number_for(grouping.rpartition(" ")[2], total.key)}


def interval_values(total: Total, start: int, end: int) -> FieldValues:
    """Return the values of the total of an interval, from its first to its last millisecond."""
    day = local_time(start)
    return {
        **total_values(total, Grouping.DAYS),
        Field.DAY: start,
        Field.DAY_END: end,
        Field.WEEKDAY: WEEKDAYS[day.weekday()],
        Field.YEAR: day.year,
        Field.MONTH: day.month,
        Field.WEEK: day.isocalendar().week,
    }


def slot_values(totals: Sequence[Total], grouping: Grouping) -> list[FieldValues]:
    """Return the totals of all 24 hours of the day, or of all weekdays, with zeros."""
    known = {total.key: total for total in totals}
    return [
        {KEYS[grouping]: name, **total_values(known.get(slot, Total(slot, NO_ROWS)), grouping)}
        for slot, name in enumerate(range(24) if grouping is Grouping.HOURS else WEEKDAYS)
    ]


def without_gaps(
    totals: Sequence[Total], start: int, end: int, interval: Interval, zone: tzinfo | None
) -> list[Total]:
    """Add totals of zero for the intervals of a range, of days or more, that have none."""
    if start >= end:
        return []
    first, last = (local_time(localised(moment, zone)).date() for moment in (start, end - 1))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    known = {total.key: total for total in totals}
    return [known.get(day, Total(day, NO_ROWS)) for day, _ in intervals_of(days, interval)]


def space_values(space: Space) -> FieldValues:
    """Return the values of a space."""
    kind = "personal" if space.personal else "global"
    return {
        Field.SPACE_KEY: space.key,
        Field.SPACE_NAME: space.name,
        Field.SPACE_KIND: kind,
        Field.IS_PERSONAL: space.personal,
    }


def content_values(content: Content, known: Known) -> FieldValues:
    """Return the values of a content."""
    kind = "blog" if content.type is ContentType.BLOG_POST else "pages"
    parent = known.contents.get(content.parent_id or 0)
    return {
        Field.CONTENT_URL: f"{known.site_url}/wiki/spaces/{content.space_key}/{kind}/{content.id}",
        Field.CONTENT_ID: content.id,
        Field.CONTENT_TYPE: content.type.value,
        Field.CONTENT_TITLE: content.title,
        Field.PARENT_ID: content.parent_id,
        Field.PARENT_TITLE: parent and parent.title,
        Field.CONTENT_TIME: content.created,
        **space_values(known.spaces[content.space_key]),
        Field.IS_TRASHED: False,  # visits of trashed contents are hidden by default
        Field.TRASH_TIME: None,
        Field.DELETION_TIME: None,
    }


def account_values(account: str | None, known: Known) -> FieldValues:
    """Return the values of a viewer; the account of protected ones is None."""
    name, email = account, None
    if account is not None and account in known.accounts:
        name = known.accounts[account].name
        email = f"{'.'.join(words_of(name))}@example.com"
    kind = {None: "protected", ANONYMOUS: "anonymous"}.get(account, "known")
    return {
        Field.ACCOUNT: account,
        Field.ACCOUNT_NAME: name,
        Field.ACCOUNT_EMAIL: email,
        Field.ACCOUNT_KIND: kind,
        Field.IS_ANONYMOUS: kind == "anonymous",
        Field.IS_KNOWN: kind != "anonymous",
        Field.IS_PROTECTED: kind == "protected",
    }


def number_of(text: str) -> int:
    """Return a stable 31-bit number for a text, for documents whose ids are numbers."""
    return 1 + number_for("number", text) % (2**31 - 1)


def uuid_of(text: str) -> str:
    """Return a stable UUID for a text, for documents whose ids are UUIDs."""
    return str(UUID(int=number_for("uuid", text), version=5))


def stands_for(given: str, text: str) -> bool:
    """Return whether a client's value is a text, or its number or UUID."""
    return given in {text, str(number_of(text)), uuid_of(text)}


def paging_values(question: ReportQuery, size: int, total: int) -> FieldValues:
    """Return the paging values of a page with `size` of `total` rows."""
    limit = question.limit
    seen = question.offset + size
    has_more = seen < total and size > 0
    page = page_number(question)
    previous = write_cursor(question.offset, is_end=True) if question.offset else None
    last = write_cursor(seen) if size else None
    return {
        Field.TOTAL: total,
        Field.SIZE: size,
        Field.OFFSET: question.offset,
        Field.FIRST_ROW: question.offset + 1 if size else None,
        Field.LAST_ROW: seen if size else None,
        Field.LIMIT: limit if limit is not None else total,
        Field.PAGE: page,
        Field.FIRST_NUMBER: question.first_page,
        Field.NEXT_NUMBER: page + 1 if has_more else None,
        Field.PREVIOUS_NUMBER: page - 1 if question.offset else None,
        Field.NEXT_OFFSET: seen if has_more else None,
        Field.PAGES: math.ceil(total / limit) if limit else 1,
        Field.HAS_MORE: has_more,
        Field.HAS_PREVIOUS: question.offset > 0,
        Field.IS_FIRST: question.offset == 0,
        Field.IS_LAST: not has_more,
        Field.IS_EMPTY: size == 0,
        Field.IS_PAGED: limit is not None,
        Field.IS_UNPAGED: limit is None,
        Field.IS_SORTED: question.is_ordered,
        Field.IS_UNSORTED: not question.is_ordered,
        Field.PRESET: question.preset,
        Field.TIME_ZONE: question.zone or "UTC",
        Field.INTERVAL: question.interval.value,
        Field.GROUPING: question.grouped_by,
        Field.NEXT_CURSOR: last if has_more else None,
        Field.FIRST_CURSOR: write_cursor(question.offset + 1) if size else None,
        Field.LAST_CURSOR: last,
        Field.PREVIOUS_CURSOR: previous,
    }
