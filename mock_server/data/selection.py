"""Select and sort what the database cannot: totals, and contents by their titles."""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.binding.fields import Field, Grouping, Subject
from mock_server.data.fields import WEEKDAYS, FieldValues
from mock_server.data.query import ReportQuery, SortKey
from mock_server.world.domain import ANONYMOUS, Content


def slice_of(query: ReportQuery) -> slice:
    """Return the positions of the requested page."""
    return slice(query.offset, None if query.limit is None else query.offset + query.limit)


def in_order(rows: Sequence[FieldValues], keys: Sequence[SortKey], query: ReportQuery) -> list[int]:
    """Return the positions of rows in sort order, those without a value in the document last."""
    nobody = ANONYMOUS if query.hides_anonymous else None
    order = list(range(len(rows)))
    for field, descending in reversed(keys):
        values: dict[int, Any] = {number: rows[number].get(field) for number in order}
        if field in {Field.ACCOUNT, Field.ACCOUNT_NAME}:
            values = {
                number: None if value == nobody else value for number, value in values.items()
            }
        known = [number for number in order if values[number] is not None]
        if field is Field.WEEKDAY:
            values = {number: WEEKDAYS.index(values[number]) for number in known}
        known.sort(key=values.__getitem__, reverse=descending)
        order = known + [number for number in order if values[number] is None]
    return order


_NAMED_BY = {Grouping.VIEWERS: Field.ACCOUNT_NAME, Grouping.SPACES: Field.SPACE_NAME}
"""What a term is compared with, if not with the titles of contents."""


def left_out(contents: Mapping[int, Content], query: ReportQuery) -> set[int]:
    """Return the contents that the filters by content, title and space exclude."""
    if query.contents is None and query.spaces is None and not query.term:
        return set()
    return {
        content.id
        for content in contents.values()
        if (query.contents is not None and content.id not in query.contents)
        or (query.spaces is not None and content.space_key not in query.spaces)
        or (query.grouping not in _NAMED_BY and not _has_term(content.title, query))
    }


def is_within(total: FieldValues, query: ReportQuery) -> bool:
    """Return whether a total is within all bounds, and has the term in its name."""
    counts = ((bound, total.get(bound.field)) for bound in query.bounds)
    name = _NAMED_BY.get(query.grouping)
    is_named = name is None or _has_term(total.get(name) or "", query)
    return is_named and all(count is None or bound.allows(count) for bound, count in counts)


def _has_term(text: str, query: ReportQuery) -> bool:
    if query.subject is Subject.SEARCHES or not query.term:
        return True
    term, text = query.term.casefold(), text.casefold()
    return term == text if query.is_exact else term in text


def ordered(totals: list[FieldValues], query: ReportQuery) -> list[FieldValues]:
    """Sort totals, initially by time or largest first, as requested."""
    if query.sort:
        return [totals[number] for number in in_order(totals, query.sort, query)]
    is_by_time = query.grouping in {Grouping.DAYS, Grouping.HOURS, Grouping.WEEKDAYS}
    is_reversed = query.is_ordered and query.descending is is_by_time
    return totals[::-1] if is_reversed else totals
