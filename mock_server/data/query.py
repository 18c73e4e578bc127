"""What a report is asked for: the rows of a range, filtered, in order, by pages."""

import base64
import binascii
from dataclasses import dataclass, field, replace

from mock_server.binding.fields import Field, Grouping, Interval, Subject
from mock_server.world.domain import ContentType


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Which rows a report is on: those in a range that pass every filter that is not None."""

    subject: Subject
    grouping: Grouping
    start: int
    """Epoch milliseconds, included."""
    end: int
    """Epoch milliseconds, excluded."""
    content_id: int | None = None
    space_key: str | None = None
    site_url: str | None = None
    content_types: frozenset[ContentType] | None = None
    accounts: frozenset[str] | None = None
    account_kinds: frozenset[str] | None = None
    """`known`, `anonymous` and `protected`."""
    term: str | None = None
    successful: bool | None = None
    """Whether searches found anything."""
    interval: Interval = Interval.DAY
    """What totals per day are of."""
    offset: int = 0
    limit: int | None = None
    """Rows a page; None where the document has no paging."""
    first_page: int = 0
    """What the document calls the first page."""
    sort: Field | None = None
    """What rows or totals are in the order of; None for time, or the largest totals first."""
    descending: bool = False
    is_ordered: bool = False
    """Whether an order was asked for."""
    shown_end: int | None = None
    """What the range is said to end with; its last millisecond if None."""
    zone: str | None = None
    """The time zone of its days; UTC if None."""
    with_protected: bool = False
    """Whether totals per viewer have one of all protected viewers, too, without an account."""
    with_trashed: bool = False
    """Whether visits of contents in the trash are there, too."""
    notes: tuple[str, ...] = field(default=(), compare=False)

    def changed(self, *, rows: int | None, newest: int | None) -> "ReportQuery":
        """Return the query that is run instead where a fault says so.

        Args:
            rows: How many rows the one page is to have; 0 is a range without any.
            newest: The epoch millisecond from which on rows are not there yet.
        """
        changed = self
        if rows is not None:
            end = self.start if rows == 0 else self.end
            changed = replace(changed, offset=0, limit=rows or self.limit, end=end)
        return changed if newest is None else replace(changed, end=min(changed.end, newest))


def write_cursor(offset: int) -> str:
    """Make an opaque cursor that leads to an offset."""
    return base64.urlsafe_b64encode(f"row:{offset}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> int | None:
    """Read the offset that a cursor leads to; None if it is not one of ours."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    label, _, offset = plain.partition(":")
    return int(offset) if label == "row" and offset.isdigit() and len(offset) < 18 else None


def page_number(query: ReportQuery) -> int:
    """Return the number of the page, as the document counts pages."""
    return query.first_page + (query.offset // query.limit if query.limit else 0)
