"""Domain values as the facts that renderers write: a mapping from `Field` to plain values.

Everything that is known about a row is given; what a document needs of it is not known here.
"""

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from mock_server.binding.fields import Field
from mock_server.data.queries import ContentTotal, DayTotal, SpaceTotal, TermTotal, ViewerTotal
from mock_server.data.query import ReportQuery, page_number, write_cursor
from mock_server.data.zones import localised, start_in
from mock_server.world.domain import ANONYMOUS, Account, Content, Space

FieldValues = dict[Field, Any]


class Rows(ABC):
    """The rows of a page, of which a writer can ask as much as it needs.

    Iterating yields all that is known of each row.
    """

    own: ClassVar[frozenset[Field]] = frozenset()
    """The fields that differ from row to row; all others follow from a row's key."""
    origin: str = ""
    """Whose rows they are: equal keys of one origin mean equal values."""

    @abstractmethod
    def __len__(self) -> int: ...

    def keys(self) -> Sequence[Hashable]:
        """Return each row's key; here no two rows share one."""
        return range(len(self))

    @abstractmethod
    def shared(self, number: int) -> FieldValues:
        """Return what follows from a row's key."""

    def column(self, field: Field) -> Sequence[Any]:
        """Return one of the fields in `own`, of every row."""
        raise KeyError(field)

    @cached_property
    def _columns(self) -> Mapping[Field, Sequence[Any]]:
        return {field: self.column(field) for field in self.own}

    def row(self, number: int) -> FieldValues:
        """Return all that is known of a row."""
        own = {field: column[number] for field, column in self._columns.items()}
        return self.shared(number) | own

    def __iter__(self) -> Iterator[FieldValues]:
        return map(self.row, range(len(self)))


@dataclass(frozen=True)
class VisitRows(Rows):
    """Visits: a time, a content and an account each, with their rank if it is wanted."""

    found: Sequence[tuple[Any, ...]]
    contents: Mapping[int, Content]
    spaces: Mapping[str, Space]
    accounts: Mapping[str, Account]
    origin: str = ""
    zone: tzinfo | None = None
    own: ClassVar[frozenset[Field]] = frozenset({Field.TIME, Field.ROW_ID})

    def __len__(self) -> int:
        return len(self.found)

    def keys(self) -> Sequence[Hashable]:
        """Return content and account of each."""
        return [row[1:3] for row in self.found]

    def shared(self, number: int) -> FieldValues:
        """Return what is known of a visit's content and account."""
        _, content_id, account, *_ = self.found[number]
        values = content_values(self.contents[content_id], self.spaces)
        return values | _account_values(account or None, self.accounts)

    def column(self, field: Field) -> Sequence[Any]:
        """Return the times, or the ids of rows."""
        return _times(self) if field is Field.TIME else _row_ids("visit", self)


@dataclass(frozen=True)
class SearchRows(Rows):
    """Searches: a time, a term, an account and a number of results each."""

    found: Sequence[tuple[Any, ...]]
    accounts: Mapping[str, Account]
    origin: str = ""
    zone: tzinfo | None = None
    own: ClassVar[frozenset[Field]] = frozenset(
        {Field.TIME, Field.TERM, Field.NUMBER_OF_RESULTS, Field.IS_SUCCESSFUL,
         Field.IS_UNSUCCESSFUL, Field.ROW_ID}
    )  # fmt: skip

    def __len__(self) -> int:
        return len(self.found)

    def keys(self) -> Sequence[Hashable]:
        """Return the account of each."""
        return [row[2] for row in self.found]

    def shared(self, number: int) -> FieldValues:
        """Return what is known of a search's account."""
        return _account_values(self.found[number][2] or None, self.accounts)

    def column(self, field: Field) -> Sequence[Any]:
        """Return what is known of the searches themselves."""
        if field is Field.TIME:
            return _times(self)
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
    """Rows of which everything is known already, such as totals."""

    found: Sequence[FieldValues]

    def __len__(self) -> int:
        return len(self.found)

    def shared(self, number: int) -> FieldValues:
        """Return all that is known of a row."""
        return self.found[number]


def _times(rows: VisitRows | SearchRows) -> list[int]:
    if rows.zone is None:
        return [row[0] for row in rows.found]
    return [localised(row[0], rows.zone) for row in rows.found]


def _row_ids(kind: str, rows: VisitRows | SearchRows) -> list[int]:
    """Hash what rows say; equal ones differ by their ranks."""
    several = 4 if kind == "search" else 3
    return [
        _identity(kind, row[0], row[1], row[2] or None, *filter(None, row[several:]))
        for row in rows.found
    ]


def viewer_values(total: ViewerTotal, accounts: Mapping[str, Account]) -> FieldValues:
    """Return what is known of one viewer's visits or searches together."""
    return {
        **_account_values(total.account or None, accounts),
        Field.VIEWS: total.views,
        Field.FIRST_TIME: total.first,
        Field.LAST_TIME: total.last,
        Field.ROW_ID: _identity("viewer", total.account),
    }


def content_total_values(
    total: ContentTotal, content: Content, spaces: Mapping[str, Space]
) -> FieldValues:
    """Return what is known of all visits of one content together."""
    return {
        **content_values(content, spaces),
        Field.VIEWS: total.views,
        Field.VIEWERS: total.viewers,
        Field.FIRST_TIME: total.first,
        Field.LAST_TIME: total.last,
        Field.ROW_ID: _identity("content", total.content_id),
    }


def space_values(total: SpaceTotal, spaces: Mapping[str, Space]) -> FieldValues:
    """Return what is known of all visits of one space together."""
    return {
        Field.SPACE_KEY: total.space_key,
        Field.SPACE_NAME: spaces[total.space_key].name,
        Field.VIEWS: total.views,
        Field.VIEWERS: total.viewers,
        Field.FIRST_TIME: total.first,
        Field.LAST_TIME: total.last,
        Field.ROW_ID: _identity("space", total.space_key),
    }


def term_values(total: TermTotal) -> FieldValues:
    """Return what is known of all searches for one term together."""
    return {
        Field.TERM: total.term,
        Field.VIEWS: total.views,
        Field.VIEWERS: total.viewers,
        Field.FIRST_TIME: total.first,
        Field.LAST_TIME: total.last,
        Field.ROW_ID: _identity("term", total.term),
    }


def day_values(total: DayTotal, zone: tzinfo | None = None) -> FieldValues:
    """Return what is known of all rows of one day together."""
    return {
        Field.DAY: start_in(total.day, zone),
        Field.VIEWS: total.views,
        Field.VIEWERS: total.viewers,
        Field.ROW_ID: _identity("day", total.day),
    }


def content_values(content: Content, spaces: Mapping[str, Space]) -> FieldValues:
    """Return what is known of a content."""
    return {
        Field.CONTENT_ID: content.id,
        Field.CONTENT_TYPE: content.type.value,
        Field.CONTENT_TITLE: content.title,
        Field.PARENT_ID: content.parent_id,
        Field.SPACE_KEY: content.space_key,
        Field.SPACE_NAME: spaces[content.space_key].name,
        Field.IS_TRASHED: False,  # rows of what lies in the trash are hidden
        Field.TRASH_TIME: None,
        Field.DELETION_TIME: None,
    }


def _account_values(account: str | None, accounts: Mapping[str, Account]) -> FieldValues:
    known = accounts.get(account) if account is not None else None
    kind = "protected" if account is None else "anonymous" if account == ANONYMOUS else "known"
    return {
        Field.ACCOUNT: account,
        Field.ACCOUNT_NAME: known.name if known is not None else account,
        Field.ACCOUNT_KIND: kind,
        Field.IS_ANONYMOUS: kind == "anonymous",
        Field.IS_KNOWN: kind != "anonymous",
        Field.IS_PROTECTED: kind == "protected",
    }


def number_of(text: str) -> int:
    """Return the number of 31 bits that stands for a text where a document has numbers only."""
    return 1 + _identity("number", text) % (2**31 - 1)


def uuid_of(text: str) -> str:
    """Return the UUID that stands for a text where a document has UUIDs only."""
    return str(UUID(int=_identity("uuid", text), version=5))


def stands_for(given: str, text: str) -> bool:
    """Say whether what a client gave is a text itself, or what stands for it."""
    return given in {text, str(number_of(text)), uuid_of(text)}


def _identity(*parts: object) -> int:
    """Number a row by what it says, so that it is the same number in every process."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).digest()
    return int.from_bytes(digest)


def paging_values(question: ReportQuery, size: int, total: int) -> FieldValues:
    """Return what is known of a page with `size` rows of `total`."""
    limit = question.limit
    seen = question.offset + size
    has_more = seen < total and size > 0
    page = page_number(question)
    return {
        Field.TOTAL: total,
        Field.SIZE: size,
        Field.OFFSET: question.offset,
        Field.LIMIT: limit if limit is not None else total,
        Field.PAGE: page,
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
        Field.NEXT_CURSOR: write_cursor(seen) if has_more else None,
    }
