"""Handle operations: convert arguments to a query, run it, and return the response.

Handlers pass domain values to the renderer and do not depend on property names.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import getitem
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from mock_server.api.context import ReportSummary, RequestContext, context_of, site_of
from mock_server.api.links import page_links
from mock_server.api.query import grouped, parse_query
from mock_server.api.ranges import no_cursor
from mock_server.api.responses import Responses, repeated_headers
from mock_server.api.tables import table_of
from mock_server.binding.fields import CSV, LINKS, TABLES, Field, Grouping, Part, Subject
from mock_server.binding.model import Binding, OperationBinding
from mock_server.clock import DAY, HOUR, start_of
from mock_server.data.fields import FieldValues, Rows
from mock_server.data.query import ReportQuery, page_number
from mock_server.data.report import FIGURES
from mock_server.data.site import Site
from mock_server.errors import ApiError, NotFoundError
from mock_server.openapi.document import Document

logger = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]

_LONGEST_AT_ONCE = 400 * DAY
"""Longer ranges run in a thread, so that they do not block other requests."""
_MOST_AT_ONCE = 1_000
"""Maximum number of rows rendered on the event loop."""
_OF_SEARCHES = frozenset(
    {Field.SEARCHES, Field.UNSUCCESSFUL, Field.SUCCESS_RATE, Field.FAILURE_RATE}
)
"""Fields of a report about visits that need another query."""
_SLOW = FIGURES | _OF_SEARCHES | {Field.ALL_VIEWS}


class NotImplementedHereError(ApiError, status=501):
    """The mock does not serve this operation."""


def report_handlers(
    document: Document, binding: Binding, responses: Responses
) -> dict[str, Handler]:
    """Return the handlers of all operations, by operation id."""
    handlers: dict[str, Handler] = {}
    for operation in document.operations:
        bound = binding.operations.get(operation.id)
        if bound is not None:
            handlers[operation.id] = _Reports(bound, responses).respond
        else:
            reason = binding.unbound.get(operation.id, "nothing is known about it")
            handlers[operation.id] = _unserved(operation.id, reason)
    return handlers


class _Reports:
    """Handle one operation."""

    def __init__(self, bound: OperationBinding, responses: Responses) -> None:
        self._bound = bound
        self._responses = responses
        repeated = repeated_headers(bound.operation)
        self._without_effect = [one.parameter for one in bound.parameters
                                if one.part is None and one.parameter not in repeated]  # fmt: skip
        self._warned: set[str] = set()

    async def respond(self, request: Request) -> Response:
        """Respond to a request whose arguments are in its context."""
        scope = request.scope
        context = context_of(scope)
        self._note_ignored(context)
        if context.example is not None:
            examples = self._bound.media_type.examples
            if context.example in examples:
                context.apply_preference(f"example={context.example}")
                return self._responses.example(self._bound, context.example)
            known = ", ".join(examples) or "none"
            context.notes.append(f"there is no example {context.example[:60]!r}; there are {known}")
        bound = self._bound.representations.get(context.media_type or "", self._bound)
        bound = grouped(bound, context.arguments)
        query = parse_query(bound, context.arguments, context.now).changed(
            rows=context.rows, newest=context.now - context.lag if context.lag else None
        )
        if _is_quick(bound, query, site_of(scope), context.now):
            return self._report(scope, query, bound)
        return await run_in_threadpool(self._report, scope, query, bound)

    def _report(self, scope: Scope, query: ReportQuery, bound: OperationBinding) -> Response:
        context, site = context_of(scope), site_of(scope)
        query = self._at_row(site, query, context.now)
        report = site.report(
            query,
            now=context.now,
            sums=FIGURES & bound.envelope,
            fields=self._responses.fields(bound),
        ).repeated(context.rows)
        if bound.refuses_pages and query.offset and query.offset >= report.values[Field.TOTAL]:
            last = report.values[Field.PAGES] - 1 + query.first_page
            raise NotFoundError(f"There is no page {page_number(query)}; the last one is {last}.")
        if not bound.envelope.isdisjoint(_OF_SEARCHES):
            report.values.update(_of_searches(site, query, context.now))
        found = report.values | _of_recent(bound, site, query, context.now)
        context.summary = ReportSummary(bound, query, found, start_of(site.world.installed))
        if context.caller is not None:
            context.caller.check(query.subject, report.values)
        context.notes += [*query.notes, *report.notes]
        context.source = f"world {site.world.name}"
        values = _values_of(bound, query, report.rows, found, scope)
        response = self._responses.report(
            bound, values, report.rows, validated=context.rows is None
        )
        context.is_stable = Field.TIMESTAMP not in bound.envelope
        if context.media_type in TABLES and bound.rows_at is not None:
            return _as_table(response, bound.rows_at, context.media_type)
        if context.media_type not in {None, bound.media_type.name}:
            response.headers["Content-Type"] = str(context.media_type)
        return response

    def _at_row(self, site: Site, query: ReportQuery, now: int) -> ReportQuery:
        """Return the query for the page after or before a row, or between two, if it names their ids.

        Raises:
            InvalidRequestError: If no row has this id.
        """
        if query.after is None and query.before is None:
            return query
        every = site.report(replace(query, offset=0, limit=None), now=now, sums=()).rows
        ids = self._responses.row_ids(self._bound, every)
        first = 0 if query.after is None else self._place(Part.CURSOR, query.after, ids) + 1
        if query.before is None:
            return replace(query, offset=first)
        end = self._place(Part.CURSOR_BEFORE, query.before, ids)
        limit = end if query.limit is None else query.limit
        if query.after is None:
            first = max(end - limit, 0)
        return replace(query, offset=first, limit=min(limit, max(end - first, 0)))

    def _place(self, part: Part, wanted: str, ids: Sequence[str]) -> int:
        if wanted in ids:
            return ids.index(wanted)
        raise no_cursor(next(one for one in self._bound.parameters if one.part is part), wanted)

    def _note_ignored(self, context: RequestContext) -> None:
        context.ignored = tuple(
            parameter.name for parameter in self._without_effect if parameter in context.arguments
        )
        for name in set(context.ignored) - self._warned:
            self._warned.add(name)
            operation = self._bound.operation.id
            logger.warning("parameter %s of %s has no effect; bind it", name, operation)


def _values_of(
    bound: OperationBinding,
    query: ReportQuery,
    rows: Rows,
    found: Mapping[Any, Any],
    scope: Scope,
) -> dict[Any, Any]:
    """Return the values outside the rows, and the rows of secondary lists by path."""
    values = dict(found)
    values |= rows_of_lists(bound, site_of(scope), query, context_of(scope).now)
    if not bound.envelope.isdisjoint(LINKS):
        values |= page_links(bound, query, values, scope)
    is_of_rows = query.grouping is Grouping.ROWS
    if Field.NEXT_END in bound.envelope and values[Field.HAS_MORE] and is_of_rows:
        values[Field.NEXT_END] = rows.column(Field.TIME)[-1]
    if Field.ALL_VIEWS in bound.envelope:
        every = replace(query, grouping=Grouping.SUMS, account_kinds=None)
        sums = site_of(scope).report(every, now=context_of(scope).now, sums=(Field.VIEWS,))
        values[Field.ALL_VIEWS] = sums.values[Field.VIEWS]
    if not query.with_total:
        values[Field.TOTAL] = None
    return values


def _is_quick(bound: OperationBinding, query: ReportQuery, site: Site, now: int) -> bool:
    """Return whether a report is fast enough for the event loop: few days, all generated."""
    return (
        query.grouping is Grouping.ROWS
        and not bound.lists
        and not bound.recent
        and bound.envelope.isdisjoint(_SLOW)
        and query.limit is not None
        and query.after is None
        and query.before is None
        and query.limit <= _MOST_AT_ONCE
        and query.end - query.start <= _LONGEST_AT_ONCE
        and site.has_rows(query.start, min(query.end, now + 1))
    )


def _as_table(response: Response, rows_at: str, media_type: str) -> Response:
    """Return the rows of a response as a table, with the same headers."""
    rows = reduce(getitem, rows_at.split("/")[1:], orjson.loads(response.body))
    headers = {name: value for name, value in response.headers.items()
               if name not in {"content-length", "content-type"}}  # fmt: skip
    content_type = f"{media_type}; charset=utf-8" if media_type == CSV else media_type
    return Response(table_of(rows, media_type), headers={**headers, "Content-Type": content_type})


def _of_searches(site: Site, query: ReportQuery, now: int) -> FieldValues:
    """Return the number of searches in the range of a report, also of one about visits."""
    searches = replace(query, subject=Subject.SEARCHES, grouping=Grouping.SUMS)
    values = site.report(searches, now=now, sums=(Field.VIEWS, Field.UNSUCCESSFUL)).values
    total, failed = values[Field.VIEWS], values[Field.UNSUCCESSFUL]
    rate = failed / total if total else 0.0
    return {
        Field.SEARCHES: total,
        Field.UNSUCCESSFUL: failed,
        Field.SUCCESS_RATE: 1 - rate if total else 0.0,
        Field.FAILURE_RATE: rate,
    }


def _of_recent(bound: OperationBinding, site: Site, query: ReportQuery, now: int) -> dict[Any, Any]:
    """Return the values of properties that are counts of ranges of their own, until now."""
    values: dict[Any, Any] = {}
    for hours, fields in bound.recent.items():
        recent = replace(query, grouping=Grouping.SUMS, start=now - hours * HOUR, end=now + 1)
        sums = site.report(recent, now=now, sums=fields).values
        values |= {(field, hours): sums.get(field) for field in fields}
    return values


def rows_of_lists(
    bound: OperationBinding, site: Site, query: ReportQuery, now: int
) -> dict[str, Rows]:
    """Return the rows of secondary lists by path: the largest totals, or all days."""
    found = {}
    for path, grouping in bound.lists.items():
        is_top = grouping not in {Grouping.DAYS, query.grouping}
        limit = query.limit if is_top and query.grouping is not Grouping.ROWS else None
        other = replace(query, grouping=grouping, offset=0, limit=limit, sort=(),
                        descending=False, is_ordered=False)  # fmt: skip
        found[path] = site.report(other, now=now, sums=()).rows
    return found


def _unserved(operation: str, reason: str) -> Handler:
    async def refuse(_: Request) -> Response:
        raise NotImplementedHereError(f"The mock does not serve {operation}: {reason}.")

    return refuse
