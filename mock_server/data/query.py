"""The query of a report: a range, filters, an order and a page."""

import base64
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from mock_server.binding.fields import Field, Grouping, Interval, Subject
from mock_server.world.domain import ContentType

SortKey = tuple[Field, bool]
"""A field, and whether its largest values come first."""


class Bound(NamedTuple):
    """The smallest or largest allowed value of a count, inclusive."""

    field: Field
    value: int
    is_least: bool

    def allows(self, count: int) -> bool:
        """Return whether a count is within this bound."""
        return count >= self.value if self.is_least else count <= self.value


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """The rows of a report: those in a range that match every filter that is not None.

    Contents and spaces of the filters `contents` and `spaces` may be unknown. One that a path names
    must exist, unless `content_must_exist` or `space_must_exist` is false; accounts need not.
    """

    subject: Subject
    grouping: Grouping
    start: int
    """Epoch milliseconds, inclusive."""
    end: int
    """Epoch milliseconds, exclusive."""
    content_id: int | None = None
    space_key: str | None = None
    site_url: str | None = None
    content_types: frozenset[ContentType] | None = None
    accounts: frozenset[str] | None = None
    account_kinds: frozenset[str] | None = None
    """Any of `known`, `anonymous` and `protected`."""
    must_exist: bool = False
    """Whether an account that does not exist is an error."""
    contents: frozenset[int] | None = None
    spaces: frozenset[str] | None = None
    space_kinds: Collection[str] | None = None
    """Any of `global` and `personal`; only totals per space are filtered."""
    term: str | None = None
    """Part of a search term; of other reports, part of a title or name."""
    is_exact: bool = False
    """Whether `term` is a whole one."""
    successful: bool | None = None
    """Whether searches had results."""
    bounds: tuple[Bound, ...] = ()
    """Bounds of the counts of totals, and of the results of searches."""
    grouped_by: str | None = None
    """The grouping as the client named it."""
    interval: Interval = Interval.DAY
    offset: int = 0
    limit: int | None = None
    """Page size; None if the document has no paging."""
    after: str | None = None
    """The id of the row before the page, as the document writes it, instead of an offset."""
    before: str | None = None
    """The id of the row after the page."""
    first_page: int = 0
    """The number of the first page in the document."""
    sort: tuple[SortKey, ...] = ()
    """The sort fields; empty for time, or largest totals first."""
    descending: bool = False
    """The direction of the order by time or totals."""
    is_ordered: bool = False
    """Whether the client requested an order."""
    shown_end: int | None = None
    """The end of the range as shown in the response; its last millisecond if None."""
    preset: str | None = None
    """The name of the range, as the client wrote it."""
    zone: str | None = None
    """The time zone of days; UTC if None."""
    has_gaps: bool = True
    """Whether totals omit days, contents, spaces or accounts without rows."""
    has_slots: bool = True
    """Whether totals include hours and weekdays without rows."""
    with_total: bool = True
    content_must_exist: bool = True
    space_must_exist: bool = True
    hides_anonymous: bool = False
    """Whether anonymous viewers have no account, and are sorted like protected ones."""
    with_protected: bool = False
    """Whether totals per viewer include one for all protected viewers, without an account."""
    trashed: bool | None = False
    """Whether contents are in the trash; None for all contents."""
    notes: tuple[str, ...] = field(default=(), compare=False)

    def changed(self, *, rows: int | None, newest: int | None) -> "ReportQuery":
        """Return the query as changed by a fault.

        Args:
            rows: The number of rows on the only page; 0 for an empty range.
            newest: The epoch millisecond from which rows are not yet visible.
        """
        if rows is None and newest is None:
            return self
        end = self.start if rows == 0 else self.end
        end = end if newest is None else min(end, newest)
        if rows is None:
            return replace(self, end=end)
        return replace(self, end=end, offset=0, limit=rows or self.limit)


def write_cursor(offset: int, *, is_end: bool = False) -> str:
    """Return an opaque cursor for the offset of a page's start, or of its end."""
    label = "end" if is_end else "row"
    return base64.urlsafe_b64encode(f"{label}:{offset}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[int, bool] | None:
    """Return the offset of a cursor, and whether it is that of an end; None if invalid."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return None
    label, _, offset = plain.partition(":")
    is_valid = label in {"row", "end"} and offset.isdigit() and len(offset) < 18
    return (int(offset), label == "end") if is_valid else None


def page_number(query: ReportQuery) -> int:
    """Return the page number in the document's numbering."""
    return query.first_page + (query.offset // query.limit if query.limit else 0)
