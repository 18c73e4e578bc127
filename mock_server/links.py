"""Addresses of the pages around the one that was asked for."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from mock_server.binding import Field, OperationBinding, Part
from mock_server.questions import Question, write_cursor
from mock_server.rows import Facts


def page_links(
    bound: OperationBinding, question: Question, facts: Facts, scope: Mapping[str, Any]
) -> Facts:
    """Give this, the previous and the next page's URL; None where there is no such page.

    Args:
        bound: Says which parameters turn pages.
        question: The page that was asked for.
        facts: Of the report: whether there is more, and how many rows there are here.
        scope: The ASGI scope of the request, whose path and query the URLs keep.
    """
    limit = question.limit or 0
    before = max(question.offset - limit, 0) if question.offset and limit else None
    after = question.offset + facts[Field.SIZE] if facts[Field.HAS_MORE] else None
    return {
        Field.SELF: _url(scope, parse_qsl(scope["query_string"].decode("ascii"))),
        Field.PREVIOUS: _turned(bound, question, scope, before),
        Field.NEXT: _turned(bound, question, scope, after),
    }


def _turned(
    bound: OperationBinding, question: Question, scope: Mapping[str, Any], offset: int | None
) -> str | None:
    if offset is None:
        return None
    pages = question.first_page + (offset // question.limit if question.limit else 0)
    turns = {Part.CURSOR: write_cursor(offset), Part.OFFSET: str(offset), Part.PAGE: str(pages)}
    turned = {one.parameter.name: turns[one.part] for one in bound.parameters if one.part in turns}
    if not turned:
        return None
    query = parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True)
    kept = [(name, value) for name, value in query if name not in turned]
    return _url(scope, [*kept, *list(turned.items())[:1]])


def _url(scope: Mapping[str, Any], query: list[tuple[str, str]]) -> str:
    host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "localhost")
    told = f"?{urlencode(query)}" if query else ""
    return f"{scope['scheme']}://{quote(host, safe=':[]')}{quote(scope['path'])}{told}"
