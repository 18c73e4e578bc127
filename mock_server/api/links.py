"""Build the links from a page of a report to other pages."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from mock_server.binding.fields import RELATIONS, Field, Part
from mock_server.binding.lexicon import words_of
from mock_server.binding.model import OperationBinding
from mock_server.data.fields import FieldValues
from mock_server.data.query import ReportQuery, page_number, write_cursor


def page_links(
    bound: OperationBinding, query: ReportQuery, values: FieldValues, scope: Mapping[str, Any]
) -> FieldValues:
    """Return the URLs of this and other pages; None for pages that do not exist.

    The URLs keep the path and the query string of the request, except what selects the page.
    """
    limit, total = query.limit or 0, values[Field.TOTAL]
    last = (total - 1) // limit * limit if limit and total else 0
    before = max(query.offset - limit, 0) if query.offset and limit else None
    after = query.offset + values[Field.SIZE] if values[Field.HAS_MORE] else None
    sent = parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True)
    turning = {binding.parameter.name: binding.part
               for binding in bound.parameters if binding.part in _TURNING}  # fmt: skip
    others = [(name, value) for name, value in sent if name not in turning]

    def turned(offset: int | None) -> str | None:
        if offset is None or not turning:
            return None
        name, part = next(iter(turning.items()))
        return url_of(scope, [*others, (name, _TURNING[part](query, offset))])

    return {
        Field.LINK_BASE: _origin(scope),
        Field.SELF: url_of(scope, sent),
        Field.REPORT_URL: url_of(scope),
        Field.PREVIOUS: turned(before),
        Field.NEXT: turned(after),
        Field.FIRST_PAGE: turned(0),
        Field.LAST_PAGE: turned(last),
    }


_TURNING: Mapping[Part | None, Callable[[ReportQuery, int], str]] = {
    Part.CURSOR: lambda _, offset: write_cursor(offset),
    Part.OFFSET: lambda _, offset: str(offset),
    Part.PAGE: lambda query, offset: str(page_number(replace(query, offset=offset))),
}
"""The value of each parameter that selects the page at an offset."""


def numbered_links(values: Mapping[Any, Any]) -> list[tuple[str | None, str, bool]]:
    """Return the URL and label of links to pages by number, and whether it is this one, as Laravel.

    Many pages are left out around an ellipsis; page numbers begin with 1.
    """
    current, first = values[Field.PAGE], str(values.get(Field.FIRST_PAGE) or "")
    numbered = [
        (None, "...", False)
        if number is None
        else (first.rstrip("0123456789") + str(number) if first else None, str(number), number == current)
        for number in _shown_pages(current, values[Field.PAGES])
    ]  # fmt: skip
    before, after = "&laquo; Previous", "Next &raquo;"
    return [
        (values.get(Field.PREVIOUS), before, False),
        *numbered,
        (values.get(Field.NEXT), after, False),
    ]


def _shown_pages(current: int, last: int) -> list[int | None]:
    if last < 14:
        return [*range(1, last + 1)]
    if current <= 7:
        return [*range(1, 11), None, last - 1, last]
    if current > last - 7:
        return [1, 2, None, *range(last - 9, last + 1)]
    return [1, 2, None, *range(current - 3, current + 4), None, last - 1, last]


def link_header(values: Mapping[Any, Any], *, described: str = "") -> str | None:
    """Return the links to other pages as the header `Link` (RFC 8288, section 3).

    A description that names the next page alone leaves out others.
    """
    words = {*words_of(described)}
    is_of_next = "next" in words and words.isdisjoint({"prev", "previous", "first"})
    links = [f'<{values[field]}>; rel="{relation}"'
             for field, relation in RELATIONS.items()
             if field is not Field.SELF and values.get(field)
             if field is Field.NEXT or not is_of_next]  # fmt: skip
    return ", ".join(links) or None


def linked_in(written: str, field: Field) -> str | None:
    """Return the URL of a relation in a header `Link`, or a URL that is written alone."""
    if not written.startswith("<"):
        return written
    found = re.search(rf'<([^>]*)>; rel="{RELATIONS[field]}"', written)
    return None if found is None else found[1]


def url_of(scope: Mapping[str, Any], query: Sequence[tuple[str, str]] = ()) -> str:
    """Return the URL of a request's path, with a query string."""
    query_string = f"?{urlencode(query)}" if query else ""
    return f"{_origin(scope)}{quote(scope['path'])}{query_string}"


def _origin(scope: Mapping[str, Any]) -> str:
    host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "localhost")
    return f"{scope['scheme']}://{quote(host, safe=':[]')}"
