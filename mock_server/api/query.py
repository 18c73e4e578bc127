"""From a request's arguments to the query for its rows, and the links to the pages around it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from mock_server.api.parameters import Arguments
from mock_server.binding.fields import Field, OperationBinding, ParameterBinding, Part, Unit
from mock_server.binding.lexicon import choices, is_descending
from mock_server.clock import DAY, EARLIEST, LATEST, SECOND, from_rfc3339
from mock_server.data.fields import Facts
from mock_server.data.query import ReportQuery, read_cursor, write_cursor
from mock_server.world.domain import ContentType

DEFAULT_DAYS = 30
"""Days, today included, that a report covers unless asked otherwise (vendor's "Users" report)."""

DEFAULT_LIMIT = 100
"""Rows a page where a document lets clients choose but names no default."""

_LARGEST = 2**62


def parse_query(binding: OperationBinding, arguments: Arguments, now: int) -> ReportQuery:
    """Turn a request's arguments into the query for its rows.

    Args:
        binding: Says which parameter plays which part.
        arguments: The values of parameters.
        now: The epoch millisecond that ranges without an end reach to.
    """
    return _Arguments(binding, arguments, now).query()


class _Arguments:
    def __init__(self, binding: OperationBinding, arguments: Arguments, now: int) -> None:
        self._binding = binding
        self._now = now
        self._notes: list[str] = []
        self._given: dict[Part, tuple[ParameterBinding, Any]] = {
            one.part: (one, arguments[one.parameter])
            for one in binding.parameters
            if one.part is not None and one.parameter in arguments
        }

    def query(self) -> ReportQuery:
        start, end = self._range()
        limit = self._limit()
        paged = self._binding.parameter(Part.PAGE)
        return ReportQuery(
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
            end = self._now - self._now % DAY + DAY
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
        limit, most = self._requested_limit(), self._binding.most_rows
        return limit if most is None else min(limit if limit is not None else most, most)

    def _requested_limit(self) -> int | None:
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


def page_links(
    bound: OperationBinding, query: ReportQuery, facts: Facts, scope: Mapping[str, Any]
) -> Facts:
    """Return this, the previous and the next page's URL; None where there is no such page.

    Args:
        bound: Says which parameters turn pages.
        query: The page that was asked for.
        facts: Of the report: whether there is more, and how many rows there are here.
        scope: The ASGI scope of the request, whose path and query the URLs keep.
    """
    limit = query.limit or 0
    before = max(query.offset - limit, 0) if query.offset and limit else None
    after = query.offset + facts[Field.SIZE] if facts[Field.HAS_MORE] else None
    return {
        Field.SELF: _url(scope, _pairs(scope)),
        Field.PREVIOUS: _turned(bound, query, scope, before),
        Field.NEXT: _turned(bound, query, scope, after),
    }


def _turned(
    bound: OperationBinding, query: ReportQuery, scope: Mapping[str, Any], offset: int | None
) -> str | None:
    if offset is None:
        return None
    pages = query.first_page + (offset // query.limit if query.limit else 0)
    turns = {Part.CURSOR: write_cursor(offset), Part.OFFSET: str(offset), Part.PAGE: str(pages)}
    turned = {one.parameter.name: turns[one.part] for one in bound.parameters if one.part in turns}
    if not turned:
        return None
    kept = [(name, value) for name, value in _pairs(scope) if name not in turned]
    return _url(scope, [*kept, *list(turned.items())[:1]])


def _url(scope: Mapping[str, Any], query: list[tuple[str, str]]) -> str:
    host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "localhost")
    told = f"?{urlencode(query)}" if query else ""
    return f"{scope['scheme']}://{quote(host, safe=':[]')}{quote(scope['path'])}{told}"


def _pairs(scope: Mapping[str, Any]) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True)
