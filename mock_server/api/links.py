"""Build the links from a page of a report to other pages."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from mock_server.binding.fields import RELATIONS, Field, OperationBinding, Part
from mock_server.data.fields import FieldValues
from mock_server.data.query import ReportQuery, write_cursor


def page_links(
    bound: OperationBinding, query: ReportQuery, values: FieldValues, scope: Mapping[str, Any]
) -> FieldValues:
    """Return the URLs of this and other pages; None for pages that do not exist.

    Args:
        bound: Declares the paging parameters.
        query: The requested page.
        values: Values of the report: whether there are more rows, and their number.
        scope: The ASGI scope of the request, whose path and query string the URLs keep.
    """
    limit, total = query.limit or 0, values[Field.TOTAL]
    last = (total - 1) // limit * limit if limit and total else 0
    before = max(query.offset - limit, 0) if query.offset and limit else None
    after = query.offset + values[Field.SIZE] if values[Field.HAS_MORE] else None
    return {
        Field.LINK_BASE: _origin(scope),
        Field.SELF: _url(scope, _pairs(scope)),
        Field.PREVIOUS: _turned(bound, query, scope, before),
        Field.NEXT: _turned(bound, query, scope, after),
        Field.FIRST_PAGE: _turned(bound, query, scope, 0),
        Field.LAST_PAGE: _turned(bound, query, scope, last),
    }


def link_header(values: Mapping[Any, Any]) -> str | None:
    """Return the links to other pages as the header `Link` (RFC 8288, section 3)."""
    links = [f'<{values[field]}>; rel="{relation}"'
             for field, relation in RELATIONS.items()
             if field is not Field.SELF and values.get(field)]  # fmt: skip
    return ", ".join(links) or None


def linked_in(written: str, field: Field) -> str | None:
    """Return the URL of a relation in a header `Link`, or a URL that is written alone."""
    if not written.startswith("<"):
        return written
    found = re.search(rf'<([^>]*)>; rel="{RELATIONS[field]}"', written)
    return None if found is None else found[1]


def _turned(
    bound: OperationBinding, query: ReportQuery, scope: Mapping[str, Any], offset: int | None
) -> str | None:
    if offset is None:
        return None
    pages = query.first_page + (offset // query.limit if query.limit else 0)
    turns = {Part.CURSOR: write_cursor(offset), Part.OFFSET: str(offset), Part.PAGE: str(pages)}
    turned = {
        parameter.parameter.name: turns[parameter.part]
        for parameter in bound.parameters
        if parameter.part in turns
    }
    if not turned:
        return None
    kept = [(name, value) for name, value in _pairs(scope) if name not in turned]
    return _url(scope, [*kept, *list(turned.items())[:1]])


def _url(scope: Mapping[str, Any], query: list[tuple[str, str]]) -> str:
    query_string = f"?{urlencode(query)}" if query else ""
    return f"{_origin(scope)}{quote(scope['path'])}{query_string}"


def _origin(scope: Mapping[str, Any]) -> str:
    host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "localhost")
    return f"{scope['scheme']}://{quote(host, safe=':[]')}"


def _pairs(scope: Mapping[str, Any]) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True)
