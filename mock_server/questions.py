"""From a request's arguments to a question about the domain: which rows, which of them, in order.

The binding says which parameter plays which part; nothing here knows a parameter's name.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from mock_server.binding import (
    Field,
    Grouping,
    OperationBinding,
    ParameterBinding,
    Part,
    Subject,
    Unit,
)
from mock_server.binding.choices import choices, is_descending
from mock_server.clock import DAY, EARLIEST, LATEST, SECOND, Clock, from_rfc3339, start_of
from mock_server.domain import ContentType
from mock_server.parameters import Arguments

DEFAULT_DAYS = 30
"""Days, today included, that a report covers unless asked otherwise (vendor's "Users" report)."""

DEFAULT_LIMIT = 100
"""Rows a page where a document lets clients choose but names no default."""

_LARGEST = 2**62


@dataclass(frozen=True)
class Question:
    """What a request asks for."""

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
    account: str | None = None
    term: str | None = None
    number_of_results: int | None = None
    """How much searches found; no parameter asks for it."""
    offset: int = 0
    limit: int | None = None
    """Rows a page; None where the document has no paging."""
    first_page: int = 0
    """What the document calls the first page."""
    descending: bool = False
    notes: tuple[str, ...] = field(default=(), compare=False)

    def changed(self, *, rows: int | None, newest: int | None) -> "Question":
        """Give the question that is answered instead where a fault says so.

        Args:
            rows: How many rows the one page is to have; 0 is a range without any.
            newest: The epoch millisecond from which on rows are not there yet.
        """
        changed = self
        if rows is not None:
            end = self.start if rows == 0 else self.end
            changed = replace(changed, offset=0, limit=rows or self.limit, end=end)
        return changed if newest is None else replace(changed, end=min(changed.end, newest))


def ask(binding: OperationBinding, arguments: Arguments, clock: Clock) -> Question:
    """Understand a request's arguments."""
    return _Reading(binding, arguments, clock).question()


class _Reading:
    def __init__(self, binding: OperationBinding, arguments: Arguments, clock: Clock) -> None:
        self._binding = binding
        self._clock = clock
        self._notes: list[str] = []
        self._given: dict[Part, tuple[ParameterBinding, Any]] = {
            one.part: (one, arguments[one.parameter])
            for one in binding.parameters
            if one.part is not None and one.parameter in arguments
        }

    def question(self) -> Question:
        start, end = self._range()
        limit = self._limit()
        paged = self._binding.parameter(Part.PAGE)
        return Question(
            subject=self._binding.subject,
            grouping=self._binding.grouping,
            start=start,
            end=end,
            content_id=self._content_id(),
            space_key=self._text(Part.SPACE_KEY),
            site_url=self._text(Part.SITE_URL),
            content_types=self._content_types(),
            account=self._text(Part.ACCOUNT),
            term=self._text(Part.TERM),
            offset=self._offset(limit),
            limit=limit,
            first_page=paged.first if paged is not None else 0,
            descending=self._is_descending(),
            notes=tuple(self._notes),
        )

    def _value(self, part: Part) -> Any:
        return self._given[part][1] if part in self._given else None

    def _text(self, part: Part) -> str | None:
        value = self._value(part)
        return None if value is None else str(value)

    def _content_id(self) -> int | None:
        value = self._value(Part.CONTENT_ID)
        if value is None or isinstance(value, int):
            return value
        return int(value) if str(value).isascii() and str(value).isdigit() else -1

    def _range(self) -> tuple[int, int]:
        start, end = self._moment(Part.START), self._moment(Part.END)
        if end is None:
            end = start_of(self._clock.today()) + DAY
        if start is None:
            start = end - timedelta(days=DEFAULT_DAYS) // timedelta(milliseconds=1)
        elif start > end:
            self._notes.append("the range ends before it starts, so the report is empty")
        return max(start, EARLIEST), min(end, LATEST)

    def _moment(self, part: Part) -> int | None:
        if part not in self._given:
            return None
        bound, value = self._given[part]
        if bound.unit is Unit.SECONDS:
            return int(value * SECOND)
        if bound.unit is Unit.MILLISECONDS:
            return int(value)
        try:
            moment = from_rfc3339(str(value))
        except ValueError:
            self._notes.append(f"{bound.parameter.name} is not a date, so it has no effect")
            return None
        return moment + DAY if part is Part.END and _is_day(str(value)) else moment

    def _limit(self) -> int | None:
        value = self._value(Part.LIMIT)
        if value is not None:
            return min(max(int(value), 0), _LARGEST)
        pages = {Part.LIMIT, Part.OFFSET, Part.PAGE, Part.CURSOR}
        return DEFAULT_LIMIT if any(self._binding.parameter(part) for part in pages) else None

    def _offset(self, limit: int | None) -> int:
        if Part.CURSOR in self._given:
            return self._cursor(str(self._value(Part.CURSOR)))
        if Part.PAGE in self._given:
            bound, page = self._given[Part.PAGE]
            return min(max(int(page) - bound.first, 0) * (limit or 0), _LARGEST)
        return min(max(int(self._value(Part.OFFSET) or 0), 0), _LARGEST)

    def _cursor(self, text: str) -> int:
        offset = read_cursor(text)
        if offset is None:
            self._notes.append("the cursor is not one of ours, so the first page is given")
        return offset or 0

    def _content_types(self) -> frozenset[ContentType] | None:
        value = self._value(Part.CONTENT_TYPE)
        if value is None:
            return None
        wanted = choices(Field.CONTENT_TYPE, value if isinstance(value, list) else [value])
        if not wanted:
            self._notes.append("no content type is called that, so the report is empty")
        return frozenset(ContentType(word) for word in wanted)

    def _is_descending(self) -> bool:
        return is_descending(str(self._value(Part.ORDER) or ""))


def _is_day(text: str) -> bool:
    return len(text) == len("2026-01-31")


def write_cursor(offset: int) -> str:
    """Make an opaque cursor that leads to an offset."""
    return base64.urlsafe_b64encode(f"row:{offset}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> int | None:
    """Give the offset that a cursor leads to, or None if it is not one of ours."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    label, _, offset = plain.partition(":")
    return int(offset) if label == "row" and offset.isdigit() and len(offset) < 18 else None


def page_number(question: Question) -> int:
    """Give the number of the page that a question asks for, as its document counts pages."""
    return question.first_page + (question.offset // question.limit if question.limit else 0)


__all__: Sequence[str] = ["DEFAULT_DAYS", "Question", "ask", "page_number", "read_cursor",
                          "write_cursor"]  # fmt: skip
