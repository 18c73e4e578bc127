"""Pages of reports: complete, disjoint, sorted, with correct totals (ids `MEANING-*`)."""

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from functools import partial
from itertools import pairwise
from math import ceil
from typing import Any

from contract_tests.judging.findings import Findings
from contract_tests.model import pointer_of
from contract_tests.suite.rows import blame, identity, tally, weight
from contract_tests.suite.windows import Windows, judging_days
from contract_tests.wire.paging import Walk
from contract_tests.wire.request import count_of, read, send_again
from contract_tests.wire.wire import Wire
from mock_server import Document, Field, Grouping, OperationBinding, Part

_paged = partial(judging_days, sends="a range of days, whole and in a few pages", tags=("pages",))

_OLDEST = re.compile(r"oldest (?:\w+ )?first|\bascending|in order of time", re.IGNORECASE)
_NEWEST = re.compile(r"(?:new|lat|most rec)e[sn]t (?:\w+ )?first|\bdescending", re.IGNORECASE)


@_paged("MEANING-05", "No row is on two pages.")
def test_pages_are_disjoint(windows: Windows, findings: Findings) -> None:
    for bound, pages in windows.each(windows.pages):
        seen = Counter[Hashable]()
        whole = tally(bound, windows.whole(bound).walk.rows)
        for reading in pages.readings:
            page = tally(bound, reading.rows)
            again = {
                row_id
                for row_id in page
                if seen[row_id] and page[row_id] + seen[row_id] > whole[row_id]
            }
            findings.judged(bound.operation, rows=len(reading.rows))
            wrong = [n for n, row in enumerate(reading.rows) if identity(bound, row) in again]
            blame(findings, bound, reading, wrong, "Expected the row once, got it on two pages.")
            seen += page


@_paged("MEANING-06", "Every row is on a page.")
def test_pages_are_complete(windows: Windows, findings: Findings) -> None:
    for bound, pages in windows.each(windows.pages):
        there = tally(bound, pages.rows)
        for reading in windows.whole(bound).walk.readings:
            findings.judged(bound.operation, rows=len(reading.rows))
            wrong = [n for n, row in enumerate(reading.rows) if identity(bound, row) not in there]
            size = f"with {pages.limit} rows " if pages.limit else ""
            reason = f"Expected the row on a page, but no page {size}has it."
            blame(findings, bound, reading, wrong, reason)


@judging_days(
    "MEANING-07",
    "A repeated request for a page returns the same rows in the same order.",
    sends="a page, twice",
    tags=("pages",),
)
def test_pages_are_stable(windows: Windows, wire: Wire, findings: Findings) -> None:
    for bound, pages in windows.each(windows.pages):
        reading = ([reading for reading in pages.readings if reading.rows] or pages.readings)[-1]
        again = read(bound, send_again(wire, reading.response))
        findings.judged(bound.operation, rows=len(reading.rows))
        before, after = ([identity(bound, row) for row in page.rows] for page in (reading, again))
        if before != after:
            findings.add(
                "Expected the same rows in the same order, got a different page.",
                response=again.response,
            )


@_paged("MEANING-08", "No page has more rows than its limit.")
def test_limits_are_kept(windows: Windows, findings: Findings) -> None:
    for bound, walks in windows.each(windows.walks):
        for walked in walks:
            for reading in walked.readings if walked.limit else ():
                findings.judged(bound.operation)
                if len(reading.rows) > (walked.limit or 0):
                    findings.add(
                        f"Expected up to {walked.limit} rows, got {len(reading.rows)}.",
                        response=reading.response,
                        pointer=str(bound.rows_at),
                    )


@_paged("MEANING-09", "Totals and page sizes match the rows.")
def test_totals_are_right(windows: Windows, findings: Findings) -> None:
    for bound, walks in windows.each(windows.walks):
        for walked in walks:
            for number, reading in enumerate(walked.readings):
                for field, wanted in _around(bound, walks[0], walked, number):
                    findings.judged(bound.operation)
                    if (got := _plain(reading.values[field])) != wanted:
                        findings.add(
                            f"Expected {wanted!r} as {field}, got {got!r}.",
                            response=reading.response,
                        )


@_paged(
    "MEANING-10",
    "Rows are sorted by time on all pages, in the declared direction.",
)
def test_rows_are_in_order(windows: Windows, document: Document, findings: Findings) -> None:
    for bound, walks in windows.each(windows.walks):
        times = [moment for reading in walks[0].readings for moment in reading.times()]
        declared, place = _order(document, bound)
        # Without a declared direction, either one is fine, but it must be the same on all pages.
        is_newest = times[:1] > times[-1:] if declared is None else declared
        wanted = "newest first" if is_newest else "oldest first"
        for walked in walks:
            # Compare only the first rows of pages: missing or repeated rows are not about order.
            firsts = [reading.times()[:1] for reading in walked.readings]
            for number, reading in enumerate(walked.readings):
                moments = reading.times()
                findings.judged(bound.operation, rows=len(moments[1:]))
                wrong = [n for n, two in enumerate(pairwise(moments), 1) if _turns(two, is_newest)]
                is_early = number and _turns((*firsts[number - 1], *firsts[number]), is_newest)
                blame(
                    findings,
                    bound,
                    reading,
                    wrong or [0] * bool(is_early),
                    f"Expected the rows {wanted}, got the row too late.",
                    place=place,
                )


def _turns(two: tuple[int, ...], is_newest: bool) -> bool:  # noqa: FBT001 -- an order has two ways
    """Return whether two times are in the wrong order."""
    return len(two) > 1 and (two[0] < two[1] if is_newest else two[0] > two[1])


def _around(
    bound: OperationBinding, whole: Walk, walked: Walk, number: int
) -> Iterator[tuple[Field, Any]]:
    """Yield the expected values of the fields outside the rows of a page."""
    values, rows, total = (
        walked.readings[number].values,
        len(walked.readings[number].rows),
        len(whole.rows),
    )
    wanted: dict[Field, Any] = {Field.TOTAL: total, Field.SIZE: rows}
    if bound.rows_at is None:
        return
    if bound.grouping is not Grouping.VIEWERS:  # its rows lack the views of protected users
        wanted[Field.VIEWS] = sum(weight(bound, row) for row in whole.rows)
    if walked.limit:
        is_last = (number + 1) * walked.limit >= total
        wanted |= {Field.PAGES: ceil(total / walked.limit), Field.IS_FIRST: number == 0}
        wanted |= {Field.HAS_PREVIOUS: number > 0}
        wanted |= {Field.HAS_MORE: not is_last, Field.IS_LAST: is_last}
    yield from ((field, value) for field, value in wanted.items() if field in values)


def _plain(value: Any) -> Any:
    """Convert texts of headers to booleans and numbers."""
    flag = {"true": True, "false": False}.get(str(value).lower(), value)
    return flag if isinstance(flag, bool) or count_of(flag) is None else count_of(flag)


def _order(document: Document, bound: OperationBinding) -> tuple[bool | None, str]:
    """Return whether the newest row is declared to be first, or None, and the JSON Pointer."""
    operation, declared = bound.operation, bound.operation.response(bound.status)
    if bound.parameter(Part.ORDER) is not None or declared is None:
        return None, ""
    steps = ["paths", operation.path, operation.method.lower()]
    node = document.resolve(document.content["paths"][operation.path])[steps[-1]]
    described = document.resolve(node["responses"][declared.status])
    for way, described_node in ((["responses", declared.status], described), ([], node)):
        words = str(described_node.get("description"))
        is_oldest, is_newest = (pattern.search(words) is not None for pattern in (_OLDEST, _NEWEST))
        if is_oldest != is_newest:
            return is_newest, pointer_of([*steps, *way, "description"])
    return None, ""
