"""Convert domain values to mappings from `Field` to plain values, for renderers.

The mappings are complete; which fields a document uses is not known here.
"""

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from mock_server.binding.fields import KEYS, Field, Grouping, Interval
from mock_server.binding.lexicon import words_of
from mock_server.clock import DAY
from mock_server.data.contents import stored
from mock_server.data.queries import NO_ROWS, Total
from mock_server.data.query import ReportQuery, page_number, write_cursor
from mock_server.data.zones import intervals_of, local_time, localised
from mock_server.world.domain import ANONYMOUS, Account, Content, ContentType, Space

FieldValues = dict[Field, Any]


class Rows(ABC):
    """The rows of a page, read lazily by renderers.

    Iterating yields all values of each row.
    """

    own: ClassVar[frozenset[Field]] = frozenset()
    """The fields that differ per row; all other fields depend only on the row's key."""
    origin: str = ""
    """The source of the rows; equal keys of one origin imply equal values."""

    @abstractmethod
    def __len__(self) -> int: ...

    def keys(self) -> Sequence[Hashable]:
        """Return each row's key; unique by default."""
        return range(len(self))

    @abstractmethod
    def shared(self, number: int) -> FieldValues:
        """Return the values that depend only on a row's key."""

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


@dataclass(frozen=True)
class VisitRows(Rows):
    """Visits: time, content and account, and optionally the rank."""

    found: Sequence[tuple[Any, ...]]
    contents: Mapping[int, Content]
    spaces: Mapping[str, Space]
    accounts: Mapping[str, Account]
    site_url: str = ""
    origin: str = ""
    zone: tzinfo | None = None
    own: ClassVar[frozenset[Field]] = frozenset(
        {Field.TIME, Field.HOUR, Field.WEEKDAY, Field.ROW_ID}
    )

    def __len__(self) -> int:
        return len(self.found)

    def keys(self) -> Sequence[Hashable]:
        """Return content and account of each visit."""
        return [row[1:3] for row in self.found]

    def shared(self, number: int) -> FieldValues:
        """Return the values of a visit's content and account."""
        _, content_id, account, *_ = self.found[number]
        content = stored(self.contents, content_id, "content")
        values = content_values(content, self.spaces, self.site_url)
        return values | account_values(account or None, self.accounts)

    def column(self, field: Field) -> Sequence[Any]:
        """Return the times, what follows from them, or the row ids."""
        return _row_ids("visit", self) if field is Field.ROW_ID else _times(self, field)


@dataclass(frozen=True)
class SearchRows(Rows):
    """Searches: time, term, account and number of results."""

    found: Sequence[tuple[Any, ...]]
    accounts: Mapping[str, Account]
    origin: str = ""
    zone: tzinfo | None = None
    own: ClassVar[frozenset[Field]] = frozenset(
        {Field.TIME, Field.HOUR, Field.WEEKDAY, Field.TERM, Field.NUMBER_OF_RESULTS, Field.IS_SUCCESSFUL,
         Field.IS_UNSUCCESSFUL, Field.ROW_ID}
    )  # fmt: skip

    def __len__(self) -> int:
        return len(self.found)

    def keys(self) -> Sequence[Hashable]:
        """Return the account of each search."""
        return [row[2] for row in self.found]

    def shared(self, number: int) -> FieldValues:
        """Return the values of a search's account."""
        return account_values(self.found[number][2] or None, self.accounts)

    def column(self, field: Field) -> Sequence[Any]:
        """Return the values that differ per search."""
        if field in {Field.TIME, Field.HOUR, Field.WEEKDAY}:
            return _times(self, field)
        if field is Field.TERM:
            return [term for _, term, *_ in self.found]
        if field is Field.ROW_ID:
            return _row_ids("search", self)
        results = [row[3] for row in self.found]
        if field is Field.NUMBER_OF_RESULTS:
            return results
        return [(number > 0) is (field is Field.IS_SUCCESSFUL) for number in results]


@dataclass(frozen=True)
class PlainRows(Rows):
    """Rows with precomputed values, such as totals."""

    found: Sequence[FieldValues]

    def __len__(self) -> int:
        return len(self.found)

    def shared(self, number: int) -> FieldValues:
        """Return all values of a row."""
        return self.found[number]


def _times(rows: VisitRows | SearchRows, field: Field) -> list[Any]:
    """Return the times of rows, or their hours or weekdays, in the time zone of the report."""
    if rows.zone is None and field is Field.TIME:
        return [row[0] for row in rows.found]
    times = [localised(row[0], rows.zone) for row in rows.found]
    if field is Field.HOUR:
        return [local_time(time).hour for time in times]
    return (
        times if field is Field.TIME else [WEEKDAYS[local_time(time).weekday()] for time in times]
    )


def _row_ids(kind: str, rows: VisitRows | SearchRows) -> list[int]:
    """Return hashes of the rows' values; ranks distinguish equal rows."""
    several = 4 if kind == "search" else 3
    return [
        _identity(kind, row[0], row[1], row[2] or None, *filter(None, row[several:]))
        for row in rows.found
    ]


def total_values(total: Total, grouping: Grouping) -> FieldValues:
    """Return the values of one total, without those of its subject."""
    return {**total.values, Field.ROW_ID: _identity(grouping.rpartition(" ")[2], total.key)}


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def interval_values(total: Total, start: int, end: int) -> FieldValues:
    """Return the values of the total of an interval, from its first to its last millisecond."""
    return {
        **total_values(total, Grouping.DAYS),
        Field.DAY: start,
        Field.DAY_END: end,
        Field.WEEKDAY: WEEKDAYS[local_time(start).weekday()],
        Field.YEAR: local_time(start).year,
        Field.MONTH: local_time(start).month,
        Field.WEEK: local_time(start).isocalendar().week,
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
    """Add totals of zero for the days, weeks or months of a range that have none."""
    if start >= end:
        return []
    first, last = (local_time(localised(moment, zone)).date() for moment in (start, end - 1))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    known = {total.key: total for total in totals}
    return [known.get(day, Total(day, NO_ROWS)) for day, _ in intervals_of(days, interval)]


def figures(values: FieldValues, query: ReportQuery) -> FieldValues:
    """Return the figures that follow from the numbers of views and viewers of a report."""
    views, days = values[Field.VIEWS], math.ceil((query.end - query.start) / DAY)
    return {
        Field.VIEWS_PER_DAY: views / days if days > 0 else 0.0,
        Field.VIEWS_PER_VIEWER: views / max(values[Field.VIEWERS], 1),
    }


def space_values(space: Space) -> FieldValues:
    """Return the values of a space."""
    kind = "personal" if space.personal else "global"
    return {Field.SPACE_KEY: space.key, Field.SPACE_NAME: space.name, Field.SPACE_KIND: kind}


def content_values(content: Content, spaces: Mapping[str, Space], site_url: str) -> FieldValues:
    """Return the values of a content of a site."""
    kind = "blog" if content.type is ContentType.BLOG_POST else "pages"
    return {
        Field.CONTENT_URL: f"{site_url}/wiki/spaces/{content.space_key}/{kind}/{content.id}",
        Field.CONTENT_ID: content.id,
        Field.CONTENT_TYPE: content.type.value,
        Field.CONTENT_TITLE: content.title,
        Field.PARENT_ID: content.parent_id,
        Field.CONTENT_TIME: content.created,
        **space_values(spaces[content.space_key]),
        Field.IS_TRASHED: False,  # visits of trashed contents are hidden by default
        Field.TRASH_TIME: None,
        Field.DELETION_TIME: None,
    }


def account_values(account: str | None, accounts: Mapping[str, Account]) -> FieldValues:
    """Return the values of a viewer; the account of protected ones is None."""
    known = accounts.get(account) if account is not None else None
    kind = "protected" if account is None else "anonymous" if account == ANONYMOUS else "known"
    return {
        Field.ACCOUNT: account,
        Field.ACCOUNT_NAME: known.name if known is not None else account,
        Field.ACCOUNT_EMAIL: None
        if known is None
        else f"{'.'.join(words_of(known.name))}@example.com",
        Field.ACCOUNT_KIND: kind,
        Field.IS_ANONYMOUS: kind == "anonymous",
        Field.IS_KNOWN: kind != "anonymous",
        Field.IS_PROTECTED: kind == "protected",
    }


def number_of(text: str) -> int:
    """Return a stable 31-bit number for a text, for documents whose ids are numbers."""
    return 1 + _identity("number", text) % (2**31 - 1)


def uuid_of(text: str) -> str:
    """Return a stable UUID for a text, for documents whose ids are UUIDs."""
    return str(UUID(int=_identity("uuid", text), version=5))


def stands_for(given: str, text: str) -> bool:
    """Return whether a client's value is a text, or its number or UUID."""
    return given in {text, str(number_of(text)), uuid_of(text)}


def _identity(*parts: object) -> int:
    """Return a stable number for a row's values, the same in every process."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).digest()
    return int.from_bytes(digest)


def paging_values(question: ReportQuery, size: int, total: int) -> FieldValues:
    """Return the paging values of a page with `size` of `total` rows."""
    limit = question.limit
    seen = question.offset + size
    has_more = seen < total and size > 0
    page = page_number(question)
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
        Field.TIME_ZONE: question.zone or "UTC",
        Field.INTERVAL: question.interval.value,
        Field.GROUPING: question.grouped_by,
        Field.NEXT_CURSOR: write_cursor(seen) if has_more else None,
        Field.PREVIOUS_CURSOR: write_cursor(question.offset, is_end=True)
        if question.offset
        else None,
    }
